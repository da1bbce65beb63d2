"""Finnish postcodes: taken from Posti's file, and what they tell of people whose source does not."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np

from lohko.base.codes import region_label
from lohko.base.errors import InputError
from lohko.base.places import MOST_BYTES, STATISTICS_FINLAND, Place, read_places
from lohko.base.text import fold
from lohko.engine.places import find_place, places_to_derive
from lohko.state import batches, schema
from lohko.steps.decide import keep_decision
from lohko.steps.work import Progress, Work

_FROM_POSTCODE = "(from postcode)"


def postcodes_update(work: Work, progress: Progress, *, stream: BinaryIO, name: str) -> dict[str, Any]:
    """Take Posti's file as the table of postcodes; people whose source tells no municipality and region get those of their postcode."""
    found = read_places(stream.read(MOST_BYTES + 1))
    progress(0.3, "keeping the table")
    with work.guard:
        counts = {
            "postcodes": len(found),
            "municipalities": len({item.municipality_code for item in found}),
            "regions": len({item.region for item in found} - {""}),
        }
        keep_decision(work, "postcodes", _columns(found), detail=counts)
        progress(0.6, "looking at people")
        return counts | {"people": _derive(work), "data_version": work.data_version()}


def _columns(found: list[Place]) -> dict[str, np.ndarray[Any, Any]]:
    columns = {
        name: np.array([getattr(item, name) for item in found], dtype=object)
        for name in ("postcode", "name", "municipality_code", "municipality", "municipality_sv", "region")
    }
    folds = {f"{name}_f": np.array([fold(text) for text in columns[name]], dtype=object) for name in ("municipality", "region")}
    return {"node": np.full(len(found), -1, dtype=np.int32), **columns, **folds}


def _derive(work: Work) -> int:
    """Keep what the table tells of people as a batch of its own; how many they are."""
    with work.state.connect() as connection:
        derived = [row["number"] for row in batches.batches(connection) if any(_is_derived(item) for item in row["plan"])]
    columns = places_to_derive(work.store.cursor(), work.schema(), derived)
    if not len(columns["node"]):
        return 0
    with work.state.begin() as connection:
        schema.ensure_attribute(connection, "municipality", "text")
        schema.ensure_attribute(connection, "region", "text", "region")
    plan = [
        {"column": column, "name": name, "label": _FROM_POSTCODE, "role": "attribute", "type": "text", "codes": codes}
        for column, name, codes in (("p0", "municipality", None), ("p1", "region", "region"))
    ]
    people = len(set(columns["node"].tolist()))
    keep_decision(work, "places", columns, detail={"people": people}, plan=plan)
    return people


def _is_derived(item: dict[str, Any]) -> bool:
    return item.get("name") == "municipality" and str(item.get("label", "")).startswith("(from ")


def postcode(work: Work, _progress: Progress, *, code: str) -> dict[str, Any]:
    """What the table says of one postcode."""
    found = find_place(work.store.cursor(), code.strip().zfill(5))
    if found is None:
        raise InputError(
            "unknown_postcode",
            f"The table has no postcode {code!r}.",
            hint="`lohko postcodes update FILE` takes the table from Posti's file.",
        )
    number, name, municipality_code, municipality, municipality_sv, region = found
    return {
        "postcode": number,
        "name": name,
        "municipality": municipality,
        "municipality_sv": municipality_sv,
        "municipality_code": municipality_code,
        "region": region,
        "region_name": region_label(region, "fi"),
        "region_statistics_finland": STATISTICS_FINLAND.get(region),
    }
