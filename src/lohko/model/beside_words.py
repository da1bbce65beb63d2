"""What stands beside a condition, in words: the parent, the lists before it in its group, and the limit."""

from __future__ import annotations

from collections.abc import Sequence

from lohko.model.definition import Definition, Limit
from lohko.model.figure_words import figure_words


def beside_words(definition: Definition, before: Sequence[str] = (), language: str = "en", currency: str = "EUR") -> list[str]:
    """One line for each thing that decides besides the condition, in the order in which they do; `before` are the earlier lists of the group."""
    finnish = language == "fi"
    found = []
    if definition.parent is not None:
        found.append(f"segmentin {definition.parent} sisällä" if finnish else f"inside segment {definition.parent}")
    if definition.group is not None and before:
        lists = ", ".join(before)
        found.append(
            f"ei ryhmän {definition.group} aiemmilla listoilla: {lists}"
            if finnish
            else f"not in an earlier list of group {definition.group}: {lists}"
        )
    if definition.limit is not None:
        found.append(_limit(definition.limit, finnish, currency))
    return found


def _limit(limit: Limit, finnish: bool, currency: str) -> str:
    number = f"{limit.n:,}"
    if finnish:
        number = number.replace(",", "\N{NO-BREAK SPACE}")
        if limit.by is None:
            return f"enintään {number}, tunnuksen mukaisessa järjestyksessä"
        best = "suurin" if limit.best == "highest" else "pienin"
        return f"enintään {number}: ne, joilla {figure_words(limit.by, 'fi', currency)} on {best}"
    if limit.by is None:
        return f"at most {number}, in the order of their ids"
    return f"at most {number}: those with the {limit.best} {figure_words(limit.by, 'en', currency)}"
