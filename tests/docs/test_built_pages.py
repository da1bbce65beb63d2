"""The pages that are built from the code and the specs are what they would be if they were built now."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from docs.manual import DOCS
from lohko.cli.main import app
from lohko.formats.fields import FIELDS
from lohko.model.operators import OPERATORS
from lohko.model.rfm_map import BY_ID
from lohko.starter import segments_text


def builder():
    """The script that builds the pages."""
    spec = importlib.util.spec_from_file_location("lohko_docs_build", DOCS / "build.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def built() -> dict[str, str]:
    return builder().build()


def test_no_built_page_lags_behind(built):
    """When the code or a spec says something else than a page, the page is built again: python docs/build.py."""
    module = builder()
    assert module.lagging(built) == [], f"these pages lag behind; run: {module.COMMAND}"


def test_building_twice_gives_the_same_pages(built):
    """Nothing in a page depends on the moment or on the order of sets."""
    assert builder().build() == built


def _commands() -> list[str]:
    import typer

    return sorted(typer.main.get_command(app).commands)


@pytest.mark.parametrize("command", _commands())
def test_every_command_and_option_is_in_the_manual(command, built):
    """A command has its section, with each of its options and arguments."""
    import typer

    page = built["reference/cli.md"]
    assert f"## lohko {command}\n" in page
    section = page.split(f"## lohko {command}\n")[1].split("\n## ")[0]
    for parameter in typer.main.get_command(app).commands[command].params:
        assert (parameter.metavar or parameter.name.upper()).strip("[].") in section or any(name in section for name in parameter.opts)


@pytest.mark.parametrize("key", OPERATORS)
def test_every_comparison_is_in_the_manual(key, built):
    """A comparison has its section in the reference of the language, with an example."""
    section = built["reference/language.md"].split(f"### {key.replace('_', ' ')}\n")[1].split("\n### ")[0]
    assert "| Rule | In Finnish | Finds |" in section


def test_every_field_of_files_is_in_the_manual(built):
    """Each field with each header that means it."""
    page = built["reference/fields.md"]
    for field in FIELDS:
        assert f"| `{field.name}` |" in page
        assert ", ".join(field.aliases) in page


def test_every_ready_made_segment_is_in_the_manual(built):
    """Each by its file's name and rule."""
    page = built["reference/segments.md"]
    for name, _text, _needs in segments_text():
        assert f"## {name.split('/')[-1].removesuffix('.yaml')}\n" in page


def test_every_rfm_group_is_in_the_manual(built):
    """Each with both titles."""
    page = built["reference/rfm-groups.md"]
    for group in BY_ID.values():
        assert f"| {group.en} | {group.fi} |" in page
