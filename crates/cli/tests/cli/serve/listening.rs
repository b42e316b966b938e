//! Where it listens, and to whom.

use super::client::{Client, PATIENCE, Served, Stream, init};
use crate::support::Tool;
use std::io::{ErrorKind, Read, Write};
use std::process::Command;

/// A request that asks nobody.
const GET_INFO: &[u8] = &[0x04];

/// Runs `serve` where it is to fail.
fn refused(arguments: &[&str]) -> crate::support::Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_authenticator"));
    Tool::new().finish(command.arg("serve").args(arguments), "")
}

#[test]
fn clients_of_every_kind_are_answered_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.sock");
    let mut arguments = vec!["--udp", "127.0.0.1:0", "--tcp", "127.0.0.1:0", "--user", "deny"];
    if cfg!(unix) {
        arguments.extend(["--unix", path.to_str().unwrap()]);
    }
    let served = Served::start(&arguments);
    let (mut datagrams, mut other) = (served.udp(), served.udp());
    let mut stream = Client::open(Stream(served.tcp()));
    for _ in 0..2 {
        datagrams.pings();
        other.pings();
        stream.pings();
        assert_eq!(stream.ask(GET_INFO).0, 0x00);
        assert_eq!(datagrams.ask(GET_INFO).0, 0x00);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "for its owner alone");
        let unix = std::os::unix::net::UnixStream::connect(served.address("unix")).unwrap();
        unix.set_read_timeout(Some(PATIENCE)).unwrap();
        Client::open(Stream(unix)).pings();
    }
}

#[test]
fn a_port_that_was_not_chosen_is_told() {
    let served = Served::start(&["--udp", "127.0.0.1:0", "--tcp", "127.0.0.1:0", "--user", "deny"]);
    for kind in ["udp", "tcp"] {
        let (address, port) = served.address(kind).rsplit_once(':').unwrap();
        assert_eq!(address, "127.0.0.1");
        assert_ne!(port.parse::<u16>().unwrap(), 0);
    }
    assert!(served.addresses.get("unix").is_none());
}

#[test]
fn nobody_else_can_connect_unless_that_is_meant() {
    for kind in ["--udp", "--tcp", "--usbip"] {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
            refused(&[kind, address, "--user", "deny"]).fails(2, &["--listen-anyone"]);
        }
    }
    Served::start(&["--udp", "0.0.0.0:0", "--listen-anyone", "--user", "deny"]);
}

#[test]
fn what_cannot_be_used_is_said() {
    refused(&["--user", "deny"]).fails(2, &["--udp"]);
    refused(&["--udp", "127.0.0.1:0", "--user", "deny", "--profile", "toaster"]).fails(2, &["security-key"]);
    let taken = Served::start(&["--tcp", "127.0.0.1:0", "--user", "deny"]);
    refused(&["--tcp", taken.address("tcp"), "--user", "deny"]).fails(1, &["cannot listen"]);
}

/// A browser sends whatever a page wants to any port, but what it sends begins as its protocols do.
#[test]
fn a_web_page_gets_nothing_and_changes_nothing() {
    let everywhere = ["--tcp", "127.0.0.1:0", "--usbip", "127.0.0.1:0", "--user", "approve"];
    let served = Served::start(&everywhere);
    for port in ["tcp", "usbip"] {
        page_gets_nothing(served.address(port));
    }
    Client::open(Stream(served.tcp())).pings();
}

fn page_gets_nothing(address: &str) {
    let head = format!("Host: {address}\r\nOrigin: https://evil.example\r\n");
    // A body that is a report, and begins where a report would.
    let mut post = format!("POST / HTTP/1.1\r\n{head}Content-Length: 128\r\nX-Fill: ").into_bytes();
    post.resize(post.len().next_multiple_of(64) - 4, b'x');
    post.extend(b"\r\n\r\n");
    post.extend(init());
    let websocket = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                     Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    let mut client_hello = vec![0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03];
    client_hello.resize(512, 0);
    for attempt in [
        format!("GET / HTTP/1.1\r\n{head}\r\n").into_bytes(),
        post,
        format!("GET /socket HTTP/1.1\r\n{head}{websocket}\r\n").into_bytes(),
        client_hello,
        // Not even what looks like the beginning will do: the channel, the command and the length must be right.
        [b"\xFF\xFF\xFF\xFF\x81\x00\x08".as_slice(), &[0; 57]].concat(),
        [b"\xFF\xFF\xFF\xFF\x86\x00\x09".as_slice(), &[0; 57]].concat(),
        [b"\x00\x00\x00\x01\x86\x00\x08".as_slice(), &[0; 57]].concat(),
    ] {
        let mut page = Served::connect(address);
        page.write_all(&attempt).unwrap();
        let mut answer = Vec::new();
        match page.read_to_end(&mut answer) {
            Ok(_) => {}
            // What was sent and not read makes the system close it so.
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
        assert_eq!(answer, b"", "{address}: {:?}", String::from_utf8_lossy(&attempt));
    }
}

#[test]
fn a_datagram_that_is_no_report_is_ignored() {
    let served = Served::start(&["--udp", "127.0.0.1:0", "--user", "approve"]);
    let mut client = served.udp();
    for length in [0, 1, 63, 65, 128, 1_400, 9_000] {
        client.carrier.send(&vec![0xFF; length]).unwrap();
    }
    client.pings();
}

#[test]
fn one_client_cannot_speak_on_the_channel_of_another() {
    let served = Served::start(&["--udp", "127.0.0.1:0", "--tcp", "127.0.0.1:0", "--user", "approve"]);
    let (victim, mut stranger) = (served.udp(), Client::open(Stream(served.tcp())));
    stranger.adopt(&victim);
    stranger.send(super::client::PING, b"?");
    assert_eq!(stranger.receive(), (0xBF, vec![0x0B]));
}
