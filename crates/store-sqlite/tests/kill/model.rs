//! What must be in the store: every acknowledged operation, and each other one in full or not at all.

use crate::line::{Line, Operation};
use crate::support::{Passkey, TestSim, listed, open, sign_in};
use authenticator_core::store::RecordId;
use authenticator_core::{Command, Manage};
use rand_core::Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

type Account = (String, Vec<u8>);

/// The passkeys that are in the store, and what has been seen so far.
#[derive(Debug, Default)]
pub(crate) struct Model {
    passkeys: BTreeMap<Account, Passkey>,
    pub(crate) acknowledged: u64,
    /// How often an operation failed, or an opening, and why.
    pub(crate) failed: BTreeMap<String, u64>,
    /// Operations that were not acknowledged and turned out to have taken effect, or not.
    pub(crate) there: u64,
    pub(crate) not_there: u64,
    /// How often the store could not say whether a commit took effect.
    pub(crate) doubts: u64,
    /// The sealed bodies of what was deleted, and of the headers before resets, since the files were searched last.
    deleted: Vec<Vec<u8>>,
    /// How many such bodies the files were searched for.
    pub(crate) searched_for: u64,
}

/// What is left to be found out after a child has ended.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    /// The operation that was neither acknowledged nor refused.
    open: Option<Operation>,
    /// Accounts that were registered.
    fresh: Vec<Account>,
}

impl Model {
    /// Takes in all that one child has said.
    pub(crate) fn hear(&mut self, lines: &[Line]) -> Ending {
        let mut ending = Ending::default();
        for line in lines {
            match (line, ending.open.take()) {
                (Line::Open | Line::End, None) => {}
                (Line::Refused(why), None) => self.count(&format!("not opened: {why}")),
                (Line::Begin(operation), None) => ending.open = Some(operation.clone()),
                (Line::Registered(passkey), Some(Operation::Register { .. })) => {
                    self.acknowledged += 1;
                    let account = (passkey.site.clone(), passkey.user.clone());
                    ending.fresh.push(account.clone());
                    self.passkeys.insert(account, passkey.clone());
                }
                (Line::Done, Some(operation)) => {
                    self.acknowledged += 1;
                    self.apply(&operation);
                }
                (Line::Failed(why), Some(_)) => self.count(why),
                (Line::Doubt, Some(operation)) => {
                    self.doubts += 1;
                    ending.open = Some(operation);
                }
                (line, before) => panic!("{line:?} after {before:?}"),
            }
        }
        ending
    }

    fn count(&mut self, why: &str) {
        *self.failed.entry(why.to_owned()).or_default() += 1;
    }

    /// The store has been deleted.
    pub(crate) fn forget(&mut self) {
        self.passkeys.clear();
    }

    fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::Delete { id, body } => {
                self.passkeys.retain(|_, passkey| passkey.id != *id);
                self.deleted.push(body.clone());
            }
            Operation::Reset { header } => {
                self.passkeys.clear();
                self.deleted.push(header.clone());
            }
            Operation::SignIn(_) | Operation::Register { .. } => {}
        }
    }

    /// Opens the store and holds it to the model.
    pub(crate) fn check(&mut self, path: &Path, endings: &[Ending], rng: &mut dyn Rng) {
        let mut sim = open(path, rng.next_u64()).unwrap_or_else(|refused| panic!("not opened: {refused:?}"));
        let (shown, unreadable) = listed(&mut sim).unwrap();
        assert_eq!(unreadable, 0, "records that cannot be opened");
        let mut found = BTreeMap::new();
        for (_, passkey) in shown {
            let account = (passkey.site.clone(), passkey.user.clone());
            let second = found.insert(account, passkey);
            assert_eq!(second, None, "an account with two passkeys: one was to take the other's place");
        }
        for ending in endings {
            self.settle(ending, &found);
        }
        assert_eq!(self.passkeys, found, "what was acknowledged, and what is there");
        let mut findings = Vec::new();
        let audit = sim.world.context().audit(&mut |finding| findings.push(finding)).unwrap();
        assert_eq!(findings, [], "the full check");
        assert_eq!(audit.credentials, u64::try_from(found.len()).unwrap());
        assert_eq!(sim.world.store.inner.check_file().unwrap().faults, 0);
        let fresh: Vec<_> = endings.iter().flat_map(|ending| ending.fresh.clone()).collect();
        self.sign_in_with_some(&mut sim, &fresh, rng);
        self.search_files(&mut sim, path);
    }

    /// Whoever was killed between a deletion and the cutting of the log: what it deleted is gone with the next commit.
    fn search_files(&mut self, sim: &mut TestSim, path: &Path) {
        let put = Manage::PutHost { record: RecordId([0x11; 16]), bytes: b"one commit more" };
        assert!(sim.run(Command::Manage(put)).result.is_ok());
        let deleted = std::mem::take(&mut self.deleted);
        self.searched_for += u64::try_from(deleted.len()).unwrap();
        let parts: BTreeSet<&[u8]> = deleted.iter().flat_map(|body| body.chunks_exact(16)).collect();
        for entry in fs::read_dir(path.parent().unwrap()).unwrap() {
            let file = entry.unwrap().path();
            let bytes = fs::read(&file).unwrap();
            let found = bytes.windows(16).position(|window| parts.contains(window));
            assert_eq!(found, None, "deleted, and still in {}", file.display());
        }
    }

    /// An operation that was not acknowledged: if it has taken effect, so it has here.
    fn settle(&mut self, ending: &Ending, found: &BTreeMap<Account, Passkey>) {
        let took_effect = match &ending.open {
            None | Some(Operation::SignIn(_)) => return,
            Some(Operation::Register { site, user }) => {
                let account = (site.clone(), user.as_bytes().to_vec());
                let (old, new) = (self.passkeys.get(&account), found.get(&account));
                match (old == new, new) {
                    (true, _) => false,
                    (false, Some(new)) => {
                        self.passkeys.insert(account, new.clone());
                        true
                    }
                    (false, None) => panic!("{account:?}: its passkey is gone and none is in its place"),
                }
            }
            Some(operation @ Operation::Delete { id, .. }) => {
                let gone = found.values().all(|passkey| passkey.id != *id);
                if gone {
                    self.apply(operation);
                }
                gone
            }
            Some(operation @ Operation::Reset { .. }) => {
                if found.is_empty() {
                    self.apply(operation);
                }
                found.is_empty()
            }
        };
        *(if took_effect { &mut self.there } else { &mut self.not_there }) += 1;
    }

    /// With those that are new, and at times with all.
    fn sign_in_with_some(&self, sim: &mut TestSim, fresh: &[Account], rng: &mut dyn Rng) {
        let all = rng.next_u64().is_multiple_of(16);
        for (account, passkey) in &self.passkeys {
            if all || fresh.contains(account) || rng.next_u64().is_multiple_of(8) {
                assert_eq!(sign_in(sim, passkey), Ok(()), "{passkey:?}");
            }
        }
    }
}
