//! NOR flash that can be cut off at every word it writes and every page it erases.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};
use std::cell::RefCell;
use std::rc::Rc;

/// What a word or page that was being changed reads as after a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tear {
    /// As before, although it is no longer clean.
    Nothing,
    /// As it was to be.
    Everything,
    /// Some bits old, some new, the same at each reading.
    Some,
    /// Some bits old, some new, others at each reading.
    Changing,
    /// All old or all new, decided anew each time power comes back.
    Flipping,
    /// All old or all new, decided anew at each reading.
    Flickering,
}

impl Tear {
    pub(crate) const ALL: [Self; 6] =
        [Self::Nothing, Self::Everything, Self::Some, Self::Changing, Self::Flipping, Self::Flickering];
}

#[derive(Clone, Debug)]
enum Word<const WORD: usize> {
    Erased,
    Written([u8; WORD]),
    /// It was being written when power was lost.
    TornWrite {
        new: [u8; WORD],
        reads: Reads<WORD>,
    },
    /// Its page was being erased when power was lost.
    TornErase {
        reads: Reads<WORD>,
    },
}

#[derive(Clone, Debug)]
enum Reads<const WORD: usize> {
    Always([u8; WORD]),
    Between([u8; WORD], [u8; WORD]),
    EitherEachTime([u8; WORD], [u8; WORD]),
    /// One or the other; what was torn together flips together.
    Either([u8; WORD], [u8; WORD], usize),
}

impl<const WORD: usize> Reads<WORD> {
    fn are_ever_programmed(&self) -> bool {
        let (Self::Always(word)
        | Self::Between(word, _)
        | Self::EitherEachTime(word, _)
        | Self::Either(word, ..)) = self;
        *word != [0xFF; WORD]
    }
}

/// Xorshift: the same bits for the same seed.
#[derive(Clone, Debug)]
pub(crate) struct Bits(u64);

impl Bits {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 16).unwrap() % bound
    }

    /// Each bit from one or the other.
    fn mix<const WORD: usize>(&mut self, old: [u8; WORD], new: [u8; WORD]) -> [u8; WORD] {
        std::array::from_fn(|at| {
            let mask = self.next().to_be_bytes()[0];
            (old[at] & mask) | (new[at] & !mask)
        })
    }
}

/// The chip, with or without power.
#[derive(Clone, Debug)]
pub(crate) struct Chip<const WORD: usize> {
    words: Vec<Word<WORD>>,
    /// How often each page was erased.
    pub(crate) wear: Vec<u32>,
    /// Words written and pages erased so far.
    pub(crate) operations: usize,
    /// The operation, counted from the next one as 0, that is cut.
    cut: Option<(usize, Tear)>,
    powered: bool,
    /// Whether a word that was torn can be written again, with the same bits.
    pub(crate) refuses_torn_words: bool,
    /// How often power came back.
    boots: usize,
    bits: Bits,
}

pub(crate) const PAGE: usize = 4096;

impl<const WORD: usize> Chip<WORD> {
    pub(crate) fn new(pages: usize) -> Self {
        Self {
            words: vec![Word::Erased; pages * PAGE / WORD],
            wear: vec![0; pages],
            operations: 0,
            cut: None,
            powered: true,
            refuses_torn_words: false,
            boots: 0,
            bits: Bits::new(7),
        }
    }

    /// Loses power in the middle of the operation `place` from now.
    pub(crate) fn cut_at(&mut self, place: usize, tear: Tear, seed: u64) {
        (self.cut, self.bits) = (Some((place, tear)), Bits::new(seed));
    }

    pub(crate) fn power_on(&mut self) {
        (self.cut, self.powered) = (None, true);
        self.boots += 1;
    }

    pub(crate) const fn has_power(&self) -> bool {
        self.powered
    }

    /// Whether some word reads differently from one time to the next.
    pub(crate) fn is_changing(&self) -> bool {
        self.words.iter().any(|word| match word {
            Word::TornWrite { reads, .. } | Word::TornErase { reads } => !matches!(reads, Reads::Always(_)),
            Word::Erased | Word::Written(_) => false,
        })
    }

    /// Where the word lies whose writing was cut.
    pub(crate) fn torn(&self) -> Option<usize> {
        self.words.iter().position(|word| matches!(word, Word::TornWrite { .. })).map(|at| at * WORD)
    }

    /// Writes bytes as another program might have.
    pub(crate) fn fill(&mut self, offset: usize, bytes: &[u8]) {
        for (at, chunk) in bytes.chunks_exact(WORD).enumerate() {
            let word: [u8; WORD] = chunk.try_into().unwrap();
            self.words[offset / WORD + at] =
                if word == [0xFF; WORD] { Word::Erased } else { Word::Written(word) };
        }
    }

    pub(crate) fn bytes(&mut self) -> Vec<u8> {
        (0..self.words.len()).flat_map(|at| self.word(at)).collect()
    }

    fn word(&mut self, at: usize) -> [u8; WORD] {
        match &self.words[at] {
            Word::Erased => [0xFF; WORD],
            Word::Written(word) => *word,
            Word::TornWrite { reads, .. } | Word::TornErase { reads } => match reads {
                Reads::Always(word) => *word,
                Reads::Between(old, new) => self.bits.mix(*old, *new),
                Reads::EitherEachTime(old, new) => [*old, *new][self.bits.below(2)],
                Reads::Either(old, new, torn) => {
                    let coin = Bits::new(u64::try_from(self.boots * 64 + torn).unwrap()).next() >> 33;
                    if coin & 1 == 0 { *old } else { *new }
                }
            },
        }
    }

    /// Counts an operation; `Some` when power is lost in it.
    fn operate(&mut self) -> Option<Tear> {
        self.operations += 1;
        match &mut self.cut {
            Some((0, tear)) => {
                self.powered = false;
                Some(*tear)
            }
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        }
    }

    fn tear(&mut self, tear: Tear, old: [u8; WORD], new: [u8; WORD]) -> Reads<WORD> {
        match tear {
            Tear::Nothing => Reads::Always(old),
            Tear::Everything => Reads::Always(new),
            Tear::Some => Reads::Always(self.bits.mix(old, new)),
            Tear::Changing => Reads::Between(old, new),
            Tear::Flickering => Reads::EitherEachTime(old, new),
            Tear::Flipping => Reads::Either(old, new, self.operations),
        }
    }

    fn write(&mut self, at: usize, new: [u8; WORD]) -> Result<(), NorFlashErrorKind> {
        let old = self.word(at);
        match &self.words[at] {
            Word::Erased => {}
            Word::TornWrite { .. } if self.refuses_torn_words => return Err(NorFlashErrorKind::Other),
            // It may have no visible trace; the same bits again are only the rest of the same write.
            Word::TornWrite { new: before, .. } => {
                assert_eq!(*before, new, "word {at}: a torn word is written again")
            }
            Word::Written(_) => panic!("word {at} is written twice"),
            Word::TornErase { .. } => panic!("word {at} is written after an erasure that was cut"),
        }
        let Some(tear) = self.operate() else {
            self.words[at] = Word::Written(new);
            return Ok(());
        };
        let reads = self.tear(tear, old, new);
        self.words[at] = Word::TornWrite { new, reads };
        Err(NorFlashErrorKind::Other)
    }

    fn erase(&mut self, page: usize) -> Result<(), NorFlashErrorKind> {
        let words = page * PAGE / WORD..(page + 1) * PAGE / WORD;
        self.wear[page] += 1;
        let half = self.words.len() / 2;
        let mut other = if words.start < half { half..2 * half } else { 0..half };
        // Then nothing sound would be left, however whole that other half looks.
        let half_erased = other.any(|at| match &self.words[at] {
            Word::TornErase { reads } => reads.are_ever_programmed(),
            Word::Erased | Word::Written(_) | Word::TornWrite { .. } => false,
        });
        assert!(!half_erased, "page {page} is erased, and the other bank is half erased");
        let Some(tear) = self.operate() else {
            self.words[words].fill(Word::Erased);
            return Ok(());
        };
        for at in words {
            let old = self.word(at);
            let reads = self.tear(tear, old, [0xFF; WORD]);
            self.words[at] = Word::TornErase { reads };
        }
        Err(NorFlashErrorKind::Other)
    }
}

/// A driver of a chip that others look at too.
#[derive(Clone, Debug)]
pub(crate) struct SimFlash<const WORD: usize>(pub(crate) Rc<RefCell<Chip<WORD>>>);

impl<const WORD: usize> SimFlash<WORD> {
    pub(crate) fn of(chip: Chip<WORD>) -> Self {
        Self(Rc::new(RefCell::new(chip)))
    }

    pub(crate) fn new(pages: usize) -> Self {
        Self::of(Chip::new(pages))
    }

    fn powered(&self) -> Result<(), NorFlashErrorKind> {
        if self.0.borrow().powered { Ok(()) } else { Err(NorFlashErrorKind::Other) }
    }
}

impl<const WORD: usize> ErrorType for SimFlash<WORD> {
    type Error = NorFlashErrorKind;
}

impl<const WORD: usize> ReadNorFlash for SimFlash<WORD> {
    const READ_SIZE: usize = WORD;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        self.powered()?;
        check_read(self, offset, bytes.len())?;
        let mut chip = self.0.borrow_mut();
        let first = usize::try_from(offset).unwrap() / WORD;
        for (at, chunk) in bytes.chunks_exact_mut(WORD).enumerate() {
            chunk.copy_from_slice(&chip.word(first + at));
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.borrow().words.len() * WORD
    }
}

impl<const WORD: usize> NorFlash for SimFlash<WORD> {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = PAGE;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        self.powered()?;
        check_erase(self, from, to)?;
        let [from, to] = [from, to].map(|offset| usize::try_from(offset).unwrap() / PAGE);
        (from..to).try_for_each(|page| self.0.borrow_mut().erase(page))
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        self.powered()?;
        check_write(self, offset, bytes.len())?;
        let first = usize::try_from(offset).unwrap() / WORD;
        let mut words = bytes.chunks_exact(WORD).enumerate();
        words.try_for_each(|(at, word)| self.0.borrow_mut().write(first + at, word.try_into().unwrap()))
    }
}
