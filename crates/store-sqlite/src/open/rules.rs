//! The rules a connection is under, one test each.

use super::*;
use crate::SqliteStore;
use crate::test_support::{place, register, world};
use rusqlite::ErrorCode;

/// What the connection of a new store says of itself.
fn setting(name: &str) -> i64 {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.connection().pragma_query_value(None, name, |row| row.get(0)).unwrap()
}

/// A connection under the rules, over whatever the test likes.
fn hardened(set_up: &str) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(set_up).unwrap();
    harden(&connection).unwrap();
    connection
}

fn refusal(connection: &Connection, sql: &str) -> rusqlite::Error {
    connection.query_row(sql, (), |_| Ok(())).unwrap_err()
}

#[test]
fn the_file_says_whose_it_is() {
    assert_eq!(setting("application_id"), 0x4175_7468);
    assert_eq!(setting("user_version"), 1);
}

#[test]
fn commits_go_to_a_log() {
    let (folder, path) = place();
    let mut world = world(&path, 1);
    let mode: String =
        world.store.connection().pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    let before = std::fs::read(&path).unwrap();
    register(&mut world, "a.example", "user").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert!(std::fs::metadata(folder.path().join("passkeys.db-wal")).unwrap().len() > 4096);
}

#[test]
fn commits_reach_the_disk() {
    let full = 2;
    assert_eq!(setting("synchronous"), full);
}

#[test]
fn commits_reach_the_platter_on_apple() {
    assert_eq!(setting("fullfsync"), 1);
    assert_eq!(setting("checkpoint_fullfsync"), 1);
}

#[test]
fn what_is_deleted_is_overwritten() {
    assert_eq!(setting("secure_delete"), 1);
}

#[test]
fn nothing_is_put_into_temporary_files() {
    let memory = 2;
    assert_eq!(setting("temp_store"), memory);
}

#[test]
fn another_process_is_waited_for() {
    assert_eq!(setting("busy_timeout"), 2000);
}

#[test]
fn cells_longer_than_their_page_are_damage() {
    assert_eq!(setting("cell_size_check"), 1);
}

#[test]
fn functions_in_a_schema_are_not_trusted() {
    assert_eq!(setting("trusted_schema"), 0);
    // load_extension() is the kind of function that a default could smuggle in.
    let connection = hardened("CREATE TABLE t (x, y DEFAULT (load_extension('evil')))");
    let refused = connection.execute("INSERT INTO t (x) VALUES (1)", ()).unwrap_err();
    assert!(refused.to_string().contains("unsafe use of"), "{refused}");
}

#[test]
fn the_schema_cannot_be_edited() {
    let connection = hardened("CREATE TABLE t (x)");
    connection.execute_batch("PRAGMA writable_schema = ON").unwrap();
    let refused = connection.execute("UPDATE sqlite_schema SET sql = 'nonsense'", ()).unwrap_err();
    assert!(refused.to_string().contains("may not be modified"), "{refused}");
}

#[test]
fn triggers_do_not_fire() {
    let connection = hardened(
        "CREATE TABLE t (x); CREATE TABLE fired (x);
         CREATE TRIGGER evil AFTER INSERT ON t BEGIN INSERT INTO fired VALUES (1); END",
    );
    connection.execute("INSERT INTO t VALUES (1)", ()).unwrap();
    let fired: i64 = connection.query_row("SELECT count(*) FROM fired", (), |row| row.get(0)).unwrap();
    assert_eq!(fired, 0);
}

#[test]
fn views_are_not_read() {
    let connection = hardened("CREATE TABLE t (x); CREATE VIEW v AS SELECT x FROM t");
    let refused = refusal(&connection, "SELECT x FROM v");
    assert!(refused.to_string().contains("view \"v\" prohibited"), "{refused}");
}

#[test]
fn a_name_in_double_quotes_is_never_a_text() {
    let connection = hardened("CREATE TABLE t (x)");
    assert!(refusal(&connection, "SELECT \"no such column\" FROM t").to_string().contains("no such column"));
}

#[test]
fn cells_longer_than_any_of_ours_are_refused() {
    let connection = hardened("");
    assert_eq!(refusal(&connection, "SELECT zeroblob(70000)").sqlite_error_code(), Some(ErrorCode::TooBig));
    let length: i64 = connection.query_row("SELECT length(zeroblob(60000))", (), |row| row.get(0)).unwrap();
    assert_eq!(length, 60000);
}

#[test]
fn no_other_database_is_attached() {
    let connection = hardened("");
    let refused = connection.execute_batch("ATTACH ':memory:' AS other").unwrap_err();
    assert!(refused.to_string().contains("too many attached databases"), "{refused}");
}
