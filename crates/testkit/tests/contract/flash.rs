//! The store in flash, on the simulated chip of its own tests.

#[path = "../../../store-flash/tests/flash/sim.rs"]
#[allow(dead_code, reason = "the tests of the flash store use the rest")]
mod sim;

use authenticator_core::store::{ChangeSet, Store};
use authenticator_store_flash::FlashStore;
use authenticator_testkit::contract::{Fixture, Judge, Kept, Reason, Room, Shared};
use sim::{Chip, SimFlash, Tear};

/// How many records there are places for, the header included.
const PLACES: usize = 64;

type Flash = FlashStore<SimFlash<4>, PLACES>;

/// A chip, and the store on it when it is open. The chip has one reader and writer, which its sessions share.
pub(crate) struct Board {
    chip: SimFlash<4>,
    open: Option<Shared<Flash>>,
}

impl Board {
    fn with(chip: Chip<4>) -> Self {
        Self { chip: SimFlash::of(chip), open: None }
    }

    /// The chip as it is without power.
    fn chip(&mut self) -> Chip<4> {
        self.open = None;
        self.chip.0.borrow().clone()
    }
}

impl Fixture for Board {
    type Store = Shared<Flash>;
    const NAME: &'static str = "flash";

    fn new() -> Self {
        Self::with(Chip::new(8))
    }

    fn open(&mut self) -> Self::Store {
        // Nobody has it open any more: it was closed.
        self.open.take_if(|open| open.is_the_last());
        let chip = &self.chip;
        let open = self.open.get_or_insert_with(|| {
            chip.0.borrow_mut().power_on();
            Shared::new(Flash::open(chip.clone()).unwrap())
        });
        open.clone()
    }

    fn kill(&mut self, store: Self::Store) -> Result<(), Reason> {
        drop(store);
        *self = Self::with(self.chip());
        Ok(())
    }

    fn copy(&mut self) -> Result<Self, Reason> {
        Ok(Self::with(self.chip()))
    }

    fn cut(&mut self, changes: &ChangeSet, judge: Judge<'_, Self>) -> Result<&'static str, Reason> {
        let chip = self.chip();
        let operations = {
            let flash = SimFlash::of(chip.clone());
            Flash::open(flash.clone()).unwrap().commit(changes).unwrap();
            let operations = flash.0.borrow().operations;
            operations - chip.operations
        };
        for (place, tear) in (0..operations).flat_map(|place| Tear::ALL.map(|tear| (place, tear))) {
            // Between the ends one word is like another: there the tears take turns.
            let is_at_an_end = place < 8 || place + 8 > operations;
            if !is_at_an_end && tear != Tear::ALL[place % Tear::ALL.len()] {
                continue;
            }
            let flash = SimFlash::of(chip.clone());
            let mut store = Flash::open(flash.clone()).unwrap();
            flash.0.borrow_mut().cut_at(place, tear, u64::try_from(place).unwrap());
            assert!(store.commit(changes).is_err(), "power is lost");
            let cut = flash.0.borrow().clone();
            judge(Self::with(cut), &format!("{tear:?} at {place} of {operations}"));
        }
        Ok("at every word and page, torn in six ways")
    }

    fn small() -> Result<Self, Reason> {
        Ok(Self::with(Chip::new(4)))
    }

    fn large() -> (Self, Room) {
        (Self::with(Chip::new(32)), Room::Only(PLACES - 1, Reason("it is made for no more")))
    }

    fn kept(&mut self) -> Result<Kept, Reason> {
        Ok(Kept::Bytes(self.chip().bytes()))
    }
}
