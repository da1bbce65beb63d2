"""A file of one kind becomes staged Parquet: what is accepted, with its types, and what is not, with why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.base.errors import InputError
from lohko.base.times import zone
from lohko.engine.sql import column, copy_to_file, render
from lohko.engine.tables import SQL_TYPES
from lohko.formats.fields import EVENT_OF, NO_PERSON, NUMBERED
from lohko.formats.recognise import recognise
from lohko.landing import judge, log, money, rejects, who
from lohko.landing.asked_address import asked_address
from lohko.landing.columns import Column, believable, choose
from lohko.landing.fields import Guess, check_complete, guess
from lohko.landing.known import NOTHING_KNOWN, UNDECIDED, Known, as_records, known
from lohko.landing.made import Made, converted, has_places, has_rates, is_finnish, money_columns, place_columns, rated, vat_layer
from lohko.landing.numbers import VAT_RATES, could_be_rates, decimal_comma, says_rates, says_without_vat
from lohko.landing.other_table import rows_of_others
from lohko.landing.records import masked_copy, read
from lohko.landing.report import Notes, describe
from lohko.landing.request import Number, Request
from lohko.landing.reshape import reshape
from lohko.landing.table import Records, names
from lohko.landing.values import MOST_DEGREES, Reader, address, as_it_is, digits, identifier, unread
from lohko.landing.words import Word, Words, named, over, put
from lohko.model.schema import TEXTUAL

Progress = Callable[[float, str], None]
_KEYS = {
    "customer_id": identifier,
    "email": address,
    "anonymous_id": identifier,
    "phone": digits,
    "order_id": identifier,
    "message_id": None,
    "event": None,
    **dict.fromkeys(NUMBERED.values(), identifier),
}
_FIXED = ("record", "node_kind", "node_value", "order_id", "message_id", "event", "amount", "quantity", "cancelled", "refunded")
_PEOPLE = "SELECT DISTINCT node_kind AS kind, node_value AS value FROM judged WHERE reason IS NULL AND NOT node_value IS NULL"
_NOBODY = "CREATE OR REPLACE TABLE whose (whose_kind VARCHAR, whose_value VARCHAR, node INTEGER)"
_WHOSE = "INSERT INTO whose SELECT kind, value, node FROM read_parquet(?)"
_ACCEPTED = """
SELECT __values FROM judged LEFT JOIN whose ON whose_value = node_value AND whose_kind = node_kind WHERE reason IS NULL
"""
RATED = ("bookings", "deals")
"""The kinds of rows beside orders whose amounts may be in another currency."""


def preview(request: Request, connection: DuckDBPyConnection, scratch: Path) -> dict[str, Any]:
    """The headers, some rows, what the file may be, and what its columns are taken to be; nothing is written."""
    records, _file = read(connection, Path(request.file), scratch, lambda _done, _what: None, request.sheet, request.kind, request.format)
    candidates = [
        {"format": item.format.key, "title": item.format.title, "kind": item.format.kind, "score": item.score, "reason": item.reason}
        for item in ([as_records(records.export, len(records.labels))] if records.export else recognise(records.labels))
    ]
    try:
        what = known(request.kind, request.format, records.labels, records.export)
    except InputError as error:
        if error.code not in UNDECIDED:
            raise
        what = None
    found: dict[str, Guess] = {}
    if what is not None and what.export is not None:
        reshape(connection, records, what.export, what.kind)
    words = Words(connection, records.labels)  # masks personal identity codes
    if what is not None:
        found = believable(what.kind, records.labels, _guessed(request, connection, records, what), words)
    rows = connection.execute("SELECT * EXCLUDE (record) FROM raw ORDER BY record LIMIT 5").fetchall()
    return {
        "detected": records.detected,
        "headers": records.labels,
        "sample": [[cell if cell is not None else "" for cell in row] for row in rows],
        "received": records.received,
        "guess": {name: {"column": g.label, "score": g.score, "reason": g.reason} for name, g in found.items()},
        "candidates": candidates,
        **(what.as_json() if what is not None else NOTHING_KNOWN),
    }


def stage(
    request: Request, connection: DuckDBPyConnection, scratch: Path, progress: Progress, number: Number | None = None
) -> dict[str, Any]:
    """Write `accepted.parquet` and `rejected.parquet` to the request's folder; the report of what was found.

    The accepted rows have the keys of their people when `number` tells them.
    """
    records, file = read(connection, Path(request.file), scratch, progress, request.sheet, request.kind, request.format)
    what = known(request.kind, request.format, records.labels, records.export)
    if what.export is not None:
        reshape(connection, records, what.export, what.kind)
        event, date_order = request.event or what.export.event, request.date_order or what.export.date_order
        request = replace(request, event=event, date_order=date_order)
    request = replace(request, kind=what.kind)
    found = _guessed(request, connection, records, what)
    check_complete(what.kind, found, records.labels, request.event, anonymous=bool(request.rows_are_people))
    progress(0.4, "understanding")
    work = _Stage(request, connection, records, found, what)
    work.judge_rows()
    progress(0.7, "writing")
    report = {**work.write(Path(request.out), number), **what.as_json()}
    if report["masked"]:
        copy = masked_copy(file, records.detected["format"], report["masked"], scratch / "masked", records.spared)
        report["original"] = str(copy) if copy else None
    return report


def _guessed(request: Request, connection: DuckDBPyConnection, records: Records, what: Known) -> dict[str, Guess]:
    found = guess(what.kind, records.labels, request.map, what.export)
    return asked_address(connection, records.labels, found, request.map) if what.kind == "survey" else found


class _Stage:
    """One file on its way from texts to types."""

    def __init__(self, request: Request, connection: DuckDBPyConnection, records: Records, found: Mapping[str, Guess], what: Known) -> None:
        self.request, self.connection, self.records, self.kind = request, connection, records, what.kind
        self.cells = names(len(records.labels))
        self.source = dict(zip(records.labels, self.cells, strict=True))
        self.came = dict(list(self.source.items())[: what.headers])  # without the columns that a shape added
        self.export_source = what.export.source if what.export is not None else None
        self.once_per = what.export is not None and what.export.once_per is not None
        self.words = Words(connection, records.labels)
        records.masked += self.words.masked
        records.spared = frozenset(self.words.spared)
        records.elsewhere = max(0, records.elsewhere - len(records.spared))  # a workbook's are counted before its columns are known
        self.found = believable(self.kind, records.labels, found, self.words)
        self.columns = choose(self.kind, records.labels, self.found, self.words, request.date_order, records.told)
        self.reader = Reader(self.words, zone(request.file_zone), request.country, request.date_order)
        self.notes = Notes()
        for note in records.notes:
            self.notes.add(*note)
        self.comma = self._commas()
        orders = request.kind in ("orders", "order-lines")
        self.rates = (orders or request.kind in RATED) and has_rates(connection, request.out)
        self.net = next((says_without_vat(self.found[name].label) for name in money.TOTALS if name in self.found), False)
        self.vat = orders and bool(request.vat) and not self.net and not {"tax", "order_tax"} & set(self.found)
        self.whole = any(name in self.found for name in money.ORDER_LEVEL) and "order_id" in self.found
        self.made: list[Made] = []
        self.of_others: list[int] = []

    def _word(self, name: str) -> Word:
        return self.words.of[self.source[self.found[name].label]]

    def _commas(self) -> dict[str, bool]:
        """Per column of numbers, whether it has decimal commas."""
        cells = {self._word(name).cell for name in money.NUMBERS if name in self.found}
        cells |= {c.source for c in self.columns if c.type in ("integer", "decimal", "money")}
        samples = {cell: self.words.sample(cell) for cell in self.cells if cell in cells}
        commas, undecided = decimal_comma(samples, self.records.detected.get("separator"))
        degrees = {c.source for c in self.columns if c.name in MOST_DEGREES}
        commas |= {cell: any("," in text for text in samples[cell]) for cell in degrees & samples.keys()}  # degrees have no thousands
        labels = {cell: label for label, cell in self.source.items()}
        for cell in (item for item in undecided if item not in degrees):
            self.notes.undecided_decimal(labels[cell], comma=commas[cell])
        self.samples = samples
        return commas

    # --- what every text means

    def judge_rows(self) -> None:
        """Make `judged`: one row per record that could be read, with its values and what is wrong with it."""
        self._read_keys()
        for item in self.columns:
            self._read_column(item)
        self.notes.no_value(self.reader.nothing)
        self.tax = self._tax()
        if self.net:
            self.notes.basis = "net"
        if "order_tax" in self.found:
            self.notes.tax_of_orders(self.found["order_tax"].label)
        if "status" in self.found and "refunded" not in self.found and self.kind in ("orders", "order-lines"):
            self.notes.refunded_by_status(self.found["status"].label)
        used = [word for word in self.words.of.values() if word.values]
        rows, values = self.words.rows(used)
        present = {value.alias_or_name for value in values}
        tree = rows.select(column("record", "r"), *values, append=False, copy=False)
        tree = over(tree, named(self._lacking(present)))
        if self.rates:
            tree = rated(tree, self.request.currency)
        for layer in self._layers():
            tree = over(tree, named(layer))
        self.made = self._made()
        self.connection.execute("SET preserve_insertion_order = false")
        # Large files are gone through once, straight into the archive; a list of customers is looked at again for sums.
        kind = "TABLE" if self.kind == "customers" or self.words.few else "VIEW"
        judged = exp.Create(this=exp.to_table("judged"), kind=kind, replace=True, expression=tree)
        self.connection.execute(judged.sql(dialect="duckdb"))

    def _read_keys(self) -> None:
        for name, change in _KEYS.items():
            if name in self.found and (name != "phone" or who.by_phone(self.kind, self.found)):
                word = self._word(name)
                word.values[f"k_{name}"] = change(word.text) if change else word.text
                word.plain[f"k_{name}"] = as_it_is
        for name in ("status", "cancelled_at", "currency"):
            if name in self.found:
                self._word(name).values[f"x_{name}"] = self._word(name).text
                self._word(name).plain[f"x_{name}"] = as_it_is
        self._read_currency_beside()
        for name, kind in money.NUMBERS.items():
            if name in self.found:
                word = self._word(name)
                self.reader.number(word, name, self.comma[word.cell], kind)
        at = judge.TIME_OF[self.kind]
        if at in self.found:
            self.reader.time(self._word(at), "at_utc", self.found[at].label)

    def _read_currency_beside(self) -> None:
        """Where no column says the currency, the amounts may: `$12.00` is no euro."""
        name = next((name for name in (*money.TOTALS, "spend", "value") if name in self.found), None)
        if name is None or "currency" in self.found or self.kind == "products":
            return
        word, label = self._word(name), self.found[name].label
        said = money.currency_beside(label, self.words.sample(word.cell), self.request.currency, word.text)
        if said is not None:
            word.values["x_currency"] = said

    def _read_column(self, item: Column) -> None:
        word = self.words.of[item.source]
        if item.role == "consent":
            self.reader.consent(word, item)
        elif item.type in TEXTUAL:
            self.reader.text(word, item)
        elif item.type == "boolean":
            self.reader.boolean(word, item)
        elif item.type == "date":
            self.reader.day(word, item)
        elif item.type == "time":
            self.reader.time(word, item.staged, item.label)
        else:
            self.reader.amount(word, item, self.comma[word.cell])

    def _tax(self) -> money.Tax | None:
        """Whether the tax column holds amounts or rates: amounts that are a rate of what is left are amounts."""
        if "tax" not in self.found:
            return None
        word = self._word("tax")
        label = self.found["tax"].label
        values = self.samples[word.cell]
        within, beside = (0.0, 0.0) if says_rates(label, values) else self._fits()
        rates = says_rates(label, values) or (could_be_rates(values, self.comma[word.cell]) and max(within, beside) <= money.MOST)
        apart = self.net or (not rates and beside > money.MOST and beside > within)
        self.notes.tax(label, rates=rates, beside=apart)
        return money.kind_of_tax(rates=rates, beside=apart)

    def _fits(self) -> tuple[float, float]:
        """Of how many rows the tax, as an amount, fits a total that holds it, and one that does not."""
        rows, values = self.words.rows([word for word in self.words.of.values() if word.values])
        query = rows.select(column("record", "r"), *values, append=False, copy=False)
        tree = over(query, named(money.given(self.kind, self.found, self.reader.small)))
        self.connection.execute(exp.Create(this=exp.to_table("taxed"), kind="VIEW", replace=True, expression=tree).sql(dialect="duckdb"))
        sql = render(money.AMOUNTS_OF_TAX, {"__rows": "taxed"})
        [(within, beside)] = self.connection.execute(sql, [[rate for rate in VAT_RATES if rate]]).fetchall()
        return within, beside

    # --- what rows mean

    def _lacking(self, present: set[str]) -> dict[str, exp.Expr]:
        """Nulls for what the file does not have."""
        wanted = (
            {f"k_{name}": "VARCHAR" for name in _KEYS}
            | dict.fromkeys(("at_utc_raw", "at_utc_d", "x_currency"), "VARCHAR")
            | {"at_utc": "TIMESTAMP"}
        )
        return {name: exp.cast(exp.Null(), kind) for name, kind in wanted.items() if name not in present}

    def _layers(self) -> list[dict[str, exp.Expr]]:
        request, found = self.request, self.found
        foreign = put(
            "coalesce(upper(x_currency), __d) <> __w",
            d=exp.Literal.string(request.currency),
            w=exp.Literal.string(request.workspace_currency),
        )
        keys = {
            **who.identity(self.kind, self.found, request.rows_are_people),
            "order_id": column("k_order_id"),
            "message_id": who.number(self.kind, found, self.columns),
            "event": self._event(),
            "foreign_row": foreign,
            "foreign_money": put("__f AND rate IS NULL", f=foreign) if self.rates else foreign,
            **money.given(self.kind, found, self.reader.small),
            **money.cancelled(found),
        }
        worth = money.of_whole_order(found) if self.whole else [money.net(found, self.tax), money.refunded(found)]
        last = {
            "reason": judge.reason(self.kind, found),
            "unfit": judge.unfit_texts(self.columns),
            "digest": judge.digest(self.kind, self.columns, sparse=self.kind in EVENT_OF or bool(self.records.told)),
        }
        return [keys, *worth, last, *([self._vat()] if self.vat else [])]

    def _vat(self) -> dict[str, exp.Expr]:
        category = next((item.staged for item in self.columns if item.name == "category" and item.type == "text"), None)
        self.notes.vat_by_table()
        return vat_layer(self.request.vat, category, zone(self.request.file_zone))

    def _made(self) -> list[Made]:
        """The columns that are added beside the file's own."""
        added: list[Made] = []
        if self.request.kind in ("orders", "order-lines"):
            taxed = self.vat or "order_tax" in self.found or self.tax is not None
            added += money_columns(
                self.columns,
                vat=self.vat,
                rates=self.rates,
                currency=self.request.currency,
                gross=("with_vat" if self.whole or (self.tax or "").endswith("beside") else "given") if taxed else None,
                shipping="sent_with_vat" if self.whole and "order_shipping" in self.found else None,
                charges="charges" if self.whole and {"order_total", "order_subtotal"} <= self.found.keys() else None,
            )
        if has_places(self.connection, self.request.out):
            added += place_columns(self.columns, self.request.country)
        return added

    def _landed(self, name: str) -> exp.Expr:
        """An amount of money as it is kept: without VAT, in the workspace's currency."""
        value = column(name)
        if self.vat:
            value = put("__v / (1 + coalesce(vat_rate, 0) / 100)", v=value)
        if not (self.vat or self.rates):
            return value
        return (converted(value) if self.rates else exp.cast(value, SQL_TYPES["money"], dialect="duckdb")).as_(name, quoted=True)

    def _event(self) -> exp.Expr:
        if self.kind in EVENT_OF:
            return put("CASE WHEN NOT at_utc IS NULL THEN __e END", e=exp.Literal.string(EVENT_OF[self.kind]))
        if self.kind != "events":
            return exp.cast(exp.Null(), "VARCHAR")
        default = exp.Literal.string(self.request.event) if self.request.event else exp.cast(exp.Null(), "VARCHAR")
        return put("coalesce(k_event, __d)", d=default)

    # --- out

    def write(self, out: Path, number: Number | None = None) -> dict[str, Any]:
        """Write both files, and count."""
        self.of_others = rows_of_others(self.connection, list(self.came.values()), list(self.came)) if self.words.few else []
        look_closer = self.kind == "customers" or bool(self.of_others)
        if look_closer:
            self._look_closer()
            rejects.refuse_totals(self.connection)
        self._number(out, number)
        accepted = out / "accepted.parquet"
        self.connection.execute(copy_to_file(render(_ACCEPTED, lists={"__values": self._staged()}), str(accepted)))
        self.connection.read_parquet(str(accepted)).create_view("accepted")
        count = int(self.connection.execute("SELECT count(*) FROM accepted").fetchall()[0][0])
        if not look_closer and count + len(self.records.broken) < self.records.received:
            look_closer = True
            self._look_closer()
        about = self._about() if look_closer else None
        rejects.write(self.connection, self.records.broken, self.came, out / "rejected.parquet", about)
        return describe(
            self.connection,
            self.kind,
            self.records,
            self.found,
            [*self.columns, *(one.column for one in self.made)],
            self.reader,
            self.comma,
            self.notes,
        )

    def _number(self, out: Path, number: Number | None) -> None:
        """Fill the table `whose` with the keys of the people in the accepted rows, as far as they are told."""
        self.connection.execute(_NOBODY)
        if number is None or self.kind in NO_PERSON:
            return
        self.connection.execute(copy_to_file(_PEOPLE, str(out / log.PEOPLE)))
        number(self.export_source)
        self.connection.execute(_WHOSE, [str(out / log.NODES)])

    def _about(self) -> exp.Expr:
        """The field that the reason of a rejected row is about."""
        wrong = {}
        for name in judge.numbers_of(self.kind, self.found):
            cell = self._word(name).cell
            wrong[name] = unread(column(cell, "b"), self.comma[cell], money.NUMBERS[name])
        return judge.field_of(self.kind, self.found, wrong)

    def _look_closer(self) -> None:
        rejects.look_closer(self.connection, self.kind, self.cells, once_per=self.once_per, of_others=self.of_others)

    def _staged(self) -> list[exp.Expr]:
        """The columns of `accepted.parquet`; a text that says several stays the text that came, and the loader cuts it."""
        picked = [self._landed(name) if name in ("amount", "refunded") else column(name) for name in _FIXED]
        picked.append(column("at_utc").as_("at", quoted=True))
        for item in self.columns:
            value = column(item.staged)
            if item.role != "consent" and item.type not in TEXTUAL:
                whole = converted(value) if self.rates and item.type == "money" else value
                value = exp.cast(whole, SQL_TYPES[item.type], dialect="duckdb").as_(item.staged, quoted=True)
            elif item.name == "postcode" and item.role == "attribute":
                finnish = is_finnish(self.columns, self.request.country)
                value = put("CASE WHEN __f THEN __v ELSE __w END", f=finnish, v=value, w=column(f"{item.staged}_w")).as_(
                    item.staged, quoted=True
                )
            picked.append(value)
            if f"{item.staged}_o" in self.reader.originals:
                picked.append(column(f"{item.staged}_o"))
            if item.role == "consent":
                picked.append(column(f"{item.staged}_at"))
            elif item.type in TEXTUAL:
                picked.append(column(f"{item.staged}_f"))
        for one in self.made:
            picked.append(exp.cast(one.value, SQL_TYPES[one.column.type], dialect="duckdb").as_(one.column.staged, quoted=True))
            if one.fold is not None:
                picked.append(one.fold.as_(f"{one.column.staged}_f", quoted=True))
        return [*picked, column("unfit").as_("extra", quoted=True), column("digest"), column("node")]
