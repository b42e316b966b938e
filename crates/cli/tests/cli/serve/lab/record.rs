//! Recordings, and replaying them.

use super::control::{Control, Lab, registration, sign_in};
use super::schema::Schema;
use crate::serve::client::{CBOR, Served, Stream};
use crate::support::{Run, Tool};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

fn replay(file: &Path) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_authenticator"));
    command.arg("replay").arg(file);
    Tool::new().finish(&mut command, "")
}

/// A life with everything in it that can be recorded. The clocks run.
fn record(file: &Path) {
    let listening = ["--tcp", "127.0.0.1:0", "--seed", "7ec0", "--record", file.to_str().unwrap()];
    let mut lab = Lab::start(&listening);
    lab.control.does(json!({ "do": "queue", "answers": [
        { "give": "comply" }, { "refuse": "declined" }, { "give": "verified", "after_ms": 300 },
    ] }));
    let mut client = lab.client();
    assert_eq!(client.ask(&registration("ada")).0, 0x00);
    assert_eq!(client.ask(&registration("bob")).0, 0x27);
    assert_eq!(client.ask(&sign_in()).0, 0x00, "after keepalives");
    client.pings();
    // A second client, who gives up.
    let mut stream = crate::serve::client::Client::open(Stream(lab.served.tcp()));
    lab.control.does(json!({ "do": "info" }));
    lab.control.events.clear();
    stream.send(CBOR, &registration("eve"));
    assert_eq!(lab.control.event()["event"], "asked");
    lab.control.does(json!({ "do": "clock", "advance_ms": 1_000 }));
    stream.send(0x91, &[]);
    assert_eq!(stream.receive().1, [0x2D]);
    drop(stream);
    lab.control.does(json!({ "do": "snapshot" }));
    lab.control.does(json!({ "do": "policy", "policy": { "otherwise": { "give": "comply" } } }));
    lab.control.does(json!({ "do": "power_cycle" }));
    assert_eq!(lab.client().ask(&[0x07]).0, 0x00, "reset");
    lab.control.does(json!({ "do": "replug", "off_ms": 1_000 }));
    assert_eq!(lab.client().ask(&sign_in()).0, 0x2E);
    lab.control.does(json!({ "do": "restore", "snapshot": 1 }));
    assert_eq!(lab.client().ask(&sign_in()).0, 0x00);
    lab.control.does(json!({ "do": "seed", "seed": "02" }));
    lab.control.does(json!({ "do": "wipe" }));
    assert_eq!(lab.client().ask(&registration("ada")).0, 0x00);
    lab.control.does(json!({ "do": "end" }));
    assert_eq!(lab.served.child.wait().unwrap().code(), Some(0));
}

fn lines(file: &Path) -> Vec<Value> {
    let content = std::fs::read_to_string(file).unwrap();
    content.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_was_recorded_replays_and_a_bit_that_differs_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recording");
    record(&file);
    let run = replay(&file);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.starts_with("the same: "), "{run:?}");

    let (schema, recorded) = (Schema::of_the_lab(), lines(&file));
    schema.allows("recording_header", &recorded[0]);
    recorded[1..].iter().for_each(|line| schema.allows("recording_line", line));
    for (word, count) in [("start", 3), ("power_cycle", 2), ("seed", 1), ("answer", 6), ("committed", 3)] {
        let there = recorded.iter().filter(|line| line.pointer(&format!("/in/{word}")).is_some()).count();
        assert!(there >= count, "{there} {word}");
    }
    let others = recorded.iter().filter(|line| line["in"] == "tick").count();
    assert!(others > 0, "time has passed");

    // One bit of what came out last, the place in the seed's stream, and what a clock said.
    let text = std::fs::read_to_string(&file).unwrap();
    let last = recorded.iter().rposition(|line| line.pointer("/out/report").is_some()).unwrap();
    let changed = |number: usize, change: &dyn Fn(&str) -> String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines[number] = change(&lines[number]);
        std::fs::write(&file, lines.join("\n") + "\n").unwrap();
        replay(&file)
    };
    let mut wrong = recorded[last].clone();
    let data = wrong["out"]["report"]["data"].as_str().unwrap().to_owned();
    wrong["out"]["report"]["data"] =
        format!("{}{}", &data[..127], if data.ends_with('0') { '1' } else { '0' }).into();
    let place = format!("line {}:", last + 1);
    changed(last, &|_| wrong.to_string()).fails(1, &[&place, "there came", "and here", "from byte 63 on"]);
    changed(1, &|line| line.replace("\"words\":8", "\"words\":9")).fails(1, &["there came"]);
    // A minute later the window for reset is closed.
    let is_reset = |line: &Value| {
        line.pointer("/in/report/data")
            .is_some_and(|data| data.as_str().unwrap()[8..].starts_with("90000107"))
    };
    let reset = recorded.iter().position(is_reset).unwrap();
    let mut late = recorded[reset].clone();
    late["t"] = (late["t"].as_u64().unwrap() + 60_000).into();
    changed(reset, &|_| late.to_string()).fails(1, &[&format!("line {}:", reset + 2)]);
    changed(last, &|_| String::new()).fails(2, &[&format!("line {}", last + 1)]);
    std::fs::write(&file, text.trim_end()).unwrap();
    replay(&file).fails(2, &["cut off"]);
}

#[test]
fn what_is_no_recording_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recording");
    replay(&file).fails(2, &["cannot be read"]);
    for content in ["", "\n", "{}\n", "{\"authenticator_recording\":2}\n"] {
        std::fs::write(&file, content).unwrap();
        replay(&file).fails(2, &["line 1"]);
    }
    std::fs::write(&file, "precious").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_authenticator"));
    command.args(["serve", "--udp", "127.0.0.1:0", "--lab", "--record"]).arg(&file);
    Tool::new().finish(&mut command, "").fails(2, &["--record"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
}

#[cfg(unix)]
#[test]
fn a_recording_is_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recording");
    let lab = Lab::start(&["--record", file.to_str().unwrap()]);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    drop(lab);
    assert_eq!(replay(&file).code, 0, "it was killed");
}

/// The file system takes no more: what happens then would be in no recording.
#[cfg(unix)]
#[test]
fn a_lab_ends_when_its_recording_cannot_be_written() {
    use std::process::Stdio;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recording");
    // Files of at most 32 times 512 bytes, of which the program is told by an error.
    let limited = "trap '' XFSZ; ulimit -f 32; exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", limited, "sh", env!("CARGO_BIN_EXE_authenticator"), "serve", "--lab"]);
    command.args(["--udp", "127.0.0.1:0", "--control", "127.0.0.1:0", "--record"]).arg(&file);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let stdout = child.stdout.take().unwrap();
    let mut served = Served::read(child, stdout);
    let mut control = Control::open(&served.addresses, served.address("control_token"));
    let mut wiped = 0;
    loop {
        control.send(&json!({ "id": wiped, "do": "wipe" }));
        let line = control.line();
        if line.is_empty() {
            break;
        }
        assert!(line.contains("\"ok\""), "{line}");
        wiped += 1;
    }
    assert!(wiped > 0, "there was room for some");
    assert_eq!(served.child.wait().unwrap().code(), Some(1));
}

/// Made on another machine, or by an earlier version: it comes to the same bytes here.
#[test]
fn the_recordings_of_the_tree_replay() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/recordings");
    let (schema, mut files) = (Schema::of_the_lab(), 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let run = replay(&file);
        assert_eq!(run.code, 0, "{}: {run:?}", file.display());
        let recorded = lines(&file);
        schema.allows("recording_header", &recorded[0]);
        recorded[1..].iter().for_each(|line| schema.allows("recording_line", line));
        for word in ["start", "report", "answer", "committed", "power_cycle", "seed", "unlinked"] {
            let happened = recorded.iter().any(|line| line.pointer(&format!("/in/{word}")).is_some());
            assert!(happened, "{}: no {word}", file.display());
        }
        files += 1;
    }
    assert!(files > 0);
}
