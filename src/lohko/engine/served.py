"""Who is which person and who is in which segment, in files from which another process answers look-ups.

base-N.served      identifiers, each with its person, and the members of every served segment
changes-N.served   what changed since, one part for each publication; the file is only ever added to

Both are made of parts: a head with the length and the checksum of what follows. A base gets its name
once it is on disk, and a part of changes counts once it is whole; so whoever reads never sees half of
a publication, and after a crash sees the last whole one. Nothing readable of anybody is in them:
identifiers are keyed hashes, people are numbers.

This module is used by the process that answers look-ups, so it imports nothing of the store.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import struct
import threading
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from lohko.engine.store import sync

NOBODY = 0
"""The person of an identifier that leads to nobody, or to more than one."""
QUIET = ""
"""The name under which those stand who are shown nothing in the shop, since they objected or took their consent back."""
_FORMAT = 1
_MARK = b"LohkoLu1"
_HEAD = struct.Struct("<8sIIQQ")
_BASE, _CHANGES = "base-{:08}.served", "changes-{:08}.served"
_FEWEST_BYTES = 4 << 20

Hashes = NDArray[np.uint64]
People = NDArray[np.int32]


class Marks:
    """Identifiers as keyed hashes: without the workspace's key nobody can try out addresses until one fits."""

    def __init__(self, workspace_key: bytes) -> None:
        self._key = hmac.digest(workspace_key, b"look-ups", "sha256")

    def mark(self, kind: str, source: str, value: str) -> int:
        """The hash of an identifier: `email` and `phone` are of no source, `id` and `anonymous` of theirs."""
        said = f"{kind}\x1f{source}\x1f{value}".encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(said, key=self._key, digest_size=8).digest(), "little")

    @property
    def check(self) -> str:
        """By this a snapshot says which key it was made with."""
        return hmac.digest(self._key, b"check", "sha256").hex()[:16]


@dataclass(frozen=True)
class Head:
    """What a publication says of itself.

    as_of         the instant that the last refresh was about; None before the first one
    run           its number; data_version the data by which identifiers lead to people
    segments      those that are served, each with whether it may be shown in the shop
    sources       those of which customer numbers or browser ids are known
    rules         a hash of the rules of identity: by others, other columns lead to people
    at            when it was made: an address that holds from a later instant on leads to nobody yet. Two that differ in it alone are the same.
    """

    as_of: str | None
    run: int
    data_version: int
    segments: Mapping[str, bool]
    sources: tuple[str, ...]
    check: str
    number: int = 0
    rules: str = ""
    at: str = field(default="", compare=False)

    def as_json(self) -> dict[str, Any]:
        """The head as it stands in a file."""
        return {**vars(self), "segments": dict(self.segments), "sources": list(self.sources)}


@dataclass(frozen=True)
class Part:
    """One publication: what it says of itself, where identifiers lead now, and who came into and left which segment."""

    head: Head
    hashes: Hashes = field(default_factory=lambda: np.empty(0, np.uint64))
    people: People = field(default_factory=lambda: np.empty(0, np.int32))
    moves: Mapping[str, tuple[BitMap, BitMap]] = field(default_factory=dict)

    def pack(self) -> bytes:
        """The part as bytes, with its length and checksum before it."""
        bodies = [(name, came.serialize(), went.serialize()) for name, (came, went) in sorted(self.moves.items())]
        head = {"format": _FORMAT, **self.head.as_json(), "moves": [[name, len(came), len(went)] for name, came, went in bodies]}
        text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        rest = b"".join(
            [text, self.hashes.astype("<u8").tobytes(), self.people.astype("<i4").tobytes(), *(x for b in bodies for x in b[1:])]
        )
        return _HEAD.pack(_MARK, zlib.crc32(rest), len(text), len(self.hashes), len(rest)) + rest


def unpack(data: memoryview, place: int = 0) -> tuple[Part, int] | None:
    """The whole part that begins at a place and where the next one begins; None when what is there is no whole part."""
    if len(data) - place < _HEAD.size:
        return None
    mark, checksum, of_head, known, length = _HEAD.unpack_from(data, place)
    begin, end = place + _HEAD.size, place + _HEAD.size + length
    if mark != _MARK or end > len(data) or zlib.crc32(data[begin:end]) != checksum:
        return None
    said = json.loads(bytes(data[begin : begin + of_head]))
    if said.pop("format") != _FORMAT:
        return None
    lengths = said.pop("moves")
    head = Head(**{**said, "sources": tuple(said["sources"])})
    at = begin + of_head
    hashes = np.frombuffer(data, "<u8", known, at)
    people = np.frombuffer(data, "<i4", known, at + 8 * known)
    at += 12 * known
    moves = {}
    for name, came, went in lengths:
        both = bytes(data[at : at + came]), bytes(data[at + came : at + came + went])
        moves[name] = (BitMap.deserialize(both[0]), BitMap.deserialize(both[1]))
        at += came + went
    return Part(head, hashes, people, moves), end


def sorted_by_hash(hashes: Hashes, people: People) -> tuple[Hashes, People]:
    """Identifiers in the order of their hashes; two that have one hash and are not one person's lead to nobody."""
    order = np.argsort(hashes, kind="stable")
    hashes, people = hashes[order], people[order]
    again = np.flatnonzero(hashes[1:] == hashes[:-1])
    apart = again[people[again] != people[again + 1]]
    people = people.copy()
    people[apart] = people[apart + 1] = NOBODY
    held = people != NOBODY
    hashes, people = hashes[held], people[held]
    first = np.ones(len(hashes), dtype=bool)
    first[1:] = hashes[1:] != hashes[:-1]
    return hashes[first], people[first]


# --- reading ---------------------------------------------------------------------------------


class Served:
    """What is published, held in memory; safe to ask while another thread brings it up to date."""

    def __init__(self, folder: Path, number: int, base: Part, size: int) -> None:
        self._folder, self.number, self._size = folder, number, size
        self._hashes, self._people = base.hashes, base.people
        self._lately: dict[int, int] = {}
        self._members = {name: came for name, (came, _) in base.moves.items()}
        self._read = 0
        self._lock = threading.Lock()
        self.head = base.head

    def person(self, mark: int) -> int:
        """The person whom an identifier leads to; NOBODY for none."""
        with self._lock:
            return self._person(mark)

    def _person(self, mark: int) -> int:
        found = self._lately.get(mark)
        if found is not None:
            return found
        place = int(np.searchsorted(self._hashes, np.uint64(mark)))
        return int(self._people[place]) if place < len(self._hashes) and int(self._hashes[place]) == mark else NOBODY

    def found(self, marks: Iterable[int]) -> tuple[int, list[str], bool, Head]:
        """The one person whom these identifiers lead to, the segments they are in, whether they are shown nothing, and of which publication.

        Of nobody, or when they lead to several, NOBODY and no segment; it takes as long.
        """
        with self._lock:
            people = {self._person(mark) for mark in marks} - {NOBODY}
            person = people.pop() if len(people) == 1 else NOBODY
            inside = [name for name in self.head.segments if person in self._members.get(name, ())]
            return person, inside, person in self._members.get(QUIET, ()), self.head

    def members(self, segment: str) -> BitMap:
        """The members of a segment as it was published."""
        with self._lock:
            return BitMap(self._members.get(segment, BitMap()))

    def marks_of(self, people: BitMap) -> Hashes:
        """Every identifier that leads to one of these people."""
        with self._lock:
            inside = self._hashes[np.isin(self._people, np.asarray(people, dtype=np.int32))]
            found = {int(mark) for mark in inside} - self._lately.keys() | {
                mark for mark, person in self._lately.items() if person in people
            }
        return np.array(sorted(found), dtype=np.uint64)

    def follow(self) -> bool:
        """Take in what was added since; whether there was anything."""
        data, place = self._added(), 0
        while (found := unpack(data, place)) is not None:
            part, place = found
            self.take(part)
        self._read += place
        return place > 0

    def _added(self) -> memoryview:
        try:
            with (self._folder / _CHANGES.format(self.number)).open("rb") as stream:
                stream.seek(self._read)
                return memoryview(stream.read())
        except FileNotFoundError:
            return memoryview(b"")

    def take(self, part: Part) -> None:
        """Make a part count, all of it at one instant."""
        changed = {}
        for name, (came, went) in part.moves.items():
            changed[name] = (self._members.get(name, BitMap()) - went) | came
        with self._lock:
            self._lately.update(zip(part.hashes.tolist(), part.people.tolist(), strict=True))
            self._members = {
                name: members for name, members in (self._members | changed).items() if name in part.head.segments or name == QUIET
            }
            self.head = part.head

    def is_long(self) -> bool:
        """Whether so much was added that a new base is better."""
        return self._read > max(_FEWEST_BYTES, self._size // 4)

    def whole(self) -> Part:
        """All of it as one part."""
        with self._lock:
            lately = np.array(list(self._lately), dtype=np.uint64)
            rest = ~np.isin(self._hashes, lately)
            hashes = np.concatenate([self._hashes[rest], lately])
            people = np.concatenate([self._people[rest], np.array(list(self._lately.values()), dtype=np.int32)])
            moves = {name: (members, BitMap()) for name, members in self._members.items()}
            return Part(self.head, *sorted_by_hash(hashes, people), moves)


def newest(folder: Path) -> int:
    """The number of the newest base; 0 when there is none."""
    numbers = (path.stem.partition("-")[2] for path in folder.glob("base-*.served"))
    return max((int(number) for number in numbers if number.isascii() and number.isdecimal()), default=0)


def read_served(folder: Path, check: str) -> Served | None:
    """What is published in a folder; None when that is nothing, or was made with another key."""
    for _ in range(3):  # a newer base may take the place of the one that is just being opened
        number = newest(folder)
        try:
            with (folder / _BASE.format(number)).open("rb") as stream:
                data = mmap(stream.fileno(), 0, access=ACCESS_READ)
        except (FileNotFoundError, ValueError):
            continue
        found = unpack(memoryview(data))
        if found is None or found[0].head.check != check:
            return None
        served = Served(folder, number, found[0], len(data))
        served.follow()
        return served
    return None


# --- writing ---------------------------------------------------------------------------------


def _last(folder: Path) -> int:
    """The highest number that a base has had: also of one that is there no more, so that no number ever means another base."""
    gone = (path.stem.partition("-")[2] for path in folder.glob("gone-*"))
    return max([newest(folder), *(int(number) for number in gone if number.isascii() and number.isdecimal())])


def write_base(folder: Path, part: Part) -> Served:
    """Publish all of it anew; the earlier files go."""
    folder.mkdir(mode=0o700, exist_ok=True)
    number = _last(folder) + 1
    unfinished = folder / "unfinished"
    data = part.pack()
    with open(unfinished, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as stream:
        stream.write(data)
    sync(unfinished)
    unfinished.rename(folder / _BASE.format(number))
    sync(folder)
    for path in [*folder.glob("*.served"), *folder.glob("gone-*")]:
        if int(path.stem.partition("-")[2]) < number:
            path.unlink()
    sync(folder)
    found = read_served(folder, part.head.check)
    assert found is not None
    return found


def append(served: Served, part: Part) -> None:
    """Publish what changed; call it after `served.follow()`, as the one who writes."""
    path = served._folder / _CHANGES.format(served.number)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.ftruncate(descriptor, served._read)  # what a crash left half written
        os.lseek(descriptor, served._read, os.SEEK_SET)
        rest = memoryview(part.pack())
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
    if served._read == 0:
        sync(served._folder)
    served.follow()


def forget_all(folder: Path) -> None:
    """Publish nothing any more; of what was published the number is kept."""
    if number := newest(folder):
        (folder / f"gone-{number:08}").touch(mode=0o600)
    for path in [*folder.glob("*.served"), folder / "unfinished"]:
        path.unlink(missing_ok=True)
