"""Builds the pages of the manual that come from the code and the specs: `python docs/build.py`.

With `--check` nothing is written: the pages that lag behind are named, and the exit status is 1.
Prose that belongs to a built page stands in `docs/parts/`, with `<!-- build: name -->` where the built part goes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent / "tests"))

from lohko.formats.api_records import API_FORMATS  # noqa: E402
from lohko.formats.fields import FIELDS, KINDS, REQUIRED, Field  # noqa: E402
from lohko.formats.format import each  # noqa: E402
from lohko.formats.registry import FORMATS  # noqa: E402
from lohko.model import limits  # noqa: E402
from lohko.model.operators import OPERATORS, Operator  # noqa: E402
from lohko.model.rfm_map import ALL_CELLS, DEFAULT_MAP, GROUPS, PROSPECTS  # noqa: E402
from lohko.model.schema import RFM_TRAITS  # noqa: E402
from lohko.model.segment import read_segments  # noqa: E402
from lohko.model.sentence import lines  # noqa: E402
from lohko.model.words import RESERVED  # noqa: E402
from lohko.starter import segments_text  # noqa: E402
from spec import book, pages  # noqa: E402 - the specs live beside the tests

COMMAND = "python docs/build.py"
NOTE = f"<!-- Built by `{COMMAND}`: change the code, the specs or docs/parts, then build again. -->\n\n"


def build() -> dict[str, str]:
    """Every built page, by its path within `docs/`."""
    themes = book.themes()
    found = {
        "meaning.md": _part("meaning", contract=pages.contract(themes)),
        "reference/language.md": _language(themes),
        "reference/cli.md": _cli(),
        "reference/api.md": _part("api", routes=_routes()),
        "reference/fields.md": _part("fields", required=_required(), fields=_fields(), exports=_exports()),
        "reference/segments.md": _part("segments", segments=_starter()),
        "reference/rfm-groups.md": _part("rfm-groups", groups=_groups(), grid=_grid(), traits=_traits()),
    }
    found |= {f"reference/examples/{theme.key}.md": pages.page(theme) for theme in themes}
    return {path: NOTE + text.rstrip("\n") + "\n" for path, text in found.items()}


def lagging(built: dict[str, str]) -> list[str]:
    """The pages that are not what would be built now, and built pages that have no source any more."""
    stale = [path for path, text in built.items() if not (DOCS / path).is_file() or (DOCS / path).read_text(encoding="utf-8") != text]
    left = [path for path in _committed() if path not in built]
    return sorted(stale + left)


def _committed() -> list[str]:
    folders = ("reference", "reference/examples")
    return [str(file.relative_to(DOCS)) for folder in folders for file in sorted((DOCS / folder).glob("*.md"))]


def _part(name: str, **built: str) -> str:
    """The prose of a page with the built parts in their places."""
    text = (DOCS / "parts" / f"{name}.md").read_text(encoding="utf-8")
    for key, value in built.items():
        place = f"<!-- build: {key} -->"
        if place not in text:
            raise ValueError(f"docs/parts/{name}.md has no {place}")
        text = text.replace(place, value.rstrip("\n"))
    return text


def _table(headers: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = list(headers)
    cut = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in [titles, ["---"] * len(titles), *cut]) + "\n"


# --- the language --------------------------------------------------------------------------------


def _language(themes: list[book.Theme]) -> str:
    rows = next(theme for theme in themes if theme.key == "operator_rows")
    shown = {item.name.removeprefix("test_op_"): item for item in rows.specs}
    examples = "\n".join(f"- [{theme.title}](examples/{theme.key}.md)" for theme in themes)
    sizes = [
        ("characters in a rule", limits.MAX_TEXT),
        ("conditions in a rule", limits.MAX_NODES),
        ("conditions nested in one another", limits.MAX_DEPTH),
        ("values in a list", limits.MAX_LIST),
        ("units in a length of time", limits.MAX_SPAN),
    ]
    return _part(
        "language",
        asked=_asked(ASKED),
        windows=_asked(WINDOWS),
        summary=_table(("Comparison", "Written", "Suomeksi", "Asked of", "Meaning"), [_operator_row(item) for item in OPERATORS.values()]),
        comparisons="\n".join(_operator(item, shown[item.key]) for item in OPERATORS.values()),
        reserved=", ".join(f"`{word}`" for word in sorted(RESERVED)),
        limits=_table(("At most", "Number"), [(what, f"{n:,}") for what, n in sizes]),
        shop=pages.shop(),
        examples=examples,
    )


ASKED = (
    ("an attribute or an RFM value", "country is Finland"),
    ("a part of one: weekday, month, day, hour, how many texts", "month of birthday is June"),
    ("what it was, some time ago or on a day", 'RFM group was "Champions" 90 days ago'),
    ("what it ever was, or never", "city has ever been Turku"),
    ("whether something was done", "did order"),
    ("or not", "did not order in last 180 days"),
    ("how many times", "did order at least 2 times in last 12 months"),
    ("on how many days", "did order on at least 3 different days"),
    ("only some of the events", "did order where (total > 50 and channel is web)"),
    ("events by the weekday, month, day or hour they fell on", "did product_view where weekday is one of Saturday, Sunday"),
    ("a count as a number", "count of order is between 2 and 5"),
    ("a sum, an average, the smallest, the largest", "average of total of order > 80"),
    ("how many different values", "distinct count of brand of order_line >= 3"),
    ("the value that most of them have", "most frequent channel of order is web"),
    ("when the first or last was", "30-60 days have passed since the first order"),
    ("what the first or last had", "first order has channel is web"),
    ("how many in a hundred", "at least 70 % of orders in the last 12 months used a discount code"),
    ("the usual time between them", "usual time between orders < 30"),
    ("one number of a person against another", "time since last order is more than 2 times the usual time between orders"),
    ("a trend", "sum of total of order in last 30 days is more than 1.5 times the sum of total of order between 31 and 60 days ago"),
    ("one thing after another", "did product_view and did add_to_cart within 2 hours of that"),
    ("one thing and not another", "did add_to_cart in last 3 days and did not order within 24 hours of that"),
    ("events that belong to events of another kind", "did email_received at least 10 times in last 60 days and clicked none of them"),
    ("in how many of the last months or years", "ordered in December in at least 2 of the last 3 years"),
    ("the top or bottom by a number", "in the top 10 % by sum of total of order in last 365 days"),
    ("a fifth or a tenth by a number", "in quintile 5 by points"),
    ("above or below the mean or the median, also among a segment", "above average by points among segment vips"),
    ("another segment", "in segment vips"),
    ("who was in it", "was in segment vips 30 days ago"),
    ("who entered or left it", "entered segment vips in last 7 days"),
    ("consent for a purpose", "may be sent e-mail marketing"),
    ("whether a channel reaches", "reachable by post"),
    ("a distance from a place", "within 25 km of 60.17, 24.94"),
    ("a random share, always the same people", 'random 10 % with seed "spring"'),
    ("contacts of a company", "at least 2 contacts of the account visited page Pricing in the last 14 days"),
    ("the company", "the account has 50-249 employees"),
    ("several at once", "did order and not (city is Oulu or city is Turku)"),
)
"""What can be asked, each with a rule over the shop of the examples; the manual shows how Lohko writes it in both languages."""

WINDOWS = (
    ("in the last so many days, weeks, months, quarters, years; hours and minutes roll", "did order in last 90 days"),
    ("between two days, both whole", "did order between 2026-02-01 and 2026-02-14"),
    ("before a day, on it or before", "did order on or before 2026-02-14"),
    ("after a day, from a day on", "did order since 2026-02-14"),
    ("longer ago than", "did order more than 30 days ago"),
    ("between two times ago", "did order between 30 and 60 days ago"),
    ("exactly so long ago", "did order exactly 7 days ago"),
    ("a calendar period, to date", "did order this quarter"),
    ("the one before it", "did order previous month"),
    ("the latest of them", "count of order where channel is web in the latest 5 is at least 2"),
)


def _asked(rows: Iterable[tuple[str, str]]) -> str:
    """Rules as Lohko writes them, in English and in Finnish."""
    return _table(("To ask about", "English", "Suomeksi"), [(what, *(f"`{text}`" for text in pages.said(rule))) for what, rule in rows])


def _operator_row(operator: Operator) -> tuple[str, str, str, str, str]:
    title = operator.key.replace("_", " ")
    written = (f"`{_written(operator, text)}`" for text in (operator.english, operator.finnish))
    return f"[{title}](#{title.replace(' ', '-')})", *written, _types(operator), operator.help


def _types(operator: Operator) -> str:
    return ", ".join(sorted(kind.replace("_", " ") for kind in operator.types))


def _written(operator: Operator, text: str) -> str:
    """How a comparison looks, with words for what it takes: `is between A and B`."""
    first, second = {"span": ("N days", "M days"), "period": ("this month", "")}.get(operator.takes, ("A", "B"))
    return text.format(first, second, all="A, B, ...")


def _operator(operator: Operator, example: book.Entries) -> str:
    negates = f" It is NOT of `{operator.negates.replace('_', ' ')}`." if operator.negates else ""
    shown = "\n".join(pages.entry(part) for part in example.entries)
    return f"### {operator.key.replace('_', ' ')}\n\n{operator.help}{negates} Asked of: {_types(operator)}.\n\n{shown}"


# --- the command line ----------------------------------------------------------------------------


def _cli() -> str:
    import typer

    from lohko.cli.main import app

    group = typer.main.get_command(app)
    commands = dict(_commands(group, ""))
    index = "\n".join(f"- [`lohko {name}`](#lohko-{name.replace(' ', '-')})" for name in commands)
    shown = "\n".join(f"## lohko {name}\n\n```text\n{_help(command, f'lohko {name}')}\n```\n" for name, command in commands.items())
    return _part("cli", index=index, root=f"```text\n{_help(group, 'lohko')}\n```", commands=shown)


def _commands(group: Any, before: str) -> Iterable[tuple[str, Any]]:
    """The commands of a group, and after a command that is a group itself those in it."""
    for name, command in group.commands.items():
        yield f"{before}{name}", command
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")


def _help(command: object, name: str) -> str:
    context = command.context_class(command, info_name=name, terminal_width=100, max_content_width=100)  # type: ignore[attr-defined]
    text: str = command.get_help(context)  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines())


def _routes() -> str:
    from fastapi import FastAPI

    from lohko.web import changes_api
    from lohko.web.api import router

    app = FastAPI()
    app.include_router(router(None))  # type: ignore[arg-type]  # no route is called
    app.include_router(changes_api.router(None, changes_api.Streams()))  # type: ignore[arg-type]
    found = app.openapi()["paths"]
    shown = [_route(verb.upper(), path, route) for path, verbs in found.items() for verb, route in verbs.items()]
    return "\n".join(shown)


def _route(verb: str, path: str, route: dict[str, Any]) -> str:
    rows = [
        (f"`{item['name']}`", item["in"], "yes" if item.get("required") else "", item.get("description", ""))
        for item in route.get("parameters", ())
    ]
    asked = "\n" + _table(("Parameter", "In", "Required", "What it is"), rows) if rows else ""
    body = "\nTakes a JSON body.\n" if "requestBody" in route else ""
    return f"## {verb} {path}\n\n**{route['summary']}.** {route.get('description', '')}\n{body}{asked}"


# --- files ---------------------------------------------------------------------------------------


def _required() -> str:
    rows = [(f"`--as {kind}`", "; ".join(" or ".join(f"`{name}`" for name in group) for group in REQUIRED[kind])) for kind in KINDS]
    return _table(("Kind", "What a file must have"), rows)


_ROLES = {
    "key": "of the row",
    "attribute": "attribute of the customer",
    "property": "property of the event",
    "consent": "consent",
    "optout": "refusal",
    "ignored": "not kept",
}


def _fields() -> str:
    rows = [(f"`{f.name}`", _files(f), f.codes or f.type, _ROLES.get(f.role, f.role), ", ".join(f.aliases)) for f in FIELDS]
    return _table(("Field", "Kinds of file", "Type", "What it is", "Headers that mean it"), rows)


def _files(field: Field) -> str:
    return "all" if field.kinds == frozenset(KINDS) else ", ".join(kind for kind in KINDS if kind in field.kinds)


def _exports() -> str:
    rows = [
        (
            item.title[0].upper() + item.title[1:],
            f"`{item.key}`",
            "refused" if item.refused else ", ".join(f"`{kind}`" for kind in item.kinds),
            ", ".join(" or ".join(each(group)) for group in item.needs) or "none: by what its objects say",
        )
        for item in (*FORMATS, *API_FORMATS)
    ]
    return _table(("Export", "`--format`", "Read as", "Told by the headers"), rows)


# --- ready-made segments and RFM ------------------------------------------------------------------


def _starter() -> str:
    parts = []
    for name, text, needs in segments_text():
        segment = read_segments(text, name)[0].segment
        titles = f"{segment.title['en']} · {segment.title['fi']}"
        about = f"{segment.description['en']}\n\n*{segment.description['fi']}*"
        asks = ", ".join(f"`{event}`" for event in sorted(needs))
        parts.append(f"## {segment.id}\n\n**{titles}**\n\n{about}\n\n```text\n{lines(segment.where)}\n```\n\nNeeds events: {asks}\n")
    return "\n".join(parts)


def _groups() -> str:
    rows = [
        (g.en, g.fi, f"`{g.id}`", " ".join(c for c in reversed(ALL_CELLS) if DEFAULT_MAP[c] == g.id), str(_cells(g.id))) for g in GROUPS
    ]
    rows.append((PROSPECTS.en, PROSPECTS.fi, f"`{PROSPECTS.id}`", "none: they have not bought", "0"))
    return _table(("Group", "Suomeksi", "Id", "Cells (R, F, M)", "Number of cells"), rows)


def _cells(group: str) -> int:
    return sum(item == group for item in DEFAULT_MAP.values())


def _grid() -> str:
    """Recency by frequency; in each box the group for monetary scores 1 to 5."""
    titles = {group.id: group.en for group in GROUPS}
    rows = []
    for r in "54321":
        boxes = []
        for f in "12345":
            named = [titles[DEFAULT_MAP[f"{r}{f}{m}"]] for m in "12345"]
            boxes.append(", ".join(dict.fromkeys(named)))
        rows.append((f"**R {r}**", *boxes))
    return _table(("", "F 1", "F 2", "F 3", "F 4", "F 5"), rows)


def _traits() -> str:
    return _table(("Value", "Type"), [(f"`{item.name}`", item.codes or item.type) for item in RFM_TRAITS])


def main() -> int:
    """Write the pages, or with `--check` say which lag behind."""
    parser = argparse.ArgumentParser(description="Build the manual's pages from the code and the specs.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when a page lags behind")
    check = parser.parse_args().check
    built = build()
    stale = lagging(built)
    for path in stale:
        print(f"{'lags behind' if check else 'wrote'}: docs/{path}")
        if not check and path in built:
            (DOCS / path).parent.mkdir(parents=True, exist_ok=True)
            (DOCS / path).write_text(built[path], encoding="utf-8")
        elif not check:
            (DOCS / path).unlink()
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
