"""Makes the recording in test-vectors/recordings: a life of a key with something of everything in it.

Usage: python3 story.py PATH_TO_AUTHENTICATOR NEW_FILE

It is played by python-fido2, over UDP and TCP, with a PIN, by a user who takes their time, fails and says no.
"""

import sys
from threading import Event, Thread

from fido2.ctap import STATUS, CtapError
from fido2.ctap2 import ClientPin, Ctap2
from fido2.ctap2.base import AssertionResponse
from fido2.ctap2.pin import PinProtocolV2
from fido2.hid import CtapHidDevice
from fido2.hid.base import HidDescriptor

from bench import CLIENT_DATA_HASH, ES256, PIN, RP_ID, entity
from lab import Gesture, Lab, give, hold, refuse
from served import REPORT, Carried


class Client:
    """One that has opened the device."""

    def __init__(self, lab: Lab, carrier: str = "udp") -> None:
        address = str(lab.addresses[carrier])
        descriptor = HidDescriptor(address, 0, 0, REPORT, REPORT, None, None)
        self.device = CtapHidDevice(descriptor, Carried(carrier, address))
        self.ctap = Ctap2(self.device)
        self.pin = ClientPin(self.ctap, PinProtocolV2())

    def proof(self, permission: ClientPin.PERMISSION) -> dict[str, object]:
        token = self.pin.get_pin_token(PIN, permission, RP_ID)
        parameter = self.pin.protocol.authenticate(token, CLIENT_DATA_HASH)
        return {"pin_uv_param": parameter, "pin_uv_protocol": self.pin.protocol.VERSION}

    def register(self, user: str, **more: object) -> None:
        rp = {"id": RP_ID, "name": "The site"}
        options = {"rk": True} if more else {"rk": True, "uv": True}
        self.ctap.make_credential(CLIENT_DATA_HASH, rp, entity(user), [ES256], options=options, **more)

    def sign_in(self, **more: object) -> AssertionResponse:
        options = None if more else {"uv": True}
        return self.ctap.get_assertion(RP_ID, CLIENT_DATA_HASH, options=options, **more)


def refused(call: object, *arguments: object) -> None:
    assert callable(call)
    try:
        call(*arguments)
    except CtapError:
        return
    raise AssertionError("it was to be refused")


def tell(lab: Lab) -> None:
    client = Client(lab)
    # By verification, and by a user who does otherwise.
    lab.queue(give("verified"), refuse("declined"), refuse("verification_failed", left=1))
    client.register("ada")
    refused(client.register, "bob")
    refused(client.register, "bob")
    lab.queue(give(Gesture("given", "yes")), give("touch"))
    client.sign_in()
    refused(client.sign_in)

    # By PIN, after a wrong one.
    client.pin.set_pin(PIN)
    refused(client.pin.get_pin_token, "wrong 1")
    lab.comply()
    client.register("bob", **client.proof(ClientPin.PERMISSION.MAKE_CREDENTIAL))
    first = client.sign_in(**client.proof(ClientPin.PERMISSION.GET_ASSERTION))
    assert first.number_of_credentials == 2
    client.ctap.get_next_assertion()
    kept = lab.snapshot()

    # A user who takes five seconds, and a second client, which gives up and goes.
    other = Client(lab, "tcp")
    assert other.device.ping(bytes(range(200))) == bytes(range(200))
    lab.events.clear()
    lab.queue(give("verified").after(5))
    waiting = Thread(target=client.sign_in)
    waiting.start()
    lab.await_prompt()
    for _ in range(10):
        lab.advance(0.5)
    waiting.join()
    cancel = Event()
    lab.queue(hold())
    rp = {"id": RP_ID, "name": "The site"}
    refused(
        lambda: other.ctap.make_credential(
            CLIENT_DATA_HASH,
            rp,
            entity("eve"),
            [ES256],
            event=cancel,
            on_keepalive=lambda status: cancel.set() if status == STATUS.UPNEEDED else None,
        )
    )
    other.device.wink()
    other.device.close()

    # Nobody comes.
    lab.queue(hold())
    lab.events.clear()
    waiting = Thread(target=refused, args=(client.sign_in,))
    waiting.start()
    lab.advance(lab.await_prompt().timeout)
    waiting.join()

    # Too late for a reset, until it is plugged in again.
    refused(client.ctap.reset)
    lab.replug(off=2)
    client = Client(lab)
    client.ctap.reset()
    refused(client.sign_in)

    # Back to what it was, with other randomness; and as from the factory.
    lab.restore(kept)
    client = Client(lab)
    lab.seed(b"another")
    client.register("eve", **client.proof(ClientPin.PERMISSION.MAKE_CREDENTIAL))
    assert client.sign_in().number_of_credentials == 3
    lab.power_cycle(off=60)
    lab.wipe()
    client = Client(lab)
    client.register("ada")
    client.device.close()


def main() -> int:
    if len(sys.argv) != 3:
        print("usage: story.py PATH_TO_AUTHENTICATOR NEW_FILE", file=sys.stderr)
        return 2
    program, file = sys.argv[1:]
    arguments = ["--tcp", "127.0.0.1:0", "--clock", "held", "--seed", "5eed", "--record", file]
    with Lab.start(program, *arguments) as lab:
        tell(lab)
        return lab.end() or 0


if __name__ == "__main__":
    sys.exit(main())
