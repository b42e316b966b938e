//! A saved ceremony as bytes: version ‖ id ‖ what the core has sealed.
//!
//! The sealed content is a CBOR map with small integer keys. It says who asked for what, and when; of the person who is
//! to answer it says nothing.

use super::error::CeremonyError;
use super::id::CeremonyId;
use super::lifetime::{Dates, Lifetime};
use authenticator_core::store::RecordId;
use authenticator_core::{BootId, Context, HOST_SEAL_OVERHEAD};
use authenticator_webauthn::{Caller, ClientDataSource, Origin};
use ciborium::Value;
use std::cmp::Ordering;

/// The version written here.
const VERSION: u8 = 1;

const KIND: u64 = 1;
const OPTIONS: u64 = 2;
const CALLER: u64 = 3;
const CLIENT_DATA: u64 = 4;
const CREATED: u64 = 5;
const EXPIRES: u64 = 6;
const CHOSEN: u64 = 7;
const BOOT: u64 = 8;
const UPTIME: u64 = 9;

/// Which ceremony.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Create,
    Get,
}

/// What is asked for, and by whom.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) kind: Kind,
    pub(super) options_json: String,
    pub(super) caller: Caller,
    pub(super) client_data: ClientDataSource,
}

/// What survives the death of a process.
#[derive(Clone)]
pub(super) struct Saved {
    pub(super) id: CeremonyId,
    pub(super) request: Request,
    pub(super) lifetime: Lifetime,
    pub(super) chosen: Option<RecordId>,
}

impl Saved {
    pub(super) fn seal(&self, cx: &mut Context<'_>) -> Result<Vec<u8>, CeremonyError> {
        let mut content = Vec::new();
        // Writing to memory cannot fail.
        ciborium::into_writer(&self.to_cbor()?, &mut content).map_err(|_| CeremonyError::CannotBeSaved)?;
        let mut sealed = vec![0; content.len().saturating_add(HOST_SEAL_OVERHEAD)];
        let length = cx.seal_for_host(RecordId(self.id.0), &content, &mut sealed)?;
        sealed.truncate(length);
        Ok([&[VERSION], self.id.0.as_slice(), &sealed].concat())
    }

    pub(super) fn open(bytes: &[u8], cx: &mut Context<'_>) -> Result<Self, CeremonyError> {
        let (&version, rest) = bytes.split_first().ok_or(CeremonyError::Damaged)?;
        match version.cmp(&VERSION) {
            Ordering::Greater => return Err(CeremonyError::Newer),
            Ordering::Less => return Err(CeremonyError::Damaged),
            Ordering::Equal => {}
        }
        let (id, sealed) = rest.split_first_chunk::<16>().ok_or(CeremonyError::Damaged)?;
        let mut out = vec![0; sealed.len()];
        let mut content = cx.open_for_host(RecordId(*id), sealed, &mut out)?;
        let value = ciborium::from_reader(&mut content).map_err(|_| CeremonyError::Damaged)?;
        Self::of_cbor(CeremonyId(*id), value).ok_or(CeremonyError::Damaged)
    }

    fn to_cbor(&self) -> Result<Value, CeremonyError> {
        let Request { kind, options_json, caller, client_data } = &self.request;
        let mut members: Vec<(Value, Value)> = vec![
            (KIND.into(), kind.code().into()),
            (OPTIONS.into(), options_json.as_str().into()),
            (CALLER.into(), caller_to_cbor(caller)?),
            (CLIENT_DATA.into(), client_data_to_cbor(client_data)?),
            (CREATED.into(), self.lifetime.dates.created.into()),
            (EXPIRES.into(), self.lifetime.dates.expires.into()),
            (BOOT.into(), self.lifetime.boot.0.as_slice().into()),
            (UPTIME.into(), self.lifetime.uptime.into()),
        ];
        members.extend(self.chosen.map(|record| (CHOSEN.into(), record.0.as_slice().into())));
        Ok(Value::Map(members))
    }

    fn of_cbor(id: CeremonyId, value: Value) -> Option<Self> {
        let Value::Map(members) = value else { return None };
        let (mut kind, mut options_json, mut caller, mut client_data) = (None, None, None, None);
        let (mut created, mut expires, mut boot, mut uptime) = (None, None, None, None);
        let mut chosen = None;
        for (key, value) in members {
            match unsigned(&key)? {
                KIND => kind = Some(Kind::of_code(unsigned(&value)?)?),
                OPTIONS => options_json = Some(value.into_text().ok()?),
                CALLER => caller = Some(caller_of_cbor(value)?),
                CLIENT_DATA => client_data = Some(client_data_of_cbor(value)?),
                CREATED => created = Some(unsigned(&value)?),
                EXPIRES => expires = Some(unsigned(&value)?),
                CHOSEN => chosen = Some(RecordId(sixteen(&value)?)),
                BOOT => boot = Some(BootId(sixteen(&value)?)),
                UPTIME => uptime = Some(unsigned(&value)?),
                _ => return None,
            }
        }
        let (kind, options_json, caller) = (kind?, options_json?, caller?);
        let request = Request { kind, options_json, caller, client_data: client_data? };
        let dates = Dates { created: created?, expires: expires? };
        let lifetime = Lifetime { dates, boot: boot?, uptime: uptime? };
        Some(Self { id, request, lifetime, chosen })
    }
}

impl Kind {
    /// Its number in the format.
    const fn code(self) -> u64 {
        match self {
            Self::Create => 1,
            Self::Get => 2,
        }
    }

    fn of_code(code: u64) -> Option<Self> {
        [Self::Create, Self::Get].into_iter().find(|kind| kind.code() == code)
    }
}

fn unsigned(value: &Value) -> Option<u64> {
    value.as_integer().and_then(|integer| u64::try_from(integer).ok())
}

fn sixteen(value: &Value) -> Option<[u8; 16]> {
    value.as_bytes()?.as_slice().try_into().ok()
}

const WEB: u64 = 0;
const APP: u64 = 1;

fn caller_to_cbor(caller: &Caller) -> Result<Value, CeremonyError> {
    let members = match caller {
        Caller::Web { origin, top_origin, cross_origin } => vec![
            WEB.into(),
            origin.as_str().into(),
            top_origin.as_ref().map_or(Value::Null, |origin| origin.as_str().into()),
            (*cross_origin).into(),
        ],
        Caller::App { origin, package_name } => {
            let package_name = package_name.as_deref().map(Value::from);
            [APP.into(), origin.as_str().into()].into_iter().chain(package_name).collect()
        }
        _ => return Err(CeremonyError::CannotBeSaved),
    };
    Ok(Value::Array(members))
}

fn caller_of_cbor(value: Value) -> Option<Caller> {
    let origin = |value: &Value| Origin::parse(value.as_text()?).ok();
    let members = value.into_array().ok()?;
    let (kind, rest) = members.split_first()?;
    match (unsigned(kind)?, rest) {
        (WEB, [asking, top, cross_origin]) => Some(Caller::Web {
            origin: origin(asking)?,
            top_origin: if top.is_null() { None } else { Some(origin(top)?) },
            cross_origin: cross_origin.as_bool()?,
        }),
        (APP, [asking]) => Some(Caller::App { origin: origin(asking)?, package_name: None }),
        (APP, [asking, package_name]) => {
            let package_name = Some(package_name.as_text()?.to_owned());
            Some(Caller::App { origin: origin(asking)?, package_name })
        }
        _ => None,
    }
}

const BUILD: u64 = 0;
const HASH_ONLY: u64 = 1;
const HASH_WITH_PLACEHOLDER: u64 = 2;

fn client_data_to_cbor(source: &ClientDataSource) -> Result<Value, CeremonyError> {
    let members = match source {
        ClientDataSource::Build => vec![BUILD.into()],
        ClientDataSource::HashOnly(hash) => vec![HASH_ONLY.into(), hash.as_slice().into()],
        ClientDataSource::HashWithPlaceholder(hash) => {
            vec![HASH_WITH_PLACEHOLDER.into(), hash.as_slice().into()]
        }
        _ => return Err(CeremonyError::CannotBeSaved),
    };
    Ok(Value::Array(members))
}

fn client_data_of_cbor(value: Value) -> Option<ClientDataSource> {
    let hash = |value: &Value| value.as_bytes()?.as_slice().try_into().ok();
    let members = value.into_array().ok()?;
    let (kind, rest) = members.split_first()?;
    match (unsigned(kind)?, rest) {
        (BUILD, []) => Some(ClientDataSource::Build),
        (HASH_ONLY, [value]) => Some(ClientDataSource::HashOnly(hash(value)?)),
        (HASH_WITH_PLACEHOLDER, [value]) => Some(ClientDataSource::HashWithPlaceholder(hash(value)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
