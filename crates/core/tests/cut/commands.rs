//! Every command, with the steps it takes and the commits it makes: the table the cut tests are made from.

use crate::credential_blob::CREDENTIAL_BLOB_CASES;
use crate::large_blobs::LARGE_BLOB_CASES;
use crate::management::MANAGEMENT_CASES;
use crate::pin_cases::{PIN_CASES, SPENT};
use crate::sign_in::{New, SITE, id, register};
use crate::world::{CutSim, Shared, meaning};
use authenticator_core::store::{CommitKind, RecordId};
use authenticator_core::{
    ArrayMark, Ask, Command, Done, LargeBlobStorage, Manage, Profile, Replacement, ResetPolicy, SignCount,
    Step, decode,
};
use authenticator_testkit::cbor::{array, bytes, map};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{CLIENT_DATA_HASH, Request, get_assertion, make_credential};
use authenticator_testkit::{Sim, with_keystore};

/// A command over a prepared store.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) profile: fn([u8; 16]) -> Profile,
    pub(crate) prepare: fn(&mut CutSim),
    pub(crate) action: fn(&mut CutSim) -> Action,
    /// The steps before the reply, when nothing goes wrong.
    pub(crate) steps: &'static [&'static str],
    /// The commits, when nothing goes wrong, and what they are for.
    pub(crate) commits: &'static [(CommitKind, &'static str)],
    /// Judges a successful reply by its effects.
    pub(crate) check: fn(&mut CutSim, &Reply),
}

/// What begins a command.
pub(crate) enum Action {
    Request(Vec<u8>),
    /// A registration that keeps the account's older credential, as the provider asks for it.
    Supersede(Vec<u8>),
    /// The host's own reset.
    Reset,
    Delete(RecordId),
    SetHostData(RecordId, &'static [u8]),
    /// A registration that uses up this record of the host's own.
    UseUp(RecordId, Vec<u8>),
    PutHost(RecordId, &'static [u8]),
    RemoveHost(RecordId),
    SetPin(&'static str),
    /// In place of what was read.
    ReplaceLargeBlobs(ArrayMark, Vec<u8>),
}

pub(crate) const USER: &str = "NeedsUser";
const KEYPAIR: &str = "NeedsKeypair";
pub(crate) const SIGNATURE: &str = "NeedsSignature";
pub(crate) const COMMIT: &str = "NeedsCommit";

/// What the host sets in its case.
pub(crate) const HOST_DATA: &[u8] = b"work laptop";

/// What the site keeps in its case.
const BLOB: &[u8] = b"a blob of the site's";

/// Every case.
pub(crate) fn cases() -> impl Iterator<Item = Case> {
    let of_large_blobs = LARGE_BLOB_CASES.into_iter().chain(CREDENTIAL_BLOB_CASES);
    CASES.into_iter().chain(PIN_CASES).chain(MANAGEMENT_CASES).chain(of_large_blobs)
}

pub(crate) const CASES: [Case; 27] = [
    Case {
        name: "makeCredential, rk, packed",
        profile: Profile::security_key,
        prepare: |sim| drop(register(sim, New::user(b"other"))),
        action: |_| Action::Request(registration().encode()),
        steps: &[USER, KEYPAIR, SIGNATURE, COMMIT],
        commits: &[(CommitKind::Effect, "the new credential")],
        check: signs_in,
    },
    Case {
        name: "makeCredential, rk, none",
        profile: Profile::security_key,
        prepare: |sim| drop(register(sim, New::user(b"other"))),
        action: |_| Action::Request(registration().with(0x0B, array(["none"])).encode()),
        steps: &[USER, KEYPAIR, COMMIT],
        commits: &[(CommitKind::Effect, "the new credential")],
        check: signs_in,
    },
    Case {
        name: "makeCredential, rk, overwriting",
        profile: Profile::security_key,
        prepare: |sim| drop(register(sim, New::user(b"user"))),
        action: |_| Action::Request(registration().encode()),
        steps: &[USER, KEYPAIR, SIGNATURE, COMMIT],
        commits: &[(CommitKind::Effect, "the new credential, without the account's older ones")],
        check: signs_in,
    },
    Case {
        name: "makeCredential, rk, superseding",
        profile: Profile::security_key,
        prepare: |sim| drop(register(sim, New::user(b"user"))),
        action: |_| Action::Supersede(registration().encode()),
        steps: &[USER, KEYPAIR, SIGNATURE, COMMIT],
        commits: &[(CommitKind::Effect, "the new credential, unconfirmed, beside the account's older ones")],
        check: signs_in,
    },
    Case {
        name: "makeCredential, rk, with what extensions keep",
        profile: |aaguid| Profile {
            large_blobs: LargeBlobStorage::Array { max: 1024 },
            ..Profile::security_key(aaguid)
        },
        prepare: |sim| drop(register(sim, New::user(b"other"))),
        action: |_| {
            let request = registration().extension("credBlob", bytes(BLOB)).extension("largeBlobKey", true);
            Action::Request(request.extension("thirdPartyPayment", true).encode())
        },
        steps: &[USER, KEYPAIR, SIGNATURE, COMMIT],
        commits: &[(CommitKind::Effect, "the new credential")],
        check: keeps,
    },
    Case {
        name: "makeCredential, rk false",
        profile: Profile::security_key,
        prepare: |_| (),
        action: |_| Action::Request(make_credential(SITE, b"user").option("rk", false).encode()),
        steps: &[USER, KEYPAIR, SIGNATURE],
        commits: &[],
        check: signs_in,
    },
    Case {
        name: "makeCredential, excluded",
        profile: Profile::security_key,
        prepare: |sim| drop(register(sim, New::user(b"user"))),
        action: |sim| {
            let excluded = meaning(sim).remove(0).id;
            Action::Request(registration().list([excluded.as_slice()]).encode())
        },
        steps: &[USER],
        commits: &[],
        check: |_, reply| assert_eq!(reply.status, 0x19),
    },
    Case {
        name: "getAssertion of one",
        profile: Profile::phone,
        prepare: |sim| drop(register(sim, New::user(b"user"))),
        action: |_| Action::Request(get_assertion(SITE).encode()),
        steps: &[USER, SIGNATURE],
        commits: &[(CommitKind::Hint, "when the credential was used last")],
        check: asserted,
    },
    Case {
        name: "getAssertion of several",
        profile: Profile::security_key,
        prepare: two_accounts,
        action: |_| Action::Request(get_assertion(SITE).encode()),
        steps: &[USER, SIGNATURE],
        commits: &[],
        check: asserted,
    },
    Case {
        name: "getAssertion, up false",
        profile: Profile::phone,
        prepare: |sim| drop(register(sim, New::user(b"user"))),
        action: |_| Action::Request(get_assertion(SITE).option("up", false).encode()),
        steps: &[SIGNATURE],
        commits: &[],
        check: asserted,
    },
    Case {
        name: "getNextAssertion",
        profile: Profile::security_key,
        prepare: |sim| {
            two_accounts(sim);
            assert_eq!(sim.send(&get_assertion(SITE)).status, 0x00);
        },
        action: |_| Action::Request(vec![0x08]),
        steps: &[SIGNATURE],
        commits: &[],
        check: asserted,
    },
    Case {
        name: "getAssertion of one, counting",
        profile: counting,
        prepare: |sim| drop(register(sim, New::user(b"user"))),
        action: |_| Action::Request(get_assertion(SITE).encode()),
        steps: &[USER, COMMIT, SIGNATURE],
        commits: &[
            (CommitKind::Guard, "sixteen values of the credential's counter, when none is left"),
            (CommitKind::Hint, "when the credential was used last"),
        ],
        check: counted,
    },
    Case {
        name: "getNextAssertion, counting",
        profile: counting,
        prepare: |sim| {
            two_accounts(sim);
            assert_eq!(sim.send(&get_assertion(SITE)).status, 0x00);
        },
        action: |_| Action::Request(vec![0x08]),
        steps: &[COMMIT, SIGNATURE],
        commits: &[(CommitKind::Guard, "sixteen values of the credential's counter, when none is left")],
        check: counted,
    },
    Case {
        name: "getInfo",
        profile: Profile::phone,
        prepare: |_| (),
        action: |_| Action::Request(vec![0x04]),
        steps: &[],
        commits: &[],
        check: |_, reply| assert!(!reply.raw.is_empty()),
    },
    Case {
        name: "reset",
        profile: reset_by_clients,
        prepare: two_accounts,
        action: |_| Action::Request(vec![0x07]),
        steps: &[USER, COMMIT],
        commits: &[(CommitKind::Effect, "no record but the header of a new generation")],
        check: |sim, _| assert!(meaning(sim).iter().all(|credential| credential.rp_id != SITE)),
    },
    Case {
        name: "reset by the host",
        profile: Profile::phone,
        prepare: two_accounts,
        action: |_| Action::Reset,
        steps: &[USER, COMMIT],
        commits: &[(CommitKind::Effect, "no record but the header of a new generation")],
        check: |sim, _| assert!(meaning(sim).iter().all(|credential| credential.rp_id != SITE)),
    },
    Case {
        name: "authenticatorConfig",
        profile: Profile::security_key,
        prepare: two_accounts,
        action: |_| Action::Request(LONG_TOUCH_FOR_RESET.to_vec()),
        steps: &[COMMIT],
        commits: &[(CommitKind::Effect, "the setting, unless it is so already")],
        check: |sim, reply| {
            assert!(reply.raw.is_empty());
            assert!(
                matches!(begin(sim, &Action::Request(vec![0x07])), Step::NeedsUser(ask) if ask.ask() == Ask::LongTouch)
            );
            let commits = sim.world.store.commits();
            assert_eq!(sim.send_bytes(LONG_TOUCH_FOR_RESET).status, 0x00);
            assert_eq!(sim.world.store.commits(), commits, "it is so already");
        },
    },
    Case {
        name: "selection",
        profile: Profile::phone,
        prepare: |_| (),
        action: |_| Action::Request(vec![0x0B]),
        steps: &[USER],
        commits: &[],
        check: |_, reply| assert!(reply.raw.is_empty()),
    },
    Case {
        name: "Manage::Delete",
        profile: Profile::phone,
        prepare: two_accounts,
        action: |sim| Action::Delete(record_of(sim, b"user")),
        steps: &[COMMIT],
        commits: &[(CommitKind::Effect, "the credential is gone")],
        check: |sim, _| assert!(meaning(sim).iter().all(|credential| credential.user != b"user")),
    },
    Case {
        name: "Manage::SetHostData",
        profile: Profile::phone,
        prepare: two_accounts,
        action: |sim| Action::SetHostData(record_of(sim, b"user"), HOST_DATA),
        steps: &[COMMIT],
        commits: &[(CommitKind::Effect, "what the host keeps with the credential")],
        check: |sim, _| {
            let of_user = meaning(sim).into_iter().find(|credential| credential.user == b"user");
            assert_eq!(of_user.expect("it is still there").host_data, HOST_DATA);
        },
    },
    Case {
        name: "makeCredential, rk, of a saved ceremony",
        profile: Profile::security_key,
        prepare: |sim| {
            register(sim, New::user(b"other"));
            write_host_record(sim);
        },
        action: |_| Action::UseUp(HOST_RECORD, registration().encode()),
        steps: &[USER, KEYPAIR, SIGNATURE, COMMIT],
        commits: &[(CommitKind::Effect, "the new credential, without the ceremony's record")],
        check: |sim, reply| {
            assert_eq!(host_record(sim), None);
            signs_in(sim, reply);
        },
    },
    Case {
        name: "Manage::PutHost",
        profile: Profile::phone,
        prepare: two_accounts,
        action: |_| Action::PutHost(HOST_RECORD, HOST_DATA),
        steps: &[COMMIT],
        commits: &[(CommitKind::Effect, "a record of the host's own")],
        check: |sim, _| assert_eq!(host_record(sim).as_deref(), Some(HOST_DATA)),
    },
    Case {
        name: "Manage::RemoveHost",
        profile: Profile::phone,
        prepare: |sim| {
            two_accounts(sim);
            write_host_record(sim);
        },
        action: |_| Action::RemoveHost(HOST_RECORD),
        steps: &[COMMIT],
        commits: &[(CommitKind::Effect, "a record of the host's own is gone")],
        check: |sim, _| assert_eq!(host_record(sim), None),
    },
    Case {
        name: "makeCredential, rk, key of the host's",
        profile: with_keys_of_the_host,
        prepare: |sim| drop(register(sim, New::user(b"other"))),
        action: |_| Action::Request(registration().encode()),
        steps: &[USER, COMMIT, KEYPAIR, SIGNATURE, COMMIT],
        commits: &[
            (CommitKind::Guard, "the intent to make a key"),
            (CommitKind::Effect, "the new credential, without the intent"),
        ],
        check: signs_in,
    },
    Case {
        name: "makeCredential, rk, key of the host's, overwriting",
        profile: with_keys_of_the_host,
        prepare: |sim| drop(register(sim, New::user(b"user"))),
        action: |_| Action::Request(registration().encode()),
        steps: &[USER, COMMIT, KEYPAIR, SIGNATURE, COMMIT],
        commits: &[
            (CommitKind::Guard, "the intent to make a key"),
            (
                CommitKind::Effect,
                "the new credential, without the account's older ones; tombstones of their keys",
            ),
        ],
        check: signs_in,
    },
    Case {
        name: "Manage::Delete, key of the host's",
        profile: with_keys_of_the_host,
        prepare: two_accounts,
        action: |sim| Action::Delete(record_of(sim, b"user")),
        steps: &[COMMIT],
        commits: &[(CommitKind::Effect, "the credential is gone; a tombstone of its key")],
        check: |sim, _| assert!(meaning(sim).iter().all(|credential| credential.user != b"user")),
    },
    Case {
        name: "reset, keys of the host's",
        profile: with_keys_of_the_host,
        prepare: two_accounts,
        action: |_| Action::Request(vec![0x07]),
        steps: &[USER, COMMIT],
        commits: &[(
            CommitKind::Effect,
            "no record but the header of a new generation, and a tombstone of the old one's keys",
        )],
        check: |sim, _| assert!(meaning(sim).iter().all(|credential| credential.rp_id != SITE)),
    },
];

/// authenticatorConfig, enableLongTouchForReset.
const LONG_TOUCH_FOR_RESET: &[u8] = &[0x0D, 0xA1, 0x01, 0x04];

/// A phone that its clients may reset.
fn reset_by_clients(aaguid: [u8; 16]) -> Profile {
    Profile { reset: ResetPolicy::Anytime, ..Profile::phone(aaguid) }
}

/// An authenticator that counts signatures.
fn counting(aaguid: [u8; 16]) -> Profile {
    Profile { sign_count: SignCount::PerCredential, ..Profile::security_key(aaguid) }
}

/// An authenticator whose keys are in a keystore.
fn with_keys_of_the_host(aaguid: [u8; 16]) -> Profile {
    with_keystore(Profile { reset: ResetPolicy::Anytime, ..Profile::security_key(aaguid) })
}

impl Case {
    /// The authenticator before the command: the same bytes every time.
    pub(crate) fn build(&self) -> CutSim {
        let mut sim = Sim::over((self.profile)([0x33; 16]), Shared::default(), 1).expect("an empty store");
        (self.prepare)(&mut sim);
        sim.user.seen.clear();
        sim
    }

    /// Another process over the same store and keystore, with other randomness.
    pub(crate) fn other_process(&self, sim: &CutSim, seed: u64) -> CutSim {
        let store = sim.world.store.inner.clone();
        let mut other = Sim::over((self.profile)([0x33; 16]), store, seed).expect("the same store");
        other.keys.keystore = sim.keys.keystore.clone();
        other
    }

    /// Whether its keys are with a backend of the host's.
    pub(crate) fn has_host_keys(&self) -> bool {
        self.name.contains("of the host's")
    }

    /// The first step.
    pub(crate) fn begin(&self, sim: &mut CutSim) -> Step {
        let action = (self.action)(sim);
        begin(sim, &action)
    }

    /// How many commits come before the effect.
    pub(crate) fn guards(&self) -> usize {
        self.commits.iter().filter(|(kind, _)| *kind == CommitKind::Guard).count()
    }

    /// Whether the user has proven something for the commit at this place, by PIN or by finger.
    pub(crate) fn follows_proof(&self, place: usize) -> bool {
        match self.commits.first() {
            Some((CommitKind::Guard, SPENT)) => place > 0,
            _ => self.name == "clientPIN, persistent token by verification",
        }
    }

    /// The steps before the effect is asked for.
    pub(crate) fn before_effect(&self) -> &'static [&'static str] {
        let effect = self.steps.iter().rposition(|step| *step == COMMIT && self.commits_effect());
        &self.steps[..effect.unwrap_or(self.steps.len())]
    }

    pub(crate) fn commits_effect(&self) -> bool {
        self.commits.iter().any(|(kind, _)| *kind == CommitKind::Effect)
    }

    /// The status of its reply when the store is full.
    pub(crate) fn full(&self) -> u8 {
        match self.name {
            name if name.starts_with("largeBlobs") || name.contains("ReplaceLargeBlobs") => 0x18,
            // LBX-04: that there is no room is no error.
            name if name.ends_with("largeBlob, write") => 0x00,
            _ => 0x28,
        }
    }

    /// The status of its reply when nothing goes wrong.
    pub(crate) fn status(&self) -> u8 {
        match self.name {
            name if name.ends_with("excluded") => 0x19,
            name if name.ends_with("wrong PIN") => 0x31,
            name if name.ends_with("too short") => 0x37,
            _ => 0x00,
        }
    }
}

pub(crate) fn begin(sim: &mut CutSim, action: &Action) -> Step {
    let requester = sim.requester;
    let command = match action {
        Action::Request(bytes) => decode(bytes, 7609).expect("the request is valid"),
        Action::Supersede(bytes) => match decode(bytes, 7609) {
            Ok(Command::MakeCredential(request)) => {
                let replacement = Replacement::Supersede;
                Command::MakeCredential(authenticator_core::MakeCredential { replacement, ..request })
            }
            _ => panic!("a registration"),
        },
        Action::Reset => Command::Manage(Manage::Reset),
        Action::Delete(record) => Command::Manage(Manage::Delete(*record)),
        Action::UseUp(record, bytes) => {
            sim.world.session.use_up(*record);
            decode(bytes, 7609).expect("the request is valid")
        }
        Action::PutHost(record, bytes) => Command::Manage(Manage::PutHost { record: *record, bytes }),
        Action::RemoveHost(record) => Command::Manage(Manage::RemoveHost(*record)),
        Action::SetHostData(record, bytes) => Command::Manage(Manage::SetHostData(*record, bytes)),
        Action::SetPin(text) => Command::Manage(Manage::SetPin(text)),
        Action::ReplaceLargeBlobs(read, array) => {
            Command::Manage(Manage::ReplaceLargeBlobs { read: *read, array })
        }
    };
    command.begin(&mut sim.world.context(), requester)
}

pub(crate) const fn name(step: &Step) -> &'static str {
    match step {
        Step::NeedsUser(_) => USER,
        Step::NeedsKeypair(_) => KEYPAIR,
        Step::NeedsSignature(_) => SIGNATURE,
        Step::NeedsCommit(_) => COMMIT,
        Step::Done(_) => "Done",
    }
}

/// Answers steps to the end, the hint included. The names of the steps, and the reply.
pub(crate) fn finish(sim: &mut CutSim, mut step: Step) -> (Vec<&'static str>, Reply) {
    let mut trace = Vec::new();
    loop {
        if let Step::Done(done) = &step {
            let reply = reply(sim, done);
            sim.world.write_hint(done);
            return (trace, reply);
        }
        assert!(trace.len() < 100, "it never ends: {trace:?}");
        trace.push(name(&step));
        step = sim.answer(step);
    }
}

pub(crate) fn reply(sim: &CutSim, done: &Done) -> Reply {
    let mut bytes = [0; 1024];
    let length = done.encode(&sim.world.session, &mut bytes);
    Reply::new(&bytes[..length]).expect("every reply has a status byte")
}

/// Whatever happened before, the next commands work.
pub(crate) fn assert_works(sim: &mut CutSim, context: &str) {
    let credential = register(sim, New::user(b"next").at("next.example"));
    let reply = sim.send(&get_assertion("next.example").list([id(&credential)]));
    assert!(reply.is_signed_by(&credential, &CLIENT_DATA_HASH), "{context}: the next sign-in");
}

fn registration() -> Request {
    make_credential(SITE, b"user").option("rk", true)
}

pub(crate) fn two_accounts(sim: &mut CutSim) {
    register(sim, New::user(b"other"));
    register(sim, New::user(b"user"));
}

pub(crate) fn record_of(sim: &mut CutSim, user: &[u8]) -> RecordId {
    let mut found = None;
    let mut context = sim.world.context();
    let vault = context.vault().expect("the store can be read");
    let _ = vault.credentials(None, &mut |listed| {
        if let authenticator_core::store::Listed::Credential(entry) = listed
            && entry.credential.user.id.as_slice() == user
        {
            found = Some(entry.record);
        }
        std::ops::ControlFlow::Continue(())
    });
    found.expect("it is registered")
}

const HOST_RECORD: RecordId = RecordId([0x77; 16]);

fn write_host_record(sim: &mut CutSim) {
    let put = Manage::PutHost { record: HOST_RECORD, bytes: b"ceremony" };
    assert!(sim.run(Command::Manage(put)).result.is_ok());
}

fn host_record(sim: &mut CutSim) -> Option<Vec<u8>> {
    let mut context = sim.world.context();
    let vault = context.vault().expect("the store can be read");
    vault.host_record(HOST_RECORD, |bytes| bytes.0.to_vec()).expect("the store can be read")
}

/// The credential of a registration's reply signs in.
fn signs_in(sim: &mut CutSim, reply: &Reply) {
    let credential = reply.auth_data().expect("a registration has authenticator data");
    let signed = sim.send(&get_assertion(SITE).list([id(&credential)]));
    assert!(signed.is_signed_by(&credential, &CLIENT_DATA_HASH), "the new credential signs in");
}

/// What the new credential keeps is what was given and promised.
fn keeps(sim: &mut CutSim, reply: &Reply) {
    signs_in(sim, reply);
    let credential = reply.auth_data().expect("a registration has authenticator data");
    let request = get_assertion(SITE).list([id(&credential)]).extension("largeBlobKey", true);
    let kept = sim.send(&request.extension("credBlob", true).extension("thirdPartyPayment", true));
    assert!(reply.member(0x05).is_some());
    assert_eq!(kept.member(0x07), reply.member(0x05));
    let outputs = map([("credBlob", bytes(BLOB)), ("thirdPartyPayment", true.into())]);
    assert_eq!(kept.auth_data().expect("an assertion has authenticator data").extensions, Some(outputs));
}

fn asserted(_: &mut CutSim, reply: &Reply) {
    assert_eq!(reply.auth_data().expect("an assertion has authenticator data").sign_count, 0);
    assert!(reply.credential_id().is_some());
}

fn counted(_: &mut CutSim, reply: &Reply) {
    assert!(reply.auth_data().expect("an assertion has authenticator data").sign_count > 0);
}
