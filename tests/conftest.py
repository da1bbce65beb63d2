"""Profiles of Hypothesis, and where the public data lies when it is there."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import lohko.cli.main  # noqa: F401 - commands are listed as their modules are imported: here in the order of the command line, whichever test is first
from lohko.landing import child, parse
from lohko.state import workspace
from parser_here import ask_here
from public_data import DATA
from ready_made import copied_workspaces, shared_parsing_engine, sql_read_once

# The same code gets the same examples, so that a run says something of a change; `thorough` is there to hunt.
settings.register_profile(
    "quick",
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("thorough", max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile(
    "faults", max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
settings.load_profile(os.environ.get("LOHKO_HYPOTHESIS", "quick"))


def _public(name: str) -> Path:
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"the public data {name!r} is not beside the project; LOHKO_TEST_DATA names another place")
    return folder


@pytest.fixture
def online_retail() -> Path:
    return _public("online_retail")


@pytest.fixture
def rfm_r() -> Path:
    return _public("rfm_r")


# Where the parser is a process of its own, as everywhere outside the tests: what it must bear, and the commands as they are typed.
_PARSER_APART = (
    "landing/test_child.py",
    "landing/test_bad_files.py",
    "landing/test_classes_of_bad_inputs.py",
    "landing/test_public_data.py",
    "crash",
    "remote",
    "docs",
    "formats/test_public_sets.py",
    "cli/test_workspace.py",
)
# Where a workspace is not copied from an empty one.
_MADE_ANEW = ("steps/test_new_workspace.py", "cli/test_workspace.py", "crash")
_ASK, _ENGINE, _FIRST_STATE = parse._ask, child._engine, workspace._first_state


@pytest.fixture(scope="session", autouse=True)
def _ready_made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is the same for the tests' thousand workspaces and small files is made once; see `ready_made`."""
    with pytest.MonkeyPatch.context() as patch:
        copied_workspaces(patch, tmp_path_factory.mktemp("ready-made"))
        sql_read_once(patch)
        patch.setattr(parse, "_ask", ask_here)
        patch.setattr(child, "_engine", shared_parsing_engine())
        yield


@pytest.fixture(scope="module", autouse=True)
def _as_outside_the_tests(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where the parser itself or the making of a workspace is what is tested, all is as it is outside the tests."""
    place = request.path.relative_to(Path(__file__).parent).as_posix()
    with pytest.MonkeyPatch.context() as patch:
        if place.startswith(_PARSER_APART):
            patch.setattr(parse, "_ask", _ASK)
            patch.setattr(child, "_engine", _ENGINE)
        if place.startswith(_MADE_ANEW):
            patch.setattr(workspace, "_first_state", _FIRST_STATE)
        yield


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes more than some seconds")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long go first, so that no processor waits at the end for another that has just begun on one."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


def pytest_collection_finish() -> None:
    """What is loaded stays until the end: the collector of cycles, a tenth of all time, need not look through hundreds of modules again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_unconfigure() -> None:
    gc.unfreeze()  # else what is let go at the very end is said to have leaked


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="keep the SQL that rules become now as the golden one")
