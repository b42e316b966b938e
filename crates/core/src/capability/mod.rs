//! What an authenticator can do: one table from which getInfo's reply, the versions it claims and `docs/capabilities.md`
//! follow.
//!
//! Each row says how it follows from an [`Info`]: what the authenticator is, and how its user has set it.

mod extension;
mod member;
mod option;
mod version;

pub(crate) use extension::extensions;
pub(crate) use member::{Value, members};
pub(crate) use option::options;
pub(crate) use version::versions;

/// What `docs/capabilities.md` says of a row. It is compiled into the tests, which write the page, and into nothing else: a
/// board has no room for prose.
struct Prose {
    #[cfg(test)]
    line: &'static str,
    #[cfg(test)]
    follows: &'static str,
    #[cfg(test)]
    promises: &'static str,
}

/// The line of the requirements, from what the row follows, and what it promises a client.
#[cfg(test)]
const fn prose(line: &'static str, follows: &'static str, promises: &'static str) -> Prose {
    Prose { line, follows, promises }
}

#[cfg(not(test))]
const fn prose(_: &'static str, _: &'static str, _: &'static str) -> Prose {
    Prose {}
}

#[cfg(test)]
mod page;
#[cfg(test)]
pub(crate) mod tests;
