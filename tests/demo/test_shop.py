"""The demo shop is repeatable, looks like a shop, and names nobody."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import json
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from lohko.base import contacts
from lohko.demo.events import CART, OPENED, RECEIVED, VIEW
from lohko.demo.orders import CANCELLED, RETURNED, STORE, WEB
from lohko.demo.people import DOMAINS
from lohko.demo.season import HELSINKI
from lohko.demo.shop import write_shop

UNTIL = dt.date(2026, 11, 25)


def table(path: Path, encoding: str) -> list[dict[str, str]]:
    """The records of a file that have as many cells as its header."""
    lines = path.read_text(encoding=encoding).split("\n")
    rows = [next(csv.reader([line.rstrip("\r")], delimiter=";"), []) for line in lines]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:] if len(row) == len(rows[0])]


def amount(text: str) -> Decimal:
    return Decimal(text.replace(",", ".") or "0")


def day_of(text: str) -> dt.date:
    day, month, year = text.partition(" ")[0].split(".")
    return dt.date(int(year), int(month), int(day))


class Shop:
    """A written shop, read back with nothing but the standard library."""

    def __init__(self, folder: Path, customers: int, until: dt.date) -> None:
        self.files = write_shop(folder, customers=customers, until=until)
        register, orders, events = (file.path for file in self.files)
        self.customers = [row for row in table(register, "cp1252") if row["Asiakasnumero"]]
        self.lines = []
        for row in table(orders, "utf-8-sig"):
            try:
                row["day"] = day_of(row["Tilausaika"])
                count, price = amount(row["Määrä"]), amount(row["Yksikköhinta"])
            except (ValueError, ArithmeticError):
                continue
            if row["Yksikköhinta"] and row["Määrä"] and row["Valuutta"] == "EUR":
                row["sum"] = count * price - amount(row["Alennus"])
                self.lines.append(row)
        self.events = []
        for line in gzip.decompress(events.read_bytes()).decode().splitlines():
            try:
                self.events.append(json.loads(line))
            except ValueError:
                continue

    def orders(self) -> dict[str, list[dict]]:
        """Lines by order number."""
        found = defaultdict(list)
        for row in self.lines:
            found[row["Tilausnumero"]].append(row)
        return found

    def purchases(self) -> dict[str, list[Decimal]]:
        """The totals of each customer's paid orders."""
        found = defaultdict(list)
        for lines in self.orders().values():
            total = sum(line["sum"] for line in lines)
            if lines[0]["Asiakasnumero"] and lines[0]["Tila"] != CANCELLED and total > 0:
                found[lines[0]["Asiakasnumero"]].append(total)
        return found


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Shop:
    return Shop(tmp_path_factory.mktemp("shop"), 2000, UNTIL)


def digests(folder: Path, **how) -> list[str]:
    return [hashlib.sha256(file.path.read_bytes()).hexdigest() for file in write_shop(folder, customers=60, until=UNTIL, **how)]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_shop(tmp_path):
    """Wherever and how often it is written; every file differs under another seed."""
    first = digests(tmp_path / "a")
    assert digests(tmp_path / "b") == first
    assert not set(digests(tmp_path / "c", seed=21)) & set(first)


@pytest.mark.parametrize("until", [dt.date(2024, 2, 29), dt.date(2026, 1, 1), dt.date(2026, 7, 15), dt.date(2026, 10, 26), UNTIL])
def test_nothing_is_dated_on_the_first_day_that_has_not_happened_or_later(tmp_path, until):
    """Neither orders nor events, joinings or consents; and orders reach from the first weeks to the last."""
    shop = Shop(tmp_path, 200, until)
    days = [row["day"] for row in shop.lines]
    assert max(days) < until and min(days) >= until - dt.timedelta(days=732)
    assert (until - max(days)).days < 14 and (max(days) - min(days)).days > 680
    dated = ("Liittynyt", "Sähköpostilupa", "Tekstiviestilupa", "Mainontalupa", "Profilointilupa")
    assert all(day_of(row[name]) < until for row in shop.customers for name in dated if row[name][:1].isdigit())
    end = dt.datetime.combine(until, dt.time(), HELSINKI)
    times = [event["occurred_at"] for event in shop.events if str(event["occurred_at"])[:2] == "20"]
    assert max(dt.datetime.fromisoformat(time) for time in times) < end


def test_half_of_the_buyers_buy_once_and_a_fifth_of_them_makes_most_of_the_revenue(shop):
    """As in shops without contracts; some customers of the register have never bought."""
    totals = shop.purchases()
    once = sum(len(paid) == 1 for paid in totals.values()) / len(totals)
    assert 0.45 < once < 0.6
    spent = sorted((sum(paid) for paid in totals.values()), reverse=True)
    top = [sum(spent[: len(spent) * percent // 100]) / sum(spent) for percent in (10, 20)]
    assert 0.35 < top[0] < 0.55 and 0.5 < top[1] < 0.72
    assert 0.08 < 1 - len(totals) / len(shop.customers) < 0.2
    paid = [value for values in totals.values() for value in values]
    assert 70 < sum(paid) / len(paid) < 130


def test_december_sells_more_than_july_and_the_second_year_more_than_the_first(shop):
    """Seasons and growth are in the books."""
    by_month: Counter[tuple[int, int]] = Counter()
    for row in shop.lines:
        if row["Tila"] != CANCELLED:
            by_month[row["day"].year, row["day"].month] += row["sum"]
    assert 2 * by_month[2024, 12] > 3 * by_month[2025, 7]
    assert 2 * by_month[2025, 12] > 3 * by_month[2026, 7]
    assert 1.1 < sum(by_month[2026, n] for n in range(1, 11)) / sum(by_month[2025, n] for n in range(1, 11)) < 2


def test_orders_are_returned_cancelled_free_discounted_and_sold_at_the_till(shop):
    """All the kinds of orders that the import tells apart, in shares that a shop has."""
    orders = list(shop.orders().values())
    states = Counter(lines[0]["Tila"] for lines in orders)
    assert 0.02 < states[RETURNED] / len(orders) < 0.08
    assert 0.005 < states[CANCELLED] / len(orders) < 0.03
    assert all(line["sum"] < 0 for lines in orders for line in lines if line["Tila"] == RETURNED)
    totals = [sum(line["sum"] for line in lines) for lines in orders]
    assert 0 < sum(total == 0 for total in totals) / len(orders) < 0.03
    coupons = sum(any(line["sum"] < 0 for line in lines) and total > 0 for lines, total in zip(orders, totals, strict=True))
    assert 0.05 < coupons / len(orders) < 0.2
    lowered = sum(any(line["Alennus"] for line in lines) for lines in orders)
    assert 0.05 < lowered / len(orders) < 0.3
    anonymous = [lines for lines in orders if not lines[0]["Asiakasnumero"]]
    assert 0.04 < len(anonymous) / len(orders) < 0.15
    assert {lines[0]["Kanava"] for lines in anonymous} == {STORE}
    assert 0.5 < sum(lines[0]["Kanava"] == WEB for lines in orders) / len(orders) < 0.8


def test_consents_are_given_refused_dated_and_left_blank(shop):
    """E-mail is what most agree to, text messages what fewest do; every answer occurs."""
    shares = {}
    for name in ("Sähköpostilupa", "Mainontalupa", "Tekstiviestilupa", "Profilointilupa"):
        answers = Counter("date" if row[name][:1].isdigit() else row[name] for row in shop.customers)
        assert set(answers) == {"date", "kyllä", "ei", ""}
        assert min(answers.values()) > 0.05 * len(shop.customers)
        shares[name] = (answers["date"] + answers["kyllä"]) / len(shop.customers)
    assert 0.5 < shares["Sähköpostilupa"] < 0.7
    assert shares["Tekstiviestilupa"] < shares["Mainontalupa"] < shares["Sähköpostilupa"]


def test_contacts_are_readable_and_nobodys(shop):
    """E-mail in domains reserved for examples; telephone numbers in codes without an operator, or reserved for fiction."""
    mails = [contacts.email(row["Sähköposti"]) for row in shop.customers if row["Sähköposti"]]
    assert {mail.partition("@")[2] for mail in mails if mail} == set(DOMAINS) and None not in mails
    assert all(domain in ("example.com", "example.org", "example.net") or domain.endswith(".example") for domain in DOMAINS)
    phones = [contacts.phone(row["Puhelin"], "FI") for row in shop.customers if row["Puhelin"]]
    assert all(phone and phone.startswith(("+35847", "+35848", "+467017406")) for phone in phones)
    assert {phone[:6] for phone in phones if phone} == {"+35847", "+35848", "+46701"}
    assert 0.1 < 1 - len(phones) / len(shop.customers) < 0.25


def test_some_postcodes_have_lost_their_zeros(shop):
    """As after a visit to a spreadsheet."""
    short = [row["Postinumero"] for row in shop.customers if row["Maa"] in ("Suomi", "FI") and len(row["Postinumero"]) < 5]
    assert 10 < sum(bool(code) for code in short) < 150


def test_messages_go_only_to_those_who_agreed_and_are_received_before_they_are_opened(shop):
    """From the day of the consent on, where there is one."""
    agreed = {row["Asiakasnumero"]: row["Sähköpostilupa"] for row in shop.customers}
    received = {}
    for event in shop.events:
        if str(event["event"]).startswith("email_") and str(event["occurred_at"])[:2] == "20":
            who, at = event["customer_id"], event["occurred_at"]
            answer = agreed[who]
            assert answer not in ("", "ei")
            if answer != "kyllä":
                assert dt.datetime.fromisoformat(at).astimezone(HELSINKI).date() >= day_of(answer)
            received.setdefault((event["event"], who, event["properties"]["campaign"]), at)
    opened = [key for key in received if key[0] == OPENED]
    late = [key for key in opened if received[key] < received.get((RECEIVED, *key[1:]), "9")]
    assert len(late) <= 2  # an opening in the hour after the books end or before they begin has lost its other half
    assert 0.15 < len(opened) / sum(key[0] == RECEIVED for key in received) < 0.5


def test_what_is_put_in_a_cart_was_looked_at_and_most_carts_become_orders_of_the_web_shop(shop):
    """Views lead to carts lead to orders, and much looking leads nowhere."""
    seen, carts = set(), set()
    counts = Counter(event["event"] for event in shop.events)
    for event in shop.events:
        if event["event"] in (VIEW, CART) and str(event["occurred_at"])[:2] == "20":
            key = (event["customer_id"], event["properties"]["product_id"])
            if event["event"] == VIEW:
                seen.add(key)
            else:
                assert key in seen
                carts.add(key)
    bought = {(row["Asiakasnumero"], row["Tuotenumero"]) for row in shop.lines if row["Kanava"] == WEB and row["Tuotenumero"]}
    assert 0.5 < len(carts & bought) / len(carts) < 0.95
    assert 0.5 < len(carts & bought) / len(bought) < 0.8
    assert 3 < counts[VIEW] / counts[CART] < 12


def test_a_shop_too_small_to_be_one_is_refused(tmp_path):
    """Nineteen customers are not enough to be a demonstration of anything."""
    with pytest.raises(ValueError, match="at least 20"):
        write_shop(tmp_path, customers=19, until=UNTIL)
    assert len(Shop(tmp_path, 20, UNTIL).customers) == 20
