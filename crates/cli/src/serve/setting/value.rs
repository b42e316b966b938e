//! Values, as settings want them.

use toml::Value;

pub(super) fn boolean(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "true or false".to_owned())
}

pub(super) fn number<N: TryFrom<i64>>(value: &Value) -> Result<N, String> {
    let number = value.as_integer().ok_or_else(|| "a number".to_owned())?;
    N::try_from(number).map_err(|_| "a number that is not too large or too small".to_owned())
}

pub(super) fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| "a word".to_owned())
}

pub(super) fn list<T>(value: &Value, read: impl Fn(&Value) -> Result<T, String>) -> Result<Vec<T>, String> {
    value.as_array().ok_or_else(|| "a list in brackets".to_owned())?.iter().map(read).collect()
}

/// What is known by this name.
pub(super) fn named<T: Copy>(value: &Value, known: &[(&str, T)]) -> Result<T, String> {
    let name = text(value)?;
    known.iter().find(|(known, _)| *known == name).map(|(_, meant)| *meant).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        format!("{name:?} is none of {}", names.join(", "))
    })
}

/// 32 hexadecimal digits, with or without dashes.
pub(super) fn aaguid(value: &Value) -> Result<[u8; 16], String> {
    let digits: String = text(value)?.chars().filter(|digit| *digit != '-').collect();
    let number = (digits.len() == 32).then(|| u128::from_str_radix(&digits, 16).ok()).flatten();
    number.map(u128::to_be_bytes).ok_or_else(|| "32 hexadecimal digits".to_owned())
}

/// A profile lasts as long as the process, and there is one.
pub(super) fn leaked<T>(list: Vec<T>) -> &'static [T] {
    Vec::leak(list)
}
