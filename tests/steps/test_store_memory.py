"""The store takes no more memory than it is told."""

from __future__ import annotations

import pytest

from lohko.base.errors import InputError
from lohko.state.workspace import Settings, create
from lohko.steps.work import silent
from lohko.wiring import open_work


def _limit(path) -> str:
    with open_work(path, silent) as work:
        return work.store.cursor().execute("SELECT current_setting('memory_limit')").fetchall()[0][0]


def test_the_store_is_limited_to_the_memory_that_is_named(tmp_path, monkeypatch):
    """LOHKO_MEMORY limits a new store and one that is opened again."""
    create(tmp_path / "shop", Settings("Europe/Helsinki", "EUR", "FI"))
    monkeypatch.setenv("LOHKO_MEMORY", "2GB")
    assert [_limit(tmp_path / "shop") for _ in range(2)] == ["1.8 GiB", "1.8 GiB"]
    monkeypatch.delenv("LOHKO_MEMORY")
    assert _limit(tmp_path / "shop") != "1.8 GiB"


@pytest.mark.parametrize("given", ["two", "2", "0GB", "-1GB", "2GB; DROP TABLE person"])
def test_a_memory_that_is_no_size_is_refused_and_the_store_stays(tmp_path, monkeypatch, given):
    """A wrong setting is said as such; it does not make the store look broken."""
    path = tmp_path / "shop"
    create(path, Settings("Europe/Helsinki", "EUR", "FI"))
    _limit(path)
    before = (path / "engine.duckdb").stat().st_ino
    monkeypatch.setenv("LOHKO_MEMORY", given)
    with pytest.raises(InputError, match="LOHKO_MEMORY"), open_work(path, silent):
        pass
    assert (path / "engine.duckdb").stat().st_ino == before and not (path / "broken").exists()
