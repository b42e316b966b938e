//! What ctap-types take for a request, and where we read more than they do, or less.

use crate::deviation::Name;
use crate::item::Item;

/// What a member is.
pub(crate) enum Type {
    /// A number, no greater than this.
    Number(u64),
    /// A signed number of 32 bits.
    Integer,
    /// One of these numbers.
    Choice(&'static [u64]),
    Flag,
    /// A text of at most so many bytes.
    Text(usize),
    /// Bytes that are lent.
    Bytes,
    /// Bytes that are copied, at most so many. Serde makes them of an array of numbers, too.
    Copied(usize),
    /// A user's id: of 64 bytes at most, and for us not empty.
    UserId,
    /// A hash: for us of 32 bytes.
    Hash,
    /// A level of credProtect.
    Level,
    Null,
    /// A list of at most so many.
    List(&'static Self, usize),
    /// A list of algorithms, of which they keep two.
    Algorithms,
    /// A list of formats, of which they keep two.
    Formats,
    /// A map under numbers.
    Numbered(&'static [(u64, Self)]),
    /// A map under names.
    Named(&'static [(&'static str, Presence, Self)]),
    /// An entity that we take without these members: as good as absent.
    Incomplete(&'static Self, &'static [&'static str]),
    /// largeBlobs' own, of which they demand an offset.
    LargeBlobs(&'static Self),
    /// A key of ECDH.
    CoseKey,
    /// Only they read it: we pass it over, and this is the deviation.
    Theirs(Name, &'static Self),
    /// Only we read it.
    Ours(&'static Self),
    /// largeBlob's input. Only we read it, and it is of this shape.
    LargeBlob(fn(&Item<'_>) -> bool),
}

/// Whether serde takes a null for a member that is absent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Given,
    OrNull,
}

use Presence::{Given, OrNull};
use Type::{
    Algorithms, Bytes, Choice, Copied, CoseKey, Flag, Formats, Hash, Incomplete, Integer, LargeBlob, Level,
    List, Named, Null, Number, Numbered, Ours, Text, Theirs, UserId,
};

const U8: Type = Number(0xFF);
const U32: Type = Number(0xFFFF_FFFF);
const ANY_TEXT: Type = Text(usize::MAX);
const ANY: usize = usize::MAX;

const RELYING_PARTY: Type = Named(&[
    ("id", Given, Text(256)),
    ("name", OrNull, ANY_TEXT),
    ("icon", OrNull, ANY_TEXT),
    ("url", OrNull, Theirs(Name::Url, &ANY_TEXT)),
]);

const USER: Type = Named(&[
    ("id", Given, UserId),
    ("name", OrNull, ANY_TEXT),
    ("displayName", OrNull, ANY_TEXT),
    ("icon", Given, ANY_TEXT),
]);

const LISTED_USER: Type = Named(&[
    ("id", Given, Copied(64)),
    ("name", OrNull, ANY_TEXT),
    ("displayName", OrNull, ANY_TEXT),
    ("icon", Given, ANY_TEXT),
]);

pub(crate) const PARAMETER: Type = Named(&[("alg", Given, Integer), ("type", Given, Text(32))]);

const DESCRIPTOR: Type = Named(&[
    ("id", Given, Bytes),
    ("type", Given, ANY_TEXT),
    ("transports", Given, Ours(&List(&ANY_TEXT, ANY))),
]);

const OPTIONS: Type = Named(&[("rk", OrNull, Flag), ("up", OrNull, Flag), ("uv", OrNull, Flag)]);

const SALTS: Type = Numbered(&[(1, CoseKey), (2, Copied(80)), (3, Copied(32)), (4, U32)]);

const AT_REGISTRATION: Type = Named(&[
    ("credBlob", OrNull, Bytes),
    ("credProtect", OrNull, Level),
    ("hmac-secret", OrNull, Flag),
    ("largeBlob", Given, LargeBlob(is_support)),
    ("largeBlobKey", OrNull, Flag),
    ("minPinLength", OrNull, Flag),
    ("hmac-secret-mc", OrNull, SALTS),
    ("thirdPartyPayment", OrNull, Flag),
    ("pinComplexityPolicy", Given, Ours(&Flag)),
]);

const AT_SIGN_IN: Type = Named(&[
    ("credBlob", OrNull, Flag),
    ("hmac-secret", OrNull, SALTS),
    ("largeBlob", Given, LargeBlob(is_use)),
    ("largeBlobKey", OrNull, Flag),
    ("thirdPartyPayment", OrNull, Flag),
]);

/// LBX-01.
fn is_support(input: &Item<'_>) -> bool {
    let words = [b"required".as_slice(), b"preferred"];
    let is_word = |value: &Item<'_>| value.text().is_some_and(|text| words.contains(&text));
    input.map().len() == 1 && input.named("support").is_some_and(is_word)
}

/// LBX-02.
fn is_use(input: &Item<'_>) -> bool {
    let written = (input.named("write"), input.named("originalSize"));
    match input.map().len() {
        1 => input.named("read") == Some(&Item::Flag(true)),
        2 => matches!(written, (Some(Item::Bytes(_)), Some(Item::Unsigned(_)))),
        _ => false,
    }
}

const MAKE_CREDENTIAL: Type = Numbered(&[
    (1, Hash),
    (2, RELYING_PARTY),
    (3, USER),
    (4, Algorithms),
    (5, List(&DESCRIPTOR, 16)),
    (6, AT_REGISTRATION),
    (7, OPTIONS),
    (8, Bytes),
    (9, U32),
    (10, U32),
    (11, Formats),
]);

const GET_ASSERTION: Type = Numbered(&[
    (1, ANY_TEXT),
    (2, Hash),
    (3, List(&DESCRIPTOR, 10)),
    (4, AT_SIGN_IN),
    (5, OPTIONS),
    (6, Bytes),
    (7, U32),
    (8, Theirs(Name::AttestedSignIn, &U32)),
    (9, Theirs(Name::AttestedSignIn, &List(&ANY_TEXT, ANY))),
]);

const CLIENT_PIN: Type = Numbered(&[
    (1, U8),
    (2, Choice(&[1, 2, 3, 4, 5, 6, 7, 9])),
    (3, CoseKey),
    (4, Bytes),
    (5, Bytes),
    (6, Bytes),
    (7, Theirs(Name::Placeholder, &Null)),
    (8, Theirs(Name::Placeholder, &Null)),
    (9, U8),
    (10, ANY_TEXT),
]);

const MANAGED: Type = Numbered(&[
    (1, Bytes),
    (2, Incomplete(&DESCRIPTOR, &["id", "type"])),
    (3, Incomplete(&LISTED_USER, &["id"])),
]);

const MANAGEMENT: Type = Numbered(&[(1, Choice(&[1, 2, 3, 4, 5, 6, 7])), (2, MANAGED), (3, U8), (4, Bytes)]);

const LARGE_BLOBS: Type =
    Type::LargeBlobs(&Numbered(&[(1, U32), (2, Bytes), (3, U32), (4, U32), (5, Bytes), (6, U32)]));

const SETTINGS: Type = Numbered(&[(1, U8), (2, List(&ANY_TEXT, 4)), (3, Flag)]);

const SUBCOMMANDS: Type = Choice(&[1, 2, 3, 4, 0xFF]);

const SET_MIN_PIN_LENGTH: Type = Numbered(&[(1, SUBCOMMANDS), (2, SETTINGS), (3, U8), (4, Bytes)]);

const OTHER_CONFIG: Type =
    Numbered(&[(1, SUBCOMMANDS), (2, Theirs(Name::IdleParameters, &SETTINGS)), (3, U8), (4, Bytes)]);

/// The parameters of a command; `None`: it has none, or is not ours.
pub(crate) const fn of(command: u8, sets_min_pin_length: bool) -> Option<&'static Type> {
    Some(match command {
        0x01 => &MAKE_CREDENTIAL,
        0x02 => &GET_ASSERTION,
        0x06 => &CLIENT_PIN,
        0x0A | 0x41 => &MANAGEMENT,
        0x0C => &LARGE_BLOBS,
        0x0D if sets_min_pin_length => &SET_MIN_PIN_LENGTH,
        0x0D => &OTHER_CONFIG,
        _ => return None,
    })
}
