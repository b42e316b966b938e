"""py_webauthn judges the `authenticator` command line tool, case by case.

Usage: python3 judge.py PATH_TO_AUTHENTICATOR
"""

import json
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

from webauthn import (
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    decode_credential_public_key,
    parse_attestation_object,
    parse_authentication_options_json,
    parse_registration_credential_json,
    parse_registration_options_json,
)
from webauthn.helpers.exceptions import (
    InvalidAuthenticationResponse,
    InvalidRegistrationResponse,
)
from webauthn.helpers.structs import (
    AttestationFormat,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from cases import ALGORITHMS, CASES, ORIGIN, RP_ID, Case, request_options
from tool import Tool

CHAIN_FOLDER = Path(__file__).parents[2] / "attestation"
OTHER_ORIGIN = "https://other.example.com"
OTHER_CHALLENGE = bytes(32)


class Rejected(Exception):
    """The library took the answer, but it is not what was asked for."""


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[2:] not in ([], ["--without-x5c"]):
        print("usage: judge.py PATH_TO_AUTHENTICATOR [--without-x5c]", file=sys.stderr)
        return 2
    program = Path(sys.argv[1]).resolve()
    cases = [case for case in CASES if case.attestation != "packed-x5c" or not sys.argv[2:]]
    print(f"py_webauthn {version('webauthn')}")
    failed = 0
    for case in cases:
        verdict = "passed"
        try:
            judge(case, program)
        # Any error is a verdict: one bad answer must not hide the cases after it.
        except Exception as error:
            one_line = " ".join(str(error).split())
            verdict = f"FAILED: {type(error).__name__}: {one_line}"
            failed += 1
        print(f"{case.name:<40}{verdict}")
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


def judge(case: Case, program: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tool = Tool(program, Path(folder), ORIGIN, case.user, attestation(case))
        registration = json.loads(tool.create(case.creation_file))
        registered = judge_registration(case, registration)

        request_file = case.request_file
        if case.sign_in == "allow-list":
            request_file = Path(folder) / "request.json"
            options = request_options(case, [descriptor(registration)])
            request_file.write_text(options_to_json(options), encoding="utf-8")
        authentication = json.loads(tool.get(request_file))
        judge_authentication(case, request_file, registered, authentication)


def attestation(case: Case) -> list[str]:
    if case.attestation != "packed-x5c":
        return []
    return ["--attestation", f"x5c={CHAIN_FOLDER}/chain.pem,{CHAIN_FOLDER}/key.pem"]


def descriptor(registration: dict[str, Any]) -> PublicKeyCredentialDescriptor:
    """What a site keeps of a registration for its allow list."""
    credential = parse_registration_credential_json(registration)
    return PublicKeyCredentialDescriptor(
        id=credential.raw_id, transports=credential.response.transports
    )


def judge_registration(case: Case, answer: dict[str, Any]) -> VerifiedRegistration:
    challenge = parse_registration_options_json(case.creation_file.read_text()).challenge

    def verify(
        answer: dict[str, Any],
        challenge: bytes = challenge,
        origin: str = ORIGIN,
        root: str = "root.pem",
    ) -> VerifiedRegistration:
        roots = [(CHAIN_FOLDER / root).read_bytes()]
        return verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=RP_ID,
            expected_origin=origin,
            require_user_verification=case.user == "verify",
            supported_pub_key_algs=case.offered_algorithms,
            pem_root_certs_bytes_by_fmt={AttestationFormat.PACKED: roots},
        )

    verified = verify(answer)
    expect("format", verified.fmt, case.format)
    expect("algorithm", public_key_algorithm(verified), ALGORITHMS[case.algorithm])
    expect("AAGUID length", len(UUID(verified.aaguid).bytes), 16)
    expect("sign count", verified.sign_count, 0)
    expect_this_device_only(case, verified)
    expect_refused(lambda: verify(answer, challenge=OTHER_CHALLENGE), "challenge")
    expect_refused(lambda: verify(answer, origin=OTHER_ORIGIN), "origin")
    if case.format == "packed":
        statement = parse_attestation_object(verified.attestation_object).att_stmt
        if case.attestation == "packed-x5c":
            expect("certificates in the chain", len(statement.x5c or []), 2)
            expect_refused(lambda: verify(answer, root="other-root.pem"), "Certificate chain")
        else:
            expect("certificates in a self attestation", statement.x5c, None)
        tampered = with_flipped_attestation(answer, statement.sig or b"")
        expect_refused(lambda: verify(tampered), "signature")
    return verified


def judge_authentication(
    case: Case, request_file: Path, registered: VerifiedRegistration, answer: dict[str, Any]
) -> None:
    challenge = parse_authentication_options_json(request_file.read_text()).challenge

    def verify(
        answer: dict[str, Any], challenge: bytes = challenge, origin: str = ORIGIN
    ) -> VerifiedAuthentication:
        return verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=RP_ID,
            expected_origin=origin,
            credential_public_key=registered.credential_public_key,
            credential_current_sign_count=registered.sign_count,
            require_user_verification=case.user == "verify",
        )

    verified = verify(answer)
    expect("credential id", verified.credential_id, registered.credential_id)
    expect("sign count", verified.new_sign_count, 0)
    expect_this_device_only(case, verified)
    expect_user_handle(case, answer)
    expect_refused(lambda: verify(answer, challenge=OTHER_CHALLENGE), "challenge")
    expect_refused(lambda: verify(answer, origin=OTHER_ORIGIN), "origin")
    expect_refused(lambda: verify(with_flipped_signature(answer)), "signature")


def public_key_algorithm(registered: VerifiedRegistration) -> int:
    return decode_credential_public_key(registered.credential_public_key).alg


def expect_this_device_only(
    case: Case, verified: VerifiedRegistration | VerifiedAuthentication
) -> None:
    """BE=0 and BS=0, and UV exactly when the user was verified."""
    expect("user verified", verified.user_verified, case.user == "verify")
    expect("device type", verified.credential_device_type, CredentialDeviceType.SINGLE_DEVICE)
    expect("backed up", verified.credential_backed_up, False)


def expect_user_handle(case: Case, answer: dict[str, Any]) -> None:
    """WebAuthn L3 §7.2 step 6: needed without an allow list, and never another user's."""
    user_handle = answer["response"].get("userHandle")
    if case.sign_in == "usernameless" or user_handle is not None:
        options = parse_registration_options_json(case.creation_file.read_text())
        expect("user handle", user_handle, bytes_to_base64url(options.user.id))


def expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Rejected(f"{what} is {found!r}, wanted {wanted!r}")


def expect_refused(verify: Callable[[], object], reason: str) -> None:
    """The library must refuse, and for this reason: a judge that cannot say no proves nothing."""
    try:
        verify()
    except (InvalidRegistrationResponse, InvalidAuthenticationResponse) as refusal:
        if reason in str(refusal):
            return
        raise Rejected(f"refused a wrong {reason} for another reason: {refusal}") from refusal
    raise Rejected(f"accepted a wrong {reason}")


def with_flipped_signature(answer: dict[str, Any]) -> dict[str, Any]:
    signature = base64url_to_bytes(answer["response"]["signature"])
    return with_response(answer, "signature", with_flipped_last_byte(signature))


def with_flipped_attestation(answer: dict[str, Any], signature: bytes) -> dict[str, Any]:
    attestation = base64url_to_bytes(answer["response"]["attestationObject"])
    expect("attestation signatures", attestation.count(signature), 1)
    flipped = attestation.replace(signature, with_flipped_last_byte(signature))
    return with_response(answer, "attestationObject", flipped)


def with_flipped_last_byte(signature: bytes) -> bytes:
    """The last byte lies outside the DER framing: still well formed, no longer valid."""
    return signature[:-1] + bytes([signature[-1] ^ 1])


def with_response(answer: dict[str, Any], member: str, value: bytes) -> dict[str, Any]:
    return answer | {"response": answer["response"] | {member: bytes_to_base64url(value)}}


if __name__ == "__main__":
    sys.exit(main())
