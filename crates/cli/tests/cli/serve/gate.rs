//! A program in the person's place.

use super::client::{CBOR, Served};
use authenticator_testkit::request;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

struct Program {
    served: Served,
    answers: ChildStdin,
    questions: BufReader<ChildStdout>,
}

impl Program {
    fn open() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_authenticator"));
        command.args(["serve", "--udp", "127.0.0.1:0", "--user", "gated"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let answers = child.stdin.take().unwrap();
        let mut questions = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        questions.read_line(&mut line).unwrap();
        let addresses = serde_json::from_str(&line).unwrap();
        Self { served: Served { child, addresses }, answers, questions }
    }

    fn hears(&mut self) -> Value {
        let mut line = String::new();
        self.questions.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn says(&mut self, word: &str) {
        writeln!(self.answers, "{word}").unwrap();
    }
}

#[test]
fn each_question_is_said_and_waits_for_a_word() {
    let registration = request::make_credential("example.com", b"user").encode();
    let mut program = Program::open();
    let mut client = program.served.udp();
    client.send(CBOR, &registration);
    let question =
        json!({ "prompt": 1, "ask": "presence", "for": "register", "rpId": "example.com", "seconds": 30 });
    assert_eq!(program.hears(), question);
    program.says("perhaps");
    assert_eq!(program.hears(), json!({ "unknown": "perhaps" }));
    program.says("approve");
    assert_eq!(client.receive().1[0], 0x00);
    client.send(CBOR, &registration);
    program.hears();
    program.says("deny");
    assert_eq!(client.receive().1[0], 0x27);
    client.send(CBOR, &registration);
    program.hears();
    client.send(0x91, &[]);
    assert_eq!(client.receive().1, [0x2D]);
    assert_eq!(program.hears(), json!({ "withdrawn": 3, "why": "cancelled" }));
}

#[test]
fn a_word_may_come_before_its_question() {
    let mut program = Program::open();
    let mut client = program.served.udp();
    program.says("verify");
    let verified = request::make_credential("example.com", b"user").option("uv", true).encode();
    assert_eq!(client.ask(&verified).0, 0x00);
    assert_eq!(program.hears()["ask"], "verification");
}
