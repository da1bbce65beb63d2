"""The log: what arrived, as checksummed Parquet in one folder per import.

A batch is written in `unfinished/`, brought to disk and renamed; it counts once
it is registered in `state`. A folder that is not registered is what a crash left
and is swept when the workspace is opened. Files are never changed afterwards.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from lohko.base.errors import InputError, StoreError
from lohko.engine.store import sync

MANIFEST = "manifest.json"
ACCEPTED = "accepted.parquet"
REJECTED = "rejected.parquet"
PEOPLE, NODES = "people.parquet", "nodes.parquet"
"""Where, in the folder in which a file is read, the identities in it lie, and what is answered of them."""
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Incoming:
    """A file that has been copied into the workspace, not yet understood."""

    path: Path
    name: str
    sha256: str
    size: int


def scratch_folder(unfinished: Path) -> Path:
    """A new private folder for one piece of unfinished work."""
    folder = unfinished / uuid.uuid4().hex
    folder.mkdir(parents=True, mode=0o700)
    return folder


def receive(stream: BinaryIO, name: str, folder: Path, limit_bytes: int = 20 << 30) -> Incoming:
    """Copy a file into `folder` and take its sha256; InputError when it is larger than the limit."""
    digest, size = hashlib.sha256(), 0
    path = folder / "received"
    with path.open("xb") as target:
        os.fchmod(target.fileno(), 0o600)
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > limit_bytes:
                raise InputError("file_too_large", f"The file is larger than {limit_bytes >> 30} GB.", place=name)
            digest.update(chunk)
            target.write(chunk)
    return Incoming(path, name, digest.hexdigest(), size)


def of_sheet(sha256: str, sheet: str) -> str:
    """By what one sheet of a workbook is known again."""
    return hashlib.sha256(f"{sha256} {sheet.strip().casefold()}".encode()).hexdigest()


def write_manifest(folder: Path, body: dict[str, Any]) -> str:
    """Bring a batch's files to disk with a manifest that holds their checksums; the manifest's own sha256."""
    files = sorted(item for item in folder.iterdir() if item.is_file() and item.name != MANIFEST)
    body = {**body, "files": {item.name: file_sha256(item) for item in files}}
    text = json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True)
    manifest = folder / MANIFEST
    manifest.write_text(text, encoding="utf-8")
    for item in (*files, manifest):
        item.chmod(0o600)
        sync(item)
    sync(folder)
    return hashlib.sha256(text.encode()).hexdigest()


def publish(folder: Path, landing: Path, name: str) -> Path:
    """Give a finished batch its name. It still does not count until it is registered."""
    target = landing / name
    if target.exists():  # left by a crash before registration; its number is being given again
        shutil.rmtree(target)
    folder.rename(target)
    sync(landing)
    return target


def check(folder: Path, manifest_sha256: str) -> dict[str, Any]:
    """A batch's manifest, after its checksum and those of its files have been compared; StoreError if one differs."""
    try:
        text = (folder / MANIFEST).read_bytes()
        body: dict[str, Any] = json.loads(text)
        wrong = [name for name, digest in body["files"].items() if file_sha256(folder / name) != digest]
    except (OSError, ValueError, KeyError) as error:
        raise _damaged(folder, "cannot be read") from error
    if hashlib.sha256(text).hexdigest() != manifest_sha256:
        raise _damaged(folder / MANIFEST, "has changed since it was written")
    if wrong:
        raise _damaged(folder / wrong[0], "has changed since it was written")
    return body


def _damaged(path: Path, what: str) -> StoreError:
    return StoreError("log_damaged", f"A file of the archive {what}.", place=str(path), hint="restore it from a backup.")


def file_sha256(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sweep(landing: Path, unfinished: Path | None, registered: set[str]) -> int:
    """Remove what a crash left: unfinished work and batches that were never registered; how many.

    Where work may be under way in this very process, as everywhere but at the opening of a workspace, `unfinished` is None:
    a file that is being read stays, and takes its folder away itself.
    """
    swept = 0
    if unfinished is not None and unfinished.exists():
        shutil.rmtree(unfinished, ignore_errors=True)
    for item in landing.glob("batch-*"):
        if item.name not in registered:
            shutil.rmtree(item)
            swept += 1
    return swept


def publish_file(made: Path, folder: Path) -> str:
    """Bring a finished file to disk and give it its place in `folder`; its sha256. It counts once it is registered."""
    made.chmod(0o600)
    sync(made)
    digest = file_sha256(made)
    made.rename(folder / made.name)
    sync(folder)
    return digest


def check_file(path: Path, sha256: str) -> None:
    """StoreError when a file of the log is missing or has changed since it was written."""
    try:
        digest = file_sha256(path)
    except OSError as error:
        raise _damaged(path, "cannot be read") from error
    if digest != sha256:
        raise _damaged(path, "has changed since it was written")


def sweep_files(folder: Path, registered: set[str]) -> int:
    """Remove files that a crash left before they were registered; how many."""
    stray = [item for kind in ("run", "past") for item in folder.glob(f"{kind}-*.parquet") if item.name not in registered]
    for item in stray:
        item.unlink()
    return len(stray)
