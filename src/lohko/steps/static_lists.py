"""A list of customers with their segments, from elsewhere, becomes static segments: pictures of one day, to compare against."""

from __future__ import annotations

import datetime as dt

from lohko.base.text import slug
from lohko.engine.incoming import lists_in
from lohko.landing import log
from lohko.model.parse import parse
from lohko.model.segment import Segment, write_segment
from lohko.state import segments as kept
from lohko.state.batches import batches
from lohko.steps.segments import apply
from lohko.steps.work import Work, silent

MOST = 50
"""So many of a file's lists become segments, the largest first; a column with more values is no list of segments."""


def keep_lists(work: Work, number: int) -> list[str]:
    """Make a segment of every list that an import brought and that has none yet; the ids of those made.

    Each is the rule `lists is "..."`, so that it changes only when another list is imported.
    """
    with work.state.connect() as connection:
        batch = next(row for row in batches(connection) if row["number"] == number)
    staged = next((item["column"] for item in batch["plan"] if item["name"] == "lists"), None)
    if staged is None:
        return []
    path = work.folder.landing / batch["folder"] / log.ACCEPTED
    found = lists_in(work.store.cursor(), path, staged, MOST + 1)
    if len(found) > MOST:
        return []
    day = dt.datetime.fromisoformat(batch["received_at"]).astimezone(work.settings.zone).date()
    with work.state.connect() as connection:
        before = kept.current(connection)
    made = [item for name in found if (item := _segment(name, batch["source"], day)).id not in before]
    if made:
        apply(work, silent, files={f"{item.id}.yaml": write_segment(item) for item in made})
    return [item.id for item in made]


def _segment(name: str, source: str, day: dt.date) -> Segment:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return Segment(
        f"list-{slug(name).replace('_', '-')}",
        parse(f'lists is "{quoted}"').condition,
        {"en": f"{name} (list of {day.isoformat()})", "fi": f"{name} (lista {day.day}.{day.month}.{day.year})"},
        {
            "en": f"Who was in {name!r} of {source} on {day.isoformat()}. It does not follow the data: compare it with a segment that does.",
            "fi": f"Keitä {source}-lähteen listalla {name!r} oli {day.day}.{day.month}.{day.year}. Se ei seuraa tietoja: vertaa sitä segmenttiin, joka seuraa.",
        },
        tags=("static",),
    )
