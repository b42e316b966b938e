//! Who answers the authenticator's prompts: the person at the terminal, or what `--user` says for them.

use crate::args;
use crate::date;
use crate::display::{DOMAIN, NAME, display, domain};
use crate::exit::Failure;
use crate::prompt::{NoAnswer, Terminal};
use authenticator_core::store::Entry;
use authenticator_core::{CandidateRef, Context, Gesture, NeedsUser, Prompt, Refusal};
use authenticator_host::blocking;
use authenticator_provider::Notes;
use authenticator_webauthn::base64url;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::time::Duration;

/// The one who answers.
pub(crate) struct Person {
    pub(crate) user: args::User,
    /// The terminal; only [`args::User::Ask`] needs it.
    pub(crate) terminal: Option<Terminal>,
    /// `--choose`.
    pub(crate) choice: Option<String>,
    /// How long the site waits, whose word counts more than the authenticator's own timeout.
    pub(crate) patience: Duration,
    /// Why the answer was no, where that is not simply the person's will.
    pub(crate) problem: Option<Failure>,
}

impl blocking::User for Person {
    fn ask(&mut self, step: &NeedsUser, cx: &mut Context<'_>) -> Result<Gesture, Refusal> {
        if self.user == args::User::Deny {
            return Err(Refusal::Declined);
        }
        let mut candidates = Vec::new();
        let visited = step.candidates(cx, None, &mut |entry| {
            candidates.push(Candidate::of(entry));
            ControlFlow::Continue(())
        });
        if let Err(error) = visited {
            self.problem = Some(Failure::Store(error.to_string()));
            return Err(Refusal::Unavailable);
        }
        let named = self.named(&candidates)?;
        match self.user {
            args::User::Ask => self.on_terminal(step, &candidates, named),
            args::User::Verify => self.unasked(Gesture::VERIFIED, &candidates, named),
            args::User::Approve | args::User::Deny => self.unasked(Gesture::TOUCH, &candidates, named),
        }
    }
}

impl Person {
    /// Which candidate `--choose` means.
    fn named<'c>(&mut self, candidates: &'c [Candidate]) -> Result<Option<&'c Candidate>, Refusal> {
        let Some(choice) = self.choice.as_deref().filter(|_| !candidates.is_empty()) else { return Ok(None) };
        let found = pick(candidates, choice)
            .or_else(|| candidates.iter().find(|candidate| candidate.credential_id == choice));
        if found.is_none() {
            let text = format!("--choose names none of the passkeys for this site:\n{}", list(candidates));
            self.problem = Some(Failure::Usage(text));
            return Err(Refusal::Declined);
        }
        Ok(found)
    }

    /// Answers without a person: what `--user` says, for the one account there is or that was chosen.
    fn unasked(
        &mut self,
        gesture: Gesture,
        candidates: &[Candidate],
        named: Option<&Candidate>,
    ) -> Result<Gesture, Refusal> {
        let Some(first) = named.or(candidates.first()) else { return Ok(gesture) };
        // Several passkeys of one account, an old one and its successor, are no choice to make.
        if named.is_none() && candidates.iter().any(|other| other.user_handle != first.user_handle) {
            let text = format!(
                "several accounts fit; say which with --choose N or --choose ID:\n{}",
                list(candidates)
            );
            self.problem = Some(Failure::Usage(text));
            return Err(Refusal::Declined);
        }
        Ok(gesture.choosing(first.reference))
    }

    fn on_terminal(
        &mut self,
        step: &NeedsUser,
        candidates: &[Candidate],
        named: Option<&Candidate>,
    ) -> Result<Gesture, Refusal> {
        let Some(terminal) = self.terminal.as_mut() else {
            let text = "there is no terminal to ask on, so nothing was approved; see --user".to_owned();
            self.problem =
                Some(Failure::WebAuthn(authenticator_webauthn::DomException::NotAllowedError, text));
            return Err(Refusal::Unavailable);
        };
        let timeout = self.patience;
        let several = candidates.len() > 1 && named.is_none();
        let chosen = named.or(if several { None } else { candidates.first() });
        let question = question(step.prompt(), candidates, chosen, timeout);
        let answered = if several {
            terminal.ask(&question, timeout).map(|answer| pick(candidates, &answer).map(Some))
        } else {
            terminal.confirm(&question, timeout).map(|yes| yes.then_some(chosen))
        };
        match answered {
            Ok(Some(chosen)) => {
                Ok(chosen.map_or(Gesture::TOUCH, |chosen| Gesture::TOUCH.choosing(chosen.reference)))
            }
            Ok(None) => Err(Refusal::Declined),
            Err(NoAnswer::TimedOut) => Err(Refusal::TimedOut),
            Err(NoAnswer::Closed) => Err(Refusal::Declined),
        }
    }
}

/// Names the site, the account and what will happen.
pub(crate) fn question(
    prompt: &Prompt,
    candidates: &[Candidate],
    chosen: Option<&Candidate>,
    timeout: Duration,
) -> String {
    let seconds = timeout.as_secs();
    match prompt {
        Prompt::Register { rp_id, user } => {
            let name = user.name.as_ref().map_or("", |name| name.as_str());
            let display_name = user.display_name.as_ref().map_or("", |name| name.as_str());
            format!(
                "{} asks for a passkey.\n  account  {}\n  name     {}\nIt will be kept on this device and never leave \
                 it. Make it? ({seconds} s)",
                domain(rp_id.as_str(), DOMAIN),
                shown_or(name, "(no name)"),
                shown_or(display_name, "(no name)"),
            )
        }
        Prompt::Excluded { rp_id } => format!(
            "{} asks for a passkey for an account that has one here already. None will be made. Tell the site? \
             ({seconds} s)",
            domain(rp_id.as_str(), DOMAIN)
        ),
        Prompt::SignIn { rp_id } => {
            let site = domain(rp_id.as_str(), DOMAIN);
            match chosen {
                Some(chosen) => format!("Sign in to {site} as {}? ({seconds} s)", chosen.line()),
                None if candidates.is_empty() => format!("Sign in to {site}? ({seconds} s)"),
                None => {
                    let (list, last) = (list(candidates), candidates.len());
                    format!(
                        "Sign in to {site} as whom? ({seconds} s)\n{list}\n[1-{last}, nothing for nobody] "
                    )
                }
            }
        }
        Prompt::Reset => {
            format!("A client wants to delete EVERYTHING on this device. Delete it? ({seconds} s)")
        }
        Prompt::Selection => format!("A client asks whether this is the device to use. Is it? ({seconds} s)"),
        Prompt::Token { rp_id, .. } => {
            let whom = rp_id.as_ref().map(|rp_id| format!(" for {}", domain(rp_id.as_str(), DOMAIN)));
            let whom = whom.unwrap_or_default();
            format!("A client wants to act{whom} without asking again for a while. Let it? ({seconds} s)")
        }
        _ => format!("Go on? ({seconds} s)"),
    }
}

fn shown_or(text: &str, otherwise: &str) -> String {
    if text.is_empty() { otherwise.to_owned() } else { display(text, NAME) }
}

/// The candidate in this place of the order shown, from 1.
pub(crate) fn pick<'c>(candidates: &'c [Candidate], place: &str) -> Option<&'c Candidate> {
    let place: usize = place.parse().ok()?;
    candidates.get(place.checked_sub(1)?)
}

fn list(candidates: &[Candidate]) -> String {
    let mut lines = String::new();
    for (index, candidate) in candidates.iter().enumerate() {
        let separator = if index == 0 { "" } else { "\n" };
        // Writing to a string cannot fail.
        let _ = write!(lines, "{separator}  {}  {}", index.saturating_add(1), candidate.line());
    }
    lines
}

/// A passkey to choose.
pub(crate) struct Candidate {
    pub(crate) reference: CandidateRef,
    credential_id: String,
    user_handle: Vec<u8>,
    name: String,
    display_name: String,
    label: Option<String>,
    last_used: Option<u64>,
}

impl Candidate {
    pub(crate) fn of(entry: &Entry<'_>) -> Self {
        let credential = entry.credential;
        let user = &credential.user;
        let label = match Notes::read(entry.host_data.0) {
            Notes::Known { label } => label.map(|label| label.as_str().to_owned()),
            _ => None,
        };
        Self {
            reference: CandidateRef::Record(entry.record),
            credential_id: base64url::encode(credential.id.as_slice()),
            user_handle: user.id.as_slice().to_vec(),
            name: user.name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default(),
            display_name: user.display_name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default(),
            label,
            last_used: credential.last_used,
        }
    }

    /// The account, and what tells it from one of the same name.
    fn line(&self) -> String {
        let mut line = shown_or(&self.name, "(no name)");
        let label = self.label.as_deref().unwrap_or(&self.display_name);
        if !label.is_empty() && label != self.name {
            line = format!("{line} ({})", display(label, NAME));
        }
        let used = self
            .last_used
            .map_or_else(|| "never used".to_owned(), |used| format!("used {}", date::utc(used)));
        format!("{line}, {used}, id {}", display(&self.credential_id, usize::MAX))
    }
}

#[cfg(test)]
mod tests;
