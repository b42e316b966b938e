"""py_webauthn judges what Chromium has answered in the virtual machine.

judge_chromium.py FOLDER CHROMIUM_VERSION: FOLDER has what guest/chromium/site.py has kept. Prints a row for each ceremony, and
appends them to $CLIENT_ROWS, if that is set.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import base64url_to_bytes, parse_attestation_object
from webauthn.helpers.structs import CredentialDeviceType
from webauthn.registration.verify_registration_response import VerifiedRegistration

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "guest" / "chromium"), str(HERE.parent / "conformance")]
from rows import record  # noqa: E402
from site_plans import PLANS, RP_ID  # noqa: E402

ORIGIN = "http://localhost:8000"


class Rejected(Exception):
    """The library took the answer, but it is not what was asked for."""


def main() -> int:
    folder, browser = Path(sys.argv[1]), sys.argv[2]
    print(f"\n---- Chromium {browser}, verified by py_webauthn {version('webauthn')} ----")
    failed = 0
    for plan in PLANS:
        registered = None
        for kind in ("create", "get"):
            why = ""
            # Any error is a verdict: one bad answer must not hide those after it.
            try:
                kept = json.loads((folder / f"{plan}-{kind}.json").read_text(encoding="utf-8"))
                if "error" in kept:
                    raise Rejected(kept["error"])
                if kind == "create":
                    registered = (judge_registration(plan, kept), kept)
                elif registered is None:
                    raise Rejected("there was no registration")
                else:
                    judge_sign_in(plan, *registered, kept)
            except Exception as error:
                why = f"{type(error).__name__}: {' '.join(str(error).split())}"
                failed += 1
            command = f"navigator.credentials.{kind}: {PLANS[plan].about}"
            print(f"{'FAIL' if why else 'PASS':<7} {command}{': ' + why if why else ''}")
            record("Chromium", browser, command, why)
    count = 2 * len(PLANS)
    print(f"Chromium: {count - failed} passed, {failed} failed, 0 not offered")
    return 1 if failed else 0


def judge_registration(plan: str, kept: dict[str, Any]) -> VerifiedRegistration:
    wanted = PLANS[plan]
    verified = verify_registration_response(
        credential=kept["response"],
        expected_challenge=base64url_to_bytes(kept["options"]["challenge"]),
        expected_rp_id=RP_ID,
        expected_origin=ORIGIN,
        require_user_verification=wanted.verification == "required",
    )
    expect("format", verified.fmt, "packed" if wanted.attestation == "direct" else "none")
    if wanted.attestation == "direct":
        statement = parse_attestation_object(verified.attestation_object).att_stmt
        expect("certificates in a self attestation", statement.x5c, None)
    expect("user verified", verified.user_verified, wanted.verification == "required")
    expect("device type", verified.credential_device_type, CredentialDeviceType.SINGLE_DEVICE)
    expect("transports", kept["response"]["response"].get("transports"), ["usb"])
    if wanted.prf:
        expect("prf is enabled", prf(kept).get("enabled"), True)
        expect("bytes of prf's result", len(secret(kept)), 32)
    return verified


def judge_sign_in(
    plan: str, registered: VerifiedRegistration, before: dict[str, Any], kept: dict[str, Any]
) -> None:
    """`before` is what was kept of the registration."""
    wanted = PLANS[plan]
    verified = verify_authentication_response(
        credential=kept["response"],
        expected_challenge=base64url_to_bytes(kept["options"]["challenge"]),
        expected_rp_id=RP_ID,
        expected_origin=ORIGIN,
        credential_public_key=registered.credential_public_key,
        credential_current_sign_count=registered.sign_count,
        require_user_verification=wanted.verification == "required",
    )
    expect("credential", verified.credential_id, registered.credential_id)
    expect("user verified", verified.user_verified, wanted.verification == "required")
    if not wanted.listed:
        expect("user handle", kept["response"]["response"].get("userHandle"), before["options"]["user"]["id"])
    if wanted.prf:
        expect("prf's result is the registration's", secret(kept), secret(before))


def prf(kept: dict[str, Any]) -> dict[str, Any]:
    return kept["response"]["clientExtensionResults"]["prf"]


def secret(kept: dict[str, Any]) -> bytes:
    return base64url_to_bytes(prf(kept)["results"]["first"])


def expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Rejected(f"{what} is {found!r}, wanted {wanted!r}")


if __name__ == "__main__":
    sys.exit(main())
