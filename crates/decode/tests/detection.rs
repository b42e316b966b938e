//! What bytes are told to be, and what they are not.
#![allow(clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use authenticator_decode::recording::{Likeness, likeness};
use authenticator_decode::{Kind, Unsure, detect};

/// Authenticator data of these flags, with so much behind the counter.
fn authenticator_data(flags: u8, behind: &[u8]) -> Vec<u8> {
    [&[0xFE; 32][..], &[flags, 0, 0, 0, 1], behind].concat()
}

#[test]
fn authenticator_data_are_those_that_end_where_they_say() {
    let found = Ok(Kind::AuthenticatorData);
    assert_eq!(detect(&authenticator_data(0x05, &[])), found);
    assert_eq!(detect(&authenticator_data(0x81, &[0xA0])), found);
    assert_eq!(detect(&authenticator_data(0x05, &[0])), Err(Unsure::Nothing));
    assert_eq!(detect(&authenticator_data(0x81, &[0xA0, 0])), Err(Unsure::Nothing));
}

#[test]
fn authenticator_data_may_be_cut_off_in_a_field() {
    let found = Ok(Kind::AuthenticatorData);
    let attested = [&[0xBB; 16][..], &[0x00, 0x10], &[0xCC; 16], &[0xA5, 0x01, 0x02]].concat();
    for end in [1, 15, 17, 18, 30, 34, 35, attested.len()] {
        assert_eq!(detect(&authenticator_data(0x41, &attested[..end])), found, "{end}");
    }
    assert_eq!(detect(&authenticator_data(0x81, &[0xA1, 0x69, b'c'])), found);
    // What is cut off somewhere else is something else.
    assert_eq!(detect(&authenticator_data(0x43, &attested[..17])), Err(Unsure::Nothing));
    assert_eq!(detect(&authenticator_data(0x61, &attested[..17])), Err(Unsure::Nothing));
    let no_key = [&attested[..34], &[0xFF, 0xFF]].concat();
    assert_eq!(detect(&authenticator_data(0x41, &no_key)), Err(Unsure::Nothing));
    let long = [&attested[..16], &[0x04, 0x00], &[0xCC; 16]].concat();
    assert_eq!(detect(&authenticator_data(0x41, &long)), Err(Unsure::Nothing));
}

#[test]
fn text_is_nothing() {
    let licence =
        "Permission is hereby granted, free of charge, to any person obtaining a copy of this software";
    assert_eq!(detect(licence.as_bytes()), Err(Unsure::Nothing));
    assert_eq!(detect(licence.to_uppercase().as_bytes()), Err(Unsure::Nothing));
}

#[test]
fn one_line_of_64_bytes_is_a_recording_where_it_begins_a_message() {
    let line = |digits: &str| format!("# one line\n{digits:0<128}\n");
    for digits in ["00000001900001", "ffffffff860008", "00000001811db9", "> 05", "< 00000001c00001"] {
        assert_eq!(likeness(&line(digits)), Likeness::Recording, "{digits}");
    }
    // A packet that goes on, commands without a name, and more than a message has.
    for digits in ["00000001000001", "00000001c00001", "00000001ff0001", "00000001901dba"] {
        assert_eq!(likeness(&line(digits)), Likeness::Perhaps, "{digits}");
        assert_eq!(likeness(&line(digits).repeat(2)), Likeness::Recording, "{digits}");
    }
    for digits in ["> 00", "< 00"] {
        assert_eq!(likeness(digits), Likeness::Recording, "{digits}");
    }
    for other in ["", "00000001900001", "no digits", "{}", "{\"in\":\"tick\"}"] {
        assert_eq!(likeness(other), Likeness::Other, "{other}");
    }
}
