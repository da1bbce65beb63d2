"""Pairs of people that scored matching found likely to be one, until it is run again."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from lohko.state.tables import scored_pair


def read_scored(connection: Connection) -> dict[tuple[int, int], float]:
    """The probability of each pair, by the keys of its people, the first allocated first."""
    rows = connection.execute(select(scored_pair.c.first, scored_pair.c.second, scored_pair.c.probability))
    return {(first, second): probability for first, second, probability in rows}


def save_scored(connection: Connection, pairs: Mapping[tuple[int, int], float]) -> None:
    """Put these pairs in the place of all earlier ones."""
    connection.execute(delete(scored_pair))
    if pairs:
        rows = [{"first": first, "second": second, "probability": value} for (first, second), value in pairs.items()]
        connection.execute(insert(scored_pair), rows)
