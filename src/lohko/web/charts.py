"""Charts as SVG text, drawn on the server: pure functions from numbers and ready-made words to markup.

Colours come from the style sheet by class, so that they follow light and dark.
Nothing is said by colour alone, and every chart has a title, a description and,
in the page, its numbers as a table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

NOT_TOLD = "*"
"""What stands in a picture for a number that is not told: one of 1 to 4 people, or one that would give such a one away."""


@dataclass(frozen=True)
class Point:
    """One place on the line: its value, its label on the axis (empty for none), what is said of it, whether it is certain."""

    value: float
    label: str
    tip: str
    sure: bool = True
    up: float = 0
    down: float = 0


@dataclass(frozen=True)
class Bar:
    """One column: its value, its label on the axis (empty for none), what is said of it, whether its time is over."""

    value: float
    label: str
    tip: str
    complete: bool = True


@dataclass(frozen=True)
class Cell:
    """One square of the heat map: what stands in it in two lines, what is said of it, and how strong it is (0 to 5)."""

    first: str
    second: str
    tip: str
    level: int


def nice_ticks(most: float, steps: int = 4) -> list[float]:
    """Round numbers from 0 to at least `most`.

    >>> nice_ticks(873), nice_ticks(3), nice_ticks(0)
    ([0, 250, 500, 750, 1000], [0, 1, 2, 3], [0, 1])
    """
    if most <= 0:
        return [0, 1]
    rough = most / steps
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    step = max(1, step)
    count = math.ceil(most / step - 1e-9)
    return [int(step * place) if float(step * place).is_integer() else step * place for place in range(count + 1)]


def ticks_around(low: float, high: float, steps: int = 4) -> list[float]:
    """Round numbers from at most `low`, when it is below 0, over 0 to at least `high`, all of one step.

    >>> ticks_around(0, 873), ticks_around(-90, 873)
    ([0, 250, 500, 750, 1000], [-250, 0, 250, 500, 750, 1000])
    """
    found = nice_ticks(max(high, -low), steps)
    step = found[1] - found[0]
    above = [tick for tick in found if tick < high + step] if high > 0 else [0]
    below = [-tick for tick in found[1:] if tick < step - low] if low < 0 else []
    return [*reversed(below), *above] if len(above) + len(below) > 1 else found


def line(
    name: str, points: Sequence[Point], ticks: Sequence[tuple[float, str]], *, title: str, desc: str, width: int, height: int
) -> Markup:
    """A line over time with the area below it; entered and left as small bars under it when any point has them."""
    flows = any(point.up or point.down for point in points)
    left, top, bottom, right = _gutter(ticks), 12, 24 + (56 if flows else 0), 10
    inner, base = width - left - right, height - bottom
    high = ticks[-1][0] or 1
    step = inner / max(1, len(points) - 1)
    xs = [left + place * step for place in range(len(points))]
    ys = [base - (base - top) * point.value / high for point in points]
    body = _grid(ticks, left, width - right, top, base)
    body += _area(xs, ys, base)
    body += _lines(points, xs, ys)
    body += _axis_labels([(x, point.label) for x, point in zip(xs, points, strict=True)], left, width - right, base + 18)
    if flows:
        body += _flows(points, xs, step, base + 32, height - 2)
    body += [
        f'<rect class="hit" x="{x - step / 2:.1f}" y="{top}" width="{max(step, 1):.1f}" height="{height - top}"><title>{escape(point.tip)}</title></rect>'
        for x, point in zip(xs, points, strict=True)
    ]
    return framed(name, "line", width, height, title, desc, body)


def _area(xs: Sequence[float], ys: Sequence[float], base: float) -> list[str]:
    if len(xs) < 2:
        return []
    path = " ".join(f"L{x:.1f} {y:.1f}" for x, y in zip(xs, ys, strict=True))
    return [f'<path class="area" d="M{xs[0]:.1f} {base} {path} L{xs[-1]:.1f} {base} Z"/>']


def _lines(points: Sequence[Point], xs: Sequence[float], ys: Sequence[float]) -> list[str]:
    """The line itself: dashed where its days were reconstructed, solid where they were recorded."""
    first = next((place for place, point in enumerate(points) if point.sure), len(points))
    body = []
    for part, kind in ((slice(0, first + 1), "stroke unsure"), (slice(first, None), "stroke")):
        pairs = list(zip(xs[part], ys[part], strict=True))
        if len(pairs) > 1:
            path = " L".join(f"{x:.1f} {y:.1f}" for x, y in pairs)
            body.append(f'<path class="{kind}" d="M{path}"/>')
    if xs:
        body.append(f'<circle class="dot" cx="{xs[-1]:.1f}" cy="{ys[-1]:.1f}" r="3.5"/>')
    return body


def _flows(points: Sequence[Point], xs: Sequence[float], step: float, top: float, bottom: float) -> list[str]:
    """Entered upwards, left downwards, around a middle line."""
    middle, half = (top + bottom) / 2, (bottom - top) / 2
    most = max(max(point.up, point.down) for point in points) or 1
    wide = max(1.0, min(8.0, step * 0.7))
    body = [f'<line class="grid" x1="{xs[0]:.1f}" x2="{xs[-1]:.1f}" y1="{middle:.1f}" y2="{middle:.1f}"/>']
    for x, point in zip(xs, points, strict=True):
        for value, kind, sign in ((point.up, "up", -1), (point.down, "down", 1)):
            if value:
                tall = max(1.0, half * value / most)
                y = middle - tall if sign < 0 else middle
                body.append(f'<rect class="{kind}" x="{x - wide / 2:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}"/>')
    return body


def bars(name: str, items: Sequence[Bar], ticks: Sequence[tuple[float, str]], *, title: str, desc: str, width: int, height: int) -> Markup:
    """Columns over time; the last one is hatched when its time is not over. Values below 0 hang under the line of 0, for which the ticks go below it."""
    left, top, bottom, right = _gutter(ticks), 12, 26, 4
    inner, low_y = width - left - right, height - bottom
    high, low = ticks[-1][0] or 1, min(0.0, ticks[0][0])
    base = low_y + (low_y - top) * low / (high - low)
    step = inner / max(1, len(items))
    wide = max(2.0, step * 0.64)
    body = [f'<defs><pattern id="hatch-{escape(name)}" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">']
    body[0] += '<rect class="hatch-ground" width="5" height="5"/><rect class="hatch-line" width="2" height="5"/></pattern></defs>'
    body += _grid(ticks, left, width - right, top, low_y)
    if low < 0:
        body.append(f'<line class="axis-line" x1="{left:.1f}" x2="{width - right:.1f}" y1="{base:.1f}" y2="{base:.1f}"/>')
    labels = []
    for place, item in enumerate(items):
        middle = left + step * (place + 0.5)
        tall = (low_y - top) * abs(item.value) / (high - low)
        y = base - tall if item.value >= 0 else base
        fill = "" if item.complete else f' fill="url(#hatch-{escape(name)})"'
        kind = "bar" if item.complete else "bar-open"
        body.append(
            f'<g class="column"><rect class="hit" x="{middle - step / 2:.1f}" y="{top}" width="{step:.1f}" height="{low_y - top:.1f}"/>'
            f'<rect class="{kind}"{fill} rx="2" x="{middle - wide / 2:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{max(tall, 0.5):.1f}"/>'
            f"<title>{escape(item.tip)}</title></g>"
        )
        labels.append((middle, item.label))
    body += _axis_labels(labels, left, width - right, low_y + 18)
    return framed(name, "bars", width, height, title, desc, body)


def heat(
    name: str,
    rows: Sequence[tuple[str, Sequence[Cell]]],
    columns: Sequence[str],
    *,
    axes: tuple[str, str],
    title: str,
    desc: str,
    width: int,
    height: int,
) -> Markup:
    """Squares in rows and columns, each with its numbers written in it."""
    left, top, gap = 34, 4, 4
    bottom = 40
    wide, tall = (width - left) / len(columns), (height - top - bottom) / len(rows)
    body = []
    for line_no, (label, cells) in enumerate(rows):
        y = top + line_no * tall
        body.append(f'<text class="axis strong" x="{left - 10}" y="{y + tall / 2 + 4:.1f}" text-anchor="end">{escape(label)}</text>')
        for place, cell in enumerate(cells):
            x = left + place * wide
            middle = x + (wide - gap) / 2
            two = bool(cell.second) and tall >= 40
            first_y = y + (tall - gap) / 2 + (-2 if two else 5)
            body.append(
                f'<g class="cell level-{cell.level}"><rect x="{x:.1f}" y="{y:.1f}" width="{wide - gap:.1f}" height="{tall - gap:.1f}" rx="6"/>'
                f'<text class="big" x="{middle:.1f}" y="{first_y:.1f}" text-anchor="middle">{escape(cell.first)}</text>'
                + (
                    f'<text class="small" x="{middle:.1f}" y="{first_y + 17:.1f}" text-anchor="middle">{escape(cell.second)}</text>'
                    if two
                    else ""
                )
                + f"<title>{escape(cell.tip)}</title></g>"
            )
    for place, label in enumerate(columns):
        x = left + place * wide + (wide - gap) / 2
        body.append(f'<text class="axis strong" x="{x:.1f}" y="{height - bottom + 17}" text-anchor="middle">{escape(label)}</text>')
    body.append(f'<text class="axis" x="{left + (width - left) / 2:.1f}" y="{height - 5}" text-anchor="middle">{escape(axes[1])}</text>')
    middle = top + (height - top - bottom) / 2
    body.append(
        f'<text class="axis" x="10" y="{middle:.1f}" text-anchor="middle" transform="rotate(-90 10 {middle:.1f})">{escape(axes[0])}</text>'
    )
    return framed(name, "heat", width, height, title, desc, body)


def spark(values: Sequence[float], label: str, width: int = 96, height: int = 28) -> Markup:
    """A small line without axes, from its own least to its own most; one value is a flat line."""
    if not values:
        return Markup("")
    shown = [values[0], *values] if len(values) == 1 else list(values)
    low, high = min(shown), max(shown)
    spread = (high - low) or 1
    step = (width - 6) / (len(shown) - 1)
    flat = high == low
    pairs = [
        (3 + place * step, height / 2 if flat else height - 4 - (height - 8) * (value - low) / spread) for place, value in enumerate(shown)
    ]
    path = " L".join(f"{x:.1f} {y:.1f}" for x, y in pairs)
    x, y = pairs[-1]
    return Markup(  # noqa: S704 - numbers, and one text that is escaped
        f'<svg class="chart spark" role="img" aria-label="{escape(label)}" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<path class="stroke" d="M{path}"/><circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/></svg>'
    )


def share_bar(share: float | None, most: float = 1.0, width: int = 120) -> Markup:
    """A bar for a share that is also written beside it."""
    part = 0.0 if not share or most <= 0 else max(1.5, width * min(1.0, share / most))
    return Markup(  # noqa: S704
        f'<svg class="chart share" aria-hidden="true" viewBox="0 0 {width} 8" width="{width}" height="8" preserveAspectRatio="none">'
        f'<rect class="track" width="{width}" height="8" rx="4"/><rect class="bar" width="{part:.1f}" height="8" rx="4"/></svg>'
    )


def index_bar(index: float | None, width: int = 140) -> Markup:
    """How far an index is from 100, on a scale where 50 and 200 are equally far; it is also written beside it."""
    height, middle = 18, width / 2
    body = f'<rect class="track" y="6" width="{width}" height="6" rx="3"/>'
    if index is not None and index > 0:
        way = max(-1.0, min(1.0, math.log2(index / 100) / 2))
        x = middle + min(0.0, way) * middle
        kind = "over" if way >= 0 else "under"
        body += f'<rect class="{kind}" x="{x:.1f}" y="6" width="{max(1.5, abs(way) * middle):.1f}" height="6" rx="3"/>'
    body += f'<line class="middle" x1="{middle}" x2="{middle}" y1="1" y2="17"/>'
    return Markup(  # noqa: S704 - numbers only
        f'<svg class="chart index" aria-hidden="true" viewBox="0 0 {width} {height}" width="{width}" height="{height}">{body}</svg>'
    )


def _gutter(ticks: Sequence[tuple[float, str]]) -> float:
    return 14 + 6.6 * max((len(text) for _, text in ticks), default=0)


def _grid(ticks: Sequence[tuple[float, str]], left: float, right: float, top: float, base: float) -> list[str]:
    high, low = ticks[-1][0] or 1, min(0.0, ticks[0][0])
    body = []
    for value, text in ticks:
        y = base - (base - top) * (value - low) / (high - low)
        body.append(f'<line class="grid" x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>')
        body.append(f'<text class="axis" x="{left - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{escape(text)}</text>')
    return body


def _axis_labels(labels: Sequence[tuple[float, str]], left: float, right: float, y: float) -> list[str]:
    """Labels under the chart; those at the ends stay inside it."""
    body = []
    for x, text in labels:
        if text:
            half = 3.1 * len(text)
            anchor, place = ("end", right) if x + half > right else ("start", left) if x - half < left else ("middle", x)
            body.append(f'<text class="axis" x="{place:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>')
    return body


def framed(name: str, kind: str, width: int, height: int, title: str, desc: str, body: Sequence[str]) -> Markup:
    """A picture around its pieces, with its title and description."""
    safe = escape(name)
    return Markup(  # noqa: S704 - every text in it has been escaped
        f'<svg class="chart {kind}" role="img" aria-labelledby="{safe}-t {safe}-d" viewBox="0 0 {width} {height}">'
        f'<title id="{safe}-t">{escape(title)}</title><desc id="{safe}-d">{escape(desc)}</desc>{"".join(body)}</svg>'
    )
