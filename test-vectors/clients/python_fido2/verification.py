"""Tokens by the host's own verification, on an authenticator without a PIN."""

from fido2.ctap2 import ClientPin, Ctap2

from bench import ERR, OTHER_RP_ID, PERMISSION, RP_ID, Bench, expect, refused, scenario

MAKE, GET = PERMISSION.MAKE_CREDENTIAL, PERMISSION.GET_ASSERTION


@scenario("verification: tokens", profile="phone")
def tokens(bench: Bench) -> None:
    expect("clientPin", bench.info.options.get("clientPin"), None)
    credential = bench.register("ada", token=bench.pin.get_uv_token(MAKE, RP_ID))
    # The finger that verified was there as well (CP-16, MC-23).
    expect("prompts", bench.device.asked(), ["verification"])
    token = bench.pin.get_uv_token(GET, RP_ID)
    with refused(ERR.PIN_AUTH_INVALID, "a registration with permission to sign in"):
        bench.register("bob", token=token)
    with refused(ERR.PIN_AUTH_INVALID, "a sign-in elsewhere"):
        bench.sign_in(credential, OTHER_RP_ID, token=token)
    bench.sign_in(credential, token=token)
    with refused(ERR.PIN_AUTH_INVALID, "a second sign-in"):
        bench.sign_in(credential, token=token)
    expect("prompts", bench.device.asked(), ["verification"])

    token = bench.pin.get_uv_token(GET, RP_ID)
    bench.sign_in(credential, token=token, options={"up": False})
    bench.device.wait(31)
    bench.sign_in(credential, token=token)
    expect("prompts, the second after 31 s", bench.device.asked(), ["verification", "presence"])


@scenario("verification: refused", profile="phone")
def refusals(bench: Bench) -> None:
    for answer, status in (
        ("fail 2", ERR.UV_INVALID),
        ("timeout", ERR.USER_ACTION_TIMEOUT),
        ("cancel", ERR.KEEPALIVE_CANCEL),
        ("deny", ERR.OPERATION_DENIED),
    ):
        bench.device.user(answer)
        with refused(status, f"a token, {answer}"):
            bench.pin.get_uv_token(GET, RP_ID)
    for permission in (
        PERMISSION.CREDENTIAL_MGMT,
        PERMISSION.AUTHENTICATOR_CFG,
        PERMISSION.BIO_ENROLL,
        PERMISSION.PERSISTENT_CREDENTIAL_MGMT,
    ):
        with refused(ERR.UNAUTHORIZED_PERMISSION, f"{permission!r}"):
            bench.pin.get_uv_token(permission, RP_ID)
    bench.pin.get_uv_token(GET, RP_ID)


@scenario("verification: what it does not offer", profile="phone")
def not_offered(bench: Bench) -> None:
    ctap = bench.ctap
    for subcommand in (
        ClientPin.CMD.SET_PIN,
        ClientPin.CMD.CHANGE_PIN,
        ClientPin.CMD.GET_TOKEN_USING_PIN_LEGACY,
        ClientPin.CMD.GET_TOKEN_USING_PIN,
    ):
        with refused(ERR.INVALID_SUBCOMMAND, f"{subcommand!r}"):
            ctap.client_pin(bench.protocol.VERSION, subcommand)
    for command in (
        Ctap2.CMD.CREDENTIAL_MGMT,
        Ctap2.CMD.CREDENTIAL_MGMT_PRE,
        Ctap2.CMD.CONFIG,
        Ctap2.CMD.BIO_ENROLLMENT,
    ):
        with refused(ERR.INVALID_COMMAND, f"{command!r}"):
            ctap.send_cbor(command, {1: 1})
