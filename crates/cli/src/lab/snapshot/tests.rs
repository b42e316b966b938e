#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;

/// A device with so many records, each as long as they come.
fn with_records(count: u64) -> Snapshot {
    let body = vec![0xFF; MAX_BODY];
    let key = Some(BlindKey([0xFF; 16]));
    let records = (0..count).map(|number| Record {
        kind: RecordKind::Credential,
        id: RecordId((u128::MAX - u128::from(number)).to_be_bytes()),
        version: u64::MAX,
        number: u64::MAX - 1 - number,
        indexes: Indexes { relying_party: key, credential_id: key, user: key },
        body: &body,
    });
    let store = HashMapStore::from_records(records, Some(CommitId([0xFF; 16])));
    let now = Now { boot: BootId([0xFF; 16]), since_boot: Duration::MAX, unix: Some(u64::MAX) };
    let randomness =
        serde_json::from_value(serde_json::json!({ "seed": "ff".repeat(32), "words": 0 })).unwrap();
    Snapshot { device_key: [0xFF; 32], now, randomness, store }
}

fn room() -> u64 {
    (LONGEST_LINE - BESIDE) / (2 * u64::try_from(MAX_BODY).unwrap() + 320)
}

#[test]
fn what_is_written_fits_into_a_line_that_is_read() {
    let line = serde_json::to_string(&with_records(room()).write().unwrap()).unwrap();
    assert!(u64::try_from(line.len()).unwrap() + BESIDE / 2 < LONGEST_LINE, "{}", line.len());
    let read = Snapshot::read(&serde_json::from_str(&line).unwrap()).unwrap();
    assert_eq!(read.write().unwrap().records.len(), usize::try_from(room()).unwrap());
}

#[test]
fn what_does_not_is_refused() {
    assert_eq!(with_records(room() + 1).write(), Err(Unwritable::TooLong));
}
