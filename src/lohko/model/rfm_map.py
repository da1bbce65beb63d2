"""The map from RFM cells to named groups: 125 cells, each in exactly one group.

Source of the default map: the 11 segments as published in several public RFM
tools; checked to be an exact partition. Prospects have no cell: they have not
bought yet. A shop may write its own map, cell by cell or as a grid of ranges;
either is refused unless it too names every cell once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from lohko.base.errors import InputError, did_you_mean
from lohko.base.text import fold


@dataclass(frozen=True)
class Group:
    """A named group of customers: its id, and its titles for people."""

    id: str
    en: str
    fi: str


GROUPS: tuple[Group, ...] = (
    Group("champions", "Champions", "Mestarit"),
    Group("loyal", "Loyal", "Uskolliset"),
    Group("potential_loyalist", "Potential Loyalist", "Uskolliseksi kehittyvät"),
    Group("new_customers", "New Customers", "Uudet"),
    Group("promising", "Promising", "Lupaavat"),
    Group("need_attention", "Need Attention", "Kaipaavat huomiota"),
    Group("about_to_sleep", "About To Sleep", "Hiipumassa"),
    Group("at_risk", "At Risk", "Vaarassa"),
    Group("cannot_lose_them", "Cannot Lose Them", "Ei varaa menettää"),
    Group("hibernating", "Hibernating", "Uinuvat"),
    Group("lost", "Lost", "Menetetyt"),
)
PROSPECTS = Group("prospects", "Prospects", "Ei vielä ostaneet")
BY_ID: dict[str, Group] = {group.id: group for group in (*GROUPS, PROSPECTS)}

_CELLS: dict[str, str] = {
    "champions": "555 554 544 545 454 455 445",
    "loyal": "543 444 435 355 354 345 344 335",
    "potential_loyalist": ("553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353 352 351 342 341 333 323"),
    "new_customers": "512 511 422 421 412 411 311",
    "promising": "525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313",
    "need_attention": "535 534 443 434 343 334 325 324",
    "about_to_sleep": "331 321 312 221 213 231 241 251",
    "at_risk": "255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 124",
    "cannot_lose_them": "155 154 144 214 215 115 114 113",
    "hibernating": "332 322 233 232 223 222 132 123 122 212 211",
    "lost": "111 112 121 131 141 151",
}
ALL_CELLS = tuple("".join(cell) for cell in product("12345", repeat=3))
_CELL_SET = frozenset(ALL_CELLS)


_GROUP_IDS = tuple(group.id for group in GROUPS)


def group_id(text: str) -> str | None:
    """The id of a group from its id or its title in English or Finnish, in any case; None if it is none.

    >>> group_id("Cannot lose them"), group_id("EI VIELÄ OSTANEET"), group_id("Heroes")
    ('cannot_lose_them', 'prospects', None)
    """
    return _by_name().get(fold(text))


@lru_cache(maxsize=1)
def _by_name() -> dict[str, str]:
    return {fold(name): group.id for group in BY_ID.values() for name in (group.id, group.en, group.fi)}


def read_map(groups: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Cell to group id, from group to its cells; InputError when a cell is missing or named twice."""
    named: dict[str, list[str]] = {}
    for name, cells in groups.items():
        group = _group_of_cells(name)
        for cell in cells:
            named.setdefault(str(cell), []).append(group)
    check_map(named)
    return {cell: named[cell][0] for cell in ALL_CELLS}


def check_map(named: Mapping[str, Sequence[str]]) -> None:
    """Refuse a map, given as cell to the groups that name it, unless each of the 125 cells is named exactly once."""
    strange = sorted(cell for cell in named if cell not in _CELL_SET)
    twice = [cell for cell in ALL_CELLS if len(named.get(cell, ())) > 1]
    missing = [cell for cell in ALL_CELLS if not named.get(cell)]
    faults = [(cells, what) for cells, what in ((strange, "no RFM cell"), (twice, "named twice"), (missing, "missing")) if cells]
    if faults:
        raise InputError(
            "bad_rfm_map",
            "The RFM map is not whole: " + ", ".join(f"{_count(cells)} {what}" for cells, what in faults) + ".",
            place="; ".join(f"{what}: {_listed(cells)}" for cells, what in faults),
            hint="every cell from 111 to 555 belongs to exactly one group.",
        )


def _group_of_cells(name: str) -> str:
    group = group_id(name)
    if group is None or group == PROSPECTS.id:
        why = "Prospects have not bought, so they have no cells." if group else f"No RFM group is called {name!r}."
        raise InputError("unknown_rfm_group", why, hint=did_you_mean(name, _GROUP_IDS))
    return group


def _count(cells: Sequence[str]) -> str:
    return f"{len(cells)} cell is" if len(cells) == 1 else f"{len(cells)} cells are"


def _listed(cells: Sequence[str]) -> str:
    return " ".join(cell[:12] for cell in cells[:40]) + (" ..." if len(cells) > 40 else "")


def read_grid(rules: Mapping[str, Mapping[str, str]], *, first_match: bool = False) -> dict[str, str]:
    """Cell to group id, from group to its ranges: `{"champions": {"r": "4-5", "fm": "4-5"}}`.

    `r`, `f` and `m` are scores; `fm` bounds the mean of frequency and monetary
    score, halves rounded up, as the usual R x F&M picture does; a range left out is 1-5.
    InputError when a cell falls in no group, or in two unless `first_match` says that
    the group written first takes it. A group that then gets no cell is refused too: it would stay empty without anyone seeing why.
    """
    named: dict[str, list[str]] = {cell: [] for cell in ALL_CELLS}
    for name, ranges in rules.items():
        group = _group_of_cells(name)
        for cell in _cells_in(name, ranges):
            named[cell].append(group)
    if first_match:
        _refuse_swallowed(rules, named)
        named = {cell: groups[:1] for cell, groups in named.items()}
    check_map(named)
    return {cell: groups[0] for cell, groups in named.items()}


def _refuse_swallowed(rules: Mapping[str, Mapping[str, str]], named: Mapping[str, Sequence[str]]) -> None:
    reached = {groups[0] for groups in named.values() if groups}
    swallowed = [name for name in rules if group_id(name) not in reached]
    if swallowed:
        raise InputError(
            "unreachable_rfm_group",
            "A group's cells are all taken by groups before it.",
            place=", ".join(swallowed),
            hint="put the narrower group first, or leave this one out.",
        )


def _cells_in(name: str, ranges: Mapping[str, str]) -> list[str]:
    for key in ranges:
        if key not in ("r", "f", "m", "fm"):
            raise InputError("bad_rfm_grid", f"{key!r} is no score.", place=name, hint="give ranges for r, f, m or fm.")
    low = {key: _range(name, str(ranges.get(key, "1-5"))) for key in ("r", "f", "m", "fm")}
    found = []
    for r, f, m in product(range(1, 6), repeat=3):
        scores = {"r": r, "f": f, "m": m, "fm": (f + m + 1) // 2}
        if all(first <= scores[key] <= last for key, (first, last) in low.items()):
            found.append(f"{r}{f}{m}")
    return found


def _range(place: str, text: str) -> tuple[int, int]:
    ends = re.fullmatch(r"\s*([1-5])\s*(?:[-–]\s*([1-5])\s*)?", text)
    first, last = (int(ends[1]), int(ends[2] or ends[1])) if ends else (0, 0)
    if not 0 < first <= last:
        raise InputError("bad_rfm_grid", f"{text!r} is no range of scores.", place=place, hint="write 3 or 3-5; scores are 1 to 5.")
    return first, last


def parse_map(text: str) -> dict[str, str]:
    """Cell to group id, from YAML: `groups:` with lists of cells, or `grid:` with ranges (and `first_match: yes`)."""
    return cells_of(load_yaml(text, "The RFM map"))


def load_yaml(text: str, what: str) -> Any:
    """The plain values of a YAML 1.2 text; InputError with the line when it is not valid."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        place = f"line {error.problem_mark.line + 1}" if error.problem_mark else None
        raise InputError("bad_yaml", f"{what} is not valid YAML: {error.problem}.", place=place) from None
    except (YAMLError, RecursionError, ValueError) as error:
        raise InputError("bad_yaml", f"{what} is not valid YAML.") from error


def cells_of(body: Any) -> dict[str, str]:
    """Cell to group id, from what the YAML of a map says."""
    match body:
        case {"groups": dict() as groups, **others} if not others and all(isinstance(cells, list | str) for cells in groups.values()):
            return read_map({str(name): cells.split() if isinstance(cells, str) else _cells(cells) for name, cells in groups.items()})
        case {"grid": dict() as grid, **others} if set(others) <= {"first_match"} and all(isinstance(item, dict) for item in grid.values()):
            rules = {str(name): {str(key): str(value) for key, value in ranges.items()} for name, ranges in grid.items()}
            return read_grid(rules, first_match=others.get("first_match") is True)
    raise InputError(
        "bad_rfm_map",
        "The RFM map has neither groups with their cells nor a grid with its ranges.",
        hint="for example `groups: {champions: [555, 554], ...}` or `grid: {champions: {r: 4-5, fm: 4-5}, ...}`.",
    )


def _cells(cells: list[object]) -> list[str]:
    return [str(cell) for cell in cells]


def write_map(cells: Mapping[str, str]) -> str:
    """A map as the YAML that `parse_map` reads."""
    by_group = {group: [cell for cell in reversed(ALL_CELLS) if cells[cell] == group] for group in _GROUP_IDS}
    lines = [f"  {group}: [{', '.join(mine)}]" for group, mine in by_group.items() if mine]
    return "\n".join(["groups:", *lines, ""])


DEFAULT_MAP: dict[str, str] = read_map({group: cells.split() for group, cells in _CELLS.items()})
