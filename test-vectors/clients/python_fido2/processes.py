"""Two processes over one store: what one does, the other must heed."""

from bench import (
    ERR,
    OTHER_PIN,
    PERMISSION,
    PIN,
    RP_ID,
    TRIES,
    WRONG_PIN,
    Bench,
    descriptor,
    expect,
    hashed,
    refused,
    scenario,
)

MANAGE = PERMISSION.CREDENTIAL_MGMT


@scenario("processes: one PIN, one count of tries")
def one_count(bench: Bench) -> None:
    other = bench.device.start_process()
    bench.pin.set_pin(PIN)
    bench.device.use_process(0)
    expect("clientPin", bench.info.options.get("clientPin"), True)
    statuses = [ERR.PIN_INVALID, ERR.PIN_INVALID, ERR.PIN_AUTH_BLOCKED]
    for spent, (process, status) in enumerate(zip((0, other, 0), statuses, strict=True), 1):
        bench.device.use_process(process)
        with refused(status, f"wrong PIN {spent}, in process {process}"):
            bench.token(MANAGE, pin=WRONG_PIN)
        for reader in (0, other):
            bench.device.use_process(reader)
            expect("tries", bench.tries_left(), TRIES - spent)
    for process in (0, other):
        bench.device.use_process(process)
        with refused(ERR.PIN_AUTH_BLOCKED, f"the right PIN, in process {process}"):
            bench.token(MANAGE)
    bench.device.unplug()
    bench.token(MANAGE)
    bench.device.use_process(0)
    expect("tries", bench.tries_left(), TRIES)


@scenario("processes: a change ends the other's token")
def a_change_ends_tokens(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    for user in ("ada", "bob"):
        bench.register(user, token=bench.token(PERMISSION.MAKE_CREDENTIAL, RP_ID))
    management = bench.management(bench.token(MANAGE))
    management.enumerate_creds_begin(hashed(RP_ID))
    other = bench.device.start_process()
    bench.pin.change_pin(PIN, OTHER_PIN)
    bench.device.use_process(0)
    with refused(ERR.NOT_ALLOWED, "the next passkey after the change"):
        management.enumerate_creds_next()
    with refused(ERR.PIN_AUTH_INVALID, "a token from before the change"):
        management.get_metadata()

    management = bench.management(bench.token(MANAGE, pin=OTHER_PIN))
    management.get_metadata()
    bench.device.use_process(other)
    bench.config(bench.token(PERMISSION.AUTHENTICATOR_CFG, pin=OTHER_PIN)).set_min_pin_length(
        force_change_pin=True
    )
    bench.device.use_process(0)
    with refused(ERR.PIN_AUTH_INVALID, "a token from before the forced change"):
        management.get_metadata()
    expect("forcePINChange", bench.info.force_pin_change, True)


@scenario("processes: what one manages")
def what_one_manages(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    registered = [
        bench.register(user, token=bench.token(PERMISSION.MAKE_CREDENTIAL, RP_ID))
        for user in ("ada", "bob", "cyd")
    ]
    bench.device.start_process()
    # A token of one process leaves the other's alone.
    management = bench.management(bench.token(MANAGE))
    bench.device.use_process(0)
    elsewhere = bench.management(bench.token(MANAGE))
    for credential in registered[:2]:
        elsewhere.delete_cred(descriptor(credential))
    bench.device.use_process(1)
    expect("passkeys", management.get_metadata()[1], 1)
    found = management.enumerate_creds(hashed(RP_ID))
    expect("credential ids", [one[7] for one in found], [descriptor(registered[2])])


@scenario("processes: reset")
def reset(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    credential = bench.register("ada", token=bench.token(PERMISSION.MAKE_CREDENTIAL, RP_ID))
    management = bench.management(bench.token(MANAGE))
    management.get_metadata()
    bench.device.start_process()
    bench.ctap.reset()
    bench.device.use_process(0)
    expect("clientPin", bench.info.options.get("clientPin"), False)
    with refused(ERR.PIN_AUTH_INVALID, "a token from before the reset"):
        management.get_metadata()
    with refused(ERR.NO_CREDENTIALS, "a sign-in with a passkey from before"):
        bench.sign_in(credential)
    bench.pin.set_pin(OTHER_PIN)
    bench.token(MANAGE, pin=OTHER_PIN)
