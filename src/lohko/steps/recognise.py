"""What a file is and what its columns are taken to be, before anything of it is kept."""

from __future__ import annotations

import shutil
from typing import Any, BinaryIO

from lohko.base.errors import InputError, did_you_mean
from lohko.formats.fields import KINDS
from lohko.landing import log
from lohko.landing.personal_code import mask
from lohko.landing.request import Request
from lohko.steps.archives import preview_any
from lohko.steps.work import Progress, Work


def recognise(
    work: Work,
    progress: Progress,
    *,
    stream: BinaryIO,
    name: str,
    kind: str | None = None,
    file_format: str | None = None,
    columns: dict[str, str] | None = None,
    sheet: str | None = None,
) -> dict[str, Any]:
    """The formats that a file may be with score and reason, the one it is taken to be, and the columns of its fields; nothing is imported.

    Of a zip archive the same of each of its `files`, and what is passed over and refused.
    """
    if kind is not None and kind not in KINDS:
        raise InputError("unknown_kind", f"No kind of file is called {kind!r}.", hint=did_you_mean(kind, KINDS))
    scratch = log.scratch_folder(work.folder.scratch)
    try:
        progress(0.0, "receiving")
        incoming = log.receive(stream, mask(name)[0], scratch)
        progress(0.3, "reading")
        request = Request(
            file=str(incoming.path),
            kind=kind,
            format=file_format,
            map=columns or {},
            sheet=sheet,
            file_zone=work.settings.timezone,
            workspace_currency=work.settings.currency,
            country=work.settings.country,
            out=str(scratch),
        )
        found = preview_any(request, incoming.name)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if "files" in found:
        return {**found, "files": [_without_rows(item) for item in found["files"]]}
    return _without_rows(found) | {"file": incoming.name}


def _without_rows(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key != "sample"}
