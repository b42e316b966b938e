//! A client of a lab's control, and the lab.

use crate::serve::client::{Client, PATIENCE, Served};
use authenticator_testkit::cbor::{bytes, map};
use authenticator_testkit::request;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream, UdpSocket};

/// A lab at a UDP port, with a client of its control.
pub(super) struct Lab {
    pub(super) served: Served,
    pub(super) control: Control,
}

pub(super) struct Control {
    stream: BufReader<TcpStream>,
    id: u64,
    /// What was told meanwhile.
    pub(super) events: VecDeque<Value>,
}

impl Lab {
    pub(super) fn start(arguments: &[&str]) -> Self {
        let lab = ["--lab", "--udp", "127.0.0.1:0", "--control", "127.0.0.1:0"];
        let served = Served::start(&[lab.as_slice(), arguments].concat());
        let control = Control::open(&served.addresses, served.address("control_token"));
        Self { served, control }
    }

    /// Its clocks stand still and its randomness is of this seed.
    pub(super) fn held(seed: &str) -> Self {
        Self::start(&["--clock", "held", "--seed", seed])
    }

    pub(super) fn client(&self) -> Client<UdpSocket> {
        self.served.udp()
    }
}

impl Control {
    pub(super) fn open(addresses: &Value, token: &str) -> Self {
        let mut control = Self::connect(addresses);
        control.send(&json!({ "token": token }));
        assert_eq!(control.receive()["authenticator_lab"], 1);
        control
    }

    /// Connected, and nothing said yet.
    pub(super) fn connect(addresses: &Value) -> Self {
        let stream = TcpStream::connect(addresses["control"].as_str().unwrap()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { stream: BufReader::new(stream), id: 0, events: VecDeque::new() }
    }

    pub(super) fn send(&mut self, line: &Value) {
        self.send_text(&format!("{line}\n"));
    }

    pub(super) fn send_text(&mut self, text: &str) {
        self.stream.get_mut().write_all(text.as_bytes()).unwrap();
    }

    /// Everything was sent; what comes is still read.
    pub(super) fn says_no_more(&mut self) {
        self.stream.get_mut().shutdown(Shutdown::Write).unwrap();
    }

    pub(super) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        line
    }

    pub(super) fn receive(&mut self) -> Value {
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// The connection was closed without a word.
    pub(super) fn is_hung_up_on(&mut self) -> bool {
        let mut line = String::new();
        self.stream.read_line(&mut line).map_or(true, |read| read == 0)
    }

    /// A verb and its members, and the reply without its id.
    pub(super) fn request(&mut self, mut request: Value) -> Value {
        self.id += 1;
        request["id"] = self.id.into();
        self.send(&request);
        loop {
            let mut line = self.receive();
            if line.get("event").is_some() {
                self.events.push_back(line);
                continue;
            }
            assert_eq!(line["id"], self.id);
            line.as_object_mut().unwrap().remove("id");
            return line;
        }
    }

    /// What it comes to.
    pub(super) fn does(&mut self, request: Value) -> Value {
        let mut reply = self.request(request);
        assert!(reply.get("ok").is_some(), "{reply}");
        reply["ok"].take()
    }

    /// The kind of error it comes to.
    pub(super) fn fails(&mut self, request: Value) -> String {
        let reply = self.request(request);
        reply["error"]["kind"].as_str().unwrap_or_else(|| panic!("{reply}")).to_owned()
    }

    /// The next event.
    pub(super) fn event(&mut self) -> Value {
        self.events.pop_front().unwrap_or_else(|| self.receive())
    }
}

/// A registration of a passkey, with verification.
pub(super) fn registration(user: &str) -> Vec<u8> {
    let entity = map([("id", bytes(user.as_bytes())), ("name", user.into())]);
    let request = request::make_credential("example.com", user.as_bytes()).with(0x03, entity);
    request.option("rk", true).option("uv", true).encode()
}

pub(super) fn sign_in() -> Vec<u8> {
    request::get_assertion("example.com").option("uv", true).encode()
}
