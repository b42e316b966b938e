use super::*;

#[test]
fn ordinary_text_is_shown_as_it_is() {
    for text in [
        "",
        "alice@example.com",
        "Zoë Müller",
        "山田太郎",
        "Ελένη",
        "e\u{301}",
        "🔑 key",
        "CORP\\alice",
        "עברית",
    ] {
        assert_eq!(display(text, NAME), text);
    }
}

#[test]
fn what_cannot_be_seen_is_made_visible() {
    for (text, shown) in [
        ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
        ("a\u{9b}31mb", "a\\u{9b}31mb"),
        ("line\r\nbreak\t", "line\\u{d}\\u{a}break\\u{9}"),
        ("a\u{0}\u{7f}", "a\\u{0}\\u{7f}"),
        ("moc.\u{202e}elpmaxe", "moc.\\u{202e}elpmaxe"),
        ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
        ("\u{200e}\u{200f}\u{61c}", "\\u{200e}\\u{200f}\\u{61c}"),
        ("exa\u{200b}mple", "exa\\u{200b}mple"),
        ("a\u{200d}b\u{feff}", "a\\u{200d}b\\u{feff}"),
        ("so\u{ad}ft", "so\\u{ad}ft"),
        ("tag\u{e0041}", "tag\\u{e0041}"),
        ("a\u{2028}b", "a\\u{2028}b"),
        ("\u{3164}", "\\u{3164}"),
    ] {
        assert_eq!(display(text, NAME), shown, "{text:?}");
    }
}

#[test]
fn marks_cannot_pile_up_or_sit_on_what_was_printed_before() {
    let pile = format!("a{}", "\u{301}".repeat(50));
    let shown = display(&pile, 1_000);
    assert!(shown.starts_with("a\\u{301}\\u{301}") && shown.is_ascii());
    assert_eq!(display("\u{301}x", NAME), "\\u{301}x");
}

#[test]
fn long_text_is_cut_where_a_character_ends() {
    assert_eq!(display("abcdef", 6), "abcdef");
    assert_eq!(display("abcdefg", 6), "abcde…");
    assert_eq!(display("ae\u{301}e\u{301}e\u{301}", 3), "ae\u{301}…");
    // Wide characters take two columns each.
    assert_eq!(display("山田太郎", 8), "山田太郎");
    assert_eq!(display("山田太郎", 7), "山田太…");
    assert_eq!(display("山田太郎", 6), "山田…");
    // An escape is never cut in two.
    assert_eq!(display("ab\u{202e}cd", 8), "ab…");
    assert_eq!(display("\u{202e}", 3), "…");
    assert_eq!(display("a", 0), "…");
}

#[test]
fn a_domain_is_cut_at_its_beginning() {
    assert_eq!(domain("a.example", 9), "a.example");
    assert_eq!(domain("www.a.example", 9), "….example");
    assert_eq!(domain("a\u{202e}.example", 10), "….example");
    assert_eq!(domain("山田.example", 10), "….example");
    assert_eq!(domain("山田.example", 12), "山田.example");
    assert_eq!(domain("example", 0), "…");
    // Nobody passes for a bank by being long.
    let long = format!("www.bank.example.{}evil.com", "accounts.".repeat(25));
    assert_eq!(domain(&long, DOMAIN), long);
    assert_eq!(domain(&long, 32), "…unts.accounts.accounts.evil.com");
    // What was cut once is not cut again.
    assert_eq!(cell(&domain(&long, 32), 33), format!("{} ", domain(&long, 32)));
}

#[test]
fn cells_line_up() {
    assert_eq!(cell("ab", 4), "ab  ");
    assert_eq!(cell("山", 4), "山  ");
    assert_eq!(cell("abcdef", 4), "abc…");
    assert_eq!(width("a\u{0}"), 6);
}
