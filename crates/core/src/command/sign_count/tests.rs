//! The end of a counter, which no test lives to see.

use super::*;

/// AD-07: it does not wrap.
#[test]
fn ad07_a_counter_ends_at_its_highest_value() {
    let mut last = Reserve::after(Whose::Shared, u32::MAX - 2, SHARED).unwrap();
    assert_eq!([last.take(), last.take(), last.take()], [Some(u32::MAX - 1), Some(u32::MAX), None]);
    assert_eq!(Reserve::after(Whose::Shared, u32::MAX, SHARED).err(), Some(Error::CounterEnded));
}
