"""Databases as sources: a real PostgreSQL that the tests start, SQLite, and what MySQL would be asked."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.dialects import mysql

from lohko.base.clock import now
from lohko.base.errors import InputError, LohkoError
from lohko.outgoing import Outgoing
from lohko.sources import database
from lohko.sources.kind import Page, Reach, checked_settings
from lohko.sources.registry import KINDS

_LITTLE = ("--default-time-zone=+02:00", "--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0")
_WAYS = f"{os.environ.get('PATH', '')}:/usr/sbin"
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").is_dir() else []


class Asked:
    """A database source asked without a workspace."""

    def __init__(self, kind: str, scratch: Path, inside: set[str] | None = None, **settings: str) -> None:
        self.kind, self.scratch, self.inside = KINDS[kind], scratch, inside or set()
        self.settings = checked_settings(self.kind, {"as": "customers", **settings})
        self.cursors: dict[str, Any] = {}

    def reach(self, client: Outgoing) -> Reach:
        return Reach(self.settings, client, now(), self.scratch, dict(self.cursors))

    def sync(self, keep: bool = True) -> list[dict]:
        rows: list[dict] = []
        with Outgoing(self.inside) as client:
            for page in self.kind.pull(self.reach(client)):
                assert isinstance(page, Page)
                if keep:
                    rows += [dict(row) for row in page.rows]
                self.cursors[page.stream.name] = page.cursor
        return rows

    def check(self) -> str:
        with Outgoing(self.inside) as client:
            return self.kind.check(self.reach(client))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """A PostgreSQL of the tests' own, on a free port of loopback; its socket's folder and the port."""
    if not BINARIES:
        pytest.skip("no PostgreSQL is installed (apt install postgresql)")
    folder = tmp_path_factory.mktemp("postgres")
    user: dict[str, Any] = {}
    if os.getuid() == 0:
        try:
            account = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        for parent in folder.parents:
            if parent.stat().st_uid == 0 and str(parent).startswith("/tmp/"):
                parent.chmod(parent.stat().st_mode | 0o011)
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": str(folder), **user}
    subprocess.run(
        [BINARIES[-1] / "initdb", "-D", data, "-A", "trust", "-U", "owner", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"],
        check=True,
        **quiet,
    )
    server = subprocess.Popen(
        [BINARIES[-1] / "postgres", "-D", data, "-p", str(port), "-k", str(folder), "-h", "127.0.0.1", "-F", "-c", "shared_buffers=16MB"],
        **quiet,
    )
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        _run(port, "CREATE ROLE reader LOGIN")
        yield str(folder), port
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _run(port: int, *statements: str) -> None:
    import pg8000.dbapi

    for _ in range(50):
        try:
            connection = pg8000.dbapi.connect(user="owner", host="127.0.0.1", port=port, database="postgres")
            break
        except Exception:
            time.sleep(0.1)
    connection.autocommit = True
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    connection.close()


@pytest.fixture
def people(postgres) -> int:
    """A table of five people in the real server."""
    _, port = postgres
    _run(
        port,
        "DROP TABLE IF EXISTS people",
        "CREATE TABLE people (customer_id int, email text, spent numeric(10,2), born date, updated_at timestamptz, tags text[], note bytea, vip boolean)",
        "INSERT INTO people SELECT n, 'p' || n || '@example.fi', n * 1.10, date '1980-01-01' + n, timestamptz '2026-01-01 10:00+00' + n * interval '1 hour',"
        " ARRAY['a','b'], '\\x00ff', n % 2 = 0 FROM generate_series(1, 5) AS n",
        "GRANT SELECT ON people TO reader",
    )
    return port


def asked(port: int, tmp_path: Path, **more: str) -> Asked:
    where = {"host": "127.0.0.1", "port": str(port), "database": "postgres", "user": "reader", "tls": "no"}
    return Asked("postgres", tmp_path, {f"127.0.0.1:{port}"}, **{**where, **more})


def test_a_table_comes_once_and_then_what_is_at_or_after_its_edge(people, tmp_path):
    source = asked(people, tmp_path, table="public.people", column="updated_at")
    assert source.check().startswith("8 columns: customer_id, email")
    rows = source.sync()
    assert [row["email"] for row in rows] == [f"p{n}@example.fi" for n in range(1, 6)]
    assert rows[0] == {
        "customer_id": 1,
        "email": "p1@example.fi",
        "spent": "1.10",
        "born": "1980-01-02",
        "updated_at": "2026-01-01T11:00:00+00:00",
        "tags": ["a", "b"],
        "note": "00ff",
        "vip": False,
    }
    assert [row["customer_id"] for row in source.sync()] == [5], "the edge comes again, since it may not have been whole"
    _run(people, "UPDATE people SET email = 'new@example.fi', updated_at = '2026-02-01' WHERE customer_id = 2")
    assert [row["email"] for row in source.sync()] == ["p5@example.fi", "new@example.fi"]


def test_a_query_with_a_condition_and_a_quote_in_it(people, tmp_path):
    source = asked(
        people,
        tmp_path,
        query="SELECT customer_id, email AS \"E-mail's\" FROM people WHERE email LIKE '%:5%' OR customer_id > 3;",
        column="customer_id",
    )
    assert source.sync() == [{"customer_id": 4, "E-mail's": "p4@example.fi"}, {"customer_id": 5, "E-mail's": "p5@example.fi"}]


def test_the_session_only_reads_whatever_the_user_may(people, tmp_path):
    _run(people, "GRANT ALL ON people TO reader", "CREATE SEQUENCE IF NOT EXISTS numbers", "GRANT ALL ON SEQUENCE numbers TO reader")
    writing = "WITH gone AS (DELETE FROM people RETURNING customer_id) SELECT * FROM gone"
    for query in (
        writing,
        "SELECT nextval('numbers') AS n",
        "SELECT set_config('transaction_read_only', 'off', false), nextval('numbers')",
    ):
        with pytest.raises(LohkoError):
            asked(people, tmp_path, query=query).sync()
    assert len(asked(people, tmp_path, table="people").sync()) == 5


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"table": "no_such"}, "unknown_table"),
        ({"query": "SELECT 1; DROP TABLE people"}, "bad_setting"),
        ({"query": "DELETE FROM people"}, "bad_setting"),
        ({"table": "people", "query": "SELECT 1"}, "bad_setting"),
        ({}, "bad_setting"),
        ({"table": 'people"; DROP TABLE people; --'}, "unknown_table"),
        ({"table": "people", "column": "nope"}, "source_no_column"),
        ({"table": "people", "user": "nobody-of-that-name"}, "source_unauthorised"),
        ({"table": "people", "database": "nope"}, "unknown_database"),
        ({"table": "people", "tls": "yes"}, "source_no_tls"),
        ({"table": "pg_authid"}, "source_forbidden"),
        ({"query": "SELECT FROM WHERE"}, "bad_query"),
        ({"table": "people", "column": "vip"}, "bad_setting"),
    ],
)
def test_what_is_wrong_is_said_without_what_was_asked(people, tmp_path, more, code):
    with pytest.raises(LohkoError) as caught:
        asked(people, tmp_path, **more).sync()
    assert caught.value.code == code and "DROP" not in str(caught.value)
    assert len(asked(people, tmp_path, table="people").sync()) == 5


def test_a_server_inside_is_asked_only_when_it_is_named(people, tmp_path):
    source = asked(people, tmp_path, table="people")
    source.inside = set()
    with pytest.raises(InputError) as caught:
        source.sync()
    assert caught.value.code == "address_refused"


def test_memory_stays_flat_over_many_rows(postgres, tmp_path):
    """Rows come a few thousand at a time through a cursor of the server: four times as many take no more memory."""
    _, port = postgres
    query = "SELECT n AS customer_id, repeat('x', 300) AS note FROM generate_series(1, {}) AS n"
    peaks = []
    for n in (4_000, 16_000):
        source = asked(port, tmp_path, query=query.format(n))
        tracemalloc.start()
        source.sync(keep=False)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0], peaks


def test_sqlite_is_read_only_and_goes_on_from_its_column(tmp_path):
    path = tmp_path / "shop.db"
    with contextlib.closing(sqlite3.connect(path)) as shop, shop:
        shop.execute("CREATE TABLE orders (id INTEGER, email TEXT, total REAL)")
        shop.executemany("INSERT INTO orders VALUES (?, ?, ?)", [(n, f"p{n}@example.fi", n * 1.5) for n in range(1, 4)])
    source = Asked("sqlite", tmp_path, file=str(path), table="orders", column="id")
    assert [row["id"] for row in source.sync()] == [1, 2, 3]
    with contextlib.closing(sqlite3.connect(path)) as shop, shop:
        shop.execute("INSERT INTO orders VALUES (4, 'p4@example.fi', 6)")
    assert [row["id"] for row in source.sync()] == [3, 4]
    assert Asked("sqlite", tmp_path, file=str(path), query="SELECT count(*) AS n FROM orders").sync() == [{"n": 4}]
    for query in ("WITH x AS (SELECT 1) DELETE FROM orders", "SELECT * FROM nope"):
        with pytest.raises(LohkoError):
            Asked("sqlite", tmp_path, file=str(path), query=query).sync()
    with pytest.raises(InputError):
        Asked("sqlite", tmp_path, file="shop.db", table="orders").sync()


def test_what_never_changed_is_asked_for_again_since_its_column_is_empty(tmp_path):
    """Many a table says when a row changed only once it has: a new row has nothing there, and is no earlier than the others."""
    path = tmp_path / "shop.db"
    with contextlib.closing(sqlite3.connect(path)) as shop, shop:
        shop.execute("CREATE TABLE people (id INTEGER, changed TEXT, share REAL)")
        shop.executemany("INSERT INTO people VALUES (?, ?, ?)", [(1, "2026-01-01 10:00:00", 0.1), (2, None, float("inf"))])
    source = Asked("sqlite", tmp_path, file=str(path), table="people", column="changed")
    assert [(row["id"], row["share"]) for row in source.sync()] == [(2, None), (1, "0.1")]
    with contextlib.closing(sqlite3.connect(path)) as shop, shop:
        shop.executemany("INSERT INTO people VALUES (?, ?, 0)", [(3, None), (4, "2026-01-01 10:00:00"), (5, "2025-01-01 10:00:00")])
    assert [row["id"] for row in source.sync()] == [2, 3, 1, 4], "a time before the latest is no change of since then"


def test_a_column_of_fractions_grows_too(tmp_path):
    path = tmp_path / "shop.db"
    with contextlib.closing(sqlite3.connect(path)) as shop, shop:
        shop.execute("CREATE TABLE seen (id INTEGER, at REAL)")
        shop.executemany("INSERT INTO seen VALUES (?, ?)", [(1, 1767261600.25), (2, 1767261600.1 + 0.2)])
    source = Asked("sqlite", tmp_path, file=str(path), table="seen", column="at")
    assert [row["id"] for row in source.sync()] == [1, 2] and [row["id"] for row in source.sync()] == [2]


def test_a_query_may_end_in_a_comment(tmp_path):
    path = tmp_path / "shop.db"
    with contextlib.closing(sqlite3.connect(path)) as shop, shop:
        shop.execute("CREATE TABLE seen (id INTEGER)")
    assert Asked("sqlite", tmp_path, file=str(path), query="SELECT count(*) AS n FROM seen -- how many").sync() == [{"n": 0}]
    for settings, code in (({"table": "sen"}, "unknown_table"), ({"table": "seen", "column": "att"}, "source_no_column")):
        with pytest.raises(LohkoError) as caught:
            Asked("sqlite", tmp_path, file=str(path), **settings).sync()
        assert caught.value.code == code


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Callable[..., None]]]:
    """A MariaDB of the tests' own, on a free port of loopback; the port, and what runs a statement as its owner."""
    pymysql = pytest.importorskip("pymysql")
    server, install = shutil.which("mariadbd", path=_WAYS), shutil.which("mariadb-install-db", path=_WAYS)
    if not server or not install:
        pytest.skip("no MariaDB is installed (apt install mariadb-server)")
    folder = tmp_path_factory.mktemp("mariadb")
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": str(folder)}
    as_whom = [f"--user={pwd.getpwuid(os.getuid()).pw_name}"]
    data, at = f"--datadir={folder / 'data'}", str(folder / "s")
    subprocess.run([install, "--no-defaults", *as_whom, data, "--auth-root-authentication-method=normal"], check=True, **quiet)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = subprocess.Popen(
        [server, "--no-defaults", *as_whom, data, f"--socket={at}", f"--port={port}", "--bind-address=127.0.0.1", *_LITTLE],
        **quiet,
    )

    def run(*statements: str) -> None:
        for _ in range(300):
            with contextlib.suppress(pymysql.err.OperationalError):
                connection = pymysql.connect(user="root", unix_socket=at, autocommit=True)
                break
            time.sleep(0.1)
        for statement in statements:
            connection.query(statement)
        connection.close()

    try:
        run("CREATE DATABASE shop", "CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'pw'", "GRANT ALL ON shop.* TO reader@'127.0.0.1'")
        yield port, run
    finally:
        running.terminate()
        running.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def in_mariadb(mariadb, tmp_path: Path, monkeypatch, **more: str) -> Asked:
    port, _ = mariadb
    monkeypatch.setenv("PASSWORD_OF_READER", "pw")
    where = {
        "host": "127.0.0.1",
        "port": str(port),
        "database": "shop",
        "user": "reader",
        "password": "env:PASSWORD_OF_READER",
        "tls": "no",
    }
    return Asked("mysql", tmp_path, {f"127.0.0.1:{port}"}, **{**where, **more})


def test_mariadb_gives_instants_as_instants_and_what_a_clock_said_as_it_was_said(mariadb, tmp_path, monkeypatch):
    """The server's clock is two hours ahead of UTC: a TIMESTAMP is an instant all the same."""
    _, run = mariadb
    run(
        "CREATE OR REPLACE TABLE shop.people (id INT, email VARCHAR(50), vip BIT(1), news BOOLEAN, spent DECIMAL(10, 2), born DATE,"
        " joined DATETIME, changed TIMESTAMP(3) NULL, day VARCHAR(20))",
        "SET sql_mode = ''",
        "INSERT INTO shop.people VALUES (1, 'ä@example.fi', b'1', TRUE, 10.50, '1980-01-01', '2026-01-01 23:30', '2026-01-02 12:00:00.5', '%s'),"
        " (2, 'b@example.fi', b'0', FALSE, 0, '0000-00-00', '0000-00-00', NULL, NULL)",
    )
    source = in_mariadb(mariadb, tmp_path, monkeypatch, table="people", column="changed")
    assert source.check().startswith("9 columns: id, email")
    never, first = source.sync()
    assert first == {
        "id": 1,
        "email": "ä@example.fi",
        "vip": 1,
        "news": 1,
        "spent": "10.50",
        "born": "1980-01-01",
        "joined": "2026-01-01T23:30:00",
        "changed": "2026-01-02T10:00:00.500000+00:00",
        "day": "%s",
    }
    assert (never["id"], never["vip"], never["news"], never["born"], never["joined"], never["changed"]) == (2, 0, 0, None, None, None)
    run(
        "INSERT INTO shop.people (id, changed) VALUES (3, '2026-01-02 12:00:00.5'), (4, '2026-01-02 12:00:00.499'), (5, NULL)",
        "UPDATE shop.people SET changed = '2026-01-02 13:00', spent = 20 WHERE id = 1",
        "DELETE FROM shop.people WHERE id = 2",
    )
    assert [(row["id"], row["spent"]) for row in source.sync()] == [(5, None), (3, None), (1, "20.00")]
    assert [row["id"] for row in source.sync()] == [5, 1]


def test_mariadb_only_reads_and_says_what_is_wrong(mariadb, tmp_path, monkeypatch):
    _, run = mariadb
    run("CREATE OR REPLACE TABLE shop.things (id INT)", "INSERT INTO shop.things VALUES (1), (2)")
    monkeypatch.setenv("WRONG_PASSWORD", "no")
    for more, code in (
        ({"table": "thing"}, "unknown_table"),
        ({"table": "things", "column": "nope"}, "source_no_column"),
        ({"table": "things", "database": "nope"}, "unknown_database"),
        ({"table": "things", "password": "env:WRONG_PASSWORD"}, "source_unauthorised"),
        ({"table": "things", "tls": "yes"}, "source_no_tls"),
        ({"query": "SELECT FROM WHERE"}, "bad_query"),
        ({"query": "WITH x AS (SELECT 1) DELETE FROM things"}, "bad_query"),
    ):
        with pytest.raises(LohkoError) as caught:
            in_mariadb(mariadb, tmp_path, monkeypatch, **more).sync()
        assert caught.value.code == code, more
    assert len(in_mariadb(mariadb, tmp_path, monkeypatch, table="shop.things").sync()) == 2


def test_mysql_is_asked_in_its_own_words_with_the_value_bound():
    """The statement is looked at, where no server is."""
    asked = database.statement({"table": "shop.orders", "column": "updated_at"}, {"latest": database.kept(dt.datetime(2026, 1, 2))})
    written = str(asked.compile(dialect=mysql.dialect()))
    assert " ".join(written.split()) == "SELECT * FROM shop.orders WHERE updated_at >= %s OR updated_at IS NULL ORDER BY updated_at"
