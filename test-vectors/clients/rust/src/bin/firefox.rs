//! Firefox's client library (`authenticator`), with a key that is factory-new and approves.

use authenticator::authenticatorservice::{AuthenticatorService, RegisterArgs, SignArgs};
use authenticator::crypto::{COSEAlgorithm, COSEKeyType};
use authenticator::ctap2::server::{
    AuthenticationExtensionsClientInputs, AuthenticationExtensionsPRFInputs,
    AuthenticationExtensionsPRFValues, PublicKeyCredentialDescriptor, PublicKeyCredentialParameters,
    PublicKeyCredentialUserEntity, RelyingParty, ResidentKeyRequirement, Transport,
    UserVerificationRequirement,
};
use authenticator::statecallback::StateCallback;
use authenticator::{GetAssertionResult, MakeCredentialsResult, Pin, StatusPinUv, StatusUpdate};
use authenticator_foreign_clients::{PIN, Rows, hold};
use p256::EncodedPoint;
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel};

const RP_ID: &str = "firefox.example";
const TIMEOUT_MS: u64 = 30_000;
const HASH: [u8; 32] = [0xA5; 32];

type Extensions = AuthenticationExtensionsClientInputs;

/// Answers what the library asks of a person: the PIN.
fn person() -> Sender<StatusUpdate> {
    let (sender, updates): (Sender<StatusUpdate>, Receiver<StatusUpdate>) = channel();
    std::thread::spawn(move || {
        for update in updates {
            match update {
                StatusUpdate::PinUvError(StatusPinUv::PinRequired(pin)) => {
                    pin.send(Pin::new(PIN)).expect("it waits for the PIN");
                }
                StatusUpdate::SelectResultNotice(choice, users) => {
                    choice.send((!users.is_empty()).then_some(0)).expect("it waits for the choice");
                }
                _ => {}
            }
        }
    });
    sender
}

/// Runs one command of the service to its end.
fn ask<T: Send + 'static>(
    begin: impl FnOnce(
        &mut AuthenticatorService,
        Sender<StatusUpdate>,
        StateCallback<authenticator::Result<T>>,
    ) -> authenticator::Result<()>,
) -> Result<T, String> {
    let mut service = AuthenticatorService::new().map_err(|error| format!("{error:?}"))?;
    service.add_u2f_usb_hid_platform_transports();
    let (sender, result) = channel();
    let callback = StateCallback::new(Box::new(move |outcome| {
        let _ = sender.send(outcome);
    }));
    begin(&mut service, person(), callback).map_err(|error| format!("{error:?}"))?;
    let outcome = result.recv().map_err(|_| "it never answered".to_owned())?;
    outcome.map_err(|error| format!("{error:?}"))
}

fn register(
    user: &str,
    resident: ResidentKeyRequirement,
    verification: UserVerificationRequirement,
    exclude: &[Vec<u8>],
    extensions: Extensions,
) -> Result<MakeCredentialsResult, String> {
    let args = RegisterArgs {
        client_data_hash: HASH,
        relying_party: RelyingParty { id: RP_ID.to_owned(), name: None },
        origin: format!("https://{RP_ID}"),
        user: PublicKeyCredentialUserEntity {
            id: user.as_bytes().to_vec(),
            name: Some(user.to_owned()),
            display_name: None,
        },
        pub_cred_params: vec![PublicKeyCredentialParameters { alg: COSEAlgorithm::ES256 }],
        exclude_list: descriptors(exclude),
        user_verification_req: verification,
        resident_key_req: resident,
        extensions,
        pin: None,
        use_ctap1_fallback: false,
    };
    ask(|service, status, callback| service.register(TIMEOUT_MS, args, status, callback))
}

fn sign(
    allow: &[Vec<u8>],
    verification: UserVerificationRequirement,
    extensions: Extensions,
) -> Result<GetAssertionResult, String> {
    let args = SignArgs {
        client_data_hash: HASH,
        origin: format!("https://{RP_ID}"),
        relying_party_id: RP_ID.to_owned(),
        allow_list: descriptors(allow),
        user_verification_req: verification,
        user_presence_req: true,
        extensions,
        pin: None,
        use_ctap1_fallback: false,
    };
    ask(|service, status, callback| service.sign(TIMEOUT_MS, args, status, callback))
}

fn descriptors(ids: &[Vec<u8>]) -> Vec<PublicKeyCredentialDescriptor> {
    let descriptor =
        |id: &Vec<u8>| PublicKeyCredentialDescriptor { id: id.clone(), transports: vec![Transport::USB] };
    ids.iter().map(descriptor).collect()
}

/// The credential's id, and its key as a judge of signatures.
fn passkey(made: &MakeCredentialsResult) -> Result<(Vec<u8>, VerifyingKey), String> {
    let data = made.att_obj.auth_data.credential_data.as_ref().ok_or("no credential data")?;
    let COSEKeyType::EC2(key) = &data.credential_public_key.key else {
        return Err("not an EC2 key".to_owned());
    };
    let (x, y) = (<[u8; 32]>::try_from(&key.x[..]), <[u8; 32]>::try_from(&key.y[..]));
    let (Ok(x), Ok(y)) = (x, y) else { return Err("coordinates that are not 32 bytes".to_owned()) };
    let point = EncodedPoint::from_affine_coordinates(&x.into(), &y.into(), false);
    let key = VerifyingKey::from_encoded_point(&point).map_err(|_| "no point of the curve")?;
    Ok((data.credential_id.clone(), key))
}

fn verified(key: &VerifyingKey, signed: &GetAssertionResult, bits: u8) -> Result<(), String> {
    let assertion = &signed.assertion;
    let flags = assertion.auth_data.flags.bits();
    hold(flags & 0x05 == bits, &format!("its flags are {flags:#04x}"))?;
    let signature = Signature::from_der(&assertion.signature).map_err(|_| "no DER signature")?;
    let message = [&assertion.auth_data.to_vec()[..], &HASH].concat();
    key.verify(&message, &signature).map_err(|_| "the signature is wrong".to_owned())
}

fn prf_inputs(first: &[u8]) -> Extensions {
    let eval = AuthenticationExtensionsPRFValues { first: first.to_vec(), second: None };
    let prf = AuthenticationExtensionsPRFInputs { eval: Some(eval), eval_by_credential: None };
    Extensions { prf: Some(prf), ..Extensions::default() }
}

fn prf_result(signed: GetAssertionResult) -> Result<Vec<u8>, String> {
    let results = signed.extensions.prf.and_then(|prf| prf.results).ok_or("no PRF results")?;
    hold(results.first.len() == 32, "the PRF's result is not 32 bytes")?;
    Ok(results.first)
}

fn main() -> ExitCode {
    use ResidentKeyRequirement::{Discouraged, Required};
    use UserVerificationRequirement::{Discouraged as Unverified, Required as Verified};

    let mut rows = Rows::of("Firefox's authenticator", "0.5.0");
    let made = register("without a PIN", Discouraged, Unverified, &[], Extensions::default());
    let made = rows.row("register without a PIN", made.and_then(|made| passkey(&made)));
    if let Some((id, key)) = &made {
        let signed = sign(std::slice::from_ref(id), Unverified, Extensions::default());
        rows.row("sign in without a PIN", signed.and_then(|signed| verified(key, &signed, 0x01)));
        let again = register(
            "without a PIN",
            Discouraged,
            Unverified,
            std::slice::from_ref(id),
            Extensions::default(),
        );
        rows.refused("register what the exclude list names", "CredentialExcluded", again);
    }
    let stranger = sign(&[vec![7; 64]], Unverified, Extensions::default());
    rows.refused("sign in with somebody else's credential", "NoCredentials", stranger);

    let set = ask(|service, status, callback| service.set_pin(TIMEOUT_MS, Pin::new(PIN), status, callback));
    rows.row("set a PIN", set);
    let wanted = Extensions { cred_props: Some(true), ..prf_inputs(b"a registration's input") };
    let made = register("with a PIN", Required, Verified, &[], wanted).and_then(|made| {
        let props = made.extensions.cred_props.as_ref().is_some_and(|props| props.rk);
        hold(props, "credProps does not say rk")?;
        let enabled = made.extensions.prf.as_ref().and_then(|prf| prf.enabled);
        hold(enabled == Some(true), "the PRF is not enabled")?;
        passkey(&made)
    });
    let made = rows.row("register a passkey with a PIN, credProps and PRF", made);
    if let Some((id, key)) = &made {
        let signed = sign(&[], Verified, Extensions::default());
        rows.row("sign in without an allow list", signed.and_then(|signed| verified(key, &signed, 0x05)));
        let allow = std::slice::from_ref(id);
        let first = sign(allow, Verified, prf_inputs(b"one input")).and_then(prf_result);
        let again = sign(allow, Verified, prf_inputs(b"one input")).and_then(prf_result);
        let other = sign(allow, Verified, prf_inputs(b"another input")).and_then(prf_result);
        let judged = first.and_then(|first| {
            hold(first == again?, "one input gave two results")?;
            hold(first != other?, "two inputs gave one result")
        });
        rows.row("PRF: the same input, the same result", judged);
    }
    let reset = ask(|service, status, callback| service.reset(TIMEOUT_MS, status, callback));
    rows.row("reset", reset);
    let gone = sign(&[], Unverified, Extensions::default());
    rows.refused("sign in after the reset", "NoCredentials", gone);
    rows.end()
}
