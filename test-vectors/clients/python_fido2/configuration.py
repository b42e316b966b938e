"""The authenticator configured by Config, and reset."""

from fido2.ctap2 import Config, Ctap2

from bench import (
    CLIENT_DATA_HASH,
    ERR,
    ES256,
    OTHER_PIN,
    OTHER_RP_ID,
    PERMISSION,
    PIN,
    RP_ID,
    TRIES,
    WRONG_PIN,
    Bench,
    entity,
    expect,
    refused,
    scenario,
)


def configure(bench: Bench, pin: str = PIN) -> Config:
    return bench.config(bench.token(PERMISSION.AUTHENTICATOR_CFG, pin=pin))


@scenario("config: forced change")
def forced_change(bench: Bench) -> None:
    with refused(ERR.PIN_NOT_SET, "a forced change without a PIN"):
        bench.config().set_min_pin_length(force_change_pin=True)
    expect("forcePINChange", bench.info.force_pin_change, False)
    bench.pin.set_pin(PIN)
    config = configure(bench)
    config.set_min_pin_length(force_change_pin=True)
    with refused(ERR.PIN_AUTH_INVALID, "the token that forced it"):
        config.set_min_pin_length()
    for _ in range(2):
        expect("forcePINChange", bench.info.force_pin_change, True)
        with refused(ERR.PIN_POLICY_VIOLATION, "a token with permissions"):
            bench.token(PERMISSION.CREDENTIAL_MGMT)
        with refused(ERR.PIN_INVALID, "a token without"):
            bench.pin.get_pin_token(PIN)
        with refused(ERR.PIN_POLICY_VIOLATION, "a change to the same PIN"):
            bench.pin.change_pin(PIN, PIN)
        expect("tries", bench.tries_left(), TRIES)
        with refused(ERR.PIN_INVALID, "a wrong PIN"):
            bench.pin.change_pin(WRONG_PIN, OTHER_PIN)
        bench.device.unplug()
    bench.pin.change_pin(PIN, OTHER_PIN)
    expect("forcePINChange", bench.info.force_pin_change, False)
    configure(bench, OTHER_PIN).set_min_pin_length()


@scenario("config: minimum length")
def minimum_length(bench: Bench) -> None:
    four, five, six = "1234", "12345", "ééé456"
    bench.pin.set_pin(four)
    config = configure(bench, four)
    config.set_min_pin_length(4)
    expect("forcePINChange", bench.info.force_pin_change, False)
    config.set_min_pin_length(6)
    for _ in range(2):
        expect("minPINLength", bench.info.min_pin_length, 6)
        expect("forcePINChange", bench.info.force_pin_change, True)
        with refused(ERR.PIN_POLICY_VIOLATION, "a token with the short PIN"):
            bench.token(PERMISSION.AUTHENTICATOR_CFG, pin=four)
        with refused(ERR.PIN_POLICY_VIOLATION, "a change to a PIN that is still too short"):
            bench.pin.change_pin(four, five)
        bench.device.unplug()
    bench.pin.change_pin(four, six)
    expect("forcePINChange", bench.info.force_pin_change, False)

    config = configure(bench, six)
    for shorter in (5, 0):
        with refused(ERR.PIN_POLICY_VIOLATION, f"a minimum of {shorter}"):
            config.set_min_pin_length(shorter)
    config.set_min_pin_length(6)
    with refused(ERR.PIN_POLICY_VIOLATION, "a minimum that no PIN can have"):
        config.set_min_pin_length(64)
    expect("minPINLength", bench.info.min_pin_length, 6)
    expect("forcePINChange", bench.info.force_pin_change, False)
    config.set_min_pin_length(6, force_change_pin=True)
    expect("forcePINChange", bench.info.force_pin_change, True)


@scenario("config: minimum length without a PIN")
def minimum_length_without_a_pin(bench: Bench) -> None:
    """CFG-03: nothing protects the authenticator yet, so nothing is needed to configure it."""
    bench.config().set_min_pin_length(6)
    expect("minPINLength", bench.info.min_pin_length, 6)
    with refused(ERR.PIN_POLICY_VIOLATION, "a PIN of five"):
        bench.pin.set_pin("12345")
    bench.device.unplug()
    bench.ctap.reset()
    expect("minPINLength", bench.info.min_pin_length, 4)
    bench.pin.set_pin("1234")


@scenario("config: always UV")
def always_uv(bench: Bench) -> None:
    sealed = bench.register("ada", discoverable=False)
    expect("alwaysUv", bench.info.options.get("alwaysUv"), False)
    bench.pin.set_pin(PIN)
    stored = bench.register("bob", token=bench.token(PERMISSION.MAKE_CREDENTIAL, RP_ID))
    config = configure(bench)
    config.toggle_always_uv()
    for _ in range(2):
        options = bench.info.options
        expect("alwaysUv", options.get("alwaysUv"), True)
        expect("makeCredUvNotRqd", bool(options.get("makeCredUvNotRqd")), False)
        bench.device.asked()
        for discoverable in (True, False):
            with refused(ERR.PUAT_REQUIRED, "a registration without a token"):
                bench.register("cyd", discoverable=discoverable)
        for credential in (sealed, stored):
            with refused(ERR.PUAT_REQUIRED, "a sign-in without a token"):
                bench.sign_in(credential)
        expect("prompts", bench.device.asked(), [])
        with refused(ERR.PUAT_REQUIRED, "configuration without a token"):
            bench.config().toggle_always_uv()
        # GA-04: looking whether a passkey is there stays possible.
        bench.sign_in(sealed, options={"up": False})
        bench.sign_in(sealed, token=bench.token(PERMISSION.GET_ASSERTION, RP_ID))
        bench.register(
            "cyd",
            token=bench.token(PERMISSION.MAKE_CREDENTIAL, RP_ID),
            discoverable=False,
        )
        bench.device.unplug()

    configure(bench).toggle_always_uv()
    expect("alwaysUv", bench.info.options.get("alwaysUv"), False)
    expect("makeCredUvNotRqd", bench.info.options.get("makeCredUvNotRqd"), True)
    bench.sign_in(sealed)
    bench.register("dan", discoverable=False)


@scenario("config: always UV without a PIN")
def always_uv_without_a_pin(bench: Bench) -> None:
    """CFG-02: what was switched on without authentication is switched off without."""
    credential = bench.register("ada")
    bench.config().toggle_always_uv()
    bench.device.unplug()
    expect("alwaysUv", bench.info.options.get("alwaysUv"), True)
    with refused(ERR.PUAT_REQUIRED, "a registration"):
        bench.register("bob", discoverable=False)
    with refused(ERR.PUAT_REQUIRED, "a sign-in"):
        bench.sign_in(credential)
    with refused(ERR.PUAT_REQUIRED, "another configuration"):
        bench.config().set_min_pin_length(6)
    bench.config().toggle_always_uv()
    expect("alwaysUv", bench.info.options.get("alwaysUv"), False)
    bench.sign_in(credential)
    bench.register("bob")


@scenario("config: minimum length told to sites")
def told_to_sites(bench: Bench) -> None:
    """CFG-12, MPL-01: to those on the list, while they are, and only if they ask."""
    bench.pin.set_pin(PIN)
    expect("told before", told(bench, RP_ID), None)
    configure(bench).set_min_pin_length(5, rp_ids=[RP_ID])
    bench.device.unplug()
    expect("told to a site on the list", told(bench, RP_ID), {"minPinLength": 5})
    expect("told to another", told(bench, OTHER_RP_ID), None)
    expect("told to one that does not ask", told(bench, RP_ID, asks=False), None)
    most = bench.info.max_rpids_for_min_pin
    sites = [f"{place}.example" for place in range(most + 1)]
    with refused(ERR.KEY_STORE_FULL, "a list too long"):
        configure(bench).set_min_pin_length(rp_ids=sites)
    expect("told after a refused list", told(bench, RP_ID), {"minPinLength": 5})
    configure(bench).set_min_pin_length(rp_ids=sites[:most])
    expect("told to the last of the next list", told(bench, sites[-2]), {"minPinLength": 5})
    expect("told to a site not on it", told(bench, RP_ID), None)


def told(bench: Bench, rp_id: str, asks: bool = True) -> object:
    """The extensions' outputs of a registration."""
    token = bench.token(PERMISSION.MAKE_CREDENTIAL, rp_id)
    answer = bench.ctap.make_credential(
        CLIENT_DATA_HASH,
        {"id": rp_id},
        entity("ada"),
        [ES256],
        extensions={"minPinLength": asks},
        pin_uv_param=bench.protocol.authenticate(token, CLIENT_DATA_HASH),
        pin_uv_protocol=bench.protocol.VERSION,
    )
    return answer.auth_data.extensions


@scenario("reset: everything")
def reset(bench: Bench) -> None:
    sealed = bench.register("ada", discoverable=False)
    bench.pin.set_pin(PIN)
    stored = bench.register("bob", token=bench.token(PERMISSION.MAKE_CREDENTIAL, RP_ID))
    with refused(ERR.PIN_INVALID, "a wrong PIN"):
        bench.token(PERMISSION.CREDENTIAL_MGMT, pin=WRONG_PIN)
    config = configure(bench)
    config.toggle_always_uv()
    config.set_min_pin_length(6, force_change_pin=True)
    bench.pin.change_pin(PIN, OTHER_PIN)
    with refused(ERR.PIN_INVALID, "a wrong PIN"):
        bench.token(PERMISSION.CREDENTIAL_MGMT, pin=WRONG_PIN)

    bench.device.wait(11)
    for begin in (None, bench.device.restart_process, bench.device.start_process):
        if begin:
            begin()
        with refused(ERR.NOT_ALLOWED, "a reset 11 s after power-up"):
            bench.ctap.reset()
    bench.device.unplug()
    for answer, status in (
        ("deny", ERR.OPERATION_DENIED),
        ("timeout", ERR.USER_ACTION_TIMEOUT),
        ("cancel", ERR.KEEPALIVE_CANCEL),
    ):
        bench.device.user(answer)
        with refused(status, f"a reset, {answer}"):
            bench.ctap.reset()
    expect("clientPin", bench.info.options.get("clientPin"), True)
    expect("tries", bench.tries_left(), TRIES - 1)
    for credential in (sealed, stored):
        token = bench.token(PERMISSION.GET_ASSERTION, RP_ID, OTHER_PIN)
        bench.sign_in(credential, token=token)

    management = bench.management(bench.token(PERMISSION.CREDENTIAL_MGMT, pin=OTHER_PIN))
    management.get_metadata()
    agreed = bench.key_agreement()
    bench.device.asked()
    bench.ctap.reset()
    expect("prompts", bench.device.asked(), ["confirmation"])
    with refused(ERR.PIN_AUTH_INVALID, "a token from before"):
        management.get_metadata()
    expect("key agreement as before", bench.key_agreement() == agreed, False)
    for _ in range(2):
        info = bench.info
        expect("clientPin", info.options.get("clientPin"), False)
        expect("alwaysUv", info.options.get("alwaysUv"), False)
        expect("makeCredUvNotRqd", info.options.get("makeCredUvNotRqd"), True)
        expect("minPINLength", info.min_pin_length, 4)
        expect("forcePINChange", info.force_pin_change, False)
        expect("tries", bench.tries_left(), TRIES)
        for credential in (sealed, stored):
            with refused(ERR.NO_CREDENTIALS, "a sign-in with a passkey from before"):
                bench.sign_in(credential)
        bench.device.unplug()
    bench.pin.set_pin("1234")
    management = bench.management(bench.token(PERMISSION.CREDENTIAL_MGMT, pin="1234"))
    expect("passkeys", management.get_metadata()[1], 0)


@scenario("reset: long touch")
def reset_by_long_touch(bench: Bench) -> None:
    """CFG-14, RST-04. The library knows the setting, and has no name for the command that switches it on."""
    enable = 0x04
    bench.pin.set_pin(PIN)
    expect("longTouchForReset", bench.info.long_touch_for_reset, False)
    with refused(ERR.PUAT_REQUIRED, "the setting without a token"):
        bench.ctap.config(enable)
    token = bench.token(PERMISSION.AUTHENTICATOR_CFG)
    param = bench.protocol.authenticate(token, b"\xff" * 32 + bytes([Ctap2.CMD.CONFIG, enable]))
    bench.ctap.config(enable, None, bench.protocol.VERSION, param)
    bench.device.unplug()
    expect("longTouchForReset", bench.info.long_touch_for_reset, True)
    bench.device.user("touch")
    with refused(ERR.OPERATION_DENIED, "a reset by a short touch"):
        bench.ctap.reset()
    expect("clientPin", bench.info.options.get("clientPin"), True)
    bench.ctap.reset()
    expect("prompts", bench.device.asked(), ["long-touch"] * 2)
    expect("longTouchForReset", bench.info.long_touch_for_reset, False)
    expect("clientPin", bench.info.options.get("clientPin"), False)
