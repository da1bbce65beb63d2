"""The intake beside the server: started when there is a write key or one for look-ups, started again when it dies, ended with it."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from lohko.state import keys
from lohko.state.workspace import Folder
from lohko.state.write_keys import by_digest

_LOOK_SECONDS = 1.0
_AFTER_FAILURE_SECONDS = 5.0
_END_SECONDS = 20.0
_log = logging.getLogger("lohko.intake")


class Beside:
    """Looks after the process. `said` is called with the port at which it answers, each time it begins to."""

    def __init__(
        self, folder: Folder, state: Engine, host: str, port: int, options: Mapping[str, Any], said: Callable[[int], None]
    ) -> None:
        """`options` are what the server of the pages is told of proxies and TLS, and `most_waiting`, bytes of the inbox."""
        self._folder, self._state, self._said = folder, state, said
        self._arguments = [str(folder.path), host, str(port), json.dumps(options)]
        self._process: subprocess.Popen[str] | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lohko-intake", daemon=True)

    def start(self) -> None:
        """Begin to look after it; where there is a write key already, it answers when this returns."""
        if self._wanted():
            self._begin()
        self._thread.start()

    def close(self) -> None:
        """End it: what is on its way to it is kept and answered first."""
        self._over.set()
        self._thread.join()
        if self._process is not None:
            self._end(self._process)

    def _wanted(self) -> bool:
        with self._state.connect() as connection:
            return bool(by_digest(connection) or keys.by_digest(connection, keys.LOOKUP))

    def _run(self) -> None:
        wait = _LOOK_SECONDS
        while not self._over.wait(wait):
            try:
                wait = self._look()
            except (SQLAlchemyError, OSError) as error:  # it may be well again the next time
                _log.error("the intake of events could not be looked after: %s", type(error).__name__)
                wait = _AFTER_FAILURE_SECONDS

    def _look(self) -> float:
        """Start it where it is wanted and does not run; for how long to wait before the next look."""
        if self._process is None and self._wanted():
            self._begin()
        elif self._process is not None and self._process.poll() is not None:
            _log.error("the intake of events has ended (%s); it is started again", self._process.returncode)
            self._process = None
            return _AFTER_FAILURE_SECONDS
        return _LOOK_SECONDS

    def _begin(self) -> None:
        command = [sys.executable, "-m", "lohko.intake.process", *self._arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        word, _, port = self._process.stdout.readline().partition(" ")
        if word == "ready":
            self._said(int(port))

    @staticmethod
    def _end(process: subprocess.Popen[str]) -> None:
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
