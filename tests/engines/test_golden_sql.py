"""The SQL that every rule of the specs becomes, kept beside the tests: it changes only when someone says so.

`python -m pytest tests/engines/test_golden_sql.py --update-golden` writes it anew; the difference is read like any other code.
"""

from __future__ import annotations

from pathlib import Path

from lohko.base.times import parse_as_of
from lohko.engine.asked import Asked
from lohko.engine.compile import compile_leaf
from lohko.engine.compile_ranks import placed, ranking
from lohko.engine.compile_sets import of_account
from lohko.model.catalogue import Catalogue
from lohko.model.condition import Condition, InSegment, OfAccount, Ranked
from lohko.model.parse import parse
from lohko.model.walk import everything, leaves
from spec import book
from spec.book import Example
from spec.shop import SCHEMA, ZONE

GOLDEN = Path(__file__).parent / "golden.sql"
AS_OF = parse_as_of("2026-03-01", ZONE)


def statements(condition: Condition) -> list[str]:
    """The SQL of a condition's leaves, and of accounts, in the order they are read."""
    found = []
    for leaf in leaves(condition):
        if isinstance(leaf, Ranked):
            found.append(ranking(leaf.figure, Asked(SCHEMA, AS_OF, ZONE), among=leaf.among is not None).sql)
            if leaf.n is not None:
                found.append(placed(leaf, Asked(SCHEMA, AS_OF, ZONE)).sql)
        elif not (isinstance(leaf, InSegment) and leaf.at is None):
            found.append(compile_leaf(leaf, SCHEMA, AS_OF, ZONE).sql)
    found += [of_account(node, Asked(SCHEMA, AS_OF, ZONE)).sql for node in everything(condition) if isinstance(node, OfAccount)]
    return found


def golden() -> str:
    """Each statement once, under the first rule that becomes it."""
    blocks: dict[str, str] = {}
    for example in (part for theme in book.themes() for item in theme.specs for part in item.entries if isinstance(part, Example)):
        catalogue = Catalogue(SCHEMA, {name: parse(rule).condition for name, rule in example.segments.items()})
        for rule in example.members:
            for sql in statements(catalogue.resolve(parse(rule).condition)):
                blocks.setdefault(sql, f"-- {' '.join(rule.split())}")
    return "\n\n".join(f"{rule}\n{sql};" for sql, rule in blocks.items()) + "\n"


def test_the_sql_is_what_it_was(request):
    """Every rule of the specs becomes SQL that is kept; another SQL is a decision."""
    made = golden()
    if request.config.getoption("--update-golden"):
        GOLDEN.write_text(made, encoding="utf-8")
    assert made == GOLDEN.read_text(encoding="utf-8"), "if the change is meant: --update-golden"
