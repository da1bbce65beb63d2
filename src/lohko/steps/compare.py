"""How segments overlap, and how their people differ in value, recency, place and channel.

Sizes are exact: of every combination of the segments, of what each two share, and
of their union. Figures are of each segment, with 95 % intervals; differences are
of each two. Numbers of 1 to 4 people are not told, nor is what gives such a one away
(`maths/few.py`); how large each segment is by itself is told of five and more. Attributes of a special category
are left out, unless every segment that is compared has a basis to use them.

Where two segments share people, they are no independent groups: the interval of
`whole` is then made as if they were, which makes it rather too wide. `apart`
compares the people who are in only one of them: those of the first without the
second, against those of the second without the first; where one lies wholly
inside the other, the inner one against the rest of the outer one. When nothing
can be told, see `maths/intervals.py`. Where many differences are looked at, about one in
twenty of their intervals misses by chance.

Money and orders are of all time before `as_of`: counted orders (a total above 0), revenue less refunds. `average_order` is before
refunds. Recency is in whole days since the last counted order, of those who have one. Shares of places are of
those whose place is known; shares of order channels are of those with an order whose channel is known, and who ordered
in several count in each.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

from pyroaring import BitMap

from lohko.base.errors import InputError, LohkoError
from lohko.engine import outcomes
from lohko.engine.outcomes import ByMask, Groups, Part
from lohko.engine.plan import evaluate, evaluate_all
from lohko.maths import intervals
from lohko.maths.few import Telling, is_few, told, unless_few
from lohko.maths.intervals import Estimate, Moments
from lohko.model.condition import Consent, Reachable
from lohko.model.orders import ORDER
from lohko.steps.question import Question, ask
from lohko.steps.told import WITHHELD, shown
from lohko.steps.work import Progress, Work

MOST = 6
_PLACES = ("country", "region", "city")
_VALUES_SHOWN = 5
_CHANNELS: tuple[Literal["email", "phone", "post"], ...] = ("email", "phone", "post")
_EVER = dt.datetime(1, 1, 1, tzinfo=dt.UTC)


def compare(work: Work, progress: Progress, *, segments: list[str], as_of: str | None = None) -> dict[str, Any]:
    """Two to six segments at one instant: sizes of every combination, overlaps, figures and differences."""
    question = ask(work, as_of)
    people = _people(question, segments)
    names = list(people)
    progress(0.2, "counting")
    groups = outcomes.take_groups(question.engine.cursor, list(people.values()))
    pairs = [_Pair(names, groups.sizes, a, b) for a, b in combinations(range(len(names)), 2)]
    overlaps = Telling(groups.sizes)
    for bit in range(len(names)):
        overlaps.tell(_part(groups.sizes, bit), given=True)
    told_pairs = [pair.as_json(overlaps) for pair in pairs]
    figures = []
    for place, measure in enumerate(_measures(question, groups, names)):
        progress(min(0.95, 0.3 + 0.02 * place), measure.name)
        figures.append(_figure(measure, names, groups.sizes, pairs))
    progress(1.0, "done")
    return {
        **question.stamp(),
        "confidence": intervals.CONFIDENCE,
        "currency": work.settings.currency,
        "population": len(question.engine.everyone()),
        "segments": [
            {"id": name, "title": dict(question.segments[name].title), "size": size, "share": question.share(size)}
            for name, size in ((name, unless_few(len(found))) for name, found in people.items())
        ],
        "combinations": _combinations(names, groups.sizes, overlaps),
        "pairs": told_pairs,
        "figures": figures,
        "warnings": [_dependent(pair) for pair in pairs if pair.size(pair.both)],
    }


def _people(question: Question, segments: list[str]) -> dict[str, BitMap]:
    """The members of each segment, in the order given; the first error where one cannot be told."""
    names = list(dict.fromkeys(question.segment(name).id for name in segments))
    if not 2 <= len(names) <= MOST:
        raise InputError("bad_segments", f"{len(names)} different segments cannot be compared.", hint=f"name from 2 to {MOST} of them.")
    answers = evaluate_all(question.engine, question.catalogue, names)
    found: dict[str, BitMap] = {}
    for name in names:
        answer = answers[name]
        if isinstance(answer, LohkoError):
            raise answer
        found[name] = answer
    return found


def _dependent(pair: _Pair) -> dict[str, str]:
    both = pair.size(pair.both)
    shared = f"{pair.a} and {pair.b} share {'a few' if is_few(both) else f'{both:,}'} people"
    return {
        "code": "not_independent",
        "message": f"{shared}: they are not independent groups. `apart` compares those who are in only one of them.",
    }


# --- overlaps ---------------------------------------------------------------------------


def _combinations(names: list[str], sizes: ByMask, overlaps: Telling) -> list[dict[str, Any]]:
    """How many people are in exactly those segments and in none of the others, for every combination, the largest first."""
    masks = sorted(range(1, 1 << len(names)), key=lambda mask: (-sizes.get(mask, 0), mask))
    found = [([name for bit, name in enumerate(names) if mask >> bit & 1], overlaps.tell({mask})) for mask in masks]
    return [{"segments": inside, "size": n} for inside, n in sorted(found, key=lambda item: -(item[1] or 0))]


class _Pair:
    """Two of the segments as parts: each, what they share, and those by whom they can be compared as different people."""

    def __init__(self, names: list[str], sizes: ByMask, a: int, b: int) -> None:
        self.a, self.b, self._sizes = names[a], names[b], sizes
        self.all_a, self.all_b = _part(sizes, a), _part(sizes, b)
        self.both = self.all_a & self.all_b
        self.only_a, self.only_b = self.all_a - self.both, self.all_b - self.both
        # Where one lies inside the other nobody is in only the inner one; equal segments have nobody to compare.
        if self.only_a and not self.only_b:
            self.only_b = self.all_b
        elif self.only_b and not self.only_a:
            self.only_a = self.all_a

    def size(self, part: Part) -> int:
        """How many people a part has."""
        return _size(self._sizes, part)

    def as_json(self, overlaps: Telling) -> dict[str, Any]:
        """The overlap, or no number of it where one of its numbers is not told."""
        a, b, both = self.size(self.all_a), self.size(self.all_b), overlaps.tell(self.both)
        if both is None or is_few(a - both) or is_few(b - both):
            return {"a": self.a, "b": self.b, **dict.fromkeys(_OVERLAP)}
        union = a + b - both
        return {
            "a": self.a,
            "b": self.b,
            "both": both,
            "union": union,
            "only_a": a - both,
            "only_b": b - both,
            "jaccard": _share(both, union),
            "share_of_a_in_b": _share(both, a),
            "share_of_b_in_a": _share(both, b),
        }


_OVERLAP = ("both", "union", "only_a", "only_b", "jaccard", "share_of_a_in_b", "share_of_b_in_a")


def _part(sizes: ByMask, bit: int) -> frozenset[int]:
    return frozenset(mask for mask in sizes if mask >> bit & 1)


def _size(sizes: ByMask, part: Part) -> int:
    return sum(sizes.get(mask, 0) for mask in part)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


# --- figures ----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Share:
    """The share of people who have or did something, of those of whom it is known."""

    kind: str
    name: str
    did: ByMask
    known: ByMask
    withheld: frozenset[int] = frozenset()

    @property
    def behind(self) -> tuple[ByMask, ...]:
        """Those who did, and those of whom it is known that they did not."""
        return self.did, {mask: n - self.did.get(mask, 0) for mask, n in self.known.items()}

    def of(self, part: Part) -> Estimate:
        return intervals.share(_size(self.did, part), _size(self.known, part))

    def apart(self, part: Part, other: Part) -> Estimate:
        counts = (_size(self.did, part), _size(self.known, part), _size(self.did, other), _size(self.known, other))
        return intervals.shares_apart(*counts)


@dataclass(frozen=True)
class _Mean:
    """The mean of a number per person: of everyone, who has 0 without an order, or of those who ordered."""

    kind: str
    name: str
    column: str
    bought: outcomes.Bought
    everyone: ByMask | None

    @property
    def behind(self) -> tuple[ByMask, ...]:
        """Those who have a number at all: a sum of a few says what these few have."""
        return (self.bought.sizes,)

    def of(self, part: Part) -> Estimate:
        return intervals.mean(self._moments(part))

    def apart(self, part: Part, other: Part) -> Estimate:
        return intervals.means_apart(self._moments(part), self._moments(other))

    def _moments(self, part: Part) -> Moments:
        people = None if self.everyone is None else _size(self.everyone, part)
        return intervals.moments(getattr(self.bought.of(part), self.column), people=people)


@dataclass(frozen=True)
class _Order:
    """What an order comes to."""

    kind: str
    name: str
    buyers: outcomes.Bought

    @property
    def behind(self) -> tuple[ByMask, ...]:
        """Those who ordered."""
        return (self.buyers.sizes,)

    def of(self, part: Part) -> Estimate:
        found = self.buyers.of(part)
        return intervals.ratio_of_sums(found.gross, found.orders)

    def apart(self, part: Part, other: Part) -> Estimate:
        ours, theirs = self.buyers.of(part), self.buyers.of(other)
        return intervals.ratios_apart(ours.gross, ours.orders, theirs.gross, theirs.orders)


_Measure = _Share | _Mean | _Order
"""Something that can be said of any part of the groups (`of`), of how two parts differ (`apart`), and the people it would tell of (`behind`)."""


def _measures(question: Question, groups: Groups, names: list[str]) -> Iterator[_Measure]:
    """Everything that the data can say, in the order of the report."""
    cursor, schema, as_of = question.engine.cursor, question.schema, question.as_of
    if ORDER in schema.events:
        bought = outcomes.bought(cursor, schema, _EVER, as_of)
        buyers = bought.buyers
        yield _Mean("value", "revenue_per_head", "net", bought, groups.sizes)
        yield _Mean("value", "orders_per_head", "orders", bought, groups.sizes)
        yield _Order("value", "average_order", buyers)
        yield _Mean("recency", "recency_days", "recency_days", buyers, None)
    for name in _PLACES:
        attribute = schema.attributes.get(name)
        if attribute is not None and attribute.type == "text" and question.catalogue.may_show(name, *names):
            yield from _spread(name, outcomes.spread_of_attribute(cursor, attribute, as_of))
    channel = schema.events[ORDER].properties.get("channel") if ORDER in schema.events else None
    if channel is not None and channel.type == "text":
        yield from _spread("order_channel", outcomes.spread_of_orders(cursor, schema, channel, as_of))
    for way in _CHANNELS:
        people = _people_of(question, Reachable(way))
        if people is not None:
            yield _Share("reachable", way, groups.within(people), groups.sizes)
    for purpose in outcomes.purposes_asked(cursor, as_of):
        people = _people_of(question, Consent(purpose))
        if people is not None:
            yield _Share("consented", purpose, groups.within(people), groups.sizes)


def _people_of(question: Question, leaf: Reachable | Consent) -> BitMap | None:
    """The people of a condition; None where the data lacks what it asks about."""
    try:
        return evaluate(question.engine, question.catalogue, leaf)
    except InputError:
        return None


def _spread(kind: str, found: outcomes.Spread) -> Iterator[_Share]:
    """The values that most people of the segments have; each is withheld of a segment where it would tell of a few, or another value would be found by it."""
    values = found.most(_VALUES_SHOWN)
    withheld: dict[str, set[int]] = {value: set() for value in values}
    for bit in range(max(found.known, default=0).bit_length()):
        part = _part(found.known, bit)
        numbers = [_size(found.values[value], part) for value in values]
        others = _size(found.known, part) - sum(numbers)  # below 0 where one person may have several
        for value, number in zip(values, told([*numbers, max(0, others)], apart=others >= 0)[:-1], strict=True):
            if number is None:
                withheld[value].add(bit)
    for value in values:
        yield _Share(kind, value, found.values[value], found.known, frozenset(withheld[value]))


def _figure(measure: _Measure, names: list[str], sizes: ByMask, pairs: list[_Pair]) -> dict[str, Any]:
    people = [Telling(behind) for behind in measure.behind]

    def tells(*parts: Part) -> bool:
        return all(item.tell(part) is not None for item in people for part in parts)

    segments = [_part(sizes, bit) for bit in range(len(names))]
    withheld = measure.withheld if isinstance(measure, _Share) else ()
    open_ = {name: bit not in withheld and tells(segments[bit]) for bit, name in enumerate(names)}
    return {
        "kind": measure.kind,
        "name": measure.name,
        "segments": {name: shown(measure.of, part) if open_[name] else WITHHELD for name, part in zip(names, segments, strict=True)},
        "differences": [
            {
                "a": pair.a,
                "b": pair.b,
                "independent": not pair.size(pair.both),
                "whole": shown(measure.apart, pair.all_a, pair.all_b) if open_[pair.a] and open_[pair.b] else WITHHELD,
                "apart": shown(measure.apart, pair.only_a, pair.only_b)
                if open_[pair.a] and open_[pair.b] and tells(pair.only_a, pair.only_b)
                else WITHHELD,
            }
            for pair in pairs
        ],
    }
