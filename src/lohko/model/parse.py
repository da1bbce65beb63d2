"""Text to tree, in English or Finnish. Purely of form: names are looked up afterwards, in `resolve.py`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lark import Lark
from lark.exceptions import UnexpectedInput, UnexpectedToken

from lohko.base.errors import InputError
from lohko.model import english_read, finnish_names, finnish_read
from lohko.model.condition import Condition
from lohko.model.limits import MAX_TEXT
from lohko.model.misread import Misread, excerpt, explained, name_before, of_permission
from lohko.model.pieces import Piece
from lohko.model.words import is_reserved


@dataclass(frozen=True)
class Remark:
    """Something that is allowed but often a mistake."""

    code: str
    message: str


@dataclass(frozen=True)
class Parsed:
    """A tree and what should be said about how it was written."""

    condition: Condition
    warnings: tuple[Remark, ...] = ()
    currencies: frozenset[str] = frozenset()
    """The currencies written with numbers (EUR, GBP ...): the words are not part of the tree."""


def parse(text: str) -> Parsed:
    """The tree of a rule; InputError `bad_rule` that points at the place when it can be read in neither language."""
    if len(text) > MAX_TEXT:
        raise InputError("rule_too_long", f"The rule is longer than {MAX_TEXT:,} characters.")
    if not text.strip():
        raise InputError("bad_rule", "The rule is empty.", hint="for example: ordered in the last 90 days")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InputError("bad_rule", "The rule is not valid UTF-8 text.")
    piece = _read(text)
    return Parsed(piece.condition, (_MIXED,) if piece.mixed else (), _currencies(text))


def _read(text: str) -> Piece:
    """The rule in the first language in which it can be read; else the error of the one that got further."""
    failed: list[tuple[Lark, UnexpectedInput | Misread]] = []
    for built in (english_read.parser, finnish_read.parser):  # the second only when it is needed: building one takes a moment
        parser = built()
        try:
            piece: Piece = parser.parse(text)  # type: ignore[assignment]
        except (UnexpectedInput, Misread) as error:
            failed.append((parser, error))
        else:
            return piece
    english, finnish = failed
    wrong = finnish if _is_finnish(text, _reached(text, english[1]), _reached(text, finnish[1])) else english
    raise _told(text, *wrong) from None


def can_go_on(text: str) -> bool:
    """Whether a rule can begin so, in either language: what stands there can be read, up to where it ends."""
    for built in (english_read.parser, finnish_read.parser):
        try:
            built().parse(text)
        except (UnexpectedInput, Misread) as error:
            if _reached(text, error) < len(text):
                continue
        return True
    return False


def _is_finnish(text: str, as_english: int, as_finnish: int) -> bool:
    """Whether a rule that cannot be read was meant to be Finnish: by its words, or else by how much of it could be read."""
    words = [word.lower() for word in _WORD.findall(_QUOTED.sub(" ", text[:_SAMPLE]))]
    in_english, in_finnish = sum(map(is_reserved, words)), sum(map(finnish_names.is_reserved, words))
    return in_finnish > in_english or (in_finnish == in_english and as_finnish > as_english)


_WORD, _QUOTED, _SAMPLE = re.compile(r"[^\W\d_]{2,}"), re.compile(r"\"[^\"]*\"|`[^`]*`"), 2000


def _reached(text: str, error: UnexpectedInput | Misread) -> int:
    """How much of the text was understood. Something impossible that has the right form was understood to the end."""
    if isinstance(error, Misread):
        return len(text) + 1 if error.token is None else error.token.start_pos or 0
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return len(text)
    return error.pos_in_stream or 0


def _told(text: str, parser: Lark, error: UnexpectedInput | Misread) -> InputError:
    if parser is finnish_read.parser():
        return finnish_read.told(text, error)
    if isinstance(error, UnexpectedInput):
        return explained(text, error, parser)
    token = error.token
    place = excerpt(text, token.line, token.column) if token and token.line and token.column else None
    at = token.start_pos or 0 if token else 0
    hint = (of_permission(text, at) or error.hint or name_before(text, at)) if token else error.hint
    return InputError("bad_rule", error.message, place=place, hint=hint)


_MIXED = Remark("mixed_and_or", "`and` and `or` stand side by side: `and` binds first. Put parentheses where you mean them.")
_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD"}
_MONEY = r"[€£$]|(?:EUR|GBP|USD|SEK|NOK|DKK|CHF|PLN|CZK|ISK|HUF)\b"
_QUOTED_OR_MONEY = re.compile(rf"""\"(?:\\.|[^"\\])*"|`[^`]*`|\#[^\n]*|\d\s*(?P<after>{_MONEY})|(?P<before>{_MONEY})\s*\d""")


def _currencies(text: str) -> frozenset[str]:
    found = (match["after"] or match["before"] for match in _QUOTED_OR_MONEY.finditer(text))
    return frozenset(_SIGNS.get(money, money.upper()) for money in found if money)
