//! What a program can tell valgrind's memcheck, and ask it: the client requests of `valgrind.h` and `memcheck.h`.
//!
//! A request is a sequence of instructions that does nothing on a processor and is recognised by valgrind, so that neither
//! its headers nor a C compiler are needed.
#![allow(unsafe_code, reason = "a client request is a sequence of instructions")]

use core::hint::black_box;

const RUNNING_ON_VALGRIND: usize = 0x1001;
const COUNT_ERRORS: usize = 0x1201;
/// Requests of memcheck begin with its name's letters, M and C.
const MAKE_MEM_UNDEFINED: usize = 0x4D43_0001;
const MAKE_MEM_DEFINED: usize = 0x4D43_0002;

/// Whether this program runs under valgrind.
pub(crate) fn is_watching() -> bool {
    request(RUNNING_ON_VALGRIND, 0, 0) != 0
}

/// How many errors were reported so far, without those suppressed.
pub(crate) fn errors() -> usize {
    request(COUNT_ERRORS, 0, 0)
}

/// From here on whoever branches or indexes by these bytes is reported, and by whatever is computed from them.
pub(crate) fn secret(bytes: &mut [u8]) {
    mark(MAKE_MEM_UNDEFINED, bytes);
}

/// From here on everyone may know these bytes.
pub(crate) fn public(bytes: &mut [u8]) {
    mark(MAKE_MEM_DEFINED, bytes);
}

fn mark(code: usize, bytes: &mut [u8]) {
    // What the compiler knew of the bytes, it does not know after this: they are read from memory again.
    let bytes = black_box(bytes);
    request(code, bytes.as_mut_ptr().expose_provenance(), bytes.len());
}

/// Makes a request. Without valgrind, and on processors it is not written for, the answer is 0.
#[cfg(target_arch = "x86_64")]
fn request(code: usize, first: usize, second: usize) -> usize {
    let arguments: [usize; 6] = [code, first, second, 0, 0, 0];
    let mut answer = 0_usize;
    // SAFETY: four rotations of rdi that add up to none and an exchange of a register with itself. Valgrind reads the
    // arguments, which rax points to, and answers in rdx.
    unsafe {
        core::arch::asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") arguments.as_ptr(), inout("rdx") answer,
        );
    }
    answer
}

/// Makes a request. Without valgrind, and on processors it is not written for, the answer is 0.
#[cfg(target_arch = "aarch64")]
fn request(code: usize, first: usize, second: usize) -> usize {
    let arguments: [usize; 6] = [code, first, second, 0, 0, 0];
    let mut answer = 0_usize;
    // SAFETY: four rotations of x12 that add up to none, and a register or-ed with itself. Valgrind reads the arguments,
    // which x4 points to, and answers in x3.
    unsafe {
        core::arch::asm!(
            "ror x12, x12, #3", "ror x12, x12, #13", "ror x12, x12, #51", "ror x12, x12, #61", "orr x10, x10, x10",
            in("x4") arguments.as_ptr(), inout("x3") answer,
        );
    }
    answer
}

/// Makes a request. Without valgrind, and on processors it is not written for, the answer is 0.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const fn request(_: usize, _: usize, _: usize) -> usize {
    0
}
