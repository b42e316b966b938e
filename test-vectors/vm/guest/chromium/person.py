"""The person before Chromium: types the PIN into its dialogs, and takes the account that it offers.

person.py SITE_FOLDER: looks at the virtual screen and at which ceremony the site is, until the site is done. The key's own user
answers at once, so a dialog that stays is one that waits for the person.
"""

import struct
import subprocess
import sys
import time
from pathlib import Path

PIN = "24681357"
SCREEN = Path("/tmp/screen/Xvfb_screen0")
# Beside any dialog: there the page is white, and dark while a dialog lies over it.
BESIDE = (40, 500)
DARK = 150
# How long a dialog stays before it is answered, and after how long the answer is taken to be lost.
STAYS = 5.0
LOST = 25.0
# After how long a browser that has not come to the site yet is told to load it again: at times it forgets to.
FORGETS = 45.0


def keys(*names: str) -> None:
    subprocess.run(["xdotool", "key", *names], check=True)


def type_text(text: str) -> None:
    subprocess.run(["xdotool", "type", "--delay", "100", text], check=True)


def enter_pin() -> None:
    keys("ctrl+a")
    type_text(PIN)
    keys("Return")


def make_pin() -> None:
    keys("ctrl+a")
    type_text(PIN)
    keys("Tab", "ctrl+a")
    type_text(PIN)
    keys("Return")


def take_account() -> None:
    keys("Return")


# What the dialogs of a ceremony want, one after the other. In the others there is nothing to do.
ANSWERS = {
    "verified-create": [make_pin],
    "verified-get": [enter_pin],
    "resident-create": [enter_pin],
    "resident-get": [enter_pin, take_account],
    "prf-create": [enter_pin],
    "prf-get": [enter_pin],
    "builtin-get": [take_account],
}


def dialog_is_there() -> bool:
    """From the picture in X's own format (XWDFile.h): a header of 25 numbers, names, colours, and rows of pixels of 4 bytes."""
    with SCREEN.open("rb") as file:
        header = struct.unpack(">25I", file.read(100))
        length, row, colours = header[0], header[12], header[19]
        x, y = BESIDE
        file.seek(length + colours * 12 + y * row + x * 4)
        return max(file.read(3)) < DARK


def main() -> None:
    folder = Path(sys.argv[1])
    ceremony = ""
    left: list = []
    since = None
    started = time.monotonic()
    while not (folder / "done").exists():
        time.sleep(0.5)
        now = (folder / "now").read_text(encoding="utf-8") if (folder / "now").exists() else ""
        if not ceremony and not now:
            if not (folder / "loaded").exists() and time.monotonic() - started > FORGETS:
                keys("F5")
                started = time.monotonic()
            continue
        if now != ceremony or not dialog_is_there():
            if now != ceremony:
                ceremony, left = now, list(ANSWERS.get(now, []))
            since = None
            continue
        since = since or time.monotonic()
        stayed = time.monotonic() - since
        if not left and stayed > LOST:
            left = list(ANSWERS.get(now, []))
        if left and stayed > STAYS:
            left.pop(0)()
            since = None


if __name__ == "__main__":
    main()
