//! The two sides of the demo: a site, and an authenticator whose user follows a script.

use crate::exit::Failure;
use crate::log::Log;
use crate::open::{self, Device};
use crate::paths::Places;
use authenticator_core::store::Entry;
use authenticator_core::{
    BuiltInVerification, CandidateRef, Context, Gesture, NeedsUser, Refusal, Requester,
};
use authenticator_demo_rp::{RelyingParty, RpError};
use authenticator_host::{SoftwareKeys, blocking};
use authenticator_provider::{Item, Removed, catalogue, complete, prepare_delete, take_note};
use authenticator_webauthn::{
    Caller, ClientDataSource, Create, CreationOptions, DomException, Error, Evidence, Get, Origin,
    RequestOptions, ResponseJson,
};
use rand_core::CryptoRng;
use std::ops::ControlFlow;

/// The site's relying party id. The demo owns every passkey of this name.
pub(super) const SITE: &str = "demo.example.org";

/// The origin of its sign-in page.
pub(super) const ORIGIN: &str = "https://login.demo.example.org";

/// Site and authenticator.
pub(super) struct Stage<R> {
    pub(super) site: RelyingParty,
    device: Device<R>,
    /// The user names that the last prompt offered, in its order.
    pub(super) offered: Vec<String>,
}

/// What the user does when asked. Whoever agrees is verified as well.
#[derive(Clone, Copy)]
pub(super) enum Answer<'a> {
    Yes,
    No,
    /// Yes, as this user.
    As(&'a str),
}

/// A site without accounts.
pub(super) fn new_site() -> Result<RelyingParty, Failure> {
    RelyingParty::new(SITE, ORIGIN).map_err(site_failure)
}

/// What a site's refusal is to the demo: a check that failed.
pub(super) fn site_failure(error: RpError) -> Failure {
    Failure::Check(format!("check failed: the site was expected to agree, and says: {error}"))
}

/// Opens the store's authenticator for the site.
pub(super) fn open(
    places: &Places,
    site: RelyingParty,
    log: Log,
) -> Result<Stage<impl CryptoRng + use<>>, Failure> {
    let device = open::open(places, None, open::profile(BuiltInVerification::Configured), log)?;
    Ok(Stage { site, device, offered: Vec::new() })
}

impl<R: CryptoRng> Stage<R> {
    /// What the browser does with creation options: the response for the site, or the error the page sees.
    pub(super) fn create(
        &mut self,
        origin: &str,
        options: &str,
        answer: Answer<'_>,
    ) -> Result<ResponseJson, DomException> {
        self.try_create(origin, options, answer).map_err(|error| error.name())
    }

    fn try_create(&mut self, origin: &str, options: &str, answer: Answer<'_>) -> Result<ResponseJson, Error> {
        let options = CreationOptions::from_json(options)?;
        let cx = &mut self.device.context();
        let ceremony = Create::prepare(&options, &page(origin)?, ClientDataSource::Build, cx)?;
        let mut user = script(answer, &mut self.offered);
        let begin = |cx: &mut Context<'_>| ceremony.begin(cx, Requester::default());
        let done = blocking::run(&mut self.device, &mut user, &mut SoftwareKeys, begin);
        note(&mut self.device, ceremony.evidence(&done.result));
        ceremony.finish(&done.result)
    }

    /// What the browser does with request options.
    pub(super) fn get(
        &mut self,
        origin: &str,
        options: &str,
        answer: Answer<'_>,
    ) -> Result<ResponseJson, DomException> {
        self.try_get(origin, options, answer).map_err(|error| error.name())
    }

    fn try_get(&mut self, origin: &str, options: &str, answer: Answer<'_>) -> Result<ResponseJson, Error> {
        let options = RequestOptions::from_json(options)?;
        let cx = &mut self.device.context();
        let ceremony = Get::prepare(&options, &page(origin)?, ClientDataSource::Build, cx)?;
        let mut user = script(answer, &mut self.offered);
        let begin = |cx: &mut Context<'_>| ceremony.begin(cx, Requester::default());
        let done = blocking::run(&mut self.device, &mut user, &mut SoftwareKeys, begin);
        self.device.write_hint(&done);
        let evidence = ceremony.evidence(&done.result);
        let ending = ceremony.finish(&mut self.device.context(), &done.result)?;
        let response = complete(&mut self.device, ending);
        note(&mut self.device, evidence);
        Ok(response)
    }

    /// The site's passkeys in the store, newest first.
    pub(super) fn passkeys(&mut self) -> Result<Vec<Item>, Failure> {
        let of_site = |item: &Item| item.passkey().is_some_and(|passkey| passkey.rp_id.as_str() == SITE);
        Ok(catalogue(&mut self.device)?.into_iter().filter(of_site).collect())
    }

    /// Deletes a passkey, and says what its owner was told would go.
    pub(super) fn delete(&mut self, item: &Item) -> Result<Option<Removed>, Failure> {
        let token = prepare_delete(&mut self.device, item.record())?;
        Ok(token.confirm(&mut self.device)?)
    }

    /// Deletes what an earlier demo left, and says how many those were.
    pub(super) fn remove_leftovers(&mut self) -> Result<usize, Failure> {
        let leftovers = self.passkeys()?;
        for item in &leftovers {
            self.delete(item)?;
        }
        Ok(leftovers.len())
    }

    /// Closes the store. The site stays.
    pub(super) fn close(self) -> Closed {
        Closed { site: self.site }
    }
}

/// The site, while this process has its authenticator's store closed.
///
/// Only then may the store's files be read past SQLite: on Unix, closing any descriptor of a file drops all locks that the
/// process holds on it, and another process could then write in the middle of ours.
pub(super) struct Closed {
    site: RelyingParty,
}

impl Closed {
    /// Opens the store's authenticator for the site again.
    pub(super) fn open(self, places: &Places, log: Log) -> Result<Stage<impl CryptoRng + use<>>, Failure> {
        open(places, self.site, log)
    }
}

fn page(origin: &str) -> Result<Caller, Error> {
    Ok(Caller::Web { origin: Origin::parse(origin)?, top_origin: None, cross_origin: false })
}

/// What cannot be noted now, the next ceremony shows again.
fn note<R: CryptoRng>(device: &mut Device<R>, evidence: Option<Evidence>) {
    if let Some(evidence) = evidence {
        let _ = take_note(device, &evidence);
    }
}

/// A user who does what the script says, and remembers whom they were offered.
fn script<'a>(
    answer: Answer<'a>,
    offered: &'a mut Vec<String>,
) -> impl FnMut(&NeedsUser, &mut Context<'_>) -> Result<Gesture, Refusal> + 'a {
    move |step, cx| {
        offered.clear();
        let mut records = Vec::new();
        let visited = step.candidates(cx, None, &mut |entry| {
            offered.push(user_name(entry));
            records.push(entry.record);
            ControlFlow::Continue(())
        });
        visited.map_err(|_| Refusal::Unavailable)?;
        match answer {
            Answer::Yes => Ok(Gesture::VERIFIED),
            Answer::No => Err(Refusal::Declined),
            Answer::As(wanted) => {
                let place = offered.iter().position(|name| name == wanted);
                let record = place.and_then(|place| records.get(place)).ok_or(Refusal::Declined)?;
                Ok(Gesture::VERIFIED.choosing(CandidateRef::Record(*record)))
            }
        }
    }
}

fn user_name(entry: &Entry<'_>) -> String {
    entry.credential.user.name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default()
}
