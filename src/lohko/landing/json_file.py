"""JSON lines, or a list of objects, become the table `raw`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from lohko.base.errors import InputError
from lohko.formats.api_records import UNREADABLE, UNSAID, ApiRecords, api_records
from lohko.landing import detect
from lohko.landing.cut import physical_lines
from lohko.landing.enclosed import ENCLOSES, listed, opened
from lohko.landing.personal_code import mask
from lohko.landing.table import MAX_COLUMNS, MAX_RECORD, Broken, Records, as_text, distinct, fill

_MOST_AT_ONCE = 512 << 20
_STRIPES = frozenset(("balance_transaction", "charge", "checkout.session", "invoice", "payment_intent", "refund", "subscription"))


def read_json(connection: DuckDBPyConnection, path: Path, folder: Path, kind: str | None = None, name: str | None = None) -> Records:
    """Fill the table `raw` from JSON; an object that cannot be read costs itself.

    Where the first object is a record of a system's API, all are read as the source of that system would read them,
    unless they are asked for as another kind or format.
    """
    seen = detect.survey(path)
    text = path
    if not seen.plain:
        text = folder / "text"
        detect.to_utf8(path, seen.encoding, text)
    rows: list[dict[str, str]] = []
    broken: list[Broken] = []
    labels: dict[str, None] = {}
    numbers: list[int] = []
    number = 0
    records = _Decoder(kind, name)
    for item, raw, beside in _items(text):
        for flat in records.rows(item, beside):
            number += 1
            if flat is None or _has_nul(flat):
                broken.append(Broken(number, "broken_record" if flat is None else "nul_byte", raw[:MAX_RECORD]))
                continue
            labels.update(dict.fromkeys(flat))
            if len(labels) > MAX_COLUMNS:
                raise InputError("too_many_columns", f"The objects have more than {MAX_COLUMNS} different names.")
            rows.append(flat)
            numbers.append(number)
    if not labels:
        raise InputError("no_rows", "The file holds no JSON objects.", hint="write one object a line, or a list of objects.")
    columns = distinct(labels)
    fill(connection, numbers, ([row.get(label) for label in labels] for row in rows), len(columns))
    detected: dict[str, Any] = {"encoding": seen.encoding.replace("-sig", "")}
    of_api = records.of_api
    if of_api is not None:
        detected |= {"lines": list(of_api.lines) if not broken else None, "bare": of_api.bare}
    masked = sum(mask(label)[1] for label in labels)
    export = of_api.format if of_api else None
    return Records(columns, detected, number, broken, elsewhere=masked, export=export, notes=records.notes())


class _Decoder:
    """What the objects of a file are, as the first of them tells, and the rows that each is."""

    def __init__(self, kind: str | None, name: str | None) -> None:
        self.of_api: ApiRecords | None = None
        self._asked, self._first, self._unsaid = (kind, name), True, False
        self._beside: tuple[Any, Callable[[Mapping[str, Any]], Sequence[Mapping[str, Any]]]] | None = None

    def rows(self, item: Any, beside: Mapping[str, Any]) -> list[dict[str, str] | None]:
        """An object itself, or what a system's API says with it; None for one that cannot be read."""
        if not isinstance(item, dict):
            return [None]
        if self._first:
            _refuse_cents(item)
            self.of_api, self._first = api_records(item, *self._asked), False
        if self.of_api is None:
            return [_flat(item)]
        try:
            # Numbers are written out as the source writes them into its rows.
            return [
                _flat({name: str(value) if isinstance(value, Decimal) else value for name, value in row.items()})
                for row in self._read(self.of_api, item, beside)
            ]
        except UNREADABLE:
            return [None]

    def _read(self, of_api: ApiRecords, item: Mapping[str, Any], beside: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        if self._beside is None or self._beside[0] is not beside:
            try:
                self._beside = (beside, of_api.rows if of_api.beside is None else of_api.beside(beside))
            except UNREADABLE:  # what stands beside is not what it should be, the objects still are
                self._beside = (beside, of_api.rows)
        found = self._beside[1](item)
        self._unsaid = self._unsaid or not of_api.says_all(item, beside)
        return found

    def notes(self) -> list[tuple[str, str, str]]:
        """What the source would have asked for beside, and these objects do not say."""
        code = self.of_api.unsaid if self.of_api is not None and self._unsaid else None
        return [(code, UNSAID[code], "")] if code is not None else []


def _refuse_cents(item: Mapping[str, Any]) -> None:
    """InputError for payments as Stripe's API writes them: a sum of 2000 there is 20 euros, and would be taken for 2000."""
    if str(item.get("object")) in _STRIPES and "livemode" in item:
        raise InputError(
            "bad_json",
            "The sums in JSON of Stripe's API are in cents, so it is not read as a file.",
            hint="export CSV from Stripe, or let Stripe tell by webhooks (`lohko source add NAME --kind stripe`).",
        )


def _has_nul(flat: dict[str, str]) -> bool:
    return any("\x00" in name or "\x00" in value for name, value in flat.items())


class _RepeatedKey(ValueError):
    """An object says one name twice, so it does not say which value is meant."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedKey
    return found


def _parsed(text: str) -> Any:
    # Numbers stay exactly as they are written; NaN and Infinity, which JSON does not have, are no value.
    return json.loads(text, parse_float=Decimal, parse_constant=lambda _name: None, object_pairs_hook=_once)


def _items(path: Path) -> Iterator[tuple[Any, str, Mapping[str, Any]]]:
    """Every object, its text, and what stands beside the list that it is in, where an API's answer holds it."""
    alone: Mapping[str, Any] = {}
    for item, line in _written(path):
        for part, beside, inside in opened([item]):
            text = line if line is not None and not inside else json.dumps(part, ensure_ascii=True, default=str)
            yield part, text, beside if inside else alone


def _written(path: Path) -> Iterator[tuple[Any, str | None]]:
    """The objects as the file has them, each with its line where it has one of its own."""
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        is_list = stream.read(4096).lstrip()[:1] == "["
    if is_list:
        yield from ((item, None) for item in _list(path))
        return
    answer = _enclosed(path)
    if answer is not None:
        yield answer, None
        return
    lines: Iterator[str] = (line for line in physical_lines(path, 0) if line.strip())
    first = next(lines, "")
    if first.strip() == "{":
        raise InputError("bad_json", "The JSON object spreads over several lines.", hint="write one object a line, or a list of objects.")
    for line in chain([first], lines):
        try:
            yield _parsed(line), line
        except (ValueError, RecursionError, ArithmeticError):
            yield None, line


def _enclosed(path: Path) -> dict[str, Any] | None:
    """The one object that the file is, where it has a list in it as `{"orders": [...]}` of a shop's API; None when the file is another thing.

    Only a file that begins so is looked at as a whole, and no JSON lines, which may be of any size.
    """
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        begins = ENCLOSES.match(stream.read(4096)) is not None
    if not begins or path.stat().st_size > _MOST_AT_ONCE or _is_lines(path):
        return None
    try:
        found = _parsed(path.read_text(encoding="utf-8-sig", errors="replace"))
    except (ValueError, RecursionError, ArithmeticError):
        return None
    return found if isinstance(found, dict) and listed(found) is not None else None


def _is_lines(path: Path) -> bool:
    """Whether the first line is an object of its own, with another line after it."""
    lines = (line for line in physical_lines(path, 0) if line.strip())
    first, second = next(lines, ""), next(lines, None)
    return second is not None and first.rstrip().endswith("}")


def _list(path: Path) -> list[Any]:
    if path.stat().st_size > _MOST_AT_ONCE:
        raise InputError("too_large", "A JSON list of this size cannot be read at once.", hint="write one object a line.")
    try:
        items = _parsed(path.read_text(encoding="utf-8-sig", errors="replace"))
    except _RepeatedKey as error:
        raise InputError("bad_json", "An object in the JSON list says one name twice.", hint="write one object a line.") from error
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise InputError("bad_json", "The JSON cannot be read.", hint="JSON lines are read even when one line is broken.") from error
    found: list[Any] = items
    return found


def _flat(item: dict[str, Any]) -> dict[str, str] | None:
    """An object's values as texts by name, one level of objects opened with a dot; None when two would have one name."""
    found: dict[str, str] = {}
    count = 0
    for name, value in item.items():
        parts = {f"{name}.{inner}": part for inner, part in value.items()} if isinstance(value, dict) and value else {name: value}
        texts = {key: text for key, part in parts.items() if (text := as_text(part)) is not None}
        count += len(texts)
        found.update(texts)
    return found if len(found) == count else None
