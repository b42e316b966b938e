//! A report for programs, and one for people who are to help and need not know whose store it is.

use super::{Diagnosis, Report};
use authenticator_core::store::{Audit, RecordId};
use serde_json::{Value, json};

impl Report {
    /// The report as JSON. Its names stay what they are; `docs/doctor.md` has them. It has records' ids.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let findings: Vec<Value> = self.diagnoses.iter().map(Diagnosis::to_json).collect();
        json!({
            "healthy": self.is_healthy(),
            "checked": counts(&self.checked),
            "findings": findings,
        })
    }

    /// The report for support: counts and kinds. Records are numbered from 1 as they come; nothing in it can be traced to
    /// a site, a person, a passkey, a key or a moment.
    #[must_use]
    pub fn redacted(&self) -> Value {
        let mut seen = Vec::new();
        let mut number = |record: RecordId| {
            let place = seen.iter().position(|known| *known == record).unwrap_or_else(|| {
                seen.push(record);
                seen.len().saturating_sub(1)
            });
            place.saturating_add(1)
        };
        let findings: Vec<Value> = self
            .diagnoses
            .iter()
            .map(|diagnosis| {
                json!({
                    "kind": diagnosis.what.as_str(),
                    "severity": diagnosis.severity().as_str(),
                    "record": diagnosis.record.map(&mut number),
                })
            })
            .collect();
        json!({ "checked": counts(&self.checked), "findings": findings })
    }
}

impl Diagnosis {
    /// The diagnosis as JSON, as it stands in a report.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "kind": self.what.as_str(),
            "severity": self.severity().as_str(),
            "record": self.id(),
            "explanation": self.explanation(),
            "repair": self.repair.map(|repair| repair.as_str()),
        })
    }
}

fn counts(audit: &Audit) -> Value {
    json!({
        "passkeys": audit.credentials,
        "hostRecords": audit.host_records,
        "keyIntents": audit.key_intents,
        "keyTombstones": audit.key_tombstones,
        "commits": audit.commits,
        "generation": audit.generation,
    })
}
