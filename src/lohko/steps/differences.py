"""What was said of a day against what is decided of it now: how many came and went in between, and why.

why   rule    the segment's definition, or how RFM is counted, is another now
      data    data about the person came after the day was told: rows that were late, or that replaced others
      people  the person is no longer there: merged with another, or erased
      others  late data of others moved a value that is relative to everyone
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lohko.base.errors import LohkoError
from lohko.engine.membership import recorded, touched_since
from lohko.engine.plan import evaluate_all
from lohko.engine.rolled import people_in
from lohko.state import batches, runs
from lohko.steps.question import Question, ask
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from pyroaring import BitMap


def differences(work: Work, progress: Progress, segment: str) -> dict[str, dict[str, Any]]:
    """Per recorded day of a segment, its size as decided now (None when it cannot be), and how that differs from what was said."""
    with work.state.connect() as connection:
        told = runs.told_of(connection, segment)
    found: dict[str, dict[str, Any]] = {}
    for place, item in enumerate(told):
        progress(place / len(told), "deciding the past again")
        question = ask(work, item.as_of)
        answer = evaluate_all(question.engine, question.catalogue, [segment]).get(segment)
        if answer is None or isinstance(answer, LohkoError):
            found[item.day] = {"recomputed": None, "differs": []}
            continue
        found[item.day] = {"recomputed": question.engine.size(answer), "differs": _why(work, question, item, answer)}
    progress(1.0, "done")
    return found


def _why(work: Work, question: Question, item: runs.Told, answer: BitMap) -> list[dict[str, Any]]:
    cursor, everyone = question.engine.cursor, question.engine.everyone()
    said = recorded(cursor, item.segment, dt.datetime.fromisoformat(item.as_of))
    added, lost = question.engine.diff(said & everyone, answer)
    gone = item.size - question.engine.size(said & everyone)
    late = touched_since(cursor, item.data_version) | people_in(cursor, _rolled_since(work, item.data_version))
    other_rule = question.rule(item.segment) != item.rule
    rest = "rule" if other_rule else "others"
    counts = {
        "people": (0, max(gone, 0)),
        "rule" if other_rule else "data": (len(added & late), len(lost & late)),
    }
    more = (len(added - late), len(lost - late))
    before = counts.get(rest, (0, 0))
    counts[rest] = (before[0] + more[0], before[1] + more[1])
    return [{"why": why, "added": came, "lost": went} for why, (came, went) in counts.items() if came or went]


def _rolled_since(work: Work, version: int) -> list[Path]:
    """The folders of rolled-up batches of which any came after a data version; in the first of them also what came shortly before it."""
    with work.state.connect() as connection:
        return [
            work.folder.landing / row["folder"]
            for row in batches.batches(connection)
            if max(map(int, row["report"].get("rolled", ())), default=0) > version
        ]
