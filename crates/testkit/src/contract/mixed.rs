//! Records of now and of before, mixed; records changed, cut and swapped.
//!
//! What is wrong with one record is seen whenever it is read, for each is bound to its kind, id, version and generation. A
//! record put back *with* the version it had is as good as new to whoever reads it alone: only the full check, which adds
//! up all of them, finds records of two times.

use super::alter::Altered;
use super::bench::{
    Bench, ELSEWHERE, HOST_RECORD, OTHER, Row, SITE, USER, dump, findings, found, goes_on, manage, meaning,
    prepare, register, sign_in, sim, works,
};
use super::fixture::Fixture;
use super::verdict::{Fail, Outcome, ensure};
use crate::device_key;
use crate::request::get_assertion;
use authenticator_core::Manage;
use authenticator_core::store::{Finding, Listed, Lookup, Query, RecordId, RecordKind, Store};
use std::ops::ControlFlow;

/// A record, what it was before it was rewritten, and another one beside it.
struct Rows {
    before: Row,
    now: Row,
    other: Row,
}

/// What is done to a record.
type Alteration = fn(&Rows) -> Row;

const ALTERATIONS: [(&str, Alteration); 7] = [
    ("its older content", |rows| Row { body: rows.before.body.clone(), ..rows.now.clone() }),
    ("another's content", |rows| Row { body: rows.other.body.clone(), ..rows.now.clone() }),
    ("a changed first byte", |rows| flipped(&rows.now, 0)),
    ("a changed last byte", |rows| flipped(&rows.now, rows.now.body.len().saturating_sub(1))),
    ("no content", |rows| Row { body: Vec::new(), ..rows.now.clone() }),
    ("another version", |rows| Row { version: rows.now.version.saturating_add(1), ..rows.now.clone() }),
    ("another number", |rows| Row { number: rows.now.number.saturating_add(40), ..rows.now.clone() }),
];

fn flipped(row: &Row, place: usize) -> Row {
    let mut row = row.clone();
    if let Some(byte) = row.body.get_mut(place) {
        *byte ^= 0x01;
    }
    row
}

pub(super) fn is_detected<F: Fixture>() -> Outcome {
    for (what, alteration) in ALTERATIONS {
        one::<F>(alteration).map_err(|fail| fail.during(what))?;
    }
    Ok(String::new())
}

fn row(store: &impl Lookup, kind: RecordKind, id: RecordId) -> Result<Row, Fail> {
    let rows = found(store, &Query::Record { kind, id })?;
    rows.into_iter().next().ok_or_else(|| Fail::broken("a record is lost"))
}

fn one<F: Fixture>(alteration: Alteration) -> Result<(), Fail> {
    let mut bench = Bench::<F>::at(F::new(), 1)?;
    prepare(&mut bench.sim)?;
    let untouched = register(&mut bench.sim, ELSEWHERE, OTHER)?;
    let beside = register(&mut bench.sim, SITE, OTHER)?;
    let all = meaning(&mut bench.sim)?;
    let passkey = all.of(SITE, USER)?;
    let before = row(&bench.sim.world.store, RecordKind::Credential, passkey.record)?;
    manage(&mut bench.sim, Manage::SetHostData(passkey.record, b"of today"))?;
    let now = row(&bench.sim.world.store, RecordKind::Credential, passkey.record)?;
    let other = row(&bench.sim.world.store, RecordKind::Credential, all.record_of(SITE, OTHER)?)?;
    ensure!(before.version != now.version, "a record that was rewritten has the version it had");
    let altered = alteration(&Rows { before, now, other });

    let opened = sim(Altered::new(bench.place.open()), device_key(), 2);
    let mut sim = opened.map_err(|error| Fail::broken(format!("it cannot be opened: {error}")))?;
    let damaged = sim.world.session.damaged();
    sim.world.store.inner.put(altered);
    let seen = meaning(&mut sim)?;
    ensure!(seen.unreadable == [passkey.record], "it is not seen that a record is not its own");
    ensure!(seen.passkeys.len() == all.passkeys.len().saturating_sub(1), "it hides others");
    ensure!(sim.world.session.damaged() > damaged, "it is not counted");

    let status = sim.send(&get_assertion(SITE).list([passkey.id.as_slice()])).status;
    ensure!(status == 0x2E, "it is offered all the same: {status:#04X}");
    sign_in(&mut sim, SITE, &beside)?;
    sign_in(&mut sim, ELSEWHERE, &untouched)?;
    goes_on(&mut sim)?;
    manage(&mut sim, Manage::Delete(passkey.record))?;
    let left = meaning(&mut sim)?;
    ensure!(left.unreadable.is_empty() && left.of(SITE, USER).is_err(), "it cannot be deleted");
    Ok(())
}

/// What is brought back from an older time, or taken away.
#[derive(Clone, Copy, Debug)]
enum Mixture {
    CredentialAsItWas,
    DeletedCredential,
    CredentialGone,
    HostRecordAsItWas,
    UnderAnothersIndexes,
}

pub(super) fn is_found_by_the_full_check<F: Fixture>() -> Outcome {
    for mixture in [
        Mixture::CredentialAsItWas,
        Mixture::DeletedCredential,
        Mixture::CredentialGone,
        Mixture::HostRecordAsItWas,
        Mixture::UnderAnothersIndexes,
    ] {
        mix::<F>(mixture).map_err(|fail| fail.during(format!("{mixture:?}")))?;
    }
    under_an_older_header::<F>().map_err(|fail| fail.during("the header as it was"))?;
    Ok(String::new())
}

/// The header alone is put back: the store takes commits as it did then, and gives numbers a second time, until it is mended.
/// Seen the other way round: the store is as it was then, and all records but the header are those of now.
fn under_an_older_header<F: Fixture>() -> Result<(), Fail> {
    const MANY: [&[u8]; 3] = [b"first", b"second", b"third"];
    let mut now = Bench::<F>::prepared()?;
    manage(&mut now.sim, Manage::PutHost { record: HOST_RECORD, bytes: b"of today" })?;
    let later = register(&mut now.sim, ELSEWHERE, OTHER)?;
    let rows = dump(&now.sim.world.store)?.rows;

    let mut then = Bench::<F>::prepared()?;
    let opened = sim(Altered::new(then.place.open()), device_key(), 2);
    let mut sim = opened.map_err(|error| Fail::broken(format!("it cannot be opened: {error}")))?;
    for row in rows.into_iter().filter(|row| row.kind != RecordKind::Header) {
        sim.world.store.inner.put(row);
    }
    let found = findings(&mut sim)?;
    ensure!(found == [Finding::Mixed], "the full check finds {found:?}");
    sign_in(&mut sim, ELSEWHERE, &later)?;
    for user in MANY {
        register(&mut sim, SITE, user)?;
    }
    let found = findings(&mut sim)?;
    let twins: Vec<RecordId> = found
        .iter()
        .filter_map(|finding| match finding {
            Finding::Misindexed { record } => Some(*record),
            _ => None,
        })
        .collect();
    ensure!(
        twins.len() == 1 && found.len() == 2,
        "numbers were given twice, and the full check finds {found:?}"
    );
    manage(&mut sim, Manage::AcceptRecords)?;
    twins.into_iter().try_for_each(|record| manage(&mut sim, Manage::Rewrite(record)))?;
    works(&mut sim)?;
    let all = meaning(&mut sim)?.passkeys.len();
    let in_pages = in_pages_of_one(&mut sim)?;
    ensure!(in_pages == all, "read in pages, {in_pages} passkeys of {all} are there");
    sign_in(&mut sim, ELSEWHERE, &later)
}

/// How many credentials there are for somebody who looks at one at a time.
fn in_pages_of_one<S: Store>(sim: &mut crate::Sim<S>) -> Result<usize, Fail> {
    let (mut count, mut before) = (0_usize, None);
    let mut context = sim.world.context();
    let vault = context.vault()?;
    loop {
        let mut last = None;
        let _ = vault.credentials(before, &mut |listed| {
            last = match listed {
                Listed::Credential(entry) => Some(entry.credential.number),
                Listed::Unreadable { number, .. } => Some(number),
            };
            ControlFlow::Break(())
        })?;
        let Some(number) = last else { return Ok(count) };
        count = count.saturating_add(1);
        before = Some(number);
    }
}

fn mix<F: Fixture>(mixture: Mixture) -> Result<(), Fail> {
    let mut bench = Bench::<F>::prepared()?;
    let untouched = register(&mut bench.sim, ELSEWHERE, OTHER)?;
    let all = meaning(&mut bench.sim)?;
    let [user, other] = [all.record_of(SITE, USER)?, all.record_of(SITE, OTHER)?];
    let rows = |sim: &crate::Sim<F::Store>| -> Result<[Row; 3], Fail> {
        let store = &sim.world.store;
        Ok([
            row(store, RecordKind::Credential, user)?,
            row(store, RecordKind::Credential, other)?,
            row(store, RecordKind::Host, HOST_RECORD)?,
        ])
    };
    let [user_then, other_then, host_then] = rows(&bench.sim)?;
    manage(&mut bench.sim, Manage::SetHostData(user, b"of today"))?;
    manage(&mut bench.sim, Manage::PutHost { record: HOST_RECORD, bytes: b"of today" })?;
    let [user_now, ..] = rows(&bench.sim)?;
    if let Mixture::DeletedCredential = mixture {
        manage(&mut bench.sim, Manage::Delete(other))?;
    }

    let opened = sim(Altered::new(bench.place.open()), device_key(), 2);
    let mut sim = opened.map_err(|error| Fail::broken(format!("it cannot be opened: {error}")))?;
    works(&mut sim)?;
    let (store, mut expected) = (&mut sim.world.store.inner, Finding::Mixed);
    match mixture {
        Mixture::CredentialAsItWas => store.put(user_then),
        Mixture::DeletedCredential => store.put(other_then),
        Mixture::CredentialGone => store.take_away(RecordKind::Credential, user),
        Mixture::HostRecordAsItWas => store.put(host_then),
        Mixture::UnderAnothersIndexes => {
            expected = Finding::Misindexed { record: user };
            store.put(Row { keys: other_then.keys, ..user_now });
        }
    }
    let found = findings(&mut sim)?;
    ensure!(found == [expected], "the full check finds {found:?}");
    sign_in(&mut sim, ELSEWHERE, &untouched)?;
    goes_on(&mut sim)?;
    manage(&mut sim, if expected == Finding::Mixed { Manage::AcceptRecords } else { Manage::Rewrite(user) })?;
    works(&mut sim)
}
