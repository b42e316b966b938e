"""Setting and changing a PIN, and guessing it."""

from collections.abc import Callable

from bench import (
    ERR,
    OTHER_PIN,
    PERMISSION,
    PIN,
    TRIES,
    WRONG_PIN,
    Bench,
    expect,
    refused,
    scenario,
)


def any_token(bench: Bench, pin: str) -> bytes:
    """A token that is good for something with every authenticator."""
    return bench.token(PERMISSION.CREDENTIAL_MGMT, pin=pin)


@scenario("PIN: set")
def set_a_pin(bench: Bench) -> None:
    expect("clientPin", bench.info.options.get("clientPin"), False)
    expect("PIN protocols", bench.info.pin_uv_protocols, [2, 1])
    expect("tries", bench.tries_left(), TRIES)
    with refused(ERR.PIN_NOT_SET, "a token without a PIN"):
        any_token(bench, PIN)
    with refused(ERR.PIN_NOT_SET, "a change without a PIN"):
        bench.pin.change_pin(PIN, OTHER_PIN)

    bench.pin.set_pin(PIN)
    expect("clientPin", bench.info.options.get("clientPin"), True)
    with refused(ERR.PIN_AUTH_INVALID, "a second PIN"):
        bench.pin.set_pin(OTHER_PIN)
    for _ in range(2):
        any_token(bench, PIN)
        credential = bench.register(
            "ada", token=bench.token(PERMISSION.MAKE_CREDENTIAL, "example.com")
        )
        bench.sign_in(credential, token=bench.token(PERMISSION.GET_ASSERTION, "example.com"))
        bench.device.unplug()
    expect("prompts for a PIN", bench.device.asked(), ["presence"] * 4)


@scenario("PIN: length")
def length(bench: Bench) -> None:
    keys = "\U0001f511" * 4
    for pin, what in (
        (keys[:3].encode().ljust(64, b"\0"), "three characters in twelve bytes"),
        (b"1" * 64, "64 bytes"),
        (b"1" * 64 + bytes(16), "64 bytes and padding"),
        (bytes(64), "nothing"),
    ):
        with refused(ERR.PIN_POLICY_VIOLATION, what):
            bench.set_padded(pin)
    for padded in (b"1234" + bytes(44), b""):
        with refused(ERR.INVALID_PARAMETER, f"a padding to {len(padded)} bytes"):
            bench.set_padded(padded)
    expect("clientPin", bench.info.options.get("clientPin"), False)
    expect("minPINLength", bench.info.min_pin_length, 4)
    bench.pin.set_pin(keys)
    longest = "é" * 31 + "1"
    expect("bytes of the longest", len(longest.encode()), 63)
    bench.pin.change_pin(keys, longest)
    any_token(bench, longest)


@scenario("PIN: change")
def change(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    old_token = any_token(bench, PIN)
    bench.management(old_token).get_metadata()
    with refused(ERR.PIN_INVALID, "a change with a wrong PIN"):
        bench.pin.change_pin(WRONG_PIN, OTHER_PIN)
    expect("tries", bench.tries_left(), TRIES - 1)
    bench.management(old_token).get_metadata()
    # CP-09: the PIN was right, so its tries are back.
    with refused(ERR.PIN_POLICY_VIOLATION, "a change to 64 bytes"):
        bench.pin.change_pin(PIN, "1" * 64)
    expect("tries", bench.tries_left(), TRIES)
    bench.management(any_token(bench, PIN)).get_metadata()

    last_token = any_token(bench, PIN)
    bench.pin.change_pin(PIN, OTHER_PIN)
    with refused(ERR.PIN_AUTH_INVALID, "a token from before the change"):
        bench.management(last_token).get_metadata()
    for _ in range(2):
        with refused(ERR.PIN_INVALID, "the old PIN"):
            any_token(bench, PIN)
        expect("tries", bench.tries_left(), TRIES - 1)
        bench.management(any_token(bench, OTHER_PIN)).get_metadata()
        expect("tries", bench.tries_left(), TRIES)
        bench.device.unplug()


@scenario("PIN: wrong, to the block")
def to_the_block(bench: Bench) -> None:
    """CP-15."""
    bench.pin.set_pin(PIN)
    bench.register("ada", token=bench.token(PERMISSION.MAKE_CREDENTIAL, "example.com"))
    until_power_cycle = [ERR.PIN_INVALID, ERR.PIN_INVALID, ERR.PIN_AUTH_BLOCKED]
    for left in (TRIES, TRIES - 3):
        for place, status in enumerate(until_power_cycle, 1):
            with refused(status, f"wrong PIN {place} of {left}"):
                any_token(bench, WRONG_PIN)
            expect("tries", bench.tries_left(), left - place)
        expect("waits for a power cycle", bench.pin.get_pin_retries()[1], True)
        # Starting a process, or waiting, is no power cycle, and nothing is spent until there is one.
        bench.device.wait(3600)
        for begin in (None, bench.device.restart_process, bench.device.start_process):
            if begin:
                begin()
            for way, attempt in attempts(bench).items():
                with refused(ERR.PIN_AUTH_BLOCKED, f"the right PIN, {way}"):
                    attempt(PIN)
        expect("tries", bench.tries_left(), left - 3)
        bench.device.unplug()
        expect("waits for a power cycle", bool(bench.pin.get_pin_retries()[1]), False)

    with refused(ERR.PIN_INVALID, "wrong PIN 7"):
        any_token(bench, WRONG_PIN)
    with refused(ERR.PIN_BLOCKED, "wrong PIN 8"):
        any_token(bench, WRONG_PIN)
    for _ in range(2):
        expect("tries", bench.tries_left(), 0)
        for way, attempt in attempts(bench).items():
            for pin in (PIN, WRONG_PIN):
                with refused(ERR.PIN_BLOCKED, f"{pin!r} after the block, {way}"):
                    attempt(pin)
        expect("clientPin", bench.info.options.get("clientPin"), True)
        bench.device.unplug()

    bench.ctap.reset()
    expect("clientPin", bench.info.options.get("clientPin"), False)
    bench.pin.set_pin(OTHER_PIN)
    expect("tries", bench.tries_left(), TRIES)
    expect("passkeys", bench.management(any_token(bench, OTHER_PIN)).get_metadata()[1], 0)


@scenario("PIN: every way spends the same tries")
def every_way(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    statuses = [ERR.PIN_INVALID, ERR.PIN_INVALID, ERR.PIN_AUTH_BLOCKED]
    ways = list(attempts(bench).items())
    expect("ways", len(ways), len(statuses))
    for (way, attempt), status in zip(ways, statuses, strict=True):
        with refused(status, way):
            attempt(WRONG_PIN)
    expect("tries", bench.tries_left(), TRIES - 3)
    bench.device.unplug()
    bench.pin.change_pin(PIN, PIN)
    expect("tries", bench.tries_left(), TRIES)


@scenario("PIN: tries over power cycles")
def tries_over_power_cycles(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    for left in range(TRIES - 1, 0, -1):
        with refused(ERR.PIN_INVALID, "a wrong PIN"):
            any_token(bench, WRONG_PIN)
        bench.device.unplug()
        expect("tries", bench.tries_left(), left)
    any_token(bench, PIN)
    expect("tries", bench.tries_left(), TRIES)
    for _ in range(2):
        with refused(ERR.PIN_INVALID, "a wrong PIN, none before it"):
            any_token(bench, WRONG_PIN)
    any_token(bench, PIN)
    for _ in range(2):
        with refused(ERR.PIN_INVALID, "a wrong PIN after the right one"):
            any_token(bench, WRONG_PIN)


@scenario("PIN: key agreement")
def key_agreement(bench: Bench) -> None:
    """PP-01: the key is the same until a wrong PIN, or the end of the power."""
    bench.pin.set_pin(PIN)
    first = bench.key_agreement()
    any_token(bench, PIN)
    expect("key after the right PIN", bench.key_agreement(), first)
    with refused(ERR.PIN_INVALID, "a wrong PIN"):
        any_token(bench, WRONG_PIN)
    second = bench.key_agreement()
    expect("same key after a wrong PIN", second == first, False)
    bench.device.unplug()
    expect("same key after a power cycle", bench.key_agreement() in (first, second), False)


def attempts(bench: Bench) -> dict[str, Callable[[str], object]]:
    """Every way to show a PIN."""
    return {
        "token with permissions": lambda pin: any_token(bench, pin),
        "token without": lambda pin: bench.pin.get_pin_token(pin),
        "change": lambda pin: bench.pin.change_pin(pin, OTHER_PIN),
    }
