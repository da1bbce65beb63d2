"""Every error a user can meet, as one small tree.

    LohkoError
    ├── InputError      the input or definition is wrong            exit status 2
    ├── StoreError      the workspace or a store cannot be used     exit status 3
    └── PartialError    part of the work failed, the rest is done   exit status 4

An error says what, where and what to do. `code` is stable and for programs;
`message`, `place` and `hint` are for people and never hold a customer's data.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class LohkoError(Exception):
    """Something a user can read, understand and act on."""

    exit_status = 1

    def __init__(self, code: str, message: str, *, place: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.place = place
        self.hint = hint

    def as_json(self) -> dict[str, Any]:
        """The error as the JSON object that the API and `--json` show."""
        return {
            "code": self.code,
            "message": self.message,
            "place": self.place,
            "hint": self.hint,
            "exit_status": self.exit_status,
        }

    @staticmethod
    def from_json(body: dict[str, Any]) -> LohkoError:
        """The error that `as_json` described, of the same class."""
        kinds = {kind.exit_status: kind for kind in (InputError, StoreError, PartialError)}
        kind = kinds.get(body["exit_status"], LohkoError)
        return kind(body["code"], body["message"], place=body["place"], hint=body["hint"])

    def __str__(self) -> str:
        lines = [self.message]
        if self.place:
            lines.append(f"  {self.place}")
        if self.hint:
            lines.append(f"  Hint: {self.hint}")
        return "\n".join(lines)


class InputError(LohkoError):
    """The input or the definition is wrong: the user can mend it."""

    exit_status = 2


class StoreError(LohkoError):
    """The workspace or one of its stores cannot be used."""

    exit_status = 3


class PartialError(LohkoError):
    """Part of the work failed; the rest was done."""

    exit_status = 4


def candidates(name: str, known: Iterable[str], *, limit: int = 3) -> list[str]:
    """The known names that look most like `name`, best first; at most `limit`.

    >>> candidates("contry", ["city", "country", "email"])
    ['country', 'city']
    """
    by_fold = {item.casefold(): item for item in sorted(known)}
    close = difflib.get_close_matches(name.casefold(), by_fold, n=limit, cutoff=0.5)
    return [by_fold[item] for item in close]


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A hint that names the candidates for a misspelt name, or all names when they are few."""
    names = sorted(known)
    close = candidates(name, names)
    if close:
        return f"did you mean {' or '.join(close)}?"
    if 0 < len(names) <= 12:
        return f"there are {', '.join(names)}."
    return None
