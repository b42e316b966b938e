"""python-fido2 drives `authenticator serve` over sockets, through its own CTAPHID.

Usage: python3 served.py PATH_TO_AUTHENTICATOR
"""

import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from threading import Event, Thread, Timer
from typing import Any

from fido2.ctap import STATUS
from fido2.ctap2 import Ctap2, LargeBlobs
from fido2.hid import CAPABILITY, CTAPHID, CtapHidDevice
from fido2.hid.base import CtapHidConnection, HidDescriptor
from fido2.utils import websafe_decode, websafe_encode

from bench import CLIENT_DATA_HASH, ERR, ES256, PIN, RP_ID, Bench, Rejected, entity, expect, refused
from client import DISCOURAGED, Site
from judge import record, where

REPORT = 64
PATIENCE_SECONDS = 60
LONGEST = 7609


class Carried(CtapHidConnection):
    """Reports over a socket."""

    def __init__(self, carrier: str, address: str) -> None:
        family, kind, place = {
            "udp": lambda: (socket.AF_INET, socket.SOCK_DGRAM, internet(address)),
            "tcp": lambda: (socket.AF_INET, socket.SOCK_STREAM, internet(address)),
            "unix": lambda: (socket.AF_UNIX, socket.SOCK_STREAM, address),
        }[carrier]()
        self._socket = socket.socket(family, kind)
        self._socket.settimeout(PATIENCE_SECONDS)
        self._socket.connect(place)

    def read_packet(self) -> bytes:
        packet = b""
        while len(packet) < REPORT:
            more = self._socket.recv(REPORT - len(packet))
            if not more:
                raise Rejected("the authenticator hung up")
            packet += more
        return packet

    def write_packet(self, data: bytes) -> None:
        self._socket.sendall(data)

    def close(self) -> None:
        self._socket.close()


def internet(address: str) -> tuple[str, int]:
    host, port = address.rsplit(":", 1)
    return host, int(port)


class Key:
    """`authenticator serve`, plugged in as often as `plugged_in` is entered."""

    def __init__(self, program: Path, carrier: str, folder: Path) -> None:
        self.program, self.carrier, self.folder = program, carrier, folder

    @contextmanager
    def plugged_in(self, user: str = "approve", *more: str) -> Iterator["Power"]:
        place = str(self.folder / "key.sock") if self.carrier == "unix" else "127.0.0.1:0"
        listening = [f"--{self.carrier}", place, "--state", str(self.folder / "state")]
        process = subprocess.Popen(
            [str(self.program), "serve", *listening, "--user", user, *more],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            yield Power(process, self.carrier)
        finally:
            # It is unplugged: whatever it does at this moment.
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe
                pipe.close()


class Power:
    """While the power is on."""

    def __init__(self, process: subprocess.Popen[str], carrier: str) -> None:
        self._process, self._carrier = process, carrier
        self._address = self.line()[carrier]

    def line(self) -> dict[str, object]:
        """What it says next."""
        assert self._process.stdout
        waiting = Timer(PATIENCE_SECONDS, self._process.kill)
        waiting.start()
        line = self._process.stdout.readline()
        waiting.cancel()
        if not line:
            raise Rejected("the authenticator has ended, or has said nothing for too long")
        return dict(json.loads(line))

    def say(self, word: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def device(self) -> CtapHidDevice:
        descriptor = HidDescriptor(str(self._address), 0, 0, REPORT, REPORT, None, None)
        return CtapHidDevice(descriptor, Carried(self._carrier, str(self._address)))

    def bench(self) -> Bench:
        return Bench(self.device(), None)


SCENARIOS: list[tuple[str, Callable[[Key], None]]] = []


def scenario(name: str) -> Callable[[Callable[[Key], None]], None]:
    return lambda play: SCENARIOS.append((name, play))


@scenario("transport: INIT, WINK, and pings of every length")
def transport(key: Key) -> None:
    with key.plugged_in() as power:
        device = power.device()
        expect("version", device.version, 2)
        expect(
            "capabilities",
            device.capabilities,
            CAPABILITY.WINK | CAPABILITY.CBOR | CAPABILITY.NMSG,
        )
        device.wink()
        for length in (1, 57, 58, 116, 117, 1024, LONGEST):
            message = bytes(place % 251 for place in range(length))
            expect(f"the echo of {length} bytes", device.ping(message) == message, True)
        device.lock(1)
        device.lock(0)
        with refused(ERR.INVALID_COMMAND, "a message of CTAP1"):
            device.call(CTAPHID.MSG, b"\0\3\0\0\0\0\0")


@scenario("a site, with a PIN, over power cycles")
def a_site(key: Key) -> None:
    with key.plugged_in() as power:
        bench = power.bench()
        bench.pin.set_pin(PIN)
        site = Site(bench)
        known = [site.register(user) for user in ("ada", "bob")]
        expect("accounts", len(site.sign_in(known).get_assertions()), 2)
    with key.plugged_in() as power:
        site = Site(power.bench())
        expect("accounts", len(site.sign_in(known).get_assertions()), 2)
        site.sign_in(known[:1], DISCOURAGED, by_name=True)


@scenario("reset, soon after it was plugged in and not later")
def reset(key: Key) -> None:
    with key.plugged_in() as power:
        bench = power.bench()
        bench.pin.set_pin(PIN)
    with key.plugged_in("approve", "--reset-window", "0") as power:
        with refused(ERR.NOT_ALLOWED, "a late reset"):
            power.bench().ctap.reset()
    with key.plugged_in() as power:
        bench = power.bench()
        bench.ctap.reset()
        expect("a PIN is set", bench.info.options.get("clientPin"), False)


@scenario("a person who takes their time: keepalives, cancel, and others are told that it is busy")
def waiting(key: Key) -> None:
    with key.plugged_in("gated") as power:
        device, other = power.device(), power.device()
        told: list[STATUS] = []
        cancel = Event()

        def asked(status: STATUS) -> None:
            told.append(status)
            if status == STATUS.UPNEEDED:
                given_up = Event()
                given_up.set()
                with refused(ERR.CHANNEL_BUSY, "another client"):
                    other.call(CTAPHID.CBOR, b"\4", given_up)
                cancel.set()

        with refused(ERR.KEEPALIVE_CANCEL, "a registration that was cancelled"):
            register(device, cancel, asked)
        expect("keepalives begin with", told[:1], [STATUS.UPNEEDED])
        expect("the question", power.line()["for"], "register")
        expect("what became of it", power.line()["why"], "cancelled")
        register(device, Event(), lambda status: power.say("approve"))
        expect("the other client's getInfo", Ctap2(other).info.versions[0], "FIDO_2_0")


def register(device: CtapHidDevice, event: Event, on_keepalive: Callable[[STATUS], None]) -> None:
    user = entity("ada")
    rp = {"id": RP_ID, "name": "The site"}
    Ctap2(device).make_credential(
        CLIENT_DATA_HASH, rp, user, [ES256], event=event, on_keepalive=on_keepalive
    )


@scenario("four clients at a time")
def together(key: Key) -> None:
    with key.plugged_in() as power:
        complaints: list[BaseException] = []

        def ping_and_ask() -> None:
            try:
                device = power.device()
                for length in range(1, 500, 50):
                    expect("the echo", device.ping(bytes(length)), bytes(length))
                    expect("the AAGUID is there", len(Ctap2(device).info.aaguid), 16)
            # It is raised where it is seen.
            except BaseException as error:
                complaints.append(error)

        clients = [Thread(target=ping_and_ask) for _ in range(4)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        if complaints:
            raise complaints[0]


class Page:
    """A site in a browser: `authenticator create` and `get` over the same passkeys, while the key is not plugged in."""

    def __init__(self, key: Key) -> None:
        self._program, self._folder = key.program, key.folder

    def create(self, user: str) -> bytes:
        """A passkey that can have a large blob."""
        answer = self._run(
            "create",
            {
                "rp": {"id": RP_ID, "name": "The site"},
                "user": {"id": websafe_encode(user.encode()), "name": user, "displayName": user},
                "challenge": websafe_encode(b"registration"),
                "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
                "authenticatorSelection": {"residentKey": "required"},
                "extensions": {"largeBlob": {"support": "required"}},
            },
        )
        expect("largeBlob", answer["clientExtensionResults"]["largeBlob"], {"supported": True})
        # Where `serve` looks for it.
        (made,) = (self._folder / "home").rglob("*.key")
        place = self._folder / "state" / "key"
        place.mkdir(mode=0o700, exist_ok=True)
        shutil.copy(made, place / "device.key")
        return websafe_decode(answer["id"])

    def large_blob(self, credential_id: bytes, wish: dict[str, object]) -> object:
        """What `largeBlob` answers in a sign-in."""
        answer = self._run(
            "get",
            {
                "rpId": RP_ID,
                "challenge": websafe_encode(b"sign-in"),
                "allowCredentials": [{"type": "public-key", "id": websafe_encode(credential_id)}],
                "extensions": {"largeBlob": wish},
            },
        )
        return answer["clientExtensionResults"]["largeBlob"]

    def _run(self, command: str, options: dict[str, object]) -> dict[str, Any]:
        store = self._folder / "state" / "store"
        arguments = ["--origin", f"https://{RP_ID}", "--user", "verify", "--options", "-", "--store", str(store)]
        run = subprocess.run(
            [str(self._program), command, *arguments],
            input=json.dumps(options),
            env={**os.environ, "HOME": str(self._folder / "home"), "XDG_CONFIG_HOME": "", "XDG_DATA_HOME": ""},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        if run.returncode:
            raise Rejected(f"{command}: {run.stderr}")
        return dict(json.loads(run.stdout))


@scenario("large blobs: what a site keeps through JSON, LargeBlobs reads, and the other way round")
def large_blobs(key: Key) -> None:
    page = Page(key)
    ada, bob = page.create("ada"), page.create("bob")
    blobs = [b"a certificate", b"", b"again and " * 500]
    for blob in blobs:
        expect("written", page.large_blob(ada, {"write": websafe_encode(blob)}), {"written": True})
        with key.plugged_in() as power:
            array = LargeBlobs(power.bench().ctap)
            expect("the blob", array.get_blob(large_blob_key(power, ada)), blob)
            expect("the other's", array.get_blob(large_blob_key(power, bob)), None)
    for blob in blobs:
        with key.plugged_in() as power:
            LargeBlobs(power.bench().ctap).put_blob(large_blob_key(power, bob), blob)
        read = page.large_blob(bob, {"read": True})
        expect("the blob", read, {"blob": websafe_encode(blob)})
    read = page.large_blob(ada, {"read": True})
    expect("the first one's", read, {"blob": websafe_encode(blobs[-1])})


def large_blob_key(power: Power, credential_id: bytes) -> bytes:
    allowed = [{"type": "public-key", "id": credential_id}]
    wish = {"largeBlobKey": True}
    made = power.bench().ctap.get_assertion(RP_ID, CLIENT_DATA_HASH, allowed, wish)
    if made.large_blob_key is None:
        raise Rejected("a sign-in without a large blob key")
    return made.large_blob_key


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: served.py PATH_TO_AUTHENTICATOR", file=sys.stderr)
        return 2
    # That a key is busy is as it should be, where four clients share it.
    logging.getLogger("fido2.hid").setLevel(logging.ERROR)
    program = Path(sys.argv[1]).resolve()
    print(f"python-fido2 {version('fido2')} over sockets")
    width = max(len(name) for name, _ in SCENARIOS) + 2
    print(f"{'scenario':<{width}}{'carrier':<9}verdict")
    passed = failed = 0
    for name, play in SCENARIOS:
        for carrier in ("udp", "tcp", "unix"):
            complaint = verdict(play, program, carrier)
            print(f"{name:<{width}}{carrier:<9}{complaint or 'passed'}", flush=True)
            record("python-fido2 over sockets", version("fido2"), f"{name}, {carrier}", complaint)
            passed, failed = passed + (not complaint), failed + bool(complaint)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def verdict(play: Callable[[Key], None], program: Path, carrier: str) -> str | None:
    """What is to be complained of."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            play(Key(program, carrier, Path(folder)))
        # Any error is a verdict: one scenario must not hide those after it.
        except Exception as error:
            one_line = " ".join(str(error).split())
            return f"FAILED{where(error, play.__code__.co_filename)}: {type(error).__name__}: {one_line}"
    return None


if __name__ == "__main__":
    sys.exit(main())
