//! Signals.

use super::client::{Client, INIT, Served, Stream};
use super::usbip::Kernel;
use authenticator_testkit::request;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command};

fn signal(child: &Child, name: &str) {
    // Every shell has it; the program of that name is in a package that small systems leave out.
    let sent = Command::new("sh")
        .args(["-c", r#"kill -s "$0" "$1""#, name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

#[test]
fn sigusr1_unplugs_and_plugs_in() {
    let arguments = ["--udp", "127.0.0.1:0", "--tcp", "127.0.0.1:0", "--usbip", "127.0.0.1:0"];
    let served = Served::start(&[arguments.as_slice(), &["--user", "approve"]].concat());
    let (mut client, mut stream) = (served.udp(), Client::open(Stream(served.tcp())));
    stream.pings();
    let mut kernel = Kernel::attached(&served);
    let registration = request::make_credential("example.com", b"user").option("rk", true).encode();
    assert_eq!(client.ask(&registration).0, 0x00);
    signal(&served.child, "USR1");
    // The channel dies with the power, whenever the signal arrives.
    loop {
        client.send(INIT, b"a nonce.");
        if client.receive() == (0xBF, vec![0x0B]) {
            break;
        }
    }
    for stream in [&mut stream.carrier.0, &mut kernel.stream] {
        assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0, "it was hung up on");
    }
    Client::open(Stream(served.tcp())).pings();
    drop(Kernel::attached_when_free(&served));
    let mut client = served.udp();
    assert_eq!(client.ask(&request::get_assertion("example.com").encode()).0, 0x00, "and the passkey stays");
}

#[test]
fn ctrl_c_ends_cleanly_and_sigterm_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.sock");
    let start = || Served::start(&["--unix", path.to_str().unwrap(), "--user", "approve"]);
    let mut served = start();
    signal(&served.child, "INT");
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
    assert!(!path.exists(), "its socket is gone");
    let mut served = start();
    signal(&served.child, "TERM");
    assert_eq!(served.child.wait().unwrap().code(), None, "as if its power were cut");
    assert!(path.exists());
    // What it has left behind is in nobody's way.
    let served = start();
    Client::open(Stream(UnixStream::connect(served.address("unix")).unwrap())).pings();
}

#[test]
fn a_file_that_is_no_socket_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("precious");
    std::fs::write(&path, "precious").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_authenticator"));
    command.args(["serve", "--user", "deny", "--unix"]).arg(&path);
    crate::support::Tool::new().finish(&mut command, "").fails(1, &["cannot listen"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}
