#!/usr/bin/env python3
"""Makes docs/conformance-results.md of what suites and clients have found.

report.py ROWS... >docs/conformance-results.md

ROWS are files of lines of JSON: {"client", "version", "runner", "command", "result", "detail"}, with a result of passed, failed or
absent (what the authenticator neither offers nor claims). Scripts append them to the file that $CONFORMANCE_ROWS names. Who is right
about a failure stands in verdicts.tsv beside this script; a failure that is not in it ends this with 1, and so does one in it that
is no failure any more.
"""

import csv
import json
import sys
from collections import Counter
from pathlib import Path

HEAD = """# Conformance: results

What suites and clients that others wrote have found, as of the last run that somebody recorded. Made by
`test-vectors/conformance/report.py`; do not edit. How to run each: [conformance.md](conformance.md).

"""

VERDICTS = Path(__file__).resolve().parent / "verdicts.tsv"


def main() -> int:
    rows = [json.loads(line) for path in sys.argv[1:] for line in Path(path).read_text(encoding="utf-8").splitlines()]
    if not rows:
        print("usage: report.py ROWS..., with at least one row", file=sys.stderr)
        return 2
    with VERDICTS.open(encoding="utf-8", newline="") as file:
        verdicts = {(one["client"], one["command"]): one for one in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    problems = []

    print(HEAD, end="")
    print("| suite or client | version | command | passed | failed | not offered |\n|---|---|---|---|---|---|")
    counts: dict[tuple, Counter] = {}
    for row in rows:
        counts.setdefault((row["client"], row["version"], row["runner"]), Counter())[row["result"]] += 1
    for (client, version, runner), count in counts.items():
        numbers = [count[result] for result in ("passed", "failed", "absent")]
        print(f"| {client} | {version} | `{runner}` | " + " | ".join(map(str, numbers)) + " |")

    print("\n## Failures\n")
    failures = {(row["client"], row["command"]): row["detail"] for row in rows if row["result"] == "failed"}
    if failures:
        print("| suite or client | what | what it says | line | who is right |\n|---|---|---|---|---|")
    else:
        print("None.")
    for failure, detail in failures.items():
        verdict = verdicts.get(failure)
        if verdict is None:
            problems.append(f"{failure} has no verdict in {VERDICTS.name}")
            verdict = {"line": "", "right": "not judged yet", "why": ""}
        why = f"{verdict['right']}: {verdict['why']}" if verdict["why"] else verdict["right"]
        print(cells(*failure, detail, verdict["line"], why))
    played = {row["client"] for row in rows}
    problems += [f"{one} has a verdict and does not fail" for one in verdicts if one[0] in played and one not in failures]

    print("\n## Not offered\n\nWhat a suite or client has and the authenticator does not: getInfo does not claim it.\n")
    print("| suite or client | what | why |\n|---|---|---|")
    for client, command, detail in dict.fromkeys(
        (row["client"], row["command"], row["detail"]) for row in rows if row["result"] == "absent"
    ):
        print(cells(client, command, detail))

    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def cells(*texts: str) -> str:
    return "| " + " | ".join(text.replace("|", "\\|").replace("\n", " ") for text in texts) + " |"


if __name__ == "__main__":
    sys.exit(main())
