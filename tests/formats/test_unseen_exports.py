"""Exports of tools that have no format of their own, and columns named otherwise: what they are taken to be, and what their sums mean."""

from __future__ import annotations

import pytest

from landing.staging import named, staged
from lohko.formats.fields import fields_of
from lohko.formats.recognise import recognise, sure


def taken(labels: str, separator: str = ",") -> str | None:
    """The key of the format that a row of headers is taken to be."""
    found = sure(recognise(labels.split(separator)))
    return found.format.key if found else None


@pytest.mark.parametrize(
    ("labels", "key"),
    [
        (
            "ID;Purchase Point;Purchase Date;Bill-to Name;Grand Total (Base);Grand Total (Purchased);Status;Billing Address;Customer Email;"
            "Customer Group;Subtotal;Shipping and Handling;Customer Name;Payment Method;Total Refunded",
            "orders",
        ),
        ("ID;Reference;New client;Delivery;Customer;Total;Payment;Status;Date", "orders"),
        (
            "Order ID;Order Date;Order Status;Order Total;Order Tax;Billing Email Address;Billing Phone;Product Name #1;Quantity",
            "woocommerce-orders",
        ),
        ("Order Number;Order Date;Email (Billing);First Name (Billing);Order Total Amount;Order Total Tax Amount", "woocommerce-orders"),
        ("Laskun numero;Laskun pvm;Eräpvm;Asiakaskoodi;Asiakkaan nimi;Laskun summa (veroton);Alv;Laskun summa;Avoinna;Viite", "orders"),
        ("Order #;Order Date;First Name;Last Name;Email;Quantity;Ticket Type;Attendee #;Currency;Total Paid;Fees Paid;Event ID", "orders"),
        ("Sale ID;Date;Item;SKU;Quantity;Retail;Total;Tax;Customer;Customer Email;Employee;Shop;Register", "till-receipts"),
        ("Päiväys;Kuittinumero;Maksutapa;Tuote;SKU;Määrä;Yksikköhinta;Alv-kanta;Hinta sis. alv;Alv;Henkilöstö", "till-receipts"),
        ("Varausnro;Varauspvm;Tulopvm;Lähtöpvm;Asiakas;Sähköposti;Huonetyyppi;Hinta;Segmentti;Tila", "booking-list"),
        ("id;email;created_at;total_price;total_tax;currency;customer.id;line_items", None),
        ("Asiakas;Sähköposti;Tammi;Helmi;Maalis", None),
    ],
)
def test_what_tools_without_a_format_write(labels, key):
    """A file is taken to be what explains all of its headers that anything explains, however many others a tool adds."""
    assert taken(labels, ";") == key


@pytest.mark.parametrize(
    ("label", "kind", "field"),
    [
        ("Guest Email", "bookings", "email"),
        ("Customer phone number", "orders", "phone"),
        ("Invitee First Name", "customers", "first_name"),
        ("Email (Billing)", "orders", "email"),
        ("Laskutusosoite: Postinumero", "orders", "postcode"),
        ("Asiakkaan osoite", "customers", "address"),
        ("Yhteensä (€)", "orders", "total"),
        ("Created (UTC)", "customers", "joined"),
        ("Uutiskirje (x)", "customers", "consent_email"),
        ("Summa €", "orders", "total"),
    ],
)
def test_headers_that_say_whose_or_in_which_unit(label, kind, field):
    """What stands before or behind a header does not hide it; a header without it goes first."""
    rank = fields_of(kind)[field].rank
    assert rank(label) is not None and (rank(label) >= 100 or "€" in label)


@pytest.mark.parametrize("label", ["Agent Email", "User Email", "Shipping Phone", "Toimitusosoite", "Email (Shipping)", "Host name"])
def test_what_belongs_to_others_is_nobodys_contact(label):
    """Those who sell, and where goods are sent."""
    assert not any(
        item.rank(label) is not None for item in fields_of("orders").values() if item.name in ("email", "phone", "address", "name")
    )


def test_the_sum_without_vat_counts_where_no_column_says_the_vat(tmp_path):
    """Of two sums; where the VAT is told it is taken off, whatever it is called."""
    head = "Tilausnumero;Tilausaika;Sähköposti;Veroton summa;{};Loppusumma\n1;3.2.2026;a@x.fi;100,00;{};125,50\n"
    report, accepted, _ = staged(tmp_path, head.format("Toimituskulut", "5,90"), None)
    assert (float(accepted[0]["amount"]), report["mapping"]["total"]) == (100, "Veroton summa")
    report, accepted, _ = staged(tmp_path, head.format("Verot", "25,50"), None)
    assert (float(accepted[0]["amount"]), named(report, accepted[0])["gross"]) == (100, 125.5)


def test_a_plain_orders_id_is_its_number(tmp_path):
    """Where nothing else numbers the orders."""
    report, accepted, _ = staged(tmp_path, "ID,Date,Customer Email,Total,Status\n12,2026-02-03,a@x.fi,10,Complete\n", "orders")
    assert (report["mapping"]["order_id"], accepted[0]["order_id"]) == ("ID", "12")


@pytest.mark.parametrize(
    ("label", "cell", "said"),
    [
        ("Total", "$1,250.00", "no_rate"),
        ("Total", "99.00 SEK", "no_rate"),
        ("Total (GBP)", "99.00", "no_rate"),
        ("Yhteensä (€)", "99,00 €", None),
        ("Total", "99.00 kr", None),
    ],
)
def test_amounts_are_of_the_currency_that_stands_beside_them(tmp_path, label, cell, said):
    """Twelve dollars are not twelve euros; without a rate the row waits. In a shop that counts in dollars they are its own."""
    text = f'Order ID,Order Date,Customer Email,{label}\n1,2026-02-13,a@x.fi,"{cell}"\n'
    _, accepted, rejected = staged(tmp_path, text, None)
    assert ([row["reason"] for row in rejected], len(accepted)) == ([said] if said else [], 0 if said else 1)
    if "$" in cell:
        _, accepted, _ = staged(tmp_path, text, None, currency="CAD", workspace_currency="CAD")
        assert int(accepted[0]["amount"]) == 1250


def test_times_of_american_zones(tmp_path):
    """As PayPal writes them beside the clock."""
    text = "Order ID,Order Date,Customer Email,Total\n1,2026-02-13 10:00:00 PST,a@x.fi,1\n2,2026-07-13 10:00:00 EDT,a@x.fi,1\n"
    _, accepted, _ = staged(tmp_path, text, None)
    assert [row["at"].hour for row in accepted] == [18, 14]


def test_a_second_table_below_the_first_makes_nobody(tmp_path):
    """Products under the customers of one sheet are no people; nor are headers that are repeated."""
    text = (
        "Asiakasnro;Nimi;Sähköposti;Kaupunki\n1;Liisa Laine;li@x.fi;Helsinki\nAsiakasnro;Nimi;Sähköposti;Kaupunki\n2;Matti Meri;ma@x.fi;Turku\n"
        "Tuotteet;;;\nTuotenro;Tuote;Hinta;\nP1;Pipo;50;\nP2;Lapanen;25,5;\n"
    )
    _, accepted, rejected = staged(tmp_path, text, None)
    assert [row["node_value"] for row in accepted] == ["1", "2"]
    assert [(row["record"], row["reason"]) for row in rejected] == [(n, "other_table") for n in (2, 4, 5, 6, 7)]
