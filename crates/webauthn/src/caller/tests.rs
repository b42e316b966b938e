use super::*;
use crate::error::{DomException, Error, ErrorKind};
use crate::host_name::HostNameError;
use crate::rp_id::RpIdError;

fn page() -> Origin {
    Origin::parse("https://login.example.com").unwrap()
}

fn app() -> Origin {
    Origin::parse("android:apk-key-hash:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU").unwrap()
}

fn refused(result: Result<RpId, Error>) -> ErrorKind {
    let error = result.unwrap_err();
    assert_eq!(error.name(), DomException::SecurityError);
    error.kind().clone()
}

#[test]
fn s14_a_page_goes_by_the_suffix_rule() {
    let caller = Caller::Web { origin: page(), top_origin: None, cross_origin: false };
    assert_eq!(caller.effective_rp_id(None).unwrap().as_str(), "login.example.com");
    assert_eq!(caller.effective_rp_id(Some("example.com")).unwrap().as_str(), "example.com");
    assert_eq!(refused(caller.effective_rp_id(Some("com"))), ErrorKind::RpId(RpIdError::PublicSuffix));
}

#[test]
fn s32_a_verified_app_names_its_relying_party() {
    let caller = Caller::App { origin: app(), package_name: None };
    assert_eq!(caller.effective_rp_id(Some("example.com")).unwrap().as_str(), "example.com");
    assert_eq!(refused(caller.effective_rp_id(None)), ErrorKind::RpId(RpIdError::MissingForApp));
    assert_eq!(
        refused(caller.effective_rp_id(Some("127.0.0.1"))),
        ErrorKind::RpId(RpIdError::Malformed(HostNameError::IpAddress))
    );
}

#[test]
fn s32_the_kind_of_caller_and_its_origin_must_agree() {
    let page_as_app = Caller::App { origin: page(), package_name: None };
    let kind = refused(page_as_app.effective_rp_id(Some("bank.example")));
    assert_eq!(kind, ErrorKind::Origin(OriginError::NotApp));

    let app_as_page = Caller::Web { origin: app(), top_origin: None, cross_origin: false };
    let kind = refused(app_as_page.effective_rp_id(Some("bank.example")));
    assert_eq!(kind, ErrorKind::Origin(OriginError::NotWeb));
}

#[test]
fn what_is_said_of_the_page_around_a_frame_must_not_contradict_itself() {
    let caller = |top_origin: Option<Origin>, cross_origin| {
        let caller = Caller::Web { origin: page(), top_origin, cross_origin };
        caller.effective_rp_id(Some("example.com"))
    };
    let other = || Some(Origin::parse("https://evil.example").unwrap());
    assert_eq!(refused(caller(other(), false)), ErrorKind::Origin(OriginError::TopOrigin));
    for cross_origin in [false, true] {
        assert_eq!(refused(caller(Some(app()), cross_origin)), ErrorKind::Origin(OriginError::NotWeb));
        assert!(caller(None, cross_origin).is_ok());
        // A page within another that is embedded in it is embedded across origins, too.
        assert!(caller(Some(page()), cross_origin).is_ok());
    }
    assert!(caller(other(), true).is_ok());
}
