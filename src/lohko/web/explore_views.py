"""What was explored, as a page shows it: its pictures, its table, and what has to be said beside them, in the page's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lohko.base import formats
from lohko.web import explore_charts
from lohko.web.charts import Cell, nice_ticks
from lohko.web.explore_charts import Flow, Node, Series
from lohko.web.explore_time_views import TimeViews
from lohko.web.explore_words import Picture, View
from lohko.web.language import N_

if TYPE_CHECKING:
    pass

_WIDE, _NARROW = 1000, 340


class Views(TimeViews):
    """Every view, in one language and currency."""

    # --- one attribute ---

    def distribution(self, found: dict[str, Any]) -> View:
        """How the values of an attribute lie."""
        shown = [item for item in found["groups"] if not item["few"]]
        used = [place for place in range(len(found["parts"])) if any(item["counts"][place]["people"] != 0 for item in shown)]
        labels = [self.part(found["parts"][place], found) for place in used]
        series = [
            Series(
                self.group(item),
                [item["counts"][place]["share"] for place in used],
                [
                    f"{self.group(item)} · {label}: {self.n(item['counts'][place]['people'])} ({self.share(item['counts'][place]['share'])})"
                    for place, label in zip(used, labels, strict=True)
                ],
            )
            for item in shown
        ]
        title = self.say(N_("How %(field)s lies"), field=self.field(found["attribute"]))
        desc = self._most(labels, series)
        columns: list[tuple[str, bool]] = [(self.field(found["attribute"]), False)]
        for item in shown:
            columns += [
                (self.group(item), True),
                (self.texts.gettext("Share of those known"), True),
                (self.texts.gettext("95 % interval"), True),
            ]
        rows = [
            [label, *(cell for item in shown for cell in self.cells(item["counts"][place]))]
            for place, label in zip(used, labels, strict=True)
        ]
        rows.append([self.texts.gettext("Not known"), *(cell for item in shown for cell in (self.n(item["missing"]), "", ""))])
        raw = [
            [label, *(cell for item in shown for cell in self.raw(item["counts"][place]))]
            for place, label in zip(used, labels, strict=True)
        ]
        raw.append([self.texts.gettext("Not known"), *(cell for item in shown for cell in (item["missing"], None, None))])
        notes = self.too_few(found["groups"])
        for item in shown:
            if item["missing_share"] is not None:
                notes.append(
                    self.say(N_("%(group)s: %(share)s have no value."), group=self.group(item), share=self.share(item["missing_share"]))
                )
            if item["median"] is not None:
                notes.append(
                    self.say(
                        N_("%(group)s: half have at most %(middle)s; the middle half lies from %(low)s to %(high)s."),
                        group=self.group(item),
                        middle=self.value(item["median"], found),
                        low=self.value(item["quarter"], found),
                        high=self.value(item["three_quarters"], found),
                    )
                )
        return View(title, columns, rows, raw, self._lying(found["kind"], title, desc, labels, series), notes)

    def _most(self, labels: Sequence[str], series: Sequence[Series]) -> str:
        if not series or not labels:
            return self.texts.gettext("Nobody has a value.")
        best = max(range(len(labels)), key=lambda place: series[0].values[place] or 0)
        return self.say(N_("Most are in %(part)s: %(share)s."), part=labels[best], share=self.share(series[0].values[best]))

    def _lying(self, kind: str, title: str, desc: str, labels: Sequence[str], series: Sequence[Series]) -> list[Picture]:
        if not series or not labels:
            return []
        if kind == "text":
            ends = [[self.share(value) or self.few for value in item.values] for item in series]
            wide, narrow = (
                explore_charts.bars(f"lying-{width}", labels, series, ends, title=title, desc=desc, width=width)
                for width in (_WIDE, _NARROW)
            )
            return [Picture(title, wide, narrow)]
        most = max((value or 0 for item in series for value in item.values), default=0)
        ticks = [(tick / 100, formats.percent(tick / 100, self.language, places=0)) for tick in nice_ticks(most * 100)]
        wide, narrow = (
            explore_charts.columns(
                f"lying-{width}",
                labels,
                series,
                ticks,
                title=title,
                desc=desc,
                hidden=self.few if width > 500 else "",
                width=width,
                height=300,
            )
            for width in (_WIDE, _NARROW)
        )
        return [Picture(title, wide, narrow)]

    # --- two of them ---

    def cross(self, found: dict[str, Any]) -> View:
        """Two attributes crossed, a grid for each group."""
        one, other = found["rows"], found["columns"]
        heading = self.say(N_("%(rows)s by %(columns)s"), rows=self.field(one["attribute"]), columns=self.field(other["attribute"]))
        columns = [(self.texts.gettext("Group"), False), (self.field(one["attribute"]), False), (self.field(other["attribute"]), False)]
        columns += [
            (self.texts.gettext("People"), True),
            (self.texts.gettext("Share of the row"), True),
            (self.texts.gettext("95 % interval"), True),
        ]
        rows, raw, pictures = [], [], []
        heads = [self.part(part, other) for part in other["parts"]]
        for place, item in enumerate(group for group in found["groups"] if not group["few"]):
            used = [n for n in range(len(heads)) if any(row["cells"][n]["people"] != 0 for row in item["rows"])]
            most = max((cell["share"] or 0 for row in item["rows"] for cell in row["cells"]), default=0)
            squares = []
            for part, row in zip(one["parts"], item["rows"], strict=True):
                if row["people"] == 0:
                    continue
                label = self.part(part, one)
                squares.append((label, [self._square(label, heads[n], row["cells"][n], most) for n in used]))
                for n in used:
                    rows.append([self.group(item), label, heads[n], *self.cells(row["cells"][n])])
                    raw.append([self.group(item), label, heads[n], *self.raw(row["cells"][n])])
            title = f"{heading}: {self.group(item)}"
            desc = self.texts.gettext("Each square is the number of people and its share of its row.")
            if squares:
                pictures.append(
                    Picture(
                        title,
                        explore_charts.grid(f"cross-{place}", squares, [heads[n] for n in used], title=title, desc=desc, cell_width=86),
                    )
                )
        return View(heading, columns, rows, raw, pictures, self.too_few(found["groups"]))

    def _square(self, row: str, column: str, cell: dict[str, Any], most: float) -> Cell:
        tip = f"{row} · {column}: {self.n(cell['people'])}"
        if cell["share"] is not None:
            tip += f" ({self.share(cell['share'])}{'; ' + self.interval(cell) if cell['low'] is not None else ''})"
        if cell["people"] is None:
            return Cell(self.few, "", tip, -1)
        level = 0 if not cell["people"] or not most else max(1, min(5, round(5 * (cell["share"] or 0) / most)))
        return Cell(self.n(cell["people"]) if cell["people"] else "–", self.share(cell["share"]) if cell["people"] else "", tip, level)

    # --- ways ---

    def paths(self, found: dict[str, Any]) -> View:
        """Flows from step to step, with the places where people leave."""
        heading = self.texts.gettext("Ways from step to step")
        columns = [
            (self.texts.gettext("Step"), True),
            (self.texts.gettext("From"), False),
            (self.texts.gettext("To"), False),
            (self.texts.gettext("People"), True),
            (self.texts.gettext("Share of the step"), True),
        ]
        total = {(step["place"], step["kind"], step["event"]): step["people"] for step in found["steps"]}
        rows, raw, nodes, flows = [], [], dict[str, Node](), []
        kinds = {event: f"s{place % 6}" for place, event in enumerate(found["events"])}
        for step in found["steps"]:
            key = f"{step['place']}|{step['kind']}|{step['event']}"
            nodes[key] = Node(
                key,
                step["place"],
                step["people"],
                self._step(step),
                f"{self.n(step['people'])} · {self.share(step['share'])}",
                kinds.get(step["event"], "other"),
            )
        ends: dict[str, float] = {}
        for flow in found["flows"]:
            one, other = flow["from"], flow["to"]
            of = total.get((flow["place"], one["kind"], one["event"]), flow["people"])
            source, target = (f"{flow['place']}|{one['kind']}|{one['event']}", f"{flow['place'] + 1}|{other['kind']}|{other['event']}")
            said = [self._step(one), self._step(other)]
            rows.append([str(flow["place"] + 1), *said, self.n(flow["people"]), self.share(flow["people"] / of)])
            raw.append([flow["place"] + 1, *said, flow["people"], round(flow["people"] / of, 6)])
            if source not in nodes:
                continue
            if other["kind"] in ("left", "open"):
                ends[target] = ends.get(target, 0) + flow["people"]
            elif target not in nodes:
                continue
            flows.append(
                Flow(source, target, flow["people"], f"{said[0]} → {said[1]}: {self.n(flow['people'])} ({self.share(flow['people'] / of)})")
            )
        for key, people in ends.items():
            place, kind, _ = key.split("|")
            nodes[key] = Node(key, int(place), people, self._step({"kind": kind, "event": None}), self.n(people), kind)
        notes = [self.say(N_("Whoever did something in the last %(days)s days has not left."), days=found["quiet_days"])]
        if found["people"] is None:
            notes = [self.texts.gettext("Fewer than five people have gone such a way, so there is nothing to show.")]
        elif found["hidden"]:
            notes.append(self.say(N_("%(n)s flows of fewer than five people are left out."), n=self.n(found["hidden"])))
        order = {"left": 2, "open": 3, "other": 1}
        listed = sorted(nodes.values(), key=lambda node: (node.place, order.get(node.kind, 0), -node.people))
        tallest = max((sum(node.place == place for node in listed) for place in {node.place for node in listed}), default=1)
        pictures = []
        if flows:
            desc = self.say(N_("%(n)s people begin; each ribbon is as wide as those who go that way."), n=self.n(found["people"]))
            wide = explore_charts.sankey(
                "paths",
                listed,
                flows,
                title=heading,
                desc=desc,
                width=max(_WIDE - 60, 215 * (found["depth"] + 1)),
                height=max(400, 52 * tallest),
            )
            pictures.append(Picture(heading, wide))
        return View(heading, columns, rows, raw, pictures, notes)

    def _step(self, item: dict[str, Any]) -> str:
        match item["kind"]:
            case "other":
                return self.texts.gettext("Others")
            case "left":
                return self.texts.gettext("Left")
            case "open":
                return self.texts.gettext("Under way")
        return str(self.words.event(item["event"]))
