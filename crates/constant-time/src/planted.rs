//! Leaks as they are made in practice. Memcheck must report each, or what it says of the others is worth nothing.

use authenticator_core::constant_time::{Case, Marks};
use std::hint::black_box;

/// All of them.
pub(crate) const LEAKS: [Case; 2] = [
    Case { name: "planted: a comparison that ends early", run: compare_early },
    Case { name: "planted: a table indexed by a secret", run: look_up },
];

/// Ends at the first byte that differs.
fn compare_early(marks: &Marks) -> bool {
    let mut hash = black_box([0x5A; 16]);
    let guess = black_box([0x5A; 16]);
    (marks.secret)(&mut hash);
    let mut length = 0;
    for (left, right) in hash.iter().zip(&guess) {
        if black_box(left) != right {
            break;
        }
        length += 1;
    }
    let mut same = [u8::from(length == hash.len())];
    (marks.public)(&mut same);
    same == [1]
}

/// Which line of the cache is touched tells the byte.
fn look_up(marks: &Marks) -> bool {
    let table: [u8; 256] = std::array::from_fn(|index| u8::try_from(index).unwrap_or(0) ^ 0xFF);
    let mut index = [black_box(0x0F)];
    (marks.secret)(&mut index);
    let mut found = [black_box(&table).get(usize::from(index[0])).copied().unwrap_or(0)];
    (marks.public)(&mut found);
    found == [0xF0]
}
