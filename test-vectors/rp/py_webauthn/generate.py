"""Writes the options that are kept in the tree.

Usage: python3 generate.py [FOLDER]     (FOLDER defaults to `options` beside this file)
"""

import sys
from pathlib import Path

from webauthn import options_to_json

from cases import CASES, OPTIONS_FOLDER, creation_options, request_options


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else OPTIONS_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        creation = folder / case.creation_file.name
        creation.write_text(options_to_json(creation_options(case)), encoding="utf-8")
        # With an allow list, the options need a credential id: the judge makes them.
        if case.sign_in == "usernameless":
            request = folder / case.request_file.name
            request.write_text(options_to_json(request_options(case, [])), encoding="utf-8")


if __name__ == "__main__":
    main()
