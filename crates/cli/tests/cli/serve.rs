//! A security key over sockets, as a client meets it.

mod client;
pub(crate) use client::Served;
mod gate;
mod lab;
mod listening;
mod pin_file;
#[cfg(unix)]
mod signals;
mod state;
mod terminal;
mod traffic;
mod usbip;
