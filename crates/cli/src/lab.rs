//! The lab: a security key for tests, to which everything that happens comes from outside.
//!
//! [`Device`] is the key: whatever happens to it is a [`Happening`], with what its clocks said then, and what comes of that
//! are [`Effect`]s. It has no clock, no randomness and no person of its own, so the same happenings have the same effects:
//! [`recording`] writes both down, and [`replay`] does the one again and looks for the other. `serve --lab` is what makes
//! happenings of sockets, of its control and of time (`serve::lab`).

pub(crate) mod answer;
pub(crate) mod asked;
pub(crate) mod clock;
pub(crate) mod device;
pub(crate) mod hex;
pub(crate) mod randomness;
pub(crate) mod recording;
pub(crate) mod replay;
pub(crate) mod snapshot;

pub(crate) use device::{Device, Effect, Happening};
