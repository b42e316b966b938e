//! A page of passkeys, over the C ABI.

use super::*;
use crate::passkeys::{Passkey, PasskeyDetails, PasskeyPage, PasskeyState};

fn page() -> PasskeyPage {
    let details = PasskeyDetails {
        credential_id: vec![3; 32],
        rp_id: "example.com".into(),
        user: User { id: vec![1], name: "ada".into(), display_name: String::new() },
        label: Some("laptop".into()),
        created: Some(5),
        last_used: None,
        algorithm: -8,
        key_held_by_app: true,
    };
    let read = Passkey { record: vec![2; 16], state: PasskeyState::Superseded, details: Some(details) };
    let unread = Passkey { record: vec![4; 16], state: PasskeyState::Unreadable, details: None };
    PasskeyPage { passkeys: vec![read, unread], next: Some(77) }
}

#[test]
fn a_page_of_passkeys_is_read_and_freed() {
    let page = given(AuthnPasskeys(page()));
    let bytes = |index, field| {
        let mut value = AuthnBytes::NONE;
        // SAFETY: the page lives until the end of the test; the value is a variable of this closure.
        match unsafe { authn_passkeys_bytes(page, index, field, &raw mut value) } {
            // SAFETY: as before.
            AuthnStatus::Ok => Ok(unsafe { raw::lent(value) }.unwrap().to_vec()),
            status => Err(status),
        }
    };
    let number = |index, field| {
        let mut value = 0;
        // SAFETY: as before.
        match unsafe { authn_passkeys_number(page, index, field, &raw mut value) } {
            AuthnStatus::Ok => Ok(value),
            status => Err(status),
        }
    };
    let fields: Vec<_> = (0..7).map(|field| bytes(0, field).unwrap()).collect();
    let expected = [
        vec![2; 16],
        vec![3; 32],
        b"example.com".to_vec(),
        vec![1],
        b"ada".to_vec(),
        vec![],
        b"laptop".to_vec(),
    ];
    assert_eq!(fields, expected);
    assert_eq!(
        (0..5).map(|field| number(0, field)).collect::<Vec<_>>(),
        [Ok(2), Ok(-8), Ok(5), Err(AuthnStatus::Absent), Ok(1)]
    );
    assert_eq!((bytes(1, 0), number(1, 0)), (Ok(vec![4; 16]), Ok(6)), "what cannot be read has a record");
    assert!((1..7).all(|field| bytes(1, field) == Err(AuthnStatus::Absent)));
    assert!((1..5).all(|field| number(1, field) == Err(AuthnStatus::Absent)));
    for unknown in [7, u32::MAX] {
        assert_eq!(bytes(0, unknown), Err(AuthnStatus::UnknownValue));
        assert_eq!(number(0, unknown), Err(AuthnStatus::UnknownValue));
    }
    assert_eq!((bytes(2, 0), number(usize::MAX, 0)), (Err(AuthnStatus::Absent), Err(AuthnStatus::Absent)));
    let mut next = 0;
    // SAFETY: the page lives until it is freed, once.
    unsafe {
        assert_eq!(authn_passkeys_count(page), 2);
        assert_eq!((authn_passkeys_next(page, &raw mut next), next), (AuthnStatus::Ok, 77));
        authn_passkeys_free(page);
    }
}
