"""The tree of a condition: a question about one customer at one instant.

Leaves ask about attributes, events or other segments; inner nodes are the
algebra (And, Or, Not) and one transform (OfAccount: a set of people becomes the
contacts of their accounts). Every node means a set of living people, so nothing
is ever unknown: a person is in or out, and Not is always safe (docs: meaning).
What is stored is this tree; text in English or Finnish is a rendering of it.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Discriminator

from lohko.model.operand import CalendarUnit, Day, Part, Span, Test
from lohko.model.window import Window

# --- numbers about a person ------------------------------------------------------

Measure = Literal["count", "sum", "average", "min", "max", "distinct", "days", "first", "last", "gap", "most_frequent", "share"]
"""What is made of a person's counted events (those of the type, passing `where`, in the window).

count          how many; of none 0
sum            of a property; of none 0
average        of a property; of none no value
min, max       of a property; of none no value
distinct       different values of a property; of none 0
days           different local days on which there is one; of none 0
first, last    when: the instant of the first and the last. In EventsAre it is compared as a time (`first order is in last 30 days`);
               where a number is wanted (Against, Ranked) it is the time since then, in days
gap            the usual time between them in days: (last - first) / (number - 1); of fewer than two no value
most_frequent  the value of a property that most of them have; several when they tie, and then a comparison holds when it holds for
               one of them; of none no value
share          of them, how many in a hundred pass `has`; of none no value
"""


@dataclass(frozen=True)
class EventsFigure:
    """A number made from the person's events of one type; see Measure."""

    event: str
    measure: Measure
    property: str | None = None
    where: Condition | None = None
    window: Window | None = None
    has: Condition | None = None
    node: Literal["events_figure"] = "events_figure"

    def __post_init__(self) -> None:
        _check_measure(self.measure, self.property, self.has)


@dataclass(frozen=True)
class AttributeFigure:
    """A number that is an attribute or trait of the person."""

    name: str
    node: Literal["attribute_figure"] = "attribute_figure"


Figure = Annotated[EventsFigure | AttributeFigure, Discriminator("node")]

OF_PROPERTY: frozenset[str] = frozenset({"sum", "average", "min", "max", "distinct", "most_frequent"})
"""The measures that are of a property."""


def _check_measure(measure: str, name: str | None, has: Condition | None) -> None:
    if (name is not None) != (measure in OF_PROPERTY):
        raise ValueError(f"{measure!r} {'needs a' if measure in OF_PROPERTY else 'takes no'} property")
    if (has is not None) != (measure == "share"):
        raise ValueError(f"{measure!r} {'needs' if measure == 'share' else 'takes no'} `has`")


# --- leaves ---------------------------------------------------------------------


@dataclass(frozen=True)
class Ever:
    """At any instant before as_of."""

    node: Literal["ever"] = "ever"


Moment = Annotated[Span | Day | Ever, Discriminator("node")]
"""When something was so: a span ago (the instant where `in last n units` begins), at 00:00 of a day, or ever."""


@dataclass(frozen=True)
class AttributeIs:
    """The person's attribute or trait passes the test: as it was at as_of, or at the moment `at` before it.

    With `at` Ever: it passes for a value that the person had at some instant before as_of (traits have no Ever). A moment
    at or after as_of is as_of. A part (its weekday, how many items ...) is compared instead of the value when one is named.
    """

    name: str
    test: Test
    part: Part | None = None
    at: Moment | None = None
    node: Literal["attribute"] = "attribute"


@dataclass(frozen=True)
class PropertyIs:
    """Only inside `where` and `has`: the event's property, or a part of it, passes the test."""

    name: str
    test: Test
    part: Part | None = None
    node: Literal["property"] = "property"


@dataclass(frozen=True)
class MomentIs:
    """Only inside `where` and `has`: the weekday, month, day or hour at which the event happened, local, passes the test."""

    part: Literal["weekday", "month", "day", "hour"]
    test: Test
    node: Literal["moment"] = "moment"


@dataclass(frozen=True)
class EventsAre:
    """A number (or a time, or a value) made from the person's events of one type passes the test; see Measure.

    `did EVENT` is count at least 1.
    """

    event: str
    measure: Measure
    test: Test
    property: str | None = None
    where: Condition | None = None
    window: Window | None = None
    has: Condition | None = None
    node: Literal["events"] = "events"

    def __post_init__(self) -> None:
        _check_measure(self.measure, self.property, self.has)

    @builtins.property
    def figure(self) -> EventsFigure:
        """What is measured, without the test."""
        return EventsFigure(self.event, self.measure, self.property, self.where, self.window, self.has)


@dataclass(frozen=True)
class EdgeEvent:
    """The first (or last) of the person's counted events passes `has`; of several at that instant, one of them does."""

    edge: Literal["first", "last"]
    event: str
    has: Condition
    where: Condition | None = None
    window: Window | None = None
    node: Literal["edge_event"] = "edge_event"


@dataclass(frozen=True)
class Step:
    """What came, or did not come, after the event before it.

    An event is within a span of the one before when that one lies in `in last SPAN` as asked at its own instant: for hours and
    minutes up to and including exactly that long after; for days and longer by local dates (`within 3 days`: on the same local
    date or one of the next three). It is later, never at the same instant. Without a span it is any time later, before as_of.
    """

    event: str
    where: Condition | None = None
    within: Span | None = None
    did: bool = True


@dataclass(frozen=True)
class Followed:
    """A chain: an event (in the window), then another within a time, and so on: at least one such chain exists.

    Only the last step may be `did=False`: an event (with the steps after it) that was not followed by that one. Such an
    event counts only when its time is over: it lies before `in last SPAN` as asked at as_of, so nothing can follow any more.
    Without a span nothing has followed yet.
    """

    event: str
    then: tuple[Step, ...]
    where: Condition | None = None
    window: Window | None = None
    node: Literal["followed"] = "followed"


@dataclass(frozen=True)
class Tied:
    """How many of the person's counted events have (or, `linked=False`, do not have) an event of another kind tied to them.

    Tied: the same person's, before as_of, passing `other_where`, with the same value of the property `by` (texts by fold),
    which both kinds have. When `by` is left out it is the first that both have of LINKS. An event without that value is tied to nothing.
    """

    event: str
    other: str
    test: Test
    where: Condition | None = None
    window: Window | None = None
    other_where: Condition | None = None
    by: str | None = None
    linked: bool = True
    node: Literal["tied"] = "tied"


LINKS = ("message_id", "email_id", "newsletter", "campaign", "order_id", "booking_id", "cart_id", "product_id", "product_name")
"""The properties that tie events of two kinds when none is named, the first that both have."""


@dataclass(frozen=True)
class Periods:
    """In how many of the last `n` periods the person did the event at least once.

    The periods are the `n` parts of `in last n units`: from n units before, n-1 units before ... up to as_of; each begins at a
    local midnight. `ordered in at least 3 of the last 6 months`.
    """

    event: str
    n: int
    unit: CalendarUnit
    test: Test
    where: Condition | None = None
    node: Literal["periods"] = "periods"


Order = Literal["over", "at_least", "under", "at_most"]


@dataclass(frozen=True)
class Against:
    """One number of the person against another: left is over (at least, under, at most) `times` the right.

    No value on a side matches nothing, and neither does 0 against 0. So: this month's sum against last month's, refunds
    against orders, the time since the last order against the usual time between orders.
    """

    left: Figure
    op: Order
    right: Figure
    times: Decimal = Decimal(1)
    node: Literal["against"] = "against"


Place = Literal[
    "top",
    "bottom",
    "top_percent",
    "bottom_percent",
    "quintile",
    "decile",
    "above_average",
    "below_average",
    "above_median",
    "below_median",
]


@dataclass(frozen=True)
class Ranked:
    """Where the person stands by a number among everyone who has it, or among those of them in the segment `among`.

    A count, sum or other number of events is a value only for people with at least one counted event.
    top, bottom N              fewer than N have a strictly greater (smaller) value, so ties are all in
    top_percent, bottom_percent  100 x the number strictly greater (smaller) < N x how many they are
    quintile, decile           1 + (5 or 10 x the number strictly smaller) // how many; 5 and 10 are the greatest values
    above_, below_average      strictly; value x how many against the sum
    above_, below_median       strictly; the median of an even number is halfway between the middle two
    """

    figure: Figure
    place: Place
    n: int | None = None
    among: str | None = None
    node: Literal["ranked"] = "ranked"

    def __post_init__(self) -> None:
        if (self.n is None) != self.place.startswith(("above", "below")):
            raise ValueError(f"{self.place!r} {'takes no' if self.n is not None else 'needs a'} number")


@dataclass(frozen=True)
class InSegment:
    """The person is in that segment's current definition, at the same as_of.

    With `at`: was in it at that moment, as the membership ledger says (with the days filled in before it).
    """

    segment: str
    at: Annotated[Span | Day, Discriminator("node")] | None = None
    node: Literal["segment"] = "segment"


@dataclass(frozen=True)
class Moved:
    """The person entered, or left, the segment in the window, as the membership ledger says (with the days filled in before it)."""

    segment: str
    way: Literal["entered", "left"]
    window: Window | None = None
    node: Literal["moved"] = "moved"


@dataclass(frozen=True)
class Consent:
    """The person's consent for the purpose stands at as_of: email, sms, ads, personalisation, profiling."""

    purpose: str
    node: Literal["consent"] = "consent"


@dataclass(frozen=True)
class Reachable:
    """The person has what the channel needs: an e-mail address (email), a phone number (sms, phone), an address and postcode (post)."""

    channel: Literal["email", "sms", "phone", "post"]
    node: Literal["reachable"] = "reachable"


@dataclass(frozen=True)
class RandomShare:
    """A share of everyone, the same people each time: the first 8 hex digits of md5(seed + ':' + person id) below share x 2^32."""

    percent: Decimal
    seed: str = ""
    node: Literal["random"] = "random"


@dataclass(frozen=True)
class Near:
    """The person's attributes `latitude` and `longitude` lie within that many kilometres (great circle, sphere of 6371.0088 km)."""

    latitude: Decimal
    longitude: Decimal
    km: Decimal
    node: Literal["near"] = "near"


# --- algebra and transform ---------------------------------------------------------


@dataclass(frozen=True)
class And:
    """In all parts."""

    parts: tuple[Condition, ...]
    node: Literal["and"] = "and"


@dataclass(frozen=True)
class Or:
    """In at least one part."""

    parts: tuple[Condition, ...]
    node: Literal["or"] = "or"


@dataclass(frozen=True)
class Not:
    """Living and not in the part."""

    part: Condition
    node: Literal["not"] = "not"


@dataclass(frozen=True)
class OfAccount:
    """Of the contacts of the person's account (living people with the same account, the person included), any, all, or at least n are in the part.

    The account is the text attribute ACCOUNT of the schema, compared by fold, as of as_of. A person without one is not in.
    An attribute of the account is one that any of its contacts has: OfAccount("any", AttributeIs("employees", ...)).
    """

    quantifier: Literal["any", "all", "at_least"]
    part: Condition
    n: int | None = None
    node: Literal["account"] = "account"

    def __post_init__(self) -> None:
        if (self.n is not None) != (self.quantifier == "at_least"):
            raise ValueError(f"{self.quantifier!r} {'takes no' if self.n is not None else 'needs a'} number")


ACCOUNT = ("account", "company")
"""The attributes that tell a person's account, the first that the schema has."""

Leaf = (
    AttributeIs
    | EventsAre
    | EdgeEvent
    | Followed
    | Tied
    | Periods
    | Against
    | Ranked
    | InSegment
    | Moved
    | Consent
    | Reachable
    | RandomShare
    | Near
)
"""What is asked of an engine, and not of its parts."""

LEAVES: tuple[type, ...] = Leaf.__args__

OF_ACCOUNT_TOO = (AttributeIs, EventsAre, EdgeEvent, Followed, Tied, Periods, Against)
"""The leaves that are asked of the account itself beside its contacts (`account.py`): those about attributes and events."""

Condition = Annotated[Leaf | PropertyIs | MomentIs | And | Or | Not | OfAccount, Discriminator("node")]
