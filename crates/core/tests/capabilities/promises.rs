//! What an answer to getInfo promises, tried; and what it does not, tried as well.

use crate::owner::{
    ACFG, CM, GA, LBW, MC, Owner, PCMR, SITE, array, bare_client_pin, has_large_blobs, has_uv, manages,
    per_credential,
};
use authenticator_core::{Algorithm, Format, HmacSecret, Profile};
use authenticator_testkit::cbor::{self, Value};
use authenticator_testkit::pin::{Platform, Token};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::{
    Request, algorithm, client_pin, get_assertion, large_blob_array, large_blob_fragments, make_credential,
    read_large_blobs, write_large_blobs,
};

/// All of them, in the state that the authenticator is in.
pub(crate) fn hold(owner: &mut Owner) {
    commands(owner);
    client_pin_subcommands(owner);
    permissions(owner);
    config_subcommands(owner);
    verification(owner);
    registrations(owner);
    large_blobs(owner);
    limits(owner);
}

/// A status, and what the authenticator is where it is wrong.
fn answers(owner: &Owner, status: u8, expected: u8, what: &str) {
    let Owner { profile, pin, always_uv, force_change, .. } = owner;
    assert_eq!(
        status, expected,
        "{what}: PIN {pin:?}, alwaysUv {always_uv}, forced change {force_change}, {profile:#?}"
    );
}

/// GEN-03, GEN-05: the commands that are not there, and those that are.
fn commands(owner: &mut Owner) {
    let profile = owner.profile.clone();
    let managed = manages(&profile);
    let has_protocols = has_protocols(&profile);
    // 0x7E is no subcommand of any.
    let unknown = cbor::encode(&cbor::map([(1, 0x7E)]));
    for (command, offered, body, known) in [
        (0x06, has_protocols, cbor::encode(&cbor::map([(2, 0x7E)])), 0x3E),
        (0x0A, managed.is_some(), unknown.clone(), 0x3E),
        (0x41, managed.is_some_and(|(preview, _)| preview), unknown.clone(), 0x3E),
        (0x0D, !profile.config.is_empty(), unknown.clone(), 0x3E),
        (0x09, false, unknown.clone(), 0x01),
        // Without an offset it is nothing that could be done.
        (0x0C, has_large_blobs(&profile), unknown.clone(), 0x02),
        (0x40, false, unknown, 0x01),
    ] {
        let status = owner.sim.send_bytes(&[[command].as_slice(), &body].concat()).status;
        answers(owner, status, if offered { known } else { 0x01 }, &format!("command {command:#04x}"));
    }
}

/// Whether there is anything for a PIN/UV auth protocol to do.
fn has_protocols(profile: &Profile) -> bool {
    profile.client_pin.is_some()
        || (profile.pin_uv_auth_token && has_uv(profile))
        || profile.hmac_secret != HmacSecret::Unsupported
}

/// CP-01, CP-18, CP-19: the subcommands that are not there, and those that are.
fn client_pin_subcommands(owner: &mut Owner) {
    let profile = owner.profile.clone();
    let (has_pin, has_uv, has_tokens) =
        (profile.client_pin.is_some(), has_uv(&profile), profile.pin_uv_auth_token);
    let has_protocols = has_protocols(&profile);
    let absent = if has_protocols { 0x3E } else { 0x01 };
    for (number, offered, present) in [
        (0x01, has_pin, 0x00),
        (0x02, has_protocols, 0x14),
        (0x03, has_pin, 0x14),
        (0x04, has_pin, 0x14),
        (0x05, has_pin, 0x14),
        (0x06, has_uv && has_tokens, 0x14),
        (0x07, has_uv, 0x00),
        (0x08, false, 0x3E),
        (0x09, has_pin && has_tokens, 0x14),
    ] {
        let expected = if offered && has_protocols { present } else { absent };
        let status = bare_client_pin(owner, number);
        answers(owner, status, expected, &format!("clientPIN {number:#04x}"));
    }
    for (protocol, listed) in [(1, true), (2, true), (3, false)] {
        let status = owner.sim.send(&client_pin(0x02).with(0x01, protocol)).status;
        let expected = match (has_protocols, listed) {
            (false, _) => 0x01,
            (true, true) => 0x00,
            (true, false) => 0x02,
        };
        answers(owner, status, expected, &format!("protocol {protocol}"));
    }
}

/// CP-11, CP-16: a permission is given where what it is for is there, and 0x40 where not.
fn permissions(owner: &mut Owner) {
    let profile = owner.profile.clone();
    let managed = manages(&profile);
    let by_pin_only = profile.client_pin.as_ref().is_some_and(|rules| rules.no_mc_ga_permissions);
    for (permission, by_pin, by_verification) in [
        (MC, !by_pin_only, true),
        (GA, !by_pin_only, true),
        (CM, managed.is_some(), managed.is_some()),
        (0x08, false, false),
        (LBW, has_large_blobs(&profile), has_large_blobs(&profile)),
        (ACFG, !profile.config.is_empty(), profile.config_by_verification),
        (PCMR | CM, false, false),
    ] {
        let forced = owner.force_change;
        if let Some(token) = owner.token_by_pin(permission, Some(SITE)) {
            let expected = match (by_pin, forced) {
                (false, _) => 0x40,
                (true, true) => 0x37,
                (true, false) => 0x00,
            };
            answers(
                owner,
                token.err().unwrap_or(0x00),
                expected,
                &format!("permission {permission:#04x} by PIN"),
            );
        }
        if let Some(token) = owner.token_by_verification(permission, Some(SITE)) {
            let expected = if by_verification { 0x00 } else { 0x40 };
            let what = format!("permission {permission:#04x} by verification");
            answers(owner, token.err().unwrap_or(0x00), expected, &what);
        }
    }
}

/// Subcommands of authenticatorConfig that are not listed.
fn config_subcommands(owner: &mut Owner) {
    if owner.profile.config.is_empty() {
        return;
    }
    let listed: Vec<u8> = owner.profile.config.iter().map(|command| command.number()).collect();
    for number in
        [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0xFF].into_iter().filter(|number| !listed.contains(number))
    {
        let status = owner.config(number, None);
        answers(owner, status.unwrap_or(0x3E), 0x3E, &format!("config {number:#04x}"));
    }
}

/// The options `uv`, `makeCredUvNotRqd` and `alwaysUv`, on registrations and sign-ins that bring no token.
fn verification(owner: &mut Owner) {
    let demanded_now = owner.pin.is_some() && takes_pins(owner);
    for rk in [false, true].into_iter().filter(|rk| !rk || owner.profile.discoverable) {
        let request = make_credential(SITE, b"unverified").option("rk", rk);
        let free = owner.profile.make_cred_uv_not_rqd && !owner.always_uv && !rk;
        let expected = match (owner.always_uv, owner.is_protected()) {
            (true, _) if owner.verifies() => 0x00,
            (true, _) => {
                if takes_pins(owner) {
                    0x36
                } else {
                    0x27
                }
            }
            (false, true) if !free => {
                if demanded_now {
                    0x36
                } else {
                    0x27
                }
            }
            (false, _) => 0x00,
        };
        let status = owner.sim.send(&rk_aware(owner, request.clone(), rk)).status;
        answers(owner, status, expected, &format!("unverified registration, rk {rk}"));
    }
    let verified = make_credential(SITE, b"verified").option("uv", true);
    let status = owner.sim.send(&verified).status;
    answers(owner, status, if owner.verifies() { 0x00 } else { 0x2C }, "a registration with uv");
}

/// Without the option where there is none.
fn rk_aware(owner: &Owner, request: Request, rk: bool) -> Request {
    if owner.profile.discoverable { request } else { request.without(0x07).option("up", !rk) }
}

/// Whether a PIN could be asked for instead of verification.
fn takes_pins(owner: &Owner) -> bool {
    owner.profile.client_pin.as_ref().is_some_and(|rules| !rules.no_mc_ga_permissions)
}

/// How this owner is verified for a registration or a sign-in now.
enum Proof {
    Option,
    Token,
    Nothing,
}

/// `None`: there is no way.
fn proof(owner: &Owner) -> Option<Proof> {
    match owner {
        owner if owner.verifies() => Some(Proof::Option),
        Owner { pin: Some(_), force_change, .. } => {
            (takes_pins(owner) && !force_change).then_some(Proof::Token)
        }
        owner => (!owner.always_uv).then_some(Proof::Nothing),
    }
}

/// Sends the request as somebody does who has been verified, if that is possible.
fn send_verified(owner: &mut Owner, request: Request) -> Option<Reply> {
    let request = match proof(owner)? {
        Proof::Option => request.option("uv", true),
        Proof::Token => plain_token(owner).proves(request),
        Proof::Nothing => request,
    };
    Some(owner.sim.send(&request))
}

/// getPinToken, which is there even where tokens have no permissions.
fn plain_token(owner: &mut Owner) -> Token {
    let pin = owner.pin.clone().expect("a PIN");
    let platform = Platform::connect(&mut owner.sim, 2);
    let reply = owner.sim.send(&platform.pin_token(&pin));
    platform.token(&reply).expect("a token has 32 bytes")
}

/// The option `rk`, the algorithms, the formats, the extensions, `ep`: and a sign-in with what was made.
fn registrations(owner: &mut Owner) {
    let taken = owner.profile.keys.algorithms.clone();
    for each in Algorithm::ALL {
        let request = make_credential(SITE, b"user").with(4, cbor::array([algorithm(each.cose_id())]));
        let Some(made) = send_verified(owner, request) else { return };
        let expected = if taken.as_slice().contains(&each) { 0x00 } else { 0x26 };
        answers(owner, made.status, expected, &format!("{each:?}"));
    }
    let unknown = make_credential(SITE, b"user").with(4, cbor::array([algorithm(-35)]));
    let status = send_verified(owner, unknown).expect("a way").status;
    answers(owner, status, 0x26, "ES384");

    for format in Format::ALL {
        let request = make_credential(SITE, b"user").with(0x0B, cbor::array([format.identifier()]));
        let made = send_verified(owner, request).expect("a way");
        assert_eq!(made.member(1), Some(Value::from(format.identifier())), "{:?}", owner.profile);
    }

    let request = make_credential(SITE, b"user").option("rk", true).extension("credProtect", 1);
    let request = request
        .extension("credBlob", cbor::bytes(b"a blob"))
        .extension("hmac-secret", true)
        .extension("largeBlob", cbor::map([("support", "preferred")]))
        .extension("minPinLength", true)
        .extension("pinComplexityPolicy", true)
        .extension("thirdPartyPayment", true);
    let made = send_verified(owner, request).expect("a way");
    answers(owner, made.status, if owner.profile.discoverable { 0x00 } else { 0x2B }, "the option rk");
    if let Some(data) = made.auth_data() {
        assert_eq!(data.aaguid.as_deref(), Some(owner.profile.aaguid.as_slice()));
        let has_policy = owner.profile.client_pin.as_ref().is_some_and(|rules| rules.complexity_policy);
        let secrets = owner.profile.hmac_secret != HmacSecret::Unsupported;
        let outputs = [
            owner.profile.cred_blob.then_some(("credBlob", Value::Bool(true))),
            Some(("credProtect", Value::from(1))),
            secrets.then_some(("hmac-secret", Value::Bool(true))),
            owner.told.then_some(("minPinLength", Value::from(owner.min_pin_length))),
            (owner.told && has_policy).then_some(("pinComplexityPolicy", Value::Bool(owner.complexity))),
        ];
        let outputs = cbor::map(outputs.into_iter().flatten());
        assert_eq!(data.extensions, Some(outputs), "what is not listed has no output");
        let supported = per_credential(&owner.profile).map(|_| large_blob("supported", true));
        assert_eq!(made.member(0x06), supported, "{:?}", owner.profile);
        let id = data.credential_id.expect("an id");
        assert!(id.len() <= 96);
        let request = get_assertion(SITE).list([id.as_slice()]);
        let signed_in = send_verified(owner, request.clone()).expect("a way");
        answers(owner, signed_in.status, 0x00, "a sign-in");
        extensions(owner, &request);
        large_blob_of_a_credential(owner, &request);
        let silent = owner.sim.send(&request.option("up", false));
        answers(owner, silent.status, 0x00, "a silent sign-in");
        assert!(silent.auth_data().is_some_and(|data| !data.up()), "the option up");
    }
    if !owner.enterprise {
        let request = make_credential(SITE, b"user").with(0x0A, 1);
        let status = send_verified(owner, request).expect("a way").status;
        answers(owner, status, 0x02, "enterprise attestation");
    }
}

/// What largeBlob puts out.
fn large_blob(name: &str, value: impl Into<Value>) -> Value {
    cbor::map([("largeBlob", cbor::map([(name, value.into())]))])
}

/// The blob of a credential is stored and read back to its last byte, where it goes into a message; one byte more is not.
fn large_blob_of_a_credential(owner: &mut Owner, request: &Request) {
    let max = per_credential(&owner.profile);
    let room = owner.profile.max_message_size.saturating_sub(400);
    let longest = usize::from(max.unwrap_or_default().min(room));
    let write = |length: usize| {
        let input = cbor::map([("write", cbor::bytes(&vec![0xB1; length])), ("originalSize", 5000.into())]);
        request.clone().extension("largeBlob", input)
    };
    let written = send_verified(owner, write(longest)).expect("a way");
    answers(owner, written.status, 0x00, "a large blob");
    assert_eq!(written.member(0x08), max.map(|_| large_blob("written", true)), "{:?}", owner.profile);
    if max.is_some_and(|max| longest == usize::from(max)) {
        let longer = send_verified(owner, write(longest + 1)).expect("a way");
        assert_eq!(longer.member(0x08), Some(large_blob("written", false)), "{:?}", owner.profile);
    }
    let read = request.clone().extension("largeBlob", cbor::map([("read", true)]));
    let read = send_verified(owner, read).expect("a way").member(0x08);
    let blob = cbor::map([("blob", cbor::bytes(&vec![0xB1; longest])), ("originalSize", 5000.into())]);
    assert_eq!(read, max.map(|_| cbor::map([("largeBlob", blob)])), "{:?}", owner.profile);
}

/// A sign-in that asks for every extension is answered by those that are listed.
fn extensions(owner: &mut Owner, request: &Request) {
    let profile = owner.profile.clone();
    let request = request.clone().extension("credBlob", true).extension("thirdPartyPayment", true);
    let salts = has_protocols(&profile).then(|| Platform::connect(&mut owner.sim, 2).salts(&[7; 32]));
    let request = match salts {
        Some(salts) => request.extension("hmac-secret", salts),
        None => request,
    };
    let data = send_verified(owner, request).expect("a way").auth_data().expect("authenticator data");
    let names: Vec<_> = data
        .extensions
        .iter()
        .flat_map(|outputs| outputs.as_map().expect("map"))
        .map(|(name, _)| name.as_text().expect("text").to_owned())
        .collect();
    let expected = [
        ("credBlob", profile.cred_blob && profile.discoverable),
        ("hmac-secret", profile.hmac_secret != HmacSecret::Unsupported),
        ("thirdPartyPayment", profile.third_party_payment),
    ];
    let expected: Vec<_> = expected.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect();
    assert_eq!(names, expected, "{profile:?}");
}

/// maxSerializedLargeBlobArray, to the byte: as much is stored and read back, for whoever can be verified.
fn large_blobs(owner: &mut Owner) {
    let Some(capacity) = array(&owner.profile).map(usize::from) else { return };
    let longest = usize::from(owner.profile.max_message_size) - 64;
    let array = large_blob_array(capacity, 0x5A);
    let protected = owner.pin.is_some() || owner.verifies();
    let token = if owner.verifies() {
        owner.token_by_verification(LBW, None).and_then(Result::ok)
    } else {
        owner.token_by_pin(LBW, None).and_then(Result::ok)
    };
    if protected || owner.always_uv {
        let first = large_blob_fragments(&array, longest).remove(0);
        let status = owner.sim.send(&first).status;
        answers(owner, status, 0x36, "large blobs, unauthorised");
        // A PIN that must be changed, or that is not set while alwaysUv is on, gives no token.
        if token.is_none() {
            return;
        }
    }
    for fragment in large_blob_fragments(&array, longest) {
        let fragment = token.as_ref().map_or(fragment.clone(), |token| token.writes(fragment));
        let status = owner.sim.send(&fragment).status;
        answers(owner, status, 0x00, "large blobs");
    }
    let count = u64::try_from(longest).expect("a message");
    let read = owner.sim.send(&read_large_blobs(count, 0)).member(0x01);
    assert_eq!(read, Some(cbor::bytes(&array[..capacity.min(longest)])), "{:?}", owner.profile);
    let more = write_large_blobs(&[0; 17], 0, u64::try_from(capacity + 1).ok());
    let more = token.as_ref().map_or(more.clone(), |token| token.writes(more));
    let status = owner.sim.send(&more).status;
    answers(owner, status, 0x18, "one byte more of large blobs");
}

/// maxMsgSize and maxCredentialCountInList, to the byte and to the entry.
fn limits(owner: &mut Owner) {
    let longest = usize::from(owner.profile.max_message_size);
    let padded = |padding: usize| {
        get_assertion("nobody.example")
            .option("up", false)
            .with(0x20, cbor::bytes(&vec![0; padding]))
            .encode()
    };
    let overhead = padded(300).len() - 300;
    for (length, expected) in [(longest, 0x2E), (longest + 1, 0x39)] {
        let status = owner.sim.send_bytes(&padded(length - overhead)).status;
        answers(owner, status, expected, &format!("{length} bytes"));
    }
    let count = usize::from(owner.profile.max_credentials_in_list);
    let ids = vec![[1_u8; 2]; count + 1];
    for (ids, expected) in [(&ids[1..], 0x2E), (&ids[..], 0x15)] {
        let request = get_assertion("nobody.example").option("up", false);
        let request = request.list(ids.iter().map(<[u8; 2]>::as_slice)).encode();
        // A platform goes by both limits.
        let expected = if request.len() > longest { 0x39 } else { expected };
        let status = owner.sim.send_bytes(&request).status;
        answers(owner, status, expected, &format!("a list of {}", ids.len()));
    }
}
