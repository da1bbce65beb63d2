"""Public sets of six kinds (a shop, a panel, a survey, a mailing, clicks, a CRM) live in one workspace, brought by plain commands and without code; each is asked one question, counted by hand from its file."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from commanding import command
from public_data import DATA

RETAIL = "customer_id=CustomerID,order_id=InvoiceNo,ordered_at=InvoiceDate,product_id=StockCode,quantity=Quantity,unit_price=UnitPrice"
IMPORTS = {
    "online_retail/online_retail.parquet": f"--as order-lines --source retail --timezone Europe/London --map {RETAIL}",
    "customer_personality/marketing_campaign.csv": "--as customers --source personality",
    "mcdonalds_survey/mcdonalds.csv": "--as survey --source mcdonalds --without-ids",
    "hillstrom/hillstrom.csv": "--as customers --source hillstrom --without-ids",
    "retentioneering/ecom.csv.gz": "--as events --source retentioneering",
    "maven_crm/accounts.csv": "--as accounts --source maven",
    "maven_crm/sales_pipeline.csv": "--as deals --source maven",
}


def rows(name: str) -> Iterator[dict[str, str]]:
    """A file's rows by the standard library."""
    opened = gzip.open if name.endswith(".gz") else open
    with opened(DATA / name, "rt", encoding="utf-8-sig", newline="") as stream:
        yield from csv.DictReader(stream)


def heart_buyers() -> int:
    """Known customers who bought the white hanging heart, in whatever case its code is written; returns are not purchases."""
    lines = (row for row in rows("online_retail/online_retail.csv.gz") if row["CustomerID"] and not row["InvoiceNo"].startswith("C"))
    return len({row["CustomerID"] for row in lines if row["StockCode"].upper() == "85123A" and int(row["Quantity"]) > 0})


def wealthy_doctors() -> int:
    """Doctors with more than 80,000 a year."""
    people = rows("customer_personality/marketing_campaign.csv")
    return sum(row["Education"] == "PhD" and bool(row["Income"]) and float(row["Income"]) > 80_000 for row in people)


def lovers() -> int:
    """Respondents who said +4 or that they love it, and think it is tasty."""
    return sum(row["Like"] in ("+4", "I love it!+5") and row["tasty"] == "Yes" for row in rows("mcdonalds_survey/mcdonalds.csv"))


def suburban_spenders() -> int:
    """Rows, equal ones each for itself, that spent something and live where the file says Surburban."""
    return sum(row["zip_code"] == "Surburban" and float(row["spend"]) > 0 for row in rows("hillstrom/hillstrom.csv"))


def mobile_buyers() -> int:
    """Users who purchased on a phone."""
    return len(
        {row["user_id"] for row in rows("retentioneering/ecom.csv.gz") if row["event"] == "purchase" and row["platform"] == "mobile"}
    )


QUESTIONS: dict[str, tuple[str, Callable[[], int]]] = {
    "retail": ('did order_line where (product_id is "85123a" and quantity > 0)', heart_buyers),
    "personality": ("education is PhD and income > 80000", wealthy_doctors),
    "mcdonalds": ("`like` >= 4 and tasty is true", lovers),
    "hillstrom": ("postcode is Surburban and spend > 0", suburban_spenders),
    "retentioneering": ("did purchase where platform is mobile", mobile_buyers),
}
PEOPLE = 4372 + 2240 + 1453 + 64_000 + 600


def lohko(*arguments: str, workspace: Path) -> dict:
    """What a command says, as JSON."""
    done = command(*arguments, "--json", "--workspace", str(workspace))
    assert done.status == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with all of them."""
    missing = [name for name in IMPORTS if not (DATA / name).is_file()]
    if missing:
        pytest.skip(f"the public data is not beside the project: {', '.join(missing)}; LOHKO_TEST_DATA names another place")
    folder = tmp_path_factory.mktemp("public") / "shop"
    assert command("init", str(folder)).status == 0
    for name, options in IMPORTS.items():
        found = lohko("import", str(DATA / name), *options.split(), workspace=folder)
        assert found["received"] == found["accepted"] + found["duplicate"] + found["rejected"], name
        assert (found["duplicate"], found["rejected"]) == (0, 0), name
    return folder


@pytest.mark.slow
def test_everybody_is_there_and_nobody_is_merged(shop):
    """Rows without an identifier are people of their own, equal ones too; numbers of different sources are different people."""
    assert lohko("status", workspace=shop)["people"] == PEOPLE


@pytest.mark.slow
@pytest.mark.parametrize("name", QUESTIONS)
def test_one_question_of_each(shop, name):
    """The answer is that of a count by hand."""
    rule, by_hand = QUESTIONS[name]
    assert lohko("count", rule, "--as-of", "2026-01-01", workspace=shop)["count"] == by_hand() > 0


@pytest.mark.slow
def test_what_deals_were_won_is_asked_of_the_accounts(shop):
    """Companies are no people; their deals add up to what the file's own rows do."""
    won = sum(int(row["close_value"]) for row in rows("maven_crm/sales_pipeline.csv") if row["deal_stage"] == "Won")
    assert lohko("accounts", workspace=shop)["total"]["won_value"] == str(won)


@pytest.mark.slow
def test_the_same_files_again_bring_nothing(shop):
    """Not even those whose rows say nothing of who they are about."""
    for name in ("mcdonalds_survey/mcdonalds.csv", "hillstrom/hillstrom.csv"):
        found = lohko("import", str(DATA / name), *IMPORTS[name].split(), workspace=shop)
        assert (found["already_imported"], found["accepted"]) == (True, 0)
