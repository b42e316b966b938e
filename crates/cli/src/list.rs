//! `list` and `show`: the passkeys, for people and for programs.

use crate::args::{List, Show};
use crate::date;
use crate::display::{DOMAIN, cell, display, domain, width};
use crate::exit::Failure;
use crate::log::Log;
use crate::open::{self, Device};
use authenticator_core::Algorithm;
use authenticator_provider::{Item, Notes, Passkey, Protection, catalogue};
use authenticator_webauthn::base64url;
use rand_core::CryptoRng;
use serde_json::{Value, json};
use std::io::Write;

/// `authenticator list`.
pub(crate) fn list(args: &List, log: Log) -> Result<(), Failure> {
    let items = match open::open_existing(&args.store, log)? {
        Some(mut device) => catalogue(&mut device)?,
        None => {
            log.note("there is no store yet");
            Vec::new()
        }
    };
    log.count("passkeys", items.len());
    let text = if args.json {
        let values: Vec<Value> = items.iter().map(as_json).collect();
        format!("{:#}\n", Value::Array(values))
    } else {
        table(&items)
    };
    write_out(&text)
}

/// `authenticator show`.
pub(crate) fn show(args: &Show, log: Log) -> Result<(), Failure> {
    let mut device = existing(open::open_existing(&args.store, log)?)?;
    let item = find(&mut device, &args.id)?;
    write_out(&if args.json { format!("{:#}\n", as_json(&item)) } else { details(&item) })
}

/// The store, or the failure that there is none.
pub(crate) fn existing<R: CryptoRng>(device: Option<Device<R>>) -> Result<Device<R>, Failure> {
    device.ok_or_else(|| {
        Failure::NoPasskey("there is no passkey here: the store has not been made yet".to_owned())
    })
}

/// The one passkey whose id begins with `prefix`.
pub(crate) fn find<R: CryptoRng>(device: &mut Device<R>, prefix: &str) -> Result<Item, Failure> {
    let prefix = prefix.to_ascii_lowercase();
    if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Failure::Usage("an id is made of the digits 0-9 and a-f, as `list` shows it".to_owned()));
    }
    let mut fitting = catalogue(device)?.into_iter().filter(|item| item.id().starts_with(&prefix));
    match (fitting.next(), fitting.next()) {
        (Some(item), None) => Ok(item),
        (None, _) => Err(Failure::NoPasskey("there is no passkey with this id; see `list`".to_owned())),
        (Some(_), Some(_)) => {
            Err(Failure::NoPasskey("several ids begin like this; give more of it".to_owned()))
        }
    }
}

/// Writes to stdout, and says so when it cannot be done.
pub(crate) fn write_out(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}

const HEADINGS: [&str; 8] = ["ID", "SITE", "ACCOUNT", "LABEL", "MADE", "LAST USED", "STATE", "PROTECTION"];

/// The widest a column may be.
const COLUMN: usize = 32;

fn table(items: &[Item]) -> String {
    if items.is_empty() {
        return "No passkeys.\n".to_owned();
    }
    let digits = unique_digits(items);
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(items.iter().map(|item| row(item, digits)));
    let mut widths = [0; HEADINGS.len()];
    for row in &rows {
        for (widest, text) in widths.iter_mut().zip(row) {
            *widest = width(text).min(COLUMN).max(*widest);
        }
    }
    let mut table = String::new();
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(widths).map(|(text, width)| cell(text, width)).collect();
        table.push_str(cells.join("  ").trim_end());
        table.push('\n');
    }
    table
}

/// How many digits tell all ids apart, and no fewer than eight.
fn unique_digits(items: &[Item]) -> usize {
    let ids: Vec<String> = items.iter().map(Item::id).collect();
    let unique = |digits: usize| {
        let mut prefixes: Vec<&str> = ids.iter().filter_map(|id| id.get(..digits)).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        prefixes.len() == ids.len()
    };
    (8..32).find(|digits| unique(*digits)).unwrap_or(32)
}

fn row(item: &Item, digits: usize) -> [String; HEADINGS.len()] {
    let id = item.id().chars().take(digits).collect();
    let state = item.state().as_str().to_owned();
    let Some(passkey) = item.passkey() else {
        return [
            id,
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            state,
            String::new(),
        ];
    };
    let name = passkey.user.name.as_ref().map_or("", |name| name.as_str());
    [
        id,
        domain(passkey.rp_id.as_str(), COLUMN),
        name.to_owned(),
        label(passkey),
        passkey.created.map(date::utc).unwrap_or_default(),
        passkey.last_used.map(date::utc).unwrap_or_default(),
        state,
        protection(passkey.protection).to_owned(),
    ]
}

fn details(item: &Item) -> String {
    let mut lines = vec![("id", item.id()), ("state", item.state().as_str().to_owned())];
    if let Some(passkey) = item.passkey() {
        let text = |text: Option<&str>| text.map(str::to_owned).unwrap_or_default();
        lines.extend([
            ("site", domain(passkey.rp_id.as_str(), DOMAIN)),
            ("account", text(passkey.user.name.as_ref().map(|name| name.as_str()))),
            ("name", text(passkey.user.display_name.as_ref().map(|name| name.as_str()))),
            ("label", label(passkey)),
            ("user handle", base64url::encode(passkey.user.id.as_slice())),
            ("credential id", base64url::encode(passkey.credential_id.as_slice())),
            ("made", passkey.created.map(date::utc).unwrap_or_default()),
            ("last used", passkey.last_used.map(date::utc).unwrap_or_default()),
            ("algorithm", algorithm(passkey.algorithm).to_owned()),
            ("credProtect", passkey.cred_protect.level().to_string()),
            ("protection", protection(passkey.protection).to_owned()),
        ]);
    }
    lines.iter().map(|(name, value)| format!("{}{}\n", cell(name, 15), display(value, 400))).collect()
}

fn label(passkey: &Passkey) -> String {
    match &passkey.notes {
        Notes::Known { .. } => passkey.label().unwrap_or_default().to_owned(),
        _ => "(of another version)".to_owned(),
    }
}

/// Everything as it is, to the byte.
fn as_json(item: &Item) -> Value {
    let Some(passkey) = item.passkey() else {
        return json!({ "id": item.id(), "state": item.state().as_str() });
    };
    json!({
        "id": item.id(),
        "credentialId": base64url::encode(passkey.credential_id.as_slice()),
        "rpId": passkey.rp_id.as_str(),
        "userHandle": base64url::encode(passkey.user.id.as_slice()),
        "userName": passkey.user.name.as_ref().map(|name| name.as_str()),
        "userDisplayName": passkey.user.display_name.as_ref().map(|name| name.as_str()),
        "label": passkey.label(),
        "labelOfAnotherVersion": passkey.notes == Notes::Foreign,
        "created": passkey.created,
        "lastUsed": passkey.last_used,
        "algorithm": passkey.algorithm.cose_id(),
        "credProtect": passkey.cred_protect.level(),
        "protection": protection(passkey.protection),
        "state": item.state().as_str(),
    })
}

const fn algorithm(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Es256 => "ES256",
        Algorithm::EdDsa => "EdDSA",
        Algorithm::Es384 => "ES384",
        _ => "unknown",
    }
}

/// A software key is worth as much as the device key that wraps it, which here is a file.
const fn protection(protection: Protection) -> &'static str {
    match protection {
        Protection::Software => "file",
        other => other.as_str(),
    }
}
