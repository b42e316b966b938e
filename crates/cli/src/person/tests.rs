use super::*;
use crate::prompt::tests::{Screen, silent, typed};
use authenticator_core::credential::ClientDataHash;
use authenticator_core::{
    Algorithm, Algorithms, AmongNamed, Asserted, AssertionExtensions, BuiltInVerification, Command,
    CredentialList, DeviceKey, Error, GetAssertion, MakeCredential, PinUvAuth, Preference,
    RegistrationExtensions, Replacement, Reply, Requester, User,
};
use authenticator_host::{HashMapStore, SoftwareKeys, SystemClock, World, os_rng};
use rand_core::CryptoRng;

type Memory<R> = World<HashMapStore, R, SystemClock>;

fn memory() -> Memory<impl CryptoRng> {
    let profile = crate::open::profile(BuiltInVerification::Unsupported);
    World::open(profile, &DeviceKey::new([7; 32]), HashMapStore::default(), os_rng(), SystemClock::default())
        .unwrap()
}

fn person(user: args::User, terminal: Option<Terminal>, choice: Option<&str>) -> Person {
    let patience = Duration::from_secs(5);
    Person { user, terminal, choice: choice.map(str::to_owned), patience, problem: None }
}

fn register<R: CryptoRng>(world: &mut Memory<R>, person: &mut Person, name: &str) -> Result<(), Error> {
    let request = MakeCredential {
        client_data_hash: ClientDataHash([1; 32]),
        rp_id: "example.com",
        user: User { id: name.as_bytes(), name: Some(name), display_name: Some("") },
        algorithms: Algorithms::new([Algorithm::Es256]),
        exclude: CredentialList::default(),
        exclude_app_id: None,
        extensions: RegistrationExtensions::default(),
        rk: Some(true),
        up: None,
        uv: false,
        pin_uv_auth: PinUvAuth::default(),
        enterprise_attestation: None,
        attestation_formats: Preference::default(),
        replacement: Replacement::Supersede,
    };
    let begin = |cx: &mut Context<'_>| Command::MakeCredential(request).begin(cx, Requester::default());
    blocking::run(world, person, &mut SoftwareKeys, begin).result.map(|_| ())
}

/// Signs in and says as whom.
fn sign_in<R: CryptoRng>(world: &mut Memory<R>, person: &mut Person) -> Result<Vec<u8>, Error> {
    let request = GetAssertion {
        rp_id: "example.com",
        client_data_hash: ClientDataHash([2; 32]),
        allow: CredentialList::default(),
        among_named: AmongNamed::Newest,
        extensions: AssertionExtensions::default(),
        up: true,
        uv: false,
        rk_present: false,
        pin_uv_auth: PinUvAuth::default(),
    };
    let begin = |cx: &mut Context<'_>| Command::GetAssertion(request).begin(cx, Requester::default());
    match blocking::run(world, person, &mut SoftwareKeys, begin).result? {
        Reply::Asserted(Asserted { user, .. }) => Ok(user.unwrap().id.as_slice().to_vec()),
        other => panic!("{other:?}"),
    }
}

fn asked(text: &'static str) -> (Person, Screen) {
    let (terminal, screen) = typed(text);
    (person(args::User::Ask, Some(terminal), None), screen)
}

fn approve() -> Person {
    person(args::User::Approve, None, None)
}

#[test]
fn the_prompt_names_site_account_and_what_will_happen() {
    let mut world = memory();
    let (mut person, screen) = asked("y\n");
    register(&mut world, &mut person, "alice\u{202e}").unwrap();
    let text = screen.text();
    for part in ["example.com", "alice\\u{202e}", "(no name)", "kept on this device", "(5 s)", "[y/N]"] {
        assert!(text.contains(part), "{text}");
    }
    let (mut person, screen) = asked("y\n");
    assert_eq!(sign_in(&mut world, &mut person).unwrap(), "alice\u{202e}".as_bytes());
    assert!(
        screen.text().contains("Sign in to example.com as alice\\u{202e}, never used"),
        "{}",
        screen.text()
    );
}

#[test]
fn the_site_says_how_long_the_person_has() {
    let mut world = memory();
    for seconds in [5, 600] {
        let (mut person, screen) = asked("y\n");
        person.patience = Duration::from_secs(seconds);
        register(&mut world, &mut person, "alice").unwrap();
        assert!(screen.text().contains(&format!("({seconds} s)")), "{}", screen.text());
    }
    // Where it says nothing, that is what the authenticator itself would give.
    let silent = r#"{"challenge": "AAAA"}"#;
    let options = authenticator_webauthn::RequestOptions::from_json(silent).unwrap();
    let profile = crate::open::profile(BuiltInVerification::Unsupported);
    assert_eq!(options.timeout, profile.user_action_timeout);
}

#[test]
fn no_is_no() {
    let mut world = memory();
    for text in ["n\n", "\n", ""] {
        let (mut person, _) = asked(text);
        assert!(matches!(register(&mut world, &mut person, "alice"), Err(Error::Refused(..))), "{text:?}");
    }
    let mut deny = person(args::User::Deny, None, None);
    assert!(matches!(register(&mut world, &mut deny, "alice"), Err(Error::Refused(Refusal::Declined, _))));
    assert!(matches!(sign_in(&mut world, &mut approve()), Err(Error::NoCredentials)));
}

#[test]
fn nobody_answering_in_time_is_no_consent() {
    let patience = Duration::from_millis(10);
    let mut absent = Person { patience, ..person(args::User::Ask, Some(silent()), None) };
    let refused = register(&mut memory(), &mut absent, "alice");
    assert!(matches!(refused, Err(Error::Refused(Refusal::TimedOut, _))));
}

#[test]
fn without_a_terminal_nothing_is_assumed() {
    let mut nobody = person(args::User::Ask, None, None);
    let refused = register(&mut memory(), &mut nobody, "alice");
    assert!(matches!(refused, Err(Error::Refused(Refusal::Unavailable, _))));
    assert!(nobody.problem.unwrap().to_string().contains("--user"));
}

#[test]
fn the_person_picks_among_several_accounts() {
    let mut world = memory();
    register(&mut world, &mut approve(), "alice").unwrap();
    register(&mut world, &mut approve(), "bob").unwrap();
    for (text, who) in [("1\n", b"bob".as_slice()), ("2\n", b"alice")] {
        let (mut person, screen) = asked(text);
        assert_eq!(sign_in(&mut world, &mut person).unwrap(), who);
        assert!(screen.text().contains("1  bob") && screen.text().contains("2  alice"), "{}", screen.text());
    }
    for text in ["3\n", "0\n", "\n", "bob\n"] {
        let (mut person, _) = asked(text);
        assert!(
            matches!(sign_in(&mut world, &mut person), Err(Error::Refused(Refusal::Declined, _))),
            "{text:?}"
        );
    }
}

#[test]
fn a_choice_is_needed_where_nobody_is_asked() {
    let mut world = memory();
    register(&mut world, &mut approve(), "alice").unwrap();
    register(&mut world, &mut approve(), "bob").unwrap();
    let mut undecided = approve();
    assert!(sign_in(&mut world, &mut undecided).is_err());
    let problem = undecided.problem.unwrap().to_string();
    assert!(
        problem.contains("1  bob") && problem.contains("2  alice") && problem.contains("--choose"),
        "{problem}"
    );

    let id = problem.rsplit(' ').next().unwrap().to_owned();
    for choice in ["2", &id] {
        let mut decided = person(args::User::Approve, None, Some(choice));
        assert_eq!(sign_in(&mut world, &mut decided).unwrap(), b"alice");
    }
    let mut wrong = person(args::User::Approve, None, Some("3"));
    assert!(sign_in(&mut world, &mut wrong).is_err());
    assert!(matches!(wrong.problem, Some(Failure::Usage(_))));
}
