//! A security key over sockets, as a client meets it.

mod client;
mod gate;
mod listening;
#[cfg(unix)]
mod signals;
mod state;
mod terminal;
mod traffic;
mod usbip;
