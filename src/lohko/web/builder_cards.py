"""A draft as a page shows it: groups of cards, each card a sentence with its blanks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lohko.base.codes import month_of, weekday_of
from lohko.base.errors import InputError, LohkoError
from lohko.base.text import Language
from lohko.model import edit
from lohko.model.blanks import Blank, Inside, Scope, blanks
from lohko.model.blanks_new import offered
from lohko.model.condition import AttributeIs, Condition, Not, OfAccount, PropertyIs
from lohko.model.edit import Place, write_place
from lohko.model.labels import labelled
from lohko.model.rfm_map import BY_ID
from lohko.model.sentence import lines, sentence
from lohko.web.builder_words import BuilderWords

Shown = dict[str, Any]
_LISTED = ("rfm_group", "weekday", "month")
"""The lists of codes that are short enough to choose from."""


@dataclass(frozen=True)
class Cards:
    """Draws the cards of one draft in one language."""

    draft: Condition
    scope: Scope
    words: BuilderWords
    language: Language
    currency: str
    problems: Mapping[str, LohkoError]
    warnings: Mapping[str, Sequence[str]]

    def whole(self) -> Shown:
        """The outermost group."""
        return self._group((), self.draft, ())

    def said(self, node: Condition | None) -> str:
        """A condition as a sentence; nothing for one that says nothing yet."""
        return "" if node is None else self._text(node, sentence)

    def text(self) -> str:
        """The rule as text, a part a line."""
        rule = edit.closed(self.draft)
        return "" if rule is None else self._text(rule, lines)

    def other(self) -> str:
        """The rule in the other language."""
        rule = edit.closed(self.draft)
        return "" if rule is None else replace(self, language="en" if self.language == "fi" else "fi").said(rule)

    def _text(self, node: Condition, say: Any) -> str:
        try:
            shown = labelled(node, self.scope.schema, self.language)
        except InputError:  # it names what is not there: it is said as it is written
            shown = node
        return str(say(shown, self.language, self.currency))

    # --- groups and items

    def _group(self, place: Place, node: Condition, path: Place) -> Shown:
        where = edit.list_of(self.draft, place)
        parts = [self._item((*where, n), part) for n, part in enumerate(edit.node_at(self.draft, where))]
        kind = edit.kind_of_group(node)
        return {
            "is": "group",
            "place": write_place(place),
            "kind": kind,
            "parts": parts,
            "add": self._menu(place),
            "size": len(parts),
        } | self._marks(place)

    def _item(self, place: Place, node: Condition) -> Shown:
        negated, inner = isinstance(node, Not), node.part if isinstance(node, Not) else node
        if edit.kind_of_group(node) is not None:
            return self._group(place, node, place)
        core = (*place, "part") if negated else place
        shown = {
            "place": write_place(place),
            "negated": negated,
            "controls": self._controls(core, inner, replace(self.scope, event=edit.event_around(self.draft, place))),
            "kind": inner.node,
        } | self._marks(place)
        if isinstance(inner, OfAccount):
            return shown | {"is": "account", "group": self._group((*core, "part"), inner.part, core)}
        inside = edit.event_around(self.draft, place) is not None
        return shown | {
            "is": "card",
            "inside": inside,
            "sentence": "" if inside else self.said(edit.closed(node)),
            "field": self._field(inner, place),
        }

    def _marks(self, place: Place) -> Shown:
        """What is wrong with an item, and what is to be said about it."""
        at = write_place(place)
        problem = self.problems.get(at)
        return {
            "problem": None if problem is None else self.words.error(problem),
            "hint": None if problem is None else self.words.words.hint(problem),
            "warnings": list(self.warnings.get(at, ())),
        }

    def _field(self, node: Condition, place: Place) -> Shown | None:
        """The field whose values can be looked at."""
        if isinstance(node, AttributeIs):
            return {"event": None, "name": node.name}
        if isinstance(node, PropertyIs):
            return {"event": edit.event_around(self.draft, place), "name": node.name}
        return None

    # --- blanks

    def _controls(self, core: Place, node: Condition, scope: Scope) -> list[Shown]:
        """The blanks in sections: those of the card itself, then those of its figures and steps."""
        sections: list[Shown] = []
        for part in blanks(node, scope):
            head = part.place[0] if part.place[0] in ("left", "right", "figure", "then") and len(part.place) > 1 else ""
            name = f"{head}.{part.place[1]}" if head == "then" else str(head)
            if not sections or sections[-1]["name"] != name:
                title = self.words.section(str(head)) if head else ""
                sections.append({"name": name, "title": title, "controls": []})
            sections[-1]["controls"].append(self._control(core, part, scope))
        return sections

    def _control(self, core: Place, part: Blank | Inside, scope: Scope) -> Shown:
        place = (*core, *part.place)
        if isinstance(part, Inside):
            shown: Shown = {"is": "inside", "place": write_place(place), "label": self.words.label(part.of)}
            if part.filled:
                return shown | {"group": self._group(place, edit.node_at(self.draft, place), core)}
            return shown | {"group": None, "add": self._menu(place)}
        listed = part.codes in _LISTED and part.form == "text"
        label = self.words.label("op" if part.form == "operator" else part.of)
        choices = self._codes(part) if listed else [(choice, self.words.choice(part, choice)) for choice in part.choices]
        if part.form in ("choice", "name", "operator", "steps") or listed:
            if part.form == "name":
                choices = sorted(choices, key=lambda item: (item[0] != "", item[1].casefold()))
            if part.value not in [value for value, _ in choices]:
                choices = [(part.value, part.value), *choices]
        last = part.many and not self._there(place)
        return {
            "is": "select" if choices else part.form,
            "name": write_place(place),
            "label": label,
            "value": self.words.coded(part.value, part.codes) if part.form == "text" and not listed else part.value,
            "choices": choices,
            "many": part.many,
            "of": part.of,
            "alone": part.of in ("name", "op", "event"),
            "next": write_place((*place[:-2], int(place[-2]) + 1, "value")) if last else None,
            "drop": write_place(place[:-1]) if part.many else None,
        }

    def _there(self, place: Place) -> bool:
        """Whether the list has another value after this one."""
        try:
            edit.node_at(self.draft, (*place[:-2], int(place[-2]) + 1))
        except InputError:
            return False
        return True

    def _codes(self, part: Blank) -> list[tuple[str, str]]:
        if part.codes == "rfm_group":
            return [(name, self.words.coded(name, part.codes)) for name in BY_ID]
        names = [weekday_of(n) for n in range(1, 8)] if part.codes == "weekday" else [month_of(n) for n in range(1, 13)]
        return [(name, self.words.coded(name, part.codes)) for name in names]

    # --- what can be added

    def _menu(self, group: Place) -> list[Shown]:
        """What can be added to a group: value and words, in sections."""
        event = edit.event_around(self.draft, group)
        if event is not None:
            return self._menu_of_event(event)
        schema, words = self.scope.schema, self.words
        attributes = sorted(
            ((f"attribute:{a.name}", words.words.field(a.name)) for a in schema.attributes.values()), key=lambda one: one[1].casefold()
        )
        did = sorted(((f"events:{e.name}", words.words.event(e.name)) for e in schema.events.values()), key=lambda one: one[1].casefold())
        others = [(f"{kind}:", words.kind(kind)) for kind in offered(self.scope) if kind not in ("attribute", "events")]
        return [
            {"title": words.kind("attribute"), "choices": attributes},
            {"title": words.kind("events"), "choices": did},
            {"title": words.say("More"), "choices": others},
            {"title": words.say("Groups"), "choices": [(f"{kind}:", words.kind(kind)) for kind in ("or", "and")]},
        ]

    def _menu_of_event(self, event: str) -> list[Shown]:
        words = self.words
        try:
            names = [item.name for item in self.scope.schema.event(event).properties.values()]
        except InputError:
            names = []
        own = sorted(((f"property:{name}", words.words.field(name)) for name in names), key=lambda one: one[1].casefold())
        return [
            {"title": words.kind("property"), "choices": own},
            {"title": words.kind("moment"), "choices": [("moment:", words.kind("moment"))]},
            {"title": words.say("Groups"), "choices": [(f"{kind}:", words.kind(kind)) for kind in ("or", "and")]},
        ]


def values_of(shown: Shown) -> dict[str, str]:
    """Every blank of a drawn draft with what it shows, in the order it is read."""
    found: dict[str, str] = {}
    for section in shown.get("controls", ()):
        for control in section["controls"]:
            if control["is"] != "inside":
                found[control["name"]] = control["value"]
            elif control["group"] is not None:
                found |= values_of(control["group"])
    for part in shown.get("parts", ()):
        found |= values_of(part)
    return found | values_of(shown["group"]) if shown.get("group") else found
