"""Faults that someone could make in the compiler, the planner and the arrays: each is one small change of the code.

`run.py` plants them one at a time and asks whether the specs and the comparison
with the reference notice. A fault that is not noticed is a hole in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """What is wrong, and the change that makes it so: `before` stands once in the file."""

    says: str
    file: str
    before: str
    after: str


_COMPARE = "engine/compile_tests.py"
_EVENTS = "engine/compile_events.py"
_CHAINS = "engine/compile_chains.py"
_RANKS = "engine/compile_ranks.py"
_SETS = "engine/compile_sets.py"
_PLAN = "engine/plan.py"
_DUCK = "engine/duckdb.py"
_BITMAPS = "engine/bitmaps.py"
_TALLY = "engine/tallies.py"

FAULTS: tuple[Fault, ...] = (
    # --- comparisons
    Fault("over counts the number itself", _COMPARE, '"over": exp.GT, "at_least"', '"over": exp.GTE, "at_least"'),
    Fault("at most leaves the number out", _COMPARE, '"at_most": exp.LTE, "is"', '"at_most": exp.LT, "is"'),
    Fault("between leaves its last value out", _COMPARE, '("at_most", operands[1]))', '("under", operands[1]))'),
    Fault("a negative inside where drops events without a value", _COMPARE, 'told = exp.func("coalesce", holds, exp.false())', "told = holds"),
    Fault("not over a comparison drops events without a value", _COMPARE, "on_event(part, event, asked, within_not=True)", "on_event(part, event, asked)"),
    Fault("over a number with more decimals than are kept is rounded up", _COMPARE, '_UP = ("at_least", "under")', '_UP = ("at_least", "under", "over")'),
    Fault("and inside where is or", _COMPARE, "return exp.and_(*(on_event(part, event, asked, within_not=within_not) for part in parts))", "return exp.or_(*(on_event(part, event, asked, within_not=within_not) for part in parts))"),
    Fault("texts are compared as written, not by their fold", _COMPARE, "return _on_text(test.op, _fold_of(subject), [fold(item) for item in operands], asked)", "return _on_text(test.op, _fold_of(subject), operands, asked)"),
    Fault("a percent sign in a pattern is any text", _COMPARE, '"%": "\\\\%", ', ""),
    Fault("has all is has any", _COMPARE, '"list_has_all(__texts', '"list_has_any(__texts'),
    Fault("contains all is contains any", _COMPARE, "lambda y: NOT contains(__text, y))) = 0", "lambda y: contains(__text, y))) > 0"),
    Fault("ends with is starts with", _COMPARE, '"ends_with(__text, __wanted)"', '"starts_with(__text, __wanted)"'),
    Fault("the end of a range of times counts", _COMPARE, "zip(bound, (exp.GTE, exp.LT), strict=True)", "zip(bound, (exp.GTE, exp.LTE), strict=True)"),
    Fault("an anniversary counts on the very day", _COMPARE, "100 * month(__day) + day(__day)) > year(__day)", "100 * month(__day) + day(__day)) >= year(__day)"),
    Fault("the week begins on Sunday", _COMPARE, "isodow(__day)", "dayofweek(__day) + 1"),
    Fault("an hour of a time is in UTC", _COMPARE, '"hour(m.v + to_seconds(z.seconds))"', '"hour(m.v)"'),
    Fault("equal texts of a set count twice", _COMPARE, "coalesce(len(list_distinct(__fold)), 0)", "coalesce(len(__fold), 0)"),
    # --- windows and figures
    Fault("the instant asked about counts", _EVENTS, 'tree.where(exp.LT(this=column("at"), expression=asked.end_of(window)), copy=False)', 'tree.where(exp.LTE(this=column("at"), expression=asked.end_of(window)), copy=False)'),
    Fault("the first instant of a window is left out", _EVENTS, 'tree.where(exp.GTE(this=column("at"), expression=asked.begin_of(window)), copy=False)', 'tree.where(exp.GT(this=column("at"), expression=asked.begin_of(window)), copy=False)'),
    Fault("where is forgotten", _EVENTS, "    if where is not None:\n        tree.where(on_event(where, event, asked), copy=False)", "    if where is None:\n        tree.where(exp.true(), copy=False)"),
    Fault("the latest N leave out those of one instant with the N-th", _EVENTS, "QUALIFY rank() OVER", "QUALIFY row_number() OVER"),
    Fault("the latest are the earliest", _EVENTS, 'ORDER BY "at" DESC) <= __n', 'ORDER BY "at") <= __n'),
    Fault("people without events are forgotten where 0 passes", _EVENTS, "    complement = zero_satisfies(test)\n", "    complement = False\n"),
    Fault("distinct counts the values, not the different ones", _EVENTS, '"distinct": "count(DISTINCT value)"', '"distinct": "count(value)"'),
    Fault("days counts events", _EVENTS, '"days": "count(DISTINCT local_day)"', '"days": "count(local_day)"'),
    Fault("first is last", _EVENTS, '"first": \'min("at")\'', '"first": \'max("at")\''),
    Fault("the usual gap is divided by all events", _EVENTS, '"count(*) - 1"', '"count(*)"'),
    Fault("a share is of those that pass", _EVENTS, '("100 * count(*) FILTER (WHERE hit)", "count(*)")', '("100 * count(*) FILTER (WHERE hit)", "count(*) FILTER (WHERE hit)")'),
    Fault("most frequent is any value", _EVENTS, "GROUP BY person HAVING max(n) FILTER (WHERE passes) = max(n)", "GROUP BY person HAVING max(n) FILTER (WHERE passes) > 0"),
    Fault("the last event is any event", _EVENTS, '"last": \'max("at") FILTER (WHERE hit) = max("at")\'', '"last": "bool_or(hit)"'),
    Fault("periods count events, not periods", _EVENTS, "count(DISTINCT greatest(1, (__distance + __length - 1) // __length))", "count(greatest(1, (__distance + __length - 1) // __length))"),
    Fault("periods begin a day late", _EVENTS, "(__distance + __length - 1) // __length", "__distance // __length + 1"),
    # --- chains and ties
    Fault("an event of the same instant follows", _CHAINS, '_NEXT = """\nSELECT e.person, e."at", e.local_day FROM __earlier AS e ASOF JOIN __later AS l ON e.person = l.person AND e."at" < l."at"', '_NEXT = """\nSELECT e.person, e."at", e.local_day FROM __earlier AS e ASOF JOIN __later AS l ON e.person = l.person AND e."at" <= l."at"'),
    Fault("an event whose time is not over counts as not followed", _CHAINS, 'WHERE e."at" < __over AND (', "WHERE ("),
    Fault("within leaves out exactly that long after", _CHAINS, 'e."at" >= l."at" - to_microseconds(__length)', 'e."at" > l."at" - to_microseconds(__length)'),
    Fault("days within are counted a day short", _CHAINS, "AS DATE) - __days", "AS DATE) - __days + 1"),
    Fault("another person's event follows", _CHAINS, "AS f ON f.person = e.person WHERE e.\"at\" < f.latest", "AS f ON true WHERE e.\"at\" < f.latest"),
    Fault("tied to another person's event", _CHAINS, "SEMI JOIN __others AS o ON o.person = e.person AND o.link = e.link", "SEMI JOIN __others AS o ON o.link = e.link"),
    Fault("linked and not linked are the same", _CHAINS, "query(_LINKED if leaf.linked else _NOT_LINKED, nodes=nodes)", "query(_LINKED, nodes=nodes)"),
    # --- one number against another, ranks
    Fault("0 against 0 is compared", _RANKS, "WHERE NOT (ln = 0 AND rn = 0) AND", "WHERE"),
    Fault("the factor multiplies the other side", _RANKS, "a = 10**right.scale * right.unit * times.denominator\n    b = 10**left.scale * left.unit * times.numerator", "a = 10**right.scale * right.unit * times.numerator\n    b = 10**left.scale * left.unit * times.denominator"),
    Fault("people without events are not compared where they have 0", _RANKS, "if one.zero else own", "if False else own"),
    Fault("ties at the edge of a top are cut", _RANKS, '"top": "greater < __n"', '"top": "greater + 1 < __n"'),
    Fault("quintile 1 are the greatest", _RANKS, '"quintile": "1 + (5 * smaller) // many = __n"', '"quintile": "1 + (5 * greater) // many = __n"'),
    Fault("a percent of a top rounds up", _RANKS, '"top_percent": "100 * greater < __n * many"', '"top_percent": "100 * greater <= __n * many"'),
    Fault("above counts the mean itself", _RANKS, '"r.num > e.edge"', '"r.num >= e.edge"'),
    Fault("the erased count in a mean", _RANKS, " WHERE v.person IN (SELECT person FROM person WHERE living)", ""),
    Fault("ties of a limit go by key", _RANKS, "__whole, __rest, p.person_id LIMIT __n", "__whole, __rest, p.person LIMIT __n"),
    Fault("those without a value come first in a limit", _RANKS, "ORDER BY v.person IS NULL, __whole", "ORDER BY v.person IS NOT NULL, __whole"),
    # --- attributes, the ledger, accounts
    Fault("a value that begins at the instant counts", _SETS, '_HELD = "valid_from < __at', '_HELD = "valid_from <= __at'),
    Fault("ever is now", _SETS, '_EVER = "valid_from < __at"', '_EVER = "valid_from < __at AND valid_to >= __at"'),
    Fault("90 days ago is now", _SETS, "when = held(asked, leaf.at)", "when = held(asked, None)"),
    Fault("entered and left are the same", _SETS, " AND entered = __entered", ""),
    Fault("was in: any entering before counts", _SETS, 'HAVING arg_max(entered, ROW("at", run))', "HAVING bool_or(entered)"),
    Fault("all contacts is any contact", _SETS, '"all": "count(g.person) = count(*)"', '"all": "count(g.person) >= 1"'),
    Fault("contacts who were erased count", _SETS, " AND p.living WHERE __when AND NOT t.fold IS NULL", " WHERE __when AND NOT t.fold IS NULL"),
    Fault("another half is drawn", _SETS, "substr(md5(concat(__seed, ':', person_id)), 1, 8)", "substr(md5(concat(__seed, ':', person_id)), 2, 8)"),
    Fault("the longitude is not narrowed by the latitude", _SETS, "cos(lat) * cos(lat2) * pow(sin(lon / 2), 2)", "pow(sin(lon / 2), 2)"),
    # --- the planner and the sets
    Fault("and is or", _PLAN, "return engine.both([_people(engine, part, known) for part in parts])", "return engine.either([_people(engine, part, known) for part in parts])"),
    Fault("not is forgotten", _PLAN, "return engine.without(_people(engine, part, known))", "return _people(engine, part, known)"),
    Fault("the parent is forgotten", _PLAN, "        people = engine.both([people, _told(known, definition.parent)])\n", "        pass\n"),
    Fault("a group overlaps", _PLAN, "    if taken:\n", "    if not taken and taken:\n"),
    Fault("the limit is forgotten", _PLAN, "return people if definition.limit is None else engine.best(people, definition.limit)", "return people"),
    Fault("the erased are in a complement", _BITMAPS, '"SELECT person FROM person WHERE living"', '"SELECT person FROM person"'),
    Fault("the median of an even number is its lower middle", _DUCK, '{"many": 2 - many % 2, "before"', '{"many": 1, "before"'),
    Fault("a rank among a segment is among everyone", _DUCK, "self._rank(leaf.figure, among=among is not None)", "self._rank(leaf.figure, among=False)"),
    # --- arrays over keys
    Fault("a fraction above counts as reached", _TALLY, "return [(ceil(first), None)]", "return [(floor(first), None)]"),
    Fault("an average of nothing is 0", _TALLY, "    some = count > 0\n", "    some = count >= 0\n"),
    Fault("counts above 255 begin again", _TALLY, "count.astype(np.min_scalar_type(count.max(initial=0)))", "count.astype(np.uint8)"),
    Fault("money is counted in whole units", _TALLY, '"TRY(CAST(__c * 10000 AS BIGINT))"', '"TRY(CAST(__c AS BIGINT) * 10000)"'),
)  # fmt: skip
