use super::Place;

#[test]
fn a_record_takes_40_bytes_of_memory() {
    assert_eq!(size_of::<Place>(), 40);
}
