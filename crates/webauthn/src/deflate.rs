//! Raw DEFLATE (RFC 1951), with which a platform makes large blobs shorter.

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use zeroize::Zeroizing;

/// How many bytes a large blob has at most before it is compressed. What is stored claims a size of its own, which is not to
/// be believed beyond this.
pub(crate) const MAX_SIZE: usize = 1024 * 1024;

/// The best that can be done: room is scarce, and blobs are short.
const LEVEL: u8 = 9;

/// Compresses a blob. `None`: it is longer than anybody reads again.
pub(crate) fn compress(blob: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    (blob.len() <= MAX_SIZE).then(|| Zeroizing::new(compress_to_vec(blob, LEVEL)))
}

/// The blob that was so long before it was compressed, to the byte. `None`: it was not, or this is no DEFLATE, or not only.
pub(crate) fn inflate(compressed: &[u8], original_size: u64) -> Option<Zeroizing<Vec<u8>>> {
    let size = usize::try_from(original_size).ok().filter(|size| *size <= MAX_SIZE)?;
    // In one piece, which is all that is ever written, and all that is left to wipe. The byte more shows who claims too little.
    let mut blob = Zeroizing::new(vec![0; size.checked_add(1)?]);
    let mut state = Box::<DecompressorOxide>::default();
    let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (status, consumed, written) = decompress(&mut state, compressed, &mut blob, 0, flags);
    blob.truncate(size);
    let is_all = consumed == compressed.len() && written == size;
    (status == TINFLStatus::Done && is_all).then_some(blob)
}

#[cfg(test)]
mod tests;
