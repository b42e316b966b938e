//! thirdPartyPayment and pinComplexityPolicy: a mark on a credential, and a word on PINs.

use super::{output, profiles, registered, registration, registration_with, sign_in};
use crate::pin::{SITE, set_min_pin_length, token, with_pin};
use authenticator_core::{PinRules, Profile};
use authenticator_testkit::Sim;
use authenticator_testkit::cbor::{Value, array};
use authenticator_testkit::request::make_credential;

const PAYMENT: &str = "thirdPartyPayment";
const POLICY: &str = "pinComplexityPolicy";

#[test]
fn tpp01_tpp02_a_sign_in_that_asks_is_told_whether_the_credential_is_marked() {
    for profile in profiles() {
        for (rk, marked) in
            [true, false].into_iter().flat_map(|rk| [(rk, Some(true)), (rk, Some(false)), (rk, None)])
        {
            let mut sim = Sim::new(profile.clone());
            let request = match marked {
                Some(marked) => registration_with(&sim, rk).extension(PAYMENT, marked),
                None => registration_with(&sim, rk),
            };
            let reply = sim.send(&request);
            assert_eq!(output(&reply, PAYMENT), None, "a registration puts nothing out");
            let id = reply.auth_data().unwrap().credential_id.unwrap();
            let expected = Some(Value::Bool(marked == Some(true)));
            assert_eq!(output(&sim.send(&sign_in(&id).extension(PAYMENT, true)), PAYMENT), expected);
            assert_eq!(output(&sim.send(&sign_in(&id).extension(PAYMENT, false)), PAYMENT), None);
            assert_eq!(output(&sim.send(&sign_in(&id)), PAYMENT), None);
        }
    }
}

/// The mark does not take the place of anything else in a sealed id.
#[test]
fn tpp01_a_marked_credential_without_a_record_is_protected_all_the_same() {
    let [profile, _] = profiles();
    let mut sim = with_pin(profile);
    let request = registration(false).extension("credProtect", 3).extension(PAYMENT, true);
    let by_token = token(&mut sim, 0x01).proves(request);
    let id = registered(&mut sim, &by_token);
    assert_eq!(sim.send(&sign_in(&id)).status, 0x2E);
    let by_token = token(&mut sim, 0x02).proves(sign_in(&id).extension(PAYMENT, true));
    assert_eq!(output(&sim.send(&by_token), PAYMENT), Some(Value::Bool(true)));
}

/// Covers: PCP-02
#[test]
fn pcp01_a_site_of_the_list_is_told_whether_simple_pins_are_forbidden() {
    let [profile, _] = profiles();
    let rules = PinRules { complexity_policy: true, ..PinRules::default() };
    let mut sim = Sim::new(Profile { client_pin: Some(rules), ..profile });
    let set = |sim: &mut Sim, parameters: Vec<(i64, Value)>| {
        let request = authenticator_testkit::request::config(0x03).parameters(parameters);
        assert_eq!(sim.send(&request).status, 0x00);
    };
    let told = |sim: &mut Sim, site: &str, asked: bool| {
        output(&sim.send(&make_credential(site, b"user").extension(POLICY, asked)), POLICY)
    };
    assert_eq!(told(&mut sim, SITE, true), None, "nobody is on the list yet");
    set(&mut sim, vec![(0x02, array([SITE]))]);
    assert_eq!(told(&mut sim, SITE, true), Some(Value::Bool(false)));
    assert_eq!(told(&mut sim, SITE, false), None, "who does not ask is not told");
    assert_eq!(told(&mut sim, "example.org", true), None);
    set(&mut sim, vec![(0x04, Value::Bool(true))]);
    assert_eq!(told(&mut sim, SITE, true), Some(Value::Bool(true)));
}

#[test]
fn pcp02_without_a_policy_nobody_is_told() {
    let [profile, _] = profiles();
    let mut sim = with_pin(profile);
    set_min_pin_length(&mut sim, [(0x02, array([SITE]))]);
    let by_token = token(&mut sim, 0x01).proves(registration(true).extension(POLICY, true));
    assert_eq!(output(&sim.send(&by_token), POLICY), None);
}
