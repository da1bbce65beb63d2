"""Names in Finnish rules: labels of known attributes and properties, and which other names can stand without backticks."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from lohko.model.finnish_forms import ATTRIBUTES, PROPERTIES
from lohko.model.finnish_terms import tables
from lohko.model.finnish_words import PARTS
from lohko.model.operand import Part

_BARE = re.compile(r"[^\W\d]\w*\Z")
_LIKE_ASCII = str.maketrans("İıſ\N{KELVIN SIGN}", "iisk")
_WORD = re.compile(r"[^\W\d_]+")
_CAPITAL = re.compile(r"[A-ZÅÄÖ]")


def grammar() -> str:
    """The text of the Finnish grammar."""
    return files("lohko.model").joinpath("grammar_fi.lark").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def reserved() -> frozenset[str]:
    """Every word that a Finnish sentence is made of: a name that equals one stands in backticks."""
    patterns = re.findall(r"^_(?!LIST)[A-Z][A-Z_0-9.]*: *(.*)$", grammar(), re.MULTILINE)
    words = [re.sub(r"\\[a-zA-Z]|\(\?[a-z!=<:]*|/[a-z]*$", " ", pattern) for pattern in patterns]
    words += [form for forms in tables().values() for form in forms]
    return frozenset(word.lower() for text in words for word in _WORD.findall(text))


def is_reserved(word: str) -> bool:
    """Whether a word belongs to the Finnish surface, in any case of letters."""
    return word.translate(_LIKE_ASCII).lower() in reserved()


def write_name(name: str) -> str:
    """A name as it stands in a Finnish rule. A capital letter begins a value or a sentence, not a name.

    >>> write_name("quiz_score"), write_name("summa"), write_name("Plan")
    ('quiz_score', '`summa`', '`Plan`')
    """
    if _BARE.match(name) and not _CAPITAL.match(name) and not is_reserved(name):
        return name
    return "`" + name.replace("`", "``") + "`"


def bare_value(text: str) -> bool:
    """Whether a text can stand as a value without quotes: one word with a capital."""
    return bool(_BARE.match(text) and _CAPITAL.match(text)) and not is_reserved(text)


def attribute(name: str, part: Part | None = None) -> str:
    """An attribute as the subject of a sentence, or a part of it: `kieli`, `syntymäpäivän kuukausi`, `tiedon plan arvojen määrä`."""
    row = ATTRIBUTES.get(name)
    if part is None:
        return row.label if row else write_name(name)
    return f"{row.genitive if row and row.genitive else f'tiedon {attribute(name)}'} {PARTS[part]}"


def property_(name: str, part: Part | None = None) -> str:
    """A property of events as the subject of a sentence, or a part of it."""
    label = PROPERTIES.get(name) or write_name(name)
    return label if part is None else f"tiedon {label} {PARTS[part]}"
