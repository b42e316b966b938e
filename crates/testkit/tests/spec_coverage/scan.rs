//! Finds the test functions of a source file. It reads lines, not Rust: enough for formatted code.

/// A test that runs, and the `Covers:` comments above it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Test {
    pub(crate) name: String,
    pub(crate) covers: Vec<String>,
    /// Its body, and the tables and functions of the file that it names.
    pub(crate) source: String,
}

/// What stands directly above the line being read.
#[derive(Default)]
struct Above {
    covers: Vec<String>,
    is_test: bool,
    is_ignored: bool,
}

/// The tests of one file, without ignored ones. An error names a `Covers:` that belongs to no test.
pub(crate) fn tests_in(source: &str) -> Result<Vec<Test>, String> {
    let mut tests = Vec::new();
    let mut above = Above::default();
    let tables = tables_in(source);
    for (number, line) in source.lines().enumerate() {
        let (whole, line) = (line, line.trim());
        if let Some(doc) = line.strip_prefix("///") {
            above.covers.extend(doc.trim_start().strip_prefix("Covers:").map(str::to_owned));
        } else if line.starts_with("//") {
            continue;
        } else if line.starts_with("#[") {
            above.is_test |= is_test_attribute(line);
            above.is_ignored |= line.starts_with("#[ignore");
        } else if !above.is_test {
            if let Some(covers) = above.covers.first() {
                return Err(format!("\"Covers:{covers}\" stands above no test"));
            }
            above = Above::default();
        } else if let Some(name) = function_name(line) {
            let Above { covers, is_ignored, .. } = std::mem::take(&mut above);
            if !is_ignored {
                let body = item(source, number, indent(whole));
                let named = tables.iter().filter(|(table, _)| body.contains(table));
                let source = named.fold(body.clone(), |all, (_, table)| all + table);
                tests.push(Test { name: name.to_owned(), covers, source });
            }
        }
    }
    Ok(tests)
}

/// The constants and functions of a file, by name.
fn tables_in(source: &str) -> Vec<(&str, String)> {
    let lines = source.lines().enumerate();
    let tables = lines.filter_map(|(number, line)| {
        let declared = line.trim().trim_start_matches("pub(crate) ");
        let name = match declared.strip_prefix("fn ") {
            Some(function) => function.split(['(', '<']).next()?,
            None => declared.strip_prefix("const ")?.split_once(':').map(|(name, _)| name)?,
        };
        (!name.contains(' ')).then(|| (name, item(source, number, indent(line))))
    });
    tables.collect()
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The lines of an item from its first to the one that closes it, which is indented like the first.
fn item(source: &str, first: usize, indented: usize) -> String {
    let mut item = String::new();
    for (place, line) in source.lines().skip(first).enumerate() {
        item.push_str(line);
        item.push('\n');
        let ends = line.ends_with(['}', ';']) && (place == 0 || line.starts_with(['}', ']']));
        if ends || (place > 0 && indent(line) == indented && line.trim_start().starts_with(['}', ']'])) {
            break;
        }
    }
    item
}

/// `#[test]` and the attributes of asynchronous test runners, `#[tokio::test(...)]`.
fn is_test_attribute(line: &str) -> bool {
    line.starts_with("#[test]") || line.contains("::test]") || line.contains("::test(")
}

fn function_name(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    words.find(|word| *word == "fn")?;
    words.next()?.split(['(', '<']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str) -> Vec<String> {
        tests_in(source).unwrap().into_iter().map(|test| test.name).collect()
    }

    #[test]
    fn functions_under_a_test_attribute_are_found() {
        assert_eq!(names("#[test]\nfn mc05_first() {\n}\n"), ["mc05_first"]);
        assert_eq!(names("mod tests {\n    #[test]\n    #[should_panic]\n    fn a() {}\n}"), ["a"]);
        assert_eq!(names("#[tokio::test(flavor = \"x\")]\nasync fn b() {}"), ["b"]);
        assert_eq!(names("#[test]\n#[cfg(\n    unix\n)]\nfn c() {}"), ["c"]);
    }

    #[test]
    fn other_functions_are_not() {
        assert!(names("fn mc05_helper() {}").is_empty());
        assert!(names("#[cfg(test)]\nmod tests {\n    fn mc05_helper() {}\n}").is_empty());
        assert!(names("// #[test]\nfn mc05_commented_out() {}").is_empty());
        assert!(names("#[test]\n#[ignore = \"slow\"]\nfn mc05_ignored() {}").is_empty());
        assert_eq!(names("#[test]\nfn a() {}\nfn mc05_next() {}"), ["a"]);
    }

    #[test]
    fn comments_above_a_test_say_what_it_covers() {
        let tests = tests_in("/// A story.\n/// Covers: MC-05, CK-01\n#[test]\nfn a() {}").unwrap();
        assert_eq!(
            (tests[0].name.as_str(), tests[0].covers.as_slice()),
            ("a", [" MC-05, CK-01".to_owned()].as_slice())
        );
        let tests = tests_in("#[test]\n/// Covers: MC-05\nfn a() {}").unwrap();
        assert_eq!(tests[0].covers, [" MC-05"]);
    }

    #[test]
    fn a_test_comes_with_its_body_and_the_tables_it_names() {
        let source = "const TABLE: [u8; 2] = [\n    0x31,\n    0x32,\n];\nconst OTHER: u8 = 0x33;\n\n#[test]\nfn a() {\n    \
                      if true {\n        f(TABLE, 0x34);\n    }\n}\n\n#[test]\nfn b() {\n    g(0x35);\n}\n";
        let tests = tests_in(source).unwrap();
        let has = |test: usize, text: &str| tests[test].source.contains(text);
        assert!(["0x31", "0x32", "0x34"].iter().all(|text| has(0, text)));
        assert!(!has(0, "0x33") && !has(0, "0x35"));
        assert!(has(1, "0x35") && !has(1, "0x34") && !has(1, "0x31"));
    }

    #[test]
    fn a_comment_above_something_else_is_refused() {
        assert!(tests_in("/// Covers: MC-05\nfn helper() {}").unwrap_err().contains("MC-05"));
        assert!(tests_in("/// Covers: MC-05\n\n#[test]\nfn a() {}").is_err());
    }
}
