//! Whether the file is whole, and how large it is.

use crate::error;
use crate::store::SqliteStore;
use authenticator_core::store::StoreError;
use rusqlite::{Connection, ErrorCode};
use std::path::PathBuf;

/// What SQLite itself says of the file. Of the records in it that says nothing: their seals do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileCheck {
    /// How many faults there are in the file's structure: pages that do not fit together, an index that is not of its
    /// table. Counting ends at 100.
    pub faults: u64,
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
            format: u32::try_from(number("user_version")?).unwrap_or_default(),
            page_size: number("page_size")?,
            pages: number("page_count")?,
            free_pages: number("freelist_count")?,
            log_bytes: log_bytes(connection),
        })
    }
}

fn faults(connection: &Connection) -> rusqlite::Result<u64> {
    let counted = connection.prepare("PRAGMA integrity_check").and_then(|mut statement| {
        let rows =
            statement.query_map((), |row| Ok(row.get_ref(0)?.as_str().is_ok_and(|text| text == "ok")))?;
        rows.map(|whole| whole.map(|whole| u64::from(!whole))).sum()
    });
    match counted {
        // So damaged that not even the check gets through.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => Ok(1),
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
