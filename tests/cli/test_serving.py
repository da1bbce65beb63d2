"""The demo and the web app as commands: served on this machine alone, used beside other commands, ended cleanly."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "lohko.cli.main"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(*arguments: str, port: int) -> subprocess.Popen[str]:
    environment = {**os.environ, "PORT": str(port), "NO_BROWSER": "1"}
    return subprocess.Popen([*COMMAND, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def health(process: subprocess.Popen[str], port: int, seconds: float = 120) -> dict:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                return json.load(answer)
        except OSError:
            time.sleep(0.2)
    raise AssertionError(process.communicate(timeout=5))


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err and "leaked" not in err
    return process.returncode, out, err


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_the_demo_is_made_served_used_beside_other_commands_and_used_again(tmp_path: Path):
    """`lohko demo` shows its groups and segments, answers, ends with Ctrl-C without a complaint, and starts at once the second time."""
    shop, port = tmp_path / "demo", free_port()
    process = started("demo", str(shop), "--customers", "300", port=port)
    assert health(process, port)["data_version"] == 4  # three files, and the records that were joined
    counted = run("count", "did order", "--json", "--workspace", str(shop))
    assert json.loads(counted.stdout)["population"] > 250, counted.stderr
    status, out, _err = ended(process)
    assert status == 0
    assert "Champions" in out and "Mestarit" in out and "Lapsed VIPs" in out and f"http://127.0.0.1:{port}/" in out
    again = started("demo", str(shop), port=port)
    assert health(again, port, 40)["data_version"] == 4
    status, out, _err = ended(again)
    assert status == 0 and "Using the demo shop" in out


def test_other_addresses_are_refused_until_there_is_an_admin(tmp_path: Path):
    """Whoever reached it would see every customer: exit status 2, with the reason and a way."""
    shop = str(tmp_path / "shop")
    run("init", shop)
    found = run("serve", "--host", "0.0.0.0", "--workspace", shop)
    assert found.returncode == 2 and "lohko user add" in found.stderr and "--tls-certificate" in found.stderr


def test_a_port_that_is_taken_is_said_before_any_work_is_done(tmp_path: Path):
    """Exit status 2 names the port and another one; nothing is made."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = run("demo", str(tmp_path / "demo"), "--port", str(port))
    assert found.returncode == 2 and str(port) in found.stderr and str(port + 1) in found.stderr
    assert not (tmp_path / "demo").exists()
