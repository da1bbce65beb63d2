"""YAML files of definitions: their documents with the lines they stand on, and plain values as YAML again."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from lohko.base.errors import InputError, did_you_mean
from lohko.base.text import LANGUAGES
from lohko.model.limits import fits

ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")


def documents(text: str, place: str) -> list[Any]:
    """What a YAML 1.2 text holds: its documents, with the items of those that are lists; InputError with file and line."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    yaml = YAML(typ="rt", pure=True)
    try:
        found = [document for document in yaml.load_all(text) if document is not None]
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError("bad_yaml", f"This is not valid YAML: {error.problem}.", place=f"{place}, line {line}") from None
    except (YAMLError, RecursionError, ValueError) as error:
        raise InputError("bad_yaml", "This is not valid YAML.", place=place) from error
    return [item for document in found for item in (document if isinstance(document, list) else [document])]


def as_yaml(body: Mapping[str, Any]) -> str:
    """Plain values as YAML."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt", pure=True)
    yaml.width = 4096
    stream = io.StringIO()
    yaml.dump(dict(body), stream)
    return stream.getvalue()


def line_of(item: Any, place: str, key: str | None = None) -> str:
    """File and line of a set of keys, or of one of its keys."""
    if not hasattr(item, "lc"):
        return place
    line = item.lc.line
    if key is not None and item.lc.data and key in item.lc.data:
        line = item.lc.data[key][0]
    return f"{place}, line {line + 1}"


def only_keys(item: Mapping[Any, Any], known: Collection[str], what: str, place: str) -> None:
    """InputError with candidates when there is a key that is none of the known ones."""
    for key in item:
        if key not in known:
            raise InputError("unknown_key", f"{what} has no key {str(key)!r}.", place=place, hint=did_you_mean(str(key), known))


def read_id(value: Any, what: str, place: str) -> str:
    """An id such as lapsed-vips; InputError otherwise."""
    if not isinstance(value, str) or not ID.match(value):
        raise InputError(
            "bad_id",
            f"{value!r} is no {what} id." if value is not None else f"The {what} has no id.",
            place=place,
            hint="an id has small letters a-z, digits, - and _, such as lapsed-vips.",
        )
    return str(value)


def by_language(value: Any, key: str, code: str, place: str) -> dict[str, str]:
    """Texts by language; a bare text is English."""
    if value is None:
        return {}
    if isinstance(value, str):
        return {"en": value.strip()}
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise InputError(code, f"`{key}` is a text, or texts by language such as {{en: ..., fi: ...}}.", place=place)
    unknown = [item for item in value if item not in LANGUAGES]
    if unknown:
        raise InputError(code, f"`{key}` knows the languages en and fi, not {unknown[0]!r}.", place=place)
    return {language: str(text).strip() for language, text in value.items()}


def read_number(value: Any) -> Decimal | None:
    """An exact number that a file gives as a number or as text; None when it is none that fits."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and fits(number) else None


def plain_number(value: Decimal) -> int | float | str:
    """A number as YAML shows it best, such that `read_number` gives the same one."""
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(str(float(value))) == value else str(value)
