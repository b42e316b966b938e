//! Reading members of a JSON object, with errors that say which one.

use std::time::Duration;

use serde_json::{Map, Value};

use super::surrogates;
use super::vocabulary::{CredentialDescriptor, Transport};
use crate::base64url::Base64Url;
use crate::error::{Error, ErrorKind, JsonType, MemberPath};

/// An object of the options and where it stands.
pub(super) struct Members<'a> {
    object: &'a Map<String, Value>,
    path: MemberPath,
}

/// Parses the text, then hands the options inside to `read`: the object itself, or its member `publicKey` as in
/// `navigator.credentials.create({publicKey: …})`.
pub(super) fn parse<T>(json: &str, read: impl FnOnce(&Members<'_>) -> Result<T, Error>) -> Result<T, Error> {
    let value: Value = serde_json::from_str(&surrogates::repaired(json))
        .map_err(|error| ErrorKind::Json { line: error.line(), column: error.column() })?;
    let outer = Members::of(&value, MemberPath::root())?;
    match outer.value("publicKey") {
        Some(inner) => {
            let path = outer.path.member("publicKey");
            // Checked with its own name, then read as the root: paths are those of the specification.
            Members::of(inner, path)?;
            read(&Members::of(inner, MemberPath::root())?)
        }
        None => read(&outer),
    }
}

impl<'a> Members<'a> {
    fn of(value: &'a Value, path: MemberPath) -> Result<Self, Error> {
        match value {
            Value::Object(object) => Ok(Self { object, path }),
            _ => Err(wrong_type(path, JsonType::Object)),
        }
    }

    /// The object as it came.
    pub(super) fn raw(&self) -> &'a Map<String, Value> {
        self.object
    }

    /// Where a member stands.
    pub(super) fn path_of(&self, name: &'static str) -> MemberPath {
        self.path.member(name)
    }

    /// An optional object.
    pub(super) fn object(&self, name: &'static str) -> Result<Option<Members<'a>>, Error> {
        self.value(name).map(|value| Members::of(value, self.path_of(name))).transpose()
    }

    /// A required object.
    pub(super) fn required_object(&self, name: &'static str) -> Result<Members<'a>, Error> {
        self.object(name)?.ok_or_else(|| self.missing(name))
    }

    /// An optional string.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<&'a str>, Error> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong_type(self.path_of(name), JsonType::Text)),
        }
    }

    /// A required string.
    pub(super) fn required_text(&self, name: &'static str) -> Result<&'a str, Error> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    /// An optional word of a known vocabulary; a word outside it counts as absent.
    pub(super) fn word<T>(
        &self,
        name: &'static str,
        read: fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        Ok(self.text(name)?.and_then(read))
    }

    /// An optional list of words of a known vocabulary; words outside it are dropped.
    pub(super) fn words<T>(&self, name: &'static str, read: fn(&str) -> Option<T>) -> Result<Vec<T>, Error> {
        let mut words = Vec::new();
        let elements = self.list(name)?.unwrap_or_default();
        for (index, element) in elements.iter().enumerate() {
            match element {
                Value::String(word) => words.extend(read(word)),
                _ => return Err(wrong_type(self.path_of(name).element(index), JsonType::Text)),
            }
        }
        Ok(words)
    }

    /// An optional flag; absent is `false`.
    pub(super) fn flag(&self, name: &'static str) -> Result<bool, Error> {
        match self.value(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(wrong_type(self.path_of(name), JsonType::Boolean)),
        }
    }

    /// A required whole number of 32 bits.
    pub(super) fn required_integer32(&self, name: &'static str) -> Result<i32, Error> {
        let value = self.value(name).ok_or_else(|| self.missing(name))?;
        value
            .as_i64()
            .and_then(|number| i32::try_from(number).ok())
            .ok_or_else(|| wrong_type(self.path_of(name), JsonType::Integer32))
    }

    /// Optional bytes, as base64url.
    pub(super) fn bytes(&self, name: &'static str) -> Result<Option<Base64Url>, Error> {
        let decode = |text| {
            Base64Url::decode(text)
                .map_err(|cause| ErrorKind::Base64 { path: self.path_of(name), cause }.into())
        };
        self.text(name)?.map(decode).transpose()
    }

    /// Required bytes, as base64url.
    pub(super) fn required_bytes(&self, name: &'static str) -> Result<Base64Url, Error> {
        self.bytes(name)?.ok_or_else(|| self.missing(name))
    }

    /// An object's members, which are objects under names that the site chooses. Where they stand is said by position.
    pub(super) fn named_objects(&self) -> impl Iterator<Item = (&'a str, Result<Members<'a>, Error>)> {
        self.object
            .iter()
            .enumerate()
            .map(|(index, (name, value))| (name.as_str(), Members::of(value, self.path.element(index))))
    }

    /// Whether a member is there and not null.
    pub(super) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// An optional list of objects.
    pub(super) fn objects(&self, name: &'static str) -> Result<Option<Vec<Members<'a>>>, Error> {
        let Some(elements) = self.list(name)? else {
            return Ok(None);
        };
        let path = self.path_of(name);
        let objects =
            elements.iter().enumerate().map(|(index, element)| Members::of(element, path.element(index)));
        objects.collect::<Result<_, _>>().map(Some)
    }

    /// The ceremony's time, within [`MIN_TIMEOUT`] and [`MAX_TIMEOUT`].
    pub(super) fn timeout(&self) -> Result<Duration, Error> {
        let Some(value) = self.value("timeout") else {
            return Ok(DEFAULT_TIMEOUT);
        };
        let milliseconds =
            value.as_f64().ok_or_else(|| wrong_type(self.path_of("timeout"), JsonType::Number))?;
        // A negative number is the shortest time; one too large for a duration is the longest.
        let seconds = milliseconds.max(0.0) / 1000.0;
        let asked = Duration::try_from_secs_f64(seconds).unwrap_or(MAX_TIMEOUT);
        Ok(asked.clamp(MIN_TIMEOUT, MAX_TIMEOUT))
    }

    /// `excludeCredentials` or `allowCredentials`. Entries of an unknown type are dropped unread.
    pub(super) fn credentials(&self, name: &'static str) -> Result<Credentials, Error> {
        let entries = self.objects(name)?.unwrap_or_default();
        let named = entries.len();
        let mut known = Vec::with_capacity(named);
        for entry in entries {
            if entry.required_text("type")? == PUBLIC_KEY {
                known.push(CredentialDescriptor::new(
                    entry.required_bytes("id")?,
                    entry.words("transports", Transport::from_word)?,
                ));
            }
        }
        Ok(Credentials { all_unknown: named > 0 && known.is_empty(), known })
    }

    fn list(&self, name: &'static str) -> Result<Option<&'a [Value]>, Error> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Array(elements)) => Ok(Some(elements)),
            Some(_) => Err(wrong_type(self.path_of(name), JsonType::List)),
        }
    }

    /// A member that is there and not null.
    fn value(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn missing(&self, name: &'static str) -> Error {
        ErrorKind::Missing(self.path_of(name)).into()
    }
}

/// A list of credentials as read.
pub(super) struct Credentials {
    pub(super) known: Vec<CredentialDescriptor>,
    /// Entries were named, but none of a known type.
    pub(super) all_unknown: bool,
}

fn wrong_type(path: MemberPath, expected: JsonType) -> Error {
    ErrorKind::WrongType { path, expected }.into()
}

/// The one credential type there is.
pub(super) const PUBLIC_KEY: &str = "public-key";

/// WebAuthn L3 §15.1 recommends 5 to 10 minutes, so that people who need longer are not shut out.
const MIN_TIMEOUT: Duration = Duration::from_secs(300);
const MAX_TIMEOUT: Duration = Duration::from_secs(600);
const DEFAULT_TIMEOUT: Duration = MIN_TIMEOUT;
