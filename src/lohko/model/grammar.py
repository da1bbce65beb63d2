"""A grammar's text to its parser, with the tables of the parser kept between commands.

To compute the tables takes half a second, which every command that reads a rule
would wait for; to load them a tenth of it.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from lark import Lark, Token, Transformer

from lohko.base.cache_folder import cache_folder
from lohko.model.pieces import Piece


def parser_of(text: str, builder: Transformer[Token, Piece], checked_word: Callable[[Token], Token]) -> Lark:
    """The parser that hands what it reads to `builder`; `checked_word` sees each NAME. Lark itself refuses tables of another grammar or version."""
    folder = cache_folder()
    kept = folder is not None and str(folder / f"grammar-{sha256(text.encode()).hexdigest()[:16]}")
    return Lark(text, parser="lalr", lexer="contextual", transformer=builder, lexer_callbacks={"NAME": checked_word}, cache=kept)
