//! A hundred thousand credentials: each lookup gives the right ones, newest first, and shows no others. What a store
//! looks at to find them is counted in instructions, by `benches/lookups.sh`.

use super::bench::{registration, sign_in, sim};
use super::fixture::{Fixture, Room};
use super::verdict::{Fail, Outcome, ensure};
use crate::reply::{AuthData, Reply};
use crate::{Sim, cbor, device_key};
use authenticator_core::credential::RpIdHash;
use authenticator_core::key::{KeyError, KeyRequest, NewKey, Signature, SignatureRequest};
use authenticator_core::store::{
    ChangeSet, CommitError, CommitId, Entry, Listed, Lookup, Query, Store, StoreError, UnwantedKey, Visit,
};
use authenticator_core::{Context, begin};
use authenticator_host::{Keys, SoftwareKeys, blocking};
use std::cell::Cell;
use std::ops::ControlFlow;

const MANY: usize = 100_000;

/// So many accounts a site has, as far as there are.
const ACCOUNTS: usize = 20;

/// So many sites are looked at closely.
const SAMPLES: usize = 50;

pub(super) fn is_found<F: Fixture>() -> Outcome {
    let (mut place, room) = F::large();
    let (count, more) = match room {
        Room::Unbounded => (MANY, "100,000 of them".to_owned()),
        Room::Only(count, reason) => (count, format!("{count} of them, as {reason}")),
    };
    let opened = sim(Counting { inner: place.open(), shown: Cell::new(0) }, device_key(), 1);
    let mut sim = opened.map_err(|error| Fail::broken(format!("it cannot be opened: {error}")))?;
    let crowd = Crowd { count, sites: count.div_ceil(ACCOUNTS) };
    let samples = crowd.gather(&mut sim)?;
    walk_all(&mut sim, count)?;
    for (site, last) in samples {
        look_closely(&mut sim, crowd, site).map_err(|fail| fail.during(name(site)))?;
        sign_in(&mut sim, &name(site), &last).map_err(|fail| fail.during(name(site)))?;
    }
    Ok(more)
}

fn name(site: usize) -> String {
    format!("site-{site}.example")
}

fn handle(account: usize) -> Vec<u8> {
    format!("account-{account}").into_bytes()
}

/// Accounts by number: each registers at the site of its number, and after the last site comes the first again.
#[derive(Clone, Copy)]
struct Crowd {
    count: usize,
    sites: usize,
}

impl Crowd {
    /// A site's accounts, newest first.
    fn of(self, site: usize) -> Vec<Vec<u8>> {
        (site..self.count).step_by(self.sites).map(handle).rev().collect()
    }

    /// Registers all of them. The sites to be looked at closely, with the newest credential of each.
    fn gather<S: Store>(self, sim: &mut Sim<S>) -> Result<Vec<(usize, AuthData)>, Fail> {
        let every = self.sites.div_ceil(SAMPLES);
        let mut newest = vec![None; self.sites.div_ceil(every)];
        let mut keys = Spare::default();
        for account in 0..self.count {
            let site = account.checked_rem(self.sites).unwrap_or_default();
            let is_sample = site.is_multiple_of(every);
            keys.is_wanted = is_sample;
            let bytes =
                registration(&name(site), &handle(account)).with(0x0B, cbor::array(["none"])).encode();
            let Sim { world, user, requester, .. } = &mut *sim;
            let done = blocking::run(world, user, &mut keys, |cx| begin(&bytes, cx, *requester));
            user.seen.clear();
            let mut reply = [0; 1024];
            let length = done.encode(&world.session, &mut reply);
            let reply = reply.get(..length).and_then(Reply::new);
            let status = reply.as_ref().map(|reply| reply.status);
            ensure!(status == Some(0x00), "registration {account} is answered {status:02X?}");
            let place = site.checked_div(every).filter(|_| is_sample);
            if let Some(sample) = place.and_then(|place| newest.get_mut(place)) {
                *sample = reply.and_then(|reply| reply.auth_data());
            }
        }
        let sites = (0..self.sites).step_by(every);
        Ok(sites.zip(newest).filter_map(|(site, newest)| Some((site, newest?))).collect())
    }
}

/// Everything, from the newest on.
fn walk_all<S: Store>(sim: &mut Sim<S>, count: usize) -> Result<(), Fail> {
    let (mut seen, mut last, mut in_order) = (0_usize, u64::MAX, true);
    let mut context = sim.world.context();
    let _ = context.vault()?.credentials(None, &mut |listed| {
        if let Listed::Credential(Entry { credential, .. }) = listed {
            seen = seen.saturating_add(1);
            in_order &= credential.number < last;
            last = credential.number;
        }
        ControlFlow::Continue(())
    })?;
    ensure!(seen == count, "{seen} credentials of {count} are there");
    ensure!(in_order, "they are not listed newest first");
    Ok(())
}

fn look_closely<S: Store>(sim: &mut Sim<Counting<S>>, crowd: Crowd, site: usize) -> Result<(), Fail> {
    let (site_name, expected) = (name(site), crowd.of(site));
    let rp_id_hash = RpIdHash::of(&site_name);
    let mut found = Vec::new();
    let shown = sim.world.store.inner.shown.replace(0);
    ensure!(shown > 0, "nothing was read");
    let mut context = sim.world.context();
    let vault = context.vault()?;
    let mut take = |entry: &Entry<'_>| {
        let credential = entry.credential;
        found.push((credential.user.id.as_slice().to_vec(), credential.id.clone(), credential.number));
        ControlFlow::Continue(())
    };
    let _ = vault.offered(&rp_id_hash, None, &mut take)?;
    let all = std::mem::take(&mut found);
    ensure!(all.iter().map(|found| &found.0).eq(&expected), "its passkeys are not offered newest first");

    let mut page = Vec::new();
    let half = all.len().div_ceil(2);
    let before = all.get(half.saturating_sub(1)).map(|found| found.2);
    let _ = vault.offered(&rp_id_hash, before, &mut |entry| {
        page.push(entry.credential.number);
        ControlFlow::Continue(())
    })?;
    let older = all.iter().skip(half).map(|found| found.2);
    ensure!(older.eq(page), "the second page is not what follows the first");

    for (user, id, number) in &all {
        let by_id = vault.by_credential_id(&rp_id_hash, id.as_slice(), |entry| entry.credential.number)?;
        ensure!(by_id == Some(*number), "an id finds another");
        let mut of_user = Vec::new();
        let _ = vault.of_user(&rp_id_hash, user, &mut |entry| {
            of_user.push(entry.credential.number);
            ControlFlow::Continue(())
        })?;
        ensure!(of_user == [*number], "an account finds {} of its one passkey", of_user.len());
    }
    ensure!(!vault.knows(&rp_id_hash, &[7; 16])?, "an id nobody was given finds something");

    // The header, each passkey by its site and by its account, half of them again, each by its id and by its account.
    let shown = sim.world.store.inner.shown.get();
    let most = all.len().saturating_mul(5).saturating_add(1);
    ensure!(shown <= most, "{shown} records are shown where {most} will do");
    Ok(())
}

/// Makes one key for all whose key nobody asks for. It is not theirs to sign with.
#[derive(Default)]
struct Spare {
    key: Option<NewKey>,
    is_wanted: bool,
}

impl Keys for Spare {
    fn generate(&mut self, cx: &mut Context<'_>, request: &KeyRequest) -> Result<NewKey, KeyError> {
        match &self.key {
            Some(key) if !self.is_wanted => Ok(key.clone()),
            _ => {
                let key = SoftwareKeys.generate(cx, request)?;
                self.key = Some(key.clone());
                Ok(key)
            }
        }
    }

    fn sign(&mut self, cx: &mut Context<'_>, request: &SignatureRequest) -> Result<Signature, KeyError> {
        SoftwareKeys.sign(cx, request)
    }

    fn destroy(&mut self, key: &UnwantedKey) -> Result<(), KeyError> {
        SoftwareKeys.destroy(key)
    }
}

/// Counts the records a store shows.
struct Counting<S> {
    inner: S,
    shown: Cell<usize>,
}

impl<S: Lookup> Lookup for Counting<S> {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.inner.read(query, &mut |record| {
            self.shown.set(self.shown.get().saturating_add(1));
            visit(record)
        })
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        self.inner.last_commit()
    }

    fn anchored(&self) -> Result<u64, StoreError> {
        self.inner.anchored()
    }

    fn room(&self) -> Result<Option<u32>, StoreError> {
        self.inner.room()
    }
}

impl<S: Store> Store for Counting<S> {
    fn commit(&mut self, changes: &ChangeSet) -> Result<(), CommitError> {
        self.inner.commit(changes)
    }
}
