"""python-fido2 drives the authenticator at the end of a pipe, scenario by scenario.

Usage: python3 judge.py PATH_TO_CTAP_PIPE [PART_OF_A_NAME]
"""

import sys
import traceback
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from fido2.ctap2.pin import PinProtocol

# Importing a module adds its scenarios, in this order.
import basics  # noqa: F401
import pins  # noqa: F401
import tokens  # noqa: F401
import management  # noqa: F401
import configuration  # noqa: F401
import processes  # noqa: F401
import verification  # noqa: F401
import client  # noqa: F401
import extensions  # noqa: F401
import large_blobs  # noqa: F401
from bench import SCENARIOS, Bench, Scenario
from pipe import Pipe

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "conformance"))
from rows import record  # noqa: E402


def main() -> int:
    if len(sys.argv) not in (2, 3):
        print("usage: judge.py PATH_TO_CTAP_PIPE [PART_OF_A_NAME]", file=sys.stderr)
        return 2
    program = Path(sys.argv[1]).resolve()
    part = sys.argv[2] if len(sys.argv) == 3 else ""
    chosen = [scenario for scenario in SCENARIOS if part in scenario.name]
    if not chosen:
        print(f"no scenario has {part!r} in its name", file=sys.stderr)
        return 2
    repeated = [name for name, count in Counter(s.name for s in SCENARIOS).items() if count > 1]
    if repeated:
        print(f"two scenarios have one name: {repeated}", file=sys.stderr)
        return 2

    print(f"python-fido2 {version('fido2')}")
    width = max(len(scenario.name) for scenario in chosen) + 2
    print(f"{'scenario':<{width}}{'protocol':<10}verdict")
    passed = failed = 0
    for scenario in chosen:
        for protocol in scenario.protocols:
            complaint = verdict(scenario, protocol, program)
            number = str(protocol.VERSION) if protocol else "-"
            print(f"{scenario.name:<{width}}{number:<10}{complaint or 'passed'}", flush=True)
            what = f"{scenario.name}, protocol {number}" if protocol else scenario.name
            record("python-fido2", version("fido2"), what, complaint)
            passed, failed = passed + (not complaint), failed + bool(complaint)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def verdict(scenario: Scenario, protocol: type[PinProtocol] | None, program: Path) -> str | None:
    """What is to be complained of, with the line of the scenario it happened in."""
    try:
        bench = Bench(Pipe(program, scenario.profile), protocol)
        with bench.device:
            scenario.play(bench)
    # Any error is a verdict: one scenario must not hide those after it.
    except Exception as error:
        one_line = " ".join(str(error).split())
        place = where(error, scenario.play.__code__.co_filename)
        return f"FAILED{place}: {type(error).__name__}: {one_line}"
    return None


def where(error: Exception, own: str) -> str:
    """The deepest line of the scenario's own file."""
    lines = [
        f" at {Path(frame.filename).name}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == own
    ]
    return lines[-1] if lines else ""


if __name__ == "__main__":
    sys.exit(main())
