//! `--attestation`: who vouches for a passkey.

use crate::serve::Served;
use crate::support::{ORIGIN, Run, Tool, creation, with};
use authenticator_testkit::cbor::{Value, at, decode, named};
use authenticator_testkit::request::make_credential;
use serde_json::json;
use std::process::Command;

fn vector(name: &str) -> String {
    format!("{}/../../test-vectors/attestation/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn certified() -> String {
    format!("x5c={},{}", vector("chain.pem"), vector("key.pem"))
}

/// How many certificates vouch for a passkey that a served key makes; `None`: its statement is empty.
fn served(attestation: &str) -> Option<usize> {
    let served = Served::start(&["--udp", "127.0.0.1:0", "--user", "approve", "--attestation", attestation]);
    let (status, reply) = served.udp().ask(&make_credential("example.com", b"user").encode());
    assert_eq!(status, 0x00);
    let body = decode(&reply).unwrap();
    let statement = at(&body, 3).unwrap();
    named(statement, "sig")?;
    Some(named(statement, "x5c").map_or(0, |chain| chain.as_array().unwrap().len()))
}

#[test]
fn at01_at02_at05_a_served_key_attests_as_it_is_told() {
    assert_eq!(served("none"), None);
    assert_eq!(served("self"), Some(0));
    assert_eq!(served(&certified()), Some(2));
}

#[test]
fn at02_a_passkey_is_attested_for_the_site_that_wants_it() {
    let tool = Tool::new();
    let options = with(creation("anna"), "/attestation", json!("direct"));
    let run = |attestation: &str| -> Run {
        let arguments = ["create", "--origin", ORIGIN, "--user", "approve", "--attestation", attestation];
        tool.run(&arguments, &options.to_string())
    };
    let object = |run: Run| -> Value {
        let text = run.json()["response"]["attestationObject"].as_str().unwrap().to_owned();
        decode(&authenticator_webauthn::base64url::decode(&text).unwrap()).unwrap()
    };
    let statement = object(run(&certified()));
    assert_eq!(named(&statement, "fmt"), Some(&Value::from("packed")));
    let chain = named(named(&statement, "attStmt").unwrap(), "x5c").unwrap().as_array().unwrap().clone();
    assert_eq!(chain.len(), 2);
    assert_eq!(named(&object(run("none")), "fmt"), Some(&Value::from("none")));
}

#[test]
fn a_root_at_the_chain_s_end_is_used_and_said() {
    let tool = Tool::new();
    let chain = tool.path("chain-to-root.pem");
    let pem = |name| std::fs::read_to_string(vector(name)).unwrap();
    std::fs::write(&chain, pem("chain.pem") + &pem("root.pem")).unwrap();
    let to_root = format!("x5c={},{}", chain.display(), vector("key.pem"));
    let options = with(creation("anna"), "/attestation", json!("direct")).to_string();
    for (attestation, is_said) in [(to_root, true), (certified(), false)] {
        let arguments = ["create", "--origin", ORIGIN, "--user", "approve", "--attestation", &attestation];
        let run = tool.run(&arguments, &options);
        assert_eq!((run.code, run.stderr.contains("is a root")), (0, is_said), "{}", run.stderr);
    }
}

#[test]
fn what_cannot_attest_is_refused_before_anything_is_made() {
    let refused = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_authenticator"));
        let serve = command.args(["serve", "--udp", "127.0.0.1:0", "--user", "approve"]).args(arguments);
        Tool::new().finish(serve, "")
    };
    let other = "aaguid=abababab-abab-abab-abab-abababababab";
    refused(&["--attestation", &certified(), "--set", other]).fails(2, &["is for the AAGUID 8efbf678"]);
    let swapped = format!("x5c={},{}", vector("root.pem"), vector("key.pem"));
    refused(&["--attestation", &swapped]).fails(2, &["organizational unit (OU)"]);
    refused(&["--attestation", "x5c=one"]).fails(2, &["none, self, or x5c= with two files"]);
    refused(&["--attestation", "best"]).fails(2, &["none, self, or x5c= with two files"]);
}
