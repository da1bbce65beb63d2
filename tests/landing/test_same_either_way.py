"""Short ways of importing give what the long ones give: row by row in the archive, and table by table in the store."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import tempfile
import uuid
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from staging import rows, staged

from lohko.base import clock
from lohko.engine import identity, intervals
from lohko.engine.store import fingerprint
from lohko.landing import money, words
from lohko.state import people
from lohko.state.workspace import Settings, create
from lohko.steps import ingest as ingesting
from lohko.steps.ingest import ingest
from lohko.steps.work import silent
from lohko.wiring import open_work

HEADERS = ("order", "customer", "date", "sku", "name", "quantity", "price", "email", "joined")
MAP = {
    "order_id": "order",
    "customer_id": "customer",
    "ordered_at": "date",
    "product_id": "sku",
    "product_name": "name",
    "quantity": "quantity",
    "unit_price": "price",
}
CELLS = {
    "order": ["o1", "o2", "C3", "", " o1"],
    "customer": ["17850", "17850.0", "c2", "Åke", ""],
    "date": ["2025-03-30 03:30:00", "2025-10-26 03:30:00", "2025-01-05 10:00", "2025-01-05", "5.1.2025", "2025-13-45", "", "2025-01-05T10:00:00Z"],
    "sku": ["A1", "a1", "ä1", "=A1", ""],
    "name": ["MUG", "Mug", "MUKI Ö", "  mug ", '"mug"', "131052-308T", ""],
    "quantity": ["1", "2", "-1", "1.5", "1e2", "two", "", "+3"],
    "price": ["10", "9.90", "1,234.50", "€5", "0", "", "12.3456789"],
    "email": ["a@b.fi", "A@B.FI", "nobody", ""],
    "joined": ["2024-02-29", "29.2.2024", "no", ""],
}  # fmt: skip
PLAIN = {name: values[:2] for name, values in CELLS.items()}
"""Cells as tidy exports have them, of which nearly every column is read plainly."""


def _lines(cells: dict[str, list[str]]) -> st.SearchStrategy[str]:
    row = st.tuples(*(st.sampled_from(cells[name]) for name in HEADERS))
    quoted = row.map(lambda texts: ",".join(f'"{text.replace(chr(34), chr(34) * 2)}"' if set(text) & set(',"') else text for text in texts))
    return st.lists(quoted, min_size=1, max_size=120).map(lambda lines: "\n".join([",".join(HEADERS), *lines]) + "\n")


FILES = st.one_of(_lines(PLAIN), _lines(CELLS))


@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(kind=st.sampled_from(["order-lines", "events"]), data=FILES)
def test_a_column_means_the_same_however_it_is_read(kind, data):
    """By its plain reading in a small type, by its table of distinct texts, and row by row."""
    mapping = MAP if kind == "order-lines" else {"customer_id": "customer", "occurred_at": "date", "event": "name"}
    found = []
    for change in ({}, {"no_plain": True}, {"few": 0}):
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            if "no_plain" in change:
                patch.setattr(words.Words, "_plain", lambda _self, _word, _name: {})
                patch.setattr(money, "SMALL", {})
            if "few" in change:
                patch.setattr(words, "_FEW_ROWS", -1)
                patch.setattr(words, "_MOST_TABLES", -1)
            try:
                report, accepted, rejected = staged(Path(folder), data, kind, map=mapping, date_order="dmy")
            except Exception as error:
                found.append((type(error), str(error)))
                continue
            report["original"] = report["original"] is not None
            found.append((report, accepted, rejected))
    assert found[0] == found[1] == found[2]


@settings(max_examples=2, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(first=_lines(PLAIN), data=FILES)
def test_an_archive_that_is_the_staged_file_is_the_one_that_would_have_been_written(first, data):
    """The keys of the people, the rows and every table of the store are the same; also after a file that is known in part."""
    assert _brought(first, data, by_proposal=True) == _brought(first, data, by_proposal=False)


def _brought(first: str, data: str, *, by_proposal: bool):
    """The reports, archives and tables of two imports one after the other, and whether each was taken as it was staged."""
    numbers = itertools.count(1)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "public_ids", lambda many: [str(uuid.UUID(int=next(numbers))) for _ in range(many)])
        if not by_proposal:
            patch.setattr(ingesting.Proposal, "holds", lambda *_: False)
        place = Path(folder) / "shop"
        create(place, Settings("Europe/Helsinki", "EUR", "FI"))
        found = []
        with open_work(place, silent) as work:
            for name, text in (("first.csv", first), ("second.csv", data), ("third.csv", data + "\n")):
                try:
                    report = ingest(
                        work, silent, stream=io.BytesIO(text.encode()), name=name, kind="order-lines", columns=MAP, date_order="dmy"
                    )
                except Exception as error:
                    found.append(str(error))
                    continue
                batch = place / "landing" / f"batch-{report['batch']:06}"
                found += [report, *(rows(path) for path in sorted(batch.glob("*.parquet")))]
            tables = fingerprint(work.store)
        tables.pop("loaded_batch")  # it holds the checksums of the files, whose rows lie in another order
        return found, tables


_CUSTOMERS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["x@y.fi", "z@y.fi", ""]), st.sampled_from(["Oulu", "Turku", ""]), st.sampled_from(["2025-01-05", "2025-03-05", ""])),
    min_size=1,
    max_size=5,
    unique_by=lambda row: row[0],
)  # fmt: skip


@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(files=st.lists(_CUSTOMERS, min_size=1, max_size=3), dated=st.booleans())
def test_what_was_said_once_holds_as_if_it_had_been_put_in_order(files, dated):
    """Intervals without ordering, and people among all records that are looked at, are those of the long ways."""
    assert _of_customers(files, dated, long=False) == _of_customers(files, dated, long=True)


def _of_customers(files, dated: bool, *, long: bool):
    numbers = itertools.count(1)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "public_ids", lambda many: [str(uuid.UUID(int=next(numbers))) for _ in range(many)])
        still = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        patch.setattr(clock, "dt", SimpleNamespace(UTC=dt.UTC, datetime=SimpleNamespace(now=still.astimezone)))
        if long:
            patch.setattr(intervals, "_ONCE", intervals._ONCE.replace("count(*) = count(DISTINCT node)", "false"))
            patch.setattr(identity, "_LOOKED_AT", "SELECT -1, 0")
        place = Path(folder) / "shop"
        create(place, Settings("Europe/Helsinki", "EUR", "FI"))
        with open_work(place, silent) as work:
            for n, lines in enumerate(files):
                text = "customer,email,city,updated\n" + "".join(
                    ",".join(line[: 4 if dated else 3] + ("",) * (not dated)) + "\n" for line in lines
                )
                columns = {"customer_id": "customer", "updated_at": "updated"} if dated else {"customer_id": "customer"}
                ingest(work, silent, stream=io.BytesIO(text.encode()), name=f"{n}.csv", kind="customers", columns=columns)
            tables = fingerprint(work.store)
        tables.pop("loaded_batch")
        return tables


def test_a_first_export_is_taken_as_it_was_staged(monkeypatch):
    """And one that is known in part, or that another import overtook, is not."""
    taken = []
    whole = ingesting.incoming_rows.take_archive
    monkeypatch.setattr(ingesting.incoming_rows, "take_archive", lambda *given: taken.append(1) or whole(*given))
    line = "o{n},c{n},2025-01-05 10:00,A1,MUG,1,10,,\n"
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "shop"
        create(place, Settings("Europe/Helsinki", "EUR", "FI"))
        with open_work(place, silent) as work:
            for last, so_far in ((2, 1), (3, 1), (3, 1)):
                data = ",".join(HEADERS) + "\n" + "".join(line.format(n=n) for n in range(last))
                ingest(work, silent, stream=io.BytesIO(data.encode()), name=f"{last}.csv", kind="order-lines", columns=MAP)
                assert len(taken) == so_far
            data = ",".join(HEADERS) + "\n" + line.format(n=9)
            propose = ingesting._propose

            def overtaken(*given):
                proposal = propose(*given)
                with work.state.begin() as connection:
                    ingesting.people.allocate(connection, "shop", [("id", "other")], 99)
                return proposal

            monkeypatch.setattr(ingesting, "_propose", overtaken)
            found = ingest(work, silent, stream=io.BytesIO(data.encode()), name="9.csv", kind="order-lines", columns=MAP)
            assert (found["accepted"], found["new_customers"], len(taken)) == (1, 1, 1)
