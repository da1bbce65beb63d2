"""How this company counts RFM: refunds, window, fixed cut points if any, and which group each cell belongs to.

As YAML, in which everything may be left out:

    refunds: net
    value: revenue
    window: 730 days
    cuts: {recency_days: [30, 90, 180, 365], frequency: [2, 3, 4, 6], monetary: [50, 100, 250, 500]}
    groups: {champions: [555, 554, 544, 545, 454, 455, 445], ...}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from sqlalchemy import Connection, delete, insert, select

from lohko.base.errors import InputError, did_you_mean
from lohko.maths.rfm import Cuts
from lohko.model.operand import Span, Unit
from lohko.model.rfm_map import DEFAULT_MAP, cells_of, load_yaml, write_map
from lohko.state.tables import setting

Refunds = Literal["net", "ignore"]
Worth = Literal["revenue", "margin"]
_KEYS = ("refunds", "value", "window", "cuts", "groups", "grid", "first_match")
_CUTS = ("recency_days", "frequency", "monetary")
_SETTING = "rfm"


@dataclass(frozen=True)
class RfmRules:
    """How RFM is counted. Without `window` all orders count; without `cuts` scores are relative to all buyers; `value` is what M is made of."""

    refunds: Refunds = "net"
    window: Span | None = None
    cuts: Cuts | None = None
    cells: Mapping[str, str] = field(default_factory=lambda: DEFAULT_MAP)
    value: Worth = "revenue"


def parse_rules(text: str) -> RfmRules:
    """The rules that a YAML text says; InputError that says what is wrong in it."""
    body = load_yaml(text, "The file of RFM rules")
    if body is None:
        return RfmRules()
    if not isinstance(body, dict):
        raise InputError("bad_rfm_rules", "RFM rules are a set of keys such as refunds, window, cuts and groups.")
    for key in body:
        if key not in _KEYS:
            raise InputError("unknown_key", f"RFM rules have no key {str(key)!r}.", hint=did_you_mean(str(key), _KEYS))
    rules = with_options(RfmRules(), refunds=body.get("refunds"), window=body.get("window"), value=body.get("value"))
    if "cuts" in body:
        rules = replace(rules, cuts=_cuts(body["cuts"]))
    named = {key: body[key] for key in ("groups", "grid", "first_match") if key in body}
    return replace(rules, cells=cells_of(named)) if named else rules


def with_options(rules: RfmRules, *, refunds: str | None, window: str | None, value: str | None = None) -> RfmRules:
    """The rules with what was said for one question instead; what was not said stays."""
    if refunds is not None:
        if refunds not in get_args(Refunds):
            raise InputError("bad_refunds", f"Refunds are {refunds!r}.", hint="net takes them off, ignore leaves them out.")
        rules = replace(rules, refunds=refunds)  # type: ignore[arg-type]
    if value is not None:
        if value not in get_args(Worth):
            raise InputError("bad_value", f"Value is counted by {value!r}.", hint="by revenue, or by margin where costs are known.")
        rules = replace(rules, value=value)  # type: ignore[arg-type]
    return rules if window is None else replace(rules, window=read_span(str(window)))


def read_span(text: str) -> Span:
    """A length of time as an option gives it: `365 days`."""
    parts = text.split()
    if len(parts) == 2 and parts[0].isdigit() and parts[1].rstrip("s") in get_args(Unit) and int(parts[0]) > 0:
        return Span(int(parts[0]), parts[1].rstrip("s"))  # type: ignore[arg-type]
    raise InputError("bad_window", f"{text!r} is no length of time.", hint="write for example `365 days` or `12 months`.")


def _cuts(body: Any) -> Cuts:
    if not isinstance(body, dict) or set(body) != set(_CUTS):
        raise InputError("bad_cut_points", "Cut points are four numbers each for recency_days, frequency and monetary.", place="cuts")
    for name, limits in body.items():
        if not isinstance(limits, list) or not all(isinstance(item, int | float) and not isinstance(item, bool) for item in limits):
            raise InputError("bad_cut_points", "Cut points are numbers.", place=f"cuts, {name}")
    return Cuts(**body)


def write_rules(rules: RfmRules) -> str:
    """The rules as the YAML that `parse_rules` reads back to equal ones."""
    lines = [f"refunds: {rules.refunds}"]
    if rules.value != "revenue":
        lines.append(f"value: {rules.value}")
    if rules.window:
        lines.append(f"window: {rules.window.n} {rules.window.unit}s")
    if rules.cuts:
        lines += ["cuts:", *(f"  {name}: [{', '.join(map(str, getattr(rules.cuts, name)))}]" for name in _CUTS)]
    return "\n".join([*lines, write_map(rules.cells)])


def read_rules(connection: Connection) -> RfmRules:
    """The rules that this workspace was given, else the usual ones."""
    text = connection.execute(select(setting.c.value).where(setting.c.name == _SETTING)).scalar()
    return parse_rules(text) if text else RfmRules()


def save_rules(connection: Connection, rules: RfmRules) -> None:
    """Keep the rules for every later question."""
    connection.execute(delete(setting).where(setting.c.name == _SETTING))
    connection.execute(insert(setting).values(name=_SETTING, value=write_rules(rules)))
