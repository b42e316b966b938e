use super::*;
use crate::error::{DomException, ErrorKind};

/// SHA-256 of some certificate, as Android writes it.
const APP: &str = "android:apk-key-hash:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

#[test]
fn origins_are_made_canonical() {
    for (text, canonical, domain) in [
        ("https://example.com", "https://example.com", Some("example.com")),
        ("https://example.com/", "https://example.com", Some("example.com")),
        ("HTTPS://Login.Example.COM", "https://login.example.com", Some("login.example.com")),
        ("https://example.com:443", "https://example.com", Some("example.com")),
        ("https://example.com:0443", "https://example.com", Some("example.com")),
        ("https://example.com:8443", "https://example.com:8443", Some("example.com")),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example", Some("xn--bcher-kva.example")),
        ("https://intranet", "https://intranet", Some("intranet")),
        ("https://a--b.example", "https://a--b.example", Some("a--b.example")),
        ("http://localhost", "http://localhost", Some("localhost")),
        ("http://localhost:80/", "http://localhost", Some("localhost")),
        ("http://localhost:8080", "http://localhost:8080", Some("localhost")),
        ("http://app.localhost:3000", "http://app.localhost:3000", Some("app.localhost")),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", None),
        ("http://[::1]:8080", "http://[::1]:8080", None),
        ("https://192.168.0.1", "https://192.168.0.1", None),
        (APP, APP, None),
    ] {
        let origin = Origin::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(origin.as_str(), canonical);
        assert_eq!(origin.domain(), domain, "{text}");
        assert_eq!(origin.is_app(), text == APP);
        assert_ne!(origin.is_app(), origin.is_web());
    }
}

#[test]
fn hostile_origins_are_refused() {
    use HostNameError::*;
    use OriginError::*;
    let long_label = format!("https://{}.example", "a".repeat(64));
    let long_name = format!("https://{}example", "abcdefg.".repeat(32));
    for (text, error) in [
        ("", OriginError::Empty),
        ("example.com", Scheme),
        ("//example.com", Scheme),
        ("ftp://example.com", Scheme),
        ("file:///etc/passwd", Scheme),
        ("javascript://example.com", Scheme),
        (" https://example.com", Scheme),
        ("null", Scheme),
        ("android:app", Scheme),
        ("ios:bundle-id:com.example", Scheme),
        ("http://example.com", Insecure),
        ("http://localhost.example.com", Insecure),
        ("http://evil-localhost", Insecure),
        ("http://127.0.0.2", Insecure),
        ("https://user@example.com", UserInfo),
        ("https://example.com:pass@evil.com", UserInfo),
        ("https://example.com/login", Path),
        ("https://example.com//", Path),
        ("https://example.com\\evil.com", Path),
        ("https://example.com?x", Query),
        ("https://example.com#x", Query),
        ("https://example.com:", Port),
        ("https://example.com:+443", Port),
        ("https://example.com:0", Port),
        ("https://example.com:65536", Port),
        ("https://example.com:80:80", Port),
        ("https://::1", Port),
        ("https://", Host(HostNameError::Empty)),
        ("https://:443", Host(HostNameError::Empty)),
        ("https://.", Host(EmptyLabel)),
        ("https://example.com.", Host(TrailingDot)),
        ("https://example..com", Host(EmptyLabel)),
        ("https://.example.com", Host(EmptyLabel)),
        ("https://example.com..", Host(EmptyLabel)),
        ("https://bücher.example", NotAscii),
        ("https://example。com", NotAscii),
        ("https://exa mple.com", Host(Character)),
        ("https://example.com\n", Host(Character)),
        ("https://example.com\0", Host(Character)),
        ("https://ex%61mple.com", Host(Character)),
        ("https://my_app.example.com", Host(Character)),
        ("https://*.example.com", Host(Character)),
        ("https://-example.com", Host(Hyphen)),
        ("https://example-.com", Host(Hyphen)),
        ("https://2130706433", Host(IpAddress)),
        ("https://0x7f000001", Host(IpAddress)),
        ("https://127.1", Host(IpAddress)),
        ("https://127.0.0.1.", Host(IpAddress)),
        ("https://256.0.0.1", Host(IpAddress)),
        ("https://[2001:db8::1]", Host(IpAddress)),
        (&long_label, Host(TooLong)),
        (&long_name, Host(TooLong)),
        ("android:apk-key-hash:", AppKeyHash),
        ("android:apk-key-hash:AAAA", AppKeyHash),
        ("android:apk-key-hash:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=", AppKeyHash),
        ("android:apk-key-hash:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", AppKeyHash),
        ("android:apk-key-hash:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFV", AppKeyHash),
        ("android:apk-key-hash:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU/", AppKeyHash),
    ] {
        let refused = Origin::parse(text).expect_err(text);
        assert_eq!(refused.kind(), &ErrorKind::Origin(error), "{text:?}");
        assert_eq!(refused.name(), DomException::SecurityError);
    }
}

#[test]
fn debug_and_errors_do_not_name_the_site() {
    let origin = Origin::parse("https://secret-site.example").unwrap();
    assert_eq!(format!("{origin:?}"), "Origin(web)");
    let error = Origin::parse("http://secret-site.example").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret-site"));
}
