"""Tags, lists, groups, interests and values: one cell says several texts, and a rule asks about each."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from landing.staging import named, staged
from lohko.base.text_set import text_set
from lohko.engine.store import fingerprint
from lohko.state.tables import attribute
from lohko.state.workspace import Settings, create
from lohko.steps.explain import members_by_reference
from lohko.steps.ingest import ingest
from lohko.steps.question import ask
from lohko.steps.read import count
from lohko.steps.segments import apply, members
from lohko.steps.work import Work, silent
from lohko.wiring import open_work


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    create(folder, Settings("Europe/Helsinki", "EUR", "FI"))
    return folder


@pytest.fixture
def work(place: Path) -> Iterator[Work]:
    with open_work(place, silent) as opened:
        yield opened


def bring_in(work: Work, text: str, kind: str = "customers") -> dict:
    return ingest(work, silent, stream=io.BytesIO(text.encode()), name="file.csv", kind=kind)


def found_by_both(work: Work, rules: dict[str, str]) -> dict[str, set[str]]:
    """The customers that each rule finds, the same by DuckDB and by the reference."""
    apply(work, silent, files={f"{name}.yaml": f"id: {name}\nwhere: '{rule}'\n" for name, rule in rules.items()})
    question = ask(work)
    labels = dict(question.engine.cursor.execute("SELECT person, label FROM person").fetchall())
    by_reference = members_by_reference(work, question, list(rules))
    found = {name: {row["customer"] for row in members(work, silent, segment=name)["members"]} for name in rules}
    assert found == {name: {labels[key] for key in keys} for name, keys in by_reference.items()}
    return found


PEOPLE = 'customer_id,tags\nann,"vip, wholesale"\nbo,VIP; Kanta-asiakas|b2b\ncy,"""vip"",""two, words"""\ndee,not vip\neve,\nfay,", ;|"\n'


def test_a_rule_about_tags_finds_whoever_has_that_one_among_others(work):
    """`tags is "vip"` is about each tag and not about the cell; a cell of separators alone says nothing."""
    report = bring_in(work, PEOPLE)
    assert (report["received"], report["accepted"], report["unfit"]) == (6, 6, {})
    assert count(work, silent, condition='tags is "vip"')["count"] == 3
    found = found_by_both(
        work,
        {
            "vip": 'tags is "Vip"',
            "no-vip": 'tags is not "vip"',
            "words": 'tags is "two, words"',
            "either": 'tags is one of "B2B", "wholesale"',
            "holds": 'tags contains "vip"',
            "all": 'tags has all of "wholesale", "VIP"',
            "many": "number of items in tags is at least 2",
            "few": "number of items in tags is at most 1",
            "known": "tags is known",
            "unknown": "tags is unknown",
        },
    )
    assert found == {
        "vip": {"ann", "bo", "cy"},
        "no-vip": {"dee", "eve", "fay"},
        "words": {"cy"},
        "either": {"ann", "bo"},
        "holds": {"ann", "bo", "cy", "dee"},
        "all": {"ann"},
        "many": {"ann", "bo", "cy"},
        "few": {"dee", "eve", "fay"},
        "known": {"ann", "bo", "cy", "dee"},
        "unknown": {"eve", "fay"},
    }


def test_tags_of_an_order_row_are_those_of_its_customer_from_then_on(work):
    """Two orders say different tags; the later ones hold now, and the earlier ones held before."""
    bring_in(
        work, 'customer_id,ordered_at,total,tags\nann,2026-01-05,5,"new, web"\nann,2026-03-05,5,"loyal"\nann,2026-04-05,5,\n', "orders"
    )
    for rule, at, size in (('tags is "web"', None, 0), ('tags is "web"', "2026-02-01", 1), ('tags is "loyal"', None, 1)):
        assert count(work, silent, condition=rule, as_of=at)["count"] == size, (rule, at)


def test_what_came_stays_in_the_archive_and_is_made_again_from_it(place):
    """The archive keeps the cell; a rebuild cuts it into the same texts."""
    with open_work(place, silent) as work:
        bring_in(work, PEOPLE)
        before = fingerprint(work.store)
        name = work.schema().attribute("tags").table
        (kept,) = {row[0] for row in work.store.execute(f"SELECT typeof(value) FROM {name}").fetchall()}
    with open_work(place, silent, again=True) as work:
        assert fingerprint(work.store) == before
        assert kept == "VARCHAR[]"
        rows = work.store.execute(f"SELECT value, fold FROM {name} ORDER BY node").fetchall()
    assert (["VIP", "Kanta-asiakas", "b2b"], ["vip", "kanta-asiakas", "b2b"]) in rows


LATER = 'customer_id,tags\nann,"b2b"\ndee,\nfay,\nhal,"x, y, X"\n'
LAST = "customer_id,tags,updated_at\nfay,late,2025-01-01\neve,early,2025-01-01\n"


def test_tags_that_were_kept_as_one_text_become_sets_with_the_next_file(place):
    """A workspace from before: what was seen is cut, and is the same as in a workspace that is made again from the archive."""
    with open_work(place, silent) as work:
        bring_in(work, PEOPLE)
        with work.state.begin() as connection:
            connection.execute(update(attribute).values(type="text"))
    with open_work(place, silent, again=True) as work:
        assert count(work, silent, condition='tags is "vip, wholesale"')["count"] == 1
        bring_in(work, LATER)
        assert count(work, silent, condition='tags is "vip"')["count"] == 2
        assert count(work, silent, condition='tags is "y"')["count"] == 1
        bring_in(work, LAST)
        before = fingerprint(work.store)
    with open_work(place, silent, again=True) as work:
        assert fingerprint(work.store) == before


def test_numbers_and_yes_become_texts_of_a_set(place):
    """A column that held numbers before it was known to hold sets keeps them as texts, however it is made."""
    with open_work(place, silent) as work:
        bring_in(work, "customer_id,points\nann,5\nbo,\n")
        bring_in(work, "customer_id,points\nann,2.50\n")
        with work.state.begin() as connection:
            connection.execute(update(attribute).where(attribute.c.fold == "points").values(type="text_set"))
        work.expect(work.data_version())
        bring_in(work, "customer_id,points\nbo,7\n")
        before = fingerprint(work.store)
        assert found_by_both(work, {"two": 'points is "2.5"', "seven": 'points is "7"'}) == {"two": {"ann"}, "seven": {"bo"}}
    with open_work(place, silent, again=True) as work:
        assert fingerprint(work.store) == before


def test_the_headers_of_sets_in_both_languages(tmp_path):
    """Lists, groups, interests and values beside tags; each stays the text that came, with its fold, until it is loaded."""
    text = "asiakasnumero,tunnisteet,listat,ryhmät,kiinnostukset,arvot\n1,Vip,uutiskirje;tarjoukset,A,retkeily|kalastus,luonto\n"
    report, accepted, _ = staged(tmp_path, text, "customers")
    sets = {item["name"]: item["type"] for item in report["columns"]}
    assert sets == dict.fromkeys(("tags", "lists", "groups", "interests", "values"), "text_set")
    found = named(report, accepted[0])
    assert (found["lists"], found["interests"], found["values"]) == ("uutiskirje;tarjoukset", "retkeily|kalastus", "luonto")
    english = "customer id,Tags,Mailing lists,Customer groups,Areas of interest,Personal values\n1,a,b,c,d,e\n"
    assert {item["name"] for item in staged(tmp_path, english, "customers")[0]["columns"]} == set(sets)


def test_a_list_in_json_is_a_set(work):
    """A JSON file has lists, and they are read as such."""
    bring_in(work, '{"customer_id": "ann", "tags": ["vip", "two, words"]}\n{"customer_id": "bo", "tags": []}\n')
    assert found_by_both(work, {"words": 'tags is "two, words"', "some": "tags is known"}) == {"words": {"ann"}, "some": {"ann"}}


@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        ("vip", ("vip",)),
        (" a ,b;c|d ", ("a", "b", "c", "d")),
        ("Ä,ä,A\u0308", ("Ä",)),
        ('"vip","two, words"', ("vip", "two, words")),
        ('"a;b" ; c', ("a;b", "c")),
        ('5" pipe, 6" pipe', ('5" pipe', '6" pipe')),
        ('"not closed, x', ('"not closed', "x")),
        ('"so" called, x', ('"so" called', "x")),
        ('["a", 1, null, "b,c"]', ("a", "1", "b,c")),
        ("[a]", ("[a]",)),
        (",;| ,", ()),
        ("", ()),
    ],
)
def test_how_a_cell_is_cut(cell, texts):
    """Comma, semicolon and | separate, but not within quotes; repeats by fold are one; nothing is left of nothing."""
    assert text_set(cell) == texts


def test_a_brand_of_orders_becomes_a_set_when_their_lines_come(place):
    """An order file says one brand; a file of lines makes the order's brands a set, and the one stays in it."""
    with open_work(place, silent) as work:
        bring_in(work, 'customer_id,order_id,ordered_at,total,brand\nann,1,2026-01-01,5,"X, Y"\n', "orders")
        bring_in(work, "customer_id,order_id,ordered_at,unit_price,brand\nbo,2,2026-01-01,5,Z\nbo,2,2026-01-01,5,W\n", "order-lines")
        before = fingerprint(work.store)
        for rule, size in (
            ('did order where brand is "x, y"', 1),
            ('did order where brand is "z"', 1),
            ('did order where brand is "y"', 0),
        ):
            assert count(work, silent, condition=rule)["count"] == size, rule
    with open_work(place, silent, again=True) as work:
        assert fingerprint(work.store) == before
