"""The one way out: what it refuses, what it asks again, and what it never lets in."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.base.errors import InputError, LohkoError, PartialError
from lohko.outgoing import Limits, Outgoing, retry_after
from lohko.reachable import connect, refusal
from sources.local_server import serving, told

PUBLIC = "93.184.215.14"


class Names:
    """A name server of the test's own: each name's answers, one after the other, the last one for ever."""

    def __init__(self, **answers: list[str]) -> None:
        self.answers, self.asked = answers, 0

    def __call__(self, host, port, **_kind):
        self.asked += 1
        try:
            found = [str(ipaddress.ip_address(host.strip("[]")))]
        except ValueError:
            known = self.answers.get(host.rstrip(".").split(".")[0].replace("-", "_"))
            if known is None:
                return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM) if _numeral(host) else _no_name()
            found = [known.pop(0) if len(known) > 1 else known[0]]
        return [(0, 0, 0, "", (text, port)) for text in found]


def _numeral(host: str) -> bool:
    return all(part.isdecimal() or part.lower().startswith("0x") for part in host.split("."))


def _no_name():
    raise socket.gaierror("no such name")


LOOPBACK = [
    "https://127.0.0.1/", "https://127.0.0.1:8443/", "https://127.1/", "https://127.0.1/", "https://2130706433/", "https://017700000001/",
    "https://0177.0.0.1/", "https://0x7f.0.0.1/", "https://0x7f000001/", "https://0x7f.1/", "https://0X7F.0X0.0X0.0X1/", "https://0/",
    "https://0.0.0.0/", "https://00.0.0.0/", "https://127.0.0.1./", "https://127.000.000.001/", "https://127.255.255.254/", "https://localhost/",
    "https://LOCALHOST/", "https://localhost./", "https://localhost.localdomain/", "https://[::1]/", "https://[0:0:0:0:0:0:0:1]/",
    "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/", "https://[0::1]/",
    "https://[64:ff9b::7f00:1]/", "https://[64:ff9b::127.0.0.1]/", "https://[2002:7f00:1::]/", "https://[2001:0:7f00:1::]/",
    "https://[::ffff:0:127.0.0.1]/", "https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/", "https://ｌocalhost/", "https://%31%32%37.0.0.1/",
    "https://127.0.0.1%00.example.com/", "https://127.0.0.1%2f@example.com/", "https://127.0.0.1.nip.io/", "https://7f000001.nip.io/",
    "https://localtest.me/", "https://lvh.me/", "https://spoofed.burpcollaborator.net/",
]  # fmt: skip
INSIDE = [
    "https://10.0.0.1/", "https://10.255.255.255/", "https://172.16.0.1/", "https://172.31.255.255/", "https://192.168.1.1/", "https://100.64.0.1/",
    "https://192.0.0.8/", "https://192.0.2.1/", "https://198.18.0.1/", "https://198.51.100.7/", "https://203.0.113.7/", "https://240.0.0.1/",
    "https://255.255.255.255/", "https://224.0.0.1/", "https://[fc00::1]/", "https://[fd12:3456::1]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/",
    "https://[fec0::1]/", "https://[ff02::1]/", "https://[2001:db8::1]/", "https://[100::1]/", "https://[64:ff9b::10.0.0.1]/",
    "https://[64:ff9b:1::1]/", "https://[2002:0a00:0001::1]/", "https://[::ffff:10.0.0.1]/", "https://[::ffff:c0a8:101]/", "https://167772161/",
    "https://0xa.0.0.1/", "https://012.0.0.1/", "https://3232235777/", "https://0xc0a80101/", "https://192.168.257/", "https://10.1/",
    "https://inside.example.com/", "https://mixed.example.com/",
]  # fmt: skip
METADATA = [
    "https://169.254.169.254/latest/meta-data/", "https://169.254.170.2/", "https://[fd00:ec2::254]/", "https://100.100.100.200/", "https://168.63.129.16/",
    "https://192.0.0.192/", "https://2852039166/", "https://0xa9fea9fe/", "https://0xa9.0xfe.0xa9.0xfe/", "https://025177524776/", "https://169.254.43518/",
    "https://[::ffff:169.254.169.254]/", "https://[::ffff:a9fe:a9fe]/", "https://[64:ff9b::a9fe:a9fe]/", "https://metadata.google.internal/",
    "https://169.254.169.254.nip.io/", "https://instance-data/",
]  # fmt: skip
ODD = [
    "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "dict://example.com:11211/", "data:text/plain,x",
    "ldap://example.com/", "jar:https://example.com!/", "//example.com/", "example.com", "", "https://", "https:///path", "https://:443/", "https:example.com",
    "https://user:pa55@example.com/", "https://example.com@127.0.0.1/", "https://127.0.0.1@example.com/", "https://example.com:80@127.0.0.1/",
    "https://example.com\\@127.0.0.1/", "https://example.com#@127.0.0.1\\", "https://example.com:22/", "https://example.com:6379/", "https://example.com:5432/",
    "https://example.com:0/", "https://example.com:99999/", "https://example.com:-1/", "https://example.com:443x/", "https://exa mple.com/",
    "https://example.com/\r\nHost: 127.0.0.1", "https://example.com\t/", "https://example.com\x00.evil/", " https://example.com/", "https://example..com/",
    "https://-example.com/", "https://.example.com/", "https://[::1/", "https://[::1]]/", "https://[v1.x]/", "https://[1.2.3.4]/", "https://exämple.com/",
    "https://example.com\u2028/", "https://ex\u200bample.com/", "https://<script>/", "https://1.2.3.4.5/", "https://1.2.3/", "https://256.256.256.256/",
    "https://4294967296/", "https://0x1ffffffff/", "https://" + "a" * 300 + ".com/",
]  # fmt: skip
TRICKS = LOOPBACK + INSIDE + METADATA + ODD

NAMES = {
    **{name: ["127.0.0.1"] for name in ("localhost", "127", "7f000001", "localtest", "lvh", "spoofed", "LOCALHOST")},
    "inside": ["10.1.2.3"],
    "mixed": ["192.168.0.9"],
    "metadata": ["169.254.169.254"],
    "instance_data": ["169.254.169.254"],
    "169": ["169.254.169.254"],
    "example": [PUBLIC],
}


class Refused(Exception):
    pass


@pytest.fixture
def no_connections(monkeypatch):
    """Any attempt to connect is noted; what threads of other tests still do is none of it."""
    tried, mine, real = [], threading.current_thread(), socket.create_connection

    def never(address, *arguments, **named):
        if threading.current_thread() is not mine:
            return real(address, *arguments, **named)
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", never)
    return tried


def test_there_are_more_than_a_hundred_tricks():
    assert len(TRICKS) == len(set(TRICKS)) >= 120


@pytest.mark.parametrize("url", TRICKS, ids=lambda url: ascii(url)[:60])
def test_a_tricky_address_is_refused_before_anything_is_sent(url, no_connections):
    """Loopback, inside and metadata addresses in every spelling, and what is no plain https address."""
    with Outgoing((), resolve=Names(**{k: list(v) for k, v in NAMES.items()})) as out, pytest.raises(LohkoError) as caught:
        out.ask(url)
    assert caught.value.code in ("address_refused", "source_unreachable")
    assert caught.value.code == "address_refused" or url in ODD
    assert no_connections == []
    assert "pa55" not in str(caught.value)


def test_a_name_with_one_good_and_one_bad_address_is_refused(no_connections):
    def both(_host, port, **_kind):
        return [(0, 0, 0, "", (PUBLIC, port)), (0, 0, 0, "", ("10.0.0.1", port))]

    with Outgoing((), resolve=both) as out, pytest.raises(InputError):
        out.ask("https://example.com/")
    assert no_connections == []


def test_a_name_that_changes_its_address_is_judged_each_time_and_connected_as_judged(monkeypatch):
    """The name answers with a public address first and with loopback ever after: the first is connected to, the second refused."""
    tried = []

    def note(address, *_arguments, **_named):
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", note)
    names = Names(rebinding=[PUBLIC, "127.0.0.1"])
    with Outgoing((), resolve=names, wait=lambda _s: None) as out, pytest.raises(InputError, match="inside a network"):
        out.ask("https://rebinding.example/")
    assert tried == [PUBLIC] and names.asked == 2


def test_link_local_and_metadata_stay_refused_for_named_hosts_too():
    for host in ("169.254.169.254", "168.63.129.16", "0.0.0.0"):
        with pytest.raises(InputError):
            connect(host, 80, {host})


@given(st.integers(0, 2**32 - 1))
def test_every_address_that_python_calls_private_is_refused_also_when_it_is_wrapped(number):
    """Whatever `ipaddress` says is not of the open net is refused, plainly and inside an IPv6 address."""
    plain = ipaddress.IPv4Address(number)
    if not plain.is_global or plain.is_multicast:
        assert refusal(plain, inside=False)
        assert refusal(ipaddress.IPv6Address(f"64:ff9b::{plain}"), inside=False)
    assert refusal(ipaddress.IPv6Address(f"::ffff:{plain}"), inside=False)
    assert refusal(ipaddress.IPv6Address((0x2002 << 112) | (number << 80)), inside=False)


def quick(server, **limits) -> Outgoing:
    waited: list[float] = []
    out = Outgoing({server.host}, limits=Limits(**limits), wait=waited.append)
    out.waited = waited
    return out


def test_a_host_of_ones_own_is_asked_when_it_is_named():
    with serving(lambda asked: told({"path": asked.path, "q": asked.query})) as server:
        with quick(server) as out:
            assert out.ask(f"{server.url}/a", params={"b": "ä"}).json() == {"path": "/a", "q": {"b": "ä"}}
        with Outgoing(()) as out, pytest.raises(InputError):
            out.ask(f"{server.url}/a")
        with Outgoing({f"127.0.0.1:{server.port + 1}"}) as out, pytest.raises(InputError):
            out.ask(f"{server.url}/a")
    assert len(server.asked) == 1


def test_a_redirect_is_not_followed():
    with (
        serving(lambda asked: (302, {"location": "http://169.254.169.254/"}, b"")) as server,
        quick(server) as out,
        pytest.raises(PartialError) as caught,
    ):
        out.ask(f"{server.url}/a")
    assert caught.value.code == "source_redirected" and len(server.asked) == 1


def test_refused_for_now_is_asked_again_as_late_as_the_server_says():
    with serving(lambda asked: told("well")) as server, quick(server) as out:
        server.wrong += [told({}, 429, retry_after="7"), told({}, 503), (500, {}, b"")]
        assert out.ask(f"{server.url}/a").json() == "well"
        assert out.waited[0] == 7.0 and 1.0 <= out.waited[1] <= 2.0 and 2.0 <= out.waited[2] <= 4.0


def test_too_long_a_wait_ends_the_sync_instead():
    with serving(lambda asked: told({}, 429, retry_after="3600")) as server, quick(server) as out:
        with pytest.raises(PartialError) as caught:
            out.ask(f"{server.url}/a")
        assert caught.value.code == "source_busy" and out.waited == [] and len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "code"), [(401, "source_unauthorised"), (403, "source_forbidden"), (404, "source_not_found"), (422, "source_failed")]
)
def test_a_final_refusal_is_not_asked_again(status, code):
    with (
        serving(lambda asked: told({"message": "anna@example.fi"}, status)) as server,
        quick(server) as out,
        pytest.raises(LohkoError) as caught,
    ):
        out.ask(f"{server.url}/a", params={"email": "anna@example.fi"})
    assert caught.value.code == code and len(server.asked) == 1
    assert "anna" not in str(caught.value)


def test_a_bomb_is_cut_off():
    bomb = gzip.compress(b"0" * (8 << 20))
    with (
        serving(lambda asked: (200, {"content-encoding": "gzip"}, bomb)) as server,
        quick(server, bytes=1 << 20) as out,
        pytest.raises(PartialError) as caught,
    ):
        out.ask(f"{server.url}/a")
    assert caught.value.code == "source_too_large"


def test_a_server_that_drips_is_left(monkeypatch):
    """One byte now and then keeps no exchange open longer than its limit."""
    door = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip():
        while True:
            try:
                line, _ = door.accept()
            except OSError:
                return
            try:
                for sign in b"HTTP/1.1 200 OK\r\nx-a: " + b"a" * 1000:
                    line.sendall(bytes([sign]))
                    if over.wait(0.05):
                        break
            except OSError:
                pass
            line.close()

    threading.Thread(target=drip, daemon=True).start()
    port = door.getsockname()[1]
    began = time.monotonic()
    with Outgoing({f"127.0.0.1:{port}"}, limits=Limits(seconds=0.4, attempts=1)) as out, pytest.raises(PartialError) as caught:
        out.ask(f"http://127.0.0.1:{port}/")
    over.set()
    door.close()
    assert caught.value.code == "source_slow" and time.monotonic() - began < 20


def test_what_is_not_json_is_said_to_be_so():
    with serving(lambda asked: (200, {}, b"<html>")) as server, quick(server) as out, pytest.raises(PartialError) as caught:
        out.ask(f"{server.url}/a").json()
    assert caught.value.code == "source_answer"


def test_retry_after_is_seconds_or_a_date():
    assert retry_after({"retry-after": "2.5"}) == 2.5
    assert retry_after({}) is None and retry_after({"retry-after": "soon"}) is None
    assert retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0
    assert retry_after({"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"}) > 1e6


def test_a_large_file_comes_in_pieces():
    with serving(lambda asked: (200, {"etag": '"1"'}, b"x" * 300_000)) as server, quick(server) as out:
        with out.reading(f"{server.url}/file") as (headers, pieces):
            sizes = [len(piece) for piece in pieces]
        assert headers["etag"] == '"1"' and sum(sizes) == 300_000 and max(sizes) <= 1 << 16
        with pytest.raises(PartialError), out.reading(f"{server.url}/file", limit=1000) as (_headers, pieces):
            list(pieces)
