"""A real HTTP server on loopback whose answers a test writes: what the systems' own APIs are played by."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


Told = tuple[int, dict[str, str], bytes]


def told(body: Any, status: int = 200, **headers: str) -> Told:
    """A JSON answer; header names take dashes for underscores."""
    extra = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"content-type": "application/json", **extra}, json.dumps(body).encode()


@dataclass
class Server:
    """Where it listens, what was asked, and what it does wrong next."""

    port: int
    asked: list[Asked] = field(default_factory=list)
    wrong: list[Told] = field(default_factory=list)
    """Answers given instead of the right ones, one a request."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def serving(answer: Callable[[Asked], Told]) -> Iterator[Server]:
    """A server that answers with `answer` as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def _do(self) -> None:
            parts = urlsplit(self.path)
            size = int(self.headers.get("content-length", "0"))
            asked = Asked(
                self.command, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), self.headers, self.rfile.read(size)
            )
            server.asked.append(asked)
            status, headers, body = server.wrong.pop(0) if server.wrong else answer(asked)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        do_GET = do_POST = _do

        def log_message(self, *_arguments: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    server = Server(listening.server_address[1])
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
