//! hmac-secret: the same salts give the same secrets, to the right platform alone.

use super::{key, output, profiles, registered, registration, registration_with, sign_in};
use crate::pin::{PROTOCOLS, SITE, token, unplug, with_pin};
use authenticator_core::credential::ClientDataHash;
use authenticator_core::store::Store;
use authenticator_core::{
    AmongNamed, AssertionExtensions, Command, Context, CredentialList, GetAssertion, HmacSecret, PinUvAuth,
    PlainSalts, Profile, Refusal, Reply as CoreReply, Requester, Salts,
};
use authenticator_host::blocking;
use authenticator_testkit::cbor::{Value, bytes, map};
use authenticator_testkit::pin::Platform;
use authenticator_testkit::request::{Request, get_assertion, make_credential};
use authenticator_testkit::{Answer, Sim};

const SALT: [u8; 32] = [0x5A; 32];
const SALTS: [u8; 64] = [0x5B; 64];
const NAME: &str = "hmac-secret";

/// What the platform reads from the reply to this sign-in with these salts.
pub(super) fn secrets<S: Store>(sim: &mut Sim<S>, protocol: u64, request: &Request, salts: &[u8]) -> Vec<u8> {
    let platform = Platform::connect(sim, protocol);
    let reply = sim.send(&request.clone().extension(NAME, platform.salts(salts)));
    let sealed = output(&reply, NAME).unwrap();
    platform.decrypt(sealed.as_bytes().unwrap()).unwrap()
}

fn changed(salts: Value, change: impl FnOnce(&mut Vec<(Value, Value)>)) -> Value {
    let mut members = salts.into_map().unwrap();
    change(&mut members);
    Value::Map(members)
}

fn put(salts: Value, member: i64, value: impl Into<Value>) -> Value {
    changed(salts, |members| {
        let place = members.iter().position(|(key, _)| *key == member.into()).unwrap();
        members[place].1 = value.into();
    })
}

fn without(salts: Value, member: i64) -> Value {
    changed(salts, |members| members.retain(|(key, _)| *key != member.into()))
}

#[test]
fn hs01_a_registration_that_asks_is_told_so_and_no_other() {
    for profile in profiles() {
        for rk in [true, false] {
            let mut sim = Sim::new(profile.clone());
            let plain = registration_with(&sim, rk);
            let asked = |value| plain.clone().extension(NAME, value);
            assert_eq!(output(&sim.send(&asked(true)), NAME), Some(Value::Bool(true)));
            assert_eq!(output(&sim.send(&asked(false)), NAME), None);
            assert_eq!(output(&sim.send(&plain), NAME), None);
        }
    }
}

/// Covers: HS-02, HS-06
#[test]
fn hs12_every_credential_has_secrets_whether_they_were_asked_for_or_not() {
    for (rk, asked) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut sim = key();
        let id = registered(&mut sim, &registration(rk).extension(NAME, asked));
        let secret = secrets(&mut sim, 2, &sign_in(&id), &SALT);
        assert_eq!(secret.len(), 32);
        let other = registered(&mut sim, &make_credential(SITE, b"other").option("rk", rk));
        assert_ne!(secrets(&mut sim, 2, &sign_in(&other), &SALT), secret, "HS-09: of each its own");
        assert_ne!(secrets(&mut sim, 2, &sign_in(&id), &[0x5C; 32]), secret, "of each salt its own");
    }
}

/// Covers: HS-04, HS-08
#[test]
fn hs07_one_salt_or_two_under_each_protocol_without_a_pin() {
    let mut sim = key();
    let id = registered(&mut sim, &registration(true));
    for (protocol, salts, length) in
        [(1, &SALTS[..32], 32), (1, &SALTS, 64), (2, &SALTS[..32], 48), (2, &SALTS, 80)]
    {
        let platform = Platform::connect(&mut sim, protocol);
        let request = |salts| sign_in(&id).extension(NAME, salts);
        let sealed = output(&sim.send(&request(platform.salts(salts))), NAME).unwrap();
        assert_eq!(sealed.as_bytes().unwrap().len(), length);
        let opened = platform.decrypt(sealed.as_bytes().unwrap()).unwrap();
        assert_eq!(opened.len(), salts.len());
        assert_eq!(opened[..32], secrets(&mut sim, 3 - protocol, &sign_in(&id), &salts[..32]), "in order");
        if protocol == 1 {
            // HS-04: no number is number one.
            let platform = Platform::connect(&mut sim, 1);
            let unnumbered = without(platform.salts(salts), 4);
            let sealed = output(&sim.send(&request(unnumbered)), NAME).unwrap();
            assert_eq!(platform.decrypt(sealed.as_bytes().unwrap()).unwrap(), opened);
        }
    }
    let both = secrets(&mut sim, 2, &sign_in(&id), &[[1; 32], [2; 32]].concat());
    let swapped = secrets(&mut sim, 2, &sign_in(&id), &[[2; 32], [1; 32]].concat());
    assert_eq!((&both[..32], &both[32..]), (&swapped[32..], &swapped[..32]));
}

#[test]
fn hs03_the_input_has_three_required_members_of_their_types() {
    let mut sim = key();
    let id = registered(&mut sim, &registration(true));
    let platform = Platform::connect(&mut sim, 2);
    let salts = || platform.salts(&SALT);
    let status = |sim: &mut Sim, salts: Value| sim.send(&sign_in(&id).extension(NAME, salts)).status;
    for member in 1..=3 {
        assert_eq!(status(&mut sim, without(salts(), member)), 0x14, "without {member}");
    }
    assert_eq!(status(&mut sim, map([(0, 0); 0])), 0x14);
    for (member, wrong) in
        [(1, Value::from(1)), (2, "text".into()), (3, Value::Null), (4, bytes(&[2])), (4, (-1).into())]
    {
        assert_eq!(status(&mut sim, put(salts(), member, wrong.clone())), 0x11, "{member}: {wrong:?}");
    }
    for wrong in [Value::Bool(true), Value::from(1), bytes(&SALT), Value::Array(vec![])] {
        assert_eq!(status(&mut sim, wrong.clone()), 0x11, "{wrong:?}");
    }
    let with_more = changed(salts(), |members| members.push((5.into(), Value::Null)));
    assert_eq!(status(&mut sim, with_more), 0x00, "GEN-10");
}

/// Makes something wrong with salts.
type Fault = fn(&Platform, Value) -> Value;

/// What can be wrong, in the order in which it is said. Each breaks one rule and leaves those before it alone.
const FAULTS: [(&str, u8, Fault); 4] = [
    ("protocol", 0x02, |_, salts| put(salts, 4, 3)),
    ("key", 0x02, |_, salts| {
        let off_curve = map([
            (1, Value::from(2)),
            (3, Value::from(-25)),
            (-1, Value::from(1)),
            (-2, bytes(&[7; 32])),
            (-3, bytes(&[7; 32])),
        ]);
        put(salts, 1, off_curve)
    }),
    ("authentication", 0x33, |_, salts| put(salts, 3, bytes(&[0; 32]))),
    ("length", 0x02, |platform, salts| {
        let wrong = platform.encrypt(&[1; 48]);
        put(put(salts, 2, bytes(&wrong)), 3, bytes(&platform.authenticate(&wrong)))
    }),
];

/// Covers: HS-04, EXT-04
#[test]
fn hs05_the_first_fault_decides_and_only_once_the_user_has_agreed() {
    let mut sim = key();
    let id = registered(&mut sim, &registration(true));
    let platform = Platform::connect(&mut sim, 2);
    for (place, (name, status, fault)) in FAULTS.iter().enumerate() {
        let mut broken = fault(&platform, platform.salts(&SALT));
        let request = |salts: &Value| sign_in(&id).extension(NAME, salts.clone());
        sim.user.seen.clear();
        assert_eq!(sim.send(&request(&broken)).status, *status, "{name}");
        assert_eq!(sim.user.seen.len(), 1, "{name}: after the touch");
        sim.user.will(Answer::Refuse(Refusal::Declined));
        assert_eq!(sim.send(&request(&broken)).status, 0x27, "{name}: what the user says comes first");
        assert_eq!(sim.send(&get_assertion("other.example").extension(NAME, broken.clone())).status, 0x2E);
        assert_eq!(sim.send(&request(&broken).option("up", false)).status, 0x2B, "{name}");
        for (later, _, fault) in &FAULTS[place + 1..] {
            // A fault that comes later, of those that do not take back the earlier.
            if *later != "length" || *name != "authentication" {
                broken = fault(&platform, broken);
                assert_eq!(sim.send(&request(&broken)).status, *status, "{name} before {later}");
            }
        }
    }
}

#[test]
fn hs05_salts_of_any_other_length_are_refused() {
    let mut sim = key();
    let id = registered(&mut sim, &registration(true));
    for protocol in PROTOCOLS {
        for length in [0, 16, 48, 80, 96, 128] {
            let platform = Platform::connect(&mut sim, protocol);
            let request = sign_in(&id).extension(NAME, platform.salts(&vec![1; length]));
            assert_eq!(sim.send(&request).status, 0x02, "{length} under {protocol}");
        }
        let platform = Platform::connect(&mut sim, protocol);
        for ragged in [1, 15, 17, 31, 33, 63, 65] {
            let salt_enc = vec![1; ragged];
            let salts = put(platform.salts(&SALT), 2, bytes(&salt_enc));
            let salts = put(salts, 3, bytes(&platform.authenticate(&salt_enc)));
            assert_eq!(sim.send(&sign_in(&id).extension(NAME, salts)).status, 0x02, "{ragged}");
        }
    }
}

#[test]
fn hs05_ga13_a_silent_look_gets_no_secret() {
    for profile in profiles() {
        let mut sim = Sim::new(profile);
        let request = registration_with(&sim, true);
        let id = registered(&mut sim, &request);
        let platform = Platform::connect(&mut sim, 2);
        let request = sign_in(&id).option("up", false);
        assert_eq!(sim.send(&request).status, 0x00);
        sim.user.seen.clear();
        assert_eq!(sim.send(&request.extension(NAME, platform.salts(&SALT))).status, 0x2B);
        assert!(sim.user.seen.is_empty());
    }
}

/// Covers: HS-06
#[test]
fn hs09_the_same_over_power_cycles_and_another_with_verification() {
    let [profile, _] = profiles();
    let mut sim = with_pin(profile);
    let mut ids = Vec::new();
    for rk in [true, false] {
        let by_token = token(&mut sim, 0x01).proves(registration(rk));
        ids.push(registered(&mut sim, &by_token));
    }
    for id in &ids {
        let verified = |sim: &mut Sim| {
            let token = token(sim, 0x02);
            secrets(sim, 2, &token.proves(sign_in(id)), &SALTS)
        };
        let plain = secrets(&mut sim, 1, &sign_in(id), &SALTS);
        let sure = verified(&mut sim);
        assert_ne!(plain, sure);
        for _ in 0..3 {
            unplug(&mut sim);
            assert_eq!(secrets(&mut sim, 2, &sign_in(id), &SALTS), plain);
            assert_eq!(verified(&mut sim), sure);
        }
    }
}

/// Covers: GN-04
#[test]
fn hs10_each_of_several_assertions_has_the_secret_of_its_credential() {
    for protocol in PROTOCOLS {
        let mut sim = key();
        let ids: Vec<_> = [b"one", b"two", b"six"]
            .iter()
            .map(|user| registered(&mut sim, &make_credential(SITE, *user).option("rk", true)))
            .collect();
        let alone: Vec<_> = ids.iter().map(|id| secrets(&mut sim, protocol, &sign_in(id), &SALT)).collect();
        let platform = Platform::connect(&mut sim, protocol);
        let mut reply = sim.send(&get_assertion(SITE).extension(NAME, platform.salts(&SALT)));
        let mut sealed = Vec::new();
        for place in (0..3).rev() {
            assert_eq!(reply.credential_id().unwrap(), ids[place]);
            let output = output(&reply, NAME).unwrap().into_bytes().unwrap();
            assert_eq!(platform.decrypt(&output).unwrap(), alone[place]);
            sealed.push(output);
            if place > 0 {
                reply = sim.send_bytes(&[0x08]);
            }
        }
        assert!(protocol == 1 || sealed[0][..16] != sealed[1][..16], "a fresh IV each time");
        assert_eq!(sim.send_bytes(&[0x08]).status, 0x30, "and the salts are gone with the list");
    }
}

/// A command in between wipes the salts together with the list.
#[test]
fn hs10_nothing_is_left_after_another_command() {
    let mut sim = key();
    for user in [b"one", b"two"] {
        registered(&mut sim, &make_credential(SITE, user).option("rk", true));
    }
    let platform = Platform::connect(&mut sim, 2);
    assert_eq!(sim.send(&get_assertion(SITE).extension(NAME, platform.salts(&SALT))).status, 0x00);
    assert_eq!(sim.send_bytes(&[0x04]).status, 0x00);
    assert_eq!(sim.send_bytes(&[0x08]).status, 0x30);
}

#[test]
fn hs11_without_the_extension_its_input_is_passed_over() {
    let [profile, _] = profiles();
    let mut sim = Sim::new(Profile { hmac_secret: HmacSecret::Unsupported, ..profile });
    let asked = registration(true).extension(NAME, true);
    let reply = sim.send(&asked);
    assert_eq!(output(&reply, NAME), None);
    let id = reply.auth_data().unwrap().credential_id.unwrap();
    let platform = Platform::connect(&mut sim, 2);
    let reply = sim.send(&sign_in(&id).extension(NAME, put(platform.salts(&SALT), 3, bytes(&[0; 32]))));
    assert_eq!(output(&reply, NAME), None);
}

/// The host that is its own client gets the same secrets as a client of CTAP, and signs nothing of them.
#[test]
fn hs06_the_hosts_own_salts_give_the_same_secrets() {
    let [_, phone] = profiles();
    let mut sim = Sim::new(phone);
    let request = registration_with(&sim, true);
    let id = registered(&mut sim, &request);
    for uv in [false, true] {
        let over_ctap = secrets(&mut sim, 2, &sign_in(&id).option("uv", uv), &[[1; 32], [2; 32]].concat());
        for second in [None, Some(&[2; 32])] {
            let salts = Salts::Plain(PlainSalts { first: &[1; 32], second });
            let request = GetAssertion {
                rp_id: SITE,
                client_data_hash: ClientDataHash([0; 32]),
                allow: CredentialList::default(),
                among_named: AmongNamed::Newest,
                extensions: AssertionExtensions { hmac_secret: Some(salts), ..Default::default() },
                up: true,
                uv,
                rk_present: false,
                pin_uv_auth: PinUvAuth::default(),
            };
            let begin = |cx: &mut Context<'_>| Command::GetAssertion(request).begin(cx, Requester::default());
            let Sim { world, user, keys, .. } = &mut sim;
            let done = blocking::run(world, user, keys, begin);
            let Ok(CoreReply::Asserted(asserted)) = done.result else { panic!("{:?}", done.result) };
            assert_eq!(asserted.auth_data.as_slice().len(), 37);
            let given = asserted.secrets.unwrap();
            assert_eq!(given.first(), &over_ctap[..32]);
            assert_eq!(given.second().map(|secret| &secret[..]), second.map(|_| &over_ctap[32..]));
            assert!(!format!("{given:?}").contains(&format!("{:?}", given.first()[0])), "never printed");
        }
    }
}
