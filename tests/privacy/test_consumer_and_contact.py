"""One person may be a consumer and a company's contact: a consent reaches the address of the record on which it was given."""

from __future__ import annotations

import pytest

from lohko.base.contacts import sha256
from lohko.steps.activate import audience
from lohko.steps.consents import consent_withdraw
from lohko.steps.person_rights import person_correct
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
