"""Every merge can be undone: whatever was imported, merged, kept apart and undone before, everything is again as it was."""

from __future__ import annotations

import io
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.engine.consents import consented
from lohko.engine.membership import recorded
from lohko.engine.sql import render
from lohko.engine.store import fingerprint
from lohko.model.identity import parse_identity
from lohko.state.identity_rules import save_identity
from lohko.state.workspace import Settings, create
from lohko.steps.changes import changes
from lohko.steps.ingest import ingest
from lohko.steps.one_person import person_links, person_values, survivorship
from lohko.steps.refresh import refresh
from lohko.steps.review import review_keep_apart, review_list, review_merge, review_split, review_undo
from lohko.steps.segments import apply
from lohko.steps.unify import unify
from lohko.steps.work import Work, silent
from lohko.wiring import open_work

BY_BATCH = {"loaded_batch", "loaded_run", "batch_person", "link", "membership_change"}
"""What grows with every decision, and what the ledger said."""
SEGMENTS = {
    "many": "did order at least 2 times",
    "turku": 'city is "Turku"',
    "mail": "has consented to email",
    "big": "sum of total of order > 25",
}
HEADERS = {
    "customers": "customer_id,email,name,city,consent_email\n",
    "orders": "customer_id,order_id,ordered_at,total\n",
}


def bring(work: Work, kind: str, source: str, rows: str) -> None:
    ingest(work, silent, stream=io.BytesIO((HEADERS[kind] + rows).encode()), name=f"{source}.csv", kind=kind, source=source)


def begin(work: Work, rules: str = "automatic: false") -> None:
    with work.state.begin() as connection:
        save_identity(connection, parse_identity(rules))


def define(work: Work) -> None:
    """Segments on what both people bring: events, an attribute, a consent."""
    apply(work, silent, files={f"{name}.yaml": f"id: {name}\nwhere: '{text}'\n" for name, text in SEGMENTS.items()})


def held(work: Work) -> dict[str, str]:
    """A fingerprint of all that is known of people."""
    return {table: found for table, found in fingerprint(work.store).items() if table not in BY_BATCH}


def members(work: Work) -> dict[str, set[int]]:
    """Who is recorded in which segment, after a refresh."""
    refresh(work, silent)
    cursor = work.store.cursor()
    living = {person for (person,) in cursor.execute("SELECT person FROM person WHERE living").fetchall()}
    return {name: set(recorded(cursor, name)) & living for name in SEGMENTS}


customers = st.builds(
    lambda number, mail, name, city, consent: f"{number},{mail},{name},{city},{consent}\n",
    st.integers(1, 3),
    st.sampled_from(("a@x.fi", "b@x.fi", "")),
    st.sampled_from(("Maija Meri", "Kalle Kivi", "")),
    st.sampled_from(("Turku", "Oulu", "")),
    st.sampled_from(("yes", "no", "")),
)
orders = st.builds(
    lambda number, order, day, total: f"{number},o{number}-{order},2026-0{day}-10,{total}\n",
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from((10, 20)),
)


class People(RuleBasedStateMachine):
    """Imports, merges, partings and refreshes in any order."""

    @initialize(rows=st.lists(customers, min_size=2, max_size=4), automatic=st.booleans())
    def open(self, rows: list[str], automatic: bool) -> None:
        self.folder, self.opened = ExitStack(), ExitStack()
        self.place = Path(self.folder.enter_context(tempfile.TemporaryDirectory())) / "w"
        create(self.place, Settings("Europe/Helsinki", "EUR", "FI"))
        self.work = self.opened.enter_context(open_work(self.place, silent))
        self.imports = 0
        begin(self.work, f"automatic: {str(automatic).lower()}")
        bring(self.work, "customers", "shop", "".join(rows))
        bring(self.work, "customers", "crm", "7,a@x.fi,Maija Meri,Salo,yes\n8,b@x.fi,Kalle Kivi,,no\n")
        bring(self.work, "orders", "shop", "1,o9,2026-01-10,20\n2,o8,2026-01-11,20\n")
        define(self.work)

    def people(self) -> list[str]:
        rows = self.work.store.cursor().execute("SELECT person_id FROM person WHERE living ORDER BY person").fetchall()
        return [person_id for (person_id,) in rows]

    @precondition(lambda self: self.imports < 2)
    @rule(kind=st.sampled_from(("customers", "orders")), source=st.sampled_from(("shop", "crm")), data=st.data())
    def bring_in(self, kind: str, source: str, data: st.DataObject) -> None:
        self.imports += 1
        bring(self.work, kind, source, "".join(data.draw(st.lists(customers if kind == "customers" else orders, min_size=1, max_size=4))))

    @rule(data=st.data())
    def merge_and_undo(self, data: st.DataObject) -> None:
        """Undone at once, a merge leaves no trace but in the ledger and the list of decisions."""
        if len(people := self.people()) < 2:
            return
        names = data.draw(st.lists(st.sampled_from(people), min_size=2, max_size=3, unique=True))
        before, were = held(self.work), members(self.work)
        made = review_merge(self.work, silent, names=names)
        assert len(made["customers"]) == 1
        members(self.work)
        review_undo(self.work, silent, customer=made["customers"][0]["person_id"])
        assert held(self.work) == before
        assert members(self.work) == were

    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        if len(people := self.people()) >= 2:
            review_merge(self.work, silent, names=data.draw(st.lists(st.sampled_from(people), min_size=2, max_size=3, unique=True)))

    @rule(data=st.data())
    def keep_apart(self, data: st.DataObject) -> None:
        if len(people := self.people()) >= 2:
            review_keep_apart(self.work, silent, names=data.draw(st.lists(st.sampled_from(people), min_size=2, max_size=2, unique=True)))

    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        """Taken back later, with imports between, the last merge leaves every record with those it was with before it."""
        person_id = data.draw(st.sampled_from(self.people()))
        try:
            review_undo(self.work, silent, customer=person_id)
        except InputError as error:
            assert error.code == "never_merged"
            return
        joined = unify(self.work, silent)["batch"]
        assert joined is None or person_id in self.people()

    @rule(attribute=st.sampled_from(("city", "name")), how=st.sampled_from(("most recent", "most complete", "source priority")))
    def choose(self, attribute: str, how: str) -> None:
        survivorship(self.work, silent, attribute=attribute, rule=how, sources=["crm"] if how == "source priority" else [])

    @invariant()
    def every_row_is_its_records_person(self) -> None:
        """Whatever holds a record's key says the person that the record belongs to; people live while a record is theirs."""
        cursor = self.work.store.cursor()
        tables = cursor.execute(
            "SELECT table_name FROM duckdb_columns() WHERE NOT internal AND column_name IN ('node', 'person') GROUP BY 1 HAVING count(*) = 2"
        ).fetchall()
        for (table,) in tables:
            if table != "link":
                sql = "SELECT count(*) FROM __t AS t JOIN node AS n ON n.node = t.node WHERE t.person IS DISTINCT FROM n.person"
                assert cursor.execute(render(sql, {"__t": table})).fetchall() == [(0,)], table
        assert cursor.execute("SELECT count(*) FROM person WHERE living <> (person IN (SELECT person FROM node))").fetchall() == [(0,)]
        assert cursor.execute("SELECT count(*) FROM (SELECT person FROM node GROUP BY person HAVING min(own) <> person)").fetchall() == [
            (0,)
        ]

    def teardown(self) -> None:
        if not hasattr(self, "work"):
            return
        wanted = fingerprint(self.work.store)
        self.opened.close()
        with self.folder, open_work(self.place, silent, again=True) as again:
            assert fingerprint(again.store) == wanted, "a rebuild makes the same people"


def test_any_merge_can_be_undone():
    """In any order of imports, merges, partings, rules of survivorship and refreshes."""
    run_state_machine_as_test(
        People,
        settings=settings(
            max_examples=max(4, settings().max_examples // 10),
            stateful_step_count=8,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def work(tmp_path):
    create(tmp_path / "w", Settings("Europe/Helsinki", "EUR", "FI"))
    with open_work(tmp_path / "w", silent) as opened:
        yield opened


def test_what_a_merge_joins_and_its_undoing_parts(work):
    """Events, attributes, consents and memberships of both people are one person's, and then each one's own again; the ledger says why."""
    begin(work)
    bring(work, "customers", "shop", "1,a@x.fi,Maija Meri,Turku,yes\n")
    bring(work, "customers", "crm", "7,a@x.fi,Maija Meri,Oulu,no\n")
    bring(work, "orders", "shop", "1,o1,2026-01-10,20\n")
    bring(work, "orders", "crm", "7,o2,2026-02-10,10\n")
    define(work)
    assert members(work) == {"many": set(), "turku": {1}, "mail": {1}, "big": set()}
    assert unify(work, silent)["by"] == {"email": 1}
    # Oulu was said last; whoever withdrew a consent in one place has withdrawn it.
    assert members(work) == {"many": {1}, "turku": set(), "mail": set(), "big": {1}}
    assert consented(work.store.cursor(), "email", now()) == []
    assert [(item["entered"], item["cause"]) for item in changes(work, silent, segment="big")["changes"]] == [(True, "merge")]
    [value] = [item for item in person_values(work, silent, customer="7")["attributes"] if item["name"] == "city"]
    assert (value["value"], value["source"], [lost["value"] for lost in value["lost"]]) == ("Oulu", "crm", ["Turku"])
    survivorship(work, silent, attribute="city", rule="source priority", sources=["shop"])
    assert members(work)["turku"] == {1}
    told = person_links(work, silent, customer="1")
    assert [(item["record"], item["how"], item["by"]) for item in told["records"]] == [("shop:1", None, None), ("crm:7", "email", "rule")]
    assert ("email", "a***@x.fi", ["shop:1", "crm:7"]) in [(item["kind"], item["value"], item["records"]) for item in told["shared"]]

    review_undo(work, silent, customer="1")
    assert members(work) == {"many": set(), "turku": {1}, "mail": {1}, "big": set()}
    assert [item["cause"] for item in changes(work, silent, segment="big")["changes"]] == ["unmerge", "merge"]
    bring(work, "customers", "news", "9,a@x.fi,Maija Meri,,yes\n")
    assert unify(work, silent)["merged"] == 0, "what was undone stays undone, also by way of a third record"
    shown = review_list(work, silent)["items"]
    assert {frozenset(side["customer"] for side in item["customers"]) for item in shown} == {frozenset({"1", "9"}), frozenset({"7", "9"})}


def test_a_record_shares_nothing_with_itself(work):
    """A newsletter's reader is known by the address, which is a value of that record too."""
    begin(work, "automatic: true")
    bring(work, "customers", "shop", "1,,Maija Meri,,\n")
    bring(work, "customers", "news", ",a@x.fi,Maija Meri,,\n")
    review_merge(work, silent, names=["1", "a@x.fi"])
    assert person_links(work, silent, customer="1")["shared"] == []
    bring(work, "customers", "crm", "7,a@x.fi,Maija Meri,,\n")
    shared = person_links(work, silent, customer="1")["shared"]
    assert [item["records"] for item in shared if item["kind"] == "email"] == [["news:a@x.fi", "crm:7"]]


def test_a_split_takes_records_out(work):
    begin(work, "automatic: true")
    for source in ("shop", "crm", "news"):
        bring(work, "customers", source, "1,a@x.fi,Maija Meri,,\n")
    assert [side["records"] for side in review_split(work, silent, customer="1", records=["shop:1"])["customers"]] == [
        ["shop:1"],
        ["crm:1", "news:1"],
    ]
    assert unify(work, silent)["merged"] == 0
    with pytest.raises(InputError) as error:
        review_split(work, silent, customer="shop:1", records=["crm:1"])
    assert error.value.code == "unknown_customer"
