//! Seals and opens once with what its features name, for `aead.sh` to weigh. It is built, and never run.
#![no_std]
#![no_main]

use core::hint;
use core::panic::PanicInfo;

#[cortex_m_rt::entry]
fn main() -> ! {
    #[cfg(feature = "gcm-siv")]
    seal_and_open::<aes_gcm_siv::Aes256GcmSiv>();
    #[cfg(feature = "xchacha")]
    seal_and_open::<chacha20poly1305::XChaCha20Poly1305>();
    #[cfg(feature = "pin")]
    encrypt_and_decrypt();
    loop {
        hint::spin_loop();
    }
}

#[cfg(any(feature = "gcm-siv", feature = "xchacha"))]
fn seal_and_open<A: aead::AeadInOut + aead::KeyInit>() {
    let mut text = hint::black_box([0; 64]);
    let nonce = hint::black_box(aead::Nonce::<A>::default());
    let Ok(cipher) = A::new_from_slice(&hint::black_box([7; 32])) else { return };
    if let Ok(tag) =
        cipher.encrypt_inout_detached(&nonce, &hint::black_box([0; 34]), text.as_mut_slice().into())
    {
        let opened = cipher.decrypt_inout_detached(
            &nonce,
            &hint::black_box([0; 34]),
            text.as_mut_slice().into(),
            &tag,
        );
        hint::black_box((text, opened.is_ok()));
    }
}

#[cfg(feature = "pin")]
fn encrypt_and_decrypt() {
    use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
    let cipher = aes::Aes256::new(&hint::black_box([7; 32]).into());
    let mut block = hint::black_box([0; 16]).into();
    cipher.encrypt_block(&mut block);
    cipher.decrypt_block(hint::black_box(&mut block));
    hint::black_box(block);
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    loop {
        hint::spin_loop();
    }
}
