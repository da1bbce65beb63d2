"""Joining records into people: after every import those it touched, and with `lohko unify` all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lohko.engine.identity import find_merges
from lohko.engine.links import columns_of
from lohko.model.identity import IdentityRules, parse_identity, write_identity
from lohko.state.identity_rules import read_identity, read_through, save_identity, save_through
from lohko.state.workspace import note
from lohko.steps.decide import keep_decision
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lohko.state.people import Node


def unify(work: Work, progress: Progress, *, scored: bool = False) -> dict[str, Any]:
    """Join all records by the workspace's rules; how many became part of another person, and what was held back.

    With `scored`, pairs that no rule joins are scored as well, and the likely ones put up for review (the extra `identity`).
    """
    with work.guard, work.state.connect() as connection:
        rules = read_identity(connection)
    with work.guard:
        found = _join(work, progress, rules, since=None)
        if scored:
            from lohko.steps.scored import score_pairs

            found = {**found, "scored": score_pairs(work, progress, rules), "data_version": work.data_version()}
    progress(1.0, "done")
    return found


def unify_touched(work: Work, progress: Progress) -> int:
    """Join whom the last imports touched, where the workspace does so by itself; how many people became part of another.

    Call it with `work.guard` held.
    """
    with work.state.connect() as connection:
        rules, through = read_identity(connection), read_through(connection)
    return int(_join(work, progress, rules, since=through)["merged"]) if rules.automatic else 0


def may_be_known(connection: Connection, new: Sequence[Node]) -> bool:
    """Whether somebody new, of whom nothing is told, can be somebody known by the id alone: by an address, or a number that several sources share."""
    return any(node.kind == "email" for node in new) or (bool(new) and any(read_identity(connection).numbers_of.values()))


def pass_over(work: Work, first: int) -> None:
    """Nothing that came since the batch before `first` can join anybody: what comes next is looked at by itself, where all before was. Call it with `work.guard` held."""
    with work.state.begin() as connection:
        if read_through(connection) >= first - 1:
            save_through(connection, work.data_version())


def _join(work: Work, progress: Progress, rules: IdentityRules, *, since: int | None) -> dict[str, Any]:
    progress(0.85, "joining records into people")
    cursor = work.store.cursor()
    found = find_merges(cursor, work.schema(), rules, work.settings.country, since=since)
    cursor.close()
    batch = None
    if found.links:
        counts = {"people": sum(found.merged.values()), "by": dict(sorted(found.merged.items()))}
        batch = keep_decision(work, "links", columns_of(found.links), detail=counts)
    with work.state.begin() as connection:
        save_through(connection, work.data_version())
    return {
        "batch": batch,
        "records": found.looked_at,
        "merged": sum(found.merged.values()),
        "by": dict(sorted(found.merged.items())),
        "held_back": dict(sorted(found.held_back.items())),
        "data_version": work.data_version(),
    }


def identity_rules(work: Work, progress: Progress, *, text: str | None = None, reset: bool = False) -> dict[str, Any]:
    """The rules by which records become people, as YAML; given ones are kept and followed from the next joining on."""
    with work.guard, work.state.begin() as connection:
        if reset or text is not None:
            save_identity(connection, IdentityRules() if text is None else parse_identity(text))
            note(connection, "identity_rules_set", {"reset": reset})
        return {"rules": write_identity(read_identity(connection))}
