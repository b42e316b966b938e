use super::*;
use crate::{Caller, Origin};

fn caller(origin: &str) -> Caller {
    let origin = Origin::parse(origin).unwrap();
    if origin.is_app() {
        Caller::App { origin, package_name: None }
    } else {
        Caller::Web { origin, top_origin: None, cross_origin: false }
    }
}

const APP: &str = "android:apk-key-hash:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[test]
fn a_page_uses_the_app_ids_of_its_site() {
    for app_id in [
        "https://example.com",
        "https://example.com/",
        "https://example.com/appid.json",
        "https://u2f.example.com:8443/a/b?c#d",
        "https://login.example.com",
    ] {
        assert_eq!(check(&caller("https://login.example.com"), app_id).as_deref(), Ok(app_id));
    }
}

#[test]
fn nothing_means_the_callers_own_origin() {
    for origin in ["https://login.example.com", "http://localhost:8080", APP] {
        for app_id in ["", origin] {
            assert_eq!(check(&caller(origin), app_id).as_deref(), Ok(origin));
        }
    }
}

#[test]
fn other_sites_are_refused() {
    for (origin, app_id) in [
        ("https://login.example.com", "https://example.org/"),
        ("https://login.example.com", "https://example.com.evil.test"),
        ("https://alice.github.io", "https://bob.github.io"),
        ("https://alice.github.io", "https://github.io"),
        ("https://a.example.co.uk", "https://b.other.co.uk"),
        ("http://localhost", "https://localhost"),
        ("https://127.0.0.1", "https://example.com"),
        (APP, "https://example.com"),
    ] {
        assert_eq!(check(&caller(origin), app_id), Err(AppIdError::OtherSite), "{origin} {app_id}");
    }
}

#[test]
fn what_is_no_https_address_is_refused() {
    for app_id in [
        "example.com",
        "http://example.com",
        "HTTPS://example.com",
        "https://",
        "https:///path",
        "https://Example.com",
        "https://user@example.com",
        "https://example.com\\@evil.test",
        "https://example.com:",
        "https://example.com:+443",
        "https://example.com:99999",
        "https://exa mple.com",
        "https://127.0.0.1",
        "android:apk-key-hash:x",
    ] {
        assert_eq!(check(&caller("https://example.com"), app_id), Err(AppIdError::Malformed), "{app_id}");
    }
}
