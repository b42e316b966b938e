"""What scenarios are written with: a device, one PIN protocol, and python-fido2's own classes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from fido2.attestation import Attestation
from fido2.ctap import CtapError
from fido2.ctap2 import AssertionResponse, ClientPin, Config, CredentialManagement, Ctap2
from fido2.ctap2.base import Info
from fido2.ctap2.pin import PinProtocol, PinProtocolV1, PinProtocolV2
from fido2.webauthn import AttestedCredentialData, AuthenticatorData

ERR = CtapError.ERR
PERMISSION = ClientPin.PERMISSION

PROTOCOLS: tuple[type[PinProtocol], ...] = (PinProtocolV1, PinProtocolV2)
ES256 = {"type": "public-key", "alg": -7}
CLIENT_DATA_HASH = sha256(b"the client data").digest()

PIN, OTHER_PIN, WRONG_PIN = "correct 1", "correct 2", "wrong 1"
RP_ID, OTHER_RP_ID = "example.com", "other.example"
TRIES = 8
"""CP-13: how many wrong PINs it takes to the block."""


class Rejected(Exception):
    """The authenticator answered, but not what it should."""


@dataclass(frozen=True)
class Scenario:
    name: str
    profile: str
    protocols: tuple[type[PinProtocol] | None, ...]
    play: Callable[["Bench"], None]


SCENARIOS: list[Scenario] = []
"""All of them, in the order in which their modules are imported."""


def scenario(
    name: str,
    profile: str = "security-key",
    protocols: tuple[type[PinProtocol] | None, ...] = PROTOCOLS,
) -> Callable[[Callable[["Bench"], None]], None]:
    """Makes a scenario of a function. It begins with an authenticator that nobody has used yet."""

    def add(play: Callable[["Bench"], None]) -> None:
        SCENARIOS.append(Scenario(name, profile, protocols, play))

    return add


def expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Rejected(f"{what} is {found!r}, wanted {wanted!r}")


@contextmanager
def refused(status: ERR, what: str) -> Iterator[None]:
    """What is inside must be refused with this status."""
    try:
        yield
    except CtapError as error:
        if error.code != status:
            raise Rejected(f"{what}: {error.code}, wanted {status}") from error
        return
    raise Rejected(f"{what}: accepted, wanted {status}")


class Bench:
    """An authenticator, and a client that speaks one PIN protocol."""

    def __init__(self, device: Any, protocol: type[PinProtocol] | None) -> None:
        self.device = device
        self.protocol = (protocol or PinProtocolV2)()

    # ---- python-fido2's classes. Each keeps the getInfo of its beginning, so they are made anew. ----

    @property
    def ctap(self) -> Ctap2:
        return Ctap2(self.device)

    @property
    def info(self) -> Info:
        return self.ctap.info

    @property
    def pin(self) -> ClientPin:
        return ClientPin(self.ctap, self.protocol)

    def management(self, token: bytes) -> CredentialManagement:
        return CredentialManagement(self.ctap, self.protocol, token)

    def config(self, token: bytes | None = None) -> Config:
        return Config(self.ctap, self.protocol, token)

    # ---- what they are used for ----

    def token(self, permissions: PERMISSION, rp_id: str | None = None, pin: str = PIN) -> bytes:
        return self.pin.get_pin_token(pin, permissions, rp_id)

    def tries_left(self) -> int:
        return self.pin.get_pin_retries()[0]

    def key_agreement(self) -> dict[int, Any]:
        """The authenticator's public key."""
        answer = self.ctap.client_pin(self.protocol.VERSION, ClientPin.CMD.GET_KEY_AGREEMENT)
        return dict(answer[ClientPin.RESULT.KEY_AGREEMENT])

    def set_padded(self, padded: bytes) -> None:
        """Sets a PIN that the library would not: padded by the caller."""
        ours, secret = self.protocol.encapsulate(self.key_agreement())
        encrypted = self.protocol.encrypt(secret, padded)
        self.ctap.client_pin(
            self.protocol.VERSION,
            ClientPin.CMD.SET_PIN,
            key_agreement=ours,
            new_pin_enc=encrypted,
            pin_uv_param=self.protocol.authenticate(secret, encrypted),
        )

    def register(
        self,
        user: str,
        rp_id: str = RP_ID,
        token: bytes | None = None,
        discoverable: bool = True,
        **more: Any,
    ) -> AttestedCredentialData:
        """Registers a user, who is verified exactly if there is a token."""
        answer = self.ctap.make_credential(
            CLIENT_DATA_HASH,
            {"id": rp_id, "name": f"The site {rp_id}"},
            entity(user),
            [ES256],
            options={"rk": True} if discoverable else None,
            **self._authorisation(token),
            **more,
        )
        statement = Attestation.for_type(answer.fmt)()
        statement.verify(answer.att_stmt, answer.auth_data, CLIENT_DATA_HASH)
        expect_flags(answer.auth_data, rp_id, verified=token is not None)
        if answer.auth_data.credential_data is None:
            raise Rejected("a registration without attested credential data")
        return answer.auth_data.credential_data

    def sign_in(
        self,
        credential: AttestedCredentialData,
        rp_id: str = RP_ID,
        token: bytes | None = None,
        by_name: bool = True,
        **more: Any,
    ) -> AssertionResponse:
        """Signs in, with an allow list or without, and verifies the signature."""
        present = (more.get("options") or {}).get("up", True)
        answer = self.ctap.get_assertion(
            rp_id,
            CLIENT_DATA_HASH,
            allow_list=[descriptor(credential)] if by_name else None,
            **self._authorisation(token),
            **more,
        )
        answer.verify(CLIENT_DATA_HASH, credential.public_key)
        expect("credential id", answer.credential["id"], credential.credential_id)
        expect_flags(answer.auth_data, rp_id, verified=token is not None, present=present)
        return answer

    def _authorisation(self, token: bytes | None) -> dict[str, Any]:
        if token is None:
            return {}
        return {
            "pin_uv_param": self.protocol.authenticate(token, CLIENT_DATA_HASH),
            "pin_uv_protocol": self.protocol.VERSION,
        }


def entity(user: str) -> dict[str, Any]:
    return {
        "id": f"id of {user}".encode(),
        "name": f"{user}@example.com",
        "displayName": user.capitalize(),
    }


def descriptor(credential: AttestedCredentialData) -> dict[str, Any]:
    return {"type": "public-key", "id": credential.credential_id}


def hashed(rp_id: str) -> bytes:
    return sha256(rp_id.encode()).digest()


def expect_flags(data: AuthenticatorData, rp_id: str, verified: bool, present: bool = True) -> None:
    expect("RP ID hash", data.rp_id_hash, hashed(rp_id))
    expect("UP", data.is_user_present(), present)
    expect("UV", data.is_user_verified(), verified)
    expect("BE", data.is_backup_eligible(), False)
    expect("BS", data.is_backed_up(), False)
