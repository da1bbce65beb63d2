"""Finnish text to tree: the parser, and errors in the words of the language."""

from __future__ import annotations

from functools import lru_cache

from lark import Lark, Token
from lark.exceptions import UnexpectedInput

from lohko.base.errors import InputError
from lohko.model.finnish_build import FinnishBuilder
from lohko.model.finnish_misread import explained, of_permission, said
from lohko.model.finnish_names import grammar, is_reserved
from lohko.model.finnish_terms import terminals
from lohko.model.grammar import parser_of
from lohko.model.misread import Misread, excerpt
from lohko.model.pieces import Piece


@lru_cache(maxsize=1)
def parser() -> Lark:
    """The parser of Finnish rules, built once."""
    return parser_of(grammar() + "\n" + terminals(), FinnishBuilder(), _checked_word)


def read(text: str) -> Piece:
    """The piece that a Finnish rule makes; InputError `bad_rule` that points at the place when it cannot be read.

    >>> read('kuuluu segmenttiin "vip"').condition
    InSegment(segment='vip', at=None, node='segment')
    """
    try:
        piece: Piece = parser().parse(text)  # type: ignore[assignment]
    except (UnexpectedInput, Misread) as error:
        raise told(text, error) from None
    return piece


def told(text: str, error: UnexpectedInput | Misread) -> InputError:
    """The error in Finnish, with the place under a caret and a hint."""
    if isinstance(error, UnexpectedInput):
        return explained(text, error, patterns())
    token = error.token
    place = excerpt(text, token.line, token.column) if token and token.line and token.column else None
    message, hint = said(error)
    permitted = of_permission(text, token.start_pos or 0) if token else None
    return InputError("bad_rule", message, place=place, hint=permitted or hint)


@lru_cache(maxsize=1)
def patterns() -> dict[str, str]:
    """The patterns of the terminals, by name."""
    return {terminal.name: terminal.pattern.value for terminal in parser().terminals}


def _checked_word(token: Token) -> Token:
    """Where a word of the language may not stand, the lexer would take it for a name."""
    if is_reserved(token):
        raise Misread(
            f"{str(token)!r} cannot stand here: it is a word of the language.",
            token,
            f'nimi, joka on kielen oma sana, kirjoitetaan näin: `{token}`; teksti lainausmerkeissä: "{token}".',
        )
    return token
