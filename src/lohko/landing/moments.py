"""Times as people write them become instants.

In which order a column writes day and month is decided from the whole column,
said in the report, and never by the row; when the column does not tell, it is
asked.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from sqlglot import exp

from lohko.base.errors import InputError
from lohko.base.times import Offset, to_utc_offsets
from lohko.landing.words import put

DateOrder = Literal["dmy", "mdy", "ymd"]
Epoch = Literal["s", "ms", "us", "excel"]
FIRST, LAST = dt.datetime(1900, 1, 2), dt.datetime(2100, 1, 1)
"""Times outside of these are mistakes."""
DATE_LIKE = "[0-9]{4}|[0-9]{1,2}[./-][0-9]{1,2}[./-]"
"""What a text has in it that may be a day: a year, or two numbers as of a day and a month. A bare number is none."""


@dataclass(frozen=True)
class TimeStyle:
    """How a column writes times."""

    order: DateOrder
    epoch: Epoch | None = None


_PARTS = re.compile(r"^(\d{1,2})([./-])(\d{1,2})\2(\d{2}|\d{4})\b")
_EPOCHS: tuple[tuple[Epoch, str], ...] = (
    ("s", r"1\d{9}(\.\d+)?"),
    ("ms", r"1\d{12}"),
    ("us", r"1\d{15}"),
    ("excel", r"[2-7]\d{4}([.,]\d+)?"),
)


def time_style(label: str, values: list[str], given: DateOrder | None) -> TimeStyle:
    """How a column writes times; InputError when day and month cannot be told apart."""
    for epoch, shape in _EPOCHS:
        if values and all(re.fullmatch(shape, value) for value in values):
            return TimeStyle("ymd", epoch)
    firsts, seconds, signs = [], [], set()
    for value in values:
        if match := _PARTS.match(value):
            firsts.append(int(match[1]))
            seconds.append(int(match[3]))
            signs.add(match[2])
    if not firsts:
        return TimeStyle("ymd")
    if given in ("dmy", "mdy"):
        return TimeStyle(given)
    if "." in signs:  # dots are never month first
        return TimeStyle("dmy")
    day_first = sum(first > 12 for first in firsts)
    month_first = sum(second > 12 for second in seconds)
    if day_first != month_first:
        return TimeStyle("dmy" if day_first > month_first else "mdy")
    if "-" in signs:
        return TimeStyle("dmy")
    why = "some rows have the day first and as many the month" if day_first else "no number is above 12"
    raise InputError(
        "ambiguous_dates",
        f"In column {label!r} day and month cannot be told apart: {why}.",
        hint="say it with --date-order dmy (1.2. is the first of February) or --date-order mdy.",
    )


def tells_order(values: Sequence[str], given: DateOrder | None) -> bool:
    """Whether it is clear what is the day and what the month."""
    try:
        time_style("", list(values), given)
    except InputError:
        return False
    return True


_FORMATS: dict[DateOrder, str] = {"dmy": "%d{s}%m{s}{y}", "mdy": "%m{s}%d{s}{y}"}
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
_NAMED = ("%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %B %Y", "%b %d %Y", "%B %d %Y")
# Without its zone, its word for o'clock and its comma, with colons in its clock, and with AM or PM for `ap.`, `ip.` and `a.m.`.
_BARE = r"""regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(__t,
    '\s*(Z|\b(?:EES?T|CES?T|WES?T|BST|[ECMP][SD]T)|(?:UTC|GMT)(?:\s*[-+]\d{1,2}(?::?\d{2})?)?|(\d:\d\d(:\d\d(\.\d+)?)?)\s*[-+]\d{2}(:?\d{2})?)$', '\2'),
    ',?\s+(klo\.?\s+)?|,\s*', ' ', 'g'),
    '^(\d{4}-\d\d-\d\d)T', '\1 '),
    '\s*(?i:ap|a\.?m)\.?$', ' AM'),
    '\s*(?i:ip|p\.?m)\.?$', ' PM'),
    '(\s)(\d{1,2})\.(\d{2})\.(\d{2})( [AP]M)?$', '\1\2:\3:\4\5'),
    '(\s)(\d{1,2})\.(\d{2})( [AP]M)?$', '\1\2:\3\4')"""

_PLAIN = r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"
"""A time that says no more than a day and a clock, as machines write it: what is done to all others leaves it as it is."""


def naive_time(text: exp.Expr, style: TimeStyle) -> exp.Expr:
    """The time as it is written, without its offset; null when it is none."""
    if style.epoch == "excel":
        days = "TIMESTAMP '1899-12-30' + to_seconds(CAST(round(TRY_CAST(replace(__t, ',', '.') AS DOUBLE) * 86400) AS BIGINT))"
        return put(days, t=text)
    if style.epoch:
        divisor = {"s": 1, "ms": 1000, "us": 1_000_000}[style.epoch]
        return put("make_timestamp(CAST(TRY_CAST(__t AS DOUBLE) * __d AS BIGINT))", t=text, d=exp.Literal.number(1_000_000 // divisor))
    bare = put(_BARE, t=text)
    if style.order == "ymd":
        formats = [day + clock for day in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", *_NAMED) for clock in _CLOCKS] + [
            "%Y%m%d%H%M%S",
            "%Y%m%d%H%M",
        ]
        # A cast passes over AM and PM as if they were a zone.
        others = put(
            "coalesce(CASE WHEN NOT suffix(__t, 'M') THEN TRY_CAST(__t AS TIMESTAMP) END, try_strptime(__t, __f))", t=bare, f=texts(formats)
        )
        plain = exp.Literal.string(_PLAIN)
        return put("CASE WHEN regexp_full_match(__t, __p) THEN TRY_CAST(__t AS TIMESTAMP) ELSE __o END", t=text, p=plain, o=others)
    made = [_FORMATS[style.order].format(s=sign, y=year) + clock for sign in "./-" for year in ("%Y", "%y") for clock in _CLOCKS]
    return put(
        r"CASE WHEN regexp_matches(__t, '^\d{4}-') AND NOT suffix(__t, 'M') THEN TRY_CAST(__t AS TIMESTAMP) "
        r"WHEN regexp_matches(__t, '^\d{1,2}\D\d{1,2}\D\d{4}') THEN try_strptime(__t, __four) ELSE try_strptime(__t, __two) END",
        t=bare,
        four=texts([item for item in made if "%Y" in item]),
        two=texts([item for item in made if "%y" in item]),
    )


def offset_seconds(text: exp.Expr, label: str) -> exp.Expr:
    """The offset from UTC that a time or its column's header states, in seconds; null when they state none."""
    if re.search(r"\b(utc|gmt)\b", label, re.IGNORECASE):
        return put("CASE WHEN NOT __t IS NULL THEN 0 END", t=text)
    return put(
        r"""CASE WHEN regexp_full_match(__t, __p) THEN NULL WHEN regexp_matches(__t, '(Z|UTC|GMT)$') THEN 0
        WHEN regexp_matches(__t, '\b(EES?T|CES?T|WES?T|BST|[ECMP][SD]T)$') THEN
            CASE regexp_extract(__t, '([A-Z]+)$', 1) WHEN 'EEST' THEN 10800 WHEN 'EET' THEN 7200 WHEN 'CEST' THEN 7200 WHEN 'WET' THEN 0
                WHEN 'EDT' THEN -14400 WHEN 'EST' THEN -18000 WHEN 'CDT' THEN -18000 WHEN 'CST' THEN -21600 WHEN 'MDT' THEN -21600 WHEN 'MST' THEN -25200
                WHEN 'PDT' THEN -25200 WHEN 'PST' THEN -28800 ELSE 3600 END
        WHEN regexp_matches(__t, '(\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*[-+]\d{2}|(UTC|GMT)\s*[-+]\d{1,2})(:?\d{2})?$') THEN
            CAST(regexp_extract(__t, '([-+])(\d{1,2}):?(\d{2})?$', 1) || '1' AS INTEGER)
            * (3600 * CAST(regexp_extract(__t, '([-+])(\d{1,2}):?(\d{2})?$', 2) AS INTEGER)
            + 60 * coalesce(TRY_CAST(regexp_extract(__t, '([-+])(\d{1,2}):?(\d{2})?$', 3) AS INTEGER), 0)) END""",
        t=text,
        p=exp.Literal.string(_PLAIN),
    )


def offsets_between(zone: ZoneInfo, first: dt.datetime | None, last: dt.datetime | None) -> list[Offset]:
    """What to subtract from naive local times of a range to get UTC: the change before it, and those within."""
    first, last = max(first or FIRST, FIRST), min(last or FIRST, LAST)
    every = to_utc_offsets(zone, min(first.year, last.year) - 1, last.year + 1)
    before = [item for item in every if item.start <= first]
    return [*before[-1:], *(item for item in every if first < item.start <= last)]


def to_utc(naive: exp.Expr, offset: exp.Expr, offsets: Sequence[Offset]) -> exp.Expr:
    """A naive time less its own offset, or that of the zone at that time."""
    return put(
        "__n - to_seconds(coalesce(__o, __z))",
        n=naive,
        o=offset,
        z=_by_time(naive, [(o.start, exp.Literal.number(o.seconds)) for o in offsets]),
    )


def odd_hour(naive: exp.Expr, offset: exp.Expr, offsets: Sequence[Offset]) -> exp.Expr | None:
    """`twice` or `missing` for a local time that occurs twice or never; None when the range has no such hour."""
    if not any(item.kind != "normal" for item in offsets):
        return None
    kinds = [(o.start, exp.Literal.string(o.kind) if o.kind != "normal" else exp.Null()) for o in offsets]
    return put("CASE WHEN __o IS NULL THEN __k END", o=offset, k=_by_time(naive, kinds))


def _by_time(naive: exp.Expr, values: Sequence[tuple[dt.datetime, exp.Expr]]) -> exp.Expr:
    case = exp.Case()
    for start, value in sorted(values, key=lambda item: item[0], reverse=True)[: len(values) - 1]:
        edge = exp.cast(exp.Literal.string(start.isoformat(sep=" ")), "TIMESTAMP", dialect="duckdb")
        case = case.when(exp.GTE(this=naive.copy(), expression=edge), value)
    first = min(values, key=lambda item: item[0])[1]
    return case.else_(first) if len(values) > 1 else first


def texts(values: Sequence[str]) -> exp.Expr:
    """A list of texts."""
    return exp.Array(expressions=[exp.Literal.string(value) for value in values])
