"""The one way out: every request that Lohko makes to another machine goes through here.

A name is resolved and all its addresses are judged at the moment of connecting,
and the connection goes to the judged address, so a name that answers otherwise
the second time gains nothing. Certificates are checked against the name. No
redirect is followed, only the usual ports are used, and there is a limit to how
long an answer may take and how large it may be.

Addresses inside one's own network are refused, unless whoever runs Lohko names
the host in the environment variable LOHKO_INTERNAL_HOSTS (`db.intra:5432, 10.0.0.7`).
That is no setting of a source: who may add a source cannot open the network.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import random
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any

import httpcore2
import httpx2

from lohko import __version__
from lohko.base.clock import now
from lohko.base.errors import InputError, LohkoError, PartialError
from lohko.reachable import Resolve, check_url, inside_hosts, judged

# They would write whole addresses into the log, and those may hold a customer's data.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True)
class Limits:
    """How long one exchange may take in all, how large its answer may be, and how often and how long it is tried again."""

    seconds: float = 120.0
    bytes: int = 64 << 20
    attempts: int = 6
    longest_wait: float = 90.0


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    host: str

    def json(self) -> Any:
        """The body as JSON, numbers exactly as they are written; PartialError when it is none."""
        try:
            return json.loads(self.body, parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            raise PartialError(
                "source_answer",
                f"{self.host} answered with something that is not JSON.",
                hint="is the address that of the API, and not of a page or of a network that asks to sign in?",
            ) from error


class _Watched(httpcore2.NetworkStream):
    """A connection whose every read and write ends when the exchange's time is over."""

    def __init__(self, stream: httpcore2.NetworkStream, left: Callable[[float | None], float]) -> None:
        self._stream, self._left = stream, left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes."""
        return self._stream.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of the buffer."""
        self._stream.write(buffer, self._left(timeout))

    def close(self) -> None:
        """Nothing more is read or written."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """Encrypted from here on, with the host's own name."""
        return _Watched(self._stream.start_tls(ssl_context, server_hostname, self._left(timeout)), self._left)

    def get_extra_info(self, info: str) -> Any:
        """What the connection itself tells."""
        return self._stream.get_extra_info(info)


class _Judging(httpcore2.NetworkBackend):
    """Connects to judged addresses only."""

    def __init__(self, inside: Collection[str], resolve: Resolve, left: Callable[[float | None], float]) -> None:
        self._inside, self._resolve, self._left, self._plain = inside, resolve, left, httpcore2.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None, socket_options: Any = None
    ) -> httpcore2.NetworkStream:
        """A connection to the first judged address that answers."""
        failed: Exception | None = None
        for address in judged(host, port, self._inside, self._resolve):
            try:
                stream = self._plain.connect_tcp(str(address), port, self._left(timeout), local_address, socket_options)
                return _Watched(stream, self._left)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed or httpcore2.ConnectError("no address")


class _Transport(httpx2.BaseTransport):
    """httpx2's requests over a pool of judged connections."""

    def __init__(self, backend: _Judging, trust: ssl.SSLContext) -> None:
        self._pool = httpcore2.ConnectionPool(ssl_context=trust, network_backend=backend, max_connections=4, http2=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """One exchange, without redirects and without a proxy."""
        url = httpcore2.URL(scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path)
        asked = httpcore2.Request(request.method, url, headers=request.headers.raw, content=request.stream, extensions=request.extensions)
        answer = self._pool.handle_request(asked)
        return httpx2.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


_NET = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpx2.TransportError,
    httpx2.DecodingError,
    ssl.SSLError,
)
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


@functools.cache
def _trust() -> ssl.SSLContext:
    """The certificates that are trusted; reading them takes longer than an exchange. An authority of one's own network comes to the usual ones."""
    found, own = httpx2.create_ssl_context(trust_env=False), os.environ.get("SSL_CERT_FILE", "")
    if own:
        try:
            found.load_verify_locations(cafile=own)
        except OSError as error:
            raise InputError(
                "bad_authorities", "The certificates in SSL_CERT_FILE cannot be read.", place=own, hint="a file of PEM."
            ) from error
    return found


class Outgoing:
    """The client. Everything asked with it only reads, so what failed on the way is asked again."""

    def __init__(
        self,
        inside: Collection[str] | None = None,
        *,
        limits: Limits | None = None,
        resolve: Resolve = socket.getaddrinfo,
        wait: Callable[[float], None] = time.sleep,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.inside = inside_hosts() if inside is None else frozenset(inside)
        self.limits, self.wait, self.resolve = limits or Limits(), wait, resolve
        self._deadline = time.monotonic() + self.limits.seconds
        transport = _Transport(_Judging(self.inside, resolve, self._left), trust or _trust())
        agent = {"user-agent": f"lohko/{__version__}", "accept-encoding": "gzip"}
        self._client = httpx2.Client(transport=transport, trust_env=False, follow_redirects=False, headers=agent, timeout=30.0)

    def __enter__(self) -> Outgoing:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def ask(
        self,
        url: str,
        *,
        method: str = "GET",
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        also: Collection[int] = (),
    ) -> Answer:
        """The answer to a request, which is JSON when it has a `body` and a form when it has that; asked again when it is refused for now.

        A status from 400 on is an error that says what to do, unless `also` holds it.
        """
        host, _ = check_url(url, self.inside)
        request = self._client.build_request(method, url, params=params, headers=headers, json=body, data=form)
        last: LohkoError = PartialError("source_unreachable", f"{host} does not answer.")
        for attempt in range(self.limits.attempts):
            try:
                answer = self._once(request, host, auth)
            except _NET as error:
                last, pause = _failure(host, error), None
            else:
                if answer.status < 400 or answer.status in also:
                    return answer
                last = _bad_status(answer)
                if answer.status not in _AGAIN:
                    raise last
                pause = retry_after(answer.headers) if answer.status == 429 or "retry-after" in answer.headers else None
            wanted = max(pause or 0.0, 2.0**attempt * random.uniform(0.5, 1.0))  # noqa: S311 - so that many do not come back at once
            if pause is not None and pause > self.limits.longest_wait:
                break
            if attempt + 1 < self.limits.attempts:
                self.wait(min(wanted, self.limits.longest_wait))
        raise last

    def _once(self, request: httpx2.Request, host: str, auth: tuple[str, str] | None) -> Answer:
        self._deadline = time.monotonic() + self.limits.seconds
        response = self._client.send(request, auth=auth, stream=True)
        try:
            body = b"".join(self._pieces(response, host, self.limits.bytes))
        finally:
            response.close()
        if 300 <= response.status_code < 400 and response.status_code != 304:
            raise PartialError(
                "source_redirected",
                f"{host} sends on to another address, which is not followed.",
                hint="set the address that it sends on to.",
            )
        return Answer(response.status_code, response.headers, body, host)

    def _pieces(self, response: httpx2.Response, host: str, limit: int) -> Iterator[bytes]:
        size = 0
        for piece in response.iter_bytes(1 << 16):
            size += len(piece)
            if size > limit:
                raise PartialError("source_too_large", f"{host} answers with more than {limit >> 20} MB.")
            self._left(None)
            yield piece

    @contextmanager
    def reading(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        auth: tuple[str, str] | None = None,
        limit: int = 20 << 30,
        seconds: float = 3600.0,
    ) -> Iterator[tuple[Mapping[str, str], Iterator[bytes]]]:
        """The headers and the pieces of a file that is too large to be held."""
        host, _ = check_url(url, self.inside)
        self._deadline = time.monotonic() + seconds
        request = self._client.build_request("GET", url, headers=headers)
        try:
            response = self._client.send(request, auth=auth, stream=True)
        except _NET as error:
            raise _failure(host, error) from error
        try:
            if response.status_code not in (200, 304):
                raise _bad_status(Answer(response.status_code, response.headers, b"", host))
            yield response.headers, self._guarded(response, host, limit)
        finally:
            response.close()

    def _guarded(self, response: httpx2.Response, host: str, limit: int) -> Iterator[bytes]:
        try:
            yield from self._pieces(response, host, limit)
        except _NET as error:
            raise _failure(host, error) from error

    def _left(self, timeout: float | None) -> float:
        """How long may still be waited, at most `timeout`."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("the exchange took too long")
        return left if timeout is None else min(left, timeout)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """How many seconds a server asks to be left alone, from its Retry-After header or Brevo's own; None without one."""
    given = (headers.get("retry-after") or headers.get("x-sib-ratelimit-reset") or "").strip()
    with suppress(ValueError):
        return max(0.0, float(given))
    with suppress(ValueError, TypeError):
        return max(0.0, (parsedate_to_datetime(given) - now()).total_seconds())
    return None


def _failure(host: str, error: Exception) -> PartialError:
    if isinstance(error, (httpcore2.TimeoutException, httpx2.TimeoutException)):
        return PartialError("source_slow", f"{host} took too long to answer.", hint="try again later; if it stays so, ask who runs it.")
    if "CERTIFICATE" in str(error).upper():
        return PartialError(
            "source_certificate",
            f"The certificate of {host} is not one that can be trusted.",
            hint="is that its right name? Then who runs it has to renew it; an authority of your own is named in SSL_CERT_FILE.",
        )
    if isinstance(error, ssl.SSLError) or "SSL" in str(error).upper():
        return PartialError("source_no_tls", f"{host} does not speak TLS at that port.", hint="look at the address and the port.")
    return PartialError(
        "source_unreachable",
        f"{host} does not answer.",
        hint="look at the address and the port, and whether a firewall lets this machine reach it.",
    )


def _bad_status(answer: Answer) -> LohkoError:
    host, status = answer.host, answer.status
    if status == 401:
        return InputError("source_unauthorised", f"{host} does not accept the key.", hint="is it the right one, and still valid?")
    if status == 403:
        return InputError(
            "source_forbidden", f"{host} does not let this key read that.", hint="give the key the scopes that the manual names."
        )
    if status in (404, 410):
        return InputError("source_not_found", f"{host} has nothing at that address.", hint="look at the settings of the source.")
    if status == 429:
        return PartialError("source_busy", f"{host} asks to come back later.", hint="sync less often; the next sync goes on from here.")
    if 300 <= status < 400:
        return PartialError("source_redirected", f"{host} sends on to another address, which is not followed.")
    if status >= 500:
        said = "that is a fault at its end: try again later."
    else:
        said = "look at the settings of the source, and whether its address is that of the API."
    return PartialError("source_failed", f"{host} answered with status {status}.", hint=said)
