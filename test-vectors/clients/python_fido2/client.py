"""The library's own WebAuthn client between its own relying party and the authenticator."""

from collections.abc import Iterator
from contextlib import contextmanager

from fido2.client import (
    AssertionSelection,
    ClientError,
    DefaultClientDataCollector,
    Fido2Client,
    UserInteraction,
)
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from bench import ERR, PERMISSION, PIN, RP_ID, TRIES, WRONG_PIN, Bench, Rejected, expect, scenario

REQUIRED, DISCOURAGED = (
    UserVerificationRequirement.REQUIRED,
    UserVerificationRequirement.DISCOURAGED,
)


class Person(UserInteraction):
    """Types this PIN when asked, and remembers how often."""

    def __init__(self, pin: str) -> None:
        self.pin, self.typed = pin, 0

    def request_pin(self, permissions: PERMISSION, rp_id: str | None) -> str:
        self.typed += 1
        return self.pin


class Site:
    """A relying party, and a client with a person in front of it."""

    def __init__(self, bench: Bench, pin: str = PIN) -> None:
        self.server = Fido2Server(
            PublicKeyCredentialRpEntity(name="The site", id=RP_ID), attestation="direct"
        )
        self.person = Person(pin)
        origin = DefaultClientDataCollector(f"https://{RP_ID}")
        self.client = Fido2Client(bench.device, origin, self.person)

    def register(
        self,
        user: str,
        verification: UserVerificationRequirement = REQUIRED,
        exclude: list[AttestedCredentialData] | None = None,
        resident_key: ResidentKeyRequirement = ResidentKeyRequirement.REQUIRED,
    ) -> AttestedCredentialData:
        options, state = self.server.register_begin(
            PublicKeyCredentialUserEntity(id=user.encode(), name=user),
            exclude,
            resident_key,
            verification,
        )
        answer = self.client.make_credential(options.public_key)
        data = self.server.register_complete(state, answer)
        expect("UV", data.is_user_verified(), verification == REQUIRED)
        if data.credential_data is None:
            raise Rejected("a registration without attested credential data")
        return data.credential_data

    def sign_in(
        self,
        known: list[AttestedCredentialData],
        verification: UserVerificationRequirement = REQUIRED,
        by_name: bool = False,
    ) -> AssertionSelection:
        """Verifies every assertion the client has to choose from."""
        options, state = self.server.authenticate_begin(known if by_name else None, verification)
        selection = self.client.get_assertion(options.public_key)
        for place, assertion in enumerate(selection.get_assertions()):
            expect("UV", assertion.auth_data.is_user_verified(), verification == REQUIRED)
            self.server.authenticate_complete(state, known, selection.get_response(place))
        return selection


@contextmanager
def client_refuses(status: ERR, what: str) -> Iterator[None]:
    """What is inside must end in the library's error, because of this status."""
    try:
        yield
    except ClientError as error:
        expect(f"{what}: cause", getattr(error.cause, "code", error.cause), status)
        return
    raise Rejected(f"{what}: accepted, wanted {status}")


@scenario("client: a site, with a PIN", protocols=(None,))
def with_a_pin(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    site = Site(bench)
    site.client.selection()
    known = [site.register(user) for user in ("ada", "bob")]
    expect("accounts", len(site.sign_in(known).get_assertions()), 2)
    expect("accounts", len(site.sign_in(known[:1], by_name=True).get_assertions()), 1)
    expect("PINs typed", site.person.typed, 4)
    sealed = site.register("cyd", DISCOURAGED, resident_key=ResidentKeyRequirement.DISCOURAGED)
    site.sign_in([sealed], DISCOURAGED, by_name=True)
    expect("PINs typed", site.person.typed, 4)
    with client_refuses(ERR.CREDENTIAL_EXCLUDED, "an excluded registration"):
        site.register("ada", exclude=known)


@scenario("client: a site, with a wrong PIN", protocols=(None,))
def with_a_wrong_pin(bench: Bench) -> None:
    bench.pin.set_pin(PIN)
    site = Site(bench, WRONG_PIN)
    with client_refuses(ERR.PIN_INVALID, "a registration with a wrong PIN"):
        site.register("ada")
    expect("tries", bench.tries_left(), TRIES - 1)


@scenario("client: a site, with verification", profile="phone", protocols=(None,))
def with_verification(bench: Bench) -> None:
    site = Site(bench)
    known = [site.register("ada")]
    site.sign_in(known, by_name=True)
    site.sign_in(known)
    expect("PINs typed", site.person.typed, 0)
    expect("prompts", set(bench.device.asked()), {"verification"})
