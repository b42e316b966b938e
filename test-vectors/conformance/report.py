#!/usr/bin/env python3
"""Makes docs/conformance-results.md of what suites and clients have found.

report.py ROWS...

It is written when all of it is made: what ends this early leaves the page as it was.

ROWS are files of lines of JSON: {"client", "version", "command", "result", "detail"}, with a result of passed, failed or absent (what
the authenticator neither offers nor claims). Scripts append them to the file that $CLIENT_ROWS names. Who is right about a failure
stands in the row itself, as "line" and "right", or in verdicts.tsv beside this script. A failure that has no such verdict ends this
with 1, and so does one in verdicts.tsv that is no failure any more.
"""

import csv
import functools
import io
import json
import re
import sys
from collections import Counter
from pathlib import Path

HEAD = """# Conformance: results

What suites and clients that others wrote have found, as of the last run that somebody recorded. Made by
`test-vectors/conformance/report.py`; do not edit. How to run each: [conformance.md](conformance.md).

"""

# How each is run; docs/conformance.md says what it needs.
CLIENTS = "test-vectors/clients"
VM = "test-vectors/vm/run.sh target/release/authenticator"
RUNNERS = {
    "python-fido2": f"{CLIENTS}/judge.sh target/debug/examples/ctap_pipe",
    "python-fido2 over sockets": f"{CLIENTS}/served.sh target/debug/authenticator",
    "python-fido2, its tests for real keys": f"{CLIENTS}/device_suite/judge.sh target/debug/authenticator",
    "libfido2": f"{CLIENTS}/libfido2/judge.sh target/debug/authenticator",
    "libfido2 tools": f"{VM} libfido2",
    "OpenSSH": f"{VM} openssh",
    "usbip": f"{VM} usbip",
    "libfido2 tools over USB/IP": f"{VM} usbip",
    "Firefox's authenticator": f"{VM} rust",
    "ctap-hid-fido2": f"{VM} rust",
    "Chromium": f"{VM} chromium",
}

VERDICTS = Path(__file__).resolve().parent / "verdicts.tsv"
PAGE = Path(__file__).resolve().parents[2] / "docs/conformance-results.md"


def main() -> int:
    rows = [json.loads(line) for path in sys.argv[1:] for line in Path(path).read_text(encoding="utf-8").splitlines()]
    if not rows:
        print("usage: report.py ROWS..., with at least one row", file=sys.stderr)
        return 2
    with VERDICTS.open(encoding="utf-8", newline="") as file:
        verdicts = {(one["client"], one["command"]): one for one in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    problems = []
    page = io.StringIO()
    say = functools.partial(print, file=page)

    say(HEAD, end="")
    say("| suite or client | version | command | passed | failed | not offered |\n|---|---|---|---|---|---|")
    counts: dict[tuple, Counter] = {}
    for row in rows:
        counts.setdefault((row["client"], row["version"]), Counter())[row["result"]] += 1
    for (client, version), count in counts.items():
        runner = f"`{RUNNERS[client]}`" if client in RUNNERS else ""
        say(cells(client, version, runner, *(str(count[result]) for result in ("passed", "failed", "absent"))))

    say("\n## Failures\n")
    failures = {(row["client"], row["command"]): row for row in rows if row["result"] == "failed"}
    if failures:
        say("| suite or client | what | what it says | line | who is right |\n|---|---|---|---|---|")
    else:
        say("None.")
    for failure, row in failures.items():
        verdict = verdicts.get(failure) or row
        if "right" not in verdict:
            problems.append(f"{failure} has no verdict in {VERDICTS.name}")
        right = ": ".join(filter(None, (verdict.get("right", "not judged yet"), verdict.get("why"))))
        # Where it lay on the machine of the run is nobody's business.
        detail = re.sub(r"\S*/(?=[^/\s]+:\d+:)", "", row["detail"])
        say(cells(*failure, detail, verdict.get("line", ""), right))
    played = {row["client"] for row in rows}
    problems += [f"{one} has a verdict and does not fail" for one in verdicts if one[0] in played and one not in failures]

    say("\n## Not offered\n\nWhat a suite or client has and the authenticator does not: getInfo does not claim it.\n")
    say("| suite or client | what | why |\n|---|---|---|")
    absent: dict[tuple, list] = {}
    for row in rows:
        if row["result"] == "absent":
            absent.setdefault((row["client"], row["detail"]), []).append(row["command"])
    for (client, why), commands in absent.items():
        what = commands[0] if len(commands) == 1 else f"{len(commands)} of its tests"
        say(cells(client, what, why))

    PAGE.write_text(page.getvalue(), encoding="utf-8")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def cells(*texts: str) -> str:
    return "| " + " | ".join(text.replace("|", "\\|").replace("\n", " ") for text in texts) + " |"


if __name__ == "__main__":
    sys.exit(main())
