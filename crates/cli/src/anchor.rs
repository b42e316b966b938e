//! The anchor that `--anchor` names, or none.

use authenticator_host::{Anchor, FileAnchor};
use std::path::Path;

/// A file's anchor; without one, no store is an older copy.
#[derive(Debug)]
pub(crate) struct OwnAnchor(Option<FileAnchor>);

impl OwnAnchor {
    pub(crate) fn new(path: Option<&Path>) -> Self {
        Self(path.map(FileAnchor::new))
    }
}

impl Anchor for OwnAnchor {
    fn read(&self) -> std::io::Result<u64> {
        self.0.as_ref().map_or(Ok(0), Anchor::read)
    }

    fn advance(&mut self, to: u64) -> std::io::Result<()> {
        self.0.as_mut().map_or(Ok(()), |anchor| anchor.advance(to))
    }
}
