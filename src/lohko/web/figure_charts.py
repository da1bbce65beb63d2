"""The pictures of a segment's page as SVG text: shares with their intervals, sets and what they share, hours of the week.

As in `charts.py`: numbers and ready-made words in, markup out, colours by class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from lohko.web.charts import _axis_labels, framed


@dataclass(frozen=True)
class Sets:
    """One combination of sets: which are in it (by place), how many people, and what is said of it."""

    inside: frozenset[int]
    people: int
    shown: str
    tip: str


@dataclass(frozen=True)
class Row:
    """A share: its label, the share with its interval, what it is compared with, what stands beside it, and what is said of it."""

    label: str
    share: float | None
    low: float | None
    high: float | None
    other: float | None
    shown: str
    tip: str


def shares(name: str, rows: Sequence[Row], *, title: str, desc: str, width: int) -> Markup:
    """A bar for each share, its interval as a line over it, and what it is compared with as a mark across."""
    # As wide as the longest label, up to a third of a wide picture and nearly half of a narrow one.
    gutter = min(230 if width > 500 else 156, max(84, 18 + round(7.4 * max((len(row.label) for row in rows), default=0))))
    edge, letters = (74 if width > 500 else 58), int((gutter - 12) / 7.2)
    tall = 28
    inner = width - gutter - edge
    most = max((value for row in rows for value in (row.share, row.high, row.other) if value is not None), default=0) or 1

    def at(value: float) -> float:
        return gutter + inner * value / most

    body = []
    for place, row in enumerate(rows):
        y = place * tall + 4
        text = row.label if len(row.label) <= letters else row.label[: letters - 1] + "…"
        body.append(f'<g class="column"><text class="axis strong" x="{gutter - 10}" y="{y + 14}" text-anchor="end">{escape(text)}</text>')
        body.append(f'<rect class="track" x="{gutter}" y="{y}" width="{inner}" height="20" rx="3"/>')
        if row.share:
            body.append(f'<rect class="bar" x="{gutter}" y="{y}" width="{max(1.5, at(row.share) - gutter):.1f}" height="20" rx="3"/>')
        if row.low is not None and row.high is not None:
            body.append(
                f'<path class="whisker" d="M{at(row.low):.1f} {y + 10}H{at(row.high):.1f}M{at(row.low):.1f} {y + 5}v10M{at(row.high):.1f} {y + 5}v10"/>'
            )
        if row.other is not None:
            body.append(f'<path class="everyone" d="M{at(row.other):.1f} {y - 3}v26"/>')
        body.append(
            f'<text class="axis" x="{width - 2}" y="{y + 14}" text-anchor="end">{escape(row.shown)}</text><title>{escape(row.tip)}</title></g>'
        )
    return framed(name, "shares", width, len(rows) * tall + 6, title, desc, body)


@dataclass(frozen=True)
class Stack:
    """One time: its label, how many came and how many left by cause, and what is said of it."""

    label: str
    came: Sequence[float]
    left: Sequence[float]
    tip: str


def diverging(
    name: str,
    causes: Sequence[str],
    stacks: Sequence[Stack],
    ticks: Sequence[tuple[float, str]],
    *,
    title: str,
    desc: str,
    width: int,
    height: int,
) -> Markup:
    """Those who came stand above the line of 0 and those who left below it, each time a pile of its causes in their order."""
    body, x, y = [], 4.0, 14.0
    for nth, cause in enumerate(causes):
        long = 30 + 7.2 * len(cause)
        if x + long > width and x > 4:
            x, y = 4.0, y + 18
        body.append(f'<rect class="fill s{nth % 6}" x="{x:.1f}" y="{y - 10:.1f}" width="12" height="12" rx="2"/>')
        body.append(f'<text class="axis strong" x="{x + 18:.1f}" y="{y:.1f}">{escape(cause)}</text>')
        x += long
    left, top, low_y = 14 + 6.6 * max((len(text) for _, text in ticks), default=0), y + 16, height - 26
    high, low = ticks[-1][0], ticks[0][0]

    def at(value: float) -> float:
        return low_y - (low_y - top) * (value - low) / ((high - low) or 1)

    for value, text in ticks:
        kind = "grid" if value else "axis-line"
        body.append(f'<line class="{kind}" x1="{left:.1f}" x2="{width - 4}" y1="{at(value):.1f}" y2="{at(value):.1f}"/>')
        body.append(f'<text class="axis" x="{left - 8:.1f}" y="{at(value) + 4:.1f}" text-anchor="end">{escape(text)}</text>')
    step = (width - 4 - left) / max(1, len(stacks))
    wide = max(2.0, min(26.0, step * 0.7))
    labels = []
    for place, stack in enumerate(stacks):
        middle = left + step * (place + 0.5)
        body.append(
            f'<g class="column"><rect class="hit" x="{middle - step / 2:.1f}" y="{top:.1f}" width="{step:.1f}" height="{low_y - top:.1f}"/>'
        )
        for values, sign in ((stack.came, 1), (stack.left, -1)):
            base = 0.0
            for nth, value in enumerate(values):
                if value:
                    one, other = at(base), at(base + sign * value)
                    body.append(
                        f'<rect class="fill s{nth % 6}" x="{middle - wide / 2:.1f}" y="{min(one, other):.1f}" width="{wide:.1f}" height="{abs(one - other):.1f}"/>'
                    )
                    base += sign * value
        body.append(f"<title>{escape(stack.tip)}</title></g>")
        labels.append((middle, stack.label))
    body += _axis_labels(labels, left, width - 4, low_y + 18)
    return framed(name, "diverging", width, height, title, desc, body)


def upset(name: str, sets: Sequence[tuple[str, str]], columns: Sequence[Sets], *, title: str, desc: str, width: int) -> Markup:
    """Sets as rows (name and size), combinations as columns: a bar of its people above dots for the sets that it is in."""
    wide = width > 500
    left, row, top, tall = (230 if wide else 118), 26, 22, 150
    step = (width - left - 6) / max(1, len(columns))
    bar = max(4.0, min(34.0, step * 0.62))
    most = max((item.people for item in columns), default=0) or 1
    height = top + tall + 14 + row * len(sets)
    body = []
    for place, (label, size) in enumerate(sets):
        y = top + tall + 14 + row * place
        if place % 2 == 0:
            body.append(f'<rect class="band" x="0" y="{y}" width="{width}" height="{row}"/>')
        text = label if len(label) <= (26 if wide else 13) else label[: 25 if wide else 12] + "…"
        body.append(f'<text class="axis strong" x="6" y="{y + 17}">{escape(text)}<title>{escape(f"{label}: {size}")}</title></text>')
    for place, item in enumerate(columns):
        middle = left + step * (place + 0.5)
        high = max(1.0, tall * item.people / most)
        rows = sorted(item.inside)
        body.append(
            f'<g class="column"><rect class="bar" rx="2" x="{middle - bar / 2:.1f}" y="{top + tall - high:.1f}" width="{bar:.1f}" height="{high:.1f}"/>'
            f'<text class="axis" x="{middle:.1f}" y="{top + tall - high - 5:.1f}" text-anchor="middle">{escape(item.shown)}</text>'
        )
        if len(rows) > 1:
            first, last = (top + tall + 14 + row * (line + 0.5) for line in (rows[0], rows[-1]))
            body.append(f'<path class="set-line" d="M{middle:.1f} {first:.1f}V{last:.1f}"/>')
        for line in range(len(sets)):
            kind = "set-dot in" if line in item.inside else "set-dot"
            body.append(
                f'<circle class="{kind}" cx="{middle:.1f}" cy="{top + tall + 14 + row * (line + 0.5):.1f}" r="{5.5 if wide else 4.5}"/>'
            )
        body.append(f"<title>{escape(item.tip)}</title></g>")
    return framed(name, "upset", width, height, title, desc, body)


def week(name: str, days: Sequence[str], cells: Sequence[Sequence[tuple[int, str]]], *, title: str, desc: str, width: int) -> Markup:
    """Seven rows of 24 squares, each with its strength (0 to 5) and what is said of it."""
    left, top, gap = 40, 4, 2
    side, tall = (width - left) / 24, 24
    body = []
    for row, (day, hours) in enumerate(zip(days, cells, strict=True)):
        y = top + row * tall
        body.append(f'<text class="axis strong" x="{left - 8}" y="{y + 16}" text-anchor="end">{escape(day)}</text>')
        for hour, (level, tip) in enumerate(hours):
            body.append(
                f'<g class="cell level-{level}"><rect x="{left + hour * side:.1f}" y="{y}" width="{side - gap:.1f}" height="{tall - gap}" rx="3"/>'
                f"<title>{escape(tip)}</title></g>"
            )
    for hour in range(0, 24, 3 if width > 500 else 6):
        body.append(f'<text class="axis" x="{left + (hour + 0.5) * side:.1f}" y="{top + 7 * tall + 14}" text-anchor="middle">{hour}</text>')
    return framed(name, "week", width, top + 7 * tall + 20, title, desc, body)
