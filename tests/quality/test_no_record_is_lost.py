"""Whatever is wrong with the rows of a file, every record is accepted, known already or rejected, and a retry moves it only from the last to the first two."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lohko.engine.store import fingerprint
from lohko.state.workspace import Settings, create
from lohko.steps.books import books
from lohko.steps.contracts import apply_contracts, edit_contract
from lohko.steps.retry import retry
from lohko.steps.work import Work, silent
from lohko.wiring import open_work
from quality.bringing import bring

CONTRACT = "{source: shop, kind: orders, breach: reject, fields: {channel: {allowed: [web]}, total: {range: [0, 1000]}}}"
# A row of each reason; {n} tells it from the others. The second part says whether taking the contract back brings it in.
ROWS = {
    "good": ("c{n},o{n},2026-01-05,10,web,EUR", False),
    "known": ("c1,known,2026-01-05,10,web,EUR", False),
    "changed_order": ("c1,known,2026-01-05,11,web,EUR", False),
    "bad_time": ("c{n},o{n},2026-02-30,10,web,EUR", False),
    "no_time": ("c{n},o{n},,10,web,EUR", False),
    "bad_number": ("c{n},o{n},2026-01-05,ten,web,EUR", False),
    "no_amount": ("c{n},o{n},2026-01-05,,web,EUR", False),
    "no_rate": ("c{n},o{n},2026-01-05,10,web,XTS", False),
    "contract:channel:allowed": ("c{n},o{n},2026-01-05,10,kiosk,EUR", True),
    "contract:total:range": ("c{n},o{n},2026-01-05,5000,web,EUR", True),
    "broken_record": ('c{n},o{n},2026-01-05,10,"we"b,EUR', False),
    "broken_record too": ("c{n},o{n},2026-01-05", False),
    "nul_byte": ("c{n},o{n},2026-01-05,1\x000,web,EUR", False),
    "empty_row": (",,,,,", False),
    "totals_row": ("Total,,,99999,,", False),
}
ACCEPTED = ("good", "known")


def came_in(work: Work, book: dict) -> list[tuple[int, int]]:
    """The records that an import and its retries brought in: batch and record."""
    found = []
    for number in (book["batch"], *book["retried_by"]):
        path = work.folder.landing / f"batch-{number:06}" / "accepted.parquet"
        found += [(number, record) for (record,) in duckdb.connect().execute("SELECT record FROM read_parquet(?)", [str(path)]).fetchall()]
    return found


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(sorted(ROWS)), min_size=3, max_size=40))
def test_every_record_is_accounted_for(kinds):
    """Bad rows of every reason in any order; then the contract is taken back and the rejected are read again, twice."""
    kinds = ["good"] * (1 + kinds.count("nul_byte")) + kinds  # of too many NULs a file is no text
    lines = [ROWS[kind][0].format(n=place) for place, kind in enumerate(kinds)]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "w"
        create(place, Settings("Europe/Helsinki", "EUR", "FI"))
        with open_work(place, silent) as work:
            apply_contracts(work, silent, files={"c.yaml": CONTRACT})
            bring(work, "c1,known,2026-01-05,10,web,EUR\n", name="first.csv")
            found = bring(work, "\n".join(lines) + "\n", name="second.csv")
            assert found["received"] == len(kinds) == found["accepted"] + found["duplicate"] + found["rejected"]
            assert (found["accepted"], found["duplicate"]) == (kinds.count("good"), kinds.count("known"))
            wanted = {}
            for kind in kinds:
                if kind not in ACCEPTED:
                    wanted[kind.removesuffix(" too")] = wanted.get(kind.removesuffix(" too"), 0) + 1
            assert found["rejected_by_reason"] == dict(sorted(wanted.items()))

            edit_contract(work, silent, source="shop", kind="orders", breach="warn")
            back = sum(ROWS[kind][1] for kind in kinds)
            again = retry(work, silent, batch=2)
            assert (again["tried"], again["accepted"], again["duplicate"]) == (found["rejected"], back, 0)
            assert again["rejected"] == found["rejected"] - back
            assert retry(work, silent, batch=2)["accepted"] == 0
            book = books(work, silent)
            assert book["total"]["balanced"] and book["total"]["received"] == len(kinds) + 1
            records = came_in(work, book["imports"][1])
            assert len(records) == len({record for _, record in records}) == book["imports"][1]["accepted"]
            assert {kinds[record - 1] for _, record in records} <= {"good", *(kind for kind, (_, later) in ROWS.items() if later)}
            before = fingerprint(work.store)
        with open_work(place, silent, again=True) as work:
            assert fingerprint(work.store) == before
