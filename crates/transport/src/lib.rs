//! The transports of an authenticator, without an operating system: `no_std`, no allocator, no clock, no thread.
//!
//! # What it is
//! [`ctaphid`]: the authenticator's side of CTAPHID. Reports of 64 bytes go in, reports come out, and the time is an
//! argument. Whoever owns the machine moves the reports, looks at the clock, and answers the messages.
//!
//! # What it is not
//! An authenticator: it knows bytes and not what they mean (`authenticator-core` does, and `authenticator-host` joins the
//! two). A USB stack or a socket either.
//!
//! # Example
//! A client asks for a channel, and pings the device over it:
//! ```
//! use authenticator_transport::ctaphid::{Device, Settings};
//! use core::time::Duration;
//!
//! let mut device: Device = Device::new(Settings::default());
//! let now = Duration::from_secs(5);
//!
//! let mut init = [0; 64];
//! init[..7].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0xFF, 0x86, 0, 8]); // broadcast, INIT, a nonce of eight bytes
//! assert_eq!(device.feed((), &init, now), None); // nothing for the owner to do
//! let (_, answer) = device.poll_transmit().ok_or("no answer")?;
//! let channel = &answer[15..19];
//!
//! let mut ping = [0; 64];
//! ping[..4].copy_from_slice(channel);
//! ping[4..12].copy_from_slice(&[0x81, 0, 5, b'h', b'e', b'l', b'l', b'o']);
//! assert_eq!(device.feed((), &ping, now), None);
//! assert_eq!(device.poll_transmit(), Some(((), ping)));
//! # Ok::<(), &str>(())
//! ```
#![no_std]

pub mod ctaphid;
