"""Which marks the numbers of a column have; `engine/numbers.py` reads them.

Whether a column has decimal commas is decided from the whole column, said in the
report, and never by the row; only what can be read in one way alone is read
against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from lohko.engine.numbers import number as number
from lohko.engine.numbers import written as written


def says_comma(values: Iterable[str]) -> bool | None:
    """Whether a column's numbers use a decimal comma: True, False, or None when they do not tell.

    >>> says_comma(["1,5"]), says_comma(["1.234,50", "1,250"]), says_comma(["1,234"]), says_comma(["0,125"])
    (True, True, None, True)
    """
    comma = dot = 0
    for value in values:
        text = re.sub(r"[^\d.,]", "", value).rstrip(".,")
        last = max(text.rfind(","), text.rfind("."))
        if last < 0:
            continue
        sign, after = text[last], len(text) - last - 1
        both = "," in text and "." in text
        if not (both or after != 3 or text.count(sign) > 1 or last > 3 or text[:last] in ("", "0")):
            continue
        if (sign == ",") == (text.count(sign) == 1):
            comma += 1
        else:
            dot += 1
    return None if comma == dot else comma > dot


def decimal_comma(values: Mapping[str, list[str]], separator: str | None) -> tuple[dict[str, bool], list[str]]:
    """Per column, whether its numbers have a decimal comma; and the columns that could be read in two ways.

    Those follow the other columns, then the separator; cells of formats that know
    numbers never have a comma.
    """
    told = {name: says_comma(texts) for name, texts in values.items()}
    known = [answer for answer in told.values() if answer is not None]
    default = separator is not None and (sum(known) * 2 > len(known) if known else separator == ";")
    undecided = [
        name for name, answer in told.items() if answer is None and any(re.fullmatch(r"\D*\d{1,3}[.,]\d{3}\D*", v) for v in values[name])
    ]
    return {name: default if answer is None else answer for name, answer in told.items()}, undecided if separator is not None else []


VAT_RATES = (0.0, 5.5, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 13.5, 14.0, 19.0, 20.0, 21.0, 22.0, 23.0, 24.0, 25.0, 25.5)
"""Rates of VAT in per cent that are or were in force somewhere in Europe."""


def says_rates(label: str, values: Iterable[str]) -> bool:
    """Whether a tax column says that it holds rates and not amounts."""
    return bool(re.search(r"%|\brate\b|percent|prosent|kanta", label, re.IGNORECASE)) or any("%" in value for value in values)


_WITHOUT_VAT = re.compile(
    r"veroton|verottom|ilman (alv|veroa)|alv\.? ?0|\bvat ?0|(?<!,)\b0 ?% ?(alv|vat)|(ex|excl|excluding|without|before)\.? (vat|tax|sales tax|taxes)\b|exkl\.? moms",
    re.IGNORECASE,
)


def says_without_vat(label: str) -> bool:
    """Whether a header says that its amounts do not hold VAT; *net* alone may mean after fees or discounts.

    >>> [says_without_vat(label) for label in ("Summa (veroton)", "Yhteensä alv 0 %", "Total excl. VAT", "Summa sis. alv", "Net", "Vero")]
    [True, True, True, False, False, False]
    """
    return bool(_WITHOUT_VAT.search(label.replace("_", " ")))


def could_be_rates(values: Iterable[str], comma: bool) -> bool:
    """Whether all values of a tax column are rates of VAT, which amounts may be by chance."""
    found = [re.sub(r"[^\d.,]", "", value).replace(",", "." if comma else "") for value in values]
    try:
        return bool(found) and all(float(value) in VAT_RATES for value in found)
    except ValueError:
        return False
