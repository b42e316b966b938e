//! CRC-32 (ISO-HDLC), which tells a frame that was written from one that was torn.

/// A checksum under way, four bits at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crc(u32);

impl Crc {
    pub(crate) const fn new() -> Self {
        Self(u32::MAX)
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 ^= u32::from(*byte);
            self.0 = (self.0 >> 4) ^ of_four_bits(self.0);
            self.0 = (self.0 >> 4) ^ of_four_bits(self.0);
        }
    }

    pub(crate) const fn value(self) -> u32 {
        !self.0
    }
}

/// What the lowest four bits come to.
fn of_four_bits(crc: u32) -> u32 {
    const TABLE: [u32; 16] = [
        0x0000_0000,
        0x1DB7_1064,
        0x3B6E_20C8,
        0x26D9_30AC,
        0x76DC_4190,
        0x6B6B_51F4,
        0x4DB2_6158,
        0x5005_713C,
        0xEDB8_8320,
        0xF00F_9344,
        0xD6D6_A3E8,
        0xCB61_B38C,
        0x9B64_C2B0,
        0x86D3_D2D4,
        0xA00A_E278,
        0xBDBD_F21C,
    ];
    let [lowest, ..] = crc.to_le_bytes();
    TABLE.get(usize::from(lowest & 0x0F)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
