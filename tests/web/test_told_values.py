"""The value that decided a condition, as the customer's page says it."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from lohko.base.times import zone
from lohko.web.language import Language, texts
from lohko.web.words import Words

HELSINKI = zone("Europe/Helsinki")


@pytest.mark.parametrize(
    ("condition", "value", "language", "said"),
    [
        ("sum of total of order > 500", "1103.8", "fi", "1\xa0103,8"),
        ("sum of total of order > 500", "1103.8", "en", "1,103.8"),
        ('RFM group is "Champions"', "Promising", "fi", "Lupaavat"),
        ('RFM group is "Champions"', "Promising", "en", "Promising"),
        ('postcode is "00530"', "00530", "fi", "00530"),
        ('customer_id is "17850"', "17850", "en", "17850"),
        ('city is "Promising"', "Promising", "fi", "Promising"),
        ("did order", 3, "fi", "3"),
        ("last order is before 2024-03-01", "2024-02-21 22:00 UTC", "fi", "22.2.2024 klo 0.00"),
        ("last order is before 2024-03-01", "2024-02-21 22:00 UTC", "en", "22 Feb 2024, 00:00"),
        ('note is "2024-02-21"', "2024-02-21", "fi", "2024-02-21"),
    ],
)
def test_a_value_is_told_in_the_language_of_the_page(condition: str, value: object, language: Language, said: str) -> None:
    """Decimals and groups are translated; what only looks like a number or a group stays as the shop wrote it."""
    assert said == Words(texts(language), language, HELSINKI).told(condition, value)


def test_the_page_of_a_customer_tells_the_group_in_finnish(client: TestClient) -> None:
    """The rule asks about Champions; whoever is not one reads their own group by its Finnish name."""
    found = client.get("/api/v1/customers?q=c1").json()["customers"]
    other = next(item for item in found if item["group"] == "promising")
    page = client.get(f"/customers/{other['person_id']}", headers={"accept-language": "fi"}).text
    assert "</span> Lupaavat</b>" in page and "</span> Promising</b>" not in page
