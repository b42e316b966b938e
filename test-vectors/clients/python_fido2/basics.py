"""What needs no PIN: the commands that were there before it, judged by the same client."""

from typing import Any

from cryptography.exceptions import InvalidSignature

from bench import (
    CLIENT_DATA_HASH,
    ERR,
    RP_ID,
    Bench,
    Rejected,
    descriptor,
    entity,
    expect,
    refused,
    scenario,
)


@scenario("no PIN: register and sign in", protocols=(None,))
def register_and_sign_in(bench: Bench) -> None:
    for discoverable in (True, False):
        credential = bench.register("ada", discoverable=discoverable)
        answer = bench.sign_in(credential)
        try:
            answer.verify(bytes(32), credential.public_key)
        except InvalidSignature:
            pass
        else:
            raise Rejected("the signature is valid for other client data")
        with refused(ERR.CREDENTIAL_EXCLUDED, "a second registration"):
            bench.register("bob", exclude_list=[descriptor(credential)])
    expect("prompts", bench.device.asked(), ["presence"] * 6)


@scenario("no PIN: several accounts", protocols=(None,))
def several_accounts(bench: Bench) -> None:
    registered = [bench.register(user) for user in ("ada", "bob", "cyd")]
    answers = bench.ctap.get_assertions(RP_ID, CLIENT_DATA_HASH)
    expect("number", answers[0].number_of_credentials, 3)
    for answer, credential, user in zip(
        answers, reversed(registered), ("cyd", "bob", "ada"), strict=True
    ):
        answer.verify(CLIENT_DATA_HASH, credential.public_key)
        # GA-17: without verification nothing but the id.
        expect("user", answer.user, {"id": entity(user)["id"]})
    ctap = bench.ctap
    with refused(ERR.NOT_ALLOWED, "a further assertion of nothing"):
        ctap.get_next_assertion()


@scenario("no PIN: the user refuses", protocols=(None,))
def the_user_refuses(bench: Bench) -> None:
    credential = bench.register("ada")
    commands: dict[str, Any] = {
        "registration": lambda: bench.register("bob"),
        "sign-in": lambda: bench.sign_in(credential),
    }
    for name, command in commands.items():
        for answer in ("deny", "timeout"):
            bench.device.user(answer)
            with refused(ERR.OPERATION_DENIED, f"{name}, {answer}"):
                command()
    ctap = bench.ctap
    ctap.selection()
    for answer, status in (
        ("deny", ERR.OPERATION_DENIED),
        ("timeout", ERR.USER_ACTION_TIMEOUT),
        ("cancel", ERR.KEEPALIVE_CANCEL),
    ):
        bench.device.user(answer)
        with refused(status, f"selection, {answer}"):
            ctap.selection()
    bench.sign_in(credential)


@scenario("no PIN: reset", protocols=(None,))
def reset_without_a_pin(bench: Bench) -> None:
    stored, sealed = bench.register("ada"), bench.register("bob", discoverable=False)
    ctap = bench.ctap
    bench.device.wait(11)
    with refused(ERR.NOT_ALLOWED, "a reset 11 s after power-up"):
        ctap.reset()
    bench.device.unplug()
    bench.device.user("deny")
    with refused(ERR.OPERATION_DENIED, "a reset that the user declines"):
        ctap.reset()
    bench.sign_in(stored)
    ctap.reset()
    for credential in (stored, sealed):
        with refused(ERR.NO_CREDENTIALS, "a sign-in after reset"):
            bench.sign_in(credential)


@scenario("no PIN: built-in verification", profile="phone", protocols=(None,))
def built_in_verification(bench: Bench) -> None:
    ctap = bench.ctap
    expect("uv", ctap.info.options.get("uv"), True)
    answer = ctap.make_credential(
        CLIENT_DATA_HASH,
        {"id": RP_ID},
        entity("ada"),
        [{"type": "public-key", "alg": -7}],
        options={"rk": True, "uv": True},
    )
    expect("UV", answer.auth_data.is_user_verified(), True)
    expect("prompts", bench.device.asked(), ["verification"])
    assertion = ctap.get_assertion(RP_ID, CLIENT_DATA_HASH, options={"uv": True})
    assert answer.auth_data.credential_data
    assertion.verify(CLIENT_DATA_HASH, answer.auth_data.credential_data.public_key)
    expect("UV", assertion.auth_data.is_user_verified(), True)
    bench.device.user("fail 2")
    # GA-07: there is no PIN to fall back on.
    with refused(ERR.OPERATION_DENIED, "a sign-in whose user is not recognised"):
        ctap.get_assertion(RP_ID, CLIENT_DATA_HASH, options={"uv": True})
