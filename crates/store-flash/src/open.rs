//! Opening: which bank counts, what it says, and leaving nothing that a torn word could change later.
//!
//! A cut tears one word: the last one that was being programmed. It may read as anything between what it was and what it was
//! to be, and may read differently at each opening. Hence the rules:
//! - A snapshot is used only when the mark after it can be read: then every word of the snapshot was programmed in full.
//!   Otherwise nobody has seen the new bank as the store's, and the other one is as it was.
//! - Before a bank is erased that might be believed when a torn word reads differently, the other one [claims](crate::claim)
//!   to be newer.
//! - A bank that lost is erased at once, unless it is plainly the older one: it must not win at the next opening.
//! - A log whose last frame is torn, or is not done beyond doubt, is never appended to: it moves to the other bank.
//! - A reset is to leave nothing behind: the bank it happened in is erased.

use crate::entry::{self, Entry, MAX_COMMIT, MAX_ENTRY};
use crate::error::OpenError;
use crate::frame::{Found, FrameKind};
use crate::geometry::{Bank, Medium};
use crate::index::RecordIndex;
use crate::log::{Heading, LogError, State};
use crate::rehearsal::Rehearsal;
use embedded_storage::nor_flash::NorFlash;

/// What a bank is.
#[derive(Clone, Copy, Debug)]
enum Survey {
    Blank,
    /// Torn, partly erased, or foreign.
    Unreadable,
    /// A log with its snapshot.
    Whole(Whole),
}

#[derive(Clone, Copy, Debug)]
struct Whole {
    bank: Bank,
    /// As in the heading.
    generation: u64,
    /// The same, or what was claimed since.
    claimed: u64,
    /// Whether a mark or a claim says that the snapshot was written in full.
    proven: bool,
    /// What it claims however torn words read the next time, if it is proven then.
    sure: Option<u64>,
    /// Whether there is a reset among them.
    cleared: bool,
    tail: Tail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tail {
    /// The next frame may be appended here.
    Open(u32),
    /// Nothing may be appended.
    Closed,
}

impl<F: NorFlash> Medium<F> {
    /// Whether a store of a few records fits.
    pub(crate) fn is_large_enough(&self) -> bool {
        let few = self.snapshot_size(&RecordIndex::<1>::new()) + 2 * self.frame_size(MAX_ENTRY);
        few + self.frame_size(MAX_COMMIT) <= self.log_size()
    }

    /// Opens the store on this flash, and finishes what a cut has interrupted.
    pub(crate) fn open<const N: usize>(&mut self) -> Result<State<N>, OpenError> {
        let first = self.survey(Bank::First)?;
        let second = self.survey(Bank::Second)?;
        let (active, other) = match (first, second) {
            (Survey::Whole(first), Survey::Whole(second)) => {
                let (newer, older) =
                    if first.claimed > second.claimed { (first, second) } else { (second, first) };
                if newer.proven { (newer, Survey::Whole(older)) } else { (older, Survey::Whole(newer)) }
            }
            (Survey::Whole(active), other) | (other, Survey::Whole(active)) => (active, other),
            _ if self.was_never_written()? => return self.format(),
            _ => return Err(OpenError::Foreign),
        };

        let (mut state, replayed_clear) = self.load(&active)?;
        // A reset whose checksum is torn may be read the second time only.
        let cleared = active.cleared || replayed_clear;
        let may_stay = match other {
            Survey::Blank => true,
            Survey::Whole(other) => other.generation < active.generation && !other.cleared,
            Survey::Unreadable => false,
        };
        if let Survey::Whole(other) = other
            && active.sure.is_none_or(|sure| sure < other.claimed)
        {
            self.claim(active.bank, active.generation.max(other.generation))?;
        }
        if active.tail == Tail::Closed || cleared {
            self.move_log(&mut state)?;
        } else if !may_stay {
            self.erase(active.bank.other())?;
        }
        if cleared {
            self.erase(active.bank)?;
        }
        Ok(state)
    }

    /// Erases everything and begins an empty store.
    pub(crate) fn format<const N: usize>(&mut self) -> Result<State<N>, OpenError> {
        // The second bank first: while the first one is left, an older store in it can still be told from nothing.
        self.erase(Bank::Second)?;
        self.erase(Bank::First)?;
        let mut state = State::empty();
        self.write_snapshot(&mut state)?;
        Ok(state)
    }

    /// Whether nothing is programmed but what a first format writes, or began to write.
    fn was_never_written(&mut self) -> Result<bool, OpenError> {
        let formatted = self.snapshot_size(&RecordIndex::<1>::new());
        let (first, second) = (self.end(Bank::First), self.end(Bank::Second));
        if !self.is_blank(formatted, first)? || !self.is_blank(first, second)? {
            return Ok(false);
        }
        let mut rehearsal = Medium::new(Rehearsal::of(self))?;
        rehearsal.write_snapshot(&mut State::<1>::empty())?;
        Ok(rehearsal.into_flash().agrees())
    }

    fn survey(&mut self, bank: Bank) -> Result<Survey, OpenError> {
        let (mut offset, end) = (self.start(bank), self.log_end(bank));
        if self.is_blank(offset, self.end(bank))? {
            return Ok(Survey::Blank);
        }
        let generation = match self.heading(bank)? {
            Heading::Ours { generation } => generation,
            Heading::Other => return Err(OpenError::OtherFormat),
            Heading::None => return Ok(Survey::Unreadable),
        };
        // The heading, the copies, and the snapshot that ends them.
        loop {
            let Found::Frame(frame) = self.frame_at(offset, end)? else { return Ok(Survey::Unreadable) };
            offset = frame.next;
            match frame.kind {
                FrameKind::Snapshot => break,
                FrameKind::Bank | FrameKind::Copy => {}
                FrameKind::Mark | FrameKind::Commit | FrameKind::Claim => return Ok(Survey::Unreadable),
            }
        }
        let claims = self.claims(bank)?;
        let mut whole = Whole {
            bank,
            generation,
            claimed: claims.highest.unwrap_or(generation),
            proven: claims.highest.is_some(),
            sure: claims.sure,
            cleared: false,
            tail: Tail::Closed,
        };
        let (mut marked, mut done) = (false, false);
        loop {
            match self.frame_at(offset, end)? {
                Found::Frame(frame) => {
                    // What lies behind a mark was written after it.
                    if marked || frame.done {
                        whole.sure = whole.sure.max(Some(generation));
                    }
                    whole.proven = true;
                    (offset, marked, done) = (frame.next, true, frame.done);
                    if frame.kind == FrameKind::Commit {
                        whole.cleared |= self.clears(&frame)?;
                    }
                }
                Found::Blank => {
                    if done {
                        whole.tail = Tail::Open(offset);
                    }
                    return Ok(Survey::Whole(whole));
                }
                Found::Torn => {
                    if marked {
                        whole.sure = whole.sure.max(Some(generation));
                    }
                    return Ok(Survey::Whole(whole));
                }
            }
        }
    }

    /// Reads what a bank says, and whether there is a reset in it.
    fn load<const N: usize>(&mut self, whole: &Whole) -> Result<(State<N>, bool), LogError> {
        let (mut offset, end) = (self.start(whole.bank), self.log_end(whole.bank));
        let mut state = State {
            bank: whole.bank,
            generation: whole.generation,
            commits: 0,
            last_commit: None,
            index: RecordIndex::new(),
            tail: if let Tail::Open(tail) = whole.tail { tail } else { end },
        };
        let mut cleared = false;
        while let Found::Frame(frame) = self.frame_at(offset, end)? {
            offset = frame.next;
            let payload_end = frame.payload + frame.length;
            match frame.kind {
                FrameKind::Bank | FrameKind::Mark | FrameKind::Claim => {}
                FrameKind::Copy => match entry::read(self, frame.payload, payload_end)? {
                    (Entry::Put(put), _) => state.index.put(put.place)?,
                    _ => return Err(LogError::Malformed),
                },
                FrameKind::Snapshot => {
                    let snapshot = self.snapshot(&frame)?;
                    (state.commits, state.last_commit) = (snapshot.commits, snapshot.last_commit);
                }
                FrameKind::Commit => {
                    cleared |= self.clears(&frame)?;
                    self.replay(&mut state, frame.payload, payload_end)?;
                }
            }
        }
        Ok((state, cleared))
    }
}
