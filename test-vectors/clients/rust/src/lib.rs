//! A row for each thing that a client does, printed and kept as a line of JSON in `$CLIENT_ROWS`.

use serde_json::Value;
use std::fs::OpenOptions;
use std::io::Write;
use std::process::ExitCode;

pub const PIN: &str = "246810";

/// A failure that has its reason.
pub struct Known {
    /// The line of the specification.
    pub line: &'static str,
    /// Who is right.
    pub right: &'static str,
    pub why: &'static str,
}

pub struct Rows {
    client: &'static str,
    version: &'static str,
    failed: usize,
    passed: usize,
}

impl Rows {
    pub fn of(client: &'static str, version: &'static str) -> Self {
        println!("{client} {version}");
        Self { client, version, failed: 0, passed: 0 }
    }

    /// Writes a row, and hands on what came of it.
    pub fn row<T>(&mut self, name: &str, outcome: Result<T, String>) -> Option<T> {
        self.passed += usize::from(outcome.is_ok());
        self.failed += usize::from(outcome.is_err());
        match &outcome {
            Ok(_) => println!("PASS    {name}"),
            Err(why) => println!("FAIL    {name}: {why}"),
        }
        self.keep(name, outcome.as_ref().err(), Value::Null);
        outcome.ok()
    }

    /// A row for what fails for a reason. It counts neither way, unless it passes.
    pub fn known_failure<T>(&mut self, name: &str, known: &Known, outcome: Result<T, String>) {
        match outcome {
            Ok(_) => {
                self.row::<()>(name, Err(format!("no longer fails for {}", known.line)));
            }
            Err(detail) => {
                println!("known   {name}: {}: {}", known.line, known.why);
                let verdict =
                    serde_json::json!({ "line": known.line, "right": known.right, "why": known.why });
                self.keep(name, Some(&detail), verdict);
            }
        }
    }

    fn keep(&self, name: &str, failure: Option<&String>, verdict: Value) {
        let Some(path) = std::env::var_os("CLIENT_ROWS") else { return };
        let mut row = serde_json::json!({
            "client": self.client, "version": self.version, "command": name,
            "result": if failure.is_none() { "passed" } else { "failed" }, "detail": failure.map_or("", String::as_str),
        });
        if let (Value::Object(row), Value::Object(verdict)) = (&mut row, verdict) {
            row.extend(verdict);
        }
        let file = OpenOptions::new().create(true).append(true).open(path);
        file.and_then(|mut file| writeln!(file, "{row}")).expect("CLIENT_ROWS can be written");
    }

    /// A row for what must be refused, and with these words in the complaint.
    pub fn refused<T>(&mut self, name: &str, words: &str, outcome: Result<T, String>) {
        let judged = match outcome {
            Ok(_) => Err("was not refused".to_owned()),
            Err(why) if why.contains(words) => Ok(()),
            Err(why) => Err(format!("was refused, but not with {words}: {why}")),
        };
        self.row(name, judged);
    }

    pub fn end(self) -> ExitCode {
        println!("{}: {} passed, {} failed", self.client, self.passed, self.failed);
        if self.failed == 0 && self.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

pub fn hold(is_so: bool, otherwise: &str) -> Result<(), String> {
    if is_so { Ok(()) } else { Err(otherwise.to_owned()) }
}
