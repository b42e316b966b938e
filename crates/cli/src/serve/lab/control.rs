//! The lab's control: lines of JSON over a socket.
//!
//! Over TCP a client's first line has the token, because anyone on this machine, a web page in a browser among them, can open a
//! connection; one that begins otherwise is closed unanswered. A Unix socket has its mode for that.

use super::message::{self, Kind, Request, reply};
use crate::exit::Failure;
use crate::lab::hex;
use crate::serve::links::{cannot_listen, check_loopback};
use crate::serve::streams::{self, Stream, accepted};
use authenticator_core::Secret;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// The longest line of a client: an exported state with thousands of passkeys.
const LONGEST_LINE: u64 = 16 << 20;

/// The longest line with a token.
const LONGEST_TOKEN_LINE: u64 = 1_024;

/// The fewest characters of a token that somebody chose.
const SHORTEST_TOKEN: usize = 16;

/// How long a client may take to say its token.
const BEGINS_WITHIN: Duration = Duration::from_secs(10);

/// How many lines may wait for a client to read them.
const UNREAD: usize = 4_096;

/// How many connections there may be at a time.
const MOST_CONNECTIONS: usize = 64;

/// How long clients may take to read what they were told last.
const ENDS_WITHIN: Duration = Duration::from_secs(2);

/// What a client wants, and which client.
pub(super) struct Command {
    pub(super) client: u64,
    pub(super) request: Request,
}

/// Who may speak, and what each is still to be told. Whoever is not here is hung up on.
#[derive(Clone, Default)]
pub(super) struct Clients {
    known: Arc<Mutex<Known>>,
    /// Each connection has one, whether it may speak or not.
    connections: Arc<()>,
}

#[derive(Default)]
struct Known {
    last: u64,
    clients: HashMap<u64, Client>,
}

/// A client's lines, and the thread that writes them.
struct Client {
    lines: SyncSender<String>,
    writer: JoinHandle<()>,
}

/// What proves that a client may control the device.
#[derive(Clone)]
pub(super) struct Token {
    hash: Arc<Secret<32>>,
    /// What is said on stdout; `None` where it is in a file.
    said: Option<String>,
}

impl Clients {
    /// Takes a client in, which is greeted before it is told anything else.
    fn add<T: Stream>(&self, stream: T) -> u64 {
        let (lines, unsent) = sync_channel::<String>(UNREAD);
        let writer = std::thread::spawn(move || write(stream, &unsent));
        let mut known = self.lock();
        known.last = known.last.wrapping_add(1);
        let number = known.last;
        known.clients.insert(number, Client { lines, writer });
        drop(known);
        self.tell(number, &message::greeting());
        number
    }

    fn remove(&self, client: u64) {
        self.lock().clients.remove(&client);
    }

    /// One that does not read is hung up on.
    pub(super) fn tell(&self, client: u64, what: &Value) {
        let mut known = self.lock();
        if known.clients.get(&client).is_some_and(|client| client.lines.try_send(line(what)).is_err()) {
            known.clients.remove(&client);
        }
    }

    pub(super) fn tell_all(&self, what: &Value) {
        let line = line(what);
        self.lock().clients.retain(|_, client| client.lines.try_send(line.clone()).is_ok());
    }

    /// Hangs up on everybody, once they have what they were told, or do not take it for a while.
    pub(super) fn close(&self) {
        let clients = std::mem::take(&mut self.lock().clients);
        let (done, all_done) = channel();
        std::thread::spawn(move || {
            let writers: Vec<_> = clients.into_values().map(|client| client.writer).collect();
            writers.into_iter().for_each(|writer| drop(writer.join()));
            let _ = done.send(());
        });
        let _ = all_done.recv_timeout(ENDS_WITHIN);
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line(what: &Value) -> String {
    format!("{what}\n")
}

impl Token {
    /// The one in this file, or a new one.
    pub(super) fn of(file: Option<&Path>) -> Result<Self, Failure> {
        let Some(file) = file else {
            let mut random = [0; 32];
            getrandom::fill(&mut random)
                .map_err(|_| Failure::Other("the operating system gives no randomness".to_owned()))?;
            let text = hex::encode(&random);
            return Ok(Self { hash: hash(&text), said: Some(text) });
        };
        let unusable = |problem: &str| Failure::Usage(format!("--control-token-file: {problem}"));
        let content = std::fs::read_to_string(file).map_err(|error| unusable(&error.kind().to_string()))?;
        let token = content.trim();
        if token.len() < SHORTEST_TOKEN {
            return Err(unusable(&format!("a token has at least {SHORTEST_TOKEN} characters")));
        }
        Ok(Self { hash: hash(token), said: None })
    }

    pub(super) fn said(&self) -> Option<&str> {
        self.said.as_deref()
    }

    /// In time that does not depend on where they differ.
    fn is(&self, text: &str) -> bool {
        self.hash.equals(hash(text).expose())
    }
}

fn hash(token: &str) -> Arc<Secret<32>> {
    Arc::new(Secret::new(Sha256::digest(token.as_bytes()).into()))
}

/// Whoever takes what clients want.
pub(super) trait Commands: Clone + Send + 'static {
    /// # Errors
    /// Nobody does any more.
    fn send(&self, command: Command) -> Result<(), ()>;
}

pub(super) fn listen_tcp(
    address: SocketAddr,
    anyone: bool,
    token: &Token,
    clients: &Clients,
    commands: &impl Commands,
) -> Result<SocketAddr, Failure> {
    check_loopback(address, anyone)?;
    let cannot = |error| cannot_listen(&address.to_string(), &error);
    let listener = TcpListener::bind(address).map_err(cannot)?;
    let bound = listener.local_addr().map_err(cannot)?;
    let (token, clients, commands) = (token.clone(), clients.clone(), commands.clone());
    std::thread::spawn(move || {
        accepted(listener.incoming()).for_each(|stream| accept(stream, Some(&token), &clients, &commands));
    });
    Ok(bound)
}

#[cfg(unix)]
pub(super) fn listen_unix(
    path: &Path,
    clients: &Clients,
    commands: &impl Commands,
) -> Result<streams::SocketFile, Failure> {
    let (listener, file) = streams::bind_unix(path)?;
    let (clients, commands) = (clients.clone(), commands.clone());
    std::thread::spawn(move || {
        accepted(listener.incoming()).for_each(|stream| accept(stream, None, &clients, &commands));
    });
    Ok(file)
}

/// Two threads for a client: one reads, one writes. Without them there is no client.
fn accept<T: Stream>(stream: T, token: Option<&Token>, clients: &Clients, commands: &impl Commands) {
    let Ok(twin) = stream.twin() else { return };
    if Arc::strong_count(&clients.connections) > MOST_CONNECTIONS {
        return stream.hang_up();
    }
    let (token, clients, commands) = (token.cloned(), clients.clone(), commands.clone());
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        if !may_begin(&mut reader, token.as_ref()).unwrap_or(false) {
            return reader.get_ref().hang_up();
        }
        let client = clients.add(twin);
        // However it ends, it is gone.
        let _ = read(&mut reader, client, &clients, &commands);
        clients.remove(client);
    });
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct First {
    token: String,
}

/// Whether it has said the token, where one is wanted.
fn may_begin<T: Stream>(reader: &mut BufReader<T>, token: Option<&Token>) -> io::Result<bool> {
    let Some(token) = token else { return Ok(true) };
    reader.get_ref().patience(Some(BEGINS_WITHIN))?;
    let mut line = Vec::new();
    reader.by_ref().take(LONGEST_TOKEN_LINE).read_until(b'\n', &mut line)?;
    reader.get_ref().patience(None)?;
    let first: Option<First> = serde_json::from_slice(&line).ok();
    Ok(first.is_some_and(|first| token.is(&first.token)))
}

/// Reads until the client is gone, or says more at once than anyone may, or nobody takes its commands.
fn read<T: Stream>(
    reader: &mut BufReader<T>,
    client: u64,
    clients: &Clients,
    commands: &impl Commands,
) -> io::Result<()> {
    loop {
        let mut line = Vec::new();
        let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        if line.pop() != Some(b'\n') {
            let complaint = Kind::TooLong.because("the line does not end, or is too long");
            clients.tell(client, &reply(&Value::Null, Err(complaint)));
            return Ok(());
        }
        if commands.send(Command { client, request: Request::parse(&line) }).is_err() {
            return Ok(());
        }
    }
}

/// Writes until there is nothing more to come, and hangs up.
fn write<T: Stream>(mut stream: T, unsent: &Receiver<String>) {
    while let Ok(line) = unsent.recv() {
        if stream.write_all(line.as_bytes()).is_err() {
            break;
        }
    }
    stream.hang_up();
}

#[cfg(test)]
mod tests;
