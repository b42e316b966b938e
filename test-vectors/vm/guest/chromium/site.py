"""A site on http://localhost:8000 that plays its ceremonies with the browser that comes, and keeps what was asked and answered.

site.py FOLDER PLAN...: each ceremony leaves FOLDER/NAME.json, and the name of the running one is in FOLDER/now. When the last is
over there is FOLDER/done, and it ends.
"""

import base64
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from site_plans import PLANS, RP_ID

HERE = Path(__file__).resolve().parent
ES256, EDDSA, RS256 = -7, -8, -257
SALT = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")


def fresh(length: int) -> str:
    return base64.urlsafe_b64encode(os.urandom(length)).decode().rstrip("=")


def creation(name: str) -> dict:
    plan = PLANS[name]
    options = {
        "rp": {"id": RP_ID, "name": "Site"},
        "user": {"id": fresh(16), "name": name, "displayName": name.capitalize()},
        "challenge": fresh(32),
        "pubKeyCredParams": [{"type": "public-key", "alg": algorithm} for algorithm in (ES256, EDDSA, RS256)],
        "timeout": 180000,
        "authenticatorSelection": {
            "authenticatorAttachment": "cross-platform",
            "residentKey": plan.residence,
            "requireResidentKey": plan.residence == "required",
            "userVerification": plan.verification,
        },
        "attestation": plan.attestation,
    }
    if plan.prf:
        options["extensions"] = {"prf": {"eval": {"first": SALT}}}
    return options


def request(name: str, registered: dict) -> dict:
    plan = PLANS[name]
    options = {"rpId": RP_ID, "challenge": fresh(32), "timeout": 180000, "userVerification": plan.verification}
    if plan.listed:
        options["allowCredentials"] = [{"type": "public-key", "id": registered["id"], "transports": ["usb"]}]
    if plan.prf:
        options["extensions"] = {"prf": {"eval": {"first": SALT}}}
    return options


class Site(ThreadingHTTPServer):
    def __init__(self, folder: Path, plans: list[str]) -> None:
        super().__init__(("127.0.0.1", 8000), Handler)
        self.folder = folder
        self.left = [(plan, kind) for plan in plans for kind in ("create", "get")]
        self.step: dict = {}
        self.registered: dict = {}
        # How often the page was loaded. One that was loaded again asks again for the ceremony that it has left.
        self.page = 0
        self.answer_is_due = False

    def load(self) -> bytes:
        self.page += 1
        (self.folder / "loaded").touch()
        return (HERE / "page.html").read_bytes().replace(b"PAGE", str(self.page).encode())

    def next(self) -> dict:
        if self.answer_is_due:
            return self.step
        if not self.left:
            (self.folder / "done").touch()
            # From another thread: this one is what it waits for.
            threading.Thread(target=self.shutdown).start()
            return {}
        plan, kind = self.left.pop(0)
        options = creation(plan) if kind == "create" else request(plan, self.registered)
        self.step = {"name": f"{plan}-{kind}", "kind": kind, "options": options}
        self.answer_is_due = True
        # In place at once: somebody reads it.
        (self.folder / "next").write_text(self.step["name"], encoding="utf-8")
        (self.folder / "next").rename(self.folder / "now")
        return self.step

    def answered(self, answer: dict) -> None:
        if answer.pop("page") != self.page:
            return
        self.answer_is_due = False
        kept = self.step | answer
        (self.folder / f"{self.step['name']}.json").write_text(json.dumps(kept, indent=1), encoding="utf-8")
        if self.step["kind"] == "create":
            self.registered = answer.get("response", {})
            if "error" in answer:
                self.left.pop(0)


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        if self.path == "/next":
            self.reply("application/json", json.dumps(self.server.next()).encode())
        elif self.path == "/":
            self.reply("text/html", self.server.load())
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        self.server.answered(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.reply("application/json", b"{}")

    def reply(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    Site(Path(sys.argv[1]), sys.argv[2:]).serve_forever()
