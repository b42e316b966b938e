//! What is held of every store.

use super::fixture::{Fixture, Reason};
use super::verdict::{Fail, Outcome, Verdict};
use super::{copies, crowd, cuts, faults, full, kept, mixed, prompt, races, reads, rollback, steps};
use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What is held of every store, by the same stories for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Property {
    /// Every query gives what was committed, newest first, page by page.
    Reads,
    /// Every commit of every command that writes fails in every way, before and after it took effect.
    Faults,
    /// Every command that writes is dropped at every step, and right after its commit.
    Steps,
    /// Power is lost at every write that a commit makes.
    Cuts,
    /// The process is killed after every command that writes.
    Kill,
    /// Two registrations race, their steps interleaved in every way.
    Races,
    /// A prompt is open for an hour while another connection writes and deletes.
    Prompt,
    /// The store is opened with another device key.
    DeviceKey,
    /// Everything is copied to another place.
    Copy,
    /// Records are changed, swapped, and put back under the version of today.
    Altered,
    /// Records of now and of before are mixed, each as it was.
    Mixed,
    /// The whole store is replaced by an older copy, and there is no anchor outside.
    RollBack,
    /// The same, with an anchor that remembers how far the store has come.
    Anchor,
    /// The store is full.
    Full,
    /// There are 100,000 credentials.
    Crowd,
    /// What is kept is searched for names.
    Names,
}

impl Property {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 16] = [
        Self::Reads,
        Self::Faults,
        Self::Steps,
        Self::Cuts,
        Self::Kill,
        Self::Races,
        Self::Prompt,
        Self::DeviceKey,
        Self::Copy,
        Self::Altered,
        Self::Mixed,
        Self::RollBack,
        Self::Anchor,
        Self::Full,
        Self::Crowd,
        Self::Names,
    ];

    /// The name of its test.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reads => "reads_give_what_was_committed_newest_first",
            Self::Faults => "a_commit_that_fails_leaves_the_store_old_or_new",
            Self::Steps => "a_command_dropped_at_any_step_leaves_the_store_old_or_new",
            Self::Cuts => "a_commit_cut_at_any_write_leaves_the_store_old_or_new",
            Self::Kill => "what_was_committed_survives_a_kill",
            Self::Races => "two_registrations_racing_both_succeed",
            Self::Prompt => "a_prompt_open_for_an_hour_holds_nobody_up",
            Self::DeviceKey => "another_device_key_finds_nothing_and_harms_nothing",
            Self::Copy => "a_copy_elsewhere_is_a_store_of_its_own",
            Self::Altered => "a_record_put_back_changed_or_swapped_is_detected",
            Self::Mixed => "records_of_two_times_are_found_by_the_full_check",
            Self::RollBack => "an_older_copy_of_the_whole_store_passes_without_an_anchor",
            Self::Anchor => "an_older_copy_of_the_whole_store_is_refused_with_an_anchor",
            Self::Full => "a_full_store_says_so_and_loses_nothing",
            Self::Crowd => "a_hundred_thousand_credentials_are_found_newest_first",
            Self::Names => "nothing_kept_names_a_site_or_a_person",
        }
    }

    /// Whether a store can be such that the property cannot be shown.
    const fn can_be_excused(self) -> bool {
        matches!(
            self,
            Self::Cuts | Self::Kill | Self::Copy | Self::RollBack | Self::Anchor | Self::Full | Self::Names
        )
    }

    /// How the store of this fixture fares. Found out once in a process, however often it is asked for.
    #[must_use]
    pub fn verdict<F: Fixture>(self) -> Verdict {
        type Cell = Arc<OnceLock<Verdict>>;
        static VERDICTS: Mutex<BTreeMap<(TypeId, Property), Cell>> = Mutex::new(BTreeMap::new());
        let cell = {
            let mut verdicts = VERDICTS.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(verdicts.entry((TypeId::of::<F>(), self)).or_default())
        };
        cell.get_or_init(|| self.judge::<F>()).clone()
    }

    /// How the store of this fixture fares now.
    #[must_use]
    pub fn judge<F: Fixture>(self) -> Verdict {
        match self.show::<F>() {
            Ok(more) => Verdict::Holds(more),
            Err(Fail::Excused(reason)) if self.can_be_excused() => Verdict::Excused(reason),
            Err(Fail::Excused(Reason(reason))) => {
                Verdict::Broken(format!("every store must have this, but {reason}"))
            }
            Err(Fail::Broken(what)) => Verdict::Broken(what),
        }
    }

    fn show<F: Fixture>(self) -> Outcome {
        match self {
            Self::Reads => reads::newest_first::<F>(),
            Self::Faults => faults::old_or_new::<F>(),
            Self::Steps => steps::old_or_new::<F>(),
            Self::Cuts => cuts::old_or_new::<F>(),
            Self::Kill => cuts::survives_a_kill::<F>(),
            Self::Races => races::both_succeed::<F>(),
            Self::Prompt => prompt::holds_nobody_up::<F>(),
            Self::DeviceKey => copies::another_device_key::<F>(),
            Self::Copy => copies::elsewhere::<F>(),
            Self::Altered => mixed::is_detected::<F>(),
            Self::Mixed => mixed::is_found_by_the_full_check::<F>(),
            Self::RollBack => rollback::passes_without_an_anchor::<F>(),
            Self::Anchor => rollback::is_refused_with_an_anchor::<F>(),
            Self::Full => full::loses_nothing::<F>(),
            Self::Crowd => crowd::is_found::<F>(),
            Self::Names => kept::names_nobody::<F>(),
        }
    }
}

/// What the tests of [`store_contract!`](crate::store_contract) do: prints the verdict.
///
/// # Panics
/// When the property is broken.
pub fn check<F: Fixture>(property: Property) {
    let verdict = property.verdict::<F>();
    let (store, name) = (F::NAME, property.name());
    match &verdict {
        Verdict::Excused(reason) => println!("SKIP {store}, {name}: {reason}"),
        Verdict::Holds(_) | Verdict::Broken(_) => println!("{store}, {name}: {verdict}"),
    }
    assert!(!matches!(verdict, Verdict::Broken(_)), "{store}: {verdict}");
}
