"""Pictures of what is explored, as SVG text: columns and bars beside each other, lines, a grid of squares, and flows.

Pure functions from numbers and ready-made words to markup, as `charts.py`. Groups
are told apart by colour and by dashes, hatches or their place, never by colour alone. A
number that is not told (None) is drawn as such, never as 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from lohko.web.charts import Cell, _axis_labels, _grid, _gutter, framed

Ticks = Sequence[tuple[float, str]]


@dataclass(frozen=True)
class Series:
    """Numbers of one group, one for each label: what it is called, its numbers, and what is said of each."""

    name: str
    values: Sequence[float | None]
    tips: Sequence[str]
    open_last: bool = False
    kind: str = ""
    """A class of its own, such as `trend`, in place of its number."""


def legend_width(names: Sequence[str]) -> float:
    """About how wide names stand beside each other."""
    return sum(30 + 7.2 * len(name) for name in names)


def _legend(series: Sequence[Series], left: float, y: float) -> list[str]:
    if len(series) < 2:
        return []
    body, x = [], left
    for place, item in enumerate(series):
        body.append(f'<line class="stroke {_kind(item, place)}" x1="{x:.1f}" x2="{x + 20:.1f}" y1="{y - 4}" y2="{y - 4}"/>')
        body.append(f'<text class="axis strong" x="{x + 26:.1f}" y="{y}">{escape(item.name)}</text>')
        x += 42 + 7.2 * len(item.name)
    return body


def _kind(item: Series, place: int) -> str:
    return item.kind or f"s{place % 6}"


def columns(
    name: str, labels: Sequence[str], series: Sequence[Series], ticks: Ticks, *, title: str, desc: str, hidden: str, width: int, height: int
) -> Markup:
    """Columns over the labels, those of several groups beside each other; `hidden` stands where a number is not told."""
    left, top, bottom, right = _gutter(ticks), 12 + (24 if len(series) > 1 else 0), 28, 6
    base, high = height - bottom, ticks[-1][0] or 1
    step = (width - left - right) / max(1, len(labels))
    wide = step * 0.8 / max(1, len(series))
    body = _legend(series, left, 14) + _grid(ticks, left, width - right, top, base)
    for place in range(len(labels)):
        for nth, item in enumerate(series):
            x, value = left + step * place + step * 0.1 + wide * nth, item.values[place]
            body.append(f'<g class="column"><title>{escape(item.tips[place])}</title>')
            if value is None:
                body.append(f'<text class="axis" x="{x + wide / 2:.1f}" y="{base - 5}" text-anchor="middle">{escape(hidden)}</text></g>')
                continue
            tall = (base - top) * value / high
            body.append(
                f'<rect class="fill {_kind(item, nth)}" x="{x:.1f}" y="{base - tall:.1f}" width="{max(1, wide - 1):.1f}" height="{max(tall, 0.5):.1f}" rx="2"/></g>'
            )
    every = _every(labels, int(width - left))
    body += _axis_labels(
        [(left + step * (n + 0.5), label if n % every == 0 else "") for n, label in enumerate(labels)], left, width - right, base + 18
    )
    return framed(name, "columns", width, height, title, desc, body)


def bars(
    name: str, labels: Sequence[str], series: Sequence[Series], shown: Sequence[Sequence[str]], *, title: str, desc: str, width: int
) -> Markup:
    """Bars from left to right under each label, with what is said of each at its end (`shown`, per series)."""
    top, high = 8 + (24 if len(series) > 1 else 0), max((value or 0 for item in series for value in item.values), default=0) or 1
    left = min(width * 0.4, 16 + 7.2 * max((len(label) for label in labels), default=0))
    room = width - left - 14 - 7.2 * max((len(text) for texts in shown for text in texts), default=0)
    tall = 20 if len(series) == 1 else 15
    body, y, letters = _legend(series, 4, 14), float(top), int((left - 12) / 7)
    for place, label in enumerate(labels):
        short = label if len(label) <= letters else label[: letters - 1] + "…"
        middle = y + tall * len(series) / 2
        body.append(f'<text class="axis strong" x="{left - 8:.1f}" y="{middle + 4:.1f}" text-anchor="end">{escape(short)}</text>')
        for nth, item in enumerate(series):
            long = room * (item.values[place] or 0) / high
            body.append(
                f'<g class="column"><title>{escape(item.tips[place])}</title>'
                f'<rect class="fill {_kind(item, nth)}" x="{left:.1f}" y="{y + 1:.1f}" width="{max(long, 0.5):.1f}" height="{tall - 3}" rx="2"/>'
                f'<text class="axis" x="{left + long + 6:.1f}" y="{y + tall / 2 + 4:.1f}">{escape(shown[nth][place])}</text></g>'
            )
            y += tall
        y += 8
    return framed(name, "bars", width, round(y) + 4, title, desc, body)


def lines(
    name: str, labels: Sequence[str], series: Sequence[Series], ticks: Ticks, *, title: str, desc: str, width: int, height: int
) -> Markup:
    """Lines over the labels; a line ends where its numbers do, and the last piece is dotted when its time is not over (`open_last`)."""
    left, top, bottom, right = _gutter(ticks), 14 + (24 if len(series) > 1 else 0), 28, 10
    base, high, low = height - bottom, ticks[-1][0] or 1, min(0.0, ticks[0][0])
    step = (width - left - right) / max(1, len(labels) - 1)

    def across(place: int) -> float:  # one time alone stands in the middle
        return left + step * place if len(labels) > 1 else (left + width - right) / 2

    def at(place: int, value: float) -> str:
        return f"{across(place):.1f} {base - (base - top) * (value - low) / (high - low):.1f}"

    body = _legend(series, left, 14)
    for value, text in ticks:
        y = base - (base - top) * (value - low) / (high - low)
        body.append(f'<line class="grid" x1="{left:.1f}" x2="{width - right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>')
        body.append(f'<text class="axis" x="{left - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{escape(text)}</text>')
    for nth, item in enumerate(series):
        solid = len(labels) - 1 if item.open_last else len(labels)
        run: list[str] = []
        for place in range(len(labels) + 1):
            number = item.values[place] if place < solid else None
            if number is not None:
                run.append(at(place, number))
                continue
            if len(run) > 1:
                body.append(f'<path class="stroke {_kind(item, nth)}" d="M{" L".join(run)}"/>')
            elif run:
                x, y2 = run[0].split()
                body.append(f'<circle class="fill {_kind(item, nth)}" cx="{x}" cy="{y2}" r="3"/>')
            run = []
        last = item.values[-1] if labels else None
        before = item.values[-2] if len(labels) > 1 else None
        if item.open_last and last is not None:
            end = at(len(labels) - 1, last)
            if before is not None:
                body.append(f'<path class="stroke {_kind(item, nth)} open" d="M{at(len(labels) - 2, before)} L{end}"/>')
            x, y2 = end.split()
            body.append(f'<circle class="ring {_kind(item, nth)}" cx="{x}" cy="{y2}" r="4"/>')
    for place in range(len(labels)):
        said = "\n".join(item.tips[place] for item in series if item.tips[place])
        body.append(
            f'<rect class="hit" x="{across(place) - step / 2:.1f}" y="{top}" width="{max(step, 1):.1f}" height="{base - top:.1f}"><title>{escape(said)}</title></rect>'
        )
    every = _every(labels, int(width - left))
    body += _axis_labels([(across(n), label if n % every == 0 else "") for n, label in enumerate(labels)], left, width - right, base + 18)
    return framed(name, "line", width, height, title, desc, body)


def _every(labels: Sequence[str], room: int) -> int:
    """Every how manieth label is written, so that none touches the next: the first and the last are moved inward, so half a label is kept free.

    >>> _every(["touko 25"] * 25, 280), _every(["2025"] * 3, 280)
    (9, 1)
    """
    longest = max((len(label) for label in labels), default=1)
    return max(1, -(-len(labels) * (8 * longest + 4 * longest) // room))


def grid(
    name: str, rows: Sequence[tuple[str, Sequence[Cell]]], heads: Sequence[str], *, title: str, desc: str, cell_width: int = 64
) -> Markup:
    """Squares in rows under heads, each with its numbers; a row may be shorter than the heads. As wide as it has to be."""
    left = min(220.0, 18 + 7.2 * max((len(label) for label, _ in rows), default=0))
    top, tall, gap, letters = 26, 42, 3, max(3, int(cell_width / 7))
    body = []
    for place, label in enumerate(heads):
        short = label if len(label) <= letters else label[: letters - 1] + "…"
        body.append(
            f'<text class="axis strong" x="{left + cell_width * place + (cell_width - gap) / 2:.1f}" y="16" text-anchor="middle"><title>{escape(label)}</title>{escape(short)}</text>'
        )
    room = int((left - 12) / 7)
    for line_no, (label, cells) in enumerate(rows):
        y = top + line_no * tall
        short = label if len(label) <= room else label[: room - 1] + "…"
        body.append(
            f'<text class="axis strong" x="{left - 8:.1f}" y="{y + 24}" text-anchor="end"><title>{escape(label)}</title>{escape(short)}</text>'
        )
        for place, cell in enumerate(cells):
            x = left + cell_width * place
            middle = x + (cell_width - gap) / 2
            kind = f"level-{cell.level}" if cell.level >= 0 else "unknown"
            body.append(
                f'<g class="cell {kind}"><rect x="{x:.1f}" y="{y}" width="{cell_width - gap}" height="{tall - gap}" rx="5"/>'
                f'<text class="mid" x="{middle:.1f}" y="{y + (17 if cell.second else 24)}" text-anchor="middle">{escape(cell.first)}</text>'
                + (
                    f'<text class="small" x="{middle:.1f}" y="{y + 32}" text-anchor="middle">{escape(cell.second)}</text>'
                    if cell.second
                    else ""
                )
                + f"<title>{escape(cell.tip)}</title></g>"
            )
    return _sized(name, "heat", round(left + cell_width * len(heads)), top + tall * len(rows) + 2, title, desc, body)


def _sized(name: str, kind: str, width: int, height: int, title: str, desc: str, body: Sequence[str]) -> Markup:
    """A picture that keeps its size: its class says how many hundreds of pixels it is wide (the style sheet knows them)."""
    return framed(name, f"{kind} w{max(3, min(20, -(-width // 100)))}", -(-width // 100) * 100, height, title, desc, body)


# --- flows ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Node:
    """A step on the way: its place from left to right, how many, its two lines of words, and its class."""

    key: str
    place: int
    people: float
    label: str
    note: str
    kind: str


@dataclass(frozen=True)
class Flow:
    """How many go from one node to another, and what is said of it."""

    source: str
    target: str
    people: float
    tip: str


@dataclass
class _Box:
    x: float
    y: float
    tall: float
    out: float = 0.0
    into: float = 0.0
    node: Node = field(default_factory=lambda: Node("", 0, 0, "", "", ""))


def sankey(name: str, nodes: Sequence[Node], flows: Sequence[Flow], *, title: str, desc: str, width: int, height: int) -> Markup:
    """Nodes in columns by their place, as tall as they have people, and ribbons between them as wide as their flows."""
    places = sorted({node.place for node in nodes})
    boxes = _boxes(nodes, places, width, height)
    height = round(max((box.y + max(box.tall, 30) for box in boxes.values()), default=0.0)) + 8
    body = []
    for flow in sorted(flows, key=lambda item: (boxes[item.source].y, boxes[item.target].y)):
        one, other = boxes[flow.source], boxes[flow.target]
        wide = one.tall * flow.people / one.node.people
        y1, y2, far = one.y + one.out, other.y + other.into, (other.x - one.x - 14) / 2
        one.out += wide
        into = min(wide, other.tall * flow.people / other.node.people)
        other.into += into
        x1, x2 = one.x + 14, other.x
        body.append(
            f'<path class="flow {one.node.kind} to-{other.node.kind}" d="M{x1:.1f} {y1:.1f} C{x1 + far:.1f} {y1:.1f} {x2 - far:.1f} {y2:.1f} {x2:.1f} {y2:.1f} '
            f'L{x2:.1f} {y2 + into:.1f} C{x2 - far:.1f} {y2 + into:.1f} {x1 + far:.1f} {y1 + wide:.1f} {x1:.1f} {y1 + wide:.1f} Z"><title>{escape(flow.tip)}</title></path>'
        )
    for box in boxes.values():
        last = box.node.place == places[-1]
        x, anchor = (box.x - 6, "end") if last and len(places) > 1 else (box.x + 20, "start")
        middle = box.y + box.tall / 2
        body.append(
            f'<rect class="node {box.node.kind}" x="{box.x:.1f}" y="{box.y:.1f}" width="14" height="{max(box.tall, 1):.1f}" rx="2"/>'
        )
        body.append(f'<text class="axis strong" x="{x:.1f}" y="{middle:.1f}" text-anchor="{anchor}">{escape(box.node.label)}</text>')
        body.append(f'<text class="axis" x="{x:.1f}" y="{middle + 13:.1f}" text-anchor="{anchor}">{escape(box.node.note)}</text>')
    return _sized(name, "sankey", width, height, title, desc, body)


def _boxes(nodes: Sequence[Node], places: Sequence[int], width: int, height: int) -> Mapping[str, _Box]:
    """Where each node stands: the columns equally apart, in each the largest on top, with room for two lines of words at each."""
    gap, found = 14.0, dict[str, _Box]()
    by_place = {place: [node for node in nodes if node.place == place] for place in places}
    most = max((len(items) for items in by_place.values()), default=1)
    scale = min(
        (
            (height - 10 - gap * (len(items) - 1) - 8 * len(items)) / (sum(node.people for node in items) or 1)
            for items in by_place.values()
            if items
        ),
        default=1.0,
    )
    scale = max(scale, 0.0) if most else 1.0
    for nth, place in enumerate(places):
        x, y = 2 + (width - 18) * nth / max(1, len(places) - 1), 5.0
        for node in by_place[place]:
            tall = node.people * scale
            found[node.key] = _Box(x, y + max(0.0, (18 - tall) / 2), tall, node=node)
            y += max(tall, 18) + gap
    return found


STYLE = """
svg{font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;background:#fff}
.grid{stroke:#e0e2dc}.axis{fill:#5c6662;font-size:12px}.axis.strong{fill:#1b211f;font-weight:600}.hit{fill:transparent}
.fill.s0,.node.s0,.flow.s0{fill:#0f6d5b}.fill.s1,.node.s1,.flow.s1{fill:#c8641b}.fill.s2,.node.s2,.flow.s2{fill:#3a6ea5}
.fill.s3,.node.s3,.flow.s3{fill:#8a5aa8}.fill.s4,.node.s4,.flow.s4{fill:#7a7a2a}.fill.s5,.node.s5,.flow.s5{fill:#b0405f}
.node.other,.flow.other{fill:#8b938f}.node.left{fill:#a3282a}.node.open{fill:#c5c9c1}.flow{opacity:.35}.flow.to-left{fill:#a3282a;opacity:.22}.flow.to-open{opacity:.15}
.stroke{fill:none;stroke-width:2.5;stroke-linejoin:round}.stroke.s0{stroke:#0f6d5b}.stroke.s1{stroke:#c8641b;stroke-dasharray:8 3}
.stroke.s2{stroke:#3a6ea5;stroke-dasharray:3 3}.stroke.s3{stroke:#8a5aa8;stroke-dasharray:10 3 2 3}.stroke.s4{stroke:#7a7a2a;stroke-dasharray:1 3}.stroke.s5{stroke:#b0405f;stroke-dasharray:14 4}
.stroke.trend{stroke:#1b211f;stroke-width:1.5;stroke-dasharray:none}.stroke.before{stroke:#8b938f;stroke-dasharray:4 3;stroke-width:1.5}.stroke.open{stroke-dasharray:2 4}.ring{fill:#fff;stroke:#0f6d5b;stroke-width:2}.axis-line{stroke:#5c6662}
.cell rect{fill:#f1f2ee}.cell.level-1 rect{fill:#e3f0ec}.cell.level-2 rect{fill:#bcdcd3}.cell.level-3 rect{fill:#86bfb0}.cell.level-4 rect{fill:#3f9682}.cell.level-5 rect{fill:#0f6d5b}
.cell.unknown rect{fill:#fff;stroke:#c5c9c1;stroke-dasharray:3 3}.cell text{fill:#123c33}.cell.level-5 text,.cell.level-4 text{fill:#fff}.mid{font-size:13px;font-weight:600}.small{font-size:11px}.big{font-size:15px;font-weight:600}
.bar,.up,.dot,.over{fill:#0f6d5b}.down,.under{fill:#a84c15}.area{fill:#0f6d5b;opacity:.1}.track{fill:#e9ebe5}.whisker{stroke:#1b211f;stroke-width:1.5;fill:none}
.everyone{stroke:#a84c15;stroke-width:2.5}.set-dot{fill:#e9ebe5}.set-dot.in{fill:#1b211f}.set-line{stroke:#1b211f;stroke-width:2}.band{fill:#f6f6f2}
svg.line .stroke{stroke:#0f6d5b}.stroke.unsure{stroke-dasharray:2 5}
"""
"""The colours of a picture that stands alone; in a page they are of the style sheet, which follows light and dark."""


def alone(picture: Markup) -> str:
    """A picture as a file of its own."""
    return (
        str(picture).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace("</desc>", f"</desc><style>{STYLE}</style>", 1)
    )
