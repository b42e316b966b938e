"""Runs the `authenticator` command line tool for one case, in a store of its own."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_SECONDS = 60


class ToolFailed(Exception):
    """The tool gave no answer at all."""


@dataclass(frozen=True)
class Tool:
    program: Path
    folder: Path
    """Empty at first. Everything the tool writes stays in here."""
    origin: str
    user: str
    attestation: list[str]
    """What to add to `create`."""

    def create(self, options: Path) -> str:
        return self._run("create", options, *self.attestation)

    def get(self, options: Path) -> str:
        return self._run("get", options)

    def _run(self, command: str, options: Path, *more: str) -> str:
        store = self.folder / "store"
        store.mkdir(exist_ok=True)
        arguments = [str(self.program), command]
        arguments += ["--origin", self.origin, "--options", str(options)]
        arguments += ["--store", str(store), "--user", self.user, *more]
        done = subprocess.run(
            arguments,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            env=self._environment(),
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise ToolFailed(f"{command}: exit {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def _environment(self) -> dict[str, str]:
        """A home of its own: a device key kept beside the store must not outlive the case."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
        return kept | {"HOME": str(home)}
