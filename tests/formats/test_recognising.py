"""What a file is, by its headers alone: proof, doubt, and what everyday words are worth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landing.staging import named, staged
from lohko.base.errors import InputError
from lohko.formats.recognise import recognise, sure
from lohko.formats.registry import FORMATS
from lohko.landing.known import known


def taken(labels: str) -> str | None:
    """The key of the format that a row of headers is taken to be."""
    found = sure(recognise(labels.split(",")))
    return found.format.key if found else None


@pytest.mark.parametrize(
    ("labels", "key"),
    [
        ("Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Total Spent,Total Orders,Tags", "shopify-customers"),
        ("Name,Email,Financial Status,Created at,Lineitem quantity,Lineitem name,Lineitem price", "shopify-orders"),
        ("id,Created date (UTC),Amount,Amount Refunded,Currency,Status,Customer Email,order_id (metadata)", "stripe-payments"),
        ("Email Address,First Name,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LEID,EUID,TAGS,Syntymäpäivä", "mailchimp-subscribed"),
        ("EMAIL,ETUNIMI,SUKUNIMI,SMS,EMAIL_BLACKLISTED,SMS_BLACKLISTED,KAUPUNKI", "brevo-contacts"),
        ("email,firstname,lastname,phone,company,lifecyclestage", "hubspot-contacts"),
        ("Henkilö - Nimi,Henkilö - Sähköposti - Työ,Henkilö - Puhelin - Työ", "pipedrive-persons"),
        (
            "Namn,Användarnamn,Senast aktiv,Registrering,E-post,Ordrar,Totalt,AOV,Land / Region,Stad,Region,Postnummer",
            "woocommerce-customers",
        ),
        ("Receipt number,Date,Store,Product,Quantity,Line total", "till-receipts"),
        ("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country", "order-lines"),
        ("order_id,customer_id,order_date,total", "orders"),
        ("Sähköposti,Etunimi,Sukunimi,Puhelin", "customers"),
        ("email,name,created at,revenue", "customers"),
        ("userId,event,timestamp,properties.plan", "events"),
        ("first_name,email,created_at,status", "kit-subscribers"),
        ("Email,First Name,Last Name,City,Newsletter", "customers"),
        ("a,b,c", None),
        ("column 1,column 2,column 3", None),
    ],
)
def test_what_headers_tell(labels, key):
    """Parts of exports, exports with columns of one's own, other languages, and plain lists."""
    assert taken(labels) == key


def test_everyday_words_never_make_a_plain_list_a_mailing_tools():
    """The word `active` in a list of one's own must not become a consent: only Kit's exact row is Kit's."""
    assert taken("first_name,email,created_at,status,city") != "kit-subscribers"
    assert taken("email,first_name,created_at,status") != "kit-subscribers"
    assert taken("Email,First Name,Last Name,Phone,Tags,Date Created,IP,Status,Notes") != "activecampaign-contacts"


def test_what_is_unclear_is_asked_about_with_the_candidates():
    """The message names what the file may be and how to say it."""
    with pytest.raises(InputError) as caught:
        known(None, None, ["mood", "weather"])
    assert caught.value.code == "not_recognised" and "--as" in str(caught.value.hint)
    with pytest.raises(InputError) as caught:
        known(None, None, ["first_name", "email", "created_at", "status", "x", "y", "z", "v", "w", "u"])
    assert caught.value.code in ("several_formats", "not_recognised") and "--as customers" in str(caught.value.hint)


def test_a_format_that_is_named_is_taken_at_its_word():
    """Also when its headers are not there; unknown names are answered with those that are near."""
    assert known(None, "kit-subscribers", ["x"]).kind == "customers"
    assert known("orders", "shopify-orders", ["x"]).kind == "orders"
    for kind, name, code in (
        ("events", "kit-subscribers", "kind_of_format"),
        (None, "shopfy-orders", "unknown_format"),
        (None, "ga4-report", "refused_format"),
    ):
        with pytest.raises(InputError) as caught:
            known(kind, name, ["x"])
        assert caught.value.code == code
    assert "shopify-orders" in str(caught.value.hint) or caught.value.code == "refused_format"


def test_a_report_of_sums_is_refused_also_when_its_rows_are_said_to_be_events():
    """With what to use instead."""
    labels = ["Event name", "Event count", "Total users"]
    for kind in (None, "events"):
        with pytest.raises(InputError) as caught:
            known(kind, None, labels)
        assert caught.value.code == "refused_format" and "BigQuery" in str(caught.value.hint)
    assert known("products", None, labels).kind == "products"


@given(st.lists(st.text(max_size=12) | st.sampled_from([header for one in FORMATS for header in one.headers]), max_size=40))
def test_any_headers_are_answered(labels):
    """Scores are between 0 and 1, the likeliest first, and none is sure without being the first."""
    found = recognise(labels)
    assert all(0 <= item.score <= 1 for item in found)
    assert [item.score for item in found] == sorted((item.score for item in found), reverse=True)
    one = sure(found)
    assert one is None or one is found[0]


def test_the_address_for_work_counts_before_the_others(tmp_path):
    """Per person, not per column; the columns themselves stay under their own names."""
    text = (
        "Person - Name,Person - Email - Work,Person - Email - Home,Person - Email - Other,Person - Phone - Work,Person - Phone - Mobile\n"
        "A,a@work.fi,a@home.fi,,,+358401234567\nB,,b@home.fi,b@other.fi,+358501234567,+358401111111\nC, ,,c@other.fi,,\nD,,,,,\n"
    )
    report, accepted, rejected = staged(tmp_path, text, None)
    assert [row["node_value"] for row in accepted] == ["a@work.fi", "b@home.fi", "c@other.fi"]
    assert [named(report, row).get("phone") for row in accepted] == ["+358401234567", "+358501234567", None]
    assert named(report, accepted[0])["person_email_home"] == "a@home.fi"
    assert [row["reason"] for row in rejected] == ["no_customer"]
    assert "first email" not in rejected[0]["raw"]


def test_a_tills_day_and_hour_are_one_time(tmp_path):
    """10:15 on the first of February in Helsinki."""
    text = "Kuittinumero;Pvm;Klo;Myymälä;Tuote;Kpl;Rivisumma;Asiakasnumero\n1;1.2.2026;10.15;Kamppi;Kahvi;1;3,00;K1\n2;1.2.2026;;Kamppi;Kahvi;1;3,00;K1\n"
    _report, accepted, _ = staged(tmp_path, text, None)
    assert [str(row["at"]) for row in accepted] == ["2026-02-01 08:15:00", "2026-01-31 22:00:00"]


def test_brevos_days_come_before_months_also_when_no_day_tells(tmp_path):
    """05-04-2022 is the fifth of April."""
    text = "EMAIL;EMAIL_BLACKLISTED;SMS;ADDED_TIME;MODIFIED_TIME\na@x.fi;No;358401234567;05-04-2022 09:30;05-04-2022 09:30\n"
    report, accepted, _ = staged(tmp_path, text, None)
    assert str(accepted[0]["at"]) == "2022-04-05 06:30:00"
    assert named(report, accepted[0])["phone"] == "+358401234567"


def test_a_phone_that_is_missing_is_that_of_the_address(tmp_path):
    """Shopify has both; apostrophes are no part of either."""
    text = (
        "Customer ID,Email,Accepts Email Marketing,Default Address Zip,Default Address Phone,Phone\n"
        "'1,a@x.fi,yes,'00100,'+358501111111,'+358402222222\n'2,b@x.fi,no,'00100,'+358501111111,\n"
    )
    report, accepted, _ = staged(tmp_path, text, None)
    assert [named(report, row)["phone"] for row in accepted] == ["+358402222222", "+358501111111"]
    assert [row["node_value"] for row in accepted] == ["1", "2"]
