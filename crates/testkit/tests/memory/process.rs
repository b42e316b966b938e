//! The process with the authenticator, from outside.

use crate::child::VARIABLE;
use crate::frame::{self, DRAW, OPEN, POWER_CYCLE, REPLY, REQUEST, WAIT};
use authenticator_testkit::SeededRng;
use authenticator_testkit::reply::Reply;
use authenticator_testkit::request::Request;
use rand_core::Rng;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub(crate) struct Process {
    child: Child,
    to: ChildStdin,
    from: ChildStdout,
    rng: SeededRng,
    /// Every random number it was given.
    pub(crate) draws: Vec<Vec<u8>>,
}

impl Process {
    pub(crate) fn start(seed: u64) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .env(VARIABLE, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut process = Self { child, to, from, rng: SeededRng::new(seed), draws: Vec::new() };
        process.call(OPEN, &[]);
        process
    }

    /// Sends a frame, and hands out random numbers until the answer is there.
    pub(crate) fn call(&mut self, tag: u8, payload: &[u8]) -> Vec<u8> {
        frame::send(&mut self.to, tag, payload).unwrap();
        loop {
            let (tag, payload) = frame::receive(&mut self.from).unwrap();
            match tag {
                REPLY => return payload,
                DRAW => self.draw(usize::try_from(u32::from_le_bytes(payload.try_into().unwrap())).unwrap()),
                other => panic!("no frame is called {other}"),
            }
        }
    }

    fn draw(&mut self, length: usize) {
        let mut bytes = vec![0; length];
        self.rng.fill_bytes(&mut bytes);
        self.draws.push(bytes.clone());
        frame::mask(&mut bytes);
        frame::send(&mut self.to, DRAW, &bytes).unwrap();
    }

    pub(crate) fn send(&mut self, request: &Request) -> Reply {
        Reply::new(&self.call(REQUEST, &request.encode())).unwrap()
    }

    pub(crate) fn wait_minutes(&mut self, minutes: u8) {
        self.call(WAIT, &[minutes]);
    }

    pub(crate) fn power_cycle(&mut self) {
        self.call(POWER_CYCLE, &[]);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A test that failed may have left it in the middle of something.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
