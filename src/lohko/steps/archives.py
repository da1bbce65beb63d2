"""A zip archive brought in: each of its files is an import of its own, and one that cannot be used keeps out no other."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lohko.base.errors import InputError
from lohko.landing import log
from lohko.landing.parse import preview, unpack
from lohko.landing.request import Request
from lohko.steps.work import Progress, Work

Bring = Callable[[Progress, log.Incoming, Path], dict[str, Any]]
_SUMS = ("received", "accepted", "duplicate", "rejected", "suppressed", "anonymous", "new_customers", "joined", "masked")
_COUNTS = 0.8
"""From here on an import counts, and can no longer be stopped."""
_SAID = 8
"""So many files are named where none could be used."""


@dataclass(frozen=True)
class Unpacked:
    """The files of an archive, what was passed over and why, and what was refused and why."""

    files: list[tuple[str, Path]]
    passed: list[dict[str, str]]
    refused: list[dict[str, Any]]

    def each(self, scratch: Path) -> Iterator[tuple[log.Incoming, Path]]:
        """Every file with a folder of its own to work in; both are gone when the next is asked for."""
        for number, (name, path) in enumerate(self.files):
            folder = scratch / f"of-{number}"
            folder.mkdir(mode=0o700)
            with path.open("rb") as stream:
                incoming = log.receive(stream, name, folder)
            path.unlink()
            yield incoming, folder
            shutil.rmtree(folder, ignore_errors=True)

    def refuse(self, name: str, error: InputError) -> None:
        """Remember why a file could not be used."""
        self.refused.append({"file": name, "error": error.as_json()})

    def none_used(self, archive: str) -> InputError:
        """What is said when nothing of the archive came in."""
        if not self.refused:
            names = ", ".join(item["name"] for item in self.passed[:_SAID])
            return InputError("no_table_in_archive", "The archive holds no table.", place=names or archive, hint="pack CSV or XLSX files.")
        first = self.refused[0]["error"]
        if len(self.refused) == 1:
            place = ": ".join(item for item in (self.refused[0]["file"], first["place"]) if item)
            return InputError(first["code"], first["message"], place=place, hint=first["hint"])
        why = "\n".join(f"{item['file']}: {item['error']['message']}" for item in self.refused[:_SAID])
        return InputError("archive_refused", "None of the archive's files could be used.", place=why, hint=first["hint"])


def unpacked(path: Path, name: str, folder: Path) -> Unpacked:
    """Unpack the archive of that name into a folder."""
    found = unpack(Request(file=str(path), out=str(folder)))
    return Unpacked(
        [(f"{name}/{item['name']}", folder / str(int(item["file"]))) for item in found["files"]],
        found["passed"],
        [{"file": f"{name}/{item['name']}", "error": item["error"]} for item in found["refused"]],
    )


def take_one(path: Path, archive: str, name: str, folder: Path) -> log.Incoming:
    """One file of the archive of that name, received into a folder as though it had come by itself."""
    scratch = log.scratch_folder(folder)
    try:
        place = dict(unpacked(path, archive, scratch).files).get(name)
        if place is None:
            raise InputError("no_file", "The archive holds no such file.", place=name)
        with place.open("rb") as stream:
            return log.receive(stream, name, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def bring_each(work: Work, progress: Progress, incoming: log.Incoming, scratch: Path, bring: Bring) -> dict[str, Any]:
    """Bring in every file of an archive; what came of each, and of all together. InputError when none could be used."""
    progress(0.05, "reading")
    folder = log.scratch_folder(scratch)
    archive = unpacked(incoming.path, incoming.name, folder)
    incoming.path.unlink()  # only its files are needed now, and only they are kept
    found: list[dict[str, Any]] = []

    def told(done: float, what: str) -> None:
        """Once a file counts the whole can no longer be stopped."""
        counts = bool(found) or done >= _COUNTS
        progress(_COUNTS + (1 - _COUNTS) * (len(found) + done) / (len(archive.files) + 1) if counts else done, what)

    for one, place in archive.each(folder):
        try:
            found.append({**bring(told, one, place), "file": one.name})
        except InputError as error:
            archive.refuse(one.name, error)
    if not found:
        raise archive.none_used(incoming.name)
    progress(1.0, "done")
    reasons: Counter[str] = Counter()
    for item in found:
        reasons.update(item["rejected_by_reason"])
    return {
        "file": incoming.name,
        "files": found,
        "passed_over": archive.passed,
        "refused": archive.refused,
        **{key: sum(item.get(key) or 0 for item in found) for key in _SUMS},
        "rejected_by_reason": dict(sorted(reasons.items())),
        "already_imported": all(item["already_imported"] for item in found),
        "batch": found[-1]["batch"],
        "data_version": work.data_version(),
    }


def preview_any(request: Request, name: str) -> dict[str, Any]:
    """What a file looks like, or each file of an archive; nothing is kept. InputError when nothing can be read."""
    try:
        return preview(request)
    except InputError as error:
        if error.code != "zip_archive":
            raise
    folder = log.scratch_folder(Path(request.out))
    try:
        archive = unpacked(Path(request.file), name, folder)
        found: list[dict[str, Any]] = []
        for one, place in archive.each(folder):
            try:
                found.append({**preview(replace(request, file=str(one.path), out=str(place))), "file": one.name})
            except InputError as error:
                archive.refuse(one.name, error)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if not found:
        raise archive.none_used(name)
    return {"file": name, "files": found, "passed_over": archive.passed, "refused": archive.refused}
