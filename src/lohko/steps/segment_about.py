"""What people say about a segment: its status, notes and comments; and its owner and tags, which stand in its definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from lohko.base.errors import InputError, did_you_mean
from lohko.model.goal import goal_to_json
from lohko.model.segment import Segment, write_segment
from lohko.state import about as kept
from lohko.state import segments as definitions
from lohko.state import users
from lohko.state.acting import acting_user, actor
from lohko.state.notices import followed_by
from lohko.state.workspace import note
from lohko.steps.segments import apply
from lohko.steps.work import Progress, Work

MOST_LETTERS = 4000


def segment_about(work: Work, progress: Progress, *, segment: str) -> dict[str, Any]:
    """The status (draft, live or archived), owner, tags, goal, notes and comments of a segment, the newest comment first, and whether it may be shown in the shop.

    `followed` is whether whoever asks follows it; None for who is no user.
    """
    with work.state.connect() as connection:
        found = _segment(connection, segment)
        said = kept.about(connection).get(segment)
        comments, asking = kept.comments(connection, segment), acting_user()
        return {
            "followed": None if asking is None else segment in followed_by(connection, asking),
            "segment": segment,
            "status": said["status"] if said else kept.USUAL,
            "notes": said["notes"] if said else "",
            "changed_at": said["changed_at"] if said else None,
            "changed_by": called(connection, said["changed_by"]) if said else None,
            "owner": found.owner or None,
            "tags": list(found.tags),
            "in_shop": found.in_shop,
            "goal": None if found.goal is None else goal_to_json(found.goal),
            "comments": [{"by": called(connection, row["author"]), "text": row["text"], "at": row["at"]} for row in comments],
        }


def segment_describe(
    work: Work,
    progress: Progress,
    *,
    segment: str,
    status: str | None = None,
    notes: str | None = None,
    owner: str | None = None,
    tags: Sequence[str] | None = None,
    in_shop: bool | None = None,
) -> dict[str, Any]:
    """Change what is given and leave the rest. Owner, tags and `in_shop` (whether a page of the shop may be told who is in it) are of the definition: a change of them is its next version."""
    if status is not None and status not in kept.STATUSES:
        raise InputError(
            "unknown_status", f"There is no status {status!r}.", hint=did_you_mean(status, kept.STATUSES) or ", ".join(kept.STATUSES) + "."
        )
    with work.state.connect() as connection:
        found = _segment(connection, segment)
        said = kept.about(connection).get(segment, {"status": kept.USUAL, "notes": ""})
    changed = replace(
        found,
        owner=found.owner if owner is None else owner.strip(),
        tags=found.tags if tags is None else tuple(dict.fromkeys(filter(None, (tag.strip() for tag in tags)))),
        in_shop=found.in_shop if in_shop is None else in_shop,
    )
    if changed != found:
        apply(work, progress, files={f"{segment}.yaml": write_segment(changed)})
    new = (said["status"] if status is None else status, said["notes"] if notes is None else _short(notes))
    if new != (said["status"], said["notes"]):
        with work.state.begin() as connection:
            kept.say(connection, segment, *new, actor())
            note(connection, "segment_described", {"segment": segment, "status": new[0]})
    return segment_about(work, progress, segment=segment)


def segment_comment(work: Work, progress: Progress, *, segment: str, text: str) -> dict[str, Any]:
    """Add a comment to a segment."""
    said = _short(text)
    if not said:
        raise InputError("empty_comment", "The comment is empty.")
    with work.state.begin() as connection:
        _segment(connection, segment)
        kept.comment(connection, segment, said, actor())
    return segment_about(work, progress, segment=segment)


def _segment(connection: Connection, name: str) -> Segment:
    found = definitions.current(connection)
    if name not in found:
        raise InputError("unknown_segment", f"No segment is called {name!r}.", hint=did_you_mean(name, found))
    return found[name]


def _short(text: str) -> str:
    if len(text) > MOST_LETTERS:
        raise InputError("too_long", f"A text may have {MOST_LETTERS} letters.", hint="make it shorter.")
    return text.replace("\r\n", "\n").strip()


def called(connection: Connection, who: str) -> str:
    """A user's name; of a program or the machine's user, as they are called."""
    found = users.by_id(connection, who.removeprefix("user ")) if who.startswith("user ") else None
    return who if found is None else found.name
