"""A file on its way in: forms as browsers and others send them, and what is left when it does not get there."""

from __future__ import annotations

import asyncio
import io
import re
import socket
import threading
import time
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from lohko.base.errors import InputError, LohkoError, StoreError
from lohko.formats.api_records import UNSAID
from lohko.state.audit import entries
from lohko.state.jobs import keep_job
from lohko.steps.person_erase import person_erase
from lohko.steps.read import status
from lohko.steps.segments import apply
from lohko.steps.widen import NEW_COLUMN
from lohko.steps.work import Work, silent
from lohko.web import import_pages, jobs, upload, words
from lohko.web.note_words import NOTES
from web.small_shop import BROKEN, CUSTOMERS, ORDERS, RULES, bring_in, browsing, opened, serving

BOUNDARY = "----lohko0123456789"
FIXTURES = Path(__file__).parents[1] / "formats" / "fixtures"
ROWS = "customer_id,order_id,ordered_at,total\na,1,2024-05-01,10\nb,2,2024-05-02,20\n"


def part(name: str, content: bytes, file_name: str | None = None) -> bytes:
    told = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{file_name}"' if file_name is not None else "")
    return f"--{BOUNDARY}\r\n{told}\r\n\r\n".encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()
KIND = part("kind", b"orders")


def send(client: TestClient, body: bytes, boundary: str = BOUNDARY, kind: str = "multipart/form-data") -> Any:
    return client.post("/import", content=body, headers={"content-type": f"{kind}; boundary={boundary}"}, follow_redirects=False)


def choose(client: TestClient, text: str, kind: str = "orders", name: str = "orders.csv") -> str:
    """Upload a file; the address of its page."""
    answer = client.post("/import", data={"kind": kind}, files={"file": (name, text.encode(), "text/csv")}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def until(client: TestClient, address: str, *states: str) -> dict[str, Any]:
    for _ in range(600):
        found = client.get(f"{address}/state").json()
        if found["state"] in states:
            return found
        assert found["state"] in ("waiting", "running"), found
        time.sleep(0.05)
    raise AssertionError(f"still {found}")


def guessed(page: str) -> dict[str, str]:
    """What the form of columns would send as it stands."""
    form = {}
    for name, options in re.findall(r'<select name="(column-\d+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        form[name] = chosen[1] if chosen else ""
    return form


def left(work: Work) -> list[Path]:
    """What lies in the folder of unfinished work."""
    return [*work.folder.scratch.rglob("*"), *work.folder.uploads.rglob("*")]


def gone(work: Work) -> bool:
    """Whether nothing lies there, after a moment for threads to end."""
    for _ in range(100):
        if not left(work):
            return True
        time.sleep(0.05)
    return False


# --- the form -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (KIND + END, 400),
        (KIND + part("file", b"", "") + END, 400),
        (KIND + part("file", b"", "orders.csv") + END, 400),
        (part("kind", b"invoices") + part("file", ROWS.encode(), "orders.csv") + END, 400),
        (KIND + part("file", ROWS.encode(), "a.csv") + part("file", ROWS.encode(), "b.csv") + END, 400),
        (KIND + part("file", b"", "a.csv") + part("file", ROWS.encode(), "b.csv") + END, 400),
        (KIND + part("photo", ROWS.encode(), "a.csv") + END, 400),
        (KIND + part("file", ROWS.encode(), "orders.csv"), 400),
        (KIND + part("file", ROWS.encode(), "orders.csv")[:-20], 400),
        (b"", 400),
        (b"--other\r\n" + KIND, 400),
        (part("kind", b"x" * 20_000) + END, 400),
        (b"".join(part(f"p{n}", b"x") for n in range(60)) + END, 400),
        (b"--" + BOUNDARY.encode() + b"\r\nnonsense\r\n\r\nx\r\n" + END, 400),
    ],
    ids=[
        "no file part", "no file chosen", "an empty file", "an unknown kind", "two files", "an empty file and another",
        "a file under another name", "no end", "cut short", "nothing", "another boundary", "a very long text", "very many parts", "no header",
    ],
)  # fmt: skip
def test_a_form_that_is_not_one_file_and_its_kind_is_refused_and_leaves_nothing(
    shop: Work, client: TestClient, body: bytes, status: int
) -> None:
    """A sentence for the user, and no file in the workspace."""
    answer = send(client, body)
    assert answer.status_code == status
    assert "<h1>" in answer.text and "Lohko itself failed" not in answer.text
    assert left(shop) == []


def test_a_body_that_is_no_form_is_refused(shop: Work, client: TestClient) -> None:
    """Neither another type nor a missing or wrong boundary is guessed at."""
    whole = KIND + part("file", ROWS.encode(), "orders.csv") + END
    for answer in (
        send(client, whole, boundary="wrong"),
        send(client, whole, kind="application/x-www-form-urlencoded"),
        send(client, whole, boundary=""),
        client.post("/import", content=whole),
        client.post("/import", data={"kind": "orders"}),
        client.post("/import", json={"kind": "orders"}),
    ):
        assert answer.status_code == 400
    assert left(shop) == []


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("C:\\\\shop\\\\orders.csv", "orders.csv"),
        ("../../etc/orders.csv", "orders.csv"),
        ("/etc/passwd", "passwd"),
        ("tilaukset äö.csv", "tilaukset äö.csv"),
        ("a%22b.csv", "a&#34;b.csv"),
        ("..", "file"),
        ("<i>x<i>.csv", "&lt;i&gt;x&lt;i&gt;.csv"),
        ("x" * 3000 + ".csv", "x" * 200),
    ],
)
def test_a_files_name_is_only_shown_and_never_a_place(shop: Work, client: TestClient, sent: str, shown: str) -> None:
    """Wherever it lay on the sender's machine, it waits in the workspace's own folder under one fixed name."""
    answer = send(client, KIND + part("file", ROWS.encode(), sent) + END)
    assert answer.status_code == 303, answer.text
    until(client, answer.headers["location"], "waiting")
    assert shown in client.get(answer.headers["location"]).text
    files = [path for path in left(shop) if path.is_file()]
    assert [path.name for path in files] == ["received"] and files[0].read_bytes() == ROWS.encode()
    assert files[0].stat().st_mode & 0o777 == 0o600 and files[0].parent.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in shop.folder.path.parent.iterdir()) == [shop.folder.path.name]
    client.post(f"{answer.headers['location']}/stop")
    assert gone(shop)


def receive(path: Path, messages: list[dict[str, Any]], limit: int = upload.LIMIT) -> upload.Form:
    async def run() -> upload.Form:
        waiting = iter(messages)

        async def source() -> dict[str, Any]:
            return next(waiting)

        headers = [(b"content-type", f"multipart/form-data; boundary={BOUNDARY}".encode())]
        return await upload.receive(Request({"type": "http", "method": "POST", "headers": headers}, source), path, limit)

    return asyncio.run(run())


def pieces(body: bytes, size: int) -> list[dict[str, Any]]:
    return [{"type": "http.request", "body": body[at : at + size], "more_body": at + size < len(body)} for at in range(0, len(body), size)]


@pytest.mark.parametrize("size", [1, 7, 64, 1 << 20])
def test_a_form_is_the_same_however_it_is_cut_on_its_way(tmp_path: Path, size: int) -> None:
    """Also when a boundary, or what looks like one, falls between two pieces."""
    content = b"a,b\r\n--" + BOUNDARY[:-1].encode() + b"\r\n\r\n" + bytes(range(256)) * 3
    found = receive(tmp_path / "f", pieces(KIND + part("file", content, "orders.csv") + END, size))
    assert (tmp_path / "f").read_bytes() == content
    assert (found.size, found.file_name, found.texts) == (len(content), "orders.csv", {"kind": "orders"})


def test_a_sender_that_goes_away_and_a_file_that_is_too_large_are_errors(tmp_path: Path) -> None:
    """Half a file is never taken for a whole one."""
    body = KIND + part("file", ROWS.encode(), "orders.csv") + END
    with pytest.raises(InputError) as broken:
        receive(tmp_path / "a", [pieces(body, 100)[0], {"type": "http.disconnect"}])
    assert broken.value.code == "bad_form"
    with pytest.raises(InputError) as large:
        receive(tmp_path / "b", pieces(body, 50), limit=40)
    assert large.value.code == "file_too_large"
    (tmp_path / "c").mkdir()
    with pytest.raises(StoreError) as full:
        receive(tmp_path / "c", pieces(body, 100))
    assert full.value.code == "no_room"


def test_a_sender_that_hangs_up_leaves_nothing(empty: Work) -> None:
    """Over a real connection: the part that had come is removed, and the app goes on."""
    body = KIND + part("file", ROWS.encode() * 50_000, "orders.csv") + END
    with serving(empty) as address:
        host, _, port = address.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as sender:
            head = f"POST /import HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {len(body)}\r\n"
            sender.sendall(f"{head}Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n".encode() + body[: len(body) // 2])
            for _ in range(200):
                if any(path.is_file() and path.stat().st_size for path in left(empty)):
                    break
                time.sleep(0.05)
            assert left(empty), "the first half was on its way into the workspace"
        assert gone(empty)
        with urllib.request.urlopen(f"{address}/health") as answer:
            assert answer.status == 200


# --- from the form to the result -----------------------------------------------------------


def test_a_file_goes_from_upload_to_result(empty: Work, empty_client: TestClient) -> None:
    """The guessed columns as they stand bring the rows in, the result counts the rejected by reason, and nothing is left over."""
    address = choose(empty_client, ORDERS + BROKEN)
    until(empty_client, address, "waiting")
    page = empty_client.get(address).text
    form = guessed(page)
    assert list(form.values()) == ["customer_id", "order_id", "ordered_at", "total"]
    assert empty_client.post(f"{address}/start", data=form, follow_redirects=False).status_code == 303
    until(empty_client, address, "done")
    result = empty_client.get(address).text
    assert "cannot be read as a date" in result and "not a number" in result
    imported = status(empty, silent)["imports"][0]
    assert imported["rejected_by_reason"] == {"bad_number": 1, "bad_time": 1} and imported["file"] == "orders.csv"
    assert gone(empty)
    again = choose(empty_client, ORDERS + BROKEN)
    until(empty_client, again, "waiting")
    empty_client.post(f"{again}/start", data=form)
    until(empty_client, again, "done")
    assert len(status(empty, silent)["imports"]) == 1
    assert gone(empty)


@pytest.mark.slow
def test_what_could_have_been_decided_otherwise_is_said_in_the_pages_language(empty: Work, empty_client: TestClient) -> None:
    """How the VAT was understood is money: the page says it as the command line does."""
    rows = "customer_id,order_id,ordered_at,total,vat\n" + "".join(f"a{n},{n},2024-05-{n + 1:02},125.5,25.5\n" for n in range(8))
    address = choose(empty_client, rows)
    until(empty_client, address, "waiting")
    empty_client.post(f"{address}/start", data=guessed(empty_client.get(address).text))
    until(empty_client, address, "done")
    assert "The tax in column vat was taken off" in empty_client.get(address, headers={"accept-language": "en"}).text
    assert "Sarakkeen vat vero vähennettiin" in empty_client.get(address, headers={"accept-language": "fi"}).text


def test_every_note_of_a_reading_has_words() -> None:
    sources = "".join(path.read_text() for path in (Path(words.__file__).parents[1] / "landing").glob("*.py"))
    codes = set(re.findall(r'notes\.append\(\(\s*"(\w+)"|(?:self|notes)\.add\(\s*"(\w+)"', sources))
    assert {one or other for one, other in codes} | UNSAID.keys() | {NEW_COLUMN} == NOTES.keys()


def test_an_import_refreshes_the_segments_and_fills_in_their_past(empty: Work, empty_client: TestClient) -> None:
    """After the import the list has sizes, and days before today."""
    first = choose(empty_client, ORDERS)
    until(empty_client, first, "waiting")
    empty_client.post(f"{first}/start", data=guessed(empty_client.get(first).text))
    until(empty_client, first, "done")
    apply(empty, silent, files={"twice.yaml": f"id: twice\nwhere: '{RULES['twice']}'\n"})
    second = choose(empty_client, ROWS, name="more.csv")
    until(empty_client, second, "waiting")
    empty_client.post(f"{second}/start", data=guessed(empty_client.get(second).text))
    until(empty_client, second, "done")
    days = empty_client.get("/api/v1/segments/twice/history").json()["days"]
    assert days[-1]["kind"] == "recorded" and days[0]["kind"] == "reconstructed" and len(days) > 80


@pytest.mark.slow
def test_a_refresh_that_fails_does_not_undo_the_import(empty: Work, empty_client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows are in; the page says that the segments are not refreshed, and why."""

    def fail(*_: Any) -> dict[str, Any]:
        raise InputError("before_last_refresh", "The last refresh was about a later day.")

    address = choose(empty_client, ORDERS)
    until(empty_client, address, "waiting")
    empty_client.post(f"{address}/start", data=guessed(empty_client.get(address).text))
    until(empty_client, address, "done")
    apply(empty, silent, files={"twice.yaml": f"id: twice\nwhere: '{RULES['twice']}'\n"})
    monkeypatch.setattr(import_pages, "refresh_with_past", fail)
    second = choose(empty_client, ROWS, name="more.csv")
    until(empty_client, second, "waiting")
    empty_client.post(f"{second}/start", data=guessed(empty_client.get(second).text))
    assert until(empty_client, second, "done")["state"] == "done"
    assert "The last refresh was about a later day." in empty_client.get(second).text
    assert len(status(empty, silent)["imports"]) == 2


def test_what_is_wrong_with_the_columns_is_said_before_anything_is_imported(empty: Work, empty_client: TestClient) -> None:
    """A needed column that is not chosen, and one meaning chosen twice, keep the page with its choices."""
    address = choose(empty_client, ROWS)
    until(empty_client, address, "waiting")
    for form, code in (
        ({"column-0": "customer_id", "column-1": "order_id", "column-3": "total"}, "needed has not been chosen"),
        ({"column-0": "customer_id", "column-1": "total", "column-2": "ordered_at", "column-3": "total"}, "same meaning"),
    ):
        empty_client.post(f"{address}/start", data=form)
        answer = empty_client.get(address)
        assert answer.status_code == 400 and code in answer.text
        assert guessed(answer.text)["column-0"] == "customer_id"
    assert status(empty, silent)["imports"] == []
    empty_client.post(f"{address}/stop")
    assert "Nothing of the file was kept" in empty_client.get(address).text
    assert gone(empty)


@pytest.mark.parametrize("text", ["", "\x00\x01\x02" * 50, "just words\n", "{" * 40, "PK\x03\x04 not a zip", "a,b\n"])
def test_a_file_that_is_no_table_is_a_sentence_and_can_be_thrown_away(shop: Work, client: TestClient, text: str) -> None:
    """Garbage never fails the app, and does not stay."""
    answer = client.post("/import", data={"kind": "orders"}, files={"file": ("x.csv", text.encode())}, follow_redirects=False)
    if answer.status_code == 303:
        address = answer.headers["location"]
        until(client, address, "waiting", "failed")
        page = client.get(address)
        assert page.status_code in (200, 400) and "Traceback" not in page.text and "Lohko itself failed" not in page.text
        client.post(f"{address}/stop")
        assert client.get(f"{address}/state").json()["state"] == "cancelled"
    assert gone(shop)


def test_a_column_of_its_own_is_told_by_the_name_that_rules_ask_for(empty_client: TestClient) -> None:
    """A file's own `frequency` is asked about as `frequency_given`, for the name is an RFM figure's; what is empty is said to be."""
    address = choose(empty_client, "customer_id,frequency,blank\n1,7,\n", kind="customers", name="own.csv")
    until(empty_client, address, "waiting")
    empty_client.post(f"{address}/start", data=guessed(empty_client.get(address).text))
    until(empty_client, address, "done")
    for language, said in {"en": ("column frequency", "blank (empty)"), "fi": ("sarake frequency", "blank (tyhjä)")}.items():
        page = re.sub(r"(\s|<[^>]+>)+", " ", empty_client.get(address, headers={"accept-language": language}).text)
        assert f"frequency_given {said[0]}" in page and said[1] in page


def test_a_known_export_is_recognised_and_any_column_can_be_corrected(empty: Work, empty_client: TestClient) -> None:
    """Without a word of the user the page says what the file is and why, and comes in as that system's; a column goes where the user says."""
    text = (FIXTURES / "brevo-contacts.csv").read_text()
    address = choose(empty_client, text, kind="", name="contacts.csv")
    until(empty_client, address, "waiting")
    page = empty_client.get(address).text
    assert "Brevo contacts" in page and "8 of its 8 headers are known" in page
    columns = guessed(page)
    assert columns["column-0"] == "email" and columns["column-4"] == "optout_email"
    columns["column-6"] = ""  # not since when they are customers
    empty_client.post(f"{address}/start", data=columns)
    until(empty_client, address, "done")
    found = status(empty, silent)["imports"][-1]
    assert (found["kind"], found["accepted"], found["source"]) == ("customers", 3, "brevo")


@pytest.mark.parametrize("language", ["en", "fi"])
def test_an_archives_files_are_shown_and_brought_in_together(empty: Work, empty_client: TestClient, language: str) -> None:
    """What each is taken as, what is passed over and what cannot be used, before and after; the upload does not stay."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for name, text in (("a.csv", CUSTOMERS), ("b.csv", "p,q,r\n1,2,3\n"), ("../c.csv", CUSTOMERS), (".d.csv", CUSTOMERS)):
            made.writestr(name, text)
    empty_client.headers["accept-language"] = language
    sent = empty_client.post("/import", data={"kind": ""}, files={"file": ("all.zip", packed.getvalue())}, follow_redirects=False)
    address = sent.headers["location"]
    until(empty_client, address, "waiting")
    page = empty_client.get(address).text
    assert all(name in page for name in ("all.zip/a.csv", "all.zip/b.csv", "all.zip/c.csv", ".d.csv"))
    empty_client.post(f"{address}/start")
    until(empty_client, address, "done")
    page = empty_client.get(address).text
    assert "all.zip/a.csv" in page and "all.zip/b.csv" in page and "all.zip/c.csv" in page
    (kept,) = status(empty, silent)["imports"]
    assert kept["file"] == "all.zip/a.csv" and kept["accepted"] == len(CUSTOMERS.splitlines()) - 1
    assert gone(empty)


def test_the_columns_of_an_archives_file_are_chosen_by_themselves(empty: Work, empty_client: TestClient) -> None:
    """One that its headers do not tell comes in with what was chosen; the archive then brings in the others, and not that one again."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("a.csv", CUSTOMERS)
        made.writestr("b.csv", "p,q,r\n901,Oulu,x\n902,Turku,y\n")
        made.writestr("c.csv", "order_id,customer_id,ordered_at,total\n1,903,2026-01-01,10\n")
    sent = empty_client.post("/import", data={"kind": ""}, files={"file": ("all.zip", packed.getvalue())}, follow_redirects=False)
    archive = sent.headers["location"]
    until(empty_client, archive, "waiting")
    assert "all.zip/b.csv" in empty_client.get(archive).text

    taken = empty_client.post(f"{archive}/file", data={"file": "all.zip/b.csv"}, follow_redirects=False)
    address = taken.headers["location"]
    assert address != archive
    until(empty_client, address, "waiting")
    empty_client.post(f"{address}/kind", data={"kind": "customers"})
    until(empty_client, address, "waiting")
    empty_client.post(f"{address}/start", data={"column-0": "customer_id", "column-1": "city", "column-2": ""})
    until(empty_client, address, "done")
    other = empty_client.post(f"{archive}/file", data={"file": "all.zip/c.csv"}, follow_redirects=False).headers["location"]
    until(empty_client, other, "waiting")
    empty_client.post(f"{other}/kind", data={"kind": "customers"})
    until(empty_client, other, "waiting")
    empty_client.post(f"{other}/start", data={"column-1": "customer_id"})
    until(empty_client, other, "done")
    empty_client.post(f"{archive}/start")
    until(empty_client, archive, "done")

    kept = {item["file"]: item["accepted"] for item in status(empty, silent)["imports"]}
    assert kept == {"all.zip/b.csv": 2, "all.zip/c.csv": 1, "all.zip/a.csv": len(CUSTOMERS.splitlines()) - 1}
    assert gone(empty)


def test_a_file_that_the_archive_does_not_hold_is_not_there(empty: Work, empty_client: TestClient) -> None:
    """Nothing stays of the attempt but the archive that waits."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("a.csv", CUSTOMERS)
    sent = empty_client.post("/import", data={"kind": ""}, files={"file": ("all.zip", packed.getvalue())}, follow_redirects=False)
    archive = sent.headers["location"]
    until(empty_client, archive, "waiting")
    assert empty_client.post(f"{archive}/file", data={"file": "all.zip/../x"}).status_code == 400
    assert len([item for item in empty.folder.uploads.iterdir() if item.is_dir()]) == 1


def test_a_file_whose_headers_tell_nothing_is_asked_about(client: TestClient) -> None:
    """What its rows are is chosen on the page, and the columns are then guessed for that."""
    address = choose(client, "a,b,c\n1,2,3\n", kind="")
    until(client, address, "waiting")
    page = client.get(address).text
    assert "The headers do not tell what this file is" in page and 'name="column-0"' not in page
    hints = choose(client, "Asiakas;Päivä;Summa;Tuote;Tapahtuma\na@esim.fi;1.10.2026;10,50;Takki;Osto\n", kind="")
    until(client, hints, "waiting")
    said = client.get(hints, headers={"accept-language": "fi"}).text
    assert "pelkät tilausrivit" in said and re.search(r"[1-9]\d*\xa0%", said), "how sure is a share"
    assert client.post(f"{address}/start", data={"column-0": "email"}, follow_redirects=False).status_code == 303
    client.post(f"{address}/kind", data={"kind": "customers"})
    until(client, address, "waiting")
    assert 'name="column-0"' in client.get(address).text
    client.post(f"{address}/stop")


def test_the_kind_can_be_changed_afterwards(client: TestClient) -> None:
    """The columns are guessed anew for what the rows are said to be."""
    address = choose(client, "customer_id,email,city\na,a@example.fi,Oulu\n")
    until(client, address, "waiting", "failed")
    client.post(f"{address}/kind", data={"kind": "customers"})
    until(client, address, "waiting")
    assert list(guessed(client.get(address).text).values()) == ["customer_id", "email", "city"]
    client.post(f"{address}/stop")


def test_an_import_with_names_that_can_be_anything_in_its_header(empty: Work, empty_client: TestClient) -> None:
    """Columns go by their place, so quotes, markup and equal signs in a header do no harm."""
    address = choose(empty_client, 'customer_id,ordered_at,total,"a ""b"" <i> & =c"\nx,2024-05-01,10,1\n')
    until(empty_client, address, "waiting")
    page = empty_client.get(address).text
    assert "<i>" not in page
    empty_client.post(f"{address}/start", data=guessed(page))
    assert until(empty_client, address, "done", "failed")["state"] == "done"
    assert status(empty, silent)["imports"][0]["accepted"] == 1


# --- stopping ------------------------------------------------------------------------------


def at_phase(monkeypatch: pytest.MonkeyPatch, what: str, act: Callable[[], None]) -> threading.Event:
    """Do something when an import says that it is at `what`, before it goes on."""
    seen = threading.Event()
    ingest = import_pages.ingest

    def watched(work: Work, progress: Callable[[float, str], None], **rest: Any) -> dict[str, Any]:
        def told(done: float, said: str) -> None:
            assert said in words.PROGRESS
            if said == what and not seen.is_set():
                seen.set()
                act()
            progress(done, said)

        return ingest(work, told, **rest)

    monkeypatch.setattr(import_pages, "ingest", watched)
    return seen


PHASES = ["receiving", "understanding", "writing", "comparing with what is known", "writing the archive", "loading", "done"]


@pytest.mark.slow
@pytest.mark.parametrize("what", PHASES)
def test_a_stopped_import_left_nothing_or_is_wholly_there(
    empty: Work, empty_client: TestClient, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Before it counts, stopping undoes it, people and columns too; afterwards it is brought to its end and says so."""
    address = choose(empty_client, ORDERS)
    until(empty_client, address, "waiting")
    form = guessed(empty_client.get(address).text)
    seen = at_phase(
        monkeypatch, what, lambda: [empty_client.app.state.jobs.stop(job) for job in empty_client.app.state.jobs._jobs.values()]
    )
    empty_client.post(f"{address}/start", data=form)
    ended = until(empty_client, address, "cancelled", "done", "failed")["state"]
    assert seen.is_set()
    assert gone(empty)
    found = status(empty, silent)
    if ended == "cancelled":
        assert (found["imports"], found["people"], found["data_version"]) == ([], 0, 0)
        assert list(empty.folder.landing.glob("batch-*")) == []
        assert "Nothing of the file was kept" in empty_client.get(address).text
    else:
        assert ended == "done" and what in ("loading", "done")
        assert (len(found["imports"]), found["people"], found["data_version"]) == (1, 35, 1)
    monkeypatch.undo()
    again = choose(empty_client, ORDERS)
    until(empty_client, again, "waiting")
    empty_client.post(f"{again}/start", data=form)
    until(empty_client, again, "done")
    assert status(empty, silent)["people"] == 35


def test_stopping_while_the_file_is_read_leaves_nothing(empty: Work, empty_client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the reading is over before it notices."""
    preview = import_pages.preview_any
    begun, go_on = threading.Event(), threading.Event()

    def slow(*given: Any) -> Any:
        found = preview(*given)
        begun.set()
        go_on.wait(20)
        return found

    monkeypatch.setattr(import_pages, "preview_any", slow)
    address = choose(empty_client, ORDERS)
    assert begun.wait(20)
    empty_client.post(f"{address}/stop")
    go_on.set()
    assert until(empty_client, address, "cancelled", "waiting")["state"] == "cancelled"
    assert gone(empty)


def test_a_file_that_waits_outlives_the_app(empty: Work) -> None:
    """It is read again by the next app, waits for its columns there, and can be thrown away; a file that nobody knows of is removed."""
    with browsing(empty) as client:
        address = choose(client, ORDERS)
        until(client, address, "waiting")
        before = guessed(client.get(address).text)
    (empty.folder.uploads / "stray").mkdir()
    with browsing(empty) as client:
        until(client, address, "waiting")
        assert guessed(client.get(address).text) == before
        assert not (empty.folder.uploads / "stray").exists()
        client.post(f"{address}/stop")
        assert gone(empty)


def test_work_that_was_cut_short_is_begun_again(empty: Work) -> None:
    """An import that ran when the server was killed is done by the next one, and its result is still there after another; what cannot be begun again says so."""
    with browsing(empty) as client:
        address = choose(client, ORDERS)
        until(client, address, "waiting")
        found = client.app.state.jobs.get(address.rpartition("/")[2])
        found.choices = {
            **_as_guessed(found),
            "timezone": "",
            "currency": "",
            "date_order": "",
            "event": "",
            "replace": False,
            "without_ids": False,
        }
        found.state, found.phase, found.by = "running", "import", "user 1"
        other = jobs.Job("other", "refresh", state="running", phase="erasing")
        with empty.state.begin() as connection:  # as it stood when the process was killed
            keep_job(connection, found.as_row())
            keep_job(connection, other.as_row())
    with browsing(empty) as client:
        until(client, address, "done")
        assert "35" in client.get(address).text and status(empty, silent)["imports"][0]["accepted"] == ORDERS.count("\n") - 1
        assert client.get("/jobs/other/state").json()["state"] == "failed"
        with empty.state.connect() as connection:
            assert "user 1" in {entry.by for entry in entries(connection)}
    with browsing(empty) as client:
        assert client.get(f"{address}/state").json()["state"] == "done"
        assert "35" in client.get(address).text
    assert gone(empty)


def _as_guessed(job: jobs.Job) -> dict[str, Any]:
    return {"fields": {item["column"]: name for name, item in job.preview["guess"].items()}}


def test_what_a_crash_left_is_swept_when_the_workspace_is_opened(tmp_path: Path) -> None:
    """A file that was on its way when the process was killed does not stay."""
    from web.small_shop import new_workspace

    place = new_workspace(tmp_path / "shop")
    with opened(place) as work:
        scratch = work.folder.scratch
        (scratch / "abc").mkdir(parents=True)
        (scratch / "abc" / "received").write_text(ORDERS)
    with opened(place) as work:
        assert left(work) == []


def test_a_job_is_not_started_twice_and_unknown_ones_are_404(client: TestClient) -> None:
    """Two clicks on one button are one import."""
    found, go_on, ran = jobs.Jobs(), threading.Event(), []

    def task(_progress: Any) -> dict[str, Any]:
        ran.append(1)
        go_on.wait(20)
        return {}

    job = found.new("refresh")
    found.start(job, "refresh", task)
    with pytest.raises(LohkoError, match="done already"):
        found.start(job, "refresh", task)
    go_on.set()
    assert job.thread is not None
    job.thread.join(20)
    assert (job.state, ran) == ("done", [1])
    for path in ("/import/nothing", "/import/nothing/state", "/jobs/nothing", "/jobs/nothing/state"):
        assert client.get(path).status_code == 404
    for path in ("/import/nothing/start", "/import/nothing/stop", "/import/nothing/kind"):
        assert client.post(path, data={"kind": "orders"}).status_code == 404


# --- people are erased meanwhile ------------------------------------------------------------


def test_nothing_of_a_file_that_waits_or_is_read_is_left_when_people_are_erased(empty: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither its cells, nor its name, nor its row in the state: also when it is stopped afterwards, or was being read just then."""
    bring_in(empty, CUSTOMERS, "customers", "customers.csv")
    rows, name, cell = "customer_id,email,first_name\nc1,c1@example.fi,Etu1\n", "c1@example.fi.csv", "c1@example.fi"
    begun, go_on, real = threading.Event(), threading.Event(), import_pages.preview_any

    def slow(*given: Any) -> Any:
        found = real(*given)
        begun.set()
        go_on.wait(20)
        return found

    def kept() -> str:
        with empty.state.connect() as connection:
            return repr([tuple(row) for row in connection.exec_driver_sql("SELECT * FROM job")])

    with browsing(empty) as client:
        waits = choose(client, rows, "customers", name)
        until(client, waits, "waiting")
        assert cell in client.get(waits).text
        assert cell in kept()
        monkeypatch.setattr(import_pages, "preview_any", slow)
        is_read = choose(client, rows, "customers", name)
        assert begun.wait(20)
        person_erase(empty, silent, customers=["c1"])
        assert client.get(waits).status_code == client.post(f"{waits}/stop").status_code == 404
        assert cell not in kept() and cell not in client.get(is_read).text
        go_on.set()
        until(client, is_read, "failed")
        page = client.get(is_read)
        assert page.status_code == 400 and cell not in page.text and "Begin a new one" in page.text
        client.post(f"{is_read}/stop")
    assert cell not in kept() and "Etu1" not in kept()
