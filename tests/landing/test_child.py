"""The parser is a child process that can hurt nobody: it has limits, no keys, no network, and ends with its parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lohko.base.errors import InputError
from lohko.landing import parse as parsing
from lohko.landing.request import Request


def request(tmp_path: Path, text: str = "customer_id,ordered_at,total\n1,2025-01-01,5\n") -> Request:
    """A request for a small file."""
    source, out = tmp_path / "file.csv", tmp_path / "out"
    source.write_text(text)
    out.mkdir(exist_ok=True)
    return Request(file=str(source), kind="orders", out=str(out))


def in_child(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process that has taken the parser's limits."""
    program = f"import duckdb, python_calamine\nfrom lohko.landing import child\n{code}"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60, env=parsing.environment()
    )


def test_the_child_knows_no_secrets(tmp_path, monkeypatch):
    """Nothing of this process's environment but where programs are and how texts are written reaches it."""
    monkeypatch.setenv("LOHKO_SECRET", "hush")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    assert "hush" not in parsing.environment().values()
    assert set(parsing.environment()) <= {
        "PATH",
        "LANG",
        "LD_LIBRARY_PATH",
        "SYSTEMROOT",
        "TMPDIR",
        "PYTHONPATH",
        "PYTHONDONTWRITEBYTECODE",
    }


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.socket().bind(('127.0.0.1', 0))",
        "import socket; socket.getaddrinfo('example.org', 80)",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
        "import os; os.execv('/bin/true', ['true'])",
        "import os; os.posix_spawn('/bin/true', ['true'], {})",
    ],
)
def test_the_child_may_reach_nothing_and_start_nothing(attempt):
    """Sockets and programs are refused once the limits are taken."""
    done = in_child(f"child.limit()\ntry:\n    {attempt}\nexcept PermissionError as e:\n    print('refused', e)")
    assert done.stdout.startswith("refused"), done.stderr


def test_the_childs_memory_time_and_files_are_bounded():
    """What is taken beyond the limits fails in the child."""
    memory = in_child(
        "child.MEMORY_BYTES = 1 << 30\nchild.limit()\ntry:\n    bytearray(2 << 30)\nexcept MemoryError:\n    print('refused')"
    )
    assert memory.stdout == "refused\n", memory.stderr
    cpu = in_child("child.CPU_SECONDS = 1\nchild.limit()\nwhile True: pass")
    assert cpu.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
    size = in_child(
        "import tempfile\nchild.FILE_BYTES = 1 << 20\nchild.limit()\n"
        "with tempfile.TemporaryFile() as f:\n    try:\n        f.write(b'x' * (2 << 20)); f.flush()\n    except OSError:\n        print('refused')\n        f.truncate = None\n"
    )
    assert "refused" in size.stdout or size.returncode == -signal.SIGXFSZ


def test_the_childs_engine_reads_the_file_and_its_folder_alone(tmp_path):
    """Not another file of this machine, and no other folder can be written."""
    asked = request(tmp_path)
    code = (
        "import json, sys\nfrom pathlib import Path\nfrom lohko.landing.request import Request\n"
        f"asked = Request(file={asked.file!r}, kind='orders', out={asked.out!r})\n"
        "c = child._engine(asked, Path(asked.out))\n"
        "print(c.execute('SELECT count(*) FROM read_csv(?)', [asked.file]).fetchall()[0][0])\n"
        "for sql in (\"SELECT * FROM read_text('/etc/passwd')\", \"COPY (SELECT 1) TO '/tmp/lohko-no.csv'\", \"ATTACH '/tmp/lohko-no.db'\", 'SET enable_external_access = true'):\n"
        "    try:\n        c.execute(sql); print('done', sql)\n    except Exception: print('refused')\n"
    )
    done = in_child(code)
    assert done.stdout.split() == ["1", "refused", "refused", "refused", "refused"], done.stderr


def slow_child(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let another program stand for the parser."""
    start = subprocess.Popen

    def popen(_arguments, **more):
        return start([sys.executable, "-c", code], **more)

    monkeypatch.setattr(parsing.subprocess, "Popen", popen)


def test_a_parser_that_dies_is_a_sentence(tmp_path, monkeypatch):
    """Killed at once, killed in the middle of a line, or ended by an error of its own."""
    for code in (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "import os, sys, signal; print('{\"event\": \"prog', end='', flush=True); os.kill(os.getpid(), signal.SIGKILL)",
        "raise ValueError('no')",
    ):
        slow_child(monkeypatch, code)
        with pytest.raises(InputError) as caught:
            parsing.parse(request(tmp_path), lambda _done, _what: None)
        assert caught.value.code == "unreadable_file"
        monkeypatch.undo()


def test_a_parser_that_hangs_is_stopped_by_the_clock(tmp_path, monkeypatch):
    """Also one that uses no processor at all."""
    slow_child(monkeypatch, "import time; time.sleep(60)")
    monkeypatch.setattr(parsing, "WALL_SECONDS", 0.5)
    began = time.monotonic()
    with pytest.raises(InputError) as caught:
        parsing.parse(request(tmp_path), lambda _done, _what: None)
    assert caught.value.code == "too_slow" and time.monotonic() - began < 10


def test_who_stops_waiting_stops_the_parser(tmp_path, monkeypatch):
    """Ctrl-C while a file is parsed leaves no child behind."""
    told = tmp_path / "pid"
    code = f'import os, time, pathlib; pathlib.Path({str(told)!r}).write_text(str(os.getpid())); print(\'{{"event": "progress", "done": 0, "what": "x"}}\', flush=True); time.sleep(60)'
    slow_child(monkeypatch, code)

    def interrupted(_done, _what):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        parsing.parse(request(tmp_path), interrupted)
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_parser_ends_when_the_process_that_asked_is_killed(tmp_path):
    """No orphan goes on reading."""
    asked = request(tmp_path)
    lines = "".join(f"{n},2025-01-01,5\n" for n in range(400_000))
    Path(asked.file).write_text('customer_id,ordered_at,total\n"stray,2025-01-01,5\n' + lines)
    code = f"from lohko.landing.parse import parse\nfrom lohko.landing.request import Request\nparse(Request(file={asked.file!r}, kind='orders', out={asked.out!r}), lambda d, w: print(w, flush=True))"
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=parsing.environment())
    assert parent.stdout and parent.stdout.readline() == "reading\n"
    children = [int(p) for p in Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    end = time.monotonic() + 10
    while time.monotonic() < end and any(_runs(child) for child in children):
        time.sleep(0.05)
    assert children and not any(_runs(child) for child in children)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except OSError:
        return False


def test_two_files_can_be_parsed_at_once(tmp_path):
    """Each has a child of its own."""
    found: list[int] = []

    def one(name: str) -> None:
        folder = tmp_path / name
        folder.mkdir()
        found.append(parsing.parse(request(folder), lambda _done, _what: None)["accepted"])

    threads = [threading.Thread(target=one, args=(str(n),)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1, 1]
    assert json.dumps(parsing.preview(request(tmp_path))["headers"]) == '["customer_id", "ordered_at", "total"]'
