//! What opening a store and signing in takes: bytes read from files and memory at its peak, of a process of its own.

use crate::support::open;
use authenticator_testkit::request;
use std::path::Path;
use std::process::Command;

/// What a process took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// The most memory it ever had, in KiB.
    pub(crate) peak: u64,
    /// Bytes it read from the start of its work to the end.
    pub(crate) read: u64,
}

/// Whether the kernel counts what a process reads; some are built without.
pub(crate) fn is_counted() -> bool {
    Path::new("/proc/self/io").exists()
}

const PATH: &str = "STORE_COST_PATH";
const SITE: &str = "STORE_COST_SITE";

/// What it takes to open the store at `path` and to answer one getAssertion of `site` with a passkey.
pub(crate) fn of_signing_in(path: &Path, site: &str) -> Cost {
    child(Command::new(std::env::current_exe().unwrap()).env(PATH, path).env(SITE, site))
}

/// What the same program takes to do nothing.
pub(crate) fn of_nothing() -> Cost {
    child(Command::new(std::env::current_exe().unwrap()).env(PATH, ""))
}

fn child(command: &mut Command) -> Cost {
    let output = command.args(["--exact", "cost::child_opens_and_signs_in", "--nocapture"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let cost = said.lines().find_map(|line| line.split_once("it took ")?.1.split_once(' '));
    let number = |text: &str| text.trim().parse().unwrap();
    match cost {
        Some((peak, read)) => Cost { peak: number(peak), read: number(read) },
        None => panic!("the child failed: {said}\n{}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// The process that is measured.
#[test]
fn child_opens_and_signs_in() {
    let Some(path) = std::env::var_os(PATH) else { return };
    let before = figure("/proc/self/io", "rchar:");
    if !path.is_empty() {
        let mut sim = open(Path::new(&path), 9).unwrap();
        let site = std::env::var(SITE).unwrap();
        assert_eq!(sim.send(&request::get_assertion(&site)).status, 0);
    }
    let read = figure("/proc/self/io", "rchar:").saturating_sub(before);
    println!("it took {} {read}", figure("/proc/self/status", "VmHWM:"));
}

/// The number after `name` in one of the kernel's tables.
fn figure(table: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(table).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
