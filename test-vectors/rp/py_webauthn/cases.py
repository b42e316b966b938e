"""The cases that py_webauthn judges, and the options it makes for each of them."""

import hashlib
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from webauthn import generate_authentication_options, generate_registration_options
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialCreationOptions,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRequestOptions,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

RP_ID = "example.com"
ORIGIN = "https://login.example.com"
OPTIONS_FOLDER = Path(__file__).parent / "options"
ALGORITHMS = {
    "es256": COSEAlgorithmIdentifier.ECDSA_SHA_256,
    "eddsa": COSEAlgorithmIdentifier.EDDSA,
}


@dataclass(frozen=True)
class Case:
    """One registration followed by one sign-in."""

    attestation: str
    """"none", "packed-self", or "packed-x5c": by a key in a file, with a chain of certificates."""
    algorithm: str
    """A key of ALGORITHMS."""
    user: str
    """"verify" or "approve": what the person at the authenticator does."""
    sign_in: str
    """"allow-list" or "usernameless"."""

    @property
    def name(self) -> str:
        return f"{self.attestation}-{self.algorithm}-{self.user}-{self.sign_in}"

    @property
    def format(self) -> str:
        """The attestation statement format that must come back."""
        return "none" if self.attestation == "none" else "packed"

    @property
    def user_verification(self) -> UserVerificationRequirement:
        if self.user == "verify":
            return UserVerificationRequirement.REQUIRED
        return UserVerificationRequirement.DISCOURAGED

    @property
    def offered_algorithms(self) -> list[COSEAlgorithmIdentifier]:
        """The wanted algorithm first: the authenticator must keep to the site's order."""
        wanted = ALGORITHMS[self.algorithm]
        return [wanted] + [other for other in ALGORITHMS.values() if other != wanted]

    @property
    def creation_file(self) -> Path:
        return OPTIONS_FOLDER / f"{self.name}.create.json"

    @property
    def request_file(self) -> Path:
        return OPTIONS_FOLDER / f"{self.name}.get.json"


CASES = [
    Case(*parts)
    for parts in product(
        ("none", "packed-self"),
        ALGORITHMS,
        ("verify", "approve"),
        ("allow-list", "usernameless"),
    )
]
CASES += [Case("packed-x5c", algorithm, "verify", "usernameless") for algorithm in ALGORITHMS]


def creation_options(case: Case) -> PublicKeyCredentialCreationOptions:
    if case.attestation == "none":
        attestation = AttestationConveyancePreference.NONE
    else:
        attestation = AttestationConveyancePreference.DIRECT
    if case.sign_in == "usernameless":
        resident_key = ResidentKeyRequirement.REQUIRED
    else:
        resident_key = ResidentKeyRequirement.DISCOURAGED
    return generate_registration_options(
        rp_id=RP_ID,
        rp_name="Example",
        user_id=fixed_bytes("user id", case)[:16],
        user_name="anna@example.com",
        user_display_name="Anna Example",
        challenge=fixed_bytes("creation challenge", case),
        attestation=attestation,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=resident_key,
            user_verification=case.user_verification,
        ),
        supported_pub_key_algs=case.offered_algorithms,
    )


def request_options(
    case: Case, allowed: list[PublicKeyCredentialDescriptor]
) -> PublicKeyCredentialRequestOptions:
    return generate_authentication_options(
        rp_id=RP_ID,
        challenge=fixed_bytes("request challenge", case),
        allow_credentials=allowed,
        user_verification=case.user_verification,
    )


def fixed_bytes(purpose: str, case: Case) -> bytes:
    """32 bytes that differ by purpose and case and are the same on every run."""
    return hashlib.sha256(f"py_webauthn {purpose} {case.name}".encode()).digest()
