//! The core's decoder and replies, judged by ctap-types.
//!
//! # What it is
//! ctap-types are CTAP's vocabulary in the firmware of others. A [request](judge) that both decoders take has the same
//! values for both. One that only one of them takes is a [deviation](DEVIATIONS) with a name, which is decided by the
//! request's bytes alone. A [reply](judge_reply) that their types can hold is written by them in the same bytes, and so are
//! the [authenticator data](judge_auth_data) in it.
//!
//! # What it is not
//! Published, or a statement of who is right: that is CTAP's, and each deviation says where.
//!
//! # Example
//! ```
//! use authenticator_differential::{Verdict, judge};
//!
//! // getInfo is getInfo, and a vendor's command is only theirs.
//! assert_eq!(judge(&[0x04]), Verdict::Same);
//! assert!(matches!(judge(&[0x55]), Verdict::Deviates(..)));
//! ```

mod auth_data;
mod deviation;
mod find;
mod item;
mod ours;
mod reply;
mod schema;
mod theirs;
mod value;

pub use auth_data::judge_auth_data;
pub use deviation::{DEVIATIONS, Deviation, Side};
pub use reply::{Held, judge_reply};

use authenticator_core::{RequestError, decode};
use ctap_types::ctap2;
use find::{Found, MAX_MESSAGE, find};

/// What the two decoders make of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Both take it, and read the same.
    Same,
    /// Neither takes it.
    Refused,
    /// They part in this way, which the deviations of these names explain.
    Deviates(Side, Vec<&'static str>),
}

/// Has both decoders read a request.
///
/// # Panics
/// When they part, and nothing in the request's bytes explains it; or when we call malformed what is canonical, or do
/// not where it is not.
#[must_use]
pub fn judge(request: &[u8]) -> Verdict {
    let ours = decode(request, MAX_MESSAGE);
    let theirs = ctap2::Request::deserialize(request);
    let found = find(request);
    if let Some(canonical) = found.canonical
        && ours.as_ref().err() != Some(&RequestError::TooLarge)
    {
        let malformed = ours.as_ref().err() == Some(&RequestError::Malformed);
        assert_eq!(malformed, !canonical, "whether it is canonical: {request:02x?}");
    }
    let (side, refusal) = match (ours, theirs) {
        (Err(_), Err(_)) => return Verdict::Refused,
        (Ok(_), Err(_)) => (Side::OnlyWe, None),
        (Err(refusal), Ok(_)) => (Side::OnlyThey, Some(refusal)),
        (Ok(ours), Ok(theirs)) => {
            let (ours, theirs) = (ours::values(&ours), theirs::values(&theirs));
            if ours == theirs {
                return Verdict::Same;
            }
            let reasons = explain(&found, Side::Otherwise, None);
            assert!(!reasons.is_empty(), "{ours:02x?} is no {theirs:02x?}: {request:02x?}");
            return Verdict::Deviates(Side::Otherwise, reasons);
        }
    };
    let reasons = explain(&found, side, refusal);
    assert!(!reasons.is_empty(), "{side:?}, we say {refusal:?}, no reason: {request:02x?}");
    Verdict::Deviates(side, reasons)
}

fn explain(found: &Found, side: Side, refusal: Option<RequestError>) -> Vec<&'static str> {
    let explains = |deviation: &&Deviation| {
        found.deviations.contains(&deviation.is)
            && deviation.sides.contains(&side)
            && refusal
                .is_none_or(|refusal| deviation.refusals.is_empty() || deviation.refusals.contains(&refusal))
    };
    DEVIATIONS.iter().filter(explains).map(|deviation| deviation.name).collect()
}
