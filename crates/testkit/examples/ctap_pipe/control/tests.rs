use super::*;
use authenticator_core::Verification;

fn parsed(line: &str) -> Control {
    Control::parse(line.as_bytes()).unwrap()
}

fn refused(line: &[u8]) -> BadLine {
    Control::parse(line).unwrap_err()
}

#[test]
fn a_line_says_what_moves() {
    assert!(matches!(parsed("open security-key"), Control::Open(profile) if !profile.platform));
    assert!(matches!(parsed("open phone"), Control::Open(profile) if profile.platform));
    assert!(matches!(parsed("start"), Control::Start));
    assert!(matches!(parsed("use 1"), Control::Use(1)));
    assert!(matches!(parsed("restart\n"), Control::Restart));
    assert!(matches!(parsed("unplug 5"), Control::Unplug(time) if time == Duration::from_secs(5)));
    assert!(matches!(parsed("  wait   600 "), Control::Wait(time) if time == Duration::from_secs(600)));
    assert!(matches!(parsed("asked"), Control::Asked));
}

#[test]
fn a_line_says_what_the_user_does() {
    let answer = |line: &str| match parsed(line) {
        Control::User(answer) => answer,
        other => panic!("{line} is {other:?}"),
    };
    assert!(matches!(answer("user comply"), Answer::Comply));
    assert!(
        matches!(answer("user touch"), Answer::Give(gesture) if gesture.verification == Verification::No)
    );
    assert!(matches!(answer("user verify"), Answer::Give(Gesture::VERIFIED)));
    assert!(matches!(answer("user deny"), Answer::Refuse(Refusal::Declined)));
    assert!(matches!(answer("user timeout"), Answer::Refuse(Refusal::TimedOut)));
    assert!(matches!(answer("user cancel"), Answer::Refuse(Refusal::Cancelled)));
    assert!(matches!(answer("user fail 2"), Answer::Refuse(Refusal::VerificationFailed { left: 2 })));
    assert!(matches!(answer("user choose 1"), Answer::Choose(1)));
}

#[test]
fn a_malformed_line_is_refused_with_its_reason() {
    assert_eq!(refused(b""), BadLine::TooShort);
    assert_eq!(refused(b"wait"), BadLine::TooShort);
    assert_eq!(refused(b"user fail"), BadLine::TooShort);
    assert_eq!(refused(b"asked twice"), BadLine::TooLong);
    assert_eq!(refused(b"\xFF"), BadLine::NotText);
    assert_eq!(refused(b"leave"), BadLine::UnknownWord("leave".into()));
    assert_eq!(refused(b"open tablet"), BadLine::UnknownWord("tablet".into()));
    assert_eq!(refused(b"user sleeps"), BadLine::UnknownWord("sleeps".into()));
    for number in ["-1", "1.5", "4294967296", "x"] {
        assert!(matches!(refused(format!("wait {number}").as_bytes()), BadLine::Number(_)), "{number}");
    }
    assert!(matches!(refused(b"user fail 256"), BadLine::Number(_)));
}
