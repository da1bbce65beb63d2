"""The intake, and what answers look-ups, as a process of its own: `python -m lohko.intake.process WORKSPACE HOST PORT [OPTIONS]`.

It ends in order when it is told to (SIGTERM), and when the process that started it has
gone, which it sees by the end of its standard input. What is on its way then is taken
to the disk and answered first. It says `ready PORT` on standard output once it answers.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvicorn

from lohko.base.errors import LohkoError
from lohko.base.garbage import look_rarely, settled
from lohko.intake.app import create_intake
from lohko.intake.committing import Committer
from lohko.intake.gate import Gate, Room
from lohko.intake.looking import Looking
from lohko.landing.inbox import Writer
from lohko.state.inbox import read_through
from lohko.state.workspace import open_workspace

_log = logging.getLogger("lohko.intake")


def serve(path: Path, listening: socket.socket, options: dict[str, Any], room: Room | None = None) -> None:
    """Take events for the workspace at `path` until told to end; `options` are uvicorn's, of proxies and TLS, and `most_waiting`, the room's."""
    waiting = options.pop("most_waiting", None)
    room = room or (None if waiting is None else Room(most_waiting=waiting))
    folder, state, settings = open_workspace(path)
    with state.connect() as connection:
        after = read_through(connection)[0]
    committer = Committer(Writer(folder.inbox, after))
    app = create_intake(Gate(folder, state, room), committer, Looking(folder, state, settings.country))
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, **{"proxy_headers": False, **options})
    server = _Server(config, listening.getsockname()[1])
    with settled():
        asyncio.run(server.serve(sockets=[listening]))
    state.dispose()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, port: int) -> None:
        super().__init__(config)
        self._port = port

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            sys.stdout.write(f"ready {self._port}\n")
            sys.stdout.flush()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _come_first() -> None:
    """Get a processor at once when something comes, where the operator allows it (root, or `LimitRTPRIO=1` in a unit of systemd).

    Otherwise the kernel lets whatever is running go on for some milliseconds first, and
    a look-up takes one. What is done here is short, and the kernel keeps a part for all others.
    """
    if sys.platform == "linux":
        with suppress(OSError):  # also where the kernel knows no such thing
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def main() -> None:
    """Serve as the arguments say."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells it to the whole group; whoever started this ends it
    path, host, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    _come_first()
    look_rarely()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as listening:
            # asyncio does this only for sockets that name their protocol; without it an answer waits 40 ms for the other side.
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            serve(path, listening, json.loads(sys.argv[4]) if len(sys.argv) > 4 else {})
    except (LohkoError, OSError) as error:
        sys.stderr.write(f"Error: {error.message if isinstance(error, LohkoError) else error.strerror}\n")
        sys.exit(3)


if __name__ == "__main__":
    main()
