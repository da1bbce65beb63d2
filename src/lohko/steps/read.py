"""Questions about the data as it is: what there is, how many match a rule, RFM."""

from __future__ import annotations

from typing import Any

from lohko.base.clock import now
from lohko.engine.not_customers import set_aside
from lohko.engine.plan import evaluate
from lohko.engine.profiles import population
from lohko.engine.scores import customers
from lohko.maths.rfm import few_buyers
from lohko.model.parse import parse
from lohko.model.rfm_map import BY_ID, PROSPECTS
from lohko.state.batches import imports, retries
from lohko.state.rfm_rules import RfmRules, parse_rules, read_rules, save_rules, with_options, write_rules
from lohko.state.sources import sources
from lohko.state.workspace import note
from lohko.steps.books import book
from lohko.steps.checking import checks_of_rule
from lohko.steps.figures import amount, cell_rows, group_rows
from lohko.steps.question import ask
from lohko.steps.saying import said
from lohko.steps.schedule import judge
from lohko.steps.work import Progress, Work


def status(work: Work, progress: Progress) -> dict[str, Any]:
    """What the workspace holds: settings, people, and the books of every import."""
    with work.state.connect() as connection:
        rows, tried, fed = imports(connection), retries(connection), sources(connection)
    keys = ("received", "accepted", "duplicate", "rejected", "rejected_by_reason")
    return {
        "name": work.folder.path.resolve().name,
        "timezone": work.settings.timezone,
        "currency": work.settings.currency,
        "country": work.settings.country,
        "data_version": work.data_version(),
        "people": population(work.store.cursor()),
        "not_customers": sum(set_aside(work.store.cursor()).values()),
        "imports": [
            {
                "batch": row["number"],
                "file": row["file_name"],
                "kind": row["kind"],
                "source": row["source"],
                "received_at": row["received_at"],
                "anonymous": row["anonymous"] + sum(item["anonymous"] for item in tried.get(row["number"], [])),
            }
            | {key: value for key, value in book(row, tried.get(row["number"], [])).items() if key in keys}
            for row in rows
        ],
        "sources": [
            {"name": row["name"], "kind": row["kind"], "last_success": row["last_success"], **judge(row, work.settings.zone, now())}
            for row in fed
        ],
    }


def count(work: Work, progress: Progress, *, condition: str, as_of: str | None = None) -> dict[str, Any]:
    """How many people match a rule that is not saved."""
    parsed = parse(condition)
    question = ask(work, as_of)
    resolved = question.catalogue.resolve(parsed.condition)
    engine = question.engine
    found = engine.size(evaluate(engine, question.catalogue, resolved))
    warnings = [{"code": item.code, "message": item.message} for item in parsed.warnings]
    return {
        "condition": condition,
        "sentence": said(work, question.schema, resolved, "en"),
        "count": found,
        "population": engine.size(engine.everyone()),
        "share": question.share(found),
        **question.stamp(),
        "warnings": [*warnings, *checks_of_rule(work, question, resolved)],
    }


def rules_for(work: Work, *, refunds: str | None, window: str | None, value: str | None, rules: str | None) -> RfmRules:
    """The rules of one question about RFM: the workspace's own, unless the question says otherwise."""
    with work.state.connect() as connection:
        ours = read_rules(connection) if rules is None else parse_rules(rules)
    return with_options(ours, refunds=refunds, window=window, value=value)


def counted_by(rules: RfmRules) -> dict[str, Any]:
    """What an answer says of the rules that it was counted by."""
    return {
        "refunds": rules.refunds,
        "value": rules.value,
        "window": f"{rules.window.n} {rules.window.unit}s" if rules.window else None,
        "cut_points": "fixed" if rules.cuts else "relative",
    }


def rfm(
    work: Work,
    progress: Progress,
    *,
    as_of: str | None = None,
    refunds: str | None = None,
    window: str | None = None,
    value: str | None = None,
    rules: str | None = None,
) -> dict[str, Any]:
    """Recency, frequency, monetary value, scores and group of every customer, and the groups.

    The workspace's own rules count unless `refunds`, `window`, `value` (revenue or margin) or `rules` (their YAML) say otherwise for this question.
    """
    ours = rules_for(work, refunds=refunds, window=window, value=value, rules=rules)
    question = ask(work, as_of, rfm_rules=ours)
    question.engine.need_traits()
    cursor = question.engine.cursor
    groups = group_rows(cursor)
    prospects = next(group["customers"] for group in groups if group["group"] == PROSPECTS.id)
    buyers = sum(group["customers"] for group in groups) - prospects
    warning = few_buyers(buyers)
    unknown = len(question.engine.profiled()) - buyers - prospects
    return {
        **question.stamp(),
        **counted_by(ours),
        "of_unknown_margin": unknown if ours.value == "margin" else 0,
        "buyers": buyers,
        "prospects": prospects,
        "warnings": [{"code": "few_buyers", "message": warning}] if warning else [],
        "groups": groups,
        "cells": cell_rows(cursor),
        "customers": [
            {
                "customer": label,
                "recency_days": recency,
                "frequency": frequency,
                "monetary": amount(money),
                "r": r,
                "f": f,
                "m": m,
                "group": BY_ID[group].en,
            }
            for label, recency, frequency, money, r, f, m, group in customers(cursor)
        ],
    }


def rfm_rules(work: Work, progress: Progress, *, text: str | None = None, reset: bool = False) -> dict[str, Any]:
    """The rules by which RFM is counted, as YAML; given ones are kept for every later question."""
    with work.guard, work.state.begin() as connection:
        if reset or text is not None:
            save_rules(connection, RfmRules() if text is None else parse_rules(text))
            note(connection, "rfm_rules_set", {"reset": reset})
        return {"rules": write_rules(read_rules(connection))}
