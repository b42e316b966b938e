//! The process with the authenticator: does what it is told, and searches itself.

use crate::frame::{
    self, COUNT, DRAW, OPEN, PLANT_ON_HEAP, PLANT_ON_STACK, POWER_CYCLE, REPLY, REQUEST, SET_PIN, WAIT,
};
use crate::scan;
use authenticator_core::store::MemoryStore;
use authenticator_core::{DeviceKey, Manage, Profile, Requester, leaving_no_trace};
use authenticator_host::{SoftwareKeys, World, blocking};
use authenticator_testkit::{HandClock, ScriptedUser};
use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;
use std::hint::black_box;
use std::io::{Read, stdin, stdout};
use std::time::Duration;

/// Set for the process with the authenticator.
pub(crate) const VARIABLE: &str = "MEMORY_TEST_CHILD";

pub(crate) fn is_this() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

pub(crate) fn run() {
    assert_eq!(frame::receive(&mut stdin()).unwrap().0, OPEN);
    let clock = HandClock::default();
    let profile = Profile::security_key([0x22; 16]);
    let store = MemoryStore::<16>::new();
    // The host's own copy of the key is the host's to leave no trace of.
    let mut world = leaving_no_trace(|| {
        let device_key = DeviceKey::random(&mut PipeRng);
        World::open(profile, &device_key, store, PipeRng, clock.clone()).unwrap()
    });
    let (mut user, mut keys) = (ScriptedUser::default(), SoftwareKeys);
    frame::send(&mut stdout(), REPLY, &[]).unwrap();
    // The other process ends by closing the pipe.
    while let Ok((tag, mut payload)) = frame::receive(&mut stdin()) {
        let mut reply = vec![0; 1024];
        let mut length = 0;
        match tag {
            REQUEST => {
                length = far_down(
                    &mut |reply| {
                        let requester = Requester::default();
                        blocking::handle(&mut world, &mut user, &mut keys, requester, &payload, reply).1
                    },
                    &mut reply,
                );
            }
            SET_PIN => {
                far_down(
                    &mut |_| {
                        // The host's own copy, in its one place.
                        frame::mask(&mut payload);
                        let pin = std::str::from_utf8(&payload).unwrap();
                        blocking::manage(&mut world, Manage::SetPin(pin)).unwrap();
                        frame::mask(&mut payload);
                        0
                    },
                    &mut reply,
                );
            }
            COUNT => {
                reply = scan::count(&needles(&payload)).into_iter().flat_map(u32::to_le_bytes).collect();
                length = reply.len();
            }
            PLANT_ON_HEAP => {
                frame::mask(&mut payload);
                std::mem::forget(payload);
            }
            PLANT_ON_STACK => plant_on_stack(&payload),
            WAIT => clock.advance(Duration::from_secs(u64::from(payload[0]) * 60)),
            POWER_CYCLE => world.power_cycle(),
            other => panic!("no frame is called {other}"),
        }
        frame::send(&mut stdout(), REPLY, &reply[..length]).unwrap();
    }
}

/// Each behind its length.
fn needles(mut payload: &[u8]) -> Vec<&[u8]> {
    let mut needles = Vec::new();
    while let Some((length, rest)) = payload.split_first() {
        let (needle, rest) = rest.split_at(usize::from(*length));
        needles.push(needle);
        payload = rest;
    }
    needles
}

/// Calls from so far down the stack that the search will not overwrite what is left there.
#[inline(never)]
fn far_down(call: &mut dyn FnMut(&mut [u8]) -> usize, reply: &mut [u8]) -> usize {
    let mut above = [0_u8; 1 << 17];
    black_box(&mut above);
    let length = call(reply);
    black_box(&mut above);
    length
}

/// A frame as far down.
#[inline(never)]
fn plant_on_stack(masked: &[u8]) {
    let mut frame = [0; 1 << 17];
    let place = &mut frame[..masked.len()];
    place.copy_from_slice(masked);
    frame::mask(place);
    black_box(&mut frame);
}

/// Randomness from the other process, which so knows every random number. They are nowhere but where they are drawn to.
struct PipeRng;

impl TryRng for PipeRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("only bytes are asked for")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("only bytes are asked for")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        let wanted = u32::try_from(bytes.len()).unwrap();
        frame::send(&mut stdout(), DRAW, &wanted.to_le_bytes()).unwrap();
        assert_eq!(frame::head(&mut stdin()).unwrap(), (DRAW, bytes.len()));
        stdin().read_exact(bytes).unwrap();
        frame::mask(bytes);
        Ok(())
    }
}

impl TryCryptoRng for PipeRng {}
