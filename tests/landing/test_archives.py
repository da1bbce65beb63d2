"""Zip archives: each file is an import of its own, a bad one keeps out no other, and nothing the archive says of itself is believed."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from lohko.base.errors import InputError
from lohko.engine.store import fingerprint
from lohko.landing import archive as archives
from lohko.state.workspace import Settings, create
from lohko.steps.ingest import ingest
from lohko.steps.person_erase import person_erase
from lohko.steps.read import status
from lohko.steps.recognise import recognise
from lohko.steps.sources import source_add, source_sync
from lohko.steps.work import Work, silent
from lohko.wiring import open_work

FIXTURES = Path(__file__).parent.parent / "formats" / "fixtures"
MAILCHIMP = {
    f"{state}_export.csv": (FIXTURES / f"mailchimp-{state}.csv").read_bytes() for state in ("subscribed", "unsubscribed", "cleaned")
}
PEOPLE = b"customer_id,email,city\n1,aino@esimerkki.fi,Oulu\n2,eino@esimerkki.fi,Turku\n"


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    create(tmp_path / "ws", Settings("Europe/Helsinki", "EUR", "FI"))
    with open_work(tmp_path / "ws", silent) as found:
        yield found


def packed(files: dict[str, bytes]) -> bytes:
    """A zip of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()


def bring(work: Work, data: bytes, name: str = "lists.zip", **more: Any) -> dict[str, Any]:
    """Import an archive; every file's books balance, and so do those of all together."""
    found = ingest(work, silent, stream=io.BytesIO(data), name=name, **more)
    for item in (found, *found["files"]):
        assert item["received"] == item["accepted"] + item["duplicate"] + item["rejected"] + (item.get("suppressed") or 0)
    assert found["received"] == sum(item["received"] for item in found["files"])
    return found


def refused(work: Work, data: bytes) -> InputError:
    """Why an archive is not taken at all; nothing of it stays."""
    before = fingerprint(work.store)
    with pytest.raises(InputError) as caught:
        bring(work, data)
    assert fingerprint(work.store) == before and not any(work.folder.scratch.rglob("*"))
    return caught.value


def encrypted(data: bytes) -> bytes:
    """The same zip with its files marked as encrypted, in both places where that is said."""
    changed = bytearray(data)
    for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = changed.find(mark)
        while place >= 0:
            changed[place + flag] |= 1
            place = changed.find(mark, place + 1)
    return bytes(changed)


def of(work: Work) -> int:
    """How many people there are."""
    return int(status(work, silent)["people"])


def consents(work: Work) -> list[tuple[Any, ...]]:
    """Who consented to what, or took it back."""
    sql = "SELECT n.value, c.purpose, c.given, CASE WHEN c.dated THEN CAST(c.effective_at AS VARCHAR) END FROM consent AS c JOIN node AS n ON n.node = c.node"
    return sorted(work.store.cursor().execute(sql).fetchall(), key=str)


def test_mailchimps_three_files_come_in_from_one_archive_with_their_consents(work, tmp_path):
    """Each is recognised on its own and named after the archive; who left consents to nothing. The same archive again adds nothing."""
    found = bring(work, packed(MAILCHIMP))
    assert [item["file"] for item in found["files"]] == [f"lists.zip/{name}" for name in MAILCHIMP]
    assert [item["format"] for item in found["files"]] == ["mailchimp-subscribed", "mailchimp-unsubscribed", "mailchimp-cleaned"]
    after = consents(work)
    assert {given for _, _, given, _ in after} == {True, False}
    again = bring(work, packed(MAILCHIMP))
    assert (again["already_imported"], again["accepted"], again["duplicate"]) == (True, 0, found["received"])
    create(tmp_path / "apart", Settings("Europe/Helsinki", "EUR", "FI"))
    with open_work(tmp_path / "apart", silent) as apart:
        for name, data in MAILCHIMP.items():
            ingest(apart, silent, stream=io.BytesIO(data), name=name)
        assert consents(apart) == after == consents(work)


def test_what_is_no_file_of_the_archive_is_passed_over_and_said(work):
    """Folders, what a Mac or Windows put beside, hidden files, documents and empty files."""
    beside = {
        "lists/": b"",
        "__MACOSX/lists/._a.csv": b"x",
        "lists/.DS_Store": b"x",
        "Thumbs.db": b"x",
        "read.pdf": b"%PDF-1.4",
        "none.csv": b"",
    }
    found = bring(work, packed({**beside, "lists/a.csv": PEOPLE}))
    assert [item["file"] for item in found["files"]] == ["lists.zip/lists/a.csv"] and not found["refused"]
    assert {item["name"] for item in found["passed_over"]} == {"lists", *(set(beside) - {"lists/"})}


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("../../evil.csv", PEOPLE, "name_leads_out"),
        ("/etc/evil.csv", PEOPLE, "name_leads_out"),
        ("C:\\evil.csv", PEOPLE, "name_leads_out"),
        ("inner.zip", packed({"a.csv": PEOPLE}), "archive_in_archive"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100, "old_excel"),
        ("who.csv", b"nothing,of,use\nx,y,z\n", "not_recognised"),
    ],
)
def test_a_file_that_cannot_be_used_keeps_out_no_other(work, name, data, code):
    """It is named with its reason; the others are in. Nothing is written outside the scratch folder."""
    found = bring(work, packed({name: data, "a.csv": PEOPLE}))
    assert [item["error"]["code"] for item in found["refused"]] == [code]
    assert found["accepted"] == 2 and ".." not in found["refused"][0]["file"]
    assert not list(work.folder.path.parent.rglob("evil.csv"))


def test_a_damaged_file_a_link_and_an_encrypted_one_keep_out_no_other(work):
    """A checksum that is wrong, a symbolic link, and a password."""
    whole = bytearray(packed({"broken.csv": b"email,city\n" + b"x@y.fi,Oulu\n" * 40, "a.csv": PEOPLE}))
    whole[45] ^= 0xFF
    assert [item["error"]["code"] for item in bring(work, bytes(whole))["refused"]] == ["damaged_file"]
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(link, "/etc/passwd")
        made.writestr("a.csv", PEOPLE)
    assert [item["error"]["code"] for item in bring(work, out.getvalue())["refused"]] == ["link_in_archive"]
    assert refused(work, encrypted(packed({"a.csv": PEOPLE}))).code == "encrypted_file"


def test_archives_that_are_refused_whole_leave_nothing(work, monkeypatch):
    """A bomb, also one whose sizes are lies; too many files; one that is cut; one without a table; one of which none can be used."""
    bomb = bytearray(packed({"a.csv": PEOPLE, "b.csv": b"0" * (150 << 20)}))
    assert refused(work, bytes(bomb)).code == "too_large_unpacked"
    assert refused(work, packed({"a.csv": PEOPLE})[:-30]).code == "bad_zip"
    assert refused(work, packed({"read.pdf": b"%PDF-1.4"})).code == "no_table_in_archive"
    assert refused(work, packed({"a.csv": b"p,q,r\n1,2,3\n", "b.csv": b"s,t,u\n1,2,3\n"})).code == "archive_refused"
    monkeypatch.setattr(archives, "MOST_FILES", 3)
    assert refused(work, packed({f"{n}.csv": PEOPLE for n in range(4)})).code == "too_many_files"


def test_a_workbook_is_a_zip_too_and_stays_a_workbook(work, tmp_path):
    """Alone it is one file; in an archive it is one of its files."""
    path = tmp_path / "made.xlsx"
    made = xlsxwriter.Workbook(str(path))
    sheet = made.add_worksheet()
    sheet.write_row(0, 0, ["customer_id", "email"])
    sheet.write_row(1, 0, ["7", "liisa@esimerkki.fi"])
    made.close()
    book = path.read_bytes()
    alone = ingest(work, silent, stream=io.BytesIO(book), name="a.xlsx")
    assert "files" not in alone and alone["accepted"] == 1
    assert [item["detected"]["format"] for item in bring(work, packed({"a.xlsx": book, "b.csv": PEOPLE}))["files"]] == ["xlsx", "csv"]


def test_what_is_in_an_archive_is_looked_at_without_importing(work):
    """Each file with the format that it would be taken as; nothing is kept."""
    found = recognise(work, silent, stream=io.BytesIO(packed({**MAILCHIMP, "x.pdf": b"%PDF-1.4", "../b.csv": PEOPLE})), name="m.zip")
    assert [item["format"] for item in found["files"]] == ["mailchimp-subscribed", "mailchimp-unsubscribed", "mailchimp-cleaned"]
    assert [item["file"] for item in found["refused"]] == ["m.zip/b.csv"] and [item["name"] for item in found["passed_over"]] == ["x.pdf"]
    assert "sample" not in found["files"][0] and not any(work.folder.scratch.rglob("*"))


def test_an_archive_in_a_watched_folder_comes_in_and_says_what_did_not(work, tmp_path):
    """The rest of it is in and counted, and the archive is not read again."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "all.zip").write_bytes(packed({"a.csv": PEOPLE, "b.csv": b"p,q,r\n1,2,3\n"}))
    source_add(work, silent, name="it", kind="folder", settings={"path": str(folder), "as": "customers", "quiet_seconds": "0"})
    (first,) = source_sync(work, silent, name="it")["synced"]
    assert first["accepted"] == 2 and first["error"]["code"] == "files_refused" and "all.zip/b.csv" in first["error"]["message"]
    (second,) = source_sync(work, silent, name="it")["synced"]
    assert second["error"] is None and of(work) == 2 and second["left_out"] == ["all.zip"]


def test_nothing_is_left_of_who_was_erased_of_an_archive(work):
    """Neither the archive nor a file of it holds them afterwards, and the same archive brings them not back."""
    data = packed({"a.csv": PEOPLE, "b.csv": b"email,city\naino@esimerkki.fi,Oulu\n"})
    bring(work, data)
    person_erase(work, silent, customers=["aino@esimerkki.fi"])
    left = [path for path in work.folder.path.rglob("*") if path.is_file() and b"aino@esimerkki.fi" in path.read_bytes()]
    zips = [path for path in work.folder.path.rglob("*") if path.is_file() and path.read_bytes()[:2] == b"PK"]
    assert not left and not zips
    again = bring(work, data)
    assert again["accepted"] == 0 and of(work) == 1
