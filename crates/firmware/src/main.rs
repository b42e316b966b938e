//! The firmware: the library's device on a Cortex-M4 under QEMU.
#![no_std]
#![no_main]

mod machine;
mod stack;

use authenticator_core::Session;
use authenticator_firmware::{Device, Memory, powered_up};
use core::panic::PanicInfo;
use machine::Machine;

#[cortex_m_rt::entry]
fn main() -> ! {
    static mut MEMORY: Memory = Memory::new();
    static mut SESSION: Session = powered_up();
    let code = match Machine::start() {
        Some(mut machine) => {
            Device::run(MEMORY, SESSION, &mut machine);
            0
        }
        None => 1,
    };
    semihosting::process::exit(code)
}

/// A product resets here. This one says to whoever runs it that something went wrong.
#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    semihosting::process::exit(101)
}
