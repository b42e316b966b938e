use super::*;

#[test]
fn a_new_database_is_empty_and_then_current() {
    let mut connection = Connection::open_in_memory().unwrap();
    assert_eq!(standing(&connection), Ok(Standing::Empty));
    migrate(&mut connection).unwrap();
    assert_eq!(standing(&connection), Ok(Standing::Current));
    assert_eq!(verify(&connection), Ok(()));
    // Once more changes nothing.
    migrate(&mut connection).unwrap();
    assert_eq!(verify(&connection), Ok(()));
}

/// A released migration that is edited is a format nobody else has: a new version is a new entry.
#[test]
fn the_first_version_never_changes() {
    let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    assert_eq!(MIGRATIONS[0].bytes().fold(0xCBF2_9CE4_8422_2325, fnv), 0x9864_BDDD_9275_F8DC);
}

/// There has been one version yet; so this is a second one that only the test has.
#[test]
fn an_older_version_is_brought_up_to_date_in_one_transaction() {
    let row = "INSERT INTO record VALUES (1, zeroblob(16), 1, 1, NULL, NULL, NULL, x'AA')";
    let second = "ALTER TABLE record ADD COLUMN later INTEGER; UPDATE meta SET last_commit = zeroblob(16);";
    let fails = "DROP TABLE meta; CREATE TABLE record (again);";
    let mut connection = Connection::open_in_memory().unwrap();
    migrate(&mut connection).unwrap();
    connection.execute(row, ()).unwrap();
    assert_eq!(standing_at(&connection, 2), Ok(Standing::Older(1)));
    assert!(migrate_by(&mut connection, &[MIGRATIONS[0], fails]).is_err());
    assert_eq!(verify(&connection), Ok(()), "one that fails has changed nothing");

    for _ in 0..2 {
        migrate_by(&mut connection, &[MIGRATIONS[0], second]).unwrap();
        assert_eq!(standing_at(&connection, 2), Ok(Standing::Current));
    }
    let kept: (Vec<u8>, Option<i64>) = connection
        .query_row("SELECT body, later FROM record", (), |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(kept, (vec![0xAA], None));
    // To whoever does not know it, it is of a later version.
    assert_eq!(standing(&connection), Err(OpenError::Newer { version: 2 }));
    assert_eq!(verify(&connection), Err(OpenError::ForeignSchema));
}
