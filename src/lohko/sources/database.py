"""Databases: rows of a query or a table, in the order of a column that only grows.

The session may only read, rows come through a cursor of the server a few thousand at
a time, and the connection goes to an address that was judged like any other. Rows
whose column equals the latest value may not all have been there, so they are asked
for again, and so are those whose column is empty: many a table says when a row changed
only once it has. What is known already changes nothing.
"""

from __future__ import annotations

import datetime as dt
import logging
import math
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, or_, select, table, text
from sqlalchemy import column as sql_column
from sqlalchemy import literal as sql_literal
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.sql import Select

from lohko.base.errors import InputError, LohkoError, PartialError
from lohko.reachable import connect
from lohko.sources.files import READING, stream_of
from lohko.sources.kind import Arrived, Cursor, Kind, Page, Reach, Row, Setting

logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)  # its tracebacks hold what the database said of its rows
_AT_ONCE = 2000
_NAME = re.compile(r"[^\x00-\x1f]{1,128}")
Opened = Callable[[Reach], Any]


def _pull_with(opened: Opened) -> Callable[[Reach], Iterator[Page | Arrived]]:
    def pull(reach: Reach) -> Iterator[Page | Arrived]:
        stream = stream_of(reach.settings, "the rows of the query or table")
        cursor = reach.cursor(stream)
        with _connection(reach, opened) as connection:
            for rows, cursor in _rows(connection, reach.settings, cursor):  # noqa: B020 - it goes on from where it is
                yield Page(stream, rows, cursor)

    return pull


def _rows(connection: Connection, settings: Mapping[str, str], cursor: Cursor) -> Iterator[tuple[list[Row], Cursor]]:
    column = settings.get("column")
    query = statement(settings, cursor)
    with connection.execution_options(stream_results=True, max_row_buffer=_AT_ONCE, yield_per=_AT_ONCE).execute(query) as found:
        names = list(found.keys())
        if column and column not in names:
            raise InputError("source_no_column", f"The rows have no column {column!r}.", hint=f"they have {', '.join(names[:20])}.")
        latest = cursor.get("latest")
        for part in found.partitions(_AT_ONCE):
            rows: list[Row] = [dict(zip(names, (plain(value) for value in row), strict=True)) for row in part]
            if column:
                values = [row[names.index(column)] for row in part]
                last = next((value for value in reversed(values) if value is not None), None)
                latest = kept(last) if last is not None else latest
            yield rows, {"latest": latest} if latest else {}


def statement(settings: Mapping[str, str], cursor: Cursor) -> Select[Any]:
    """The question: the user's own query or table, from the latest value on, in the order of the column."""
    given, name = settings.get("query", ""), settings.get("table", "")
    if bool(given) == bool(name):
        raise InputError(
            "bad_setting", "A database source has either a query or a table.", hint="--set table=orders, or --set query='select ...'."
        )
    if name:
        schema, _, plain_name = name.rpartition(".")
        if not all(_NAME.fullmatch(part) for part in (plain_name, schema or "x")):
            raise InputError("bad_setting", "The table's name cannot be read.")
        asked = select(text("*")).select_from(table(plain_name, schema=schema or None))
    else:
        asked = select(text("*")).select_from(_query(given))
    if not settings.get("column"):
        return asked
    order: Any = sql_column(settings["column"])
    if cursor.get("latest"):
        asked = asked.where(or_(order >= sql_literal(read(cursor["latest"])), order.is_(None)))
    return asked.order_by(order)


def _query(given: str) -> Any:
    """The user's query as a table. It is the user's own, run with the rights of a session that may only read."""
    words = given.strip().rstrip(";")
    if not re.match(r"(?i)(select|with)\b", words) or ";" in words:
        raise InputError("bad_setting", "The query is not one SELECT.", hint="begin it with SELECT or WITH, without a semicolon.")
    return text(words.replace(":", "\\:") + "\n").columns().subquery("rows_asked")  # the last line may end in a comment


def kept(value: Any) -> dict[str, str]:
    """A column's value as it stands in the cursor."""
    match value:
        case dt.datetime():
            return {"time": value.isoformat()}
        case dt.date():
            return {"date": value.isoformat()}
        case bool():
            raise InputError("bad_setting", "The column is a yes or no, so it does not grow.")
        case int() | Decimal():
            return {"number": str(value)}
        case float() if math.isfinite(value):
            return {"fraction": repr(value)}
        case str():
            return {"text": value}
    raise InputError(
        "bad_setting", "The column's values do not grow in an order that can be kept.", hint="name a number, a date, a time or a text."
    )


def read(value: Mapping[str, str]) -> Any:
    """A value of the cursor as the database compares it.

    >>> read(kept(Decimal("12.50"))), read(kept(7)), read(kept(dt.date(2026, 1, 2)))
    (Decimal('12.50'), 7, datetime.date(2026, 1, 2))
    """
    ((kind, written),) = value.items()
    match kind:
        case "time":
            return dt.datetime.fromisoformat(written)
        case "date":
            return dt.date.fromisoformat(written)
        case "number":
            return int(written) if re.fullmatch(r"-?\d+", written) else Decimal(written)
        case "fraction":
            return float(written)
    return written


def plain(value: Any) -> Any:
    """A value as JSON has it: bytes as hexadecimal digits, what is no number as nothing, what JSON does not know as text."""
    match value:
        case Decimal() | float() if not math.isfinite(value):
            return None  # as a text it would make a text of every number of its column
        case None | bool() | int() | str():
            return value
        case bytes() | memoryview():
            return bytes(value).hex()
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case list() | dict() | tuple():
            return value
    return str(value)


@contextmanager
def _connection(reach: Reach, opened: Opened) -> Iterator[Connection]:
    engine = opened(reach)
    try:
        with engine.connect() as connection:
            yield connection
    except LohkoError:
        raise
    except SQLAlchemyError as error:
        raise _said(error) from None  # its text holds the query, and maybe values
    except (OSError, ssl.SSLError) as error:
        raise PartialError(
            "source_unreachable",
            f"The connection to the database broke off ({type(error).__name__}).",
            hint="see that a database answers on that port, and whether it wants an encrypted connection.",
        ) from None
    finally:
        engine.dispose()


_QUERY = ("bad_query", "The database does not understand the query, or does not allow it.", "try it with the same user by hand.")
_WRONG = {
    ("42P01", "1146", "no such table"): (
        "unknown_table",
        "The database has no such table, or its user may not see it.",
        "look at its spelling, and name the schema: --set table=schema.name.",
    ),
    ("42703", "1054", "no such column"): (
        "source_no_column",
        "The rows have no column of that name.",
        "look at the spelling in the settings `column` and `query`.",
    ),
    ("42501", "1142", "1143"): ("source_forbidden", "The user may not read that.", "let the user read it: GRANT SELECT."),
    ("3D000", "1049", "1044"): (
        "unknown_database",
        "There is no such database, or its user may not use it.",
        "look at the setting `database`.",
    ),
    ("28P01", "28000", "1045"): ("source_unauthorised", "The database does not accept the user or password.", "try them by hand."),
    ("42601", "1064"): _QUERY,
    ("2026", "Server refuses SSL"): (
        "source_no_tls",
        "The database does not speak encrypted, or its certificate does not hold.",
        "let it have a certificate, or in a network of your own, --set tls=no.",
    ),
}
"""What databases say, by the codes of PostgreSQL and MySQL and the beginnings of SQLite's words, and what is said of it here."""


def _said(error: SQLAlchemyError) -> LohkoError:
    """What is wrong, without the database's own words: they hold the query, and maybe values."""
    original = getattr(error, "orig", None)
    name = type(original or error).__name__
    detail = original.args[0] if original is not None and original.args else None
    code = detail.get("C", "") if isinstance(detail, dict) else str(detail) if isinstance(detail, int) else ""
    words = detail if isinstance(detail, str) else ""
    known = next((said for marks, said in _WRONG.items() if code in marks or words.startswith(marks)), None)
    if known is None and name == "OperationalError" and words and "locked" not in words:
        known = _QUERY
    if known is not None:
        key, message, hint = known
        return InputError(key, message, hint=hint)
    return PartialError(
        "source_failed",
        f"The database could not answer ({name}{f' {code}' if code else ''}).",
        hint="is it a database of this kind at that place, and does it run? A later sync goes on from here.",
    )


# --- the three kinds ----------------------------------------------------------------------


def _sqlite(reach: Reach) -> Any:
    import sqlite3

    path = Path(reach.settings["file"])
    if not path.is_absolute() or not path.is_file():
        raise InputError("no_file", "There is no such database file.", place=str(path), hint="name it with its whole path.")

    def creator() -> Any:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=10)
        connection.execute("PRAGMA query_only=ON")
        return connection

    return create_engine("sqlite://", creator=creator, poolclass=NullPool)


def _postgres(reach: Reach) -> Any:
    driver = _driver("pg8000.dbapi", "postgres")
    host, port = reach.settings["host"], int(reach.settings["port"])

    def creator() -> Any:
        return driver.connect(
            user=reach.settings["user"],
            password=reach.secret("password") or None,
            host=host,
            database=reach.settings["database"],
            sock=_socket(reach, host, port),
            ssl_context=_tls(reach),
            application_name="lohko",
        )

    engine = create_engine("postgresql+pg8000://", creator=creator, poolclass=NullPool)

    def only_read(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY, ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SET default_transaction_read_only = on")
        cursor.execute("SET statement_timeout = '30min'")
        cursor.close()
        connection.commit()

    event.listen(engine, "connect", only_read)
    return engine


def _mysql(reach: Reach) -> Any:
    driver = _driver("pymysql", "mysql")
    host, port = reach.settings["host"], int(reach.settings["port"])

    def creator() -> Any:
        connection = driver.connect(
            user=reach.settings["user"],
            password=reach.secret("password"),
            host=host,
            port=port,
            database=reach.settings["database"],
            charset="utf8mb4",
            ssl=_tls(reach),
            defer_connect=True,
            local_infile=False,
            conv=_as_mysql_means(driver),
            init_command="SET SESSION TRANSACTION READ ONLY",
        )
        connection.connect(sock=_socket(reach, host, port))
        connection.query("SET SESSION time_zone = '+00:00', net_write_timeout = 1800")  # bringing rows in may take a while
        return connection

    return create_engine("mysql+pymysql://", creator=creator, poolclass=NullPool)


def _as_mysql_means(driver: Any) -> dict[Any, Any]:
    """How values are read: a TIMESTAMP is an instant, a DATETIME what some clock said, bits are a number, and a day of noughts is none."""
    types, usual = driver.constants.FIELD_TYPE, driver.converters.conversions

    def day_or_none(read_one: Callable[[str], Any]) -> Callable[[str], Any]:
        return lambda written: None if written.startswith("0000-00-00") else read_one(written)

    def instant(written: str) -> Any:
        found = usual[types.DATETIME](written)
        return found.replace(tzinfo=dt.UTC) if isinstance(found, dt.datetime) else found  # the session's zone is UTC

    return {
        **usual,
        types.TIMESTAMP: day_or_none(instant),
        types.DATETIME: day_or_none(usual[types.DATETIME]),
        types.DATE: day_or_none(usual[types.DATE]),
        types.BIT: lambda bits: int.from_bytes(bits, "big"),
    }


def _socket(reach: Reach, host: str, port: int) -> Any:
    found = connect(host, port, reach.client.inside, resolve=reach.client.resolve)
    found.settimeout(1800)
    return found


def _tls(reach: Reach) -> ssl.SSLContext | None:
    """Encrypted with a checked certificate, unless the setting says that the network is one's own."""
    return None if reach.settings["tls"] == "no" else ssl.create_default_context()


def _driver(name: str, extra: str) -> Any:
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError("no_driver", f"Lohko was installed without {extra}.", hint=f"pip install 'lohko[{extra}]'") from error


def _check_with(opened: Opened) -> Callable[[Reach], str]:
    def check(reach: Reach) -> str:
        with _connection(reach, opened) as connection, connection.execute(statement(reach.settings, {}).limit(1)) as found:
            names = list(found.keys())
        return f"{len(names)} columns: {', '.join(names[:8])}{' ...' if len(names) > 8 else ''}"

    return check


_ROWS = (
    Setting("table", "the table or view, name or schema.name", required=False),
    Setting("query", "or one SELECT", required=False),
    Setting("column", "a column that only grows, such as updated_at or id; every row each time when left out", required=False),
    *READING,
)
_SERVER = (
    Setting("host", "the server's name; one inside your own network is named in LOHKO_INTERNAL_HOSTS as well"),
    Setting("database", "the database's name"),
    Setting("user", "a user who may only read"),
    Setting("password", "the user's password", required=False, secret=True),
    Setting("tls", "no: without encryption, in a network of one's own", required=False, default="yes"),
)


def _kind(key: str, title: str, settings: tuple[Setting, ...], scopes: str, opened: Opened) -> Kind:
    return Kind(key, title, (*settings, *_ROWS), (), scopes, _pull_with(opened), _check_with(opened))


POSTGRES = _kind(
    "postgres",
    "A PostgreSQL database",
    (*_SERVER, Setting("port", "the server's port", required=False, default="5432")),
    "A user with SELECT on what is read: GRANT SELECT ON orders TO lohko. The session may only read, whatever the user may.",
    _postgres,
)
MYSQL = _kind(
    "mysql",
    "A MySQL or MariaDB database",
    (*_SERVER, Setting("port", "the server's port", required=False, default="3306")),
    "A user with SELECT on what is read. The session may only read, whatever the user may.",
    _mysql,
)
SQLITE = _kind(
    "sqlite",
    "An SQLite file",
    (Setting("file", "the database file, with its whole path"),),
    "Lohko must be able to read the file; it is opened for reading only.",
    _sqlite,
)
