"""Finnish rates of value added tax since 1994, dated, by the class of what is sold.

Sources: Arvonlisäverolaki 1501/1993, sections 84 to 85 a, with its changes; the rate of 25.5 % by act 394/2024, the move of
the 10 % class to 14 % by act 789/2024, and 13.5 % as government bill HE 93/2025 proposes from 1 January 2026. The last one and
the figures before 2009 are worth a look before an account is built on them: what a source states itself always goes first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, get_args

VatClass = Literal["general", "food", "restaurant", "books", "press", "none"]
VAT_CLASSES: tuple[VatClass, ...] = get_args(VatClass)
"""What is sold, as the rates tell it apart.

general     everything that is none of the others
food        food and feed
restaurant  meals and catering
books       books, medicines, passenger transport, accommodation, culture and sport
press       newspapers and magazines in subscription
none        what no tax is paid on
"""

_START = "1994-06-01"
_RATES: dict[VatClass, tuple[tuple[str, str], ...]] = {
    "general": ((_START, "22"), ("2010-07-01", "23"), ("2013-01-01", "24"), ("2024-09-01", "25.5")),
    "food": (
        (_START, "12"), ("1995-01-01", "17"), ("2009-10-01", "12"), ("2010-07-01", "13"), ("2013-01-01", "14"), ("2026-01-01", "13.5"),
    ),
    "restaurant": ((_START, "22"), ("2010-07-01", "13"), ("2013-01-01", "14"), ("2026-01-01", "13.5")),
    "books": ((_START, "12"), ("1998-01-01", "8"), ("2010-07-01", "9"), ("2013-01-01", "10"), ("2025-01-01", "14"), ("2026-01-01", "13.5")),
    "press": ((_START, "0"), ("2012-01-01", "9"), ("2013-01-01", "10")),
    "none": ((_START, "0"),),
}  # fmt: skip
RATES: Mapping[VatClass, tuple[tuple[dt.date, Decimal], ...]] = {
    name: tuple((dt.date.fromisoformat(day), Decimal(rate)) for day, rate in rates) for name, rates in _RATES.items()
}
"""Per class, since which day which rate in per cent is in force."""


def vat_rate(name: VatClass, day: dt.date) -> Decimal | None:
    """The rate in per cent of a class on a day; None before the tax existed.

    >>> vat_rate("general", dt.date(2024, 8, 31)), vat_rate("general", dt.date(2024, 9, 1)), vat_rate("books", dt.date(2025, 1, 1))
    (Decimal('24'), Decimal('25.5'), Decimal('14'))
    """
    found = [rate for since, rate in RATES[name] if since <= day]
    return found[-1] if found else None
