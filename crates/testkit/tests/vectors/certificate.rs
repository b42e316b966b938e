//! As much of an X.509 certificate as the vectors need.

/// What is signed in a certificate with an ES256 signature, and the signature.
pub(crate) fn signed_part(certificate: &[u8]) -> Option<(&[u8], &[u8])> {
    let (whole, nothing) = element(certificate, 0x30)?;
    let head = whole.len() - element(whole, 0x30)?.1.len();
    let (signed, rest) = whole.split_at(head);
    let (_, rest) = element(rest, 0x30)?;
    let (bits, end) = element(rest, 0x03)?;
    // A BIT STRING begins with the number of bits that do not count.
    let signature = bits.strip_prefix(&[0])?;
    (nothing.is_empty() && end.is_empty()).then_some((signed, signature))
}

/// The content of the DER element at the head of these bytes, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, length], rest) = bytes.split_first_chunk::<2>()?;
    let (length, rest) = match length {
        0x81 => rest.split_first().map(|(length, rest)| (usize::from(*length), rest))?,
        0x82 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        short => (usize::from(short), rest),
    };
    (found == tag).then(|| rest.split_at_checked(length)).flatten()
}
