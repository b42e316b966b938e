"""A pytest plugin: the tests that python-fido2 keeps for a real key meet `authenticator serve` instead.

The tests are not changed. Where they look for a key on USB they are given the one served here, over UDP; where they ask the
person at the desk to touch it or to pull it out, they ask a power controller over HTTP (`--controller`), which is here too.

Wants the program in the environment variable AUTHENTICATOR, and keeps what became of each test in the file CLIENT_ROWS, a line
of JSON each, if that is set. A failure that known_failures.json explains fails nothing, unless the test passes. Reasons for which
tests are skipped, and how many, are in expected_skips.json: others fail the run, and so does it where all tests are run and fewer
are skipped.
"""

import json
import os
import socket
import subprocess
import tempfile
from collections import Counter
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from pathlib import Path
from threading import Thread, Timer

import fido2.hid
import pytest
from fido2.hid import CtapHidDevice
from fido2.hid.base import CtapHidConnection, HidDescriptor

REPORT = 64
PATIENCE_SECONDS = 60


class Key:
    """The key that is plugged in or pulled out: a process, and a folder that outlives it."""

    def __init__(self, program: str, state: Path) -> None:
        self._program, self._state = program, state
        self._process: subprocess.Popen[str] | None = None
        self.address: str | None = None

    def plug_in(self) -> None:
        self.pull_out()
        self._process = subprocess.Popen(
            [self._program, "serve", "--udp", "127.0.0.1:0", "--state", str(self._state), "--user", "gated"]
            # They test PINs, and refuse a key that has another way to verify.
            + ["--set", "uv=absent"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout
        output = self._process.stdout
        waiting = Timer(PATIENCE_SECONDS, self._process.kill)
        waiting.start()
        first = output.readline()
        waiting.cancel()
        self.address = str(json.loads(first)["udp"])
        # What it asks is not read by anybody; the tests know by themselves when to touch.
        Thread(target=output.read, daemon=True).start()

    def pull_out(self) -> None:
        self.address = None
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def touch(self) -> None:
        assert self._process and self._process.stdin
        self._process.stdin.write("approve\n")
        self._process.stdin.flush()

    def descriptors(self) -> list[HidDescriptor]:
        return [descriptor(self.address)] if self.address else []


def descriptor(path: str) -> HidDescriptor:
    return HidDescriptor(path, 0, 0, REPORT, REPORT, "Authenticator", None)


class Datagrams(CtapHidConnection):
    """One report a datagram."""

    def __init__(self, where: HidDescriptor) -> None:
        host, port = str(where.path).rsplit(":", 1)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(PATIENCE_SECONDS)
        self._socket.connect((host, int(port)))

    def read_packet(self) -> bytes:
        return self._socket.recv(REPORT)

    def write_packet(self, data: bytes) -> None:
        self._socket.send(data)

    def close(self) -> None:
        self._socket.close()


def controller(key: Key) -> HTTPServer:
    """What switches the port's power and presses the button."""
    moves = {"power/on": key.plug_in, "power/off": key.pull_out, "touch/on": key.touch}

    class Switch(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            move = moves.get(self.path.removeprefix("/").partition("/")[2])
            if move:
                move()
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Switch)
    Thread(target=server.serve_forever, daemon=True).start()
    return server


FOLDER = tempfile.TemporaryDirectory()
KEY = Key(os.environ["AUTHENTICATOR"], Path(FOLDER.name) / "state")

# As soon as this is loaded: the tests take these names with them when they are.
fido2.hid.list_descriptors = KEY.descriptors
fido2.hid.open_connection = Datagrams
fido2.hid.open_device = lambda path: CtapHidDevice(descriptor(path), Datagrams(descriptor(path)))


def pytest_configure(config: pytest.Config) -> None:
    KEY.plug_in()
    config.option.controller = "http://127.0.0.1:%d" % controller(KEY).server_port
    config.add_cleanup(KEY.pull_out)


KNOWN = json.loads((Path(__file__).parent / "known_failures.json").read_text())
EXPECTED_SKIPS = json.loads((Path(__file__).parent / "expected_skips.json").read_text())


def known(test: str) -> dict[str, str] | None:
    return next((known for known in KNOWN if known["test"] == test.partition("[")[0]), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # What fails leaves a key behind that the tests after it do not expect.
    items.sort(key=lambda item: known(item.nodeid) is not None)


OUTCOMES: dict[str, tuple[str, str]] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.passed and report.when != "call":
        return
    detail = ""
    if report.skipped and isinstance(report.longrepr, tuple):
        detail = report.longrepr[2].removeprefix("Skipped: ")
    elif report.failed:
        detail = str(getattr(report.longrepr, "reprcrash", report.longrepr)).splitlines()[-1]
    OUTCOMES[report.nodeid] = (report.outcome, detail)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Judges by what is known: the exit status is 0 if and only if nothing happened that is not explained."""
    failed = {test for test, (outcome, _) in OUTCOMES.items() if outcome == "failed"}
    unexplained = [test for test in failed if not known(test)]
    stale = [test for test, (outcome, _) in OUTCOMES.items() if known(test) and outcome != "failed"]
    if session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        session.exitstatus = 1 if unexplained or stale or wrong_skips(session.config) or not OUTCOMES else 0


def skips() -> Counter[str]:
    return Counter(detail for outcome, detail in OUTCOMES.values() if outcome == "skipped")


def wrong_skips(config: pytest.Config) -> list[str]:
    """What is skipped for another reason or at another number of tests than is known."""
    found = skips()
    if config.option.keyword:
        return [reason for reason, count in found.items() if count > EXPECTED_SKIPS.get(reason, 0)]
    return [reason for reason in found | EXPECTED_SKIPS if found[reason] != EXPECTED_SKIPS.get(reason, 0)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    tally: dict[str, dict[str, int]] = {}
    for test, (outcome, _) in OUTCOMES.items():
        counts = tally.setdefault(Path(test.partition("::")[0]).stem, {"passed": 0, "failed": 0, "skipped": 0})
        counts[outcome] += 1
    say = terminalreporter.write_line
    say(f"\npython-fido2 {version('fido2')}, its tests for real keys")
    say(f"{'tests':<28}{'passed':>8}{'failed':>8}{'skipped':>9}")
    for name, counts in tally.items():
        say(f"{name:<28}{counts['passed']:>8}{counts['failed']:>8}{counts['skipped']:>9}")
    for reason, count in sorted(skips().items()):
        say(f"skipped: {count}: {reason}")
    for reason in wrong_skips(config):
        say(f"NOT AS IN expected_skips.json: {skips()[reason]} instead of {EXPECTED_SKIPS.get(reason, 0)}: {reason}")
    for test, (outcome, _) in OUTCOMES.items():
        if explained := known(test):
            say(f"{'known' if outcome == 'failed' else 'NO LONGER FAILING'}: {test}: {explained['line']}: {explained['why']}")
    if rows := os.environ.get("CLIENT_ROWS"):
        with open(rows, "a") as file:
            file.writelines(json.dumps(row(test)) + "\n" for test in OUTCOMES)


def row(test: str) -> dict[str, str]:
    outcome, detail = OUTCOMES[test]
    result = {"passed": "passed", "failed": "failed", "skipped": "absent"}[outcome]
    explained = known(test)
    verdict = {member: explained[member] for member in ("line", "right", "why")} if explained else {}
    return verdict | {
        "client": "python-fido2, its tests for real keys",
        "version": version("fido2"),
        "command": test.removeprefix("tests/device/"),
        "result": result,
        "detail": detail,
    }
