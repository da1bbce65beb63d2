"""Parsing as its caller sees it: a request in, a report or an error out; the work is done by a limited child process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lohko.base.errors import InputError, LohkoError

if TYPE_CHECKING:
    from lohko.landing.stage import Request

Progress = Callable[[float, str], None]


def parse(request: Request, progress: Progress) -> dict[str, Any]:
    """Stage a file into the request's folder; the report of what was found. InputError when it cannot be read."""
    return _ask({**asdict(request), "preview": False}, progress)


def preview(request: Request) -> dict[str, Any]:
    """What a file looks like and what its columns are taken to be; nothing is kept."""
    return _ask({**asdict(request), "preview": True}, lambda _done, _what: None)


def _ask(body: dict[str, Any], progress: Progress) -> dict[str, Any]:
    environment = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(str(Path(item).resolve()) for item in sys.path if item)
    child = subprocess.Popen(
        [sys.executable, "-X", "utf8", "-m", "lohko.landing.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
        text=True,
        encoding="utf-8",
    )
    assert child.stdin and child.stdout and child.stderr
    errors: list[str] = []
    drain = threading.Thread(target=lambda: errors.extend(child.stderr or ()), daemon=True)
    drain.start()
    try:
        child.stdin.write(json.dumps(body) + "\n")
        child.stdin.close()
        return _listen(child, progress)
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()
        drain.join(timeout=1)
        if os.environ.get("LOHKO_DEBUG"):
            sys.stderr.writelines(errors)


def _listen(child: subprocess.Popen[str], progress: Progress) -> dict[str, Any]:
    for line in child.stdout or ():
        message = json.loads(line)
        if message["event"] == "progress":
            progress(message["done"], message["what"])
        elif message["event"] == "done":
            report: dict[str, Any] = message["report"]
            return report
        else:
            raise LohkoError.from_json(message["error"])
    raise InputError(
        "unreadable_file",
        "The file could not be read: the parser stopped.",
        hint="open the file and save it again as CSV or XLSX; if it is very large, cut it in parts.",
    )
