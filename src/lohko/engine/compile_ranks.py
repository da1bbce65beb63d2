"""One number against another: a person's own (Against), or everyone's (Ranked, and the best of a limit).

Numbers are compared as whole numbers, multiplied crosswise. Where such a product
is larger than any that is kept, two doubles are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, gcd

from sqlglot import exp

from lohko.engine.asked import Asked, Query
from lohko.engine.compile_events import Ratio, ratio
from lohko.engine.sql import column, expression, query
from lohko.model.condition import Against, Figure, Ranked

_PAIRS = """
SELECT person FROM (
    SELECT coalesce(l.person, r.person) AS person, __ln AS ln, __ld AS ld, __rn AS rn, __rd AS rd
    FROM __left AS l FULL JOIN __right AS r ON l.person = r.person
) AS pair
WHERE NOT (ln = 0 AND rn = 0) AND coalesce(TRY(__exact), __near)
"""
_EXACT = "ln * rd * CAST(__a AS HUGEINT)", "rn * ld * CAST(__b AS HUGEINT)"
_NEAR = "CAST(ln AS DOUBLE) * CAST(rd AS DOUBLE) * CAST(__a AS DOUBLE)", "CAST(rn AS DOUBLE) * CAST(ld AS DOUBLE) * CAST(__b AS DOUBLE)"
_ORDERS = {"over": exp.GT, "at_least": exp.GTE, "under": exp.LT, "at_most": exp.LTE}


def against(leaf: Against, asked: Asked) -> Query:
    """The people of whom one number is over (under ...) so many times another; 0 against 0 is nothing."""
    left, right = ratio(leaf.left, asked), ratio(leaf.right, asked)
    times = Fraction(leaf.times)
    a = 10**right.scale * right.unit * times.denominator
    b = 10**left.scale * left.unit * times.numerator
    common = gcd(a, b)
    # As texts: a number larger than any that is kept makes the exact product fail, and the doubles decide.
    factors = {"__a": asked.bind(str(a // common), "VARCHAR"), "__b": asked.bind(str(b // common), "VARCHAR")}
    exact, near = (_ORDERS[leaf.op](**_sides(pair, factors)) for pair in (_EXACT, _NEAR))
    nodes = {"__left": left.people, "__right": right.people, "__exact": exact, "__near": near}
    nodes |= {"__ln": _or(left, "num", "l", 0), "__ld": _or(left, "den", "l", 1)}
    nodes |= {"__rn": _or(right, "num", "r", 0), "__rd": _or(right, "den", "r", 1)}
    return asked.query(query(_PAIRS, nodes=nodes))


def _sides(pair: tuple[str, str], factors: dict[str, exp.Expr]) -> dict[str, exp.Expr]:
    this, other = (expression(side, nodes=factors) for side in pair)
    return {"this": this, "expression": other}


def _or(one: Ratio, name: str, table: str, nothing: int) -> exp.Expr:
    """A part of a figure, or what it is for those who have no events when that is a number too."""
    own = column(name, table)
    return exp.func("coalesce", own, exp.Literal.number(nothing)) if one.zero else own


# --- everyone's numbers


_OF_ALL = """
CREATE OR REPLACE TEMP TABLE ranked AS SELECT v.person, v.num, v.den FROM __people AS v WHERE v.person IN (SELECT person FROM person WHERE living)
"""
_OF_GIVEN = """
CREATE OR REPLACE TEMP TABLE ranked AS SELECT v.person, v.num, v.den FROM __people AS v WHERE v.person IN (SELECT person FROM given)
"""


def ranking(figure: Figure, asked: Asked, *, among: bool) -> Query:
    """What makes the temporary table `ranked`: the numbers of the living, or of those in the table `given`."""
    return asked.query(expression(_OF_GIVEN if among else _OF_ALL, nodes={"__people": ratio(figure, asked).people}))


# Of whole numbers and a rest below 1, so that equal ratios are equal and others are not, however large they are.
_VALUES = "SELECT person, num // den AS whole, CAST(num % den AS DOUBLE) / CAST(den AS DOUBLE) AS rest FROM ranked"
_PLACED = """
SELECT v.person FROM __values AS v JOIN (
    SELECT whole, rest, sum(n) OVER (ORDER BY whole, rest) - n AS smaller, sum(n) OVER () - sum(n) OVER (ORDER BY whole, rest) AS greater,
        sum(n) OVER () AS many
    FROM (SELECT whole, rest, count(*) AS n FROM __values AS w GROUP BY whole, rest) AS different
) AS p ON p.whole = v.whole AND p.rest = v.rest
WHERE __placed
"""
_PLACES = {
    "top": "greater < __n",
    "bottom": "smaller < __n",
    "top_percent": "100 * greater < __n * many",
    "bottom_percent": "100 * smaller < __n * many",
    "quintile": "1 + (5 * smaller) // many = __n",
    "decile": "1 + (10 * smaller) // many = __n",
}


def placed(leaf: Ranked, asked: Asked) -> Query:
    """The people of the table `ranked` who stand in a place by rank."""
    where = expression(_PLACES[leaf.place], nodes={"__n": asked.bind(leaf.n, "BIGINT")})
    return asked.query(query(_PLACED, nodes={"__values": query(_VALUES), "__placed": where}))


SUMS = "SELECT den, sum(num), count(*) FROM ranked GROUP BY den"
"""What the mean of the table `ranked` is made of, by denominator."""
MIDDLE = """
SELECT num, den FROM ranked ORDER BY num // den, CAST(num % den AS DOUBLE) / CAST(den AS DOUBLE)
LIMIT CAST($many AS BIGINT) OFFSET CAST($before AS BIGINT)
"""
"""The numbers in the middle of the table `ranked`, in order."""
_BEYOND = """
SELECT r.person FROM ranked AS r
JOIN (SELECT unnest(__dens) AS den, unnest(__edges) AS edge) AS e ON e.den = r.den WHERE __beyond
"""


def beyond(leaf: Ranked, middle: Fraction, dens: Sequence[int], asked: Asked) -> Query:
    """The people of the table `ranked` who are above (or below) a number, which every denominator has as a whole number of its parts."""
    above = leaf.place.startswith("above")
    edges = [str(floor(middle * den) if above else ceil(middle * den)) for den in dens]
    nodes = {
        "__dens": asked.bind([str(den) for den in dens], "HUGEINT[]"),
        "__edges": asked.bind(edges, "HUGEINT[]"),
        "__beyond": expression("r.num > e.edge" if above else "r.num < e.edge"),
    }
    return asked.query(query(_BEYOND, nodes=nodes))


_BEST = """
SELECT g.person FROM given AS g JOIN person AS p ON p.person = g.person LEFT JOIN __values AS v ON v.person = g.person
ORDER BY v.person IS NULL, __whole, __rest, p.person_id LIMIT __n
"""
_FIRST = "SELECT g.person FROM given AS g JOIN person AS p ON p.person = g.person ORDER BY p.person_id LIMIT __n"


def best(n: int, highest: bool | None, asked: Asked) -> Query:
    """At most n of the table `given`: by the table `ranked`, those who are not there last; by id alone when `highest` is None."""
    most = asked.bind(n, "BIGINT")
    if highest is None:
        return asked.query(query(_FIRST, nodes={"__n": most}))
    order = {name: exp.Neg(this=column(name, "v")) if highest else column(name, "v") for name in ("whole", "rest")}
    nodes = {"__values": query(_VALUES), "__n": most, "__whole": order["whole"], "__rest": order["rest"]}
    return asked.query(query(_BEST, nodes=nodes))
