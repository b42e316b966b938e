//! Accounts and credentials, and their JSON form.

use crate::{RpError, names};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use webauthn_rp::AuthenticatedCredential;
use webauthn_rp::bin::{Decode as _, Encode as _};
use webauthn_rp::request::PublicKeyCredentialDescriptor;
use webauthn_rp::request::register::{USER_HANDLE_MAX_LEN, UserHandle64};
use webauthn_rp::response::register::{CompressedPubKey, DynamicState, StaticState};
use webauthn_rp::response::{AuthTransports, CredentialId};

/// A public key that owns its bytes.
pub(crate) type PublicKey = CompressedPubKey<[u8; 32], [u8; 32], [u8; 48], Vec<u8>>;

/// A stored credential in the form the library verifies with.
pub(crate) type Verifier<'a> = AuthenticatedCredential<'a, 'a, USER_HANDLE_MAX_LEN, PublicKey>;

/// Version of the JSON form.
const VERSION: u32 = 1;

/// All accounts by user name, all credentials by id.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) credentials: BTreeMap<Vec<u8>, Credential>,
}

/// An account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) display_name: String,
    pub(crate) user_handle: UserHandle64,
}

/// A registered credential. The library's state is kept in the library's own encoding.
#[derive(Debug)]
pub(crate) struct Credential {
    pub(crate) user_name: String,
    pub(crate) static_state: Vec<u8>,
    pub(crate) dynamic_state: DynamicState,
    pub(crate) transports: AuthTransports,
}

impl Credential {
    /// Gives the library what it needs to verify an assertion.
    pub(crate) fn verifier<'a>(
        &self,
        id: &'a [u8],
        user_handle: &'a UserHandle64,
    ) -> Result<Verifier<'a>, RpError> {
        let id = CredentialId::decode(id).map_err(|_| RpError::ImportContent("credential id"))?;
        let static_state = StaticState::decode(&self.static_state)
            .map_err(|_| RpError::ImportContent("credential public key"))?;
        AuthenticatedCredential::new(id, user_handle, static_state, self.dynamic_state)
            .map_err(|_| RpError::ImportContent("credential state"))
    }
}

impl Book {
    /// The account that has this user handle.
    pub(crate) fn user_name_of(&self, handle: &UserHandle64) -> Option<&str> {
        self.accounts
            .iter()
            .find(|(_, account)| account.user_handle == *handle)
            .map(|(user_name, _)| user_name.as_str())
    }

    /// The account's credentials, for `excludeCredentials` and `allowCredentials`.
    pub(crate) fn descriptors(
        &self,
        user_name: &str,
    ) -> Result<Vec<PublicKeyCredentialDescriptor<Vec<u8>>>, RpError> {
        self.credentials
            .iter()
            .filter(|(_, credential)| credential.user_name == user_name)
            .map(|(id, credential)| {
                let id = CredentialId::decode(id.clone()).map_err(|_| RpError::Internal("credential id"))?;
                Ok(PublicKeyCredentialDescriptor { id, transports: credential.transports })
            })
            .collect()
    }

    /// Writes everything as JSON text.
    pub(crate) fn to_json(&self, rp_id: &str) -> Result<String, RpError> {
        let accounts = self.accounts.iter().map(|(user_name, account)| SavedAccount {
            user_name: user_name.clone(),
            display_name: account.display_name.clone(),
            user_handle: BASE64URL_NOPAD.encode(account.user_handle.as_ref()),
        });
        let credentials = self.credentials.iter().map(|(id, credential)| {
            let Ok(state) = credential.dynamic_state.encode();
            let Ok(transports) = credential.transports.encode();
            SavedCredential {
                id: BASE64URL_NOPAD.encode(id),
                user_name: credential.user_name.clone(),
                key: BASE64URL_NOPAD.encode(&credential.static_state),
                state: BASE64URL_NOPAD.encode(&state),
                transports,
            }
        });
        let saved = Saved {
            version: VERSION,
            rp_id: rp_id.to_owned(),
            accounts: accounts.collect(),
            credentials: credentials.collect(),
        };
        serde_json::to_string_pretty(&saved).map_err(|_| RpError::Internal("saved state"))
    }

    /// Reads what [`Book::to_json`] wrote for the same RP ID.
    pub(crate) fn from_json(json: &str, rp_id: &str) -> Result<Self, RpError> {
        let saved: Saved = serde_json::from_str(json).map_err(RpError::ImportSyntax)?;
        if saved.version != VERSION {
            return Err(RpError::ImportContent("version"));
        }
        if saved.rp_id != rp_id {
            return Err(RpError::ImportContent("saved for another RP ID"));
        }
        let mut book = Self::default();
        for account in saved.accounts {
            book.take_account(account)?;
        }
        for credential in saved.credentials {
            book.take_credential(credential)?;
        }
        Ok(book)
    }

    fn take_account(&mut self, saved: SavedAccount) -> Result<(), RpError> {
        if names::user_name(&saved.user_name)?.as_ref() != saved.user_name {
            return Err(RpError::ImportContent("user name is not in canonical form"));
        }
        if names::display_name(&saved.display_name)?.as_ref() != saved.display_name {
            return Err(RpError::ImportContent("display name is not in canonical form"));
        }
        let handle: [u8; USER_HANDLE_MAX_LEN] =
            bytes(&saved.user_handle)?.try_into().map_err(|_| RpError::ImportContent("user handle"))?;
        let Ok(user_handle) = UserHandle64::decode(handle);
        if self.user_name_of(&user_handle).is_some() {
            return Err(RpError::ImportContent("two accounts with one user handle"));
        }
        let account = Account { display_name: saved.display_name, user_handle };
        match self.accounts.insert(saved.user_name, account) {
            None => Ok(()),
            Some(_) => Err(RpError::ImportContent("two accounts with one user name")),
        }
    }

    fn take_credential(&mut self, saved: SavedCredential) -> Result<(), RpError> {
        let id = bytes(&saved.id)?;
        let state =
            bytes(&saved.state)?.try_into().map_err(|_| RpError::ImportContent("credential state"))?;
        let credential = Credential {
            user_name: saved.user_name,
            static_state: bytes(&saved.key)?,
            dynamic_state: DynamicState::decode(state)
                .map_err(|_| RpError::ImportContent("credential state"))?,
            transports: AuthTransports::decode(saved.transports)
                .map_err(|_| RpError::ImportContent("transports"))?,
        };
        let account = self
            .accounts
            .get(&credential.user_name)
            .ok_or(RpError::ImportContent("credential of no account"))?;
        credential.verifier(&id, &account.user_handle)?;
        match self.credentials.insert(id, credential) {
            None => Ok(()),
            Some(_) => Err(RpError::ImportContent("two credentials with one id")),
        }
    }
}

fn bytes(base64url: &str) -> Result<Vec<u8>, RpError> {
    BASE64URL_NOPAD.decode(base64url.as_bytes()).map_err(|_| RpError::ImportContent("base64url"))
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Saved {
    version: u32,
    rp_id: String,
    accounts: Vec<SavedAccount>,
    credentials: Vec<SavedCredential>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SavedAccount {
    user_name: String,
    display_name: String,
    user_handle: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SavedCredential {
    id: String,
    user_name: String,
    key: String,
    state: String,
    transports: u8,
}

#[cfg(test)]
mod tests;
