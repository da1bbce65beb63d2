"""The process that parses files: it may use little memory and time, and no network, and is all that a bad file can hurt.

One request as JSON on standard input; lines of JSON on standard output: progress,
then the report or the error. Between them it may ask once who the people in the
file are, and goes on when a line comes back.
"""

from __future__ import annotations

import ctypes
import gc
import json
import resource
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from lohko.landing.request import Number, Request

Say = Callable[[dict[str, Any]], None]
CPU_SECONDS = 3600
MEMORY_BYTES = 8 << 30
FILE_BYTES = 64 << 30
OPEN_FILES = 256
_REFUSED = ("socket.", "subprocess.Popen", "os.exec", "os.system", "os.fork", "os.posix_spawn", "os.spawn", "pty.spawn", "ctypes.dlopen")
_PR_SET_PDEATHSIG = 1


def limit() -> None:
    """Bound what this process may use, and refuse sockets and programs."""
    for what, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _soft, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))
    sys.addaudithook(_refuse)


def die_with_parent() -> None:
    """On Linux, end when the process that asked ends, however it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event.startswith(_REFUSED):
        raise PermissionError(f"{event} is not for the parser")


def say(body: dict[str, Any]) -> None:
    """One line to the parent."""
    sys.stdout.write(json.dumps(body, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Answer the one request."""
    gc.disable()  # while libraries are loaded, which makes nothing but what stays
    die_with_parent()
    body = json.loads(sys.stdin.readline())
    import duckdb  # noqa: F401
    import python_calamine  # noqa: F401  # a library is loaded before the limits, which refuse to

    import lohko.landing.stage  # noqa: F401

    gc.freeze()
    gc.enable()
    answer(body, say, limit, _ask_who if body.pop("numbered", False) else None)


def _ask_who(source: str | None) -> None:
    say({"event": "who", "source": source})
    if not sys.stdin.readline():
        raise SystemExit(1)  # nobody is there any more


def answer(body: dict[str, Any], say: Say, limit: Callable[[], None], number: Number | None = None) -> None:
    """Say what comes of a request: its progress, and the report or the error; `limit` is called before the file is opened."""
    import duckdb

    from lohko.base.errors import InputError, LohkoError
    from lohko.landing import archive
    from lohko.landing.request import Request

    wanted, of_archive = body.pop("preview", False), body.pop("unpack", False)
    request = Request(**body)
    try:
        if of_archive:
            limit()
            say({"event": "done", "report": archive.unpack(Path(request.file), Path(request.out))})
            return
        with tempfile.TemporaryDirectory(dir=request.out) as scratch:
            connection = _engine(request, Path(scratch))
            limit()
            try:
                say({"event": "done", "report": _answer(request, connection, Path(scratch), say, number, preview=wanted)})
            finally:
                connection.close()
    except LohkoError as error:
        say({"event": "error", "error": error.as_json()})
    except (MemoryError, RecursionError, duckdb.OutOfMemoryException):
        too_large = InputError("too_large", "The file needs more memory than the parser may use.", hint="cut it into smaller files.")
        say({"event": "error", "error": too_large.as_json()})


def _engine(request: Request, scratch: Path) -> DuckDBPyConnection:
    """An engine in memory that can reach the file and the folder it works in, and no more."""
    import duckdb

    connection = duckdb.connect(
        config={
            "memory_limit": "1GB",
            "threads": "2",
            "temp_directory": str(scratch / "spill"),
            "python_enable_replacements": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET allowed_directories = ?", [[str(Path(request.out).resolve()), str(Path(request.out))]])
    connection.execute("SET allowed_paths = ?", [[request.file]])
    connection.execute("SET enable_external_access = false")
    return connection


def _answer(
    request: Request, connection: DuckDBPyConnection, scratch: Path, say: Say, number: Number | None, *, preview: bool
) -> dict[str, Any]:
    from lohko.landing import stage

    if preview:
        return stage.preview(request, connection, scratch)
    progress = lambda done, what: say({"event": "progress", "done": done, "what": what})  # noqa: E731
    report = stage.stage(request, connection, scratch, progress, number)
    if report["original"]:
        report["original"] = str(Path(report["original"]).rename(Path(request.out) / "original.masked"))
    return report


if __name__ == "__main__":
    main()
