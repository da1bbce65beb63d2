"""The parser of the Finnish surface: its grammar, with the terminals that come from tables."""

from __future__ import annotations

from functools import lru_cache

from lark import Lark, Token

from lohko.model.finnish_build import FinnishBuilder
from lohko.model.finnish_names import grammar, is_reserved
from lohko.model.finnish_terms import terminals
from lohko.model.misread import Misread


@lru_cache(maxsize=1)
def parser() -> Lark:
    """The parser, built once."""
    text = grammar() + "\n" + terminals()
    return Lark(text, parser="lalr", lexer="contextual", transformer=FinnishBuilder(), lexer_callbacks={"NAME": _checked_word})


def _checked_word(token: Token) -> Token:
    """Where a word of the language may not stand, the lexer would take it for a name."""
    if is_reserved(token):
        raise reserved(token)
    return token


def reserved(token: Token) -> Misread:
    """What is said where a word of the language stands in the place of a name or a value."""
    return Misread(
        f"{str(token)!r} cannot stand here: it is a word of the language.",
        token,
        f'a name that is such a word stands in backticks: `{token}`; a text in quotes: "{token}".',
    )
