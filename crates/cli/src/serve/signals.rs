//! Signals: Ctrl-C ends the program cleanly, SIGUSR1 unplugs the key and plugs it in. SIGTERM and SIGKILL are the power going
//! away at any moment, so nothing is done about them.

use super::links::Input;
use crate::exit::Failure;
use std::sync::mpsc::SyncSender;

#[cfg(unix)]
pub(super) fn listen(inputs: &SyncSender<Input>) -> Result<(), Failure> {
    use signal_hook::consts::{SIGINT, SIGUSR1};
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGUSR1])
        .map_err(|error| Failure::Other(format!("signals cannot be awaited: {}", error.kind())))?;
    let inputs = inputs.clone();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let input = if signal == SIGUSR1 { Input::Replug } else { Input::Unplug };
            if inputs.send(input).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Elsewhere Ctrl-C ends the program as the system has it.
#[cfg(not(unix))]
pub(super) fn listen(_: &SyncSender<Input>) -> Result<(), Failure> {
    Ok(())
}
