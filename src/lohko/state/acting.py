"""Who does what is being done: the audit and the notices ask here, so that no step has to be told.

A request of the web app says whose it is for as long as it lasts, and work that it
starts in another thread carries it along. Where nobody said, it is the machine's
own user whose process this is: who can run commands on a workspace owns it.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_acting: ContextVar[str | None] = ContextVar("lohko_acting", default=None)


@contextmanager
def acting(name: str | None) -> Iterator[None]:
    """Whatever is done in this block, and in what it starts, was done by `name`; None is the machine's user."""
    token = _acting.set(name)
    try:
        yield
    finally:
        _acting.reset(token)


def actor() -> str:
    """Who acts: `user ID` of a user, `key ID` of a program, or the machine's user by name."""
    said = _acting.get()
    if said is not None:
        return said
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def acting_user() -> str | None:
    """The id of the user who acts; None when it is a program or the machine's user."""
    said = _acting.get()
    return said.removeprefix("user ") if said is not None and said.startswith("user ") else None
