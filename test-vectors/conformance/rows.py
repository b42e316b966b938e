"""What the scripts in Python note of each row for report.py, beside it."""

import json
import os


def record(client: str, version: str, command: str, complaint: str | None) -> None:
    """Appends the row to the file that $CLIENT_ROWS names, if there is one."""
    path = os.environ.get("CLIENT_ROWS")
    if not path:
        return
    row = {
        "client": client,
        "version": version,
        "command": command,
        "result": "failed" if complaint else "passed",
        "detail": complaint or "",
    }
    with open(path, "a", encoding="utf-8") as rows:
        rows.write(json.dumps(row, ensure_ascii=False) + "\n")
