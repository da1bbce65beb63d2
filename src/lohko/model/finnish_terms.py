"""Words of the Finnish grammar that come from tables: their patterns for the lexer, and what each of them stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TypeVar

from lohko.model.finnish_forms import ALL_MADE, ATTRIBUTES, EVENTS, PROPERTIES
from lohko.model.finnish_words import ALSO_MAY, CHANNELS, CONSENTED_TO, CONSENTS, CURRENCIES, MONTHS, PARTS, PERIODS, UNITS, WEEKDAYS

T = TypeVar("T")


def _key(text: str) -> str:
    return " ".join(text.lower().split())


def _table(pairs: Iterable[tuple[str | None, T]]) -> dict[str, T]:
    return {_key(form): meaning for form, meaning in pairs if form}


@lru_cache(maxsize=1)
def tables() -> Mapping[str, Mapping[str, object]]:
    """Terminal by terminal, each form in lower case and what it stands for."""
    events, attributes = EVENTS.items(), ATTRIBUTES.items()
    found: dict[str, dict[str, object]] = {
        "EVENT_VERB": _table((form, name) for name, row in events for form in row.verbs),
        "COUNTED_VERB": _table((row.counted[0], name) for name, row in events if row.counted),
        "COUNTED_OBJECT": _table((row.counted[1], name) for name, row in events if row.counted),
        "OF_THOSE": _table((f"{row.of_those} niistä", name) for name, row in events if row.of_those),
        "NOUN": _table((row.noun.nominative, name) for name, row in events),
        "NOUN_GENITIVE": _table((row.noun.genitive, name) for name, row in events),
        "NOUN_PARTITIVE": _table((row.noun.partitive, name) for name, row in events),
        "NOUN_ELATIVE": _table((row.noun.elative, name) for name, row in events),
        "NOUN_GENITIVE_PLURAL": _table((row.noun.genitive_plural, name) for name, row in events),
        "NOUN_ELATIVE_PLURAL": _table((row.noun.elative_plural, name) for name, row in events),
        "_MADE": _table((form, "") for made in ALL_MADE for form in vars(made).values()),
        "USED": _table((row.used[1], (name, row.used[0])) for name, row in events if row.used),
        "ATTRIBUTE_LABEL": _table((row.label, name) for name, row in attributes),
        "ATTRIBUTE_GENITIVE": _table((row.genitive, name) for name, row in attributes),
        "LIVES_IN": _table((row.lives, name) for name, row in attributes),
        "HAS": _table((row.has, name) for name, row in attributes),
        "LACKS": _table((row.lacks, name) for name, row in attributes),
        "ACCOUNT_COUNTED": _table((row.counted, name) for name, row in attributes),
        "PROPERTY_LABEL": _table((label, name) for name, label in PROPERTIES.items()),
        "PART": _table((word, part) for part, word in PARTS.items()),
        "UNIT_GEN": _table((unit.genitive, name) for name, unit in UNITS.items()),
        "UNIT_PAR": _table((form, name) for name, unit in UNITS.items() for form in (unit.partitive, unit.nominative)),
        "UNIT_ESS": _table((unit.essive, name) for name, unit in UNITS.items()),
        "UNIT_ELA": _table((unit.elative, name) for name, unit in UNITS.items()),
        "UNIT_GENPL": _table((unit.genitive_plural, name) for name, unit in UNITS.items()),
        "PERIOD": _table((words[0], period) for period, words in PERIODS.items()),
        "PERIOD_GEN": _table((words[1], period) for period, words in PERIODS.items()),
        "MOMENT_ADVERB": _table(
            (form, (part, label)) for part, forms in (("month", MONTHS), ("weekday", WEEKDAYS)) for label, form in forms.items()
        ),
        "CONSENT": _table(_consents("", "on antanut suostumuksen", "on antanut luvan")),
        "CONSENT_NOT": _table(_consents("ei ", "ei ole antanut suostumusta", "ei ole antanut lupaa")),
        "CONSENT_DENIED": _table(
            (f"ole antanut {what} {to}", key) for to, key in CONSENTED_TO.items() for what in ("suostumusta", "lupaa")
        ),
        "CHANNEL": _table((words, channel) for channel, words in CHANNELS.items()),
        "_CURRENCY_GEN": _table((words[0], code) for code, words in CURRENCIES.items()),
        "_CURRENCY_PAR": _table((form, code) for code, words in CURRENCIES.items() for form in words[1:]),
    }
    return found


def _consents(no: str, *given: str) -> Iterator[tuple[str, str]]:
    """Every way to say that a customer may be done something to, or may not, with the purpose; whom it is done to may be left out."""
    for purpose, (who, may, said) in CONSENTS.items():
        for what in (said, *ALSO_MAY.get(purpose, ())):
            yield f"{who} {no}{may} {what}", purpose
            yield f"{no}{may} {what}", purpose
    for to, purpose in CONSENTED_TO.items():
        for verb in given:
            yield f"{verb} {to}", purpose
            yield f"asiakas {verb} {to}", purpose


def meaning(terminal: str, word: str) -> object:
    """What a form stands for.

    >>> meaning("NOUN_ELATIVE_PLURAL", "Tilauksista"), meaning("UNIT_PAR", "kuukautta")
    ('order', 'month')
    """
    return tables()[terminal][_key(word.translate(_LIKE_ASCII))]


_LIKE_ASCII = str.maketrans("İıſ\N{KELVIN SIGN}", "iisk")


def terminals() -> str:
    """The terminals as lines of a grammar; longer forms stand before those that they begin with.

    After a number `tunti` and `kuukausi` are units before they are parts of a time; `kuukauden päivä` is such a part before it is `kuukauden`.
    """
    return "".join(
        f"{name}.{_FIRST.get(name, 5)}: /({'|'.join(map(_pattern, sorted(forms, key=len, reverse=True)))})\\b{_ALSO.get(name, '')}/i\n"
        for name, forms in tables().items()
    )


_FIRST = {"UNIT_PAR": 7, "PART": 6}
"""Which words are tried before others, where both may stand."""


def _pattern(form: str) -> str:
    return r"\s+".join(re.escape(word) for word in form.split())


_ALSO = {"_CURRENCY_PAR": r"|[€£$]|(?-i:[A-Z]{3})\b(?!:)", "_CURRENCY_GEN": r"|(?-i:[A-Z]{3}):n\b"}
"""Other ways to write the same."""
