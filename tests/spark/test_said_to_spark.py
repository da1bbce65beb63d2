"""What the compiler says, in Spark's words, without a cluster: nothing of DuckDB's own is left, and nothing typed is in the text."""

from __future__ import annotations

import re
import socket
import sys
import time
from pathlib import Path
from subprocess import run

import pytest
from sqlglot import exp

from lohko.base.errors import InputError, StoreError
from lohko.cli.spark import on_spark
from lohko.engine.spark_session import Session, Statement, _error
from lohko.engine.spark_sql import to_spark, written

GOLDEN = Path(__file__).parents[1] / "engines" / "golden.sql"
OF_DUCKDB = re.compile(
    r"ASOF|QUALIFY|LIST_|EPOCH_US|TO_(SECONDS|MONTHS|MICROSECONDS)|INT128|HUGEINT|UNNEST|\bTRY\(|LENGTH\(|&&|\$\d|DAYOFWEEK|'0x'",
    re.IGNORECASE,
)


class AnyTable(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return name


def golden() -> list[str]:
    lines = [line for line in GOLDEN.read_text("utf-8").splitlines() if not line.startswith("--")]
    return [text.strip() for text in "\n".join(lines).split(";\n") if text.strip(" \n;")]


def test_nothing_of_duckdbs_own_is_left() -> None:
    texts = golden()
    assert len(texts) > 100
    for text in texts:
        if not text.upper().startswith("CREATE"):
            said = written(to_spark(text, AnyTable()))
            assert not OF_DUCKDB.search(said), said


@pytest.mark.parametrize(
    ("duckdb", "spark"),
    [
        ("SELECT isodow(d) FROM t", "SELECT WEEKDAY(d) + 1 FROM `there`"),
        (
            "SELECT num // den FROM t",
            "CASE WHEN den = 1 THEN num ELSE CAST((num - num % den) / CAST(den AS DECIMAL(18, 0)) AS DECIMAL(38, 0)) END",
        ),
        ("SELECT sum(c1) FROM t", "SELECT SUM(CAST(c1 AS DECIMAL(20, 0))) FROM `there`"),
        ("WITH a AS (SELECT 1 AS x) SELECT x FROM a", "SELECT x FROM (SELECT 1 AS x) AS `a`"),
        ("SELECT 1 FROM t WHERE TRY(a * CAST($1 AS HUGEINT) > b)", "(TRY_MULTIPLY(a, TRY_CAST(:p1 AS DECIMAL(38, 0))) > b)"),
    ],
)
def test_places_where_the_two_differ(duckdb: str, spark: str) -> None:
    assert spark in written(to_spark(duckdb, {"t": "there"}, ["c1"]))


def test_spark_needs_a_server_and_a_place() -> None:
    assert on_spark("duckdb", None, None) is None
    assert on_spark("spark", "sc://a:1", "/b") == {"remote": "sc://a:1", "location": "/b"}
    for given in (("spark", None, "/b"), ("spark", "sc://a:1", None), ("sparks", "sc://a:1", "/b")):
        with pytest.raises(InputError):
            on_spark(*given)
    with pytest.raises(InputError, match="--check"):
        on_spark("spark", "sc://a:1", "/b", refused={"--check": True})


def test_starting_lohko_never_imports_pyspark() -> None:
    code = "import sys, lohko.cli.main, lohko.steps.spark; sys.exit(bool({'pyspark', 'pandas', 'grpc'} & set(sys.modules)))"
    assert run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("said", "code"), [("UNAVAILABLE", "cluster_away"), ("UNIMPLEMENTED: status: 404", "no_connect_server"), ("x", "cluster_failed")]
)
def test_no_error_shows_the_token_of_an_address(said: str, code: str) -> None:
    error = _error(Exception(said), "sc://spark.example.com:443/;use_ssl=true;token=secret")
    assert error.code == code and "secret" not in str(error)


def test_an_address_that_is_none_is_refused_without_its_token() -> None:
    with pytest.raises(InputError, match="is no address") as caught:
        Session("spark.example.com:443/;token=secret").rows(Statement(exp.select("1"), {}))
    assert "secret" not in str(caught.value)


def test_a_closed_port_is_said_at_once() -> None:
    """A port that was open a moment ago and is not now; PySpark's own tries go on for more than five seconds. A name without an address is said likewise."""
    pytest.importorskip("pyspark.sql.connect.session")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    began = time.monotonic()
    assert "secret" not in _said_of(f"sc://127.0.0.1:{port}/;token=secret")
    assert time.monotonic() - began < 3
    assert "sc://cluster.invalid does not answer" in _said_of("sc://cluster.invalid")


def _said_of(remote: str) -> str:
    with pytest.raises(StoreError) as caught:
        Session(remote).rows(Statement(exp.select("1"), {}))
    assert caught.value.code == "cluster_away"
    return str(caught.value)
