"""What a pinUvAuthToken is good for, where, and for how long."""

from typing import Any

from fido2.ctap2 import ClientPin
from fido2.ctap2.pin import PinProtocolV1, PinProtocolV2

from bench import (
    CLIENT_DATA_HASH,
    ERR,
    ES256,
    OTHER_RP_ID,
    PERMISSION,
    PIN,
    RP_ID,
    TRIES,
    Bench,
    descriptor,
    entity,
    expect,
    hashed,
    refused,
    scenario,
)

MAKE, GET = PERMISSION.MAKE_CREDENTIAL, PERMISSION.GET_ASSERTION
MANAGE, CONFIGURE = PERMISSION.CREDENTIAL_MGMT, PERMISSION.AUTHENTICATOR_CFG


@scenario("token: permissions")
def permissions(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    credential = bench.register("ada", token=bench.token(MAKE, RP_ID))
    uses: dict[PERMISSION, Any] = {
        MAKE: lambda token: bench.register("bob", token=token),
        GET: lambda token: bench.sign_in(credential, token=token),
        MANAGE: lambda token: bench.management(token).get_metadata(),
        CONFIGURE: lambda token: bench.config(token).set_min_pin_length(),
    }
    for permission in uses:
        rp_id = RP_ID if permission in (MAKE, GET) else None
        for other, use in uses.items():
            token = bench.token(permission, rp_id)
            if other is permission:
                use(token)
                continue
            with refused(ERR.PIN_AUTH_INVALID, f"{other!r} with {permission!r}"):
                use(token)
    # CFG-17, TOK-15: managing does not use a token up, and one token may do all of it.
    token = bench.token(MANAGE | CONFIGURE)
    for use in (uses[MANAGE], uses[CONFIGURE]) * 2:
        use(token)


@scenario("token: permissions there are not")
def no_such_permissions(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    with refused(ERR.INVALID_PARAMETER, "no permission"):
        bench.token(PERMISSION(0), RP_ID)
    for permission in (MAKE, GET, MAKE | GET):
        with refused(ERR.MISSING_PARAMETER, f"{permission!r} without an RP ID"):
            bench.token(permission)
    needs = {
        PERMISSION.BIO_ENROLL: "bioEnroll",
        PERMISSION.LARGE_BLOB_WRITE: "largeBlobs",
        PERMISSION.PERSISTENT_CREDENTIAL_MGMT: "perCredMgmtRO",
    }
    options = bench.info.options
    for permission, option in needs.items():
        if options.get(option):
            bench.token(permission)
        else:
            with refused(ERR.UNAUTHORIZED_PERMISSION, f"{permission!r} without {option}"):
                bench.token(permission)


@scenario("token: used up")
def used_up(bench: Bench) -> None:
    """TOK-14, TOK-16: a registration uses a token up, and so does a sign-in with the user."""
    bench.pin.set_pin(PIN)
    token = bench.token(MAKE | GET, RP_ID)
    credential = bench.register("ada", token=token)
    with refused(ERR.PIN_AUTH_INVALID, "a second registration"):
        bench.register("bob", token=token)
    with refused(ERR.PIN_AUTH_INVALID, "a sign-in after a registration"):
        bench.sign_in(credential, token=token)

    token = bench.token(GET, RP_ID)
    bench.device.asked()
    for _ in range(2):
        bench.sign_in(credential, token=token, options={"up": False})
    expect("prompts", bench.device.asked(), [])
    bench.sign_in(credential, token=token)
    expect("prompts", bench.device.asked(), ["presence"])
    with refused(ERR.PIN_AUTH_INVALID, "a second sign-in"):
        bench.sign_in(credential, token=token)


@scenario("token: the next ends it")
def the_next_ends_it(bench: Bench) -> None:
    """TOK-05, whichever protocol the next is of."""
    bench.pin.set_pin(PIN)
    for protocol in (PinProtocolV1(), PinProtocolV2()):
        management = bench.management(bench.token(MANAGE))
        management.get_metadata()
        ClientPin(bench.ctap, protocol).get_pin_token(PIN, MANAGE)
        with refused(ERR.PIN_AUTH_INVALID, f"a token before one of protocol {protocol.VERSION}"):
            management.get_metadata()


@scenario("token: wrong")
def wrong(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    credential = bench.register("ada", token=bench.token(MAKE, RP_ID))
    token = bench.token(MAKE | GET | MANAGE | CONFIGURE, RP_ID)
    flipped = bytes([token[0] ^ 1]) + token[1:]
    with refused(ERR.PIN_AUTH_INVALID, "a registration"):
        bench.register("bob", token=flipped)
    with refused(ERR.PIN_AUTH_INVALID, "a sign-in"):
        bench.sign_in(credential, token=flipped)
    with refused(ERR.PIN_AUTH_INVALID, "an enumeration"):
        bench.management(flipped).enumerate_creds_begin(hashed(RP_ID))
    with refused(ERR.PIN_AUTH_INVALID, "a configuration"):
        bench.config(flipped).set_min_pin_length(5)
    expect("minPINLength", bench.info.min_pin_length, 4)
    bench.sign_in(credential, token=token)


@scenario("token: one RP ID")
def one_rp_id(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    here = bench.register("ada", token=bench.token(MAKE, RP_ID))
    there = bench.register("ada", OTHER_RP_ID, token=bench.token(MAKE, OTHER_RP_ID))

    token = bench.token(MAKE | GET, RP_ID)
    with refused(ERR.PIN_AUTH_INVALID, "a registration elsewhere"):
        bench.register("bob", OTHER_RP_ID, token=token)
    with refused(ERR.PIN_AUTH_INVALID, "a sign-in elsewhere"):
        bench.sign_in(there, OTHER_RP_ID, token=token)
    bench.sign_in(here, token=token)

    management = bench.management(bench.token(MANAGE, RP_ID))
    with refused(ERR.PIN_AUTH_INVALID, "the metadata"):
        management.get_metadata()
    with refused(ERR.PIN_AUTH_INVALID, "all sites"):
        management.enumerate_rps_begin()
    with refused(ERR.PIN_AUTH_INVALID, "the passkeys elsewhere"):
        management.enumerate_creds_begin(hashed(OTHER_RP_ID))
    with refused(ERR.PIN_AUTH_INVALID, "an update elsewhere"):
        management.update_user_info(descriptor(there), entity("ada") | {"name": "new"})
    with refused(ERR.PIN_AUTH_INVALID, "a deletion elsewhere"):
        management.delete_cred(descriptor(there))
    management.update_user_info(descriptor(here), entity("ada") | {"name": "new"})
    management.delete_cred(descriptor(here))
    bench.sign_in(there, OTHER_RP_ID, token=bench.token(GET, OTHER_RP_ID))


@scenario("token: without permissions (getPinToken)")
def without_permissions(bench: Bench) -> None:
    """CP-10: it may register and sign in, and belongs to the first site it is used for (TOK-17)."""
    bench.pin.set_pin(PIN)
    here = bench.register("ada", token=bench.pin.get_pin_token(PIN))
    there = bench.register("ada", OTHER_RP_ID, token=bench.pin.get_pin_token(PIN))
    token = bench.pin.get_pin_token(PIN)
    with refused(ERR.PIN_AUTH_INVALID, "management"):
        bench.management(token).get_metadata()
    with refused(ERR.PIN_AUTH_INVALID, "configuration"):
        bench.config(token).toggle_always_uv()
    bench.sign_in(here, token=token, options={"up": False})
    with refused(ERR.PIN_AUTH_INVALID, "a sign-in elsewhere"):
        bench.sign_in(there, OTHER_RP_ID, token=token)
    bench.sign_in(here, token=token)
    with refused(ERR.PIN_AUTH_INVALID, "a second sign-in"):
        bench.sign_in(here, token=token)


@scenario("token: time")
def time(bench: Bench) -> None:
    """TOK-08, TOK-11: 30 s to the first use, ten minutes in all, never beyond the power."""
    bench.pin.set_pin(PIN)
    management = bench.management(bench.token(MANAGE))
    bench.device.wait(29)
    management.get_metadata()
    bench.device.wait(570)
    management.get_metadata()
    bench.device.wait(2)
    with refused(ERR.PIN_AUTH_INVALID, "a token of more than ten minutes"):
        management.get_metadata()

    management = bench.management(bench.token(MANAGE))
    bench.device.wait(31)
    with refused(ERR.PIN_AUTH_INVALID, "a token not used for 31 s"):
        management.get_metadata()

    management = bench.management(bench.token(MANAGE))
    management.get_metadata()
    bench.device.unplug(0)
    with refused(ERR.PIN_AUTH_INVALID, "a token from before the power cycle"):
        management.get_metadata()


@scenario("token: none where one is needed")
def none_where_one_is_needed(bench: Bench) -> None:
    sealed = bench.register("ada", discoverable=False)
    bench.pin.set_pin(PIN)
    with refused(ERR.PUAT_REQUIRED, "a discoverable passkey"):
        bench.register("bob")
    with refused(ERR.PUAT_REQUIRED, "management"):
        bench.ctap.credential_mgmt(sub_cmd=1)
    with refused(ERR.PUAT_REQUIRED, "configuration"):
        bench.config().toggle_always_uv()
    # MC-16: makeCredUvNotRqd.
    bench.register("bob", discoverable=False)
    bench.sign_in(sealed)


@scenario("token: empty parameter")
def empty_parameter(bench: Bench) -> None:
    """MC-03, GA-02: how clients find the authenticator that is meant, with a protocol or without."""
    with_protocol = {"pin_uv_protocol": bench.protocol.VERSION}

    def register(**more: Any) -> object:
        return bench.ctap.make_credential(
            CLIENT_DATA_HASH, {"id": RP_ID}, entity("ada"), [ES256], pin_uv_param=b"", **more
        )

    def sign_in(**more: Any) -> object:
        return bench.ctap.get_assertion(RP_ID, CLIENT_DATA_HASH, pin_uv_param=b"", **more)

    for status in (ERR.PIN_NOT_SET, ERR.PIN_INVALID):
        for command in (register, sign_in):
            for more in (with_protocol, {}):
                with refused(status, f"{command.__name__} with a touch"):
                    command(**more)
            bench.device.user("deny")
            with refused(ERR.OPERATION_DENIED, f"{command.__name__} without one"):
                command(**with_protocol)
        if status == ERR.PIN_NOT_SET:
            bench.pin.set_pin(PIN)
    expect("prompts", bench.device.asked(), ["presence"] * 12)
    expect("tries", bench.tries_left(), TRIES)
