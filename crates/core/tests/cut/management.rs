//! authenticatorCredentialManagement, cut. Its token is one by a finger, which commits nothing.

use crate::commands::{Action, COMMIT, Case, record_of, two_accounts};
use crate::pin::{CM, token_by_verification};
use crate::sign_in::{New, SITE, register};
use crate::world::{CutSim, meaning};
use authenticator_core::store::CommitKind;
use authenticator_core::{BuiltInVerification, Profile, ResetPolicy};
use authenticator_testkit::cbor::{bytes, map};
use authenticator_testkit::pin::Platform;
use authenticator_testkit::request::{Request, credential_management, descriptor};
use authenticator_testkit::with_keystore;
use sha2::{Digest, Sha256};

const NEW_NAME: &str = "bob";

pub(crate) const MANAGEMENT_CASES: [Case; 8] = [
    Case {
        name: "credentialManagement, getCredsMetadata",
        profile: with_fingers,
        prepare: two_accounts,
        action: |sim| authorised(sim, credential_management(0x01)),
        steps: &[],
        commits: &[],
        check: |_, reply| assert_eq!(reply.member(0x01), Some(2.into())),
    },
    Case {
        name: "credentialManagement, enumerateRPsBegin",
        profile: with_fingers,
        prepare: two_sites,
        action: |sim| authorised(sim, credential_management(0x02)),
        steps: &[],
        commits: &[],
        check: |_, reply| assert_eq!(reply.member(0x05), Some(2.into())),
    },
    Case {
        name: "credentialManagement, enumerateRPsGetNextRP",
        profile: with_fingers,
        prepare: two_sites,
        action: |sim| next(sim, credential_management(0x02), 0x03),
        steps: &[],
        commits: &[],
        check: |_, reply| assert_eq!(reply.member(0x04), Some(bytes(&Sha256::digest(SITE)))),
    },
    Case {
        name: "credentialManagement, enumerateCredentialsBegin",
        profile: with_fingers,
        prepare: two_accounts,
        action: |sim| authorised(sim, of_site()),
        steps: &[],
        commits: &[],
        check: |_, reply| assert_eq!(reply.member(0x09), Some(2.into())),
    },
    Case {
        name: "credentialManagement, enumerateCredentialsGetNextCredential",
        profile: with_fingers,
        prepare: two_accounts,
        action: |sim| next(sim, of_site(), 0x05),
        steps: &[],
        commits: &[],
        check: |sim, reply| {
            let oldest = meaning(sim).pop().expect("it is registered");
            assert_eq!(reply.member(0x07), Some(descriptor(&oldest.id)));
        },
    },
    Case {
        name: "credentialManagement, deleteCredential",
        profile: with_fingers,
        prepare: two_accounts,
        action: deletion,
        steps: &[COMMIT],
        commits: &[(CommitKind::Effect, "the credential is gone")],
        check: |sim, _| assert!(meaning(sim).iter().all(|credential| credential.user != b"user")),
    },
    Case {
        name: "credentialManagement, deleteCredential, key of the host's",
        profile: |aaguid| with_keystore(Profile { reset: ResetPolicy::Anytime, ..with_fingers(aaguid) }),
        prepare: two_accounts,
        action: deletion,
        steps: &[COMMIT],
        commits: &[(CommitKind::Effect, "the credential is gone; a tombstone of its key")],
        check: |sim, _| assert!(meaning(sim).iter().all(|credential| credential.user != b"user")),
    },
    Case {
        name: "credentialManagement, updateUserInformation",
        profile: with_fingers,
        prepare: two_accounts,
        action: |sim| {
            let user = map([("id", bytes(b"user")), ("name", NEW_NAME.into())]);
            let parameters = [(0x02, named(sim)), (0x03, user)];
            authorised(sim, credential_management(0x07).parameters(parameters))
        },
        steps: &[COMMIT],
        commits: &[(CommitKind::Effect, "the credential with the account's new names")],
        check: |sim, _| {
            let mut names: Vec<_> = meaning(sim).into_iter().filter_map(|found| found.name).collect();
            names.retain(|name| name == NEW_NAME);
            assert_eq!(names.len(), 1);
        },
    },
];

/// Registers with a finger, and gives tokens for one.
fn with_fingers(aaguid: [u8; 16]) -> Profile {
    let verification = BuiltInVerification::Configured;
    Profile { verification, ..Profile::security_key(aaguid) }
}

fn two_sites(sim: &mut CutSim) {
    two_accounts(sim);
    register(sim, New::user(b"user").at("example.org"));
}

fn of_site() -> Request {
    credential_management(0x04).parameters([(0x01, bytes(&Sha256::digest(SITE)))])
}

/// The descriptor of the account's credential.
fn named(sim: &mut CutSim) -> authenticator_testkit::cbor::Value {
    let record = record_of(sim, b"user");
    let read = sim
        .world
        .context()
        .vault()
        .expect("a store")
        .by_record(record, |entry| descriptor(entry.credential.id.as_slice()));
    read.expect("the store can be read").expect("it is registered")
}

fn deletion(sim: &mut CutSim) -> Action {
    let parameters = [(0x02, named(sim))];
    authorised(sim, credential_management(0x06).parameters(parameters))
}

fn signed(sim: &mut CutSim, request: Request) -> Request {
    let platform = Platform::connect(sim, 2);
    let reply = sim.send(&token_by_verification(&platform, CM, None));
    platform.token(&reply).expect("a finger gives a token").manages(request)
}

fn authorised(sim: &mut CutSim, request: Request) -> Action {
    Action::Request(signed(sim, request).encode())
}

/// A list that has begun goes on.
fn next(sim: &mut CutSim, begins: Request, next: u8) -> Action {
    let begins = signed(sim, begins);
    assert_eq!(sim.send(&begins).status, 0x00);
    Action::Request(credential_management(next).encode())
}
