"""Objecting, restricting, correcting and exporting: what each does, and that a rebuild says the same."""

from __future__ import annotations

import base64
import csv
import io
import json
import zipfile

import pytest

from lohko.base.errors import InputError
from lohko.engine.store import fingerprint
from lohko.state import people, users
from lohko.state.acting import acting
from lohko.state.erasures import receipts
from lohko.steps import activate
from lohko.steps.activate import audience, audience_plan
from lohko.steps.consents import consent_give, consent_withdraw, person_flag
from lohko.steps.counting import count_in_full
from lohko.steps.explain import explain, members_by_reference
from lohko.steps.one_person import person_values
from lohko.steps.person_erase import person_erase
from lohko.steps.person_page import person_page
from lohko.steps.person_rights import person_correct, person_export, person_show
from lohko.steps.question import ask
from lohko.steps.read import count, rfm
from lohko.steps.review import review_decided, review_keep_apart
from lohko.steps.segments import apply, members
from lohko.steps.spark import spark_copy
from lohko.steps.special import special_basis, special_mark
from lohko.steps.users import user_add
from lohko.steps.work import silent
from privacy.conftest import CUSTOMERS, take


def inside(work, segment):
    return sorted(row["customer"] for row in members(work, silent, segment=segment)["members"])


def same_as_reference(work, names):
    question = ask(work)
    wanted = members_by_reference(work, question, names)
    return all(set(question.people(name)) == wanted[name] for name in names)


def define(work):
    apply(work, silent, files={"s.yaml": "id: buyers\nwhere: did order\n---\nid: scored\nwhere: not rfm_r is 99\n"})


def test_who_objects_to_profiling_has_no_scores_and_is_in_no_segment_that_asks_about_them(work):
    define(work)
    before = inside(work, "scored")
    person_flag(work, silent, customer="2", flag="no_profiling")

    assert before == ["1", "2", "3", "4"]
    assert inside(work, "scored") == ["1", "3", "4"], "also where the condition is that something is not so"
    assert inside(work, "buyers") == ["1", "2", "3", "4"]
    assert rfm(work, silent)["buyers"] == 3
    assert count(work, silent, condition="not rfm_r is 99")["count"] == 3
    assert same_as_reference(work, ["scored", "buyers"])
    assert explain(work, silent, segment="scored", customer="2")["holds"] is False
    person_flag(work, silent, customer="2", flag="no_profiling", holds=False)
    assert inside(work, "scored") == before


def test_whose_processing_is_restricted_is_stored_and_in_nothing_else(work, place):
    define(work)
    person_flag(work, silent, customer="1", flag="restricted", reason="disputed")

    assert inside(work, "buyers") == ["2", "3", "4"]
    assert count(work, silent, condition="did order")["count"] == 3
    assert person_show(work, silent, customer="1")["asked_about"] is False
    assert len(person_show(work, silent, customer="1")["events"]) == 1
    take(work, CUSTOMERS.replace("Turku", "Pori"), "customers", name="later.csv")
    assert inside(work, "buyers") == ["2", "3", "4"], "news do not lift it"
    person_flag(work, silent, customer="1", flag="restricted", holds=False)
    assert inside(work, "buyers") == ["1", "2", "3", "4"]
    made = fingerprint(work.store)
    with open_again(work, place) as again:
        assert fingerprint(again.store) == made


def open_again(work, place):
    from contextlib import contextmanager

    from lohko.engine.store import new_store
    from lohko.steps.load import catch_up

    @contextmanager
    def made():
        readable = [work.folder.landing, work.folder.ledger]
        with new_store(place / "again.duckdb", readable, work.settings.zone) as store:
            catch_up(store, work.state, work.folder, work.settings.currency, silent)
            yield type("Again", (), {"store": store})

    return made()


def test_whoever_is_set_aside_is_said_to_be_where_somebody_asks_why_they_are_in_no_segment(work):
    define(work)
    person_flag(work, silent, customer="1", flag="restricted")

    for name in ("1", "aino@example.fi"):
        with pytest.raises(InputError, match="set aside"):
            explain(work, silent, segment="buyers", customer=name)
    with pytest.raises(InputError) as unknown:
        explain(work, silent, segment="buyers", customer="nobody@example.fi")
    assert unknown.value.code == "unknown_customer"


def test_nobody_is_in_an_audience_who_prohibits_marketing_or_is_too_young(work):
    """Of four who consented one is ten years old, one fourteen, and one prohibits marketing."""
    define(work)
    everybody = audience(work, silent, segment="buyers", to="meta", purpose="ads", as_of="2026-10-01")
    by_mail = audience(work, silent, segment="buyers", to="meta", purpose="email", as_of="2026-10-01")
    person_flag(work, silent, customer="1", flag="no_marketing")
    after = audience(work, silent, segment="buyers", to="meta", purpose="ads")
    told = person_erase(work, silent, customers=["4"])

    assert (everybody["consented"], everybody["too_young"], everybody["written"]) == (4, 2, 2)
    assert (by_mail["consented"], by_mail["too_young"], by_mail["written"]) == (3, 1, 2)
    assert (after["prohibited"], after["written"]) == (1, 1)
    assert [(row["to"], row["segment"]) for row in told["downstream"]] == [("meta", "buyers"), ("meta", "buyers")]
    consent_give(work, silent, customer="3", purpose="email", since="2026-02-01", proof="guardian: signed form 12")
    assert audience(work, silent, segment="buyers", to="meta", purpose="email")["too_young"] == 0
    consent_withdraw(work, silent, customer="3", purpose="email", since="2026-05-01")
    assert audience(work, silent, segment="buyers", to="meta", purpose="email", as_of="2026-04-15")["consented"] == 2, "files go out today"
    consent_give(work, silent, customer="3", purpose="email", since="2026-06-01")
    own = audience(work, silent, segment="buyers", to="meta", purpose="email")
    assert (own["consented"], own["too_young"]) == (3, 1), "a child's own yes does not undo what was taken back"


def test_no_file_goes_out_with_somebody_who_was_erased_while_it_was_written(work, monkeypatch):
    """Else it would be told nowhere that they have to be taken out there."""
    define(work)
    chosen = activate._chosen

    def erased_meanwhile(*asked):
        found = chosen(*asked)
        with work.state.begin() as connection:
            people.erase(connection, [], [min(found[1])])
        return found

    assert audience(work, silent, segment="buyers", to="meta")["written"] > 0
    monkeypatch.setattr(activate, "_chosen", erased_meanwhile)
    with pytest.raises(InputError, match="Somebody was erased"):
        audience(work, silent, segment="buyers", to="meta")
    with work.state.connect() as connection:
        assert len(receipts(connection)) == 1


def test_a_correction_holds_against_files_that_still_say_what_was_wrong(work, place):
    person_correct(work, silent, customer="1", attribute="city", value="Tampere")
    # The same list again with another customer's news, undated; and an older dated one.
    undated = "customer_id,city,phone\n1,Turku,+358401234567\n"
    take(work, undated, "customers", name="undated.csv")
    take(work, CUSTOMERS.replace("Aino", "Aina"), "customers", name="old.csv")

    assert held(work, "1")["city"] == "Tampere"
    assert held(work, "1")["phone"] == "+358401234567", "the rest of the row counts"
    take(work, "customer_id,city\n1,Rauma\n", "customers", name="moved.csv")
    assert held(work, "1")["city"] == "Rauma", "news are news"
    made = fingerprint(work.store)
    with open_again(work, place) as again:
        assert fingerprint(again.store) == made


def test_a_number_corrected_twice_holds_too(work, place):
    """The source said 100.50 from the first; neither the way it is kept nor the first correction makes its repeating news."""
    take(work, "customer_id,credit_limit\n1,100.50\n2,7.25\n", "customers", name="limits.csv")
    for value in ("50", "60"):
        person_correct(work, silent, customer="1", attribute="credit_limit", value=value)
    take(work, "customer_id,credit_limit,phone\n1,100.50,\n2,8.25,\n", "customers", name="limits-again.csv")
    assert float(held(work, "1")["credit_limit"]) == 60 and float(held(work, "2")["credit_limit"]) == 8.25
    made = fingerprint(work.store)
    with open_again(work, place) as again:
        assert fingerprint(again.store) == made


def held(work, who):
    return {row["name"]: row["value"] for row in person_show(work, silent, customer=who)["attributes"] if row["until"] is None}


def test_a_correction_is_read_as_the_attribute_is(work):
    assert person_correct(work, silent, customer="1", attribute="birthday", value="1981-06-01")["value"] == "1981-06-01"
    with pytest.raises(InputError, match="of type date"):
        person_correct(work, silent, customer="1", attribute="birthday", value="June")
    with pytest.raises(InputError, match="computed"):
        person_correct(work, silent, customer="1", attribute="rfm_r", value="5")
    assert person_correct(work, silent, customer="1", attribute="city", value="")["value"] is None


def test_the_export_is_complete_and_readable(work):
    define(work)
    person_correct(work, silent, customer="1", attribute="city", value="=Tampere")
    found = person_export(work, silent, customer="aino@example.fi")
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(found["zip"]))) as archive:
        files = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    told = json.loads(files["person.json"])

    assert set(files) == {
        "README.txt",
        "calls.csv",
        "person.json",
        *(f"{n}.csv" for n in "records attributes events consents flags scores segments segments_past sent_to".split()),
    }
    assert "everything that shop keeps of you" in files["README.txt"]
    assert "kaiken, mitä shop säilyttää" in files["README.txt"]
    assert [row["value"] for row in told["attributes"] if row["name"] == "city"] == ["Turku", "=Tampere"]
    assert [row["event"] for row in told["events"]] == ["order"]
    assert [row["segment"] for row in told["segments"]] == ["buyers", "scored"]
    assert told["scores"]["frequency"] == 1
    assert next(csv.DictReader(io.StringIO(files["scores.csv"])))["frequency"] == "1"
    assert [row["source"] for row in told["attributes"] if row["name"] == "city"] == [told["records"][0]["source"], "by hand"]
    assert [row["title"] for row in csv.DictReader(io.StringIO(files["segments.csv"]))] == ["", ""]
    assert [row["value"] for row in csv.DictReader(io.StringIO(files["attributes.csv"])) if row["name"] == "city"] == ["Turku", "'=Tampere"]


def test_a_segment_that_uses_a_special_category_is_refused_without_a_basis(work):
    take(work, "customer_id,allergy\n1,nuts\n", "customers", name="allergies.csv")
    apply(work, silent, files={"s.yaml": "id: nuts\nwhere: allergy is nuts\n---\nid: behind\nwhere: in segment nuts\n"})
    special_mark(work, silent, attribute="allergy", category="health")

    for name in ("nuts", "behind"):
        with pytest.raises(InputError, match="marked as health"):
            members(work, silent, segment=name)
    with pytest.raises(InputError, match="marked as health"):
        apply(work, silent, files={"t.yaml": "id: again\nwhere: allergy is nuts\n"})
    for name in ("nuts", "behind"):
        special_basis(work, silent, segment=name, basis="explicit_consent", remark="the form of 2026-01, folder 7")
    assert inside(work, "nuts") == ["1"]


@pytest.mark.parametrize("as_of", [None, "2026-10-01"])
def test_a_rule_counts_for_a_platform_whom_its_audience_would_hold(work, as_of):
    """Minors, those to whom marketing is prohibited and those who withdrew since are in neither number."""
    define(work)
    take(
        work,
        "customer_id,email,consent_ads,updated_at\n" + "".join(f"{n},p{n}@example.fi,yes,2026-01-01\n" for n in range(10, 15)),
        "customers",
    )
    person_flag(work, silent, customer="10", flag="no_marketing")
    consent_withdraw(work, silent, customer="11", purpose="ads")

    found = count_in_full(work, silent, condition="email is known", as_of=as_of)
    apply(work, silent, files={"w.yaml": "id: with-mail\nwhere: email is known\n"})
    planned = audience_plan(work, silent, segment="with-mail", to="meta", as_of=as_of)

    assert {item["to"]: item["people"] for item in found["platforms"]}["meta"] == planned["written"] == 5
    assert planned["too_young"] == 2 and planned["prohibited"] == 1


def test_an_erasure_says_that_the_copy_for_spark_has_them_until_the_next_one(work, tmp_path):
    first = person_erase(work, silent, customers=["4"])
    spark_copy(work, silent, location=str(tmp_path / "there"))
    second = person_erase(work, silent, customers=["3"])

    assert (first["copied_to_spark"], second["copied_to_spark"]) == (False, True)


def test_a_value_that_was_put_right_says_so_and_by_whom(work):
    """On a person of several records it stands in each of them, and loses against itself in none."""
    take(work, "customer_id,email,city\nC1,aino@example.fi,Salo\n", "customers", name="crm.csv", source="crm")
    user_add(work, silent, email="olli@example.fi", name="Olli Koski", role="admin", password="tuulinen viikate neljä lammasta")
    with work.state.connect() as connection:
        who = users.find(connection, "olli@example.fi").id
    with acting(f"user {who}"):
        person_correct(work, silent, customer="1", attribute="city", value="Tampere")
        review_keep_apart(work, silent, names=["2", "3"])

    city = {row["name"]: row for row in person_values(work, silent, customer="1")["attributes"]}["city"]
    assert (city["value"], city["lost"]) == ("Tampere", [])
    assert (city["corrected"]["by"], city["corrected"]["was"]) == ("Olli Koski", "Turku")
    assert city["corrected"]["at"] == city["since"]
    assert {row["name"]: row["corrected"] for row in person_values(work, silent, customer="2")["attributes"]}["city"] is None
    assert review_decided(work, silent)["decided"][0]["by"] == "Olli Koski"

    shown = person_page(work, silent, customer="1")["values"]["city"]
    assert shown["corrected"] == city["corrected"]
    take(work, "customer_id,city,updated_at\nC1,Vaasa,2030-01-01\n", "customers", name="later.csv", source="crm")
    assert {row["name"]: row["corrected"] for row in person_values(work, silent, customer="1")["attributes"]}["city"] is not None, "not yet"
