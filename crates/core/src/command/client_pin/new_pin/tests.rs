//! What is good enough for a new PIN.

use super::*;
use crate::profile::Profile;
use crate::store::Settings;

fn standing(profile: &Profile, settings: Settings) -> Standing<'_> {
    Standing { profile, settings }
}

fn new_pin(text: &str) -> NewPin {
    let length = u8::try_from(text.chars().count()).unwrap();
    NewPin { pin: Pin { verifier: [7; 16], length }, is_simple: is_simple(text) }
}

#[test]
fn a_simple_pin_goes_in_steps_of_one_kind() {
    for simple in ["0000", "1234", "56789", "9876", "abcd", "dcba", "😀😀😀😀"] {
        assert!(is_simple(simple), "{simple}");
    }
    for good in ["1235", "0001", "1212", "2468", "1243", "8901", "abcé"] {
        assert!(!is_simple(good), "{good}");
    }
}

#[test]
fn cp06_a_simple_pin_is_refused_only_where_the_policy_is_on() {
    let profile = Profile::security_key([0; 16]);
    for (complexity, text, accepted) in
        [(false, "1234", true), (true, "1234", false), (true, "1235", true), (true, "123", false)]
    {
        let mut settings = Settings::new();
        settings.pin_complexity = complexity;
        let result = new_pin(text).accepted(&standing(&profile, settings));
        assert_eq!(
            result.map(|pin| pin.verifier),
            if accepted { Ok([7; 16]) } else { Err(PinError::Policy) }
        );
    }
}

#[test]
fn cp05_the_minimum_that_was_set_counts_if_it_is_longer() {
    let profile = Profile::security_key([0; 16]);
    for (minimum, text, accepted) in
        [(0, "1357", true), (6, "13579", false), (6, "135792", true), (3, "135", false)]
    {
        let mut settings = Settings::new();
        settings.min_pin_length = minimum;
        assert_eq!(
            new_pin(text).accepted(&standing(&profile, settings)).is_ok(),
            accepted,
            "{minimum} {text}"
        );
    }
}
