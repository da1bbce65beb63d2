"""A text that says a number becomes one in SQL: `1 234,50 €`, `(5.00)`, `5,00-`, `12,-`, `2 kpl`.

Landing reads whole columns so; contracts and reconciliation read again what stayed a text.
"""

from __future__ import annotations

from sqlglot import exp

from lohko.engine.sql import expression

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
    patterns = {"shape": _SHAPE, "split": _SPLIT, "long": _LONG, "whole": _WHOLE_EUROS, "negative": rf"^\s*\(|[{_MINUS}]"}
    return expression(_WRITTEN, nodes={"__t": text, **{f"__{name}": exp.Literal.string(it) for name, it in patterns.items()}})


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
    texts = {
        "t": thousands,
        "p": point,
        "grouped": rf"-?\d{{1,3}}([{thousands}]\d{{3}})+([{point}]\d*)?",
        "pointed": rf"-?\d*[{point}]\d*",
        "other_grouped": rf"-?\d{{1,3}}([{point}]\d{{3}})+[{thousands}]\d+",
        "other_pointed": rf"-?\d*[{thousands}](\d{{1,2}}|\d{{4,}})",
    }
    template = _READ.replace("__kind_", kind)
    return expression(template, nodes={"__n": digits, **{f"__{name}": exp.Literal.string(it) for name, it in texts.items()}})
