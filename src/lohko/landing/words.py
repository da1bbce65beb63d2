"""Each distinct text of a column is understood once.

Columns of real files repeat themselves: half a million order lines have some
thousands of customers, days and prices. So a column whose texts repeat becomes a
small table of its distinct texts and what they mean, which is joined to the rows;
one whose texts do not repeat is understood row by row, with the same expressions.

Most columns need no table after all: when every distinct text of one means what its plain
reading gives (the text itself, a cast), which is compared text by text and not believed,
the rows are read plainly and nothing is joined.

A file of a few rows has no such tables at all: asking costs more there than reading does, so all its
columns are cleaned, read and understood together, row by row, in one statement each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.base.text import NOTHING, telling
from lohko.engine.sql import column, columns, expression, render
from lohko.landing.personal_code import SHAPE, by_chance, mask, names_a_number, numbers_among
from lohko.landing.table import names

_FEW_ROWS = 2000
_MOST_TABLES = 40  # each is one more join
_SAMPLE = 20_000
# Blanks of every width, marks that nobody sees, and the apostrophe that spreadsheets put before numbers.
_TRIM = (
    "[\\s\\x{0b}\\x{1c}-\\x{1f}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200f}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{2060}\\x{3000}\\x{feff}]"
)
_EDGE = rf"^{_TRIM}*'?{_TRIM}*|{_TRIM}+$"
_TIDY = exp.Literal.string(r"[\x{21}-\x{26}\x{28}-\x{7e}]([\x{20}-\x{7e}]*[\x{21}-\x{7e}])?")
_CLEAN = "NULLIF(replace(CASE WHEN regexp_full_match(__c, __tidy) THEN __c ELSE regexp_replace(__c, __edge, '', 'g') END, chr(0), chr(65533)), '')"
_DIGITS = re.compile(r"-?[0-9]{1,17}(\.[0-9]{1,2})?")


def put(template: str, **values: exp.Expr) -> exp.Expr:
    """A template with expressions in the places that begin with two underscores."""
    tree = expression(template, {f"__{name}": f"__{name}" for name in values})
    for node in [item for item in tree.find_all(exp.Column) if item.name.startswith("__")]:
        value = values[node.name[2:]].copy()
        if node is tree:
            return value
        node.replace(exp.paren(value) if isinstance(value, exp.Binary | exp.Case) else value)
    return tree


_DISTINCT = "SELECT DISTINCT __c AS k FROM texts WHERE NOT __c IS NULL"
_EVERY = "SELECT __c AS k FROM texts WHERE NOT __c IS NULL"
_SAID = "NULLIF(__c, '')"
_TEXT = "SELECT k, __text FROM __w"
_READ = "SELECT *, __read FROM __w"
_VALUES = "SELECT k, __values FROM __w"
_HIDES_A_CODE = "SELECT coalesce(bool_or(regexp_matches(concat_ws(chr(31), __cells), ?)), false), __tidy FROM texts"
_CLEANED = "CREATE OR REPLACE TABLE cleaned AS SELECT *, __texts FROM raw"
_READINGS = "CREATE OR REPLACE TABLE readings AS SELECT *, __read FROM cleaned"
_VALUED = "CREATE OR REPLACE TABLE valued AS SELECT record, __values FROM __r"
_SAMPLED = "SELECT v FROM (SELECT DISTINCT __t AS v FROM __r) WHERE NOT v IS NULL ORDER BY hash(v) LIMIT ?"
_ALL = "SELECT v FROM (SELECT DISTINCT __t AS v FROM __r) WHERE NOT v IS NULL ORDER BY v"

_WORDS_FOR_NOTHING = "SELECT DISTINCT __t FROM __r WHERE list_contains(?, lower(__t))"


@dataclass
class Word:
    """One column of the file: its texts `t`, what is read off them (`read`), and the values that follow (`values`)."""

    cell: str
    repeats: bool
    few: bool = False
    """Whether it is a column of a few rows, which are read together with those of all other columns."""
    known: list[str] | None = None
    """Then also its different trimmed texts."""
    read: dict[str, exp.Expr] = field(default_factory=dict)
    values: dict[str, exp.Expr] = field(default_factory=dict)
    plain: dict[str, Callable[[exp.Expr], exp.Expr]] = field(default_factory=dict)
    """What a value is of texts that are written plainly, from the text: it is used only where it gives the same for all of them."""
    plain_read: Callable[[exp.Expr], exp.Expr] | None = None
    """What several plain values are made from, read once: they find it in `plainly`."""

    @property
    def text(self) -> exp.Expr:
        """The trimmed text; null where there is nothing."""
        return column(f"t_{self.cell}")

    @property
    def plainly(self) -> exp.Expr:
        """What `plain_read` gave."""
        return column(f"b_{self.cell}")

    @property
    def relation(self) -> str:
        """The table or view that holds the texts."""
        return "cleaned" if self.few else f"word_{self.cell}"

    @property
    def ascii(self) -> bool:
        """Whether all its texts are known to be of plain ASCII."""
        return self.known is not None and all(text.isascii() for text in self.known)

    @property
    def digits(self) -> bool:
        """Whether all of them are known to be digits, with a minus before and a point between at most."""
        return self.known is not None and all(_DIGITS.fullmatch(text) for text in self.known)

    def keep(self, name: str, value: exp.Expr) -> exp.Expr:
        """Remember what is read off the text, and name it for the values."""
        self.read[f"{name}_{self.cell}"] = value
        return column(f"{name}_{self.cell}")


class Words:
    """All columns of the table `raw`."""

    def __init__(self, connection: DuckDBPyConnection, labels: Sequence[str]) -> None:
        self.connection = connection
        self.samples: dict[str, list[str]] = {}
        self.spared: set[str] = set()
        """What looks like a personal identity code and is a number of something else."""
        cells = names(len(labels))
        self.numbering = {cell for cell, label in zip(cells, labels, strict=True) if names_a_number(label)}
        rows = int(connection.execute("SELECT count(*) FROM texts").fetchall()[0][0])
        self.few = len(cells) > 0 and rows <= _FEW_ROWS
        if self.few:
            self.of = {cell: Word(cell, repeats=False, few=True) for cell in cells}
            self.masked = self._clean_together()
            return
        counts = [put("approx_count_distinct(__c)", c=column(cell)) for cell in cells]
        _rows, *found = connection.execute(render("SELECT count(*), __counts FROM texts", lists={"__counts": counts})).fetchall()[0]
        self.of = {
            cell: Word(cell, place < _MOST_TABLES and n * 2 < rows) for place, (cell, n) in enumerate(zip(cells, found, strict=True))
        }
        self.masked = sum(self._look_at(word) for word in self.of.values())

    def _clean_together(self) -> int:
        """Make `cleaned`, every record with all its texts, after masking the personal identity codes in it; how many there were."""
        tidy = [put("coalesce(bool_and(__c = '' OR regexp_full_match(__c, __tidy)), true)", c=column(cell), tidy=_TIDY) for cell in self.of]
        hides, *is_tidy = self.connection.execute(
            render(_HIDES_A_CODE, lists={"__cells": columns(*self.of), "__tidy": tidy}), [SHAPE]
        ).fetchall()[0]
        masked = 0
        if hides:
            for word in self.of.values():
                self._make(word, f"distinct_{word.cell}", _EVERY, {"__c": word.cell})
                masked += self._mask(word)
        texts = {f"t_{cell}": _said(cell) if is_so else _cleaned(column(cell)) for cell, is_so in zip(self.of, is_tidy, strict=True)}
        self.connection.execute(render(_CLEANED, lists={"__texts": named(texts)}))
        rows = self.connection.execute(render("SELECT __texts FROM cleaned", lists={"__texts": columns(*texts)})).fetchall()
        for word, found in zip(self.of.values(), zip(*rows, strict=True) if rows else [()] * len(self.of), strict=True):
            word.known = sorted({text for text in found if text is not None})
        return masked

    def _look_at(self, word: Word) -> int:
        """Make the word's relation, after masking the personal identity codes in it; how many there were."""
        self._make(word, f"distinct_{word.cell}", _DISTINCT if word.repeats else _EVERY, {"__c": word.cell})
        masked = self._mask(word)
        if masked and word.repeats:
            return masked + self._look_at(word)
        text = named({f"t_{word.cell}": _cleaned(column("k"))})
        self._make(word, word.relation, _TEXT, {"__w": f"distinct_{word.cell}"}, {"__text": text})
        return masked

    def _make(
        self, word: Word, name: str, query: str, names: Mapping[str, str], lists: Mapping[str, Sequence[exp.Expr]] | None = None
    ) -> None:
        """A table of distinct texts, or a view when they do not repeat."""
        kind = "TABLE" if word.repeats else "VIEW"
        tree = exp.Create(this=exp.table_(name, quoted=True), kind=kind, replace=True, expression=exp.Placeholder())
        head = tree.sql(dialect="duckdb").removesuffix("?")
        self.connection.execute(head + render(query, names, lists))

    def _mask(self, word: Word) -> int:
        found = self.connection.execute(
            render("SELECT DISTINCT k FROM __w WHERE regexp_matches(k, ?)", {"__w": f"distinct_{word.cell}"}), [SHAPE]
        ).fetchall()
        texts = [text for (text,) in found]
        spared = by_chance(texts) | (numbers_among(texts) if word.cell in self.numbering else frozenset())
        self.spared |= {text.strip() for text in spared}
        clean = [(text, *mask(text)) for (text,) in found if text not in spared]
        pairs = [item for item in clean if item[2]]
        if not pairs:
            return 0
        self.connection.execute("CREATE OR REPLACE TEMP TABLE masking (k VARCHAR, clean VARCHAR, codes INTEGER)")
        self.connection.executemany("INSERT INTO masking VALUES (?, ?, ?)", pairs)
        cell = {"__c": word.cell}
        total = self.connection.execute(render("SELECT sum(m.codes) FROM texts AS t JOIN masking AS m ON m.k = t.__c", cell)).fetchall()
        self.connection.execute(render("UPDATE texts SET __c = m.clean FROM masking AS m WHERE texts.__c = m.k", cell))
        return int(total[0][0])

    def sample(self, cell: str) -> list[str]:
        """Distinct texts of a column, at most some thousands; the same for any order of the rows."""
        known = self.of[cell].known
        if known is not None:
            return known
        if cell not in self.samples:
            self.samples[cell] = self._distinct(_SAMPLED, cell, [_SAMPLE])
        return self.samples[cell]

    def all(self, cell: str) -> list[str]:
        """Every distinct text of a column."""
        known = self.of[cell].known
        return self._distinct(_ALL, cell, []) if known is None else known

    def for_nothing(self, cell: str) -> list[str]:
        """Those of a column's distinct texts that say that there is no value."""
        texts = self.sample(cell)
        if len(texts) >= _SAMPLE:
            sql = render(_WORDS_FOR_NOTHING, {"__t": f"t_{cell}", "__r": self.of[cell].relation})
            texts = [row[0] for row in self.connection.execute(sql, [list(NOTHING)]).fetchall()]
        return sorted(set(texts) - set(telling(texts)))

    def _distinct(self, query: str, cell: str, values: list[int]) -> list[str]:
        sql = render(query, {"__t": f"t_{cell}", "__r": self.of[cell].relation})
        return [row[0] for row in self.connection.execute(sql, values).fetchall()]

    def read(self, word: Word) -> str:
        """Make the relation that also has what is read off the text; its name."""
        if not word.read:
            return word.relation
        self._make(word, f"read_{word.cell}", _READ, {"__w": word.relation}, {"__read": named(word.read)})
        return f"read_{word.cell}"

    def rows(self, used: list[Word]) -> tuple[exp.Select, list[exp.Expr]]:
        """What follows FROM to have the values of these columns for every record, and the values themselves."""
        if self.few:
            return self._rows_together(used)
        inline = [word for word in used if not word.repeats]
        values: list[exp.Expr] = []
        for word in inline:
            values += named(word.values)
        tree = exp.select("*").from_(exp.table_("raw", quoted=True))
        for layer in (_texts(inline), {name: value for word in inline for name, value in word.read.items()}):
            if layer:
                tree = over(tree, named(layer), "layer")
        tables = {f"value_{word.cell}": word for word in used if word.repeats}
        for name, word in tables.items():
            self._make(word, name, _VALUES, {"__w": self.read(word)}, {"__values": named(word.values)})
        read = [word.plain_read(_said(word.cell)).as_(word.plainly.name, quoted=True) for word in tables.values() if word.plain_read]
        tree = over(over(tree, read), [], "r") if read else over(tree, [], "r")
        for name, word in tables.items():
            plain = self._plain(word, name)
            values += named(plain)
            if looked_up := [column(value, name) for value in word.values if value not in plain]:
                on = exp.EQ(this=column("k", name), expression=column(word.cell, "r"))
                tree = tree.join(exp.table_(name, quoted=True), on=on, join_type="left", copy=False)
                values += looked_up
        return tree, values

    def _rows_together(self, used: list[Word]) -> tuple[exp.Select, list[exp.Expr]]:
        """The same of a few rows. Each step is a table: as one query the engine would write every value out in terms of the cells."""
        read = {name: value for word in used for name, value in word.read.items()}
        if read:
            self.connection.execute(render(_READINGS, lists={"__read": named(read)}))
        values = {name: value for word in used for name, value in word.values.items()}
        sql = render(_VALUED, {"__r": "readings" if read else "cleaned"}, {"__values": named(values)})
        self.connection.execute(sql)
        return over(exp.select("*").from_(exp.table_("valued", quoted=True)), [], "r"), columns(*values)

    def _plain(self, word: Word, name: str) -> dict[str, exp.Expr]:
        """Those of a word's values that need no look-up, as they follow from the row's cell: the plain reading, or nothing at all."""
        told = [
            put("bool_and(__v IS NOT DISTINCT FROM __p)", v=column(value), p=word.plain[value](_said("k")))
            if value in word.plain
            else put("count(__v) = 0", v=column(value))
            for value in word.values
        ]
        read = [word.plain_read(_said("k")).as_(word.plainly.name, quoted=True)] if word.plain_read else [exp.null()]
        sql = render(
            "SELECT coalesce(bool_or(k = ''), false), __told FROM (SELECT *, __read FROM __w) AS w",
            {"__w": name},
            {"__told": told, "__read": read},
        )
        blank, *same = self.connection.execute(sql).fetchall()[0]
        kinds = self.connection.execute(render("SELECT __values FROM __w LIMIT 0", {"__w": name}, {"__values": columns(*word.values)}))
        nothing = {item[0]: exp.cast(exp.Null(), str(item[1]), dialect="duckdb") for item in kinds.description or ()}
        said = _said(word.cell) if blank else column(word.cell)
        return {
            value: word.plain[value](said.copy()) if value in word.plain else nothing[value]
            for value, is_same in zip(word.values, same, strict=True)
            if is_same
        }


def _said(cell: str) -> exp.Expr:
    return put(_SAID, c=column(cell))


def _cleaned(cell: exp.Expr) -> exp.Expr:
    return put(_CLEAN, c=cell, tidy=_TIDY, edge=exp.Literal.string(_EDGE))


def _texts(words: list[Word]) -> dict[str, exp.Expr]:
    return {f"t_{word.cell}": _cleaned(column(word.cell)) for word in words}


def over(tree: exp.Select, values: Sequence[exp.Expr], name: str = "layer") -> exp.Select:
    """A query of everything that another gives, and more; nothing is copied, for the trees of wide files are large."""
    inner = exp.Subquery(this=tree, alias=exp.TableAlias(this=exp.to_identifier(name)))
    return exp.select("*").select(*values, copy=False).from_(inner, copy=False)


def named(values: Mapping[str, exp.Expr]) -> list[exp.Expr]:
    """Expressions under these names."""
    return [exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True)) for name, value in values.items()]
