//! `demo`: a site and an authenticator in one process, every answer checked by the site's own library.

mod checks;
mod search;
mod stage;

use self::checks::Checks;
use self::search::{Needle, search, search_planted};
use self::stage::{Answer, Closed, ORIGIN, SITE, Stage, new_site, site_failure};
use crate::args::Demo;
use crate::exit::Failure;
use crate::log::Log;
use crate::open::{AAGUID, profile};
use crate::paths::Places;
use authenticator_core::{BuiltInVerification, DeviceKey, Error};
use authenticator_demo_rp::{AttestationFormat, Registered, SignedIn};
use authenticator_host::{OpenError, SystemClock, World, os_rng};
use authenticator_store_sqlite::SqliteStore;
use authenticator_webauthn::{DomException, base64url};
use rand_core::CryptoRng;
use std::io::Write;
use std::time::Instant;

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";
const ALICE_DISPLAY_NAME: &str = "Alice Liddell";
const BOB_DISPLAY_NAME: &str = "Bob Builder";

/// `authenticator demo`.
pub(crate) fn run(args: &Demo, log: Log) -> Result<(), Failure> {
    let started = Instant::now();
    // Both folders go when they are dropped; the key's is another one than the store's, as everywhere.
    let (store_folder, key_folder) = (temporary_folder()?, temporary_folder()?);
    let places = match &args.store {
        Some(folder) => Places::find(Some(folder))?,
        None => Places::within(store_folder.path(), key_folder.path(), Some("device.key"))?,
    };
    let mut checks = Checks::new(std::io::stdout());
    let mut stage = stage::open(&places, new_site()?, log)?;
    checks.say(
        "The user is played by the demo: says yes where nothing else is said, and counts as verified.",
    )?;
    let removed = stage.remove_leftovers()?;
    if removed > 0 {
        checks.say(&format!(
            "Passkeys of {SITE} that an earlier demo left in this store and that are removed: {removed}"
        ))?;
    }

    let keys = registrations(&mut stage, &mut checks)?;
    sign_ins(&mut stage, &mut checks)?;
    let needles = needles(&mut stage, &places, keys)?;
    checks.say("The store on disk (protection: file)")?;
    checks.holds("its device key lies in another folder", places.store.parent() != places.key.parent())?;
    let closed = stage.close();
    at_rest(&closed, &places, &needles, &mut checks)?;
    checks.equal(
        "with another device key it stays shut",
        &open_with_another_key(&places)?,
        &Some(Error::StoreUnreadable),
    )?;
    let mut stage = closed.open(&places, log)?;
    deletion(&mut stage, &mut checks)?;
    checks.say("The store on disk, after all that")?;
    at_rest(&stage.close(), &places, &needles, &mut checks)?;

    if args.store.is_some() {
        checks.say("Bob's passkey stays in the store. The next demo removes it and starts anew.")?;
    }
    checks.summary(started.elapsed())
}

fn temporary_folder() -> Result<tempfile::TempDir, Failure> {
    tempfile::tempdir().map_err(|_| Failure::Other("no temporary folder can be made".to_owned()))
}

/// Two accounts, and whatever must not lead to a third passkey. Returns the public keys.
fn registrations<R: CryptoRng, W: Write>(
    stage: &mut Stage<R>,
    checks: &mut Checks<W>,
) -> Result<Vec<Vec<u8>>, Failure> {
    checks.say(&format!("{SITE} asks for passkeys"))?;
    let aaguid = hyphenated(AAGUID);
    let mut keys = Vec::new();
    for (name, display_name) in [(ALICE, ALICE_DISPLAY_NAME), (BOB, BOB_DISPLAY_NAME)] {
        let (registered, key) = register(stage, name, display_name)?;
        checks.equal(
            &format!("{name}: the site accepts the passkey"),
            &registered.user_name.as_str(),
            &name,
        )?;
        let device_bound = (registered.backup_eligible, registered.backed_up);
        checks.equal(
            &format!("{name}: it is bound to this device (BE=0, BS=0)"),
            &device_bound,
            &(false, false),
        )?;
        checks.holds(&format!("{name}: the user was verified (UV=1)"), registered.user_verified)?;
        checks.equal(
            &format!("{name}: no attestation, as the site wished"),
            &registered.attestation,
            &AttestationFormat::None,
        )?;
        checks.equal(&format!("{name}: the AAGUID is ours"), &registered.aaguid, &aaguid)?;
        keys.push(key);
    }

    let again = stage.site.registration_options(ALICE, ALICE_DISPLAY_NAME).map_err(site_failure)?;
    let refused = stage.create(ORIGIN, &again, Answer::Yes).err();
    checks.equal(
        "a second passkey for Alice is refused",
        &refused,
        &Some(DomException::InvalidStateError),
    )?;
    let carol = stage.site.registration_options("carol@example.com", "Carol").map_err(site_failure)?;
    let refused = stage.create(ORIGIN, &carol, Answer::No).err();
    checks.equal("a user's no is a no", &refused, &Some(DomException::NotAllowedError))?;
    let refused = stage.create("https://login.example.net", &carol, Answer::Yes).err();
    checks.equal("a page of another site may not ask", &refused, &Some(DomException::SecurityError))?;
    checks.equal("two passkeys are in the store", &stage.passkeys()?.len(), &2)?;
    Ok(keys)
}

/// Registers a passkey; also returns its public key.
fn register<R: CryptoRng>(
    stage: &mut Stage<R>,
    name: &str,
    display_name: &str,
) -> Result<(Registered, Vec<u8>), Failure> {
    let options = stage.site.registration_options(name, display_name).map_err(site_failure)?;
    let response =
        stage.create(ORIGIN, &options, Answer::Yes).map_err(|error| unexpected("a passkey", error))?;
    let registered = stage.site.finish_registration(&response).map_err(site_failure)?;
    Ok((registered, public_key(&response)?))
}

/// The key's own bytes: the last 32 of its SubjectPublicKeyInfo.
fn public_key(response: &str) -> Result<Vec<u8>, Failure> {
    let response: Option<serde_json::Value> = serde_json::from_str(response).ok();
    let member = response.as_ref().and_then(|response| response.get("response")?.get("publicKey")?.as_str());
    let spki = member.and_then(|text| base64url::decode(text).ok()).unwrap_or_default();
    let key = spki.last_chunk::<32>().map(|key| key.to_vec());
    key.ok_or_else(|| Failure::Check("check failed: expected a public key in the response".to_owned()))
}

fn sign_ins<R: CryptoRng, W: Write>(stage: &mut Stage<R>, checks: &mut Checks<W>) -> Result<(), Failure> {
    checks.say("Signing in")?;
    let (signed_in, response) = sign_in(stage, Some(ALICE), Answer::Yes)?;
    checks.equal("with a user name: the site lets Alice in", &signed_in.user_name.as_str(), &ALICE)?;
    checks.holds("with a user name: the user was verified (UV=1)", signed_in.user_verified)?;
    checks.equal("only Alice's passkey was offered", &stage.offered, &vec![ALICE.to_owned()])?;
    let replayed = stage.site.finish_authentication(&response).is_err();
    checks.holds("the site takes the same answer only once", replayed)?;

    for who in [BOB, ALICE] {
        let (signed_in, _) = sign_in(stage, None, Answer::As(who))?;
        checks.equal(
            "without a user name: both are offered, the newest first",
            &stage.offered,
            &vec![BOB.to_owned(), ALICE.to_owned()],
        )?;
        checks.equal(&format!("the one chosen comes back: {who}"), &signed_in.user_name.as_str(), &who)?;
    }
    let options = stage.site.authentication_options(None).map_err(site_failure)?;
    let refused = stage.get("https://login.example.net", &options, Answer::As(ALICE)).err();
    checks.equal("a page of another site may not ask", &refused, &Some(DomException::SecurityError))
}

fn sign_in<R: CryptoRng>(
    stage: &mut Stage<R>,
    name: Option<&str>,
    answer: Answer<'_>,
) -> Result<(SignedIn, String), Failure> {
    let options = stage.site.authentication_options(name).map_err(site_failure)?;
    let response = stage.get(ORIGIN, &options, answer).map_err(|error| unexpected("a sign-in", error))?;
    let signed_in = stage.site.finish_authentication(&response).map_err(site_failure)?;
    Ok((signed_in, response.expose_string()))
}

fn unexpected(expected: &str, error: DomException) -> Failure {
    Failure::Check(format!("check failed: expected {expected}, got {error}"))
}

/// What must not lie in the store's files in clear.
fn needles<R: CryptoRng>(
    stage: &mut Stage<R>,
    places: &Places,
    keys: Vec<Vec<u8>>,
) -> Result<Vec<Needle>, Failure> {
    let mut needles = vec![Needle::new("the site", SITE.as_bytes())];
    let names = [ALICE, BOB, ALICE_DISPLAY_NAME, BOB_DISPLAY_NAME];
    needles.extend(names.map(|name| Needle::new("a user name", name.as_bytes())));
    for item in stage.passkeys()? {
        let Some(passkey) = item.passkey() else { continue };
        needles.push(Needle::new("a user handle", passkey.user.id.as_slice()));
        needles.push(Needle::new("a credential id", passkey.credential_id.as_slice()));
    }
    needles.extend(keys.iter().map(|key| Needle::new("a public key", key)));
    let device_key =
        std::fs::read(&places.key).map_err(|_| Failure::Key("the key file has gone".to_owned()))?;
    needles.push(Needle::new("the device key", &device_key));
    Ok(needles)
}

/// Searches the files of the store, which is closed.
fn at_rest<W: Write>(
    _: &Closed,
    places: &Places,
    needles: &[Needle],
    checks: &mut Checks<W>,
) -> Result<(), Failure> {
    let planted = search_planted(&places.store, needles)?;
    checks.equal(
        &format!("the search works: {} planted in copies of the files, all found", planted.searches),
        &planted.hits,
        &planted.searches,
    )?;
    let found = search(&places.store, needles)?;
    checks.equal(
        &format!(
            "no site, name, handle, id or key in clear: {} searches in {} files (raw, hex, base64, UTF-16)",
            found.searches, found.files
        ),
        &found.what,
        &Vec::new(),
    )?;
    checks.holds("there was something to search", found.searches > 0)
}

/// What opening the store with a device key that is not its own comes to.
fn open_with_another_key(places: &Places) -> Result<Option<Error>, Failure> {
    let store = SqliteStore::open(&places.store).map_err(|error| Failure::Store(error.to_string()))?;
    let key = DeviceKey::random(&mut os_rng());
    let profile = profile(BuiltInVerification::Configured);
    Ok(match World::open(profile, &key, store, os_rng(), SystemClock::default()) {
        Err(OpenError::Store(error)) => Some(error),
        _ => None,
    })
}

fn deletion<R: CryptoRng, W: Write>(stage: &mut Stage<R>, checks: &mut Checks<W>) -> Result<(), Failure> {
    let (signed_in, _) = sign_in(stage, Some(ALICE), Answer::Yes)?;
    checks.equal("with its own, Alice's passkey still signs in", &signed_in.user_name.as_str(), &ALICE)?;

    checks.say("Deleting Alice's passkey")?;
    let items = stage.passkeys()?;
    let of_alice = items.iter().find(|item| {
        let name = item.passkey().and_then(|passkey| passkey.user.name.as_ref());
        name.is_some_and(|name| name.as_str() == ALICE)
    });
    let Some(of_alice) = of_alice else {
        return Err(Failure::Check("check failed: expected Alice's passkey in the catalogue".to_owned()));
    };
    let removed = stage.delete(of_alice)?;
    let site = removed.as_ref().map(|removed| removed.rp_id.as_str());
    checks.equal("its owner learns which site still lists it", &site, &Some(SITE))?;
    let options = stage.site.authentication_options(Some(ALICE)).map_err(site_failure)?;
    let refused = stage.get(ORIGIN, &options, Answer::Yes).err();
    checks.equal("Alice cannot sign in with it any more", &refused, &Some(DomException::NotAllowedError))?;
    let (signed_in, _) = sign_in(stage, None, Answer::Yes)?;
    checks.equal("Bob can, and is the only one offered", &stage.offered, &vec![BOB.to_owned()])?;
    checks.equal("the site lets Bob in", &signed_in.user_name.as_str(), &BOB)
}

fn hyphenated(aaguid: [u8; 16]) -> String {
    let mut text = String::new();
    for (at, byte) in aaguid.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}
