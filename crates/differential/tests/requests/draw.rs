//! Drawn requests: good ones with some members that are not, in whatever place.

use super::change::{canonical, odd};
use super::good;
use authenticator_testkit::SeededRng;
use authenticator_testkit::cbor::{self, Value};
use rand_core::Rng;
use std::sync::LazyLock;

/// Good requests, taken apart.
static GOOD: LazyLock<Vec<(u8, Value)>> = LazyLock::new(|| {
    let requests = good::requests();
    let apart = requests.iter().filter_map(|request| Some((request[0], cbor::decode(&request[1..])?)));
    apart.collect()
});

struct Draw(SeededRng);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.0.next_u32()).expect("fits") % limit
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// The request of this number: one to four changes, and in three of four its keys in order after that.
pub(crate) fn request(seed: u64) -> Vec<u8> {
    let mut draw = Draw(SeededRng::new(seed));
    let (command, mut parameters) = draw.of(&GOOD).clone();
    for _ in 0..=draw.below(4) {
        let place = draw.below(nodes(&parameters));
        change(&mut parameters, &mut { place }, &mut draw);
    }
    if draw.below(4) > 0 {
        parameters = canonical(&parameters);
    }
    [vec![command], cbor::encode(&parameters)].concat()
}

fn children(value: &mut Value) -> Vec<&mut Value> {
    match value {
        Value::Map(pairs) => pairs.iter_mut().map(|(_, value)| value).collect(),
        Value::Array(items) => items.iter_mut().collect(),
        _ => Vec::new(),
    }
}

fn nodes(value: &Value) -> usize {
    match value {
        Value::Map(pairs) => 1 + pairs.iter().map(|(_, value)| nodes(value)).sum::<usize>(),
        Value::Array(items) => 1 + items.iter().map(nodes).sum::<usize>(),
        _ => 1,
    }
}

/// Changes the value in this place, counted from the root. Whether it was met.
fn change(value: &mut Value, place: &mut usize, draw: &mut Draw) -> bool {
    if *place == 0 {
        *value = changed(value, draw);
        return true;
    }
    *place -= 1;
    children(value).into_iter().any(|child| change(child, place, draw))
}

fn changed(value: &Value, draw: &mut Draw) -> Value {
    match value {
        Value::Map(pairs) if !pairs.is_empty() && draw.below(4) > 0 => Value::Map(other_pairs(pairs, draw)),
        Value::Array(items) if !items.is_empty() && draw.below(2) > 0 => {
            let count = draw.below(20);
            Value::Array(std::iter::repeat_with(|| draw.of(items).clone()).take(count).collect())
        }
        Value::Bytes(_) if draw.below(2) > 0 => Value::Bytes(vec![7; draw.below(100)]),
        Value::Text(_) if draw.below(2) > 0 => Value::Text("é".repeat(draw.below(200))),
        Value::Integer(_) if draw.below(2) > 0 => Value::from(u64::from(draw.0.next_u32()) << draw.below(33)),
        _ => draw.of(&odd()).clone(),
    }
}

fn other_pairs(pairs: &[(Value, Value)], draw: &mut Draw) -> Vec<(Value, Value)> {
    let mut pairs = pairs.to_vec();
    let place = draw.below(pairs.len());
    match draw.below(5) {
        0 => _ = pairs.remove(place),
        1 => pairs[place].0 = draw.of(&odd()).clone(),
        2 => pairs.push((Value::from(draw.0.next_u32() % 14), draw.of(&odd()).clone())),
        3 => {
            // A member of another request.
            let (_, other) = draw.of(&GOOD);
            let others = other.as_map().cloned().unwrap_or_default();
            pairs.extend((!others.is_empty()).then(|| draw.of(&others).clone()));
        }
        _ => pairs.swap(place, 0),
    }
    pairs
}
