#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;
use crate::lab::Effect;
use crate::lab::recording::Recorder;
use crate::lab::snapshot::Written;
use authenticator_core::Gesture;
use authenticator_core::store::CommitError;
use serde_json::json;

const PROFILE: &str = r#"{"profile":"security-key","file":null,"verification":true,"attestation":null,"reset_window":null,"set":[],"lab":true}"#;

fn start() -> Written {
    let state = json!({
        "device_key": "11".repeat(32),
        "clock": { "boot": "22".repeat(16), "since_boot_ms": 0, "date": 0 },
        "randomness": { "seed": "33".repeat(32), "words": 0 },
        "last_commit": null,
        "records": [],
    });
    serde_json::from_value(state).unwrap()
}

/// A recording of nothing but its beginning, and these lines.
fn recording(lines: &[String]) -> Vec<u8> {
    let mut to = Vec::new();
    let now = Now { boot: BootId([0x22; 16]), since_boot: Duration::ZERO, unix: Some(0) };
    let mut recorder = Recorder::<_, u64>::begin(&mut to, &serde_json::from_str(PROFILE).unwrap()).unwrap();
    recorder.start(now, start()).unwrap();
    lines.iter().for_each(|line| to.extend([line.as_bytes(), b"\n"].concat()));
    to
}

fn report(first: &str) -> String {
    let data = format!("{first:0<128}");
    json!({ "t": 1, "date": 0, "in": { "report": { "link": 0, "data": data } } }).to_string()
}

fn out(first: &str) -> String {
    let data = format!("{first:0<128}");
    json!({ "out": { "report": { "link": 0, "data": data } } }).to_string()
}

const INIT: &str = "ffffffff8600080102030405060708";
const OPENED: &str = "ffffffff860011010203040506070800000001020000000d";

fn trouble(lines: &[String]) -> (u64, Trouble) {
    run(recording(lines).as_slice()).unwrap_err()
}

fn difference(lines: &[String]) -> (u64, String) {
    match trouble(lines) {
        (line, Trouble::Different(told)) => (line, told),
        (_, Trouble::Unusable(why)) => unreachable!("{why}"),
    }
}

#[test]
fn what_comes_again_is_the_same() {
    let counted = run(recording(&[report(INIT), out(OPENED)]).as_slice());
    assert_eq!(counted, Ok(Counted { happened: 2, came: 1 }));
}

#[test]
fn what_is_missing_what_is_too_much_and_what_is_other_is_found() {
    let (line, told) = difference(&[report(INIT)]);
    assert!(line == 4 && told.contains("here came, and there did not"), "{line}: {told}");
    let (line, told) = difference(&[report(INIT), out(OPENED), out(OPENED)]);
    assert!(line == 5 && told.contains("there came, and here did not"), "{line}: {told}");
    let (line, told) = difference(&[report(INIT), out(INIT)]);
    assert!(line == 4 && told.contains("from byte 6 on"), "{line}: {told}");
}

#[test]
fn lines_that_cannot_be_are_named() {
    for wrong in [
        "{}",
        r#"{"t":1,"in":"tick","out":"wink"}"#,
        r#"{"in":"tick"}"#,
        r#"{"t":1,"in":"tock"}"#,
        r#"{"t":1,"in":{"report":{"link":0,"data":"00"}}}"#,
        r#"{"t":1,"in":{"answer":{"prompt":1,"answer":{"refused":{"why":"declined","left":1}}}}}"#,
    ] {
        let (line, told) = trouble(&[wrong.to_owned()]);
        assert!(line == 3 && matches!(told, Trouble::Unusable(_)), "{wrong}: {told:?}");
    }
    let nothing = r#"{"t":1,"date":0,"in":{"committed":"ok"}}"#;
    assert!(
        matches!(trouble(&[nothing.to_owned()]), (3, Trouble::Different(_))),
        "nothing is being committed"
    );
}

/// The store has not said whether it has made the commit, and has, or has not.
#[test]
fn a_commit_in_doubt_ends_as_it_did() {
    for is_made in [true, false] {
        let snapshot = Snapshot::read(&start()).unwrap();
        let mut now = snapshot.now;
        let profile: crate::serve::Description = serde_json::from_str(PROFILE).unwrap();
        let parts = Parts::of(profile.profile().unwrap(), AttestingKeys::default(), snapshot);
        let mut device = Device::<u64, HashMapStore>::plug_in(parts).unwrap();
        let mut file = Vec::new();
        let mut recorder = Recorder::begin(&mut file, &profile).unwrap();
        recorder.start(now, start()).unwrap();
        let mut happens = |happening| {
            now.since_boot += Duration::from_millis(1);
            recorder.happening(now, &happening).unwrap();
            let (effects, job) = device.happens(now, happening);
            recorder.effects(&effects, job.as_ref()).unwrap();
            (effects, job)
        };
        let report = |text: &str| {
            let bytes = crate::lab::hex::decode(&format!("{text:0<128}")).unwrap();
            Happening::Report(0, bytes.try_into().unwrap())
        };
        happens(report(INIT));
        // A reset.
        happens(report("0000000190000107"));
        let (_, job) = happens(Happening::Answer(PromptId(1), Ok(Gesture::TOUCH)));
        let Job { mut store, changes } = job.unwrap();
        if is_made {
            store.commit(&changes).unwrap();
        }
        let (effects, _) = happens(Happening::Committed(store, Err(CommitError::InDoubt)));
        let status = effects.iter().find_map(|effect| match effect {
            Effect::Report(_, report) if report[4] == 0x90 => Some(report[7]),
            _ => None,
        });
        assert_eq!(status == Some(0x00), is_made, "{status:?}");
        let counted = run(file.as_slice()).unwrap();
        assert_eq!(counted.happened, 5);
    }
}
