use super::finding::FileTrouble;
use super::quoted;
use authenticator_provider::Trouble;

#[test]
fn a_path_is_quoted_where_a_shell_would_take_it_apart() {
    assert_eq!(quoted("/srv/me/a-store_1.d"), "/srv/me/a-store_1.d");
    assert_eq!(quoted("my store"), "'my store'");
    assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
    assert_eq!(quoted("~/x\u{1b}[2J"), r"'~/x\u{1b}[2J'");
}

/// `docs/doctor.md` has a line for each thing there is to find, with its severity, and for nothing else.
#[test]
fn everything_there_is_to_find_is_documented() {
    let within = Trouble::ALL.map(|trouble| (trouble.as_str(), trouble.severity()));
    let files = FileTrouble::ALL.map(|trouble| (trouble.as_str(), trouble.severity()));
    let known: Vec<String> = within
        .into_iter()
        .chain(files)
        .map(|(kind, severity)| format!("| `{kind}` | {} |", severity.as_str()))
        .collect();
    let documented: Vec<&str> =
        include_str!("../../../../docs/doctor.md").lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(documented.len(), known.len());
    for (line, beginning) in documented.iter().zip(&known) {
        assert!(line.starts_with(beginning), "{beginning} in {line}");
    }
}
