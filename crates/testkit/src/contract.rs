//! What every store must pass: [`store_contract!`](crate::store_contract), one test for each [`Property`].
//!
//! A passkey once promised to a site is never lost, never half there, never usable elsewhere. Whether that is so is up to
//! the store as much as to the core, so a store is judged through the core: by real commands, over faults, cuts, races,
//! kills, copies and crowds. `docs/store.md` says what each property comes from, and how the stores of this project do.
//!
//! # To judge a store of your own
//! Implement [`Fixture`] for the place a store is kept in, and name it in the macro. What only some stores can do (be
//! killed, be cut, be full) has a default that says so: it is shown with its [`Reason`], never passed in silence. A store
//! in memory is shared by [`Shared`].
//! ```
//! use authenticator_host::HashMapStore;
//! use authenticator_testkit::contract::{Fixture, Shared};
//! use authenticator_testkit::store_contract;
//!
//! struct Memory(Shared<HashMapStore>);
//!
//! impl Fixture for Memory {
//!     type Store = Shared<HashMapStore>;
//!     const NAME: &'static str = "hash map";
//!
//!     fn new() -> Self {
//!         Self(Shared::new(HashMapStore::default()))
//!     }
//!
//!     fn open(&mut self) -> Self::Store {
//!         self.0.clone()
//!     }
//! }
//!
//! store_contract!(hash_map, Memory);
//! # fn main() {}
//! ```
//! The example `own_store` does this for a store of forty lines, and prints its table.

mod alter;
mod bench;
mod copies;
mod crowd;
mod cuts;
mod faults;
mod fixture;
mod full;
mod kept;
mod mixed;
mod prompt;
mod property;
mod races;
mod reads;
mod rollback;
mod shared;
mod steps;
mod table;
mod verdict;
mod writes;

pub use fixture::{Fixture, Judge, Kept, Reason, Room};
pub use property::{Property, check};
pub use shared::Shared;
pub use table::{Column, table};
pub use verdict::Verdict;

/// Makes a module with one test for each [`Property`](crate::contract::Property), for the store of a
/// [`Fixture`](crate::contract::Fixture).
///
/// ```text
/// store_contract!(my_store, MyFixture);
/// ```
///
/// A test of a property that the store is excused from prints `SKIP` and the reason.
#[macro_export]
macro_rules! store_contract {
    ($name:ident, $fixture:ty) => {
        mod $name {
            #[allow(unused_imports, reason = "the fixture may be named by its path")]
            use super::*;
            use $crate::contract::{Property, check};

            #[test]
            fn reads_give_what_was_committed_newest_first() {
                check::<$fixture>(Property::Reads);
            }

            #[test]
            fn a_commit_that_fails_leaves_the_store_old_or_new() {
                check::<$fixture>(Property::Faults);
            }

            #[test]
            fn a_command_dropped_at_any_step_leaves_the_store_old_or_new() {
                check::<$fixture>(Property::Steps);
            }

            #[test]
            fn a_commit_cut_at_any_write_leaves_the_store_old_or_new() {
                check::<$fixture>(Property::Cuts);
            }

            #[test]
            fn what_was_committed_survives_a_kill() {
                check::<$fixture>(Property::Kill);
            }

            #[test]
            fn two_registrations_racing_both_succeed() {
                check::<$fixture>(Property::Races);
            }

            #[test]
            fn a_prompt_open_for_an_hour_holds_nobody_up() {
                check::<$fixture>(Property::Prompt);
            }

            #[test]
            fn another_device_key_finds_nothing_and_harms_nothing() {
                check::<$fixture>(Property::DeviceKey);
            }

            #[test]
            fn a_copy_elsewhere_is_a_store_of_its_own() {
                check::<$fixture>(Property::Copy);
            }

            #[test]
            fn a_record_put_back_changed_or_swapped_is_detected() {
                check::<$fixture>(Property::Altered);
            }

            #[test]
            fn records_of_two_times_are_found_by_the_full_check() {
                check::<$fixture>(Property::Mixed);
            }

            #[test]
            fn an_older_copy_of_the_whole_store_passes_without_an_anchor() {
                check::<$fixture>(Property::RollBack);
            }

            #[test]
            fn an_older_copy_of_the_whole_store_is_refused_with_an_anchor() {
                check::<$fixture>(Property::Anchor);
            }

            #[test]
            fn a_full_store_says_so_and_loses_nothing() {
                check::<$fixture>(Property::Full);
            }

            #[test]
            fn a_hundred_thousand_credentials_are_found_newest_first() {
                check::<$fixture>(Property::Crowd);
            }

            #[test]
            fn nothing_kept_names_a_site_or_a_person() {
                check::<$fixture>(Property::Names);
            }
        }
    };
}

#[cfg(test)]
mod tests;
