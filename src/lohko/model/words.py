"""Reserved words, and names as they are written in a rule."""

from __future__ import annotations

import re

RESERVED = frozenset(
    """
    and or not did count of the in is segment at least most exactly once twice time times over under more less fewer than
    one any none between known unknown contains does contain before after since on last where true false yes no
    sum average min max minimum maximum distinct
    minute minutes hour hours day days week weeks month months year years
    first then within ago was were has have had never ever next top bottom percent quintile decile median mean share
    ratio per usual trend previous than entered left limit by consent reachable anniversary today yesterday this
    every each all account contacts with without random all tag tags starts ends matches if else null
    """.split()
)
"""Words that the language uses or will use; a name that equals one is written in backticks."""

_BARE = re.compile(r"[^\W\d]\w*\Z")


def is_bare(name: str) -> bool:
    """Whether a name can stand without backticks."""
    return _BARE.match(name) is not None and name.casefold() not in RESERVED


def write_name(name: str) -> str:
    """A name as it stands in a rule.

    >>> write_name("order"), write_name("last order"), write_name("a`b")
    ('order', '`last order`', '`a``b`')
    """
    return name if is_bare(name) else "`" + name.replace("`", "``") + "`"


def write_text(text: str) -> str:
    """A text value as it stands in a rule: in double quotes, with " and \\ escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
