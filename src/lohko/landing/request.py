"""What the parser is asked: which file, as what, and how its gaps are filled. Whoever asks loads none of what reads files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lohko.formats.fields import Kind
    from lohko.landing.moments import DateOrder

Number = Callable[[str | None], None]
"""Says who the people are in a file of this system, if it is the export of one: their identities, as `kind` and `value`, are in `log.PEOPLE`
of the request's folder, and are written to `log.NODES` with the key, `node`, that each has or would get."""


@dataclass(frozen=True)
class Request:
    """What is to be read, as what, and how its gaps are filled."""

    file: str
    kind: Kind | None = None
    """What its rows are; None where its headers are to tell."""
    format: str | None = None
    """The key of the export that it is, where somebody says so."""
    map: Mapping[str, str] = field(default_factory=dict)
    event: str | None = None
    file_zone: str = "UTC"
    currency: str = "EUR"
    workspace_currency: str = "EUR"
    country: str = "FI"
    date_order: DateOrder | None = None
    vat: Mapping[str, str] = field(default_factory=dict)
    """Where prices hold a VAT that the file does not tell: the class of each category of goods, under the empty text that of all others."""
    sheet: str | None = None
    """Which sheet of a workbook is read; None for the one whose headers are known best."""
    out: str = ""
    rows_are_people: str = ""
    """Where rows without any identifier are people of their own: what tells the rows of this file from those of others."""
