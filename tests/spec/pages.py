"""The specs as pages of the manual: each table as people read it, each rule with who it finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lohko.model.labels import labelled
from lohko.model.parse import parse
from lohko.model.resolve import Resolver
from lohko.model.sentence import sentence
from spec.book import Entries, Entry, Example, Imported, Refused, Scores, Theme, Written
from spec.check import refusal
from spec.shop import ATTRIBUTES, EVENTS, SCHEMA
from spec.table import Table

NOBODY = "*nobody*"


def contract(themes: Iterable[Theme]) -> str:
    """The page `meaning.md`: every sentence of the specs, by theme, with a link to its example."""
    parts = []
    for theme in themes:
        if theme.key != "operator_rows":
            sentences = "\n".join(f"- {item.sentence} ([example](reference/examples/{theme.key}.md#{item.name}))" for item in theme.specs)
            parts.append(f"## {theme.title}\n\n{theme.about}\n\n{sentences}\n")
    return "\n".join(parts)


def page(theme: Theme) -> str:
    """One spec file as a page of examples."""
    body = "\n".join(section(item) for item in theme.specs)
    return f"# {theme.title}: examples\n\n{theme.about}\n\n{_HOW}\n\n{body}"


_HOW = """Each example draws people and what they did, and says whom a rule finds. The rules are asked at midnight of 1 March 2026 in
Helsinki, unless another instant is named. An empty cell is no value. Every example is also a test of Lohko: see
[the meaning of conditions](../../meaning.md) for all sentences together."""


def section(item: Entries, level: int = 2) -> str:
    """One spec: its sentence as the heading, then what it shows."""
    first, _, more = item.sentence.partition("\n\n")
    title = " ".join(first.split())
    shown = "\n".join(entry(part) for part in item.entries)
    return f'<a id="{item.name}"></a>\n\n{"#" * level} {title}\n\n{more}{shown}'


def entry(part: Entry) -> str:
    """One entry as Markdown."""
    match part:
        case Example():
            return _example(part)
        case Scores():
            return _scores(part)
        case Imported():
            return _imported(part)
        case Written():
            title = "Read with a warning, written" if part.warns else "Written by Lohko"
            return _table(("Rule", title), [(_code(text), _code(canonical)) for text, canonical in part.rules.items()])
        case Refused():
            return "\n".join(f"```text\n{text or '(an empty rule)'}\n```\n\n```text\nError: {refusal(text)}\n```\n" for text in part.rules)
    raise TypeError(part)


def _example(example: Example) -> str:
    parts = []
    if example.people is not None:
        parts.append(_drawn("People", example.people))
    parts += [_drawn(f"Events `{name}`", table) for name, table in example.events.items()]
    if example.segments:
        parts.append(_table(("Segment", "Its rule"), [(_code(name), _code(rule)) for name, rule in example.segments.items()]))
    parts += [_drawn(title, table) for title, table in (("Consents", example.consents), ("The ledger", example.moves)) if table is not None]
    if example.gone:
        parts.append(f"Erased: {', '.join(example.gone)}\n")
    finnish = {rule: in_finnish(rule, tuple(example.segments)) for rule in example.members}
    return "\n".join([*parts, _asked(example.as_of, example.members, finnish)])


def in_finnish(rule: str, segments: tuple[str, ...]) -> str:
    """The rule as Lohko writes it in Finnish."""
    resolved = Resolver(SCHEMA, segments).condition(parse(rule).condition)
    return sentence(labelled(resolved, SCHEMA, "fi"), "fi")


def said(rule: str) -> tuple[str, str]:
    """A rule over the shop of the examples as Lohko writes it, in English and in Finnish."""
    resolved = Resolver(SCHEMA, ("vips",)).condition(parse(rule).condition)
    return sentence(labelled(resolved, SCHEMA, "en")), sentence(labelled(resolved, SCHEMA, "fi"), "fi")


def _asked(as_of: str, members: Mapping[str, tuple[str, ...]], finnish: Mapping[str, str] | None = None) -> str:
    instant = "" if as_of == "2026-03-01" else f"Asked at {as_of.replace('T', ' ')}:\n\n"
    if finnish is None:
        return instant + _table(("Rule", "Finds"), [(_code(rule), ", ".join(names) or NOBODY) for rule, names in members.items()])
    rows = [(_code(rule), _code(finnish[rule]), ", ".join(names) or NOBODY) for rule, names in members.items()]
    return instant + _table(("Rule", "In Finnish", "Finds"), rows)


def _scores(scores: Scores) -> str:
    parts = [_drawn(f"Events `{name}`", table) for name, table in scores.events.items()]
    if scores.cuts:
        limits = {name: ", ".join(map(str, getattr(scores.cuts, name))) for name in ("recency_days", "frequency", "monetary")}
        parts.append(_table(("Score", "Cut points"), list(limits.items())))
    options = ["--refunds ignore"] * (scores.refunds == "ignore") + ([f"--window '{scores.days} days'"] if scores.days else [])
    said = f"RFM with `{' '.join(options)}`" if options else "RFM"
    instant = "" if scores.as_of == "2026-03-01" else f" at {scores.as_of.replace('T', ' ')}"
    return "\n".join([*parts, _drawn(said + instant, scores.scores)])


def _imported(imported: Imported) -> str:
    parts = []
    for n, text in enumerate(imported.files, start=1):
        kind = imported.kind if n == len(imported.files) else imported.options.get("first_kind", imported.kind)
        options = _options(imported.options) if n == len(imported.files) else ""
        parts.append(f"A file, brought in with `--as {kind}{options}`:\n\n```text\n{text}```\n")
    if imported.books:
        parts.append(_table(("Summary", "Says"), [(name.replace("_", " "), _said(value)) for name, value in imported.books.items()]))
    if imported.consented:
        instant = "" if imported.as_of == "2026-03-01" else f" at {imported.as_of}"
        rows = [(purpose, ", ".join(names) or NOBODY) for purpose, names in imported.consented.items()]
        parts.append(_table(("Purpose", f"Consented{instant}"), rows))
    return "\n".join([*parts, _asked(imported.as_of, imported.members) if imported.members else ""])


def _options(options: Mapping[str, object]) -> str:
    given = [f" --{name}" if value is True else f" --{name} {value}" for name, value in options.items() if name != "first_kind"]
    return "".join(given)


def _said(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {n}" for name, n in value.items())
    return str(value)


def _drawn(title: str, table: Table) -> str:
    if not table.headers:
        return f"{title}: {', '.join(table.people)}\n"
    rows = [(row.person, *row.cells.values()) for row in table.rows]
    return f"{title}:\n\n" + _table(("", *table.headers), rows)


def _table(headers: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = list(headers)
    lines = [titles, ["---"] * len(titles), *[[_cell(cell) for cell in row] for row in rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _code(text: str) -> str:
    """A rule as code; one that holds a backtick is fenced by two."""
    text = " ".join(text.split("\n"))
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def shop() -> str:
    """What the people and events of the examples can have."""
    people = _table(("Attribute", "Type"), [(_code(name), codes or kind) for name, (kind, codes) in ATTRIBUTES.items()])
    events = _table(
        ("Event", "Properties"),
        [(_code(name), ", ".join(f"`{key}` ({kind})" for key, kind in properties.items())) for name, properties in EVENTS.items()],
    )
    return f"{people}\n{events}"
