"""English and Finnish: which of the two a request gets, and the texts in it.

Texts are written in English where they are used; `locale/` holds the Finnish
ones, compiled when the app starts. A test fails when one is missing.
"""

from __future__ import annotations

import io
from functools import lru_cache
from importlib.resources import files

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from starlette.requests import Request

from lohko.base.text import LANGUAGES, Language

COOKIE = "lohko_lang"


def N_(text: str) -> str:
    """Mark a text for translation that is looked up later, when the language is known."""
    return text


@lru_cache(maxsize=4)
def texts(language: Language) -> NullTranslations:
    """The texts of a language; English is the texts themselves."""
    if language == "en":
        return NullTranslations()
    source = files("lohko.web") / "locale" / language / "LC_MESSAGES" / "lohko.po"
    catalogue = read_po(io.BytesIO(source.read_bytes()), locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def language_of(request: Request) -> Language:
    """The language asked for by `?lang=`, else remembered, else what the browser prefers, else English."""
    for wanted in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        for language in LANGUAGES:
            if wanted == language:
                return language
    return preferred(request.headers.get("accept-language", ""))


def preferred(header: str) -> Language:
    """The first of our languages by the weights of an Accept-Language header; English when none is there.

    >>> preferred("sv, fi;q=0.8, en;q=0.5"), preferred("de"), preferred("fi;q=0, en;q=0.1")
    ('fi', 'en', 'en')
    """
    weighted = []
    for place, part in enumerate(header.split(",")[:20]):
        name, _, weight = part.partition(";q=")
        try:
            q = float(weight or 1)
        except ValueError:
            q = 0.0
        weighted.append((-q, place, name.strip().casefold().partition("-")[0]))
    for q, _, name in sorted(weighted):
        for language in LANGUAGES:
            if q < 0 and name == language:
                return language
    return "en"
