"""Which machines may be asked: addresses of the open net, and hosts of one's own that were named.

A name is judged by all its addresses at the moment of connecting, and an address by
what it is, however it is written; what can be read in two ways is not asked at all.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from collections.abc import Callable, Collection, Iterable
from typing import Any
from urllib.parse import urlsplit

import httpx2

from lohko.base.errors import InputError, PartialError

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
    raise PartialError(
        "source_unreachable",
        f"{host} does not answer on port {port}.",
        hint="see that it runs there and lets this machine in, and that host and port are right.",
    ) from failed


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
