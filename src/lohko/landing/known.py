"""What a file is taken to be: what the user said, else what its headers say; asked for where they do not tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from lohko.base.errors import InputError, did_you_mean
from lohko.formats.api_records import API_FORMATS
from lohko.formats.fields import Kind
from lohko.formats.format import Format
from lohko.formats.plain import PLAIN
from lohko.formats.recognise import NEAR, Recognised, format_of, recognise, sure
from lohko.formats.registry import FORMATS

UNDECIDED = ("not_recognised", "several_formats")
"""The errors that only ask what a file is."""
NOTHING_KNOWN: dict[str, Any] = {"kind": None, "format": None, "format_title": None, "format_source": None, "recognised": None}
_SHOWN = 3


@dataclass(frozen=True)
class Known:
    """As which kind a file is read, and as which format: a system's export, or the plain files of that kind."""

    kind: Kind
    export: Format | None
    recognised: Recognised | None = None
    """What its headers said, when nobody else did."""
    headers: int = 0
    """How many headers the file has."""

    def as_json(self) -> dict[str, Any]:
        """For the report: the format's key and title, the source it stands for, and how it was told."""
        found, system = self.recognised, self.export if self.export and self.export.source else None
        return {
            "kind": self.kind,
            "format": system.key if system else None,
            "format_title": system.title if system else None,
            "format_source": system.source if system else None,
            "recognised": {"score": found.score, "reason": found.reason, "known": found.known, "of": self.headers} if found else None,
        }


def known(kind: Kind | None, name: str | None, labels: Sequence[str], export: Format | None = None) -> Known:
    """What a file with these headers is; InputError with the candidates when nobody says and the headers do not tell.

    Where its records said themselves what they are, it is that `export`.
    """
    if export is not None:
        told = as_records(export, len(labels)) if kind is None and name is None else None
        return Known(cast(Kind, export.kind), export, told, len(labels))
    if name is not None:
        return _named(kind, name, len(labels))
    found = recognise(labels)
    if kind is not None and not _is_refused(found, kind):
        return Known(kind, format_of(found, kind) or _plain(kind), None, len(labels))
    one = sure(found)
    if one is None:
        raise _ask(found, labels)
    if one.format.refused:
        raise refused(one.format)
    return Known(cast(Kind, one.format.kind), one.format, one, len(labels))


def as_records(export: Format, headers: int) -> Recognised:
    """What is said of a file whose records say what they are."""
    return Recognised(export, 1.0, f"its records are {export.title}", headers)


def _is_refused(found: Sequence[Recognised], kind: Kind) -> bool:
    """Whether a file is surely one that cannot be used as this kind."""
    one = sure(found)
    return one is not None and one.format.refused is not None and kind in one.format.kinds


def refused(one: Format) -> InputError:
    """Why a file that was recognised cannot be used."""
    why, _, instead = (one.refused or "").partition(". ")
    return InputError("refused_format", f"This is {one.title}: {why.rstrip('.')}.", hint=instead)


def _named(kind: Kind | None, name: str, headers: int) -> Known:
    by_key = {item.key: item for item in (*FORMATS, *API_FORMATS, *PLAIN)}
    if name in (item.key for item in API_FORMATS):
        title = by_key[name].title
        raise InputError("kind_of_format", f"The file holds no {title}.", hint="leave --format out, and the file tells what it is.")
    if name not in by_key:
        raise InputError("unknown_format", f"No format of files is called {name!r}.", hint=did_you_mean(name, by_key))
    one = by_key[name]
    if one.refused:
        raise refused(one)
    if kind is not None and kind not in one.kinds:
        raise InputError("kind_of_format", f"A file of {one.title} is not read as {kind}.", hint=f"it is read as {' or '.join(one.kinds)}.")
    return Known(kind or cast(Kind, one.kind), one, None, headers)


def _plain(kind: Kind) -> Format | None:
    return next((one for one in PLAIN if one.kind == kind), None)


def _ask(found: Sequence[Recognised], labels: Sequence[str]) -> InputError:
    place = f"columns: {', '.join(labels[:40])}"
    near = [item for item in found if found[0].score - item.score < NEAR] if found else []
    if len(near) > 1:
        titles = " and ".join(item.format.title for item in near[:_SHOWN])
        ways = " or ".join(_way(item.format) for item in near[:_SHOWN])
        return InputError("several_formats", f"The headers fit {titles} about as well.", place=place, hint=f"say which: {ways}.")
    likeliest = f"the likeliest: {_way(found[0].format)} ({found[0].reason}); " if found else ""
    return InputError(
        "not_recognised",
        "The headers do not tell what this file is.",
        place=place,
        hint=f"{likeliest}say what its rows are with --as, for example --as orders, and name columns with --map.",
    )


def _way(one: Format) -> str:
    return f"--format {one.key}" if one.source else f"--as {one.kind}"
