//! Lists of operations against a model: what was registered and not deleted signs in, and nothing else does.

mod management;

use crate::pins::Pins;
use authenticator_core::key::Backend;
use authenticator_core::store::{CommitError, RecordId};
use authenticator_core::{Command, Manage, Management, PinRules, Profile, Refusal, SignCount};
use authenticator_host::blocking;
use authenticator_testkit::reply::{AuthData, Reply};
use authenticator_testkit::request::{self, CLIENT_DATA_HASH};
use authenticator_testkit::{Answer, Fault, Sim, with_keystore};
use std::ops::ControlFlow;
use std::time::Duration;

const SITES: [&str; 3] = ["example.com", "example.org", "login.example.com"];

/// A discoverable credential as the model knows it.
struct Passkey {
    site: usize,
    user: u8,
    credential: AuthData,
    /// The account's name, as its site or a client gave it last.
    name: String,
    /// The counter of its last sign-in.
    sign_count: u32,
}

struct Model {
    sim: Sim,
    passkeys: Vec<Passkey>,
    pins: Pins,
}

/// Each pair of bytes is an operation: what to do, and with which site, user or fault. Every list is done by a phone, by
/// one whose keys are in a keystore, and by one that counts signatures.
///
/// # Panics
/// When the authenticator and the model disagree.
pub fn operations(data: &[u8]) {
    let management = Management::ByClients { preview: true, read_only: true };
    let phone = Profile { management, ..Profile::phone([0; 16]) };
    let counting = Profile { sign_count: SignCount::PerCredential, ..phone.clone() };
    let with_pin = Profile { client_pin: Some(PinRules::default()), ..phone.clone() };
    for profile in [phone.clone(), with_keystore(phone), counting, with_pin] {
        let mut model = Model { sim: Sim::new(profile), passkeys: Vec::new(), pins: Pins::default() };
        for pair in data.chunks_exact(2).take(64) {
            let (what, how) = (pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0));
            model.step(what, how);
            model.agrees();
        }
        model.ends_clean();
    }
}

impl Model {
    fn step(&mut self, what: u8, how: u8) {
        let (site, user) = (usize::from(how) % SITES.len(), how / 64);
        match what % 20 {
            0 | 1 => self.register(site, user),
            2 => self.sign_in(site),
            3 => self.sim.world.store.fail_commit(0, fault(how)),
            4 => drop(self.sim.user.will(Answer::Refuse(refusal(how)))),
            5 => self.sim.power_cycle(Duration::from_secs(u64::from(how))),
            6 => self.delete(how),
            8 => self.pins.set(&mut self.sim, how),
            9 => self.pins.change(&mut self.sim, how),
            10 | 11 => drop(self.pins.token(&mut self.sim, how, name(site))),
            12 => self.pins.drop(&mut self.sim, how),
            13 => self.register_with_pin(site, user, how),
            14 => {
                self.sim.clock.reboot();
                self.sim.power_cycle(Duration::ZERO);
                self.pins.rebooted();
            }
            15 => self.delete_by_client(how),
            16 => self.rename_by_client(how),
            17 => self.list_by_client(),
            _ => drop(self.sim.run_and_drop(&registration(site, user).encode(), usize::from(how % 4))),
        }
    }

    fn register(&mut self, site: usize, user: u8) {
        let reply = self.sim.send(&registration(site, user));
        self.registered(site, user, &reply);
    }

    /// A registration that a token by PIN authorises.
    fn register_with_pin(&mut self, site: usize, user: u8, how: u8) {
        if let Some(token) = self.pins.token(&mut self.sim, how, name(site)) {
            let reply = self.sim.send(&token.proves(registration(site, user)));
            assert_ne!(reply.status, 0x33, "the token is good for this");
            self.registered(site, user, &reply);
        }
    }

    fn registered(&mut self, site: usize, user: u8, reply: &Reply) {
        if let Some(credential) = reply.auth_data().filter(|_| reply.status == 0x00) {
            self.passkeys.retain(|passkey| (passkey.site, passkey.user) != (site, user));
            let name = String::from("alice");
            self.passkeys.push(Passkey { site, user, credential, name, sign_count: 0 });
        }
        self.sim.world.store.heal();
    }

    fn sign_in(&mut self, site: usize) {
        let offered = self.passkeys.iter().filter(|passkey| passkey.site == site).count();
        self.sim.user.will(Answer::Choose(0));
        let reply = self.sim.send(&request::get_assertion(name(site)).option("uv", true));
        if reply.status == 0x00 {
            let counts = self.sim.world.authenticator.profile().sign_count == SignCount::PerCredential;
            let signed = reply.auth_data().map_or(0, |auth_data| auth_data.sign_count);
            let newest = self.passkeys.iter_mut().rfind(|passkey| passkey.site == site);
            let agrees = newest.is_some_and(|newest| {
                let counted = !counts || signed > newest.sign_count;
                newest.sign_count = signed;
                counted && reply.is_signed_by(&newest.credential, &CLIENT_DATA_HASH)
            });
            assert!(agrees, "the newest signs, and no counter stands still or goes back");
        } else {
            assert!(offered == 0 || reply.status != 0x2E, "a passkey that was promised is offered");
        }
        self.sim.user = Default::default();
        self.sim.world.store.heal();
    }

    fn delete(&mut self, how: u8) {
        let records = self.records();
        let Some(record) = records.get(usize::from(how) % records.len().max(1)).copied() else { return };
        let credential_id = self.credential_id(record);
        if self.sim.run(Command::Manage(Manage::Delete(record))).result.is_ok() {
            self.passkeys.retain(|passkey| passkey.credential.credential_id != credential_id);
        }
        self.sim.world.store.heal();
    }

    /// Nothing is left that the store does not account for, nor a key that no passkey names.
    fn ends_clean(&mut self) {
        self.sim.world.store.heal();
        self.sim.user = Default::default();
        self.sim.clock.reboot();
        self.sim.power_cycle(Duration::from_secs(601));
        let swept = blocking::sweep_keys(&mut self.sim.world, &mut self.sim.keys);
        assert!(swept.is_ok(), "{swept:?}");
        let mut findings = Vec::new();
        let audit = self.sim.world.context().audit(&mut |finding| findings.push(finding));
        assert!(audit.is_ok() && findings.is_empty(), "{findings:?}");
        if self.sim.world.authenticator.profile().keys.backend != Backend::SOFTWARE {
            let keys = self.sim.keys.keystore.aliases().len();
            assert_eq!(keys, self.passkeys.len(), "a key for each passkey and no other");
        }
    }

    fn records(&mut self) -> Vec<RecordId> {
        let mut records = Vec::new();
        if let Ok(vault) = self.sim.world.context().vault() {
            let _ = vault.credentials(None, &mut |listed| {
                if let authenticator_core::store::Listed::Credential(entry) = listed {
                    records.push(entry.record);
                }
                ControlFlow::Continue(())
            });
        }
        records
    }

    fn credential_id(&mut self, record: RecordId) -> Option<Vec<u8>> {
        let mut cx = self.sim.world.context();
        cx.vault().ok()?.by_record(record, |entry| entry.credential.id.as_slice().to_vec()).ok()?
    }

    /// The store holds what the model holds: no more, no less.
    fn agrees(&mut self) {
        let records = self.records();
        assert_eq!(records.len(), self.passkeys.len(), "as many passkeys as were promised");
        let mut stored: Vec<_> =
            records.into_iter().filter_map(|record| self.credential_id(record)).collect();
        let mut promised: Vec<_> =
            self.passkeys.iter().filter_map(|passkey| passkey.credential.credential_id.clone()).collect();
        stored.sort();
        promised.sort();
        assert_eq!(stored, promised, "the very passkeys that were promised");
        self.pins.agrees(&mut self.sim);
    }
}

fn name(site: usize) -> &'static str {
    SITES.get(site).copied().unwrap_or("example.com")
}

fn registration(site: usize, user: u8) -> request::Request {
    request::make_credential(name(site), &[user.saturating_add(1)]).option("rk", true).option("uv", true)
}

pub(crate) fn fault(how: u8) -> Fault {
    let place = usize::from(how) % Fault::ALL.len();
    Fault::ALL.get(place).copied().unwrap_or(Fault::Before(CommitError::Failed))
}

fn refusal(how: u8) -> Refusal {
    match how % 5 {
        0 => Refusal::Cancelled,
        1 => Refusal::Declined,
        2 => Refusal::TimedOut,
        3 => Refusal::VerificationFailed { left: how },
        _ => Refusal::LockedOut { until: None },
    }
}
