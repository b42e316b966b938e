//! Whether the file is whole, and how large it is.

use crate::commit;
use crate::error;
use crate::open::Access;
use crate::store::SqliteStore;
use authenticator_core::store::{CommitError, RecordKind, StoreError};
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use std::path::PathBuf;

/// What SQLite itself says of the file. Of the records in it that says nothing: their seals do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileCheck {
    /// How many faults there are in the file's structure: pages that do not fit together, an index that is not of its
    /// table. Counting ends at 100.
    pub faults: u64,
    /// How many rows are none of ours: they name no record, so that every read passes them over, or are in place of the last
    /// commit's id. [`remove_strays`](SqliteStore::remove_strays) mends that.
    pub strays: u64,
    /// The version of the file's tables.
    pub format: u32,
    /// The size of a page in bytes.
    pub page_size: u64,
    /// How many pages the file has.
    pub pages: u64,
    /// How many of them are not in use.
    pub free_pages: u64,
    /// The size in bytes of the log beside the file; 0 when there is none.
    pub log_bytes: u64,
}

impl SqliteStore {
    /// Reads the whole file and checks its structure; writes nothing. It takes as long as the file is large.
    ///
    /// # Errors
    /// [`StoreError`] when the file could not be read, or is suspended. A damaged one is none: that is what the check is for.
    pub fn check_file(&self) -> Result<FileCheck, StoreError> {
        let connection = &self.open.as_ref().ok_or(StoreError::Busy)?.connection;
        let number = |pragma| number(connection, pragma).map_err(|error| error::reading(&error));
        Ok(FileCheck {
            faults: faults(connection).map_err(|error| error::reading(&error))?,
            strays: strays(connection).map_err(|error| error::reading(&error))?,
            format: u32::try_from(number("user_version")?).unwrap_or_default(),
            page_size: number("page_size")?,
            pages: number("page_count")?,
            free_pages: number("freelist_count")?,
            log_bytes: log_bytes(connection),
        })
    }

    /// Removes the rows that are none of ours, all or none; says how many there were. A file that is not whole without them
    /// is left as it is, for its tables cannot be trusted to say what is a row: that is [`CommitError::Failed`].
    ///
    /// What a later version of this library has written may be none of ours, too. Only its header says that there is such a
    /// one: open an authenticator over the store before, and remove nothing where that refuses it.
    ///
    /// # Errors
    /// [`CommitError`]; nothing has changed.
    pub fn remove_strays(&mut self) -> Result<u64, CommitError> {
        let open = self.open.as_mut().ok_or(CommitError::Busy)?;
        if open.access == Access::Read {
            return Err(CommitError::ReadOnly);
        }
        // A row can only be removed by who reads its keys, however long they are: as long as the file at most.
        let usual =
            open.connection.limit(Limit::SQLITE_LIMIT_LENGTH).map_err(|error| error::writing(&error))?;
        let removed = set_longest(&open.connection, i32::MAX)
            .map_err(|error| error::writing(&error))
            .and_then(|()| remove(&mut open.connection));
        set_longest(&open.connection, usual).map_err(|error| error::writing(&error))?;
        self.owes_checkpoint |= removed.as_ref().is_ok_and(|removed| *removed > 0);
        if self.owes_checkpoint {
            self.owes_checkpoint = !commit::cut_log(&open.connection);
        }
        removed
    }
}

fn set_longest(connection: &Connection, longest: i32) -> rusqlite::Result<()> {
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, longest).map(drop)
}

/// The rows that no read hands on, or a second header. It asks for the lengths of cells and reads none that is longer than ours.
fn stray_rows() -> String {
    let kinds: Vec<String> = (0..=u8::MAX)
        .filter_map(RecordKind::from_code)
        .filter(|kind| *kind != RecordKind::Header)
        .map(|kind| kind.code().to_string())
        .collect();
    format!(
        "FROM record NOT INDEXED WHERE NOT CASE
            WHEN typeof(kind) <> 'integer' OR typeof(number) <> 'integer' OR number < 0 THEN FALSE
            WHEN typeof(id) <> 'blob' OR octet_length(id) <> 16 THEN FALSE
            WHEN kind = 0 THEN id = zeroblob(16)
            ELSE kind IN ({}) END",
        kinds.join(", ")
    )
}

/// The second row of a table that has one.
const OTHER_META: &str = "one <> 1";

const STRAY_COMMIT: &str =
    "last_commit IS NOT NULL AND (typeof(last_commit) <> 'blob' OR octet_length(last_commit) <> 16)";

fn strays(connection: &Connection) -> rusqlite::Result<u64> {
    let count =
        |sql: &str| connection.query_row(&format!("SELECT count(*) {sql}"), (), |row| row.get::<_, i64>(0));
    let counted = count(&stray_rows()).and_then(|rows| {
        Ok(rows.saturating_add(count(&format!("FROM meta WHERE {OTHER_META} OR {STRAY_COMMIT}"))?))
    });
    match counted {
        // The check of the structure says so.
        Err(error) if is_damage(&error) => Ok(0),
        // A count is never negative.
        counted => counted.map(|count| u64::try_from(count).unwrap_or_default()),
    }
}

fn remove(connection: &mut Connection) -> Result<u64, CommitError> {
    let writing = |error: rusqlite::Error| error::writing(&error);
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(writing)?;
    let rows = transaction.execute(&format!("DELETE {}", stray_rows()), ()).map_err(writing)?;
    let others = transaction.execute(&format!("DELETE FROM meta WHERE {OTHER_META}"), ()).map_err(writing)?;
    // Without it a commit in doubt is taken for one that did not take effect; the next one sets it.
    let cells = transaction
        .execute(&format!("UPDATE meta SET last_commit = NULL WHERE {STRAY_COMMIT}"), ())
        .map_err(writing)?;
    if faults(&transaction).map_err(writing)? > 0 {
        // Dropped, the transaction is rolled back.
        return Err(CommitError::Failed);
    }
    transaction.commit().map_err(|error| error::committing(&error))?;
    Ok(u64::try_from(rows.saturating_add(others).saturating_add(cells)).unwrap_or(u64::MAX))
}

/// So damaged that not even the check gets through, or a cell longer than any of ours.
fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::TooBig))
}

fn faults(connection: &Connection) -> rusqlite::Result<u64> {
    let counted = connection.prepare("PRAGMA integrity_check").and_then(|mut statement| {
        let rows =
            statement.query_map((), |row| Ok(row.get_ref(0)?.as_str().is_ok_and(|text| text == "ok")))?;
        rows.map(|whole| whole.map(|whole| u64::from(!whole))).sum()
    });
    match counted {
        Err(error) if is_damage(&error) => Ok(1),
        counted => counted,
    }
}

fn number(connection: &Connection, pragma: &str) -> rusqlite::Result<u64> {
    let number: i64 = connection.pragma_query_value(None, pragma, |row| row.get(0))?;
    // None of them is ever negative.
    Ok(u64::try_from(number).unwrap_or_default())
}

fn log_bytes(connection: &Connection) -> u64 {
    let log = connection.path().map(|path| PathBuf::from(format!("{path}-wal")));
    log.and_then(|log| log.metadata().ok()).map_or(0, |metadata| metadata.len())
}

#[cfg(test)]
mod tests;
