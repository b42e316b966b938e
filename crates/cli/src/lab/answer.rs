//! What a device's user may be told to answer, and what that is in the end.

use super::asked::{AskName, Asked, Purpose, millis};
use super::hex::Hex;
use authenticator_core::store::RecordId;
use authenticator_core::{Ask, CandidateRef, Gesture, Presence, Refusal, Verification};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// An answer in general, before it is known to what.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Raw")]
pub(crate) struct Answer {
    pub(crate) what: What,
    /// Which account, counted from 1.
    choose: Option<usize>,
    /// How long the user takes.
    pub(crate) after: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// What is asked for.
    Comply,
    Give(Gesture),
    Refuse(Refusal),
    /// Nothing, until another answer is given by name.
    Hold,
}

/// The account that is to be chosen is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoSuchAccount;

impl Answer {
    pub(crate) const HOLD: Self = Self { what: What::Hold, choose: None, after: Duration::ZERO };

    pub(crate) const fn new(what: What) -> Self {
        Self { what, choose: None, after: Duration::ZERO }
    }

    /// What it is to this question. `None`: nothing yet. Of several accounts it is the newest, if it does not say.
    pub(crate) fn to(&self, asked: &Asked) -> Result<Option<Result<Gesture, Refusal>>, NoSuchAccount> {
        let gesture = match self.what {
            What::Hold => return Ok(None),
            What::Refuse(refusal) => return Ok(Some(Err(refusal))),
            What::Give(gesture) => gesture,
            What::Comply => match asked.ask {
                Ask::Verification => Gesture::VERIFIED,
                Ask::LongTouch => Gesture::LONG_TOUCH,
                Ask::Presence | Ask::Confirmation => Gesture::TOUCH,
            },
        };
        let place = self.choose.unwrap_or(1);
        let chosen = place.checked_sub(1).and_then(|place| asked.choices.get(place)).copied();
        if self.choose.is_some() && chosen.is_none() {
            return Err(NoSuchAccount);
        }
        Ok(Some(Ok(Gesture { chosen, ..gesture })))
    }
}

/// An answer as it is said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    give: Option<Give>,
    refuse: Option<RefusalName>,
    hold: Option<bool>,
    choose: Option<usize>,
    left: Option<u8>,
    until_ms: Option<u64>,
    after_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Give {
    Named(GestureName),
    Exact(ExactGesture),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum GestureName {
    Comply,
    Touch,
    LongTouch,
    Verified,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExactGesture {
    presence: PresenceName,
    verification: VerificationName,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PresenceName {
    Given,
    Held,
    No,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VerificationName {
    Yes,
    No,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefusalName {
    Cancelled,
    Declined,
    TimedOut,
    VerificationFailed,
    LockedOut,
    Unavailable,
}

impl TryFrom<Raw> for Answer {
    type Error = &'static str;

    fn try_from(raw: Raw) -> Result<Self, Self::Error> {
        let Raw { give, refuse, hold, choose, left, until_ms, after_ms } = raw;
        let what = match (give, refuse, hold) {
            (Some(give), None, None) => give.what(),
            (None, Some(name), None) => What::Refuse(refusal(name, left, until_ms)?),
            (None, None, Some(true)) => What::Hold,
            _ => return Err("an answer has one of: give, refuse, hold (which is true)"),
        };
        if !matches!(what, What::Refuse(_)) && (left.is_some() || until_ms.is_some()) {
            return Err("left and until_ms go with refuse");
        }
        if choose.is_some() && !matches!(what, What::Give(_) | What::Comply) {
            return Err("choose goes with give");
        }
        if choose == Some(0) {
            return Err("choose counts from 1");
        }
        Ok(Self { what, choose, after: Duration::from_millis(after_ms.unwrap_or(0)) })
    }
}

impl Give {
    const fn what(&self) -> What {
        match self {
            Self::Named(GestureName::Comply) => What::Comply,
            Self::Named(GestureName::Touch) => What::Give(Gesture::TOUCH),
            Self::Named(GestureName::LongTouch) => What::Give(Gesture::LONG_TOUCH),
            Self::Named(GestureName::Verified) => What::Give(Gesture::VERIFIED),
            Self::Exact(ExactGesture { presence, verification }) => {
                What::Give(gesture(*presence, *verification))
            }
        }
    }
}

const fn gesture(presence: PresenceName, verification: VerificationName) -> Gesture {
    Gesture {
        presence: match presence {
            PresenceName::Given => Presence::Given,
            PresenceName::Held => Presence::Held,
            PresenceName::No => Presence::No,
        },
        verification: match verification {
            VerificationName::Yes => Verification::ByHost,
            VerificationName::No => Verification::No,
        },
        chosen: None,
    }
}

fn refusal(name: RefusalName, left: Option<u8>, until_ms: Option<u64>) -> Result<Refusal, &'static str> {
    if left.is_some() != (name == RefusalName::VerificationFailed) {
        return Err("left goes with verification_failed, and that with left");
    }
    if until_ms.is_some() && name != RefusalName::LockedOut {
        return Err("until_ms goes with locked_out");
    }
    Ok(match name {
        RefusalName::Cancelled => Refusal::Cancelled,
        RefusalName::Declined => Refusal::Declined,
        RefusalName::TimedOut => Refusal::TimedOut,
        RefusalName::VerificationFailed => Refusal::VerificationFailed { left: left.unwrap_or(0) },
        RefusalName::LockedOut => Refusal::LockedOut { until: until_ms.map(Duration::from_millis) },
        RefusalName::Unavailable => Refusal::Unavailable,
    })
}

/// What the answer was in the end: told, and written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Given {
    Gave {
        presence: PresenceName,
        verification: VerificationName,
        /// The record of the credential that was chosen.
        chosen: Option<Hex<16>>,
    },
    Refused {
        why: RefusalName,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left: Option<u8>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until_ms: Option<u64>,
    },
}

impl Given {
    /// Answers of labs name no sealed credential: they are never offered.
    pub(crate) fn of(answer: Result<Gesture, Refusal>) -> Self {
        match answer {
            Ok(Gesture { presence, verification, chosen }) => Self::Gave {
                presence: match presence {
                    Presence::Given => PresenceName::Given,
                    Presence::Held => PresenceName::Held,
                    Presence::No => PresenceName::No,
                },
                verification: match verification {
                    Verification::ByHost => VerificationName::Yes,
                    Verification::No => VerificationName::No,
                },
                chosen: match chosen {
                    Some(CandidateRef::Record(RecordId(id))) => Some(Hex(id)),
                    Some(CandidateRef::Sealed) | None => None,
                },
            },
            Err(refusal) => {
                let (why, left, until) = match refusal {
                    Refusal::Cancelled => (RefusalName::Cancelled, None, None),
                    Refusal::Declined => (RefusalName::Declined, None, None),
                    Refusal::TimedOut => (RefusalName::TimedOut, None, None),
                    Refusal::VerificationFailed { left } => {
                        (RefusalName::VerificationFailed, Some(left), None)
                    }
                    Refusal::LockedOut { until } => (RefusalName::LockedOut, None, until),
                    _ => (RefusalName::Unavailable, None, None),
                };
                Self::Refused { why, left, until_ms: until.map(millis) }
            }
        }
    }

    /// # Errors
    /// What contradicts itself in it.
    pub(crate) fn answer(&self) -> Result<Result<Gesture, Refusal>, &'static str> {
        Ok(match self {
            Self::Gave { presence, verification, chosen } => Ok(Gesture {
                chosen: chosen.map(|Hex(id)| CandidateRef::Record(RecordId(id))),
                ..gesture(*presence, *verification)
            }),
            Self::Refused { why, left, until_ms } => Err(refusal(*why, *left, *until_ms)?),
        })
    }
}

/// Answers by what is asked: the first rule that fits gives the answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    #[serde(default)]
    pub(crate) rules: Vec<Rule>,
    /// Where none fits; if there is none, the question stands.
    #[serde(default = "hold")]
    pub(crate) otherwise: Answer,
}

/// A rule. What it does not say fits everything.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    #[serde(rename = "for")]
    what: Option<Purpose>,
    ask: Option<AskName>,
    rp_id: Option<String>,
    answer: Answer,
}

const fn hold() -> Answer {
    Answer::HOLD
}

impl Policy {
    pub(crate) const fn always(answer: Answer) -> Self {
        Self { rules: Vec::new(), otherwise: answer }
    }

    pub(crate) fn answer(&self, asked: &Asked) -> &Answer {
        let about = &asked.about;
        let fits = |rule: &&Rule| {
            rule.what.is_none_or(|what| what == about.what)
                && rule.ask.is_none_or(|ask| ask == about.ask)
                && rule.rp_id.as_ref().is_none_or(|rp_id| Some(rp_id) == about.rp_id.as_ref())
        };
        self.rules.iter().find(fits).map_or(&self.otherwise, |rule| &rule.answer)
    }
}

#[cfg(test)]
mod tests;
