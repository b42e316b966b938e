//! Opening: look first, then touch; then tell SQLite to trust nobody and lose nothing.

use crate::commit::Durability;
use crate::error::OpenError;
use crate::file::{self, Found};
use crate::schema::{self, Standing};
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long to wait for another process before saying [`OpenError::Busy`] and its kin.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// The longest cell SQLite is to handle. The longest of ours is below 2 KiB, a definition in the schema likewise.
const LONGEST_CELL: i32 = 64 * 1024;

/// What a connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Read and write.
    Write,
    /// Read only.
    Read,
}

/// One opening at a time: closing the file just made would drop the locks (POSIX has them by process, not by file) of a
/// store that another thread has opened at the same path meanwhile.
static OPENING: Mutex<()> = Mutex::new(());

/// A file that has passed every check.
pub(crate) struct OpenFile {
    pub(crate) connection: Connection,
    pub(crate) access: Access,
    /// How the connection commits at present.
    pub(crate) durability: Durability,
    /// There was a log already. Whoever wrote it may have died after a deletion and before cutting it.
    pub(crate) found_log: bool,
}

/// Opens the file for `wanted`, making it if need be. A file that may not be written can still be read.
pub(crate) fn open(path: &Path, wanted: Access) -> Result<OpenFile, OpenError> {
    let _one_at_a_time = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
    match (file::inspect(path)?, wanted) {
        (Found::File, _) => {}
        (Found::Nothing, Access::Write) => file::create(path)?,
        (Found::Nothing, Access::Read) => return Err(OpenError::Missing),
    }
    open_checked(path, wanted)
}

/// Opens a file that has been open before, and makes none.
pub(crate) fn reopen(path: &Path, wanted: Access) -> Result<OpenFile, OpenError> {
    let _one_at_a_time = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
    match file::inspect(path)? {
        Found::File => open_checked(path, wanted),
        Found::Nothing => Err(OpenError::Missing),
    }
}

fn open_checked(path: &Path, wanted: Access) -> Result<OpenFile, OpenError> {
    match probe(path) {
        Err(OpenError::NotADatabase | OpenError::Damaged) if file::is_half_made(path) => {}
        looked => looked?,
    }

    let found_log = file::has_log(path);
    let mode = match wanted {
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let flags = mode
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_PRIVATE_CACHE
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let mut connection = Connection::open_with_flags(path, flags)?;
    harden(&connection)?;
    let access = if connection.is_readonly("main")? { Access::Read } else { Access::Write };
    // In one read: another process may be setting the file up at this moment.
    let reading = connection.unchecked_transaction()?;
    let standing = schema::standing(&reading)?;
    drop(reading);
    match (standing, access) {
        (Standing::Current, _) => {}
        // In a rollback journal yet, so that the file's header says whose it is from its first transaction on.
        (Standing::Empty | Standing::Older(_), Access::Write) => schema::migrate(&mut connection)?,
        (Standing::Empty | Standing::Older(_), Access::Read) => return Err(OpenError::NeedsWriting),
    }
    schema::verify(&connection)?;
    if access == Access::Write {
        use_wal(&connection)?;
        file::restrict_all(path)?;
    }
    Ok(OpenFile { connection, access, durability: Durability::Synced, found_log })
}

/// Refuses a file of somebody else's before anything of it is locked, recovered or written.
fn probe(path: &Path) -> Result<(), OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(file::immutable_uri(path), flags)?;
    distrust(&connection)?;
    // A process that died while it folded the log in leaves a file shorter than its first page says. The log mends that,
    // but this look goes without the log: so it must not mind. It cannot write, whatever it is allowed.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)?;
    connection.execute_batch("PRAGMA writable_schema = ON")?;
    schema::claim(&connection)
}

fn harden(connection: &Connection) -> Result<(), OpenError> {
    distrust(connection)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Apple's fsync does not reach the platter; elsewhere the two settings about it mean nothing.
    connection.execute_batch(
        "PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;
         PRAGMA synchronous = FULL;",
    )?;
    Ok(())
}

/// Nothing in here reads the file yet.
fn distrust(connection: &Connection) -> Result<(), OpenError> {
    let settings = [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        // Plans hang on no values: else a lookup is planned anew for each, which takes longer than the lookup.
        (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true),
    ];
    for (setting, value) in settings {
        connection.set_db_config(setting, value)?;
    }
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST_CELL)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")?;
    Ok(())
}

/// Changing to WAL needs the file for oneself, and SQLite does not wait for that: so we do.
fn use_wal(connection: &Connection) -> Result<(), OpenError> {
    let started = Instant::now();
    loop {
        let mode = connection.query_row("PRAGMA journal_mode = WAL", (), |row| row.get::<_, String>(0));
        match mode.map_err(OpenError::from) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(_) => return Err(OpenError::NoWal),
            Err(OpenError::Busy) if started.elapsed() < BUSY_TIMEOUT => {
                thread::sleep(Duration::from_millis(5))
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod rules;
#[cfg(test)]
mod tests;
