"""A copy for a cluster: what is not written again, what a copy that breaks leaves, whose it is, and who was erased; without a cluster."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from formats.bringing import bring, workspace
from lohko.base.errors import InputError
from lohko.engine import spark_copy
from lohko.engine.spark_place import Folder
from lohko.engine.spark_session import Session
from lohko.steps import spark as there
from lohko.steps.person_erase import person_erase
from lohko.steps.work import Work, silent

ORDERS = "order_id,email,date,total\n1,ada@example.com,2026-02-01,10\n2,bob@example.com,2026-03-01,20\n"
PEOPLE = "email,country\nada@example.com,FI\nbob@example.com,SE\n"


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    with workspace(tmp_path / "ws", again=False) as opened:
        bring(opened, "orders.csv", ORDERS, kind="orders")
        bring(opened, "customers.csv", PEOPLE, kind="customers")
        yield opened


def copied(work: Work, place: Path) -> dict[str, Any]:
    return there.spark_copy(work, silent, location=str(place))


def rows_of(place: Path, table: str) -> list[tuple[Any, ...]]:
    """What a cluster would read of a table."""
    folder = Folder(place, Session(""))
    kept = spark_copy.current(folder).tables[table]
    files = [str(path) for piece in kept.pieces for path in (place / "data" / kept.stored / piece).glob("*.parquet")]
    return duckdb.read_parquet(files).fetchall() if files else []


def orders_of(work: Work) -> str:
    return work.schema().event("order").table


def files_in(place: Path) -> dict[str, int]:
    return {str(path.relative_to(place)): path.stat().st_mtime_ns for path in place.glob("data/**/*.parquet")}


def test_what_has_not_changed_is_not_written_again(work: Work, tmp_path: Path) -> None:
    place = tmp_path / "copy"
    first = copied(work, place)
    assert first["parts_written"] == first["parts"] > 3 and first["bytes"] > 0
    before = files_in(place)
    again = copied(work, place)
    assert (again["parts_written"], files_in(place)) == (0, before)
    bring(work, "more.csv", "order_id,email,date,total\n3,ada@example.com,2026-04-01,5\n", kind="orders")
    more = copied(work, place)
    assert 0 < more["parts_written"] < more["parts"]
    kept = {name: made for name, made in before.items() if "country" in name}
    assert kept and kept.items() <= files_in(place).items()
    assert len(rows_of(place, orders_of(work))) == 3


def test_many_events_are_cut_by_time_and_only_the_new_ones_are_written(work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark_copy, "_GRAINS", ((1, None), (100, "%Y-%m")))
    place = tmp_path / "copy"
    copied(work, place)
    before = {name: made for name, made in files_in(place).items() if f"data/{orders_of(work)}" in name}
    bring(work, "more.csv", "order_id,email,date,total\n3,ada@example.com,2026-03-09,5\n", kind="orders")
    copied(work, place)
    parts = spark_copy.current(Folder(place, Session(""))).tables[orders_of(work)].parts
    assert {name: part.rows for name, part in parts.items()} == {"2026-01": 1, "2026-02": 1, "2026-03": 1}  # in UTC
    assert len(before) == 2
    assert before.items() <= files_in(place).items()
    assert len(rows_of(place, orders_of(work))) == 3


def test_a_copy_that_breaks_leaves_the_last_whole_one_and_its_pieces_go(
    work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "copy"
    copied(work, place)
    before, rows, files = spark_copy.current(Folder(place, Session(""))), rows_of(place, orders_of(work)), set(files_in(place))
    bring(work, "more.csv", "order_id,email,date,total\n3,eve@example.com,2026-02-09,5\n", kind="orders")
    written, put = iter(range(2)), Folder.put

    def breaks(self: Folder, *given: Any) -> None:
        if next(written, None) is None:
            raise OSError("the disk is full")
        put(self, *given)

    monkeypatch.setattr(Folder, "put", breaks)
    with pytest.raises(OSError, match="full"):
        copied(work, place)
    assert spark_copy.current(Folder(place, Session(""))) == before
    assert rows_of(place, orders_of(work)) == rows
    assert files < set(files_in(place))
    monkeypatch.undo()
    copied(work, place)
    copied(work, place)
    now = spark_copy.current(Folder(place, Session("")))
    assert {tuple(Path(name).parts[1:3]) for name in files_in(place)} == now.pieces
    assert len(rows_of(place, orders_of(work))) == 3


def test_a_place_has_the_copy_of_one_workspace(work: Work, tmp_path: Path) -> None:
    copied(work, tmp_path / "copy")
    with workspace(tmp_path / "other", again=False) as other:
        bring(other, "customers.csv", PEOPLE, kind="customers")
        with pytest.raises(InputError, match="of another workspace"):
            copied(other, tmp_path / "copy")


def test_who_was_erased_is_in_no_file_after_the_next_copy(work: Work, tmp_path: Path) -> None:
    """Otherwise what was replaced stays for whoever is reading it, until the copy after that."""
    place = tmp_path / "copy"
    copied(work, place)
    bring(work, "more.csv", "order_id,email,date,total\n3,ada@example.com,2026-04-01,5\n", kind="orders")
    copied(work, place)
    assert len({name for name in files_in(place) if orders_of(work) in name}) == 2
    person_erase(work, silent, customers=["ada@example.com"])
    copied(work, place)
    for path in place.glob("data/**/*.parquet"):
        assert "ada@example.com" not in str(duckdb.read_parquet(str(path)).fetchall())
    assert len({name for name in files_in(place) if orders_of(work) in name}) == 1


def test_events_come_in_while_a_copy_is_made(work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of much data takes minutes: the store is not kept from others meanwhile, only another copy waits."""
    real, seen = spark_copy.copy_store, list[bool]()

    def watched(*given: Any) -> Any:
        def look() -> None:
            if work.guard.acquire(timeout=5):
                seen.append(work.copying.locked())
                work.guard.release()

        other = threading.Thread(target=look)
        other.start()
        other.join()
        return real(*given)

    monkeypatch.setattr(there, "copy_store", watched)
    copied(work, tmp_path / "place")
    assert seen == [True] and not work.copying.locked()
