"""One person may be a consumer and a company's contact: a consent reaches the address of the record on which it was given."""

from __future__ import annotations

import json

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lohko.base.contacts import sha256
from lohko.base.errors import InputError
from lohko.engine.consents import begin, capacity_from, write
from lohko.engine.tables import FIXED, shape
from lohko.model.consent import BASES, capacity_of
from lohko.model.schema import Attribute, Schema
from lohko.state.erasures import RightUsed
from lohko.steps.activate import audience
from lohko.steps.backup import backup
from lohko.steps.consents import consent_give, consent_history, consent_withdraw, person_flag
from lohko.steps.person_rights import person_correct
from lohko.steps.read import count
from lohko.steps.restore import replay_rights
from lohko.steps.review import review_split
from lohko.steps.segments import apply
from lohko.steps.work import silent
from privacy.conftest import take

SHOP = "customer_id,first_name,last_name,email,phone,updated_at,consent_email,consent_ads\n9,Anna,Testinen,anna@home.example.fi,0401234567,2026-01-01,{},{}\n"
CRM = "customer_id,first_name,last_name,email,phone,updated_at,consent_email,consent_ads\nC9,Anna,Testinen,anna@work.example.fi,0401234567,2026-03-01,{},{}\n"


def one_person(work, shop, crm):
    """Anna in the shop and, told later and so believed, at her work."""
    take(work, SHOP.format(*shop), "customers")
    take(work, CRM.format(*crm), "customers", source="crm")
    apply(work, silent, files={"s.yaml": "id: anna\nwhere: last_name is Testinen\n"})


def addresses(work, purpose):
    found = audience(work, silent, segment="anna", to="meta", purpose=purpose)
    return [name for name in ("anna@home.example.fi", "anna@work.example.fi", "anna@new.example.fi") if sha256(name) in found["csv"]]


@pytest.mark.parametrize(
    ("shop", "crm", "reached"),
    [
        (("yes", "yes"), ("", ""), ["anna@home.example.fi"]),
        (("", ""), ("yes", "yes"), ["anna@work.example.fi"]),
        (("yes", "yes"), ("yes", "yes"), ["anna@work.example.fi"]),
        (("yes", "yes"), ("no", "no"), []),
    ],
)
def test_a_yes_reaches_the_address_it_was_given_for(work, shop, crm, reached):
    """A yes in the shop is no yes for the address at work, nor the other way round; where both say yes the believed one is used; a no counts for all."""
    one_person(work, shop, crm)
    assert addresses(work, "email") == addresses(work, "ads") == reached


def test_each_purpose_has_the_address_of_its_own_consent(work):
    """Marketing by e-mail was agreed to at home, audiences at work."""
    one_person(work, ("yes", ""), ("", "yes"))
    assert addresses(work, "email") == ["anna@home.example.fi"] and addresses(work, "ads") == ["anna@work.example.fi"]
    consent_withdraw(work, silent, customer="9", purpose="email")
    assert addresses(work, "email") == []


def test_a_correction_by_hand_counts_on_every_record(work):
    """Who says that their address is another one is reached there."""
    one_person(work, ("yes", "yes"), ("", ""))
    person_correct(work, silent, customer="9", attribute="email", value="anna@new.example.fi")
    assert addresses(work, "email") == ["anna@new.example.fi"]


# --- separate consents -------------------------------------------------------------------------

HOME, WORK = "anna@gmail.com", "anna@acme.fi"
SHOP_ROW = "customer_id,first_name,last_name,email,updated_at,consent_email,phone\n9,Anna,Testinen,{},{},{},0401234567\n"
CRM_ROW = "customer_id,first_name,last_name,email,company,updated_at,consent_email,phone\nC9,Anna,Testinen,{},{},{},{},0401234567\n"


def shop_row(email, said):
    return SHOP_ROW.format(email, "2026-04-01" if said == "no" else "2026-01-01", said)


def crm_row(email, company, said):
    """A no is said later than every yes: only then does it matter of what it is."""
    return CRM_ROW.format(email, company, "2026-04-02" if said == "no" else "2026-03-01", said)


def consumer_and_contact(work, shop="yes", crm="yes", home=HOME, at_work=WORK, company="Acme"):
    """Anna at home, by an address that anybody can have, and at Acme; one person by her number."""
    take(work, shop_row(home, shop), "customers")
    take(work, crm_row(at_work, company, crm), "customers", source="crm")
    apply(work, silent, files={"s.yaml": "id: anna\nwhere: last_name is Testinen\n"})


def written(work, purpose="email"):
    found = audience(work, silent, segment="anna", to="meta", purpose=purpose)
    return [name for name in (HOME, WORK, "anna@shared.fi") if sha256(name) in found["csv"]]


def said_yes(work):
    return count(work, silent, condition="last_name is Testinen and has consented to email")["count"] == 1


@pytest.mark.parametrize(
    ("shop", "crm", "reached"), [("yes", "no", [HOME]), ("no", "yes", [WORK]), ("no", "no", []), ("yes", "yes", [WORK])]
)
def test_a_no_at_work_leaves_the_newsletter_at_home_alone(work, shop, crm, reached):
    """And the other way round: a state for each capacity. Segments ask whether there is any address that may be written to."""
    consumer_and_contact(work, shop, crm)

    assert written(work) == reached and said_yes(work) is bool(reached)
    told = consent_history(work, silent, customer="9")
    states = {(row["capacity"], row["stands"]) for row in told["stands_as"]}
    assert states == {("consumer", shop == "yes"), ("contact", crm == "yes")}


def test_a_no_to_an_address_counts_wherever_the_address_stands(work):
    """The record in the shop and the one at work have one address: who takes it out of one list is written to by none."""
    consumer_and_contact(work, "no", "yes", home=WORK)
    assert written(work) == [] and not said_yes(work)


def test_where_the_capacity_cannot_be_known_a_no_counts_for_the_whole_person(work):
    """A domain that no company is known by may be a family's; a company named beside an address at home contradicts it."""
    consumer_and_contact(work, "no", "yes", home="anna@testinen.fi")
    assert written(work) == []


def test_a_company_named_beside_an_address_at_home_tells_no_capacity(work):
    consumer_and_contact(work, "yes", "no", at_work="anna.testinen@luukku.com")
    assert written(work) == [] and consent_history(work, silent, customer="9")["stands_as"][0]["capacity"] == "consumer"


def test_the_domain_of_a_company_that_comes_to_be_known_tells_the_capacity(work):
    """Until a list names the company nobody can tell that the address is one at work; from then on the consents are apart."""
    consumer_and_contact(work, "yes", "no", company="")
    assert written(work) == []
    take(work, "name,domain\nAcme Oy,acme.fi\n", "accounts", source="crm")
    assert written(work) == [HOME]
    assert {row["company"] for row in consent_history(work, silent, customer="9")["stands_as"]} == {None, "Acme Oy"}


def test_a_contact_of_two_companies_says_no_to_one(work):
    """Each known company is a capacity of its own; a company that is not known may be either."""
    take(work, "name,domain\nAcme,acme.fi\nBeta,beta.fi\n", "accounts", source="crm")
    consumer_and_contact(work, "yes", "no", home="anna@beta.fi")
    assert said_yes(work)
    take(work, crm_row("anna@gamma.fi", "Gamma", "no").replace("C9", "G9"), "customers", source="other")
    assert not said_yes(work)


def test_what_is_about_the_person_as_such_stops_both(work):
    """A withdrawal by hand that names no capacity, a prohibition of marketing in a file, and the flag."""
    consumer_and_contact(work)
    consent_withdraw(work, silent, customer="9", purpose="email", since="2026-05-01")
    assert written(work) == [] and not said_yes(work)
    consent_give(work, silent, customer="9", purpose="email", since="2026-06-01", capacity="contact")
    assert written(work) == [WORK]
    person_flag(work, silent, customer="9", flag="no_marketing")
    assert written(work) == []


def test_a_prohibition_of_marketing_in_a_file_is_of_the_whole_person(work):
    consumer_and_contact(work)
    take(
        work,
        f"customer_id,first_name,last_name,email,suoramarkkinointikielto,phone\nB1,Anna,Testinen,{WORK},kyllä,0401234567\n",
        "customers",
        source="erp",
    )
    assert written(work) == []


def test_a_withdrawal_by_hand_in_one_capacity(work):
    """By `consumer`, `contact` or the company's name; what nobody is, or what has no address of its own, is refused."""
    take(work, "name,industry\nAcme,retail\n", "accounts", source="crm")
    consumer_and_contact(work)
    consent_withdraw(work, silent, customer="9", purpose="email", capacity="Acme")
    assert written(work) == [HOME]
    consent_withdraw(work, silent, customer="9", purpose="email", capacity="consumer")
    assert written(work) == []
    with pytest.raises(InputError, match="None of their records"):
        consent_withdraw(work, silent, customer="9", purpose="email", capacity="Beta")
    with pytest.raises(InputError, match="person as such"):
        consent_withdraw(work, silent, customer="9", purpose="profiling", capacity="contact")


def test_no_to_profiling_in_any_capacity_is_no(work):
    """Personal content and profiling are about the person and about no address."""
    consumer_and_contact(work)
    consent_give(work, silent, customer="9", purpose="profiling", since="2026-01-05", capacity=None)
    take(work, f"customer_id,email,company,updated_at,consent_profiling\nC9,{WORK},Acme,2026-04-01,no\n", "customers", source="crm")
    assert count(work, silent, condition="last_name is Testinen and has consented to profiling")["count"] == 0


def test_the_order_of_files_merges_and_their_undoing_change_nothing(work, tmp_path):
    """Shop first or CRM first, with or without a merge that is undone and done again: the same capacities."""
    take(work, crm_row(WORK, "Acme", "no"), "customers", source="crm")
    take(work, shop_row(HOME, "yes"), "customers")
    apply(work, silent, files={"s.yaml": "id: anna\nwhere: last_name is Testinen\n"})
    assert written(work) == [HOME]
    review_split(work, silent, customer="9", records=["C9"])
    assert said_yes(work) and written(work) == [HOME]
    consent_withdraw(work, silent, customer="9", purpose="email")
    assert written(work) == []


def test_a_backup_withdraws_again_in_the_same_capacity(work, tmp_path):
    """What was said as a contact after the backup was made stays so when it is brought back, and the newsletter at home goes on."""
    consumer_and_contact(work)
    backup(work, silent, folder=str(tmp_path / "backups"))
    consent_withdraw(work, silent, customer="9", purpose="email", capacity="contact")
    used = json.loads((tmp_path / "backups" / "rights.jsonl").read_text().splitlines()[-1])
    assert used["what"] == "email contact"
    replay_rights(work, [RightUsed(**used)], used["at"])
    assert written(work) == [HOME]


LETTERS = st.tuples(
    st.sampled_from(["", "acme", "beta", "gamma"]), st.sampled_from(["", "anna@gmail.com", "anna@acme.fi", "a@beta.fi", "x@own.fi"])
)


@given(told=st.lists(LETTERS, min_size=1, max_size=3), basis=st.sampled_from(sorted(BASES)))
@settings(max_examples=max(settings().max_examples, 30), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_capacity_is_what_the_definition_says(told, basis):
    """The store finds the capacity of a record as `model.consent.capacity_of` says, by everything that it ever told."""
    store = duckdb.connect()
    for statement in FIXED:
        store.execute(statement)
    schema = Schema({name: Attribute(name, "text", f"a_{name}") for name in ("company", "email")}, {})
    shape(store, schema)
    store.execute(
        "INSERT INTO account_name VALUES (1, 'name', '', 'Acme', 'acme'), (1, 'domain', '', 'acme.fi', 'acme.fi'), (2, 'name', '', 'Beta', 'beta')"
    )
    for company, email in told:
        for name, value in (("company", company), ("email", email)):
            if value:
                store.execute(f"INSERT INTO o_a_{name} VALUES (1, ?, ?, now(), true, 1)", [value, value])
    store.execute("CREATE TEMP TABLE staged AS SELECT 1 AS node")
    begin(store)
    store.execute(
        "INSERT INTO said_consent VALUES (1, 1, 'email', true, TIMESTAMP '2026-01-01', true, ?, 1, 'x', NULL, NULL, false)", [basis]
    )
    write(store, schema, touched=True, all_again=False)

    [(role, account)] = store.execute("SELECT role, account FROM consent").fetchall()
    hosts = {email.partition("@")[2] for _, email in told if email}
    named, known = {company for company, _ in told if company}, {"acme": 1, "beta": 2}
    accounts = {known[name] for name in named if name in known} or ({1} if "acme.fi" in hosts else set())
    company = bool(named) or "acme.fi" in hosts
    wanted = capacity_of(basis, company, next(iter(accounts)) if len(accounts) == 1 else None, hosts)
    assert capacity_from(role, account) == wanted
