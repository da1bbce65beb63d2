"""What the guide names is there: commands and options, codes of errors, rules, headers of audience files."""

from __future__ import annotations

import re
import shlex

import pytest
import typer

from docs.manual import DOCS, ROOT, pages
from lohko.cli.main import app
from lohko.destinations.registry import DESTINATIONS
from lohko.model.catalogue import Catalogue
from lohko.model.parse import parse
from spec.shop import SCHEMA

GUIDE = [
    page
    for page in pages()
    if DOCS / "reference" not in page.parents and DOCS / "parts" not in page.parents and page.name != "CHANGELOG.md"
]
COMMANDS = typer.main.get_command(app).commands
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "src").rglob("*.py")))


def commands(text: str) -> list[str]:
    """Every call of lohko in shell blocks, indented blocks and inline code."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S) + re.findall(r"^    (.+)$", text, re.M)
    lines = [line.strip() for block in blocks for line in block.splitlines()] + re.findall(r"`([^`\n]+)`", text)
    return [part.strip() for line in lines for part in line.split("&&") if re.match(r"\s*(\S*/)?lohko ", part)]


@pytest.mark.parametrize("page", GUIDE, ids=lambda page: page.stem)
def test_commands_and_options_are_there(page):
    """A page names no command and no option that Lohko does not have."""
    for line in commands(page.read_text(encoding="utf-8")):
        words = shlex.split(line, comments=True)[1:]
        name = words[0]
        if name in ("COMMAND", "--version"):
            continue
        assert name in COMMANDS, f"{line}: no command {name}"
        command, words = COMMANDS[name], words[1:]
        while hasattr(command, "commands") and words and not words[0].startswith("-"):
            assert words[0] in command.commands, f"{line}: no command {words[0]}"
            command, words = command.commands[words[0]], words[1:]
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
        for word in words:
            if re.match(r"--?[a-z]", word):
                assert word.split("=")[0] in known, f"{line}: no option {word}"


def test_codes_of_errors_are_there():
    """Every code in the tables of troubleshooting and importing is one that Lohko gives."""
    found = []
    for name in ("troubleshooting", "importing"):
        rows = re.findall(r"^\| (`[^|]+) \|", (DOCS / "guide" / f"{name}.md").read_text(encoding="utf-8"), re.M)
        found += [code for row in rows for code in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", row)]
    assert len(found) > 20
    for code in found:
        assert f'"{code}"' in SOURCE or f"'{code}'" in SOURCE, f"nothing gives {code}"


@pytest.mark.parametrize("page", ["guide/rules.md", "fi/segmentit-ja-saannot.md", "reference/language.md"])
def test_rules_in_tables_are_rules(page):
    """What stands as a rule in a table can be asked of the shop of the examples."""
    catalogue = Catalogue(SCHEMA, {"vip": parse("did order").condition, "vips": parse("did order").condition})
    text = (DOCS / page).read_text(encoding="utf-8")
    column = 3 if page.startswith("reference") else 2
    rows = [
        line.split(" | ") for line in text.split("## Types")[0].splitlines() if line.startswith("| ") and line.count(" | ") == column - 1
    ]
    rules = [rule for row in rows for cell in row[1:] for rule in re.findall(r"`([^`]+)`", cell)]
    assert len(rules) >= 10
    for rule in rules:
        catalogue.resolve(parse(rule).condition)


def test_headers_and_minimums_of_audience_files_are_those_of_the_code():
    """The page on audience files shows each destination's header."""
    text = (DOCS / "guide" / "audiences.md").read_text(encoding="utf-8")
    for destination in DESTINATIONS.values():
        assert ",".join(destination.header) in text
        assert f"--to {destination.id}" in text
