"""The pictures of a segment's page as SVG text: shares with their intervals, sets and what they share, hours of the week.

As in `charts.py`: numbers and ready-made words in, markup out, colours by class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from lohko.web.charts import framed


@dataclass(frozen=True)
class Sets:
    """One combination of sets: which are in it (by place), how many people, and what is said of it."""

    inside: frozenset[int]
    people: int
    shown: str
    tip: str


def interval(share: float | None, low: float | None, high: float | None, everyone: float | None, most: float, width: int = 200) -> Markup:
    """A bar for a share, its interval as a line over it, and everyone's share as a mark. The numbers stand beside it in the table."""

    def at(value: float) -> float:
        return width * min(1.0, value / most) if most > 0 else 0.0

    body = [f'<rect class="track" x="0" y="5" width="{width}" height="10" rx="3"/>']
    if share:
        body.append(f'<rect class="bar" x="0" y="5" width="{max(1.5, at(share)):.1f}" height="10" rx="3"/>')
    if low is not None and high is not None:
        body.append(f'<path class="whisker" d="M{at(low):.1f} 10H{at(high):.1f}M{at(low):.1f} 6v8M{at(high):.1f} 6v8"/>')
    if everyone is not None:
        body.append(f'<path class="everyone" d="M{at(everyone):.1f} 1v18"/>')
    return Markup(  # noqa: S704 - numbers only
        f'<svg class="chart interval" aria-hidden="true" viewBox="0 0 {width} 20" preserveAspectRatio="none" height="20">{"".join(body)}</svg>'
    )


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
