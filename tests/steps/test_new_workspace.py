"""A new workspace is there wholly or not at all."""

from __future__ import annotations

import sqlite3
import stat

import pytest

from lohko.base.errors import InputError
from lohko.state import workspace
from lohko.state.workspace import Settings, create
from lohko.steps.work import silent
from lohko.wiring import open_work

SETTINGS = Settings("Europe/Helsinki", "EUR", "FI")


def test_making_one_that_was_cut_short_can_be_done_again(tmp_path, monkeypatch):
    """Killed before its settings are in: no workspace is there, and the same command makes it."""

    def cut(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(workspace, "note", cut)
        create(tmp_path / "shop", SETTINGS)
    assert not (tmp_path / "shop" / "state.sqlite").exists()
    create(tmp_path / "shop", SETTINGS)
    with open_work(tmp_path / "shop", silent) as work:
        assert work.settings == SETTINGS
    with pytest.raises(InputError, match="already"):
        create(tmp_path / "shop", SETTINGS)


def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path):
    """Somebody's files are never mixed with a workspace."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        create(tmp_path, SETTINGS)


def test_what_holds_personal_data_is_for_its_owner_alone(tmp_path):
    """State and store have mode 0600."""
    create(tmp_path / "shop", SETTINGS)
    with open_work(tmp_path / "shop", silent):
        pass
    for name in ("state.sqlite", "engine.duckdb"):
        assert stat.S_IMODE((tmp_path / "shop" / name).stat().st_mode) == 0o600


def test_a_table_that_an_older_version_did_not_have_is_made(tmp_path):
    """Whoever opens a workspace of an older Lohko finds every table of this one, and what was there."""
    create(tmp_path / "shop", SETTINGS)
    state = tmp_path / "shop" / "state.sqlite"
    with sqlite3.connect(state) as connection:
        connection.execute("DROP TABLE draft")
    with open_work(tmp_path / "shop", silent) as work:
        assert work.settings == SETTINGS
    with sqlite3.connect(state) as connection:
        assert connection.execute("SELECT count(*) FROM draft").fetchone() == (0,)
