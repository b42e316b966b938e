//! The firmware beside its twin: the same core on the host, with the same seed, person and clock. Whatever is sent goes to
//! both, and both must reply with the same bytes.

use crate::emulator::Emulator;
use authenticator_core::store::MemoryStore;
use authenticator_core::{Gesture, Now, Refusal};
use authenticator_firmware::protocol::{Asked, Button, FromDevice, ToDevice};
use authenticator_firmware::{BOOT, CREDENTIALS, profile};
use authenticator_testkit::reply::Reply;
use authenticator_testkit::{Answer, Sim};
use std::path::Path;
use std::time::Duration;

/// The seed of both.
const SEED: u64 = 0x5EED;

/// The person at the device: what they do while it polls, and what that comes to.
#[derive(Clone)]
pub(crate) struct Person {
    does: Vec<Button>,
    means: Answer,
}

impl Person {
    pub(crate) fn touches() -> Self {
        Self { does: vec![Button::Touch], means: Answer::Give(Gesture::TOUCH) }
    }

    pub(crate) fn is_verified() -> Self {
        Self { does: vec![Button::Verified], means: Answer::Give(Gesture::VERIFIED) }
    }

    pub(crate) fn chooses(place: u8) -> Self {
        Self { does: vec![Button::Choose(place)], means: Answer::Choose(place.into()) }
    }

    pub(crate) fn declines() -> Self {
        Self { does: vec![Button::Decline], means: Answer::Refuse(Refusal::Declined) }
    }

    /// The client cancels.
    pub(crate) fn is_interrupted() -> Self {
        Self { does: vec![Button::Cancel], means: Answer::Refuse(Refusal::Cancelled) }
    }

    /// The device gives up after the profile's 30 seconds, whatever else the person would have done.
    pub(crate) fn is_away() -> Self {
        let second = Button::Nothing(Duration::from_secs(1));
        Self { does: vec![second; 30], means: Answer::Refuse(Refusal::TimedOut) }
    }

    /// Does this first, which answers nothing.
    pub(crate) fn after(mut self, first: Button) -> Self {
        self.does.insert(0, first);
        self
    }
}

/// What a request came to.
pub(crate) struct Exchange {
    pub(crate) reply: Reply,
    /// What was asked, and among how many candidates.
    pub(crate) prompts: Vec<(Asked, u8)>,
    /// How much of what the person does was done.
    done: usize,
    pub(crate) instructions: u64,
}

pub(crate) struct Bench {
    emulator: Emulator,
    twin: Sim<MemoryStore<{ CREDENTIALS + 1 }>>,
}

impl Bench {
    /// Powers both up, with empty stores.
    pub(crate) fn start(elf: &Path) -> Result<Self, String> {
        let mut emulator = Emulator::start(elf)?;
        emulator.control(&ToDevice::Seed(SEED))?;
        let twin = Sim::over(profile(), MemoryStore::new(), SEED).map_err(|error| error.to_string())?;
        // The firmware does not know the date, so that it notes none; and noting one takes randomness.
        twin.clock.set(Now { boot: BOOT, since_boot: Duration::from_secs(1), unix: None });
        Ok(Self { emulator, twin })
    }

    /// Sends a request that asks nobody, or one that this person answers with all that they do.
    pub(crate) fn send(&mut self, request: &[u8], person: Option<Person>) -> Result<Exchange, String> {
        let asked = usize::from(person.is_some());
        let exchange = self.exchange(request, person.as_ref())?;
        if exchange.prompts.len() != asked {
            return Err(format!("there were {} prompts instead of {asked}", exchange.prompts.len()));
        }
        if exchange.done != person.map_or(0, |person| person.does.len()) {
            return Err("the device did not wait for all that the person did".to_owned());
        }
        Ok(exchange)
    }

    /// Sends a request that may ask somebody, who declines.
    pub(crate) fn send_declined(&mut self, request: &[u8]) -> Result<Exchange, String> {
        self.exchange(request, Some(&Person::declines()))
    }

    fn exchange(&mut self, request: &[u8], person: Option<&Person>) -> Result<Exchange, String> {
        self.emulator.send(&ToDevice::Request(request))?;
        let mut does = person.into_iter().flat_map(|person| &person.does);
        let (mut prompts, mut done) = (Vec::new(), 0);
        let reply = loop {
            let frame = self.emulator.receive()?;
            match frame.decode()? {
                FromDevice::Prompt { ask, candidates } => prompts.push((ask, candidates)),
                FromDevice::Keepalive => {
                    let button = *does.next().ok_or("the device asks, and nobody does anything more")?;
                    done += 1;
                    self.emulator.send(&ToDevice::Button(button))?;
                    if let Button::Nothing(time) = button {
                        self.twin.clock.advance(time);
                    }
                }
                FromDevice::Reply(reply) => break reply.to_vec(),
                other => return Err(format!("{other:?} while a request runs")),
            }
        };
        let reply = Reply::new(&reply).ok_or("the reply is empty")?;
        self.compare(request, person, &reply)?;
        let (_, instructions) = self.figures()?;
        Ok(Exchange { reply, prompts, done, instructions })
    }

    /// Sends the twin the same request, and compares its reply.
    fn compare(&mut self, request: &[u8], person: Option<&Person>, reply: &Reply) -> Result<(), String> {
        let nobody = Answer::Refuse(Refusal::Unavailable);
        self.twin.user.habit = person.map_or(nobody, |person| person.means.clone());
        let expected = self.twin.send_bytes(request);
        if (reply.status, &reply.raw) == (expected.status, &expected.raw) {
            return Ok(());
        }
        let (here, there) = (reply.status, expected.status);
        Err(format!(
            "the firmware replies {here:#04x}, the same core on the host {there:#04x} or other bytes"
        ))
    }

    /// Unplugs and plugs in.
    pub(crate) fn power_cycle(&mut self) -> Result<(), String> {
        self.twin.clock.reboot();
        self.twin.power_cycle(Duration::ZERO);
        self.emulator.control(&ToDevice::PowerCycle)
    }

    /// Lets time pass.
    pub(crate) fn advance(&mut self, time: Duration) -> Result<(), String> {
        self.twin.clock.advance(time);
        self.emulator.control(&ToDevice::Advance(time))
    }

    /// The most of the stack that was in use, and the instructions of the latest request.
    pub(crate) fn figures(&mut self) -> Result<(u32, u64), String> {
        self.emulator.send(&ToDevice::Figures)?;
        match self.emulator.receive()?.decode()? {
            FromDevice::Figures { stack, instructions } => Ok((stack, instructions)),
            other => Err(format!("{other:?} instead of the figures")),
        }
    }
}
