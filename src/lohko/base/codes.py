"""Closed lists whose labels in any language mean one value: Finland, Suomi and FI are `FI`.

Names come from Unicode's CLDR in English, Finnish and Swedish. A code always
wins over a name that happens to be spelt alike (`ga` is Irish, not the language Ga).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from lohko.base.text import fold

_NAMES_IN = ("en", "fi", "sv")
# Regions of CLDR that are no countries, and parts of countries that have a code of their own only outside ISO 3166-1.
_NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
_PART_OF = {"AC": "SH", "CP": "FR", "CQ": "GG", "DG": "IO", "EA": "ES", "IC": "ES", "TA": "SH"}
# What shops write and CLDR does not say: former names, short names, countries' own names. Keys as `_key` makes them.
_COUNTRY_ALIASES = {
    "britain": "GB", "burma": "MM", "cape verde": "CV", "czech republic": "CZ", "danmark": "DK", "deutschland": "DE",
    "eesti": "EE", "eire": "IE", "englanti": "GB", "england": "GB", "españa": "ES", "great britain": "GB", "hollanti": "NL",
    "holland": "NL", "hong kong": "HK", "hongkong": "HK", "iso-britannia": "GB", "island": "IS", "italia": "IT",
    "ivory coast": "CI", "korea": "KR", "korean tasavalta": "KR", "latvija": "LV", "lietuva": "LT", "macao": "MO", "macau": "MO",
    "macedonia": "MK", "nederland": "NL", "norge": "NO", "northern ireland": "GB", "palestine": "PS", "polska": "PL",
    "pohjois-irlanti": "GB", "republic of ireland": "IE", "republic of korea": "KR", "rsa": "ZA", "russia": "RU",
    "russian federation": "RU", "schweiz": "CH", "scotland": "GB", "skotlanti": "GB", "sverige": "SE", "swaziland": "SZ",
    "turkey": "TR", "turkki": "TR", "uae": "AE", "uk": "GB", "united states of america": "US", "usa": "US",
    "vatican": "VA", "viet nam": "VN", "wales": "GB", "yhdysvallat": "US", "österreich": "AT", "åland": "AX",
}  # fmt: skip
_LANGUAGE_ALIASES = {"suomen kieli": "fi", "ruotsin kieli": "sv", "englannin kieli": "en", "mandarin": "zh", "farsi": "fa"}


def country_code(text: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of a country's code or name in English, Finnish or Swedish; None if it is none.

    >>> country_code("Suomi"), country_code("EIRE"), country_code("U.S.A."), country_code("Narnia")
    ('FI', 'IE', 'US', None)
    """
    return _countries().get(_key(text))


def country_label(code: str, language: str) -> str:
    """A country's name in a language; what was given when it is no known code.

    >>> country_label("FI", "fi"), country_label("FI", "en"), country_label("??", "en")
    ('Suomi', 'Finland', '??')
    """
    from babel import Locale

    return str(Locale.parse(language).territories.get(code, code))


def language_code(text: str) -> str | None:
    """The ISO 639 code of a language's code, tag or name (`sv`, `sv-FI`, `swe`, `ruotsi`); None if it is none.

    >>> language_code("ruotsi"), language_code("sv_FI"), language_code("FIN"), language_code("Klingonese")
    ('sv', 'sv', 'fi', None)
    """
    key = _key(text)
    return _languages().get(key) or _languages().get(_main_part(key))


def language_label(code: str, language: str) -> str:
    """A language's name in a language; what was given when it is no known code."""
    from babel import Locale

    return str(Locale.parse(language).languages.get(code, code))


def region_code(text: str) -> str | None:
    """The ISO 3166-2 code of a Finnish region from its code or its name in Finnish, Swedish or English; None if it is none.

    Numbers alone are no codes: Statistics Finland numbers the same regions otherwise.

    >>> region_code("Uusimaa"), region_code("Nyland"), region_code("fi-11"), region_code("11"), region_code("Ontario")
    ('FI-18', 'FI-18', 'FI-11', None, None)
    """
    return _regions().get(_key(text))


def region_label(code: str, language: str) -> str:
    """A Finnish region's name in a language; what was given when it is no known code.

    >>> region_label("FI-19", "en"), region_label("FI-19", "fi"), region_label("Ontario", "fi")
    ('Southwest Finland', 'Varsinais-Suomi', 'Ontario')
    """
    names = _REGIONS.get(code)
    return code if names is None else names[0] if language == "fi" else names[2]


# Source: ISO 3166-2:FI; per code the Finnish, Swedish and English name, then others in use.
_REGIONS: dict[str, tuple[str, ...]] = {
    "FI-01": ("Ahvenanmaa", "Åland", "Åland", "Ahvenanmaan maakunta", "Åland Islands"),
    "FI-02": ("Etelä-Karjala", "Södra Karelen", "South Karelia"),
    "FI-03": ("Etelä-Pohjanmaa", "Södra Österbotten", "South Ostrobothnia", "Southern Ostrobothnia"),
    "FI-04": ("Etelä-Savo", "Södra Savolax", "South Savo", "Southern Savonia"),
    "FI-05": ("Kainuu", "Kajanaland", "Kainuu"),
    "FI-06": ("Kanta-Häme", "Egentliga Tavastland", "Kanta-Häme", "Tavastia Proper"),
    "FI-07": ("Keski-Pohjanmaa", "Mellersta Österbotten", "Central Ostrobothnia"),
    "FI-08": ("Keski-Suomi", "Mellersta Finland", "Central Finland"),
    "FI-09": ("Kymenlaakso", "Kymmenedalen", "Kymenlaakso", "Kymenlaakso Valley"),
    "FI-10": ("Lappi", "Lappland", "Lapland"),
    "FI-11": ("Pirkanmaa", "Birkaland", "Pirkanmaa"),
    "FI-12": ("Pohjanmaa", "Österbotten", "Ostrobothnia"),
    "FI-13": ("Pohjois-Karjala", "Norra Karelen", "North Karelia"),
    "FI-14": ("Pohjois-Pohjanmaa", "Norra Österbotten", "North Ostrobothnia", "Northern Ostrobothnia"),
    "FI-15": ("Pohjois-Savo", "Norra Savolax", "North Savo", "Northern Savonia"),
    "FI-16": ("Päijät-Häme", "Päijänne-Tavastland", "Päijät-Häme", "Päijänne Tavastia"),
    "FI-17": ("Satakunta", "Satakunta", "Satakunta"),
    "FI-18": ("Uusimaa", "Nyland", "Uusimaa", "Helsinki-Uusimaa"),
    "FI-19": ("Varsinais-Suomi", "Egentliga Finland", "Southwest Finland", "Finland Proper"),
}


@lru_cache(maxsize=1)
def _regions() -> dict[str, str]:
    found = {_key(name): code for code, names in _REGIONS.items() for name in names}
    return found | {code.casefold(): code for code in _REGIONS}


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip


def weekday_of(number: int) -> str:
    """The code of a weekday by its number, Monday being 1."""
    return _WEEKDAYS[number - 1]


def month_of(number: int) -> str:
    """The code of a month by its number."""
    return _MONTHS[number - 1]


def weekday_code(text: str) -> str | None:
    """The code of a weekday's name in English, Finnish or Swedish, its short name, or its number from Monday 1; None if it is none.

    >>> weekday_code("Maanantai"), weekday_code("Sun"), weekday_code("7"), weekday_code("someday")
    ('monday', 'sunday', 'sunday', None)
    """
    return _of_calendar("weekday").get(_key(text))


def month_code(text: str) -> str | None:
    """The code of a month's name in English, Finnish or Swedish, its short name, or its number; None if it is none.

    >>> month_code("joulukuu"), month_code("Dec"), month_code("12"), month_code("13")
    ('december', 'december', 'december', None)
    """
    return _of_calendar("month").get(_key(text))


def weekday_label(code: str, language: str) -> str:
    """A weekday's name in a language.

    >>> weekday_label("monday", "fi"), weekday_label("monday", "en")
    ('maanantai', 'Monday')
    """
    return _calendar_names("weekday", language, "wide").get(code, code)


def month_label(code: str, language: str) -> str:
    """A month's name in a language.

    >>> month_label("december", "fi"), month_label("december", "en")
    ('joulukuu', 'December')
    """
    return _calendar_names("month", language, "wide").get(code, code)


@lru_cache(maxsize=32)
def _calendar_names(kind: str, language: str, width: str) -> dict[str, str]:
    from babel import Locale

    locale = Locale(language)
    if kind == "weekday":
        return {_WEEKDAYS[number]: name for number, name in locale.days["stand-alone"][width].items()}
    return {_MONTHS[number - 1]: name for number, name in locale.months["stand-alone"][width].items()}


@lru_cache(maxsize=2)
def _of_calendar(kind: str) -> dict[str, str]:
    codes = _WEEKDAYS if kind == "weekday" else _MONTHS
    found = {str(number): code for number, code in enumerate(codes, start=1)}
    for language in reversed(_NAMES_IN):
        for width in ("abbreviated", "wide"):
            found |= {_key(name): code for code, name in _calendar_names(kind, language, width).items()}
    return found | {code: code for code in codes}


LISTS: dict[str, tuple[Callable[[str], str | None], Callable[[str, str], str]]] = {
    "country": (country_code, country_label),
    "language": (language_code, language_label),
    "region": (region_code, region_label),
    "weekday": (weekday_code, weekday_label),
    "month": (month_code, month_label),
}
"""Per closed list, the way from a label to its code and from a code to its label."""


def code_of(kind: str, text: str) -> str | None:
    """The code of a label in a closed list; None if it is none."""
    return LISTS[kind][0](text)


def label_of(kind: str, code: str, language: str) -> str:
    """The label of a code in a language; what was given when it is no known code."""
    return LISTS[kind][1](code, language)


def _key(text: str) -> str:
    """What spellings of one name share: `The Netherlands`, `NETHERLANDS`; `U.S.A.`, `USA`."""
    plain = re.sub(r"\s+", " ", fold(text).replace(".", "").replace("&", "and").replace("’", "'")).strip()
    return plain.removeprefix("the ")


def _main_part(key: str) -> str:
    """The language of a tag such as `sv-fi`; nothing when it does not look like one."""
    return found.group(1) if (found := re.fullmatch(r"([a-z]{2,3})[-_][a-z0-9_-]+", key)) else ""


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    from babel import Locale
    from babel.core import get_global

    def wanted(code: str) -> bool:
        return len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY

    found = _named(lambda language: Locale(language).territories, wanted)
    found |= _COUNTRY_ALIASES
    codes = {code.casefold(): code for code in found.values()}
    three = {old.casefold(): new[0] for old, new in get_global("territory_aliases").items() if len(old) == 3 and len(new) == 1}
    found |= {old: code for old, code in three.items() if old.isalpha() and code.casefold() in codes}
    found |= codes
    return {name: _PART_OF.get(code, code) for name, code in found.items()}


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    from babel import Locale
    from babel.core import get_global

    def wanted(code: str) -> bool:
        return len(code) in (2, 3) and code.isalpha() and code not in ("mul", "und", "zxx")

    found = _named(lambda language: Locale(language).languages, wanted)
    found |= _LANGUAGE_ALIASES
    codes = {code.casefold(): code for code in found.values()}
    old = {name.casefold(): code for name, code in get_global("language_aliases").items() if len(name) in (2, 3)}
    found |= {name: code for name, code in old.items() if code in codes.values()}
    return found | codes


def _named(labels: Callable[[str], Mapping[str, str]], wanted: Callable[[str], bool]) -> dict[str, str]:
    """Name to code in all languages; where two languages disagree on a name, the first of them is right."""
    found: dict[str, str] = {}
    for language in reversed(_NAMES_IN):
        for code, name in labels(language).items():
            if wanted(code):
                found[_key(name)] = code
    return found
