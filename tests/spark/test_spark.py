"""The distributed engine against the reference and the embedded one, on a real cluster. The last test ends the cluster."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlglot import exp

from accounts.test_companies_and_deals import everything
from formats.bringing import bring, workspace
from lohko.base.clock import now
from lohko.base.errors import InputError, StoreError
from lohko.engine.plan import evaluate
from lohko.engine.spark_copy import current
from lohko.engine.spark_place import Folder, Place, place_of
from lohko.engine.spark_session import Session, Statement
from lohko.model.parse import parse
from lohko.steps import spark as there
from lohko.steps.activate import audience
from lohko.steps.backtest import backtest
from lohko.steps.consents import consent_give, consent_withdraw
from lohko.steps.explain import explain
from lohko.steps.person_erase import person_erase
from lohko.steps.question import ask, iso
from lohko.steps.read import count, rfm
from lohko.steps.refresh import refresh
from lohko.steps.segments import apply, members
from lohko.steps.spark_backtest import spark_backtest
from lohko.steps.spark_explain import spark_explain
from lohko.steps.spark_there import asked_there
from lohko.steps.work import Work, silent
from spark import generated, specs
from spark.cluster import Cluster

pytestmark = pytest.mark.slow

SEGMENTS = {
    "buyers.yaml": "id: buyers\nwhere: did order in last 90 days\n",
    "big.yaml": "id: big\nwhere: sum of total of order >= 100\n",
    "new-buyers.yaml": "id: new-buyers\nwhere: in segment buyers and not (in segment big)\n",
    "champions.yaml": "id: champions\nwhere: rfm_m >= 4\n",
    "customers.yaml": "id: customers\nwhere: did order\n",
    "finns.yaml": "id: finns\nwhere: country is FI\n",
    "why.yaml": "id: why\nwhere: did order at least 2 times in last 90 days and country is set"
    " and is in the top 3 by sum of total of orders in the last 365 days and rfm_f >= 1 and (rfm_m was >= 4 60 days ago or in segment big)\n",
    "best.yaml": "id: best\nwhere: did order\nlimit:\n  n: 5\n",
}


CUSTOMERS = "\n".join(["email,country", *(f"c{n}@example.com,{'FI' if n % 2 else 'SE'}" for n in range(17))]) + "\n"


def orders(first: int, days: range) -> str:
    rows = [
        f"o{number},c{number % 17}@example.com,2026-0{1 + number % 5}-{1 + number % 27:02},{10 + number * 7 % 90}.50"
        for number in (first + day for day in days)
    ]
    return "\n".join(["order_id,email,date,total", *rows]) + "\n"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    with workspace(tmp_path_factory.mktemp("spark"), again=False) as opened:
        bring(opened, "orders.csv", orders(0, range(60)), kind="orders")
        bring(opened, "customers.csv", CUSTOMERS, kind="customers")
        apply(opened, silent, files=SEGMENTS)
        for number in range(3):
            consent_give(opened, silent, customer=f"c{number}@example.com", purpose="ads")
        yield opened


@pytest.fixture(scope="module")
def location(work: Work, tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("location")
    there.spark_copy(work, silent, location=str(place))
    return str(place)


def test_every_spec_holds_on_spark(cluster: Cluster, tmp_path: Path) -> None:
    assert not specs.differences(cluster.remote, tmp_path)


def test_every_table_of_scores_holds_on_spark(cluster: Cluster, tmp_path: Path) -> None:
    assert not specs.differences_of_scores(cluster.remote, tmp_path)


def test_spark_finds_the_people_that_the_reference_finds(cluster: Cluster, tmp_path: Path) -> None:
    assert not generated.differences(cluster.remote, tmp_path)


def test_spark_finds_the_contacts_of_companies_that_the_reference_finds(cluster: Cluster, tmp_path: Path) -> None:
    assert not generated.differences(cluster.remote, tmp_path, generated.of_firms)


def there_now(cluster: Cluster, location: str, run: int) -> set[tuple[str, str]]:
    """Who is in what by the tables of a run."""
    import pyarrow.parquet as pq

    rows = pq.read_table(f"{location}/membership/run-{run:06}").to_pylist()
    return {(row["name"], row["person_id"]) for row in rows}


def here(work: Work, as_of: str) -> set[tuple[str, str]]:
    return {
        (name, row["person_id"]) for name in map(_name, SEGMENTS) for row in members(work, silent, segment=name, as_of=as_of)["members"]
    }


def _name(file: str) -> str:
    return file.removesuffix(".yaml")


def test_a_refresh_writes_the_same_members_as_the_embedded_engine(cluster: Cluster, work: Work, location: str) -> None:
    """And who came and went since the last one; counts, members, reasons and groups are the same too."""
    where = {"remote": cluster.remote, "location": location}
    first = there.spark_refresh(work, silent, as_of="2026-04-01", **where)
    assert there_now(cluster, location, 1) == here(work, "2026-04-01")
    second = there.spark_refresh(work, silent, as_of="2026-06-01", **where)
    assert there_now(cluster, location, 2) == here(work, "2026-06-01") != here(work, "2026-04-01")
    refresh(work, silent, as_of="2026-04-01")
    embedded = refresh(work, silent, as_of="2026-06-01")
    told = {item["id"]: (item["size"], item["entered"], item["left"]) for item in embedded["segments"]}
    assert {item["id"]: (item["size"], item["entered"], item["left"]) for item in second["segments"]} == told
    history = there.spark_history(work, silent, segment="buyers", location=location)["history"]
    assert [row["size"] for row in history] == [next(i["size"] for i in run["segments"] if i["id"] == "buyers") for run in (first, second)]

    rule, at = "did order at least 2 times and not (in segment big)", "2026-06-01"
    counted = there.spark_count(work, silent, condition=rule, as_of=at, **where)
    assert {key: counted[key] for key in ("count", "population", "data_version")} == {
        key: count(work, silent, condition=rule, as_of=at)[key] for key in ("count", "population", "data_version")
    }
    groups = {item["group"]: item["customers"] for item in there.spark_rfm(work, silent, as_of=at, **where)["groups"]}
    assert groups == {item["group"]: item["customers"] for item in rfm(work, silent, as_of=at)["groups"] if item["customers"]}
    one = there.spark_members(work, silent, segment="big", as_of=at, **where)["members"]
    assert one == members(work, silent, segment="big", as_of=at)["members"]
    asked = {"refunds": "ignore", "window": "60 days", "rules": "value: revenue\n"}
    own, ours = there.spark_rfm(work, silent, as_of=at, **asked, **where), rfm(work, silent, as_of=at, **asked)
    assert (
        {item["group"]: item["customers"] for item in own["groups"]}
        == {item["group"]: item["customers"] for item in ours["groups"] if item["customers"]}
        != groups
    )
    assert {key: own[key] for key in ("refunds", "value", "window", "cut_points")} == {
        key: ours[key] for key in ("refunds", "value", "window", "cut_points")
    }


def test_why_somebody_is_in_a_segment_is_told_with_the_same_values_and_rows(cluster: Cluster, work: Work, location: str) -> None:
    """Also where it depends on others: the best, a rank, a score, a score of an earlier day."""
    where = {"remote": cluster.remote, "location": location}
    for segment, customer in (("best", "c3@example.com"), ("why", "c4@example.com"), ("why", "c11@example.com")):
        asked = {"segment": segment, "customer": customer, "as_of": "2026-06-01"}
        found, told = spark_explain(work, silent, **asked, **where), explain(work, silent, **asked)
        assert found.pop("engine") == "spark"
        del told["tracked"]
        assert found == told
    assert {part["holds"] for part in found["trace"]["parts"]} == {True, False} and found["ways"]
    with pytest.raises(InputError, match="No customer is called that"):
        spark_explain(work, silent, **(asked | {"customer": "nobody@example.com"}), **where)


ABOUT_COMPANIES = (
    "the account's industry is not kahvilat",
    "the account has 10-49 employees",
    "the account has no open deal",
    "any contact of the account did deal where status is lost in last 90 days",
    "all contacts of the account did not deal in last 30 days",
    "at least 2 contacts of the account is in the top 3 by sum of total of orders in the last 365 days",
    "the account's contact_revenue is over 60",
)


def test_companies_of_files_and_their_deals_are_asked_about_as_here(cluster: Cluster, tmp_path: Path) -> None:
    """What they have, their contacts have, also by name and domain; and the opposite. All of it is one job."""
    with workspace(tmp_path, again=False) as shop:
        everything(shop)
        there.spark_copy(shop, silent, location=str(tmp_path / "location"))
        question = ask(shop, "2026-04-01")
        rules = [question.catalogue.resolve(parse(text).condition) for text in ABOUT_COMPANIES]
        wanted = {str(place): evaluate(question.engine, question.catalogue, rule) for place, rule in enumerate(rules)}
        with asked_there(shop, cluster.remote, str(tmp_path / "location"), "2026-04-01") as asked:
            sets = {str(place): evaluate(asked.engine, asked.catalogue, rule) for place, rule in enumerate(rules)}
            sets |= {f"not {name}": asked.engine.without(people) for name, people in sets.items()}
            found: dict[str, set[int]] = {name: set() for name in sets}
            for row in asked.session.rows(asked.engine.statement(asked.engine.members(sets))):
                found[row["name"]].add(row["person"])
        everyone = set(question.engine.everyone())
        for place, text in enumerate(ABOUT_COMPANIES):
            here_are = set(wanted[str(place)])
            assert (text, found[str(place)], found[f"not {place}"]) == (text, here_are, everyone - here_are)
        assert all(wanted.values())


def test_what_people_did_next_is_told_in_the_same_numbers(cluster: Cluster, work: Work, location: str) -> None:
    outcome = "did order and (rfm_m >= 2 or in segment big or country is FI)"
    asked = {"segment": "finns", "at": "2026-03-01", "within": "30d", "outcome": outcome}
    found = spark_backtest(work, silent, **asked, remote=cluster.remote, location=location)
    assert found.pop("engine") == "spark"
    assert nearly(found) == nearly(backtest(work, silent, **asked) | {"as_of": found["as_of"]})
    assert (found["rows"][0]["members"]["people"], found["rows"][0]["assumed"]) == (8, 1.0)


def nearly(found: Any) -> Any:
    """Numbers that are added up in another order differ in their last digits."""
    if isinstance(found, dict):
        return {key: nearly(value) for key, value in found.items()}
    if isinstance(found, list):
        return [nearly(value) for value in found]
    return round(found, 6) if isinstance(found, float) else found


def test_an_audience_is_the_same_file_and_never_one_of_older_consents(cluster: Cluster, work: Work, location: str) -> None:
    asked = {"segment": "buyers", "to": "google-ads", "as_of": iso(now())}
    where = {"remote": cluster.remote, "location": location}
    made = there.spark_audience(work, silent, **asked, **where)
    assert made.pop("engine") == "spark"
    assert made == audience(work, silent, **asked)
    everyone = asked | {"segment": "customers"}
    made = there.spark_audience(work, silent, **everyone, **where)
    assert made["csv"] == audience(work, silent, **everyone)["csv"]
    assert (made["written"], made["members"]) == (3, 17)
    consent_withdraw(work, silent, customer="c0@example.com", purpose="ads")
    with pytest.raises(InputError, match="copy for Spark is of data version"):
        there.spark_audience(work, silent, **everyone, **where)


@pytest.fixture(params=["an address that only the cluster sees", "a catalog"])
def elsewhere(request: pytest.FixtureRequest, cluster: Cluster) -> str:
    """Where the cluster keeps everything: nothing is shared with this machine."""
    if request.param == "a catalog":
        return "catalog:spark_catalog.customers"
    if cluster.only_there is None:
        pytest.skip("a folder that only the cluster sees takes the rights of root")
    return f"file://{cluster.only_there}/lohko"


def test_nothing_is_shared_with_a_cluster_that_writes_everything(cluster: Cluster, tmp_path: Path, elsewhere: str) -> None:
    """What is asked of its copy, what a refresh writes there and what is told of it are the same; a second copy writes what is new."""
    where = {"remote": cluster.remote, "location": elsewhere}
    with workspace(tmp_path, again=False) as shop:
        bring(shop, "orders.csv", orders(0, range(40)), kind="orders")
        bring(shop, "customers.csv", CUSTOMERS, kind="customers")
        apply(shop, silent, files={name: SEGMENTS[name] for name in ("buyers.yaml", "champions.yaml", "finns.yaml")})
        first = there.spark_copy(shop, silent, **where)
        assert first["parts_written"] == first["parts"]
        bring(shop, "more.csv", orders(40, range(20)), kind="orders")
        person_erase(shop, silent, customers=["c3@example.com"])
        second = there.spark_copy(shop, silent, **where)
        assert 0 < second["parts_written"] < second["parts"]
        runs = [
            there.spark_refresh(shop, silent, as_of=day, segments=names, **where)
            for day, names in (("2026-04-01", ["buyers"]), ("2026-06-01", None))
        ]
        refresh(shop, silent, as_of="2026-04-01", segments=["buyers"])
        embedded = refresh(shop, silent, as_of="2026-06-01")
        told = [(item["id"], item["size"], item["entered"], item["left"]) for item in embedded["segments"]]
        assert [(item["id"], item["size"], item["entered"], item["left"]) for item in runs[1]["segments"]] == told
        history = there.spark_history(shop, silent, segment="buyers", **where)["history"]
        assert [row["size"] for row in history] == [next(i["size"] for i in run["segments"] if i["id"] == "buyers") for run in runs]
        one = members(shop, silent, segment="finns", as_of="2026-06-01")["members"]
        if cluster.only_there is not None:
            assert not list(cluster.only_there.iterdir())
        session = Session(cluster.remote)
        place = place_of(elsewhere, session)
        found = place.found("membership", 2, "`person_id` STRING, `name` STRING")
        rows = session.table(Statement(exp.select("person_id", "name").from_(found), {})).to_pylist()
        assert {(row["name"], row["person_id"]) for row in rows if row["name"] == "finns"} == {("finns", row["person_id"]) for row in one}
        copy = current(place)
        email = shop.schema().attribute("email").table
        pieces = [piece for part, about in copy.tables[email].parts.items() for piece in (f"{part}-a", f"{part}-b")]
        assert len(copy.tables[email].parts) == 1
        assert len(pieces) == 2
        place.show("everything", copy.tables[email].stored, pieces, copy.tables[email].kinds)
        left = session.table(Statement(exp.select("value").from_("everything"), {})).to_pylist()
        assert len(left) == sum(part.rows for part in copy.tables[email].parts.values())
        assert {row["value"] for row in left} == {f"c{n}@example.com" for n in range(17) if n != 3}
        earlier = rows_of(session, place, 2)
        gone = next(row["person_id"] for row in one if row["customer"] == "c5@example.com")
        assert gone in {row[0] for row in earlier}
        person_erase(shop, silent, customers=["c5@example.com"])
        there.spark_copy(shop, silent, **where)
        third = there.spark_refresh(shop, silent, as_of="2026-06-01", **where)
        session.close()
        session = Session(cluster.remote)  # as every command has one: an older one remembers which files there were
        place = place_of(elsewhere, session)
        assert {(item["entered"], item["left"]) for item in third["segments"]} == {(0, 0)}, "an erasure names nobody"
        assert rows_of(session, place, 2) == {row for row in earlier if row[0] != gone}
        assert gone not in {row[0] for number in (1, 3) for row in rows_of(session, place, number)}
        session.close()


def rows_of(session: Session, place: Place, run: int) -> set[tuple[Any, ...]]:
    """What a run found: who was in what, and who moved."""
    found = set[tuple[Any, ...]]()
    for what, kinds in (
        ("membership", "`person_id` STRING, `name` STRING"),
        ("moves", "`person_id` STRING, `name` STRING, `entered` BOOLEAN"),
    ):
        rows = session.table(Statement(exp.select("*").from_(place.found(what, run, kinds)), {})).to_pylist()
        found |= {(row["person_id"], row["name"], row.get("entered")) for row in rows}
    return found


def test_what_is_not_there_is_said(cluster: Cluster, work: Work, location: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Nothing has been copied"):
        there.spark_count(work, silent, condition="did order", remote=cluster.remote, location=str(tmp_path))
    with pytest.raises(InputError, match="Only the cluster can write there"):
        there.spark_copy(work, silent, location="s3a://bucket/lohko")
    with pytest.raises(InputError, match="is no catalog"):
        there.spark_copy(work, silent, location="catalog:a.b.c")
    with pytest.raises(InputError, match="no address"):
        there.spark_count(work, silent, condition="did order", remote="localhost:15002", location=location)


def runs_of(location: str) -> list[dict[str, Any]]:
    return Folder(Path(location), Session("")).told("run")


def test_a_worker_that_is_killed_changes_nothing(cluster: Cluster, work: Work, location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends while a refresh writes; the other one does its part."""
    write = Session.write

    def write_while_one_dies(self: Session, *given: object, **more: object) -> None:
        ended = threading.Thread(target=lambda: (time.sleep(0.3), cluster.kill("worker-2") if "worker-2" in cluster.processes else None))
        ended.start()
        write(self, *given, **more)  # type: ignore[arg-type]
        ended.join()

    monkeypatch.setattr(Session, "write", write_while_one_dies)
    run = there.spark_refresh(work, silent, as_of="2026-06-02", remote=cluster.remote, location=location)["run"]
    assert "worker-2" not in cluster.processes
    assert there_now(cluster, location, run) == here(work, "2026-06-02")


def test_a_cluster_that_goes_away_leaves_the_last_membership(cluster: Cluster, work: Work, location: str) -> None:
    before = runs_of(location)
    last = there_now(cluster, location, before[-1]["run"])
    cluster.kill("server")
    with pytest.raises(StoreError, match="does not answer"):
        there.spark_refresh(work, silent, as_of="2026-06-03", remote=cluster.remote, location=location)
    assert runs_of(location) == before
    assert there_now(cluster, location, before[-1]["run"]) == last
