"""Text as it is kept and as it is compared.

Engines disagree about case (İ, Σ, ß), so comparison never happens on the text
itself but on its fold, which is computed here, once, when a value is landed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
NOTHING = (
    "-", "--", "---", "–", "—", "?", ".", "n/a", "na", "<na>", "#n/a", "#n/d", "#na", "#value!", "#ref!", "#div/0!", "#null!", "#name?", "#num!",
    "null", "(null)", "<null>", "\\n", "none", "(none)", "nan", "nat", "nil", "undefined", "(not set)", "(blank)", "(empty)", "unknown", "anonymous", "guest", "tuntematon", "anonyymi", "vieras", "ei ole",
    "ei tiedossa", "ei tietoa", "puuttuu", "tyhjä",
)  # fmt: skip
"""What stands, in small letters, where there is nothing: as a customer's number it would make one person of all that lack one, and among
numbers and days (R, pandas, SQL and spreadsheets write it there) it is no value."""

Language = Literal["en", "fi"]
LANGUAGES: tuple[Language, ...] = ("en", "fi")
"""The languages in which Lohko speaks."""


def fold(text: str) -> str:
    """What two texts must share to count as the same: trim, NFC, casefold, NFC.

    >>> fold("  Mäkinen ") == fold("MA\\u0308KINEN"), fold("Straße")
    (True, 'strasse')
    """
    composed = unicodedata.normalize("NFC", text.strip())
    return unicodedata.normalize("NFC", composed.casefold())


def telling(texts: Iterable[str]) -> list[str]:
    """The texts that say something.

    >>> telling(["12", "NA", "n/a", "7", "-"])
    ['12', '7']
    """
    return [text for text in texts if text.casefold() not in NOTHING]


def slug(name: str) -> str:
    """A lower-case ASCII id made from a name, for column ids and file names; never empty.

    >>> slug("Tuoteryhmä (pää)"), slug("¿?")
    ('tuoteryhma_paa', 'x')
    """
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", ascii_only.lower()).strip("_")[:40] or "x"


def is_plain_name(name: str) -> bool:
    """Whether a name can stand in the language without backticks (reserved words apart)."""
    return _PLAIN.match(name) is not None
