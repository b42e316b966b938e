//! The `authenticator` command: a passkey provider in a terminal.
//!
//! # What it is
//! A thin face on the other crates: WebAuthn JSON in, WebAuthn JSON out (`create`, `get`), the passkeys of a store
//! (`list`, `show`, `rename`, `delete`, `reset`), what is wrong with it (`doctor`), a security key over sockets, as a HID device or
//! over USB/IP (`serve`, and `replay` of what happened to one), what bytes say (`decode`), and `demo`, which plays site and
//! authenticator and checks every answer. The exit codes are in [`exit`], the places of files in [`paths`]; `docs/cli.md` has
//! both for readers.
//!
//! # What it is not
//! A library or a browser's passkey provider. Verification of its user is not its business either: it asks for
//! presence, and `--user verify` takes the caller's word.
//!
//! ```text
//! $ authenticator demo
//! $ authenticator create --origin https://example.com < options.json > response.json
//! ```

mod anchor;
mod args;
mod attestation;
mod create_get;
mod date;
mod decode;
mod demo;
mod display;
mod doctor;
mod exit;
mod key_file;
mod lab;
mod list;
mod log;
mod manage;
mod open;
mod paths;
mod person;
mod prompt;
mod serve;

use crate::args::{Args, Command};
use crate::exit::Failure;
use crate::log::Log;
use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    let log = Log::new(args.verbose);
    match run(&args.command, log) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // There is nothing left to do when even this cannot be written.
            let _ = writeln!(std::io::stderr(), "authenticator: {failure}");
            failure.code()
        }
    }
}

fn run(command: &Command, log: Log) -> Result<(), Failure> {
    match command {
        Command::Demo(args) => demo::run(args, log),
        Command::Create(args) => create_get::create(args, log),
        Command::Get(args) => create_get::get(args, log),
        Command::List(args) => list::list(args, log),
        Command::Show(args) => list::show(args, log),
        Command::Rename(args) => manage::rename(args, log),
        Command::Delete(args) => manage::delete(args, log),
        Command::Reset(args) => manage::reset(args, log),
        Command::Doctor(args) => doctor::run(args, log),
        Command::Serve(args) => serve::serve(args, log),
        Command::Decode(args) => decode::run(args),
        Command::Replay(args) => lab::replay::replay(args),
    }
}
