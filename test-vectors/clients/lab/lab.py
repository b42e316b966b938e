"""A client of the control of `authenticator serve --lab`: docs/lab.md says what everything means.

    with Lab.start("target/debug/authenticator", "--clock", "held") as lab:
        lab.queue(give("verified"))
        ...  # connect to lab.addresses["udp"] and register
        lab.advance(seconds=30)

It needs nothing but Python 3.10 and the standard library.
"""

from __future__ import annotations

import json
import socket
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from threading import Timer
from types import TracebackType
from typing import IO, Any, Literal, cast

VERSION = 1
"""The version of the protocol that this client speaks."""

PATIENCE_SECONDS = 60.0

Json = dict[str, Any]
Ask = Literal["presence", "verification", "confirmation", "long_touch"]
Purpose = Literal["register", "excluded", "sign_in", "token", "reset", "selection", "other"]
Gave = Literal["comply", "touch", "long_touch", "verified"]
Refusal = Literal[
    "cancelled", "declined", "timed_out", "verification_failed", "locked_out", "unavailable"
]


class LabError(Exception):
    """What was wanted was not done, and nothing has changed."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message


class LabGone(Exception):
    """The lab has ended, or has hung up."""


@dataclass(frozen=True)
class Gesture:
    """Exactly this, whatever is asked for."""

    presence: Literal["given", "held", "no"] = "given"
    verification: Literal["yes", "no"] = "no"


@dataclass(frozen=True)
class Answer:
    """What the user does. `give`, `refuse` and `hold` make one."""

    members: Json

    def after(self, seconds: float) -> Answer:
        """The same, from a user who takes so long, on the lab's clock."""
        return Answer({**self.members, "after_ms": round(seconds * 1000)})


def give(what: Gave | Gesture = "comply", choose: int | None = None) -> Answer:
    """A gesture; of several accounts the one in this place, from 1."""
    given = what if isinstance(what, str) else {"presence": what.presence, "verification": what.verification}
    return Answer({"give": given} | ({} if choose is None else {"choose": choose}))


def refuse(why: Refusal, left: int | None = None, until_ms: int | None = None) -> Answer:
    """No; `left` tries go with verification_failed, `until_ms` may go with locked_out."""
    more = {"left": left, "until_ms": until_ms}
    return Answer({"refuse": why} | {name: value for name, value in more.items() if value is not None})


def hold() -> Answer:
    """Nothing, until the prompt is answered by `Lab.answer`."""
    return Answer({"hold": True})


@dataclass(frozen=True)
class Rule:
    """An answer to what it fits; what it does not say fits everything."""

    answer: Answer
    purpose: Purpose | None = None
    ask: Ask | None = None
    rp_id: str | None = None

    def members(self) -> Json:
        said = {"for": self.purpose, "ask": self.ask, "rp_id": self.rp_id}
        return {name: value for name, value in said.items() if value is not None} | {
            "answer": self.answer.members
        }


@dataclass(frozen=True)
class Account:
    id: bytes
    name: str | None
    display_name: str | None
    credential_id: bytes | None

    @staticmethod
    def read(members: Json) -> Account:
        credential = members.get("credential_id")
        return Account(
            bytes.fromhex(members["id"]),
            members["name"],
            members["display_name"],
            None if credential is None else bytes.fromhex(credential),
        )


@dataclass(frozen=True)
class Prompt:
    """What is asked."""

    number: int
    ask: Ask
    purpose: Purpose
    rp_id: str | None
    user: Account | None
    accounts: tuple[Account, ...]
    permissions: int | None
    timeout: float

    @staticmethod
    def read(members: Json) -> Prompt:
        user = members["user"]
        return Prompt(
            members["prompt"],
            members["ask"],
            members["for"],
            members["rp_id"],
            None if user is None else Account.read(user),
            tuple(Account.read(account) for account in members["accounts"]),
            members["permissions"],
            members["timeout_ms"] / 1000,
        )


@dataclass(frozen=True)
class Event:
    """Something that was told: `asked` has a prompt, `answered` and `withdrawn` the number of one."""

    kind: Literal["asked", "answered", "unanswerable", "withdrawn", "wink"]
    prompt: Prompt | None
    number: int | None
    members: Json

    @staticmethod
    def read(members: Json) -> Event:
        asked = members.get("asked")
        prompt = None if asked is None else Prompt.read(asked)
        number = members.get("prompt") if prompt is None else prompt.number
        return Event(members["event"], prompt, number, members)


@dataclass(frozen=True)
class Clock:
    since_boot: float
    date: int | None
    running: bool

    @staticmethod
    def read(members: Json) -> Clock:
        return Clock(members["since_boot_ms"] / 1000, members["date"], members["running"])


@dataclass(frozen=True)
class Snapshot:
    """A state that a lab keeps. It is of no use to another lab: `Lab.export` is."""

    number: int


@dataclass(frozen=True)
class Info:
    addresses: Mapping[str, str | bool]
    aaguid: bytes
    on_disk: bool
    recording: bool
    clock: Clock
    queued: int
    snapshots: tuple[Snapshot, ...]
    forks: int


def connect(control: str, patience: float) -> socket.socket:
    """A connection to a control at a path, which has a / in it, or at an address."""
    host, _, port = control.rpartition(":")
    if "/" not in control and port.isdigit():
        stream = socket.create_connection((host.strip("[]"), int(port)), patience)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return stream
    stream = socket.socket(socket.AF_UNIX)
    try:
        stream.settimeout(patience)
        stream.connect(control)
    except BaseException:
        stream.close()
        raise
    return stream


def end(process: subprocess.Popen[str]) -> None:
    """Kills it, if it has not ended."""
    process.kill()
    process.wait()
    if process.stdout:
        process.stdout.close()


@dataclass
class Lab:
    """A connection to a lab's control."""

    addresses: Mapping[str, str | bool]
    token: str | None
    patience: float = PATIENCE_SECONDS
    process: subprocess.Popen[str] | None = None
    events: deque[Event] = field(default_factory=deque)
    """What was told and not asked for with `event` yet."""
    _last: int = 0

    def __post_init__(self) -> None:
        self._socket = connect(str(self.addresses["control"]), self.patience)
        self._lines: IO[bytes] = self._socket.makefile("rb")
        try:
            if self.token is not None:
                self._send({"token": self.token})
            greeting = self._line()
            if greeting.get("authenticator_lab") != VERSION:
                raise LabGone(f"this is no lab of version {VERSION}: {greeting}")
        except BaseException:
            self._hang_up()
            raise

    @classmethod
    def start(
        cls,
        program: str | PathLike[str],
        *arguments: str,
        control: str = "127.0.0.1:0",
        udp: str | None = "127.0.0.1:0",
        token: str | None = None,
    ) -> Lab:
        """Starts a lab, which ends with this connection. `token` is what is in the file of --control-token-file."""
        listening = ["--control", control] + ([] if udp is None else ["--udp", udp])
        process = subprocess.Popen(
            [str(program), "serve", "--lab", *listening, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout
            waiting = Timer(PATIENCE_SECONDS, process.kill)
            waiting.start()
            first = process.stdout.readline()
            waiting.cancel()
            if not first:
                raise LabGone(f"it has not begun, with exit code {process.wait()}: stderr says why")
            addresses: dict[str, str | bool] = json.loads(first)
            said = addresses.pop("control_token", None)
            return cls(addresses, token if said is None else str(said), process=process)
        except BaseException:
            # Nobody has the connection that it would end with.
            end(process)
            raise

    def __enter__(self) -> Lab:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hangs up. A lab that was started here is killed."""
        self._hang_up()
        if self.process:
            end(self.process)

    def _hang_up(self) -> None:
        self._lines.close()
        self._socket.close()

    # What can be wanted.

    def asked(self) -> Prompt | None:
        """What is being asked now."""
        asked = self.do("asked")["asked"]
        return None if asked is None else Prompt.read(asked)

    def answer(self, answer: Answer, prompt: Prompt | None = None) -> None:
        """Answers what is asked now, or this prompt only."""
        self.do("answer", answer=answer.members, **({} if prompt is None else {"prompt": prompt.number}))

    def queue(self, *answers: Answer, replace: bool = False) -> int:
        """Answers for prompts to come, one each. Says how many are waiting."""
        queued = self.do("queue", answers=[answer.members for answer in answers], replace=replace)
        return cast(int, queued["queued"])

    def policy(self, rules: Sequence[Rule] = (), otherwise: Answer | None = None) -> None:
        """How prompts are answered when nothing is queued: by the first rule that fits."""
        policy: Json = {"rules": [rule.members() for rule in rules]}
        if otherwise is not None:
            policy["otherwise"] = otherwise.members
        self.do("policy", policy=policy)

    def comply(self) -> None:
        """Gives whatever is asked for from now on."""
        self.policy(otherwise=give())

    def clock(
        self, since_boot: float | None = None, date: int | None = None, running: bool | None = None
    ) -> Clock:
        """What the clocks show, once they are set to what is given."""
        members: Json = {
            "since_boot_ms": None if since_boot is None else round(since_boot * 1000),
            "date": date,
            "running": running,
        }
        said = {name: value for name, value in members.items() if value is not None}
        return Clock.read(self.do("clock", **said))

    def advance(self, seconds: float) -> Clock:
        """Lets so much time pass at once."""
        return Clock.read(self.do("clock", advance_ms=round(seconds * 1000)))

    def seed(self, seed: bytes) -> None:
        self.do("seed", seed=seed.hex())

    def replug(self, off: float = 0) -> None:
        """Unplugs it and plugs it in: its streams are closed."""
        self.do("replug", off_ms=round(off * 1000))

    def power_cycle(self, off: float = 0) -> None:
        """Cuts its power; sockets stay."""
        self.do("power_cycle", off_ms=round(off * 1000))

    def wipe(self) -> None:
        """As from the factory."""
        self.do("wipe")

    def snapshot(self) -> Snapshot:
        return Snapshot(self.do("snapshot")["snapshot"])

    def restore(self, snapshot: Snapshot) -> None:
        """A power cycle into that state."""
        self.do("restore", snapshot=snapshot.number)

    def drop(self, snapshot: Snapshot) -> None:
        self.do("drop", snapshot=snapshot.number)

    def export(self, snapshot: Snapshot) -> Json:
        """The snapshot itself, with the device's keys in it."""
        return cast(Json, self.do("export", snapshot=snapshot.number)["state"])

    def load(self, state: Json) -> Snapshot:
        """Keeps what `export` has given."""
        return Snapshot(self.do("import", state=state)["snapshot"])

    def fork(self, snapshot: Snapshot | None = None) -> Lab:
        """Another device of that state, or of the present one, beside this."""
        members = {} if snapshot is None else {"snapshot": snapshot.number}
        return Lab(self.do("fork", **members)["addresses"], self.token, self.patience)

    def info(self) -> Info:
        info = self.do("info")
        return Info(
            info["addresses"],
            bytes.fromhex(info["aaguid"]),
            info["on_disk"],
            info["recording"],
            Clock.read(info["clock"]),
            info["queued"],
            tuple(Snapshot(number) for number in info["snapshots"]),
            info["forks"],
        )

    def end(self) -> int | None:
        """Ends it, and its forks. Says its exit code, if it was started here."""
        self.do("end")
        return self.process.wait(self.patience) if self.process else None

    # How it is said.

    def event(self) -> Event:
        """The next thing that was told, or will be."""
        while not self.events:
            self._told(self._line())
        return self.events.popleft()

    def await_prompt(self) -> Prompt:
        """The next prompt; whatever else was told before it is forgotten."""
        while True:
            event = self.event()
            if event.prompt:
                return event.prompt

    def do(self, verb: str, **members: Any) -> Json:
        """Has something done, by its name in the protocol."""
        self._last += 1
        self._send({"id": self._last, "do": verb, **members})
        while True:
            line = self._line()
            if "event" in line:
                self._told(line)
                continue
            if line["id"] != self._last:
                raise LabGone(f"the answer to something else: {line}")
            if "error" in line:
                raise LabError(line["error"]["kind"], line["error"]["message"])
            return cast(Json, line["ok"])

    def _told(self, line: Json) -> None:
        self.events.append(Event.read(line))

    def _send(self, line: Json) -> None:
        self._socket.sendall(json.dumps(line, separators=(",", ":")).encode() + b"\n")

    def _line(self) -> Json:
        line = self._lines.readline()
        if not line.endswith(b"\n"):
            raise LabGone("the lab has hung up")
        return cast(Json, json.loads(line))
