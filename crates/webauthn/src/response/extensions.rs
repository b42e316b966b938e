//! What the extensions answer: `clientExtensionResults`.

use std::fmt;

use authenticator_core::HmacSecrets;
use serde_json::{Map, Value};

use super::put;
use crate::base64url;

/// What the extensions of a ceremony answer. One that was not asked has no answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExtensionResults<'a> {
    /// `appid`: whether the AppID took the place of the relying party id.
    pub app_id: Option<bool>,
    /// `appidExclude`: whether credentials under the AppID were looked for.
    pub app_id_exclude: Option<bool>,
    /// `credBlob`: whether the bytes were stored with the credential.
    pub cred_blob_stored: Option<bool>,
    /// `credProps`: whether the credential is discoverable.
    pub cred_props_rk: Option<bool>,
    /// `getCredBlob`: the bytes that were stored with the credential.
    pub cred_blob: Option<&'a [u8]>,
    /// `largeBlob`.
    pub large_blob: Option<LargeBlobResult<'a>>,
    /// `prf`.
    pub prf: Option<PrfResult<'a>>,
}

/// What `largeBlob` answers. `Debug` does not show the bytes.
#[derive(Clone, Copy, Default)]
pub struct LargeBlobResult<'a> {
    /// Whether the credential can have one; said by a registration only.
    pub supported: Option<bool>,
    /// The site's bytes, where they were to be read and there are any.
    pub blob: Option<&'a [u8]>,
    /// Whether they were written, where they were to be.
    pub written: Option<bool>,
}

impl fmt::Debug for LargeBlobResult<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LargeBlobResult")
            .field("supported", &self.supported)
            .field("blob", &self.blob.is_some())
            .field("written", &self.written)
            .finish()
    }
}

/// What `prf` answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct PrfResult<'a> {
    /// Whether the credential has a function; said by a registration only.
    pub enabled: Option<bool>,
    /// What it came to, where it was evaluated.
    pub results: Option<&'a HmacSecrets>,
}

impl ExtensionResults<'_> {
    pub(super) fn to_json(self) -> Map<String, Value> {
        let mut results = Map::new();
        put_known(&mut results, "appid", self.app_id);
        put_known(&mut results, "appidExclude", self.app_id_exclude);
        put_known(&mut results, "credBlob", self.cred_blob_stored);
        put_known(&mut results, "credProps", self.cred_props_rk.map(|rk| object("rk", rk)));
        put_known(&mut results, "getCredBlob", self.cred_blob.map(base64url::encode));
        put_known(&mut results, "largeBlob", self.large_blob.map(LargeBlobResult::to_json));
        put_known(&mut results, "prf", self.prf.map(PrfResult::to_json));
        results
    }
}

impl LargeBlobResult<'_> {
    fn to_json(self) -> Map<String, Value> {
        let mut large_blob = Map::new();
        put_known(&mut large_blob, "supported", self.supported);
        put_known(&mut large_blob, "blob", self.blob.map(base64url::encode));
        put_known(&mut large_blob, "written", self.written);
        large_blob
    }
}

impl PrfResult<'_> {
    fn to_json(self) -> Map<String, Value> {
        let mut prf = Map::new();
        put_known(&mut prf, "enabled", self.enabled);
        if let Some(secrets) = self.results {
            let mut results = object("first", base64url::encode(secrets.first()));
            put_known(&mut results, "second", secrets.second().map(|second| base64url::encode(second)));
            put(&mut prf, "results", results);
        }
        prf
    }
}

fn object(name: &str, value: impl Into<Value>) -> Map<String, Value> {
    let mut object = Map::new();
    put(&mut object, name, value);
    object
}

fn put_known(object: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        put(object, name, value);
    }
}
