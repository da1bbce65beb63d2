"""One process owns a workspace's store; the others ask it, over a Unix socket that only the owner's user can open.

A call names a step of the registry and carries its arguments as JSON on one line;
a file follows as bytes, opened by the asker. Back come lines of progress, then
the result or the error: so a command prints the same whether it did the work
itself or asked for it.
"""

from __future__ import annotations

import io
import json
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from lohko import __version__
from lohko.base.errors import InputError, LohkoError, StoreError
from lohko.base.failures import kind_of
from lohko.state.workspace import Folder
from lohko.steps.registry import STEPS
from lohko.steps.work import Progress, Work
from lohko.wiring import open_work

_WAIT_SECONDS = 20.0
_BLOCK = 1 << 16
_log = logging.getLogger("lohko.remote")
_STOPPED = InputError("stopped", "The one who asked has gone; what was not finished left nothing behind.")


def call(path: Path, step: str, arguments: dict[str, Any], progress: Progress, stream: BinaryIO | None = None) -> dict[str, Any]:
    """The result of a step on the workspace at `path`: done here when nobody else uses it, else by the process that does.

    Raises what the step raises; StoreError `in_use` when the workspace is held for
    longer than some seconds by a process that does not answer.
    """
    waited = 0.0
    while True:
        try:
            with open_work(path, progress, wait_seconds=0) as work:
                return run(work, step, arguments, progress, stream)
        except StoreError as error:
            if error.code != "in_use":
                raise
            line = _connect(Folder(path))
            if line is not None:
                with line:
                    return _ask(line, step, arguments, progress, stream)
            if waited >= _WAIT_SECONDS:
                raise
        time.sleep(0.2)
        waited += 0.2


def is_open(path: Path) -> bool:
    """Whether a process that answers calls has the workspace open."""
    line = _connect(Folder(path))
    if line is not None:
        line.close()
    return line is not None


def run(work: Work, step: str, arguments: dict[str, Any], progress: Progress, stream: BinaryIO | None = None) -> dict[str, Any]:
    """The result of a step of the registry."""
    given = arguments if stream is None else {**arguments, "stream": stream}
    return STEPS[step](work, progress, **given)


# --- the asking side --------------------------------------------------------------------


@contextmanager
def _address(folder: Folder) -> Iterator[str]:
    """The socket's path by way of an open folder: a path of any length, where the system allows about a hundred bytes."""
    descriptor = os.open(folder.socket.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{folder.socket.name}"
    finally:
        os.close(descriptor)


def _connect(folder: Folder) -> socket.socket | None:
    """A connection to the process that owns the store; None when it does not answer calls."""
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _address(folder) as address:
            line.connect(address)
    except OSError:
        line.close()
        return None
    return line


def _ask(line: socket.socket, step: str, arguments: dict[str, Any], progress: Progress, stream: BinaryIO | None) -> dict[str, Any]:
    size = None if stream is None else os.fstat(stream.fileno()).st_size
    _say(line, {"version": __version__, "step": step, "arguments": arguments, "stream_bytes": size})
    try:
        if stream is not None:
            line.sendfile(stream)
    except (BrokenPipeError, ConnectionResetError):
        pass  # refused before the whole file was read: the reason comes as the answer
    with line.makefile("r", encoding="utf-8") as answers:
        for text in answers:
            answer = json.loads(text)
            if "progress" in answer:
                progress(*answer["progress"])
            elif "error" in answer:
                raise LohkoError.from_json(answer["error"])
            else:
                result: dict[str, Any] = answer["result"]
                return result
    raise StoreError("no_answer", "The process that uses this workspace stopped before it answered.", hint="try again.")


def _say(line: socket.socket, body: dict[str, Any]) -> None:
    line.sendall((json.dumps(body, ensure_ascii=False) + "\n").encode())


# --- the answering side -----------------------------------------------------------------


@contextmanager
def answering(work: Work) -> Iterator[None]:
    """Answer calls to this workspace, each in a thread of its own, as long as the block lasts."""
    place = work.folder.socket
    place.parent.mkdir(mode=0o700, exist_ok=True)
    place.unlink(missing_ok=True)  # left by a process that was killed: the lock is ours now
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with _address(work.folder) as address:
        door.bind(address)
    place.chmod(0o600)
    door.listen()
    doorman = threading.Thread(target=_open_to_all, args=(work, door), daemon=True)
    doorman.start()
    try:
        yield
    finally:
        door.shutdown(socket.SHUT_RDWR)  # closing alone does not wake the thread that waits for the next call
        doorman.join(5)
        door.close()
        place.unlink(missing_ok=True)


def _open_to_all(work: Work, door: socket.socket) -> None:
    while True:
        try:
            line, _ = door.accept()
        except OSError:  # closed
            return
        threading.Thread(target=_answer, args=(work, line), daemon=True).start()


def _answer(work: Work, line: socket.socket) -> None:
    def progress(done: float, what: str) -> None:
        try:
            _say(line, {"progress": [done, what]})
        except OSError as error:
            raise _STOPPED from error

    with line, line.makefile("rb") as asked:
        text, body = asked.readline(), dict[str, Any]()
        try:
            body = json.loads(text)
            _check(body)
            size = body["stream_bytes"]
            stream = None if size is None else io.BufferedReader(_Bytes(asked, size))
            answer = {"result": run(work, body["step"], body["arguments"], progress, stream)}
        except LohkoError as error:
            answer = {"error": error.as_json()}
        except Exception as error:
            # Whatever went wrong, the one who asks gets an answer; the class says enough and holds nobody's data.
            if text:  # else somebody only looked whether anybody answers
                _log.error("%s failed: %s", body.get("step") if isinstance(body, dict) else "a call", kind_of(error))
            failed = StoreError("failed", f"Lohko itself failed ({type(error).__name__}).", hint="look at what the server printed.")
            answer = {"error": (work.blame(error) or failed).as_json()}
        try:
            _say(line, answer)
        except OSError:
            return


def _check(body: dict[str, Any]) -> None:
    if body.get("version") != __version__:
        raise StoreError(
            "other_version",
            f"Another version of Lohko ({__version__}) uses this workspace; this command is {body.get('version')}.",
            hint="stop that one, or use its version.",
        )
    if body["step"] not in STEPS:
        raise InputError("unknown_step", f"There is no step {body['step']!r}.")


class _Bytes(io.RawIOBase):
    """The next so many bytes of a stream, as a stream of its own."""

    def __init__(self, source: Any, size: int) -> None:
        super().__init__()
        self._source, self._left = source, size

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what comes; 0 at the end."""
        data = self._source.read(min(len(buffer), self._left, _BLOCK))
        if not data and self._left:
            raise _STOPPED
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)
