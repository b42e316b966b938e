#!/usr/bin/env python3
"""Runs the core's tests once for each of its mutants, out of one build: docs/mutants.md says how.

cargo-mutants names the mutants; a copy of the workspace holds all of them, each a branch of the function it changes, and
standard input chooses one while the tests run. Called by crates/core/mutants.sh, which explains the options.
"""

import argparse
import collections
import concurrent.futures
import fcntl
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import threading
import time

from mutants_build import COPY, PACKAGE, SCRATCH, build

WORKERS = 2
# A mutant that loops may also allocate: it fails before the machine does.
MEMORY = 8 << 30
# One that neither works nor ends is ended after so many seconds, which no test program takes on a busy machine.
SLEEP = 600


def list_mutants(changed):
    """What cargo-mutants would change; with `changed`, only in lines that differ from that commit."""
    command = ["cargo", "mutants", "--list", "--json", "--package", PACKAGE]
    if changed:
        diff = SCRATCH / "changed.diff"
        diff.write_bytes(subprocess.check_output(["git", "diff", changed, "--", "crates/core/src"]))
        if not diff.stat().st_size:
            return []
        command += ["--in-diff", str(diff)]
    return json.loads(subprocess.check_output(command) or "[]")


def run(program, identity, seconds=resource.RLIM_INFINITY):
    """Runs a test program with a mutant: how it fails, if it does, and the seconds it works. It gets no more than these,
    on the processor, so that a busy machine catches no mutant.
    """
    environment = os.environ | {"CARGO_MANIFEST_DIR": str(COPY / "crates/core")}
    limit = "unlimited" if seconds == resource.RLIM_INFINITY else str(int(seconds))
    process = subprocess.Popen(
        ["sh", "-c", 'ulimit -t "$1"; exec "$0" --quiet', program, limit], cwd=COPY / "crates/core", env=environment,
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with process.stdin as chosen:
        chosen.write(str(identity).encode())
    sleeper = threading.Timer(SLEEP, process.kill)
    sleeper.start()
    _, status, usage = os.wait4(process.pid, 0)
    sleeper.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    is_late = -process.returncode in (signal.SIGXCPU, signal.SIGKILL)
    failure = "timeout" if is_late else "caught" if process.returncode else None
    return failure, usage.ru_utime + usage.ru_stime


def time_limits(programs):
    """The programs, the unit tests first and then the quicker before the slower, each with the time it may take."""
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        runs = dict(zip(programs, pool.map(lambda program: run(program, 0), programs.values())))
    failed = [name for name, (failure, _) in runs.items() if failure]
    if failed:
        sys.exit("without a mutant these fail in the copy: " + ", ".join(failed))
    unit_tests = PACKAGE.replace("-", "_")
    order = sorted(programs, key=lambda name: (name != unit_tests, runs[name][1]))
    slowest = ", ".join(f"{name} {runs[name][1]:.1f} s" for name in order[-4:])
    total = sum(seconds for _, seconds in runs.values())
    print(f"{len(order)} test programs work for {total:.0f} s; the slowest: {slowest}", flush=True)
    return [(name, programs[name], 5 + 5 * runs[name][1]) for name in order]


def judge(mutants, programs, deadline, results):
    """Tries the programs on each mutant until one notices it; writes down each result as it comes."""
    outcomes, lock = {}, threading.Lock()

    def one(mutant):
        outcome, by = "untried", None
        if time.monotonic() < deadline:
            failures = ((run(program, mutant["id"], limit)[0], name) for name, program, limit in programs)
            outcome, by = next((failure for failure in failures if failure[0]), ("survived", None))
        with lock:
            outcomes[mutant["name"]] = outcome
            if outcome != "untried":
                record(results, mutant["name"], outcome)
                print(f"{len(outcomes)}/{len(mutants)} {outcome} {by or ''}: {mutant['name']}", flush=True)

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(one, mutants))
    return outcomes


def record(results, name, outcome):
    """For a run that resumes this one."""
    with results.open("a") as lines:
        lines.write(json.dumps([name, outcome]) + "\n")


def settled(results):
    """What earlier runs have found out; a survivor may be caught by now."""
    lines = results.read_text().splitlines() if results.is_file() else []
    return {name: outcome for name, outcome in map(json.loads, lines) if outcome != "survived"}


def unexplained(survivors):
    """The survivors that docs/mutants.md gives no reason for. They go by file and change: their lines move."""
    names = collections.Counter()
    for name in survivors:
        file, _, _, change = name.split(":", 3)
        names[f"{file}:{change}"] += 1
    page = pathlib.Path("docs/mutants.md").read_text()
    return [name for name, count in sorted(names.items()) if page.count(f"`{name}`") < count]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--shard", default="0/1")
    parser.add_argument("--changed", metavar="REF")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    options = parser.parse_args()
    os.chdir(pathlib.Path(__file__).parent / "../..")
    os.nice(10)
    lock = (SCRATCH / "lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)  # two runs would build over each other
    deadline = time.monotonic() + 60 * options.minutes

    shard, shards = map(int, options.shard.split("/"))
    mutants = list_mutants(options.changed)[shard::shards]
    if not mutants:
        print("no mutants in these lines")
        return
    results = SCRATCH / ("changed.jsonl" if options.changed else "results.jsonl")
    if not options.resume:
        results.unlink(missing_ok=True)
    before = settled(results)
    outcomes = {mutant["name"]: before[mutant["name"]] for mutant in mutants if mutant["name"] in before}
    rest = [mutant for mutant in mutants if mutant["name"] not in outcomes]
    for identity, mutant in enumerate(rest, 1):
        mutant["id"] = identity
    print(f"{len(rest)} mutants to judge", flush=True)
    if rest:
        programs, unviable, fixed = build(rest)
        for name in unviable:
            record(results, name, "unviable")
        outcomes |= dict.fromkeys(unviable, "unviable") | dict.fromkeys(fixed, "fixed")
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        viable = [mutant for mutant in rest if mutant["name"] not in unviable | fixed]
        outcomes |= judge(viable, time_limits(programs), deadline, results)

    counts = collections.Counter(outcomes.values())
    caught = counts["caught"] + counts["timeout"]
    viable = caught + counts["survived"]
    print(f"{caught} of {viable} mutants caught, {counts['survived']} survived, {counts['unviable']} did not build, "
          f"{counts['fixed']} change a type or a constant; {counts['timeout']} of those caught by time-out, "
          f"{counts['untried']} not tried")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{(used.ru_utime + used.ru_stime) / 60:.0f} minutes on the processor, with the build")
    reasonless = unexplained(name for name, outcome in outcomes.items() if outcome == "survived")
    for name in reasonless:
        print(f"no reason in docs/mutants.md: {name}")
    if caught * 10 < viable * 9 and not options.changed:
        sys.exit("fewer than 90 % caught")
    sys.exit(bool(reasonless))


if __name__ == "__main__":
    main()
