"""A zip archive's files, unpacked beside each other under numbers.

Nothing that the archive says of itself is believed: names only tell the reader which
file is meant, sizes are those of the bytes that come out, and what a file is, its
content says. It runs in the limited process, as everything that opens a file does.
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lohko.base.errors import InputError
from lohko.landing.detect import file_format, most_unpacked, too_large_unpacked
from lohko.landing.personal_code import mask

MOST_FILES = 200
"""So many files are taken of one archive."""
_BLOCK = 1 << 20
_ENCRYPTED = 0x1
_UNSEEN = ("thumbs.db", "desktop.ini")
_DRIVE = re.compile(r"[A-Za-z]:")
_WORKBOOK = ("[content_types].xml", "xl/", "_rels/", "docprops/", "mimetype", "content.xml")
_LOCAL_HEADER, _NAME_AT, _NAME_LENGTH = b"PK\x03\x04", 30, slice(26, 28)
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError)
"""What the standard library says of an archive, or a file in it, that it cannot read."""
_NO_TABLE = ("not_a_table", "empty_file")


def is_archive(archive: zipfile.ZipFile) -> bool:
    """Whether a zip holds files, rather than being one workbook, which is a zip too."""
    names = archive.namelist()
    return not any(name.startswith("xl/") or name == "content.xml" for name in names)  # the latter is OpenDocument


def was_archive(path: Path) -> bool:
    """Whether a zip that is too damaged to be opened held files, as far as the name of its first one tells."""
    with path.open("rb") as stream:
        head = stream.read(_NAME_AT + 64)
    length = int.from_bytes(head[_NAME_LENGTH], "little")
    name = head[_NAME_AT : _NAME_AT + length].lower()
    return head[:4] == _LOCAL_HEADER and length > 0 and not name.startswith(tuple(item.encode() for item in _WORKBOOK))


def bad_zip() -> InputError:
    """What is said of an archive that cannot be opened."""
    return InputError("bad_zip", "The zip archive is damaged or cut short.", hint="export, copy or pack it again.")


def unpack(path: Path, folder: Path) -> dict[str, Any]:
    """Write the archive's files to `folder` as `1`, `2` ...; their names, what was passed over and why, what was refused and why.

    InputError when it is no archive, holds too many files or unpacks to far more than it should.
    """
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN as error:
        raise bad_zip() from error
    with archive:
        return _unpack(archive, folder, most_unpacked(path))


def _unpack(archive: zipfile.ZipFile, folder: Path, room: int) -> dict[str, Any]:
    files: list[dict[str, str]] = []
    passed: list[dict[str, str]] = []
    refused: list[dict[str, Any]] = []
    parts = archive.infolist()
    wanted = [(part, name) for part in parts if not part.is_dir() and not _unseen(name := _name(part))]
    if len(wanted) > MOST_FILES:
        raise InputError("too_many_files", f"The archive holds more than {MOST_FILES} files.", hint="import them in several archives.")
    for part in parts:
        if part.is_dir() or _unseen(_name(part)):
            passed.append({"name": shown(_name(part)), "why": "folder" if part.is_dir() else "hidden"})
    for number, (part, name) in enumerate(wanted, 1):
        target = folder / str(number)
        try:
            _refuse(part, name)
            room -= _written(archive, part, target, room)
            _look_at(target)
            files.append({"name": shown(name), "file": target.name})
        except InputError as error:
            target.unlink(missing_ok=True)
            if error.code == "too_large_unpacked":
                raise
            if error.code in _NO_TABLE:
                passed.append({"name": shown(name), "why": error.code})
            else:
                refused.append({"name": shown(name), "error": error.as_json()})
    return {"files": files, "passed": passed, "refused": refused}


def _name(part: zipfile.ZipInfo) -> str:
    return part.filename.replace("\\", "/")


def shown(name: str) -> str:
    """A file's name in an archive as people are told of it.

    >>> shown("lists/members.csv"), shown("../../etc/x.csv"), shown("C:/a.csv")
    ('lists/members.csv', 'etc/x.csv', 'a.csv')
    """
    kept = [piece for piece in name.split("/") if piece not in ("", ".", "..") and not _DRIVE.fullmatch(piece)]
    plain = "".join(letter for letter in "/".join(kept) if letter.isprintable())
    return mask(plain)[0][-200:] or "file"


def _unseen(name: str) -> bool:
    """What systems put beside the files that are meant."""
    pieces = name.casefold().split("/")
    return "__macosx" in pieces or pieces[-1] in _UNSEEN or any(piece.startswith(".") and piece.strip(".") for piece in pieces)


def _refuse(part: zipfile.ZipInfo, name: str) -> None:
    """InputError when nothing of a file is to be read, whatever is in it."""
    if name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/"):
        raise InputError("name_leads_out", "The file's name leads out of the archive.", hint="pack it again with a plain name.")
    mode = part.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise InputError("link_in_archive", "It is a link or a device, not a file.", hint="pack the file itself.")
    if part.flag_bits & _ENCRYPTED:
        raise InputError("encrypted_file", "The file is encrypted.", hint="unpack it with its password and import the file itself.")


def _written(archive: zipfile.ZipFile, part: zipfile.ZipInfo, target: Path, room: int) -> int:
    """Unpack a file; how many bytes it turned out to have. InputError when there are more than there is room for, or when it is damaged."""
    size = 0
    with target.open("xb") as out:
        for block in _blocks(archive, part):
            size += len(block)
            if size > room:
                raise too_large_unpacked()
            out.write(block)  # a disk that is full is no fault of the archive
    return size


def _blocks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(part) as source:
            while block := source.read(_BLOCK):
                yield block
    except _BROKEN as error:
        raise InputError("damaged_file", "The file is damaged in the archive.", hint="export, copy or pack it again.") from error


def _look_at(path: Path) -> None:
    """InputError when a file is no table, or an archive itself."""
    if file_format(path) != "xlsx" or not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as inner:
        document = "[Content_Types].xml" in inner.namelist()  # of a text or of slides
        if not is_archive(inner):
            return
    if document:
        raise InputError("not_a_table", "This is a document, not a table.")
    raise nested()


def nested() -> InputError:
    """What is said of an archive in an archive."""
    return InputError("archive_in_archive", "An archive in an archive is not unpacked.", hint="unpack the outer one.")
