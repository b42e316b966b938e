use sha2::{Digest, Sha256};

use super::*;

/// Bytes that cannot be compressed.
fn noise(length: usize) -> Vec<u8> {
    let blocks = (0_u32..).flat_map(|number| Sha256::digest(number.to_be_bytes()).to_vec());
    blocks.take(length).collect()
}

fn size(blob: &[u8]) -> u64 {
    u64::try_from(blob.len()).unwrap()
}

#[test]
fn what_was_compressed_comes_out_again() {
    for blob in [vec![], vec![7], noise(100), noise(70_000), vec![0; MAX_SIZE], b"so ".repeat(1000)] {
        let compressed = compress(&blob).unwrap();
        assert_eq!(*inflate(&compressed, size(&blob)).unwrap(), blob, "{} bytes", blob.len());
        assert!(
            compressed.len() <= blob.len() + 32 * (1 + blob.len() / 30_000),
            "{} bytes",
            compressed.len()
        );
    }
    assert!(compress(&[0; 1000]).unwrap().len() < 20);
    assert!(compress(&vec![0; MAX_SIZE + 1]).is_none());
}

/// `zlib.compressobj(wbits=-15)` of Python, and a stored and a fixed block by hand from RFC 1951.
#[test]
fn what_others_have_compressed_is_read() {
    let of_python = [0x4b, 0x4c, 0x4a, 0x4e, 0x49, 0x4d, 0x4b, 0xc4, 0x20, 0x01];
    assert_eq!(*inflate(&of_python, 24).unwrap(), b"abcdefabcdefabcdefabcdef"[..]);
    let stored = [0x01, 0x03, 0x00, 0xfc, 0xff, b'a', b'b', b'c'];
    assert_eq!(*inflate(&stored, 3).unwrap(), b"abc"[..]);
    assert_eq!(*inflate(&[0x03, 0x00], 0).unwrap(), b""[..]);
}

#[test]
fn a_size_that_is_not_the_true_one_is_not_believed() {
    let blob = noise(1000);
    let compressed = compress(&blob).unwrap();
    for claimed in [0, 1, 999, 1001, 100_000, u64::MAX] {
        assert!(inflate(&compressed, claimed).is_none(), "{claimed}");
    }
}

#[test]
fn what_would_grow_without_bound_is_not_inflated() {
    // A thousand times its length, which is about the most that DEFLATE can do.
    let bomb = compress_to_vec(&vec![0; 4 * MAX_SIZE], 9);
    assert!(bomb.len() < 5000, "it fits an array");
    for claimed in [4 * MAX_SIZE, MAX_SIZE, 10, 0] {
        assert!(inflate(&bomb, u64::try_from(claimed).unwrap()).is_none(), "{claimed}");
    }
}

#[test]
fn what_comes_after_the_last_block_is_no_part_of_a_blob() {
    for blob in [&b""[..], b"a", &noise(1000), &[7; 5000]] {
        let size = u64::try_from(blob.len()).unwrap();
        let compressed = compress(blob).unwrap();
        assert!(inflate(&compressed, size).is_some());
        for after in [&[0][..], &[0x03, 0x00], &noise(100)] {
            assert!(
                inflate(&[&compressed, after].concat(), size).is_none(),
                "{} bytes, {after:?}",
                blob.len()
            );
        }
    }
}

#[test]
fn what_is_no_deflate_is_nothing() {
    for broken in [&[][..], &[0xff], &[0x06], &noise(50), &[0x01, 0x03, 0x00, 0xfc, 0xfe, 1, 2, 3]] {
        for claimed in [0, 3, 50] {
            assert!(inflate(broken, claimed).is_none(), "{broken:?}");
        }
    }
    let compressed = compress(&noise(1000)).unwrap();
    for cut in 0..compressed.len() {
        assert!(inflate(&compressed[..cut], 1000).is_none(), "cut at {cut}");
    }
}
