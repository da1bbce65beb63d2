"""Staging a file in this process, for tests that need many: the parser child runs the same code."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb

from lohko.landing.request import Request
from lohko.landing.stage import stage as stage_file


def staged(tmp_path: Path, data: bytes | str, kind: str = "orders", **more: Any) -> tuple[dict, list[dict], list[dict]]:
    """The report, the accepted and the rejected rows of a file with this content; every record is in one of the two."""
    source, out = tmp_path / "file", tmp_path / "out"
    source.write_bytes(data.encode() if isinstance(data, str) else data)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    connection = duckdb.connect(config={"memory_limit": "1GB", "threads": "2"})
    connection.execute("SET TimeZone = 'UTC'")
    request = Request(file=str(source), kind=kind, out=str(out), **{"file_zone": "Europe/Helsinki", **more})
    try:
        report = stage_file(request, connection, out, lambda _done, _what: None)
    finally:
        connection.close()
    accepted, rejected = rows(out / "accepted.parquet"), rows(out / "rejected.parquet")
    assert report["received"] == report["accepted"] + report["rejected"] == len(accepted) + len(rejected)
    assert len({row["record"] for row in accepted + rejected}) == report["received"]
    return report, accepted, rejected


def rows(path: Path) -> list[dict]:
    """The rows of a Parquet file, by the record's number."""
    found = duckdb.connect().execute("SELECT * FROM read_parquet(?) ORDER BY record", [str(path)])
    names = [item[0] for item in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def named(report: dict, row: dict) -> dict[str, Any]:
    """A staged row's attributes and properties by their names."""
    return {item["name"]: row[item["column"]] for item in report["columns"] if row[item["column"]] is not None}
