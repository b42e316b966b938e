//! TCP and Unix sockets: the same reports, one after the other.
//!
//! A web page can make a browser send bytes to any port of this machine, but not choose how they begin. So a stream that does
//! not begin as a client of CTAPHID does, by asking for a channel, is closed unanswered.

use super::links::{Input, Link, Streams, cannot_listen};
use crate::exit::Failure;
use authenticator_transport::ctaphid::{REPORT_SIZE, Report};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// How many reports may wait for a client to read them: the longest message is 129.
const UNREAD: usize = 512;

/// How long a stream may take to begin.
const BEGINS_WITHIN: Duration = Duration::from_secs(10);

/// How long nobody is accepted when the system has no room for another.
const RESTS: Duration = Duration::from_millis(100);

/// INIT on the broadcast channel, with a nonce of eight bytes.
const BEGINNING: [u8; 7] = [0xFF, 0xFF, 0xFF, 0xFF, 0x86, 0x00, 0x08];

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

/// Listens at `address`; what it is bound to has a port in any case.
pub(super) fn listen_tcp(
    address: SocketAddr,
    streams: &Streams,
    inputs: &SyncSender<Input>,
) -> Result<SocketAddr, Failure> {
    let cannot = |error| cannot_listen(&address.to_string(), &error);
    let listener = TcpListener::bind(address).map_err(cannot)?;
    let bound = listener.local_addr().map_err(cannot)?;
    let (streams, inputs) = (streams.clone(), inputs.clone());
    std::thread::spawn(move || {
        accepted(listener.incoming()).for_each(|stream| accept(stream, &streams, &inputs));
    });
    Ok(bound)
}

/// Who connects. One that was gone before it was accepted is no reason to stop; where the system has no room for another,
/// nobody is accepted for a moment.
pub(super) fn accepted<T>(incoming: impl Iterator<Item = io::Result<T>>) -> impl Iterator<Item = T> {
    incoming.filter_map(|stream| stream.inspect_err(|_| std::thread::sleep(RESTS)).ok())
}

/// Two threads for a stream: one reads, one writes. Without them there is no stream.
fn accept<T: Stream>(stream: T, streams: &Streams, inputs: &SyncSender<Input>) {
    let Ok(twin) = stream.twin() else { return };
    let (reports, unsent) = sync_channel(UNREAD);
    let Some(number) = streams.add(reports) else { return stream.hang_up() };
    let (streams, inputs) = (streams.clone(), inputs.clone());
    std::thread::spawn(move || write(twin, &unsent));
    std::thread::spawn(move || {
        let link = Link::Stream(number);
        // However it ends, it is gone.
        let _ = read(stream, link, &inputs);
        streams.remove(number);
        let _ = inputs.send(Input::Unlinked(link));
    });
}

/// Reads until the stream ends, or does not begin as it should, or nobody wants to know any more.
fn read<T: Stream>(mut stream: T, link: Link, inputs: &SyncSender<Input>) -> io::Result<()> {
    let mut report: Report = [0; REPORT_SIZE];
    stream.patience(Some(BEGINS_WITHIN))?;
    stream.read_exact(&mut report)?;
    if !report.starts_with(&BEGINNING) {
        stream.hang_up();
        return Ok(());
    }
    stream.patience(None)?;
    while inputs.send(Input::Report(link, report)).is_ok() {
        stream.read_exact(&mut report)?;
    }
    Ok(())
}

/// Writes until there is nothing more to come, and hangs up.
fn write<T: Stream>(mut stream: T, unsent: &Receiver<Report>) {
    while let Ok(report) = unsent.recv() {
        if stream.write_all(&report).is_err() {
            break;
        }
    }
    stream.hang_up();
}

#[cfg(unix)]
pub(super) use unix::{SocketFile, bind as bind_unix, listen as listen_unix};

#[cfg(unix)]
mod unix {
    use super::{Failure, Input, Stream, Streams, SyncSender, accept, accepted, cannot_listen};
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
    pub(crate) struct SocketFile(PathBuf);

    impl Drop for SocketFile {
        fn drop(&mut self) {
            // Somebody else may have removed it.
            let _ = std::fs::remove_file(&self.0);
        }
    }

    /// A socket at `path`, for this user alone.
    pub(crate) fn bind(path: &Path) -> Result<(UnixListener, SocketFile), Failure> {
        let cannot = |error| cannot_listen(&path.to_string_lossy(), &error);
        remove_abandoned(path).map_err(cannot)?;
        let listener = UnixListener::bind(path).map_err(cannot)?;
        let file = SocketFile(path.to_owned());
        std::fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(cannot)?;
        Ok((listener, file))
    }

    /// Listens at `path`, for this user alone.
    pub(crate) fn listen(
        path: &Path,
        streams: &Streams,
        inputs: &SyncSender<Input>,
    ) -> Result<SocketFile, Failure> {
        let (listener, file) = bind(path)?;
        let (streams, inputs) = (streams.clone(), inputs.clone());
        std::thread::spawn(move || {
            accepted(listener.incoming()).for_each(|stream| accept(stream, &streams, &inputs));
        });
        Ok(file)
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
