//! The deviations: where ctap-types and we part, and no further.

use authenticator_core::RequestError;

/// How the two decoders part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// We take it, and they do not.
    OnlyWe,
    /// They take it, and we do not.
    OnlyThey,
    /// Both take it, and read something else.
    Otherwise,
}

/// Which deviation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    TooLong,
    OtherCommand,
    IllFormed,
    Trailing,
    KeyOrder,
    NotShortest,
    Tag,
    Utf8,
    Deep,
    UnknownMember,
    KeyAsBytes,
    KeyAsNumber,
    KeyOfOtherType,
    Null,
    BytesAsArray,
    NumberTooGreat,
    TextTooLong,
    BytesTooLong,
    ListTooLong,
    CrowdedOut,
    Algorithm,
    NoOffset,
    UnknownSubcommand,
    IdleParameters,
    IncompleteEntity,
    CoseKey,
    CoseLabel,
    Placeholder,
    AttestedSignIn,
    Url,
    OursAlone,
    LargeBlob,
    HashLength,
    UserId,
    Level,
}

/// A deviation: what it is, and what it may lead to.
#[derive(Debug)]
pub struct Deviation {
    pub(crate) is: Name,
    /// What it is called.
    pub name: &'static str,
    /// What is different, and why.
    pub says: &'static str,
    /// How the decoders may part over it.
    pub sides: &'static [Side],
    /// What we say where only they take it; empty: anything.
    pub refusals: &'static [RequestError],
}

const fn only_we(is: Name, name: &'static str, says: &'static str) -> Deviation {
    Deviation { is, name, says, sides: &[Side::OnlyWe], refusals: &[] }
}

const fn only_they(
    is: Name,
    name: &'static str,
    refusals: &'static [RequestError],
    says: &'static str,
) -> Deviation {
    Deviation { is, name, says, sides: &[Side::OnlyThey], refusals }
}

const ALL_SIDES: &[Side] = &[Side::OnlyWe, Side::OnlyThey, Side::Otherwise];
const MALFORMED: &[RequestError] = &[RequestError::Malformed];

/// All of them.
pub const DEVIATIONS: &[Deviation] = &[
    only_they(
        Name::TooLong,
        "longer than a message",
        &[RequestError::TooLarge],
        "We refuse a request longer than `maxMsgSize` (GEN-14); they leave lengths to the transport.",
    ),
    only_they(
        Name::OtherCommand,
        "a command that we do not have",
        &[RequestError::UnknownCommand],
        "They take any vendor's command (0x42 to 0x7F) with anything behind it (GEN-05).",
    ),
    only_they(
        Name::IllFormed,
        "no CBOR",
        MALFORMED,
        "Behind a COSE key with a label that they do not know they are out of step, and may come to an end before it is one.",
    ),
    only_they(
        Name::Trailing,
        "bytes behind the parameters",
        MALFORMED,
        "They read one item and look no further; we take nothing behind it (GEN-08).",
    ),
    only_they(
        Name::KeyOrder,
        "keys out of order or twice",
        MALFORMED,
        "They take the keys of a map in any order, and an unknown name twice; CTAP has one order (GEN-06, GEN-08).",
    ),
    only_they(
        Name::NotShortest,
        "a number not in its shortest form",
        MALFORMED,
        "In what they pass over they do not look how a number is written (GEN-06, GEN-08).",
    ),
    only_they(
        Name::Tag,
        "a tag",
        MALFORMED,
        "In what they pass over they do not mind a tag; CTAP has none (GEN-06, GEN-08).",
    ),
    only_they(
        Name::Utf8,
        "a text that is not UTF-8",
        MALFORMED,
        "In what they pass over they do not look into a text (GEN-08).",
    ),
    only_they(
        Name::Deep,
        "more than four levels",
        MALFORMED,
        "In what they pass over they do not count levels (GEN-09).",
    ),
    only_we(
        Name::UnknownMember,
        "an unknown member",
        "They refuse a key that they do not know in a map under numbers; CTAP has it passed over (GEN-10).",
    ),
    Deviation {
        is: Name::KeyAsBytes,
        name: "bytes for a name",
        says: "Serde takes a byte string for the name that its bytes spell; to CTAP it is a key nobody knows (GEN-10).",
        sides: ALL_SIDES,
        refusals: &[],
    },
    Deviation {
        is: Name::KeyAsNumber,
        name: "a number for a name",
        says: "Serde takes a number for the name in that place of its own list; to CTAP it is a key nobody knows (GEN-10).",
        sides: ALL_SIDES,
        refusals: &[],
    },
    only_we(
        Name::KeyOfOtherType,
        "a key that is no name",
        "They refuse a key of any other type in a map under names; CTAP has it passed over (GEN-10).",
    ),
    only_they(
        Name::Null,
        "null for nothing",
        &[RequestError::WrongType],
        "Serde takes null for a member that is absent; to CTAP it is a member of the wrong type (GEN-11).",
    ),
    only_they(
        Name::BytesAsArray,
        "numbers for bytes",
        &[RequestError::WrongType],
        "What they copy they also take as an array of numbers; to CTAP that is another type (GEN-11).",
    ),
    only_we(
        Name::NumberTooGreat,
        "a number beyond their type",
        "Protocols, permissions and lengths are of 8 bits with them, in other places of 32, algorithms of 32 with a sign. \
         We read CBOR's whole range, and judge a number where it is used.",
    ),
    only_we(
        Name::TextTooLong,
        "a text longer than theirs",
        "They hold a relying party's id of 256 bytes and a type of 32; we borrow what is there.",
    ),
    only_we(
        Name::BytesTooLong,
        "bytes longer than theirs",
        "They hold coordinates and `saltAuth` of 32 bytes, `saltEnc` of 80 and a user's id of 64; we judge them where they are used.",
    ),
    only_we(
        Name::ListTooLong,
        "a list longer than theirs",
        "They hold 16 excluded credentials, 10 allowed ones and 4 relying parties; how many we take is in the profile.",
    ),
    Deviation {
        is: Name::CrowdedOut,
        name: "a preference crowded out",
        says: "They keep the first two algorithms or formats that they know, even if both are the same; we keep each once.",
        sides: &[Side::Otherwise],
        refusals: &[],
    },
    Deviation {
        is: Name::Algorithm,
        name: "ES384",
        says: "They pass over an algorithm that they do not have; we have this one.",
        sides: &[Side::Otherwise],
        refusals: &[],
    },
    only_we(
        Name::NoOffset,
        "large blobs without an offset",
        "They demand the offset before all else; we judge it among what largeBlobs is asked for (LB-02).",
    ),
    only_we(
        Name::UnknownSubcommand,
        "a subcommand that they do not have",
        "They refuse it as malformed; we read it, and answer that there is no such subcommand (CP-01).",
    ),
    only_we(
        Name::IdleParameters,
        "parameters of a subcommand that has none",
        "They read the parameters of every configuration alike; we pass over what is in those of the others.",
    ),
    only_we(
        Name::IncompleteEntity,
        "an incomplete entity to manage",
        "They refuse a descriptor or a user that lacks a member; for us it is absent, which is said once the token is verified (CM-02).",
    ),
    only_we(
        Name::CoseKey,
        "a key that is not one of ECDH",
        "They look at the type, the curve and the algorithm that a key says it is of; nobody uses these, and we judge the point (PP-02).",
    ),
    Deviation {
        is: Name::CoseLabel,
        name: "a label in a key that they do not know",
        says: "They stop reading the key there, and take what is left of it for what follows it; we pass it over.",
        sides: ALL_SIDES,
        refusals: &[],
    },
    only_we(
        Name::Placeholder,
        "members 7 and 8 of clientPIN",
        "CTAP has nothing there, and they take nothing but null; we pass them over (GEN-10).",
    ),
    only_we(
        Name::AttestedSignIn,
        "members 8 and 9 of getAssertion",
        "They read what asks for attestation at sign-in; we do not have it, and pass it over (GEN-10).",
    ),
    only_we(
        Name::Url,
        "a relying party's `url`",
        "They take it for another word for `icon`; to us it is a name nobody knows (GEN-10).",
    ),
    only_they(
        Name::OursAlone,
        "a type that they do not look at",
        &[RequestError::WrongType],
        "They pass over `transports` and pinComplexityPolicy, of which we check the type (GEN-11).",
    ),
    only_they(
        Name::LargeBlob,
        "a largeBlob of another shape",
        &[RequestError::LargeBlob],
        "They pass over largeBlob, which has one shape in a registration and two in a sign-in (LBX-01, LBX-02).",
    ),
    only_they(
        Name::HashLength,
        "a hash of another length",
        &[RequestError::HashLength],
        "A client data hash has 32 bytes (MC-01); they take any number of them.",
    ),
    only_they(
        Name::UserId,
        "an empty user id",
        &[RequestError::UserIdLength],
        "A user's id has one byte at least (MC-02); they take it empty.",
    ),
    only_they(
        Name::Level,
        "another level of protection",
        &[RequestError::CredProtect],
        "There are three levels of credProtect (CPR-04); they take any number of 8 bits.",
    ),
];
