//! Everything that crosses the boundary, as plain data: what a ceremony is started with, what its steps ask for, and what
//! they are answered with. No type of this file prints a name, an id, a handle or a key.

use crate::failure::Failure;
use std::fmt;
use zeroize::Zeroize;

/// What the authenticator is.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Settings {
    /// The model's AAGUID, 16 bytes. Random ones are the app's to take; keep it over versions (AD-06).
    pub aaguid: Vec<u8>,
    /// Whether the app can verify its user now.
    pub verification: VerificationSetup,
    /// Who makes and uses the private keys.
    pub keys: KeyBackend,
    /// What a site gets that asks for an attestation.
    pub attestation: AttestationSetup,
}

/// Whether the app can verify its user, by a screen lock or by biometrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum VerificationSetup {
    /// It never can.
    Unsupported,
    /// It could, but the user has set nothing up.
    NotConfigured,
    /// It can.
    Configured,
}

/// What a site gets that asks for an attestation. One that asks for none gets none in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum AttestationSetup {
    /// A packed self attestation: the new key signs for itself, so it is used once while it is being made.
    SelfSigned,
    /// None. For keys of the app's own that need a biometric prompt for each use: making one takes no second prompt then.
    None,
}

/// Who makes and uses the private keys of new passkeys.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum KeyBackend {
    /// This library: private keys lie in the store, wrapped by keys derived from the device key.
    Software,
    /// The app, with the platform's key store. It is asked by [`Step::NeedsKeypair`] and [`Step::NeedsSignature`]. Passkeys
    /// of the software backend that are in the store already go on working.
    Host {
        /// COSE algorithm identifiers of the keys it has: -7 (ES256), -8 (EdDSA), -35 (ES384). The site's order decides (MC-05).
        algorithms: Vec<i64>,
    },
}

/// Who asks, as the platform proved it; never what a request says.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Caller {
    /// A page in a browser.
    Web {
        /// The origin of the page or frame, such as `https://login.example.com`.
        origin: String,
        /// The origin of the tab's topmost page, when the frame is of another origin.
        top_origin: Option<String>,
        /// Whether the frame is embedded across origins.
        cross_origin: bool,
    },
    /// An app that the platform has verified to speak for the relying party.
    App {
        /// Its origin, such as `android:apk-key-hash:…`.
        origin: String,
        /// Its package name, which Android has in the client data. Without one, it is left out.
        package_name: Option<String>,
    },
}

/// Where the client data comes from (WebAuthn L3 §5.8.1).
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum ClientData {
    /// This library builds it.
    Build,
    /// A browser or the system built it; the response has no `clientDataJSON`.
    HashOnly {
        /// Its SHA-256.
        hash: Vec<u8>,
    },
    /// Like `HashOnly`, for platforms that refuse a response without a `clientDataJSON` before they put in their own.
    HashWithPlaceholder {
        /// Its SHA-256.
        hash: Vec<u8>,
    },
}

/// Where a ceremony stands: what it asks the app for, or what it came to.
///
/// Deliberately complete: an app that does not know a step cannot go on.
#[derive(Clone, uniffi::Enum)]
pub enum Step {
    /// Ask the person. Answer with `answer_user`.
    NeedsUser {
        /// What to show and what to ask for.
        request: UserRequest,
    },
    /// Make a key pair. Answer with `answer_key`.
    NeedsKeypair {
        /// Of what kind.
        request: KeyRequest,
    },
    /// Sign. Answer with `answer_signature`.
    NeedsSignature {
        /// What, and with which key.
        request: SignatureRequest,
    },
    /// It succeeded.
    Done {
        /// `RegistrationResponseJSON` or `AuthenticationResponseJSON` (WebAuthn L3 §5.1.8).
        response_json: String,
    },
    /// It failed.
    Failed {
        /// Why.
        failure: Failure,
        /// The handle of a key that the app made for this ceremony and that no passkey uses: destroy that key.
        unused_key: Option<Vec<u8>>,
    },
}

/// The kinds of [`Step`], for messages about misuse. Deliberately complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum StepKind {
    /// [`Step::NeedsUser`].
    User,
    /// [`Step::NeedsKeypair`].
    Keypair,
    /// [`Step::NeedsSignature`].
    Signature,
    /// [`Step::Done`] or [`Step::Failed`].
    End,
}

/// What to ask the person.
#[derive(Clone, uniffi::Record)]
pub struct UserRequest {
    /// What is about to happen.
    pub prompt: Prompt,
    /// What the answer must prove.
    pub ask: Ask,
    /// How long to wait: as long as the site asked for, within 300 to 600 seconds (WebAuthn L3 §15.1), and 300 when it said
    /// nothing. After that answer [`Refusal::TimedOut`].
    pub timeout_seconds: u32,
    /// The first passkeys to choose among, newest first. A sign-in may have none to show: then the passkey is the one that
    /// the site named, and nothing is to be chosen.
    pub candidates: Page,
    /// The record of the passkey that was picked in the system's own list before, if any. The person is asked all the same.
    pub chosen_before: Option<Vec<u8>>,
}

/// What is about to happen.
#[derive(Clone, uniffi::Enum)]
pub enum Prompt {
    /// A passkey is made for this site and account.
    Register {
        /// The relying party identifier.
        rp_id: String,
        /// The account.
        user: User,
    },
    /// The site excludes a passkey that is here. Nothing will be made; the answer says whether the site may know (MC-20).
    Excluded {
        /// The relying party identifier.
        rp_id: String,
    },
    /// Someone signs in.
    SignIn {
        /// The relying party identifier.
        rp_id: String,
    },
}

/// What an answer must prove. Deliberately complete for ceremonies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Ask {
    /// That someone is there and agrees.
    Presence,
    /// That it is the owner: biometrics or the device's passcode.
    Verification,
}

/// An account at a site.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct User {
    /// The user handle.
    pub id: Vec<u8>,
    /// `user.name`; empty when there is none.
    pub name: String,
    /// `user.displayName`; empty when there is none.
    pub display_name: String,
}

/// Some of the passkeys to choose among.
#[derive(Clone, uniffi::Record)]
pub struct Page {
    /// Newest first.
    pub candidates: Vec<Candidate>,
    /// Where the next page begins: hand it to `candidates`. `None`: this is the last one.
    pub next: Option<u64>,
}

/// A passkey to choose.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Candidate {
    /// Its record, 16 bytes: what an answer chooses by.
    pub record: Vec<u8>,
    /// The account.
    pub user: User,
    /// The label that its owner gave it.
    pub label: Option<String>,
    /// When it was made, in seconds since 1970.
    pub created: Option<u64>,
    /// When it last signed in, in seconds since 1970. It tells accounts of one name apart.
    pub last_used: Option<u64>,
    /// The handle of its key when the app holds it, so that a biometric prompt can unlock just this key.
    pub key_handle: Option<Vec<u8>>,
}

/// What the person answered.
#[derive(Clone, uniffi::Enum)]
pub enum UserAnswer {
    /// They agreed.
    Approved {
        /// Whether the app verified them just now, for this prompt. Claim no more than was proven.
        verified: bool,
        /// The record they chose. Needed when there are several candidates.
        chosen: Option<Vec<u8>>,
    },
    /// They did not.
    Refused {
        /// How it ended.
        refusal: Refusal,
    },
}

/// Why a prompt ended without an agreement. To abandon a ceremony, use `cancel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
#[non_exhaustive]
pub enum Refusal {
    /// The person said no.
    Declined,
    /// Nobody answered in time.
    TimedOut,
    /// The person was not recognised.
    VerificationFailed {
        /// How many tries are left.
        left: u8,
    },
    /// Verification is locked after failed tries.
    LockedOut,
    /// There is nobody to ask, or verification is not to be had now.
    Unavailable,
}

/// A key pair to make.
#[derive(Clone, uniffi::Record)]
pub struct KeyRequest {
    /// COSE algorithm identifier.
    pub algorithm: i64,
    /// A random name, 16 bytes, for key stores that name their keys.
    pub alias: Vec<u8>,
    /// SHA-256 of the relying party identifier.
    pub rp_id_hash: Vec<u8>,
    /// What a platform's key attestation is to vouch for: the client data's hash.
    pub challenge: Vec<u8>,
}

/// What became of a [`KeyRequest`].
#[derive(Clone, uniffi::Enum)]
pub enum KeyAnswer {
    /// The key is made.
    Made {
        /// Its public half as a DER `SubjectPublicKeyInfo`, the form Java, OpenSSL and WebAuthn share.
        public_key: Vec<u8>,
        /// The app's name for the key, 1 to 96 bytes.
        key_handle: Vec<u8>,
    },
    /// There is none.
    NotMade {
        /// Why.
        problem: KeyProblem,
    },
}

/// A message to sign.
#[derive(Clone, uniffi::Record)]
pub struct SignatureRequest {
    /// The app's name for the key.
    pub key_handle: Vec<u8>,
    /// COSE algorithm identifier.
    pub algorithm: i64,
    /// The message's first part.
    pub authenticator_data: Vec<u8>,
    /// Its second part, to be signed right after the first.
    pub client_data_hash: Vec<u8>,
}

/// What became of a [`SignatureRequest`].
#[derive(Clone, uniffi::Enum)]
pub enum SignatureAnswer {
    /// It is signed.
    Signed {
        /// DER for ECDSA, 64 raw bytes for EdDSA.
        signature: Vec<u8>,
    },
    /// It is not.
    NotSigned {
        /// Why.
        problem: KeyProblem,
    },
}

/// Why a key was not made or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
#[non_exhaustive]
pub enum KeyProblem {
    /// There is no such key.
    Missing,
    /// The platform has invalidated it for good.
    Invalidated,
    /// It may be used again later.
    LockedOut,
    /// A policy, or the person's no.
    Refused,
    /// There are no keys of this kind.
    Unsupported,
    /// The key store broke.
    Failed,
}

macro_rules! prints_its_name_only {
    ($($type:ident),*) => {
        $(impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($type)).finish_non_exhaustive()
            }
        })*
    };
}

prints_its_name_only!(
    Caller,
    Candidate,
    ClientData,
    KeyAnswer,
    KeyRequest,
    Page,
    Prompt,
    SignatureAnswer,
    SignatureRequest,
    User,
    UserAnswer,
    UserRequest
);

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { failure, .. } => f.debug_tuple("Failed").field(failure).finish(),
            other => f.debug_tuple("Step").field(&other.kind()).finish(),
        }
    }
}

impl Step {
    /// Wipes what may hold what `prf` has made.
    pub(crate) fn wipe(&mut self) {
        if let Self::Done { response_json } = self {
            response_json.zeroize();
        }
    }

    /// Of what kind the step is.
    #[must_use]
    pub const fn kind(&self) -> StepKind {
        match self {
            Self::NeedsUser { .. } => StepKind::User,
            Self::NeedsKeypair { .. } => StepKind::Keypair,
            Self::NeedsSignature { .. } => StepKind::Signature,
            Self::Done { .. } | Self::Failed { .. } => StepKind::End,
        }
    }
}
