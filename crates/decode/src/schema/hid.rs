//! CTAPHID (CTAP 2.3 §11.2).

pub(crate) const COMMANDS: &[(i128, &str)] = &[
    (0x81, "CTAPHID_PING"),
    (0x83, "CTAPHID_MSG"),
    (0x84, "CTAPHID_LOCK"),
    (0x86, "CTAPHID_INIT"),
    (0x88, "CTAPHID_WINK"),
    (0x90, "CTAPHID_CBOR"),
    (0x91, "CTAPHID_CANCEL"),
    (0xBB, "CTAPHID_KEEPALIVE"),
    (0xBF, "CTAPHID_ERROR"),
];

pub(crate) const ERRORS: &[(i128, &str)] = &[
    (0x01, "ERR_INVALID_CMD"),
    (0x02, "ERR_INVALID_PAR"),
    (0x03, "ERR_INVALID_LEN"),
    (0x04, "ERR_INVALID_SEQ"),
    (0x05, "ERR_MSG_TIMEOUT"),
    (0x06, "ERR_CHANNEL_BUSY"),
    (0x0A, "ERR_LOCK_REQUIRED"),
    (0x0B, "ERR_INVALID_CHANNEL"),
    (0x7F, "ERR_OTHER"),
];

pub(crate) const KEEPALIVES: &[(i128, &str)] = &[(0x01, "STATUS_PROCESSING"), (0x02, "STATUS_UPNEEDED")];

pub(crate) const CAPABILITIES: &[(i128, &str)] = &[(0x01, "WINK"), (0x04, "CBOR"), (0x08, "NMSG")];
