"""What the tests share: a lab for each worker, and a site at it."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "python_fido2")]

from lab import Lab  # noqa: E402

SEED = "5eed"


@pytest.fixture(scope="session")
def program() -> Path:
    """The program under test, which lab.sh names."""
    return Path(os.environ["AUTHENTICATOR"])


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers see."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def workers() -> int:
    return int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))


@pytest.fixture(scope="session")
def plugged_in(program: Path) -> Iterator[Lab]:
    with Lab.start(program, "--clock", "held", "--seed", SEED) as lab:
        yield lab


@pytest.fixture
def lab(plugged_in: Lab) -> Iterator[Lab]:
    """A lab as from the factory, whose user complies."""
    plugged_in.wipe()
    plugged_in.queue(replace=True)
    plugged_in.comply()
    plugged_in.events.clear()
    yield plugged_in
    # The clocks of the next test stand still again.
    plugged_in.clock(running=False)


def wait_for_all(folder: Path, name: str, content: str, count: int) -> list[str]:
    """Puts something where all workers look, and gives what all of them have put there once they have."""
    folder.mkdir(exist_ok=True)
    (folder / f".{name}").write_text(content)
    (folder / f".{name}").rename(folder / name)
    deadline = time.monotonic() + 300
    while len(found := [file for file in folder.iterdir() if not file.name.startswith(".")]) < count:
        assert time.monotonic() < deadline, f"{len(found)} of {count} workers have come so far"
        time.sleep(0.05)
    return [file.read_text() for file in sorted(found)]
