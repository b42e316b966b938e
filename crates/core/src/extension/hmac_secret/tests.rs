//! What no reply shows: of what secrets are made, and that salts do not stay.

extern crate std;

use super::{Agreed, SALT, Wanted, under};
use crate::command::bench::Bench;
use crate::command::{Command, Manage, begin};
use crate::error::Error;
use crate::extension::Derivation;
use crate::profile::Profile;
use crate::secret::Secret;
use crate::session::Session;
use crate::step::{Done, Step};
use crate::store::{Listed, RecordId};
use crate::user::Refusal;
use authenticator_testkit::request::make_credential;
use core::ops::ControlFlow;
use std::vec::Vec;

/// Without it the keys of the store would be enough to make a deleted credential's secrets again.
#[test]
fn hs02_the_record_of_a_credential_holds_16_random_bytes_for_its_secrets() {
    let mut bench = Bench::new(Profile::security_key([0; 16]));
    for user in [b"one", b"two"] {
        let request = make_credential("example.com", user).option("rk", true);
        assert_eq!(bench.send(&request.encode()).0, 0x00);
    }
    let mut seeds = Vec::new();
    let mut cx = bench.context();
    let flow = cx.vault().expect("a store").credentials(None, &mut |listed| {
        if let Listed::Credential(entry) = listed {
            seeds.push(entry.credential.extended.seed.as_slice().to_vec());
        }
        ControlFlow::Continue(())
    });
    assert_eq!(flow, Ok(ControlFlow::Continue(())));
    assert_eq!(seeds.iter().map(Vec::len).collect::<Vec<_>>(), [16, 16]);
    assert_ne!(seeds.first(), seeds.last());
}

#[test]
fn hs10_salts_are_wiped_with_the_exchange_they_came_under() {
    let mut session = Bench::new(Profile::security_key([0; 16])).session;
    let serial = plant(&mut session);
    assert_eq!(session.salts.each(serial).count(), 2);
    session.end_exchange();
    assert_eq!(session.salts.each(serial).count(), 0);
    assert_eq!(session.salts.salts.expose(), &[0; 2 * SALT]);
}

/// Two salts, as a platform's command has them for as long as it runs.
fn plant(session: &mut Session) -> u32 {
    let planted = session.salts.take(|place| {
        place.fill(0x5A);
        Some(2 * SALT)
    });
    planted.expect("two salts")
}

/// The next command may never come.
#[test]
fn hs10_salts_do_not_outlive_a_command_that_fails() {
    let mut bench = Bench::new(Profile::security_key([0; 16]));
    let request = make_credential("example.com", b"user").encode();
    let requester = bench.requester;
    let step = begin(&request, &mut bench.context(), requester);
    let Step::NeedsUser(needs) = step else { unreachable!("{step:?}") };
    let serial = plant(&mut bench.session);
    // The host may change something meanwhile; whether it can is no matter of the client's.
    let failing = Command::Manage(Manage::Delete(RecordId([1; 16])));
    let step = failing.begin(&mut bench.context(), requester);
    assert!(matches!(step, Step::Done(Done { result: Err(Error::NoSuchRecord), .. })), "{step:?}");
    assert_eq!(bench.session.salts.each(serial).count(), 2);

    let step = needs.resume(&mut bench.context(), Err(Refusal::Declined));
    assert!(matches!(step, Step::Done(Done { result: Err(_), .. })), "{step:?}");
    assert_eq!(bench.session.salts.each(serial).count(), 0);
}

/// When others have taken the salts' place, an answer has no secrets, instead of empty ones.
#[test]
fn without_salts_there_are_no_secrets() {
    let mut secrets = Secret::new([0; 2 * SALT]);
    assert_eq!(under(&Secret::new([7; 32]), core::iter::empty(), &mut secrets), None);
    assert_eq!(under(&Secret::new([7; 32]), core::iter::once(&[1; SALT][..]), &mut secrets), Some(SALT));
}

/// The host's own salts, which a later command has wiped: whoever answers the earlier one's prompt is told so.
#[test]
fn salts_that_are_gone_are_an_error_and_not_a_reply_without_secrets() {
    let mut bench = Bench::new(Profile::security_key([0; 16]));
    assert!(bench.context().standing().is_ok(), "the store is open");
    let session = &mut bench.session;
    let serial = session.salts.take(|place| {
        place.fill(0x5A);
        Some(SALT)
    });
    let wanted = Wanted(Some(Ok(Agreed { serial: serial.expect("a salt"), exchange: None })));
    let seed = crate::bounded::Bytes::new(&[1; 16]).expect("16 bytes");
    let of = Derivation { credential_id: &[2; 16], seed: &seed };
    let keys = session.keys().expect("keys");
    assert!(matches!(wanted.plain(&session.salts, keys, of, true), Ok(Some(_))));
    assert!(matches!(Wanted::NONE.plain(&session.salts, keys, of, true), Ok(None)));
    session.begin_command(false);
    let keys = session.keys().expect("keys");
    assert_eq!(wanted.plain(&session.salts, keys, of, true).err(), Some(Error::CeremonyUsed));
}
