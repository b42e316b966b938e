//! `authenticator serve` for 100,000 operations, as fast as it answers: how long each kind takes at the median and at the
//! 99th percentile, and what the process grows by. Not part of `cargo test`, as it measures time and takes a minute:
//!
//! ```text
//! cargo test -p authenticator-cli --test live
//! ```
//!
//! Fails when the 99th percentile of any kind is above a second, or when the process holds more than 256 KiB more after
//! the last operation than after the 10,000th.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    reason = "a test; of the clients it takes one"
)]

#[path = "../cli/serve/client.rs"]
mod client;

use authenticator_testkit::{cbor, request};
use client::{Client, INIT, PING, Served};
use std::net::UdpSocket;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const OPERATIONS: usize = 100_000;
const SETTLED: usize = 10_000;
const GROWTH_KIB: u64 = 256;
const SLOW: Duration = Duration::from_secs(1);

/// What is done over and over, and how often a thousand times.
const KINDS: [(&str, usize, fn(&mut Key)); 7] = [
    ("PING of 200 bytes", 200, |key| key.client.pings()),
    ("getInfo", 200, |key| assert_eq!(key.client.ask(&[0x04]).0, 0x00)),
    ("getAssertion", 400, |key| assert_eq!(key.client.ask(&key.sign_in.clone()).0, 0x00)),
    ("makeCredential", 100, |key| assert_eq!(key.client.ask(&key.registration.clone()).0, 0x00)),
    ("a request that is refused", 50, |key| assert_eq!(key.client.ask(&[0x02, 0xA0]).0, 0x14)),
    ("a message that is broken off", 40, Key::break_off),
    ("a new channel", 10, |key| key.client = key.served.udp()),
];

struct Key {
    served: Served,
    client: Client<UdpSocket>,
    registration: Vec<u8>,
    sign_in: Vec<u8>,
}

impl Key {
    fn plugged_in() -> Self {
        let served = Served::start(&["--udp", "127.0.0.1:0", "--user", "approve"]);
        let client = served.udp();
        // Without a record: what the store keeps would be counted as growth.
        let registration =
            request::make_credential("live.example", b"user").with(0x0B, cbor::array(["none"])).encode();
        let sign_in = request::get_assertion("resident.example").encode();
        let mut key = Self { served, client, registration, sign_in };
        let resident = request::make_credential("resident.example", b"user").option("rk", true).encode();
        assert_eq!(key.client.ask(&resident).0, 0x00);
        key
    }

    /// The first report of a long message, and an INIT where the second should come.
    fn break_off(&mut self) {
        let mut first = [7; 64];
        first[..4].copy_from_slice(&self.client.channel);
        first[4..7].copy_from_slice(&[PING, 1, 44]);
        self.client.carrier.send(&first).unwrap();
        self.client.send(INIT, &[7; 8]);
        assert_eq!(self.client.receive().0, INIT);
    }

    /// What the process holds in memory, where the system says.
    fn resident_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.served.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    }
}

fn main() -> ExitCode {
    let mut key = Key::plugged_in();
    let order = order();
    let mut times = KINDS.map(|_| Vec::with_capacity(OPERATIONS));
    let mut settled = None;
    for operation in 0..OPERATIONS {
        let kind = order[operation % order.len()];
        let started = Instant::now();
        KINDS[kind].2(&mut key);
        times[kind].push(started.elapsed());
        if operation + 1 == SETTLED {
            settled = key.resident_kib();
        }
    }
    let is_quick = judge_times(times);
    let is_level = judge_memory(settled, key.resident_kib());
    if is_quick && is_level { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A thousand operations, each kind spread evenly over them.
fn order() -> Vec<usize> {
    let mut placed = Vec::new();
    for (kind, (_, count, _)) in KINDS.iter().enumerate() {
        placed.extend((0..*count).map(|nth| (nth * 1_000 / count, kind)));
    }
    placed.sort_unstable();
    placed.into_iter().map(|(_, kind)| kind).collect()
}

fn judge_times(times: [Vec<Duration>; KINDS.len()]) -> bool {
    println!("| {:<28} | {:>7} | {:>9} | {:>9} |", "operation", "times", "median us", "p99 us");
    println!("|{:-<30}|{:->8}:|{:->10}:|{:->10}:|", "", "", "", "");
    let mut is_quick = true;
    for ((name, ..), mut times) in KINDS.iter().zip(times) {
        times.sort_unstable();
        let (median, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
        println!("| {name:<28} | {:>7} | {:>9} | {:>9} |", times.len(), median.as_micros(), p99.as_micros());
        is_quick &= p99 < SLOW;
    }
    if !is_quick {
        println!("FAILED: a 99th percentile is above a second");
    }
    is_quick
}

fn judge_memory(settled: Option<u64>, last: Option<u64>) -> bool {
    let (Some(settled), Some(last)) = (settled, last) else {
        println!("SKIP memory: this system does not say what a process holds");
        return true;
    };
    println!("in memory: {settled} KiB after {SETTLED} operations, {last} KiB after {OPERATIONS}");
    let is_level = last <= settled + GROWTH_KIB;
    if !is_level {
        println!("FAILED: that is more than {GROWTH_KIB} KiB more");
    }
    is_level
}
