//! Requests with something changed: a byte, a length, a member.

use authenticator_testkit::cbor::{self, Value};

/// Every change of one byte behind the command.
pub(crate) fn bytes(request: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (1..request.len()).flat_map(move |place| {
        (1..=255).map(move |change| {
            let mut changed = request.to_vec();
            changed[place] ^= change;
            changed
        })
    })
}

/// The heads of every type, and what is none.
const PUT_IN: [u8; 12] = [0x00, 0x01, 0x18, 0x20, 0x40, 0x60, 0x80, 0xA0, 0xC0, 0xF5, 0xF6, 0xFF];

/// Every beginning, every byte left out, and some put in everywhere.
pub(crate) fn lengths(request: &[u8]) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = (0..request.len()).map(|length| request[..length].to_vec()).collect();
    all.extend((0..request.len()).map(|place| [&request[..place], &request[place + 1..]].concat()));
    for place in 1..=request.len() {
        all.extend(PUT_IN.map(|byte| [&request[..place], &[byte], &request[place..]].concat()));
    }
    all
}

/// In each map, at every depth: every member left out, doubled, swapped with its neighbour or under another key, and members that
/// nobody knows put in. Each as it falls, and with its keys in order.
pub(crate) fn members(request: &[u8]) -> Vec<Vec<u8>> {
    let Some(parameters) = cbor::decode(&request[1..]) else { return Vec::new() };
    let mut all = Vec::new();
    for changed in of_value(&parameters) {
        for parameters in [canonical(&changed), changed] {
            all.push([&request[..1], &cbor::encode(&parameters)].concat());
        }
    }
    all
}

fn of_value(value: &Value) -> Vec<Value> {
    match value {
        Value::Map(pairs) => of_map(pairs).into_iter().map(Value::Map).collect(),
        Value::Array(items) => {
            let inside = |(place, item): (usize, &Value)| {
                of_value(item).into_iter().map(move |changed| {
                    let mut items = items.clone();
                    items[place] = changed;
                    Value::Array(items)
                })
            };
            items.iter().enumerate().flat_map(inside).collect()
        }
        _ => Vec::new(),
    }
}

type Pairs = Vec<(Value, Value)>;

fn of_map(pairs: &Pairs) -> Vec<Pairs> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut Pairs)| {
        let mut changed = pairs.clone();
        change(&mut changed);
        all.push(changed);
    };
    let last = pairs.len().saturating_sub(1);
    for place in 0..pairs.len() {
        with(&|pairs| _ = pairs.remove(place));
        with(&|pairs| pairs.insert(place, pairs[place].clone()));
        with(&|pairs| pairs.swap(place, last));
        let name = pairs[place].0.as_text().unwrap_or("name").as_bytes().to_vec();
        for key in [Value::Bytes(name), Value::from(1), Value::from(-20), Value::Null] {
            with(&|pairs| pairs[place].0 = key.clone());
        }
        for value in odd() {
            with(&|pairs| pairs[place].1 = value.clone());
        }
        for changed in of_value(&pairs[place].1) {
            with(&|pairs| pairs[place].1 = changed.clone());
        }
    }
    let keys = [
        Value::from(0),
        Value::from(0x20),
        Value::from(-9),
        "unknown".into(),
        "url".into(),
        cbor::bytes(b"id"),
    ];
    for key in keys {
        for value in odd() {
            with(&|pairs| pairs.push((key.clone(), value.clone())));
        }
    }
    all
}

/// A value of each type.
pub(crate) fn odd() -> [Value; 10] {
    [
        Value::Null,
        Value::Bool(true),
        Value::from(1),
        Value::from(0x1_0000_0000_u64),
        Value::from(-7),
        Value::from(1.5),
        "text".into(),
        cbor::bytes(&[1; 90]),
        cbor::array([1, 2]),
        cbor::map([(1, 1)]),
    ]
}

/// The value with the keys of all its maps in canonical order, at every depth.
pub(crate) fn canonical(value: &Value) -> Value {
    match value {
        Value::Map(pairs) => cbor::map(pairs.iter().map(|(key, value)| (canonical(key), canonical(value)))),
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        other => other.clone(),
    }
}
