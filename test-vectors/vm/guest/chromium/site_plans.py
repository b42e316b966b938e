"""What the site asks for: a registration and a sign-in each."""

from typing import NamedTuple

RP_ID = "localhost"


class Plan(NamedTuple):
    about: str
    verification: str = "required"
    residence: str = "discouraged"
    attestation: str = "none"
    prf: bool = False
    # Whether the sign-in names the credential.
    listed: bool = True


# The first ones are played with a key that has no PIN yet, and the last with one that verifies its user itself.
PLANS = {
    "touch": Plan("without a PIN", verification="discouraged"),
    "direct": Plan("direct attestation", verification="discouraged", attestation="direct"),
    "verified": Plan("verified, with a PIN that Chromium sets and then asks for"),
    "resident": Plan("resident, signed in without a list", residence="required", listed=False),
    "prf": Plan("prf", residence="required", prf=True),
    "builtin": Plan("a key that verifies its user", residence="required", attestation="direct", listed=False),
}
