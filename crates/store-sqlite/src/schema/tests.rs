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
