use super::*;

#[test]
fn what_a_failure_says_is_for_the_person_alone() {
    let text = || "1  alice@example.com, id AbC".to_owned();
    for failure in [
        Failure::Check(text()),
        Failure::Other(text()),
        Failure::Usage(text()),
        Failure::WebAuthn(DomException::NotAllowedError, text()),
        Failure::Store(text()),
        Failure::Key(text()),
        Failure::NoPasskey(text()),
        Failure::Findings(text()),
        Failure::Broken(text()),
    ] {
        assert!(failure.to_string().contains("alice@example.com"));
        let debug = format!("{failure:?} {failure:#?}");
        assert!(!debug.contains("alice") && !debug.contains("AbC"), "{debug}");
        assert!(debug.contains("(..") || debug.contains("NotAllowedError"), "{debug}");
    }
}
