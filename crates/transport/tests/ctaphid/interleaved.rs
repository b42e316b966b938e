//! Two clients and a nuisance, in random order, with everything that goes wrong: no wrong answer, no stuck channel.

use crate::client::{
    Answer, BROADCAST, Bench, CANCEL, CBOR, ERROR, INIT, KEEPALIVE, Link, PING, first_packet, ms,
    next_packet, packets,
};
use authenticator_testkit::SeededRng;
use authenticator_transport::ctaphid::{Activity, Event, Report, Transaction};
use rand_core::Rng;
use std::time::Duration;

/// How many orders are tried.
const SEEDS: u64 = 10_000;
const STEPS: usize = 48;
/// The link of whoever has no channel and no manners.
const NUISANCE: Link = 9;

#[derive(Clone, Debug, PartialEq)]
enum Doing {
    Nothing,
    /// The rest of a message is still to be sent; the time of the last packet.
    Sending {
        rest: Vec<Report>,
        command: u8,
        expected: Vec<u8>,
        last: Duration,
    },
    Awaiting {
        command: u8,
        expected: Vec<u8>,
    },
}

struct Client {
    link: Link,
    channel: u32,
    doing: Doing,
    /// It has just asked for its channel anew.
    resyncs: bool,
    /// It has just sent a packet out of sequence.
    blundered: bool,
}

/// What the owner does with a message.
fn worked_on(request: &[u8]) -> Vec<u8> {
    request.iter().rev().map(|byte| byte ^ 0x5A).collect()
}

struct Play {
    rng: SeededRng,
    bench: Bench,
    clients: [Client; 2],
    /// What the owner has, whose it is, and what it says it does.
    owner: Option<(Transaction, usize, Vec<u8>, Activity)>,
    /// One report may wait to be sent while the next comes in.
    waits: bool,
}

impl Play {
    fn new(seed: u64) -> Self {
        let mut bench = Bench::new();
        // In every other play both clients are at the end of one bus.
        let clients = [0, Link::from(seed.is_multiple_of(2))].map(|link| Client {
            link,
            channel: bench.open(link),
            doing: Doing::Nothing,
            resyncs: false,
            blundered: false,
        });
        Self { rng: SeededRng::new(seed), bench, clients, owner: None, waits: false }
    }

    fn below(&mut self, end: u32) -> u32 {
        self.rng.next_u32() % end
    }

    fn step(&mut self) {
        let who = usize::from(self.below(2) == 1);
        match self.below(20) {
            0..=9 => self.act(who),
            10 | 11 => self.abort(who),
            12 => self.blunder(who),
            13 => self.garbage(),
            14 => (0..4).for_each(|_| {
                self.feed(NUISANCE, &first_packet(BROADCAST, INIT, 8, b"flooding"));
            }),
            15 | 16 => {
                let time = self.below(300);
                self.bench.wait(ms(time.into()));
                self.receive();
            }
            17 => self.change_activity(),
            _ => self.answer(),
        }
        // The owner of a device on a bus sends when the bus has room.
        self.waits = !self.waits && self.below(4) == 0;
        if !self.waits {
            self.receive();
        }
    }

    /// A client goes on with what it does.
    fn act(&mut self, who: usize) {
        let (now, loses_patience) = (self.bench.now, self.below(4) == 0);
        match &mut self.clients[who].doing {
            Doing::Nothing => self.start(who),
            Doing::Sending { rest, last, .. } => {
                let report = rest.remove(0);
                *last = now;
                self.send(who, &report);
            }
            Doing::Awaiting { command: CBOR, .. } if loses_patience => {
                let cancel = first_packet(self.clients[who].channel, CANCEL, 0, &[]);
                self.send(who, &cancel);
            }
            Doing::Awaiting { .. } => {}
        }
    }

    fn start(&mut self, who: usize) {
        let length = match self.below(16) {
            0 => 7_609 - self.below(60),
            1..=6 => 1 + self.below(400),
            _ => 1 + self.below(57),
        };
        let mut data = vec![0; length as usize];
        self.rng.fill_bytes(&mut data);
        let command = if self.below(2) == 0 { PING } else { CBOR };
        let expected = if command == PING { data.clone() } else { worked_on(&data) };
        let mut rest = packets(self.clients[who].channel, command, &data);
        let first = rest.remove(0);
        self.clients[who].doing = Doing::Sending { rest, command, expected, last: self.bench.now };
        self.send(who, &first);
    }

    /// INIT on its own channel.
    fn abort(&mut self, who: usize) {
        // One that does nothing has no reason to, and would be told that the other is served.
        if self.clients[who].doing != Doing::Nothing {
            self.receive();
        }
        if self.clients[who].doing != Doing::Nothing {
            self.clients[who].resyncs = true;
            self.clients[who].doing = Doing::Nothing;
            let init = first_packet(self.clients[who].channel, INIT, 8, b"start it");
            self.send(who, &init);
            self.receive();
            assert!(!self.clients[who].resyncs, "INIT is answered at once");
        }
    }

    fn blunder(&mut self, who: usize) {
        self.receive();
        if let Doing::Sending { .. } = self.clients[who].doing {
            self.clients[who].blundered = true;
            let wrong = next_packet(self.clients[who].channel, 0x7F, b"?");
            self.send(who, &wrong);
            self.receive();
            assert!(!self.clients[who].blundered, "it is told at once");
        }
    }

    /// Any bytes, now and then with a channel that belongs to somebody else.
    fn garbage(&mut self) {
        let mut report = [0; 64];
        self.rng.fill_bytes(&mut report);
        if self.below(2) == 0 {
            let victim = usize::from(self.below(2) == 1);
            report[..4].copy_from_slice(&self.clients[victim].channel.to_be_bytes());
        }
        self.feed(NUISANCE, &report);
    }

    fn send(&mut self, who: usize, report: &Report) {
        let link = self.clients[who].link;
        // A message whose last packet has gone is awaited.
        let client = &mut self.clients[who];
        if let Doing::Sending { rest, command, expected, .. } = &client.doing
            && rest.is_empty()
        {
            client.doing = Doing::Awaiting { command: *command, expected: expected.clone() };
        }
        self.feed(link, report);
    }

    fn feed(&mut self, link: Link, report: &Report) {
        match self.bench.feed(link, report) {
            None => {}
            Some(Event::Request { transaction, channel }) => {
                assert!(self.owner.is_none(), "one message at a time");
                let who = self.clients.iter().position(|client| client.channel == channel.0);
                let request = self.bench.device.request().to_vec();
                self.owner =
                    Some((transaction, who.expect("a client of ours"), request, Activity::Processing));
            }
            Some(Event::Cancelled(cancelled)) => {
                let (transaction, who, ..) = self.owner.take().expect("there is something to cancel");
                assert_eq!(transaction, cancelled);
                self.clients[who].doing = Doing::Awaiting { command: CBOR, expected: vec![0x2D] };
                self.bench.reply(transaction, &[0x2D]);
            }
            Some(Event::Aborted(aborted)) => {
                let (transaction, ..) = self.owner.take().expect("there is something to abort");
                assert_eq!(transaction, aborted);
            }
            Some(event) => panic!("nobody asked for {event:?}"),
        }
    }

    fn change_activity(&mut self) {
        if let Some((transaction, _, _, activity)) = &mut self.owner {
            *activity = match activity {
                Activity::Processing => Activity::UserNeeded,
                Activity::UserNeeded => Activity::Processing,
            };
            self.bench.device.activity(*transaction, *activity, self.bench.now);
        }
    }

    fn answer(&mut self) {
        if let Some((transaction, _, request, _)) = self.owner.take() {
            self.bench.reply(transaction, &worked_on(&request));
        }
    }

    /// Each client looks at what it gets.
    fn receive(&mut self) {
        let were_busy = [0, 1].map(|who: usize| self.clients[who].doing != Doing::Nothing);
        for answer in self.bench.receive() {
            if answer.link == NUISANCE {
                assert!([ERROR, INIT].contains(&answer.command), "{answer:?}");
                continue;
            }
            let who =
                self.clients.iter().position(|client| client.channel == answer.channel).expect("its channel");
            assert_eq!(answer.link, self.clients[who].link);
            self.judge(who, &answer, were_busy[1 - who]);
        }
    }

    fn judge(&mut self, who: usize, answer: &Answer, other_was_busy: bool) {
        let now = self.bench.now;
        let client = &mut self.clients[who];
        match (answer.command, answer.data.as_slice()) {
            (INIT, data) => {
                assert!(std::mem::take(&mut client.resyncs), "asked for");
                assert_eq!(data[..12], [b"start it".as_slice(), &client.channel.to_be_bytes()].concat());
            }
            (KEEPALIVE, [1 | 2]) => {
                assert!(matches!(client.doing, Doing::Awaiting { command: CBOR, .. }), "{:?}", client.doing);
            }
            (ERROR, [0x04]) => {
                assert!(std::mem::take(&mut client.blundered));
                client.doing = Doing::Nothing;
            }
            (ERROR, [0x05]) => {
                let Doing::Sending { last, .. } = client.doing else { panic!("nothing was late") };
                assert!(now - last >= ms(500));
                client.doing = Doing::Nothing;
            }
            (ERROR, [0x06]) => {
                assert!(other_was_busy, "somebody is served");
                client.doing = Doing::Nothing;
            }
            (command, data) => {
                let awaited = std::mem::replace(&mut client.doing, Doing::Nothing);
                assert_eq!(awaited, Doing::Awaiting { command, expected: data.to_vec() });
            }
        }
    }

    /// Whatever was under way comes to its end, and both channels work.
    fn settle(mut self) {
        self.receive();
        self.answer();
        self.receive();
        self.bench.wait(ms(500));
        self.receive();
        for client in &self.clients {
            assert_eq!(client.doing, Doing::Nothing, "nothing is lost");
            self.bench.works(client.link, client.channel);
        }
    }
}

#[test]
fn hid10_hid11_hid18_no_order_of_two_clients_confuses_the_device() {
    for seed in 0..SEEDS {
        let mut play = Play::new(seed);
        for _ in 0..STEPS {
            play.step();
        }
        play.settle();
    }
}
