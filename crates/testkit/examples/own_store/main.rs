//! A store of one's own: forty lines (`store.rs`), the place it is kept in (below), and what the contract says of it.
//!
//! `cargo run -p authenticator-testkit --example own_store` prints the table. In a crate of your own the same fixture goes
//! into `store_contract!`, which makes a test of each line.

mod store;

use authenticator_testkit::contract::{Column, Fixture, Kept, Reason, Room, Shared, table};
use std::process::ExitCode;
use store::OwnStore;

/// A piece of memory.
struct Memory(Shared<OwnStore>);

impl Fixture for Memory {
    type Store = Shared<OwnStore>;
    const NAME: &'static str = "own store";

    fn new() -> Self {
        Self(Shared::default())
    }

    fn open(&mut self) -> Self::Store {
        self.0.clone()
    }

    fn kill(&mut self, _: Self::Store) -> Result<(), Reason> {
        Err(Reason("it lives in its process's memory, and dies with it"))
    }

    fn copy(&mut self) -> Result<Self, Reason> {
        Ok(Self(self.0.snapshot()))
    }

    fn small() -> Result<Self, Reason> {
        Ok(Self(Shared::new(OwnStore { most: Some(8), ..OwnStore::default() })))
    }

    fn large() -> (Self, Room) {
        (Self::new(), Room::Only(500, Reason("a lookup walks all of them")))
    }

    fn kept(&mut self) -> Result<Kept, Reason> {
        Ok(Kept::RecordsAlone)
    }
}

fn main() -> ExitCode {
    let column = Column::of::<Memory>();
    print!("{}", table(std::slice::from_ref(&column)));
    if column.broken().next().is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
