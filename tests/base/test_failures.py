"""A full disk is told as one, whoever says it."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from lohko.base.failures import disk_full, kind_of


def test_the_system_says_it():
    with pytest.raises(OSError) as caught, Path("/dev/full").open("wb", buffering=0) as full:
        full.write(b"x")
    found = disk_full(caught.value)
    assert found is not None and (found.code, found.exit_status) == ("disk_full", 3)


def test_the_database_of_definitions_says_it(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'state.sqlite'}")
    with pytest.raises(OperationalError) as caught, engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 2")
        connection.exec_driver_sql("CREATE TABLE t (a TEXT)")
        connection.exec_driver_sql("INSERT INTO t VALUES (zeroblob(100000))")
    engine.dispose()
    assert disk_full(caught.value) is not None


def test_the_store_says_it():
    assert disk_full(duckdb.IOException('Could not write file "/x/engine.duckdb.wal": No space left on device')) is not None


@pytest.mark.parametrize(
    "error", [OSError(errno.EIO, "x"), sqlite3.OperationalError("database is locked"), duckdb.IOException("x"), KeyError("x")]
)
def test_other_errors_are_none(error):
    assert disk_full(error) is None


def test_the_log_holds_the_kind_and_the_place_of_a_failure_and_not_its_text():
    try:
        int("maija@example.fi")
    except ValueError as error:
        assert "maija" not in kind_of(error) and kind_of(error).startswith("ValueError at test_failures.py:")
