"""Rules that are being built: each with what it was before (undo), what was undone, and the data that it is counted on."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.model.codec import draft_from_json, draft_to_json
from lohko.model.condition import Condition
from lohko.model.edit import EMPTY
from lohko.state.draft_tables import draft, segment_author

MOST_KEPT = 100
"""How many edits can be undone."""


@dataclass(frozen=True)
class Draft:
    """A rule that is being built.

    owner      who builds it: nobody else sees it
    segment    the segment that it becomes a new version of; None as long as it is none
    base       the version of that segment that it was begun from, or saved as
    text       what was typed and cannot be read, with why; the cards keep the last tree that could
    revision   how many times it was changed: an edit says which one it is of
    """

    id: str
    owner: str
    tree: Condition = EMPTY
    title: str = ""
    segment: str | None = None
    base: int | None = None
    undo: tuple[Condition, ...] = ()
    redo: tuple[Condition, ...] = ()
    text: str | None = None
    problem: dict[str, Any] | None = None
    revision: int = 0
    data_version: int = 0
    as_of: dt.datetime = field(default_factory=now)
    created_at: str = ""
    changed_at: str = ""

    def edited(self, tree: Condition) -> Draft:
        """After an edit: the tree before it can be had back."""
        if tree == self.tree:
            return replace(self, text=None, problem=None)
        return replace(self, tree=tree, undo=(*self.undo, self.tree)[-MOST_KEPT:], redo=(), text=None, problem=None)

    def undone(self) -> Draft:
        """As it was before the last edit, or without the text that cannot be read; itself when there is neither."""
        if self.problem is not None or not self.undo:
            return replace(self, text=None, problem=None)
        return replace(self, tree=self.undo[-1], undo=self.undo[:-1], redo=(*self.redo, self.tree), text=None, problem=None)

    def redone(self) -> Draft:
        """With the edit that was undone last; itself when there is none."""
        if not self.redo:
            return self
        return replace(self, tree=self.redo[-1], redo=self.redo[:-1], undo=(*self.undo, self.tree), text=None, problem=None)


def new_draft(
    connection: Connection,
    owner: str,
    tree: Condition,
    *,
    title: str,
    segment: str | None,
    base: int | None,
    data_version: int,
    as_of: dt.datetime,
) -> Draft:
    """A new draft of somebody, counted at an instant."""
    at = now().isoformat()
    made = Draft(
        secrets.token_hex(8), owner, tree, title, segment, base, data_version=data_version, as_of=as_of, created_at=at, changed_at=at
    )
    connection.execute(insert(draft).values(**_row(made)))
    return made


def read_draft(connection: Connection, name: str, owner: str) -> Draft:
    """Somebody's draft of that id; InputError when they have none."""
    row = connection.execute(select(draft).where(draft.c.id == name, draft.c.owner == owner)).one_or_none()
    if row is None:
        raise InputError("unknown_draft", "There is no such draft.", hint="it may have been saved or thrown away.")
    return _draft(row)


def drafts_of(connection: Connection, owner: str) -> list[Draft]:
    """Somebody's drafts, the one changed last first."""
    return [_draft(row) for row in connection.execute(select(draft).where(draft.c.owner == owner).order_by(draft.c.changed_at.desc()))]


def keep_draft(connection: Connection, changed: Draft) -> Draft:
    """Keep a changed draft as its next revision; InputError when somebody changed it meanwhile."""
    kept = replace(changed, revision=changed.revision + 1, changed_at=now().isoformat())
    done = connection.execute(update(draft).where(draft.c.id == kept.id, draft.c.revision == changed.revision).values(**_row(kept)))
    if done.rowcount != 1:
        raise InputError("changed_elsewhere", "This draft was changed elsewhere meanwhile.", hint="load the page again.")
    return kept


def drop_draft(connection: Connection, name: str, owner: str) -> None:
    """Throw a draft away."""
    connection.execute(delete(draft).where(draft.c.id == name, draft.c.owner == owner))


def note_author(connection: Connection, segment: str, version: int, author: str) -> None:
    """Who wrote a version of a segment."""
    connection.execute(insert(segment_author).values(segment=segment, version=version, author=author))


def authors(connection: Connection, segment: str) -> dict[int, str]:
    """Who wrote the versions of a segment, where that is known."""
    asked = select(segment_author.c.version, segment_author.c.author).where(segment_author.c.segment == segment)
    return {row.version: row.author for row in connection.execute(asked)}


def _row(item: Draft) -> dict[str, Any]:
    body = {
        "tree": draft_to_json(item.tree),
        "undo": list(map(draft_to_json, item.undo)),
        "redo": list(map(draft_to_json, item.redo)),
        "text": item.text,
        "problem": item.problem,
        "base": item.base,
    }
    names = ("id", "owner", "title", "segment", "revision", "data_version", "created_at", "changed_at")
    return {name: getattr(item, name) for name in names} | {"body": body, "as_of": item.as_of.isoformat()}


def _draft(row: Any) -> Draft:
    body = row.body
    return Draft(
        row.id,
        row.owner,
        draft_from_json(body["tree"]),
        row.title,
        row.segment,
        body["base"],
        tuple(map(draft_from_json, body["undo"])),
        tuple(map(draft_from_json, body["redo"])),
        body["text"],
        body["problem"],
        row.revision,
        row.data_version,
        dt.datetime.fromisoformat(row.as_of),
        row.created_at,
        row.changed_at,
    )
