"""Which columns of a file are used, under which name, as what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lohko.base.text import telling
from lohko.formats.fields import Field, Kind, fields_of, key, own_name
from lohko.landing.fields import Guess
from lohko.landing.moments import DateOrder, tells_order
from lohko.landing.raw import Told
from lohko.landing.words import Words
from lohko.model.consent import PURPOSE_TABLE
from lohko.model.schema import Codes, Type


@dataclass(frozen=True)
class Column:
    """A column of the file that is kept: under which name, as what, and how."""

    staged: str
    source: str
    name: str
    label: str
    role: str
    type: Type
    codes: Codes | None = None
    negated: bool = False
    """Whether a yes in it takes something back: a list of those who do not want mail is no list of those who do."""


_WHOLE = re.compile(r"[-+]?\d{1,3}([\s\u00a0\u202f.,']?\d{3})*([.,]0+)?")


def believable(kind: Kind, labels: Sequence[str], found: Mapping[str, Guess], words: Words) -> dict[str, Guess]:
    """The guesses without those whose column holds something else: `25-34` in a column of ages is no age and is kept as a text.

    What the user said stays. A `Customer` that is a name is who somebody is called and not who it is: two people of one name are two,
    so where the file has addresses too, those tell people apart. A header that says id or number is taken at its word.
    """
    known, cells = fields_of(kind), {label: f"c{place}" for place, label in enumerate(labels)}

    def doubtful(name: str, item: Guess) -> bool:
        if item.reason == "given" or known[name].type != "integer":
            return False
        texts = words.sample(cells[item.label])
        return bool(texts) and not any(_WHOLE.fullmatch(text) for text in texts)

    kept = {name: item for name, item in found.items() if not doubtful(name, item)}
    who = kept.get("customer_id")
    if who is None or who.reason == "given" or key(who.label) not in _WHOEVER or not _are_names(words.sample(cells[who.label])):
        return kept
    addresses = len(words.sample(cells[kept["email"].label])) if "email" in kept else 0
    if addresses * 2 < len(words.sample(cells[who.label])):
        return kept
    del kept["customer_id"]
    if "name" in known and not {"name", "first_name", "last_name"} & kept.keys():
        kept["name"] = Guess("name", who.label, who.score, "its texts are names")
    return kept


_WHOEVER = ("customer", "client", "asiakas")
"""Headers that may stand over a number as well as over a name."""
_NAME = re.compile(r"[^\W\d_][^\d@]*[ ,][^\d@]*[^\W\d_]\.?")


def _are_names(texts: Sequence[str]) -> bool:
    """Whether most texts are of several words without a digit.

    >>> _are_names(["Liisa Laine", "Meri, Matti", "Aho Oy"]), _are_names(["A 17", "B 18"]), _are_names(["maija", "ville"]), _are_names([])
    (True, False, False, False)
    """
    return sum(_NAME.fullmatch(text) is not None for text in texts) * 2 > len(texts)


def choose(
    kind: Kind,
    labels: Sequence[str],
    found: Mapping[str, Guess],
    words: Words,
    date_order: DateOrder | None = None,
    told: Mapping[str, Told] | None = None,
) -> list[Column]:
    """The columns that are kept as attributes, properties or consent; those of the fields that make a row are not among them.

    `told` is what the file's format found out about columns. What a survey asked is both: what the answer said, and what its person says.
    """
    known = fields_of(kind)
    by_label = {item.label: name for name, item in found.items()}
    columns: list[Column] = []
    for place, label in enumerate(labels):
        name, said = by_label.get(label), (told or {}).get(label, _NOTHING)
        if name is None and said.role != "left":
            own = _own(kind, place, label, {c.name for c in columns} | set(known), words, date_order, said)
            columns += [own] if own else []
        elif name is not None and known[name].role != "key":
            columns.append(_known(place, label, known[name], said))
    columns += [also for item in columns for also in _every_channel(item)]
    return [*columns, *(_of_person(item) for item in columns if kind == "survey" and _is_answer(item))]


_PROHIBITION = frozenset(
    map(
        key, ("markkinointikielto", "suoramarkkinointikielto", "ei markkinointia", "ei suoramarkkinointia", "no marketing", "do not market")
    )
)
"""Headers of those who want no marketing at all, by whichever channel."""


def _every_channel(item: Column) -> list[Column]:
    """Who prohibits marketing takes back every channel and not e-mail alone."""
    if not item.negated or key(item.label) not in _PROHIBITION:
        return []
    others = [purpose.key for purpose in PURPOSE_TABLE if purpose.channel and purpose.key != item.name]
    return [replace(item, staged=f"{item.staged}_{name}", name=name) for name in others]


_NOTHING = Told()
_NO_ANSWER = ("response_id", "survey", "question", "answer")


def _is_answer(item: Column) -> bool:
    return item.role == "property" and item.name not in _NO_ANSWER


def _of_person(item: Column) -> Column:
    return replace(item, staged=f"a{item.staged}", role="attribute")


def _known(place: int, label: str, field: Field, told: Told) -> Column:
    role = "consent" if field.role == "optout" else field.role
    name = field.name.removeprefix("consent_").removeprefix("optout_") if role == "consent" else field.name
    return Column(f"p{place}", f"c{place}", name, label, role, told.type or field.type, field.codes, field.role == "optout")


def _own(kind: Kind, place: int, label: str, taken: set[str], words: Words, date_order: DateOrder | None, told: Told) -> Column | None:
    """A column that is no known field, under its own name; None when it holds nothing."""
    values = words.sample(f"c{place}")
    if not values:
        return None
    name = own_name(label)
    if kind == "accounts" and name in fields_of("customers"):
        name = f"account_{name}"  # what a person may have is not what their company has
    while name in taken:
        name = f"{name}_given"
    role = told.role or {"customers": "attribute", "accounts": "account"}.get(kind, "property")
    return Column(f"p{place}", f"c{place}", name, label, role, told.type or infer(name, values, date_order))


_ID_LIKE = re.compile(r"(^|_|\b)(id|no|number|code|sku|ean|isbn|postcode|zip|phone|numero|tunnus|koodi)$", re.IGNORECASE)
_DAY = r"\d{4}-\d{2}-\d{2}|\d{1,2}([./-])\d{1,2}[./-](\d{4}|\d{2})"
_SHAPES: tuple[tuple[Type, re.Pattern[str]], ...] = (
    ("integer", re.compile(r"[-+]?(0|[1-9]\d{0,14})")),
    ("decimal", re.compile(r"[-+]?(\d{1,3}([ \u00a0\u202f]\d{3})+|\d{1,15})([.,]\d{1,10})?")),
    ("decimal", re.compile(r"[-+]?\d{1,15}(\.\d+)?([eE][-+]?\d{1,2})?")),
    ("date", re.compile(_DAY)),
    ("time", re.compile(rf"({_DAY})(T|,? +(klo\.? +)?)\d{{1,2}}[:.]\d{{2}}.*")),
)
_CURRENCY = r"(€|\$|£|eur|usd|gbp|sek|nok|dkk|kr)"
_AMOUNT = re.compile(
    rf"({_CURRENCY}[ \u00a0\u202f]?)?[-+]?(\d{{1,3}}([ \u00a0\u202f.,]\d{{3}})+|\d{{1,15}})([.,]\d{{1,10}}|,-)?([ \u00a0\u202f]?{_CURRENCY})?",
    re.IGNORECASE,
)
_LEADING_ZERO = re.compile(r"0\d+")


def infer(name: str, values: Sequence[str], date_order: DateOrder | None = None) -> Type:
    """The type of a column that is no known field, from those of its distinct texts that say something; text when in doubt."""
    values = telling(values)
    if not values or _ID_LIKE.search(name):
        return "text"
    if {value.casefold() for value in values} <= {"yes", "no", "true", "false", "kyllä", "ei"}:
        return "boolean"
    if any(_LEADING_ZERO.fullmatch(value) for value in values):
        return "text"
    found: Type = next((kind for kind, shape in _SHAPES if all(shape.fullmatch(value) for value in values)), "text")
    if found == "text" and _are_amounts(values):
        return "decimal"
    return found if found not in ("date", "time") or tells_order(values, date_order) else "text"


def _are_amounts(values: Sequence[str]) -> bool:
    """Whether all texts are amounts of one currency, at least one of them written as such.

    >>> _are_amounts(["1 234,50 €", "12,-", "7€", "1.234,50 €"]), _are_amounts(["5 €", "6 $"]), _are_amounts(["5 kpl"]), _are_amounts(["1.234.567"])
    (True, False, False, False)
    """
    found = [match for value in values if (match := _AMOUNT.fullmatch(value))]
    marks = {(match[2] or match[7] or "").casefold() for match in found} - {""}
    written = bool(marks) or any(match[5] == ",-" for match in found)
    return len(found) == len(values) and len(marks) <= 1 and written
