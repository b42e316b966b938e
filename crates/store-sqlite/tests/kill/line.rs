//! What a child says, one line at a time: what it begins, and how that ended.

use crate::support::Passkey;
use authenticator_testkit::cbor::{decode, encode};
use std::fmt::Write;

/// Something a child does to the store.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operation {
    /// For this site and user, in place of what the account had.
    Register {
        site: String,
        user: String,
    },
    /// The passkey with this id, whose record has this sealed body.
    Delete {
        id: Vec<u8>,
        body: Vec<u8>,
    },
    SignIn(Vec<u8>),
    /// Of a store whose header has this sealed body.
    Reset {
        header: Vec<u8>,
    },
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Line {
    /// The store is open.
    Open,
    /// The store could not be opened.
    Refused(String),
    Begin(Operation),
    /// A registration was acknowledged, with this.
    Registered(Passkey),
    /// Another operation was acknowledged.
    Done,
    /// The operation failed: it must have left nothing.
    Failed(String),
    /// The operation failed and the store cannot say whether it took effect.
    Doubt,
    /// The child has ended by itself.
    End,
}

impl Line {
    pub(crate) fn write(&self) -> String {
        match self {
            Self::Open => "open".to_owned(),
            Self::Refused(why) => format!("refused {why}"),
            Self::Begin(Operation::Register { site, user }) => format!("begin register {site} {user}"),
            Self::Begin(Operation::Delete { id, body }) => format!("begin delete {} {}", hex(id), hex(body)),
            Self::Begin(Operation::SignIn(id)) => format!("begin sign-in {}", hex(id)),
            Self::Begin(Operation::Reset { header }) => format!("begin reset {}", hex(header)),
            Self::Registered(Passkey { site, user, id, key }) => {
                let user = std::str::from_utf8(user).unwrap();
                format!("registered {site} {user} {} {}", hex(id), hex(&encode(key)))
            }
            Self::Done => "done".to_owned(),
            Self::Failed(why) => format!("failed {why}"),
            Self::Doubt => "doubt".to_owned(),
            Self::End => "end".to_owned(),
        }
    }

    pub(crate) fn read(line: &str) -> Self {
        let words: Vec<_> = line.split(' ').collect();
        match words.as_slice() {
            ["open"] => Self::Open,
            ["begin", "register", site, user] => {
                Self::Begin(Operation::Register { site: (*site).to_owned(), user: (*user).to_owned() })
            }
            ["begin", "delete", id, body] => {
                Self::Begin(Operation::Delete { id: unhex(id), body: unhex(body) })
            }
            ["begin", "sign-in", id] => Self::Begin(Operation::SignIn(unhex(id))),
            ["begin", "reset", header] => Self::Begin(Operation::Reset { header: unhex(header) }),
            ["registered", site, user, id, key] => Self::Registered(Passkey {
                site: (*site).to_owned(),
                user: user.as_bytes().to_vec(),
                id: unhex(id),
                key: decode(&unhex(key)).unwrap(),
            }),
            ["done"] => Self::Done,
            ["refused", why @ ..] => Self::Refused(why.join(" ")),
            ["failed", why @ ..] => Self::Failed(why.join(" ")),
            ["doubt"] => Self::Doubt,
            ["end"] => Self::End,
            _ => panic!("the child said: {line}"),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
