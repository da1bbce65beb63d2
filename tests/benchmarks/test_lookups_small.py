"""The benchmark of look-ups runs at small size: everybody asked about is answered, beside events too."""

from __future__ import annotations

import io

from benchmarks.lookups import measure, published

from lohko.state.workspace import Settings, create
from lohko.steps.ingest import ingest
from lohko.steps.refresh import refresh
from lohko.steps.segments import apply
from lohko.steps.work import silent
from lohko.wiring import open_work


def test_visitors_are_looked_up_alone_and_beside_events(tmp_path):
    create(tmp_path / "shop", Settings("Europe/Helsinki", "EUR", "FI"))
    with open_work(tmp_path / "shop", silent) as work:
        text = "customer_id,email\n" + "".join(f"{n},a{n}@example.fi\n" for n in range(20))
        ingest(work, silent, stream=io.BytesIO(text.encode()), name="c.csv", kind="customers")
        apply(work, silent, files={"a.yaml": "{id: all, where: email is known}"})
        refresh(work, silent)
    found = measure(tmp_path / "shop", rate=50, seconds=1, events=200)
    for part in (found["alone"], found["beside_events"]):
        assert (part["asked"], part["failed"]) == (51, 0)
        assert 0.8 < part["known"] / part["asked"] < 1
        assert 0 < part["ms"]["p50"] <= part["ms"]["p99"]
    assert found["beside_events"]["events_per_second"] > 0


def test_ten_people_who_move_are_some_bytes_of_what_is_published():
    found = published(5000, 4)
    assert found["identifiers"] == 15_000
    assert found["ten_people_moved"]["bytes"] < 2000 < found["file_mb"] * 1e6
