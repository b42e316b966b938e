//! The core on a microcontroller: an example of a security key's firmware, without a board.
//!
//! # What it is
//! The part of a firmware that is neither board nor core: the loop over steps that takes CTAP request bytes and gives
//! reply bytes ([`Device`]), a prompt that polls a button ([`protocol::Button`]), and a store of fixed size
//! ([`Memory`]). It has no allocator, no clock and no operating system. The binary beside it puts it on a Cortex-M4
//! that QEMU emulates and talks over semihosting.
//!
//! # What it is not
//! A product. Its randomness is a seed that the host sends, its device key is public, its store is lost with the power,
//! and its frames are no USB. `docs/firmware.md` says what a product puts in their place.
//!
//! # Example
//! getInfo, over a board that is two buffers:
//! ```
//! use authenticator_firmware::{Board, Closed, Device, Figures, Memory, powered_up, protocol::ToDevice};
//!
//! struct Buffers { input: Vec<u8>, output: Vec<u8> }
//! impl Board for Buffers {
//!     fn read(&mut self, bytes: &mut [u8]) -> Result<(), Closed> {
//!         if self.input.len() < bytes.len() { return Err(Closed) }
//!         let length = bytes.len();
//!         bytes.iter_mut().zip(self.input.drain(..length)).for_each(|(to, from)| *to = from);
//!         Ok(())
//!     }
//!     fn write(&mut self, bytes: &[u8]) -> Result<(), Closed> { self.output.extend(bytes); Ok(()) }
//!     fn start_work(&mut self) {}
//!     fn figures(&self) -> Figures { Figures::default() }
//! }
//!
//! let mut board = Buffers { input: Vec::new(), output: Vec::new() };
//! for frame in [ToDevice::Seed(1), ToDevice::Request(&[0x04])] {
//!     let mut bytes = [0; 32];
//!     let length = frame.encode(&mut bytes).unwrap();
//!     board.input.extend(&bytes[..length]);
//! }
//! let (mut memory, mut session) = (Memory::new(), powered_up());
//! Device::run(&mut memory, &mut session, &mut board);
//! assert_eq!(board.output[..3], [0x85, 0, 0]); // the seed was taken
//! assert_eq!(board.output[3], 0x81); // a reply
//! assert_eq!(board.output[6], 0x00); // its status: success
//! ```
#![no_std]

mod board;
mod device;
mod prompt;
pub mod protocol;
mod rng;
mod world;

pub use board::{Board, Closed, Figures};
pub use device::Device;
pub use world::{BOOT, CREDENTIALS, Memory, powered_up, profile};
