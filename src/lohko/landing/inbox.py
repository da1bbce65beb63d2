"""The inbox: what was acknowledged and is not in the log yet, as files that are only ever added to.

Each delivery is one record: a mark, its length, its checksum, its bytes. Who writes
acknowledges only after `Writer.append` has returned, which is when the bytes are on
disk; many deliveries share one trip to it. Who reads keeps a `Position` and moves it
in the transaction in which what was read counts. A kill or a power cut can tear only
the last records of a file, none of which was acknowledged; whoever writes next begins
a new file, and a reader that finds a tear before a newer file goes on there.

This module is used by the process that takes deliveries, so it imports nothing of the engine.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lohko.base.errors import StoreError

LARGEST_FILE = 64 << 20
_MARK = b"\xabLk1"
_HEAD = struct.Struct("<4sII")
_NAME = "{:010}.inbox"
_LOCK = "taking.lock"
_OLD_SECONDS = 60.0


@dataclass(frozen=True, order=True)
class Position:
    """Everything before it has been read: the number of a file, and how many of its bytes."""

    file: int = 0
    offset: int = 0


@dataclass(frozen=True)
class Read:
    """Deliveries in the order in which they came, where the next ones begin, and how many bytes could not be read though something followed them."""

    deliveries: list[bytes]
    position: Position
    damaged: int = 0


class Writer:
    """The one writer of an inbox; StoreError when there is another. Not for several threads at once."""

    def __init__(self, folder: Path, after: int = 0) -> None:
        """`after` is the number of a file that was read already: new ones are younger."""
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder, self._lock = folder, os.open(folder / _LOCK, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise StoreError("inbox_taken", "Another process takes events for this workspace.", place=str(folder)) from None
        self._number = max([after, *(number for number, _ in _files(folder))])
        self._descriptor: int | None = None
        self._size, self._since = 0, 0.0

    def append(self, deliveries: Sequence[bytes]) -> None:
        """Bring deliveries to disk. When this raises OSError none of them may be acknowledged, and the next ones go into a new file."""
        try:
            if self._descriptor is None or self._size > LARGEST_FILE:
                self._begin()
            assert self._descriptor is not None
            rest = memoryview(b"".join(map(_record, deliveries)))
            self._size += len(rest)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            os.fdatasync(self._descriptor)
        except OSError:
            self._end()
            raise

    def turn_if_old(self) -> None:
        """Begin a new file when this one has been written to for a while, so that what was read does not lie about."""
        if self._size and time.monotonic() - self._since > _OLD_SECONDS:
            self._begin()

    def close(self) -> None:
        """Let another process write."""
        self._end()
        os.close(self._lock)

    def _begin(self) -> None:
        self._end()
        self._number += 1
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._descriptor, self._size = os.open(self._folder / _NAME.format(self._number), flags, 0o600), 0
        self._since = time.monotonic()
        _sync_folder(self._folder)

    def _end(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _record(delivery: bytes) -> bytes:
    return _HEAD.pack(_MARK, len(delivery), zlib.crc32(delivery)) + delivery


def read(folder: Path, after: Position, most_bytes: int) -> Read:
    """The next deliveries, of about so many bytes at most: one at least, where there is any."""
    found: list[bytes] = []
    damaged, size, position = 0, 0, after
    files = [item for item in _files(folder) if item[0] >= after.file]
    for place, (number, path) in enumerate(files):
        begin, newest = after.offset if number == after.file else 0, place == len(files) - 1
        for delivery, skipped, offset in _records(path, begin, torn=not newest):
            if delivery is not None:
                found.append(delivery)
                size += len(delivery)
            damaged += skipped
            position = Position(number, offset)
            if size >= most_bytes:
                return Read(found, position, damaged)
        if number > position.file:
            position = Position(number, 0)
    return Read(found, position, damaged)


def _records(path: Path, offset: int, *, torn: bool) -> Iterator[tuple[bytes | None, int, int]]:
    """Each delivery with how many damaged bytes stood before it, and where the next begins.

    What cannot be read at the end is the beginning of what is just being written, or, in
    a file that is `torn` off, what was never acknowledged. In the middle it is damage.
    """
    with path.open("rb") as stream:
        stream.seek(offset)
        rest = stream.read()
    place = 0
    while place < len(rest):
        delivery = _at(rest, place)
        if delivery is not None:
            place += _HEAD.size + len(delivery)
            yield delivery, 0, offset + place
            continue
        following = next((at for at in _marks(rest, place + 1) if _at(rest, at) is not None), None)
        if following is None:
            if torn:
                yield None, 0, offset + len(rest)
            return
        yield None, following - place, offset + following
        place = following


def _at(data: bytes, place: int) -> bytes | None:
    """The whole and true delivery that begins at a place."""
    if len(data) - place < _HEAD.size:
        return None
    mark, length, checksum = _HEAD.unpack_from(data, place)
    body = data[place + _HEAD.size : place + _HEAD.size + length]
    return body if mark == _MARK and len(body) == length and zlib.crc32(body) == checksum else None


def _marks(data: bytes, place: int) -> Iterator[int]:
    while (place := data.find(_MARK, place)) >= 0:
        yield place
        place += 1


def waiting_bytes(folder: Path, after: Position) -> int:
    """How much has not been read yet."""
    sizes = {number: _size(path) for number, path in _files(folder) if number >= after.file}
    return sum(sizes.values()) - min(after.offset, sizes.get(after.file, 0))


def oldest(folder: Path, after: Position, most_bytes: int) -> bytes | None:
    """How the oldest delivery that has not been read begins; None when none waits, or when it cannot be read."""
    for number, path in _files(folder):
        begin = after.offset if number == after.file else 0
        if number < after.file or _size(path) <= begin:
            continue
        with suppress(FileNotFoundError), path.open("rb") as stream:  # it may have been read meanwhile
            stream.seek(begin)
            found = stream.read(_HEAD.size + most_bytes)
            return found[_HEAD.size :] if found.startswith(_MARK) else None
    return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def forget(folder: Path, before: Position, *, wholly: bool = False) -> None:
    """Remove the files that have been read; `wholly` also overwrites what was read of the one that is still written to."""
    if not folder.exists():
        return
    for number, path in _files(folder):
        if number < before.file:
            path.unlink(missing_ok=True)
        elif wholly and number == before.file and before.offset:
            with path.open("r+b") as stream:
                stream.write(bytes(min(before.offset, _size(path))))
                stream.flush()
                os.fsync(stream.fileno())
    _sync_folder(folder)


def _files(folder: Path) -> list[tuple[int, Path]]:
    return sorted((int(path.stem), path) for path in folder.glob("*.inbox") if path.stem.isdecimal())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
