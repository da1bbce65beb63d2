"""While one process has the workspace open, the command line asks it and prints the same."""

from __future__ import annotations

import json
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lohko import remote
from lohko.base.errors import InputError, StoreError
from lohko.state.workspace import Folder, Settings, create
from lohko.steps.work import silent
from lohko.wiring import open_work
from ready import commands

LINES = "customer_id,order_id,ordered_at,total\nann,1,2026-01-05,50\nbo,2,2026-03-01,20\nbo,3,never,20\n"
COMMANDS = (
    ("status", "--json"),
    ("count", "did order at least 1 times", "--as-of", "2026-04-01", "--json"),
    ("rfm", "--as-of", "2026-04-01", "--format", "csv"),
    ("rejected", "--format", "csv"),
    ("segments", "--as-of", "2026-04-01", "--json"),
    ("explain", "buyers", "ann", "--as-of", "2026-04-01"),
    ("count", "did ordr"),
    ("members", "nobody"),
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    # A path far longer than a Unix socket's address may be.
    folder = tmp_path / ("deep" * 20) / ("folder" * 8)
    folder.parent.mkdir()
    create(folder, Settings("Europe/Helsinki", "EUR", "FI"))
    return folder


@pytest.fixture(scope="module", autouse=True)
def typed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """`lohko` as it is typed: a process of its own."""
    with commands(tmp_path_factory.mktemp("typed")) as found, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(found), prepend=":")
        yield


def lohko(shop: Path, *arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(["lohko", *arguments, "--workspace", str(shop)], capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def load(shop: Path) -> tuple[int, str, str]:
    file, rules = shop.parent / "orders.csv", shop.parent / "s.yaml"
    file.write_text(LINES)
    rules.write_text("id: buyers\nwhere: did order\n")
    found = lohko(shop, "import", str(file), "--as", "orders", "--json")
    assert lohko(shop, "apply", str(rules))[0] == 0
    return found


def test_commands_say_the_same_directly_and_through_the_socket(shop):
    """Output, errors and exit status are equal byte for byte, whoever does the work; a file goes through as a stream."""
    load(shop)
    directly = [lohko(shop, *command) for command in COMMANDS]
    with open_work(shop, silent) as work, remote.answering(work):
        through = [lohko(shop, *command) for command in COMMANDS]
        assert json.loads(load(shop)[1])["already_imported"] is True
        (shop.parent / "more.csv").write_text(LINES.replace("ann", "cy").replace(",1,", ",9,"))
        found = json.loads(lohko(shop, "import", str(shop.parent / "more.csv"), "--as", "orders", "--json")[1])
        assert (found["received"], found["accepted"], found["duplicate"], found["rejected"]) == (3, 1, 1, 1)
    assert through == directly
    assert [status for status, _, _ in directly] == [0, 0, 0, 0, 0, 0, 2, 2]


def test_only_the_owner_can_open_the_socket_and_it_goes_with_the_process(shop):
    """Mode 0600 in a folder of mode 0700; afterwards it is gone, and one left by a killed process is in nobody's way."""
    place = Folder(shop).socket
    with open_work(shop, silent) as work:
        place.write_text("left over")
        with remote.answering(work):
            assert stat.S_ISSOCK(place.stat().st_mode) and stat.S_IMODE(place.stat().st_mode) == 0o600
            assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert not place.exists()


def test_another_version_is_refused_with_exit_status_3(shop, monkeypatch):
    """Two versions never work on one store: the command says which one has it open."""
    with open_work(shop, silent) as work, remote.answering(work):
        monkeypatch.setattr(remote, "__version__", "0.0.1")
        line = remote._connect(Folder(shop))
        assert line is not None
        with line:
            remote._say(line, {"version": "9.9", "step": "status", "arguments": {}, "stream_bytes": None})
            answer = json.loads(line.makefile().readline())
    assert answer["error"]["code"] == "other_version" and answer["error"]["exit_status"] == 3


@pytest.mark.parametrize("sent", [b"", b"no json\n", b'{"version": "x"}\n', b"[1]\n", b"\xff\xfe\n"])
def test_nonsense_on_the_socket_is_answered_and_harms_nothing(shop, sent):
    """Whatever is sent, the process goes on answering."""
    with open_work(shop, silent) as work, remote.answering(work):
        line = remote._connect(Folder(shop))
        assert line is not None
        with line:
            line.sendall(sent)
            line.shutdown(socket.SHUT_WR)
            assert "error" in json.loads(line.makefile().readline())
        assert lohko(shop, "status", "--json")[0] == 0


def test_what_fails_is_in_the_log_and_whoever_only_looks_is_not(shop, monkeypatch, caplog):
    """Its kind and its place, where the one who asked is told to look."""
    monkeypatch.setattr(remote, "run", lambda *_: int("maija@example.fi"))
    with open_work(shop, silent) as work, remote.answering(work):
        assert remote.is_open(shop)
        assert lohko(shop, "status")[0] == 3
    assert [record.getMessage().partition(" at ")[0] for record in caplog.records] == ["status failed: ValueError"]


def test_an_upload_that_is_cut_off_leaves_nothing(shop):
    """The asker goes away in the middle of a file: nothing of it is kept."""
    with open_work(shop, silent) as work, remote.answering(work):
        line = remote._connect(Folder(shop))
        assert line is not None
        with line:
            body = {"name": "x.csv", "kind": "orders"}
            remote._say(line, {"version": remote.__version__, "step": "ingest", "arguments": body, "stream_bytes": 1000})
            line.sendall(LINES.encode())
        assert json.loads(lohko(shop, "status", "--json")[1])["imports"] == []


def test_a_holder_that_does_not_answer_is_said_with_exit_status_3(shop, monkeypatch):
    """A workspace in use by a process without a socket: wait a little, then say so."""
    monkeypatch.setattr(remote, "_WAIT_SECONDS", 0.1)
    with open_work(shop, silent), pytest.raises(StoreError, match="using this workspace"):
        remote.call(shop, "status", {}, silent)


def test_errors_keep_their_class_through_the_socket(shop):
    """What a step refuses is refused the same way at the other end."""
    with open_work(shop, silent) as work, remote.answering(work), pytest.raises(InputError, match="No event") as caught:
        remote.call(shop, "count", {"condition": "did ordr"}, silent)
    assert caught.value.exit_status == 2
