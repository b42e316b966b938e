//! `serve`: a security key for clients that speak CTAPHID, over sockets, as a HID device or over USB/IP.
//!
//! [`links`] is who is connected, [`datagrams`], [`streams`] and [`usbip`] how, [`listening`] and [`beginners`] how they get there; [`state`] is what persists, [`desk`] who answers the
//! prompts. The main thread runs the endpoint; one thread commits beside it, and each link has its own.

mod beginners;
mod datagrams;
mod desk;
mod gate;
mod lab;
mod links;
mod listening;
mod pin_file;
mod private_file;
mod profile;
mod setting;
mod signals;
mod state;
mod streams;
mod terminal;
mod traffic;
#[cfg(target_os = "linux")]
mod uhid;
mod usbip;

use crate::args;
use crate::attestation;
use crate::exit::Failure;
use crate::log::Log;
use authenticator_core::Transport;
use authenticator_host::hid::{Ended, Endpoint, Job, run, write};
use authenticator_host::{PluggedClock, World, os_rng};
use authenticator_transport::ctaphid::Settings;
use links::{Input, Links};
pub(crate) use profile::Description;
use serde_json::{Map, Value};
use state::{State, Storage};
use std::io::Write;
use std::sync::mpsc::{SyncSender, channel, sync_channel};

/// How much input may wait: whoever sends more is not read until there is room.
const BACKLOG: usize = 256;

/// What a USB device says it is: those that pid.codes sets aside for tests.
const VENDOR: u16 = 0x1209;
const PRODUCT: u16 = 0x0001;

pub(crate) fn serve(args: &args::Serve, log: Log) -> Result<(), Failure> {
    #[cfg(target_os = "linux")]
    let has_bus = args.uhid;
    #[cfg(not(target_os = "linux"))]
    let has_bus = false;
    let addresses = [args.udp, args.tcp, args.usbip];
    if addresses.iter().all(Option::is_none) && args.unix.is_none() && !has_bus {
        let advice = "say where to listen: --udp, --tcp, --unix, --uhid or --usbip";
        return Err(Failure::Usage(advice.to_owned()));
    }
    if args.lab {
        return lab::serve(args, log);
    }
    let mut profile = Description::of(args)?.profile()?;
    let keys = attestation::certify(args.attestation.as_ref(), &mut profile)?;
    let (inputs, input) = sync_channel::<Input>(BACKLOG);
    // Before anything is made: without a terminal there is nobody to ask.
    let desk = desk::Desk::open(args.user.unwrap_or(args::Answerer::Ask), &inputs)?;
    let State { storage, key, lock: _held } = State::open(&args.state, log)?;
    let mut world = World::open(profile, &key, storage, os_rng(), PluggedClock::default())
        .map_err(|error| Failure::Store(error.to_string()))?;
    world.session.over(Transport::Usb);
    if let Some(path) = &args.pin_file {
        pin_file::set(&mut world, path)?;
    }
    let (links, addresses) = listen(args, &inputs)?;
    signals::listen(&inputs)?;
    announce(&addresses)?;
    log.note("serving");

    let (jobs, job) = channel::<Job<Storage>>();
    let writer = std::thread::spawn(move || write(&job, &inputs));
    let mut endpoint = Endpoint::new(Settings::default(), world, desk, keys);
    if args.log == args::Traffic::Pretty {
        endpoint.watched_by(Box::new(traffic::Pretty::new(std::io::stderr())));
    }
    let replug = |clock: &mut PluggedClock| {
        clock.replug();
        links.replug();
    };
    let ended = run(&mut endpoint, &input, &jobs, |link, report| links.send(link, report), replug);
    endpoint.user.close();
    // What is being committed is committed; nobody waits for more.
    drop((jobs, input));
    let written = writer.join();
    match (ended, written) {
        (Ended::Unplugged, Ok(())) => Ok(()),
        _ => Err(Failure::Other("the thread that writes the store has ended".to_owned())),
    }
}

/// Every place to listen at, and what it has come to.
fn listen(args: &args::Serve, inputs: &SyncSender<Input>) -> Result<(Links, Map<String, Value>), Failure> {
    let (mut links, mut addresses) = (Links::default(), Map::new());
    if let Some(address) = args.udp {
        links::check_loopback(address, args.listen_anyone)?;
        let (socket, listening, bound) = datagrams::listen(address, inputs)?;
        links.udp = Some(socket);
        links.listening.push(listening);
        addresses.insert("udp".to_owned(), bound.to_string().into());
    }
    if let Some(address) = args.tcp {
        links::check_loopback(address, args.listen_anyone)?;
        let (streams, inputs) = (links.streams.clone(), inputs.clone());
        let (listening, bound) =
            listening::listen_tcp(address, move |stream| streams.accept(stream, &inputs))?;
        links.listening.push(listening);
        addresses.insert("tcp".to_owned(), bound.to_string().into());
    }
    if let Some(address) = args.usbip {
        links::check_loopback(address, args.listen_anyone)?;
        let (usbip, listening, bound) = usbip::listen(address, product(args), inputs)?;
        links.listening.push(listening);
        links.usbip = Some(usbip);
        addresses.insert("usbip".to_owned(), bound.to_string().into());
    }
    #[cfg(unix)]
    if let Some(path) = &args.unix {
        let (streams, inputs) = (links.streams.clone(), inputs.clone());
        links.path = Some(listening::listen_unix(path, move |stream| streams.accept(stream, &inputs))?);
        addresses.insert("unix".to_owned(), path.to_string_lossy().into());
    }
    #[cfg(target_os = "linux")]
    if args.uhid {
        links.bus = Some(uhid::Uhid::open(product(args), inputs)?);
        addresses.insert("uhid".to_owned(), true.into());
    }
    Ok((links, addresses))
}

/// What a bus says that it is.
const fn product(args: &args::Serve) -> &'static str {
    if args.lab { "Authenticator (lab)" } else { "Authenticator" }
}

/// The first line on stdout, which tells whoever has started this where to connect.
fn announce(addresses: &Map<String, Value>) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer(&mut stdout, addresses).map_err(std::io::Error::from)?;
    stdout.write_all(b"\n")?;
    stdout.flush()?;
    Ok(())
}
