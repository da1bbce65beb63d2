"""Figures of pages are kept: they are those that would be made anew, until the data, the definitions or the people are others; and a click does not wait for them."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from lohko.base.times import naive
from lohko.engine import figures
from lohko.engine.segment_figures import SORTS
from lohko.engine.store import fingerprint, held
from lohko.state import users
from lohko.steps import ahead, explore, quality, segment_page
from lohko.steps.answers import MOST_AT_ONCE, Answers
from lohko.steps.common_moment import common_moment, content, looking
from lohko.steps.figures import overview, segment
from lohko.steps.person_erase import person_erase
from lohko.steps.question import ask, iso
from lohko.steps.refresh import refresh
from lohko.steps.segment_members import segment_members
from lohko.steps.segments import apply
from lohko.steps.work import Work, silent
from lohko.web.app import create_app
from web.small_shop import ADDRESS, AS_OF, CUSTOMERS, bring_in, fill, new_workspace, opened

ASKED: dict[str, Callable[[Work], Any]] = {
    "overview": lambda work: overview(work, silent, as_of=AS_OF),
    "segment": lambda work: segment(work, silent, segment="twice", as_of=AS_OF),
    "profile": lambda work: segment_page.segment_profile(work, silent, segment="twice", as_of=AS_OF),
    "rfm": lambda work: segment_page.segment_rfm(work, silent, segment="twice", as_of=AS_OF),
    "overlap": lambda work: segment_page.segment_overlap(work, silent, segment="twice", as_of=AS_OF),
    "uses": lambda work: segment_page.segment_uses(work, silent, segment="twice", as_of=AS_OF) | {"as_of": AS_OF},
    "cohorts": lambda work: explore.explore_cohorts(work, silent, as_of=AS_OF),
    "quality": lambda work: quality.quality(work, silent, as_of=AS_OF),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_kept_figure_is_the_one_that_would_be_made(shop: Work, name: str, tmp_path: Path) -> None:
    """From memory, and read back from disk by another process, it is equal to one that is made with nothing kept, in a page and elsewhere."""
    plain, ask_for = Answers(), ASKED[name]
    kept, shop.answers = shop.answers, plain
    try:
        anew = ask_for(shop)
        shop.answers = Answers(tmp_path)
        with looking():
            assert ask_for(shop) == anew == ask_for(shop)
        made = shop.answers.made
        shop.answers = Answers(tmp_path)
        assert ask_for(shop) == anew
        assert made and not shop.answers.made
    finally:
        shop.answers = kept


def test_what_several_ask_is_made_once_and_a_failure_is_for_the_next_to_try() -> None:
    """The one who makes it may be stopped: then one of those who wait makes it."""
    answers, made, go_on = Answers(), [], threading.Event()

    def make() -> dict[str, Any]:
        made.append(1)
        go_on.wait(20)
        if len(made) == 1:
            raise RuntimeError
        return {"n": len(made)}

    found: list[dict[str, Any]] = []

    def use() -> None:
        try:
            found.append(answers.kept(lambda: "data", ("key",), make))
        except RuntimeError:
            found.append({})

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert len(made) == 2 and sorted(map(len, found)) == [0, 1, 1, 1, 1, 1]


def test_whoever_has_a_turn_does_not_wait_for_one_who_waits_for_it() -> None:
    """As many as have a turn ask, while they make something, for what another one is to make, who waits for a turn: all are answered."""
    answers, full, asked = Answers(), threading.Barrier(MOST_AT_ONCE + 1), threading.Event()

    def outer(name: int) -> None:
        def make() -> dict[str, Any]:
            full.wait(20)
            assert asked.wait(20)
            return answers.kept(lambda: "data", ("shared",), lambda: {"n": 1})

        assert answers.kept(lambda: "data", (name,), make) == {"n": 1}

    def inner() -> None:
        full.wait(20)
        watch.start()
        answers.kept(lambda: "data", ("shared",), lambda: {"n": 1})

    watch = threading.Timer(0.1, asked.set)  # by then the inner one waits for its turn
    threads = [threading.Thread(target=outer, args=(n,), daemon=True) for n in range(MOST_AT_ONCE)]
    threads.append(threading.Thread(target=inner, daemon=True))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)


def test_the_folder_is_bounded_and_holds_only_what_is_of_the_data_of_now(tmp_path: Path) -> None:
    """The oldest go first; other data empties it; what was made while the data changed is not kept; a broken file is made again."""
    answers = Answers(tmp_path / "answers", most_bytes=1000)
    for n in range(50):
        answers.kept(lambda: "one", (n,), lambda: {"text": "x" * 100})
    files = list((tmp_path / "answers").glob("*.json"))
    assert 0 < sum(item.stat().st_size for item in files) <= 1000 and len(answers) == len(files)
    for item in files:
        item.write_text("{")
    again = Answers(tmp_path / "answers", most_bytes=1000)
    assert again.kept(lambda: "one", (49,), lambda: {"text": "new"}) == {"text": "new"}
    contents = iter(["two", "three"])
    again.kept(lambda: next(contents), ("moving",), lambda: {"text": "old"})
    assert list((tmp_path / "answers").glob("*.json")) == [] and len(again) == 0


def test_figures_are_made_anew_when_data_definitions_or_people_are_others(tmp_path: Path) -> None:
    """A definition touches only what is about it; new data and an erasure empty the folder, and of who was erased nothing is in it."""
    with opened(new_workspace(tmp_path / "shop")) as work:
        fill(work)
        first = {name: ASKED[name](work) for name in ("segment", "overlap", "overview")}
        made, at = work.answers.made, common_moment(work)
        apply(work, silent, files={"tampere.yaml": "id: tampere\nwhere: 'city is \"Turku\"'\n"})
        assert ASKED["segment"](work) == first["segment"] and work.answers.made == made
        ASKED["overlap"](work)
        assert work.answers.made == made + 1
        apply(work, silent, files={"twice.yaml": "id: twice\nwhere: 'did order at least 3 times'\n"})
        assert ASKED["segment"](work)["size"] < first["segment"]["size"]
        assert common_moment(work) == at
        bring_in(work, "customer_id,order_id,ordered_at,total\nc40,new-1,2024-05-01,99\n", "orders", "more.csv")
        assert ASKED["overview"](work)["buyers"] == first["overview"]["buyers"] + 1
        assert common_moment(work) > at
        before = {item.name for item in work.folder.answers.glob("*.json")}
        person_erase(work, silent, customers=["c40"])
        assert ASKED["overview"](work)["buyers"] == first["overview"]["buyers"]
        assert before.isdisjoint(item.name for item in work.folder.answers.glob("*.json"))


@pytest.mark.parametrize("sort", SORTS)
def test_pages_of_members_are_read_off_one_order(shop: Work, sort: str) -> None:
    """Every page, up and down, found or not, holds the people that sorting them anew puts there."""
    for down in (False, True):
        for q in ("", "etu1"):
            for page in (1, 2, 9):
                asked: dict[str, Any] = {
                    "segment": "twice",
                    "sort": sort,
                    "down": down,
                    "page": page,
                    "per_page": 7,
                    "q": q,
                    "as_of": AS_OF,
                }
                plain = segment_members(shop, silent, **asked)
                with looking():
                    assert segment_members(shop, silent, **asked) == plain


@settings(max_examples=25, deadline=None)
@given(
    word=st.one_of(
        st.text("ctäumakinen0123@.", min_size=1, max_size=4), st.sampled_from(["mäkinen1", "c1@", "@example.fi", "tampere", "c12"])
    )
)
def test_people_are_found_by_the_texts_that_were_gathered(shop: Work, word: str) -> None:
    """The same people as by looking through every value, also by their public id."""
    with looking():
        question = ask(shop, AS_OF)
    attributes = [question.schema.attributes[name] for name in ("first_name", "last_name", "email", "city")]
    person_id = figures.people_of(question.engine.cursor, [3])[3].person_id
    for sought in (word, person_id):
        plain = figures.people_with(shop.snapshot()[0], attributes, sought, naive(question.as_of))
        assert question.engine.people_with(attributes, sought) == plain


def test_what_is_kept_beside_the_store_is_no_part_of_it(shop: Work) -> None:
    """The store is the same with and without; and traits that were kept are those that are made."""
    before = fingerprint(shop.store)
    with looking():
        seen = ask(shop, AS_OF).engine
        seen.need_traits()
    own = ask(shop, AS_OF).engine
    own.need_traits()
    rows = "SELECT * FROM trait_rfm ORDER BY person"
    assert seen.cursor.execute(rows).fetchall() == own.cursor.execute(rows).fetchall()
    assert seen.cursor.execute("SELECT count(*) FROM duckdb_views() WHERE view_name = 'trait_rfm'").fetchall() == [(1,)]
    assert fingerprint(shop.store) == before


def test_while_events_come_in_a_moment_holds_the_longer_the_longer_its_scores_take(tmp_path: Path) -> None:
    """Runs and batches of events make another moment after a while; a refresh that somebody asked for, or a file, does at once."""
    with opened(new_workspace(tmp_path / "shop")) as work:
        fill(work)
        at, said = common_moment(work), content(work)
        work.kept_tables.seconds = 1.0  # so it holds for a hundred
        work.store.execute("INSERT INTO loaded_run VALUES (900, '')")
        assert common_moment(work) == at and content(work) == said
        work.kept_tables.seconds = 0.0
        assert common_moment(work) > at and content(work) != said
        work.kept_tables.seconds = 1.0
        work.store.execute("INSERT INTO loaded_run VALUES (901, '')")
        refresh(work, silent)
        assert common_moment(work) > at
        at = common_moment(work)
        bring_in(work, "customer_id,order_id,ordered_at,total\nc40,new-1,2024-05-01,99\n", "orders", "more.csv")
        assert common_moment(work) > at


def test_a_page_looks_once_for_what_the_store_holds_and_the_next_one_anew(shop: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its figures asks which moment it is of; other pages see at once what came in meanwhile."""
    looks = []
    monkeypatch.setattr("lohko.steps.common_moment.held", lambda cursor: looks.append(1) or held(cursor))
    monkeypatch.setattr("lohko.steps.common_moment._HELD_FOR", 60.0)
    for pages in (1, 2):
        with looking():
            assert common_moment(shop) == common_moment(shop) and content(shop) == content(shop)
        assert len(looks) == pages
    content(shop), content(shop)
    assert len(looks) == 4, "outside of pages it is asked every time"


def test_pages_are_of_one_moment(shop: Work) -> None:
    """Two questions of pages are of the same instant, of commands of their own."""
    with looking():
        assert ask(shop).as_of == ask(shop).as_of == common_moment(shop)
    assert ask(shop).as_of > common_moment(shop)
    assert overview(shop, silent)["as_of"] == iso(common_moment(shop))


# --- a page that takes longer than a moment ---------------------------------------------------


@pytest.fixture
def hasty(shop: Work) -> Any:
    with TestClient(
        create_app(shop, patience=0.0), base_url=ADDRESS, raise_server_exceptions=False, headers={"accept": "text/html"}
    ) as found:
        yield found


def test_a_page_that_takes_long_says_so_and_follows(hasty: TestClient) -> None:
    """It names where it tells how far it is, is the same for the same person only, and is the page itself once it is made."""
    said = hasty.get("/segments/twice?view=people")
    assert said.status_code == 202 and "Counting" in said.text and 'http-equiv="refresh"' in said.text
    state = re.search(r'data-counting="([^"]+)"', said.text)[1]  # type: ignore[index]
    assert hasty.get(state, headers={"accept-language": "fi"}).json() == {"state": "gone"}
    for _ in range(400):
        if hasty.get(state).json()["state"] == "done":
            break
        time.sleep(0.05)
    page = hasty.get("/segments/twice?view=people")
    assert page.status_code == 200 and "People" in page.text and "data-counting" not in page.text
    # What is no page is waited for: parts of pages, files, and programs.
    assert hasty.get("/segments/twice/figures/growth.csv").status_code == 200
    assert hasty.get("/quality", headers={"accept": "*/*"}).status_code == 200


def test_a_page_that_waits_is_shown_to_nobody_once_its_people_are_erased_or_its_reader_may_less(tmp_path: Path) -> None:
    """It is made anew: without who was erased, and masked for whoever sees no names any more."""
    with opened(new_workspace(tmp_path / "shop")) as work:
        bring_in(work, CUSTOMERS, "customers", "customers.csv")
        apply(work, silent, files={"finns.yaml": 'id: finns\nwhere: country is "FI"\n'})
        with work.state.begin() as connection:
            user = users.add(connection, "irma@example.fi", "Irma", "steward", None)
            session = users.sign_in(connection, user.id)
        sent = {"accept": "text/html", "cookie": f"lohko_session={session}"}
        with TestClient(create_app(work, patience=0.0), base_url=ADDRESS, raise_server_exceptions=False, headers=sent) as client:
            page = "/segments/finns/members"

            def wait() -> None:
                said = client.get(page)
                assert said.status_code == 202
                state = re.search(r'data-counting="([^"]+)"', said.text)[1]  # type: ignore[index]
                for _ in range(400):
                    if client.get(state).json()["state"] == "done":
                        return
                    time.sleep(0.05)

            wait()
            person_erase(work, silent, customers=["c11"])
            wait()
            shown = client.get(page).text
            assert "Mäkinen12" in shown and "Mäkinen11" not in shown
            wait()
            with work.state.begin() as connection:
                users.change(connection, user.id, role="analyst")
            wait()
            assert "Mäkinen12" not in client.get(page).text


def test_a_page_that_is_counted_can_be_stopped(hasty: TestClient, shop: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is being asked of the store ends, and the page says that it was stopped and how to have it after all."""
    ended = threading.Event()

    def forever(work: Work, *_: Any, **__: Any) -> Any:
        cursor = work.snapshot()[0]
        try:
            cursor.execute("SELECT count(*) FROM range(1000000000000) AS a(x) WHERE x % 7 = 3").fetchall()
        finally:
            ended.set()

    monkeypatch.setattr("lohko.web.quality_page.quality", forever)
    said = hasty.get("/quality?source=shop")
    stop = re.search(r'action="(/counting/[^"]+/stop)"', said.text)[1]  # type: ignore[index]
    assert not ended.wait(0.2)
    answer = hasty.post(stop)
    assert ended.wait(20) and answer.status_code == 200 and 'href="/quality?source=shop"' in answer.text
    assert hasty.post(stop).status_code == 404


def test_figures_are_made_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After it, the pages of a segment make nothing; of few people nothing is made ahead."""
    with opened(new_workspace(tmp_path / "shop")) as work:
        fill(work)
        assert ahead.make_ahead(work, silent) == 0 and not work.answers.made
        monkeypatch.setattr(ahead, "FROM", 10)
        assert ahead.make_ahead(work, silent) == 5
        made = work.answers.made
        with looking():
            overview(work, silent)
            segment(work, silent, segment="never", sample=False)
            segment_page.segment_profile(work, silent, segment="never")
            segment_page.segment_rfm(work, silent, segment="never")
        assert work.answers.made == made
