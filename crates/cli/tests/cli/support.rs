//! A command with a home of its own, and options to feed it.

use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

pub(crate) const ORIGIN: &str = "https://login.example.com";

/// The command, a fresh home folder and a fresh store.
pub(crate) struct Tool {
    folder: TempDir,
}

/// What a run of the command came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Tool {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.path("store")
    }

    /// The folder of the device keys, wherever the platform has it below home.
    pub(crate) fn key(&self) -> PathBuf {
        let keys = files_below(&self.path("home"), "key");
        assert_eq!(keys.len(), 1, "{keys:?}");
        keys.into_iter().next().unwrap()
    }

    /// Makes `command` run in this tool's home.
    pub(crate) fn at_home(&self, command: &mut Command) {
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("XDG_") {
                command.env_remove(name);
            }
        }
        command.env("HOME", self.path("home"));
    }

    /// Runs the command with the store.
    pub(crate) fn run(&self, arguments: &[&str], stdin: &str) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_authenticator"));
        command.args(arguments).arg("--store").arg(self.store());
        self.finish(&mut command, stdin)
    }

    /// Runs any command in this tool's home.
    pub(crate) fn finish(&self, command: &mut Command, stdin: &str) -> Run {
        self.at_home(command);
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        // A command that fails before it reads closes the pipe; that is no failure of the test.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn create(&self, options: &Value, user: &str) -> Run {
        self.run(&["create", "--origin", ORIGIN, "--user", user], &options.to_string())
    }

    pub(crate) fn get(&self, options: &Value, user: &str) -> Run {
        self.run(&["get", "--origin", ORIGIN, "--user", user], &options.to_string())
    }

    /// Registers a passkey and returns the response.
    pub(crate) fn register(&self, name: &str) -> Value {
        self.create(&creation(name), "approve").json()
    }

    /// Registers a passkey, has it sign in where its site names it, and returns the registration's response.
    pub(crate) fn register_used(&self, name: &str) -> Value {
        let made = self.register(name);
        assert_eq!(self.get(&request(&[&made["id"]]), "approve").json()["id"], made["id"]);
        made
    }

    /// What `list --json` says.
    pub(crate) fn list(&self) -> Vec<Value> {
        match self.run(&["list", "--json"], "").json() {
            Value::Array(items) => items,
            other => panic!("{other}"),
        }
    }

    /// The id of the newest passkey.
    pub(crate) fn newest(&self) -> String {
        self.list()[0]["id"].as_str().unwrap().to_owned()
    }
}

impl Run {
    /// The one JSON value on stdout of a run that succeeded.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts that the run failed with this code, said these things on stderr, and nothing on stdout.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, complaints: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        for complaint in complaints {
            assert!(self.stderr.contains(complaint), "no {complaint:?} in {}", self.stderr);
        }
    }
}

/// Creation options of example.com for a discoverable passkey. The user handle is the name.
pub(crate) fn creation(name: &str) -> Value {
    json!({
        "rp": { "id": "example.com", "name": "Example" },
        "user": { "id": base64url(name.as_bytes()), "name": name, "displayName": "" },
        "challenge": "AAECAwQFBgcICQoLDA0ODw",
        "pubKeyCredParams": [{ "type": "public-key", "alg": -7 }],
        "authenticatorSelection": { "residentKey": "required", "userVerification": "discouraged" },
    })
}

/// Request options of example.com.
pub(crate) fn request(allow: &[&Value]) -> Value {
    let allowed: Vec<Value> = allow.iter().map(|id| json!({ "type": "public-key", "id": id })).collect();
    json!({
        "rpId": "example.com",
        "challenge": "AAECAwQFBgcICQoLDA0ODw",
        "allowCredentials": allowed,
        "userVerification": "discouraged",
    })
}

/// `options` with one member replaced, named by a JSON pointer.
pub(crate) fn with(mut options: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    options.pointer_mut(parent).unwrap()[name] = value;
    options
}

/// `options` without one member of the outermost object.
pub(crate) fn without(mut options: Value, name: &str) -> Value {
    options.as_object_mut().unwrap().remove(name).unwrap();
    options
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_usize, |word, byte| word << 8 | usize::from(*byte))
            << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            text.push(char::from(DIGITS[word >> (18 - 6 * digit) & 63]));
        }
    }
    text
}

fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    files
}
