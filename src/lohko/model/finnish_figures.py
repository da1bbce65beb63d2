"""Events as nouns in Finnish: numbers made of them, and what the first, the last or a share of them is like.

The noun stands in the case that the sentence needs, with its time before it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from lohko.model import finnish_names as names
from lohko.model.condition import Against, AttributeFigure, EdgeEvent, EventsAre, EventsFigure, Figure, MomentIs, PropertyIs, Ranked, Tied
from lohko.model.finnish_compare import (
    amount,
    apart,
    comparison,
    is_amount,
    of_window,
    partitive,
    window_text,
    write_number,
)
from lohko.model.finnish_forms import EVENTS, made_of, noun_of
from lohko.model.finnish_where import MONEY, relative_clause, trait, where_text
from lohko.model.operand import Day, Period, Span, Test
from lohko.model.window import Latest, Window
from lohko.model.words import write_text

Case = Literal["nominative", "genitive", "elative", "genitive_plural", "elative_plural"]
_EDGES: dict[tuple[str, str], str] = {
    ("first", "nominative"): "ensimmäinen",
    ("first", "genitive"): "ensimmäisen",
    ("first", "elative"): "ensimmäisestä",
    ("last", "nominative"): "viimeinen",
    ("last", "genitive"): "viimeisen",
    ("last", "elative"): "viimeisestä",
}


def in_case(event: str, window: Window | None, case: Case, edge: str | None = None) -> str:
    """The events in a case, with their time before them: `viimeisten 12 kuukauden tilauksista`, `1.11.2026 alkaen tehtyjen tilausten`."""
    noun = noun_of(event)
    if isinstance(window, Latest) and window.n > 1 and case in ("genitive_plural", "elative_plural"):
        n = write_number(Decimal(window.n))
        return f"viimeisten {n} {noun.genitive}" if case == "genitive_plural" else f"viimeisistä {n} {noun.elative}"
    words = [_EDGES[edge, case]] if edge else []
    if window is not None:
        whose = of_window(window)
        words.insert(0, whose or f"{window_text(window)} {getattr(made_of(event), case)}")
    return " ".join([*words, getattr(noun, case)])


def figure_text(figure: Figure, currency: str) -> str:
    """A number as the subject of a sentence: `tilausten summa yhteensä`."""
    if isinstance(figure, AttributeFigure):
        return names.attribute(figure.name)
    event, window, where = figure.event, figure.window, figure.where
    if figure.measure == "share":
        has = "" if figure.has is None else relative_clause(figure.has, event, currency, plural=True, noun=True)
        return (
            f"niiden osuus{has} {in_case(event, window, 'elative_plural')}{relative_clause(where, event, currency, plural=True, noun=True)}"
        )
    if figure.measure in ("first", "last"):
        edge = in_case(event, window, "elative", figure.measure)
        return f"{edge}{relative_clause(where, event, currency, plural=False, noun=True)} kulunut aika päivinä"
    return (
        f"{in_case(event, window, 'genitive_plural')}{relative_clause(where, event, currency, plural=True, noun=True)} {_measure(figure)}"
    )


def figure_is(events: EventsAre, currency: str) -> str:
    """A number of events and its comparison, however that is."""
    money = events.measure in ("sum", "average", "min", "max") and (events.event, events.property) in MONEY
    return f"{figure_text(events.figure, currency)} {comparison(events.test, currency=currency if money else None)}"


def _measure(figure: EventsFigure) -> str:
    name = names.property_(figure.property) if figure.property is not None else ""
    return {
        "count": "määrä",
        "sum": f"{name} yhteensä",
        "average": f"{name} keskimäärin",
        "min": f"pienin {name}",
        "max": f"suurin {name}",
        "most_frequent": f"yleisin {name}",
        "distinct": f"eri {name}-arvojen määrä",
        "days": "eri päivien määrä",
        "gap": "tavallinen väli päivinä",
    }[figure.measure]


def share_text(events: EventsAre, currency: str) -> str | None:
    """`vähintään 70 % tilauksista on tehty alennuskoodilla`; None when it is no share, or is not compared so."""
    if events.measure != "share" or events.has is None or not is_amount(events.test):
        return None
    of = f"{in_case(events.event, events.window, 'elative_plural')}{relative_clause(events.where, events.event, currency, plural=True, noun=True)}"
    row = EVENTS.get(events.event)
    match events.has:
        case PropertyIs(name, Test("known"), None) if row and row.used and row.used[0] == name:
            return f"{amount(events.test)} % {of} on {row.used[1]}"
    return f"{amount(events.test)} % {of} on sellaisia{relative_clause(events.has, events.event, currency, plural=True, noun=True)}"


def edge_text(events: EventsAre, currency: str) -> str | None:
    """When the first or last event was; None when that is not asked."""
    if events.measure not in ("first", "last"):
        return None
    relative = relative_clause(events.where, events.event, currency, plural=False, noun=True)
    if events.test.op not in ("long_ago", "ago_between"):
        noun = in_case(events.event, events.window, "nominative", events.measure)
        return f"{noun}{relative} {_when_made(events)}"
    spans = events.test.operands
    how_long = f"yli {partitive(spans[0])}" if events.test.op == "long_ago" else apart(spans[0], spans[1])  # type: ignore[arg-type]
    return f"{in_case(events.event, events.window, 'elative', events.measure)}{relative} on kulunut {how_long}"


def _when_made(events: EventsAre) -> str:
    """When it was: `on tehty 1.11.2026 alkaen`, `ei ole saatu tällä viikolla (tai tieto puuttuu)`."""
    said = comparison(events.test)
    if not events.test.operands or not all(isinstance(item, Day | Span | Period) for item in events.test.operands):
        return said
    made = made_of(events.event).nominative
    for verb in ("ei ole ", "on "):
        if said.startswith(verb):
            return f"{verb}{made} {said.removeprefix(verb)}"
    return said


def edge_event(node: EdgeEvent, currency: str) -> str:
    """`ensimmäisen tilauksen kanava on "verkko"`."""
    where = relative_clause(node.where, node.event, currency, plural=False, noun=True)
    noun = in_case(node.event, node.window, "genitive", node.edge) + where
    if isinstance(node.has, PropertyIs | MomentIs):
        return f"{noun} {trait(node.has, node.event, currency)}"
    return f"{noun} tiedoille pätee ({where_text(node.has, node.event, currency)})"


def tied(node: Tied, currency: str) -> str:
    """How many of the events have one of another kind that belongs to them."""
    noun, other = in_case(node.event, node.window, "genitive_plural"), noun_of(node.other)
    where = relative_clause(node.where, node.event, currency, plural=True, noun=True)
    by = f"tiedon {names.property_(node.by)} kautta " if node.by is not None else ""
    belongs = f"liittyy {by}{other.nominative}" if node.linked else f"ei liity {by}{other.partitive}"
    its = relative_clause(node.other_where, node.other, currency, plural=False, noun=True) or ","
    return f"niiden {noun}{where} määrä, joihin {belongs}{its} {comparison(node.test)}"


_LONGER = {
    "over": "enemmän aikaa kuin",
    "at_least": "vähintään yhtä kauan kuin",
    "under": "vähemmän aikaa kuin",
    "at_most": "enintään yhtä kauan kuin",
}
_LARGER = {
    "over": "suurempi kuin",
    "at_least": "vähintään yhtä suuri kuin",
    "under": "pienempi kuin",
    "at_most": "enintään yhtä suuri kuin",
}
_BY = {"over": "yli", "at_least": "vähintään", "under": "alle", "at_most": "enintään"}


def against(node: Against, currency: str) -> str:
    """One number of the customer against another."""
    by = "" if node.times == 1 else f"{_BY[node.op]} {write_number(node.times)} kertaa"
    match node.left, node.right:
        case EventsFigure(event, "first" | "last" as edge) as left, EventsFigure(other, "gap") as right:
            passed = in_case(event, left.window, "elative", edge) + relative_clause(left.where, event, currency, plural=False, noun=True)
            usual = in_case(other, right.window, "genitive_plural") + relative_clause(right.where, other, currency, plural=True, noun=True)
            than = f"{by} niin kauan kuin" if by else _LONGER[node.op]
            return f"{passed} on kulunut {than} asiakkaan {usual} välillä yleensä"
    than = f"{by} niin suuri kuin" if by else _LARGER[node.op]
    return f"{figure_text(node.left, currency)} on {than} {figure_text(node.right, currency)}"


def ranked(node: Ranked, currency: str) -> str:
    """Where the customer stands among others by a number."""
    n = "" if node.n is None else write_number(Decimal(node.n))
    place = {
        "top": f"{n} suurimman joukossa",
        "bottom": f"{n} pienimmän joukossa",
        "top_percent": f"suurimman {n} %:n joukossa",
        "bottom_percent": f"pienimmän {n} %:n joukossa",
        "quintile": f"viidenneksessä {n}",
        "decile": f"kymmenyksessä {n}",
        "above_average": "yli keskiarvon",
        "below_average": "alle keskiarvon",
        "above_median": "yli mediaanin",
        "below_median": "alle mediaanin",
    }[node.place]
    among = "" if node.among is None else f" segmentissä {write_text(node.among)}"
    return f"{figure_text(node.figure, currency)} on {place}{among}"
