"""Finnish postcodes: to which municipality and region each belongs, from the file that Posti gives out.

Posti's own file (PCF) has records of 220 characters in ISO-8859-1; its JSON and CSV conversions have the same fields by name.
A postcode may span municipalities: the file names the main one. The table is Posti's, so it does not come with Lohko.

Positions: Posti, Postal code file (PCF) record description; the first ten fields agree with its address file (BAF).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lohko.base.codes import region_code
from lohko.base.errors import InputError

_FIELDS = {
    "postcode": (13, 18),
    "name": (18, 48),
    "name_sv": (48, 78),
    "kind": (110, 111),
    "area": (111, 116),
    "area_name": (116, 146),
    "municipality_code": (176, 179),
    "municipality": (179, 199),
    "municipality_sv": (199, 219),
}
"""From and up to which character each field stands in a record of the fixed file."""
_RECORD = re.compile(r"PONOT\d{8}\d{5}.*")
_NAMED = {
    "postcode": "postcode",
    "name": "postcode_fi_name",
    "name_sv": "postcode_sv_name",
    "kind": "type_code",
    "area": "ad_area_code",
    "area_name": "ad_area_fi",
    "municipality_code": "municipal_code",
    "municipality": "municipal_name_fi",
    "municipality_sv": "municipal_name_sv",
}
MOST_BYTES = 64 << 20

STATISTICS_FINLAND = {
    "FI-18": "01", "FI-19": "02", "FI-17": "04", "FI-06": "05", "FI-11": "06", "FI-16": "07", "FI-09": "08", "FI-02": "09", "FI-04": "10",
    "FI-15": "11", "FI-13": "12", "FI-08": "13", "FI-03": "14", "FI-12": "15", "FI-07": "16", "FI-14": "17", "FI-05": "18", "FI-10": "19",
    "FI-01": "21",
}  # fmt: skip
"""The number that Statistics Finland gives a region, by its ISO 3166-2 code: the two number the same regions otherwise."""


@dataclass(frozen=True)
class Place:
    """Where a postcode is: `region` is the ISO 3166-2 code, `municipality_code` that of Statistics Finland with its zeros."""

    postcode: str
    name: str
    municipality_code: str
    municipality: str
    municipality_sv: str
    region: str


def read_places(content: bytes) -> list[Place]:
    """The places of Posti's file, in the order of their postcodes; InputError when it is none of its forms.

    A record whose region is not known is left out by no means: its region is then empty.
    """
    text = _text(content)
    rows = _json(text) if text.lstrip()[:1] in ("[", "{") else _csv(text) if "municipal_code" in text[:2000] else _fixed(text)
    found = {place.postcode: place for place in map(_place, rows) if re.fullmatch(r"\d{5}", place.postcode) and place.municipality}
    if not found:
        raise InputError(
            "not_postcodes",
            "The file holds no Finnish postcodes.",
            hint="it is Posti's postal code file: PCF_<date>.dat, or its JSON or CSV conversion with postcode and municipal_name_fi.",
        )
    return [found[postcode] for postcode in sorted(found)]


def _text(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise InputError("file_too_large", "The file is too large to be Posti's postal code file.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("iso-8859-1")


def _fixed(text: str) -> Iterable[Mapping[str, Any]]:
    return [
        {name: line[first:last].strip() for name, (first, last) in _FIELDS.items()} for line in text.splitlines() if _RECORD.match(line)
    ]


def _csv(text: str) -> Iterable[Mapping[str, Any]]:
    separator = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    rows = csv.DictReader(io.StringIO(text), delimiter=separator)
    return [{name: row.get(label) or "" for name, label in _NAMED.items()} for row in rows]


def _json(text: str) -> Iterable[Mapping[str, Any]]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError("not_postcodes", "The file is no readable JSON.") from error
    rows = body if isinstance(body, list) else []
    return [{name: row.get(label) or "" for name, label in _NAMED.items()} for row in rows if isinstance(row, dict)]


def _place(row: Mapping[str, Any]) -> Place:
    said = {name: str(value).strip() for name, value in row.items()}
    return Place(
        said["postcode"],
        said["name"],
        said["municipality_code"],
        said["municipality"],
        said["municipality_sv"] or said["municipality"],
        region_code(said["area_name"]) or "",
    )
