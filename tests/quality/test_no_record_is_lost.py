"""Whatever is wrong with the rows of a file, every record is accepted, known already or rejected, and a retry moves it only from the last to the first two."""

from __future__ import annotations

from collections import Counter
from itertools import count

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lohko.engine.store import fingerprint, new_store
from lohko.state.workspace import Settings, create
from lohko.steps.books import books
from lohko.steps.contracts import apply_contracts, edit_contract
from lohko.steps.load import catch_up
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


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """One shop for all examples: each brings orders of its own, so that nothing of it is known but what is known to all."""
    place = tmp_path_factory.mktemp("records") / "w"
    create(place, Settings("Europe/Helsinki", "EUR", "FI"))
    with open_work(place, silent) as work:
        bring(work, "c1,known,2026-01-05,10,web,EUR\n", name="first.csv")
        yield work


_example = count(1)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(sorted(ROWS)), min_size=3, max_size=40))
def test_every_record_is_accounted_for(shop, kinds):
    """Bad rows of every reason in any order; then the contract is taken back and the rejected are read again, twice."""
    kinds, example, before = ["good"] * (1 + kinds.count("nul_byte")) + kinds, next(_example), books(shop, silent)["total"]["received"]
    lines = [ROWS[kind][0].format(n=f"{example}-{place}") for place, kind in enumerate(kinds)]  # of too many NULs a file is no text
    apply_contracts(shop, silent, files={"c.yaml": CONTRACT})
    found = bring(shop, "\n".join(lines) + "\n", name=f"{example}.csv")
    assert found["received"] == len(kinds) == found["accepted"] + found["duplicate"] + found["rejected"]
    assert (found["accepted"], found["duplicate"]) == (kinds.count("good"), kinds.count("known"))
    wanted = Counter(kind.removesuffix(" too") for kind in kinds if kind not in ACCEPTED)
    assert found["rejected_by_reason"] == dict(sorted(wanted.items()))

    edit_contract(shop, silent, source="shop", kind="orders", breach="warn")
    back = sum(ROWS[kind][1] for kind in kinds)
    if found["rejected"]:
        again = retry(shop, silent, batch=found["batch"])
        assert (again["tried"], again["accepted"], again["duplicate"]) == (found["rejected"], back, 0)
        assert again["rejected"] == found["rejected"] - back
        assert retry(shop, silent, batch=found["batch"])["accepted"] == 0
    book = books(shop, silent)
    assert book["total"]["balanced"] and book["total"]["received"] == len(kinds) + before
    (own,) = (item for item in book["imports"] if item["batch"] == found["batch"])
    records = came_in(shop, own)
    assert len(records) == len({record for _, record in records}) == own["accepted"]
    assert {kinds[record - 1] for _, record in records} <= {"good", *(kind for kind, (_, later) in ROWS.items() if later)}


def test_a_rebuild_says_the_same_of_all_of_them(shop):
    kept = shop.folder.path / "again.duckdb"
    with new_store(kept, [shop.folder.landing, shop.folder.ledger], shop.settings.zone) as store:
        catch_up(store, shop.state, shop.folder, shop.settings.currency, silent)
        assert fingerprint(store) == fingerprint(shop.store)
