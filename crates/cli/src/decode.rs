//! `decode`: what bytes say, as a tree.

use crate::args::{self, Kind};
use crate::display::display;
use crate::exit::Failure;
use authenticator_decode::recording::Likeness;
use authenticator_decode::{Command, Kind as Known, Node, Unsure, decode, detect, recording};
use authenticator_webauthn::base64url;
use std::io::{BufWriter, Read, Write};

/// More than this is read of nothing. A recording is told line by line.
const LONGEST: u64 = 16 << 20;

/// A message has no more: of its tree, all is in memory.
const LONGEST_MESSAGE: usize = 64 << 10;

pub(crate) fn run(args: &args::Decode) -> Result<(), Failure> {
    if args.reply_to.is_some() && args.kind.is_some_and(|kind| kind != Kind::Reply) {
        return Err(Failure::Usage("--reply-to says that it is a reply; leave --kind away".to_owned()));
    }
    let input = read(args)?;
    let out = std::io::stdout().lock();
    let broken = match (&input, args.kind) {
        (Input::Text(text), _) if args.json => write_json_recording(text, BufWriter::new(out))?,
        (Input::Text(text), _) => write_recording(text, BufWriter::new(out))?,
        (Input::Bytes(_), Some(Kind::Recording)) => {
            return Err(Failure::Usage("a recording is text: a report on each line".to_owned()));
        }
        (Input::Bytes(bytes), _) => write_message(args, &tell(args, bytes)?, out)?,
    };
    if broken {
        return Err(Failure::Broken("the input is broken: it ends where the tree says".to_owned()));
    }
    Ok(())
}

/// Writes a message's tree, and says whether it is broken.
fn write_message(args: &args::Decode, tree: &Node, mut out: impl Write) -> Result<bool, Failure> {
    if args.json {
        writeln!(out, "{}", tree.to_json())?;
    } else {
        out.write_all(tree.to_text().as_bytes())?;
    }
    Ok(tree.is_broken())
}

/// Writes the tree of a recording place by place, and says whether any is broken.
fn write_recording(text: &str, mut out: impl Write) -> Result<bool, Failure> {
    let mut broken = false;
    let mut written = out.write_all(recording::empty(text).to_text().as_bytes());
    recording::each(text, |told| {
        broken |= told.is_broken();
        if written.is_ok() {
            written = out.write_all(told.to_text_at(1).as_bytes());
        }
    });
    written.and_then(|()| out.flush())?;
    Ok(broken)
}

/// The same as JSON: the object of the recording, with its members put in one by one.
fn write_json_recording(text: &str, mut out: impl Write) -> Result<bool, Failure> {
    let mut broken = false;
    let root = recording::empty(text).to_json().to_string();
    let mut written = out.write_all(root.trim_end_matches('}').as_bytes());
    let mut before = ",\"members\":[";
    recording::each(text, |told| {
        broken |= told.is_broken();
        if written.is_ok() {
            written = write!(out, "{before}{}", told.to_json());
        }
        before = ",";
    });
    let end = if before == "," { "]}" } else { "}" };
    written.and_then(|()| writeln!(out, "{end}")).and_then(|()| out.flush())?;
    Ok(broken)
}

/// What is to be decoded.
enum Input {
    Bytes(Vec<u8>),
    /// A recording is text.
    Text(String),
}

/// The argument: a file, or the bytes themselves as text; without one, stdin.
fn read(args: &args::Decode) -> Result<Input, Failure> {
    let Some(argument) = args.input.as_deref().filter(|argument| *argument != "-") else {
        return bytes(args, std::io::stdin().lock()).and_then(|bytes| of(args, bytes));
    };
    match std::fs::File::open(argument) {
        Ok(file) => bytes(args, file).and_then(|bytes| of(args, bytes)),
        // What is there and cannot be opened is a file. Else it is no name, or even longer than one may be.
        Err(error) if std::fs::symlink_metadata(argument).is_ok() && recording::unhex(argument).is_none() => {
            Err(Failure::Usage(format!("{} cannot be read: {}", display(argument, 200), error.kind())))
        }
        Err(_) => text(argument).map(Input::Bytes).ok_or_else(|| {
            let shown = display(argument, 60);
            Failure::Usage(format!("{shown} is neither a file nor bytes in hexadecimal or base64url"))
        }),
    }
}

fn bytes(args: &args::Decode, from: impl Read) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let place = args.input.as_deref().unwrap_or("stdin");
    let cannot = |error: std::io::Error| {
        Failure::Usage(format!("{} cannot be read: {}", display(place, 200), error.kind()))
    };
    from.take(LONGEST + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LONGEST) {
        return Err(Failure::Usage("the input has more than 16 MiB".to_owned()));
    }
    Ok(bytes)
}

/// What a file holds: a recording, bytes as text, or the bytes.
fn of(args: &args::Decode, bytes: Vec<u8>) -> Result<Input, Failure> {
    let Ok(content) = std::str::from_utf8(&bytes) else { return Ok(Input::Bytes(bytes)) };
    if args.kind == Some(Kind::Recording) {
        return Ok(Input::Text(content.to_owned()));
    }
    let written = text(content);
    if args.kind.is_none() && args.reply_to.is_none() {
        match (recording::likeness(content), &written) {
            (Likeness::Recording, _) => return Ok(Input::Text(content.to_owned())),
            (Likeness::Perhaps, Some(bytes)) => return Err(perhaps_recording(bytes)),
            // Prose is no message, whatever its letters are as bytes.
            (_, None) if is_prose(content) => return Err(unsure(&Unsure::Nothing)),
            _ => {}
        }
    }
    Ok(Input::Bytes(written.unwrap_or(bytes)))
}

fn is_prose(content: &str) -> bool {
    !content.chars().any(|c| c.is_control() && !c.is_whitespace())
}

/// Sixty-four bytes that are a report, or what they are else.
fn perhaps_recording(bytes: &[u8]) -> Failure {
    let others = match detect(bytes) {
        Ok(kind) => vec![kind],
        Err(Unsure::Several(kinds)) => kinds,
        Err(nothing) => return unsure(&nothing),
    };
    let names: Vec<&str> = others.iter().map(|kind| kind.name()).collect();
    unsure(&format!("this could be recording or {}", names.join(" or ")))
}

fn unsure(why: &dyn std::fmt::Display) -> Failure {
    Failure::Usage(format!("{why}; say which with --kind"))
}

/// Bytes that are written as text. What could be both is hexadecimal.
fn text(content: &str) -> Option<Vec<u8>> {
    let content = content.trim();
    let bytes = recording::unhex(content).or_else(|| base64url::decode(content).ok());
    bytes.filter(|bytes| !bytes.is_empty())
}

fn tell(args: &args::Decode, bytes: &[u8]) -> Result<Node, Failure> {
    if bytes.len() > LONGEST_MESSAGE {
        return Err(Failure::Usage("the input is no recording, and has more than 64 KiB".to_owned()));
    }
    if let Some(name) = &args.reply_to {
        let command = Command::named(name)
            .ok_or_else(|| Failure::Usage(format!("there is no command {}", display(name, 60))))?;
        return Ok(decode(bytes, Known::Reply(Some(command))));
    }
    let kind = match args.kind.and_then(Kind::known) {
        Some(kind) => kind,
        None => detect(bytes).map_err(|why| unsure(&why))?,
    };
    Ok(decode(bytes, kind))
}

impl Kind {
    /// The decoder's word for it; `None`: it is to find out, or does not need one.
    fn known(self) -> Option<Known> {
        Some(match self {
            Self::Recording => return None,
            Self::Request => Known::Request,
            Self::Reply => Known::Reply(None),
            Self::GetInfo => Known::Info,
            Self::AuthenticatorData => Known::AuthenticatorData,
            Self::AttestationObject => Known::AttestationObject,
            Self::CoseKey => Known::CoseKey,
            Self::Status => Known::Status,
            Self::Cbor => Known::Cbor,
        })
    }
}
