//! The device: takes frames, runs commands, sends replies.

use crate::board::{Board, Closed};
use crate::prompt;
use crate::protocol::{FromDevice, HEAD, REPLY, ToDevice, head};
use crate::world::{Memory, World};
use authenticator_core::key::software;
use authenticator_core::store::CommitError;
use authenticator_core::{Done, Requester, Session, Step, begin};
use core::fmt;

/// A device that has been given its randomness.
pub struct Device<'m, B> {
    world: World<'m>,
    buffer: &'m mut [u8],
    board: &'m mut B,
}

impl<'m, B: Board> Device<'m, B> {
    /// Waits for the seed, then answers frames until the host ends it or goes away.
    pub fn run(memory: &'m mut Memory, session: &'m mut Session, board: &'m mut B) {
        // The host that has gone is the one way for this to end.
        let _: Result<(), Closed> = Self::start(memory, session, board).and_then(|mut device| device.serve());
    }

    fn start(memory: &'m mut Memory, session: &'m mut Session, board: &'m mut B) -> Result<Self, Closed> {
        let seed = loop {
            let mut frame = [0; 16];
            match receive(board, &mut frame)? {
                Some(ToDevice::Seed(seed)) => break seed,
                _ => send(board, &FromDevice::Misplaced)?,
            }
        };
        // Nothing can be done with a store that is another device's; this one is always empty at this point.
        let (world, buffer) = World::open(memory, session, seed).map_err(|_| Closed)?;
        send(board, &FromDevice::Done)?;
        Ok(Self { world, buffer, board })
    }

    fn serve(&mut self) -> Result<(), Closed> {
        loop {
            match receive(self.board, self.buffer)? {
                Some(ToDevice::Request(request)) => {
                    let length = request.len();
                    self.answer(length)?;
                }
                Some(ToDevice::PowerCycle) => {
                    self.world.power_cycle();
                    send(self.board, &FromDevice::Done)?;
                }
                Some(ToDevice::Advance(time)) => {
                    self.world.advance(time);
                    send(self.board, &FromDevice::Done)?;
                }
                Some(ToDevice::Figures) => {
                    let figures = self.board.figures();
                    let (stack, instructions) = (figures.stack, figures.instructions);
                    send(self.board, &FromDevice::Figures { stack, instructions })?;
                }
                Some(ToDevice::Exit) => return Ok(()),
                _ => send(self.board, &FromDevice::Misplaced)?,
            }
        }
    }

    /// Answers the request that lies in the buffer: the loop over steps that every host of the core has.
    ///
    /// Each kind of step is taken apart in a function of its own, so that the stack holds a copy of one kind at a time.
    fn answer(&mut self, length: usize) -> Result<(), Closed> {
        self.board.start_work();
        let request = self.buffer.get(..length).unwrap_or_default();
        let mut step = begin(request, &mut self.world.context(), Requester::default());
        loop {
            let next = match &step {
                Step::NeedsUser(_) => self.ask(step),
                Step::NeedsKeypair(_) => self.generate(step),
                Step::NeedsSignature(_) => self.sign(step),
                Step::NeedsCommit(_) => self.commit(step),
                Step::Done(done) => return self.reply(done),
            };
            step = next?;
        }
    }

    #[inline(never)]
    fn ask(&mut self, step: Step) -> Result<Step, Closed> {
        let Step::NeedsUser(needs) = step else { return Ok(step) };
        let answer = prompt::ask(&needs, &mut self.world, self.board)?;
        Ok(needs.resume(&mut self.world.context(), answer))
    }

    #[inline(never)]
    fn generate(&mut self, step: Step) -> Result<Step, Closed> {
        let Step::NeedsKeypair(needs) = step else { return Ok(step) };
        let answer = software::generate(&mut self.world.context(), needs.request());
        Ok(needs.resume(&mut self.world.context(), answer))
    }

    #[inline(never)]
    fn sign(&mut self, step: Step) -> Result<Step, Closed> {
        let Step::NeedsSignature(needs) = step else { return Ok(step) };
        let answer = software::sign(&mut self.world.context(), needs.request());
        Ok(needs.resume(&mut self.world.context(), answer))
    }

    #[inline(never)]
    fn commit(&mut self, step: Step) -> Result<Step, Closed> {
        let Step::NeedsCommit(needs) = step else { return Ok(step) };
        let answer = self.world.commit(|session| needs.change_set(session));
        Ok(needs.resume(&mut self.world.context(), answer))
    }

    fn reply(&mut self, done: &Done) -> Result<(), Closed> {
        let length = done.encode(self.world.session(), self.buffer);
        self.board.write(&head(REPLY, u16::try_from(length).map_err(|_| Closed)?))?;
        self.board.write(self.buffer.get(..length).unwrap_or_default())?;
        // A hint that is lost costs a label "last used" and nothing else.
        let _ = self.world.commit(|session| done.hint(session).ok_or(CommitError::Conflict));
        Ok(())
    }
}

impl<B> fmt::Debug for Device<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("session", self.world.session()).finish_non_exhaustive()
    }
}

/// Sends a frame that is not a reply: those are short.
pub(crate) fn send(board: &mut impl Board, frame: &FromDevice<'_>) -> Result<(), Closed> {
    let mut bytes = [0; 16];
    let length = frame.encode(&mut bytes).ok_or(Closed)?;
    board.write(bytes.get(..length).ok_or(Closed)?)
}

/// Reads a frame into `buffer`; what does not fit is cut. `None`: it is no frame that a host sends.
pub(crate) fn receive<'b>(
    board: &mut impl Board,
    buffer: &'b mut [u8],
) -> Result<Option<ToDevice<'b>>, Closed> {
    let mut head = [0; HEAD];
    board.read(&mut head)?;
    let [kind, high, low] = head;
    let length = usize::from(u16::from_be_bytes([high, low]));
    let kept = length.min(buffer.len());
    let payload = buffer.get_mut(..kept).ok_or(Closed)?;
    board.read(payload)?;
    for _ in kept..length {
        board.read(&mut [0])?;
    }
    Ok(ToDevice::decode(kind, payload))
}
