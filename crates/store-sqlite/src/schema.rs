//! The tables, by numbered migrations, and the check that a file has them and nothing else.

use crate::error::OpenError;
use rusqlite::{Connection, TransactionBehavior};

/// "Auth": the file's application id (SQLite's file header, offset 68).
pub(crate) const APPLICATION_ID: i32 = 0x4175_7468;

/// The page size of a new file. A commit writes whole pages, eight of them for a new passkey, and waits for the disk to have
/// them: of 4,096 bytes each, that takes a fifth longer than of 1,024. Larger pages hold more records each, so that a file of
/// 100,000 passkeys is a fifth smaller with them.
pub(crate) const PAGE_SIZE: i32 = 1024;

/// Migration `n` (from 0) takes a file from schema version `n` to `n + 1`. They are never changed once released: a new
/// version is a new entry.
///
/// A table with rowids: at 100,000 credentials it is measured at 62 MiB against 74 MiB without, lookups by credential at
/// 10 against 12 microseconds, because each index then holds an eight-byte rowid instead of the whole primary key.
const MIGRATIONS: [&str; 1] = ["
CREATE TABLE record (
    kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 255),
    id BLOB NOT NULL CHECK (octet_length(id) = 16),
    version INTEGER NOT NULL CHECK (version >= 0),
    number INTEGER NOT NULL CHECK (number >= 0),
    relying_party BLOB CHECK (octet_length(relying_party) = 16),
    credential_id BLOB CHECK (octet_length(credential_id) = 16),
    user BLOB CHECK (octet_length(user) = 16),
    body BLOB NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;
CREATE INDEX record_by_kind ON record (kind, number);
CREATE INDEX record_by_relying_party ON record (relying_party, number) WHERE relying_party IS NOT NULL;
CREATE INDEX record_by_credential_id ON record (credential_id, number) WHERE credential_id IS NOT NULL;
CREATE INDEX record_by_user ON record (user, number) WHERE user IS NOT NULL;
CREATE TABLE meta (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    last_commit BLOB CHECK (octet_length(last_commit) = 16)
) STRICT;
INSERT INTO meta (one) VALUES (1);
"];

/// What a file is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A database without anything in it.
    Empty,
    /// A store of this schema version, which is older than ours.
    Older(usize),
    /// A store of ours.
    Current,
}

/// Refuses a file that is not ours, or is of a later version. Of one that says it is ours only the first page is read: the
/// others may stand in the log.
pub(crate) fn claim(connection: &Connection) -> Result<(), OpenError> {
    if pragma(connection, "application_id")? != APPLICATION_ID {
        return standing(connection).map(|_| ());
    }
    let version = pragma(connection, "user_version")?;
    match usize::try_from(version) {
        Ok(newer) if newer > MIGRATIONS.len() => Err(OpenError::Newer { version }),
        _ => Ok(()),
    }
}

/// What the database under `connection` is to us, as it stands now.
pub(crate) fn standing(connection: &Connection) -> Result<Standing, OpenError> {
    standing_at(connection, MIGRATIONS.len())
}

/// The same to somebody whose newest version is `newest`.
fn standing_at(connection: &Connection, newest: usize) -> Result<Standing, OpenError> {
    let application_id = pragma(connection, "application_id")?;
    let version = pragma(connection, "user_version")?;
    let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    if (application_id, version, objects) == (0, 0, 0) {
        return Ok(Standing::Empty);
    }
    if application_id != APPLICATION_ID {
        return Err(OpenError::Foreign { application_id });
    }
    match usize::try_from(version) {
        Ok(version) if version == newest => Ok(Standing::Current),
        Ok(older @ 1..) if older < newest => Ok(Standing::Older(older)),
        Ok(newer) if newer > newest => Err(OpenError::Newer { version }),
        _ => Err(OpenError::ForeignSchema),
    }
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

/// Sets an empty database up, or brings an older one up to date, in one transaction.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    migrate_by(connection, &MIGRATIONS)
}

fn migrate_by(connection: &mut Connection, migrations: &[&str]) -> Result<(), OpenError> {
    // A file that has pages keeps theirs.
    connection.pragma_update(None, "page_size", PAGE_SIZE)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster: what counts is what stands under the lock.
    let from = match standing_at(&transaction, migrations.len())? {
        Standing::Empty => 0,
        Standing::Older(version) => version,
        Standing::Current => return Ok(()),
    };
    for migration in migrations.iter().skip(from) {
        transaction.execute_batch(migration)?;
    }
    let version = i32::try_from(migrations.len()).unwrap_or(i32::MAX);
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", version)?;
    Ok(transaction.commit()?)
}

/// Refuses a file whose tables, indexes, views and triggers are not exactly those the migrations make.
pub(crate) fn verify(connection: &Connection) -> Result<(), OpenError> {
    let mut fresh = Connection::open_in_memory()?;
    migrate(&mut fresh)?;
    if objects(connection)? == objects(&fresh)? { Ok(()) } else { Err(OpenError::ForeignSchema) }
}

/// Type, name, table and definition of an object.
type Object = (String, String, String, Option<String>);

fn objects(connection: &Connection) -> Result<Vec<Object>, OpenError> {
    // One more than there are of ours is enough to tell.
    let mut statement = connection
        .prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name LIMIT 32")?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    rows.map(|row| match row {
        Ok(object) => Ok(object),
        // A cell that is no text at all.
        Err(rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::FromSqlConversionFailure(..)) => {
            Err(OpenError::ForeignSchema)
        }
        Err(error) => Err(error.into()),
    })
    .collect()
}

#[cfg(test)]
mod tests;
