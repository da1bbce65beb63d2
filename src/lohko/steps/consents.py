"""Consents and flags of a person, set by hand and kept in the log as decisions; what stands, and how it came to that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from lohko.base.clock import now
from lohko.base.errors import InputError, did_you_mean
from lohko.base.text import fold
from lohko.base.times import naive, parse_as_of
from lohko.engine.accounts import accounts_of
from lohko.engine.consents import capacities, capacity_from
from lohko.engine.erasure import Subject, subject
from lohko.engine.person import ConsentRecord
from lohko.engine.rights import consent_rows, flag_rows
from lohko.model.consent import BASES, FLAGS, PLACES, PURPOSE_TABLE, Capacity, Flag, Role, standing_grants, stands
from lohko.state.erasures import RightUsed, use_right
from lohko.state.workspace import note
from lohko.steps.decide import keep_decision
from lohko.steps.person_erase import digests_of
from lohko.steps.question import iso
from lohko.steps.rights_ledger import write_rights
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PURPOSES = {item.key: item for item in PURPOSE_TABLE}


def consent_give(
    work: Work,
    progress: Progress,
    *,
    customer: str,
    purpose: str,
    basis: str = "consent",
    since: str | None = None,
    source: str = "",
    wording: str = "",
    proof: str = "",
    capacity: str | None = None,
) -> dict[str, Any]:
    """Record that a person may be reached for a purpose from an instant on (now when left out): on which basis, said where, in which words, and what proves it.

    With `capacity` (`consumer`, `contact`, or a company's name) it is for the first of their records that speaks in it.
    """
    if basis not in BASES:
        raise InputError("unknown_basis", f"No basis is called {basis!r}.", hint=did_you_mean(basis, BASES))
    if basis not in _purpose(purpose).bases:
        raise InputError("bad_basis", f"{purpose} needs the person's own consent; {basis} is no basis for it.", hint="--basis consent.")
    return _record(
        work, customer, purpose, given=True, capacity=capacity, basis=basis, since=since, source=source, wording=wording, proof=proof
    )


def consent_withdraw(
    work: Work,
    progress: Progress,
    *,
    customer: str,
    purpose: str,
    since: str | None = None,
    source: str = "",
    proof: str = "",
    capacity: str | None = None,
) -> dict[str, Any]:
    """Record that a person withdrew: it beats every older grant, in whatever order they arrive; those in other capacities not, where `capacity` names one."""
    _purpose(purpose)
    return _record(
        work, customer, purpose, given=False, capacity=capacity, basis="none", since=since, source=source, wording="", proof=proof
    )


def consent_history(work: Work, progress: Progress, *, customer: str, purpose: str | None = None) -> dict[str, Any]:
    """Every consent given and withdrawn, the oldest first, and what stands now."""
    if purpose is not None:
        _purpose(purpose)
    cursor, _version, schema = work.snapshot()
    found = subject(cursor, schema, customer)
    with work.state.begin() as connection:
        note(connection, "person_seen", {"what": "consents"}, [found.person_id])
    return _history(work, customer, purpose)


def _history(work: Work, customer: str, purpose: str | None) -> dict[str, Any]:
    cursor, version, schema = work.snapshot()
    found = subject(cursor, schema, customer)
    records = [item for item in consents_of(cursor, found) if purpose in (None, item["purpose"])]
    return {
        "customer": found.label,
        "person_id": found.person_id,
        "timezone": work.settings.timezone,
        "stands": standing(records),
        "stands_as": standing_as(records),
        "records": told_once(records),
        "data_version": version,
    }


def _purpose(name: str) -> Any:
    if name not in _PURPOSES:
        raise InputError("unknown_purpose", f"No purpose is called {name!r}.", hint=did_you_mean(name, _PURPOSES))
    return _PURPOSES[name]


def _record(
    work: Work, customer: str, purpose: str, *, given: bool, capacity: str | None, since: str | None, **said: str
) -> dict[str, Any]:
    at = instant(work, since)
    with work.guard:
        cursor, _, schema = work.snapshot()
        found = subject(cursor, schema, customer)
        known = capacities(cursor, schema, found.nodes)
        bound = None if capacity is None else _records_as(cursor, found, known, purpose, capacity)
        cursor.close()
        # A withdrawal is of the whole person and holds for each record, should they part; a grant belongs to the first one.
        nodes = found.nodes if bound is None else bound
        if given:
            at_work = [node for node in nodes if (one := known[node]) is not None and one.role == "contact"]
            nodes = (at_work if said["basis"] == "b2b_role" and at_work else nodes)[:1]
        columns = {
            "node": np.array(nodes, dtype=np.int32),
            "purpose": np.array([purpose] * len(nodes), dtype=object),
            "given": np.array([given] * len(nodes)),
            "since": np.array([naive(at)] * len(nodes), dtype="datetime64[us]"),
            "dated": np.array([True] * len(nodes)),
            "whole": np.array([not given and bound is None] * len(nodes)),
            **{name: np.array([text or "by hand" if name == "source" else text] * len(nodes), dtype=object) for name, text in said.items()},
        }
        keep_decision(work, "consent", columns, detail={"purpose": purpose, "given": given})
        with work.state.begin() as connection:
            note(connection, "consent_given" if given else "consent_withdrawn", {"purpose": purpose}, [found.person_id])
            if not given:
                use_right(connection, _right(work, found, nodes, purpose, None if bound is None else known[nodes[0]]))
        write_rights(work)
    return _history(work, found.person_id, purpose)


def _right(work: Work, found: Subject, nodes: Sequence[int], purpose: str, capacity: Capacity | None) -> RightUsed:
    """The withdrawal as the ledger beside the backups keeps it; one in a capacity with the identifiers of the records that speak in it alone."""
    if capacity is None:
        return RightUsed(iso(now()), purpose, True, digests_of(work, [found], ()))
    theirs = replace(found, records=tuple(item for item in found.records if item.node in nodes))
    return RightUsed(iso(now()), f"{purpose} {capacity.role}", True, digests_of(work, [theirs], ()))


def _records_as(cursor: DuckDBPyConnection, found: Subject, known: dict[int, Capacity | None], purpose: str, wanted: str) -> list[int]:
    """The records of a person that speak in a capacity, by its name or a company's; InputError when none does."""
    if purpose not in PLACES:
        raise InputError(
            "no_capacity", f"{purpose} is about the person as such, and not about one of their addresses.", hint="leave the capacity out."
        )
    companies = accounts_of(cursor)
    names = {node: _names_of(one, companies) for node, one in known.items() if one is not None}
    nodes = [node for node in found.nodes if fold(wanted) in {fold(name) for name in names.get(node, ())}]
    if not nodes:
        told = sorted({name for those in names.values() for name in those})
        hint = f"known: {', '.join(told)}." if told else "none is known of their records; without one it counts for the whole person."
        raise InputError("unknown_capacity", "None of their records is known to speak in that capacity.", place=wanted, hint=hint)
    return nodes


def capacities_of(work: Work, cursor: DuckDBPyConnection, found: Subject) -> list[str]:
    """The capacities in which a person is known to speak, by the names that `consent_give` takes; none where there are not two to tell apart."""
    known, companies = capacities(cursor, work.schema(), found.nodes), accounts_of(cursor)
    roles = [one for one in known.values() if one is not None]
    names = dict.fromkeys(name for one in roles for name in _names_of(one, companies))
    return sorted(names, key=lambda name: (name not in get_args(Role), name)) if len(set(roles)) > 1 else []


def _names_of(capacity: Capacity, companies: Mapping[int, str]) -> list[str]:
    return [capacity.role, *([companies[capacity.account]] if capacity.account is not None and capacity.account in companies else [])]


def instant(work: Work, since: str | None) -> dt.datetime:
    """Since when something holds: as given, in the workspace's zone, else now; InputError when it is still to come."""
    at = now() if since is None else parse_as_of(since, work.settings.zone)
    if at > now():
        raise InputError("in_the_future", "A right or a consent is recorded once it is there, not before.", place=since)
    return at


def consents_of(cursor: DuckDBPyConnection, found: Subject) -> list[dict[str, Any]]:
    """A person's consent records as JSON, by purpose and time.

    `capacity` is `person` for what is about the person as such, `consumer`, `contact` (of `company`, where that is known), or null where it cannot be known.
    """
    keys = ("purpose", "given", "since", "dated", "basis", "source", "wording", "proof", "batch")
    companies = accounts_of(cursor)
    told = []
    for *row, whole, role, account, places in consent_rows(cursor, found.nodes):
        item = dict(zip(keys, row, strict=True))
        item["since"] = iso(item["since"].replace(tzinfo=dt.UTC))
        as_such = whole or item["purpose"] not in PLACES
        item |= {"capacity": "person" if as_such else role, "company": companies.get(account), "_account": account, "_places": places or ()}
        told.append(item)
    return told


def told_once(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records without what only the rule needs; what was kept with several records of a person is told once."""
    shown = [{name: value for name, value in row.items() if not name.startswith("_")} for row in records]
    return [row for place, row in enumerate(shown) if row not in shown[:place]]


def _of_purpose(records: list[dict[str, Any]]) -> dict[str, list[ConsentRecord]]:
    made: dict[str, list[ConsentRecord]] = {}
    for row in records:
        at = dt.datetime.fromisoformat(row["since"])
        capacity = capacity_from(row["capacity"] if row["capacity"] in get_args(Role) else None, row["_account"])
        record = ConsentRecord(row["purpose"], row["given"], at, row["dated"], row["basis"], capacity, tuple(row["_places"]))
        made.setdefault(row["purpose"], []).append(record)
    return made


def standing(records: list[dict[str, Any]]) -> dict[str, bool]:
    """Per purpose of which there is a record, whether the consent stands now in any capacity."""
    return {purpose: stands(found, now()) for purpose, found in _of_purpose(records).items()}


def standing_as(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Per purpose and capacity in which anything was said, whether the consent stands now."""
    companies = {row["_account"]: row["company"] for row in records}
    told = []
    for purpose, found in _of_purpose(records).items():
        granted = {grant.capacity for grant in standing_grants(found, now())}
        for capacity in dict.fromkeys(item.capacity for item in found if item.capacity is not None):
            row = {"purpose": purpose, "capacity": capacity.role, "company": companies.get(capacity.account)}
            told.append({**row, "stands": capacity in granted})
    return told


# --- flags -----------------------------------------------------------------------------------


def person_flag(
    work: Work, progress: Progress, *, customer: str, flag: str, holds: bool = True, since: str | None = None, reason: str = ""
) -> dict[str, Any]:
    """Prohibit marketing to a person, restrict their processing, or note that they object to profiling; or lift that again."""
    if flag not in FLAGS:
        raise InputError("unknown_flag", f"No flag is called {flag!r}.", hint=did_you_mean(flag, FLAGS))
    at = instant(work, since)
    with work.guard:
        cursor, _, schema = work.snapshot()
        found = subject(cursor, schema, customer)
        cursor.close()
        set_flag(work, [found], flag, holds=holds, at=at, reason=reason)
        cursor, version, _ = work.snapshot()
        flags = flags_of(cursor, found)
    return {
        "customer": found.label,
        "person_id": found.person_id,
        "flags": flags,
        "means": FLAGS[flag],
        "data_version": version,
    }


def set_flag(work: Work, people: list[Subject], flag: Flag, *, holds: bool, at: dt.datetime, reason: str) -> None:
    """Set or lift a flag of people, on every record of theirs; hold `work.guard`."""
    nodes = [node for one in people for node in one.nodes]
    columns = {
        "node": np.array(nodes, dtype=np.int32),
        "flag": np.array([flag] * len(nodes), dtype=object),
        "holds": np.array([holds] * len(nodes)),
        "since": np.array([naive(at)] * len(nodes), dtype="datetime64[us]"),
        "reason": np.array([reason] * len(nodes), dtype=object),
    }
    keep_decision(work, "flags", columns, detail={"flag": flag, "holds": holds})
    with work.state.begin() as connection:
        note(connection, f"flag_{'set' if holds else 'lifted'}", {"flag": flag}, [one.person_id for one in people])
        use_right(connection, RightUsed(iso(now()), flag, holds, digests_of(work, people, ())))
    write_rights(work)


def flags_of(cursor: DuckDBPyConnection, found: Subject) -> dict[str, Any]:
    """Which flags of a person hold, and every setting and lifting."""
    rows = flag_rows(cursor, found.nodes)
    history = [
        {"flag": flag, "holds": holds, "since": iso(at.replace(tzinfo=dt.UTC)), "reason": reason} for flag, holds, at, reason in rows
    ]
    return {
        "hold": sorted(flag for flag in FLAGS if (last := [row for row in history if row["flag"] == flag]) and last[-1]["holds"]),
        "history": history,
    }
