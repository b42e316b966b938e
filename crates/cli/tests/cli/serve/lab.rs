//! The lab, as tests use it.

mod control;
mod document;
mod hostile;
mod power;
mod record;
mod schema;
