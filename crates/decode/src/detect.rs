//! What bytes are, where they say it themselves.

use crate::auth_data;
use crate::cbor::{Item, Reader};
use crate::message::{Kind, decode};
use crate::schema;
use std::fmt;

/// What bytes are cannot be told from them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsure {
    /// They are nothing that is known here.
    Nothing,
    /// They could be any of these.
    Several(Vec<Kind>),
}

impl fmt::Display for Unsure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("this is nothing that can be told by itself"),
            Self::Several(kinds) => {
                let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
                write!(f, "this could be {}", names.join(" or "))
            }
        }
    }
}

impl std::error::Error for Unsure {}

impl Kind {
    /// The kinds by their names on a command line.
    pub const NAMED: [(&'static str, Self); 8] = [
        ("request", Self::Request),
        ("reply", Self::Reply(None)),
        ("get-info", Self::Info),
        ("authenticator-data", Self::AuthenticatorData),
        ("attestation-object", Self::AttestationObject),
        ("cose-key", Self::CoseKey),
        ("status", Self::Status),
        ("cbor", Self::Cbor),
    ];

    /// Its name on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Reply(_) => "reply",
            Self::Info => "get-info",
            Self::AuthenticatorData => "authenticator-data",
            Self::AttestationObject => "attestation-object",
            Self::CoseKey => "cose-key",
            Self::Status => "status",
            Self::Cbor => "cbor",
        }
    }
}

/// What these bytes are: the one kind that they are to the last byte; of broken ones, the one that they begin as.
///
/// # Errors
/// [`Unsure`] where there is none, or more than one.
pub fn detect(input: &[u8]) -> Result<Kind, Unsure> {
    let mut begun = beginnings(input);
    let whole: Vec<Kind> = begun.iter().copied().filter(|kind| fits(input, *kind)).collect();
    if !whole.is_empty() {
        begun = whole;
    }
    match begun.as_slice() {
        [] => Err(Unsure::Nothing),
        [kind] => Ok(*kind),
        _ => Err(Unsure::Several(begun)),
    }
}

/// Whether it can be read as this to the last byte.
fn fits(input: &[u8], kind: Kind) -> bool {
    let tree = decode(input, kind);
    !tree.is_broken() && !tree.members.iter().any(|member| member.label == "trailing bytes")
}

/// What the input begins as.
fn beginnings(input: &[u8]) -> Vec<Kind> {
    let Some((first, rest)) = input.split_first() else { return Vec::new() };
    let begins_map = |bytes: &[u8]| bytes.first().is_some_and(|byte| matches!(byte, 0xA0..=0xBF));
    let mut kinds = Vec::new();
    if rest.is_empty() {
        let takes_nothing = schema::command(*first).is_some_and(|command| command.request.is_none());
        kinds.extend(takes_nothing.then_some(Kind::Request));
        let status = schema::status_name(*first).or(schema::status_range(*first));
        kinds.extend(status.map(|_| Kind::Status));
        // An empty map.
        kinds.extend((*first == 0xA0).then_some(Kind::Cbor));
        return kinds;
    }
    if schema::command(*first).is_some() && begins_map(rest) {
        kinds.push(Kind::Request);
    }
    if *first == 0x00 && begins_map(rest) {
        kinds.push(Kind::Reply(None));
    }
    if begins_map(input) {
        kinds.push(map_kind(&Reader::new(input, 0).item()));
    }
    // Any bytes can be the hash that they begin with: the flags behind it must say how long they are, or that there were more.
    if input.len() >= 37 {
        let is_cut = kinds.is_empty() && auth_data::is_cut(input);
        kinds.extend((is_cut || fits(input, Kind::AuthenticatorData)).then_some(Kind::AuthenticatorData));
    }
    kinds
}

/// Which of the maps that stand alone it is.
fn map_kind(item: &Item) -> Kind {
    let is_object = ["fmt", "attStmt", "authData"].iter().any(|name| item.named(name).is_some());
    let has = |key| item.at(key).is_some();
    match () {
        () if is_object => Kind::AttestationObject,
        () if item.at(1).is_some_and(Item::is_array) => Kind::Info,
        () if item.at(1).and_then(Item::integer).is_some() && (has(3) || has(-1)) => Kind::CoseKey,
        () => Kind::Cbor,
    }
}
