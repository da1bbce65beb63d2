"""NA, NULL, #N/A and their like among numbers, days and yes and no: no value, and no reason to keep a whole column as texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from formats.bringing import bring, people, workspace

ROWS = """customer_id,bp,born,visits,height,member,seen,note,empty,mixed
1,120,1980-01-02,3,"1,5",yes,2026-01-02 10:00,NA,NA,7
2,NA,NaT,#N/A,-,no,NULL,x,null,x7
3,131,1990-05-06,None,"2,25",n/a,2026-03-04 11:30,y,NaN,NA
"""


def _types(work) -> dict[str, str]:
    return {name: item.type for name, item in work.schema().attributes.items()}


def test_a_column_of_numbers_with_words_for_nothing_is_one_of_numbers(tmp_path: Path) -> None:
    with workspace(tmp_path) as work:
        found = bring(work, "panel.csv", ROWS, kind="customers")
        types = _types(work)
        assert [types[name] for name in ("bp", "born", "visits", "height", "member", "seen")] == [
            "integer",
            "date",
            "integer",
            "decimal",
            "boolean",
            "time",
        ]
        assert [types[name] for name in ("note", "empty", "mixed")] == ["text"] * 3  # texts stay as they came
        assert [people(work, rule) for rule in ("bp is known", "bp > 100", "visits is not known", "height >= 2", "member is known")] == [
            2,
            2,
            2,
            1,
            2,
        ]
        assert (people(work, "note is NA"), people(work, "born before 1985-01-01"), people(work, "seen is known")) == (1, 1, 2)
        assert found["unfit"] == {}
        (note,) = found["notes"]
        assert (note["code"], note["column"]) == ("no_value", "bp, born, visits, height, member and 1 more")
        assert note["message"].startswith("#N/A, -, NA, NULL, NaT and 2 more was taken")


def test_other_words_among_numbers_do_not_fit_as_before(tmp_path: Path) -> None:
    with workspace(tmp_path) as work:
        found = bring(work, "panel.csv", "customer_id,age\n1,30\n2,old\n3,NA\n", kind="customers")
        assert (found["unfit"], people(work, "age is known")) == ({"age": 1}, 1)


@pytest.mark.parametrize("rows", [3_000, 30_000])
def test_in_a_large_file_too_where_not_every_text_is_looked_at(tmp_path: Path, rows: int) -> None:
    body = "".join(f"{number},{number / 8},{'NULL' if number % 999 == 0 else number * 3}\n" for number in range(1, rows))
    with workspace(tmp_path) as work:
        found = bring(work, "panel.csv", f"customer_id,height,score\n0,NA,1\n{body}", kind="customers")
        assert (found["unfit"], [note["code"] for note in found["notes"]]) == ({}, ["no_value"])
        assert (people(work, "height is not known"), people(work, "score is not known")) == (1, (rows - 1) // 999)


def test_people_whose_number_is_missing_in_such_words_are_not_one_person(tmp_path: Path) -> None:
    with workspace(tmp_path) as work:
        found = bring(work, "list.csv", "customer_id,email,age\nNA,a@example.fi,30\n<NA>,b@example.fi,40\n\\N,c@example.fi,50\n")
        assert (found["new_customers"], people(work, "age is known")) == (3, 3)
