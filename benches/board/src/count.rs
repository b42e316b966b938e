//! Counts the instructions of sealing and opening a record under QEMU's `-icount shift=0`, for `aead.sh` to print: lines of
//! what is done, to how many bytes, and what that takes with AES-256-GCM-SIV and with XChaCha20-Poly1305.
#![no_std]
#![no_main]

use aead::{AeadInOut, KeyInit, Nonce};
use aes_gcm_siv::Aes256GcmSiv;
use chacha20poly1305::XChaCha20Poly1305;
use core::hint::black_box;
use core::panic::PanicInfo;
use cortex_m::peripheral::{SYST, syst::SystClkSource};
use semihosting::{println, process};

#[cortex_m_rt::entry]
fn main() -> ! {
    let Some(peripherals) = cortex_m::Peripherals::take() else { process::exit(1) };
    let mut timer = peripherals.SYST;
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(SYSTICK);
    timer.clear_current();
    timer.enable_counter();
    for size in [64, 300, 700, 1300] {
        let counts = count::<Aes256GcmSiv>(size).zip(count::<XChaCha20Poly1305>(size));
        let Some(([gcm_siv_seal, gcm_siv_open], [xchacha_seal, xchacha_open])) = counts else {
            process::exit(1)
        };
        println!("seal {size} {gcm_siv_seal} {xchacha_seal}");
        println!("open {size} {gcm_siv_open} {xchacha_open}");
    }
    process::exit(0)
}

/// SysTick counts 24 bits down and starts again.
const SYSTICK: u32 = 0x00FF_FFFF;

/// An instruction takes a nanosecond, and the board's clock has 25 MHz.
const INSTRUCTIONS_PER_TICK: u32 = 40;

/// Enough for the timer's grain not to matter.
const TURNS: u32 = 16;

/// The instructions of a seal and of an open. As in the core, each expands the key anew, and the associated data is a record's.
fn count<A: AeadInOut + KeyInit>(size: usize) -> Option<[u32; 2]> {
    let (mut buffer, mut sealed) = ([0x5A; 1300], [0; 1300]);
    let (text, sealed) = (buffer.get_mut(..size)?, sealed.get_mut(..size)?);
    let nonce = Nonce::<A>::default();
    let cipher = || A::new_from_slice(&black_box([7; 32])).ok();
    let seal = per_turn(|| {
        cipher()?.encrypt_inout_detached(&nonce, &black_box([0xAD; 34]), (&mut *text).into()).ok().map(drop)
    })?;
    let tag = cipher()?.encrypt_inout_detached(&nonce, &[0xAD; 34], (&mut *text).into()).ok()?;
    sealed.copy_from_slice(text);
    let open = per_turn(|| {
        text.copy_from_slice(sealed);
        cipher()?.decrypt_inout_detached(&nonce, &black_box([0xAD; 34]), (&mut *text).into(), &tag).ok()
    })?;
    Some([seal, open])
}

fn per_turn(mut turn: impl FnMut() -> Option<()>) -> Option<u32> {
    let start = SYST::get_current();
    for _ in 0..TURNS {
        turn()?;
    }
    let ticks = start.wrapping_sub(SYST::get_current()) & SYSTICK;
    Some(ticks * INSTRUCTIONS_PER_TICK / TURNS)
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    process::exit(101)
}
