//! QEMU, and the frames to and from the firmware in it.

use authenticator_firmware::protocol::{FromDevice, HEAD, ToDevice};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A frame of the firmware: its kind, and what follows the head.
pub(crate) struct Frame {
    kind: u8,
    payload: Vec<u8>,
}

impl Frame {
    /// What it says.
    pub(crate) fn decode(&self) -> Result<FromDevice<'_>, String> {
        FromDevice::decode(self.kind, &self.payload)
            .ok_or_else(|| format!("the firmware sent a frame of kind {:#04x} that nobody knows", self.kind))
    }
}

/// A running firmware.
pub(crate) struct Emulator {
    process: Child,
    input: ChildStdin,
    output: ChildStdout,
}

impl Emulator {
    /// Powers the board up. With `-icount shift=0` an instruction takes a nanosecond of the board's time, every time.
    pub(crate) fn start(elf: &Path) -> Result<Self, String> {
        let mut process = Command::new("qemu-system-arm")
            .args(["-machine", "mps2-an386", "-cpu", "cortex-m4", "-icount", "shift=0"])
            .args(["-display", "none", "-monitor", "none", "-serial", "none"])
            .args(["-semihosting-config", "enable=on,target=native", "-kernel"])
            .arg(elf)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("qemu-system-arm cannot be started: {error}"))?;
        let (input, output) = (process.stdin.take(), process.stdout.take());
        let (input, output) = input.zip(output).ok_or("QEMU has no pipes")?;
        Ok(Self { process, input, output })
    }

    /// Sends a frame.
    pub(crate) fn send(&mut self, frame: &ToDevice<'_>) -> Result<(), String> {
        let mut bytes = vec![0; 0x1_0000];
        let length = frame.encode(&mut bytes).ok_or("the frame is too long")?;
        let bytes = bytes.get(..length).unwrap_or_default();
        self.input.write_all(bytes).and_then(|()| self.input.flush()).map_err(|error| self.gone(&error))
    }

    /// Waits for a frame.
    pub(crate) fn receive(&mut self) -> Result<Frame, String> {
        let mut head = [0; HEAD];
        self.output.read_exact(&mut head).map_err(|error| self.gone(&error))?;
        let [kind, high, low] = head;
        let mut payload = vec![0; usize::from(u16::from_be_bytes([high, low]))];
        self.output.read_exact(&mut payload).map_err(|error| self.gone(&error))?;
        Ok(Frame { kind, payload })
    }

    /// Sends a control frame and waits until it has taken effect.
    pub(crate) fn control(&mut self, frame: &ToDevice<'_>) -> Result<(), String> {
        self.send(frame)?;
        match self.receive()?.decode()? {
            FromDevice::Done => Ok(()),
            other => Err(format!("{frame:?} was answered with {other:?}")),
        }
    }

    fn gone(&mut self, error: &std::io::Error) -> String {
        match self.process.wait() {
            Ok(status) if status.code() == Some(101) => "the firmware panicked".to_owned(),
            Ok(status) => format!("QEMU ended with {status}: {error}"),
            Err(_) => format!("QEMU is gone: {error}"),
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Whether it has ended by itself or not: nothing of it is needed any more.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
