//! Looks for what must not be said: secrets and personal data in logs, `Debug` output and panic messages.

/// Something that must not appear, and what to call it when it does.
#[derive(Clone, Debug)]
pub struct Needle {
    name: &'static str,
    bytes: Vec<u8>,
}

impl Needle {
    /// These bytes. Short ones would be found by accident, so there must be four at least.
    ///
    /// # Panics
    /// When there are fewer.
    #[must_use]
    pub fn new(name: &'static str, bytes: &[u8]) -> Self {
        assert!(bytes.len() >= 4, "{name} is too short to search for");
        Self { name, bytes: bytes.to_vec() }
    }

    /// The ways in which the bytes could have been written: as they are, and in hex, base64 and base64url.
    fn spellings(&self) -> Vec<(&'static str, Vec<u8>)> {
        let hex: String = self.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let decimal: Vec<_> = self.bytes.iter().map(u8::to_string).collect();
        let mut spellings = vec![
            ("raw", self.bytes.clone()),
            ("hex", hex.clone().into_bytes()),
            ("upper-case hex", hex.to_uppercase().into_bytes()),
            ("a list of numbers", decimal.join(", ").into_bytes()),
        ];
        // Base64 of the bytes in the midst of others begins at one of three phases; what is common to all is searched.
        for phase in 0..3 {
            spellings.push(("base64", base64(&self.bytes, phase, b"+/")));
            spellings.push(("base64url", base64(&self.bytes, phase, b"-_")));
        }
        spellings
    }
}

/// Base64 of `bytes` as it looks when `phase` other bytes stand before it, without the characters those share.
fn base64(bytes: &[u8], phase: usize, last_two: &[u8; 2]) -> Vec<u8> {
    let alphabet: Vec<u8> =
        (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain(last_two.iter().copied()).collect();
    let bits: Vec<u8> = std::iter::repeat_n(0, phase)
        .chain(bytes.iter().copied())
        .flat_map(|byte| (0..8).rev().map(move |bit| (byte >> bit) & 1))
        .collect();
    let first = if phase == 0 { 0 } else { phase.saturating_add(1) };
    let digit = |six: &[u8]| six.iter().fold(0_u8, |value, bit| (value << 1) | bit);
    let digits =
        bits.chunks_exact(6).map(digit).filter_map(|digit| alphabet.get(usize::from(digit)).copied());
    digits.skip(first).collect()
}

/// Every needle found in `haystack`, with the way it was written.
#[must_use]
pub fn found(haystack: &[u8], needles: &[Needle]) -> Vec<String> {
    let holds = |spelling: &[u8]| haystack.windows(spelling.len()).any(|window| window == spelling);
    let mut found = Vec::new();
    for needle in needles {
        for (way, spelling) in needle.spellings() {
            if !spelling.is_empty() && holds(&spelling) {
                found.push(format!("{} as {way}", needle.name));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
