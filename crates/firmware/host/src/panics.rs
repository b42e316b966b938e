//! Looks for calls that can panic, and holds them to `panics.txt`.
//!
//! Every branch of the disassembly that goes to one of the standard library's panicking functions is a site. The debug
//! information says from which function it was inlined: the innermost one that is not the standard library's own is who
//! asked for it. None may be ours; those of dependencies are listed with the reason why no request reaches them.

use addr2line::Loader;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Who can panic, and how.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Site {
    package: String,
    function: String,
    panic: String,
}

/// Compares the sites in the ELF with the list. Entries that are in the list only are told and do no harm: another
/// compiler may bring them back.
pub(crate) fn check(elf: &Path, disassembly: &str, list: &Path) -> Result<(), String> {
    let listed = read(list)?;
    let loader = Loader::new(elf).map_err(|error| format!("the ELF's debug information: {error}"))?;
    let found = search(disassembly, |address, panic| ask(&loader, address, panic))?;
    let number: usize = found.values().map(Vec::len).sum();
    println!("{number} calls that can panic, of {} kinds", found.len());
    let mut errors = String::new();
    for (site, places) in &found {
        let Site { package, function, panic } = site;
        let places = places.join(", ");
        // Writing to a string does not fail.
        let _ = match package.as_str() {
            OURS => writeln!(errors, "our own code can panic: {function} ({panic}) at {places}"),
            _ if !listed.contains(site) => {
                writeln!(errors, "not in the list: {package} | {function} | {panic} (at {places})")
            }
            _ => Ok(()),
        };
    }
    for site in listed.iter().filter(|site| !found.contains_key(site)) {
        println!("listed and not there: {} | {} | {}", site.package, site.function, site.panic);
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

const OURS: &str = "ours";
const STANDARD: &str = "the standard library";

/// The list: package, function, panic and reason, each entry a line.
fn read(list: &Path) -> Result<BTreeSet<Site>, String> {
    let text = fs::read_to_string(list).map_err(|error| format!("{}: {error}", list.display()))?;
    let entries = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    entries
        .map(|line| {
            let mut parts = line.splitn(4, " | ").map(str::to_owned);
            let mut next = || parts.next().filter(|part| !part.is_empty());
            let site = next().zip(next()).zip(next()).map(|((package, function), panic)| Site {
                package,
                function,
                panic,
            });
            let reason = next();
            site.filter(|_| reason.is_some()).ok_or_else(|| format!("not an entry with its reason: {line}"))
        })
        .collect()
}

/// Finds the sites. A function of the standard library that was not inlined and panics hides who asked for that: it then
/// counts as a panicking function itself, and its callers are looked for, until nothing new is found.
fn search(
    disassembly: &str,
    ask: impl Fn(u64, &str) -> Result<(Site, String), String>,
) -> Result<BTreeMap<Site, Vec<String>>, String> {
    let mut panics = BTreeSet::new();
    loop {
        let mut found = BTreeMap::<Site, Vec<String>>::new();
        let known = panics.len();
        for call in calls(disassembly, &panics) {
            let (site, place) = ask(call.address, call.panic)?;
            if site.package == STANDARD {
                panics.insert(call.within.to_owned());
            } else {
                found.entry(site).or_default().push(place);
            }
        }
        if panics.len() == known {
            return Ok(found);
        }
    }
}

/// A branch to a panicking function.
#[derive(Debug, PartialEq, Eq)]
struct Call<'d> {
    address: u64,
    within: &'d str,
    panic: &'d str,
}

/// The branches to panicking functions, those in `more` among them.
fn calls<'d>(disassembly: &'d str, more: &BTreeSet<String>) -> Vec<Call<'d>> {
    let mut within = "";
    let mut calls = Vec::new();
    for line in disassembly.lines() {
        if let Some((_, name)) = line.strip_suffix(">:").and_then(|line| line.split_once('<')) {
            within = name;
            continue;
        }
        let call = || {
            let (address, instruction) = line.trim_start().split_once(':')?;
            let (mnemonic, operands) = instruction.trim_start().split_once('\t')?;
            // Behind the at-sign stands how far the branch goes.
            let (operands, _) = operands.split_once(" @ ").unwrap_or((operands, ""));
            let (_, target) = operands.strip_suffix('>')?.split_once('<')?;
            let panic = panicking(target).or_else(|| more.contains(target).then(|| without_hash(target)))?;
            let address = u64::from_str_radix(address, 16).ok()?;
            mnemonic.starts_with('b').then_some(Call { address, within, panic })
        };
        // What the panicking functions do among themselves was asked for elsewhere.
        calls.extend(call().filter(|_| panicking(within).is_none()));
    }
    calls
}

/// The name of a panicking function without its hash, or `None`: it is no such function.
fn panicking(symbol: &str) -> Option<&str> {
    // Into the middle of a function: a loop, or a branch that the disassembler could not name better.
    let name = symbol.split_once("+0x").map_or(symbol, |(name, _)| name);
    let name = without_hash(name);
    let of_core = name.starts_with("core::") || name.starts_with("alloc::");
    let last = name.rsplit("::").next().unwrap_or(name);
    let panics = name.starts_with("core::panicking::")
        || last.ends_with("_fail")
        || last.ends_with("_failed")
        || last.starts_with("panic");
    ((of_core && panics) || name.ends_with("rust_begin_unwind")).then_some(name)
}

/// Who asked for the call at this address, and where that is.
fn ask(loader: &Loader, address: u64, panic: &str) -> Result<(Site, String), String> {
    let failed = |error| format!("the ELF's debug information at {address:#x}: {error}");
    let mut frames = loader.find_frames(address).map_err(failed)?;
    let mut asked = None;
    while let Some(frame) = frames.next().map_err(|error| format!("at {address:#x}: {error}"))? {
        let file = frame.location.as_ref().and_then(|location| location.file).unwrap_or("an unknown file");
        let line = frame.location.as_ref().and_then(|location| location.line).unwrap_or(0);
        let name = frame.function.as_ref().and_then(|function| function.demangle().ok());
        let name = name.map_or_else(|| "a function without a name".to_owned(), |name| without_types(&name));
        let package = package(file);
        let asks = package != STANDARD;
        let site = Site { package, function: name, panic: panic.to_owned() };
        asked = Some((site, format!("{file}:{line}")));
        if asks {
            break;
        }
    }
    asked.ok_or_else(|| format!("no debug information at {address:#x}, a call of {panic}"))
}

fn without_hash(name: &str) -> &str {
    name.rsplit_once("::h").filter(|(_, hash)| hash.len() == 16).map_or(name, |(name, _)| name)
}

/// `from_usize<u8>` is `from_usize`: for which types a function was compiled changes more often than what it does.
fn without_types(name: &str) -> String {
    let name = without_hash(name);
    name.split_once('<').map_or(name, |(name, _)| name).to_owned()
}

/// Whose file it is: a dependency's, the standard library's, or ours.
fn package(file: &str) -> String {
    if let Some((_, inside)) = file.split_once("/registry/src/") {
        let folder = inside.split('/').nth(1).unwrap_or(inside);
        // A version begins with a digit, behind the last hyphen that has one after it.
        let name = folder.match_indices('-').find_map(|(at, _)| {
            let (name, version) = folder.split_at(at);
            version.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit()).then_some(name)
        });
        return name.unwrap_or(folder).to_owned();
    }
    let standard = file.starts_with("/rustc/") || file.contains("/library/core/");
    if standard { STANDARD.to_owned() } else { OURS.to_owned() }
}

#[cfg(test)]
mod tests;
