//! Who is asking: the origin of a web page or of an Android app.

use std::fmt;

use crate::base64url;
use crate::error::Error;
use crate::host_name::{self, HostNameError};

/// An origin in its canonical form. `Debug` shows its kind only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    text: String,
    host: Host,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Host {
    Domain(String),
    Address,
    App,
}

impl Origin {
    /// Reads `https://host[:port]`, `http://host[:port]` of this very machine, or `android:apk-key-hash:…`.
    ///
    /// Scheme and host are put in lower case, the default port and a single final `/` are dropped. Hosts in other
    /// scripts must come in punycode, as every browser hands them over.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::parse_any(text).map_err(Error::from)
    }

    /// The ASCII form, as it stands in client data.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether this is a web page's origin.
    pub fn is_web(&self) -> bool {
        !self.is_app()
    }

    /// Whether this is an app's origin.
    pub fn is_app(&self) -> bool {
        self.host == Host::App
    }

    /// The domain of a web origin (its "effective domain"); `None` for IP addresses and apps.
    pub fn domain(&self) -> Option<&str> {
        match &self.host {
            Host::Domain(name) => Some(name),
            Host::Address | Host::App => None,
        }
    }

    fn parse_any(text: &str) -> Result<Self, OriginError> {
        if text.is_empty() {
            return Err(OriginError::Empty);
        }
        if !text.is_ascii() {
            return Err(OriginError::NotAscii);
        }
        if let Some(hash) = text.strip_prefix(APK_KEY_HASH) {
            return Self::parse_app(text, hash);
        }
        let (scheme, rest) = text.split_once("://").ok_or(OriginError::Scheme)?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            _ => return Err(OriginError::Scheme),
        };
        Self::parse_web(scheme, rest)
    }

    fn parse_app(text: &str, hash: &str) -> Result<Self, OriginError> {
        let digest = base64url::decode(hash).map_err(|_| OriginError::AppKeyHash)?;
        // Written in one way only, so that equal origins are equal texts.
        if digest.len() != 32 || base64url::encode(&digest) != hash {
            return Err(OriginError::AppKeyHash);
        }
        Ok(Self { text: text.to_owned(), host: Host::App })
    }

    fn parse_web(scheme: Scheme, rest: &str) -> Result<Self, OriginError> {
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        for character in authority.chars() {
            match character {
                '/' | '\\' => return Err(OriginError::Path),
                '?' | '#' => return Err(OriginError::Query),
                '@' => return Err(OriginError::UserInfo),
                _ => {}
            }
        }
        let (host, port) = split_port(authority)?;
        let host = host.to_ascii_lowercase();

        let kind = if host == IPV6_LOOPBACK || host_name::is_ipv4(&host) {
            Host::Address
        } else {
            host_name::check(&host)?;
            Host::Domain(host.clone())
        };
        if scheme == Scheme::Http && !is_this_machine(&host) {
            return Err(OriginError::Insecure);
        }

        let text = match port {
            Some(port) if port != scheme.default_port() => format!("{}://{host}:{port}", scheme.as_str()),
            _ => format!("{}://{host}", scheme.as_str()),
        };
        Ok(Self { text, host: kind })
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_app() { "Origin(app)" } else { "Origin(web)" })
    }
}

/// Why an origin is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OriginError {
    /// There is none.
    Empty,
    /// It has characters outside ASCII.
    NotAscii,
    /// It is neither `https://`, `http://` nor `android:apk-key-hash:`.
    Scheme,
    /// `http://` to another machine.
    Insecure,
    /// It names a user or password.
    UserInfo,
    /// It has a path.
    Path,
    /// It has a query or a fragment.
    Query,
    /// The port is no number from 1 to 65535.
    Port,
    /// The host name is malformed.
    Host(HostNameError),
    /// The hash of the app's signing certificate is not 32 bytes of unpadded base64url.
    AppKeyHash,
    /// An app's origin where a web page's is due.
    NotWeb,
    /// A web page's origin where an app's is due.
    NotApp,
    /// The topmost page is of another origin, and the frame is said not to be embedded across origins.
    TopOrigin,
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "there is none",
            Self::NotAscii => "it has characters outside ASCII",
            Self::Scheme => "it does not begin with https",
            Self::Insecure => "the connection is not secure",
            Self::UserInfo => "it names a user",
            Self::Path => "it has a path",
            Self::Query => "it has a query",
            Self::Port => "its port is not a number from 1 to 65535",
            Self::Host(error) => return write!(f, "{error}"),
            Self::AppKeyHash => "the app's certificate hash is malformed",
            Self::NotWeb => "it is an app's, not a web page's",
            Self::NotApp => "it is a web page's, not an app's",
            Self::TopOrigin => "the page around it is of another site than is said",
        })
    }
}

impl std::error::Error for OriginError {}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Https,
    Http,
}

impl Scheme {
    fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Https => 443,
            Self::Http => 80,
        }
    }
}

/// Hosts that never leave the machine, so that http is as good as https (W3C Secure Contexts §3.1).
fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1" || host == IPV6_LOOPBACK
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), OriginError> {
    // An IPv6 address has colons of its own, inside brackets.
    let host_end = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    let colon = match authority.get(host_end..).and_then(|tail| tail.find(':')) {
        Some(offset) => host_end + offset,
        None => return Ok((authority, None)),
    };
    let (host, port) = authority.split_at(colon);
    let digits = port.strip_prefix(':').unwrap_or(port);
    // `parse` alone would take "+443".
    if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) {
        return Err(OriginError::Port);
    }
    match digits.parse::<u16>() {
        Ok(0) | Err(_) => Err(OriginError::Port),
        Ok(port) => Ok((host, Some(port))),
    }
}

const APK_KEY_HASH: &str = "android:apk-key-hash:";

/// The only IPv6 address accepted: no address can be a relying party id, and this one serves local development.
const IPV6_LOOPBACK: &str = "[::1]";

#[cfg(test)]
mod tests;
