"""Every row of the registry leads to a step."""

from __future__ import annotations

import inspect

import pytest

from lohko.steps.registry import STEPS


@pytest.mark.parametrize("name", sorted(STEPS))
def test_a_row_leads_to_a_step_of_that_name_which_says_what_it_does(name: str) -> None:
    step = STEPS[name]
    assert step.__name__ == name
    assert step.__doc__
    assert list(inspect.signature(step).parameters)[:1] == ["work"]


def test_what_is_no_step_is_not_found() -> None:
    assert "nothing" not in STEPS
    with pytest.raises(KeyError):
        STEPS["nothing"]
