"""A row of `backtest`, from what was counted of it: the same whichever engine counted.

Numbers of 1 to 4 people are not told, nor what gives one away.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lohko.engine.outcomes import Spent
from lohko.maths import intervals
from lohko.maths.few import is_few, told, unless_few
from lohko.maths.intervals import Moments
from lohko.steps.question import iso
from lohko.steps.told import WITHHELD, shown


@dataclass(frozen=True)
class Side:
    """The segment's people who are compared, or everyone else who was known then.

    people  how many they are; did: how many of them did the outcome
    money   what they bought in the time less what came back; None when nobody did either
    """

    people: int
    did: int
    money: Spent | None

    @property
    def told(self) -> int | None:
        """How many did it; None where these, or those who did not, are a few."""
        return told([self.did, self.people - self.did])[0]

    @property
    def tells_money(self) -> bool:
        """Whether what they spent may be told."""
        spent = 0 if self.money is None else self.money.people
        return told([spent, self.people - spent])[0] is not None

    @property
    def spending(self) -> Moments:
        """Of everyone on this side, with 0 for who spent nothing."""
        return Moments(self.people) if self.money is None else self.money.moments + Moments(self.people - self.money.people)


@dataclass(frozen=True)
class Counted:
    """What was counted of an instant.

    size        the people of the segment then; seen_later: those of them of whom nothing was known before
    unsure      those who are in only by values that are assumed; None when it was not asked
    """

    size: int
    seen_later: int
    unsure: int | None
    members: Side
    others: Side


def row(at: dt.datetime, end: dt.datetime, until: dt.datetime, found: Counted) -> dict[str, Any]:
    """A row of the answer; `until` is before `end` when what happened next is not over."""
    told_of = {
        "at": iso(at),
        "end": iso(end),
        "size": None if is_few(found.seen_later) else unless_few(found.size),
        "first_seen_later": unless_few(found.seen_later),
        "assumed": _assumed(found),
    }
    if until < end:
        so_far = {"until": iso(until), "members_did": found.members.told, "others_did": found.others.told}
        sides = {"members": {"people": unless_few(found.members.people)}, "others": {"people": unless_few(found.others.people)}}
        return {**told_of, "too_early": so_far, **sides}
    return {**told_of, "too_early": None, **_compared((found.members, found.others))}


def _assumed(found: Counted) -> float | None:
    """The share of people who are in only by values that are assumed; None when the segment is empty, or it would tell of a few."""
    if not found.size:
        return None
    if found.unsure is None:
        return 0.0
    return None if told([found.unsure, found.size - found.unsure])[0] is None else round(found.unsure / found.size, 6)


def _compared(sides: Sequence[Side]) -> dict[str, Any]:
    """Rates, their ratio and difference, and revenue per head of both groups in the time after."""
    counts = [number for side in sides for number in (side.did, side.people)]
    spending = [side.spending for side in sides]
    rates, revenues = all(side.told is not None for side in sides), all(side.tells_money for side in sides)
    members, others = map(_side, sides)
    return {
        "members": members,
        "others": others,
        "lift": shown(intervals.lift, *counts) if rates else WITHHELD,
        "rate_difference": shown(intervals.shares_apart, *counts) if rates else WITHHELD,
        "revenue_per_head_difference": shown(intervals.means_apart, *spending) if revenues else WITHHELD,
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "people": unless_few(side.people),
        "did": side.told,
        "rate": shown(intervals.share, side.did, side.people) if side.told is not None else WITHHELD,
        "revenue": round(0.0 if side.money is None else side.money.total, 4) if side.tells_money else None,
        "revenue_per_head": shown(intervals.mean, side.spending) if side.tells_money else WITHHELD,
    }
