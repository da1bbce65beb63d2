"""Numbers as people write them become decimals: `1 234,50 €`, `(5.00)`, `5,00-`, `12,-`, `2 kpl`.

Whether a column has decimal commas is decided from the whole column, said in the
report, and never by the row; only what can be read in one way alone is read
against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sqlglot import exp

from lohko.landing.words import put

_SPACE = r"\s\x{00a0}\x{2007}\x{2009}\x{202f}'’"
_MINUS = r"\-\x{2010}-\x{2015}\x{2212}"
# A unit has at most eight letters, which `_LONG` looks for: to count them here would take most of the time that a small file needs.
_UNIT = r"(\p{Sc}|%|\p{L}+\.?|US\$|A\$)"
_LONG = rf"[^\d.,:+(){_SPACE}{_MINUS}]{{9}}"
# A sign, a currency, digits with what may stand between them, a unit, a sign behind; or all of it in brackets.
_SHAPE = (
    rf"\(?[{_SPACE}]*[+{_MINUS}]?[{_SPACE}]*(\p{{Sc}}|[A-Z]{{3}}|[Kk]r|US\$|A\$)?[{_SPACE}]*[+{_MINUS}]?[{_SPACE}]*"
    rf"([.,]?\d[\d.,{_SPACE}]*)([,.:][{_MINUS}])?[{_SPACE}]*[{_MINUS}]?[{_SPACE}]*{_UNIT}?[{_SPACE}]*[{_MINUS}]?[{_SPACE}]*\)?"
)
_SPLIT = rf"\d[{_SPACE}]+(\d{{1,2}}|\d{{4,}})([^\d]|$)"  # a space that sets no thousands apart: these are two numbers
_WHOLE_EUROS = rf"[,.:][{_MINUS}]([^\d]*)$"

_WRITTEN = r"""CASE
    WHEN regexp_full_match(__t, '-?\d{1,17}(\.\d{1,2})?') THEN __t
    WHEN regexp_full_match(__t, '[-+]?(\d+([.,]\d+)?|[.,]\d+)[eE][-+]?\d{1,3}')
        THEN format('{:.6f}', TRY_CAST(replace(__t, ',', '.') AS DOUBLE))
    WHEN regexp_full_match(__t, __shape) AND NOT regexp_matches(__t, __split) AND NOT regexp_matches(__t, __long)
        THEN CASE WHEN regexp_matches(regexp_replace(__t, __whole, '\1'), __negative) THEN '-' ELSE '' END
            || rtrim(regexp_replace(regexp_replace(__t, __whole, '\1'), '[^\d.,]', '', 'g'), '.,')
    END"""


def written(text: exp.Expr) -> exp.Expr:
    """A text's digits and marks with at most a minus before them; null when it is no number."""
    return put(
        _WRITTEN,
        t=text,
        shape=exp.Literal.string(_SHAPE),
        split=exp.Literal.string(_SPLIT),
        long=exp.Literal.string(_LONG),
        whole=exp.Literal.string(_WHOLE_EUROS),
        negative=exp.Literal.string(rf"^\s*\(|[{_MINUS}]"),
    )


_READ = r"""TRY_CAST(CASE
    WHEN regexp_full_match(__n, '-?\d+') THEN __n
    WHEN regexp_full_match(__n, __grouped) THEN replace(replace(__n, __t, ''), __p, '.')
    WHEN regexp_full_match(__n, __pointed) THEN replace(__n, __p, '.')
    WHEN regexp_full_match(__n, __other_grouped) THEN replace(replace(__n, __p, ''), __t, '.')
    WHEN regexp_full_match(__n, __other_pointed) THEN replace(__n, __t, '.')
    END AS __kind_)"""


def number(digits: exp.Expr, comma: bool, kind: str) -> exp.Expr:
    """The value of what `written` found, in a column with or without decimal commas; null when it cannot be read."""
    thousands, point = (".", ",") if comma else (",", ".")
    return put(
        _READ.replace("__kind_", kind),
        n=digits,
        t=exp.Literal.string(thousands),
        p=exp.Literal.string(point),
        grouped=exp.Literal.string(rf"-?\d{{1,3}}([{thousands}]\d{{3}})+([{point}]\d*)?"),
        pointed=exp.Literal.string(rf"-?\d*[{point}]\d*"),
        other_grouped=exp.Literal.string(rf"-?\d{{1,3}}([{point}]\d{{3}})+[{thousands}]\d+"),
        other_pointed=exp.Literal.string(rf"-?\d*[{thousands}](\d{{1,2}}|\d{{4,}})"),
    )


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


def could_be_rates(values: Iterable[str], comma: bool) -> bool:
    """Whether all values of a tax column are rates of VAT, which amounts may be by chance."""
    found = [re.sub(r"[^\d.,]", "", value).replace(",", "." if comma else "") for value in values]
    try:
        return bool(found) and all(float(value) in VAT_RATES for value in found)
    except ValueError:
        return False
