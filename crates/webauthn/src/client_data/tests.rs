use super::*;
use crate::Origin;
use crate::test_support::hex;

fn page(cross_origin: bool, top_origin: Option<&str>) -> Caller {
    Caller::Web {
        origin: Origin::parse("https://example.org").unwrap(),
        top_origin: top_origin.map(|text| Origin::parse(text).unwrap()),
        cross_origin,
    }
}

fn text(client_data: &ClientData) -> &str {
    std::str::from_utf8(client_data.json().unwrap()).unwrap()
}

/// W3C WebAuthn Level 3, Test Vectors: those without `extraData`.
#[test]
fn published_client_data_comes_out_byte_for_byte() {
    use ClientDataType::{Create, Get};
    for (case, ceremony, challenge, caller, json) in [
        (
            "none-es256, authentication",
            Get,
            "39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408",
            page(false, None),
            r#"{"type":"webauthn.get","challenge":"OcDnUhQXulTUPo3JUXT0I97pvzzYBP9tZchXyav01Ag","origin":"https://example.org","crossOrigin":false}"#,
        ),
        (
            "none-es256-topOrigin, registration",
            Create,
            "4e1f4c6198699e33c14f192153f49d7e0e8e3577d5ac416c5f3adc92a41f27e5",
            page(true, Some("https://example.com")),
            r#"{"type":"webauthn.create","challenge":"Th9MYZhpnjPBTxkhU_Sdfg6ONXfVrEFsXzrckqQfJ-U","origin":"https://example.org","crossOrigin":true,"topOrigin":"https://example.com"}"#,
        ),
        (
            "none-es256-long-credential-id, registration",
            Create,
            "1113c7265ccf5e65124282fa1d7819a7a14cb8539aa4cdbec7487e5f35d8ec6c",
            page(false, None),
            r#"{"type":"webauthn.create","challenge":"ERPHJlzPXmUSQoL6HXgZp6FMuFOapM2-x0h-XzXY7Gw","origin":"https://example.org","crossOrigin":false}"#,
        ),
        (
            "packed-es384, authentication",
            Get,
            "ff41c3d25dbd8966fb61e28ef5e47041e137ed268520412d76202ba0ad2d1453",
            page(false, None),
            r#"{"type":"webauthn.get","challenge":"_0HD0l29iWb7YeKO9eRwQeE37SaFIEEtdiAroK0tFFM","origin":"https://example.org","crossOrigin":false}"#,
        ),
        (
            "packed-es512, authentication (a challenge of 128 bytes)",
            Get,
            "08d3190c6dcb3d4f0cb659a0333bf5ea124ddf36a0cd33d5204b0d7a22a8cc26f2e4f169d200285c77b3fb22e0f1c7f49a87d4be2d25e92d797808ddaaa9b5715efd3a6ada9339d3052a687dbc5d2f8c871b0451e0691f57ad138541b7b72e7aa8933729ec1c664bf2e4dedae1616d08ecefa80a2a53b103663ce5a881048829",
            page(false, None),
            r#"{"type":"webauthn.get","challenge":"CNMZDG3LPU8MtlmgMzv16hJN3zagzTPVIEsNeiKozCby5PFp0gAoXHez-yLg8cf0mofUvi0l6S15eAjdqqm1cV79OmrakznTBSpofbxdL4yHGwRR4GkfV60ThUG3ty56qJM3KewcZkvy5N7a4WFtCOzvqAoqU7EDZjzlqIEEiCk","origin":"https://example.org","crossOrigin":false}"#,
        ),
    ] {
        let client_data = ClientData::collect(ceremony, &hex(challenge), &caller);
        assert_eq!(text(&client_data), json, "{case}");
        assert_eq!(client_data.hash()[..], Sha256::digest(json)[..], "{case}");
    }
}

#[test]
fn the_topmost_origin_stands_only_where_the_frame_is_embedded_across_origins() {
    let same_origin =
        ClientData::collect(ClientDataType::Get, b"c", &page(false, Some("https://example.com")));
    assert!(!text(&same_origin).contains("topOrigin"));
    let unknown_top = ClientData::collect(ClientDataType::Get, b"c", &page(true, None));
    assert!(text(&unknown_top).ends_with(r#""crossOrigin":true}"#));
}

#[test]
fn s32_an_app_speaks_with_its_own_origin() {
    let origin = "android:apk-key-hash:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    for (package_name, member) in
        [(None, ""), (Some("com.example.app"), r#","androidPackageName":"com.example.app""#)]
    {
        let package_name = package_name.map(str::to_owned);
        let caller = Caller::App { origin: Origin::parse(origin).unwrap(), package_name };
        let client_data = ClientData::collect(ClientDataType::Create, &[0xff; 3], &caller);
        let expected = format!(
            r#"{{"type":"webauthn.create","challenge":"____","origin":"{origin}","crossOrigin":false{member}}}"#
        );
        assert_eq!(text(&client_data), expected);
    }
}

#[test]
fn s14_a_hash_from_the_platform_is_used_as_it_is() {
    let client_data = ClientData::HashOnly([7; 32]);
    assert_eq!(client_data.hash(), &[7; 32]);
    assert_eq!(client_data.json(), None);
}

#[test]
fn strings_are_escaped_as_the_specification_says_and_no_further() {
    let mut json = String::new();
    push_string(&mut json, "a\"b\\c/\u{0}\n\u{1f}\u{7f}é\u{2028}😀");
    assert_eq!(json, "\"a\\\"b\\\\c/\\u0000\\u000a\\u001f\u{7f}é\u{2028}😀\"");
}

#[test]
fn debug_shows_neither_challenge_nor_origin() {
    let client_data = ClientData::collect(ClientDataType::Get, b"challenge", &page(false, None));
    assert_eq!(format!("{client_data:?}"), "Collected(CollectedClientData(..))");
}
