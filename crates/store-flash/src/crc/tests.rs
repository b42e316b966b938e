use super::Crc;

#[test]
fn the_check_value_of_the_catalogue() {
    let mut crc = Crc::new();
    crc.update(b"1234");
    crc.update(b"56789");
    assert_eq!(crc.value(), 0xCBF4_3926);
}
