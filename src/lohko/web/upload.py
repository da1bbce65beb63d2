"""An uploaded file goes piece by piece into the workspace's own scratch folder, never into memory or a shared one."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from lohko.base.errors import InputError, StoreError

LIMIT = 4 << 30
_MOST_TEXT = 10_000
_MOST_PARTS = 40
_BLOCK = 1 << 20


@dataclass
class Form:
    """What a form held: its texts, and the one file with the name it had on the sender's machine."""

    texts: dict[str, str] = field(default_factory=dict)
    file_name: str = ""
    sha256: str = ""
    size: int = 0


@dataclass
class _Part:
    headers: dict[bytes, bytes] = field(default_factory=dict)
    name: str = ""
    file_name: str | None = None
    text: bytearray = field(default_factory=bytearray)


class _Reader:
    """The parts of one multipart body as they arrive."""

    def __init__(self, boundary: bytes, path: Path, limit: int) -> None:
        self.form, self.path, self.limit = Form(), path, limit
        self._digest = hashlib.sha256()
        self._out: IO[bytes] | None = None
        self._part, self._header, self._value, self._parts = _Part(), bytearray(), bytearray(), 0
        self.finished = False
        self.parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_part_data": self._data,
                "on_part_end": self._end,
                "on_end": self._all,
            },
        )

    def _begin(self) -> None:
        self._part, self._parts = _Part(), self._parts + 1
        if self._parts > _MOST_PARTS:
            raise _bad_form()

    def _header_end(self) -> None:
        self._part.headers[bytes(self._header).lower()] = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._part.headers.get(b"content-disposition", b""))
        self._part.name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" in options:
            self._part.file_name = options[b"filename"].decode("utf-8", "replace")
            if self._part.name != "file" or self._out is not None or self.form.sha256:
                raise _bad_form()
            self._out = self.path.open("xb")
            os.fchmod(self._out.fileno(), 0o600)

    def _data(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        if self._part.file_name is None:
            self._part.text += piece
            if len(self._part.text) > _MOST_TEXT:
                raise _bad_form()
            return
        self.form.size += len(piece)
        if self.form.size > self.limit:
            raise InputError("file_too_large", f"The file is larger than {self.limit >> 20:,} MB.", hint="import it with the command line.")
        self._digest.update(piece)
        assert self._out is not None
        self._out.write(piece)

    def _end(self) -> None:
        if self._part.file_name is None:
            self.form.texts[self._part.name] = self._part.text.decode("utf-8", "replace")
        else:
            self.form.file_name = self._part.file_name
            self.form.sha256 = self._digest.hexdigest()
            self.close()

    def _all(self) -> None:
        self.finished = True

    def close(self) -> None:
        if self._out is not None:
            self._out.close()
            self._out = None


async def receive(request: Request, path: Path, limit: int = LIMIT) -> Form:
    """Read a multipart form whose one file part, `file`, is written to `path`; InputError when it is not one."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise _bad_form()
    reader = _Reader(boundary, path, limit)
    waiting = bytearray()
    try:
        async for chunk in request.stream():
            waiting += chunk
            if len(waiting) >= _BLOCK:
                await run_in_threadpool(reader.parser.write, bytes(waiting))
                waiting.clear()
        if waiting:
            await run_in_threadpool(reader.parser.write, bytes(waiting))
    except (FormParserError, ClientDisconnect) as error:
        raise _bad_form() from error
    except OSError as error:
        raise StoreError("no_room", f"The file could not be kept: {error.strerror}.", hint="look at the disk of the workspace.") from error
    finally:
        reader.close()
    if not reader.finished:
        raise _bad_form()
    return reader.form


def _bad_form() -> InputError:
    return InputError("bad_form", "The form did not arrive whole.", hint="go back and send it again.")
