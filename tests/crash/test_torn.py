"""Damage without a kill: torn blocks, cut logs, half-made files. The store is never the only copy."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from crash import checking, killing
from crash.road import SETTINGS, create, perform, road
from lohko.base.errors import StoreError

_METADATA_BLOCK = 12288  # rewritten in place by every checkpoint of DuckDB; there is no second copy


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> tuple[Path, list, checking.Found]:
    """A workspace with two imports, the steps of the road, and what is in it."""
    folder = tmp_path_factory.mktemp("whole")
    steps = [
        step
        for step in road(folder / "files", 200, with_refresh=False)
        if step.name in ("import january", "import customers", "import june")
    ]
    create(folder / "shop", SETTINGS)
    for step in steps[:2]:
        perform(folder / "shop", step)
    return folder / "shop", steps, checking.look(folder / "shop")


@pytest.fixture
def shop(whole, tmp_path) -> Path:
    return Path(shutil.copytree(whole[0], tmp_path / "shop"))


def _tear(file: Path, offset: int, length: int = 4096) -> None:
    with file.open("r+b") as stream:
        stream.seek(offset)
        stream.write(bytes(length))


def test_a_torn_metadata_block_moves_the_store_aside(shop, whole):
    """The block that a power cut tears is noticed; the store is kept for study, made again, and that is said."""
    _tear(shop / "engine.duckdb", _METADATA_BLOCK)
    found = checking.look(shop)
    assert (found.rebuilt, found.exact) == (True, whole[2].exact)
    assert [item.name for item in (shop / "broken").iterdir()] == ["engine-001.duckdb"]


def test_a_damaged_block_found_later_moves_the_store_aside_too(shop, whole):
    """A block that is only read later is said with status 3 when it is met; the same command again finds everything."""
    size, said = (shop / "engine.duckdb").stat().st_size, 0
    for offset in range(_METADATA_BLOCK + 262_144, size, 262_144):
        _tear(shop / "engine.duckdb", offset + 4096)
    for _ in range(2):
        try:
            assert checking.look(shop).exact == whole[2].exact
        except StoreError as error:
            said += 1
            assert (error.code, error.exit_status) == ("store_damaged", 3)
    assert checking.look(shop).exact == whole[2].exact
    assert said <= 1 and [item.name for item in (shop / "broken").iterdir()] == ["engine-001.duckdb"]


@pytest.mark.parametrize("length", [0, 1, 4096, 8192, 12288, 100_000])
def test_a_store_cut_short_is_made_again(shop, whole, length):
    """However much of the file is left."""
    with (shop / "engine.duckdb").open("r+b") as stream:
        stream.truncate(length)
    found = checking.look(shop)
    assert (found.rebuilt, found.exact) == (True, whole[2].exact)


def test_a_half_made_new_store_is_no_store(shop, whole):
    """What a rebuild had not finished is thrown away, whether or not the old store is still there."""
    for name in ("engine.duckdb.new", "engine.duckdb.new.wal"):
        (shop / name).write_bytes(b"half of it" * 5000)
    assert checking.look(shop).exact == whole[2].exact
    (shop / "engine.duckdb").unlink()
    found = checking.look(shop)
    assert (found.exact, found.left_over) == (whole[2].exact, [])


def test_a_batch_that_was_never_registered_does_not_count(shop, whole):
    """A folder of the archive without its row in the state is swept; its number is given again."""
    shutil.copytree(shop / "landing" / "batch-000001", shop / "landing" / "batch-000003")
    (shop / "landing" / "unfinished" / "abc").mkdir(parents=True)
    found = checking.look(shop)
    assert (found.exact, found.left_over) == (whole[2].exact, [])
    perform(shop, whole[1][2])
    assert [book["number"] for book in checking.look(shop).books] == [1, 2, 3]


@pytest.mark.parametrize("name", ["manifest.json", "accepted.parquet"])
def test_a_damaged_batch_that_counts_is_said(shop, name):
    """A truncated file of the archive cannot be made again: a sentence with the file's place, and status 3."""
    file = shop / "landing" / "batch-000001" / name
    file.write_bytes(file.read_bytes()[:-20])
    (shop / "engine.duckdb").unlink()
    with pytest.raises(StoreError) as caught:
        checking.look(shop)
    assert (caught.value.exit_status, caught.value.code) == (3, "log_damaged")
    assert "batch-000001" in str(caught.value)


def test_a_write_ahead_log_cut_anywhere_costs_nothing(shop, whole, tmp_path):
    """DuckDB opens a cut log as an earlier state without a word; what is missing is loaded again from the archive."""
    trace = killing.run(Path(shutil.copytree(shop, tmp_path / "traced")), whole[1][2], {"trace": True}).trace
    close = max(i for i, point in enumerate(trace, start=1) if (point["kind"], point["what"]) == ("store", "close"))
    ended = killing.run(shop, whole[1][2], {"point": close})
    log = shop / "engine.duckdb.wal"
    assert ended.killed and log.stat().st_size > 0
    undisturbed = checking.look(Path(shutil.copytree(shop, tmp_path / "undisturbed")))
    assert len(undisturbed.books) == 3
    dice = random.Random(7)
    for _ in range(6):
        torn = Path(shutil.copytree(shop, tmp_path / "torn"))
        with (torn / log.name).open("r+b") as stream:
            stream.truncate(dice.randrange(log.stat().st_size))
        assert checking.look(torn).exact == undisturbed.exact
        shutil.rmtree(torn)
