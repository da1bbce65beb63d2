"""People planted in every place that Lohko keeps, each with words that nobody else has; and a search for them in every byte."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lohko.landing.needles import Needles
from lohko.state.workspace import Settings, create
from lohko.steps.call_notes import call_note
from lohko.steps.drafts import draft_new
from lohko.steps.history import reconstruct
from lohko.steps.ingest import ingest
from lohko.steps.refresh import refresh
from lohko.steps.segment_about import segment_comment, segment_describe
from lohko.steps.segments import apply
from lohko.steps.special import special_basis
from lohko.steps.work import Work, silent

SETTINGS = Settings("Europe/Helsinki", "EUR", "FI")


@dataclass(frozen=True)
class Planted:
    """One person, and the words that are theirs alone."""

    number: int

    def word(self, what: str) -> str:
        """A word of twelve letters that stands nowhere else."""
        return "".join(chr(ord("a") + byte % 26) for byte in hashlib.sha256(f"{what} {self.number}".encode()).digest()[:12])

    @property
    def customer(self) -> str:
        """The customer number."""
        return f"C{self.word('customer')}"

    @property
    def email(self) -> str:
        """The e-mail address."""
        return f"{self.word('email')}@example.fi"

    def words(self) -> list[str]:
        """Everything that may not be found once the person is erased."""
        kinds = ("customer", "email", "first", "last", "street", "order", "message", "page", "note", "rejected", "file")
        return [self.word(kind) for kind in kinds]


def make(path: Path) -> None:
    """A new workspace."""
    create(path, SETTINGS)


def bring_in(work: Work, people: list[Planted]) -> None:
    """The people in lists, orders, events and rejected rows, in files that are plain, packed and named after somebody; with segments, runs and pasts."""
    rows = [f"{p.customer},{p.email},{p.word('first')},{p.word('last')},{p.word('street')},2026-01-02,yes" for p in people]
    _take(work, "customer_id,email,first_name,last_name,street,updated_at,consent_ads", rows, "customers", "customers.csv")
    for place, p in enumerate(people):
        if place % 25 == 0:  # some come in a file of their own, named after them
            row = f"{p.customer},{p.email},{p.word('first')}x,{p.word('last')},{p.word('street')},2026-02-02,no"
            header = "customer_id,email,first_name,last_name,street,updated_at,consent_ads"
            _take(work, header, [row], "customers", f"{p.word('file')}.csv")
    orders = [f"{p.customer},O{p.word('order')},2026-0{1 + p.number % 6}-05,{10 + p.number},{p.word('note')}" for p in people]
    orders += [f"{p.customer},O{p.word('order')}2,not a day,5,{p.word('rejected')} {p.email}" for p in people]
    _take(work, "customer_id,order_id,ordered_at,total,note", orders, "orders", "orders.csv.gz")
    # The same orders, re-saved with one more column row order: all known already, and the original holds them.
    _take(work, "customer_id,order_id,ordered_at,total,note", list(reversed(orders[: len(people)])), "orders", "again.csv")
    events = [
        {
            "customer_id": p.customer,
            "event": "page_view",
            "at": "2026-03-01T10:00:00Z",
            "message_id": f"m-{p.word('message')}",
            "url": p.word("page"),
        }
        for p in people
    ]
    ingest(work, silent, stream=io.BytesIO("\n".join(map(json.dumps, events)).encode()), name="events.jsonl", kind="events")
    apply(work, silent, files={"s.yaml": "id: buyers\nwhere: did order\n---\nid: best\nwhere: rfm_r >= 3\n"})
    _write_of(work, people)
    refresh(work, silent, as_of="2026-07-01")
    reconstruct(work, silent, days=3, segments=["buyers"])


def _write_of(work: Work, people: list[Planted]) -> None:
    """What users write in words of their own: each about one person and naming another, or about a segment."""
    for one, other in zip(people, people[1:] + people[:1], strict=True):
        if one.number % 10 in (1, 2):
            call_note(work, silent, customer=one.customer, outcome="called", note=f"Call {other.email} instead")
            segment_comment(work, silent, segment="buyers", text=f"Where is\n{other.email}?")
            draft_new(work, silent, text=f'email is "{other.email}"')
    segment_describe(work, silent, segment="best", notes=f"Made for {people[0].word('last')}.")
    special_basis(work, silent, segment="best", basis="explicit_consent", remark=f"As {people[2].word('first')} asked.")


def _take(work: Work, header: str, rows: list[str], kind: str, name: str) -> dict:
    body = "\n".join([header, *rows, ""]).encode()
    return ingest(work, silent, stream=io.BytesIO(gzip.compress(body) if name.endswith(".gz") else body), name=name, kind=kind)


def found(place: Path, words: list[str]) -> dict[str, list[str]]:
    """Which words stand in which file under a folder: in its bytes in any usual encoding, and in what is packed in it."""
    wanted = {form: word for word in words for form in _forms(word)}
    needles = Needles(wanted)
    seen: dict[str, list[str]] = {}
    for path in sorted(place.rglob("*")):
        if not path.is_file():
            continue
        name = str(path.relative_to(place))
        texts = [path.read_bytes(), os.fsencode(name), *_opened(path)]
        hits = sorted({wanted[form] for text in texts for form in needles.found_in(text)})
        if hits:
            seen[name] = hits
    return seen


def _forms(word: str) -> list[bytes]:
    """A word as it may have been written: encodings, and what it becomes when it is packed as text."""
    plain = word.encode()
    digests = [hashlib.sha256(text).hexdigest().encode() for text in (plain, f"{word}@example.fi".encode())]
    bases = [base64.b64encode(plain[offset : offset + 9]) for offset in range(3)]
    return [plain, word.upper().encode(), word.encode("utf-16-le"), word.encode("utf-16-be"), plain.hex().encode(), *digests, *bases]


def _opened(path: Path) -> list[bytes]:
    """What is packed in a file: rows of Parquet, tables of DuckDB, gzip."""
    with path.open("rb") as stream:
        head = stream.read(16)
    if head[:4] == b"PAR1":
        return [
            "\n".join(text for (text,) in duckdb.sql(f"SELECT CAST(t AS VARCHAR) FROM read_parquet('{path}') AS t").fetchall()).encode()
        ]
    if head[:2] == b"\x1f\x8b":
        return [gzip.decompress(path.read_bytes())]
    if path.suffix == ".duckdb":
        with duckdb.connect() as reader:
            reader.execute(f"ATTACH '{path}' AS there (READ_ONLY)")
            tables = [name for (name,) in reader.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'there'").fetchall()]
            return [
                "\n".join(text for (text,) in reader.execute(f'SELECT CAST(t AS VARCHAR) FROM there."{name}" AS t').fetchall()).encode()
                for name in tables
            ]
    return []
