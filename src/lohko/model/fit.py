"""A comparison against the type on its left: the operator exists for it, and its operands are of that type."""

from __future__ import annotations

from dataclasses import dataclass

from lohko.base.codes import code_of, label_of, month_of, weekday_of
from lohko.base.errors import InputError, did_you_mean
from lohko.model.condition import Condition
from lohko.model.english_values import comparison
from lohko.model.operand import Number, Operand, Test, Text, YesNo
from lohko.model.operators import OPERATORS, operand_kind, operand_problem
from lohko.model.rfm_map import BY_ID, group_id
from lohko.model.schema import CLOSED, Codes, Type
from lohko.model.sentence import sentence

SPOKEN: dict[Type, str] = {
    "text": "a text", "text_set": "a set of texts", "integer": "a number", "decimal": "a number", "money": "money",
    "boolean": "yes or no", "date": "a date", "time": "a time",
}  # fmt: skip
_OPERAND_SPOKEN = {
    "text": "a text", "number": "a number", "day": "a date", "yes_no": "yes or no", "span": "a length of time", "period": "a calendar period",
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """What stands on the left of a comparison."""

    type: Type
    codes: Codes | None = None


def fitted(name: str, test: Test, kind: Kind, node: Condition) -> Test:
    """The test with operands of the type on its left; InputError when they cannot be compared."""
    operator = OPERATORS.get(test.op)
    if operator is None:
        raise InputError("unknown_operator", f"No comparison is called {test.op!r}.", hint=did_you_mean(test.op, OPERATORS))
    if kind.type not in operator.types:
        raise InputError(
            "wrong_type", f"{name!r} is {SPOKEN[kind.type]}: it cannot be compared with `{comparison(test)}`.", place=sentence(node)
        )
    problem = operand_problem(test)
    wanted = operand_kind(operator, kind.type)
    operands = tuple(_operand(name, item, kind, wanted, node) for item in test.operands)
    if problem:
        raise InputError("wrong_operands", problem, place=sentence(node))
    return Test(test.op, operands)


def _operand(name: str, operand: Operand, kind: Kind, wanted: type[Operand], node: Condition) -> Operand:
    if wanted is Text and isinstance(operand, Number):  # ids such as 17850 are texts
        operand = Text(format(operand.value, "f"))
    if wanted is Text and isinstance(operand, YesNo):
        operand = Text("yes" if operand.value else "no")
    if not isinstance(operand, wanted):
        raise InputError(
            "wrong_type",
            f"{name!r} is {SPOKEN[kind.type]}, but it is compared with {_OPERAND_SPOKEN[operand.node]}.",
            place=sentence(node),
        )
    if isinstance(operand, Text) and kind.codes is not None:
        return _code(operand, kind.codes, node)
    return operand


def _code(operand: Text, codes: Codes, node: Condition) -> Text:
    found = group_id(operand.value) if codes == "rfm_group" else code_of(codes, operand.value)
    if found is None and codes in CLOSED:
        words = "RFM group" if codes == "rfm_group" else codes
        titles = [group.en for group in BY_ID.values()] if codes == "rfm_group" else [label_of(codes, code, "en") for code in _all(codes)]
        raise InputError(
            f"unknown_{codes}",
            f"No {words} is called {operand.value!r}.",
            place=sentence(node),
            hint=did_you_mean(operand.value, titles),
        )
    return Text(found or operand.value)


def _all(codes: Codes) -> list[str]:
    return [weekday_of(n) for n in range(1, 8)] if codes == "weekday" else [month_of(n) for n in range(1, 13)]
