//! Where a case happens: the folder of the store, and what stands in the way there.

use crate::case::Case;
use crate::child::Orders;
use crate::support::{folder, listed, open};
use authenticator_core::store::CommitError;
use authenticator_core::{Command as CoreCommand, Error, Manage};
use authenticator_testkit::request;
use rand_core::Rng;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// How a child ends when the power is cut.
pub(crate) const POWER_CUT: i32 = 86;

/// What `sh` ends with here when the disk could not be made.
const NO_DISK: i32 = 77;

/// The small disk, as seen by the process that was started for it.
const DISK: &str = "KILL_DISK";

/// Where a case was, or is to be, run.
pub(crate) enum Place {
    Here(Folder),
    /// Another process has run it, on a disk that only it can see.
    Elsewhere {
        passed: bool,
    },
}

/// The place for a case; or why it cannot be had here.
pub(crate) fn of(case: Case, name: &str) -> Result<Place, String> {
    match case {
        Case::Full => match std::env::var_os(DISK) {
            Some(disk) => Ok(Place::Here(Folder { path: disk.into(), _temporary: None, shim: None })),
            None => on_a_small_disk(name, &folder()),
        },
        Case::Kill | Case::Limit | Case::Pair => Ok(Place::Here(Folder::new(folder(), None))),
        Case::Failing | Case::Power => {
            let temporary = folder();
            let shim = compile_shim(temporary.path())?;
            Ok(Place::Here(Folder::new(temporary, Some(shim))))
        }
    }
}

/// Runs the case once more in a mount namespace of its own, where a small tmpfs can be mounted without anybody's leave.
fn on_a_small_disk(name: &str, folder: &TempDir) -> Result<Place, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mount = format!("mount -t tmpfs -o size=2m tmpfs \"$1\" || exit {NO_DISK}; shift; exec \"$@\"");
    let status = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", &mount, "sh"])
        .arg(folder.path())
        .arg(program)
        .arg(name)
        .env(DISK, folder.path())
        .stderr(Stdio::inherit())
        .status()
        .map_err(|error| format!("unshare: {error}"))?;
    match status.code() {
        Some(0) => Ok(Place::Elsewhere { passed: true }),
        Some(NO_DISK) => Err("a tmpfs cannot be mounted here".to_owned()),
        // What unshare itself ends with when the kernel forbids it.
        Some(1) if !may_unshare() => Err("the kernel lets nobody make a mount namespace here".to_owned()),
        _ => Ok(Place::Elsewhere { passed: false }),
    }
}

fn may_unshare() -> bool {
    let probe = Command::new("unshare").args(["--map-root-user", "--mount", "true"]).output();
    probe.is_ok_and(|output| output.status.success())
}

/// The library that makes a disk fail, for `LD_PRELOAD`.
fn compile_shim(folder: &Path) -> Result<PathBuf, String> {
    if !cfg!(target_os = "linux") {
        return Err("the shim is for Linux".to_owned());
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shim/disk.c");
    let shim = folder.join("disk.so");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(&shim)
        .arg(source)
        .arg("-ldl")
        .output()
        .map_err(|error| format!("no C compiler: {error}"))?;
    // A compiler that is there and does not like the source is a failure of ours.
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    Ok(shim)
}

/// The folder of the store.
pub(crate) struct Folder {
    path: PathBuf,
    /// Gone with this value.
    _temporary: Option<TempDir>,
    shim: Option<PathBuf>,
}

/// What a child is up against.
pub(crate) enum Hindrance {
    Nothing,
    /// No file may have more of these blocks, of 512 bytes or of 1,024 as the shell has it.
    Blocks(u64),
    /// What the shim is told.
    Disk(Vec<(&'static str, String)>),
}

impl Folder {
    fn new(temporary: TempDir, shim: Option<PathBuf>) -> Self {
        let path = temporary.path().join("store");
        fs::create_dir(&path).unwrap();
        Self { path, _temporary: Some(temporary), shim }
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.path.join("passkeys.db")
    }

    /// Deletes the store.
    pub(crate) fn renew(&self) {
        for entry in fs::read_dir(&self.path).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }

    /// Puts something in the way of the next child.
    pub(crate) fn hinder(&self, case: Case, rng: &mut dyn Rng) -> Hindrance {
        let mut below = |end: u64| rng.next_u64() % end;
        match case {
            Case::Kill | Case::Pair => Hindrance::Nothing,
            // Below 64 there is no room for the log's index. The log is cut at each deletion, so it is seldom longer than the
            // file, which cannot be folded into beyond the limit.
            Case::Limit => {
                let blocks = fs::metadata(self.store()).map_or(0, |file| file.len() / 512);
                Hindrance::Blocks(64 + below(blocks.clamp(16, 96)))
            }
            Case::Full => {
                self.fill(below(96 * 1024));
                Hindrance::Nothing
            }
            Case::Failing => {
                let mode = ["once", "on", "short", "read"][usize::try_from(below(4)).unwrap()];
                // SQLite reads little once it has the file in memory.
                let calls = if mode == "read" { 12 } else { 300 };
                self.disk(mode, 1 + below(calls), below(u64::MAX))
            }
            Case::Power => self.disk("cut", 1 + below(600), below(u64::MAX)),
        }
    }

    fn disk(&self, mode: &str, at: u64, seed: u64) -> Hindrance {
        let folder = self.path.canonicalize().unwrap();
        Hindrance::Disk(vec![
            ("LD_PRELOAD", self.shim.as_ref().unwrap().to_str().unwrap().to_owned()),
            ("DISK_FOLDER", folder.to_str().unwrap().to_owned()),
            ("DISK_MODE", mode.to_owned()),
            ("DISK_AT", at.to_string()),
            ("DISK_SEED", seed.to_string()),
        ])
    }

    /// Leaves this much room on the disk.
    fn fill(&self, room: u64) {
        let mut filler = File::create(self.filler()).unwrap();
        while filler.write_all(&[0; 4096]).is_ok() {}
        let length = filler.metadata().unwrap().len();
        filler.set_len(length.saturating_sub(room)).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.path.join("filler")
    }

    /// The child under this hindrance.
    pub(crate) fn command(&self, hindrance: &Hindrance, orders: &Orders) -> Command {
        let program = std::env::current_exe().unwrap();
        let mut command = match hindrance {
            Hindrance::Blocks(blocks) => {
                let mut shell = Command::new("sh");
                let limit = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
                shell.args(["-c", &limit, "sh"]).arg(program);
                shell
            }
            Hindrance::Nothing => Command::new(program),
            Hindrance::Disk(variables) => {
                let mut command = Command::new(program);
                command.envs(variables.iter().map(|(name, value)| (*name, value)));
                command
            }
        };
        command.envs(orders.variables());
        command
    }

    /// While a disk is still full: what is there can be read, or opening says why not.
    pub(crate) fn look(&self, seed: u64) {
        if let Ok(mut sim) = open(&self.store(), seed) {
            assert!(listed(&mut sim).is_ok_and(|(_, unreadable)| unreadable == 0));
        }
    }

    /// A store of its own, open while the disk has no room at all: a deletion and a reset say so and change nothing, for they
    /// are written to the log first. With a little room a deletion fits, with all of it a reset.
    pub(crate) fn delete_and_reset_when_full(&self) {
        let path = self.path.join("full.db");
        let mut sim = open(&path, 1).unwrap();
        for user in [b"one", b"two", b"six"] {
            let request = request::make_credential("full.example", user).option("rk", true);
            assert_eq!(sim.send(&request).status, 0);
        }
        // Open anew, with no log yet.
        drop(sim);
        let mut sim = open(&path, 2).unwrap();
        let before = listed(&mut sim).unwrap();
        let delete = || CoreCommand::Manage(Manage::Delete(before.0[0].0));
        self.fill(0);
        for command in [delete(), CoreCommand::Reset] {
            assert_eq!(sim.run(command).result.err(), Some(Error::Commit(CommitError::Full)));
            assert_eq!(listed(&mut sim), Ok(before.clone()));
        }
        self.fill(16 * 1024);
        assert!(sim.run(delete()).result.is_ok());
        assert_eq!(listed(&mut sim).unwrap().0.len(), 2);
        self.free();
        assert!(sim.run(CoreCommand::Reset).result.is_ok());
        assert_eq!(listed(&mut sim), Ok((vec![], 0)));
        drop(sim);
        self.renew();
    }

    /// Takes away what was in the way.
    pub(crate) fn free(&self) {
        // Only the full disk has one.
        let _ = fs::remove_file(self.filler());
    }
}
