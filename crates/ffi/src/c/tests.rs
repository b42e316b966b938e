//! The C ABI as C sees it. What opens a store is left out under Miri, which runs no SQLite. With a store, the program in
//! `c/` calls every function under AddressSanitizer.

mod passkeys;
mod unwanted;

use super::*;
use crate::data::{Ask, Caller, Candidate, ClientData, Page, Prompt, Step, User, UserRequest};
use crate::failure::{Failure, FailureKind};
use std::mem::MaybeUninit;
use std::ptr;

fn bytes(of: &[u8]) -> AuthnBytes {
    AuthnBytes::of(of)
}

fn text_of(value: AuthnBytes) -> String {
    // SAFETY: the library gave it, and the step or page it came from lives in the test that asks.
    String::from_utf8(unsafe { raw::lent(value) }.unwrap().to_vec()).unwrap()
}

fn candidate(name: &str, last_used: Option<u64>) -> Candidate {
    let user = User { id: vec![1], name: name.into(), display_name: String::new() };
    Candidate { record: vec![2; 16], user, label: None, created: Some(5), last_used, key_handle: None }
}

fn user_step() -> AuthnStep {
    let request = UserRequest {
        prompt: Prompt::SignIn { rp_id: "example.com".into() },
        ask: Ask::Verification,
        timeout_seconds: 60,
        candidates: Page { candidates: Vec::new(), next: None },
        chosen_before: None,
    };
    let page = Page { candidates: vec![candidate("ada", Some(9)), candidate("bob", None)], next: Some(77) };
    AuthnStep { step: Step::NeedsUser { request }, page: Some(AuthnPage(page)) }
}

fn given<T>(object: T) -> *mut T {
    let mut place = ptr::null_mut();
    // SAFETY: the place is a variable of this function.
    unsafe { raw::give(&raw mut place, object) }.unwrap();
    place
}

fn number(step: *const AuthnStep, field: u32) -> Result<i64, AuthnStatus> {
    let mut value = 0;
    // SAFETY: the step lives in the test that asks; the value is a variable of this function.
    match unsafe { authn_step_number(step, field, &raw mut value) } {
        AuthnStatus::Ok => Ok(value),
        status => Err(status),
    }
}

fn field(step: *const AuthnStep, field: u32) -> Result<String, AuthnStatus> {
    let mut value = AuthnBytes::NONE;
    // SAFETY: as in `number`.
    match unsafe { authn_step_bytes(step, field, &raw mut value) } {
        AuthnStatus::Ok => Ok(text_of(value)),
        status => Err(status),
    }
}

#[test]
fn a_step_is_read_and_freed() {
    let step = given(user_step());
    assert_eq!(number(step, 0), Ok(0), "kind");
    assert_eq!(number(step, 1), Ok(2), "prompt");
    assert_eq!(number(step, 2), Ok(1), "ask");
    assert_eq!(number(step, 3), Ok(60), "timeout");
    assert_eq!(number(step, 4), Err(AuthnStatus::Absent), "algorithm");
    assert_eq!(number(step, 6), Err(AuthnStatus::UnknownValue));
    assert_eq!(field(step, 0).as_deref(), Ok("example.com"));
    assert_eq!(field(step, 11), Err(AuthnStatus::Absent), "response");
    assert_eq!(field(step, u32::MAX), Err(AuthnStatus::UnknownValue));

    // SAFETY: the step lives until it is freed, and its page and their bytes are not used after that.
    unsafe {
        let page = authn_step_page(step);
        assert_eq!(authn_page_count(page), 2);
        let (mut before, mut time, mut name) = (0, 0, AuthnBytes::NONE);
        assert_eq!(authn_page_next(page, &raw mut before), AuthnStatus::Ok);
        assert_eq!(before, 77);
        assert_eq!(authn_page_bytes(page, 1, 2, &raw mut name), AuthnStatus::Ok);
        assert_eq!(text_of(name), "bob");
        assert_eq!(authn_page_bytes(page, 2, 2, &raw mut name), AuthnStatus::Absent, "no third one");
        assert_eq!(authn_page_bytes(page, 0, 4, &raw mut name), AuthnStatus::Absent, "no label");
        assert_eq!(authn_page_time(page, 0, 1, &raw mut time), AuthnStatus::Ok);
        assert_eq!(time, 9);
        assert_eq!(authn_page_time(page, 1, 1, &raw mut time), AuthnStatus::Absent);
        authn_step_free(step);
    }
}

#[test]
fn a_failure_is_read_and_freed() {
    let failure = Failure {
        dom_exception: "NotAllowedError".into(),
        kind: FailureKind::KeyLockedOut,
        sentence: "No.".into(),
    };
    let step =
        given(AuthnStep { step: Step::Failed { failure, unused_key: Some(b"k".to_vec()) }, page: None });
    assert_eq!((number(step, 0), number(step, 5)), (Ok(4), Ok(10)));
    assert_eq!(field(step, 12).as_deref(), Ok("NotAllowedError"));
    assert_eq!(field(step, 13).as_deref(), Ok("No."));
    assert_eq!(field(step, 14).as_deref(), Ok("k"));
    // SAFETY: the step lives, and is freed once.
    unsafe {
        assert!(authn_step_page(step).is_null());
        authn_step_free(step);
    }
}

#[test]
fn a_page_and_a_buffer_stand_alone() {
    let page = given(AuthnPage(Page { candidates: vec![candidate("ada", None)], next: None }));
    let buffer = given(AuthnBuffer(b"saved".to_vec()));
    let mut before = 1;
    // SAFETY: both live until they are freed, once.
    unsafe {
        assert_eq!(authn_page_next(page, &raw mut before), AuthnStatus::Absent);
        assert_eq!(before, 1, "untouched");
        authn_page_free(page);
        assert_eq!(text_of(authn_buffer_bytes(buffer)), "saved");
        authn_buffer_free(buffer);
    }
}

#[test]
fn null_is_an_error_everywhere_and_freeing_it_is_nothing() {
    let none = AuthnBytes::NONE;
    let null = AuthnStatus::NullPointer;
    // SAFETY: null is what these functions check for.
    unsafe {
        assert_eq!(authn_open(none, none, ptr::null(), ptr::null_mut()), null);
        let mut place = ptr::null_mut();
        assert_eq!(authn_open(none, none, ptr::null(), &raw mut place), null);
        let mut ceremony = ptr::null_mut();
        let started = authn_start_create(ptr::null(), none, ptr::null(), ptr::null(), &raw mut ceremony);
        assert_eq!((started, ceremony.is_null()), (null, true));
        assert_eq!(authn_start_get(ptr::null(), none, ptr::null(), ptr::null(), ptr::null_mut()), null);
        assert_eq!(authn_restore(ptr::null(), none, &raw mut ceremony), null);
        let it = ptr::null();
        assert_eq!(authn_step(it, ptr::null_mut()), null);
        assert_eq!(authn_candidates(it, 0, ptr::null_mut()), null);
        assert_eq!(authn_choose(it, none), null);
        assert_eq!(authn_approve(it, true, none), null);
        assert_eq!(authn_refuse(it, 0, 0), null);
        assert_eq!(authn_refuse(it, 5, 0), AuthnStatus::UnknownValue);
        assert_eq!(authn_key_made(it, none, none), null);
        assert_eq!(authn_key_not_made(it, 0), null);
        assert_eq!(authn_key_not_made(it, 6), AuthnStatus::UnknownValue);
        assert_eq!(authn_signed(it, none), null);
        assert_eq!(authn_not_signed(it, 0), null);
        assert_eq!(authn_cancel(it), null);
        assert_eq!(authn_save(it, ptr::null_mut()), null);
        let (mut record, mut kind, mut name) = (ptr::null_mut(), 7, ptr::null_mut());
        let unwanted = authn_unwanted_key(ptr::null(), 0, &raw mut record, &raw mut kind, &raw mut name);
        assert_eq!((unwanted, kind), (null, 0));
        assert!(record.is_null() && name.is_null());
        let nowhere = authn_unwanted_key(ptr::null(), 0, ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
        assert_eq!(nowhere, null);
        assert_eq!(authn_key_destroyed(ptr::null(), none), null);
        assert_eq!(authn_suspend(ptr::null()), null);
        assert_eq!(authn_resume(ptr::null()), null);
        let (mut json, mut page) = (ptr::null_mut(), ptr::null_mut());
        assert_eq!(authn_client_capabilities(ptr::null(), &raw mut json), null);
        assert_eq!(authn_client_capabilities(ptr::null(), ptr::null_mut()), null);
        assert_eq!(authn_passkeys(ptr::null(), u64::MAX, &raw mut page), null);
        assert_eq!(authn_passkeys(ptr::null(), u64::MAX, ptr::null_mut()), null);
        assert!(json.is_null() && page.is_null());
        assert_eq!(authn_passkeys_count(ptr::null()), 0);
        assert_eq!(authn_passkeys_next(ptr::null(), ptr::null_mut()), null);
        assert_eq!(authn_passkeys_bytes(ptr::null(), 0, 0, ptr::null_mut()), null);
        assert_eq!(authn_passkeys_number(ptr::null(), 0, 0, ptr::null_mut()), null);
        assert_eq!(authn_rename_passkey(ptr::null(), none, none), null);
        assert_eq!(authn_delete_passkey(ptr::null(), none), null);
        assert_eq!(authn_mark_passkey(ptr::null(), none, 0), null);
        assert_eq!(authn_delete_everything(ptr::null(), true), null);
        assert_eq!(authn_step_number(ptr::null(), 0, ptr::null_mut()), null);
        assert_eq!(authn_step_bytes(ptr::null(), 0, ptr::null_mut()), null);
        assert_eq!(authn_page_bytes(ptr::null(), 0, 0, ptr::null_mut()), null);
        assert_eq!(authn_page_time(ptr::null(), 0, 0, ptr::null_mut()), null);
        assert_eq!(authn_page_next(ptr::null(), ptr::null_mut()), null);
        assert_eq!(authn_page_count(ptr::null()), 0);
        assert!(authn_step_page(ptr::null()).is_null());
        assert!(authn_buffer_bytes(ptr::null()).data.is_null());
        authn_authenticator_free(ptr::null_mut());
        authn_ceremony_free(ptr::null_mut());
        authn_step_free(ptr::null_mut());
        authn_page_free(ptr::null_mut());
        authn_passkeys_free(ptr::null_mut());
        authn_buffer_free(ptr::null_mut());
    }
    let step = given(user_step());
    // SAFETY: the step lives until it is freed; null is what the function checks for.
    unsafe {
        assert_eq!(authn_step_number(step, 0, ptr::null_mut()), null);
        authn_step_free(step);
    }
}

#[test]
fn lengths_and_text_are_checked() {
    let long = AuthnBytes { data: [0].as_ptr(), len: usize::MAX };
    let nowhere = AuthnBytes { data: ptr::null(), len: 1 };
    // SAFETY: what is not readable is refused by its length before it is read.
    unsafe {
        assert_eq!(raw::lent(long).err(), Some(AuthnStatus::Length));
        assert_eq!(raw::lent(nowhere).err(), Some(AuthnStatus::NullPointer));
        assert_eq!(raw::lent(AuthnBytes::NONE), Ok(&[][..]));
        assert_eq!(raw::lent_numbers(ptr::null(), 0), Ok(&[][..]));
        assert_eq!(raw::lent_numbers(ptr::null(), 1).err(), Some(AuthnStatus::NullPointer));
        let numbers = [-7_i64, -8];
        assert_eq!(raw::lent_numbers(numbers.as_ptr(), 0).err(), Some(AuthnStatus::Length));
        assert_eq!(raw::lent_numbers(numbers.as_ptr(), 2), Ok(&numbers[..]));
        assert_eq!(raw::lent_numbers(numbers.as_ptr(), usize::MAX).err(), Some(AuthnStatus::Length));

        let settings = |aaguid, verification| AuthnSettings {
            aaguid: bytes(aaguid),
            verification,
            algorithms: ptr::null(),
            algorithms_len: 0,
            attestation: 0,
        };
        let open = |path: &[u8], key: &[u8], settings: AuthnSettings| {
            let mut place = ptr::null_mut();
            authn_open(bytes(path), bytes(key), &raw const settings, &raw mut place)
        };
        assert_eq!(open(&[0xff], &[7; 32], settings(&[0; 16], 0)), AuthnStatus::NotUtf8);
        assert_eq!(open(b"x", &[7; 31], settings(&[0; 16], 0)), AuthnStatus::Length);
        assert_eq!(open(b"x", &[7; 32], settings(&[0; 15], 0)), AuthnStatus::Length);
        assert_eq!(open(b"x", &[7; 32], settings(&[0; 16], 3)), AuthnStatus::UnknownValue);
        // Keys of the program's own, of no kind: never the library's instead.
        let empty = AuthnSettings { algorithms: numbers.as_ptr(), ..settings(&[0; 16], 0) };
        assert_eq!(open(b"x", &[7; 32], empty), AuthnStatus::Length);
        let attested = AuthnSettings { attestation: 2, ..settings(&[0; 16], 0) };
        assert_eq!(open(b"x", &[7; 32], attested), AuthnStatus::UnknownValue);
    }
}

#[test]
fn only_null_without_a_length_is_none() {
    let (none, nowhere) = (AuthnBytes::NONE, AuthnBytes { data: ptr::null(), len: 1 });
    let null = AuthnStatus::NullPointer;
    let web = |top_origin| AuthnCaller {
        kind: 0,
        origin: bytes(b"x"),
        top_origin,
        cross_origin: 0,
        package_name: AuthnBytes::NONE,
    };
    let top_origin_of = |caller: AuthnCaller| {
        // SAFETY: its bytes are static, none, or refused by their length before they are read.
        unsafe { functions::read_caller(&raw const caller) }.map(|caller| match caller {
            Caller::Web { top_origin, .. } => top_origin,
            Caller::App { .. } => panic!("a page"),
        })
    };
    assert_eq!(top_origin_of(web(none)), Ok(None));
    assert_eq!(top_origin_of(web(bytes(b"y"))), Ok(Some("y".to_owned())));
    assert_eq!(top_origin_of(web(nowhere)), Err(null));
    // SAFETY: as before.
    unsafe {
        assert_eq!(raw::lent_or_none(none), Ok(None));
        assert_eq!(raw::lent_or_none(bytes(b"")), Ok(Some(&[][..])), "there, and empty");
        assert_eq!(raw::lent_or_none(nowhere), Err(null));
    }
}

#[test]
fn whether_a_frame_is_embedded_is_zero_or_one() {
    let web = |cross_origin| {
        let caller = AuthnCaller {
            kind: 0,
            origin: bytes(b"x"),
            top_origin: AuthnBytes::NONE,
            cross_origin,
            package_name: AuthnBytes::NONE,
        };
        // SAFETY: the caller is a variable of this function, and its bytes are static or none.
        match unsafe { functions::read_caller(&raw const caller) }? {
            Caller::Web { cross_origin, .. } => Ok(cross_origin),
            Caller::App { .. } => panic!("a page"),
        }
    };
    assert_eq!([web(0), web(1)], [Ok(false), Ok(true)]);
    for other in [2, 256, u32::MAX] {
        assert_eq!(web(other), Err(AuthnStatus::UnknownValue), "{other}");
    }
}

/// Miri would see it read.
#[test]
fn what_only_a_page_has_may_be_uninitialised_in_an_apps_caller() {
    let mut caller = MaybeUninit::<AuthnCaller>::uninit();
    let place = caller.as_mut_ptr();
    // SAFETY: the place is a variable of this function, and the bytes are static.
    let read = unsafe {
        (&raw mut (*place).kind).write(1);
        (&raw mut (*place).origin).write(bytes(b"x"));
        (&raw mut (*place).package_name).write(bytes(b"com.example.app"));
        functions::read_caller(place)
    };
    let Ok(Caller::App { package_name, .. }) = read else { panic!("an app") };
    assert_eq!(package_name.as_deref(), Some("com.example.app"));
    let mut build = MaybeUninit::<AuthnClientData>::uninit();
    let place = build.as_mut_ptr();
    // SAFETY: as before.
    let read = unsafe {
        (&raw mut (*place).source).write(0);
        functions::read_client_data(place)
    };
    assert!(matches!(read, Ok(ClientData::Build)));
}

#[test]
fn a_hash_that_is_not_wanted_is_not_read() {
    // As an uninitialised variable might say; Miri would see it read.
    let hash = AuthnBytes { data: ptr::without_provenance(1), len: 32 };
    let build = AuthnClientData { source: 0, hash };
    let unknown = AuthnClientData { source: 3, hash };
    let nowhere = AuthnBytes { data: ptr::null(), len: 32 };
    // SAFETY: neither of the first two sources has a hash; that of the others is readable, or refused by its length.
    unsafe {
        assert!(matches!(functions::read_client_data(&raw const build), Ok(ClientData::Build)));
        assert_eq!(functions::read_client_data(&raw const unknown).err(), Some(AuthnStatus::UnknownValue));
        for source in [1, 2] {
            let missing = AuthnClientData { source, hash: nowhere };
            assert_eq!(functions::read_client_data(&raw const missing).err(), Some(AuthnStatus::NullPointer));
        }
        let given = AuthnClientData { source: 1, hash: bytes(&[4; 32]) };
        let read = functions::read_client_data(&raw const given);
        assert!(matches!(read, Ok(ClientData::HashOnly { hash }) if hash == [4; 32]));
    }
}

#[test]
fn a_panic_is_a_status() {
    assert_eq!(call(|| panic!("planted by a test")), AuthnStatus::Panicked);
}
