"""What is decided about privacy besides people's own rights: special categories, the bases of segments that use them, how long rows are kept."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from lohko.state.tables import retention_rule, special_attribute, special_basis

CATEGORIES = ("health", "belief", "politics", "union", "sex life", "ethnicity", "biometric", "crime")
"""What GDPR articles 9 and 10 name."""


def mark_special(connection: Connection, attribute: str, category: str | None) -> None:
    """Mark an attribute (by its casefolded name) as of a special category, or unmark it."""
    connection.execute(delete(special_attribute).where(special_attribute.c.attribute == attribute))
    if category is not None:
        connection.execute(insert(special_attribute).values(attribute=attribute, category=category))


def special_attributes(connection: Connection) -> dict[str, str]:
    """The marked attributes with their categories."""
    return {row.attribute: row.category for row in connection.execute(select(special_attribute).order_by(special_attribute.c.attribute))}


def record_basis(connection: Connection, segment: str, basis: str, note: str, at: str) -> None:
    """Record on what basis a segment may use special categories."""
    connection.execute(delete(special_basis).where(special_basis.c.segment == segment))
    connection.execute(insert(special_basis).values(segment=segment, basis=basis, note=note, at=at))


def bases(connection: Connection) -> dict[str, tuple[str, str]]:
    """The recorded bases by segment: basis and note."""
    return {row.segment: (row.basis, row.note) for row in connection.execute(select(special_basis).order_by(special_basis.c.segment))}


@dataclass(frozen=True)
class Rule:
    """How many days the rows of a source are kept, by their own time: of one kind of event, or of all (`*`)."""

    source: str
    event: str
    days: int


def set_rule(connection: Connection, rule: Rule, *, drop: bool = False) -> None:
    """Keep a rule instead of the one there was, or drop it."""
    connection.execute(delete(retention_rule).where(retention_rule.c.source == rule.source, retention_rule.c.event == rule.event))
    if not drop:
        connection.execute(insert(retention_rule).values(source=rule.source, event=rule.event, days=rule.days))


def rules(connection: Connection) -> list[Rule]:
    """Every rule."""
    rows = connection.execute(select(retention_rule).order_by(retention_rule.c.source, retention_rule.c.event))
    return [Rule(row.source, row.event, row.days) for row in rows]
