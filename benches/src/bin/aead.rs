//! AES-256-GCM-SIV, which seals records, beside XChaCha20-Poly1305, which does not (`docs/adr/0001-record-seal.md`):
//!
//! ```text
//! aead                         times both, turn by turn
//! aead CIPHER seal|open SIZE   does it once in `measured`, for `aead.sh` to count; CIPHER is gcm-siv or xchacha
//! ```
//!
//! As in the core, each turn expands the key anew, and the associated data is a record's.

use aes_gcm_siv::aead::{AeadInOut, Nonce};
use aes_gcm_siv::{Aes256GcmSiv, KeyInit};
use authenticator_benches::measured;
use chacha20poly1305::XChaCha20Poly1305;
use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments.as_slice() {
        [] => time_all()?,
        [cipher, way, size] => {
            let way = if way == "seal" { Way::Seal } else { Way::Open };
            let mut turn = match cipher {
                "gcm-siv" => turn::<Aes256GcmSiv>(way, size.parse()?)?,
                "xchacha" => turn::<XChaCha20Poly1305>(way, size.parse()?)?,
                _ => return Err("the cipher is gcm-siv or xchacha".into()),
            };
            turn(); // the processor's features are looked up at first use
            measured(&mut turn);
        }
        _ => return Err("see the first lines of aead.rs".into()),
    }
    Ok(())
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Seal,
    Open,
}

/// The associated data of a record: format ‖ kind ‖ id ‖ version ‖ generation.
const ASSOCIATED_DATA: [u8; 34] = [0xAD; 34];

/// One turn at content of this size.
fn turn<A: AeadInOut + KeyInit + 'static>(way: Way, size: usize) -> Result<Box<dyn FnMut()>, Box<dyn Error>> {
    let cipher = || A::new_from_slice(black_box(&[7; 32])).map_err(|_| "both take 32 bytes of key");
    let nonce = Nonce::<A>::default();
    let plain = vec![0x5A; size];
    let mut sealed = plain.clone();
    let tag = cipher()?
        .encrypt_inout_detached(&nonce, &ASSOCIATED_DATA, sealed.as_mut_slice().into())
        .map_err(|_| "the content is far below any limit")?;
    let mut text = vec![0; size];
    Ok(Box::new(move || {
        let done = match way {
            Way::Seal => {
                text.copy_from_slice(&plain);
                cipher().is_ok_and(|cipher| {
                    let made =
                        cipher.encrypt_inout_detached(&nonce, &ASSOCIATED_DATA, text.as_mut_slice().into());
                    made == Ok(tag.clone())
                })
            }
            Way::Open => {
                text.copy_from_slice(&sealed);
                cipher().is_ok_and(|cipher| {
                    let text = text.as_mut_slice().into();
                    cipher.decrypt_inout_detached(&nonce, &ASSOCIATED_DATA, text, &tag).is_ok()
                })
            }
        };
        assert!(done, "what was sealed is sealed alike and opens");
        black_box(&text);
    }))
}

fn time_all() -> Result<(), Box<dyn Error>> {
    println!("| way  | bytes | gcm-siv us | xchacha us | ratio |");
    println!("|------|------:|-----------:|-----------:|------:|");
    for way in [Way::Seal, Way::Open] {
        for size in [64, 300, 700, 1300] {
            let mut gcm_siv = turn::<Aes256GcmSiv>(way, size)?;
            let mut xchacha = turn::<XChaCha20Poly1305>(way, size)?;
            let [gcm_siv, xchacha] = medians([&mut gcm_siv, &mut xchacha]);
            let ratio = gcm_siv / xchacha;
            let way = format!("{way:?}").to_lowercase();
            println!("| {way:<4} | {size:>5} | {gcm_siv:>10.2} | {xchacha:>10.2} | {ratio:>5.2} |");
        }
    }
    Ok(())
}

const ROUNDS: usize = 301;
const TURNS: u32 = 100;

/// The median microseconds of one turn of each; they take turns, so that what slows the machine slows both.
fn medians(mut turns: [&mut Box<dyn FnMut()>; 2]) -> [f64; 2] {
    let mut times = [vec![], vec![]];
    for _ in 0..ROUNDS {
        for (turn, times) in turns.iter_mut().zip(&mut times) {
            times.push(time(turn));
        }
    }
    times.map(|mut times| {
        times.sort_unstable();
        times.get(ROUNDS / 2).map_or(f64::NAN, |time| time.as_secs_f64() * 1e6 / f64::from(TURNS))
    })
}

fn time(turn: &mut dyn FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..TURNS {
        turn();
    }
    start.elapsed()
}
