"""What is kept of everybody takes no more room than it may, however many people there are: the least recently used goes first."""

from __future__ import annotations

import duckdb
import numpy as np

from lohko.engine.kept_people import KeptOrders
from lohko.engine.kept_tables import _OF_A_TABLE, Keep, KeptTables
from lohko.engine.store import stored_version
from web.small_shop import new_workspace, opened

KEEP = Keep("CREATE TABLE kept.main.__kept AS SELECT 1 AS who", "SELECT 1000 FROM kept.main.__kept")


def names(store: duckdb.DuckDBPyConnection) -> set[str]:
    found = store.cursor().execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'kept'").fetchall()
    return {name for (name,) in found}


def test_tables_are_forgotten_by_the_bytes_they_take_and_the_newest_stays(tmp_path):
    with opened(new_workspace(tmp_path / "shop")) as work:
        kept, version = KeptTables(most_bytes=2 * (_OF_A_TABLE + 1000)), stored_version(work.store.cursor())
        made = [kept.table(work.store, version, key, lambda _: None, KEEP) for key in ("a", "b")]
        assert kept.table(work.store, version, "a", lambda _: None, KEEP) == made[0]
        third = kept.table(work.store, version, "c", lambda _: None, KEEP)
        assert names(work.store) == {made[0], third}, "b was used the longest ago"
        kept.most_bytes = 1
        alone = kept.table(work.store, version, "d", lambda _: None, KEEP)
        assert names(work.store) == {alone}
        kept.forget()


def test_orders_are_forgotten_by_the_bytes_they_take():
    kept, many = KeptOrders(most_bytes=2 * 400), np.arange(100, dtype=np.int32)
    for key in ("a", "b", "a", "c"):
        kept.order(key, lambda: many)
    assert kept.made == 3
    kept.order("a", lambda: many)
    assert kept.made == 3
    kept.order("b", lambda: many)
    assert kept.made == 4, "it was used the longest ago"
