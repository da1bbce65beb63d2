"""What each source's files are expected to hold, and all versions of it; the latest counts."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from lohko.base.clock import now
from lohko.model.contract import Contract, contract_from_json, contract_to_json
from lohko.state.tables import contract_version


def contracts(connection: Connection) -> dict[tuple[str, str], tuple[int, Contract]]:
    """The contracts that count, with their versions, by source and kind of file."""
    rows = connection.execute(
        select(contract_version).order_by(contract_version.c.source, contract_version.c.kind, contract_version.c.version)
    )
    latest = {(row.source, row.kind): row for row in rows}
    return {key: (row.version, contract_from_json(row.definition)) for key, row in latest.items()}


def contract_of(connection: Connection, source: str, kind: str) -> Contract | None:
    """The contract of a source's files of one kind, or None while there is none."""
    found = contracts(connection).get((source, kind))
    return None if found is None else found[1]


def save(connection: Connection, contract: Contract) -> int:
    """Keep a contract as the next version of its source and kind; the version's number."""
    last = contracts(connection).get((contract.source, contract.kind))
    number = 1 + (0 if last is None else last[0])
    connection.execute(
        insert(contract_version).values(
            source=contract.source,
            kind=contract.kind,
            version=number,
            definition=contract_to_json(contract),
            created_at=now().isoformat(),
        )
    )
    return number
