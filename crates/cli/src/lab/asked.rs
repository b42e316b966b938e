//! What is asked of a device's user, as it is told and written down.

use super::hex::HexBytes;
use authenticator_core::store::Entry;
use authenticator_core::{Ask, CandidateRef, Chooser, Context, NeedsUser, Prompt};
use authenticator_host::hid::PromptId;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::time::Duration;

/// A prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) prompt: PromptId,
    pub(crate) ask: Ask,
    /// What may be chosen, in the order of `about`'s accounts. None where the client chooses.
    pub(crate) choices: Vec<CandidateRef>,
    pub(crate) about: About,
}

/// What can be said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    pub(crate) prompt: u64,
    pub(crate) ask: AskName,
    #[serde(rename = "for")]
    pub(crate) what: Purpose,
    pub(crate) rp_id: Option<String>,
    /// Whom a passkey is to be made for.
    pub(crate) user: Option<Account>,
    /// Whom one could sign in as, the newest first.
    pub(crate) accounts: Vec<Account>,
    /// What a token may be used for, as `permissions` of clientPIN.
    pub(crate) permissions: Option<u8>,
    /// How long the question stands.
    pub(crate) timeout_ms: u64,
}

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AskName {
    Presence,
    Verification,
    Confirmation,
    LongTouch,
}

/// What for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Purpose {
    Register,
    Excluded,
    SignIn,
    Token,
    Reset,
    Selection,
    Other,
}

/// An account of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    pub(crate) id: HexBytes,
    pub(crate) name: Option<String>,
    pub(crate) display_name: Option<String>,
    /// The passkey to sign in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) credential_id: Option<HexBytes>,
}

impl Asked {
    /// `None`: there is no telling what could be chosen, so nobody can be asked.
    pub(crate) fn new(prompt: PromptId, step: &NeedsUser, cx: &mut Context<'_>) -> Option<Self> {
        let (mut accounts, mut choices) = (Vec::new(), Vec::new());
        if cx.authenticator.profile().chooser == Chooser::Host {
            let visited = step.candidates(cx, None, &mut |entry| {
                accounts.push(account(entry));
                choices.push(CandidateRef::Record(entry.record));
                ControlFlow::Continue(())
            });
            visited.ok()?;
        }
        let about = About::of(prompt, step, accounts);
        Some(Self { prompt, ask: step.ask(), choices, about })
    }
}

impl About {
    fn of(prompt: PromptId, step: &NeedsUser, accounts: Vec<Account>) -> Self {
        let (what, rp_id) = match step.prompt() {
            Prompt::Register { rp_id, .. } => (Purpose::Register, Some(rp_id)),
            Prompt::Excluded { rp_id } => (Purpose::Excluded, Some(rp_id)),
            Prompt::SignIn { rp_id } => (Purpose::SignIn, Some(rp_id)),
            Prompt::Token { rp_id, .. } => (Purpose::Token, rp_id.as_ref()),
            Prompt::Reset => (Purpose::Reset, None),
            Prompt::Selection => (Purpose::Selection, None),
            _ => (Purpose::Other, None),
        };
        let user = match step.prompt() {
            Prompt::Register { user, .. } => Some(Account {
                id: HexBytes(user.id.as_slice().to_vec()),
                name: user.name.as_ref().map(|name| name.as_str().to_owned()),
                display_name: user.display_name.as_ref().map(|name| name.as_str().to_owned()),
                credential_id: None,
            }),
            _ => None,
        };
        let permissions = match step.prompt() {
            Prompt::Token { permissions, .. } => Some(*permissions),
            _ => None,
        };
        Self {
            prompt: prompt.0,
            ask: AskName::of(step.ask()),
            what,
            rp_id: rp_id.map(|rp_id| rp_id.as_str().to_owned()),
            user,
            accounts,
            permissions,
            timeout_ms: millis(step.timeout()),
        }
    }
}

impl AskName {
    const fn of(ask: Ask) -> Self {
        match ask {
            Ask::Presence => Self::Presence,
            Ask::Verification => Self::Verification,
            Ask::Confirmation => Self::Confirmation,
            Ask::LongTouch => Self::LongTouch,
        }
    }
}

fn account(entry: &Entry<'_>) -> Account {
    let (credential, user) = (entry.credential, &entry.credential.user);
    Account {
        id: HexBytes(user.id.as_slice().to_vec()),
        name: user.name.as_ref().map(|name| name.as_str().to_owned()),
        display_name: user.display_name.as_ref().map(|name| name.as_str().to_owned()),
        credential_id: Some(HexBytes(credential.id.as_slice().to_vec())),
    }
}

pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
