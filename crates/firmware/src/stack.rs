//! How much of the stack was ever in use: the start-up code paints all of it, and what is still painted was not.
#![allow(
    unsafe_code,
    reason = "the stack's bounds come from the linker, and its memory is read as it lies there"
)]

use core::ptr::{addr_of, read_volatile};

unsafe extern "C" {
    static _stack_start: u32;
    static _stack_end: u32;
}

/// The most of the stack ever in use, in bytes.
pub(crate) fn high_water_mark() -> u32 {
    // The stack grows from its start down to its end.
    let (start, end) = (addr_of!(_stack_start), addr_of!(_stack_end));
    let mut lowest = end;
    // SAFETY: the linker script puts the stack between these two symbols, both aligned to words; nothing of ours lies
    // there but frames, and any word of memory is a u32.
    while lowest < start && unsafe { read_volatile(lowest) } == cortex_m_rt::STACK_PAINT_VALUE {
        lowest = lowest.wrapping_add(1);
    }
    let bytes = start.addr().saturating_sub(lowest.addr());
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
