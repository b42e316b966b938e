use super::*;
use crate::error::{DomException, ErrorKind};

/// What is expected of a row: an id, or why there is none.
type Row = (&'static str, Option<&'static str>, Result<&'static str, RpIdError>);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    // The default is the host; the port plays no part.
    ("https://example.com", None, Ok("example.com")),
    ("https://login.example.com", None, Ok("login.example.com")),
    ("https://login.example.com:8443", None, Ok("login.example.com")),
    ("https://intranet", None, Ok("intranet")),
    ("http://localhost:8080", None, Ok("localhost")),
    ("http://app.localhost", None, Ok("app.localhost")),
    ("https://127.0.0.1", None, Err(RpIdError::OriginIsAddress)),
    ("http://127.0.0.1:8080", None, Err(RpIdError::OriginIsAddress)),
    ("http://[::1]", None, Err(RpIdError::OriginIsAddress)),

    // Equal, or a parent domain that can be registered.
    ("https://example.com", Some("example.com"), Ok("example.com")),
    ("https://login.example.com", Some("login.example.com"), Ok("login.example.com")),
    ("https://login.example.com", Some("example.com"), Ok("example.com")),
    ("https://a.b.c.example.com:8443", Some("c.example.com"), Ok("c.example.com")),
    ("https://www.example.co.uk", Some("example.co.uk"), Ok("example.co.uk")),
    ("https://a.ada.github.io", Some("ada.github.io"), Ok("ada.github.io")),
    ("https://www.xn--bcher-kva.example", Some("xn--bcher-kva.example"), Ok("xn--bcher-kva.example")),
    ("https://host.corp.internal", Some("corp.internal"), Ok("corp.internal")),
    ("http://localhost", Some("localhost"), Ok("localhost")),
    ("http://app.localhost", Some("app.localhost"), Ok("app.localhost")),
    // A host may name itself even where strangers register below it: nobody else can use the credential.
    ("https://github.io", Some("github.io"), Ok("github.io")),
    // The public suffix list has exceptions: www.ck is a site, below the suffix *.ck.
    ("https://a.www.ck", Some("www.ck"), Ok("www.ck")),

    // Public suffixes, of registries and of hosting companies.
    ("https://example.com", Some("com"), Err(RpIdError::PublicSuffix)),
    ("https://www.example.co.uk", Some("co.uk"), Err(RpIdError::PublicSuffix)),
    ("https://www.example.co.uk", Some("uk"), Err(RpIdError::PublicSuffix)),
    ("https://ada.github.io", Some("github.io"), Err(RpIdError::PublicSuffix)),
    ("https://ada.github.io", Some("io"), Err(RpIdError::PublicSuffix)),
    ("https://ada.pages.dev", Some("pages.dev"), Err(RpIdError::PublicSuffix)),
    ("https://shop.example.ck", Some("example.ck"), Err(RpIdError::PublicSuffix)),
    ("https://host.internal", Some("internal"), Err(RpIdError::PublicSuffix)),
    ("http://app.localhost", Some("localhost"), Err(RpIdError::PublicSuffix)),
    // No suffix by itself, but the host's suffix (*.compute.amazonaws.com) is below it.
    ("https://vm.us-east-1.compute.amazonaws.com", Some("compute.amazonaws.com"), Err(RpIdError::PublicSuffix)),
    ("https://vm.us-east-1.compute.amazonaws.com", Some("amazonaws.com"), Err(RpIdError::PublicSuffix)),
    ("https://a.xn--55qx5d.cn", Some("xn--55qx5d.cn"), Err(RpIdError::PublicSuffix)),

    // Other sites.
    ("https://example.com", Some("evil.com"), Err(RpIdError::NotASuffix)),
    ("https://evil-example.com", Some("example.com"), Err(RpIdError::NotASuffix)),
    ("https://evilexample.com", Some("example.com"), Err(RpIdError::NotASuffix)),
    ("https://example.com", Some("evil-example.com"), Err(RpIdError::NotASuffix)),
    ("https://example.com.evil.com", Some("example.com"), Err(RpIdError::NotASuffix)),
    ("https://example.com", Some("login.example.com"), Err(RpIdError::NotASuffix)),
    ("https://login.example.com", Some("pay.example.com"), Err(RpIdError::NotASuffix)),
    ("https://example.com", Some("example.org"), Err(RpIdError::NotASuffix)),
    ("https://ada.github.io", Some("bob.github.io"), Err(RpIdError::NotASuffix)),
    ("https://login.example.com", Some("gin.example.com"), Err(RpIdError::NotASuffix)),
    ("https://example.com", Some("localhost"), Err(RpIdError::NotASuffix)),
    ("http://localhost", Some("example.com"), Err(RpIdError::NotASuffix)),

    // Not a domain name at all.
    ("https://example.com", Some(""), Err(RpIdError::Malformed(HostNameError::Empty))),
    ("https://example.com", Some("."), Err(RpIdError::Malformed(HostNameError::EmptyLabel))),
    ("https://example.com", Some(".com"), Err(RpIdError::Malformed(HostNameError::EmptyLabel))),
    ("https://example.com", Some(".example.com"), Err(RpIdError::Malformed(HostNameError::EmptyLabel))),
    ("https://example.com", Some("example.com."), Err(RpIdError::Malformed(HostNameError::TrailingDot))),
    ("https://example.com", Some("Example.com"), Err(RpIdError::Malformed(HostNameError::UpperCase))),
    ("https://example.com", Some("EXAMPLE.COM"), Err(RpIdError::Malformed(HostNameError::UpperCase))),
    ("https://example.com", Some("https://example.com"), Err(RpIdError::Malformed(HostNameError::Character))),
    ("https://example.com", Some("example.com:443"), Err(RpIdError::Malformed(HostNameError::Character))),
    ("https://example.com", Some("example.com/"), Err(RpIdError::Malformed(HostNameError::Character))),
    ("https://example.com", Some(" example.com"), Err(RpIdError::Malformed(HostNameError::Character))),
    ("https://example.com", Some("example.com\0"), Err(RpIdError::Malformed(HostNameError::Character))),
    ("https://example.com", Some("*.example.com"), Err(RpIdError::Malformed(HostNameError::Character))),
    ("https://xn--bcher-kva.example", Some("bücher.example"), Err(RpIdError::Malformed(HostNameError::Character))),
    // A Cyrillic letter that looks like the Latin one.
    ("https://example.com", Some("ex\u{430}mple.com"), Err(RpIdError::Malformed(HostNameError::Character))),
    ("https://example.com", Some("127.0.0.1"), Err(RpIdError::Malformed(HostNameError::IpAddress))),
    ("https://example.com", Some("0x7f.1"), Err(RpIdError::Malformed(HostNameError::IpAddress))),
    ("https://example.com", Some("::1"), Err(RpIdError::Malformed(HostNameError::IpAddress))),
    ("https://example.com", Some("[::1]"), Err(RpIdError::Malformed(HostNameError::IpAddress))),
    // An address has no relying party id, not even its own.
    ("https://192.168.0.1", Some("192.168.0.1"), Err(RpIdError::OriginIsAddress)),
    ("https://192.168.0.1", Some("0.1"), Err(RpIdError::OriginIsAddress)),
    ("http://[::1]", Some("localhost"), Err(RpIdError::OriginIsAddress)),
];

#[test]
fn s14_a_page_may_only_name_its_own_site() {
    assert!(TABLE.len() >= 40);
    for (origin, requested, expected) in TABLE {
        let parsed = Origin::parse(origin).unwrap_or_else(|error| panic!("{origin}: {error}"));
        let found = effective_rp_id(&parsed, *requested);
        match expected {
            Ok(id) => {
                let found = found.unwrap_or_else(|error| panic!("{origin} {requested:?}: {error:?}"));
                assert_eq!(found.as_str(), *id);
            }
            Err(why) => {
                let error = found.expect_err(origin);
                assert_eq!(error.kind(), &ErrorKind::RpId(*why), "{origin} {requested:?}");
                assert_eq!(error.name(), DomException::SecurityError);
            }
        }
    }
}

#[test]
fn s32_an_app_origin_never_passes_as_a_page() {
    let app = Origin::parse("android:apk-key-hash:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU").unwrap();
    let error = effective_rp_id(&app, Some("example.com")).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::RpId(RpIdError::OriginIsApp));
}

#[test]
fn debug_and_errors_do_not_name_the_site() {
    let origin = Origin::parse("https://secret-site.example").unwrap();
    let id = effective_rp_id(&origin, None).unwrap();
    assert_eq!(format!("{id:?}"), "RpId(..)");
    let error = effective_rp_id(&origin, Some("other-secret.example")).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"));
}
