"""`source test` says in one sentence what is wrong with the other end and what to do, however that end fails: real servers, each failing in its way."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lohko import outgoing
from lohko.outgoing import Limits
from lohko.steps import sources as asking
from lohko.steps.sources import source_add, source_test
from lohko.steps.work import Work, silent
from sources.conftest import SYSTEMS
from sources.local_server import Told, serving
from sources.playing import KEY

SECRET = "customer@example.com"
ANSWERS: dict[str, tuple[Told, str]] = {
    "no such key": ((401, {}, b"{}"), "source_unauthorised"),
    "no right to it": ((403, {}, b"{}"), "source_forbidden"),
    "nothing there": ((404, {}, b"{}"), "source_not_found"),
    "too often": ((429, {"retry-after": "3600"}, b"{}"), "source_busy"),
    "a fault of theirs": ((500, {}, SECRET.encode()), "source_failed"),
    "being mended": ((503, {}, b""), "source_failed"),
    "no such method": ((405, {}, b""), "source_failed"),
    "elsewhere": ((302, {"location": "https://example.com/"}, b""), "source_redirected"),
    "a page": ((200, {"content-type": "text/html"}, f"<html>{SECRET}".encode()), "source_answer"),
    "nothing": ((200, {}, b""), "source_answer"),
    "half of it": ((200, {}, b'{"data": [{"id": '), "source_answer"),
    "not even text": ((200, {}, b"\xff\xfe\x00"), "source_answer"),
    "badly packed": ((200, {"content-encoding": "gzip"}, b"not packed"), "source_unreachable"),
}
"""What a system's API may answer, and what that is called."""
ODD = [
    b"null",
    b"5",
    b"[]",
    b"{}",
    b'"text"',
    b'{"data": 5, "errors": 7}',
    b'[{"customer": null}]',
    b'{"data": {"shop": null}, "count": "x"}',
]
"""JSON that is none of what was asked for: it may be taken for an empty list, and is never a crash."""


def asked(work: Work, name: str) -> dict[str, Any]:
    (found,) = source_test(work, silent, name=name)["tested"]
    return found


def clear(found: dict[str, Any], code: str | None = None) -> None:
    """One sentence, what to do, and nothing of what the other end said."""
    assert not found["ok"], found
    error = found["error"]
    assert code is None or error["code"] == code, error
    assert error["message"].endswith(".") and error["hint"], error
    assert SECRET not in str(error) and KEY not in str(error)


@pytest.mark.parametrize("kind", SYSTEMS, ids=lambda system: system.kind)
def test_whatever_an_api_answers_is_said_clearly(kind, work: Work, monkeypatch) -> None:
    system = kind()
    with serving(system.answer) as server:
        monkeypatch.setenv("LOHKO_INTERNAL_HOSTS", server.host)
        source_add(work, silent, name="it", kind=system.kind, settings=system.settings(server))
        assert asked(work, "it")["ok"]
        for answer, code in ANSWERS.values():
            server.wrong[:] = [answer] * 2
            clear(asked(work, "it"), code)
        for body in ODD:
            server.wrong[:] = [(200, {}, body)] * 2
            found = asked(work, "it")
            assert found["ok"] or clear(found) is None
        server.wrong.clear()
        assert asked(work, "it")["ok"]


def _certificate(folder: Path) -> Path:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, at, at + dt.timedelta(days=3650))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    path = folder / "own.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    return path


@contextmanager
def listening(do: Callable[[socket.socket], None] | None) -> Iterator[int]:
    """A port at which `do` is done with every connection; where nobody listens when it is None."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if do is None:
            server.close()
            yield port
            return

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                try:
                    do(connection)
                except OSError:
                    continue

        threading.Thread(target=serve, daemon=True).start()
        yield port


def _garbage(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n" + b"\0" * 64)
    connection.close()


def _hang_up(connection: socket.socket) -> None:
    connection.close()


def _short(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
    connection.close()


_held: list[socket.socket] = []


def test_what_is_wrong_below_the_api_is_said_clearly(work: Work, tmp_path: Path, monkeypatch) -> None:
    """Nobody there, another protocol, hanging up, half an answer, silence, no TLS, and a certificate of one's own making."""
    monkeypatch.setattr(asking, "_ASKED_ONCE", Limits(seconds=0.5, attempts=2))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(tmp_path))

    def encrypted(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True):
            pass

    wrong: list[tuple[str, Callable[[socket.socket], None] | None, str]] = [
        ("http", None, "source_unreachable"),
        ("http", _garbage, "source_unreachable"),
        ("http", _hang_up, "source_unreachable"),
        ("http", _short, "source_unreachable"),
        ("http", _held.append, "source_slow"),
        ("https", _garbage, "source_no_tls"),
        ("https", encrypted, "source_certificate"),
    ]
    for number, (scheme, do, code) in enumerate(wrong):
        with listening(do) as port:
            monkeypatch.setenv("LOHKO_INTERNAL_HOSTS", f"127.0.0.1:{port}")
            settings = {"key": "env:PLAYED_KEY", "address": f"{scheme}://127.0.0.1:{port}"}
            source_add(work, silent, name=f"it{number}", kind="brevo", settings=settings)
            clear(asked(work, f"it{number}"), code)
            source_add(
                work,
                silent,
                name=f"file{number}",
                kind="address",
                settings={"address": f"{scheme}://127.0.0.1:{port}/x.csv", "as": "customers"},
            )
            clear(asked(work, f"file{number}"), code)
    for connection in _held:
        connection.close()


def test_an_authority_of_ones_own_network_is_named_in_the_environment(work: Work, tmp_path: Path, monkeypatch) -> None:
    context, path = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), _certificate(tmp_path)
    context.load_cert_chain(path)

    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as found:
            found.recv(4096)
            found.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 18\r\n\r\ncustomer_id,city\n1")

    with listening(answer) as port:
        monkeypatch.setenv("LOHKO_INTERNAL_HOSTS", f"127.0.0.1:{port}")
        source_add(work, silent, name="own", kind="address", settings={"address": f"https://127.0.0.1:{port}/x.csv", "as": "customers"})
        monkeypatch.setattr(outgoing, "_trust", outgoing._trust.__wrapped__)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
        clear(asked(work, "own"), "bad_authorities")
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        assert asked(work, "own")["found"] == "18 bytes"


def test_databases_and_folders_that_are_not_there_are_said_clearly(work: Work, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "text.sqlite").write_text("this is no database", encoding="utf-8")
    for number, path in enumerate(("text.sqlite", "none.sqlite")):
        settings = {"file": str(tmp_path / path), "table": "customers", "as": "customers"}
        source_add(work, silent, name=f"lite{number}", kind="sqlite", settings=settings)
        clear(asked(work, f"lite{number}"))
    source_add(work, silent, name="folder", kind="folder", settings={"path": str(tmp_path / "nowhere"), "as": "customers"})
    clear(asked(work, "folder"))
    for kind in ("postgres", "mysql"):
        for number, do in enumerate((None, _garbage, _hang_up)):
            with listening(do) as port:
                monkeypatch.setenv("LOHKO_INTERNAL_HOSTS", f"127.0.0.1:{port}")
                settings = {
                    "host": "127.0.0.1", "port": str(port), "database": "shop", "user": "u", "password": "env:PLAYED_KEY", "table": "customers", "as": "customers",
                }  # fmt: skip
                source_add(work, silent, name=f"{kind}{number}", kind=kind, settings=settings)
                clear(asked(work, f"{kind}{number}"))
