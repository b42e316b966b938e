//! `doctor`: what is wrong with the store, its key and what is in it; and what was said to be mended.

mod bundle;
mod examine;
mod finding;
mod mend;

use crate::args::Doctor;
use crate::exit::Failure;
use crate::list::write_out;
use crate::log::Log;
use examine::{Blocked, Examination, examine};
use finding::Finding;
use mend::Order;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// `authenticator doctor`.
pub(crate) fn run(args: &Doctor, log: Log) -> Result<(), Failure> {
    let orders = args.repair.iter().map(|text| Order::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let mut mended = Vec::new();
    for order in &orders {
        let examination = examine(&args.store, log)?;
        mended.extend(order.carry_out(&examination, &args.store, log)?);
    }
    let examination = examine(&args.store, log)?;
    log.count("findings", examination.findings.len());
    if let Some(path) = &args.bundle {
        bundle::write(path, &examination)?;
        log.note("the bundle is written");
    }
    let text = if args.json {
        format!("{:#}\n", as_json(&examination, &mended))
    } else {
        for_people(&examination, &mended, &command(args))
    };
    write_out(&text)?;
    verdict(&examination)
}

/// The exit code says what came of it, so that a script need not read.
fn verdict(examination: &Examination) -> Result<(), Failure> {
    match examination.blocked {
        Some(Blocked::Key) => {
            Err(Failure::Key("the store cannot be opened without its device key".to_owned()))
        }
        Some(Blocked::Store) => Err(Failure::Store("the store cannot be opened".to_owned())),
        None if examination.is_healthy() => Ok(()),
        None => Err(Failure::Findings("the doctor has found something to mend".to_owned())),
    }
}

fn as_json(examination: &Examination, mended: &[Finding]) -> Value {
    let findings: Vec<Value> = examination.findings.iter().map(Finding::to_json).collect();
    let mended: Vec<Value> = mended.iter().map(Finding::to_json).collect();
    json!({
        "healthy": examination.is_healthy(),
        "opened": examination.report.is_some(),
        "checked": examination.report.as_ref().and_then(|report| report.to_json().get("checked").cloned()),
        "file": examination.file.as_ref().map(examine::file_to_json),
        "findings": findings,
        "mended": mended,
    })
}

fn for_people(examination: &Examination, mended: &[Finding], command: &str) -> String {
    let mut text = String::new();
    for finding in mended {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "mended   {}", finding.name());
    }
    for finding in &examination.findings {
        let severity = finding.severity().as_str();
        let _ = writeln!(text, "{severity:8} {}: {}", finding.name(), finding.explanation());
        if let Some((name, effect)) = finding.repair() {
            // The command comes last, to be copied to the end of the line.
            let _ = writeln!(text, "  → repair ({effect}): {command} --repair {name}");
        }
    }
    text + &summary(examination)
}

fn summary(examination: &Examination) -> String {
    let Some(report) = &examination.report else {
        return if examination.findings.is_empty() {
            "There is no store yet, and so nothing to check.\n".to_owned()
        } else {
            "The store cannot be opened; what is in it was not checked.\n".to_owned()
        };
    };
    let checked = &report.checked;
    let pages = examination.file.map_or(0, |file| file.pages);
    let verdict = if examination.is_healthy() { "Healthy" } else { "Not healthy" };
    format!(
        "{verdict}. Checked: passkeys {}, other records {}, notes about keys {}, pages of the file {pages}, the device \
         key's file.\n",
        checked.credentials,
        checked.host_records,
        checked.key_intents.saturating_add(checked.key_tombstones),
    )
}

/// The command as it was called, without what it was to do.
fn command(args: &Doctor) -> String {
    let mut command = "authenticator doctor".to_owned();
    let options = [("--store", &args.store.store), ("--anchor", &args.store.anchor)];
    for (option, value) in options.into_iter().filter_map(|(option, value)| Some((option, value.as_ref()?))) {
        let _ = write!(command, " {option} {}", quoted(&value.to_string_lossy()));
    }
    command
}

/// A word as a POSIX shell takes it.
fn quoted(word: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "/._-".contains(character);
    let shown = crate::display::display(word, usize::MAX);
    if shown.chars().all(plain) { shown } else { format!("'{}'", shown.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests;
