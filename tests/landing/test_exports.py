"""The exports that shops and mailing tools give are understood by their headers, without a map."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from decimal import Decimal

import pytest

from landing.staging import named, staged

SHOPIFY_ORDERS = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,"
    "Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,"
    "Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,"
    "Billing Address2,Billing Company,Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,"
    "Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,"
    "Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value"
).split(",")


def table(header: list[str], *rows: dict[str, str], separator: str = ",") -> str:
    """A CSV with these headers and rows."""
    out = io.StringIO()
    writer = csv.DictWriter(out, header, delimiter=separator, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def order(name: str, **more: str) -> dict[str, str]:
    """The first row of a Shopify order."""
    return {
        "Name": name, "Email": "Maija@Example.fi", "Financial Status": "paid", "Accepts Marketing": "yes", "Currency": "EUR",
        "Created at": "2026-05-01 09:59:00 +0200", "Billing Name": "Maija Mäkinen", "Billing Zip": "'00100", "Billing Country": "FI",
        "Billing Phone": "'+358401234567", "Id": "5123456789", "Source": "web", "Refunded Amount": "0.00", **more,
    }  # fmt: skip


def line(name: str, quantity: str, price: str, sku: str, **more: str) -> dict[str, str]:
    """What a row of a Shopify order says of its line."""
    return {
        "Name": name, "Email": "Maija@Example.fi", "Created at": "2026-05-01 09:59:00 +0200", "Lineitem quantity": quantity,
        "Lineitem price": price, "Lineitem sku": sku, "Lineitem name": f"Product {sku}", "Vendor": "Tunturi", "Lineitem discount": "0.00", **more,
    }  # fmt: skip


TAX_HELD = [
    {**line("#1", "2", "50.00", "A"), **order("#1", Subtotal="125.50", Shipping="0.00", Taxes="25.50", Total="125.50")},
    line("#1", "1", "25.50", "B"),
]
TAX_ADDED = [{**line("#2", "1", "100.00", "A"), **order("#2", Subtotal="100.00", Shipping="10.00", Taxes="28.05", Total="138.05")}]
WITH_DISCOUNT = [
    {
        **line("#3", "1", "60.00", "A"),
        **order("#3", Subtotal="90.00", Shipping="0", Taxes="0", Total="90.00", **{"Discount Amount": "10.00", "Discount Code": "KEVÄT"}),
    },
    line("#3", "1", "40.00", "B"),
]
REFUNDED = [
    {
        **line("#4", "1", "100.00", "A"),
        **order("#4", Subtotal="100.00", Shipping="25.50", Taxes="25.50", Total="125.50", **{"Refunded Amount": "125.50"}),
    }
]
CANCELLED = [
    {
        **line("#5", "1", "10.00", "A"),
        **order("#5", Subtotal="10.00", Taxes="0", Shipping="0", Total="10.00", **{"Cancelled at": "2026-05-02 10:00:00 +0200"}),
    },
    line("#5", "3", "0.00", "B"),
]
NOBODY = [{**line("#6", "1", "5.00", "A"), **order("#6", Subtotal="5.00", Taxes="0", Shipping="0", Total="5.00"), "Email": ""}]
THIRDS = [
    {**line("#7", "1", "3.33", "A"), **order("#7", Subtotal="9.99", Shipping="0", Taxes="2.03", Total="9.99")},
    line("#7", "1", "3.33", "B"),
    line("#7", "1", "3.33", "C"),
]
ALL = [*TAX_HELD, *TAX_ADDED, *WITH_DISCOUNT, *REFUNDED, *CANCELLED, *NOBODY, *THIRDS]


@pytest.fixture
def shopify(tmp_path):
    """A Shopify order export, staged as lines."""
    return staged(tmp_path, table(SHOPIFY_ORDERS, *ALL), "order-lines")


def by_order(accepted: list[dict], field: str) -> dict[str, Decimal]:
    """The sum of a field per order."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in accepted:
        sums[row["order_id"]] += row[field] or 0
    return dict(sums)


def test_shopify_lines_add_up_to_the_orders_goods_net_of_tax(shopify):
    """Whether prices hold the tax is told by the order's own sums; the tax is taken off once, and a discount once."""
    report, accepted, rejected = shopify
    assert rejected == [] and report["received"] == len(ALL)
    assert (report["money"], [note["code"] for note in report["notes"]]) == ("net", ["order_tax_taken_off"])
    sums = by_order(accepted, "amount")
    assert sums["#1"] == Decimal("100.0000")  # 125.50 with 25.50 of tax in it
    assert sums["#2"] == Decimal("100.0000")  # the tax came on top
    assert sums["#3"] == Decimal("90.0000")  # the discount is shared by the lines
    assert [str(row["amount"]) for row in accepted if row["order_id"] == "#3"] == ["54.0000", "36.0000"]
    assert sums["#7"] == Decimal("7.9600")  # thirds add up all the same


def test_what_a_shopify_order_says_once_holds_for_all_its_lines(shopify):
    """Customer, time, currency, code and cancelling stand on the first row only."""
    report, accepted, _ = shopify
    lines = [row for row in accepted if row["order_id"] == "#3"]
    assert {row["node_value"] for row in lines} == {"maija@example.fi"}
    assert {str(row["at"]) for row in lines} == {"2026-05-01 07:59:00"}
    assert [named(report, row)["coupon"] for row in lines] == ["KEVÄT", "KEVÄT"]
    assert all(row["cancelled"] for row in accepted if row["order_id"] == "#5")
    assert sum(row["cancelled"] for row in accepted) == 2
    assert report["anonymous"] == 1
    first = named(report, accepted[0])
    assert (first["postcode"], first["phone"], first["country"], first["product_id"]) == ("00100", "+358401234567", "FI", "A")
    assert [str(row["quantity"].normalize()) for row in accepted][:2] == ["2", "1"]


def test_a_refund_counts_once_per_order_and_is_as_net_as_the_order(shopify):
    """An order that was given back in full is worth nothing: its goods are refunded, not also its shipping and tax."""
    _, accepted, _ = shopify
    assert by_order(accepted, "refunded")["#4"] == by_order(accepted, "amount")["#4"] > 0


def test_a_tip_does_not_turn_prices_with_tax_into_prices_without(tmp_path):
    """An order whose sums fit neither way, as a tip or duties are in its total, is read as most orders of the file are."""
    tips = [
        {**line("#8", "1", "25.10", "A"), **order("#8", Subtotal="25.10", Shipping="0", Taxes="5.10", Total="29.10")},  # a tip of 4
        {**line("#9", "1", "25.10", "A"), **order("#9", Subtotal="25.10", Shipping="0", Taxes="5.10", Total="27.10")},  # of 2
    ]
    held = {**line("#10", "1", "12.55", "A"), **order("#10", Subtotal="12.55", Shipping="0", Taxes="2.55", Total="12.55")}
    _, accepted, _ = staged(tmp_path, table(SHOPIFY_ORDERS, *TAX_HELD, held, *TAX_ADDED, *tips), "order-lines")
    net = by_order(accepted, "amount")

    assert (net["#8"], net["#9"]) == (Decimal("20.0000"), Decimal("20.0000")), "the tax is in the price, whatever the tip"
    assert net["#2"] == Decimal("100.0000"), "an order whose own sums tell it is believed"


def test_shopify_as_orders_has_one_row_per_order_and_says_what_the_others_are(tmp_path):
    """Further lines are kept as rejected rows, not as orders without a total; the total is net of the taxes."""
    report, accepted, rejected = staged(tmp_path, table(SHOPIFY_ORDERS, *ALL), "orders")
    assert [row["order_id"] for row in accepted] == [f"#{n}" for n in range(1, 8)]
    assert report["rejected_by_reason"] == {"further_line": 5}
    assert {row["reason"] for row in rejected} == {"further_line"}
    assert [str(row["amount"]) for row in accepted[:3]] == ["100.0000", "110.0000", "90.0000"]
    assert report["money"] == "net"


def test_shopify_customers(tmp_path):
    """Apostrophes of spreadsheets are no part of an id, a phone or a postcode; yes and no are consent."""
    header = (
        "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,"
        "Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,Default Address Zip,"
        "Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags"
    )
    text = f"{header}\n'6789,Väinö,Äijälä,vaino@example.fi,yes,,Katu 1,,Tampere,,FI,'33100,,'+358401234567,no,120.50,3,,no,\"vip, kanta\"\n"
    report, accepted, _ = staged(tmp_path, text, "customers")
    assert accepted[0]["node_value"] == "6789"
    found = named(report, accepted[0])
    assert (found["postcode"], found["phone"], found["city"], found["tags"]) == ("33100", "+358401234567", "Tampere", "vip, kanta")
    assert (found["total_spent"], found["total_orders"]) == (Decimal("120.5"), 3)
    assert consents(report, accepted[0]) == {"email": True, "sms": False}


def test_amounts_with_the_mark_of_a_currency_are_numbers_under_any_name(tmp_path):
    """So that they can be compared; amounts of several currencies stay the texts that they are."""
    data = 'customer_id;Kulutettu;Saldo\n1;"1 234,56 €";"5 €"\n2;"12,-";"6 $"\n3;"7€";\n'
    report, accepted, _rejected = staged(tmp_path, data, "customers")
    assert [named(report, row).get("kulutettu") for row in accepted] == [Decimal("1234.56"), Decimal(12), Decimal(7)]
    assert [named(report, row).get("saldo") for row in accepted] == ["5 €", "6 $", None]


YES = "yes Kyllä suostunut sallii opted_in accepted ja ✓".split()
NO = ["no", "Ei", "Kieltänyt", "ei lupaa", "opted_out", "declined", "withdrawn", "nej", "✗"]
NEITHER = ["pending", "unconfirmed", "odottaa", "maybe", ""]


def test_words_of_consent_are_a_yes_a_no_or_nothing(tmp_path):
    """Nobody consents by a word that is not understood; a no is a withdrawal in whatever words."""
    said = [*((word, True) for word in YES), *((word, False) for word in NO), *((word, None) for word in NEITHER)]
    data = "customer_id,consent_email\n" + "".join(f"c{n},{word}\n" for n, (word, _) in enumerate(said))
    report, accepted, _rejected = staged(tmp_path, data, "customers")
    assert [consents(report, row).get("email") for row in accepted] == [meant for _, meant in said]


def consents(report: dict, row: dict) -> dict[str, bool]:
    """What a row says of each purpose."""
    return {c["name"]: row[c["column"]] for c in report["columns"] if c["role"] == "consent" and row[c["column"]] is not None}


def since(report: dict, row: dict) -> list[str]:
    """The dates of a row's consents."""
    return [str(row[f"{c['column']}_at"]) for c in report["columns"] if c["role"] == "consent" and row[f"{c['column']}_at"]]


def test_woocommerce_customers(tmp_path):
    """The report of WooCommerce has no ids: the address is the customer."""
    text = (
        "Name,Username,Last Active,Sign Up,Email,Orders,Total Spend,AOV,Country / Region,City,Region,Postal Code\n"
        'Maija Mäkinen,maija,"Nov 3, 2025","Jan 31, 2024",maija@example.fi,3,150.00,50.00,FI,Tampere,,00100\n'
    )
    report, accepted, _ = staged(tmp_path, text, "customers")
    found = named(report, accepted[0])
    assert accepted[0]["node_value"] == "maija@example.fi"
    assert (found["country"], found["postcode"], found["total_spend"]) == ("FI", "00100", Decimal(150))
    assert str(found["joined"]) == "2024-01-30 22:00:00"


MAILCHIMP = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,"
    "TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS"
)


def test_mailchimp_members_consented_when_they_confirmed(tmp_path):
    """The time of confirming is the consent's date; tags are a cell with quotes of its own."""
    row = 'a@x.fi,A,B,2,"2024-01-02 10:00:00",1.2.3.4,"2024-01-02 10:05:00",1.2.3.4,,,2,3,Europe/Helsinki,FI,18,"2024-03-01 09:00:00",11,aa,,"""vip"",""osti 2x"""'
    report, accepted, _ = staged(tmp_path, f"{MAILCHIMP}\n{row}\n", "customers", file_zone="UTC")
    assert consents(report, accepted[0]) == {"email": True}
    assert since(report, accepted[0]) == ["2024-01-02 10:05:00"]
    assert named(report, accepted[0])["tags"] == '"vip","osti 2x"'
    assert str(accepted[0]["at"]) == "2024-03-01 09:00:00"


def test_mailchimps_unsubscribed_members_took_their_consent_back(tmp_path):
    """The time of leaving is a withdrawal, later than the grant in the same row."""
    text = f"{MAILCHIMP},UNSUB_TIME\na@x.fi,A,B,2,,,2024-01-02 10:05:00,,,,,,,,,2024-03-01 09:00:00,11,aa,,,2024-02-01 08:00:00\n"
    report, accepted, _ = staged(tmp_path, text, "customers", file_zone="UTC")
    staged_consent = [c["column"] for c in report["columns"] if c["role"] == "consent"]
    assert {(accepted[0][c], str(accepted[0][f"{c}_at"])) for c in staged_consent} == {
        (True, "2024-01-02 10:05:00"),
        (False, "2024-02-01 08:00:00"),
    }


def test_brevos_black_lists_withdraw_and_never_grant(tmp_path):
    """Yes in a list of those who want no mail is a withdrawal; no there is no consent."""
    text = (
        "EMAIL;LASTNAME;FIRSTNAME;SMS;EMAIL_BLACKLISTED;SMS_BLACKLISTED;ADDED_TIME;MODIFIED_TIME\n"
        "a@x.fi;Mäki;Aino;358401234567;Yes;No;12-04-2022 09:30;13-04-2022 10:00\n"
        "b@x.fi;Mäki;Eino;358401234568;No;No;12-04-2022 09:30;13-04-2022 10:00\n"
    )
    report, accepted, _ = staged(tmp_path, text, "customers")
    assert [consents(report, row) for row in accepted] == [{"email": False}, {}]
    assert report["unfit"] == {}
    assert str(accepted[0]["at"]) == "2022-04-13 07:00:00"
    assert named(report, accepted[0])["phone"] == "+358401234567"


def test_klaviyo_profiles(tmp_path):
    """Words of Klaviyo for consent are understood; birthdays are dates."""
    text = (
        "Email Address,First Name,Last Name,City,Region,Country,Zip Code,Email Marketing Consent,Birthday\n"
        "a@x.fi,A,B,Oulu,,Finland,90100,SUBSCRIBED,1992-06-21\nb@x.fi,B,C,Oulu,,Suomi,90100,UNSUBSCRIBED,\nc@x.fi,C,D,,,,,NEVER_SUBSCRIBED,\n"
    )
    report, accepted, _ = staged(tmp_path, text, "customers")
    assert [consents(report, row) for row in accepted] == [{"email": True}, {"email": False}, {}]
    assert named(report, accepted[0])["country"] == named(report, accepted[1])["country"] == "FI"
    assert str(named(report, accepted[0])["birthday"]) == "1992-06-21"


def test_stripe_payments_that_failed_are_no_orders(tmp_path):
    """Paid and refunded payments are orders, in UTC as the header says; what was given back is net of tax like the total."""
    text = (
        "id,Description,Seller Message,Created (UTC),Amount,Amount Refunded,Currency,Converted Amount,Converted Amount Refunded,Fee,Tax,"
        "Converted Currency,Mode,Status,Statement Descriptor,Customer ID,Customer Description,Customer Email,Captured,Card ID,Invoice ID\n"
        "ch_1,,,2026-01-02 10:00,125.50,0.00,eur,125.50,0.00,1.5,25.50,eur,Live,Paid,SHOP,cus_1,,a@x.fi,true,card_1,in_1\n"
        "ch_2,,,2026-01-03 10:00,125.50,125.50,eur,125.50,125.50,1.5,25.50,eur,Live,Refunded,SHOP,cus_1,,a@x.fi,true,card_1,\n"
        "ch_3,,,2026-01-04 10:00,80.00,0.00,eur,80.00,0.00,0,,eur,Live,Failed,SHOP,cus_2,,b@x.fi,false,card_2,\n"
        "ch_4,,,2026-01-04 10:00,80.00,0.00,usd,80.00,0.00,0,,eur,Live,Paid,SHOP,cus_2,,b@x.fi,false,card_2,\n"
    )
    _report, accepted, rejected = staged(tmp_path, text, "orders")
    assert [(row["order_id"], str(row["amount"]), str(row["refunded"]), row["cancelled"]) for row in accepted] == [
        ("ch_1", "100.0000", "0.0000", False),
        ("ch_2", "100.0000", "100.0000", False),
        ("ch_3", "80.0000", "0.0000", True),
    ]
    assert str(accepted[0]["at"]) == "2026-01-02 10:00:00"
    assert [row["reason"] for row in rejected] == ["no_rate"]


def test_a_finnish_shop_with_vat_in_its_sums(tmp_path):
    """Summa less Alv, semicolons, decimal commas, spaces in thousands; a column of rates is not an amount."""
    text = "Sähköposti;Etunimi;Sukunimi;Postinumero;Tilausnumero;Päivämäärä;Summa;Alv\nmaija@x.fi;Maija;Mäkinen;100;A1;1.9.2025 klo 14.05;1 255,00 €;255,00 €\n"
    report, accepted, _ = staged(tmp_path, text)
    assert str(accepted[0]["amount"]) == "1000.0000"
    assert str(accepted[0]["at"]) == "2025-09-01 11:05:00"
    assert named(report, accepted[0])["postcode"] == "00100"
    for header, cell in (("Alv", "25,5"), ("ALV %", "25,5"), ("Alv", "25,5 %"), ("Alv-kanta", "25,5")):
        again = text.replace(";Alv\n", f";{header}\n").replace("255,00 €\n", f"{cell}\n")
        assert str(staged(tmp_path, again)[1][0]["amount"]) == "1000.0000"


def test_tax_in_round_numbers_is_an_amount_when_it_is_a_share_of_the_total(tmp_path):
    """24 of 124 is a quarter of what is left; 24 of 1,240 is a rate."""
    amounts = "customer_id,ordered_at,total,tax\n1,2025-01-01,120,20\n2,2025-01-01,60,10\n"
    rates = "customer_id,ordered_at,total,tax\n1,2025-01-01,1240,24\n2,2025-01-01,110,10\n"
    assert [str(row["amount"]) for row in staged(tmp_path, amounts)[1]] == ["100.0000", "50.0000"]
    assert [str(row["amount"]) for row in staged(tmp_path, rates)[1]] == ["1000.0000", "100.0000"]


def test_a_status_that_says_refunded_gives_all_of_it_back(tmp_path):
    """Where no column holds refunded amounts; with such a column only the amount counts."""
    text = "customer_id,order_id,ordered_at,total,status\n1,A,2025-01-01,50,Refunded\n1,B,2025-01-02,40,Completed\n1,C,2025-01-03,30,wc-cancelled\n"
    _, accepted, _ = staged(tmp_path, text)
    assert [(row["refunded"] and str(row["refunded"]), row["cancelled"]) for row in accepted] == [
        ("50.0000", False),
        (None, False),
        (None, True),
    ]
    with_amounts = "customer_id,ordered_at,total,status,refunded\n1,2025-01-01,50,Refunded,20\n"
    assert [str(row["refunded"]) for row in staged(tmp_path, with_amounts)[1]][:1] == ["20.0000"]


def test_ga4_and_segment_events_are_understood_by_their_names(tmp_path):
    """Microseconds since 1970, and names joined by small and large letters."""
    text = '{"event_name": "page_view", "event_timestamp": 1756735500000000, "user_id": "u1", "page": "/"}\n'
    _, accepted, _ = staged(tmp_path, text, "events")
    assert (accepted[0]["event"], str(accepted[0]["at"]), accepted[0]["node_value"]) == ("page_view", "2025-09-01 14:05:00", "u1")
    text = '{"messageId": "m1", "type": "track", "userId": "u1", "event": "Order Completed", "timestamp": "2025-09-01T14:05:00Z", "properties": {"plan": "x"}}\n'
    report, accepted, _ = staged(tmp_path, text, "events")
    assert (accepted[0]["message_id"], accepted[0]["event"]) == ("m1", "Order Completed")
    assert named(report, accepted[0])["plan"] == "x"
