//! Prompts on a terminal, as a person sees them. Linux has the command that makes one.
#![cfg(target_os = "linux")]

use super::client::{CBOR, Served};
use authenticator_testkit::request;
use std::io::{Read, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

/// A key whose person sits at a new terminal.
struct Desk {
    served: Served,
    keyboard: ChildStdin,
    screen: ChildStdout,
    seen: Vec<u8>,
}

impl Desk {
    /// What the program says on stdout comes through a pipe with a name; its screen is stdout of `script`.
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("stdout");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let program = env!("CARGO_BIN_EXE_authenticator");
        let line = format!("exec '{program}' serve --udp 127.0.0.1:0 --user ask > '{}'", pipe.display());
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (keyboard, screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let served = Served::read(child, std::fs::File::open(&pipe).unwrap());
        Self { served, keyboard, screen, seen: Vec::new() }
    }

    /// Reads the screen until this is on it.
    fn sees(&mut self, awaited: &str) {
        let mut byte = [0];
        while !self.seen.windows(awaited.len()).any(|window| window == awaited.as_bytes()) {
            assert_eq!(self.screen.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&self.seen));
            self.seen.push(byte[0]);
        }
        self.seen.clear();
    }

    fn types(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }
}

#[test]
fn a_person_says_yes_or_no_and_sees_what_becomes_of_a_question() {
    let registration = request::make_credential("example.com", b"user").option("rk", true).encode();
    let mut desk = Desk::open();
    let mut client = desk.served.udp();
    client.send(CBOR, &registration);
    desk.sees("example.com asks for a passkey");
    desk.sees(" 30 s [y/N] ");
    desk.types("y\n");
    assert_eq!(client.receive().1[0], 0x00);
    client.send(CBOR, &registration);
    desk.sees("[y/N] ");
    desk.types("no\n");
    assert_eq!(client.receive().1[0], 0x27);
    client.send(CBOR, &registration);
    desk.sees("[y/N] ");
    // The seconds go by, and the cursor goes back to where the person types.
    desk.sees(" s\x1b8");
    client.send(0x91, &[]);
    assert_eq!(client.receive().1, [0x2D]);
    desk.sees("It was cancelled.");
    // What is typed now answers nothing, and not the next question either.
    desk.types("y\n");
    desk.sees("y");
    client.send(CBOR, &[0x07]);
    desk.sees("wants to delete EVERYTHING");
    desk.sees("[y/N] ");
    desk.types("\n");
    assert_eq!(client.receive().1[0], 0x27);
    // Ctrl-C, with a question on the screen.
    client.send(CBOR, &registration);
    desk.sees("[y/N] ");
    desk.types("\x03");
    assert_eq!(desk.served.child.wait().unwrap().code(), Some(0));
}
