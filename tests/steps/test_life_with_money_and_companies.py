"""The same life with all that changes what is known already: rates, costs, contracts, retention, whose value counts, who is one person, companies, visitors.

Asking the few who may have moved still gives what asking everyone gives, over clocks that are turned, year's end and 29 February.
"""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import pytest

from intake.posting import identify, send, track
from lohko.state.batches import batches
from lohko.steps import refresh_few
from lohko.steps.contracts import edit_contract, learn_contract
from lohko.steps.intake import events_retry
from lohko.steps.one_person import survivorship
from lohko.steps.rates import rates_add
from lohko.steps.read import rfm_rules
from lohko.steps.refresh import refresh
from lohko.steps.renew import renew
from lohko.steps.retention import retention_run, retention_set
from lohko.steps.retry import retry
from lohko.steps.suppression import suppression_lift
from lohko.steps.unify import identity_rules, unify
from lohko.steps.work import silent
from lohko.steps.write_keys import event_key_add, event_key_allow, event_key_list
from steps.rows import define
from steps.test_life_of_a_live_shop import LiveLife
from steps.test_refresh_few import HAPPENINGS, PEOPLE, RELATIVE, RULES, Clock

LIVES = int(os.environ.get("LOHKO_LIVES", "1"))
MORE = {
    "karhu": 'ordered products whose (brand is "Karhu" and total is more than 20 €)',
    "usually": "average of total of orders is more than 40 €",
    "lowest": "min of total of orders is less than 30 €",
    "december": "ordered in December in at least 2 of the last 3 years",
    "reach": "can be reached by phone",
    "margin": "sum of margin of orders is over 20",
    "no_margin": "ordered where margin is unknown",
    "refunded": "got a refund in the last 60 days",
    "weekend": "ordered where weekday is one of Saturday, Sunday",
    "night": "ordered where hour is at least 22",
    "left": "left segment recent this month",
    "latest_two": "ordered at least 1 time where total > 50 among the latest 2",
    "exactly": "ordered exactly 7 days ago",
    "quarter": "ordered this quarter",
    "share": "at least 50 % of orders in the last 12 months had total over 40",
    "gap": "usual number of days between orders is less than 20",
    "plan": "plan has ever been gold",
    "today": "birthday anniversary is today",
    "aged": "birthday is more than 36 years ago",
    "city": 'city is "Oulu"',
    "looked": "did looked at least 2 times in the last 10 days",
    "many_pages": "did looked where pages > 3",
    "decile": "is in decile 10 by sum of total of orders",
    "trend": "sum of total of orders in the last 30 days is more than 1.5 times the sum of total of orders 31-60 days ago",
    "mean": "is above average by sum of total of orders among segment nordic",
    "large": "the account has 10-249 employees",
    "open": "the account has an open deal",
    "chain": "in segment came or in segment of_recent",
}
CUSTOMERS = "customer_id,country,birthday,email,company,city,phone,updated_at"
LINES = "customer_id,order_id,ordered_at,brand,product_id,quantity,line_total,currency,status"
COSTS, ACCOUNTS = "product_id,name,cost,valid_from", "account_id,company,employees"
DEALS = "deal_id,email,title,stage,status,value,currency,created,updated_at,company"
TURNS = ["2026-03-28T21:59", "2026-03-29T01:30", "2026-10-25T00:30", "2026-12-31T21:59", "2026-12-31T22:00", "2028-02-28T22:00"]
"""When clocks in Helsinki are turned, a year ends, and 29 February begins."""
SURVIVAL: list[dict[str, Any]] = [
    {"rule": "most recent"},
    {"rule": "most complete"},
    {"rule": "source priority", "sources": ["crm", "shop"]},
]


class LargerLife(LiveLife):
    """What else may happen to a shop with several systems."""

    rules = RULES | MORE
    relative = RELATIVE | {"gap", "decile", "trend", "mean", "large", "open", "chain"}

    def __init__(self, work: Any, clock: Clock, seed: int) -> None:
        self.rules = RULES
        event_key_add(work, silent, source="web", kind="public")
        super().__init__(work, clock, seed)
        self.take("products", COSTS, "CUP,Cup,20,")
        rates_add(work, silent, currency="SEK", day=self.day(-50)[:10], rate="11")
        self.take("order-lines", LINES, f"bo,L2,{self.day(-45)},Karhu,CUP,1,600,SEK,paid")
        self.take("customers", CUSTOMERS, f"ann,FI,1992-02-29,ann@example.com,Acme,Oulu,0401234567,{self.day(-10)}")
        self.take("accounts", ACCOUNTS, "A1,Acme,50")
        self.take("deals", DEALS, f"D1,ann@example.com,Offer,Offer,open,900,EUR,{self.day(-30)},{self.day(-30)},Acme")
        send(work, track("Looked", user="ann", at=clock.at, pages=4), identify("ann", plan="gold"), at=clock.at)
        define(work, **MORE)
        del self.rules
        refresh(work, silent)

    def buys_in_a_currency(self, who: str) -> None:
        brand, product = self.draw.choice(["Karhu", "Luhta"]), self.draw.choice(["CUP", "MUG"])
        paid = f"{self.draw.randint(-30, 120)},{self.draw.choice(['EUR', 'SEK', 'USD'])},{self.draw.choice(['paid', 'cancelled'])}"
        row = f"{who},L{self.draw.randint(1, 6)},{self.days()},{brand},{product},1,{paid}"
        self.take("order-lines", LINES, row, replace=self.draw.random() < 0.4)

    def is_paid_back(self, who: str) -> None:
        back = self.draw.choice([0, 20, 80])
        row = f"{who},R{self.draw.randint(1, 4)},{self.days()},80,{back}"
        self.take("orders", "customer_id,order_id,ordered_at,total,refunded_amount", row)

    def costs_change(self, _who: str) -> None:
        since = self.day(-self.draw.randint(0, 80))[:10]
        self.take("products", COSTS, f"{self.draw.choice(['CUP', 'MUG'])},x,{self.draw.randint(1, 40)},{since}")

    def a_rate_is_told(self, _who: str) -> None:
        day = self.day(-self.draw.randint(0, 60))[:10]
        rates_add(self.work, silent, currency=self.draw.choice(["SEK", "USD"]), day=day, rate=str(self.draw.randint(1, 12)))

    def is_read_again(self, _who: str) -> None:
        with self.work.state.connect() as connection:
            numbers = [row["number"] for row in batches(connection)]
        retry(self.work, silent, batch=self.draw.choice([*numbers, None]))

    def is_in_the_crm(self, who: str) -> None:
        born, company = self.draw.choice(["1992-02-29", "2000-12-31", ""]), self.draw.choice(["Acme", "Beta", ""])
        where = f"{self.draw.choice(['Oulu', 'Turku', ''])},{self.draw.choice(['0401234567', ''])},{self.draw.choice(['', self.days()])}"
        row = f"{who},{self.draw.choice(['FI', 'SE'])},{born},{self.draw.choice(PEOPLE)}@example.com,{company},{where}"
        self.take("customers", CUSTOMERS, row, source="crm")

    def another_survives(self, _who: str) -> None:
        survivorship(self.work, silent, attribute=self.draw.choice(["country", "city", "birthday"]), **self.draw.choice(SURVIVAL))

    def others_are_one(self, _who: str) -> None:
        rules = self.draw.choice(["rules: {email: never}", "rules: {phone: merges}", None])
        identity_rules(self.work, silent, text=rules, reset=rules is None)
        unify(self.work, silent)

    def scores_change(self, _who: str) -> None:
        rules = self.draw.choice(["value: margin", "window: 90 days", None])
        rfm_rules(self.work, silent, text=rules, reset=rules is None)

    def is_kept_shorter(self, _who: str) -> None:
        event, days = self.draw.choice(["page_view", "booking", "order", "looked"]), self.draw.choice([5, 30, None])
        retention_set(self.work, silent, source=self.draw.choice(["shop", "web", "crm"]), event=event, days=days)
        retention_run(self.work, silent)

    def a_contract_is_learned(self, _who: str) -> None:
        kind = self.draw.choice(["customers", "orders", "events"])
        learn_contract(self.work, silent, source="shop", kind=kind)
        edit_contract(self.work, silent, source="shop", kind=kind, breach=self.draw.choice(["warn", "reject"]))

    def comes_back(self, who: str) -> None:
        suppression_lift(self.work, silent, identifier=self.draw.choice([who, f"{who}@example.com"]), reason="asked")

    def a_company_grows(self, _who: str) -> None:
        row = f"{self.draw.choice(['A1', 'A2'])},{self.draw.choice(['Acme', 'Beta'])},{self.draw.choice([5, 50, 500])}"
        self.take("accounts", ACCOUNTS, row)

    def a_deal_moves(self, who: str) -> None:
        state, company = self.draw.choice(["open", "won", "lost"]), self.draw.choice(["Acme", "Beta"])
        row = f"D{self.draw.randint(1, 3)},{who}@example.com,Offer,Offer,{state},900,EUR,{self.day(-30)},{self.day(-1)},{company}"
        self.take("deals", DEALS, row)

    def browses(self, _who: str) -> None:
        at, kind = self.clock.at - dt.timedelta(hours=self.draw.randint(0, 300)), self.draw.choice(["public", "server"])
        looked = track("Looked", anonymous=self.draw.choice(["b1", "b2"]), at=at, pages=self.draw.randint(1, 6))
        send(self.work, looked, kind=kind, at=self.clock.at)

    def signs_in(self, who: str) -> None:
        said = identify(who, anonymous=self.draw.choice(["b1", "b2"]), plan=self.draw.choice(["gold", "basic"]), at=self.clock.at)
        send(self.work, said, kind=self.draw.choice(["public", "server"]), at=self.clock.at)

    def has_another_number(self, who: str) -> None:
        previous = self.draw.choice([*PEOPLE, "b1"])
        send(self.work, {"type": "alias", "userId": who, "previousId": previous, "messageId": f"a{self.draw.random()}"}, at=self.clock.at)

    def joins_a_company(self, who: str) -> None:
        traits = {"name": self.draw.choice(["Acme", "Beta"]), "employees": self.draw.choice([5, 50])}
        said = {"type": "group", "userId": who, "groupId": self.draw.choice(["A1", "A3"]), "traits": traits}
        send(self.work, {**said, "messageId": f"g{self.draw.random()}"}, at=self.clock.at)

    def events_are_read_again(self, _who: str) -> None:
        for key in event_key_list(self.work, silent)["keys"]:
            if key["kind"] == "public":
                event_key_allow(self.work, silent, key=key["id"], new_names=True)
        events_retry(self.work, silent)

    def another_rule_is_edited(self, _who: str) -> None:
        rule = self.draw.choice(["country is FI", 'city is "Turku"', "plan is gold or country is SE"])
        define(self.work, **{self.draw.choice(["nordic", "came", "karhu", "of_recent"]): rule})

    def is_made_again(self, _who: str) -> None:
        renew(self.work, silent)

    def goes_on(self) -> None:
        later = [moment for text in TURNS if (moment := dt.datetime.fromisoformat(f"{text}+00:00")) > self.clock.at]
        if later and self.draw.random() < 0.4:
            self.clock.at = later[0]
            self.done.append(f"it is {later[0]}")
        else:
            super().goes_on()


LargerLife.happenings = [
    *HAPPENINGS,
    *3 * [name for name, does in vars(LargerLife).items() if callable(does) and name[0] != "_" and name != "goes_on"],
]


@pytest.mark.parametrize("seed", range(LIVES))
def test_whatever_else_happens_few_and_all_are_in_the_same_segments(work, monkeypatch, seed):
    monkeypatch.setattr(refresh_few, "WORTH_IT", 2.0)
    clock = Clock()
    try:
        life = LargerLife(work, clock, seed)
        for turn in range(4):
            for _ in range(life.draw.randint(2, 6)):
                life.happens()
            life.live()
            life.goes_on()
            if turn % 2:
                life.round()
                continue
            found = refresh(work, silent, check=True)
            assert (found["differences"], [row["error"] for row in found["segments"] if row["error"]]) == ([], []), life.done
            life.asked_all = clock.at
    finally:
        clock.stop()
