"""Needs: what people are after, with the evidence for it. Segments name the needs that they serve, and share them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lohko.base.errors import InputError
from lohko.model.documents import as_yaml, by_language, line_of, only_keys, read_id

KEY = "needs"
_KEYS = ("id", "title", "description", "evidence")
_EVIDENCE_KEYS = ("text", "source", "date")
_SHAPE = "evidence: [{text: ..., source: ..., date: 2026-03-12}]."


@dataclass(frozen=True)
class Evidence:
    """What is known of a need: what was found, where and when."""

    text: str
    source: str | None = None
    date: dt.date | None = None


@dataclass(frozen=True)
class Need:
    """Something people are after. Titles and descriptions are by language (`en`, `fi`)."""

    id: str
    title: Mapping[str, str] = field(default_factory=dict)
    description: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()


def is_needs(item: Any) -> bool:
    """Whether a document of a file is a catalogue of needs and no segment."""
    return isinstance(item, dict) and KEY in item and "id" not in item and "where" not in item


def read_needs(item: Mapping[str, Any], place: str) -> list[Need]:
    """The needs of a document `needs: [...]`; InputError with file and line."""
    only_keys(item, (KEY,), "A document of needs", line_of(item, place))
    listed = item[KEY]
    if not isinstance(listed, list):
        raise InputError("bad_need", "`needs` is a list of needs.", place=line_of(item, place, KEY), hint="needs: [{id: ..., title: ...}].")
    return [read_need(need, place) for need in listed]


def read_need(item: Any, place: str) -> Need:
    """One need of such a list."""
    if not isinstance(item, dict):
        raise InputError("bad_need", "A need is a set of keys such as id, title and evidence.", place=place)
    where = line_of(item, place)
    only_keys(item, _KEYS, "A need", where)
    evidence = item.get("evidence") or []
    if not isinstance(evidence, list):
        raise InputError("bad_need", "`evidence` is a list.", place=line_of(item, place, "evidence"), hint=_SHAPE)
    return Need(
        read_id(item.get("id"), "need", where),
        by_language(item.get("title"), "title", "bad_need", where),
        by_language(item.get("description"), "description", "bad_need", where),
        tuple(_evidence(one, place if hasattr(one, "lc") else where) for one in evidence),
    )


def _evidence(item: Any, place: str) -> Evidence:
    if isinstance(item, str):
        item = {"text": item}
    where = line_of(item, place)
    if not isinstance(item, dict) or not isinstance(item.get("text"), str) or not item["text"].strip():
        raise InputError("bad_need", "A piece of evidence is a text, or has a text, a source and a date.", place=where, hint=_SHAPE)
    only_keys(item, _EVIDENCE_KEYS, "A piece of evidence", where)
    source = item.get("source")
    return Evidence(item["text"].strip(), None if source is None else str(source).strip(), _day(item.get("date"), where))


def _day(value: Any, place: str) -> dt.date | None:
    if isinstance(value, str):
        try:
            value = dt.date.fromisoformat(value.strip())
        except ValueError:
            value = 0
    if value is None:
        return None
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise InputError("bad_need", "The date of a piece of evidence is a day such as 2026-03-12.", place=place)
    return dt.date(value.year, value.month, value.day)


def need_to_json(need: Need) -> dict[str, Any]:
    """What is stored of a need."""
    return _body(need, lambda day: day.isoformat())


def need_from_json(body: Any) -> Need:
    """The need that `need_to_json` described."""
    return read_need(body, "the stored need")


def write_needs(needs: list[Need]) -> str:
    """A document of needs as YAML that reads back to equal ones."""
    return as_yaml({KEY: [_body(need, lambda day: day) for need in needs]})


def _body(need: Need, day: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"id": need.id}
    if need.title:
        body["title"] = dict(need.title)
    if need.description:
        body["description"] = dict(need.description)
    if need.evidence:
        body["evidence"] = [
            {
                "text": item.text,
                **({} if item.source is None else {"source": item.source}),
                **({} if item.date is None else {"date": day(item.date)}),
            }
            for item in need.evidence
        ]
    return body
