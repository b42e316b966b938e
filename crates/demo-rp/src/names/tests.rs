use super::{origin, rp_id, user_name};
use crate::RpError;

fn fits(text: &str, domain: &str) -> bool {
    origin(text, &rp_id(domain).unwrap()).is_ok()
}

#[test]
fn origins_on_and_below_the_domain_fit() {
    assert!(fits("https://example.com", "example.com"));
    assert!(fits("https://login.example.com:8443", "example.com"));
    assert!(fits("http://localhost:8080", "localhost"));
}

#[test]
fn other_origins_do_not() {
    for wrong in [
        "",
        "example.com",
        "http://example.com",
        "https://example.com/",
        "https://badexample.com",
        "https://.example.com",
        "https://example.org",
        "https://example.com:port",
        "ssh://example.com",
    ] {
        assert!(!fits(wrong, "example.com"), "{wrong}");
    }
}

#[test]
fn names_are_checked() {
    assert!(matches!(rp_id(""), Err(RpError::InvalidRpId)));
    assert!(matches!(rp_id("exämple.com"), Err(RpError::InvalidRpId)));
    assert!(matches!(user_name(""), Err(RpError::InvalidUserName)));
    assert!(matches!(user_name("two words"), Err(RpError::InvalidUserName)));
    assert_eq!(user_name("alice@example.com").unwrap().as_ref(), "alice@example.com");
}
