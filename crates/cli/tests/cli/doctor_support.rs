//! The doctor called, and a store that somebody has been at.

use crate::support::{Run, Tool};
use authenticator_core::{DeviceKey, Profile};
use authenticator_host::{SystemClock, World, os_rng};
use authenticator_store_sqlite::SqliteStore;
use rand_core::CryptoRng;
use serde_json::Value;
use std::path::PathBuf;

/// What the doctor says to programs, and its exit code.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) json: Value,
}

impl Said {
    /// The kinds of what was found.
    pub(crate) fn kinds(&self) -> Vec<&str> {
        self.all("findings")
    }

    /// The kinds of what was mended.
    pub(crate) fn mended(&self) -> Vec<&str> {
        self.all("mended")
    }

    fn all(&self, list: &str) -> Vec<&str> {
        self.json[list].as_array().unwrap().iter().map(|finding| finding["kind"].as_str().unwrap()).collect()
    }
}

impl Tool {
    pub(crate) fn doctor(&self, arguments: &[&str]) -> Said {
        let run = self.run(&[&["doctor", "--json"], arguments].concat(), "");
        let json = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
        Said { code: run.code, json }
    }

    /// What the doctor says to people.
    pub(crate) fn doctor_for_people(&self) -> Run {
        self.run(&["doctor"], "")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.store().join("passkeys.db")
    }

    /// Goes behind the command's back: one statement, which changes this many rows.
    pub(crate) fn tamper(&self, sql: &str) -> usize {
        let database = rusqlite::Connection::open(self.database()).unwrap();
        database.execute(sql, ()).unwrap()
    }

    /// Opens the store as another program with the same device key would.
    pub(crate) fn world(&self, profile: Profile) -> World<SqliteStore, impl CryptoRng + use<>, SystemClock> {
        let key: [u8; 32] = std::fs::read(self.key()).unwrap().try_into().unwrap();
        let store = SqliteStore::open(&self.database()).unwrap();
        World::open(profile, &DeviceKey::new(key), store, os_rng(), SystemClock::default()).unwrap()
    }

    /// The names of the files in the store's folder.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.store()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}
