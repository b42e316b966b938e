//! The command line.

use clap::{Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// A passkey provider in a terminal. Its passkeys are bound to this device and never leave it.
#[derive(Debug, Parser)]
#[command(version, after_help = crate::exit::HELP)]
pub(crate) struct Args {
    /// Say on stderr what happens. Names, ids, handles and keys are never part of it.
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play site and authenticator, and check every answer.
    Demo(Demo),
    /// Make a passkey: creation options in, registration response out (JSON).
    Create(Create),
    /// Sign in: request options in, authentication response out (JSON).
    Get(Ceremony),
    /// List the passkeys, newest first.
    List(List),
    /// Show everything known of one passkey.
    Show(Show),
    /// Give a passkey a label. The site's name for the account stays as it is.
    Rename(Rename),
    /// Delete a passkey from this device. The site still lists it until it is removed there as well.
    Delete(Delete),
    /// Delete all passkeys.
    Reset(Reset),
    /// Find what is wrong with the store, its key and what is in it; repair what it is told to.
    Doctor(Doctor),
    /// Be a security key: CTAPHID over sockets, as a HID device of this machine, or as a USB device over the network.
    Serve(Box<Serve>),
    /// Decode CTAP bytes: requests, replies, getInfo, authenticator data, recordings, as a tree.
    Decode(Decode),
    /// Do what a recording of `serve --lab` says once more, and look whether the same comes of it.
    Replay(Replay),
}

/// Which store.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Store {
    /// The folder of the store, made if need be [default: the platform's data folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
    /// A file that remembers how far the store has come, made if need be: an older copy of the store is refused then.
    #[arg(long, value_name = "FILE")]
    pub(crate) anchor: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// Use the store in this folder and leave it there. Without it, a temporary one is used and removed.
    #[arg(long, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Ceremony {
    /// The origin of the page that asks, such as `https://login.example.com`.
    #[arg(long, value_name = "URL")]
    pub(crate) origin: String,
    /// The package name of the app that asks, for the client data of Android.
    #[arg(long, value_name = "NAME")]
    pub(crate) package_name: Option<String>,
    /// The options as JSON; `-` is stdin.
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(crate) options: PathBuf,
    #[command(flatten)]
    pub(crate) store: Store,
    /// Which passkey to sign in with: its place in the order shown, from 1, or its credential id (base64url).
    #[arg(long, value_name = "N|ID")]
    pub(crate) choose: Option<String>,
    /// Who answers for the person.
    #[arg(long, value_enum, default_value_t = User::Ask)]
    pub(crate) user: User,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    #[command(flatten)]
    pub(crate) ceremony: Ceremony,
    /// The attestation, where the site wants one.
    #[arg(long, value_name = "none|self|x5c=CHAIN,KEY", value_parser = attestation)]
    pub(crate) attestation: Option<Attestation>,
}

/// Who answers for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum User {
    /// Ask on the terminal; without one, refuse. Presence only, never verification.
    Ask,
    /// The caller vouches that the person was verified just now.
    Verify,
    /// Presence without asking.
    Approve,
    /// Say no.
    Deny,
}

#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Exact values as JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: Store,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// The passkey's id as `list` shows it, or as much of its beginning as is unique.
    pub(crate) id: String,
    /// Exact values as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: Store,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Rename {
    /// The passkey's id as `list` shows it, or as much of its beginning as is unique.
    pub(crate) id: String,
    /// The new label, at most 100 characters.
    pub(crate) label: String,
    #[command(flatten)]
    pub(crate) store: Store,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Delete {
    /// The passkey's id as `list` shows it, or as much of its beginning as is unique.
    pub(crate) id: String,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) store: Store,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Reset {
    /// Do not ask, twice.
    #[arg(long)]
    pub(crate) yes_delete_everything: bool,
    #[command(flatten)]
    pub(crate) store: Store,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {
    /// The findings as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Mend the findings of this kind, or the one about a record. Without it nothing is changed.
    #[arg(long, value_name = "KIND[:RECORD]")]
    pub(crate) repair: Vec<String>,
    /// Write a report for support into this new file. It names no site, account, passkey, key or path.
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) store: Store,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Decode {
    /// A file, or the bytes themselves in hexadecimal or base64url; `-`, or nothing, is stdin.
    #[arg(value_name = "FILE|HEX")]
    pub(crate) input: Option<String>,
    /// What it is, where it does not say itself.
    #[arg(long, value_enum)]
    pub(crate) kind: Option<Kind>,
    /// It is the reply to this command, such as `getInfo`; no other `--kind` than `reply` goes with it.
    #[arg(long, value_name = "NAME")]
    pub(crate) reply_to: Option<String>,
    /// The tree as JSON, uncut.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// A command and its parameters.
    Request,
    /// A status and what comes with it.
    Reply,
    /// What getInfo replies, without the status.
    GetInfo,
    /// What is signed: hash of the RP ID, flags, counter, credential, extensions.
    AuthenticatorData,
    /// What a registration gives to the site: format, authenticator data, statement.
    AttestationObject,
    /// A public key.
    CoseKey,
    /// One status byte.
    Status,
    /// Any CBOR.
    Cbor,
    /// A report of CTAPHID on each line.
    Recording,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Serve {
    /// Listen for datagrams of one report each; port 0 is any that is free.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) udp: Option<SocketAddr>,
    /// Listen for streams of reports; port 0 is any that is free.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) tcp: Option<SocketAddr>,
    /// Listen for streams of reports at this path, for this user alone.
    #[arg(long, value_name = "PATH")]
    pub(crate) unix: Option<PathBuf>,
    /// Be a USB device that kernels attach over the network; its clients expect port 3240.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) usbip: Option<SocketAddr>,
    /// Be a HID device of this machine (Linux, with /dev/uhid), for every program that uses security keys.
    #[cfg(target_os = "linux")]
    #[arg(long)]
    pub(crate) uhid: bool,
    /// Let other machines connect as well.
    #[arg(long)]
    pub(crate) listen_anyone: bool,
    /// The folder of everything that persists, its key included; without it the device is new. `:memory:` keeps nothing.
    #[arg(long, value_name = "DIR", default_value = ":memory:")]
    pub(crate) state: PathBuf,
    /// Who answers for the person [default: ask; in the lab, whoever it is told to].
    #[arg(long, value_enum)]
    pub(crate) user: Option<Answerer>,
    /// What the device is: `security-key`, `phone`, or a file of settings.
    #[arg(long, value_name = "NAME|FILE.toml", default_value = "security-key")]
    pub(crate) profile: String,
    /// Set one thing about it, by getInfo's name for it. May be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// The attestation given where the request has no preference; `x5c=`: a key in a file and its certificates sign it.
    #[arg(long, value_name = "none|self|x5c=CHAIN,KEY", value_parser = attestation)]
    pub(crate) attestation: Option<Attestation>,
    /// Where the PIN of a device is that has none yet. One that has a PIN keeps it.
    #[arg(long, value_name = "FILE")]
    pub(crate) pin_file: Option<PathBuf>,
    /// Say on stderr what clients ask and how they are answered. What they send is in it: names, ids and hashes.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Traffic::None)]
    pub(crate) log: Traffic,
    /// How long after its power came on a client may reset it.
    #[arg(long, value_name = "SECONDS|off", value_parser = reset_window)]
    pub(crate) reset_window: Option<ResetWindow>,
    /// Be a key for tests, whose user, clocks and randomness do as they are told. Its state is marked, and is for labs alone.
    #[arg(long)]
    pub(crate) lab: bool,
    /// Take commands at this path, for this user alone, or at this address, with a token.
    #[arg(long, value_name = "PATH|ADDR:PORT", requires = "lab")]
    pub(crate) control: Option<String>,
    /// Where the token is, of at least 16 characters; without it one is made, and said with the addresses.
    #[arg(long, value_name = "FILE", requires = "control")]
    pub(crate) control_token_file: Option<PathBuf>,
    /// What its randomness comes of: the same seed and the same commands give the same bytes [default: the system's].
    #[arg(long, value_name = "HEX", requires = "lab", value_parser = seed)]
    pub(crate) seed: Option<Seed>,
    /// How its clocks begin.
    #[arg(long, value_enum, requires = "lab", default_value_t = ClockMode::Running)]
    pub(crate) clock: ClockMode,
    /// How its user answers what is asked, as JSON.
    #[arg(long, value_name = "FILE.json", requires = "lab")]
    pub(crate) policy: Option<PathBuf>,
    /// Write everything that happens into this new file, for `replay`. The device's keys are in it.
    #[arg(long, value_name = "FILE", requires = "lab")]
    pub(crate) record: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Replay {
    /// What `serve --lab --record` has written.
    pub(crate) file: PathBuf,
}

/// `--clock`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClockMode {
    /// With the machine's.
    Running,
    /// They stand still, at power-up and on 2026-01-01, until they are moved.
    Held,
}

/// `--seed`: up to 32 bytes, with zeros behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seed(pub(crate) [u8; 32]);

pub(crate) fn seed(text: &str) -> Result<Seed, String> {
    let given = crate::lab::hex::decode(text).filter(|bytes| (1..=32).contains(&bytes.len()));
    let given = given.ok_or_else(|| "1 to 32 bytes in hexadecimal".to_owned())?;
    let mut seed = [0; 32];
    seed.iter_mut().zip(given).for_each(|(place, byte)| *place = byte);
    Ok(Seed(seed))
}

/// Who answers the prompts of a security key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Answerer {
    /// Ask on the terminal. Presence only, never verification.
    Ask,
    /// Say each question on stdout as JSON, and take `approve`, `verify` or `deny` from stdin.
    Gated,
    /// Presence, and verification where it is asked for, without asking.
    Verify,
    /// Presence without asking.
    Approve,
    /// Say no.
    Deny,
}

/// `--log`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Traffic {
    /// Nothing.
    None,
    /// Each request and each reply as a tree, as `decode` shows it.
    Pretty,
}

/// `--attestation`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Attestation {
    /// An empty statement.
    None,
    /// Signed by the passkey itself.
    SelfSigned,
    /// Signed by a key that many devices have in common.
    Certified(Certified),
}

/// That key's files, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certified {
    /// The key's certificate, and those above it.
    pub(crate) chain: PathBuf,
    /// The key, in PKCS#8.
    pub(crate) key: PathBuf,
}

fn attestation(text: &str) -> Result<Attestation, String> {
    match (text, text.strip_prefix("x5c=").and_then(|files| files.split_once(','))) {
        ("none", _) => Ok(Attestation::None),
        ("self", _) => Ok(Attestation::SelfSigned),
        (_, Some((chain, key))) => {
            Ok(Attestation::Certified(Certified { chain: chain.into(), key: key.into() }))
        }
        _ => Err("none, self, or x5c= with two files".to_owned()),
    }
}

/// `--reset-window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResetWindow {
    /// A reset is always allowed.
    Off,
    /// For so long.
    After(Duration),
}

fn reset_window(text: &str) -> Result<ResetWindow, String> {
    if text == "off" {
        return Ok(ResetWindow::Off);
    }
    let seconds = text.parse().map_err(|_| "a number of seconds, or off".to_owned())?;
    Ok(ResetWindow::After(Duration::from_secs(seconds)))
}
