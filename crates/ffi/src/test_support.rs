//! What the tests of this crate share: a store in a folder of its own, and a site.

use crate::{
    AttestationSetup, Authenticator, Caller, Ceremony, ClientData, KeyAnswer, KeyBackend, Settings,
    SignatureAnswer, Step, UserAnswer, VerificationSetup,
};
use authenticator_core::Manage;
use authenticator_core::store::Listed;
use authenticator_host::blocking;
use std::ops::ControlFlow;
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) const DEVICE_KEY: [u8; 32] = [7; 32];

pub(crate) const APPROVED: UserAnswer = UserAnswer::Approved { verified: true, chosen: None };

pub(crate) fn settings(keys: KeyBackend) -> Settings {
    Settings {
        aaguid: vec![0; 16],
        verification: VerificationSetup::Configured,
        keys,
        attestation: AttestationSetup::SelfSigned,
    }
}

pub(crate) fn host_keys() -> KeyBackend {
    KeyBackend::Host { algorithms: vec![-7] }
}

/// An authenticator on disk. The folder goes when this does.
pub(crate) struct Bench {
    pub(crate) authenticator: Arc<Authenticator>,
    folder: TempDir,
}

impl Bench {
    pub(crate) fn new(keys: KeyBackend) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authenticator = open(&folder, keys);
        Self { authenticator, folder }
    }

    /// The same store, as another process would open it.
    pub(crate) fn reopened(&self, keys: KeyBackend) -> Arc<Authenticator> {
        open(&self.folder, keys)
    }

    pub(crate) fn create(&self, user: &str) -> Arc<Ceremony> {
        create(&self.authenticator, user)
    }

    pub(crate) fn get(&self) -> Arc<Ceremony> {
        get(&self.authenticator)
    }

    pub(crate) fn register(&self, user: &str) -> String {
        let ceremony = self.create(user);
        ceremony.answer_user(APPROVED).unwrap();
        response(&ceremony)
    }
}

fn open(folder: &TempDir, keys: KeyBackend) -> Arc<Authenticator> {
    let path = folder.path().join("passkeys.db").to_string_lossy().into_owned();
    Authenticator::open(path, DEVICE_KEY.to_vec(), settings(keys)).unwrap()
}

pub(crate) fn site() -> Caller {
    Caller::Web { origin: "https://login.example.com".into(), top_origin: None, cross_origin: false }
}

pub(crate) fn creation_options(user: &str) -> String {
    let user = authenticator_webauthn::base64url::encode(user.as_bytes());
    format!(
        r#"{{"rp": {{"id": "example.com", "name": "Example"}},
            "user": {{"id": "{user}", "name": "ada", "displayName": "Ada"}},
            "challenge": "AAECAwQFBgcICQoLDA0ODw",
            "pubKeyCredParams": [{{"type": "public-key", "alg": -7}}],
            "attestation": "direct",
            "authenticatorSelection": {{"residentKey": "required"}}}}"#
    )
}

pub(crate) const REQUEST_OPTIONS: &str =
    r#"{"rpId": "example.com", "challenge": "EBESExQVFhcYGRobHB0eHw", "userVerification": "required"}"#;

pub(crate) fn create(authenticator: &Arc<Authenticator>, user: &str) -> Arc<Ceremony> {
    Arc::clone(authenticator).start_create(creation_options(user), site(), ClientData::Build).unwrap()
}

pub(crate) fn get(authenticator: &Arc<Authenticator>) -> Arc<Ceremony> {
    Arc::clone(authenticator).start_get(REQUEST_OPTIONS.into(), site(), ClientData::Build).unwrap()
}

/// The response of a ceremony that has succeeded.
pub(crate) fn response(ceremony: &Ceremony) -> String {
    match ceremony.step().unwrap() {
        Step::Done { response_json } => response_json,
        other => panic!("no response: {other:?}"),
    }
}

/// The failure of a ceremony that has failed, and the key to be destroyed.
pub(crate) fn failure(ceremony: &Ceremony) -> (crate::Failure, Option<Vec<u8>>) {
    match ceremony.step().unwrap() {
        Step::Failed { failure, unused_key } => (failure, unused_key),
        other => panic!("no failure: {other:?}"),
    }
}

/// Any well-formed P-256 key: nothing here is verified with it.
pub(crate) fn made(handle: &[u8]) -> KeyAnswer {
    let head = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
    let mut public_key: Vec<u8> =
        (0..head.len()).step_by(2).map(|at| u8::from_str_radix(&head[at..at + 2], 16).unwrap()).collect();
    public_key.extend([5; 64]);
    KeyAnswer::Made { public_key, key_handle: handle.to_vec() }
}

pub(crate) fn signed() -> SignatureAnswer {
    SignatureAnswer::Signed { signature: vec![0x30; 70] }
}

/// Deletes every passkey, as an app will that shows its user a list of them.
pub(crate) fn delete_all(authenticator: &Authenticator) {
    let awake = authenticator.awake().unwrap();
    let mut session = awake.new_session();
    awake.with(&mut session, |device| {
        let mut records = Vec::new();
        let listed = device.context().vault().unwrap().credentials(None, &mut |listed| {
            if let Listed::Credential(entry) = listed {
                records.push(entry.record);
            }
            ControlFlow::Continue(())
        });
        assert_eq!(listed, Ok(ControlFlow::Continue(())));
        for record in records {
            blocking::manage(device, Manage::Delete(record)).unwrap();
        }
    });
}
