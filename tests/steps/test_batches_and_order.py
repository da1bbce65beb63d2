"""However the rows come, in one file or many, in any order, some of them twice, the same people are found."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lohko.state.workspace import Settings, create
from lohko.steps.ingest import ingest
from lohko.steps.read import count, rfm
from lohko.steps.work import silent
from lohko.wiring import open_work

HEADER = "customer id,order id,order date,quantity,unit price,category,channel,city\n"
RULES = (
    "did order",
    "did order at least 2 times in last 30 days",
    "did order_line where category is Coats",
    "sum of total of order in last 90 days > 40",
    "average of total of order >= 15",
    "distinct count of category of order_line >= 2",
    "max of total of order > 20",
    "did not order in last 10 days",
    "did refund",
    'city is "Turku"',
    "rfm_m >= 3",
    "frequency is between 2 and 3",
)
AS_OF = "2026-03-01"

lines = st.builds(
    lambda customer, order, day, quantity, price, category, channel, city: (
        f"c{customer},o{customer}-{order},2026-{day},{quantity},{price},{category},{channel},{city}\n"
    ),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from(("01-02", "02-10", "02-27 23:30")),
    st.sampled_from((1, 2, -1)),
    st.sampled_from(("5.00", "9.995", "20")),
    st.sampled_from(("Coats", "Shoes", "")),
    st.sampled_from(("web", "store")),
    st.sampled_from(("Turku", "Oulu")),
)


def answers(files: list[str]) -> dict[str, object]:
    """What a new workspace says of every rule, and of RFM, after these files."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "w"
        create(place, Settings("Europe/Helsinki", "EUR", "FI"))
        with open_work(place, silent) as work:
            for n, text in enumerate(files):
                ingest(work, silent, stream=io.BytesIO(text.encode()), name=f"{n}.csv", kind="order-lines", source="shop")
            found: dict[str, object] = {rule: count(work, silent, condition=rule, as_of=AS_OF)["count"] for rule in RULES}
            found["rfm"] = sorted(map(str, rfm(work, silent, as_of=AS_OF)["customers"]))
            return found


@settings(max_examples=3, suppress_health_check=list(HealthCheck))
@given(st.lists(lines, min_size=1, max_size=8, unique=True), st.randoms(use_true_random=False), st.data())
def test_batches_order_and_repeats_change_nothing(rows, random, data):
    """One file; the rows shuffled over two files; the same and a third file that repeats some of the rows: one answer."""
    # A city is as of its order: two cities of one instant are settled by the value, so the order of files cannot matter either.
    shuffled = random.sample(rows, len(rows))
    cut = data.draw(st.integers(0, len(rows)))
    parts = [part for part in (shuffled[:cut], shuffled[cut:]) if part]
    again = random.sample(rows, data.draw(st.integers(1, len(rows))))
    wanted = answers([HEADER + "".join(rows)])
    assert answers([HEADER + "".join(part) for part in parts]) == wanted
    assert answers([HEADER + "".join(part) for part in (*parts, again)]) == wanted
