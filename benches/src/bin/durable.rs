//! What it costs to make a passkey that survives a loss of power, beside the least that anything durable costs on the same
//! disk: for `durable.sh`.
//!
//! Each round appends 512 bytes to a file and syncs it, then runs one makeCredential over the SQLite store, so that both
//! meet the same disk in the same mood: with the fastest key pairs there are, which is what is judged, and with the core's own.
//! And one over a store in memory, which says how much of it no disk can help.

use authenticator_core::{Profile, store::Store};
use authenticator_host::{FastKeys, HashMapStore, Keys, SoftwareKeys, blocking};
use authenticator_store_sqlite::SqliteStore;
use authenticator_testkit::{Sim, cbor, request};
use std::error::Error;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// The first ones set up caches and the log.
const WARM_UP: usize = 50;

/// The disk says that it has written before it can have: then nothing is measured.
const TOO_FAST: Duration = Duration::from_micros(50);

/// The most that a durable makeCredential may take, in medians of the append.
const MOST: f64 = 1.25;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(rounds)) = (arguments.next(), arguments.next()) else {
        return Err("usage: durable FOLDER ROUNDS".into());
    };
    let [append, commit, slower, memory] = measure(Path::new(&folder), rounds.parse()?)?.map(Percentiles::of);
    if !FastKeys::detect().is_fast() {
        println!("this processor makes no key pairs faster than the core does");
    }
    println!("| {:<28} | {:>10} | {:>10} |", "operation", "median us", "p99 us");
    println!("|{:-<30}|{:->11}:|{:->11}:|", "", "", "");
    append.print("append 512 bytes, fdatasync");
    commit.print("makeCredential over SQLite");
    slower.print("... with SoftwareKeys");
    memory.print("makeCredential in memory");
    let ratio = commit.median.as_secs_f64() / append.median.as_secs_f64();
    println!("{rounds} of each, in turn; ratio of the medians {ratio:.2}, at most {MOST}");
    if append.median < TOO_FAST {
        println!("VOID: an append and sync in {} us reaches no disk", append.median.as_micros());
    } else if ratio > MOST {
        return Err(format!("a durable makeCredential takes {ratio:.2} times an append and sync").into());
    }
    Ok(())
}

/// The times of appends, of makeCredentials over SQLite with either kind of keys, and of makeCredentials in memory.
fn measure(folder: &Path, rounds: usize) -> Result<[Vec<Duration>; 4], Box<dyn Error>> {
    let mut file = OpenOptions::new().create_new(true).append(true).open(folder.join("appended"))?;
    let profile = Profile::phone([0; 16]);
    let fast = FastKeys::detect();
    let mut on_disk = Sim::over(profile.clone(), SqliteStore::open(&folder.join("passkeys.db"))?, 1)?;
    let mut slower = Sim::over(profile.clone(), SqliteStore::open(&folder.join("slower.db"))?, 2)?;
    let mut in_memory = Sim::over(profile, HashMapStore::default(), 3)?;
    let mut times = [const { Vec::new() }; 4];
    for round in 0..rounds.saturating_add(WARM_UP) {
        let started = Instant::now();
        file.write_all(&[0xA5; 512])?;
        file.sync_data()?;
        let append = started.elapsed();
        let round_times = [
            append,
            make_credential(&mut on_disk, fast, round)?,
            make_credential(&mut slower, SoftwareKeys, round)?,
            make_credential(&mut in_memory, fast, round)?,
        ];
        times.iter_mut().zip(round_times).for_each(|(times, time)| times.push(time));
    }
    Ok(times.map(|mut times| times.split_off(WARM_UP)))
}

/// Five accounts on each of many sites; no attestation, as almost every site has it.
fn make_credential<S: Store>(
    sim: &mut Sim<S>,
    mut keys: impl Keys,
    round: usize,
) -> Result<Duration, authenticator_core::Error> {
    let request =
        request::make_credential(&format!("site{}.example", round / 5), format!("user {round}").as_bytes())
            .option("rk", true)
            .option("uv", true)
            .with(0x0B, cbor::array(["none"]))
            .encode();
    let mut reply = [0; 1024];
    let Sim { world, user, requester, .. } = sim;
    let started = Instant::now();
    let (done, _) = blocking::handle(world, user, &mut keys, *requester, &request, &mut reply);
    let time = started.elapsed();
    done.result.map(|_| time)
}

struct Percentiles {
    median: Duration,
    p99: Duration,
}

impl Percentiles {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |hundredths: usize| {
            times.get(times.len().saturating_mul(hundredths) / 100).copied().unwrap_or_default()
        };
        Self { median: at(50), p99: at(99) }
    }

    fn print(&self, name: &str) {
        println!("| {name:<28} | {:>10} | {:>10} |", self.median.as_micros(), self.p99.as_micros());
    }
}
