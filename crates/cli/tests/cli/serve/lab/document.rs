//! The session in `docs/lab.md` is what happens.

use super::control::{Control, Lab, registration, sign_in};
use super::schema::Schema;
use crate::serve::client::{CBOR, Client};
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::UdpSocket;

const DOCUMENT: &str = include_str!("../../../../../../docs/lab.md");

/// What stands for anything.
const ANYTHING: &str = "…";

struct Player {
    lab: Lab,
    client: Option<Client<UdpSocket>>,
    schema: Schema,
    /// The state that was exported last.
    state: Value,
    verbs: BTreeSet<String>,
}

impl Player {
    fn play(&mut self, line: &str) {
        match line.split_at_checked(2) {
            Some(("> ", sent)) => {
                let mut sent: Value = serde_json::from_str(sent).unwrap();
                if sent["state"] == ANYTHING {
                    sent["state"] = self.state.clone();
                }
                self.schema.allows("from_client", &sent);
                self.verbs.insert(sent["do"].as_str().unwrap().to_owned());
                self.lab.control.send(&sent);
            }
            Some(("< ", awaited)) => {
                let awaited: Value = serde_json::from_str(awaited).unwrap();
                let came = self.lab.control.receive();
                self.schema.allows("from_server", &came);
                assert!(fits(&awaited, &came), "awaited {awaited}, and came {came}");
                if let Some(state) = came.pointer("/ok/state") {
                    self.state = state.clone();
                }
            }
            Some(("* ", done)) => self.does(done),
            _ => {}
        }
    }

    fn does(&mut self, done: &str) {
        if let Some(status) = done.strip_prefix("gets 0x") {
            let mut client = self.client.take().unwrap();
            assert_eq!(client.receive().1[0], u8::from_str_radix(status, 16).unwrap(), "{done}");
            return;
        }
        let request = match done.split_once(" at example.com") {
            Some(("signs in", "")) => sign_in(),
            Some((who, "")) => registration(who.strip_prefix("registers ").unwrap()),
            _ => panic!("nobody knows how to do that: {done}"),
        };
        let mut client = self.lab.client();
        client.send(CBOR, &request);
        self.client = Some(client);
    }
}

/// Whether it came, where what is not told is anything.
fn fits(awaited: &Value, came: &Value) -> bool {
    match (awaited, came) {
        (Value::String(text), _) if text == ANYTHING => true,
        (Value::Object(awaited), Value::Object(came)) => {
            awaited.len() == came.len()
                && awaited
                    .iter()
                    .all(|(name, awaited)| came.get(name).is_some_and(|came| fits(awaited, came)))
        }
        (awaited, came) => awaited == came,
    }
}

fn session() -> Vec<&'static str> {
    let (_, after) = DOCUMENT.split_once("```session\n").unwrap();
    after.split_once("```").unwrap().0.lines().collect()
}

#[test]
fn the_session_in_the_document_is_what_happens() {
    let lab = Lab::held("01");
    let greeting = serde_json::json!({ "authenticator_lab": 1, "program": env!("CARGO_PKG_VERSION") });
    let (client, schema) = (None, Schema::of_the_lab());
    schema.allows("from_server", &greeting);
    let mut player = Player { lab, client, schema, state: Value::Null, verbs: BTreeSet::new() };
    let session = session();
    // The greeting has been read where every client of a control reads it.
    assert!(fits(&serde_json::from_str(&session[0][2..]).unwrap(), &greeting));
    for line in &session[1..] {
        player.play(line);
    }
    assert!(player.lab.control.is_hung_up_on(), "that was the end");
    assert_eq!(player.lab.served.child.wait().unwrap().code(), Some(0));
    let known: BTreeSet<String> = player.schema.verbs().into_iter().map(str::to_owned).collect();
    assert_eq!(player.verbs, known, "every verb is in the session");
}

/// The whole table of answers, by what it says.
#[test]
fn the_answers_in_the_document_are_taken() {
    let (_, after) = DOCUMENT.split_once("\n## Answers\n").unwrap();
    let table = after.split_once("\n## ").unwrap().0;
    let answers: Vec<Value> = table
        .lines()
        .filter(|line| line.starts_with("| `{"))
        .map(|line| serde_json::from_str(line.split('`').nth(1).unwrap()).unwrap())
        .collect();
    assert_eq!(answers.len(), 8);
    let (schema, mut lab) = (Schema::of_the_lab(), Lab::held("01"));
    for answer in answers {
        schema.allows("answer", &answer);
        let queued =
            lab.control.does(serde_json::json!({ "do": "queue", "answers": [answer], "replace": true }));
        assert_eq!(queued["queued"], 1);
    }
}

#[test]
fn what_is_wrong_is_said_by_its_kind_and_nothing_has_changed() {
    let schema = Schema::of_the_lab();
    let mut lab = Lab::held("01");
    let control: &mut Control = &mut lab.control;
    for (sent, kind) in [
        ("nonsense", "malformed"),
        ("[]", "malformed"),
        ("{}", "bad_request"),
        (r#"{"id":[],"do":"asked"}"#, "bad_request"),
        (r#"{"id":1}"#, "bad_request"),
        (r#"{"id":1,"do":"open"}"#, "unknown_verb"),
        (r#"{"id":1,"do":"asked","more":1}"#, "bad_request"),
        (r#"{"id":1,"do":"answer"}"#, "bad_request"),
        (r#"{"id":1,"do":"answer","answer":{"give":"touch"}}"#, "nothing_asked"),
        (r#"{"id":1,"do":"queue","answers":[{"give":"touch"},{"give":"a hand"}]}"#, "bad_request"),
        (r#"{"id":1,"do":"queue","answers":[{"give":"touch","refuse":"declined"}]}"#, "bad_request"),
        (r#"{"id":1,"do":"queue","answers":[{"refuse":"verification_failed"}]}"#, "bad_request"),
        (r#"{"id":1,"do":"queue","answers":[{"give":"comply","choose":0}]}"#, "bad_request"),
        (r#"{"id":1,"do":"seed","seed":"0"}"#, "bad_request"),
        (r#"{"id":1,"do":"clock","advance_ms":-1}"#, "bad_request"),
        (r#"{"id":1,"do":"drop","snapshot":1}"#, "no_such_snapshot"),
        (r#"{"id":1,"do":"import","state":{}}"#, "bad_request"),
    ] {
        control.send_text(&format!("{sent}\n"));
        let came = control.receive();
        schema.allows("from_server", &came);
        assert_eq!(came["error"]["kind"], kind, "{sent}");
    }
    assert_eq!(control.does(serde_json::json!({ "do": "info" }))["queued"], 0);
    // A line that does not end, or is cut off.
    control.send_text(r#"{"id":1,"do":"end"}"#);
    control.says_no_more();
    let came = control.receive();
    schema.allows("from_server", &came);
    assert_eq!(came["error"]["kind"], "too_long");
    assert!(control.is_hung_up_on());
}
