//! The bundle for support: what kind of store it is and what is wrong with it, but not whose it is.
//!
//! It is made of kinds, counts and sizes only. No sentence goes into it: some name a path.

use super::examine::{Examination, file_to_json};
use super::finding::Finding;
use crate::date;
use crate::exit::Failure;
use authenticator_host::{Clock, SystemClock};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// Writes the bundle into a new file.
pub(crate) fn write(path: &Path, examination: &Examination) -> Result<(), Failure> {
    let text = format!("{:#}\n", bundle(examination));
    let written = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        Failure::Usage(format!("the bundle cannot be written: {}; give the name of a new file", error.kind()))
    })
}

fn bundle(examination: &Examination) -> Value {
    let files: Vec<Value> = examination
        .findings
        .iter()
        .filter(|finding| matches!(finding, Finding::Files(..)))
        .map(|finding| json!({ "kind": finding.kind(), "severity": finding.severity().as_str() }))
        .collect();
    json!({
        "tool": { "name": "authenticator", "version": env!("CARGO_PKG_VERSION") },
        "platform": { "system": std::env::consts::OS, "architecture": std::env::consts::ARCH },
        "day": SystemClock::default().now().unix.map(date::day),
        "opened": examination.report.is_some(),
        "file": examination.file.as_ref().map(file_to_json),
        "files": files,
        "store": examination.report.as_ref().map(|report| report.redacted()),
    })
}
