"""`authenticator serve --lab`, through its Python client and python-fido2."""

import os
import signal
import subprocess
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from bench import CLIENT_DATA_HASH, ERR, ES256, PIN, RP_ID, Bench, entity
from conftest import wait_for_all
from fido2.ctap import CtapError
from fido2.ctap2 import AttestationResponse, Ctap2
from fido2.hid import CtapHidDevice
from fido2.hid.base import HidDescriptor
from lab import Answer, Gesture, Lab, LabError, LabGone, Rule, give, hold, refuse
from served import REPORT, Carried

LAB_AAGUID = bytes.fromhex("c65591c6e53f40d08e1ab304e5d2500f")


def device(lab: Lab, carrier: str = "udp") -> CtapHidDevice:
    address = str(lab.addresses[carrier])
    descriptor = HidDescriptor(address, 0, 0, REPORT, REPORT, None, None)
    return CtapHidDevice(descriptor, Carried(carrier, address))


def register(lab: Lab, user: str = "ada") -> AttestationResponse:
    rp, options = {"id": RP_ID, "name": "The site"}, {"rk": True, "uv": True}
    return Ctap2(device(lab)).make_credential(
        CLIENT_DATA_HASH, rp, entity(user), [ES256], options=options
    )


def sign_in(lab: Lab) -> bytes:
    assertion = Ctap2(device(lab)).get_assertion(RP_ID, CLIENT_DATA_HASH, options={"uv": True})
    return bytes(assertion)


def refused(lab: Lab) -> ERR:
    with pytest.raises(CtapError) as raised:
        register(lab)
    return raised.value.code


def test_every_worker_has_a_lab_of_its_own_at_the_same_time(
    lab: Lab, shared: Path, workers: int
) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    address = str(lab.addresses["udp"])
    addresses = wait_for_all(shared / "side by side", worker, address, workers)
    assert len(set(addresses)) == len(addresses) >= workers
    # With the others beside it: what is done here is of no matter there.
    lab.seed(worker.encode())
    assert register(lab).auth_data.credential_data
    sign_in(lab)
    with pytest.raises(CtapError):
        lab.wipe()
        sign_in(lab)


def test_the_same_seed_gives_the_same_bytes_to_every_worker(
    program: Path, shared: Path, workers: int
) -> None:
    with Lab.start(program, "--clock", "held", "--seed", "0123") as lab:
        lab.comply()
        told = bytes(register(lab)) + sign_in(lab)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    everybodys = wait_for_all(shared / "the same", worker, sha256(told).hexdigest(), workers)
    assert len(set(everybodys)) == 1


def test_what_it_is(lab: Lab) -> None:
    info = lab.info()
    assert info.aaguid == LAB_AAGUID == bytes(Ctap2(device(lab)).info.aaguid)
    assert (info.on_disk, info.recording, info.queued) == (False, False, 0)
    assert not info.clock.running


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (give("touch"), ERR.OPERATION_DENIED),
        (give(Gesture("no", "yes")), ERR.OPERATION_DENIED),
        (refuse("declined"), ERR.OPERATION_DENIED),
        (refuse("cancelled"), ERR.KEEPALIVE_CANCEL),
        (refuse("timed_out"), ERR.USER_ACTION_TIMEOUT),
        (refuse("verification_failed", left=2), ERR.OPERATION_DENIED),
        (refuse("locked_out"), ERR.PIN_BLOCKED),
        (refuse("unavailable"), ERR.OPERATION_DENIED),
    ],
)
def test_a_user_who_does_not_do_what_is_asked(lab: Lab, answer: Answer, status: ERR) -> None:
    lab.queue(answer)
    assert refused(lab) == status
    assert register(lab).auth_data.credential_data, "and the next time does"


def test_a_prompt_that_stands_until_it_is_answered(lab: Lab) -> None:
    lab.queue(hold())
    came: list[AttestationResponse] = []
    client = Thread(target=lambda: came.append(register(lab, "bob")))
    client.start()
    prompt = lab.await_prompt()
    assert (prompt.purpose, prompt.ask, prompt.rp_id) == ("register", "verification", RP_ID)
    assert prompt.user and prompt.user.display_name == "Bob"
    assert lab.asked() == prompt
    lab.answer(give("verified"), prompt)
    client.join()
    assert came[0].auth_data.is_user_verified()
    assert lab.asked() is None
    with pytest.raises(LabError) as raised:
        lab.answer(give())
    assert raised.value.kind == "nothing_asked"


def test_nobody_comes_and_no_time_is_lost(lab: Lab) -> None:
    lab.queue(hold())
    statuses: list[ERR] = []
    client = Thread(target=lambda: statuses.append(refused(lab)))
    client.start()
    timeout = lab.await_prompt().timeout
    lab.advance(timeout)
    client.join()
    assert statuses == [ERR.USER_ACTION_TIMEOUT]
    assert [event.kind for event in lab.events] == ["withdrawn"]


def test_a_slow_user(lab: Lab) -> None:
    lab.queue(give("verified").after(20))
    came: list[AttestationResponse] = []
    client = Thread(target=lambda: came.append(register(lab)))
    client.start()
    lab.await_prompt()
    lab.advance(19)
    assert lab.asked()
    lab.advance(1)
    client.join()
    assert len(came) == 1


def test_a_policy(lab: Lab) -> None:
    lab.policy([Rule(refuse("declined"), purpose="sign_in", rp_id=RP_ID)], give("verified"))
    register(lab)
    with pytest.raises(CtapError) as raised:
        sign_in(lab)
    assert raised.value.code == ERR.OPERATION_DENIED


def test_a_pin_its_tries_and_power_cycles(lab: Lab) -> None:
    bench = Bench(device(lab), None)
    bench.pin.set_pin(PIN)
    for _ in range(3):
        with pytest.raises(CtapError):
            bench.pin.get_pin_token("wrong 1")
    with pytest.raises(CtapError) as raised:
        bench.pin.get_pin_token(PIN)
    assert raised.value.code == ERR.PIN_AUTH_BLOCKED
    lab.power_cycle()
    assert Bench(device(lab), None).pin.get_pin_token(PIN)


def test_snapshots_and_forks(lab: Lab) -> None:
    register(lab)
    snapshot = lab.snapshot()
    with lab.fork() as fork:
        assert sign_in(fork)
        fork.wipe()
        with pytest.raises(CtapError):
            sign_in(fork)
        fork.end()
    first = bytes(register(lab, "bob"))
    lab.restore(snapshot)
    assert bytes(register(lab, "bob")) == first
    carried = lab.load(lab.export(snapshot))
    lab.wipe()
    lab.restore(carried)
    assert bytes(register(lab, "bob")) == first
    for kept in (snapshot, carried):
        lab.drop(kept)
    with pytest.raises(LabError) as raised:
        lab.restore(snapshot)
    assert raised.value.kind == "no_such_snapshot"


def test_a_recording_replays(program: Path, tmp_path: Path) -> None:
    file = tmp_path / "recording"
    with Lab.start(program, "--record", str(file)) as lab:
        lab.comply()
        register(lab)
        lab.replug(off=3)
        sign_in(lab)
        assert lab.end() == 0
    replayed = subprocess.run([program, "replay", file], capture_output=True, text=True)
    assert (replayed.returncode, replayed.stdout[:9]) == (0, "the same:"), replayed.stderr


def test_a_lab_that_does_not_let_its_client_in_is_ended(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text("a token of this test")
    started: list[subprocess.Popen[str]] = []
    popen = subprocess.Popen

    def start(*arguments: Any, **options: Any) -> subprocess.Popen[str]:
        started.append(popen(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    with pytest.raises(LabGone):
        Lab.start(program, "--control-token-file", str(token), token="another token")
    assert [process.poll() for process in started] == [-signal.SIGKILL]
    with Lab.start(program, "--control-token-file", str(token), token="a token of this test") as lab:
        assert lab.asked() is None
