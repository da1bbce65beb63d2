"""The forms that a report can have, and how each is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lohko.base.errors import InputError, did_you_mean
from lohko.reports import pdf, pptx, xlsx
from lohko.reports.content import Report


@dataclass(frozen=True)
class Form:
    """A form of report: the ending of its file's name, what the file is for programs, and what makes it."""

    ending: str
    media_type: str
    write: Callable[[Report], bytes]


FORMS: Mapping[str, Form] = {
    "pdf": Form("pdf", "application/pdf", pdf.write),
    "pptx": Form("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", pptx.write),
    "xlsx": Form("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx.write),
}


def form_of(name: str) -> Form:
    """The form of that name; InputError with candidates."""
    if name not in FORMS:
        raise InputError("bad_format", f"There is no form of report {name!r}.", hint=did_you_mean(name, FORMS) or ", ".join(FORMS) + ".")
    return FORMS[name]
