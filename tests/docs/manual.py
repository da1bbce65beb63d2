"""The pages of the manual: where they lie, their links, and the examples in them that can be run.

An HTML comment before a fenced block says what the block is:

    <!-- file: orders.csv -->   the block is the content of a file in the example's folder
    <!-- run -->                the block is shell commands that end well
    <!-- run: 2 -->             ... whose last command ends with that exit status
    <!-- prints -->             every line of the block is printed by the commands before it
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FENCED = re.compile(r"^(?:<!-- (?P<mark>file|run|prints)(?:: (?P<value>[^ ]+))? -->\n+)?```[a-z]*\n(?P<text>.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A marked fenced block of a page."""

    mark: str
    value: str | None
    text: str


def pages() -> list[Path]:
    """Every Markdown file of the project that is the manual's or links to it."""
    return sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])


def blocks(page: Path) -> list[Block]:
    """The marked blocks of a page, in order."""
    found = FENCED.finditer(page.read_text(encoding="utf-8"))
    return [Block(item["mark"], item["value"], item["text"]) for item in found if item["mark"]]


def links(page: Path) -> Iterator[str]:
    """The relative links of a page, with their `#` part; what stands in code is no link."""
    text = re.sub(r"```.*?^```$|``[^\n]*?``|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(page: Path) -> set[str]:
    """The places of a page that a link can name: its headings as GitHub makes them, and its `<a id>`."""
    text = re.sub(r"```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    headings = re.findall(r"^#+ +(.+)$", text, re.M)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))
