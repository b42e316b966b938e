//! The emulated board: semihosting for bytes, SysTick to count instructions.

use crate::stack;
use authenticator_firmware::{Board, Closed, Figures};
use cortex_m::peripheral::{SYST, syst::SystClkSource};
use semihosting::io::{Read, Stdin, Stdout, Write, stdin, stdout};

/// SysTick counts 24 bits down and starts again: 670 million instructions, several times what a step takes.
const SYSTICK: u32 = 0x00FF_FFFF;

/// With `-icount shift=0` an instruction takes a nanosecond, and the board's clock has 25 MHz.
const INSTRUCTIONS_PER_TICK: u64 = 40;

/// The board.
pub(crate) struct Machine {
    input: Stdin,
    output: Stdout,
    /// What the timer said when the work went on last.
    resumed: u32,
    ticks: u64,
}

impl Machine {
    /// `None` when there is no debugger to talk to, or it has been started before.
    pub(crate) fn start() -> Option<Self> {
        let mut timer = cortex_m::Peripherals::take()?.SYST;
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(SYSTICK);
        timer.clear_current();
        timer.enable_counter();
        Some(Self { input: stdin().ok()?, output: stdout().ok()?, resumed: 0, ticks: 0 })
    }

    /// The device waits for the host, which is no work.
    fn pause(&mut self) {
        let passed = self.resumed.wrapping_sub(SYST::get_current()) & SYSTICK;
        self.ticks = self.ticks.saturating_add(u64::from(passed));
    }

    fn resume(&mut self) {
        self.resumed = SYST::get_current();
    }
}

impl Board for Machine {
    fn read(&mut self, bytes: &mut [u8]) -> Result<(), Closed> {
        self.pause();
        let read = self.input.read_exact(bytes).map_err(|_| Closed);
        self.resume();
        read
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Closed> {
        self.pause();
        let written = self.output.write_all(bytes).map_err(|_| Closed);
        self.resume();
        written
    }

    fn start_work(&mut self) {
        self.ticks = 0;
        self.resume();
    }

    fn figures(&self) -> Figures {
        Figures {
            stack: stack::high_water_mark(),
            instructions: self.ticks.saturating_mul(INSTRUCTIONS_PER_TICK),
        }
    }
}
