//! makeCredential: a request that breaks two rules gets the code of the first (CTAP 2.3 §6.1.2, in the order of its
//! steps), for every pair of the rules that need no PIN.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use authenticator_core::key::KeyError;
use authenticator_core::store::{CommitError, MemoryStore};
use authenticator_core::{
    Ask, Error, LargeBlobStorage, Management, PinUvAuthError, Profile, Refusal, RequestError, decode,
};
use authenticator_testkit::cbor::{array, bytes, map};
use authenticator_testkit::request::{Request, algorithm, make_credential};
use authenticator_testkit::{Answer, Mood, Sim};

const RP: &str = "example.com";

/// Room for the header and two credentials.
type Store = MemoryStore<3>;

/// A registration that would succeed, before breakers have been at it.
struct Scene {
    profile: Profile,
    request: Request,
    exclude: Vec<Vec<u8>>,
    trailing: &'static [u8],
    answer: Answer,
    mood: Mood,
    store_is_full: bool,
    /// The credential that is there already.
    registered: Vec<u8>,
}

/// Breaks one rule.
struct Breaker {
    name: &'static str,
    /// The place of the rule in the order. Rules of one place exclude each other, or the specification does not order
    /// them.
    place: u8,
    status: u8,
    error: Error,
    break_it: fn(&mut Scene),
}

const BREAKERS: [Breaker; 23] = [
    breaker("malformed", 0, 0x12, Error::Request(RequestError::Malformed), |scene| scene.trailing = &[0x00]),
    breaker("wrong type", 1, 0x11, Error::Request(RequestError::WrongType), |scene| scene.set(0x0B, 1)),
    breaker("missing member", 2, 0x14, Error::Request(RequestError::Missing), |scene| {
        scene.request = scene.request.clone().without(0x02);
    }),
    breaker("user.id too long", 3, 0x03, Error::Request(RequestError::UserIdLength), |scene| {
        scene.set(0x03, authenticator_testkit::cbor::map([("id", bytes(&[1; 65]))]));
    }),
    breaker("hash too short", 3, 0x02, Error::Request(RequestError::HashLength), |scene| {
        scene.set(0x01, bytes(&[1; 31]));
    }),
    breaker("credProtect 4", 3, 0x02, Error::Request(RequestError::CredProtect), |scene| {
        scene.request = scene.request.clone().extension("credProtect", 4);
    }),
    breaker(
        "unsupported protocol",
        4,
        0x02,
        Error::PinUvAuth(PinUvAuthError::UnsupportedProtocol),
        |scene| {
            scene.set(0x08, bytes(&[1; 16]));
            scene.set(0x09, 3);
        },
    ),
    breaker("no protocol", 4, 0x14, Error::PinUvAuth(PinUvAuthError::NoProtocol), |scene| {
        scene.set(0x08, bytes(&[1; 16]));
    }),
    breaker("no algorithm", 5, 0x26, Error::UnsupportedAlgorithm, |scene| {
        scene.set(0x04, array([algorithm(-257)]));
    }),
    breaker("uv", 6, 0x2C, Error::VerificationUnavailable, |scene| scene.option("uv", true)),
    breaker("rk", 7, 0x2B, Error::ResidentKeyOption, |scene| {
        scene.profile.discoverable = false;
        scene.profile.management = Management::OnDisplay;
    }),
    breaker("no up", 8, 0x2C, Error::PresenceNotOptional, |scene| scene.option("up", false)),
    breaker("long list", 9, 0x15, Error::ListTooLong, |scene| {
        scene.exclude.extend((0..11).map(|index| vec![index; 32]));
    }),
    breaker("alwaysUv", 10, 0x36, Error::TokenDemanded, |scene| scene.profile.always_uv = true),
    breaker("enterprise attestation", 11, 0x02, Error::EnterpriseAttestation, |scene| scene.set(0x0A, 1)),
    breaker("largeBlobKey false", 12, 0x2C, Error::LargeBlobKeyOption, |scene| {
        scene.profile.large_blobs = LargeBlobStorage::Array { max: 1024 };
        scene.request = scene.request.clone().extension("largeBlobKey", false);
    }),
    breaker("hmac-secret-mc alone", 12, 0x14, Error::Request(RequestError::Missing), |scene| {
        let salts =
            map([(1, map([(-2, bytes(&[1; 32])), (-3, bytes(&[2; 32]))])), (2, bytes(&[])), (3, bytes(&[]))]);
        scene.request = scene.request.clone().extension("hmac-secret-mc", salts);
    }),
    // The wait that goes before CREDENTIAL_EXCLUDED can be cancelled; any other answer to it makes no difference.
    breaker("cancelled", 13, 0x2D, Error::Refused(Refusal::Cancelled, Ask::Presence), |scene| {
        scene.answer = Answer::Refuse(Refusal::Cancelled);
    }),
    breaker("excluded", 14, 0x19, Error::Excluded, |scene| scene.exclude.push(scene.registered.clone())),
    breaker("declined", 15, 0x27, Error::Refused(Refusal::Declined, Ask::Presence), |scene| {
        scene.answer = Answer::Refuse(Refusal::Declined);
    }),
    breaker("timed out", 15, 0x27, Error::Refused(Refusal::TimedOut, Ask::Presence), |scene| {
        scene.answer = Answer::Refuse(Refusal::TimedOut);
    }),
    breaker("no key", 16, 0x7F, Error::Key(KeyError::Failed), |scene| {
        scene.mood = Mood::Fails(KeyError::Failed)
    }),
    breaker("store full", 17, 0x28, Error::Commit(CommitError::Full), |scene| scene.store_is_full = true),
];

const fn breaker(
    name: &'static str,
    place: u8,
    status: u8,
    error: Error,
    break_it: fn(&mut Scene),
) -> Breaker {
    Breaker { name, place, status, error, break_it }
}

impl Scene {
    fn set(&mut self, key: i64, value: impl Into<authenticator_testkit::cbor::Value>) {
        self.request = self.request.clone().with(key, value);
    }

    fn option(&mut self, name: &str, value: bool) {
        self.request = self.request.clone().option(name, value);
    }
}

/// Runs a registration with these rules broken; `Ok` when it succeeded all the same.
fn run(breakers: &[&Breaker]) -> Result<(), (u8, Error)> {
    let mut before = Sim::over(Profile::security_key([0; 16]), Store::new(), 1).unwrap();
    let register = |user: &[u8]| make_credential(RP, user).option("rk", true);
    let registered = before.send(&register(b"user 0")).auth_data().unwrap().credential_id.unwrap();
    let mut scene = Scene {
        profile: Profile::security_key([0; 16]),
        request: register(b"user 1"),
        exclude: Vec::new(),
        trailing: &[],
        answer: Answer::Comply,
        mood: Mood::Willing,
        store_is_full: false,
        registered,
    };
    breakers.iter().for_each(|breaker| (breaker.break_it)(&mut scene));
    if scene.store_is_full {
        assert_eq!(before.send(&register(b"user 2")).status, 0x00);
    }
    let store = before.world.store.inner.clone();
    let mut sim = Sim::over(scene.profile, store, 2).unwrap();
    sim.user.habit = scene.answer;
    sim.keys.will(scene.mood);
    let request = match scene.exclude.as_slice() {
        [] => scene.request,
        ids => scene.request.list(ids.iter().map(Vec::as_slice)),
    };
    let request = [request.encode().as_slice(), scene.trailing].concat();
    let result = match decode(&request, 1200) {
        Ok(command) => sim.run(command).result.map(|_| ()),
        Err(error) => Err(error.into()),
    };
    result.map_err(|error| match error {
        // MC-20: whatever the answer to the touch was, the rule broken is the same.
        Error::ExcludedUnagreed(_) => (error.status().code(), Error::Excluded),
        error => (error.status().code(), error),
    })
}

/// Covers: MC-01, MC-02, MC-04, MC-05, MC-08, MC-09, MC-10, MC-11, MC-12, MC-15, MC-20, MC-23, MC-25, CPR-04
#[test]
fn mc01_each_rule_broken_alone_has_its_own_code() {
    assert_eq!(run(&[]), Ok(()), "with no rule broken there is a credential");
    for breaker in &BREAKERS {
        assert_eq!(run(&[breaker]), Err((breaker.status, breaker.error)), "{}", breaker.name);
    }
}

/// Covers: MC-01, MC-02, MC-04, MC-05, MC-08, MC-09, MC-10, MC-11, MC-12, MC-15, MC-20, MC-23, MC-25, CPR-04
#[test]
fn mc01_of_two_broken_rules_the_first_decides() {
    let mut pairs = 0;
    for first in &BREAKERS {
        for second in BREAKERS.iter().filter(|second| first.place < second.place) {
            // One person gives one answer.
            if first.name == "cancelled" && second.place == 15 {
                continue;
            }
            pairs += 1;
            for order in [[first, second], [second, first]] {
                assert_eq!(
                    run(&order),
                    Err((first.status, first.error)),
                    "{} and {}",
                    first.name,
                    second.name
                );
            }
        }
    }
    // All pairs, less those of one place (three value checks, two protocols, two extensions, two refusals) and the two left
    // out above.
    assert_eq!(pairs, 23 * 22 / 2 - 3 - 1 - 1 - 1 - 2);
}

/// All rules broken at once: from the first to the last, each decides once those before it are kept.
#[test]
fn mc01_the_whole_order_unwinds_rule_by_rule() {
    for place in 0..=17 {
        let from_here: Vec<_> = BREAKERS
            .iter()
            .filter(|breaker| breaker.place >= place && stands_for_its_place(breaker, place))
            .collect();
        let first = from_here.first().unwrap();
        assert_eq!(run(&from_here), Err((first.status, first.error)), "{}", first.name);
    }
}

/// One breaker of each place; the one person of the scene cancels, and declines only once that has been seen.
fn stands_for_its_place(breaker: &Breaker, from: u8) -> bool {
    match breaker.name {
        "hash too short" | "credProtect 4" | "no protocol" | "hmac-secret-mc alone" | "timed out" => false,
        "declined" => from > 13,
        _ => true,
    }
}

/// Steps 7 and 8 demand verification of a protected authenticator, where step 5 has no fault to find.
/// Covers: MC-14, MC-10, MC-11, MC-15
#[test]
fn mc13_protection_comes_after_the_options_and_the_list_and_before_enterprise_attestation() {
    for not_required in [true, false] {
        let profile = Profile { make_cred_uv_not_rqd: not_required, ..Profile::phone([0; 16]) };
        let demands = make_credential(RP, b"user 1").option("rk", true);
        let long: Vec<_> = (0..65_u8).map(|index| [index; 32]).collect();
        let cases = [
            (demands.clone(), 0x27),
            (demands.clone().option("up", false), 0x2C),
            (demands.clone().list(long.iter().map(<[u8; 32]>::as_slice)), 0x15),
            (demands.clone().with(0x04, array([algorithm(-257)])), 0x26),
            (demands.clone().with(0x0A, 1), 0x27),
            (demands.option("uv", true).with(0x0A, 1), 0x02),
        ];
        for (request, status) in cases {
            let mut sim = Sim::new(profile.clone());
            assert_eq!(sim.send(&request).status, status, "{request:?}");
            assert!(sim.user.seen.is_empty(), "{request:?}");
        }
    }
}
