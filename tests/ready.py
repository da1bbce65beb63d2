"""Commands as they are typed in a shell, without the second that a Python takes to load Lohko for each: a process that has it loaded forks for every one.

The shell finds a `lohko` that hands its arguments, environment, folder and streams over to that process and ends as the fork ends.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import pkgutil
import select
import signal
import socket
import struct
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import lohko
import lohko.landing.parse
from parser_here import ask_here

_TYPED = """#!{python} -ISE
import json, os, socket, sys
door = socket.socket(socket.AF_UNIX)
door.connect({address!r})
said = json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]).encode()
socket.send_fds(door, [len(said).to_bytes(4, "big")], [0, 1, 2])
door.sendall(said)
sys.exit(int.from_bytes(door.recv(1) or bytes([70]), "big"))
"""
"""70 stands for a fork that died."""
_SMALL_SHOP = {
    "customers": "customer_id,email,first_name,city\n1,aino@example.fi,Aino,Turku\n",
    "orders": "customer_id,order_id,ordered_at,total\n1,a,2026-01-01,10\n",
    "order-lines": "customer_id,order_id,ordered_at,product_name,quantity,unit_price\n1,b,2026-01-02,Coat,1,10\n",
}


@contextlib.contextmanager
def commands(folder: Path) -> Iterator[Path]:
    """A folder for the front of PATH in which `lohko` is found."""
    found = folder / "bin"
    found.mkdir()
    address = str(folder / "door")
    typed = found / "lohko"
    typed.write_text(_TYPED.format(python=sys.executable, address=address), encoding="utf-8")
    typed.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        ready = _spawned(door.fileno())
        try:
            yield found
        finally:
            os.kill(ready, signal.SIGTERM)
            os.waitpid(ready, 0)


def _spawned(door: int) -> int:
    """The process that answers at the door: a new Python, for a fork of the tests' own would hold whatever they had open."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    os.set_inheritable(door, True)
    return os.posix_spawn(sys.executable, [sys.executable, "-m", "ready", str(door)], environment)


def _answer(door: socket.socket) -> None:
    """Fork for whoever comes, for ever."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever is done is forgotten
    while True:
        caller, _ = door.accept()
        if os.fork() == 0:
            door.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _attend(caller)
        caller.close()


def _attend(caller: socket.socket) -> None:
    """One command in a fork of its own; who hangs up ends it, as a shell's `kill` would."""
    length, streams, _, _ = socket.recv_fds(caller, 4, 3)
    said = b""
    while len(said) < struct.unpack(">I", length)[0]:
        said += caller.recv(65536)
    arguments, environment, folder = json.loads(said)
    child = os.fork()
    if child == 0:
        caller.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        _run(arguments, environment, folder)
    for stream in streams:
        os.close(stream)
    ended = os.pidfd_open(child)
    found, _, _ = select.select([ended, caller], [], [])
    if ended not in found:
        os.kill(child, signal.SIGTERM)
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(OSError):
        caller.send(bytes([max(0, os.waitstatus_to_exitcode(status)) & 255 if os.WIFEXITED(status) else 70]))
    os._exit(0)


def _run(arguments: list[str], environment: dict[str, str], folder: str) -> None:
    from lohko.cli.main import main

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["lohko", *arguments]
    status: object = 0
    try:
        main()
    except SystemExit as ended:
        status = ended.code
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else 0 if status is None else 1)


def _load_all() -> None:
    """Every module of Lohko whose libraries are there: steps are loaded only when they are called."""
    for module in pkgutil.walk_packages(lohko.__path__, "lohko."):
        if not module.name.endswith("__main__"):
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)


def _do_all_once() -> None:
    """A small shop, so that the grammars, templates and statements that are made at their first use are there in every fork."""
    from lohko.state.workspace import Settings, create
    from lohko.steps import read
    from lohko.steps.ingest import ingest
    from lohko.steps.refresh import refresh
    from lohko.steps.segments import apply
    from lohko.steps.work import silent
    from lohko.wiring import open_work

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "shop"
        create(place, Settings("Europe/Helsinki", "EUR", "FI"))
        with open_work(place, silent) as work:
            for kind, text in _SMALL_SHOP.items():
                ingest(work, silent, stream=io.BytesIO(text.encode()), name=f"{kind}.csv", kind=kind)
            apply(work, silent, files={"once.yaml": "id: once\nwhere: 'did order'\n"})
            refresh(work, silent)
            read.count(work, silent, condition='city is "Turku"')
    if (left := threading.active_count()) > 1:
        raise RuntimeError(f"{left} threads are left: a fork would wait for what they hold")


if __name__ == "__main__":
    _load_all()
    lohko.landing.parse._ask = ask_here  # its process has tests of its own
    _do_all_once()
    _answer(socket.socket(fileno=int(sys.argv[1])))
