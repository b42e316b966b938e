//! Our decoder against the one of ctap-types: where both accept a request, they read the same values.

use authenticator_core::{
    Algorithm, ClientPin, Command, CredentialManagement, GetAssertion, LargeBlobs, MakeCredential, Text,
    decode,
};
use authenticator_testkit::cbor::{self, Value};
use authenticator_testkit::request::{
    Request, algorithm, client_pin, credential_management, descriptor, get_assertion, make_credential,
    read_large_blobs, write_large_blobs,
};
use ctap_types::ctap2;
use ctap_types::ctap2::client_pin::PinV1Subcommand;
use ctap_types::ctap2::credential_management::Subcommand as ManagementSubcommand;
use ctap_types::webauthn::{KnownPublicKeyCredentialParameters, PublicKeyCredentialDescriptorRef};

fn same_list(ours: Vec<&[u8]>, theirs: Option<&[PublicKeyCredentialDescriptorRef<'_>]>) {
    let public_keys = theirs.unwrap_or_default().iter().filter(|listed| listed.key_type == "public-key");
    assert_eq!(ours, public_keys.map(|listed| listed.id.as_ref()).collect::<Vec<&[u8]>>());
}

fn same_options(ours: [Option<bool>; 3], theirs: Option<&ctap2::AuthenticatorOptions>) {
    let theirs = theirs.map_or([None; 3], |options| [options.rk, options.up, options.uv]);
    assert_eq!(ours, theirs);
}

fn same_registration(ours: &MakeCredential<'_>, theirs: &ctap2::make_credential::Request<'_>) {
    assert_eq!(ours.client_data_hash.0.as_slice(), theirs.client_data_hash.as_ref());
    assert_eq!(ours.rp_id, theirs.rp.id.as_str());
    assert_eq!(ours.user.id, theirs.user.id.as_slice());
    // They cut names at 64 bytes when they decode, we when we store.
    let cut = |name: Option<&str>| {
        let boundary =
            |name: &str| (0..=name.len().min(64)).rev().find(|place| name.is_char_boundary(*place));
        name.map(|name| name[..boundary(name).expect("0 is one")].to_owned())
    };
    assert_eq!(cut(ours.user.name), theirs.user.name.as_ref().map(|name| name.as_str().to_owned()));
    assert_eq!(
        cut(ours.user.display_name),
        theirs.user.display_name.as_ref().map(|name| name.as_str().to_owned())
    );
    let theirs_algorithms = theirs.pub_key_cred_params.0.iter().map(|known| match known {
        KnownPublicKeyCredentialParameters::ES256 => Algorithm::Es256,
        KnownPublicKeyCredentialParameters::EdDSA => Algorithm::EdDsa,
        other => panic!("{other:?} is not ours"),
    });
    let mut first_of_each: Vec<Algorithm> = Vec::new();
    theirs_algorithms.for_each(|algorithm| {
        if !first_of_each.contains(&algorithm) {
            first_of_each.push(algorithm);
        }
    });
    assert_eq!(ours.algorithms.as_slice(), first_of_each);
    same_list(ours.exclude.ids().collect(), theirs.exclude_list.as_deref());
    let cred_protect = theirs.extensions.as_ref().and_then(|extensions| extensions.cred_protect);
    assert_eq!(ours.extensions.cred_protect.map(|level| level.level()), cred_protect);
    let uv = theirs.options.as_ref().and_then(|options| options.uv);
    assert_eq!(ours.uv, uv.unwrap_or(false) && theirs.pin_auth.is_none());
    same_options([ours.rk, ours.up, uv], theirs.options.as_ref());
    assert_eq!(ours.pin_uv_auth.param, theirs.pin_auth.map(|param| param.as_ref()));
    assert_eq!(ours.pin_uv_auth.protocol, theirs.pin_protocol.map(u64::from));
    assert_eq!(ours.enterprise_attestation, theirs.enterprise_attestation.map(u64::from));
}

fn same_sign_in(ours: &GetAssertion<'_>, theirs: &ctap2::get_assertion::Request<'_>) {
    assert_eq!(ours.rp_id, theirs.rp_id);
    assert_eq!(ours.client_data_hash.0.as_slice(), theirs.client_data_hash.as_ref());
    same_list(ours.allow.ids().collect(), theirs.allow_list.as_deref());
    let options = theirs.options.as_ref();
    assert_eq!(ours.up, options.and_then(|options| options.up).unwrap_or(true));
    assert_eq!(ours.uv, options.and_then(|options| options.uv).unwrap_or(false) && theirs.pin_auth.is_none());
    assert_eq!(ours.rk_present, options.is_some_and(|options| options.rk.is_some()));
    assert_eq!(ours.pin_uv_auth.param, theirs.pin_auth.map(|param| param.as_ref()));
    assert_eq!(ours.pin_uv_auth.protocol, theirs.pin_protocol.map(u64::from));
}

fn same_pin(ours: &ClientPin<'_>, theirs: &ctap2::client_pin::Request<'_>) {
    assert_eq!(ours.protocol, theirs.pin_protocol.map(u64::from));
    let subcommand = match theirs.sub_command {
        PinV1Subcommand::GetRetries => 0x01,
        PinV1Subcommand::GetKeyAgreement => 0x02,
        PinV1Subcommand::SetPin => 0x03,
        PinV1Subcommand::ChangePin => 0x04,
        PinV1Subcommand::GetPinToken => 0x05,
        PinV1Subcommand::GetPinUvAuthTokenUsingUvWithPermissions => 0x06,
        PinV1Subcommand::GetUVRetries => 0x07,
        PinV1Subcommand::GetPinUvAuthTokenUsingPinWithPermissions => 0x09,
        _ => panic!("a subcommand that CTAP does not have"),
    };
    assert_eq!(ours.subcommand, subcommand);
    assert_eq!(ours.permissions, theirs.permissions.map(u64::from));
    assert_eq!(ours.rp_id, theirs.rp_id);
}

fn same_management(ours: &CredentialManagement<'_>, theirs: &ctap2::credential_management::Request<'_>) {
    let subcommand = match theirs.sub_command {
        ManagementSubcommand::GetCredsMetadata => 0x01,
        ManagementSubcommand::EnumerateRpsBegin => 0x02,
        ManagementSubcommand::EnumerateRpsGetNextRp => 0x03,
        ManagementSubcommand::EnumerateCredentialsBegin => 0x04,
        ManagementSubcommand::EnumerateCredentialsGetNextCredential => 0x05,
        ManagementSubcommand::DeleteCredential => 0x06,
        ManagementSubcommand::UpdateUserInformation => 0x07,
        _ => panic!("a subcommand that CTAP does not have"),
    };
    assert_eq!(ours.subcommand, subcommand);
    let parameters = theirs.sub_command_params.as_ref();
    let rp_id_hash = parameters.and_then(|parameters| parameters.rp_id_hash);
    assert_eq!(ours.rp_id_hash.map(|hash| hash.0), rp_id_hash.map(|hash| **hash));
    let credential = parameters.and_then(|parameters| parameters.credential_id.as_ref());
    let named = credential.map(|named| if named.key_type == "public-key" { named.id.as_ref() } else { &[] });
    assert_eq!(ours.credential_id, named);
    let user = parameters.and_then(|parameters| parameters.user.as_ref());
    assert_eq!(ours.user.map(|user| user.id), user.map(|user| user.id.as_ref()));
    let kept = |name: Option<&str>| name.map(|name| Text::<64>::truncated(name).as_str().to_owned());
    let names = ours.user.map(|user| [kept(user.name), kept(user.display_name)]);
    assert_eq!(names, user.map(|user| [kept(user.name.as_deref()), kept(user.display_name.as_deref())]));
    assert_eq!(ours.pin_uv_auth.param, theirs.pin_auth.map(|param| param.as_ref()));
    assert_eq!(ours.pin_uv_auth.protocol, theirs.pin_protocol.map(u64::from));
}

/// Compares what both make of a request. Whether both took it.
fn same_large_blobs(ours: &LargeBlobs<'_>, theirs: &ctap2::large_blobs::Request<'_>) {
    assert_eq!(ours.get, theirs.get.map(u64::from));
    assert_eq!(ours.set, theirs.set.map(|fragment| fragment.as_ref()));
    assert_eq!(ours.offset, Some(u64::from(theirs.offset)));
    assert_eq!(ours.length, theirs.length.map(u64::from));
    assert_eq!(ours.pin_uv_auth.param, theirs.pin_uv_auth_param.map(|param| param.as_ref()));
    assert_eq!(ours.pin_uv_auth.protocol, theirs.pin_uv_auth_protocol.map(u64::from));
}

fn agree(request: &[u8]) -> bool {
    let (Ok(ours), Ok(theirs)) = (decode(request, 7609), ctap2::Request::deserialize(request)) else {
        return false;
    };
    match (ours, theirs) {
        (Command::MakeCredential(ours), ctap2::Request::MakeCredential(theirs)) => {
            same_registration(&ours, &theirs)
        }
        (Command::GetAssertion(ours), ctap2::Request::GetAssertion(theirs)) => same_sign_in(&ours, &theirs),
        (Command::ClientPin(ours), ctap2::Request::ClientPin(theirs)) => same_pin(&ours, &theirs),
        (Command::CredentialManagement(ours), ctap2::Request::CredentialManagement(theirs)) => {
            same_management(&ours, &theirs)
        }
        (Command::LargeBlobs(ours), ctap2::Request::LargeBlobs(theirs)) => same_large_blobs(&ours, &theirs),
        (Command::GetNextAssertion, ctap2::Request::GetNextAssertion)
        | (Command::GetInfo, ctap2::Request::GetInfo)
        | (Command::Reset, ctap2::Request::Reset)
        | (Command::Selection, ctap2::Request::Selection) => {}
        (ours, theirs) => panic!("{ours:?} is no {theirs:?}"),
    }
    true
}

fn good_requests() -> Vec<Vec<u8>> {
    let make = || make_credential("example.com", b"user 1");
    let get = || get_assertion("example.com");
    let user = |id: &[u8], name: &str| {
        cbor::map([("id", cbor::bytes(id)), ("name", name.into()), ("displayName", name.into())])
    };
    let ids: [&[u8]; 3] = [b"0123456789abcdef", &[0xFF; 64], &[0; 96]];
    let other_type = cbor::map([("id", cbor::bytes(b"id")), ("type", Value::from("password"))]);
    let (x, y) = (cbor::bytes(&[0xA1; 32]), cbor::bytes(&[0xB2; 32]));
    let key = [(1, 2.into()), (3, Value::from(-25)), (-1, 1.into()), (-2, x), (-3, y)];
    let pin = client_pin(3).with(1, 1).with(3, cbor::map(key));
    let hash = cbor::bytes(&[6; 16]);
    let mut requests: Vec<Request> = vec![
        make(),
        make().with(2, cbor::map([("id", "localhost")])),
        make().with(3, cbor::map([("id", cbor::bytes(&[7; 64]))])),
        make().with(3, user(&[0], "")),
        make().with(3, user(b"user", &"n".repeat(65))),
        make().with(3, user(b"user", &"é".repeat(40))),
        make().with(3, user(b"user", &format!("a{}", "日".repeat(30)))),
        make().with(4, cbor::array([algorithm(-8)])),
        make().with(4, cbor::array([algorithm(-8), algorithm(-257), algorithm(-7)])),
        make().with(4, cbor::array([algorithm(-7), algorithm(-7)])),
        make().with(4, cbor::array([algorithm(-65535)])),
        make().with(4, Value::Array(vec![])),
        make().list(ids),
        make().with(5, cbor::array([other_type.clone()])),
        make().with(8, cbor::bytes(&[])).with(9, 1),
        make().with(8, cbor::bytes(&[9; 32])).with(9, 2).option("uv", true),
        make().with(10, 1),
        make().with(11, cbor::array(["packed", "none"])),
        get(),
        get().list(ids),
        get().with(3, cbor::array([other_type])),
        get().with(6, cbor::bytes(&[6; 16])).with(7, 1),
        get().option("rk", true),
        client_pin(1),
        client_pin(2).with(1, 2),
        client_pin(7).with(1, 1),
        pin.clone().with(4, cbor::bytes(&[4; 32])).with(5, cbor::bytes(&[5; 80])),
        pin.clone()
            .with(2, 4)
            .with(4, cbor::bytes(&[4; 16]))
            .with(5, cbor::bytes(&[5; 64]))
            .with(6, hash.clone()),
        pin.clone().with(2, 5).with(6, hash.clone()),
        pin.clone().with(2, 6).with(9, 0x83).with(10, "example.com"),
        pin.with(2, 9).with(6, hash).with(9, 4),
    ];
    requests.extend([
        read_large_blobs(960, 17),
        write_large_blobs(&[], 0, Some(4096)),
        write_large_blobs(&[7; 960], 960, None).with(5, cbor::bytes(&[5; 32])).with(6, 2),
    ]);
    let named = (2, descriptor(b"0123456789abcdef"));
    requests.extend((1..=7).map(credential_management));
    requests.extend([
        credential_management(1).as_preview(),
        authorised_management(4, [(1, cbor::bytes(&[1; 32]))]),
        authorised_management(6, [named.clone()]),
        authorised_management(7, [named.clone(), (3, user(b"user", ""))]),
        authorised_management(7, [named, (3, user(&[7; 64], &"é".repeat(40)))]).as_preview(),
    ]);
    requests.extend([1, 2, 3].map(|level| make().extension("credProtect", level)));
    for name in ["rk", "up", "uv"] {
        for value in [false, true] {
            requests.extend([make().option(name, value), get().option(name, value)]);
        }
    }
    let mut encoded: Vec<Vec<u8>> = requests.iter().map(Request::encode).collect();
    encoded.extend([0x04, 0x07, 0x08, 0x0B].map(|command| vec![command]));
    encoded
}

fn authorised_management(subcommand: u8, parameters: impl IntoIterator<Item = (i64, Value)>) -> Request {
    credential_management(subcommand).parameters(parameters).with(3, 2).with(4, cbor::bytes(&[4; 32]))
}

/// Covers: GEN-06
#[test]
fn gen05_both_decoders_take_every_good_request_and_read_the_same() {
    for request in good_requests() {
        assert!(decode(&request, 7609).is_ok(), "we refuse {request:02x?}");
        assert!(agree(&request), "ctap-types refuses {request:02x?}");
    }
}

#[test]
fn gen16_both_decoders_read_the_same_out_of_every_changed_request_they_both_take() {
    let make = make_credential("example.com", b"user 1").list([b"listed".as_slice()]).option("rk", true);
    let get = get_assertion("example.com").list([b"listed".as_slice()]).option("up", false);
    let pin = client_pin(9).with(1, 1).with(6, cbor::bytes(&[6; 16])).with(9, 3).with(10, "example.com");
    let user = cbor::map([("id", cbor::bytes(b"user")), ("name", Value::from("alice"))]);
    let parameters = [(1, cbor::bytes(&[1; 32])), (2, descriptor(b"id")), (3, user)];
    let management = authorised_management(7, parameters);
    let blobs =
        write_large_blobs(b"0123456789abcdefg", 0, Some(17)).with(5, cbor::bytes(&[5; 16])).with(6, 1);
    for request in [make.encode(), get.encode(), pin.encode(), management.encode(), blobs.encode()] {
        let mut both = 0;
        for place in 1..request.len() {
            for change in 1..=255 {
                let mut changed = request.clone();
                changed[place] ^= change;
                // Serde takes the byte string "rk" for the text "rk"; to CTAP it is a key nobody knows (GEN-10).
                let text_became_bytes = (request[place] >> 5, changed[place] >> 5) == (3, 2);
                both += usize::from(!text_became_bytes && agree(&changed));
            }
        }
        assert!(both > 1_000, "only {both} were taken by both");
    }
}
