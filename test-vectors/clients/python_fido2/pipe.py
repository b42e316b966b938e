"""The authenticator of the testkit's example `ctap_pipe`, as a device of python-fido2."""

import select
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

from fido2.ctap import STATUS, CtapDevice
from fido2.hid import CAPABILITY, CTAPHID

TIMEOUT_SECONDS = 60

MESSAGE, CONTROL = 0x01, 0x02
REPLY, DONE, REFUSED = 0x81, 0x82, 0xFF


class PipeBroken(Exception):
    """The program gave no answer, or one that does not belong here."""


class Pipe(CtapDevice):
    """One authenticator with an empty store, in a program of its own. It ends with `close`."""

    def __init__(self, program: Path, profile: str) -> None:
        self._program = subprocess.Popen(
            [str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        self._control(f"open {profile}")

    @property
    def capabilities(self) -> int:
        return CAPABILITY.CBOR

    def call(
        self,
        cmd: int,
        data: bytes = b"",
        event: Event | None = None,
        on_keepalive: Callable[[STATUS], None] | None = None,
    ) -> bytes:
        if cmd != CTAPHID.CBOR:
            raise PipeBroken(f"the pipe carries CTAP2 messages only, not the command {cmd:#04x}")
        return self._exchange(MESSAGE, data, REPLY)

    @classmethod
    def list_devices(cls) -> Iterator["Pipe"]:
        """There are none but those that are made."""
        return iter(())

    def close(self) -> None:
        """Ends the program, which must have nothing to complain of."""
        with self._program as program:
            assert program.stdin
            program.stdin.close()
            try:
                code = program.wait(TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                program.kill()
                raise
        if code != 0:
            raise PipeBroken(f"the program ended with {code}")

    def unplug(self, seconds: int = 1) -> None:
        """A power cycle."""
        self._control(f"unplug {seconds}")

    def wait(self, seconds: int) -> None:
        """Time passes on the authenticator's clock, and nowhere else."""
        self._control(f"wait {seconds}")

    def user(self, answer: str) -> None:
        """What the user does at the next prompt: `touch`, `deny`, `timeout`, `verify`, `fail 2`, ..."""
        self._control(f"user {answer}")

    def asked(self) -> list[str]:
        """What the user was asked for since the last time."""
        return self._control("asked").split()

    def start_process(self) -> int:
        """Starts another process over the same store, and uses it."""
        return int(self._control("start"))

    def use_process(self, number: int) -> None:
        self._control(f"use {number}")

    def restart_process(self) -> None:
        """The process in use ends and starts again; the power stays."""
        self._control("restart")

    def _control(self, line: str) -> str:
        return self._exchange(CONTROL, line.encode(), DONE).decode()

    def _exchange(self, kind: int, payload: bytes, wanted: int) -> bytes:
        assert self._program.stdin
        frame = bytes([kind]) + len(payload).to_bytes(2, "big") + payload
        self._program.stdin.write(frame)
        head = self._read(3)
        answer = self._read(int.from_bytes(head[1:], "big"))
        if head[0] == REFUSED:
            raise PipeBroken(f"the program refused: {answer.decode()}")
        if head[0] != wanted:
            raise PipeBroken(f"a frame of the kind {head[0]:#04x} instead of {wanted:#04x}")
        return answer

    def _read(self, length: int) -> bytes:
        assert self._program.stdout
        read = b""
        while len(read) < length:
            ready, _, _ = select.select([self._program.stdout], [], [], TIMEOUT_SECONDS)
            more = self._program.stdout.read(length - len(read)) if ready else b""
            if not more:
                raise PipeBroken("the program ended" if ready else "the program does not answer")
            read += more
        return read
