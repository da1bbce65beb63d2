"""The API against its own document: schemathesis asks every route what the document allows and what it does not, as programs with keys of each kind.

All of schemathesis's checks are on. Four routes take what no schema can describe: a rule, an identifier,
the name of an attribute, one of two instants; there alone a request that fits may be refused with 400.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from limits import RateLimitItemPerMinute

from lohko.model.roles import SCOPES
from lohko.steps.keys import key_add
from lohko.steps.work import Work, silent
from lohko.web import access
from lohko.web.app import create_app

schemathesis = pytest.importorskip("schemathesis")
events = pytest.importorskip("schemathesis.engine.events")

FREE = ("POST /api/v1/count", "POST /api/v1/suppression/lift", "GET /api/v1/quality", "GET /api/v1/segments/{segment}/members")
ACCEPTED = ["2xx", "400", "401", "403", "404", "409", "429"]


@pytest.fixture(scope="module")
def app(shop: Work) -> Iterator[Any]:
    """Without the limits on how often one may ask and guess, which have tests of their own: schemathesis sends wrong keys on purpose."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("KEY_RATE", "GUESS_RATE"):
            patch.setattr(access, name, RateLimitItemPerMinute(1_000_000))
        yield create_app(shop, hosts=("testserver", "localhost"))


def document(app: Any, key: str | None, **how: Any) -> Any:
    """The app's document, to be asked with a key (or with none)."""
    config = {
        "seed": 20261128,
        "generation": {"max-examples": how.pop("examples"), "database": "none"},
        "phases": {"stateful": {"enabled": False}, **how},
        "operations": [{"include-name": name, "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}}} for name in FREE],
    } | ({"auth": {"openapi": {"key": {"bearer": key}}}} if key else {})
    made = schemathesis.config.SchemathesisConfig.from_dict(config)
    found = schemathesis.openapi.from_dict(app.openapi(), config=made)
    found.app, found.location = app, access.DESCRIPTION
    return found


def ask(schema: Any) -> tuple[list[str], dict[str, int]]:
    """What schemathesis finds, and how often it asked each route."""
    found, asked = [], dict.fromkeys((item.ok().label for item in schema.get_all_operations()), 0)
    for event in schemathesis.engine.from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            asked[event.label] = asked.get(event.label, 0) + len(event.recorder.cases)
            for checks in event.recorder.checks.values():
                for check in checks:
                    if check.failure_info is not None:
                        found.append(f"{event.label}: {check.failure_info.failure}\n{check.failure_info.code_sample}")
        elif isinstance(event, (events.NonFatalError, events.FatalError)):
            found.append(f"{type(event).__name__}: {event.info if hasattr(event, 'info') else event.exception}")
    return found, asked


def test_every_answer_is_one_that_the_document_allows(shop: Work, app: Any) -> None:
    """With every scope: what fits is taken, what does not is refused, no other status, type or shape comes back, and nothing fails."""
    key = key_add(shop, silent, name="all", scopes=list(SCOPES), user="admin@shop.fi")["key"]
    found, asked = ask(document(app, key, examples=3))
    assert not found, "\n\n".join(found)
    assert all(number >= 3 for number in asked.values()), asked


@pytest.mark.parametrize("scope", ["nobody", *SCOPES])
def test_also_for_keys_of_each_scope_and_for_nobody(shop: Work, app: Any, scope: str) -> None:
    """Refusals are in the document too, and what a key may not is refused whatever it sends."""
    key = None if scope == "nobody" else key_add(shop, silent, name=scope, scopes=[scope], user="admin@shop.fi")["key"]
    found, asked = ask(document(app, key, examples=1, coverage={"enabled": False}))
    assert not found, "\n\n".join(found)
    assert all(asked.values()), asked
