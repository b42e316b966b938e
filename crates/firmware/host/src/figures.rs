//! Flash, static memory and stack: read from the ELF and the run, held to `limits.txt`, and written in `docs/firmware.md`.

use object::{Object, ObjectSection, SectionFlags, SectionKind, elf};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// What the firmware takes, in bytes.
pub(crate) struct Figures {
    pub(crate) flash: u64,
    pub(crate) static_ram: u64,
    pub(crate) stack: u64,
    /// Commands and their instructions.
    pub(crate) instructions: Vec<(&'static str, u64)>,
}

/// Flash (code, constants, and the first values of variables) and static memory (variables) of an ELF, in bytes.
pub(crate) fn sizes(file: &object::File<'_>) -> (u64, u64) {
    let (mut flash, mut static_ram) = (0, 0);
    for section in file.sections() {
        let SectionFlags::Elf { sh_flags } = section.flags() else { continue };
        let loaded = sh_flags & u64::from(elf::SHF_ALLOC) != 0;
        let written = sh_flags & u64::from(elf::SHF_WRITE) != 0;
        if loaded && section.kind() != SectionKind::UninitializedData {
            flash += section.size();
        }
        if loaded && written {
            static_ram += section.size();
        }
    }
    (flash, static_ram)
}

impl Figures {
    fn named(&self) -> [(&'static str, u64); 3] {
        [("flash", self.flash), ("static-ram", self.static_ram), ("stack", self.stack)]
    }

    /// Compares each figure with its limit; every one above is told.
    pub(crate) fn check_limits(&self, file: &Path) -> Result<(), String> {
        let limits = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let mut exceeded = String::new();
        for (name, figure) in self.named() {
            let limit = limits
                .lines()
                .find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok())
                .ok_or_else(|| format!("{} has no limit for {name}", file.display()))?;
            if figure > limit {
                // Writing to a string does not fail.
                let _ = writeln!(exceeded, "{name}: {figure} bytes, and {limit} are allowed");
            }
        }
        if exceeded.is_empty() { Ok(()) } else { Err(exceeded) }
    }

    /// The table of `docs/firmware.md`.
    pub(crate) fn table(&self) -> String {
        let kib = |bytes: u64| format!("{}.{} KiB", bytes / 1024, bytes % 1024 * 10 / 1024);
        let mut table = String::from("| what | how much |\n|---|---|\n");
        let memory = self.static_ram + self.stack;
        let rows = [
            ("flash: code, constants, first values of variables", self.flash),
            ("static memory: the store, a session, a buffer", self.static_ram),
            ("stack, the most that was ever in use", self.stack),
            ("static memory and stack together", memory),
        ];
        for (what, bytes) in rows {
            let _ = writeln!(table, "| {what} | {} |", kib(bytes));
        }
        for (command, instructions) in &self.instructions {
            let millions = instructions.div_ceil(100_000);
            let _ =
                writeln!(table, "| {command} | {}.{} million instructions |", millions / 10, millions % 10);
        }
        table
    }
}

/// Holds the table on the page to `table`, or writes it there.
pub(crate) fn check_page(page: &Path, table: &str, update: bool) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", page.display());
    let text = fs::read_to_string(page).map_err(failed)?;
    let (before, rest) = text.split_once(BEGIN).ok_or("the page has no place for the figures")?;
    let (there, after) = rest.split_once(END).ok_or("the page's figures have no end")?;
    if update {
        return fs::write(page, format!("{before}{BEGIN}\n{table}{END}{after}")).map_err(failed);
    }
    if is_current(there, table) {
        return Ok(());
    }
    Err(format!("the figures in {} are others; UPDATE=1 writes these:\n{table}", page.display()))
}

/// Whether the page's rows are those of `table`, each number within a twentieth: a change of compiler is not to change the
/// page, one of the firmware's size is.
fn is_current(page: &str, table: &str) -> bool {
    let rows = |text: &str| -> Vec<(String, f64)> {
        text.lines().filter_map(|line| row(line).map(|(what, number)| (what.to_owned(), number))).collect()
    };
    let (there, here) = (rows(page), rows(table));
    let close = |(there, here): (&(String, f64), &(String, f64))| {
        there.0 == here.0 && (there.1 - here.1).abs() <= (here.1 / 20.0).max(0.1)
    };
    there.len() == here.len() && there.iter().zip(&here).all(close)
}

/// `| what | 1.5 KiB |`: what, and the number.
fn row(line: &str) -> Option<(&str, f64)> {
    let (what, rest) = line.strip_prefix("| ")?.split_once(" | ")?;
    Some((what, rest.split(' ').next()?.parse().ok()?))
}

const BEGIN: &str = "<!-- figures -->";
const END: &str = "<!-- end of figures -->";

#[cfg(test)]
mod tests;
