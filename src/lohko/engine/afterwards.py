"""An outcome, told of what came after an instant: events, entering and leaving from then on, and everything else as it is at the end."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, TypeVar, cast

from lohko.engine.plan import Engine, evaluate, evaluate_all
from lohko.model.catalogue import Catalogue
from lohko.model.condition import Condition, Moved
from lohko.model.walk import event_names, leaves, segment_names

People = TypeVar("People")


def afterwards(
    whole: Engine[People], cut: Engine[People], catalogue: Catalogue, outcome: Condition, within: AbstractContextManager[None]
) -> People:
    """The people of a resolved condition: `whole` is asked about states, and `cut` about the rest within a cut of what came before."""
    named = evaluate_all(whole, catalogue, segment_names(outcome))
    states = {leaf: evaluate(whole, catalogue, leaf, named) for leaf in leaves(outcome) if not _of_events(leaf)}
    with within:
        return evaluate(cast(Engine[People], _Afterwards(cut, states)), catalogue, outcome, named)


def _of_events(leaf: Condition) -> bool:
    return bool(event_names(leaf)) or isinstance(leaf, Moved)


class _Afterwards:
    """An engine over the events since an instant, which takes the answers about states as they were found in the whole data."""

    def __init__(self, cut: Any, states: dict[Any, Any]) -> None:
        self._cut, self._states = cut, states

    def ask(self, leaf: Any, *given: Any) -> Any:
        """The people of a leaf: known already, or asked of what came after."""
        return self._states[leaf] if leaf in self._states else self._cut.ask(leaf, *given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cut, name)
