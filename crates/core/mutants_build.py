"""Puts every mutant into one copy of the workspace and builds its tests: crates/core/mutants.py runs them."""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys

PACKAGE = "authenticator-core"
SCRATCH = pathlib.Path(os.environ.get("TMPDIR") or "/tmp") / "authenticator-mutants"
COPY = SCRATCH / "source"

# What chooses the mutant: standard input, because a test counts allocations, and to read a variable would be one. While
# constants are computed there is none, so that `const fn` can hold mutants like any other; for this one intrinsic the
# copy is built with a stable compiler's unstable features.
CHOICE = """
extern crate std as std_for_mutants;
pub(crate) const fn mutant() -> usize {
    const fn none() -> usize { 0 }
    fn chosen() -> usize {
        use std_for_mutants::{fs::File, io::Read, sync::OnceLock};
        static CHOSEN: OnceLock<usize> = OnceLock::new();
        *CHOSEN.get_or_init(|| {
            let mut digits = [0; 8];
            let length = File::open("/dev/stdin").unwrap().read(&mut digits).unwrap();
            core::str::from_utf8(&digits[..length]).unwrap().parse().unwrap()
        })
    }
    core::intrinsics::const_eval_select((), none, chosen)
}
"""
# A function up to its body. Its documentation may hold a brace; in its signature only a length does, as `<{ 2 * N }>`.
HEAD = re.compile(r"(?:\s*(?://|#\[).*\n)*(?:[^{]|(?<=<)\{[^}]*\})*")
FEATURES = "#![no_std]\n#![feature(core_intrinsics, const_eval_select)]\n#![allow(internal_features)]"


def spliced(text, mutants):
    """The source with its mutants beside the original bodies, and for each of its lines whose mutant it is."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    offset = lambda place: starts[place["line"] - 1] + place["column"] - 1
    functions = collections.defaultdict(list)
    for mutant in (mutant for mutant in mutants if mutant["function"]):
        span = mutant["function"]["span"]
        functions[offset(span["start"]), offset(span["end"])].append(mutant)
    pieces, owners, done = [], [], 0

    def put(piece, owner=None):
        pieces.append(piece)
        owners.extend([owner] * piece.count("\n"))

    for (start, end), changes in sorted(functions.items()):
        assert done <= start, "a function with mutants inside of another one"
        body = HEAD.match(text, start).end()
        put(text[done:body] + "{ match crate::mutant() {\n")
        for change in changes:
            first, last = (offset(change["span"][edge]) for edge in ("start", "end"))
            if first < body:
                continue  # in the signature
            changed = text[body:first] + change["replacement"] + text[last:end]
            put(f"{change['id']} => {changed}\n", change["name"])
        put(f"_ => {text[body:end]}\n}} }}")
        done = end
    put(text[done:] + "\n")
    return "".join(pieces), owners


def write_copy(mutants):
    """Writes the workspace with these mutants, leaving alone the files that stay the same; says which lines are whose."""
    by_file = collections.defaultdict(list)
    for mutant in mutants:
        by_file[mutant["file"]].append(mutant)
    names = subprocess.check_output(["git", "ls-files", "-z", "-co", "--exclude-standard"], text=True).split("\0")
    names = {name for name in names if name and os.path.isfile(name)}
    owners = {}
    for name in names:
        content = pathlib.Path(name).read_bytes()
        if name in by_file:
            text, owners[name] = spliced(content.decode(), by_file[name])
            content = text.encode()
        if name == "crates/core/src/lib.rs":
            content = (content.decode().replace("#![no_std]", FEATURES, 1) + CHOICE).encode()
        copied = COPY / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        if not copied.is_file() or copied.read_bytes() != content:
            copied.write_bytes(content)
            copied.chmod(os.stat(name).st_mode)
    for copied in COPY.rglob("*.rs"):
        if str(copied.relative_to(COPY)) not in names:
            copied.unlink()
    return owners


def cargo(*arguments):
    """Runs cargo on the copy and returns its messages."""
    environment = os.environ | {
        "CARGO_INCREMENTAL": "0",
        "CARGO_TARGET_DIR": str(SCRATCH / "target"),
        "RUSTC_BOOTSTRAP": PACKAGE.replace("-", "_"),
        "RUSTFLAGS": "--cap-lints=warn",
    }
    command = ["cargo", *arguments, "--package", PACKAGE, "--profile", "mutants", "--message-format=json", "--quiet"]
    with (SCRATCH / "cargo.log").open("w") as log:
        done = subprocess.run(command, cwd=COPY, env=environment, stdout=subprocess.PIPE, stderr=log)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines() if line.startswith(b"{")]


def mutants_in_error(messages, owners):
    """The mutants in whose lines the compiler found an error, and the errors that do not lie in one mutant."""
    guilty, others = set(), []
    said = [message["message"] for message in messages if message["reason"] == "compiler-message"]
    for diagnostic in (diagnostic for diagnostic in said if diagnostic["level"] == "error" and diagnostic["spans"]):
        found = set()
        for span in (span for span in diagnostic["spans"] if span["is_primary"]):
            found |= set(owners.get(span["file_name"], [])[span["line_start"] - 1 : span["line_end"]])
        if len(found) == 1 and None not in found:
            guilty |= found
        else:
            others.append(diagnostic["rendered"])
    return guilty, others


def build(mutants):
    """Builds the tests with every mutant that builds. Returns the test programs, the mutants that do not build, and those
    that no branch can hold because they change a type or a constant.
    """
    unviable = set()
    while True:
        owners = write_copy([mutant for mutant in mutants if mutant["name"] not in unviable])
        held = {name for lines in owners.values() for name in lines}
        status, messages = cargo("check", "--lib")
        if not status:
            status, messages = cargo("test", "--no-run", "--lib", "--tests")
        if not status:
            break
        guilty, others = mutants_in_error(messages, owners)
        if others or not guilty:
            said = (SCRATCH / "cargo.log").read_text()
            sys.exit("the copy does not build, and not for a mutant:\n" + "\n".join([said, *others]))
        unviable |= guilty
        print(f"{len(unviable)} mutants do not build", flush=True)
    programs = {m["target"]["name"]: m["executable"] for m in messages if m.get("executable")}
    names = {mutant["name"] for mutant in mutants}
    return programs, unviable, names - unviable - held
