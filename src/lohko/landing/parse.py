"""Parsing as its caller sees it: a request in, a report or an error out; the work is done by a limited child process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lohko.base.errors import InputError, LohkoError

if TYPE_CHECKING:
    from lohko.landing.request import Number, Request

Progress = Callable[[float, str], None]
WALL_SECONDS = 2 * 3600.0
"""How long one file may take, however little of the processor it uses."""
_KEPT = ("PATH", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")


def parse(request: Request, progress: Progress, number: Number | None = None) -> dict[str, Any]:
    """Stage a file into the request's folder; the report of what was found. InputError when it cannot be read.

    With `number` the rows have the keys of their people: it is called once, while the file waits to be written.
    """
    return _ask({**asdict(request), "preview": False}, progress, number)


def preview(request: Request) -> dict[str, Any]:
    """What a file looks like and what its columns are taken to be; nothing is kept."""
    return _ask({**asdict(request), "preview": True}, lambda _done, _what: None)


def unpack(request: Request) -> dict[str, Any]:
    """The files of a zip archive, unpacked into the request's folder under numbers; what was passed over and refused, and why."""
    return _ask({**asdict(request), "unpack": True}, lambda _done, _what: None)


def environment() -> dict[str, str]:
    """What the parser is told of this process: where programs are and how texts are written, no keys and no names."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    path = os.pathsep.join(str(Path(item).resolve()) for item in sys.path if item)
    return {**kept, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def _ask(body: dict[str, Any], progress: Progress, number: Number | None = None) -> dict[str, Any]:
    child = subprocess.Popen(
        [sys.executable, "-X", "utf8", "-m", "lohko.landing.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    assert child.stdin and child.stdout and child.stderr
    errors: list[str] = []
    drain = threading.Thread(target=lambda: errors.extend(child.stderr or ()), daemon=True)
    drain.start()
    late = threading.Event()

    def stop() -> None:
        late.set()
        child.kill()

    clock = threading.Timer(WALL_SECONDS, stop)
    clock.daemon = True
    clock.start()
    try:
        with suppress(OSError):  # a child that is gone already says nothing, and that is answered below
            child.stdin.write(json.dumps({**body, "numbered": number is not None}) + "\n")
            child.stdin.flush()
        return _listen(child, progress, number, late)
    except BaseException as error:
        if not isinstance(error, LohkoError):  # nobody waits for an answer any more
            child.kill()
        raise
    finally:
        with suppress(subprocess.TimeoutExpired):  # it has said its last word and is tidying up
            child.wait(timeout=10)
        clock.cancel()
        child.kill()
        child.wait()
        drain.join(timeout=1)
        for stream in (child.stdin, child.stdout, child.stderr):
            with suppress(OSError):
                stream.close()
        if os.environ.get("LOHKO_DEBUG"):
            sys.stderr.writelines(errors)


def _listen(child: subprocess.Popen[str], progress: Progress, number: Number | None, late: threading.Event) -> dict[str, Any]:
    for line in child.stdout or ():
        try:
            message = json.loads(line)
        except ValueError:  # killed in the middle of a line
            break
        if message["event"] == "progress":
            progress(message["done"], message["what"])
        elif message["event"] == "who" and number is not None and child.stdin is not None:
            number(message["source"])  # where the files lie is known, and not for the child to say
            with suppress(OSError):
                child.stdin.write("\n")
                child.stdin.flush()
        elif message["event"] == "done":
            report: dict[str, Any] = message["report"]
            return report
        else:
            raise LohkoError.from_json(message["error"])
    if late.is_set():
        raise InputError("too_slow", "The file took longer to read than a file may.", hint="cut it into smaller files.")
    raise InputError(
        "unreadable_file",
        "The file could not be read: the parser stopped.",
        hint="open the file and save it again as CSV or XLSX; if it is very large, cut it in parts.",
    )
