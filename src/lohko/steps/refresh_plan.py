"""What a refresh would do: in which order, which conditions it asks once for how many segments, and what they read."""

from __future__ import annotations

from typing import Any

from lohko.base.errors import LohkoError
from lohko.engine.sharing import Costs, Plan, Reading, shared_leaves
from lohko.model.condition import Leaf
from lohko.model.dependencies import behind, traits_of
from lohko.model.labels import labelled
from lohko.model.sentence import sentence
from lohko.steps.question import Question, ask
from lohko.steps.refresh import names_of
from lohko.steps.work import Progress, Work

UNIT = "values: the rows of the tables that are read, times the columns read of them"


def refresh_plan(work: Work, progress: Progress, *, segments: list[str] | None = None, as_of: str | None = None) -> dict[str, Any]:
    """The plan of a refresh; nothing is asked and nothing is recorded."""
    question = ask(work, as_of)
    plan = shared_leaves(question.catalogue, names_of(question, segments))
    costs = Costs(question.engine.cursor, question.schema, question.as_of, work.settings.zone)
    found = [_leaf(question, costs, leaf, users) for leaf, users in plan.users.items()]
    traits = _traits(question, costs, plan)
    once = sum(item["cost"] for item in [*found, *traits])
    each = sum(item["cost"] * len(item["segments"]) for item in [*found, *traits])
    return {
        **question.stamp(),
        "order": [
            {"segment": name, "after": list(behind(question.catalogue.segments, name)), "error": _error(plan, name)} for name in plan.order
        ],
        "leaves": sorted(found, key=lambda item: (-item["cost"], item["condition"])),
        "traits": traits,
        "uses": sum(len(users) for users in plan.users.values()),
        "cost": once,
        "cost_unshared": each,
        "unit": UNIT,
    }


def _leaf(question: Question, costs: Costs, leaf: Leaf, users: list[str]) -> dict[str, Any]:
    said = sentence(labelled(leaf, question.schema, "en"))
    try:
        reads, error = costs.of_leaf(leaf), None
    except LohkoError as found:
        reads, error = [], found.as_json()
    return {"condition": said, "segments": users, "reads": _shown(reads), "cost": _sum(reads), "error": error}


def _traits(question: Question, costs: Costs, plan: Plan) -> list[dict[str, Any]]:
    """The families of traits that must be computed, with the segments that ask about them."""
    users: dict[str, list[str]] = {}
    for name in plan.order:
        for family in traits_of(question.schema, question.catalogue.segments, name):
            users.setdefault(family, []).append(name)
    reads = costs.of_traits()
    return [{"traits": family, "segments": names, "reads": _shown(reads), "cost": _sum(reads)} for family, names in sorted(users.items())]


def _shown(reads: list[Reading]) -> list[dict[str, Any]]:
    return [{"table": item.table, "rows": item.rows, "columns": item.columns} for item in reads]


def _sum(reads: list[Reading]) -> int:
    return sum(item.values for item in reads)


def _error(plan: Plan, name: str) -> dict[str, Any] | None:
    return plan.wrong[name].as_json() if name in plan.wrong else None
