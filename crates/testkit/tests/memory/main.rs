//! After PINs were set, changed and tried, and passkeys registered and used with tokens, the process that did it has no PIN, PIN
//! hash, shared secret, token or private key left in its memory; what a session still needs lies in it once, and goes with it, and
//! so does the device key, which stays as long as the authenticator does.
//!
//! The authenticator runs in a process of its own, which searches its own memory: what the platform knows is in this one.
//! Everything secret comes to that process, and what it is to look for, under a mask.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

#[cfg(target_os = "linux")]
mod child;
#[cfg(target_os = "linux")]
mod frame;
#[cfg(target_os = "linux")]
mod needles;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod scan;
#[cfg(target_os = "linux")]
mod story;

#[cfg(target_os = "linux")]
fn main() {
    if child::is_this() {
        return child::run();
    }
    for protocol in [1, 2] {
        story::nothing_secret_is_left_in_memory(protocol);
        println!("nothing_secret_is_left_in_memory, protocol {protocol} ... ok");
        story::nothing_is_left_of_a_pin_that_the_host_sets(protocol);
        println!("nothing_is_left_of_a_pin_that_the_host_sets, protocol {protocol} ... ok");
        story::a_planted_copy_is_found(protocol);
        println!("a_planted_copy_is_found, protocol {protocol} ... ok");
    }
}

/// Elsewhere a process cannot read its own memory as a file.
#[cfg(not(target_os = "linux"))]
fn main() {
    println!("SKIP: this needs /proc/self/mem");
}
