"""Passkeys listed, renamed and deleted by CredentialManagement."""

from collections.abc import Mapping
from typing import Any

from fido2.ctap2 import CredentialManagement, Ctap2
from fido2.webauthn import AttestedCredentialData

from bench import (
    CLIENT_DATA_HASH,
    ERR,
    OTHER_PIN,
    OTHER_RP_ID,
    PERMISSION,
    PIN,
    RP_ID,
    Bench,
    Rejected,
    descriptor,
    entity,
    expect,
    hashed,
    refused,
    scenario,
)

RESULT = CredentialManagement.RESULT
THIRD_RP_ID = "third.example"
Passkeys = dict[tuple[str, str], AttestedCredentialData]
"""By RP ID and user."""


def manage(bench: Bench) -> CredentialManagement:
    return bench.management(bench.token(PERMISSION.CREDENTIAL_MGMT))


def make_passkeys(bench: Bench) -> Passkeys:
    """Five at three sites, and one that is not discoverable and so is never listed."""
    bench.pin.set_pin(PIN)
    accounts = [
        (RP_ID, "ada"),
        (OTHER_RP_ID, "ada"),
        (RP_ID, "bob"),
        (THIRD_RP_ID, "cyd"),
        (RP_ID, "cyd"),
    ]
    passkeys = {}
    for rp_id, user in accounts:
        token = bench.token(PERMISSION.MAKE_CREDENTIAL, rp_id)
        passkeys[rp_id, user] = bench.register(user, rp_id, token=token)
    bench.register("dan", discoverable=False)
    return passkeys


def counts(management: CredentialManagement) -> tuple[int, int]:
    """How many passkeys there are, and how many more there may be."""
    metadata = management.get_metadata()
    return metadata[RESULT.EXISTING_CRED_COUNT], metadata[RESULT.MAX_REMAINING_COUNT]


def listed(management: CredentialManagement, rp_id: str) -> dict[bytes, Mapping[int, Any]]:
    """The passkeys of a site, by user handle."""
    return {found[RESULT.USER]["id"]: found for found in management.enumerate_creds(hashed(rp_id))}


@scenario("management: nothing there")
def nothing_there(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    management = manage(bench)
    existing, remaining = counts(management)
    expect("passkeys", existing, 0)
    expect("room for one", remaining > 0, True)
    with refused(ERR.NO_CREDENTIALS, "all sites"):
        management.enumerate_rps_begin()
    with refused(ERR.NO_CREDENTIALS, "a site's passkeys"):
        management.enumerate_creds_begin(hashed(RP_ID))
    with refused(ERR.NOT_ALLOWED, "the next site of none"):
        management.enumerate_rps_next()
    with refused(ERR.NOT_ALLOWED, "the next passkey of none"):
        management.enumerate_creds_next()


@scenario("management: enumerate")
def enumerate_all(bench: Bench) -> None:
    passkeys = make_passkeys(bench)
    bench.device.asked()
    management = manage(bench)
    expect("passkeys", counts(management)[0], len(passkeys))

    sites = management.enumerate_rps()
    rp_ids = {rp_id for rp_id, _ in passkeys}
    expect("number of sites", len(sites), len(rp_ids))
    expect("total of sites", sites[0][RESULT.TOTAL_RPS], len(rp_ids))
    expect("sites", {site[RESULT.RP]["id"] for site in sites}, rp_ids)
    for site in sites:
        expect("RP ID hash", site[RESULT.RP_ID_HASH], hashed(site[RESULT.RP]["id"]))
    with refused(ERR.NOT_ALLOWED, "a further site"):
        management.enumerate_rps_next()

    for rp_id in rp_ids:
        users = {user: key for (at, user), key in passkeys.items() if at == rp_id}
        found = management.enumerate_creds(hashed(rp_id))
        expect(f"total of {rp_id}", found[0][RESULT.TOTAL_CREDENTIALS], len(users))
        with refused(ERR.NOT_ALLOWED, f"a further passkey of {rp_id}"):
            management.enumerate_creds_next()
        expect(f"passkeys of {rp_id}", len(found), len(users))
        by_handle = {one[RESULT.USER]["id"]: one for one in found}
        for user, passkey in users.items():
            one = by_handle[entity(user)["id"]]
            expect("user", one[RESULT.USER], entity(user))
            expect("credential id", one[RESULT.CREDENTIAL_ID], descriptor(passkey))
            expect("public key", one[RESULT.PUBLIC_KEY], dict(passkey.public_key))
            expect("credProtect", one[RESULT.CRED_PROTECT], 1)
    expect("an unknown site's", management.enumerate_creds(hashed("nobody.example")), [])
    expect("prompts", bench.device.asked(), [])


@scenario("management: enumeration and power")
def enumeration_and_power(bench: Bench) -> None:
    make_passkeys(bench)
    management = manage(bench)
    management.enumerate_rps_begin()
    bench.device.unplug()
    with refused(ERR.NOT_ALLOWED, "the next site after a power cycle"):
        management.enumerate_rps_next()
    management = manage(bench)
    management.enumerate_creds_begin(hashed(RP_ID))
    bench.device.unplug()
    with refused(ERR.NOT_ALLOWED, "the next passkey after a power cycle"):
        management.enumerate_creds_next()
    expect("passkeys", len(manage(bench).enumerate_creds(hashed(RP_ID))), 3)


@scenario("management: credProtect")
def cred_protect(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    for level in (1, 2, 3):
        token = bench.token(PERMISSION.MAKE_CREDENTIAL, RP_ID)
        bench.register(f"user {level}", token=token, extensions={"credProtect": level})
    found = listed(manage(bench), RP_ID)
    for level in (1, 2, 3):
        one = found[entity(f"user {level}")["id"]]
        expect("credProtect", one[RESULT.CRED_PROTECT], level)


@scenario("management: update")
def update(bench: Bench) -> None:
    passkeys = make_passkeys(bench)
    ada = passkeys[RP_ID, "ada"]
    unknown = {"type": "public-key", "id": bytes(32)}
    management = manage(bench)
    with refused(ERR.NO_CREDENTIALS, "an update of an unknown passkey"):
        management.update_user_info(unknown, entity("ada"))
    with refused(ERR.INVALID_PARAMETER, "an update to another user handle"):
        management.update_user_info(descriptor(ada), entity("bob"))
    expect("user", listed(management, RP_ID)[entity("ada")["id"]][RESULT.USER], entity("ada"))

    only_id = {"id": entity("ada")["id"]}
    name, display_name = {"name": "Ada é"}, {"displayName": "Ada"}
    for sent, kept in (
        (name | display_name, name | display_name),
        (display_name, display_name),
        (name, name),
        ({}, {}),
    ):
        management.update_user_info(descriptor(ada), only_id | sent)
        found = listed(management, RP_ID)
        expect("users", len(found), 3)
        expect("user", found[only_id["id"]][RESULT.USER], only_id | kept)
        expect("another", found[entity("bob")["id"]][RESULT.USER], entity("bob"))

    management.update_user_info(descriptor(ada), only_id | {"name": "kept"})
    bench.device.unplug()
    token = bench.token(PERMISSION.GET_ASSERTION, RP_ID)
    answer = bench.sign_in(ada, token=token)
    expect("user of a sign-in", answer.user, only_id | {"name": "kept"})


@scenario("management: delete")
def delete(bench: Bench) -> None:
    passkeys = make_passkeys(bench)
    management = manage(bench)
    existing, remaining = counts(management)
    unknown = {"type": "public-key", "id": bytes(32)}
    with refused(ERR.NO_CREDENTIALS, "a deletion of an unknown passkey"):
        management.delete_cred(unknown)
    deleted = passkeys.pop((RP_ID, "bob"))
    management.delete_cred(descriptor(deleted))
    with refused(ERR.NO_CREDENTIALS, "a second deletion"):
        management.delete_cred(descriptor(deleted))
    expect("counts", counts(management), (existing - 1, remaining + 1))
    expect(
        "users",
        set(listed(management, RP_ID)),
        {entity("ada")["id"], entity("cyd")["id"]},
    )
    management.delete_cred(descriptor(passkeys.pop((THIRD_RP_ID, "cyd"))))
    sites = {site[RESULT.RP]["id"] for site in management.enumerate_rps()}
    expect("sites", sites, {RP_ID, OTHER_RP_ID})

    bench.device.unplug()
    with refused(ERR.NO_CREDENTIALS, "a sign-in with a deleted passkey"):
        bench.sign_in(deleted, token=bench.token(PERMISSION.GET_ASSERTION, RP_ID))
    for (rp_id, _), passkey in passkeys.items():
        bench.sign_in(passkey, rp_id, token=bench.token(PERMISSION.GET_ASSERTION, rp_id))
    management = manage(bench)
    for passkey in passkeys.values():
        management.delete_cred(descriptor(passkey))
    expect("counts", counts(management), (0, remaining + existing))
    expect("sites", management.enumerate_rps(), [])


@scenario("management: full")
def full(bench: Bench) -> None:
    """GI-12, MC-25, CM-10: the room is what clients are told, and a deletion gives it back."""
    bench.pin.set_pin(PIN)

    def register(user: str) -> AttestedCredentialData:
        return bench.register(user, token=bench.token(PERMISSION.MAKE_CREDENTIAL, RP_ID))

    room = counts(manage(bench))[1]
    for place in range(room):
        expect("counts", counts(manage(bench)), (place, room - place))
        expect("remaining, by getInfo", bench.info.remaining_disc_creds, room - place)
        last = register(f"user {place}")
    expect("counts", counts(manage(bench)), (room, 0))
    with refused(ERR.KEY_STORE_FULL, "one more"):
        register("one more")
    again = register("user 0")
    management = manage(bench)
    management.update_user_info(descriptor(again), entity("user 0") | {"name": "new"})
    expect("counts", counts(management), (room, 0))
    management.delete_cred(descriptor(last))
    expect("counts", counts(management), (room - 1, 1))
    register("one more")
    expect("users", len(listed(manage(bench), RP_ID)), room)


@scenario("management: several accounts, verified")
def several_accounts(bench: Bench) -> None:
    """GA-15, GA-17: newest first, with their names, all from one token."""
    passkeys = make_passkeys(bench)
    token = bench.token(PERMISSION.GET_ASSERTION, RP_ID)
    answers = bench.ctap.get_assertions(
        RP_ID,
        CLIENT_DATA_HASH,
        pin_uv_param=bench.protocol.authenticate(token, CLIENT_DATA_HASH),
        pin_uv_protocol=bench.protocol.VERSION,
    )
    expect("number", len(answers), 3)
    for answer, user in zip(answers, ("cyd", "bob", "ada"), strict=True):
        answer.verify(CLIENT_DATA_HASH, passkeys[RP_ID, user].public_key)
        expect("user", answer.user, entity(user))
        if not answer.auth_data.is_user_verified():
            raise Rejected("an assertion of a token is not verified")


@scenario("management: read only")
def read_only(bench: Bench) -> None:
    """TOK-19, CM-04: a persistent token reads, whatever comes between, until the PIN is changed."""
    passkeys = make_passkeys(bench)
    expect("perCredMgmtRO", bench.info.options.get("perCredMgmtRO"), True)
    token = bench.token(PERMISSION.PERSISTENT_CREDENTIAL_MGMT)
    with refused(ERR.UNAUTHORIZED_PERMISSION, "another permission with it"):
        bench.token(PERMISSION.PERSISTENT_CREDENTIAL_MGMT | PERMISSION.CREDENTIAL_MGMT)
    bob = descriptor(passkeys[RP_ID, "bob"])
    for _ in range(2):
        management = bench.management(token)
        expect("passkeys", counts(management)[0], len(passkeys))
        expect("sites", len(management.enumerate_rps()), 3)
        expect("users", len(listed(management, RP_ID)), 3)
        with refused(ERR.PIN_AUTH_INVALID, "a deletion"):
            management.delete_cred(bob)
        with refused(ERR.PIN_AUTH_INVALID, "an update"):
            management.update_user_info(bob, entity("bob"))
        with refused(ERR.PIN_AUTH_INVALID, "a registration"):
            bench.register("eve", token=token)
        manage(bench).get_metadata()
        bench.device.unplug(3600)
    expect("the same token", bench.token(PERMISSION.PERSISTENT_CREDENTIAL_MGMT), token)
    bench.pin.change_pin(PIN, OTHER_PIN)
    with refused(ERR.PIN_AUTH_INVALID, "the token after a change"):
        bench.management(token).get_metadata()


@scenario("management: what tells that something changed")
def store_state(bench: Bench) -> None:
    """GI-20, GI-21: the holder of a persistent token can see whether to list anew."""
    passkeys = make_passkeys(bench)
    expect("encIdentifier before a persistent token", bench.info.enc_identifier, None)
    token = bench.token(PERMISSION.PERSISTENT_CREDENTIAL_MGMT)
    identifier, state = identity(bench, token)
    bench.device.unplug()
    bench.sign_in(passkeys[RP_ID, "ada"], token=bench.token(PERMISSION.GET_ASSERTION, RP_ID))
    expect("identity after a sign-in", identity(bench, token), (identifier, state))
    states = {state}
    ada = descriptor(passkeys[RP_ID, "ada"])
    manage(bench).update_user_info(ada, entity("ada") | {"name": "new"})
    states.add(identity(bench, token)[1])
    manage(bench).delete_cred(ada)
    states.add(identity(bench, token)[1])
    bench.register("eve", token=bench.token(PERMISSION.MAKE_CREDENTIAL, RP_ID))
    states.add(identity(bench, token)[1])
    expect("states", len(states), 4)
    expect("identifier", identity(bench, token)[0], identifier)


def identity(bench: Bench, token: bytes) -> tuple[bytes, bytes]:
    """The identifier and the state of the store, which getInfo encrypts anew each time."""
    info, again = bench.info, bench.info
    if info.enc_identifier == again.enc_identifier:
        raise Rejected("encIdentifier is the same twice")
    if info.enc_cred_store_state == again.enc_cred_store_state:
        raise Rejected("encCredStoreState is the same twice")
    identifier, state = info.get_identifier(token), info.get_cred_store_state(token)
    expect("identifier", again.get_identifier(token), identifier)
    expect("state", again.get_cred_store_state(token), state)
    if not identifier or not state:
        raise Rejected("getInfo has no encIdentifier or no encCredStoreState")
    return identifier, state


@scenario("management: as a preview")
def as_a_preview(bench: Bench) -> None:
    """Clients of before CTAP 2.1 use the number 0x41."""
    passkeys = make_passkeys(bench)
    expect("credentialMgmtPreview", bench.info.options.get("credentialMgmtPreview"), True)
    token = bench.token(PERMISSION.CREDENTIAL_MGMT)
    subcommand = CredentialManagement.CMD.GET_CREDS_METADATA
    param = bench.protocol.authenticate(token, bytes([subcommand]))
    answer = bench.ctap.send_cbor(
        Ctap2.CMD.CREDENTIAL_MGMT_PRE,
        {1: subcommand, 3: bench.protocol.VERSION, 4: param},
    )
    expect("passkeys", answer[RESULT.EXISTING_CRED_COUNT], len(passkeys))
