//! The syntax of host names, shared by origins and relying party ids.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Why a host name is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostNameError {
    /// There is none.
    Empty,
    /// Longer than 253 characters, or a label longer than 63.
    TooLong,
    /// Two dots in a row, or a dot at the front.
    EmptyLabel,
    /// A dot at the end: a different origin for browsers, the same machine for DNS.
    TrailingDot,
    /// A letter in upper case; relying party ids are hashed as they are written.
    UpperCase,
    /// A character that is no letter, digit or hyphen. Names in other scripts are written in punycode (`xn--…`).
    Character,
    /// A label that begins or ends with a hyphen.
    Hyphen,
    /// An IP address, or a name that browsers would read as one.
    IpAddress,
}

impl fmt::Display for HostNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the host name is empty",
            Self::TooLong => "the host name is too long",
            Self::EmptyLabel => "the host name has an empty part",
            Self::TrailingDot => "the host name ends with a dot",
            Self::UpperCase => "the host name has a letter in upper case",
            Self::Character => "the host name has a character that is not allowed",
            Self::Hyphen => "a part of the host name begins or ends with a hyphen",
            Self::IpAddress => "the host is an IP address, not a name",
        })
    }
}

impl std::error::Error for HostNameError {}

/// Checks a domain name in lower case: letters, digits and hyphens, as WHATWG URL's "valid domain" has it.
pub(crate) fn check(name: &str) -> Result<(), HostNameError> {
    if name.is_empty() {
        return Err(HostNameError::Empty);
    }
    if name.len() > 253 {
        return Err(HostNameError::TooLong);
    }
    if name.starts_with('[') || name.parse::<Ipv6Addr>().is_ok() || looks_like_ipv4(name) {
        return Err(HostNameError::IpAddress);
    }
    if name.len() > 1 && name.ends_with('.') && !name.ends_with("..") {
        return Err(HostNameError::TrailingDot);
    }
    name.split('.').try_for_each(check_label)
}

/// Whether the whole is an IPv4 address in the one form that everybody reads alike.
pub(crate) fn is_ipv4(host: &str) -> bool {
    host.parse::<Ipv4Addr>().is_ok()
}

/// WHATWG URL's "ends in a number": browsers read such hosts as IPv4 addresses, in decimal, octal or hexadecimal.
fn looks_like_ipv4(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or(name);
    if !last.is_empty() && last.bytes().all(|c| c.is_ascii_digit()) {
        return true;
    }
    last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|c| c.is_ascii_hexdigit()))
}

fn check_label(label: &str) -> Result<(), HostNameError> {
    if label.is_empty() {
        return Err(HostNameError::EmptyLabel);
    }
    if label.len() > 63 {
        return Err(HostNameError::TooLong);
    }
    for character in label.bytes() {
        match character {
            b'a'..=b'z' | b'0'..=b'9' | b'-' => {}
            b'A'..=b'Z' => return Err(HostNameError::UpperCase),
            _ => return Err(HostNameError::Character),
        }
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err(HostNameError::Hyphen);
    }
    Ok(())
}
