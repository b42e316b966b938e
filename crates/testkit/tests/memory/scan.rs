//! Searches this process's own memory.

use crate::frame::masked;
use std::fs::{File, read_to_string};
use std::hint::black_box;
use std::os::unix::fs::FileExt;

const CHUNK: usize = 1 << 16;

/// How often each needle, given under the mask, is in memory that this process can write: heap, stacks, globals.
pub(crate) fn count(needles: &[&[u8]]) -> Vec<u32> {
    let longest = needles.iter().map(|needle| needle.len()).max().unwrap_or(1);
    let mut by_first_byte = vec![Vec::new(); 256];
    for (number, needle) in needles.iter().enumerate() {
        by_first_byte[usize::from(needle[0])].push(number);
    }
    let mut counts = vec![0; needles.len()];
    // What has been read is not counted a second time here.
    let mut buffer = vec![0; CHUNK + longest];
    let own = buffer.as_ptr_range();
    let own = address(own.start.addr())..address(own.end.addr());
    let memory = File::open("/proc/self/mem").unwrap();
    for (start, end) in writable() {
        let mut at = start;
        while at < end {
            let length = usize::try_from(end - at).unwrap().min(buffer.len());
            if memory.read_exact_at(&mut buffer[..length], at).is_err() {
                break; // a mapping that is not memory
            }
            for offset in 0..length.min(CHUNK) {
                let here = at + address(offset);
                for &number in &by_first_byte[usize::from(masked(buffer[offset]))] {
                    if !own.contains(&here) && begins(&buffer[offset..length], needles[number]) {
                        counts[number] += 1;
                    }
                }
            }
            at += address(CHUNK);
        }
    }
    buffer.fill(0);
    counts
}

fn address(number: usize) -> u64 {
    u64::try_from(number).unwrap()
}

/// Compares without taking the mask off anywhere but in a register.
fn begins(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.len() >= needle.len()
        && bytes.iter().zip(needle).all(|(byte, part)| masked(black_box(*byte)) == black_box(*part))
}

/// The mappings that can be read and written, as the kernel lists them.
fn writable() -> Vec<(u64, u64)> {
    let maps = read_to_string("/proc/self/maps").unwrap();
    let mapping = |line: &str| {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        let address = |text| u64::from_str_radix(text, 16).ok();
        rest.starts_with("rw").then_some((address(start)?, address(end)?))
    };
    maps.lines().filter_map(mapping).collect()
}
