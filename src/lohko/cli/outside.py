"""Where `lohko serve` can be reached from: this machine alone, or others too, and what has to be true before that."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from lohko.base.errors import InputError

_HOW = """To put TLS before it, let a proxy on this machine answer for it, and name the proxy:
  lohko serve --name lohko.example.fi --proxy 127.0.0.1
with, for example, Caddy:  caddy reverse-proxy --from lohko.example.fi --to 127.0.0.1:8000
or give it a certificate:  --tls-certificate cert.pem --tls-key key.pem"""


@dataclass(frozen=True)
class Place:
    """An address to answer at, and what stands before it."""

    host: str
    names: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    under: str = ""
    certificate: Path | None = None
    key: Path | None = None

    @property
    def outside(self) -> bool:
        """Whether others than this machine can reach it: a proxy on this machine brings them too."""
        return not is_loopback(self.host) or bool(self.names or self.proxies)

    @property
    def path(self) -> str:
        """The path under which a proxy has it; "" for none."""
        from lohko.web.proxied import check_root

        return check_root(self.under)

    @property
    def hosts(self) -> frozenset[str]:
        """The names that it answers to: what else a browser believes it to be called is somebody's trick."""
        from lohko.web.security import LOOPBACK

        own = set() if self.host in ("0.0.0.0", "::") else {self.host.casefold()}  # noqa: S104 - looked for, not bound
        return LOOPBACK | own | {name.casefold() for name in self.names}

    def check(self, workspace: Path) -> None:
        """InputError when it must not be served so: without an admin, a certificate without its key, a proxy that is no address."""
        self.path  # noqa: B018 - refuses a path that is none
        for proxy in self.proxies:
            try:
                ipaddress.ip_network(proxy)
            except ValueError:
                raise InputError("bad_proxy", f"{proxy!r} is no address of a proxy.", place="--proxy", hint="such as 127.0.0.1.") from None
        if (self.certificate is None) != (self.key is None):
            raise InputError("half_tls", "A certificate and its key are given together.", hint="--tls-certificate FILE --tls-key FILE.")
        for file in (self.certificate, self.key):
            if file is not None and not file.is_file():
                raise InputError("no_file", "There is no such file.", place=str(file))
        if self.outside and not _has_admin(workspace):
            raise InputError(
                "no_admin",
                "Others could reach this, and nobody has to sign in yet: whoever came would see every customer.",
                place=" ".join(
                    [f"--host {self.host}", *(f"--name {name}" for name in self.names), *(f"--proxy {item}" for item in self.proxies)]
                ),
                hint=f"make an admin first: lohko user add YOU@EXAMPLE.FI --role admin\n{_HOW}",
            )

    def address(self, host: str, port: int) -> str:
        """Where a browser finds it."""
        if self.names and self.proxies:
            return f"https://{self.names[0]}{self.path}/"
        scheme = "http" if self.certificate is None else "https"
        name = self.names[0] if self.names else f"[{host}]" if ":" in host else host
        return f"{scheme}://{name}:{port}{self.path}/"

    def warn(self) -> None:
        """Say when passwords would go over the net in clear."""
        if self.outside and self.certificate is None and not self.proxies:
            typer.echo(f"Note: there is no TLS before it, so passwords and customers go over the net in clear.\n{_HOW}", err=True)

    def for_server(self) -> dict[str, Any]:
        """What the server has to know: whose forwarded headers it believes, and its certificate."""
        found: dict[str, Any] = {"proxy_headers": bool(self.proxies), "forwarded_allow_ips": list(self.proxies)}
        if self.certificate is not None:
            found |= {"ssl_certfile": str(self.certificate), "ssl_keyfile": str(self.key)}
        return found


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0"), is_loopback("lohko.example.fi")
    (True, True, False, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _has_admin(workspace: Path) -> bool:
    """Whether somebody can sign in and let others in; also while another process has the workspace."""
    from lohko.state.users import admins
    from lohko.state.workspace import Folder, open_workspace

    if not Folder(workspace).state.is_file():
        return False
    _, state, _ = open_workspace(workspace)
    try:
        with state.connect() as connection:
            return admins(connection) > 0
    finally:
        state.dispose()
