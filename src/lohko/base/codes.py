"""Closed lists whose labels in any language mean one value: Finland, Suomi and FI are `FI`."""

from __future__ import annotations

from functools import lru_cache

from lohko.base.text import fold

# What shops write and CLDR does not say. Folded names to codes.
_COUNTRY_ALIASES = {
    "usa": "US", "u.s.a.": "US", "united states of america": "US", "uk": "GB", "great britain": "GB", "england": "GB",
    "scotland": "GB", "wales": "GB", "northern ireland": "GB", "eire": "IE", "rsa": "ZA", "holland": "NL", "czech republic": "CZ",
    "iso-britannia": "GB", "englanti": "GB", "yhdysvallat": "US", "viro": "EE", "hollanti": "NL", "korea": "KR",
    "channel islands": "GB-CHA", "uae": "AE", "russia": "RU", "venäjä": "RU", "turkey": "TR", "turkki": "TR",
}  # fmt: skip
_ALPHA3 = {
    "fin": "FI", "swe": "SE", "nor": "NO", "dnk": "DK", "est": "EE", "deu": "DE", "gbr": "GB", "fra": "FR", "esp": "ES",
    "ita": "IT", "nld": "NL", "bel": "BE", "irl": "IE", "pol": "PL", "lva": "LV", "ltu": "LT", "aut": "AT", "che": "CH",
    "prt": "PT", "isl": "IS", "can": "CA", "aus": "AU", "jpn": "JP", "chn": "CN", "rus": "RU", "ukr": "UA",
}  # fmt: skip
_LANGUAGES_OF_NAMES = ("en", "fi", "sv")


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    from babel import Locale

    found: dict[str, str] = {}
    for language in reversed(_LANGUAGES_OF_NAMES):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in ("ZZ", "EU", "UN", "XA", "XB", "EZ"):
                found[fold(name)] = code
                found[code.casefold()] = code
    found |= _ALPHA3
    found |= {name: code for name, code in _COUNTRY_ALIASES.items() if len(code) == 2}
    return found


def country_code(text: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of a country's code or name in English, Finnish or Swedish; None if it is none.

    >>> country_code("Suomi"), country_code("EIRE"), country_code("Narnia")
    ('FI', 'IE', None)
    """
    return _countries().get(fold(text))


def country_label(code: str, language: str) -> str:
    """A country's name in a language; what was given when it is no known code."""
    from babel import Locale

    return str(Locale(language).territories.get(code, code))


@lru_cache(maxsize=1)
def _languages() -> dict[str, str]:
    from babel import Locale

    found: dict[str, str] = {}
    for language in reversed(_LANGUAGES_OF_NAMES):
        for code, name in Locale(language).languages.items():
            if len(code) in (2, 3) and code.isalpha():
                found[fold(name)] = code
                found[code.casefold()] = code
    return found


def language_code(text: str) -> str | None:
    """The ISO 639 code of a language's code or name (`sv`, `sv-FI`, `ruotsi`); None if it is none."""
    folded = fold(text)
    return _languages().get(folded) or _languages().get(folded.replace("_", "-").split("-")[0] if "-" in folded or "_" in folded else "")


def language_label(code: str, language: str) -> str:
    """A language's name in a language."""
    from babel import Locale

    return str(Locale(language).languages.get(code, code))
