"""The RFM map names each of the 125 cells exactly once, whoever wrote it."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.base.errors import InputError
from lohko.model.rfm_map import ALL_CELLS, BY_ID, DEFAULT_MAP, GROUPS, group_id, parse_map, read_grid, read_map, write_map

WHOLE = {group.id: [cell for cell in ALL_CELLS if DEFAULT_MAP[cell] == group.id] for group in GROUPS}
PUBLISHED_GRID = {  # R x F&M, as several tools show it
    "champions": {"r": "4-5", "fm": "4-5"},
    "loyal": {"r": "2-5", "fm": "3-5"},
    "potential_loyalist": {"r": "3-5", "fm": "1-3"},
    "need_attention": {"r": "2-3", "fm": "2-3"},
    "about_to_sleep": {"r": "2-3", "fm": "1-2"},
    "at_risk": {"r": "1-2", "fm": "2-5"},
    "lost": {"r": "1-2", "fm": "1-2"},
}


def test_the_default_map_is_the_published_partition():
    """125 cells, eleven groups of the published sizes, one best and one worst."""
    assert len(DEFAULT_MAP) == 125
    sizes = Counter(DEFAULT_MAP.values())
    assert [sizes[group.id] for group in GROUPS] == [7, 8, 24, 7, 16, 8, 8, 22, 8, 11, 6]
    assert (DEFAULT_MAP["555"], DEFAULT_MAP["111"], DEFAULT_MAP["155"]) == ("champions", "lost", "cannot_lose_them")


@pytest.mark.parametrize("group", BY_ID.values(), ids=BY_ID)
def test_a_group_is_found_by_id_and_title(group):
    """In English and Finnish, in any case; prospects are a group too."""
    assert {group_id(name.upper()) for name in (group.id, group.en, group.fi)} == {group.id}


def test_what_is_no_group_is_none():
    """Nothing is guessed."""
    assert group_id("Heroes") is None and group_id("") is None


def refusal(call, *arguments, **options) -> InputError:
    with pytest.raises(InputError) as caught:
        call(*arguments, **options)
    assert caught.value.exit_status == 2
    return caught.value


def test_a_map_with_faults_is_refused_with_all_of_them():
    """Missing cells, cells named twice and cells that do not exist are named at once."""
    error = refusal(read_map, WHOLE | {"lost": ["112", "121", "131", "141", "151", "555", "666"]})
    assert error.code == "bad_rfm_map"
    assert error.place == "no RFM cell: 666; named twice: 555; missing: 111"
    assert "1 cell is missing" in error.message


@given(st.sampled_from(ALL_CELLS), st.sampled_from([group.id for group in GROUPS]))
def test_every_missing_and_every_double_cell_is_seen(cell, other):
    """One cell taken out of its group, or put into one more, also into its own again."""
    without = {name: [item for item in cells if item != cell] for name, cells in WHOLE.items()}
    assert refusal(read_map, without).place == f"missing: {cell}"
    doubled = WHOLE | {other: [*WHOLE[other], cell]}
    assert refusal(read_map, doubled).place == f"named twice: {cell}"
    moved = without | {other: [*without[other], cell]}
    assert read_map(moved) == DEFAULT_MAP | {cell: other}


def test_groups_may_be_called_by_their_titles():
    """A Finnish shop writes its map in Finnish; prospects have no cells, and unknown names bring candidates."""
    assert read_map({BY_ID[name].fi: cells for name, cells in WHOLE.items()}) == DEFAULT_MAP
    assert refusal(read_map, WHOLE | {"Prospects": []}).code == "unknown_rfm_group"
    assert "champions" in (refusal(read_map, WHOLE | {"champion": []}).hint or "")


def test_the_published_grid_is_refused_for_its_gaps_and_overlaps():
    """Taken as it stands it is no partition; by first match it still would leave groups that nobody can be in."""
    error = refusal(read_grid, PUBLISHED_GRID)
    assert "named twice" in error.message
    gap = refusal(read_grid, {"champions": {"r": "4-5", "f": "4-5", "m": "4-5"}, "lost": {"r": "1-3"}}, first_match=True)
    assert "missing" in (gap.place or "")
    assert refusal(read_grid, {"lost": {}, "champions": {"r": "5"}}, first_match=True).place == "champions"


def test_by_first_match_a_grid_with_overlaps_is_a_map():
    """The group written first takes the cell."""
    found = read_grid(PUBLISHED_GRID, first_match=True)
    assert set(found) == set(ALL_CELLS)
    assert (found["555"], found["355"], found["111"]) == ("champions", "loyal", "lost")
    assert found["545"] == found["454"] == "champions"  # mean of F and M, halves rounded up


def test_a_grid_without_gaps_and_overlaps_is_a_map():
    """Each cell falls in one range."""
    found = read_grid({"champions": {"r": "4–5"}, "at_risk": {"r": "1-3", "fm": "3-5"}, "Menetetyt": {"r": "1-3", "fm": "1-2"}})
    assert Counter(found.values()) == {"champions": 50, "at_risk": 57, "lost": 18}


@pytest.mark.parametrize("ranges", [{"r": "0-5"}, {"r": "5-4"}, {"r": "4-5-5"}, {"r": ""}, {"r": "45"}, {"x": "1-5"}, {"fm": "a-b"}])
def test_a_range_that_is_none_is_refused(ranges):
    """With the group it stands at."""
    error = refusal(read_grid, {"champions": ranges})
    assert (error.code, error.place) == ("bad_rfm_grid", "champions")


def test_a_map_is_written_and_read_back():
    """YAML that a user can edit; lists or one text of cells."""
    assert parse_map(write_map(DEFAULT_MAP)) == DEFAULT_MAP
    assert (
        parse_map("groups:\n" + "".join(f"  {name}: {' '.join(cells)}\n" for name, cells in WHOLE.items() if len(cells) > 1)) == DEFAULT_MAP
    )
    assert parse_map("first_match: yes\ngrid: {champions: {r: 5}, lost: {}}".replace("yes", "true"))["555"] == "champions"


@pytest.mark.parametrize(
    "text", ["", "[]", "groups: 5", "groups: {champions: 5}", "grid: {a: 1}", "groups: {}\nmore: 1", "a: [", "{{{", "\x00"]
)
def test_a_text_that_is_no_map_is_refused(text):
    """With what a map looks like."""
    assert refusal(parse_map, text).code in ("bad_rfm_map", "bad_yaml", "bad_rfm_grid")
