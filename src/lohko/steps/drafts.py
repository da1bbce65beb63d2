"""Building a rule step by step: drafts that are kept, edits of them, and what becomes of them.

What somebody builds is theirs alone until it is saved as a segment. An edit names the
revision that it was made on, so that two windows cannot undo each other's work unseen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lohko.base.errors import InputError, LohkoError, did_you_mean
from lohko.base.times import local_day
from lohko.model import edit
from lohko.model.blanks import Scope
from lohko.model.blanks_fill import changed, dropped, picked
from lohko.model.blanks_new import fresh
from lohko.model.condition import Condition
from lohko.model.edit import EMPTY, Place, closed, opened, read_place, write_place
from lohko.model.parse import parse
from lohko.model.resolve import Resolver
from lohko.model.segment import Segment, read_segments, write_segment
from lohko.starter import gallery_texts
from lohko.state import segments as kept
from lohko.state.acting import actor
from lohko.state.drafts import Draft, drafts_of, drop_draft, keep_draft, new_draft, read_draft
from lohko.steps.common_moment import common_moment
from lohko.steps.segments import apply
from lohko.steps.sitting import end_sitting, sitting
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from lohko.model.schema import Schema


def draft_new(
    work: Work, progress: Progress, *, segment: str | None = None, starter: str | None = None, text: str | None = None
) -> dict[str, Any]:
    """A new draft: empty, of a segment's present rule, of a ready-made one, or of a rule as text. Its id."""
    tree, title = EMPTY, ""
    with work.state.begin() as connection:
        if segment is not None:
            found = kept.current(connection)
            if segment not in found:
                raise InputError("unknown_segment", f"No segment is called {segment!r}.")
            tree, title = opened(found[segment].where), found[segment].titled("en")
        elif starter is not None:
            ready = starter_of(starter)
            tree, title = opened(ready.where), ready.titled("en")
        elif text:
            tree = opened(parse(text).condition)
        versions = kept.versions(connection)
        tree = _resolved(tree, Resolver(work.schema(), list(versions)))
        base = None if segment is None else versions[segment]
        # Drafts of one moment share what is made of everyone at it, such as RFM.
        version, at = work.data_version(), common_moment(work)
        made = new_draft(connection, actor(), tree, title=title, segment=segment, base=base, data_version=version, as_of=at)
    return {"draft": made.id}


def starter_of(name: str) -> Segment:
    """A ready-made segment by its id; InputError when there is none."""
    text = gallery_texts().get(name)
    if text is None:
        raise InputError("unknown_segment", f"There is no ready-made segment {name!r}.", hint=did_you_mean(name, gallery_texts()))
    return read_segments(text, name)[0].segment


def drafts_list(work: Work, progress: Progress) -> dict[str, Any]:
    """One's own drafts, the one changed last first."""
    with work.state.connect() as connection:
        found = drafts_of(connection, actor())
    return {
        "drafts": [
            {"id": item.id, "title": item.title, "segment": item.segment, "tree": item.tree, "changed_at": item.changed_at}
            for item in found
        ]
    }


def draft_of(work: Work, name: str) -> Draft:
    """One's own draft of that id."""
    with work.state.connect() as connection:
        return read_draft(connection, name, actor())


def draft_seen(work: Work, found: Draft) -> dict[str, Any]:
    """The data that a draft is counted on, and whether newer has come in."""
    at = sitting(work, found)
    return {
        "data_version": at.question.data_version,
        "as_of": at.question.as_of,
        "newest": work.data_version(),
        "moved": at.question.data_version != found.data_version,
    }


def draft_drop(work: Work, progress: Progress, *, draft: str) -> dict[str, Any]:
    """Throw a draft away."""
    with work.state.begin() as connection:
        read_draft(connection, draft, actor())
        drop_draft(connection, draft, actor())
    end_sitting(work, draft)
    return {"draft": draft}


def draft_newer(work: Work, progress: Progress, *, draft: str) -> dict[str, Any]:
    """The draft is counted on the data of now from here on."""
    with work.state.begin() as connection:
        found = read_draft(connection, draft, actor())
        moved = keep_draft(connection, replace(found, data_version=work.data_version(), as_of=common_moment(work)))
    end_sitting(work, draft)
    return {"draft": draft, "data_version": moved.data_version}


def draft_edit(
    work: Work,
    progress: Progress,
    *,
    draft: str,
    revision: int,
    do: str = "",
    filled: Mapping[str, str] | None = None,
    text: str | None = None,
) -> dict[str, Any]:
    """Blanks that were filled in (by place), then one action on the draft: `do` is its name and what it is about, parted by colons.

    add:GROUP:KIND[:NAME]  remove:ITEM  up|down|in|out:ITEM  group|ungroup:ITEM  turn:PLACE:KIND  drop:VALUE  pick:CARD:VALUE  undo  redo  text
    Where the hand is after it is `at`. An edit that cannot be made says why in `refused`; what came before it stays.
    """
    with work.state.begin() as connection:
        found = read_draft(connection, draft, actor())
        if found.revision != revision:
            raise InputError("changed_elsewhere", "This draft was changed elsewhere meanwhile.", hint="load the page again.")
        desk = _Desk(work.schema(), list(kept.versions(connection)), local_day(found.as_of, work.settings.zone))
        refused: dict[str, Any] | None = None
        at: Place | None = None
        for place, value in (filled or {}).items():
            try:
                found = found.edited(desk.fill(found.tree, read_place(place), value))
            except LohkoError as error:
                refused = error.as_json() | {"at": place}
        try:
            found, at = desk.act(found, do, text)
        except LohkoError as error:
            refused = error.as_json() | {"at": None}
        saved = keep_draft(connection, found)
    sitting(work, saved).changed(saved.revision)
    return {"draft": saved, "at": None if at is None else write_place(at), "refused": refused}


class _Desk:
    """Edits against what there is to ask about."""

    def __init__(self, schema: Schema, segments: list[str], today: dt.date) -> None:
        self.resolver, self.scope = Resolver(schema, segments), Scope(schema, segments, today)

    def scope_at(self, tree: Condition, place: Place) -> Scope:
        """The scope of a card: inside `where` there are the event's properties."""
        return replace(self.scope, event=edit.event_around(tree, place))

    def fill(self, tree: Condition, place: Place, value: str) -> Condition:
        """One blank filled in, by its place from the root."""
        card = _card_of(place)
        at = edit.core(tree, card)
        inside = place[len(at) :] if place[: len(at)] == at else place[len(card) :]
        made = changed(edit.node_at(tree, at), inside, value, self.scope_at(tree, card))
        return _resolved(edit.put(tree, at, made), self.resolver)

    def act(self, found: Draft, do: str, text: str | None) -> tuple[Draft, Place | None]:
        """One action; the draft after it and where the hand is."""
        what, _, rest = do.partition(":")
        match what:
            case "":
                return found, None
            case "undo":
                return found.undone(), None
            case "redo":
                return found.redone(), None
            case "text":
                return self._written(found, text or ""), None
        done = self._edited(found.tree, what, rest)
        return found.edited(_resolved(done.draft, self.resolver)), done.at

    def _edited(self, tree: Condition, what: str, rest: str) -> edit.Edited:
        first, _, more = rest.partition(":")
        place = read_place(first)
        match what:
            case "add":
                kind, _, name = more.partition(":")
                return edit.add(tree, place, fresh(kind, name, self.scope_at(tree, place)))
            case "remove":
                return edit.remove(tree, place)
            case "up" | "down" | "in" | "out":
                return edit.move(tree, place, what)
            case "group":
                return edit.group(tree, place)
            case "ungroup":
                return edit.ungroup(tree, place)
            case "turn":
                return edit.turn(tree, place, more)
            case "pick":
                card = edit.core(tree, place)
                return edit.Edited(edit.put(tree, card, picked(edit.node_at(tree, card), more, self.scope_at(tree, card))), place)
            case "drop":
                card = edit.core(tree, _card_of(place))
                return edit.Edited(edit.put(tree, card, dropped(edit.node_at(tree, card), place[len(card) :])), _card_of(place))
        raise InputError("bad_edit", "There is no such action.")

    def _written(self, found: Draft, text: str) -> Draft:
        """The rule as text; what cannot be read is kept beside the last tree that could."""
        if not text.strip():
            return found.edited(EMPTY)
        try:
            tree = opened(self.resolver.condition(parse(text).condition))
        except LohkoError as error:
            return replace(found, text=text, problem=error.as_json())
        return found.edited(tree)


def _card_of(place: Place) -> Place:
    """The item that a place lies in: up to its last number among parts."""
    for n in range(len(place) - 1, 0, -1):
        if isinstance(place[n], int) and place[n - 1] == "parts":
            return place[: n + 1]
    raise InputError("unknown_place", "There is no such place in this rule.")


def _resolved(tree: Condition, resolver: Resolver) -> Condition:
    """The draft with names and codes as the schema has them, card by card; a card that cannot be asked stays as it is."""
    for place, node in edit.cards(tree):
        if edit.is_group_item(node):
            continue
        whole = closed(node)
        if whole is None:
            continue
        try:
            found = resolver.condition(whole)
        except LohkoError:
            continue
        if found != whole:
            tree = edit.put(tree, place, edit.node_at(opened(found), ("parts", 0)))
    return tree


def draft_save(
    work: Work,
    progress: Progress,
    *,
    draft: str,
    revision: int,
    segment: str,
    title: str | None = None,
    language: str = "en",
    description: str | None = None,
) -> dict[str, Any]:
    """Save a draft as a segment: a new one, or the next version of the one that it is of, whose other settings stay.

    Refused when the draft has changed since that revision, and when the segment has since the draft was begun of it.
    """
    with work.state.connect() as connection:
        found, there = read_draft(connection, draft, actor()), kept.current(connection)
        version = kept.versions(connection).get(segment)
    if found.revision != revision:
        raise InputError("changed_elsewhere", "This draft was changed elsewhere meanwhile.", hint="load the page again.")
    rule = closed(found.tree)
    if rule is None:
        raise InputError("no_rule", "There is nothing to save yet.", hint="add a condition first.")
    if found.problem is not None:
        raise InputError("bad_rule", "The text cannot be read: mend it, or undo.", place=found.problem.get("place"))
    if segment in there and found.segment != segment:
        raise InputError(
            "segment_exists", f"There is a segment {segment!r} already.", hint="choose another id, or open that one to change it."
        )
    if segment in there and found.base is not None and version != found.base:
        raise InputError(
            "newer_version",
            f"Somebody has saved a newer version of {segment!r} since this draft was begun.",
            hint="look at its versions; begin again from the newest, or throw this draft away.",
        )
    made = replace(there.get(segment, Segment(segment, rule)), where=rule)
    if title:
        made = replace(made, title={**made.title, language: title})
    if description:
        made = replace(made, description={**made.description, language: description})
    applied = apply(work, progress, files={f"{segment}.yaml": write_segment(made)})
    with work.state.begin() as connection:
        version = kept.versions(connection)[segment]
        keep_draft(connection, replace(read_draft(connection, draft, actor()), segment=segment, title=title or found.title, base=version))
    return {"segment": segment, "version": version, "change": applied["plan"][0]["change"], "warnings": applied["warnings"]}
