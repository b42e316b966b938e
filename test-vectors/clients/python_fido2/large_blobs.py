"""The array of large blobs, written and read by LargeBlobs and by hand."""

from hashlib import sha256

from fido2.ctap2 import LargeBlobs

from bench import ERR, PERMISSION, PIN, Bench, expect, refused, scenario

WRITE = PERMISSION.LARGE_BLOB_WRITE
KEY, OTHER_KEY = sha256(b"one credential").digest(), sha256(b"another").digest()
CAPACITY = 4096


def noise(length: int, seed: int = 0) -> bytes:
    """Bytes that cannot be compressed, the same every time."""
    blocks = (sha256(bytes([seed]) + number.to_bytes(4, "big")).digest() for number in range(length // 32 + 1))
    return b"".join(blocks)[:length]


def large_blobs(bench: Bench, token: bytes | None = None) -> LargeBlobs:
    return LargeBlobs(bench.ctap, bench.protocol, token)


def keeps(bench: Bench, token: bytes | None) -> None:
    """What is put in for a credential comes out for it, and for no other."""
    expect("the array", large_blobs(bench).read_blob_array(), [])
    expect("capacity", bench.info.max_large_blob, CAPACITY)
    blobs = large_blobs(bench, token)
    for length in (10, 900, 1100, 2500):
        blobs.put_blob(KEY, noise(length))
        expect(f"a blob of {length} bytes", large_blobs(bench).get_blob(KEY), noise(length))
        expect("another credential's", large_blobs(bench).get_blob(OTHER_KEY), None)
    blobs.put_blob(OTHER_KEY, b"beside it")
    expect("entries", len(large_blobs(bench).read_blob_array()), 2)
    with refused(ERR.LARGE_BLOB_STORAGE_FULL, "more than there is room for"):
        blobs.put_blob(OTHER_KEY, noise(CAPACITY - 2500))
    expect("what was there before", large_blobs(bench).get_blob(OTHER_KEY), b"beside it")
    blobs.delete_blob(KEY)
    expect("a blob that was deleted", large_blobs(bench).get_blob(KEY), None)
    expect("the other", large_blobs(bench).get_blob(OTHER_KEY), b"beside it")


@scenario("large blobs: with a PIN")
def with_a_pin(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    keeps(bench, bench.token(WRITE))
    bench.device.unplug()
    expect("after a power cycle", large_blobs(bench).get_blob(OTHER_KEY), b"beside it")
    bench.ctap.reset()
    expect("after a reset", large_blobs(bench).read_blob_array(), [])


@scenario("large blobs: without a PIN", protocols=(None,))
def without_a_pin(bench: Bench) -> None:
    keeps(bench, None)


@scenario("large blobs: with a finger", profile="phone")
def with_a_finger(bench: Bench) -> None:
    keeps(bench, bench.pin.get_uv_token(WRITE))


@scenario("large blobs: not authorised")
def not_authorised(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    with refused(ERR.PUAT_REQUIRED, "no token"):
        large_blobs(bench).put_blob(KEY, b"a blob")
    for permission in (PERMISSION.CREDENTIAL_MGMT, PERMISSION.AUTHENTICATOR_CFG):
        with refused(ERR.PIN_AUTH_INVALID, f"{permission!r}"):
            large_blobs(bench, bench.token(permission)).put_blob(KEY, b"a blob")
    expect("the array", large_blobs(bench).read_blob_array(), [])


@scenario("large blobs: fragments by hand", protocols=(None,))
def by_hand(bench: Bench) -> None:
    ctap = bench.ctap
    content = b"\x81\x58\xc8" + noise(200)
    array = content + sha256(content).digest()[:16]
    ctap.large_blobs(0, set=array[:100], length=len(array))
    with refused(ERR.INVALID_SEQ, "a gap"):
        ctap.large_blobs(101, set=array[101:])
    with refused(ERR.INVALID_SEQ, "what followed before the gap"):
        ctap.large_blobs(100, set=array[100:])
    ctap.large_blobs(0, set=array[:100], length=len(array))
    with refused(ERR.INTEGRITY_FAILURE, "another array's end"):
        ctap.large_blobs(100, set=array[100:-1] + bytes([array[-1] ^ 1]))
    expect("the array", ctap.large_blobs(0, get=960)[1].hex(), "8076be8b528d0075f7aae98d6fa57a6d3c")
    ctap.large_blobs(0, set=array[:100], length=len(array))
    ctap.large_blobs(100, set=array[100:])
    expect("the array", ctap.large_blobs(0, get=960)[1], array)
    expect("a part", ctap.large_blobs(50, get=100)[1], array[50:150])
    expect("its end", ctap.large_blobs(len(array), get=10)[1], b"")
    with refused(ERR.INVALID_PARAMETER, "beyond its end"):
        ctap.large_blobs(len(array) + 1, get=10)
    with refused(ERR.INVALID_LENGTH, "more than fits a message"):
        ctap.large_blobs(0, get=ctap.info.max_msg_size - 63)
