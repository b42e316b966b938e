//! A deterministic authenticator at the end of a pipe, for clients written in other languages.
//!
//! It reads frames from its standard input and answers each with one frame on its standard output: a kind, a length of two
//! bytes (big-endian), and as many bytes.
//!
//! | to the program | holds | answered with |
//! |---|---|---|
//! | `01` | a CTAP request: command byte and CBOR | `81`, the reply: status byte and CBOR |
//! | `02` | one line that moves the world ([`control::Control`]) | `82`, what there is to say, as text |
//! | anything else, or malformed | | `FF`, why, as text |
//!
//! The first line is to be `open` with a profile's name. The program ends at the end of its input: successfully, unless that was in
//! the middle of a frame.

mod control;
mod desk;
mod frame;
mod serve;

use std::io::{stdin, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    match serve::serve(&mut stdin().lock(), &mut stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
