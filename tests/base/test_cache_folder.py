"""What is loaded between commands comes only from a folder that is the user's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from lohko.base.cache_folder import cache_folder
from lohko.model import english_read


def test_the_folder_is_made_for_its_user_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = cache_folder()
    assert folder == tmp_path / "cache" / "lohko"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_may_write_in_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "lohko").mkdir()
    (tmp_path / "lohko").chmod(0o777)
    assert cache_folder() is None


def test_a_folder_that_leads_elsewhere_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "other").mkdir(mode=0o700)
    (tmp_path / "lohko").symlink_to(tmp_path / "other")
    assert cache_folder() is None


def test_a_file_in_the_place_of_the_folder_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "lohko").write_text("")
    assert cache_folder() is None


def test_a_broken_grammar_in_the_folder_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    english_read.parser.__wrapped__()
    (kept,) = (tmp_path / "lohko").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2])
    assert english_read.parser.__wrapped__().parse("email is known")
    assert kept.stat().st_size > len(whole) // 2
