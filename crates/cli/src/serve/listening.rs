//! Places to listen at, each until it is dropped.

use super::links::cannot_listen;
use crate::exit::Failure;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::Builder;
use std::time::Duration;

/// How long nobody is accepted when the system has no room for another.
const RESTS: Duration = Duration::from_millis(100);

/// How long the thread may take to notice that it is over.
const ENDS_WITHIN: Duration = Duration::from_secs(1);

/// What TCP and Unix sockets have in common.
pub(super) trait Stream: Read + Write + Send + Sized + 'static {
    fn twin(&self) -> io::Result<Self>;
    fn patience(&self, time: Option<Duration>) -> io::Result<()>;
    fn hang_up(&self);
}

impl Stream for TcpStream {
    fn twin(&self) -> io::Result<Self> {
        // Reports are small and each is awaited.
        self.set_nodelay(true)?;
        self.try_clone()
    }

    fn patience(&self, time: Option<Duration>) -> io::Result<()> {
        self.set_read_timeout(time)
    }

    fn hang_up(&self) {
        // It may be closed already.
        let _ = self.shutdown(Shutdown::Both);
    }
}

/// Hangs up on a client.
pub(super) type HangUp = Box<dyn Fn() + Send>;

/// What hangs up on whoever is at the other end of this stream.
pub(super) fn hang_up<T: Stream>(stream: &T) -> io::Result<HangUp> {
    let twin = stream.twin()?;
    Ok(Box::new(move || twin.hang_up()))
}

/// A thread at a socket, which ends when this is dropped, and lets the socket go.
pub(super) struct Listening {
    is_over: Arc<AtomicBool>,
    /// Sends something to the socket.
    wake: Box<dyn Fn() -> io::Result<()>>,
    /// The thread has the other end.
    ended: Receiver<()>,
}

impl Listening {
    /// Takes what comes next, again and again. Where nothing can come, because an earlier client has gone or the system has
    /// no room, that passes.
    pub(super) fn new<T>(
        wake: impl Fn() -> io::Result<()> + 'static,
        mut next: impl FnMut() -> io::Result<T> + Send + 'static,
        mut take: impl FnMut(T) + Send + 'static,
    ) -> io::Result<Self> {
        let is_over = Arc::new(AtomicBool::new(false));
        let (ends, ended) = channel::<()>();
        let told = Arc::clone(&is_over);
        Builder::new().spawn(move || {
            loop {
                let came = next();
                if told.load(Ordering::Acquire) {
                    break;
                }
                match came {
                    Ok(came) => take(came),
                    Err(error) if is_passing(error.kind()) => {}
                    Err(_) => std::thread::sleep(RESTS),
                }
            }
            // The socket is closed before anybody is told that it is.
            drop(next);
            drop(ends);
        })?;
        Ok(Self { is_over, wake: Box::new(wake), ended })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        // One that cannot be woken has something to do, and notices then.
        let _ = (self.wake)();
        let _ = self.ended.recv_timeout(ENDS_WITHIN);
    }
}

const fn is_passing(error: ErrorKind) -> bool {
    matches!(
        error,
        ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::Interrupted
    )
}

/// Lets `accept` have whoever connects to `address`; what it is bound to has a port in any case.
pub(super) fn listen_tcp(
    address: SocketAddr,
    accept: impl FnMut(TcpStream) + Send + 'static,
) -> Result<(Listening, SocketAddr), Failure> {
    let cannot = |error| cannot_listen(&address.to_string(), &error);
    let listener = TcpListener::bind(address).map_err(cannot)?;
    let bound = listener.local_addr().map_err(cannot)?;
    let wake = move || TcpStream::connect_timeout(&from_here(bound), ENDS_WITHIN).map(drop);
    let next = move || listener.accept().map(|(stream, _)| stream);
    Ok((Listening::new(wake, next, accept).map_err(cannot)?, bound))
}

/// How this machine reaches what is bound to this address.
pub(super) fn from_here(bound: SocketAddr) -> SocketAddr {
    let address = match bound.ip() {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    };
    SocketAddr::new(address, bound.port())
}

#[cfg(unix)]
pub(super) use unix::{AtPath, listen_unix};

#[cfg(unix)]
mod unix {
    use super::{Failure, Listening, Stream, cannot_listen};
    use std::fs::Permissions;
    use std::io::{self, ErrorKind};
    use std::net::Shutdown;
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    impl Stream for UnixStream {
        fn twin(&self) -> io::Result<Self> {
            self.try_clone()
        }

        fn patience(&self, time: Option<Duration>) -> io::Result<()> {
            self.set_read_timeout(time)
        }

        fn hang_up(&self) {
            // It may be closed already.
            let _ = self.shutdown(Shutdown::Both);
        }
    }

    /// The socket's name in the file system, which outlives the socket unless it is removed.
    struct SocketFile(PathBuf);

    impl Drop for SocketFile {
        fn drop(&mut self) {
            // Somebody else may have removed it.
            let _ = std::fs::remove_file(&self.0);
        }
    }

    /// A socket at a path.
    pub(crate) struct AtPath {
        // Dropped first: it is woken by its name.
        _listening: Listening,
        _file: SocketFile,
    }

    /// Lets `accept` have whoever connects to `path`, which is this user alone.
    pub(crate) fn listen_unix(
        path: &Path,
        accept: impl FnMut(UnixStream) + Send + 'static,
    ) -> Result<AtPath, Failure> {
        let cannot = |error| cannot_listen(&path.to_string_lossy(), &error);
        let (listener, file) = bind(path).map_err(cannot)?;
        let name = path.to_owned();
        let wake = move || UnixStream::connect(&name).map(drop);
        let next = move || listener.accept().map(|(stream, _)| stream);
        let listening = Listening::new(wake, next, accept).map_err(cannot)?;
        Ok(AtPath { _listening: listening, _file: file })
    }

    /// A socket is everybody's until its mode says otherwise, so it begins in a folder of this user's own.
    fn bind(path: &Path) -> io::Result<(UnixListener, SocketFile)> {
        remove_abandoned(path)?;
        if path.symlink_metadata().is_ok() {
            return Err(ErrorKind::AddrInUse.into());
        }
        let beside = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = tempfile::Builder::new().prefix(".").tempdir_in(beside.unwrap_or(Path::new(".")))?;
        let first = folder.path().join("s");
        let listener = UnixListener::bind(&first)?;
        std::fs::set_permissions(&first, Permissions::from_mode(0o600))?;
        std::fs::rename(&first, path)?;
        Ok((listener, SocketFile(path.to_owned())))
    }

    /// What a program that was killed has left there: a socket at which nobody listens. Anything else stays.
    fn remove_abandoned(path: &Path) -> io::Result<()> {
        let is_socket = path.symlink_metadata().is_ok_and(|about| about.file_type().is_socket());
        let refused = UnixStream::connect(path).err().map(|error| error.kind());
        if is_socket && refused == Some(ErrorKind::ConnectionRefused) {
            std::fs::remove_file(path)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
