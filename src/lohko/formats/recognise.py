"""Which export a file is, told by its headers alone: a score with a reason.

Headers that only one tool writes are proof; the score then says how much of the
file and of the export they cover, from 0.5 to 1. Everyday words prove nothing by
themselves, unless they are exactly the row that a tool writes: formats of such
headers and plain files score less than 0.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from lohko.formats.fields import FIELDS, NO_PERSON, Kind, key
from lohko.formats.format import Format, each
from lohko.formats.plain import PLAIN, known_headers
from lohko.formats.registry import FORMATS

NEAR = 0.1
"""Two scores closer than this do not tell which of the two a file is."""
ENOUGH = 0.2
"""With less than this nothing is taken to be recognised."""
_PLAIN, _PROOF = 0.45, 0.5
_MANY, _MANY_PEOPLE = 4, 5
"""So many headers of a plain file have to mean something, however many others there are; of people more, for anybody's rows name somebody."""
_IN_PLACE = 1 / 3
"""So much of a row must be spelt and stand as the tool does it for the rest to be told by its place."""


@dataclass(frozen=True)
class Recognised:
    """A format that a file may be, how likely that is (0 to 1), and why in words."""

    format: Format
    score: float
    reason: str
    known: int
    """So many of the file's headers are this format's."""
    heard: frozenset[str] = frozenset()
    """Of a plain file, the headers that mean something in it."""
    elsewhere: int = 0
    """So many more of the file's headers mean something in plain files of other kinds only."""


def recognise(labels: Sequence[str]) -> list[Recognised]:
    """The formats that a file with these headers may be, the likeliest first; plain files among them.

    >>> [(item.format.key, item.score) for item in recognise(["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"])]
    [('order-lines', 0.45), ('customers', 0.07)]
    """
    found = [item for one in FORMATS if (item := _system(one, labels)) is not None]
    found += [item for one in PLAIN if (item := _plain(one, labels)) is not None]
    return sorted(found, key=lambda item: -item.score)


def sure(found: Sequence[Recognised]) -> Recognised | None:
    """The one format that a file is taken to be; None when none fits well, or two are near. The exact headers of one leave no doubt.

    Of plain files one stands also when it explains all headers that any other does, and more: what tools add beside is no doubt.
    """
    if (plain := _explains_all(found)) is not None:
        return plain
    if not found or found[0].score < ENOUGH or (found[0].format.everyday and found[0].score < 1) or _is_more(found[0]):
        return None
    if len(found) > 1 and found[0].score - found[1].score < NEAR and not found[1].score < found[0].score == 1:
        return None
    return found[0]


def _is_more(one: Recognised) -> bool:
    """Whether a list of people says as much that lists of people do not say: then its rows are something that people did."""
    return one.format.kind == "customers" and bool(one.heard) and one.elsewhere >= one.known


def _explains_all(found: Sequence[Recognised]) -> Recognised | None:
    if any(item.score >= _PROOF for item in found):
        return None
    plain = sorted((item for item in found if item.heard), key=lambda item: -item.known)
    if not plain or not all(item.heard < plain[0].heard for item in plain[1:]):
        return None
    best = plain[0]
    if best.format.kind in NO_PERSON:
        return best if best.score >= ENOUGH else None
    if best.format.kind == "customers" and best.score < ENOUGH:
        return best if best.known >= max(_MANY_PEOPLE, best.elsewhere * 2) else None
    return best if best.known >= _MANY or best.score >= ENOUGH else None


def _system(one: Format, labels: Sequence[str]) -> Recognised | None:
    there = one.spelt(labels)
    if one.in_order and len(labels) == len(one.headers):
        placed = sum(there.get(header) == label for header, label in zip(one.headers, labels, strict=True))
        there = one.columns(labels) if placed >= len(labels) * _IN_PLACE else there
    if not all(any(header in there for header in each(group)) for group in one.needs):
        return None
    if any(header in there for header in one.lacks):
        return None
    known = [header for header in one.headers if header in there]
    if [there[header] for header in known] == list(labels) and len(known) == len(one.headers):
        return Recognised(one, 1.0, f"exactly the headers of {one.title}", len(known))
    covered = (len(known) / len(one.headers) + len(known) / len(labels)) / 2
    score = _PLAIN * covered / 2 if one.everyday else _PROOF + (1 - _PROOF) * covered
    return Recognised(one, round(score, 2), _reason(one, known, len(labels)), len(known))


def _reason(one: Format, known: Sequence[str], labels: int) -> str:
    marks = [header for group in one.needs for header in each(group) if header in known]
    telling = sorted(marks, key=lambda header: (-len(key(header)), header))[:2]
    among = f", among them {' and '.join(telling)}" if telling else ""
    return f"{len(known)} of {labels} headers are those of {one.title}{among}"


def _plain(one: Format, labels: Sequence[str]) -> Recognised | None:
    known = known_headers(cast(Kind, one.kind), labels)
    if not known:
        return None
    reason = f"{len(known)} of {len(labels)} headers mean something in {one.title}: {', '.join(known[:4])}"
    return Recognised(one, round(_PLAIN * len(known) / len(labels), 2), reason, len(known), frozenset(known), _elsewhere(known, labels))


def _elsewhere(known: Sequence[str], labels: Sequence[str]) -> int:
    return sum(any(item.rank(label) is not None for item in FIELDS) for label in labels if label not in known)


def format_of(found: Sequence[Recognised], kind: str) -> Format | None:
    """Of what a file may be, the system's export that it is when it is read as this kind; None for a plain file, or when two fit as well."""
    one = sure([item for item in found if item.format.source and item.score >= _PROOF and kind in item.format.kinds])
    return one.format if one else None
