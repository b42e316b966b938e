//! Reads: one prepared statement each, ended before the read returns.

use authenticator_core::store::{
    BlindKey, CommitId, Index, Indexes, MAX_BODY, Query, Record, RecordId, RecordKind, Visit,
};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result, Row};
use std::ops::ControlFlow;

/// A statement for the rows where `$condition` holds. `?3` is the longest body there is: one that claims to be longer is
/// not even read. `octet_length` looks at a cell's head only.
macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT kind, version, number,
                CASE WHEN octet_length(id) = 16 THEN id END,
                CASE WHEN octet_length(relying_party) = 16 THEN relying_party END,
                CASE WHEN octet_length(credential_id) = 16 THEN credential_id END,
                CASE WHEN octet_length(user) = 16 THEN user END,
                CASE WHEN octet_length(body) <= ?3 THEN body END
             FROM record ",
            $condition
        )
    };
}

const BY_ID: &str = select!("WHERE kind = ?1 AND id = ?2");

// Each names its index: a plan that walks the table fails to prepare instead of growing slow.
const BY_KIND: &str =
    select!("INDEXED BY record_by_kind WHERE kind = ?1 AND number BETWEEN 0 AND ?2 ORDER BY number DESC");
const BY_RELYING_PARTY: &str = select!(
    "INDEXED BY record_by_relying_party WHERE relying_party = ?1 AND number BETWEEN 0 AND ?2 ORDER BY number DESC"
);
const BY_CREDENTIAL_ID: &str = select!(
    "INDEXED BY record_by_credential_id WHERE credential_id = ?1 AND number BETWEEN 0 AND ?2 ORDER BY number DESC"
);
const BY_USER: &str =
    select!("INDEXED BY record_by_user WHERE user = ?1 AND number BETWEEN 0 AND ?2 ORDER BY number DESC");

pub(crate) fn read(connection: &Connection, query: &Query, visit: Visit<'_>) -> Result<ControlFlow<()>> {
    let longest = i64::try_from(MAX_BODY).unwrap_or(i64::MAX);
    // While a visitor runs, its read has the cached statement; a read of the same kind inside it gets one of its own.
    let mut statement = connection.prepare_cached(match query {
        Query::Record { .. } => BY_ID,
        Query::Kind { .. } => BY_KIND,
        Query::Index { index: Index::RelyingParty, .. } => BY_RELYING_PARTY,
        Query::Index { index: Index::CredentialId, .. } => BY_CREDENTIAL_ID,
        Query::Index { index: Index::User, .. } => BY_USER,
    })?;
    let mut rows = match query {
        Query::Record { kind, id } => statement.query((kind.code(), id.0, longest))?,
        Query::Kind { before: Some(0), .. } | Query::Index { before: Some(0), .. } => {
            return Ok(ControlFlow::Continue(()));
        }
        Query::Kind { kind, before } => statement.query((kind.code(), newest(*before), longest))?,
        Query::Index { key, before, .. } => statement.query((key.0, newest(*before), longest))?,
    };
    while let Some(row) = rows.next()? {
        if visit_row(row, visit)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// The highest number of a page. No number of ours is above `i64::MAX`: it could not have been committed.
fn newest(before: Option<u64>) -> i64 {
    before.map_or(i64::MAX, |before| i64::try_from(before.saturating_sub(1)).unwrap_or(i64::MAX))
}

/// Hands a row on. Where a cell is not what it should be, the record goes without its body, which no seal opens: so the
/// core counts it as damaged. A row that does not even say which record it is is passed over.
fn visit_row(row: &Row<'_>, visit: Visit<'_>) -> Result<ControlFlow<()>> {
    let kind =
        unsigned(row.get_ref(0)?).and_then(|code| u8::try_from(code).ok()).and_then(RecordKind::from_code);
    let (Some(kind), Some(id)) = (kind, sixteen(row.get_ref(3)?)) else {
        return Ok(ControlFlow::Continue(()));
    };
    let (version, number) = (unsigned(row.get_ref(1)?), unsigned(row.get_ref(2)?));
    let body = match (row.get_ref(7)?, version, number) {
        (ValueRef::Blob(body), Some(_), Some(_)) => body,
        _ => &[],
    };
    let indexes = Indexes {
        relying_party: sixteen(row.get_ref(4)?).map(BlindKey),
        credential_id: sixteen(row.get_ref(5)?).map(BlindKey),
        user: sixteen(row.get_ref(6)?).map(BlindKey),
    };
    Ok(visit(Record {
        kind,
        id: RecordId(id),
        version: version.unwrap_or(0),
        number: number.unwrap_or(0),
        indexes,
        body,
    }))
}

fn unsigned(cell: ValueRef<'_>) -> Option<u64> {
    match cell {
        ValueRef::Integer(value) => u64::try_from(value).ok(),
        _ => None,
    }
}

fn sixteen(cell: ValueRef<'_>) -> Option<[u8; 16]> {
    match cell {
        ValueRef::Blob(bytes) => bytes.try_into().ok(),
        _ => None,
    }
}

/// The id of the last commit. A file that lost the row, or has something else in it, is an error.
pub(crate) fn last_commit(connection: &Connection) -> Result<Option<CommitId>> {
    let mut statement = connection.prepare_cached("SELECT last_commit FROM meta WHERE one = 1")?;
    statement.query_row((), |row| row.get::<_, Option<[u8; 16]>>(0)).map(|id| id.map(CommitId))
}

#[cfg(test)]
mod tests;
