"""The growth of cost as a picture: both axes by powers of ten, so that what grows in proportion is a straight line."""

from __future__ import annotations

import math
from html import escape

from benchmarks.growth import Point

_WIDTH, _HEIGHT = 640, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 120, 20, 50
_COLOURS = ("#9a6700", "#0969da", "#1a7f37", "#8250df")


def growth(points: list[Point], when: str) -> str:
    """One line per number of segments: seconds of all processors over events, since others on the machine do not change those."""
    across, up = _axis([point.events for point in points]), _axis([point.cpu for point in points])

    def x(events: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (math.log10(events) - across[0]) / (across[1] - across[0])

    def y(seconds: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * (math.log10(seconds) - up[0]) / (up[1] - up[0])

    body = [f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>']
    for power in range(across[0], across[1] + 1):
        body.append(_rule(x(10**power), _TOP, x(10**power), _HEIGHT - _BOTTOM))
        body.append(_text(x(10**power), _HEIGHT - _BOTTOM + 18, f"{10 ** (power - 6):g} M", "middle"))
    for power in range(up[0], up[1] + 1):
        body.append(_rule(_LEFT, y(10**power), _WIDTH - _RIGHT, y(10**power)))
        body.append(_text(_LEFT - 8, y(10**power) + 4, f"{10**power:g} s", "end"))
    for colour, number in zip(_COLOURS, sorted({point.segments for point in points}), strict=False):
        line = sorted((point for point in points if point.segments == number), key=lambda point: point.events)
        path = " L".join(f"{x(point.events):.1f} {y(point.cpu):.1f}" for point in line)
        body.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        body += [f'<circle cx="{x(point.events):.1f}" cy="{y(point.cpu):.1f}" r="3.5" fill="{colour}"/>' for point in line]
        last = line[-1]
        said = f"{number:,} segments" if number > 1 else "1 segment"
        body.append(_text(x(last.events) + 8, y(last.cpu) + 4, said, "start", colour))
    body.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 10, "events of a million customers", "middle"))
    title, described = (
        "Seconds of all processors to decide segments, by events",
        f"{when}. Every leaf is used by three segments. Both axes are logarithmic.",
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" font-family="sans-serif" font-size="12">'
        f"<title>{escape(title)}</title><desc>{escape(described)}</desc>{''.join(body)}</svg>\n"
    )


def _axis(values: list[int] | list[float]) -> tuple[int, int]:
    # A little beyond a power of ten is not another power.
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)) - 0.02)
    return low, max(high, low + 1)


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#d0d7de"/>'


def _text(x: float, y: float, said: str, anchor: str, colour: str = "#57606a") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(said)}</text>'
