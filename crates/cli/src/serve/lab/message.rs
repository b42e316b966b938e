//! What is said over the lab's control: `docs/lab.md` has it for readers, `docs/lab.schema.json` for programs.

use super::desk::Wrong;
use crate::lab::answer::{Answer, Policy};
use crate::lab::snapshot::Written;
use serde::Deserialize;
use serde_json::{Value, json};

/// The version of the protocol.
pub(super) const VERSION: u32 = 1;

/// The most bytes of an id, which are sent back.
const LONGEST_ID: usize = 256;

/// The first line of the server.
pub(super) fn greeting() -> Value {
    json!({ "authenticator_lab": VERSION, "program": env!("CARGO_PKG_VERSION") })
}

/// What may be wanted.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Do {
    /// What is being asked?
    Asked {},
    Answer {
        answer: Answer,
        prompt: Option<u64>,
    },
    Queue {
        answers: Vec<Answer>,
        #[serde(default)]
        replace: bool,
    },
    Policy {
        policy: Policy,
    },
    Clock {
        since_boot_ms: Option<u64>,
        date: Option<u64>,
        advance_ms: Option<u64>,
        running: Option<bool>,
    },
    Seed {
        seed: String,
    },
    Replug {
        #[serde(default)]
        off_ms: u64,
    },
    PowerCycle {
        #[serde(default)]
        off_ms: u64,
    },
    Wipe {},
    Snapshot {},
    Restore {
        snapshot: u64,
    },
    Drop {
        snapshot: u64,
    },
    Export {
        snapshot: u64,
    },
    Import {
        state: Box<Written>,
    },
    Fork {
        snapshot: Option<u64>,
    },
    Info {},
    End {},
}

/// The names of [`Do`].
pub(super) const VERBS: [&str; 17] = [
    "asked",
    "answer",
    "queue",
    "policy",
    "clock",
    "seed",
    "replug",
    "power_cycle",
    "wipe",
    "snapshot",
    "restore",
    "drop",
    "export",
    "import",
    "fork",
    "info",
    "end",
];

/// A line of a client.
#[derive(Debug)]
pub(super) struct Request {
    /// Null where there is none to be found.
    pub(super) id: Value,
    pub(super) wanted: Result<Do, Complaint>,
}

/// Why something was not done, and nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) kind: Kind,
    pub(super) message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Malformed,
    TooLong,
    UnknownVerb,
    BadRequest,
    NothingAsked,
    NoSuchAccount,
    NoSuchSnapshot,
    TooMany,
    OnDisk,
    UnusableState,
    Failed,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLong => "too_long",
            Self::UnknownVerb => "unknown_verb",
            Self::BadRequest => "bad_request",
            Self::NothingAsked => "nothing_asked",
            Self::NoSuchAccount => "no_such_account",
            Self::NoSuchSnapshot => "no_such_snapshot",
            Self::TooMany => "too_many",
            Self::OnDisk => "on_disk",
            Self::UnusableState => "unusable_state",
            Self::Failed => "failed",
        }
    }

    pub(super) fn because(self, message: impl Into<String>) -> Complaint {
        Complaint { kind: self, message: message.into() }
    }
}

impl From<Wrong> for Complaint {
    fn from(wrong: Wrong) -> Self {
        match wrong {
            Wrong::NothingAsked => Kind::NothingAsked.because("that prompt does not stand there"),
            Wrong::NoSuchAccount => Kind::NoSuchAccount.because("the prompt has no such account to choose"),
            Wrong::TooMany => Kind::TooMany.because("too many answers are waiting"),
        }
    }
}

impl Request {
    pub(super) fn parse(line: &[u8]) -> Self {
        let nobody = |complaint| Self { id: Value::Null, wanted: Err(complaint) };
        let mut members = match serde_json::from_slice(line) {
            Ok(Value::Object(members)) => members,
            Ok(_) => return nobody(Kind::Malformed.because("a request is a JSON object")),
            Err(error) => return nobody(Kind::Malformed.because(error.to_string())),
        };
        let id = members.remove("id").unwrap_or_default();
        let can_be = match &id {
            Value::Number(_) => true,
            Value::String(id) => id.len() <= LONGEST_ID,
            _ => false,
        };
        if !can_be {
            let advice = format!("id: a number, or a string of at most {LONGEST_ID} bytes");
            return nobody(Kind::BadRequest.because(advice));
        }
        let known = members.get("do").and_then(Value::as_str).map(|verb| VERBS.contains(&verb));
        let wanted = match known {
            None => Err(Kind::BadRequest.because("do: the verb")),
            Some(false) => Err(Kind::UnknownVerb.because(format!("there are {}", VERBS.join(", ")))),
            Some(true) => serde_json::from_value(Value::Object(members))
                .map_err(|error| Kind::BadRequest.because(error.to_string())),
        };
        Self { id, wanted }
    }
}

/// The answer to a request.
pub(super) fn reply(id: &Value, result: Result<Value, Complaint>) -> Value {
    match result {
        Ok(value) => json!({ "id": id, "ok": value }),
        Err(Complaint { kind, message }) => {
            json!({ "id": id, "error": { "kind": kind.name(), "message": message } })
        }
    }
}

#[cfg(test)]
mod tests;
