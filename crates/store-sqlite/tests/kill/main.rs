//! Processes that register, sign in and delete are killed, run into limits, full disks and failing ones, or lose power, at
//! random moments; and two at once that only register. After each, the store has every operation that was acknowledged, and what was not is there in full or
//! not at all.
//!
//! ```text
//! cargo test -p authenticator-store-sqlite --test kill                   a few of each
//! KILLS=2000 SEED=7 cargo test -p authenticator-store-sqlite --test kill -- kill
//! ```
//! `KILLS` is the count of each case, `SEED` says when to kill and what to do. Names of cases run only those.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

#[cfg(unix)]
mod case;
#[cfg(unix)]
mod child;
#[cfg(unix)]
mod line;
#[cfg(unix)]
mod model;
#[cfg(unix)]
mod places;
#[cfg(unix)]
#[path = "../support/mod.rs"]
mod support;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    case::main()
}

/// Elsewhere a process cannot be killed like this.
#[cfg(not(unix))]
fn main() {
    println!("SKIP: this needs SIGKILL, a shell and limits");
}
