//! Which deviations a request has, by its bytes alone.

use crate::deviation::Name;
use crate::item::{Flaw, Item, read};
use crate::schema::{PARAMETER, Presence, Type, of};
use std::collections::BTreeSet;

/// The longest request there is.
pub(crate) const MAX_MESSAGE: u16 = 7609;

/// What is to be said of a request's bytes.
pub(crate) struct Found {
    pub(crate) deviations: BTreeSet<Name>,
    /// Whether the command has parameters, and they are canonical; `None`: it has none, or is not ours.
    pub(crate) canonical: Option<bool>,
}

/// Looks for them.
pub(crate) fn find(request: &[u8]) -> Found {
    let mut deviations = BTreeSet::new();
    if request.len() > usize::from(MAX_MESSAGE) {
        deviations.insert(Name::TooLong);
    }
    let Some((command, parameters)) = request.split_first() else {
        return Found { deviations, canonical: None };
    };
    if matches!(command, 0x42..=0x7F) {
        deviations.insert(Name::OtherCommand);
    }
    let (item, flaws) = read(parameters);
    let sets_min_pin_length = item.as_ref().and_then(|item| item.at(1)) == Some(&Item::Unsigned(3));
    let Some(schema) = of(*command, sets_min_pin_length) else {
        return Found { deviations, canonical: None };
    };
    deviations.extend(flaws.iter().map(|flaw| match flaw {
        Flaw::IllFormed => Name::IllFormed,
        Flaw::Trailing => Name::Trailing,
        Flaw::KeyOrder => Name::KeyOrder,
        Flaw::NotShortest => Name::NotShortest,
        Flaw::Tag => Name::Tag,
        Flaw::Utf8 => Name::Utf8,
        Flaw::Deep => Name::Deep,
    }));
    if let Some(item) = &item {
        walk(schema, item, &mut deviations);
    }
    Found { deviations, canonical: Some(flaws.is_empty()) }
}

fn walk(schema: &Type, item: &Item<'_>, found: &mut BTreeSet<Name>) {
    let mut note = |condition: bool, name: Name| {
        if condition {
            found.insert(name);
        }
    };
    match (schema, item) {
        (Type::Number(max), Item::Unsigned(number)) => note(number > max, Name::NumberTooGreat),
        (Type::Integer, Item::Unsigned(number) | Item::Negative(number)) => {
            note(i32::try_from(*number).is_err(), Name::NumberTooGreat);
        }
        (Type::Choice(known), Item::Unsigned(number)) => {
            note(!known.contains(number), Name::UnknownSubcommand)
        }
        (Type::Level, Item::Unsigned(level)) => note(!(1..=3).contains(level), Name::Level),
        (Type::Text(max), Item::Text(text)) => note(text.len() > *max, Name::TextTooLong),
        (Type::Hash, Item::Bytes(hash)) => note(hash.len() != 32, Name::HashLength),
        (Type::Copied(max), Item::Bytes(bytes)) => note(bytes.len() > *max, Name::BytesTooLong),
        (Type::UserId, Item::Bytes(id)) => note(id.is_empty(), Name::UserId),
        (Type::Copied(_) | Type::UserId, Item::Array(_)) => note(true, Name::BytesAsArray),
        (Type::List(of, max), Item::Array(items)) => {
            note(items.len() > *max, Name::ListTooLong);
            items.iter().for_each(|item| walk(of, item, found));
        }
        (Type::Algorithms, Item::Array(items)) => {
            let of_both = items.iter().filter(|item| is_algorithm(item, &[6, 7]));
            note(of_both.count() > 2, Name::CrowdedOut);
            note(items.iter().any(|item| is_algorithm(item, &[34])), Name::Algorithm);
            items.iter().for_each(|item| walk(&PARAMETER, item, found));
        }
        (Type::Formats, Item::Array(items)) => {
            let known = |item: &&Item<'_>| matches!(item.text(), Some(b"none" | b"packed"));
            note(items.iter().filter(known).count() > 2, Name::CrowdedOut);
        }
        (Type::Numbered(members), Item::Map(pairs)) => {
            for (key, value) in pairs {
                let known =
                    members.iter().find(|(number, _)| *key == Item::Unsigned(*number)).map(|(_, of)| of);
                match known {
                    Some(of) => walk(of, value, found),
                    None => _ = found.insert(Name::UnknownMember),
                }
            }
        }
        (Type::LargeBlobs(members), Item::Map(_)) => {
            note(item.at(3).is_none(), Name::NoOffset);
            walk(members, item, found);
        }
        (Type::Named(members), Item::Map(pairs)) => {
            // Two words for the same.
            note(item.named("url").is_some() && item.named("icon").is_some(), Name::Url);
            pairs.iter().for_each(|(key, value)| walk_named(members, key, value, found));
        }
        (Type::Incomplete(of, required), Item::Map(_)) => {
            note(required.iter().any(|name| item.named(name).is_none()), Name::IncompleteEntity);
            walk(of, item, found);
        }
        (Type::CoseKey, Item::Map(pairs)) => walk_key(pairs, item, found),
        (Type::Theirs(name, of), item) => note(!fits(of, item), *name),
        (Type::LargeBlob(is_right), item) => note(!is_right(item), Name::LargeBlob),
        (Type::Ours(of), item) => note(!fits(of, item), Name::OursAlone),
        _ => {}
    }
}

fn walk_named(
    members: &[(&str, Presence, Type)],
    key: &Item<'_>,
    value: &Item<'_>,
    found: &mut BTreeSet<Name>,
) {
    match key {
        Item::Text(text) => {
            let member = members.iter().find(|(name, ..)| name.as_bytes() == *text);
            match member {
                Some((_, Presence::OrNull, Type::Theirs(..))) if *value == Item::Null => {}
                Some((_, Presence::OrNull, _)) if *value == Item::Null => _ = found.insert(Name::Null),
                Some((.., of)) => walk(of, value, found),
                None => {}
            }
        }
        Item::Bytes(_) => _ = found.insert(Name::KeyAsBytes),
        Item::Unsigned(_) => _ = found.insert(Name::KeyAsNumber),
        _ => _ = found.insert(Name::KeyOfOtherType),
    }
}

/// Whether it names one of these algorithms, whose numbers are all negative: −1 − n.
fn is_algorithm(item: &Item<'_>, numbers: &[u64]) -> bool {
    item.named("type").and_then(Item::text) == Some(b"public-key")
        && matches!(item.named("alg"), Some(Item::Negative(number)) if numbers.contains(number))
}

fn walk_key(pairs: &[(Item<'_>, Item<'_>)], key: &Item<'_>, found: &mut BTreeSet<Name>) {
    let known = |label: &Item<'_>| matches!(label, Item::Unsigned(1 | 3) | Item::Negative(0..=2));
    if pairs.iter().any(|(label, _)| !known(label)) {
        found.insert(Name::CoseLabel);
    }
    let under = |label| pairs.iter().find(|(found, _)| *found == label).map(|(_, value)| value);
    let coordinates = [under(Item::Negative(1)), under(Item::Negative(2))];
    // EC2, ECDH-ES+HKDF-256 if it says so, P-256.
    let is_theirs = key.at(1) == Some(&Item::Unsigned(2))
        && key.at(3).is_none_or(|algorithm| *algorithm == Item::Negative(24))
        && under(Item::Negative(0)) == Some(&Item::Unsigned(1))
        && coordinates.iter().all(Option::is_some);
    if !is_theirs {
        found.insert(Name::CoseKey);
    }
    coordinates.into_iter().flatten().for_each(|coordinate| walk(&Type::Copied(32), coordinate, found));
}

/// Whether an item is what they, or we, take there: for what the other passes over.
fn fits(schema: &Type, item: &Item<'_>) -> bool {
    match (schema, item) {
        (Type::Number(max), Item::Unsigned(number)) => number <= max,
        (Type::Flag, Item::Flag(_)) | (Type::Text(_), Item::Text(_)) | (Type::Null, Item::Null) => true,
        (Type::List(of, max), Item::Array(items)) => {
            items.len() <= *max && items.iter().all(|item| fits(of, item))
        }
        (Type::Numbered(members), Item::Map(pairs)) => pairs.iter().all(|(key, value)| {
            members.iter().any(|(number, of)| *key == Item::Unsigned(*number) && fits(of, value))
        }),
        _ => false,
    }
}
