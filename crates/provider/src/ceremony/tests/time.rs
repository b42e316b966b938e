//! Clocks: reboots, clocks set back, time running out.

use super::bench::{
    Bench, CREATE, bench, create, finish, get, other_process, page, passkeys, records, register,
};
use crate::ceremony::{Ceremony, CeremonyError};
use authenticator_core::store::RecordId;
use authenticator_core::{BootId, Manage, Now};
use authenticator_host::{Clock, blocking};
use authenticator_testkit::Sim;
use authenticator_webauthn::ClientDataSource;
use std::time::Duration;

#[test]
fn after_a_reboot_the_person_is_asked_again() {
    for make in [create, get] {
        let mut sim = bench();
        register(&mut sim);
        sim.clock.advance(Duration::from_secs(5000));
        let saved = make(&mut sim).save(&mut sim.world).unwrap();
        let unix = sim.clock.now().unix.unwrap();

        let mut rebooted = other_process(&sim, 2);
        rebooted.clock.set(Now { boot: BootId([2; 16]), since_boot: Duration::ZERO, unix: Some(unix + 60) });
        let ceremony = Ceremony::restore(&mut rebooted.world, &saved).unwrap();
        assert!(finish(&mut rebooted, ceremony).is_ok());
        assert_eq!(rebooted.user.seen.len(), 1);
    }
}

#[test]
fn it_lives_as_long_as_the_site_waits_and_not_a_second_longer() {
    for (timeout, seconds) in [("", 300), (r#""timeout": 600000,"#, 600), (r#""timeout": 1,"#, 300)] {
        let mut sim = bench();
        let options = CREATE.replacen('{', &format!("{{{timeout}"), 1);
        let mut ceremony =
            Ceremony::create(&mut sim.world, &options, page(), ClientDataSource::Build).unwrap();
        let created = sim.clock.now().unix.unwrap();
        assert_eq!(ceremony.expires(), Some(created + seconds));
        let saved = ceremony.save(&mut sim.world).unwrap();
        sim.clock.advance(Duration::from_secs(seconds));
        assert!(Ceremony::restore(&mut sim.world, &saved).is_ok());
        sim.clock.advance(Duration::from_secs(1));
        let error = Ceremony::restore(&mut sim.world, &saved).unwrap_err();
        assert_eq!((error.name().as_str(), error), ("NotAllowedError", CeremonyError::Expired));
        assert_eq!(ceremony.save(&mut sim.world), Err(CeremonyError::Expired));
    }
}

#[test]
fn a_clock_set_back_expires_it_and_does_not_extend_it() {
    let mut sim = bench();
    let mut ceremony = create(&mut sim);
    let saved = ceremony.save(&mut sim.world).unwrap();
    let now = sim.clock.now();
    sim.clock.set(Now { unix: now.unix.map(|unix| unix - 1), ..now });
    assert_eq!(ceremony.save(&mut sim.world), Err(CeremonyError::Expired));
    assert_eq!(Ceremony::restore(&mut sim.world, &saved).unwrap_err(), CeremonyError::Expired);
    sim.clock.set(now);
    assert_eq!(Ceremony::restore(&mut sim.world, &saved).unwrap_err(), CeremonyError::UsedUp);
}

/// A clock that says `date` when it ought to say something else. The device has been running all the while.
fn set_date(sim: &Bench, date: u64) {
    sim.clock.set(Now { unix: Some(date), ..sim.clock.now() });
}

#[test]
fn a_clock_set_back_within_one_boot_does_not_prolong_it() {
    for seconds in [302, 400, 100_000] {
        let mut sim = bench();
        let mut ceremony = create(&mut sim);
        let saved = ceremony.save(&mut sim.world).unwrap();
        let created = sim.clock.now().unix.unwrap();
        sim.clock.advance(Duration::from_secs(seconds));
        set_date(&sim, created + 200);
        assert_eq!(ceremony.save(&mut sim.world), Err(CeremonyError::Expired));
        let mut other = other_process(&sim, 2);
        assert_eq!(Ceremony::restore(&mut other.world, &saved).unwrap_err(), CeremonyError::Expired);
        assert_eq!(records(&mut sim), 0);
    }
}

#[test]
fn an_uptime_that_steps_back_expires_it() {
    let mut sim = bench();
    sim.clock.advance(Duration::from_secs(50));
    let saved = create(&mut sim).save(&mut sim.world).unwrap();
    let now = sim.clock.now();
    sim.clock.set(Now { since_boot: now.since_boot - Duration::from_secs(1), ..now });
    assert_eq!(Ceremony::restore(&mut sim.world, &saved).unwrap_err(), CeremonyError::Expired);
}

#[test]
fn found_expired_it_has_ended_whatever_the_clock_says_after_a_reboot() {
    let mut sim = bench();
    let saved = create(&mut sim).save(&mut sim.world).unwrap();
    let created = sim.clock.now().unix.unwrap();
    sim.clock.advance(Duration::from_secs(400));
    assert_eq!(Ceremony::restore(&mut sim.world, &saved).unwrap_err(), CeremonyError::Expired);
    assert_eq!(records(&mut sim), 0);
    let mut rebooted = other_process(&sim, 2);
    let now = Now { boot: BootId([2; 16]), since_boot: Duration::ZERO, unix: Some(created + 200) };
    rebooted.clock.set(now);
    assert_eq!(Ceremony::restore(&mut rebooted.world, &saved).unwrap_err(), CeremonyError::UsedUp);
}

#[test]
fn without_a_date_it_is_neither_saved_nor_restored_but_can_be_finished() {
    let mut sim = bench();
    let saved = create(&mut sim).save(&mut sim.world).unwrap();
    let now = sim.clock.now();
    sim.clock.set(Now { unix: None, ..now });
    assert_eq!(Ceremony::restore(&mut sim.world, &saved).unwrap_err(), CeremonyError::NoClock);
    let mut ceremony = create(&mut sim);
    assert_eq!(ceremony.expires(), None);
    assert_eq!(ceremony.save(&mut sim.world), Err(CeremonyError::NoClock));
    sim.clock.set(now);
    assert_eq!(ceremony.save(&mut sim.world), Err(CeremonyError::NoClock), "nor when the date came too late");
    assert!(finish(&mut sim, ceremony).is_ok());
    assert_eq!(passkeys(&mut sim), 1);
}

#[test]
fn records_of_expired_ceremonies_are_swept_when_another_is_saved() {
    let mut sim = bench();
    let others = RecordId([0xAA; 16]);
    blocking::manage(&mut sim.world, Manage::PutHost { record: others, bytes: b"linked device" }).unwrap();
    let old: Vec<_> = (0..20).map(|_| create(&mut sim).save(&mut sim.world).unwrap()).collect();
    sim.clock.advance(Duration::from_secs(200));
    let young = create(&mut sim).save(&mut sim.world).unwrap();
    assert_eq!(records(&mut sim), 22);

    sim.clock.advance(Duration::from_secs(200));
    let newest = create(&mut sim).save(&mut sim.world).unwrap();
    assert_eq!(records(&mut sim), 22 - 16 + 1, "sixteen at a time");
    assert!(create(&mut sim).save(&mut sim.world).is_ok());
    assert_eq!(records(&mut sim), 4);
    for saved in &old {
        assert_eq!(Ceremony::restore(&mut sim.world, saved).unwrap_err(), CeremonyError::Expired);
    }
    for saved in [young, newest] {
        assert!(Ceremony::restore(&mut sim.world, &saved).is_ok());
    }
    let kept = sim.world.context().vault().unwrap().host_record(others, |bytes| bytes.0.to_vec());
    assert_eq!(kept, Ok(Some(b"linked device".to_vec())), "what is no ceremony's is left alone");
}

#[test]
fn a_sweep_in_another_process_ends_a_ceremony_that_waited_too_long() {
    let mut sim = bench();
    let saved = create(&mut sim).save(&mut sim.world).unwrap();
    let ceremony = Ceremony::restore(&mut sim.world, &saved).unwrap();
    sim.clock.advance(Duration::from_secs(3600));
    let mut other: Sim<_> = other_process(&sim, 2);
    assert!(create(&mut other).save(&mut other.world).is_ok());
    assert_eq!(finish(&mut sim, ceremony), Err(CeremonyError::UsedUp));
    assert_eq!(passkeys(&mut sim), 0);
}
