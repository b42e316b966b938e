//! The doctor: what it finds in a store that somebody has been at, what mends it, and what it says.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "all of it is test code, helpers included"
)]

mod altered;
mod finds;
mod mends;
mod says;
mod scene;
