//! An authenticator in whose session a token can be put, as clientPIN would.

extern crate std;

use crate::authenticator::{Authenticator, Opened};
use crate::command::{Command, MakeCredential, Manage, Replacement, begin};
use crate::context::Context;
use crate::credential::RpIdHash;
use crate::key::software;
use crate::pin::{Grant, Permissions, Protocol};
use crate::profile::Profile;
use crate::request::decode;
use crate::secret::Secret;
use crate::session::Session;
use crate::step::Step;
use crate::store::{
    CommitId, CommitKind, DeviceKeys, Listed, Lookup, MemoryStore, Query, Record, RecordId, RecordKind,
    Store, StoreError, Visit,
};
use crate::time::{BootId, Now};
use crate::user::{Gesture, Requester};
use authenticator_testkit::SeededRng;
use authenticator_testkit::cbor::{Value, at, bytes, map, named};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{
    Request, credential_management, descriptor, get_assertion, make_credential,
};
use core::ops::ControlFlow;
use core::time::Duration;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::boxed::Box;
use std::string::String;
use std::vec::Vec;

/// How many records the store takes, its header and the settings among them.
pub(super) const PLACES: usize = 260;

/// A store in which one record can be spoilt.
pub(super) struct Spoilt {
    inner: Box<MemoryStore<PLACES>>,
    pub(super) spoilt: Option<RecordId>,
}

impl Lookup for Spoilt {
    fn read(&self, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>, StoreError> {
        self.inner.read(query, &mut |record| {
            if Some(record.id) == self.spoilt && record.kind == RecordKind::Credential {
                return visit(Record { body: record.body.split_last().unwrap().1, ..record });
            }
            visit(record)
        })
    }

    fn last_commit(&self) -> Result<Option<CommitId>, StoreError> {
        self.inner.last_commit()
    }

    fn room(&self) -> Result<Option<u32>, StoreError> {
        self.inner.room()
    }
}

pub(super) struct Bench {
    pub(super) authenticator: Authenticator,
    pub(super) store: Spoilt,
    pub(super) session: Session,
    rng: SeededRng,
    pub(super) now: Now,
    pub(super) requester: Requester,
    pub(super) protocol: Protocol,
    token: [u8; 32],
    /// Whether it gets a new one for management when presence has used one up (TOK-14).
    renews: bool,
}

impl Bench {
    /// A security key whose platform has a token for credential management.
    pub(super) fn new() -> Self {
        let mut bench = Self::without_token(Profile::security_key([0; 16]));
        bench.renews = true;
        bench.renew();
        bench
    }

    pub(super) fn renew(&mut self) {
        if self.renews {
            self.issue(Permissions::CREDENTIAL_MANAGEMENT, None);
        }
    }

    pub(super) fn without_token(profile: Profile) -> Self {
        let now = Now { boot: BootId([1; 16]), since_boot: Duration::from_secs(5), unix: None };
        let authenticator = Authenticator { profile, device: DeviceKeys::new(&Secret::new([0xD0; 32])) };
        let mut store = Spoilt { inner: Box::new(MemoryStore::new()), spoilt: None };
        let mut rng = SeededRng::new(1);
        if let Opened::Empty(changes) = authenticator.open(&store, &mut rng).unwrap() {
            store.inner.commit(&changes).unwrap();
        }
        let (session, requester) = (Session::new(now), Requester::default());
        let (protocol, token) = (Protocol::Two, [0; 32]);
        Self { authenticator, store, session, rng, now, requester, protocol, token, renews: false }
    }

    pub(super) fn context(&mut self) -> Context<'_> {
        let Self { authenticator, store, session, rng, now, .. } = self;
        Context { authenticator, session, store, rng, now: *now }
    }

    /// The platform gets a token of this protocol.
    pub(super) fn issue(&mut self, permissions: Permissions, rp_id: Option<&str>) {
        self.context().open().unwrap(); // a session that has seen no header yet forgets its token at the first
        let rp_id_hash = rp_id.map(RpIdHash::of);
        let grant = Grant { protocol: self.protocol, permissions, rp_id_hash, user_present: false };
        self.token = *self.session.pin.token.issue(grant, &mut self.rng, self.now).expose();
    }

    /// The platform has been given the persistent token with this number.
    pub(super) fn issue_persistent(&mut self, number: u64) {
        let mut cx = self.context();
        let (header, standing) = cx.standing().unwrap();
        let mut settings = standing.settings;
        settings.persistent_token = Some(number);
        let device = &cx.authenticator.device;
        let mut draft = cx.draft(CommitKind::Guard, CommitId([9; 16]), header).unwrap();
        draft.put_settings(&settings).unwrap();
        draft.finish(device).unwrap();
        let changes = self.session.changes(CommitId([9; 16])).unwrap();
        self.store.inner.commit(changes).unwrap();
        let mut token = Secret::new([0; 32]);
        self.session.keys().unwrap().persistent_token(number, &mut token);
        self.token = *token.expose();
    }

    /// What another endpoint over the same store begins with.
    pub(super) fn other_session(&mut self) -> Session {
        core::mem::replace(&mut self.session, Session::new(self.now))
    }

    pub(super) fn signed(&self, request: Request) -> Request {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.token).unwrap();
        mac.update(&request.subcommand_message());
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        let length = if self.protocol == Protocol::One { 16 } else { 32 };
        request.with(0x03, self.protocol.number()).with(0x04, bytes(&whole[..length]))
    }

    pub(super) fn send(&mut self, request: &Request) -> Reply {
        self.send_bytes(&request.encode())
    }

    pub(super) fn send_bytes(&mut self, request: &[u8]) -> Reply {
        let requester = self.requester;
        let step = begin(request, &mut self.context(), requester);
        self.finish(step)
    }

    /// Sends a request with the platform's token.
    pub(super) fn manage(&mut self, request: Request) -> Reply {
        let signed = self.signed(request);
        self.send(&signed)
    }

    /// Makes a change of the host's own.
    pub(super) fn host(&mut self, change: Manage<'_>) -> u8 {
        let requester = self.requester;
        let step = Command::Manage(change).begin(&mut self.context(), requester);
        self.finish(step).status
    }

    pub(super) fn finish(&mut self, mut step: Step) -> Reply {
        loop {
            step = match step {
                Step::NeedsUser(needs) => needs.resume(&mut self.context(), Ok(Gesture::TOUCH)),
                Step::NeedsKeypair(needs) => {
                    let key = software::generate(&mut self.context(), needs.request());
                    needs.resume(&mut self.context(), key)
                }
                Step::NeedsSignature(needs) => {
                    let signature = software::sign(&mut self.context(), needs.request());
                    needs.resume(&mut self.context(), signature)
                }
                Step::NeedsCommit(needs) => {
                    let answer =
                        needs.change_set(&self.session).and_then(|changes| self.store.inner.commit(changes));
                    needs.resume(&mut self.context(), answer)
                }
                Step::Done(done) => {
                    if let Some(hint) = done.hint(&self.session) {
                        self.store.inner.commit(hint).unwrap();
                    }
                    let mut buffer = [0; 1024];
                    let length = done.encode(&self.session, &mut buffer);
                    return Reply::new(&buffer[..length]).unwrap();
                }
            };
        }
    }

    /// Registers a discoverable credential; gives its id.
    pub(super) fn register(&mut self, rp_id: &str, user: &[u8]) -> Vec<u8> {
        self.register_with(make_credential(rp_id, user))
    }

    pub(super) fn register_with(&mut self, request: Request) -> Vec<u8> {
        let reply = self.send(&request.option("rk", true));
        assert_eq!(reply.status, 0x00);
        self.renew();
        reply.auth_data().unwrap().credential_id.unwrap()
    }

    /// The status of a sign-in with this credential.
    pub(super) fn sign_in(&mut self, rp_id: &str, id: &[u8]) -> u8 {
        let status = self.send(&get_assertion(rp_id).list([id])).status;
        self.renew();
        status
    }

    /// Registers a credential that keeps the account's older one, as the provider asks for it.
    pub(super) fn supersede(&mut self, rp_id: &str, user: &[u8]) -> Vec<u8> {
        let request = make_credential(rp_id, user).option("rk", true).encode();
        let Ok(Command::MakeCredential(request)) = decode(&request, 1200) else { panic!("a registration") };
        let request = MakeCredential { replacement: Replacement::Supersede, ..request };
        let requester = self.requester;
        let step = Command::MakeCredential(request).begin(&mut self.context(), requester);
        let reply = self.finish(step);
        self.renew();
        reply.auth_data().unwrap().credential_id.unwrap()
    }

    /// The record of the credential with this id.
    pub(super) fn record(&mut self, id: &[u8]) -> RecordId {
        let mut cx = self.context();
        let (mut found, vault) = (None, cx.vault().unwrap());
        let _ = vault.credentials(None, &mut |listed| {
            if let Listed::Credential(entry) = listed
                && entry.credential.id.as_slice() == id
            {
                found = Some(entry.record);
            }
            ControlFlow::Continue(())
        });
        found.unwrap()
    }

    /// How many there are and how many more fit, as a client is told.
    pub(super) fn metadata(&mut self) -> (u64, u64) {
        let reply = self.manage(credential_management(0x01));
        assert_eq!(reply.status, 0x00);
        (number(&reply, 0x01), number(&reply, 0x02))
    }

    /// Every relying party's identifier, as a client lists them.
    pub(super) fn relying_parties(&mut self) -> Vec<String> {
        let first = self.manage(credential_management(0x02));
        self.rest(first, 0x05, 0x03)
            .iter()
            .map(|reply| named(&reply.member(0x03).unwrap(), "id").unwrap().as_text().unwrap().into())
            .collect()
    }

    /// Every credential of a relying party, as a client lists them.
    pub(super) fn credentials(&mut self, rp_id: &str) -> Vec<Reply> {
        let first = self.manage(of(rp_id));
        self.rest(first, 0x09, 0x05)
    }

    /// The ids of these.
    pub(super) fn ids(&mut self, rp_id: &str) -> Vec<Vec<u8>> {
        self.credentials(rp_id).iter().map(credential_id).collect()
    }

    /// Asks for as many more as the first reply has announced, and then for one too many.
    fn rest(&mut self, first: Reply, total: i64, next: u8) -> Vec<Reply> {
        if first.status == 0x2E {
            return Vec::new();
        }
        assert_eq!(first.status, 0x00);
        let count = number(&first, total);
        let mut all = Vec::from([first]);
        for _ in 1..count {
            let reply = self.send(&credential_management(next));
            assert_eq!((reply.status, reply.member(total)), (0x00, None));
            all.push(reply);
        }
        assert_eq!(self.send(&credential_management(next)).status, 0x30);
        all
    }
}

pub(super) fn number(reply: &Reply, key: i64) -> u64 {
    reply.member(key).unwrap().as_integer().unwrap().try_into().unwrap()
}

pub(super) fn credential_id(reply: &Reply) -> Vec<u8> {
    named(&reply.member(0x07).unwrap(), "id").unwrap().as_bytes().unwrap().clone()
}

/// enumerateCredentialsBegin.
pub(super) fn of(rp_id: &str) -> Request {
    credential_management(0x04).parameters([(0x01, bytes(&RpIdHash::of(rp_id).0))])
}

/// deleteCredential.
pub(super) fn deletion(id: &[u8]) -> Request {
    credential_management(0x06).parameters([(0x02, descriptor(id))])
}

/// updateUserInformation.
pub(super) fn update(id: &[u8], user: Value) -> Request {
    credential_management(0x07).parameters([(0x02, descriptor(id)), (0x03, user)])
}

/// A user entity with these members.
pub(super) fn user(id: &[u8], names: &[(&str, &str)]) -> Value {
    let names = names.iter().map(|(key, name)| (*key, Value::from(*name)));
    map([("id", bytes(id))].into_iter().chain(names))
}

/// A member of the user in a listed credential.
pub(super) fn of_user(reply: &Reply, key: &str) -> Option<String> {
    named(&reply.member(0x06).unwrap(), key).map(|name| name.as_text().unwrap().into())
}

/// A member of the map under a key, in a reply.
pub(super) fn inner(reply: &Reply, key: i64, label: i64) -> Value {
    at(&reply.member(key).unwrap(), label).unwrap().clone()
}
