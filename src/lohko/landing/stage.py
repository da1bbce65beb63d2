"""A file of one kind becomes staged Parquet: what is accepted, with its types, and what is not, with why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection
from sqlglot import exp

from lohko.base.times import zone
from lohko.engine.sql import column, expression, render
from lohko.engine.tables import SQL_TYPES
from lohko.landing import typed
from lohko.landing.fields import Field, Guess, Kind, check_complete, fields_of, guess, own_name
from lohko.landing.records import Records, read
from lohko.landing.typed import DateOrder, put
from lohko.model.schema import Codes, Type

Progress = Callable[[float, str], None]


_FIRST, _LAST = "1900-01-02", "2100-01-01"


@dataclass(frozen=True)
class Request:
    """What is to be read, as what, and how its gaps are filled."""

    file: str
    kind: Kind
    map: Mapping[str, str] = field(default_factory=dict)
    event: str | None = None
    file_zone: str = "UTC"
    currency: str = "EUR"
    workspace_currency: str = "EUR"
    country: str = "FI"
    date_order: DateOrder | None = None
    out: str = ""


@dataclass(frozen=True)
class Column:
    """A column of the file that is used: under which name, as what, and how it is kept."""

    staged: str
    source: str
    name: str
    label: str
    role: str
    type: Type
    codes: Codes | None = None


def preview(request: Request, connection: DuckDBPyConnection, scratch: Path) -> dict[str, Any]:
    """The headers, some rows, and what the columns are taken to be; nothing is written."""
    records = read(connection, Path(request.file), scratch, lambda _done, _what: None)
    found = guess(request.kind, records.labels, request.map)
    rows = connection.execute("SELECT * EXCLUDE (record) FROM raw ORDER BY record LIMIT 5").fetchall()
    return {
        "detected": records.detected,
        "headers": records.labels,
        "sample": [[cell if cell is not None else "" for cell in row] for row in rows],
        "received": records.received,
        "guess": {name: {"column": g.label, "score": g.score, "reason": g.reason} for name, g in found.items()},
    }


def stage(request: Request, connection: DuckDBPyConnection, scratch: Path, progress: Progress) -> dict[str, Any]:
    """Write `accepted.parquet` and `rejected.parquet` to the request's folder; the report of what was found."""
    records = read(connection, Path(request.file), scratch, progress)
    found = guess(request.kind, records.labels, request.map)
    check_complete(request.kind, found, records.labels, request.event)
    progress(0.4, "understanding")
    work = _Stage(request, connection, records, found)
    work.type_rows()
    progress(0.7, "writing")
    return work.write(Path(request.out))


class _Stage:
    """The columns of one file on their way from texts to types."""

    def __init__(self, request: Request, connection: DuckDBPyConnection, records: Records, found: Mapping[str, Guess]) -> None:
        self.request, self.connection, self.records, self.found = request, connection, records, found
        self.known = fields_of(request.kind)
        typed.clean_table(connection, len(records.labels))
        self.source = {label: f"c{i}" for i, label in enumerate(records.labels)}
        self.columns = self._columns()
        self.samples = {item.source: typed.sample(connection, item.source) for item in self.columns if item.type != "text"}
        for name in (
            "ordered_at",
            "occurred_at",
            "updated_at",
            "total",
            "line_total",
            "unit_price",
            "quantity",
            "discount",
            "tax",
            "refunded",
        ):
            if name in found:
                source = self.source[found[name].label]
                self.samples.setdefault(source, typed.sample(connection, source))
        numeric = {s: v for s, v in self.samples.items() if s in self._numeric_sources()}
        self.comma = typed.decimal_comma(numeric, records.detected.get("separator"))
        self.detected: dict[str, Any] = dict(records.detected)

    # --- which columns there are

    def _columns(self) -> list[Column]:
        by_label = {g.label: name for name, g in self.found.items()}
        columns = []
        for place, label in enumerate(self.records.labels):
            name = by_label.get(label)
            if name is not None:
                known = self.known[name]
                if known.role in ("key", "ignored") and name != "customer_id":
                    continue
                if name == "customer_id":
                    continue
                role = self._role(known)
                columns.append(
                    Column(
                        f"p{place}",
                        f"c{place}",
                        name.removeprefix("consent_") if role == "consent" else name,
                        label,
                        role,
                        known.type,
                        known.codes,
                    )
                )
            else:
                columns.append(self._own(place, label, {c.name for c in columns} | set(self.known)))
        return [c for c in columns if c.role != "ignored"]

    def _role(self, known: Field) -> str:
        return "attribute" if known.role == "key" else known.role

    def _own(self, place: int, label: str, taken: set[str]) -> Column:
        name = own_name(label)
        if name in taken:
            name = f"{name}_given"
        values = typed.sample(self.connection, f"c{place}")
        role = "attribute" if self.request.kind == "customers" else "property"
        return Column(f"p{place}", f"c{place}", name, label, role if values else "ignored", typed.infer(name, values))

    def _numeric_sources(self) -> set[str]:
        money = ("total", "line_total", "unit_price", "quantity", "discount", "tax", "refunded")
        named = {self.source[self.found[name].label] for name in money if name in self.found}
        return named | {c.source for c in self.columns if c.type in ("integer", "decimal", "money")}

    def _text(self, name: str) -> exp.Expr | None:
        return typed.clean(self.source[self.found[name].label]) if name in self.found else None

    def _number(self, name: str, kind: str) -> exp.Expr | None:
        text = self._text(name)
        return None if text is None else typed.number(text, self.comma[self.source[self.found[name].label]], kind)

    def _time(self, source: str, label: str) -> tuple[exp.Expr, exp.Expr]:
        values = self.samples.get(source) or typed.sample(self.connection, source)
        style = typed.time_style(label, values, self.request.date_order)
        self.detected.setdefault("date_order", style.order)
        text = typed.clean(source)
        return typed.naive_time(text, style), typed.offset_seconds(text)

    # --- values

    def type_rows(self) -> None:
        """Make the table `typed`: one row per record that could be read."""
        typed.add_zone_table(self.connection, zone(self.request.file_zone))
        picked: dict[str, exp.Expr] = {"record": column("record"), **self._keys(), **self._times()}
        for item in self.columns:
            picked.update(self._value(item))
        self._select("typed_naive", "cell", picked)
        self._resolve_times()
        self._fold_and_code()
        if self._numeric_sources():
            commas = {self.comma[s] for s in self._numeric_sources()}
            self.detected["decimal"] = "," if commas == {True} else "." if commas == {False} else "both"

    def _select(self, target: str, source: str, picked: Mapping[str, exp.Expr]) -> None:
        values = [value.as_(name, quoted=True) for name, value in picked.items()]
        self.connection.execute(
            render(
                "CREATE OR REPLACE TABLE __target AS SELECT __values FROM __source",
                {"__target": target, "__source": source},
                {"__values": values},
            )
        )

    def _keys(self) -> dict[str, exp.Expr]:
        null = exp.cast(exp.Null(), "VARCHAR")
        customer, email = self._text("customer_id"), self._text("email")
        named = put(r"regexp_replace(__t, '^(\d+)\.0+$', '\1')", t=customer) if customer is not None else null
        mail = put("lower(replace(__t, ' ', ''))", t=email) if email is not None else null
        keys = {
            "node_kind": put("CASE WHEN __a IS NOT NULL THEN 'id' WHEN __b IS NOT NULL THEN 'email' END", a=named, b=mail),
            "node_value": put("coalesce(__a, __b)", a=named, b=mail),
            "order_id": self._text("order_id") or null,
            "message_id": self._text("message_id") or null,
            "event": self._event(),
        }
        if "order_id" in self.found:
            keys["order_id"] = put(r"regexp_replace(__t, '^(\d+)\.0+$', '\1')", t=keys["order_id"])
        return {**keys, **self._amounts()}

    def _event(self) -> exp.Expr:
        if self.request.kind != "events":
            return exp.cast(exp.Null(), "VARCHAR")
        default = exp.Literal.string(self.request.event) if self.request.event else exp.cast(exp.Null(), "VARCHAR")
        text = self._text("event")
        return default if text is None else put("coalesce(__t, __d)", t=text, d=default)

    def _amounts(self) -> dict[str, exp.Expr]:
        money, quantity = "DECIMAL(18,4)", "DECIMAL(28,10)"
        none = exp.cast(exp.Null(), money)
        zero = exp.cast(exp.Literal.number(0), money)
        tax, discount = self._number("tax", money), self._number("discount", money)
        count = self._number("quantity", quantity)
        price = self._number("unit_price", money)
        given = self._number("total" if self.request.kind == "orders" else "line_total", money)
        if given is None and price is not None:
            less = put("coalesce(abs(__d), 0)", d=discount) if discount is not None else zero
            given = put("CAST(__q * __p - __d AS DECIMAL(18,4))", q=count or exp.cast(exp.Literal.number(1), quantity), p=price, d=less)
        amount = none if given is None else put("CAST(__g - coalesce(__t, 0) AS DECIMAL(18,4))", g=given, t=tax or zero)
        status = self._text("status")
        words = ("cancelled", "canceled", "peruttu", "peruutettu", "voided", "void", "mitätöity", "cancel")
        named = put(
            "coalesce(list_contains(__w, lower(__s)), false)",
            s=status or exp.cast(exp.Null(), "VARCHAR"),
            w=exp.Array(expressions=[exp.Literal.string(w) for w in words]),
        )
        at = self._text("cancelled_at")
        cancelled = (
            named if at is None else put("(__n OR (__a IS NOT NULL AND lower(__a) NOT IN ('no', 'ei', 'false', '0')))", n=named, a=at)
        )
        return {
            "amount": amount,
            "quantity": count
            if count is not None
            else exp.cast(exp.Literal.number(1) if self.request.kind == "order-lines" else exp.Null(), quantity),
            "cancelled": cancelled,
            "bad_number": self._bad_number(money),
            "quantity_expected": exp.Boolean(this="quantity" in self.found and self.request.kind == "order-lines"),
            "foreign_money": self._foreign_money(),
            "refunded": put("abs(__r)", r=self._number("refunded", money) or none),
        }

    def _bad_number(self, money: str) -> exp.Expr:
        """Whether a number that the amount is made of is written so that it cannot be read."""
        used = ["total"] if self.request.kind == "orders" else ["quantity", "line_total" if "line_total" in self.found else "unit_price"]
        flags: exp.Expr = exp.false()
        for name in used:
            text, value = self._text(name), self._number(name, money)
            if text is not None and value is not None:
                flags = exp.or_(flags, put("(__t IS NOT NULL AND __v IS NULL)", t=text, v=value))
        return flags

    def _foreign_money(self) -> exp.Expr:
        """Whether the row's currency is not the workspace's: without a rate it cannot be added up."""
        text = self._text("currency") or exp.cast(exp.Null(), "VARCHAR")
        return put(
            "coalesce(upper(__c), __d) <> __w",
            c=text,
            d=exp.Literal.string(self.request.currency),
            w=exp.Literal.string(self.request.workspace_currency),
        )

    def _times(self) -> dict[str, exp.Expr]:
        name = next((n for n in ("ordered_at", "occurred_at", "updated_at") if n in self.found), None)
        if name is None:
            return {
                "at_naive": exp.cast(exp.Null(), "TIMESTAMP"),
                "at_offset": exp.cast(exp.Null(), "INTEGER"),
                "at_text": exp.cast(exp.Null(), "VARCHAR"),
            }
        label = self.found[name].label
        naive, offset = self._time(self.source[label], label)
        return {"at_naive": naive, "at_offset": offset, "at_text": typed.clean(self.source[label])}

    def _value(self, item: Column) -> dict[str, exp.Expr]:
        text = typed.clean(item.source)
        if item.role == "consent":
            return self._consent(item, text)
        if item.type == "text":
            value = put(r"regexp_replace(__t, '^(\d+)\.0+$', '\1')", t=text) if item.name.endswith("id") else text
            if item.name == "email":
                value = put("lower(replace(__t, ' ', ''))", t=text)
            if item.name == "postcode" and self.request.country == "FI":
                value = put(r"CASE WHEN regexp_full_match(__t, '\d{3,4}') THEN lpad(__t, 5, '0') ELSE __t END", t=text)
            return {item.staged: value}
        if item.type == "boolean":
            value = typed.yes_no(text)
        elif item.type in ("date", "time"):
            naive, offset = self._time(item.source, item.label)
            if item.type == "time":
                return {item.staged: naive, f"{item.staged}_offset": offset, f"{item.staged}_raw": text}
            value = exp.cast(naive, "DATE")
        else:
            value = typed.number(text, self.comma.get(item.source, False), SQL_TYPES[item.type])
        return {item.staged: value, f"{item.staged}_raw": text}

    def _consent(self, item: Column, text: exp.Expr) -> dict[str, exp.Expr]:
        values = typed.sample(self.connection, item.source)
        try:
            style = typed.time_style(item.label, values, self.request.date_order)
        except Exception:
            style = typed.TimeStyle("ymd")
        since = put("CASE WHEN regexp_matches(__t, '[0-9]{4}') THEN __n END", t=text, n=typed.naive_time(text, style))
        return {
            item.staged: put("coalesce(__y, CASE WHEN __s IS NOT NULL THEN true END)", y=typed.yes_no(text), s=since),
            f"{item.staged}_at": since,
            f"{item.staged}_offset": typed.offset_seconds(text),
            f"{item.staged}_raw": text,
        }

    def _resolve_times(self) -> None:
        """Naive local times become UTC by one join each; what was stated with an offset keeps it."""
        names = ["at_naive"] + [c.staged for c in self.columns if c.type == "time" and c.role != "consent"]
        names += [f"{c.staged}_at" for c in self.columns if c.role == "consent"]
        self.times = {"twice": 0, "missing": 0}
        source = "typed_naive"
        for step, name in enumerate(names):
            offset = "at_offset" if name == "at_naive" else name.removesuffix("_at") + "_offset"
            target = f"typed_{step}"
            self.connection.execute(
                render(
                    """CREATE OR REPLACE TABLE __target AS SELECT s.* EXCLUDE (__name, __offset),
                    s.__name - to_seconds(coalesce(s.__offset, z.seconds)) AS __name,
                    CASE WHEN s.__offset IS NULL THEN z.kind END AS __kind
                    FROM __source AS s ASOF LEFT JOIN zone_offset AS z ON s.__name >= z.from_local""",
                    {"__target": target, "__source": source, "__name": name, "__offset": offset, "__kind": f"{name}_kind"},
                )
            )
            for kind, count in self.connection.execute(
                render(
                    "SELECT __kind, count(*) FROM __t WHERE __kind IN ('twice', 'missing') GROUP BY 1",
                    {"__kind": f"{name}_kind", "__t": target},
                )
            ).fetchall():
                self.times[kind] += count
            self.connection.execute(render("DROP TABLE __source", {"__source": source}))
            source = target
        self.connection.execute(render("ALTER TABLE __source RENAME TO typed", {"__source": source}))

    def _fold_and_code(self) -> None:
        texts = [c.staged for c in self.columns if c.type == "text" and c.role != "consent"]
        self.unknown_codes: dict[str, int] = {}
        for item in self.columns:
            if item.codes is not None:
                table = f"code_{item.staged}"
                unknown = typed.code_table(self.connection, typed.clean(item.source), item.codes, table)
                if unknown:
                    self.unknown_codes[item.label] = unknown
                self.connection.execute(
                    render("UPDATE typed SET __c = t.code FROM __t AS t WHERE typed.__c = t.value", {"__c": item.staged, "__t": table})
                )
        typed.fold_table(self.connection, "typed", texts)

    # --- out

    def write(self, out: Path) -> dict[str, Any]:
        """Judge every row, write both files, and count."""
        self.connection.execute(
            render(
                "CREATE OR REPLACE TABLE judged AS SELECT *, __reason FROM typed",
                lists={"__reason": [self._reason().as_("reason", quoted=True)]},
            )
        )
        self._write_accepted(out / "accepted.parquet")
        self._write_rejected(out / "rejected.parquet")
        return self._report()

    def _reason(self) -> exp.Expr:
        kind = self.request.kind
        cases: list[tuple[str, str]] = []
        if kind == "customers":
            cases += [("node_value IS NULL", "no_customer"), ("at_text IS NOT NULL AND at_naive IS NULL", "bad_time")]
        else:
            cases += [
                ("at_text IS NULL", "no_time"),
                (f"at_naive IS NULL OR at_naive < TIMESTAMP '{_FIRST}' OR at_naive >= TIMESTAMP '{_LAST}'", "bad_time"),
            ]
        if kind == "events":
            cases.append(("event IS NULL", "no_event"))
        if kind in ("orders", "order-lines"):
            cases += [
                ("bad_number", "bad_number"),
                ("quantity IS NULL AND quantity_expected", "no_quantity"),
                ("amount IS NULL", "no_amount"),
                ("foreign_money", "no_rate"),
            ]
        case = exp.Case()
        for condition, reason in cases:
            case = case.when(expression(condition), exp.Literal.string(reason))
        return case

    def _staged(self) -> dict[str, exp.Expr]:
        """The columns of `accepted.parquet`."""
        fixed = ("record", "node_kind", "node_value", "order_id", "message_id", "event", "amount", "quantity", "cancelled", "refunded")
        picked = {name: column(name) for name in fixed}
        picked["at"] = column("at_naive")
        for item in self.columns:
            value = column(item.staged)
            picked[item.staged] = value if item.role == "consent" else exp.cast(value, SQL_TYPES[item.type], dialect="duckdb")
            if item.role == "consent":
                picked[f"{item.staged}_at"] = column(f"{item.staged}_at")
            elif item.type == "text":
                picked[f"{item.staged}_f"] = (
                    put("coalesce((SELECT fold FROM fold_of AS f WHERE f.value = __v), lower(__v))", v=value)
                    if self._has_folds
                    else put("lower(__v)", v=value)
                )
        picked["extra"] = self._extra()
        picked["digest"] = self._digest()
        return picked

    @property
    def _has_folds(self) -> bool:
        return bool(self.connection.execute("SELECT count(*) FROM fold_of").fetchall()[0][0])

    def _unfit_columns(self) -> list[Column]:
        return [c for c in self.columns if c.type != "text" or c.role == "consent"]

    def _extra(self) -> exp.Expr:
        """The raw texts that did not fit their column, as a JSON object by header."""
        parts: list[exp.Expr] = []
        for item in self._unfit_columns():
            unfit = put(
                "CASE WHEN __raw IS NOT NULL AND __v IS NULL THEN __raw END", raw=column(f"{item.staged}_raw"), v=column(item.staged)
            )
            parts += [exp.Literal.string(item.label), unfit]
        if not parts:
            return exp.cast(exp.Null(), "VARCHAR")
        made = exp.Anonymous(this="json_object", expressions=parts)
        return put("NULLIF(CAST(json_merge_patch('{}', __made) AS VARCHAR), '{}')", made=made)

    def _digest(self) -> exp.Expr:
        """What makes a row the same row in another file: its own known values, however they were written."""
        kind = self.request.kind
        if kind in ("orders", "order-lines"):
            names = [
                "node_value",
                "order_id",
                "at_naive",
                "amount",
                "cancelled",
                "refunded",
                *(["quantity"] if kind == "order-lines" else []),
            ]
            known = {"product_id", "product_name"}
            names += sorted(
                (c.staged for c in self.columns if c.name in known),
                key=lambda staged: next(c.name for c in self.columns if c.staged == staged),
            )
            parts = [put("coalesce(CAST(__v AS VARCHAR), '')", v=column(name)) for name in names]
        else:
            parts = [
                put("coalesce(CAST(__v AS VARCHAR), '')", v=column(name)) for name in ("node_value", "event", "at_naive", "message_id")
            ]
            for item in sorted(self.columns, key=lambda c: (c.role, c.name)):
                text = put(
                    "CASE WHEN __raw IS NULL THEN '' ELSE __name || __raw END",
                    raw=self._canonical(item),
                    name=exp.Literal.string(f"{item.name}="),
                )
                parts.append(text)
        joined = exp.Anonymous(this="concat_ws", expressions=[exp.func("chr", exp.Literal.number(31)), *parts])
        return exp.Anonymous(this="md5", expressions=[joined])

    def _canonical(self, item: Column) -> exp.Expr:
        if item.type in ("decimal", "money") and item.role != "consent":
            return put("rtrim(rtrim(CAST(CAST(__v AS DECIMAL(28,10)) AS VARCHAR), '0'), '.')", v=column(item.staged))
        return exp.cast(column(item.staged), "VARCHAR")

    def _write_accepted(self, path: Path) -> None:
        values = [value.as_(name, quoted=True) for name, value in self._staged().items()]
        self.connection.execute(
            render("CREATE OR REPLACE TABLE accepted AS SELECT __values FROM judged WHERE reason IS NULL", lists={"__values": values})
        )
        self._copy("SELECT * FROM accepted ORDER BY record", path)

    def _copy(self, query: str, path: Path) -> None:
        self.connection.sql(query).write_parquet(str(path), compression="zstd")

    def _write_rejected(self, path: Path) -> None:
        broken = self.records.broken
        self.connection.execute("CREATE OR REPLACE TABLE rejected (record BIGINT, reason VARCHAR, field VARCHAR, raw VARCHAR)")
        if broken:
            arrays: dict[str, Any] = {
                "record": np.array([b.record for b in broken], dtype=np.int64),
                "reason": np.array([b.reason for b in broken], dtype=object),
                "raw": np.array([b.raw.replace("\x00", "\u2400") for b in broken], dtype=object),
            }
            self.connection.register("broken", arrays)
            self.connection.execute("INSERT INTO rejected SELECT record, reason, NULL, raw FROM broken")
            self.connection.unregister("broken")
        parts: list[exp.Expr] = []
        for label, source in self.source.items():
            parts += [exp.Literal.string(label), column(source, "r")]
        made = exp.Anonymous(this="json_object", expressions=parts)
        self.connection.execute(
            render(
                """INSERT INTO rejected SELECT j.record, j.reason, __field, __raw
                FROM judged AS j JOIN raw AS r ON r.record = j.record WHERE j.reason IS NOT NULL""",
                lists={"__field": [self._field_of_reason()], "__raw": [exp.cast(made, "VARCHAR")]},
            )
        )
        self._copy("SELECT * FROM rejected ORDER BY record", path)

    def _field_of_reason(self) -> exp.Expr:
        time = "occurred_at" if self.request.kind == "events" else "updated_at" if self.request.kind == "customers" else "ordered_at"
        fields = {
            "no_time": time,
            "bad_time": time,
            "no_customer": "customer_id",
            "no_event": "event",
            "no_quantity": "quantity",
            "no_amount": "total",
            "no_rate": "currency",
        }
        case = exp.Case()
        for reason, name in fields.items():
            case = case.when(put("j.reason = __r", r=exp.Literal.string(reason)), exp.Literal.string(name))
        return case

    def _report(self) -> dict[str, Any]:
        counts = self.connection.execute(
            'SELECT count(*), count(*) FILTER (WHERE node_value IS NULL), min("at"), max("at") FROM accepted'
        ).fetchall()[0]
        reasons = dict(self.connection.execute("SELECT reason, count(*) FROM rejected GROUP BY reason ORDER BY reason").fetchall())
        unfit = {}
        for item in self._unfit_columns():
            n = self.connection.execute(
                render(
                    "SELECT count(*) FROM judged WHERE reason IS NULL AND __raw IS NOT NULL AND __v IS NULL",
                    {"__raw": f"{item.staged}_raw", "__v": item.staged},
                )
            ).fetchall()[0][0]
            if n:
                unfit[item.label] = n
        used = {g.label for g in self.found.values()}
        return {
            "received": self.records.received,
            "accepted": counts[0],
            "rejected": sum(reasons.values()),
            "rejected_by_reason": reasons,
            "anonymous": counts[1],
            "masked": self.records.masked,
            "first_at": _iso(counts[2]),
            "last_at": _iso(counts[3]),
            "detected": self.detected,
            "mapping": {name: g.label for name, g in self.found.items()},
            "unmatched": [label for label in self.records.labels if label not in used],
            "times": self.times,
            "unfit": unfit,
            "unknown_codes": self.unknown_codes,
            "columns": [
                {
                    "column": c.staged,
                    "name": c.name,
                    "label": c.label,
                    "role": c.role,
                    "type": "boolean" if c.role == "consent" else c.type,
                    "codes": c.codes,
                }
                for c in self.columns
            ],
            "events": self._events(),
            "original": str(self.records.original) if self.records.original else None,
        }

    def _events(self) -> dict[str, list[str]]:
        """Per event name, the columns that hold something."""
        if self.request.kind != "events":
            return {}
        staged = [c.staged for c in self.columns if c.role == "property"]
        counts = [put("count(__v)", v=column(name)) for name in staged]
        rows = self.connection.execute(
            render("SELECT event, __counts FROM accepted GROUP BY event ORDER BY event", lists={"__counts": counts})
            if counts
            else "SELECT event FROM accepted GROUP BY event ORDER BY event"
        ).fetchall()
        return {row[0]: [name for name, n in zip(staged, row[1:], strict=True) if n] for row in rows}


def _iso(instant: dt.datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="seconds") + "Z"
