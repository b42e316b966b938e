//! The types of the C ABI. Enumerations come from C as plain numbers, because a number that is none of them must be an
//! error and not undefined behaviour.

use crate::authenticator::Authenticator;
use crate::ceremony::Ceremony;
use crate::data::{Page, Step};
use crate::passkeys::PasskeyPage;
use std::sync::Arc;

/// What became of a call. Anything but AUTHN_STATUS_OK has changed nothing, but for AUTHN_STATUS_PANICKED, which ends the
/// ceremony.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnStatus {
    /// It did what it says.
    Ok = 0,
    /// A pointer that must not be null is.
    NullPointer = 1,
    /// Text is not UTF-8.
    NotUtf8 = 2,
    /// A length is not what it must be: of a device key, an AAGUID, a hash, a record, a key handle or a signature.
    Length = 3,
    /// A number is none of its enumeration.
    UnknownValue = 4,
    /// The public key is no SubjectPublicKeyInfo of P-256 or P-384 (uncompressed) or Ed25519.
    PublicKey = 5,
    /// The step or the candidate has no such field, or the list no such entry.
    Absent = 6,
    /// The step waits for another answer.
    WrongAnswer = 7,
    /// The ceremony has ended.
    Ended = 8,
    /// Another call on the same ceremony is under way.
    Busy = 9,
    /// The ceremony could not be saved: the store failed, or nobody knows the date.
    NotSaved = 10,
    /// The store belongs to another device key, or is damaged.
    OtherDeviceKey = 11,
    /// The store was written by a later version.
    NewerStore = 12,
    /// The store could not be opened, or failed.
    Store = 13,
    /// The library failed in a way that should be impossible.
    Panicked = 14,
    /// The store is suspended: resume it and call again.
    Suspended = 15,
    /// There is no such passkey in this store, or not any more.
    NoSuchPasskey = 16,
    /// The passkey's record cannot be read: it can only be deleted.
    Unreadable = 17,
    /// A later version has written to the passkey what this one must not overwrite.
    NewerNotes = 18,
    /// A label has 1 to 100 characters, one of which can be seen, and no control characters or marks of direction.
    Label = 19,
    /// The platform has invalidated the passkey's key for good.
    KeyGone = 20,
    /// The program can verify its user, and did not.
    Unproven = 21,
    /// After many resets: destroy the keys that authn_unwanted_key names, then try again.
    KeysToDestroy = 22,
}

/// Bytes with their length. Those that the library gives out live as long as the object they came from; those that it
/// takes are lent for the call. Text is UTF-8 without a final zero. "None" is a null pointer with length 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct AuthnBytes {
    /// Where they begin.
    pub data: *const u8,
    /// How many there are.
    pub len: usize,
}

/// An open store. Free it with authn_authenticator_free; its ceremonies may outlive it.
#[derive(Debug)]
pub struct AuthnAuthenticator(pub(super) Arc<Authenticator>);

/// A ceremony. Free it with authn_ceremony_free, at whatever step it is.
#[derive(Debug)]
pub struct AuthnCeremony(pub(super) Arc<Ceremony>);

/// A ceremony's step, as it was when it was asked for. Free it with authn_step_free.
#[derive(Debug)]
pub struct AuthnStep {
    pub(super) step: Step,
    /// The page inside the step, in the form that C knows.
    pub(super) page: Option<AuthnPage>,
}

impl Drop for AuthnStep {
    fn drop(&mut self) {
        self.step.wipe();
    }
}

/// Some of the passkeys to choose among. Free it with authn_page_free, unless it came from authn_step_page.
#[derive(Debug)]
pub struct AuthnPage(pub(super) Page);

/// Some of the passkeys that are here. Free it with authn_passkeys_free.
#[derive(Debug)]
pub struct AuthnPasskeys(pub(super) PasskeyPage);

/// Bytes that the library made. Free them with authn_buffer_free.
#[derive(Debug)]
pub struct AuthnBuffer(pub(super) Vec<u8>);

/// How an unwanted key is named.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnKeyNameKind {
    /// The key that was asked for under this alias, if it was ever made.
    Alias = 0,
    /// The key that the program made and gave this handle.
    Handle = 1,
    /// Every key that was asked for under an alias that ends with these bytes.
    AliasSuffix = 2,
}

/// What the authenticator is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct AuthnSettings {
    /// The model's AAGUID, 16 bytes.
    pub aaguid: AuthnBytes,
    /// An AuthnVerificationSetup.
    pub verification: u32,
    /// COSE algorithm identifiers of the keys that the program itself makes and uses. Null: the library keeps the keys.
    pub algorithms: *const i64,
    /// How many algorithms there are: 0 with null, and with nothing else.
    pub algorithms_len: usize,
    /// An AuthnAttestationSetup.
    pub attestation: u32,
}

/// What a site gets that asks for an attestation.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnAttestationSetup {
    /// A packed self attestation: the new key signs for itself, so it is used once while it is being made.
    SelfSigned = 0,
    /// None: making a key takes no use of it.
    None = 1,
}

/// Whether the program can verify its user.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnVerificationSetup {
    /// It never can.
    Unsupported = 0,
    /// It could, but nothing is set up.
    NotConfigured = 1,
    /// It can.
    Configured = 2,
}

/// Who asks, as the platform proved it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct AuthnCaller {
    /// An AuthnCallerKind.
    pub kind: u32,
    /// The origin of the page, frame or app.
    pub origin: AuthnBytes,
    /// Web only: the origin of the topmost page where that is another one, else none. An app's is not looked at.
    pub top_origin: AuthnBytes,
    /// Web only: 1 where the frame is embedded across origins, else 0. An app's is not looked at.
    pub cross_origin: u32,
    /// App only: its package name, or none. A page's is not looked at.
    pub package_name: AuthnBytes,
}

/// What kind of program asks.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnCallerKind {
    /// A page in a browser.
    Web = 0,
    /// An app that the platform has verified to speak for the relying party.
    App = 1,
}

/// Where the client data comes from.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct AuthnClientData {
    /// An AuthnClientDataSource.
    pub source: u32,
    /// Its SHA-256, unless the library builds it.
    pub hash: AuthnBytes,
}

/// Who builds the client data.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnClientDataSource {
    /// The library.
    Build = 0,
    /// Someone else, who gives its hash. The response has no clientDataJSON.
    HashOnly = 1,
    /// Someone else, who gives its hash. The response has a stand-in for it.
    HashWithPlaceholder = 2,
}

/// What a step is.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnStepKind {
    /// Ask the person: authn_approve or authn_refuse.
    User = 0,
    /// Make a key pair: authn_key_made or authn_key_not_made.
    Keypair = 1,
    /// Sign AUTHENTICATOR_DATA followed by CLIENT_DATA_HASH: authn_signed or authn_not_signed.
    Signature = 2,
    /// The response is there.
    Done = 3,
    /// It failed.
    Failed = 4,
}

/// What is about to happen.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnPromptKind {
    /// A passkey is made.
    Register = 0,
    /// The site excludes a passkey that is here; nothing will be made.
    Excluded = 1,
    /// Someone signs in.
    SignIn = 2,
}

/// What an answer must prove.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnAsk {
    /// That someone is there.
    Presence = 0,
    /// That it is the owner.
    Verification = 1,
}

/// The numbers of a step, for authn_step_number.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnStepNumber {
    /// An AuthnStepKind; every step has it.
    Kind = 0,
    /// User: an AuthnPromptKind.
    Prompt = 1,
    /// User: an AuthnAsk.
    Ask = 2,
    /// User: how long to wait.
    TimeoutSeconds = 3,
    /// Keypair, signature: a COSE algorithm identifier.
    Algorithm = 4,
    /// Failed: an AuthnFailureKind.
    Failure = 5,
}

/// The bytes of a step, for authn_step_bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnStepField {
    /// User: the relying party identifier.
    RpId = 0,
    /// User, registering: the user handle.
    UserId = 1,
    /// User, registering: user.name.
    UserName = 2,
    /// User, registering: user.displayName.
    UserDisplayName = 3,
    /// User: the record picked in the system's own list, if any.
    ChosenBefore = 4,
    /// Keypair: a random name for the key.
    Alias = 5,
    /// Keypair: SHA-256 of the relying party identifier.
    RpIdHash = 6,
    /// Keypair: what a key attestation is to vouch for.
    Challenge = 7,
    /// Signature: the program's own name for the key.
    KeyHandle = 8,
    /// Signature: the message's first part.
    AuthenticatorData = 9,
    /// Signature: its second part.
    ClientDataHash = 10,
    /// Done: the response.
    ResponseJson = 11,
    /// Failed: the DOMException name for the site.
    DomException = 12,
    /// Failed: a sentence for the person.
    Sentence = 13,
    /// Failed: the handle of a key that was made for this ceremony and is to be destroyed, if any.
    UnusedKey = 14,
}

/// The bytes of a candidate, for authn_page_bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnCandidateField {
    /// Its record: what authn_approve chooses by.
    Record = 0,
    /// The user handle.
    UserId = 1,
    /// user.name.
    UserName = 2,
    /// user.displayName.
    UserDisplayName = 3,
    /// The label that its owner gave it, if any.
    Label = 4,
    /// The program's own name for its key, if the program holds it.
    KeyHandle = 5,
}

/// The times of a candidate, for authn_page_time.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnCandidateTime {
    /// When it was made.
    Created = 0,
    /// When it last signed in.
    LastUsed = 1,
}

/// Whether a passkey is offered.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnPasskeyState {
    /// It is.
    Active = 0,
    /// It is, but the site has not been seen to accept it.
    Unconfirmed = 1,
    /// A newer passkey of the same account has taken its place; it is used when the site names it.
    Superseded = 2,
    /// The site no longer knows it; it is not offered.
    Hidden = 3,
    /// Its key is with the program, and this authenticator was opened without keys of the program's.
    KeyMissing = 4,
    /// The platform has invalidated its key for good.
    KeyInvalidated = 5,
    /// Its record cannot be read.
    Unreadable = 6,
}

/// What the program has learnt of a passkey at its site.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnPasskeyMark {
    /// The site has it. The older passkeys of its account, which it superseded, are deleted.
    Confirmed = 0,
    /// The site may not have received it. It is offered as before.
    Unconfirmed = 1,
    /// The site no longer knows it. It is not offered any more, and not deleted.
    Hidden = 2,
    /// It is to be offered again.
    Shown = 3,
}

/// The bytes of a passkey, for authn_passkeys_bytes. One that cannot be read has its record only.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnPasskeyField {
    /// Its record, 16 bytes: what it is named by in this store.
    Record = 0,
    /// The credential id, as the site knows it.
    CredentialId = 1,
    /// The relying party identifier.
    RpId = 2,
    /// The user handle.
    UserId = 3,
    /// user.name.
    UserName = 4,
    /// user.displayName.
    UserDisplayName = 5,
    /// The label that its owner gave it, if any.
    Label = 6,
}

/// The numbers of a passkey, for authn_passkeys_number. One that cannot be read has its state only.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnPasskeyNumber {
    /// An AuthnPasskeyState.
    State = 0,
    /// A COSE algorithm identifier.
    Algorithm = 1,
    /// When it was made, in seconds since 1970, if known.
    Created = 2,
    /// When it last signed in, in seconds since 1970, if known.
    LastUsed = 3,
    /// 1 when the program holds its key, 0 when the library does.
    KeyHeldByProgram = 4,
}

/// Why a prompt ended without an agreement.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnRefusal {
    /// The person said no.
    Declined = 0,
    /// Nobody answered in time.
    TimedOut = 1,
    /// The person was not recognised.
    VerificationFailed = 2,
    /// Verification is locked.
    LockedOut = 3,
    /// There is nobody to ask.
    Unavailable = 4,
}

/// Why a key was not made or used.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnKeyProblem {
    /// There is no such key.
    Missing = 0,
    /// It is gone for good.
    Invalidated = 1,
    /// It may be used again later.
    LockedOut = 2,
    /// A policy, or the person's no.
    Refused = 3,
    /// There are no keys of this kind.
    Unsupported = 4,
    /// The key store broke.
    Failed = 5,
}

/// What a failure comes from.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthnFailureKind {
    /// authn_cancel was called.
    Cancelled = 0,
    /// The person said no, was not recognised, or nobody answered.
    Refused = 1,
    /// The answer proved less than was asked for, or chose no candidate.
    Unproven = 2,
    /// The site excludes a passkey that is here.
    Excluded = 3,
    /// No passkey fits.
    NoPasskey = 4,
    /// The options cannot be used.
    Request = 5,
    /// The caller may not speak for this relying party.
    Caller = 6,
    /// What the site demands is not to be had here.
    NotSupported = 7,
    /// Verification is demanded, and none is set up.
    VerificationNotSetUp = 8,
    /// The key backend refused.
    KeyRefused = 9,
    /// The key is locked for the time being.
    KeyLockedOut = 10,
    /// The key is gone for good.
    KeyGone = 11,
    /// The key backend broke.
    KeyFailed = 12,
    /// The store failed, or was reset meanwhile.
    Store = 13,
    /// The saved ceremony has ended already.
    UsedUp = 14,
    /// The saved ceremony is too old, or the clock was set back.
    Expired = 15,
    /// Nobody knows the date.
    NoClock = 16,
    /// These are not the bytes of a ceremony that was saved with this store.
    NotRestorable = 17,
    /// A fault of the library.
    Internal = 18,
}
