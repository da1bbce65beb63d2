"""What the guide tells a user to type works, and prints what the guide says."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.manual import DOCS, blocks, pages
from ready import commands

PAGES = [page for page in pages() if any(block.mark == "run" for block in blocks(page))]


def test_the_guide_has_examples_that_run():
    """The five minutes are among them, in English and in Finnish."""
    names = {str(page.relative_to(DOCS)) for page in PAGES if DOCS in page.parents}
    assert {"guide/five-minutes.md", "fi/viisi-minuuttia.md"} <= names


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with commands(tmp_path_factory.mktemp("typed")) as found:
        yield found


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_of_a_page_work(page, typed, tmp_path):
    """Each block of a page is run after the other in one new folder; what it says is printed is printed."""
    said = ""
    for block in blocks(page):
        match block.mark:
            case "file":
                target = tmp_path / block.value
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(block.text, encoding="utf-8")
            case "run":
                done = run(block.text, tmp_path, typed)
                said = done.stdout
                assert done.returncode == int(block.value or 0), f"{block.text}\n{said}"
                assert "Traceback" not in said
            case "prints":
                for line in block.text.splitlines():
                    assert " ".join(line.split()) in " ".join(said.split()), f"{line!r} is not printed:\n{said}"


def run(text: str, folder: Path, typed: Path) -> subprocess.CompletedProcess[str]:
    """The commands in a shell of their own, with `lohko` of this environment first on the path."""
    environment = {
        "PATH": os.pathsep.join([str(typed), os.environ["PATH"]]),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "LOHKO_WORKSPACE": "shop",
        "COLUMNS": "120",
    }
    return subprocess.run(
        ["bash", "-c", f"set -e\n{text}"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
    )
