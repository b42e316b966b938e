//! Snapshots, forks, power and clocks.

use super::control::{Control, Lab, registration, sign_in};
use crate::serve::client::{CBOR, Client, INIT, PATIENCE, Served, Stream};
use serde_json::{Value, json};
use std::io::{ErrorKind, Read};
use std::net::{TcpStream, UdpSocket};

fn comply() -> Value {
    json!({ "do": "policy", "policy": { "otherwise": { "give": "comply" } } })
}

fn at(addresses: &Value) -> Client<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(addresses["udp"].as_str().unwrap()).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    Client::open(socket)
}

#[test]
fn the_same_from_the_same_snapshot_and_seed_in_any_process() {
    let life = |lab: &mut Lab| {
        let mut client = lab.client();
        (client.ask(&registration("ada")), client.ask(&sign_in()))
    };
    let [mut one, mut other] = ["5eed", "5eed"].map(Lab::held);
    for lab in [&mut one, &mut other] {
        lab.control.does(comply());
        lab.control.does(json!({ "do": "snapshot" }));
    }
    let first = life(&mut one);
    assert_eq!(first.0.0, 0x00);
    assert_eq!(life(&mut other), first, "the same seed");
    one.control.does(json!({ "do": "restore", "snapshot": 1 }));
    assert_eq!(life(&mut one), first, "the same snapshot");
    one.control.does(json!({ "do": "restore", "snapshot": 1 }));
    one.control.does(json!({ "do": "seed", "seed": "01" }));
    let otherwise = life(&mut one);
    assert_ne!(otherwise, first, "another seed");
    other.control.does(json!({ "do": "restore", "snapshot": 1 }));
    other.control.does(json!({ "do": "seed", "seed": "01" }));
    assert_eq!(life(&mut other), otherwise);
}

#[test]
fn a_fork_goes_its_own_way_from_the_same_state() {
    let everywhere = ["--tcp", "127.0.0.1:0", "--usbip", "127.0.0.1:0"];
    let mut lab = Lab::start(&[["--clock", "held"].as_slice(), &everywhere].concat());
    lab.control.does(comply());
    assert_eq!(lab.client().ask(&registration("ada")).0, 0x00);
    let addresses = lab.control.does(json!({ "do": "fork" }))["addresses"].take();
    let mut fork = at(&addresses);
    assert_eq!(fork.ask(&sign_in()).0, 0x00, "it has the passkey");
    assert_eq!(fork.ask(&[0x07]).0, 0x00, "and resets itself");
    assert_eq!(fork.ask(&sign_in()).0, 0x2E);
    assert_eq!(lab.client().ask(&sign_in()).0, 0x00, "which is of no matter here");
    assert_eq!(lab.control.does(json!({ "do": "info" }))["forks"], 1);
    let mut control = Control::open(&addresses, lab.served.address("control_token"));
    let mut stream = Client::open(Stream(Served::connect(addresses["tcp"].as_str().unwrap())));
    control.does(json!({ "do": "end" }));
    assert!(control.is_hung_up_on());
    assert_eq!(stream.carrier.0.read(&mut [0]).unwrap_or(0), 0, "it was hung up on");
    for kind in ["tcp", "usbip", "control"] {
        let refused = TcpStream::connect(addresses[kind].as_str().unwrap()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "{kind}");
    }
    UdpSocket::bind(addresses["udp"].as_str().unwrap()).unwrap();
    assert_eq!(lab.client().ask(&sign_in()).0, 0x00);
}

#[test]
fn the_window_for_reset_opens_with_the_power_and_closes_by_the_clock() {
    let mut lab = Lab::held("01");
    lab.control.does(comply());
    lab.control.does(json!({ "do": "clock", "since_boot_ms": 10_001 }));
    assert_eq!(lab.client().ask(&[0x07]).0, 0x30);
    lab.control.does(json!({ "do": "power_cycle", "off_ms": 1_000 }));
    let clock = lab.control.does(json!({ "do": "clock" }));
    assert_eq!(clock, json!({ "since_boot_ms": 0, "date": 1_767_225_601, "running": false }));
    assert_eq!(lab.client().ask(&[0x07]).0, 0x00);
}

#[test]
fn channels_die_with_the_power_and_streams_with_the_plug() {
    let mut lab = Lab::start(&["--clock", "held", "--tcp", "127.0.0.1:0"]);
    let mut client = Client::open(Stream(lab.served.tcp()));
    lab.control.does(json!({ "do": "power_cycle" }));
    client.send(INIT, b"a nonce.");
    assert_eq!(client.receive(), (0xBF, vec![0x0B]), "there is no such channel any more");
    lab.control.does(json!({ "do": "replug" }));
    let mut stream = client.carrier.0;
    assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0, "it was hung up on");
    Client::open(Stream(lab.served.tcp())).pings();
}

#[test]
fn what_is_asked_is_withdrawn_when_the_power_goes() {
    let mut lab = Lab::held("01");
    let mut client = lab.client();
    client.send(CBOR, &registration("ada"));
    assert_eq!(lab.control.event()["event"], "asked");
    lab.control.does(json!({ "do": "power_cycle" }));
    assert_eq!(lab.control.event(), json!({ "event": "withdrawn", "prompt": 1, "why": "unplugged" }));
    assert_eq!(lab.control.does(json!({ "do": "asked" })), json!({ "asked": null }));
}

/// The number of a prompt is that of no other, whichever device asks it.
#[test]
fn an_answer_by_number_is_for_that_prompt_alone() {
    let mut lab = Lab::held("01");
    lab.control.does(json!({ "do": "snapshot" }));
    let mut numbers = Vec::new();
    for back in [json!({ "do": "restore", "snapshot": 1 }), json!({ "do": "wipe" })] {
        let mut client = lab.client();
        client.send(CBOR, &registration("ada"));
        numbers.push(lab.control.event()["asked"]["prompt"].as_u64().unwrap());
        lab.control.does(back);
        let withdrawn = json!({ "event": "withdrawn", "prompt": numbers.last(), "why": "unplugged" });
        assert_eq!(lab.control.event(), withdrawn);
    }
    let mut client = lab.client();
    client.send(CBOR, &registration("ada"));
    let number = lab.control.event()["asked"]["prompt"].as_u64().unwrap();
    assert!(numbers[0] < numbers[1] && numbers[1] < number, "{numbers:?}, {number}");
    for prompt in numbers {
        let answer = json!({ "do": "answer", "prompt": prompt, "answer": { "give": "comply" } });
        assert_eq!(lab.control.fails(answer), "nothing_asked");
    }
    lab.control.does(json!({ "do": "answer", "prompt": number, "answer": { "give": "comply" } }));
    assert_eq!(client.receive().1[0], 0x00);
}

#[test]
fn a_held_prompt_waits_for_its_own_answer_and_accounts_are_chosen() {
    let mut lab = Lab::start(&["--clock", "held", "--profile", "phone", "--set", "chooser=host"]);
    lab.control.does(comply());
    let mut client = lab.client();
    for user in ["ada", "bob"] {
        assert_eq!(client.ask(&registration(user)).0, 0x00);
    }
    lab.control.does(json!({ "do": "queue", "answers": [{ "hold": true }] }));
    lab.control.events.clear();
    client.send(CBOR, &sign_in());
    let asked = lab.control.event()["asked"].take();
    let names: Vec<&Value> =
        asked["accounts"].as_array().unwrap().iter().map(|account| &account["name"]).collect();
    assert_eq!(names, ["bob", "ada"], "the newest first");
    let queued = lab.control.does(json!({ "do": "queue", "answers": [{ "refuse": "declined" }] }));
    assert_eq!(queued["queued"], 1, "it is for the next");
    let third = json!({ "do": "answer", "answer": { "give": "comply", "choose": 3 } });
    assert_eq!(lab.control.fails(third), "no_such_account");
    let other = json!({ "do": "answer", "prompt": 77, "answer": { "give": "comply" } });
    assert_eq!(lab.control.fails(other), "nothing_asked");
    lab.control.does(json!({ "do": "answer", "answer": { "give": "comply", "choose": 2 } }));
    let reply = client.receive().1;
    assert_eq!(reply[0], 0x00);
    assert!(reply.windows(3).any(|window| window == b"ada"), "she was chosen");
    assert_eq!(client.ask(&sign_in()).0, 0x27);
}

/// The PIN is part of what it is made of, so that a recording replays.
#[cfg(unix)]
#[test]
fn a_first_pin_is_there_from_the_beginning() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pin");
    std::fs::write(&file, "123456\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let has_pin = |lab: &Lab| {
        let info = lab.client().ask(&[0x04]).1;
        info.windows(10).any(|window| window == b"clientPin\xF5")
    };
    assert!(has_pin(&Lab::start(&["--pin-file", file.to_str().unwrap()])));
    assert!(!has_pin(&Lab::start(&[])));
}
