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
import ipaddress
import json
import logging
import os
import random
import re
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import httpx2

from lohko import __version__
from lohko.base.clock import now
from lohko.base.errors import InputError, LohkoError, PartialError

# They would write whole addresses into the log, and those may hold a customer's data.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[..., Iterable[tuple[Any, ...]]]
"""`socket.getaddrinfo`, or what tests put in its place."""

_NETWORKS_NEVER = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "168.63.129.16/32",
        "100.100.100.200/32",
        "192.0.0.192/32",
        "224.0.0.0/4",
        "255.255.255.255/32",
        "::/128",
        "fe80::/10",
        "fd00:ec2::/32",
        "ff00::/8",
    )
)
"""Never a place to ask, not even when an inside host says so: link-local, clouds' own services, everybody."""
_NETWORKS_INSIDE = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
        "::1/128", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fec0::/10",
    )
)  # fmt: skip
"""What is no address of the open net, or hides another one in itself."""
_MAPPED = (ipaddress.IPv6Network("::ffff:0:0/96"), ipaddress.IPv6Network("::/96"), ipaddress.IPv6Network("64:ff9b::/96"))
_NUMERAL = re.compile(r"(0[xX][0-9a-fA-F]*|\d+)(\.(0[xX][0-9a-fA-F]*|\d+))*\.?")
_NAME = re.compile(r"(?=.{1,253}\.?$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?)*\.?")
_PORTS = frozenset({443, 8443})


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
            raise PartialError("source_answer", f"{self.host} answered with something that is not JSON.") from error


def inside_hosts() -> frozenset[str]:
    """The hosts of one's own network that may be asked: LOHKO_INTERNAL_HOSTS, each a `host` or `host:port`."""
    return frozenset(item.strip().casefold() for item in os.environ.get("LOHKO_INTERNAL_HOSTS", "").split(",") if item.strip())


def refusal(address: Address, *, inside: bool) -> str | None:
    """Why an address is not connected to; None when it may be. `inside` is whether its host was named as one's own."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return "an address of this link"
        if any(address in network for network in _MAPPED) and address != ipaddress.IPv6Address("::1"):
            if address not in _MAPPED[2]:
                return "an address that hides another one"
            return refusal(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF), inside=inside)
    if any(address in network for network in _NETWORKS_NEVER if network.version == address.version):
        return "an address that is never asked"
    if inside:
        return None
    inner = any(address in network for network in _NETWORKS_INSIDE if network.version == address.version)
    if inner or not address.is_global or address.is_reserved or address.is_multicast:
        return "an address inside a network"
    return None


def named_inside(host: str, port: int, inside: Collection[str]) -> bool:
    """Whether a host was named as one's own, with this port or with none."""
    plain = host.rstrip(".").casefold()
    return bool({plain, f"{plain}:{port}", f"[{plain}]:{port}"} & set(inside))


def judged(host: str, port: int, inside: Collection[str], resolve: Resolve = socket.getaddrinfo) -> list[Address]:
    """The addresses of a host, all of which may be connected to; InputError when one may not, PartialError when there is none."""
    check_host(host)
    own = named_inside(host, port, inside)
    try:
        found = {str(item[4][0]) for item in resolve(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise PartialError("source_unreachable", f"The name {host} has no address.", hint="look at its spelling.") from error
    addresses = [ipaddress.ip_address(text) for text in sorted(found)]
    for address in addresses:
        if (why := refusal(address, inside=own)) is not None:
            hint = "name it in LOHKO_INTERNAL_HOSTS if it is a host of your own." if "inside" in why else None
            raise refused(f"{host} is {why}", hint)
    if not addresses:
        raise PartialError("source_unreachable", f"The name {host} has no address.")
    return sorted(addresses, key=lambda item: item.version)


def connect(
    host: str, port: int, inside: Collection[str], timeout: float | None = 20.0, resolve: Resolve = socket.getaddrinfo
) -> socket.socket:
    """A connection to a judged address of a host; for what is not HTTP, such as databases."""
    failed: OSError | None = None
    for address in judged(host, port, inside, resolve):
        try:
            return socket.create_connection((str(address), port), timeout)
        except OSError as error:
            failed = error
    raise PartialError("source_unreachable", f"{host} does not answer on port {port}.") from failed


def refused(what: str, hint: str | None = None) -> InputError:
    """That an address is not asked."""
    return InputError("address_refused", f"{what}, so nothing was sent.", hint=hint)


def check_host(host: str) -> None:
    """InputError when a host is no plain name and no plain address."""
    if ":" in host or (host.startswith("[") and host.endswith("]")):
        try:
            ipaddress.IPv6Address(host.strip("[]"))
        except ValueError as error:
            raise refused("The host is no name and no address") from error
        return
    if _NUMERAL.fullmatch(host):
        try:
            ipaddress.IPv4Address(host)
        except ValueError as error:
            raise refused("The address is written in an odd way", "write it as four numbers, such as 192.0.2.10.") from error
        return
    if not host.isascii():
        raise refused("The host has letters that no name on the net has", "write the name as its xn-- form.")
    if not _NAME.fullmatch(host):
        raise refused("The host is no name and no address")


def check_url(url: str, inside: Collection[str]) -> tuple[str, int]:
    """The host and port of an address that may be asked, as far as its letters tell; InputError for any other."""
    if any(sign <= " " or sign in '\\<>"^`{|}' or sign == "\x7f" for sign in url) or not url.isprintable():
        raise refused("The address has signs that no address has")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname or ""
        asked = httpx2.URL(url)
    except (ValueError, httpx2.InvalidURL) as error:
        raise refused("The address cannot be read") from error
    if "@" in parts.netloc:
        raise refused("The address holds a user name", "secrets have settings of their own.")
    if parts.scheme not in ("https", "http") or not host or "%" in parts.netloc:
        raise refused("The address is none of https://", "write it as https://host/path.")
    if (asked.host, asked.port) != (host, port if port != {"https": 443, "http": 80}[parts.scheme] else None):
        raise refused("The address can be read in two ways")
    check_host(host)
    port = port if port is not None else 443 if parts.scheme == "https" else 80
    if named_inside(host, port, inside):
        return host, port
    if parts.scheme != "https":
        raise refused("The address is not encrypted", "use https://.")
    if port not in _PORTS:
        raise refused(f"Port {port} is none of those that are asked", "443 or 8443; hosts of your own may have any.")
    return host, port


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
    """The certificates that are trusted; reading them takes longer than an exchange."""
    return httpx2.create_ssl_context(trust_env=False)


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
        auth: tuple[str, str] | None = None,
        also: Collection[int] = (),
    ) -> Answer:
        """The answer to a request, which is JSON when it has a body; asked again when it is refused for now.

        A status from 400 on is an error that says what to do, unless `also` holds it.
        """
        host, _ = check_url(url, self.inside)
        request = self._client.build_request(method, url, params=params, headers=headers, json=body)
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
                pause = retry_after(answer.headers)
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
    """How many seconds a server asks to be left alone, from its Retry-After header; None without one."""
    given = headers.get("retry-after", "").strip()
    with suppress(ValueError):
        return max(0.0, float(given))
    with suppress(ValueError, TypeError):
        return max(0.0, (parsedate_to_datetime(given) - now()).total_seconds())
    return None


def _failure(host: str, error: Exception) -> PartialError:
    if isinstance(error, (httpcore2.TimeoutException, httpx2.TimeoutException)):
        return PartialError("source_slow", f"{host} took too long to answer.")
    if "CERTIFICATE" in str(error).upper():
        return PartialError("source_certificate", f"The certificate of {host} is not one that can be trusted.")
    return PartialError("source_unreachable", f"{host} does not answer.")


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
    return PartialError("source_failed", f"{host} answered with status {status}.")
