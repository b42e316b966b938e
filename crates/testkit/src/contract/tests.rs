//! The macro against the list of properties.

use super::Property;

#[test]
fn the_macro_has_a_test_for_each_property_and_no_other() {
    let source = include_str!("../contract.rs");
    let tests: Vec<_> =
        source.lines().filter_map(|line| line.trim().strip_prefix("fn ")?.strip_suffix("() {")).collect();
    assert_eq!(tests, Property::ALL.map(Property::name));
    for property in Property::ALL {
        let body = format!(
            "fn {}() {{\n                check::<$fixture>(Property::{property:?});",
            property.name()
        );
        assert!(source.contains(&body), "{property:?}");
    }
}
