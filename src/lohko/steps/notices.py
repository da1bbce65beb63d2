"""What has changed in the definitions that somebody uses: told once, in words, with what it was before."""

from __future__ import annotations

from typing import Any

from lohko.base.errors import InputError, did_you_mean
from lohko.model.segment import Segment
from lohko.model.sentence import sentence
from lohko.state import notices as kept
from lohko.state import segments as definitions
from lohko.state import users
from lohko.steps.saying import check_language
from lohko.steps.work import Progress, Work

_PARTS = ("title", "description", "owner", "tags", "parent", "group", "priority", "limit", "needs", "goal")


def notices(work: Work, progress: Progress, *, user: str, seen: bool = False, language: str = "en") -> dict[str, Any]:
    """What a user (address or id) was told, the newest first; with `seen` it counts as looked at from then on."""
    check_language(language)
    with work.state.begin() as connection:
        found = users.find(connection, user)
        everyone = {item.id: item.name or item.email for item in users.users(connection)}
        rows = []
        for row in kept.of_user(connection, found.id):
            before = definitions.version(connection, row["segment"], row["version"] - 1)
            after = definitions.version(connection, row["segment"], row["version"])
            kind, _, who = row["by"].partition(" ")
            rows.append(
                {
                    "segment": row["segment"],
                    "title": dict(after.title) if after is not None else {},
                    "version": row["version"],
                    "at": row["at"],
                    "by": everyone.get(who, row["by"]) if kind == "user" else row["by"],
                    "why": row["why"],
                    "new": not row["seen"],
                    "changed": _changed(before, after, language),
                }
            )
        unseen = kept.unseen(connection, found.id)
        followed = kept.followed_by(connection, found.id)
        titles = {name: dict(item.title) for name, item in definitions.current(connection).items() if name in followed}
        if seen:
            kept.mark_seen(connection, found.id)
    return {"notices": rows, "unseen": unseen, "follows": followed, "titles": titles}


def _changed(before: Segment | None, after: Segment | None, language: str) -> dict[str, Any]:
    """The rule before and after, where it changed, and the names of the other parts that did."""
    if before is None or after is None:
        return {"rule": None, "parts": []}
    rule = None if before.where == after.where else {"before": sentence(before.where, language), "after": sentence(after.where, language)}
    return {"rule": rule, "parts": [name for name in _PARTS if getattr(before, name) != getattr(after, name)]}


def follow(work: Work, progress: Progress, *, user: str, segment: str, following: bool = True) -> dict[str, Any]:
    """A user (address or id) is told when a segment changes; or not any more, unless they own it."""
    with work.state.begin() as connection:
        found, known = users.find(connection, user), definitions.current(connection)
        if segment not in known:
            raise InputError("unknown_segment", f"No segment is called {segment!r}.", hint=did_you_mean(segment, known))
        kept.set_following(connection, found.id, segment, following)
        return {"segment": segment, "following": following, "follows": kept.followed_by(connection, found.id)}
