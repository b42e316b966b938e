//! Claims: what a bank says of itself when the other one might be believed as well.
//!
//! A torn word may read as whole at one opening and as torn at the next. If it were left to such a word which bank counts, each
//! bank could be believed in its turn, and erased in the other's. So before the opening erases a bank that might be believed
//! later, it writes into the one that counts, in words that were never written, that this one is the newer. Nothing is erased
//! before that is written in full; a claim that was torn itself was for nothing, and the next one has its own place.

use crate::frame::{Found, FrameKind, FrameWriter};
use crate::geometry::{Bank, Medium};
use embedded_storage::nor_flash::{NorFlash, NorFlashErrorKind};

/// The claims one bank has room for, at its end: one is enough, but for cuts in the claim itself.
const CLAIMS: u32 = 4;
/// A generation.
const CLAIM_PAYLOAD: u32 = 8;
/// How much further the next generation is for each claim: further than all claims of two banks can reach.
const STEP: u64 = 16;

/// What the claims of a bank come to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Claims {
    /// The highest generation that can be read.
    pub(crate) highest: Option<u64>,
    /// The highest one that was written in full, beyond doubt.
    pub(crate) sure: Option<u64>,
    /// How many were begun, whether they can be read or not.
    begun: u32,
}

impl<F: NorFlash> Medium<F> {
    /// Where the log of a bank ends, and its claims begin.
    pub(crate) const fn log_end(&self, bank: Bank) -> u32 {
        self.start(bank) + self.log_size()
    }

    pub(crate) const fn log_size(&self) -> u32 {
        self.bank_size.saturating_sub(CLAIMS * self.frame_size(CLAIM_PAYLOAD))
    }

    fn places(&self, bank: Bank) -> impl Iterator<Item = u32> + use<F> {
        let (start, size) = (self.log_end(bank), self.frame_size(CLAIM_PAYLOAD));
        (0..CLAIMS).map(move |count| start + count * size)
    }

    pub(crate) fn claims(&mut self, bank: Bank) -> Result<Claims, NorFlashErrorKind> {
        let mut claims = Claims::default();
        for (count, place) in (1..).zip(self.places(bank)) {
            let end = place + self.frame_size(CLAIM_PAYLOAD);
            match self.frame_at(place, end)? {
                Found::Blank => {}
                Found::Torn => claims.begun = count,
                Found::Frame(frame) => {
                    claims.begun = count;
                    if frame.kind == FrameKind::Claim && frame.length == CLAIM_PAYLOAD {
                        let mut generation = [0; 8];
                        self.read(frame.payload, &mut generation)?;
                        let generation = Some(u64::from_le_bytes(generation));
                        claims.highest = claims.highest.max(generation);
                        claims.sure = claims.sure.max(generation.filter(|_| frame.done));
                    }
                }
            }
        }
        Ok(claims)
    }

    /// Claims that this bank is of a generation above that of both banks' headings, and above all claims before.
    ///
    /// When there is no room left, that many cuts in a row have hit a claim. Then it must do without.
    pub(crate) fn claim(&mut self, bank: Bank, above: u64) -> Result<(), NorFlashErrorKind> {
        let begun = self.claims(bank)?.begun;
        let others = self.claims(bank.other())?.begun;
        let generation = above.saturating_add(1).saturating_add(u64::from(begun + others));
        let mut result = Ok(());
        for (_, place) in (0..CLAIMS).zip(self.places(bank)).filter(|(count, _)| *count >= begun) {
            result = self.write_claim(place, generation);
            // Flash with check bits may refuse a word that was torn, though it reads as erased.
            if result.is_ok() {
                break;
            }
        }
        result
    }

    fn write_claim(&mut self, place: u32, generation: u64) -> Result<(), NorFlashErrorKind> {
        let mut claim = FrameWriter::begin(self, place, FrameKind::Claim, CLAIM_PAYLOAD)?;
        claim.put(&generation.to_le_bytes())?;
        claim.finish()?;
        Ok(())
    }

    /// The generation to go on with in the other bank: above whatever this one may ever be read to claim.
    pub(crate) fn generation_after(&mut self, bank: Bank, generation: u64) -> Result<u64, NorFlashErrorKind> {
        let claims = u64::from(self.claims(bank)?.begun);
        Ok(generation.saturating_add(STEP * (1 + claims)))
    }
}
