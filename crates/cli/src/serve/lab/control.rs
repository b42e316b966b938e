//! The lab's control: lines of JSON over a socket.
//!
//! Over TCP a client's first line has the token, because anyone on this machine, a web page in a browser among them, can open a
//! connection; one that begins otherwise is closed unanswered. A Unix socket has its mode for that.

use super::message::{self, Kind, Request, reply};
use crate::exit::Failure;
use crate::lab::hex;
use crate::lab::snapshot::LONGEST_LINE;
use crate::serve::beginners::{Beginner, Beginners};
use crate::serve::links::check_loopback;
use crate::serve::listening::{self, HangUp, Listening, Stream, hang_up};
use crate::serve::private_file;
use authenticator_core::Secret;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

/// The longest line with a token, each byte of which may be written as an escape of six.
const LONGEST_TOKEN_LINE: u64 = 4_096;

/// The fewest characters of a token that somebody chose, and the most bytes.
const SHORTEST_TOKEN: usize = 16;
const LONGEST_TOKEN: usize = 512;

/// How many lines may wait for a client to read them, and how many bytes, if it is more than one line.
const UNREAD: usize = 4_096;
const UNREAD_BYTES: usize = 64 << 20;

/// How many clients there may be at a time.
const MOST_CLIENTS: usize = 64;

/// How long clients may take to read what they were told last.
const ENDS_WITHIN: Duration = Duration::from_secs(2);

/// What a client wants, and which client.
pub(super) struct Command {
    pub(super) client: u64,
    pub(super) request: Request,
}

/// Who may speak, and what each is still to be told. One is here as long as it is read.
#[derive(Clone, Default)]
pub(super) struct Clients {
    beginners: Beginners,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    last: u64,
    clients: HashMap<u64, Client>,
}

/// A client's lines, and the thread that writes them.
struct Client {
    lines: SyncSender<String>,
    /// How many bytes of them are not written yet.
    unread: Arc<AtomicUsize>,
    hang_up: HangUp,
    /// The thread has the other end.
    written: Receiver<()>,
}

/// What proves that a client may control the device.
#[derive(Clone)]
pub(super) struct Token {
    hash: Arc<Secret<32>>,
    /// What is said on stdout; `None` where it is in a file.
    said: Option<String>,
}

impl Clients {
    /// Takes a client in, which is greeted before it is told anything else; `None` when there are too many.
    fn add<T: Stream>(&self, stream: &T) -> io::Result<Option<u64>> {
        let (writer, hang_up) = (stream.twin()?, hang_up(stream)?);
        let ((lines, unsent), (writes, written)) = (sync_channel::<String>(UNREAD), channel::<()>());
        let unread = Arc::new(AtomicUsize::new(0));
        let client = Client { lines, unread: Arc::clone(&unread), hang_up, written };
        client.tell(line(&message::greeting()));
        let mut known = self.lock();
        if known.clients.len() >= MOST_CLIENTS {
            (client.hang_up)();
            return Ok(None);
        }
        Builder::new().spawn(move || {
            write(writer, &unsent, &unread);
            drop(writes);
        })?;
        known.last = known.last.wrapping_add(1);
        let number = known.last;
        known.clients.insert(number, client);
        Ok(Some(number))
    }

    fn remove(&self, client: u64) {
        let removed = self.lock().clients.remove(&client);
        end(removed);
    }

    pub(super) fn tell(&self, client: u64, what: &Value) {
        if let Some(client) = self.lock().clients.get(&client) {
            client.tell(line(what));
        }
    }

    pub(super) fn tell_all(&self, what: &Value) {
        let line = line(what);
        self.lock().clients.values().for_each(|client| client.tell(line.clone()));
    }

    /// Hangs up on everybody, once they have what they were told, or do not take it for a while.
    pub(super) fn close(&self) {
        self.beginners.close();
        let clients = std::mem::take(&mut self.lock().clients);
        end(clients.into_values());
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Client {
    /// One that does not read is hung up on.
    fn tell(&self, line: String) {
        let length = line.len();
        let unread = self.unread.fetch_add(length, Ordering::Relaxed);
        let is_too_much = unread > 0 && unread.saturating_add(length) > UNREAD_BYTES;
        if is_too_much || self.lines.try_send(line).is_err() {
            (self.hang_up)();
        }
    }
}

/// Hangs up on these, once they have what they were told, or do not take it for a while.
fn end(clients: impl IntoIterator<Item = Client>) {
    let until = Instant::now().checked_add(ENDS_WITHIN);
    // What else is written ends when nothing more can come.
    let ending: Vec<_> = clients.into_iter().map(|client| (client.written, client.hang_up)).collect();
    for (written, hang_up) in ending {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        let _ = written.recv_timeout(left.unwrap_or_default());
        hang_up();
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
        let content = private_file::read(file, LONGEST_TOKEN).map_err(|problem| unusable(&problem))?;
        let token = std::str::from_utf8(&content).map_err(|_| unusable("a token is text in UTF-8"))?.trim();
        if token.chars().count() < SHORTEST_TOKEN {
            return Err(unusable(&format!("a token has at least {SHORTEST_TOKEN} characters")));
        }
        if content.len() > LONGEST_TOKEN {
            return Err(unusable(&format!("a token has at most {LONGEST_TOKEN} bytes")));
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
) -> Result<(Listening, SocketAddr), Failure> {
    check_loopback(address, anyone)?;
    let (token, clients, commands) = (token.clone(), clients.clone(), commands.clone());
    listening::listen_tcp(address, move |stream| clients.accept(stream, Some(&token), &commands))
}

#[cfg(unix)]
pub(super) fn listen_unix(
    path: &Path,
    clients: &Clients,
    commands: &impl Commands,
) -> Result<listening::AtPath, Failure> {
    let (clients, commands) = (clients.clone(), commands.clone());
    listening::listen_unix(path, move |stream| clients.accept(stream, None, &commands))
}

impl Clients {
    /// Two threads for a client: one reads, one writes.
    fn accept<T: Stream>(&self, stream: T, token: Option<&Token>, commands: &impl Commands) {
        let (token, clients, commands) = (token.cloned(), self.clone(), commands.clone());
        self.beginners.take(stream, move |beginner| {
            // However it ends, it is gone.
            let _ = clients.serve(beginner, token.as_ref(), &commands);
        });
    }

    fn serve<T: Stream>(
        &self,
        stream: Beginner<T>,
        token: Option<&Token>,
        commands: &impl Commands,
    ) -> io::Result<()> {
        let mut reader = BufReader::new(stream);
        if !may_begin(&mut reader, token)? {
            reader.get_ref().stream().hang_up();
            return Ok(());
        }
        reader.get_mut().begun()?;
        if let Some(client) = self.add(reader.get_ref().stream())? {
            let _ = read(&mut reader, client, self, commands);
            self.remove(client);
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct First {
    token: String,
}

/// Whether it has said the token, where one is wanted.
fn may_begin(reader: &mut impl BufRead, token: Option<&Token>) -> io::Result<bool> {
    let Some(token) = token else { return Ok(true) };
    let mut line = Vec::new();
    reader.take(LONGEST_TOKEN_LINE).read_until(b'\n', &mut line)?;
    let first: Option<First> = serde_json::from_slice(&line).ok();
    Ok(first.is_some_and(|first| token.is(&first.token)))
}

/// Reads until the client is gone, or says more at once than anyone may, or nobody takes its commands.
fn read(
    reader: &mut impl BufRead,
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
fn write<T: Stream>(mut stream: T, unsent: &Receiver<String>, unread: &AtomicUsize) {
    while let Ok(line) = unsent.recv() {
        if stream.write_all(line.as_bytes()).is_err() {
            break;
        }
        unread.fetch_sub(line.len(), Ordering::Relaxed);
    }
    stream.hang_up();
}

#[cfg(test)]
mod tests;
