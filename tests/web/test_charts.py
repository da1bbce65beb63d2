"""Charts as SVG: well-formed, named, true to their numbers, and safe whatever their texts hold."""

from __future__ import annotations

import itertools
from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from lohko.web import charts
from lohko.web.charts import Bar, Cell, Point

HOSTILE = '<script>alert("x")</script>&amp;\'"]]>'
TICKS = [(0, "0"), (50, "50"), (100, "100")]
SVG = "{http://www.w3.org/2000/svg}"


def read(markup: Markup) -> ElementTree.Element:
    assert isinstance(markup, Markup)
    return ElementTree.fromstring(str(markup).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def points(*values: float, sure: bool = True, flows: bool = False) -> list[Point]:
    return [Point(value, f"l{n}", f"tip {n}", sure, 3 if flows else 0, 1 if flows else 0) for n, value in enumerate(values)]


def line(items: list[Point], **rest: object) -> ElementTree.Element:
    return read(charts.line("name", items, TICKS, title="T", desc="D", width=400, height=200, **rest))


def bars(items: list[Bar]) -> ElementTree.Element:
    return read(charts.bars("name", items, TICKS, title="T", desc="D", width=400, height=200))


def heat(rows: list, columns: list[str]) -> ElementTree.Element:
    return read(charts.heat("name", rows, columns, axes=("R", "F"), title="T", desc="D", width=400, height=300))


def of_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [node for node in root.iter() if name in node.get("class", "").split()]


@pytest.mark.parametrize("n", [0, 1, 2, 365])
def test_a_line_has_a_place_to_point_at_for_every_day(n: int) -> None:
    """None, one or many points: never a broken picture, and a dot only where there is a last value."""
    root = line(points(*range(n)))
    assert len(of_class(root, "hit")) == n
    assert [tip.text for tip in root.iter(f"{SVG}title")][1:] == [f"tip {k}" for k in range(n)]
    assert len(of_class(root, "dot")) == (1 if n else 0)
    assert len(of_class(root, "area")) == (1 if n > 1 else 0)


def test_a_line_is_as_high_as_its_values() -> None:
    """0 lies on the lowest line of the grid, the highest mark on the highest."""
    root = line(points(0, 50, 100))
    grid = sorted(float(node.get("y1", "")) for node in of_class(root, "grid"))
    path = of_class(root, "stroke")[-1].get("d", "").removeprefix("M").split(" L")
    heights = [float(pair.split()[1]) for pair in path]
    assert heights == [grid[2], grid[1], grid[0]]


def test_days_that_were_filled_in_are_drawn_apart_from_those_recorded() -> None:
    """The dashed part ends where the solid one begins."""
    root = line([*points(1, 2, 3, sure=False), *points(4, 5)])
    unsure, sure = of_class(root, "unsure")[0], next(node for node in of_class(root, "stroke") if "unsure" not in node.get("class", ""))
    assert unsure.get("d", "").split(" L")[-1] == sure.get("d", "").removeprefix("M").split(" L")[0]
    assert len(of_class(line(points(1, 2, sure=False)), "unsure")) == 1
    assert of_class(line(points(1, 2)), "unsure") == []


def test_entered_and_left_are_bars_on_two_sides_of_a_line() -> None:
    """Those who entered stand on it, those who left hang from it; without either there is none."""
    root = line(points(5, 6, flows=True))
    up, down = of_class(root, "up"), of_class(root, "down")
    assert len(up) == len(down) == 2
    middle = float(up[0].get("y", "")) + float(up[0].get("height", ""))
    assert middle == pytest.approx(float(down[0].get("y", "")), abs=0.11)
    assert float(up[0].get("height", "")) > float(down[0].get("height", ""))
    assert of_class(line(points(5, 6)), "up") == []


@pytest.mark.parametrize("n", [0, 1, 24])
def test_bars_are_one_for_each_month_and_the_last_is_hatched_while_it_runs(n: int) -> None:
    """A month that is not over does not look like a bad one."""
    root = bars([Bar(10 * k, f"l{k}", f"tip {k}", complete=k < n - 1) for k in range(n)])
    assert len(of_class(root, "bar")) == max(0, n - 1)
    assert len(of_class(root, "bar-open")) == (1 if n else 0)
    pattern = next(root.iter(f"{SVG}pattern")).get("id")
    for node in of_class(root, "bar-open"):
        assert node.get("fill") == f"url(#{pattern})"


def test_a_month_of_more_refunds_than_orders_hangs_under_the_line() -> None:
    """Below 0 is shown, and no height is negative."""
    root = bars([Bar(50, "a", "a"), Bar(-50, "b", "b"), Bar(-5000, "c", "c")])
    over, under, far = of_class(root, "bar")
    assert float(over.get("y", "")) + float(over.get("height", "")) == pytest.approx(float(under.get("y", "")), abs=0.11)
    assert all(float(node.get("height", "")) >= 0 for node in (over, under, far))


def test_a_heat_map_says_its_numbers_and_not_only_its_colours() -> None:
    """Each square has its number, its strength and its sentence."""
    cells = [Cell("12", "300 €", "R 5, F 1: 12", 5), Cell("–", "", "nobody", 0)]
    root = heat([("5", cells), ("4", cells)], ["1", "2"])
    assert len(of_class(root, "cell")) == 4
    assert len(of_class(root, "level-5")) == len(of_class(root, "level-0")) == 2
    assert [node.text for node in of_class(root, "big")] == ["12", "–"] * 2
    assert [node.text for node in of_class(root, "small")] == ["300 €"] * 2
    assert {"R", "F", "1", "2", "4", "5"} <= {node.text for node in of_class(root, "axis")}


@pytest.mark.parametrize("values", [[], [5], [5, 5, 5], [1, 2], list(range(400)), [-3, 0, 3], [1e12, 0]])
def test_a_spark_line_stays_within_its_picture(values: list[float]) -> None:
    """Also when all values are equal; without values there is no picture."""
    markup = charts.spark(values, "said")
    if not values:
        assert markup == ""
        return
    root = read(markup)
    assert root.get("aria-label") == "said" and root.get("role") == "img"
    for pair in of_class(root, "stroke")[0].get("d", "").removeprefix("M").split(" L"):
        x, y = map(float, pair.split())
        assert 0 <= x <= 96 and 0 <= y <= 28


def test_small_bars_are_for_the_eye_only_because_their_number_stands_beside_them() -> None:
    """A reader of the page to the blind hears the number once."""
    for markup in (charts.share_bar(0.4), charts.share_bar(None), charts.share_bar(2), charts.index_bar(150), charts.index_bar(None)):
        assert read(markup).get("aria-hidden") == "true"


@pytest.mark.parametrize(("share", "width"), [(None, 0), (0, 0), (0.5, 60), (1, 120), (7, 120), (0.0001, 1.5)])
def test_a_share_is_as_long_as_it_says_and_never_longer_than_its_track(share: float | None, width: float) -> None:
    """A small share can still be seen."""
    assert float(of_class(read(charts.share_bar(share)), "bar")[0].get("width", "")) == width


def test_half_and_twice_are_equally_far_from_the_middle() -> None:
    """An index of 50 is as strong as one of 200."""
    over, under = of_class(read(charts.index_bar(200)), "over")[0], of_class(read(charts.index_bar(50)), "under")[0]
    assert over.get("width") == under.get("width")
    assert float(under.get("x", "")) + float(under.get("width", "")) == pytest.approx(float(over.get("x", "")))
    for index in (None, 0, -5):
        assert of_class(read(charts.index_bar(index)), "over") == of_class(read(charts.index_bar(index)), "under") == []
    assert float(of_class(read(charts.index_bar(1e9)), "over")[0].get("width", "")) <= 70


@pytest.mark.parametrize(
    "markup",
    [
        lambda: charts.line(
            HOSTILE, [Point(1, HOSTILE, HOSTILE), Point(2, HOSTILE, HOSTILE)], [(0, HOSTILE), (2, "2")], title=HOSTILE, desc=HOSTILE, width=400, height=200
        ),
        lambda: charts.bars(HOSTILE, [Bar(1, HOSTILE, HOSTILE, False)], [(0, HOSTILE), (2, "2")], title=HOSTILE, desc=HOSTILE, width=400, height=200),
        lambda: charts.heat(
            HOSTILE,
            [(HOSTILE, [Cell(HOSTILE, HOSTILE, HOSTILE, 1)])],
            [HOSTILE],
            axes=(HOSTILE, HOSTILE),
            title=HOSTILE,
            desc=HOSTILE,
            width=400,
            height=300,
        ),
        lambda: charts.spark([1, 2], HOSTILE),
    ],
    ids=["line", "bars", "heat", "spark"],
)  # fmt: skip
def test_a_hostile_text_is_only_text(markup) -> None:
    """A segment called like a script is drawn with that name; the picture stays well-formed."""
    found = markup()
    root = read(found)
    assert "<script" not in found
    assert not [node for node in root.iter() if node.tag.endswith("script")]
    said = [node.text for node in root.iter(f"{SVG}title")] + [root.get("aria-label")]
    assert HOSTILE in said


def test_every_chart_is_named_by_its_own_title_and_description() -> None:
    """Two charts on one page do not share ids, and each name leads to a text."""
    one, two = (read(charts.line(name, points(1, 2), TICKS, title=f"T {name}", desc=f"D {name}", width=400, height=200)) for name in "ab")
    for root, name in ((one, "a"), (two, "b")):
        texts = {node.get("id"): node.text for node in root.iter() if node.get("id")}
        assert root.get("role") == "img"
        assert [texts[item] for item in root.get("aria-labelledby", "").split()] == [f"T {name}", f"D {name}"]
    assert not {node.get("id") for node in one.iter() if node.get("id")} & {node.get("id") for node in two.iter() if node.get("id")}


def test_no_colour_is_written_in_a_chart() -> None:
    """Colours come from the style sheet, so that light and dark are one picture; the security policy forbids styles here."""
    drawn = [
        charts.line("a", points(1, 2, flows=True), TICKS, title="", desc="", width=400, height=200),
        charts.bars("a", [Bar(1, "", "")], TICKS, title="", desc="", width=400, height=200),
        charts.heat("a", [("5", [Cell("1", "", "", 1)])], ["1"], axes=("", ""), title="", desc="", width=400, height=200),
        charts.spark([1, 2], ""),
        charts.share_bar(0.5),
        charts.index_bar(80),
    ]
    for markup in drawn:
        assert "style=" not in markup and "#" not in str(markup).replace("url(#", "") and "rgb" not in markup


@pytest.mark.parametrize("most", [0, -5, 0.001, 0.4, 1, 3, 7, 10, 11, 99, 100, 101, 873, 12345, 9.99e11])
def test_marks_are_round_few_and_reach_the_highest_value(most: float) -> None:
    """From 0 in equal steps, at most six of them."""
    ticks = charts.nice_ticks(most)
    assert ticks[0] == 0 and ticks[-1] >= most and 2 <= len(ticks) <= 6
    steps = {round(after - before, 9) for before, after in itertools.pairwise(ticks)}
    assert len(steps) == 1
    assert ticks[-1] < max(most * 2, 2)
