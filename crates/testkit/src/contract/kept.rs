//! What is kept names nobody.

use super::bench::{Bench, ELSEWHERE, OTHER, SITE, USER, dump, manage, meaning, register};
use super::fixture::{Fixture, Kept};
use super::verdict::{Outcome, ensure};
use crate::leaks::{Needle, found};
use authenticator_core::Manage;
use authenticator_core::credential::RpIdHash;

pub(super) fn names_nobody<F: Fixture>() -> Outcome {
    const HOST_DATA: &[u8] = b"laptop of alice";
    let mut bench = Bench::<F>::prepared()?;
    let credential = register(&mut bench.sim, ELSEWHERE, OTHER)?;
    let record = meaning(&mut bench.sim)?.record_of(SITE, USER)?;
    manage(&mut bench.sim, Manage::SetHostData(record, HOST_DATA))?;

    let mut bytes = Vec::new();
    for row in dump(&bench.sim.world.store)?.rows {
        bytes.extend(row.id.0);
        bytes.extend(row.keys.into_iter().flatten().flatten());
        bytes.extend(row.body);
    }
    let mut place = bench.close();
    let (kept, more) = match place.kept()? {
        Kept::Bytes(kept) => (kept, "in every byte it keeps"),
        Kept::RecordsAlone => (Vec::new(), "in its records; there is nothing else"),
    };
    bytes.extend(kept);
    ensure!(bytes.len() > 1000, "there is nothing to search");
    let needles = [
        Needle::new("a site", SITE.as_bytes()),
        Needle::new("another site", ELSEWHERE.as_bytes()),
        Needle::new("a site's hash", &RpIdHash::of(SITE).0),
        Needle::new("a user handle", USER),
        Needle::new("another user handle", OTHER),
        Needle::new("a person", b"alice"),
        Needle::new("a person, shown", b"Alice"),
        Needle::new("a credential id", &credential.credential_id.unwrap_or_default()),
        Needle::new("what the host keeps", HOST_DATA),
    ];
    let found = found(&bytes, &needles);
    ensure!(found.is_empty(), "it can be read there: {}", found.join(", "));
    Ok(more.to_owned())
}
