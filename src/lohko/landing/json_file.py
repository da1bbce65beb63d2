"""JSON lines, or a list of objects, become the table `raw`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from lohko.base.errors import InputError
from lohko.formats.api_records import UNREADABLE, ApiRecords, api_records
from lohko.landing import detect
from lohko.landing.cut import physical_lines
from lohko.landing.enclosed import BESIDE_LISTS, LISTS, listed
from lohko.landing.personal_code import mask
from lohko.landing.table import MAX_COLUMNS, MAX_RECORD, Broken, Records, as_text, distinct, fill

_MOST_AT_ONCE = 512 << 20
_STRIPES = frozenset(("balance_transaction", "charge", "checkout.session", "invoice", "payment_intent", "refund", "subscription"))
_ENCLOSES = re.compile(r'\s*\{\s*"(' + "|".join(sorted({*LISTS, *BESIDE_LISTS})) + r')"\s*:', re.IGNORECASE)


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
    of_api: ApiRecords | None = None
    first = True
    for item, raw in _items(text):
        if first and isinstance(item, dict):
            _refuse_cents(item)
            of_api, first = api_records(item, kind, name), False
        for flat in _rows(item, of_api):
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
    if of_api is not None:
        detected["lines"] = list(of_api.lines) if not broken else None
    masked = sum(mask(label)[1] for label in labels)
    return Records(columns, detected, number, broken, elsewhere=masked, export=of_api.format if of_api else None)


def _rows(item: Any, of_api: ApiRecords | None) -> list[dict[str, str] | None]:
    """The rows that an object of a file is: itself, or what a system's API says with it; None for one that cannot be read."""
    if not isinstance(item, dict):
        return [None]
    if of_api is None:
        return [_flat(item)]
    try:
        # Numbers are written out as the source writes them into its rows.
        return [
            _flat({name: str(value) if isinstance(value, Decimal) else value for name, value in row.items()}) for row in of_api.rows(item)
        ]
    except UNREADABLE:
        return [None]


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


def _items(path: Path) -> Iterator[tuple[Any, str]]:
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        is_list = stream.read(4096).lstrip()[:1] == "["
    if is_list:
        yield from _list(path)
        return
    inner = _enclosed(path)
    if inner is not None:
        yield from ((item, json.dumps(item, ensure_ascii=True, default=str)) for item in inner)
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


def _enclosed(path: Path) -> list[Any] | None:
    """The list in the one object that the file is, as `{"orders": [...]}` of a shop's API; None when the file is another thing.

    Only a file that begins so is looked at as a whole, and no JSON lines, which may be of any size.
    """
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        begins = _ENCLOSES.match(stream.read(4096)) is not None
    if not begins or path.stat().st_size > _MOST_AT_ONCE or _is_lines(path):
        return None
    try:
        found = _parsed(path.read_text(encoding="utf-8-sig", errors="replace"))
    except (ValueError, RecursionError, ArithmeticError):
        return None
    return listed(found)


def _is_lines(path: Path) -> bool:
    """Whether the first line is an object of its own, with another line after it."""
    lines = (line for line in physical_lines(path, 0) if line.strip())
    first, second = next(lines, ""), next(lines, None)
    return second is not None and first.rstrip().endswith("}")


def _list(path: Path) -> Iterator[tuple[Any, str]]:
    if path.stat().st_size > _MOST_AT_ONCE:
        raise InputError("too_large", "A JSON list of this size cannot be read at once.", hint="write one object a line.")
    try:
        items = _parsed(path.read_text(encoding="utf-8-sig", errors="replace"))
    except _RepeatedKey as error:
        raise InputError("bad_json", "An object in the JSON list says one name twice.", hint="write one object a line.") from error
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise InputError("bad_json", "The JSON cannot be read.", hint="JSON lines are read even when one line is broken.") from error
    yield from ((item, json.dumps(item, ensure_ascii=True, default=str)) for item in items)


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
