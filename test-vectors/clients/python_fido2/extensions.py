"""The library's own extensions: through its WebAuthn client, and by hand where that has no words for them."""

from dataclasses import replace
from typing import Any

from fido2 import cbor
from fido2.client import DefaultClientDataCollector, Fido2Client
from fido2.ctap2.extensions import (
    CredBlobExtension,
    CredProtectExtension,
    Ctap2Extension,
    HmacSecretExtension,
    MinPinLengthExtension,
    PinComplexityPolicyExtension,
    ThirdPartyPaymentExtension,
)
from fido2.ctap2.pin import PinProtocol
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    PublicKeyCredentialCreationOptions,
    PublicKeyCredentialRequestOptions,
)

from bench import (
    CLIENT_DATA_HASH,
    ERR,
    ES256,
    PERMISSION,
    PIN,
    RP_ID,
    Bench,
    descriptor,
    entity,
    expect,
    refused,
    scenario,
)
from client import Person

MAKE, GET, CONFIGURE = PERMISSION.MAKE_CREDENTIAL, PERMISSION.GET_ASSERTION, PERMISSION.AUTHENTICATOR_CFG

EXTENSIONS: tuple[Ctap2Extension, ...] = (
    HmacSecretExtension(allow_hmac_secret=True),
    CredBlobExtension(),
    CredProtectExtension(),
    MinPinLengthExtension(),
    PinComplexityPolicyExtension(),
    ThirdPartyPaymentExtension(),
)

FIRST, SECOND = b"the first input", b"the second input"
SALT, OTHER_SALT = b"\x5a" * 32, b"\xa5" * 32


class Browser:
    """The library's WebAuthn client, held to one PIN protocol."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        origin = DefaultClientDataCollector(f"https://{RP_ID}")
        self.client = Fido2Client(bench.device, origin, Person(PIN), extensions=EXTENSIONS)
        # It would always take the first of the list.
        info = self.client._backend.ctap2._info  # type: ignore[attr-defined]  # noqa: SLF001
        only: list[type[PinProtocol]] = [type(bench.protocol)]
        expect("protocols", info.pin_uv_protocols, [2, 1])
        self.client._backend.ctap2._info = replace(  # type: ignore[attr-defined]  # noqa: SLF001
            info, pin_uv_protocols=[protocol.VERSION for protocol in only]
        )

    def register(
        self, extensions: dict[str, Any], user: str = "ada", verification: str = "required"
    ) -> tuple[AttestedCredentialData, Any]:
        """The credential, and what the client says of the extensions."""
        options = PublicKeyCredentialCreationOptions.from_dict(
            {
                "rp": {"id": RP_ID, "name": "The site"},
                "user": {**entity(user), "id": websafe_encode(entity(user)["id"])},
                "challenge": websafe_encode(b"a challenge"),
                "pubKeyCredParams": [ES256],
                "authenticatorSelection": {
                    "residentKey": "required",
                    "userVerification": verification,
                },
                "extensions": extensions,
            }
        )
        answer = self.client.make_credential(options)
        data = answer.response.attestation_object.auth_data.credential_data
        assert data is not None
        return data, answer.client_extension_results

    def sign_in(
        self,
        extensions: dict[str, Any],
        credentials: list[AttestedCredentialData] | None = None,
        verification: str = "required",
    ) -> Any:
        """What the client says of the extensions, and the authenticator data."""
        options = PublicKeyCredentialRequestOptions.from_dict(
            {
                "rpId": RP_ID,
                "challenge": websafe_encode(b"a challenge"),
                "userVerification": verification,
                "allowCredentials": [
                    {"type": "public-key", "id": websafe_encode(each.credential_id)}
                    for each in credentials or []
                ],
                "extensions": extensions,
            }
        )
        return self.client.get_assertion(options).get_response(0)


def prf(first: bytes, second: bytes | None = None) -> dict[str, Any]:
    inputs = {"first": websafe_encode(first)}
    if second is not None:
        inputs["second"] = websafe_encode(second)
    return inputs


@scenario("extensions: hmac-secret by hand")
def hmac_secret_by_hand(bench: Bench) -> None:
    """What disk encryption and OpenSSH do: the same salt, the same secret, over restarts; no PIN is needed."""
    credential = bench.register("ada", extensions={"hmac-secret": True})
    sealed = bench.register("bob", discoverable=False)

    def secret(of: AttestedCredentialData, salts: bytes, token: bytes | None = None) -> bytes:
        ours, shared = bench.protocol.encapsulate(bench.key_agreement())
        encrypted = bench.protocol.encrypt(shared, salts)
        salt_input = {
            1: ours,
            2: encrypted,
            3: bench.protocol.authenticate(shared, encrypted),
            4: bench.protocol.VERSION,
        }
        answer = bench.sign_in(of, token=token, extensions={"hmac-secret": salt_input})
        return bench.protocol.decrypt(shared, answer.auth_data.extensions["hmac-secret"])

    for each in (credential, sealed):
        one, two = secret(each, SALT), secret(each, SALT + OTHER_SALT)
        expect("length", (len(one), len(two)), (32, 64))
        expect("the first of two", two[:32], one)
        for restart in (bench.device.restart_process, bench.device.unplug) * 2:
            restart()
            expect("after a restart", secret(each, SALT), one)
    if secret(credential, SALT) == secret(sealed, SALT):
        raise AssertionError("two credentials have one secret")
    unverified = secret(credential, SALT)
    bench.pin.set_pin(PIN)
    verified = secret(credential, SALT, bench.token(GET, RP_ID))
    if verified == unverified:
        raise AssertionError("with verification and without there is one secret")
    expect("without", secret(credential, SALT), unverified)


@scenario("extensions: hmac-secret refused")
def hmac_secret_refused(bench: Bench) -> None:
    credential = bench.register("ada")
    ours, shared = bench.protocol.encapsulate(bench.key_agreement())
    encrypted = bench.protocol.encrypt(shared, SALT)
    good = {1: ours, 2: encrypted, 3: bench.protocol.authenticate(shared, encrypted), 4: bench.protocol.VERSION}
    for status, change in (
        (ERR.PIN_AUTH_INVALID, {3: bytes(32)}),
        (ERR.INVALID_PARAMETER, {4: 9}),
        (ERR.CBOR_UNEXPECTED_TYPE, {2: "a salt"}),
    ):
        with refused(status, f"salts with {change}"):
            bench.sign_in(credential, extensions={"hmac-secret": {**good, **change}})
    with refused(ERR.MISSING_PARAMETER, "salts without authentication"):
        bench.sign_in(credential, extensions={"hmac-secret": {1: ours, 2: encrypted}})
    with refused(ERR.UNSUPPORTED_OPTION, "salts without presence"):
        bench.sign_in(credential, extensions={"hmac-secret": good}, options={"up": False})
    bench.sign_in(credential, extensions={"hmac-secret": good})


@scenario("extensions: PRF")
def prf_results(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    browser = Browser(bench)
    credential, results = browser.register({"prf": {"eval": prf(FIRST, SECOND)}})
    expect("enabled", results.prf.enabled, True)
    first, second = results.prf.results.first, results.prf.results.second
    expect("lengths", (len(first), len(second)), (32, 32))
    bench.device.unplug()
    browser = Browser(bench)
    for credentials in ([credential], None):
        results = browser.sign_in({"prf": {"eval": prf(FIRST, SECOND)}}, credentials).client_extension_results
        expect("results", (results.prf.results.first, results.prf.results.second), (first, second))
    other, _ = browser.register({"prf": {}}, "bob")

    def by_credential(of: AttestedCredentialData, value: bytes) -> bytes:
        evaluated = {websafe_encode(of.credential_id): prf(value)}
        asked = {"prf": {"eval": prf(b"for any other"), "evalByCredential": evaluated}}
        return browser.sign_in(asked, [of]).client_extension_results.prf.results.first

    expect("by credential", by_credential(credential, SECOND), second)
    if by_credential(other, SECOND) == second:
        raise AssertionError("two credentials give one result")


@scenario("extensions: hmac-secret through the client")
def hmac_secret_client(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    browser = Browser(bench)
    salts = {"salt1": websafe_encode(SALT), "salt2": websafe_encode(OTHER_SALT)}
    credential, results = browser.register({"hmacCreateSecret": True, "hmacGetSecret": salts})
    expect("created", results["hmacCreateSecret"], True)
    made = results["hmacGetSecret"]
    got = browser.sign_in({"hmacGetSecret": salts}, [credential]).client_extension_results["hmacGetSecret"]
    expect("secrets", got, made)
    expect("how many", set(got), {"output1", "output2"})


@scenario("extensions: credBlob")
def cred_blob(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    browser = Browser(bench)
    expect("longest", bench.info.max_cred_blob_length, 32)
    blob = bytes(range(32))
    credential, _ = browser.register({"credBlob": blob})
    answer = browser.sign_in({"getCredBlob": True}, [credential])
    expect("blob", answer.response.authenticator_data.extensions, {"credBlob": blob})
    other = bench.register("bob", token=bench.token(MAKE, RP_ID), extensions={"credBlob": bytes(33)})
    answer = browser.sign_in({"getCredBlob": True}, [other])
    expect("a blob that was too long", answer.response.authenticator_data.extensions, {"credBlob": b""})


@scenario("extensions: minPinLength")
def min_pin_length(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    bench.config(bench.token(CONFIGURE)).set_min_pin_length(min_pin_length=6, rp_ids=[RP_ID])
    token = bench.token(MAKE, RP_ID)
    answer = bench.ctap.make_credential(
        CLIENT_DATA_HASH,
        {"id": RP_ID, "name": "The site"},
        entity("ada"),
        [ES256],
        extensions={"minPinLength": True},
        pin_uv_param=bench.protocol.authenticate(token, CLIENT_DATA_HASH),
        pin_uv_protocol=bench.protocol.VERSION,
    )
    expect("told", answer.auth_data.extensions, {"minPinLength": 6})


@scenario("extensions: thirdPartyPayment")
def third_party_payment(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    browser = Browser(bench)
    marked, _ = browser.register({"payment": {"isPayment": True}})
    plain, _ = browser.register({}, "bob")
    for credential, wanted in ((marked, True), (plain, False)):
        answer = browser.sign_in({"payment": {"isPayment": True}}, [credential])
        expect("marked", answer.response.authenticator_data.extensions, {"thirdPartyPayment": wanted})


@scenario("extensions: all at once")
def all_at_once(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    bench.config(bench.token(CONFIGURE)).set_min_pin_length(rp_ids=[RP_ID])
    token = bench.token(MAKE, RP_ID)
    ours, shared = bench.protocol.encapsulate(bench.key_agreement())
    encrypted = bench.protocol.encrypt(shared, SALT)
    salts = {1: ours, 2: encrypted, 3: bench.protocol.authenticate(shared, encrypted), 4: bench.protocol.VERSION}
    answer = bench.ctap.make_credential(
        CLIENT_DATA_HASH,
        {"id": RP_ID, "name": "The site"},
        entity("ada"),
        [ES256],
        options={"rk": True},
        extensions={
            "credBlob": b"a blob",
            "credProtect": 2,
            "hmac-secret": True,
            "largeBlobKey": True,
            "minPinLength": True,
            "hmac-secret-mc": salts,
            "thirdPartyPayment": True,
        },
        pin_uv_param=bench.protocol.authenticate(token, CLIENT_DATA_HASH),
        pin_uv_protocol=bench.protocol.VERSION,
    )
    outputs = answer.auth_data.extensions
    assert outputs is not None
    names = ["credBlob", "credProtect", "hmac-secret", "minPinLength", "hmac-secret-mc"]
    expect("outputs, in canonical order", list(outputs), names)
    # The library's own encoder is canonical: what it writes is what was sent.
    expect("bytes", bytes(answer.auth_data).endswith(cbor.encode(dict(outputs))), True)
    made = bench.protocol.decrypt(shared, outputs["hmac-secret-mc"])
    expect("length of the large blob's key", len(answer.large_blob_key or b""), 32)

    credential = answer.auth_data.credential_data
    assert credential is not None
    token = bench.token(GET, RP_ID)
    signed = bench.sign_in(
        credential,
        token=token,
        extensions={"credBlob": True, "hmac-secret": salts, "largeBlobKey": True, "thirdPartyPayment": True},
    )
    outputs = signed.auth_data.extensions
    assert outputs is not None
    expect("outputs, in canonical order", list(outputs), ["credBlob", "hmac-secret", "thirdPartyPayment"])
    expect("secret", bench.protocol.decrypt(shared, outputs["hmac-secret"]), made)
    expect("large blob's key", signed.large_blob_key, answer.large_blob_key)
    expect("named", signed.credential, descriptor(credential))
