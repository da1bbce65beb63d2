"""What the rows of one source's files of one kind are expected to hold, field by field; as YAML.

    source: shop
    kind: orders
    breach: warn
    learned_from: 1
    fields:
      total: {type: money, required: true, range: [0, 20000]}
      country: {allowed: [FI, SE], reject: [allowed]}
      email: {unique: true}
      birthday: {type: date, range: [1900-01-01, today]}
      customer_id: {references: customers}

`breach` says what becomes of a row that breaks a rule: it is accepted and counted
(`warn`) or rejected, kept, and can be retried (`reject`). A field's own lists
`warn` and `reject` say otherwise for single rules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal, cast, get_args

from lohko.base.errors import InputError, did_you_mean
from lohko.base.text import fold
from lohko.model.documents import as_yaml, documents, line_of, only_keys
from lohko.model.schema import Type

Rule = Literal["type", "required", "range", "allowed", "unique", "references"]
"""What can be asked of a field.

type        the text can be read as that type
required    it is not blank
range       it lies between two bounds, both included; `null` is no bound, `today` the day the row was received
allowed     it is one of these, however it is spelt
unique      no two customers (orders, or rows of events and lines) of the source have the same
references  it is a customer, or an order, that the source is known to have
"""

RULES: tuple[Rule, ...] = get_args(Rule)
Breach = Literal["warn", "reject"]
Reference = Literal["customers", "orders"]
Bound = Decimal | dt.date | Literal["today"]

REASON = "contract"
"""Rows are rejected as `contract:<field>:<rule>`."""

_KEYS = ("source", "kind", "breach", "learned_from", "fields")
_FIELD_KEYS = (*RULES, "warn", "reject")
_SHAPE = "for example `total: {type: money, required: true, range: [0, 20000], reject: [range]}`."


@dataclass(frozen=True)
class FieldRules:
    """What is asked of one field; what is not asked is None, False or empty."""

    type: Type | None = None
    required: bool = False
    low: Bound | None = None
    high: Bound | None = None
    allowed: tuple[str, ...] = ()
    unique: bool = False
    references: Reference | None = None
    breach: Mapping[Rule, Breach] = field(default_factory=dict)

    def rules(self) -> Iterator[Rule]:
        """The rules that are asked, in the order in which a row is told of them."""
        asked: dict[Rule, bool] = {
            "type": self.type is not None,
            "required": self.required,
            "range": self.low is not None or self.high is not None,
            "allowed": bool(self.allowed),
            "unique": self.unique,
            "references": self.references is not None,
        }
        return (rule for rule, is_asked in asked.items() if is_asked)


@dataclass(frozen=True)
class Contract:
    """The rules of one source and kind of file. `learned_from` is the import that they were learned from."""

    source: str
    kind: str
    breach: Breach = "warn"
    fields: Mapping[str, FieldRules] = field(default_factory=dict)
    learned_from: int | None = None

    def rejects(self, name: str, rule: Rule) -> bool:
        """Whether a row that breaks this rule is rejected, and not only counted."""
        return self.fields[name].breach.get(rule, self.breach) == "reject"

    def with_breach(self, breach: Breach) -> Contract:
        """The same rules, all with one consequence."""
        return replace(self, breach=breach, fields={name: replace(rules, breach={}) for name, rules in self.fields.items()})


def reason_of(name: str, rule: Rule) -> str:
    """Why a row that broke a rule was rejected.

    >>> reason_of("total", "range")
    'contract:total:range'
    """
    return f"{REASON}:{name}:{rule}"


# --- YAML ------------------------------------------------------------------------------


def read_contracts(text: str, place: str) -> list[Contract]:
    """The contracts of a YAML text; InputError with file and line for what is wrong in it."""
    return [_contract(item, line_of(item, place)) for item in documents(text, place)]


def contract_from_json(body: Any) -> Contract:
    """The contract that `contract_to_json` described."""
    return _contract(body, "the stored contract")


def write_contract(contract: Contract) -> str:
    """A contract as YAML that reads back to an equal one."""
    return as_yaml(_body(contract, lambda bound: bound if isinstance(bound, str | dt.date) else _plain(bound)))


def contract_to_json(contract: Contract) -> dict[str, Any]:
    """What is stored of a contract."""
    return _body(contract, lambda bound: bound if isinstance(bound, str) else str(bound))


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _body(contract: Contract, bound: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"source": contract.source, "kind": contract.kind, "breach": contract.breach}
    if contract.learned_from is not None:
        body["learned_from"] = contract.learned_from
    body["fields"] = {name: _rules_body(rules, bound) for name, rules in contract.fields.items()}
    return body


def _rules_body(rules: FieldRules, bound: Any) -> dict[str, Any]:
    said: dict[Rule, Any] = {
        "type": rules.type,
        "required": True,
        "range": [None if item is None else bound(item) for item in (rules.low, rules.high)],
        "allowed": list(rules.allowed),
        "unique": True,
        "references": rules.references,
    }
    body: dict[str, Any] = {rule: said[rule] for rule in rules.rules()}
    for breach in get_args(Breach):
        named = [rule for rule in RULES if rules.breach.get(rule) == breach]
        if named:
            body[breach] = named
    return body


def _contract(item: Any, place: str) -> Contract:
    if not isinstance(item, dict):
        raise _wrong("A contract is a set of keys: source, kind, breach and fields.", place)
    only_keys(item, _KEYS, "A contract", place)
    for key in ("source", "kind"):
        if not isinstance(item.get(key), str) or not item[key].strip():
            raise _wrong(f"A contract says its {key}.", place)
    fields = item.get("fields") or {}
    if not isinstance(fields, dict):
        raise _wrong("`fields` holds the fields by name.", line_of(item, place, "fields"))
    learned = item.get("learned_from")
    return Contract(
        item["source"].strip(),
        item["kind"].strip(),
        _one_of(item.get("breach", "warn"), get_args(Breach), "breach", place),
        {str(name): _rules(str(name), rules, line_of(fields, place, name)) for name, rules in fields.items()},
        learned if isinstance(learned, int) else None,
    )


def _rules(name: str, item: Any, place: str) -> FieldRules:
    if not isinstance(item, dict):
        raise _wrong(f"Field {name!r} has no set of rules.", place)
    only_keys(item, _FIELD_KEYS, f"Field {name!r}", place)
    for rule in ("required", "unique"):
        if not isinstance(item.get(rule, False), bool):
            raise _wrong(f"`{rule}` of field {name!r} is true or false.", place)
    kind = item.get("type")
    refers = item.get("references")
    low, high = _range(name, item.get("range"), place)
    return FieldRules(
        None if kind is None else _one_of(kind, get_args(Type), "type", place),
        item.get("required", False),
        low,
        high,
        _texts(name, item.get("allowed"), place),
        item.get("unique", False),
        None if refers is None else _one_of(refers, get_args(Reference), "references", place),
        _breaches(name, item, place),
    )


def _breaches(name: str, item: Mapping[str, Any], place: str) -> dict[Rule, Breach]:
    found: dict[Rule, Breach] = {}
    for breach in get_args(Breach):
        named = item.get(breach, [])
        if not isinstance(named, list):
            raise _wrong(f"`{breach}` of field {name!r} is a list of its rules.", place)
        for rule in named:
            found[cast(Rule, _one_of(rule, RULES, breach, place))] = breach
    return found


def _range(name: str, value: Any, place: str) -> tuple[Bound | None, Bound | None]:
    if value is None:
        return None, None
    if not isinstance(value, list) or len(value) != 2:
        raise _wrong(f"`range` of field {name!r} is a list of two bounds.", place)
    low, high = (_bound(name, item, place) for item in value)
    kinds = {isinstance(item, Decimal) for item in (low, high) if item is not None}
    if len(kinds) == 2 or (isinstance(low, Decimal) and isinstance(high, Decimal) and low > high):
        raise _wrong(f"The bounds of field {name!r} do not make a range.", place)
    return low, high


def _bound(name: str, value: Any, place: str) -> Bound | None:
    if value is None or value == "today":
        return cast(Bound | None, value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.date(value.year, value.month, value.day)
    try:
        if isinstance(value, str) and value.count("-") == 2 and not value.startswith("-"):
            return dt.date.fromisoformat(value)
        if isinstance(value, bool):
            raise ValueError
        number = Decimal(str(value))
    except (ValueError, ArithmeticError):
        number = Decimal("NaN")
    if not number.is_finite():
        raise _wrong(f"A bound of field {name!r} is a number, a day such as 2026-03-12, `today`, or null.", place)
    return number


def _texts(name: str, value: Any, place: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not value or any(isinstance(item, dict | list) or item is None for item in value):
        raise _wrong(f"`allowed` of field {name!r} is a list of values.", place)
    texts = [("true" if item else "false") if isinstance(item, bool) else str(item).strip() for item in value]
    return tuple({fold(text): text for text in texts}.values())


def _one_of(value: Any, known: tuple[str, ...], what: str, place: str) -> Any:
    if value not in known:
        hint = did_you_mean(str(value), known)
        raise InputError("bad_contract", f"`{what}` cannot be {str(value)!r}.", place=place, hint=hint)
    return value


def _wrong(message: str, place: str) -> InputError:
    return InputError("bad_contract", message, place=place, hint=_SHAPE)
