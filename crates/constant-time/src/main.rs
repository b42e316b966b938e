//! Runs each operation of the core on secrets under memcheck, with the secrets marked as undefined: whatever branches on one,
//! or reads from an address that depends on one, is an error then. Prints a table, and fails if an operation had errors or a
//! planted leak had none. `run.sh` builds it as hosts and as firmware have the core, and runs both.

mod memcheck;
mod planted;

use authenticator_core::constant_time::{CASES, Case, Marks};
use std::process::ExitCode;

const MARKS: Marks = Marks { secret: memcheck::secret, public: memcheck::public };

fn main() -> ExitCode {
    if !memcheck::is_watching() {
        eprintln!("run this under valgrind, as run.sh does");
        return ExitCode::FAILURE;
    }
    println!("{:<58} {:>6}  result", "operation", "errors");
    let clean = CASES.iter().map(|case| holds(case, |errors| errors == 0));
    let caught = planted::LEAKS.iter().map(|case| holds(case, |errors| errors > 0));
    // Not `all`, which would leave out what comes after the first failure.
    let failures = clean.chain(caught).filter(|held| !held).count();
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn holds(case: &Case, expected: fn(usize) -> bool) -> bool {
    let before = memcheck::errors();
    let works = (case.run)(&MARKS);
    let errors = memcheck::errors().saturating_sub(before);
    let result = match (works, expected(errors)) {
        (false, _) => "FAILED: the operation did not do what it should",
        (true, false) if errors == 0 => "FAILED: the leak was not reported",
        (true, false) => "FAILED: it depends on a secret, see above",
        (true, true) if errors == 0 => "ok",
        (true, true) => "ok, reported",
    };
    println!("{:<58} {errors:>6}  {result}", case.name);
    works && expected(errors)
}
