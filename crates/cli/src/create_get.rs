//! `create` and `get`: options in, response out. Stdout has the response's JSON and nothing else.

use crate::args::{self, Ceremony};
use crate::attestation;
use crate::exit::Failure;
use crate::log::Log;
use crate::open::{self, Device};
use crate::paths::Places;
use crate::person::Person;
use crate::prompt::Terminal;
use authenticator_core::{BuiltInVerification, Requester};
use authenticator_host::{SoftwareKeys, blocking};
use authenticator_provider::{complete, take_note};
use authenticator_webauthn::{
    Advice, Caller, ClientDataSource, ClientDataType, Create, CreationOptions, DomException, Ending,
    ErrorKind, Evidence, Get, Origin, RequestOptions, ResponseJson, UserVerification,
};
use rand_core::CryptoRng;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

/// `authenticator create`.
pub(crate) fn create(args: &args::Create, log: Log) -> Result<(), Failure> {
    let args::Create { ceremony: args, attestation } = args;
    let caller = caller(args)?;
    let options = CreationOptions::from_json(&read_options(&args.options, log)?)?;
    let wanted = options.authenticator_selection.user_verification;
    check_verification(ClientDataType::Create, wanted, args.user)?;
    let mut profile = open::profile(verification(args.user));
    if let Some(attestation) = attestation {
        profile.attestation = attestation.format();
    }
    let mut keys = attestation::certify(attestation.as_ref(), &mut profile)?;
    let places = Places::find(args.store.store.as_deref())?;
    let mut device = open::open(&places, args.store.anchor.as_deref(), profile, log)?;
    let ceremony = Create::prepare(&options, &caller, ClientDataSource::Build, &mut device.context())?;
    tell(ceremony.advice());
    let mut person = person(args, ceremony.timeout());
    let begin = |cx: &mut authenticator_core::Context<'_>| ceremony.begin(cx, Requester::default());
    let done = blocking::run(&mut device, &mut person, &mut keys, begin);
    log.note("the command has ended");
    let evidence = ceremony.evidence(&done.result);
    let answered = answer(ceremony.finish(&done.result), person);
    note(&mut device, evidence, log);
    answered
}

/// `authenticator get`.
pub(crate) fn get(args: &Ceremony, log: Log) -> Result<(), Failure> {
    let caller = caller(args)?;
    let options = RequestOptions::from_json(&read_options(&args.options, log)?)?;
    check_verification(ClientDataType::Get, options.user_verification, args.user)?;
    log.count("credentials named by the site", options.allow_credentials.len());
    let places = Places::find(args.store.store.as_deref())?;
    let mut device =
        open::open(&places, args.store.anchor.as_deref(), open::profile(verification(args.user)), log)?;
    let ceremony = Get::prepare(&options, &caller, ClientDataSource::Build, &mut device.context())?;
    tell(ceremony.advice());
    let mut person = person(args, ceremony.timeout());
    let begin = |cx: &mut authenticator_core::Context<'_>| ceremony.begin(cx, Requester::default());
    let done = blocking::run(&mut device, &mut person, &mut SoftwareKeys, begin);
    log.note("the command has ended");
    let evidence = ceremony.evidence(&done.result);
    match ceremony.finish(&mut device.context(), &done.result) {
        Ok(ending @ Ending::NeedsWrite(_)) => {
            // What is written now takes the hint's place.
            device.write_hint(&done);
            log.note("the site's bytes are to be written");
            answer(Ok(complete(&mut device, ending)), person)?;
        }
        ended => {
            answer(ended.map(|ending| complete(&mut device, ending)), person)?;
            device.write_hint(&done);
        }
    }
    note(&mut device, evidence, log);
    Ok(())
}

/// The response is out: what cannot be noted now, the next one shows again.
fn note<R: CryptoRng>(device: &mut Device<R>, evidence: Option<Evidence>, log: Log) {
    if let Some(evidence) = evidence
        && take_note(device, &evidence).is_err()
    {
        log.note("what is known of new passkeys could not be noted");
    }
}

fn caller(args: &Ceremony) -> Result<Caller, Failure> {
    let (origin, package_name) = (Origin::parse(&args.origin)?, args.package_name.clone());
    if origin.is_app() {
        return Ok(Caller::App { origin, package_name });
    }
    match package_name {
        None => Ok(Caller::Web { origin, top_origin: None, cross_origin: false }),
        Some(_) => Err(Failure::Usage("--package-name is an app's, and the origin is a page's".to_owned())),
    }
}

/// S-44: the person may have meant another device. The site is served all the same.
fn tell(advice: Option<Advice>) {
    if advice == Some(Advice::WrongEntryPoint) {
        // Advice that cannot be written is no reason to stop.
        let _ = writeln!(
            std::io::stderr(),
            "authenticator: the site expects another kind of device, such as a security key; going on with this one"
        );
    }
}

/// The longest options read. Sites send a few kilobytes; ten thousand credential ids make less than two megabytes.
const MAX_OPTIONS: u64 = 16 * 1024 * 1024;

fn read_options(path: &Path, log: Log) -> Result<String, Failure> {
    let unreadable =
        |error: &std::io::Error| Failure::Usage(format!("the options cannot be read: {}", error.kind()));
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(MAX_OPTIONS).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_OPTIONS).read_to_end(&mut bytes))
    };
    log.count("bytes of options", read.map_err(|error| unreadable(&error))?);
    String::from_utf8(bytes).map_err(|_| {
        Failure::WebAuthn(
            DomException::TypeError,
            "the options are not UTF-8 text, so they are not JSON".to_owned(),
        )
    })
}

const fn verification(user: args::User) -> BuiltInVerification {
    match user {
        args::User::Verify => BuiltInVerification::Configured,
        args::User::Ask | args::User::Approve | args::User::Deny => BuiltInVerification::Unsupported,
    }
}

/// A terminal proves presence at most: who types is not known.
fn check_verification(
    ceremony: ClientDataType,
    wanted: UserVerification,
    user: args::User,
) -> Result<(), Failure> {
    if wanted != UserVerification::Required || verification(user) == BuiltInVerification::Configured {
        return Ok(());
    }
    let reason = "the site requires user verification, and a terminal proves presence only; a caller that has verified \
                  its user itself can say so with --user verify";
    let name = authenticator_webauthn::Error::from(ErrorKind::VerificationNotSetUp(ceremony)).name();
    Err(Failure::WebAuthn(name, reason.to_owned()))
}

fn person(args: &Ceremony, patience: Duration) -> Person {
    let terminal = (args.user == args::User::Ask).then(Terminal::of_this_process).flatten();
    Person { user: args.user, terminal, choice: args.choose.clone(), patience, problem: None }
}

fn answer(
    response: Result<ResponseJson, authenticator_webauthn::Error>,
    person: Person,
) -> Result<(), Failure> {
    match (response, person.problem) {
        (Ok(json), _) => {
            let mut stdout = std::io::stdout().lock();
            writeln!(stdout, "{}", &*json)?;
            Ok(stdout.flush()?)
        }
        // The precise reason, which a site would not be told.
        (Err(_), Some(problem)) => Err(problem),
        (Err(error), None) => Err(error.into()),
    }
}
