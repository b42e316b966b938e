//! Looking for what must not lie in the store's files in clear.

use crate::exit::Failure;
use authenticator_webauthn::base64url;
use std::path::Path;

/// Something to look for, in every form it may have.
pub(super) struct Needle {
    what: &'static str,
    forms: Vec<Vec<u8>>,
}

impl Needle {
    /// `bytes` as they are, in hexadecimal digits of both cases, in base64url and in base64, and as UTF-16.
    pub(super) fn new(what: &'static str, bytes: &[u8]) -> Self {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let base64url = base64url::encode(bytes);
        let base64 = base64url.replace('-', "+").replace('_', "/");
        let utf16 = bytes.iter().flat_map(|byte| [*byte, 0]).collect();
        let upper = hex.to_uppercase().into_bytes();
        let mut forms =
            vec![bytes.to_vec(), hex.into_bytes(), upper, base64url.into_bytes(), base64.into_bytes(), utf16];
        forms.sort_unstable();
        forms.dedup();
        Self { what, forms }
    }
}

/// What a search came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// How many files were looked through.
    pub(super) files: usize,
    /// How many searches were made: each form of each needle in each file.
    pub(super) searches: usize,
    /// How many searches found something.
    pub(super) hits: usize,
    /// What was found, once for each kind of needle.
    pub(super) what: Vec<&'static str>,
}

/// Looks for the needles in the files of a store that is closed: the database, its log and whatever else begins with its name.
pub(super) fn search(store: &Path, needles: &[Needle]) -> Result<Found, Failure> {
    let mut found = Found::default();
    for file in files_of(store)? {
        found.look_through(&file, needles);
    }
    Ok(found)
}

/// Looks through the same files as [`search`] with every form of every needle planted in each, to prove that it finds.
pub(super) fn search_planted(store: &Path, needles: &[Needle]) -> Result<Found, Failure> {
    let mut found = Found::default();
    for file in files_of(store)? {
        let (before, after) = file.split_at_checked(file.len() / 2).unwrap_or((&file, &[]));
        let mut planted = before.to_vec();
        needles.iter().flat_map(|needle| &needle.forms).for_each(|form| {
            planted.extend_from_slice(form);
            planted.push(0);
        });
        planted.extend_from_slice(after);
        found.look_through(&planted, needles);
    }
    Ok(found)
}

impl Found {
    fn look_through(&mut self, file: &[u8], needles: &[Needle]) {
        self.files = self.files.saturating_add(1);
        for needle in needles {
            for form in &needle.forms {
                self.searches = self.searches.saturating_add(1);
                if contains(file, form) {
                    self.hits = self.hits.saturating_add(1);
                    if !self.what.contains(&needle.what) {
                        self.what.push(needle.what);
                    }
                }
            }
        }
    }
}

fn files_of(store: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let unreadable =
        |error: std::io::Error| Failure::Store(format!("the store cannot be searched: {}", error.kind()));
    let (Some(folder), Some(name)) = (store.parent(), store.file_name()) else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let ours = entry.file_name().as_encoded_bytes().starts_with(name.as_encoded_bytes());
        if ours && entry.path().is_file() {
            files.push(std::fs::read(entry.path()).map_err(unreadable)?);
        }
    }
    Ok(files)
}

fn contains(file: &[u8], form: &[u8]) -> bool {
    let Some((first, _)) = form.split_first() else { return false };
    // Most places are passed over by their first byte alone.
    let mut rest = file;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        let Some(here) = rest.get(at..) else { return false };
        if here.starts_with(form) {
            return true;
        }
        rest = here.get(1..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_found_in_every_file_of_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("passkeys.db");
        let needles = [Needle::new("a name", b"alice"), Needle::new("a key", &[0xfb, 0xef, 0xff, 0x00])];
        for (name, content, hits) in [
            ("passkeys.db", b"..a.al.alice..".as_slice(), 1),
            ("passkeys.db-wal", b"616c696365 and --__AA", 2),
            ("passkeys.db-shm", b"aaaaaalicaaalic", 0),
            ("passkeys.db-journal", b"FBEFFF00 ++//AA a\0l\0i\0c\0e\0", 3),
            ("another", b"alice", 0),
        ] {
            let before = search(&store, &needles).unwrap();
            std::fs::write(folder.path().join(name), content).unwrap();
            let after = search(&store, &needles).unwrap();
            assert_eq!(after.hits - before.hits, hits, "{name}");
        }
        let planted = search_planted(&store, &needles).unwrap();
        assert_eq!((planted.files, planted.hits), (4, planted.searches));
        assert_eq!(planted.what, ["a name", "a key"]);
    }
}
