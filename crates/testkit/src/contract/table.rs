//! The table: store by property.

use super::fixture::Fixture;
use super::property::Property;
use super::verdict::Verdict;
use std::fmt::Write;

/// One store's verdicts.
#[derive(Clone, Debug)]
pub struct Column {
    /// What the store is called.
    pub store: &'static str,
    /// Each property's verdict, in the order of [`Property::ALL`].
    pub verdicts: Vec<Verdict>,
}

impl Column {
    /// The verdicts for the store of this fixture.
    #[must_use]
    pub fn of<F: Fixture>() -> Self {
        let verdicts = Property::ALL.into_iter().map(Property::verdict::<F>).collect();
        Self { store: F::NAME, verdicts }
    }

    /// The properties that the store has not.
    pub fn broken(&self) -> impl Iterator<Item = (Property, &Verdict)> {
        let all = Property::ALL.into_iter().zip(&self.verdicts);
        all.filter(|(_, verdict)| matches!(verdict, Verdict::Broken(_)))
    }
}

/// The table of these stores, a row for each property.
#[must_use]
pub fn table(columns: &[Column]) -> String {
    let mut table = String::from("| property |");
    for column in columns {
        // Writing to memory does not fail, here and below.
        let _ = write!(table, " {} |", column.store);
    }
    table.push_str("\n|---|");
    table.push_str(&"---|".repeat(columns.len()));
    for (place, property) in Property::ALL.into_iter().enumerate() {
        let _ = write!(table, "\n| `{}` |", property.name());
        for column in columns {
            let cell = column.verdicts.get(place).map(Verdict::to_string).unwrap_or_default();
            let _ = write!(table, " {cell} |");
        }
    }
    table.push('\n');
    table
}
