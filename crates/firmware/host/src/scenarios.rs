//! The scenarios: what comes in, what is asked, what goes out.

use crate::bench::{Bench, Exchange, Person};
use authenticator_firmware::CREDENTIALS;
use authenticator_firmware::protocol::{Asked, Button};
use authenticator_testkit::cbor::{Value, array, named};
use authenticator_testkit::reply::AuthData;
use authenticator_testkit::request::{self, CLIENT_DATA_HASH, Request, algorithm};
use std::path::Path;
use std::time::Duration;

/// A scenario: a name, and what happens on a device that has just been plugged in for the first time.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&mut Bench) -> Result<(), String>,
}

/// All of them.
pub(crate) const ALL: [Scenario; 14] = [
    Scenario { name: "getInfo says what the profile says", run: says_what_it_is },
    Scenario { name: "registration, and sign-in with a touch, ES256", run: registers_and_signs_in },
    Scenario { name: "registration, and sign-in with verification, EdDSA", run: verifies_with_ed_dsa },
    Scenario { name: "a non-discoverable credential signs in by its id", run: signs_in_by_id },
    Scenario { name: "a chooser among three accounts", run: chooses },
    Scenario { name: "a cancelled prompt makes nothing", run: cancels },
    Scenario { name: "a declined prompt makes nothing", run: declines },
    Scenario { name: "a prompt that nobody answers times out", run: times_out },
    Scenario { name: "a registered credential is excluded", run: excludes },
    Scenario { name: "credentials outlive a session", run: begins_a_new_session },
    Scenario { name: "reset ends every credential, soon after power-up only", run: resets },
    Scenario { name: "the longest names fit", run: takes_long_names },
    Scenario { name: "the store is full after sixteen credentials", run: fills_up },
    Scenario { name: "requests that are cut, changed or too long", run: refuses_broken_requests },
];

const OK: u8 = 0x00;
const RP: &str = "example.com";

/// A device that can verify its user does so for every discoverable credential (MC-13).
fn discoverable(rp_id: &str, user_handle: &[u8]) -> Request {
    request::make_credential(rp_id, user_handle).option("rk", true).option("uv", true)
}

fn check(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("it does not hold: {what}")) }
}

fn expect(
    bench: &mut Bench,
    request: &Request,
    person: impl Into<Option<Person>>,
    status: u8,
) -> Result<Exchange, String> {
    let exchange = bench.send(&request.encode(), person.into())?;
    let got = exchange.reply.status;
    if got == status { Ok(exchange) } else { Err(format!("status {got:#04x} instead of {status:#04x}")) }
}

/// Registers, checks the attestation, and gives the credential's authenticator data.
fn register(bench: &mut Bench, request: &Request, person: Person) -> Result<AuthData, String> {
    let exchange = expect(bench, request, person, OK)?;
    check(exchange.reply.is_self_attested(&CLIENT_DATA_HASH), "the attestation verifies")?;
    exchange.reply.auth_data().ok_or_else(|| "the authenticator data cannot be read".to_owned())
}

/// Signs in, checks the signature, and gives the exchange.
fn sign_in(
    bench: &mut Bench,
    request: &Request,
    person: Person,
    credential: &AuthData,
) -> Result<Exchange, String> {
    let exchange = expect(bench, request, person, OK)?;
    check(exchange.reply.is_signed_by(credential, &CLIENT_DATA_HASH), "the assertion verifies")?;
    Ok(exchange)
}

fn says_what_it_is(bench: &mut Bench) -> Result<(), String> {
    let reply = bench.send(&[0x04], None)?.reply;
    check(reply.status == OK, "the status is success")?;
    let versions = array(["FIDO_2_0", "FIDO_2_1", "FIDO_2_3", "FIDO_2_1_PRE"]);
    check(reply.member(0x01) == Some(versions), "the versions are FIDO_2_0 to FIDO_2_3")?;
    check(reply.member(0x05) == Some(Value::from(1200)), "a request has at most 1200 bytes")
}

fn registers_and_signs_in(bench: &mut Bench) -> Result<(), String> {
    let credential = register(bench, &discoverable(RP, b"alice"), Person::is_verified())?;
    let person = Person::touches().after(Button::Nothing(Duration::from_secs(20)));
    let exchange = sign_in(bench, &request::get_assertion(RP), person, &credential)?;
    let auth_data = exchange.reply.auth_data().ok_or("no authenticator data")?;
    check(auth_data.up() && !auth_data.uv(), "a touch is presence and not verification")?;
    check(exchange.prompts == [(Asked::Presence, 1)], "one candidate was shown")
}

fn verifies_with_ed_dsa(bench: &mut Bench) -> Result<(), String> {
    let request = discoverable(RP, b"alice").with(0x04, array([algorithm(-8)]));
    let credential = register(bench, &request, Person::is_verified())?;
    check(credential.uv(), "the user was verified")?;
    let request = request::get_assertion(RP).option("uv", true);
    let exchange = sign_in(bench, &request, Person::is_verified(), &credential)?;
    check(exchange.reply.auth_data().is_some_and(|data| data.uv()), "the user was verified again")?;
    check(exchange.prompts == [(Asked::Verification, 1)], "verification was asked for")
}

fn signs_in_by_id(bench: &mut Bench) -> Result<(), String> {
    let credential = register(bench, &request::make_credential(RP, b"alice"), Person::touches())?;
    expect(bench, &request::get_assertion(RP), None, 0x2E)?;
    let id = credential.credential_id.clone().ok_or("no credential id")?;
    let request = request::get_assertion(RP).list([id.as_slice()]);
    sign_in(bench, &request, Person::touches(), &credential).map(|_| ())
}

fn chooses(bench: &mut Bench) -> Result<(), String> {
    register(bench, &discoverable(RP, b"alice"), Person::is_verified())?;
    let bob = register(bench, &discoverable(RP, b"bob"), Person::is_verified())?;
    register(bench, &discoverable(RP, b"carol"), Person::is_verified())?;
    // There is no tenth account: the device waits for a choice that it has.
    let person = Person::chooses(1).after(Button::Choose(9));
    let exchange = sign_in(bench, &request::get_assertion(RP), person, &bob)?;
    check(exchange.prompts == [(Asked::Presence, 3)], "three candidates were shown")?;
    let user = exchange.reply.member(0x04).ok_or("no user")?;
    check(named(&user, "id").and_then(Value::as_bytes).is_some_and(|id| id == b"bob"), "it is bob")
}

fn cancels(bench: &mut Bench) -> Result<(), String> {
    let second = Button::Nothing(Duration::from_secs(1));
    let person = Person::is_interrupted().after(second).after(second);
    expect(bench, &discoverable(RP, b"alice"), person, 0x2D)?;
    expect(bench, &request::get_assertion(RP), None, 0x2E)?;
    let credential = register(bench, &discoverable(RP, b"alice"), Person::is_verified())?;
    expect(bench, &request::get_assertion(RP), Person::is_interrupted(), 0x2D)?;
    sign_in(bench, &request::get_assertion(RP), Person::touches(), &credential).map(|_| ())
}

fn declines(bench: &mut Bench) -> Result<(), String> {
    expect(bench, &discoverable(RP, b"alice"), Person::declines(), 0x27)?;
    expect(bench, &request::get_assertion(RP), None, 0x2E).map(|_| ())
}

fn times_out(bench: &mut Bench) -> Result<(), String> {
    expect(bench, &discoverable(RP, b"alice"), Person::is_away(), 0x2F)?;
    expect(bench, &request::get_assertion(RP), None, 0x2E).map(|_| ())
}

fn excludes(bench: &mut Bench) -> Result<(), String> {
    let credential = register(bench, &discoverable(RP, b"alice"), Person::is_verified())?;
    let id = credential.credential_id.clone().ok_or("no credential id")?;
    let again = discoverable(RP, b"alice").list([id.as_slice()]);
    expect(bench, &again, Person::is_verified(), 0x19).map(|_| ())
}

fn begins_a_new_session(bench: &mut Bench) -> Result<(), String> {
    let credential = register(bench, &discoverable(RP, b"alice"), Person::is_verified())?;
    bench.power_cycle()?;
    sign_in(bench, &request::get_assertion(RP), Person::touches(), &credential).map(|_| ())
}

fn resets(bench: &mut Bench) -> Result<(), String> {
    let sealed = register(bench, &request::make_credential(RP, b"alice"), Person::touches())?;
    register(bench, &discoverable(RP, b"alice"), Person::is_verified())?;
    bench.advance(Duration::from_secs(30))?;
    check(bench.send(&[0x07], None)?.reply.status == 0x30, "reset is not allowed any more")?;
    bench.power_cycle()?;
    let reset = bench.send(&[0x07], Some(Person::touches()))?;
    check(reset.reply.status == OK, "reset has taken place")?;
    check(reset.prompts == [(Asked::Confirmation, 0)], "it was confirmed")?;
    let id = sealed.credential_id.clone().ok_or("no credential id")?;
    expect(bench, &request::get_assertion(RP), None, 0x2E)?;
    expect(bench, &request::get_assertion(RP).list([id.as_slice()]), None, 0x2E).map(|_| ())
}

fn takes_long_names(bench: &mut Bench) -> Result<(), String> {
    let rp_id = format!("{}.example", "a".repeat(245));
    let name = "n".repeat(64);
    let user = [
        ("id", authenticator_testkit::cbor::bytes(&[0x75; 64])),
        ("name", Value::from(name.as_str())),
        ("displayName", Value::from(name.as_str())),
    ];
    let user = authenticator_testkit::cbor::map(user);
    let request = discoverable(&rp_id, b"").with(0x03, user).with(0x04, array([algorithm(-8)]));
    let credential = register(bench, &request, Person::is_verified())?;
    sign_in(bench, &request::get_assertion(&rp_id), Person::touches(), &credential).map(|_| ())
}

fn fills_up(bench: &mut Bench) -> Result<(), String> {
    for number in 0..CREDENTIALS {
        register(bench, &discoverable(RP, number.to_string().as_bytes()), Person::is_verified())?;
    }
    expect(bench, &discoverable(RP, b"one too many"), Person::is_verified(), 0x28)?;
    let exchange = expect(bench, &request::get_assertion(RP), Person::chooses(15), OK)?;
    check(exchange.prompts == [(Asked::Presence, 16)], "sixteen candidates were shown")
}

/// Every request of the fuzz targets' corpus, every beginning of a good request, and every request that differs from it in
/// one byte. What still asks somebody is declined.
fn refuses_broken_requests(bench: &mut Bench) -> Result<(), String> {
    let good = discoverable(RP, b"alice").encode();
    let cut = (0..good.len()).map(|length| good.iter().copied().take(length).collect());
    let changed = (0..good.len()).flat_map(|place| {
        [0x01, 0x20, 0x80, 0xFF].map(|bits| {
            let change = |(at, byte): (usize, &u8)| if at == place { byte ^ bits } else { *byte };
            good.iter().enumerate().map(change).collect::<Vec<u8>>()
        })
    });
    let long = [1199, 1200, 1201, 5000].map(|length| {
        let filler = std::iter::repeat_n(&0xA0, length - 1);
        [0x01].iter().chain(filler).copied().collect()
    });
    for request in corpus()?.into_iter().chain(cut).chain(changed).chain(long) {
        bench.send_declined(&request)?;
    }
    expect(bench, &request::get_assertion(RP), None, 0x2E).map(|_| ())
}

fn corpus() -> Result<Vec<Vec<u8>>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../fuzz/corpus/requests");
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files = std::fs::read_dir(&folder)
        .and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()
        })
        .map_err(failed)?;
    files.sort();
    files.iter().map(|file| std::fs::read(file).map_err(failed)).collect()
}

/// The commands whose instructions are counted: each on a device that holds one credential.
pub(crate) fn count_instructions(bench: &mut Bench) -> Result<Vec<(&'static str, u64)>, String> {
    let mut counts = vec![("getInfo", bench.send(&[0x04], None)?.instructions)];
    let ed_dsa = |request: Request| request.with(0x04, array([algorithm(-8)]));
    let made = expect(bench, &discoverable(RP, b"alice"), Person::is_verified(), OK)?;
    counts.push(("makeCredential, ES256", made.instructions));
    let signed = expect(bench, &request::get_assertion(RP), Person::touches(), OK)?;
    counts.push(("getAssertion, ES256", signed.instructions));
    let made = expect(bench, &ed_dsa(discoverable("example.org", b"alice")), Person::is_verified(), OK)?;
    counts.push(("makeCredential, EdDSA", made.instructions));
    let signed = expect(bench, &request::get_assertion("example.org"), Person::touches(), OK)?;
    counts.push(("getAssertion, EdDSA", signed.instructions));
    let reset = bench.send(&[0x07], Some(Person::touches()))?;
    counts.push(("reset", reset.instructions));
    Ok(counts)
}
