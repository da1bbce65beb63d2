"""A command as it is typed, run in this process: what it printed and how it ended. `remote`, `docs` and `crash` start processes of their own."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

import pytest

from lohko.cli.main import main


class Done(NamedTuple):
    """How a command ended."""

    status: int
    stdout: str
    stderr: str


def command(*arguments: str) -> Done:
    """What `lohko ARGUMENTS` prints, and its exit status; whatever it changes in the environment is put back."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        patch.delenv("LOHKO_WORKSPACE", raising=False)
        patch.setattr("sys.argv", ["lohko", *arguments])
        main()
    found = Done(int(ended.value.code or 0), *(stream.buffer.getvalue().decode() for stream in (out, err)))  # type: ignore[attr-defined]
    assert "Traceback" not in found.stderr
    return found
