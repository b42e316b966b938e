//! The store contract, run against every store of this project, and the table of what it shows.
//!
//! `cargo test -p authenticator-testkit --test contract -- --nocapture the_table` prints the table.
//! `UPDATE_STORE=1` before it rewrites the table in `docs/store.md`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "contract/docs.rs"]
mod docs;
#[path = "contract/flash.rs"]
mod flash_chip;
#[path = "contract/memory.rs"]
mod memory_cells;
#[path = "contract/sqlite.rs"]
mod sqlite_folder;

use authenticator_testkit::store_contract;

store_contract!(memory, super::memory_cells::Slots);
store_contract!(hash_map, super::memory_cells::Maps);
store_contract!(sqlite, super::sqlite_folder::Folder);
store_contract!(flash, super::flash_chip::Board);
