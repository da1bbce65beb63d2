"""Scored matching of a workspace's people: the likely pairs go to the review, or are merged where the rules say so."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from lohko.base.clock import now
from lohko.base.text import fold
from lohko.engine.bitmaps import living
from lohko.engine.identity import find_scored_merges
from lohko.engine.links import columns_of
from lohko.engine.profiles import held
from lohko.engine.scored import FIELDS, score
from lohko.model.identity import IdentityRules
from lohko.state.scored_pairs import save_scored
from lohko.state.workspace import note
from lohko.steps.decide import keep_decision
from lohko.steps.work import Progress, Work


def score_pairs(work: Work, progress: Progress, rules: IdentityRules) -> dict[str, Any]:
    """Score all living people against each other; how many pairs were merged and how many now stand for review.

    Only what nothing speaks against is merged, and only from the probability on that the rules
    name for it (never, when they name none). Call it with `work.guard` held.
    """
    progress(0.9, "scoring pairs of people")
    cursor = work.store.cursor()
    people = np.asarray(living(cursor).to_array(), dtype=np.int64)
    values = held(cursor, work.schema(), (*FIELDS, "name"), people.tolist(), now())
    found = score(_columns(people, values), rules.scored_review)
    pairs = {(int(people[a]), int(people[b])): float(p) for a, b, p in zip(found.first, found.second, found.probability, strict=True)}
    sure = [] if rules.scored_merge is None else [pair for pair, p in pairs.items() if p >= rules.scored_merge]
    joined = find_scored_merges(cursor, work.schema(), rules, work.settings.country, sure)
    cursor.close()
    merged = sum(joined.merged.values())
    if joined.links:
        keep_decision(work, "links", columns_of(joined.links), detail={"people": merged, "by": dict(joined.merged)})
    gone = {link.before for link in joined.links}
    pairs = {pair: p for pair, p in pairs.items() if not gone & set(pair)}
    with work.state.begin() as connection:
        save_scored(connection, pairs)
        note(connection, "scored_pairs", {"pairs": len(pairs), "merged": merged})
    return {"people": len(people), "for_review": len(pairs), "merged": merged}


def _columns(people: np.ndarray[Any, Any], values: dict[int, dict[str, str]]) -> dict[str, np.ndarray[Any, Any]]:
    """What people are compared by, folded; a whole name stands for its first and last part where these are not known."""
    known = [_compared(values.get(person, {})) for person in people.tolist()]
    return {name: np.array([item.get(name) for item in known], dtype=object) for name in FIELDS}


def _compared(values: dict[str, str]) -> dict[str, str]:
    found = {name: fold(value) for name, value in values.items() if name in FIELDS}
    parts = fold(values.get("name", "")).split()
    if len(parts) > 1:
        found = {"first_name": parts[0], "last_name": parts[-1]} | found
    if "phone" in found:
        found["phone"] = re.sub(r"\D", "", found["phone"])[-9:]
    return {name: value for name, value in found.items() if value}
