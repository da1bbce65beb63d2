"""Erasures: what is meant to be done is written first, so that one that was cut short is finished.

begun        whom it is about is known; nothing is taken out yet
registered   the log and the state hold nothing of them any more; the store may
done         nothing does, and the intent is blanked too

Beside them stand the rights that people used, as keyed hashes of their
identifiers: by them a restored backup is brought level before it serves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from lohko.state.about_tables import segment_about, segment_comment
from lohko.state.call_tables import call
from lohko.state.draft_tables import draft
from lohko.state.tables import contract_version, erasure, hook, hook_record, receipt, right_used, scored_pair, source, special_basis

ERASE = "erase"


@dataclass(frozen=True)
class Intent:
    """Whom an erasure is about: their records, keys, public ids, and the texts by which they are found elsewhere.

    `numbers` are identifiers of one source that are too short to be looked for in running text.
    `of_companies` are those of the texts that lists of companies say too: there they stay.
    """

    nodes: list[int]
    people: list[int]
    person_ids: list[str]
    texts: list[str]
    numbers: list[str]
    of_companies: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Erasure:
    """One erasure on its way."""

    id: int
    stage: str
    intent: Intent | None


def begin(connection: Connection, intent: Intent, at: str) -> int:
    """Write down what is to be done; it will be, once the caller's transaction commits."""
    made = connection.execute(insert(erasure).values(at=at, stage="begun", intent=asdict(intent))).inserted_primary_key
    return int(made[0])  # type: ignore[index]


def unfinished(connection: Connection) -> list[Erasure]:
    """The erasures that are not done, the oldest first."""
    rows = connection.execute(select(erasure).where(erasure.c.stage != "done").order_by(erasure.c.id))
    return [Erasure(row.id, row.stage, Intent(**row.intent) if row.intent else None) for row in rows]


def register(connection: Connection, number: int) -> None:
    """The log and the state hold nothing of them any more, when the caller's transaction commits."""
    connection.execute(update(erasure).where(erasure.c.id == number).values(stage="registered"))


def finish(connection: Connection, number: int) -> None:
    """Nothing holds anything of them any more, not even what was to be done."""
    connection.execute(update(erasure).where(erasure.c.id == number).values(stage="done", intent=None))


# --- rights that were used ----------------------------------------------------------------


@dataclass(frozen=True)
class RightUsed:
    """A right that somebody used, or took back (`holds` is false); who it was only the workspace's key can tell.

    One erasure is of one person. One that is taken back keeps its digests out no more; what was erased stays so.
    """

    at: str
    what: str
    holds: bool
    digests: list[str]


def use_right(connection: Connection, used: RightUsed) -> None:
    """Remember it for backups that are older."""
    connection.execute(insert(right_used).values(**asdict(used)))


def lifted_since(connection: Connection, at: str) -> bool:
    """Whether anybody who was erased has been let in again after a time."""
    taken_back = (right_used.c.what == ERASE, right_used.c.holds.is_(False), right_used.c.at > at)
    return connection.execute(select(right_used.c.id).where(*taken_back).limit(1)).first() is not None


def rights_used(connection: Connection) -> list[RightUsed]:
    """All of them, in order."""
    rows = connection.execute(select(right_used).order_by(right_used.c.id))
    return [RightUsed(row.at, row.what, row.holds, row.digests) for row in rows]


def erased(used: Iterable[RightUsed]) -> list[set[str]]:
    """By erasure, the digests that still keep somebody out after all of these rights in their order."""
    found: list[set[str]] = []
    for item in used:
        if item.what == ERASE and item.holds:
            found.append(set(item.digests))
        elif item.what == ERASE:
            for digests in found:
                digests.difference_update(item.digests)
    return [digests for digests in found if digests]


# --- receipts of what went out --------------------------------------------------------------


@dataclass(frozen=True)
class Receipt:
    """One audience that was written, and the keys of who was in it as a serialised bitmap."""

    id: int
    at: str
    segment: str
    destination: str
    purpose: str
    written: int
    people: bytes


def give_receipt(connection: Connection, made: dict[str, Any]) -> None:
    """Remember an audience that goes out."""
    connection.execute(insert(receipt).values(**made))


def receipts(connection: Connection) -> list[Receipt]:
    """Every audience that went out, in order."""
    return [Receipt(**row._mapping) for row in connection.execute(select(receipt).order_by(receipt.c.id))]


def forget_in_receipts(connection: Connection, changed: Iterable[tuple[int, bytes]]) -> None:
    """Take people out of receipts: by number, who is left."""
    for number, people in changed:
        connection.execute(update(receipt).where(receipt.c.id == number).values(people=people))


def forget_elsewhere(connection: Connection, intent: Intent, is_theirs: Callable[[bytes], bool], redacted: Callable[[Any], Any]) -> None:
    """Take people out of what the state holds besides: pairs judged, webhooks that wait and records they told of, and contracts."""
    ids = {*intent.texts, *intent.numbers}
    for at in range(0, len(intent.nodes), _AT_ONCE):
        some = intent.nodes[at : at + _AT_ONCE]
        connection.execute(delete(scored_pair).where(scored_pair.c.first.in_(some) | scored_pair.c.second.in_(some)))
    for row in connection.execute(select(hook.c.id, hook.c.body).where(hook.c.body.is_not(None))).all():
        if is_theirs(row.body):
            connection.execute(update(hook).where(hook.c.id == row.id).values(body=None))
    told = sorted({*ids, *(f"customer {one}" for one in ids)})
    for at in range(0, len(told), _AT_ONCE):
        connection.execute(delete(hook_record).where(hook_record.c.record.in_(told[at : at + _AT_ONCE])))
    for row in connection.execute(select(source.c.name, source.c.cursor)).all():
        if (left := _without(row.cursor, ids)) != row.cursor:
            connection.execute(update(source).where(source.c.name == row.name).values(cursor=left))
    for row in connection.execute(select(contract_version)).all():
        if (made := redacted(row.definition)) != row.definition:
            this = (contract_version.c.source == row.source, contract_version.c.kind == row.kind, contract_version.c.version == row.version)
            connection.execute(update(contract_version).where(*this).values(definition=made))


def forget_in_words(connection: Connection, names_them: Callable[[Any], bool], redacted: Callable[[Any], Any]) -> dict[str, int]:
    """Take people out of what users wrote in words of their own; how many texts were blanked, and drafts thrown away.

    A draft in which one of them stands anywhere, also in what could be undone, goes as a whole: its rule would not be what its owner meant.
    """
    written = ((call, ("account", "note")), (segment_comment, ("text",)), (segment_about, ("notes",)), (special_basis, ("note",)))
    blanked = 0
    for table, names in written:
        for row in connection.execute(select(table)).mappings().all():
            if changed := {name: made for name in names if (made := redacted(row[name])) != row[name]}:
                this = [column == row[column.name] for column in table.primary_key.columns]
                connection.execute(update(table).where(*this).values(**changed))
                blanked += 1
    drafts = [row.id for row in connection.execute(select(draft)).all() if names_them([row.title, row.body])]
    for name in drafts:
        connection.execute(delete(draft).where(draft.c.id == name))
    return {"texts": blanked, "drafts": len(drafts)}


_AT_ONCE = 500


def _without(body: Any, ids: set[str]) -> Any:
    """A cursor without what it remembers of some people; what it forgets is only asked for again."""
    if isinstance(body, dict):
        return {
            key: _without(value, ids) for key, value in body.items() if key not in ids and not (isinstance(value, str) and value in ids)
        }
    if isinstance(body, list):
        return [_without(item, ids) for item in body if not (isinstance(item, str) and item in ids)]
    return body
