"""Which column of a file is which field: what the user said, what the format is known to mean, then what the headers say.

What cannot be guessed is asked for by name; a column that is no known field is kept under its own name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lohko.base.errors import InputError, did_you_mean
from lohko.formats.fields import REQUIRED, Field, Kind, fields_of, key
from lohko.formats.format import Format, each
from lohko.landing.numbers import says_without_vat

_LISTED_BY_ID = ("id", "uniqueid", "recid", "recordid", "rowid", "tunnus")
"""Headers that in a list of customers can only mean the customer, and elsewhere may mean anything."""
_NUMBERED_BY_ID: dict[Kind, str] = {"orders": "order_id", "tickets": "ticket_id", "bookings": "booking_id"}
"""What a plain `ID` numbers in such files, where no other column does."""
_CARDS = ("kortinnumero", "korttinumero", "cardnumber", "cardno")
"""Headers that in a list of customers number their card, beside which an address is no better number; elsewhere they pay."""


@dataclass(frozen=True)
class Guess:
    """Which column a field is taken to be, how sure that is (0 to 1), and why."""

    field: str
    label: str
    score: float
    reason: str


def guess(kind: Kind, labels: Sequence[str], given: Mapping[str, str], export: Format | None = None) -> dict[str, Guess]:
    """Field to column: what the user said, what the file's format is known to mean, then headers that mean a field; InputError for unknown names.

    A field that is given the empty text has no column, whatever the headers say.
    """
    known = fields_of(kind)
    found: dict[str, Guess] = {}
    for name, label in given.items():
        if name not in known:
            raise InputError("unknown_field", f"Files of kind {kind} have no field {name!r}.", hint=did_you_mean(name, known))
        if label:
            found[name] = Guess(name, _column(label, labels), 1.0, "given")
    known = {name: field for name, field in known.items() if given.get(name) != ""}
    taken = {item.label for item in found.values()}
    if export is not None:
        there = export.columns(labels)
        for name, headers in export.fields_as(kind).items():
            fit = [there[header] for header in each(headers) if header in there and there[header] not in taken]
            if fit and name in known and name not in found:
                found[name] = Guess(name, fit[0], 1.0, f"an export of {export.title}")
                taken.add(fit[0])
        taken.update(there[header] for header in export.never if header in there)
        if export.whole:
            return found
    _by_headers(kind, labels, known, found, taken)
    _prefer_without_vat(labels, known, found)
    number = _NUMBERED_BY_ID.get(kind, "")
    if number in known and number not in found:
        taken.update(item.label for item in found.values())
        ids = [label for label in labels if key(label) == "id" and label not in taken]
        if ids:
            found[number] = Guess(number, ids[0], 0.5, "the only column that can mean it")
    return found


_SUMS = ("total", "line_total")


def _prefer_without_vat(labels: Sequence[str], known: Mapping[str, Field], found: dict[str, Guess]) -> None:
    """Of two sums, the one without VAT where no column says the VAT: what is in the other is not known."""
    for name in _SUMS:
        if name not in found or found[name].reason == "given" or {"tax", "order_tax"} & found.keys() or says_without_vat(found[name].label):
            continue
        taken = {item.label for item in found.values()}
        without = [label for label in labels if label not in taken and says_without_vat(label) and known[name].rank(label) is not None]
        if len(without) == 1:
            found[name] = Guess(name, without[0], found[name].score, "the sum without VAT")


_LEFT_OVER = ("municipality",)
"""Fields that get what no other field took: a lone `Kunta` is the town, as it is for most; beside a town it is the municipality."""


def _by_headers(kind: Kind, labels: Sequence[str], known: Mapping[str, Field], found: dict[str, Guess], taken: set[str]) -> None:
    options = [
        (rank, name, label)
        for name, field in known.items()
        if name not in found
        for label in labels
        if label not in taken and (rank := field.rank(label)) is not None
    ]
    for rank, name, label in sorted(options, key=lambda item: (item[1] in _LEFT_OVER, item[0])):
        if name not in found and label not in taken:
            found[name] = Guess(name, label, round(1 - min(rank, 40) / 100, 2), "the header means it")
            taken.add(label)
    if kind == "customers" and "customer_id" not in found and known.get("customer_id"):
        may = _CARDS if "email" in found else (*_LISTED_BY_ID, *_CARDS)
        ids = [label for label in labels if label not in taken and key(label) in may]
        if len(ids) == 1:
            found["customer_id"] = Guess("customer_id", ids[0], 0.5, "the only column that can mean it")


def _column(label: str, labels: Sequence[str]) -> str:
    if label in labels:
        return label
    close = [item for item in labels if key(item) == key(label)]
    if len(close) == 1:
        return close[0]
    if label.isdecimal() and 1 <= int(label) <= len(labels):  # the third column, whatever it is called
        return labels[int(label) - 1]
    raise InputError("unknown_column", f"The file has no column {label!r}.", hint=did_you_mean(label, labels))


def missing(kind: Kind, found: Mapping[str, Guess]) -> list[tuple[str, ...]]:
    """The required fields that have no column yet."""
    return [group for group in REQUIRED[kind] if not any(name in found for name in group)]


def check_complete(kind: Kind, found: Mapping[str, Guess], labels: Sequence[str], event: str | None, *, anonymous: bool = False) -> None:
    """InputError that asks by name for what a file of this kind needs and the headers did not tell.

    Where rows without an identifier are people of their own (`anonymous`), nothing needs to say who they are.
    """
    absent = [" or ".join(group) for group in missing(kind, found) if not (anonymous and "customer_id" in group)]
    if kind == "events" and event is None and "event" not in found:
        absent.append("event")
    if absent:
        first = absent[0].split(" or ")[0]
        raise InputError(
            "missing_field",
            f"Files of kind {kind} need {', '.join(absent)}, and no column's header says it.",
            place=f"columns: {', '.join(labels[:40])}",
            hint=f"name the column, for example --map {first}={_quoted(labels[0]) if labels else 'Column'}{_nobody(absent)}",
        )


def _nobody(absent: Sequence[str]) -> str:
    """What is said when no column tells customers apart: there may be none, and then nothing can be done with the file."""
    return "; a file that does not tell who its customers are cannot be imported." if any("customer_id" in item for item in absent) else "."


def _quoted(label: str) -> str:
    return f'"{label}"' if " " in label else label
