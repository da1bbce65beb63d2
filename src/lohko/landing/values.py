"""What the text in a column's cell means, as values of the staged row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.base.codes import code_of
from lohko.base.errors import InputError
from lohko.base.text import NOTHING, fold, telling
from lohko.engine.sql import expression, query, render
from lohko.engine.tables import SQL_TYPES
from lohko.landing import contacts, money
from lohko.landing.columns import Column
from lohko.landing.made import padded_postcode
from lohko.landing.moments import (
    DATE_LIKE,
    DateOrder,
    TimeStyle,
    naive_time,
    odd_hour,
    offset_seconds,
    offsets_between,
    texts,
    time_style,
    to_utc,
)
from lohko.landing.numbers import number, written
from lohko.landing.words import Word, Words, put
from lohko.model.schema import Codes

_YES = (
    "yes", "y", "true", "1", "kyllä", "kylla", "k", "on", "joo", "t", "x", "granted", "subscribed", "opt-in", "opted in", "opted-in",
    "hyväksytty", "annettu", "sallittu", "active", "opt in", "opted_in", "accepted", "allowed", "agreed", "consented", "hyväksynyt", "antanut",
    "suostunut", "sallinut", "sallii", "ja", "✓", "✔",
)  # fmt: skip
_NO = (
    "no", "n", "false", "0", "ei", "off", "f", "denied", "unsubscribed", "opt-out", "opted out", "opted-out", "not subscribed",
    "kielletty", "hylätty", "peruttu", "cleaned", "bounced", "opt out", "opted_out", "not_subscribed", "no consent", "declined", "refused",
    "rejected", "revoked", "withdrawn", "kieltänyt", "kieltäytynyt", "hylännyt", "perunut", "peruutettu", "estetty", "ei lupaa",
    "ei suostumusta", "ei suostunut", "ei sallittu", "nej", "✗", "✘",
)  # fmt: skip
MOST_DEGREES = {"latitude": 90, "longitude": 180}
"""Coordinates, and how far from 0 they go."""
_GIVEN = "(SELECT m.given FROM __m AS m WHERE m.value = __v)"
_LOOKED_UP = f"coalesce({_GIVEN}, __v)"
_NUMBER_ID = r"regexp_replace(__t, '^(\d+)\.0+$', '\1')"
# What stands first in both is true of nearly every text, and quickly seen; the rest says the same of it (tests/normalise/test_plain_forms.py).
_IDENTIFIER = f"CASE WHEN regexp_full_match(__t, '[0-9]+') THEN __t WHEN NOT list_contains(__nothing, lower(__t)) THEN {_NUMBER_ID} END"
_ADDRESS = r"""CASE WHEN regexp_full_match(__t, '[a-z0-9._+-]+@[a-z0-9.-]+') THEN __t WHEN NOT list_contains(__nothing, lower(trim(__t))) THEN coalesce(
    NULLIF(regexp_extract(lower(replace(__t, ' ', '')), '[^<>;:,"()\[\]@]+@[^<>;:,"()\[\]@]+'), ''), lower(replace(__t, ' ', ''))) END"""


def identifier(text: exp.Expr) -> exp.Expr:
    """An id as a text: `17850.0` is what a number's cell makes of 17850. Null for words such as `NULL` and `-`, which would make all that lack one the same."""
    return put(_IDENTIFIER, t=text, nothing=texts(NOTHING))


def address(text: exp.Expr) -> exp.Expr:
    """The first e-mail address of a text, or else the text, without blanks, in small letters; null for words such as `n/a`."""
    return put(_ADDRESS, t=text, nothing=texts(NOTHING))


def digits(text: exp.Expr) -> exp.Expr:
    """A phone number's digits, with the plus before them where there is one; null for what has too few of them to be one."""
    return put(r"CASE WHEN length(regexp_replace(__t, '\D', '', 'g')) >= 6 THEN regexp_replace(__t, '[^0-9+]', '', 'g') END", t=text)


def yes_no(text: exp.Expr) -> exp.Expr:
    """Yes or no in English and Finnish; null for anything else."""
    return put(
        "CASE WHEN list_contains(__yes, lower(__t)) THEN true WHEN list_contains(__no, lower(__t)) THEN false END",
        t=text,
        yes=texts(_YES),
        no=texts(_NO),
    )


def as_it_is(text: exp.Expr) -> exp.Expr:
    """The text itself."""
    return text


def _cast(kind: str) -> Callable[[exp.Expr], exp.Expr]:
    return lambda text: exp.TryCast(this=text, to=exp.DataType.build(kind, dialect="duckdb"))


class Reader:
    """Gives a column's word what is to be read off its text; decisions about a whole column are made here."""

    def __init__(self, words: Words, zone: ZoneInfo, country: str, date_order: DateOrder | None) -> None:
        self.words, self.zone, self.country, self.date_order = words, zone, country, date_order
        self.orders: dict[str, str] = {}
        self.odd: list[str] = []
        self.unknown_codes: dict[str, int] = {}
        self.originals: set[str] = set()
        """Values beside those that are kept otherwise than they came."""
        self.nothing: dict[str, list[str]] = {}
        """Of columns that are no texts, by header, the words in them for no value."""
        self.small: set[str] = set()
        """The numbers of which a smaller type holds all, under `s_name`."""

    def text(self, word: Word, item: Column) -> None:
        """A text and its fold."""
        value = word.text
        odd: list[str] | None = None
        checked = contacts.is_checked(item.role, item.name)
        named = item.role == "attribute" and item.name in contacts.NAMES
        if checked:
            value, odd = self._checked(word, item)
        elif named:
            value = contacts.name(value)
        elif item.name == "email":
            value = put("lower(replace(__t, ' ', ''))", t=value)
        elif item.name.endswith("id") or item.name == "account":
            value = put(_NUMBER_ID, t=value)
        elif item.name == "postcode" and item.role == "attribute":
            word.values[f"{item.staged}_w"] = value
            value = padded_postcode(value)
        elif item.codes is not None:
            value = self._coded(word, item, item.codes)
        kept = word.keep("n", value)
        if checked:
            word.values[f"{item.staged}_raw"] = _unless(kept, word.text)
        if checked or named:
            word.values[f"{item.staged}_o"] = put("CASE WHEN __v <> __t THEN __t END", v=kept, t=word.text)
            self.originals.add(f"{item.staged}_o")
        if odd is None:  # what is made of plain texts is plain, but for what the words of a list are called
            odd = [] if word.ascii and item.codes is None else self._odd(word)
        word.values |= {item.staged: kept, f"{item.staged}_f": self._folded(word, kept, odd)}
        word.plain |= {item.staged: as_it_is, f"{item.staged}_f": lambda text: exp.func("lower", text)}

    def _checked(self, word: Word, item: Column) -> tuple[exp.Expr, list[str]]:
        """An address or a number, null where the text is none, which then does not fit; and those that are not of plain ASCII."""
        plain = contacts.plain_address(word.text) if item.name == "email" else exp.cast(exp.Null(), "VARCHAR")
        if item.name.endswith("phone") and self.country == "FI":
            plain = contacts.plain_mobile(word.text)
        sql = "SELECT DISTINCT __t FROM __r WHERE NOT __t IS NULL AND __p IS NULL"
        asked = query(sql, {"__r": word.relation}, {"__t": word.text, "__p": plain}).sql(dialect="duckdb")
        odd = [text for (text,) in self.words.connection.execute(asked).fetchall()]
        read = {text: found for text, found in contacts.read(item.name, odd, self.country).items() if found is not None}
        name = f"plain_{word.cell}"
        _table(self.words.connection, name, read)
        value = put("coalesce(__p, __g)", p=plain, g=expression(_GIVEN, {"__m": name, "__v": f"t_{word.cell}"}))
        return value, [found for found in read.values() if not found.isascii()]

    def _coded(self, word: Word, item: Column, codes: Codes) -> exp.Expr:
        found = {label: code_of(codes, label) for label in self.words.all(word.cell)}
        unknown = sum(code is None for code in found.values())
        if unknown:
            self.unknown_codes[item.label] = unknown
        name = f"code_{word.cell}"
        _table(self.words.connection, name, {label: code or label for label, code in found.items()})
        return expression(_LOOKED_UP, {"__m": name, "__v": f"t_{word.cell}"})

    def _odd(self, word: Word) -> list[str]:
        """The kept texts of a column that are not of plain ASCII."""
        sql = render(
            "SELECT DISTINCT __v FROM __r WHERE strlen(__v) <> length(__v)", {"__v": f"n_{word.cell}", "__r": self.words.read(word)}
        )
        return [text for (text,) in self.words.connection.execute(sql).fetchall()]

    def _folded(self, word: Word, kept: exp.Expr, odd: list[str]) -> exp.Expr:
        """SQL folds plain ASCII alone; the other texts are folded by Python, once each."""
        if not odd:
            return put("lower(__v)", v=kept)
        name = f"fold_{word.cell}"
        _table(self.words.connection, name, {text: fold(text) for text in odd})
        return put("coalesce(__f, lower(__v))", f=expression(_GIVEN, {"__m": name, "__v": kept.name}), v=kept)

    def number(self, word: Word, name: str, comma: bool, kind: str) -> None:
        """A number under `n_name`, under `x_name` whether there is one that cannot be read, and under `d_name` its text for digests."""
        value = _number(word, comma, kind)
        word.values |= {
            f"n_{name}": value,
            f"x_{name}": put("NOT __t IS NULL AND __v IS NULL", t=word.text, v=value),
            f"d_{name}": exp.cast(value.copy(), "VARCHAR"),
        }
        plain = _cast(kind)
        if name in money.SMALL and word.repeats and self._fits(word, value, money.SMALL[name]):
            word.values[f"s_{name}"] = exp.cast(value.copy(), money.SMALL[name], dialect="duckdb")
            word.plain[f"s_{name}"] = _cast(money.SMALL[name])
            self.small.add(name)
        word.plain |= {
            f"n_{name}": plain,
            f"x_{name}": lambda _text: exp.false(),  # also where there is nothing, which asks for no reading
            f"d_{name}": lambda text: exp.cast(plain(text), "VARCHAR"),
        }

    def _fits(self, word: Word, value: exp.Expr, kind: str) -> bool:
        """Whether every number of a column is the same as a smaller type."""
        same = put("bool_and(__s IS NOT DISTINCT FROM __v)", s=_cast(kind)(value.copy()), v=value)
        sql = render("SELECT __same FROM __r", {"__r": self.words.read(word)}, {"__same": [same]})
        return bool(self.words.connection.execute(sql).fetchall()[0][0])

    def amount(self, word: Word, item: Column, comma: bool) -> None:
        """A column of numbers that is kept."""
        value = _number(word, comma, SQL_TYPES[item.type])
        if item.name in MOST_DEGREES:
            value = put("CASE WHEN abs(__v) <= __most THEN __v END", v=value, most=exp.Literal.number(MOST_DEGREES[item.name]))
        word.values |= {item.staged: value, f"{item.staged}_raw": self._unfit(word, item.label, value)}
        word.plain[item.staged] = _cast(SQL_TYPES[item.type])

    def boolean(self, word: Word, item: Column) -> None:
        """A column of yes and no; of deals that are open also how many."""
        value = yes_no(word.text)
        if item.name == "open_deal":
            value = put(r"coalesce(__v, CASE WHEN regexp_full_match(__t, '[1-9]\d{0,8}(\.0+)?') THEN TRUE END)", v=value, t=word.text)
        word.values |= {item.staged: value, f"{item.staged}_raw": self._unfit(word, item.label, value)}

    def day(self, word: Word, item: Column) -> None:
        """A column of dates."""
        naive = word.keep("n", naive_time(word.text, self._style(word, item.label)))
        word.values |= {item.staged: exp.cast(naive, "DATE"), f"{item.staged}_raw": self._unfit(word, item.label, naive)}
        word.plain[item.staged] = _cast("DATE")

    def time(self, word: Word, staged: str, label: str) -> None:
        """A column of times, as UTC."""
        self._instant(word, staged, label, self._style(word, label), word.text)

    def consent(self, word: Word, item: Column) -> None:
        """Yes or no, or since when; a column of those who want none only takes back."""
        try:
            style = time_style(item.label, telling(self.words.sample(word.cell)), self.date_order)
        except InputError:  # a date that may be another one is no proof of anything
            style = TimeStyle("ymd")
        # A bare number is no date, whatever it could be read as.
        dated = put("CASE WHEN regexp_matches(__t, __date) THEN __t END", t=word.text, date=exp.Literal.string(DATE_LIKE))
        since = self._instant(word, f"{item.staged}_at", item.label, style, dated)
        template = "coalesce(__y, CASE WHEN __s IS NULL THEN NULL ELSE true END)"
        given = put(template, y=yes_no(word.text), s=since)
        if item.negated:
            # Of a day that cannot be told (3/4/2025) it is certain still that somebody left; of a day of zeros, that nobody did.
            left = put("coalesce(__g, regexp_matches(__d, '[1-9]'))", g=given, d=dated)
            given = put("CASE WHEN __l THEN false END", l=left)
        word.values |= {item.staged: given, f"{item.staged}_raw": _unless(given, word.text)}

    def _unfit(self, word: Word, label: str, value: exp.Expr) -> exp.Expr:
        """The text where no value could be made of it, but for words that say that there is none."""
        odd, words = _unless(value, word.text), self.words.for_nothing(word.cell)
        if not words:
            return odd
        self.nothing[label] = words
        return put("CASE WHEN NOT list_contains(__w, __t) THEN __o END", w=texts(words), t=word.text, o=odd)

    def _style(self, word: Word, label: str) -> TimeStyle:
        style = time_style(label, telling(self.words.sample(word.cell)), self.date_order)
        self.orders[label] = style.epoch or style.order
        return style

    def _instant(self, word: Word, staged: str, label: str, style: TimeStyle, text: exp.Expr) -> exp.Expr:
        naive, offset = word.keep("n", naive_time(text, style)), word.keep("o", offset_seconds(text, label))
        if style.epoch in ("s", "ms", "us"):
            word.read[f"o_{word.cell}"] = put("CASE WHEN NOT __t IS NULL THEN 0 END", t=text)
        first, last = self._range(word)
        offsets = offsets_between(self.zone, first, last)
        instant = to_utc(naive, offset, offsets)
        word.values |= {
            staged: instant,
            f"{staged}_raw": self._unfit(word, label, naive),
            f"{staged}_d": exp.cast(instant.copy(), "VARCHAR"),
        }
        word.plain_read = _cast("TIMESTAMP")
        plain = to_utc(word.plainly, exp.cast(exp.Null(), "INTEGER"), offsets)
        word.plain |= {staged: lambda _text: plain.copy(), f"{staged}_d": lambda _text: exp.cast(plain.copy(), "VARCHAR")}
        odd = odd_hour(naive, offset, offsets)
        if odd is not None:
            word.values[f"{staged}_kind"] = odd
            self.odd.append(f"{staged}_kind")
        return naive

    def _range(self, word: Word) -> tuple[dt.datetime | None, dt.datetime | None]:
        sql = "SELECT min(__n), max(__n) FROM __r WHERE __n BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2101-01-01'"
        first, last = self.words.connection.execute(render(sql, {"__n": f"n_{word.cell}", "__r": self.words.read(word)})).fetchall()[0]
        return first, last


def _number(word: Word, comma: bool, kind: str) -> exp.Expr:
    """The value of a text as a number. The patterns take long to make ready, longer than a few rows to read, so digits alone need none."""
    return _cast(kind)(word.text) if word.digits else number(word.keep("n", written(word.text)), comma, kind)


def unread(cell: exp.Expr, comma: bool, kind: str) -> exp.Expr:
    """Whether a cell as it came holds something that is no number."""
    text = exp.func("nullif", exp.func("trim", cell), exp.Literal.string(""))
    return put("NOT __t IS NULL AND __v IS NULL", t=text, v=number(written(text), comma, kind))


def _unless(value: exp.Expr, text: exp.Expr) -> exp.Expr:
    """The text where no value could be made of it."""
    return put("CASE WHEN __v IS NULL THEN __t END", v=value, t=text)


def _table(connection: DuckDBPyConnection, name: str, pairs: Mapping[str, str]) -> None:
    """A small table of (value, given)."""
    sql = "CREATE OR REPLACE TABLE __t AS SELECT unnest(CAST(? AS VARCHAR[])) AS value, unnest(CAST(? AS VARCHAR[])) AS given"
    connection.execute(render(sql, {"__t": name}), [list(pairs), list(pairs.values())])
