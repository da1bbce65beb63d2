"""The inbox's files: what was acknowledged is read, once and in its order, whatever a crash has torn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.base.errors import StoreError
from lohko.landing import inbox
from lohko.landing.inbox import Position, Writer

WHOLE = 1 << 30


BEGINNING = Position()


def everything(folder, position=BEGINNING, most=WHOLE):
    got = inbox.read(folder, position, most)
    return got.deliveries, got.position, got.damaged


def test_deliveries_are_read_once_and_in_order_also_over_several_files(tmp_path):
    writer = Writer(tmp_path / "inbox")
    writer.append([b"a", b"b"])
    first, position, _ = everything(tmp_path / "inbox")
    writer.close()
    writer = Writer(tmp_path / "inbox")
    writer.append([b"", b"d" * 100_000])
    assert first == [b"a", b"b"] and everything(tmp_path / "inbox", position)[0] == [b"", b"d" * 100_000]
    assert everything(tmp_path / "inbox")[0] == [b"a", b"b", b"", b"d" * 100_000]
    end = everything(tmp_path / "inbox")[1]
    assert everything(tmp_path / "inbox", end) == ([], end, 0) and inbox.waiting_bytes(tmp_path / "inbox", end) == 0
    writer.append([b"e"])
    assert everything(tmp_path / "inbox", end)[0] == [b"e"] and inbox.waiting_bytes(tmp_path / "inbox", end) == 13
    writer.close()


def test_reading_stops_when_it_is_enough_and_goes_on_there(tmp_path):
    writer = Writer(tmp_path / "inbox")
    writer.append([bytes([n]) * 10 for n in range(10)])
    writer.close()
    found, position = [], Position()
    for _ in range(4):
        some, position, _ = everything(tmp_path / "inbox", position, most=25)
        assert len(some) <= 3
        found += some
    assert found == [bytes([n]) * 10 for n in range(10)]


def test_there_is_one_writer(tmp_path):
    writer = Writer(tmp_path / "inbox")
    with pytest.raises(StoreError, match="Another process"):
        Writer(tmp_path / "inbox")
    writer.close()
    Writer(tmp_path / "inbox").close()


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5), st.lists(st.binary(max_size=30), min_size=1, max_size=3), st.data())
def test_a_tear_anywhere_loses_only_what_was_not_whole(tmp_path_factory, before, after, data):
    """A power cut leaves any beginning of a file; what comes later goes into another, and all that was whole before is read."""
    folder = tmp_path_factory.mktemp("torn") / "inbox"
    writer = Writer(folder)
    writer.append(before)
    writer.close()
    (path,) = folder.glob("*.inbox")
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:cut] + data.draw(st.binary(max_size=12)))
    ends = [sum(12 + len(item) for item in before[: n + 1]) for n in range(len(before))]
    left = [item for item, end in zip(before, ends, strict=True) if end <= cut]
    found, position, _ = everything(folder)
    assert found == left
    writer = Writer(folder)
    writer.append(after)
    writer.close()
    assert everything(folder, position)[0] == after and everything(folder)[0] == [*left, *after]


def test_damage_in_the_middle_is_told_and_what_stands_behind_it_is_read(tmp_path):
    writer = Writer(tmp_path / "inbox")
    writer.append([b"first", b"spoilt", b"third"])
    writer.close()
    (path,) = (tmp_path / "inbox").glob("*.inbox")
    path.write_bytes(path.read_bytes().replace(b"spoilt", b"spoiLt"))
    found, position, damaged = everything(tmp_path / "inbox")
    assert (found, damaged) == ([b"first", b"third"], 12 + 6)
    assert everything(tmp_path / "inbox", position) == ([], position, 0)


def test_what_was_read_goes_and_nothing_of_it_is_left_when_it_must_not_be(tmp_path):
    folder = tmp_path / "inbox"
    for item in (b"old", b"secret"):
        writer = Writer(folder)
        writer.append([item])
        writer.close()
    position = everything(folder)[1]
    inbox.forget(folder, position)
    assert [b"old" in path.read_bytes() for path in folder.glob("*.inbox")] == [False]
    inbox.forget(folder, position, wholly=True)
    assert b"secret" not in b"".join(path.read_bytes() for path in folder.glob("*.inbox"))
    writer = Writer(folder, position.file)
    writer.append([b"new"])
    assert everything(folder, position)[0] == [b"new"]
    writer.close()


def test_when_the_disk_fails_nothing_is_acknowledged_and_the_next_goes_elsewhere(tmp_path, monkeypatch):
    import os

    folder = tmp_path / "inbox"
    writer = Writer(folder)
    writer.append([b"kept"])
    real = os.write
    monkeypatch.setattr(
        os, "write", lambda fd, data: real(fd, bytes(data)[:5]) and (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(OSError, match="No space"):
        writer.append([b"lost"])
    monkeypatch.undo()
    writer.append([b"next"])
    writer.close()
    assert everything(folder)[0] == [b"kept", b"next"]
