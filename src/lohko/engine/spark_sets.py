"""Sets of people on a cluster: small trees of the leaves that they are made of, and how they are told from one bit per leaf.

The leaves become one statement, with 62 of them to a number; and, or and not are
operations on those numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

WORD = 62
"""Leaves per number: a number has 64 bits, and none of them need be the sign."""


@dataclass(frozen=True)
class Everyone:
    """The living."""


@dataclass(frozen=True)
class Answer:
    """The people of one leaf, by its number."""

    leaf: int


@dataclass(frozen=True)
class Both:
    """Those in all of them; everyone when there are none."""

    parts: tuple[People, ...]


@dataclass(frozen=True)
class Either:
    """Those in at least one."""

    parts: tuple[People, ...]


@dataclass(frozen=True)
class Without:
    """The living who are not in it."""

    part: People


People = Everyone | Answer | Both | Either | Without
"""A set of people that the cluster can work out."""


def answers(people: People) -> Iterator[int]:
    """The numbers of the leaves that a set is made of."""
    match people:
        case Answer(leaf):
            yield leaf
        case Both(parts) | Either(parts):
            for part in parts:
                yield from answers(part)
        case Without(part):
            yield from answers(part)


def all_of(parts: Sequence[exp.Select]) -> exp.Query:
    """The rows of all of them, which become parts of it."""
    return parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False, copy=False)


def bits_of(number: int) -> exp.Expr:
    """The bits of one number of leaves, of all that a person's rows say."""
    first = number * WORD
    leaf = exp.column("leaf")
    bit = exp.Anonymous(this="SHIFTLEFT", expressions=[exp.cast(exp.Literal.number(1), "BIGINT"), leaf - exp.Literal.number(first)])
    within = exp.and_(leaf >= exp.Literal.number(first), leaf < exp.Literal.number(first + WORD))
    chosen = exp.Case(ifs=[exp.If(this=within, true=bit)], default=exp.cast(exp.Literal.number(0), "BIGINT"))
    return exp.alias_(exp.Anonymous(this="BIT_OR", expressions=[chosen]), f"w{number}")


def told(people: People, places: Mapping[int, int]) -> exp.Expr:
    """Whether someone is in a set, from the bits."""
    match people:
        case Everyone():
            return exp.true()
        case Answer(leaf):
            number, bit = divmod(places[leaf], WORD)
            has = exp.BitwiseAnd(this=exp.column(f"w{number}", "b"), expression=exp.Literal.number(2**bit))
            return exp.func("coalesce", exp.NEQ(this=exp.Paren(this=has), expression=exp.Literal.number(0)), exp.false())
        case Both(parts):
            return exp.Paren(this=exp.and_(exp.true(), *(told(part, places) for part in parts)))
        case Either(parts):
            return exp.Paren(this=exp.or_(exp.false(), *(told(part, places) for part in parts)))
        case Without(part):
            return exp.not_(exp.Paren(this=told(part, places)))
