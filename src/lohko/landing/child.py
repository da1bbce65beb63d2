"""The process that parses files: it may use little memory and time, and no network, and is all that a bad file can hurt.

One request as JSON on standard input; lines of JSON on standard output: progress,
then the report or the error.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

CPU_SECONDS = 3600
MEMORY_BYTES = 16 << 30
FILE_BYTES = 64 << 30


def limit() -> None:
    """Bound what this process may use, and refuse sockets and programs."""
    for what, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        _soft, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))
    sys.addaudithook(_refuse)


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.bind", "subprocess.Popen", "os.exec", "os.system", "os.fork", "os.posix_spawn"):
        raise PermissionError(f"{event} is not for the parser")


def say(body: dict[str, Any]) -> None:
    """One line to the parent."""
    sys.stdout.write(json.dumps(body, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Answer the one request."""
    body = json.loads(sys.stdin.readline())
    import duckdb

    from lohko.base.errors import InputError, LohkoError
    from lohko.landing.stage import Request, preview, stage

    limit()
    wanted = body.pop("preview", False)
    request = Request(**body)
    try:
        with tempfile.TemporaryDirectory(dir=request.out) as scratch:
            connection = duckdb.connect(
                config={"memory_limit": "3GB", "threads": "2", "temp_directory": f"{scratch}/spill", "python_enable_replacements": "false"}
            )
            connection.execute("SET enable_progress_bar = false")
            connection.execute("SET TimeZone = 'UTC'")
            try:
                if wanted:
                    report = preview(request, connection, Path(scratch))
                else:
                    report = stage(
                        request, connection, Path(scratch), lambda done, what: say({"event": "progress", "done": done, "what": what})
                    )
                    if report["original"]:
                        Path(report["original"]).rename(Path(request.out) / "original.masked")
            finally:
                connection.close()
        say({"event": "done", "report": report})
    except LohkoError as error:
        say({"event": "error", "error": error.as_json()})
    except (MemoryError, RecursionError, duckdb.OutOfMemoryException):
        too_large = InputError("too_large", "The file needs more memory than the parser may use.", hint="cut it into smaller files.")
        say({"event": "error", "error": too_large.as_json()})


if __name__ == "__main__":
    main()
