//! What the bench programs share: the function whose instructions are counted.

/// What callgrind counts: its argument, and nothing before or after.
#[inline(never)]
pub fn measured(operation: &mut dyn FnMut()) {
    operation();
}
