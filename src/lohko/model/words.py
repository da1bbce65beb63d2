"""Reserved words, and names as they are written in a rule."""

from __future__ import annotations

import re

RESERVED = frozenset(
    """
    and or not did count of the in is segment at least most exactly once twice time times over under more less fewer greater than
    one any none between known unknown contains does contain before after since on last where true false yes no
    sum average min max minimum maximum distinct
    minute minutes hour hours day days week weeks weekday month months quarter quarters year years
    first then within ago was were has have had never ever next top bottom percent quintile decile median mean share
    ratio per usual trend previous than entered left limit by consent reachable anniversary today yesterday this
    every each all account contacts with without random all above below starts ends matches if else null
    empty blank missing tomorrow now followed following but except
    """.split()
)
"""Words that the language uses or will use; a name that equals one is written in backticks."""

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip

_BARE = re.compile(r"[^\W\d]\w*\Z")
# The letters that Python's `re.IGNORECASE` holds equal to i, s and k: without this `ın` would be read as `in`.
_LIKE_ASCII = str.maketrans("İıſ\N{KELVIN SIGN}", "iisk")


def is_reserved(word: str) -> bool:
    """Whether a word belongs to the language, in any case of letters."""
    return like_ascii(word) in RESERVED


def like_ascii(word: str) -> str:
    """The word in small letters, as a grammar that ignores case reads it."""
    return word.translate(_LIKE_ASCII).lower()


def is_bare(name: str) -> bool:
    """Whether a name can stand without backticks."""
    return _BARE.match(name) is not None and not is_reserved(name)


def write_name(name: str) -> str:
    """A name as it stands in a rule.

    >>> write_name("order"), write_name("last order"), write_name("a`b")
    ('order', '`last order`', '`a``b`')
    """
    return name if is_bare(name) else "`" + name.replace("`", "``") + "`"


_PLAIN_ID = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)+\Z")


def write_segment(name: str) -> str:
    """A segment's name as it stands in a rule: an id as it is, others in quotes."""
    return name if is_bare(name) or _PLAIN_ID.match(name) else write_text(name)


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
_ESCAPED = re.compile(r"\\(u\{([0-9a-fA-F]{1,6})\}|.)", re.DOTALL)


def write_text(text: str) -> str:
    """A text value as it stands in a rule: in double quotes, on one line, with what cannot be seen escaped.

    >>> write_text('3" pipe'), write_text("a\\u0000b")
    ('"3\\\\" pipe"', '"a\\\\u{0}b"')
    """
    return '"' + "".join(_ESCAPES.get(c) or (c if c.isprintable() else f"\\u{{{ord(c):x}}}") for c in text) + '"'


def read_text(quoted: str) -> str:
    """The text that `write_text` wrote."""
    plain = {written[1]: character for character, written in _ESCAPES.items()}
    return _ESCAPED.sub(lambda found: chr(int(found[2], 16)) if found[2] else plain[found[1]], quoted[1:-1])
