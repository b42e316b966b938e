//! CBOR for tests, by `ciborium`: an opinion other than the core's own.

pub use ciborium::Value;

/// A map with its keys in CTAP2 canonical order, whatever the order given.
#[must_use]
pub fn map<K: Into<Value>, V: Into<Value>>(pairs: impl IntoIterator<Item = (K, V)>) -> Value {
    let mut pairs: Vec<_> = pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
    pairs.sort_by_key(|(key, _)| {
        let encoded = encode(key);
        (encoded.first().map(|first| first >> 5), encoded.len(), encoded)
    });
    Value::Map(pairs)
}

/// An array.
#[must_use]
pub fn array<V: Into<Value>>(items: impl IntoIterator<Item = V>) -> Value {
    Value::Array(items.into_iter().map(Into::into).collect())
}

/// A byte string.
#[must_use]
pub fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}

/// The bytes of a value.
#[must_use]
pub fn encode(value: &Value) -> Vec<u8> {
    let mut encoded = Vec::new();
    // Writing to memory does not fail.
    let _ = ciborium::into_writer(value, &mut encoded);
    encoded
}

/// The value of bytes that hold exactly one, or `None`.
#[must_use]
pub fn decode(mut encoded: &[u8]) -> Option<Value> {
    let value = ciborium::from_reader(&mut encoded).ok()?;
    encoded.is_empty().then_some(value)
}

/// The member of a map under an integer key.
#[must_use]
pub fn at(value: &Value, key: i64) -> Option<&Value> {
    let key = Value::from(key);
    value.as_map()?.iter().find(|(candidate, _)| *candidate == key).map(|(_, value)| value)
}

/// The member of a map under a text key.
#[must_use]
pub fn named<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    value.as_map()?.iter().find(|(candidate, _)| candidate.as_text() == Some(key)).map(|(_, value)| value)
}
