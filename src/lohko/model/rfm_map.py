"""The map from RFM cells to named groups: 125 cells, each in exactly one group.

Source of the default map: the 11 segments as published in several public RFM
tools; checked to be an exact partition. Prospects have no cell: they have not
bought yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from lohko.base.errors import InputError, did_you_mean


@dataclass(frozen=True)
class Group:
    """A named group of customers: its id, titles, and what to do about it in a few words."""

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


def read_map(groups: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Cell to group id, from group to its cells; InputError when a cell is missing or named twice."""
    found: dict[str, str] = {}
    twice, strange = set(), set()
    for group, cells in groups.items():
        if group not in BY_ID or group == PROSPECTS.id:
            raise InputError("unknown_rfm_group", f"No RFM group is called {group!r}.", hint=did_you_mean(group, [g.id for g in GROUPS]))
        for cell in map(str, cells):
            if cell not in ALL_CELLS:
                strange.add(cell)
            elif cell in found:
                twice.add(cell)
            found[cell] = group
    missing = [cell for cell in ALL_CELLS if cell not in found]
    for cells, what in ((sorted(strange), "no RFM cells (111 to 555)"), (sorted(twice), "named twice"), (missing, "missing")):
        if cells:
            raise InputError(
                "bad_rfm_map",
                f"The RFM map is not whole: {len(cells)} {'is' if len(cells) == 1 else 'are'} {what}.",
                place=" ".join(cells[:30]),
                hint="every one of the 125 cells belongs to exactly one group.",
            )
    return found


DEFAULT_MAP: dict[str, str] = read_map({group: cells.split() for group, cells in _CELLS.items()})
