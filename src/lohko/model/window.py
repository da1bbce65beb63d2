"""When events count. Without a window it is ever, before the instant asked about."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Discriminator

from lohko.model.operand import Period, Span


@dataclass(frozen=True)
class InLast:
    """From 00:00 local, n units before the local date of as_of, to as_of; hours and minutes roll."""

    span: Span
    node: Literal["in_last"] = "in_last"


@dataclass(frozen=True)
class Between:
    """From the first day's 00:00 to the end of the last day."""

    first: dt.date
    last: dt.date
    node: Literal["between"] = "between"


@dataclass(frozen=True)
class Before:
    """Ends at that day's 00:00."""

    day: dt.date
    node: Literal["before"] = "before"


@dataclass(frozen=True)
class After:
    """Starts at the midnight after that day."""

    day: dt.date
    node: Literal["after"] = "after"


@dataclass(frozen=True)
class Since:
    """Starts at that day's 00:00."""

    day: dt.date
    node: Literal["since"] = "since"


@dataclass(frozen=True)
class Until:
    """Ends when that day ends: on that day or before it."""

    day: dt.date
    node: Literal["until"] = "until"


@dataclass(frozen=True)
class LongAgo:
    """More than n units ago: ends where `in last n units` begins."""

    span: Span
    node: Literal["long_ago"] = "long_ago"


@dataclass(frozen=True)
class AgoBetween:
    """Between `newest` and `oldest` ago, both included: `between 30 and 60 days ago` is the local days from 60 days before the
    local date of as_of to 30 days before it, whole. Of equal spans: exactly that long ago. Hours and minutes roll:
    from as_of - oldest to as_of - newest, both instants included.
    """

    newest: Span
    oldest: Span
    node: Literal["ago_between"] = "ago_between"


@dataclass(frozen=True)
class During:
    """In a calendar period: this month (to date), previous quarter."""

    period: Period
    node: Literal["during"] = "during"


@dataclass(frozen=True)
class Latest:
    """The person's latest n events of those that pass `where`, and all that are of one instant with the n-th."""

    n: int
    node: Literal["latest"] = "latest"


Window = Annotated[
    InLast | Between | Before | After | Since | Until | LongAgo | AgoBetween | During | Latest,
    Discriminator("node"),
]
