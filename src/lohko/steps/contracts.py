"""What each source's files are expected to hold: shown, learned, edited, and asked of the rows of every import."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lohko.base.errors import InputError, did_you_mean
from lohko.base.times import local_day
from lohko.engine.contract_learning import learn
from lohko.engine.contracts import judge_by_contract
from lohko.engine.incoming import verdicts
from lohko.engine.load import LOADERS
from lohko.engine.sql import view_of_file
from lohko.landing import log
from lohko.model.contract import Breach, Contract, Rule, read_contracts, write_contract
from lohko.state import contracts as kept
from lohko.state.batches import imports
from lohko.state.workspace import note
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from sqlalchemy import Connection


# --- for imports -----------------------------------------------------------------------


def hold_to_contract(
    work: Work, cursor: DuckDBPyConnection, source: str, kind: str, columns: Sequence[Mapping[str, Any]], received_at: dt.datetime
) -> tuple[dict[str, int], dict[str, int]]:
    """Judge the rows that `incoming.compare` found new by the contract of their source: the verdicts there are then, and what was only warned of."""
    with work.state.connect() as connection:
        contract = kept.contract_of(connection, source, kind)
    if contract is None:
        return verdicts(cursor), {}
    today = local_day(received_at, work.settings.zone)
    warned = judge_by_contract(cursor, contract, columns, work.schema(), today)
    return verdicts(cursor), warned


def learn_first(
    connection: Connection, cursor: DuckDBPyConnection, source: str, kind: str, columns: Sequence[Mapping[str, Any]], number: int
) -> None:
    """Learn the contract of a source and kind from the rows of the view `kept`, unless there is one."""
    if kept.contract_of(connection, source, kind) is None:
        kept.save(connection, learn(cursor, source, kind, columns, number))


# --- steps -----------------------------------------------------------------------------


def contracts(work: Work, progress: Progress, *, source: str | None = None, kind: str | None = None) -> dict[str, Any]:
    """The contracts that count, as YAML, with how often each of their rules was broken in imports so far."""
    with work.state.connect() as connection:
        found, rows = kept.contracts(connection), imports(connection)
    _check_known(found, source, kind)
    return {
        "contracts": [
            {
                "source": contract.source,
                "kind": contract.kind,
                "version": version,
                "breach": contract.breach,
                "learned_from": contract.learned_from,
                "fields": len(contract.fields),
                "yaml": write_contract(contract),
                "broken": _broken(contract, rows),
            }
            for version, contract in found.values()
            if source in (None, contract.source) and kind in (None, contract.kind)
        ]
    }


def _broken(contract: Contract, rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Per rule, the rows that were accepted though they broke it, and those that were rejected for it."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        if (row["source"], row["kind"]) != (contract.source, contract.kind):
            continue
        for rule, n in row["report"].get("contract", {}).items():
            item = found.setdefault(rule, {"warned": 0, "rejected": 0})
            item["warned"] += n
        for reason, n in row["report"].get("rejected_by_reason", {}).items():
            if reason.startswith("contract:"):
                item = found.setdefault(reason.removeprefix("contract:"), {"warned": 0, "rejected": 0})
                item["rejected"] += n
    return dict(sorted(found.items()))


def apply_contracts(work: Work, progress: Progress, *, files: dict[str, str], dry_run: bool = False) -> dict[str, Any]:
    """Take the contracts of YAML files (name to text): all of them, or none when one is wrong."""
    read = [(name, contract) for name, text in sorted(files.items()) for contract in read_contracts(text, name)]
    if not read:
        raise InputError("no_contracts", "There are no contracts in these files.")
    for name, contract in read:
        if contract.kind not in LOADERS:
            raise InputError(
                "unknown_kind", f"No kind of file is called {contract.kind!r}.", place=name, hint=did_you_mean(contract.kind, LOADERS)
            )
    with work.guard, work.state.begin() as connection:
        before = kept.contracts(connection)
        plan = [_planned(before, contract) for _, contract in read]
        if not dry_run:
            for (_, contract), item in zip(read, plan, strict=True):
                if item["change"] != "same":
                    kept.save(connection, contract)
            note(
                connection,
                "contracts_applied",
                {"contracts": [f"{item['source']} {item['kind']}" for item in plan if item["change"] != "same"]},
            )
    return {"plan": plan, "applied": not dry_run}


def _planned(before: Mapping[tuple[str, str], tuple[int, Contract]], contract: Contract) -> dict[str, Any]:
    known = before.get((contract.source, contract.kind))
    change = "new" if known is None else "same" if known[1] == contract else "changed"
    return {"source": contract.source, "kind": contract.kind, "change": change}


def learn_contract(
    work: Work, progress: Progress, *, source: str, kind: str, batch: int | None = None, breach: str | None = None
) -> dict[str, Any]:
    """Learn a contract anew from the accepted rows of an import (the latest of that source and kind) and keep it.

    With `breach` all its rules warn, or all reject.
    """
    with work.state.connect() as connection:
        rows = [row for row in imports(connection) if (row["source"], row["kind"]) == (source, kind) and row["accepted"]]
    if batch is not None:
        rows = [row for row in rows if row["number"] == batch]
    if not rows:
        raise InputError("nothing_to_learn_from", "No such import has accepted rows.", hint="`lohko status` lists the imports.")
    row = rows[-1]
    cursor = work.store.cursor()
    cursor.execute(view_of_file("kept", str(work.folder.landing / row["folder"] / log.ACCEPTED)))
    made = learn(cursor, source, kind, row["plan"], row["number"])
    cursor.close()
    return _saved(work, made if breach is None else made.with_breach(_breach(breach)), "contract_learned")


def edit_contract(
    work: Work,
    progress: Progress,
    *,
    source: str,
    kind: str,
    breach: str | None = None,
    rules: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Change what becomes of rows that break a contract, as a whole or rule by rule: `{"total:range": "reject"}`; `off` takes a rule out."""
    with work.state.connect() as connection:
        found = kept.contract_of(connection, source, kind)
    if found is None:
        raise _no_contract(source, kind)
    changed = found if breach is None else found.with_breach(_breach(breach))
    for name, said in (rules or {}).items():
        changed = _with_rule(changed, name, said)
    return _saved(work, changed, "contract_edited")


def _with_rule(contract: Contract, name: str, said: str) -> Contract:
    field, _, asked_rule = name.rpartition(":")
    rules = contract.fields.get(field)
    rule = next((item for item in rules.rules() if item == asked_rule), None) if rules is not None else None
    if rules is None or rule is None:
        known = [f"{item}:{asked}" for item, asked_of in contract.fields.items() for asked in asked_of.rules()]
        raise InputError("unknown_rule", f"The contract has no rule {name!r}.", hint=did_you_mean(name, known))
    if said == "off":
        blank: dict[Rule, dict[str, Any]] = {
            "type": {"type": None},
            "required": {"required": False},
            "range": {"low": None, "high": None},
            "allowed": {"allowed": ()},
            "unique": {"unique": False},
            "references": {"references": None},
        }
        others = {key: value for key, value in rules.breach.items() if key != rule}
        changed = replace(rules, breach=others, **blank[rule])
    else:
        changed = replace(rules, breach={**rules.breach, rule: _breach(said)})
    fields = {**contract.fields, field: changed}
    return replace(contract, fields={item: asked for item, asked in fields.items() if any(asked.rules())})


def _breach(said: str) -> Breach:
    if said == "warn":
        return "warn"
    if said == "reject":
        return "reject"
    raise InputError("bad_breach", f"{said!r} is nothing that becomes of a row.", hint="warn or reject.")


def _saved(work: Work, contract: Contract, action: str) -> dict[str, Any]:
    with work.guard, work.state.begin() as connection:
        before = kept.contracts(connection).get((contract.source, contract.kind))
        version = before[0] if before is not None and before[1] == contract else kept.save(connection, contract)
        note(connection, action, {"source": contract.source, "kind": contract.kind, "version": version})
    return {
        "source": contract.source,
        "kind": contract.kind,
        "version": version,
        "breach": contract.breach,
        "yaml": write_contract(contract),
    }


def _check_known(found: Mapping[tuple[str, str], Any], source: str | None, kind: str | None) -> None:
    if (source, kind) != (None, None) and not any(source in (None, key[0]) and kind in (None, key[1]) for key in found):
        raise _no_contract(source, kind)


def _no_contract(source: str | None, kind: str | None) -> InputError:
    what = " ".join(filter(None, (source and f"of source {source!r}", kind and f"for {kind}")))
    return InputError(
        "no_contract", f"There is no contract {what}.", hint="one is learned from the first import of a source and kind of file."
    )
