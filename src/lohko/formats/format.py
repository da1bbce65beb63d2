"""What one system's export is: the headers that give it away, what they mean, and what must be done before its rows are rows of a kind.

A format is data. Everywhere in it a column goes by the header that the tool writes
in English; `columns` finds it in a file whose headers are spelt, translated or
ordered otherwise. What the format does not name is read by the everyday headers of
`fields.py`, unless the format is `whole`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from lohko.formats.fields import key
from lohko.formats.shapes import Shape, ShareDown

Headers = str | tuple[str, ...]
"""One header, or several in the order of preference."""


@dataclass(frozen=True)
class Format:
    """One recognised kind of export."""

    key: str
    """Its name on the command line: `shopify-orders`."""
    title: str
    source: str
    """The source that its rows are taken to come from when nobody says; empty for plain files."""
    kind: str
    """What its rows are, after `reshape`."""
    headers: tuple[str, ...]
    """The headers typical of it, in the order in which the tool writes them."""
    needs: tuple[Headers, ...]
    """The headers without which it is not this export; of those in one group, one is enough."""
    fields: Mapping[str, Headers]
    """Field to header, also to one that a shape of `reshape` adds."""
    where: str
    """Where in the tool the file is made, for the manual."""
    lacks: tuple[str, ...] = ()
    """Headers that it never has, because they are those of another export."""
    also: Mapping[str, Mapping[str, Headers]] = field(default_factory=dict)
    """The other kinds as which the same file can be read, each with its fields."""
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Header to the same header in the tool's other languages and versions."""
    in_order: bool = False
    """Whether a header in a language that is not among the spellings is told by its place in a row that is whole."""
    everyday: bool = False
    """Whether its headers are words that any file could have, so that only its exact row of headers is proof."""
    never: tuple[str, ...] = ()
    """Headers that mean no known field here, whatever they mean elsewhere."""
    whole: bool = False
    """Whether no other header adds a field."""
    date_order: Literal["dmy", "mdy", "ymd"] | None = None
    """In which order the tool writes dates, where the texts alone may not tell."""
    event: str | None = None
    """The event's name, where no column says it."""
    reshape: tuple[Shape, ...] = ()
    """What is done to the raw table before its rows are judged, in this order."""
    refused: str | None = None
    """Why such a file cannot be used, and what to use instead; None when it can."""

    @property
    def once_per(self) -> str | None:
        """The header whose value groups rows of which only the first says what they share."""
        return next((shape.per for shape in self.reshape if isinstance(shape, ShareDown)), None)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds as which it can be read, its own first."""
        return (self.kind, *self.also)

    def fields_as(self, kind: str) -> Mapping[str, Headers]:
        """Field to header when it is read as this kind."""
        return self.fields if kind == self.kind else self.also.get(kind, {})

    def columns(self, labels: Sequence[str]) -> dict[str, str]:
        """The tool's own headers to the labels of a file: by spelling, and where `in_order` holds and the row is whole by place.

        >>> plain = Format("x", "X", "x", "customers", ("Name", "Email"), (), {}, "", spellings={"Name": ("Nimi",)}, in_order=True)
        >>> plain.columns(["NIMI", "e_mail"]), plain.columns(["Nimi", "Correo"]), plain.columns(["Correo", "Nimi", "x"])
        ({'Name': 'NIMI', 'Email': 'e_mail'}, {'Name': 'Nimi', 'Email': 'Correo'}, {'Name': 'Nimi'})
        """
        found = self.spelt(labels)
        if self.in_order and len(labels) == len(self.headers):
            taken = set(found.values())
            by_place = zip(self.headers, labels, strict=True)
            found |= {header: label for header, label in by_place if header not in found and label not in taken}
        return found

    def spelt(self, labels: Sequence[str]) -> dict[str, str]:
        """The tool's own headers to the labels of a file that are spelt so, in any of its languages."""
        by_key = {key(label): label for label in reversed(labels)}
        found: dict[str, str] = {}
        for header in dict.fromkeys((*self.headers, *self._named())):
            spellings = (header, *self.spellings.get(header, ()))
            label = next((by_key[key(name)] for name in spellings if key(name) in by_key), None)
            if label is not None and label not in found.values():
                found[header] = label
        return found

    def _named(self) -> list[str]:
        """The headers that the format speaks of beside its typical ones."""
        groups: list[Headers] = [
            self.never,
            *self.needs,
            *self.lacks,
            *self.fields.values(),
            tuple(self.spellings),
            *(item for fields in self.also.values() for item in fields.values()),
        ]
        return [header for group in groups for header in each(group)]


def each(headers: Headers) -> tuple[str, ...]:
    """The headers of a group, which may be just one."""
    return (headers,) if isinstance(headers, str) else headers
