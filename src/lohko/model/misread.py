"""What is said about a rule that cannot be read: what was found, where, and what could stand there."""

from __future__ import annotations

import re

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from lohko.base.errors import InputError, candidates
from lohko.model.english_forms import CHANNELS, CONSENTS
from lohko.model.words import is_reserved


class Misread(Exception):
    """A rule that has the right form but says something impossible."""

    def __init__(self, message: str, token: Token | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.token = token
        self.hint = hint


_SPOKEN = {
    "NAME": "a name",
    "STRING": "a text in quotes",
    "NUMBER": "a number",
    "DAY": "a date such as 1 November 2026",
    "RANGE": "a range such as 30-60",
    "MONTH": "a month",
    "DONE": "ordered",
    "NOT_DONE": "did not order",
    "NOUN": "orders",
    "UNIT": "days, weeks, months ...",
    "SEGMENT_ID": "a segment's id",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "MORETHAN": ">",
    "LESSTHAN": "<",
    "EQUAL": "=",
    "_NE": "!=",
    "_GE": ">=",
    "_LE": "<=",
    "$END": "the end of the rule",
}
_KINDS = tuple(word for word in _SPOKEN.values() if word.startswith(("a ", "days,", "the end")))
_RARE = ("RANGE", "UNIT")
"""What is told only where little else can stand."""
_HIDDEN = frozenset(
    """
    BACKTICKED _TRUE _FALSE ZEROS _MONEY _EXACTLY _OR_NONE _IS_ONE _DAYS_WITH _DAYS_BETWEEN _TIME_BETWEEN _ITEMS_IN _SHARE_OF _A
    VALUED VALUED_NOT GOT GOT_NOT MAY MAY_NOT REACHED NOT_REACHED _HAS_CONSENTED _HAS_NOT_CONSENTED USED THINGS COUNTED_THINGS
    ACCOUNT_HAS ACCOUNT_HAS_NO _THE_ACCOUNT_HAS _ANY_CONTACT _ALL_CONTACTS _CONTACTS _NOT_ENTERED _NOT_LEFT _WEEKDAY_OF _MONTH_OF
    _DAY_OF _HOUR_OF _AMONG_LATEST _PASSED _OF_EVERYONE _WITH_SEED _EVER _NEVER
    """.split()
)
"""What is not told as an alternative: rare, or another way of writing what is told."""
_FEW = 4
_SEEN = 200
"""How much of the text on either side of a mistake hints are made from: a longer one would take the time of its square."""

_NO_VALUE = ("null", "nil", "empty", "blank", "missing", "none")
_RELATIVE_DAYS = ("today", "yesterday", "tomorrow", "now", "ago")
_JOINING = ("and", "or", "not", "is", "did", "where", "of", "than", "in")
_QUOTED = re.compile(r'"(\\.|[^"\\])*"', re.DOTALL)


def reserved(token: Token) -> Misread:
    """What is said where a word of the language stands in the place of a name or a value."""
    word = str(token)
    if word.lower() in _NO_VALUE:
        hint = 'for "has no value" write `is unknown`.'
    elif word.lower() in _RELATIVE_DAYS:
        hint = "write `today`, a date such as 1 November 2026, or `in the last 7 days`."
    elif word.lower() == "within":
        hint = "write `in the last 30 days`; `within 30 days of that` stands after an event that was done."
    elif word.lower() in _JOINING:
        hint = None
    else:
        hint = f'a name that is such a word stands in backticks: `{word}`; a text in quotes: "{word}".'
    return Misread(f"{word!r} cannot stand here: it is a word of the language.", token, hint)


_BEGINS = re.compile(r"(\A|\(|\b(and|or|not|where)\s)\s*\w+\s*\Z", re.I)
"""Behind the first word of a condition."""


def name_before(text: str, at: int) -> str | None:
    """A hint where a comparison follows a word of the language, which then was meant as a name."""
    before = "".join(text[max(0, at - _SEEN) : at].split()[-1:]).lstrip("(")
    if is_reserved(before) and re.match(r"(is|was|has)\b|[=<>!]", text[at : at + _SEEN], re.I):
        return f"a name that is a word of the language stands in backticks: `{before}`."
    return None


_PERMISSION = re.compile(r"\b((may|can)\s+(not\s+)?be|(may|can)\s+receive|consent(s|ed)?|permission|opt(s|ed)?\s+in)\b", re.I)
_CLAUSE = re.compile(r"\b(?:and|or)\b|[()]", re.I)


def of_permission(text: str, at: int) -> str | None:
    """A hint where what somebody may be done to is said in another way than it can be."""
    before, after = text[max(0, at - _SEEN) : at], text[at : at + _SEEN]
    if not _PERMISSION.search(_CLAUSE.split(before)[-1] + _CLAUSE.split(after)[0]):
        return None
    ways = ", ".join(f"`may {CONSENTS[channel]}`" for channel in CHANNELS)
    return f"consent is written {ways}; that there is an address or a number, `can be reached by {CHANNELS['sms']}`."


def explained(text: str, error: UnexpectedInput, parser: Lark) -> InputError:
    """The error in plain words, with the place under a caret and a hint."""
    expected = _expected(error, parser)
    if isinstance(error, UnexpectedCharacters):
        at = error.pos_in_stream or 0
        place = excerpt(text, error.line, error.column)
    elif isinstance(error, UnexpectedToken) and error.token.type != "$END":
        at = error.token.start_pos or 0
        place = excerpt(text, error.token.line or 1, error.token.column or 1)
    else:
        at = len(text)
        lines = text.rstrip().split("\n")
        place = excerpt(text, len(lines), len(lines[-1]) + 1)
    found, before = _found(text, at), text[:at].rstrip()
    message = _unfinished(text, at) or _message(found, before, expected)
    return InputError("bad_rule", message, place=place, hint=_hint(text, at, expected))


def _expected(error: UnexpectedInput, parser: Lark) -> dict[str, str]:
    """The terminals that could stand there, and how each is told."""
    if isinstance(error, UnexpectedCharacters):
        found = set(error.allowed or ())
    else:
        found = set(error.accepts or error.expected) if isinstance(error, UnexpectedToken) else set(getattr(error, "expected", ()))
    patterns = {terminal.name: terminal.pattern.value for terminal in parser.terminals}
    return {name: _SPOKEN.get(name) or _first_words(patterns.get(name, name)) for name in found}


def _first_words(pattern: str) -> str:
    r"""The first text that a terminal's pattern matches.

    >>> _first_words(r"contain(s|ed)\b"), _first_words(r"(usual\s+)?time\s+between\b"), _first_words(r"(where|whose)\b(?=x)")
    ('contains', 'time between', 'where')
    """
    words = re.sub(r"\(\?[=!<].*|\\b", "", pattern.replace(r"\s+", " ").replace(r"\s*", "")).replace("\\", "")
    words = re.sub(r"\([^()|]*\)\?", "", words)
    return re.sub(r"\(([^()|]*)(\|[^()]*)?\)", r"\1", words).split("|")[0].replace("?", "").strip()


def _found(text: str, at: int) -> str:
    match = _QUOTED.match(text, at) or re.compile(r"[\w.,'-]+|\S").match(text, at)
    return _cut(match[0]) if match else ""


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "..."


def _unfinished(text: str, at: int) -> str | None:
    """A quote or backtick that is opened and not closed."""
    if text[at : at + 1] == '"':
        whole = _QUOTED.match(text, at)
        if whole is None:
            return "A quoted text has no end."
        return "This quoted text cannot be read." if re.search(r'\\[^"\\nt]', whole[0].replace("\\\\", "")) else None
    return "A name in backticks has no end." if text[at : at + 1] == "`" and "`" not in text[at + 1 :] else None


def _message(found: str, before: str, expected: dict[str, str]) -> str:
    words = _words(expected)
    last = before.split()[-2:] if before.split()[-1:] in (["least"], ["most"], ["than"], ["last"]) else before.split()[-1:]
    after = f" after {_cut(' '.join(last))!r}" if last else ""
    if len(words) > _FEW:
        return f"{found!r} is not expected here." if found else f"The rule ends too early{after}."
    wanted = f"Expected {_either(words)}{after}"
    return f"{wanted}, not {found!r}." if found else f"The rule ends too early. {wanted}."


def _hint(text: str, at: int, expected: dict[str, str]) -> str | None:
    found = _found(text, at)
    text, at = text[max(0, at - _SEEN) : at + _SEEN], min(at, _SEEN)
    may_be_named = "NOUN" in expected or "NAME" in expected or _BEGINS.search(text[:at])
    special = of_permission(text, at) or _special(text, at, found, expected) or (name_before(text, at) if may_be_named else None)
    if special:
        return special
    words = _words(expected)
    close = candidates(found, [word for word in words if word.isalpha()]) if found.isalpha() and len(found) > 2 else []
    if close:
        return f"did you mean {' or '.join(close)}?"
    if len(words) > _FEW:
        return f"here can stand {', '.join(words[:14])}{' ...' if len(words) > 14 else ''}."
    return None


def _special(text: str, at: int, found: str, expected: dict[str, str]) -> str | None:
    """Help for what people are known to write."""
    previous = text[:at].split()[-1:]
    first = text[at : at + 1]
    if re.search(r"n['\u2019]t\b", text[max(0, at - 1) : at + 12], re.I):
        return "write `did not`, `is not` or `does not`."
    if first and first in "'\u2018\u2019\u201c\u201d\u00b4":
        return 'put a text in straight double quotes: "Finland".'
    if named := re.match(r'"([^"\\]{1,100})"\s*((is|was|has)\b|[=<>!])', text[at:], re.I):
        return f"the name of a field stands in backticks: `{named[1]}`."
    if first == '"' and previous and previous[0].lower() in ("or", "and"):
        return 'for several values write `is one of "A", "B"`.'
    if _unfinished(text, at) and first == '"':
        return 'inside quotes write \\" for a quote and \\\\ for a backslash.'
    if text[at : at + 1] == "=" and previous and previous[0].endswith(("=", "<", ">")):
        return "write =, !=, >, >=, < or <=."
    if first == "," and re.search(r"\d\Z", text[:at]) and re.match(r",\d", text[at:]) and "COMMA" not in expected:
        return "write a number without separators, with a point for decimals: 1234.50."
    if first == "(" and previous == ["in"]:
        return 'for a list write `is one of "A", "B"`.'
    counted = _counted(text, at, found, expected)
    if counted:
        return counted
    if found[:1].isdigit() and "STRING" in expected:
        return f'put a text that is not a plain number in quotes: "{found}".'
    if _inside_value(text, at, expected) and re.match(r"[\w-]", first):
        return f'put a text of several words in quotes: "{_several(text, at)}".'
    return None


def _counted(text: str, at: int, found: str, expected: dict[str, str]) -> str | None:
    """Help with numbers that say how often, how much or how long ago, without `at least` or such words."""
    before = re.search(r"(\d+)\s*\Z", text[:at])
    if found.lower() in ("time", "times") and before:
        return f"write `at least {before[1]} times`, `at most {before[1]} times` or `exactly {before[1]} times`."
    if found.isdigit() and "_EXACTLY" in expected:
        return f"write `at least {found}`, `at most {found}` or `exactly {found}`."
    length = re.search(r"\d+\s+\w+\s*\Z", text[:at])
    if found.lower() == "ago" and length:
        return f"write `exactly {length[0].strip()} ago`, `more than {length[0].strip()} ago` or `in the last {length[0].strip()}`."
    if found.lower() == "last" and "_PREVIOUS" in expected:
        return "write `in the last 30 days`, or `previous month` for the calendar month."
    if re.search(r"\d\s+\d[\d.,]*\s*\Z", text[:at]):
        return "write a number without separators, with a point for decimals: 1234.50."
    return None


def _inside_value(text: str, at: int, expected: dict[str, str]) -> bool:
    """Whether what came before may be the first word of an unquoted text."""
    ends_there = "_AND" in expected and "_WHERE" not in expected
    return bool(re.search(r"\b(is|not|contains|of)\s+(at\s+)?[^\W\d]\w*\s*\Z", text[:at], re.I)) and (
        ends_there or {"_LEAST", "_MOST"} <= expected.keys()
    )


def _several(text: str, at: int) -> str:
    before = re.search(r"\w+\s*\Z", text[:at])
    after = re.match(r"[\w-]+", text[at:])
    return _cut((before[0] if before else "") + (after[0] if after else ""))


def _words(expected: dict[str, str]) -> list[str]:
    """What could stand there: kinds of value first, then words, then signs."""
    shown = {terminal: spoken for terminal, spoken in expected.items() if terminal not in _HIDDEN and spoken}
    words = set(shown.values())
    if len(words) > _FEW:
        words -= {_SPOKEN[terminal] for terminal in _RARE}
    return sorted(words, key=lambda word: (_KINDS.index(word) if word in _KINDS else len(_KINDS), not word[0].isalpha(), word))


def _either(words: list[str]) -> str:
    shown = [word if word in _KINDS else f"{word!r}" for word in words] or ["the end of the rule"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def excerpt(text: str, line: int, column: int) -> str:
    """The line with a caret under the column, cut to what a terminal shows."""
    found = text.split("\n")[line - 1] if 0 < line <= text.count("\n") + 1 else ""
    start = max(0, column - 50)
    shown = "".join(character if character.isprintable() else " " for character in found[start : start + 90])
    return f"line {line}, column {column}:\n    {shown}\n    {' ' * (column - 1 - start)}^"
