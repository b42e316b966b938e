//! Commits: one immediate transaction each.

use crate::error;
use crate::open::{Access, OpenFile};
use authenticator_core::store::{Change, ChangeSet, CommitError, CommitKind, Precondition, Record};
use rusqlite::{Connection, Error, OptionalExtension};
use std::num::NonZeroU64;

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It does.
    Synced,
    /// It does not: a loss of power may undo it, and then every later unsynced one, but nothing before.
    Unsynced,
}

/// `owes_checkpoint`: the log may still have something that was deleted, and is yet to be cut.
pub(crate) fn commit(
    file: &mut OpenFile,
    owes_checkpoint: &mut bool,
    changes: &ChangeSet,
) -> Result<(), CommitError> {
    let OpenFile { connection, access, durability, .. } = file;
    if *access == Access::Read {
        return Err(CommitError::ReadOnly);
    }
    // A transaction can only be open if an earlier one could not even be rolled back.
    roll_back(connection);
    set_durability(connection, durability, changes.kind()).map_err(|error| error::writing(&error))?;
    run(connection, "BEGIN IMMEDIATE").map_err(|error| error::writing(&error))?;
    let written = write(connection, changes).and_then(|deleted| match run(connection, "COMMIT") {
        Ok(()) => Ok(deleted),
        Err(error) => Err(error::committing(&error)),
    });
    match written {
        Ok(deleted) => {
            *owes_checkpoint |= deleted == Deleted::Something;
            if *owes_checkpoint {
                // The commit has taken effect whatever becomes of this; the next one tries again.
                *owes_checkpoint = !cut_log(connection);
            }
            Ok(())
        }
        Err(error) => {
            roll_back(connection);
            Err(error)
        }
    }
}

/// Whether a commit took something away that must not be found in the log any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deleted {
    Something,
    Nothing,
}

fn write(connection: &Connection, changes: &ChangeSet) -> Result<Deleted, CommitError> {
    for required in changes.preconditions() {
        check(connection, required)?;
    }
    let mut deleted = Deleted::Nothing;
    for change in changes.changes() {
        let made = match change {
            Change::Clear => {
                deleted = Deleted::Something;
                run(connection, "DELETE FROM record")
            }
            Change::Remove { kind, id } => {
                deleted = Deleted::Something;
                connection
                    .prepare_cached("DELETE FROM record WHERE kind = ?1 AND id = ?2")
                    .and_then(|mut statement| statement.execute((kind.code(), id.0)))
                    .map(|_| ())
            }
            Change::Put(record) => put(connection, &record)?,
        };
        made.map_err(|error| error::writing(&error))?;
    }
    let stamped = connection
        .prepare_cached("UPDATE meta SET last_commit = ?1 WHERE one = 1")
        .and_then(|mut statement| statement.execute((changes.id().0,)));
    match stamped {
        Ok(1) => Ok(deleted),
        // Without its one row the file could never settle a doubt.
        Ok(_) => Err(CommitError::Failed),
        Err(error) => Err(error::writing(&error)),
    }
}

fn check(connection: &Connection, required: &Precondition) -> Result<(), CommitError> {
    let version = connection
        .prepare_cached("SELECT version FROM record WHERE kind = ?1 AND id = ?2")
        .and_then(|mut statement| {
            let query = (required.kind.code(), required.id.0);
            statement.query_row(query, |row| row.get::<_, i64>(0)).optional()
        })
        .map_err(|error| error::writing(&error))?;
    let required = required.version.map(NonZeroU64::get);
    let holds = match version {
        None => required.is_none(),
        Some(version) => u64::try_from(version).is_ok_and(|version| required == Some(version)),
    };
    if holds { Ok(()) } else { Err(CommitError::Conflict) }
}

/// The outer error: the record cannot be kept at all.
fn put(connection: &Connection, record: &Record<'_>) -> Result<Result<(), Error>, CommitError> {
    let Record { kind, id, version, number, indexes, body } = *record;
    // SQLite's integers end at 2^63 - 1; counting up one at a time, nobody gets there.
    let version = i64::try_from(version).map_err(|_| CommitError::Failed)?;
    let number = i64::try_from(number).map_err(|_| CommitError::Failed)?;
    let keys = [indexes.relying_party, indexes.credential_id, indexes.user].map(|key| key.map(|key| key.0));
    let [relying_party, credential_id, user] = keys;
    let row = (kind.code(), id.0, version, number, relying_party, credential_id, user, body);
    let written = |sql: &str| connection.prepare_cached(sql).and_then(|mut statement| statement.execute(row));
    Ok(match written(INSERT_OR_KEEP_INDEXED) {
        Ok(0) => written(REPLACE).map(|_| ()),
        inserted_or_kept => inserted_or_kept.map(|_| ()),
    })
}

/// Changes no row that is to be found elsewhere. SQLite writes an index anew wherever a column of it is set, be it to what
/// it was: and the header, which every commit replaces, is always found where it was.
const INSERT_OR_KEEP_INDEXED: &str =
    "INSERT INTO record (kind, id, version, number, relying_party, credential_id, user, body)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
     ON CONFLICT (kind, id) DO UPDATE SET version = ?3, body = ?8
        WHERE number = ?4 AND relying_party IS ?5 AND credential_id IS ?6 AND user IS ?7";

const REPLACE: &str =
    "UPDATE record SET version = ?3, number = ?4, relying_party = ?5, credential_id = ?6, user = ?7,
        body = ?8
     WHERE kind = ?1 AND id = ?2";

/// A hint may be lost: in WAL, `NORMAL` leaves the log unsynced until a checkpoint and never damages the file.
fn set_durability(
    connection: &Connection,
    durability: &mut Durability,
    kind: CommitKind,
) -> Result<(), Error> {
    let wanted = match kind {
        CommitKind::Hint => Durability::Unsynced,
        CommitKind::Guard | CommitKind::Effect => Durability::Synced,
    };
    if *durability != wanted {
        connection.execute_batch(match wanted {
            Durability::Synced => "PRAGMA synchronous = FULL",
            Durability::Unsynced => "PRAGMA synchronous = NORMAL",
        })?;
        *durability = wanted;
    }
    Ok(())
}

fn run(connection: &Connection, sql: &str) -> Result<(), Error> {
    connection.prepare_cached(sql).and_then(|mut statement| statement.execute(())).map(|_| ())
}

/// Ends a transaction that is still open. Some failures have ended it already; should even this fail, the next commit
/// tries again first.
fn roll_back(connection: &Connection) {
    if !connection.is_autocommit() {
        let _ = connection.execute_batch("ROLLBACK");
    }
}

/// Folds the log into the file and empties it; false when a reader was in the way.
pub(crate) fn cut_log(connection: &Connection) -> bool {
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get::<_, i64>(0));
    busy.is_ok_and(|busy| busy == 0)
}

#[cfg(test)]
mod tests;
