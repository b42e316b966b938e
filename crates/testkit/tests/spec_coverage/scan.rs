//! Finds the test functions of a source file. It reads lines, not Rust: enough for formatted code.

/// A test that runs, and the `Covers:` comments above it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Test {
    pub(crate) name: String,
    pub(crate) covers: Vec<String>,
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
    for line in source.lines().map(str::trim) {
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
                tests.push(Test { name: name.to_owned(), covers });
            }
        }
    }
    Ok(tests)
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
        assert_eq!(tests, [Test { name: "a".into(), covers: vec![" MC-05, CK-01".into()] }]);
        let tests = tests_in("#[test]\n/// Covers: MC-05\nfn a() {}").unwrap();
        assert_eq!(tests[0].covers, [" MC-05"]);
    }

    #[test]
    fn a_comment_above_something_else_is_refused() {
        assert!(tests_in("/// Covers: MC-05\nfn helper() {}").unwrap_err().contains("MC-05"));
        assert!(tests_in("/// Covers: MC-05\n\n#[test]\nfn a() {}").is_err());
    }
}
