"""What one event message means for the workspace: whose it is, what happened, and what of it takes effect.

What a *server* key says counts. What comes by a *public* key is somebody's browser: it
adds events under the browser's own anonymous id, and whatever it says of who that is,
or of what they are like, is only kept as claimed. A token that the shop's server has
signed makes such a message one of the user whom it names.

Nothing here depends on what came before, so that no order of arrival can change it.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from lohko.base import contacts as forms
from lohko.base.codes import code_of
from lohko.formats.fields import Field, fields_of, key, own_name
from lohko.landing import contacts
from lohko.landing.messages import Message, identifier, paths
from lohko.model.schema import Type

Role = Literal["property", "attribute", "consent", "account"]
Identity = tuple[str, str]
"""The kind and the value of what a source knows somebody by: `("id", "17850")`, `("anonymous", "a1b2")`."""
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_NAMED = {"page": "Page Viewed", "screen": "Screen Viewed"}
_LARGEST = Decimal(10) ** 17
_MOST_MONEY = Decimal(10) ** 14
"""A sum of money has 18 digits, four of them behind the point, once it is rounded to those."""
_MONEY_PLACES = Decimal(1).scaleb(-4)
_PLACES = Decimal(1).scaleb(-10)
_EXACT = 1 << 53
_SHORT = re.compile(r"-?[0-9]+\.[0-9]{1,10}")
_LONGEST_NAME = 100
_IDENTIFIED = ("id", "sku", "ean", "code", "phone", "postcode", "zip", "number")


class Value(NamedTuple):
    """One thing that a message says: a property of its event, an attribute or a consent of its person, or an attribute of their company.

    `value` is a text, a number as text, a day, an instant or a bool.
    """

    role: Role
    name: str
    type: Type
    value: Any


class Told(NamedTuple):
    """One message, understood.

    who       whose it is
    other     an anonymous id of theirs, where the message vouches for that
    previous  an id that they had before, likewise
    claimed   what a page said of them that nobody vouches for, as a body to keep
    account   the company that they belong to, and what it is like
    unfit     what of it could not be used, by name
    """

    message: Message
    who: Identity
    event: str | None
    values: tuple[Value, ...] = ()
    other: Identity | None = None
    previous: str | None = None
    claimed: Mapping[str, Any] = _NOTHING
    account: tuple[str, dict[str, Any]] | None = None
    unfit: Mapping[str, Any] = _NOTHING


def understand(message: Message, *, server: bool, token: dict[str, Any] | None, country: str) -> Told | str:
    """What a message means, or why it cannot be used."""
    if server:
        return _vouched(message, _traits(message), country)
    if token is not None and message.anonymous_id is not None:
        user, traits = _id_of(token.get("sub")), token.get("traits")
        if user is not None:
            return _vouched(message._replace(user_id=user), traits if isinstance(traits, dict) else {}, country, vouched_type=False)
    return _claimed(message)


def _id_of(value: Any) -> str | None:
    return identifier(value) if isinstance(value, str) else None


def _traits(message: Message) -> dict[str, Any]:
    own = ("groupId", "previousId")
    return {name: value for name, value in message.properties.items() if name not in own} if message.type == "identify" else {}


def _vouched(message: Message, traits: dict[str, Any], country: str, *, vouched_type: bool = True) -> Told | str:
    """A message of the company's own server, or of a visitor whom it has vouched for; of the latter only who they are, and what the token says."""
    user, anonymous = message.user_id, message.anonymous_id
    who: Identity = ("id", user) if user is not None else ("anonymous", str(anonymous))
    other: Identity | None = ("anonymous", anonymous) if user is not None and anonymous is not None else None
    values, unfit = _attributes(traits, country)
    previous = account = None
    if vouched_type and message.type == "alias":
        previous = message.properties.get("previousId")
        if not isinstance(previous, str) or user is None:
            return "no_previous"
    if vouched_type and message.type == "group":
        number = message.properties.get("groupId")
        if not isinstance(number, str):
            return "no_group"
        account = number, {name: value for name, value in message.properties.items() if name not in ("groupId", "previousId")}
        values = [*values, Value("attribute", "account", "text", number)]
    event, said, more = _event(message)
    return Told(message, who, event, (*said, *values), other, previous, {}, account, unfit | more)


def _claimed(message: Message) -> Told | str:
    if message.anonymous_id is None:
        return "no_anonymous_id"
    event, values, unfit = _event(message)
    claimed: dict[str, Any] = {"userId": message.user_id} if message.user_id is not None else {}
    if event is None:
        claimed |= {"type": message.type, "traits": message.properties}
    if claimed:
        claimed["anonymousId"] = message.anonymous_id
    return Told(message, ("anonymous", message.anonymous_id), event, tuple(values), claimed=claimed, unfit=unfit)


# --- events ------------------------------------------------------------------------------------


def _event(message: Message) -> tuple[str | None, list[Value], dict[str, Any]]:
    """The event's name, its properties, and what of them cannot be used; nothing for messages that tell of no event."""
    if message.type not in ("track", "page", "screen"):
        return None, [], {}
    event = _NAMED.get(message.type) or str(message.name)
    values: list[Value] = []
    unfit: dict[str, Any] = {}
    pairs = paths(message)
    if message.type in _NAMED and message.name not in (None, event):
        pairs.append(("name", message.name))
    seen: set[str] = set()
    for label, value in pairs:
        name = _name(label)
        made = _plain(name, value)
        if made is None or name in seen or not name:
            unfit[label] = value
        else:
            seen.add(name)
            values.append(Value("property", name, *made))
    return event, values, unfit


@lru_cache(maxsize=4096)
def _name(label: str) -> str:
    return own_name(label)[:_LONGEST_NAME]


def _plain(name: str, value: Any) -> tuple[Type, Any] | None:
    """A value as what JSON says that it is: a number or a text is never guessed to be something else. None for what cannot be kept."""
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, (int, float)):  # faster than the union, for every value of every message
        if name.endswith(_IDENTIFIED):
            return "text", str(value)
        number = decimal(value)
        return None if number is None else ("decimal", number)
    if isinstance(value, str):
        text = value.replace("\x00", "").strip()
        return ("text", text) if text else None
    return None


def decimal(value: Any) -> str | None:
    """A number as it is written in full, to ten places; None when it is none, or has more digits than a number keeps.

    >>> decimal(19.99), decimal(10), decimal(10.50), decimal(1e300), decimal("x"), decimal(1e-12)
    ('19.99', '10', '10.5', None, None, '0')
    """
    if type(value) is int and -_EXACT <= value <= _EXACT:
        return str(value)
    written = repr(value) if isinstance(value, float) else value
    if type(value) is float and _SHORT.fullmatch(written):  # as nearly all are; what follows means the same, five times slower
        return "0" if written == "-0.0" else written.removesuffix(".0")
    try:
        number = Decimal(written)
    except (ArithmeticError, ValueError, TypeError):
        return None
    if not number.is_finite() or abs(number) >= _LARGEST or (isinstance(value, int) and abs(value) > _EXACT):
        return None
    text = f"{number.quantize(_PLACES, ROUND_HALF_UP):f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


# --- traits ------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _fields() -> dict[str, Field]:
    """The attributes and consents that Lohko knows, by the headers that mean them in a list of customers."""
    known = [item for item in fields_of("customers").values() if item.role in ("attribute", "consent", "optout")]
    found = {each: item for item in reversed(known) for each in item.keys}
    return found | {key(item.name): item for item in known}


_INSIDE = {"address": "", "company": "company"}
"""Traits that are objects: what stands in an address is of the person, what stands in a company is told as the company's."""


def _flat_traits(traits: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in traits.items():
        if isinstance(value, dict):
            before = _INSIDE.get(name, name)
            for inner, item in value.items():
                label = before if before == "company" and inner == "name" else f"{before}_{inner}" if before else str(inner)
                yield label, json.dumps(item, ensure_ascii=False) if isinstance(item, dict) else item
        else:
            yield str(name), value


def _attributes(traits: dict[str, Any], country: str) -> tuple[list[Value], dict[str, Any]]:
    values: dict[str, Value] = {}
    unfit: dict[str, Any] = {}
    for label, value in _flat_traits(traits):
        if value is None or value == "":
            continue
        known = _fields().get(key(label))
        made = _own_trait(label, value) if known is None else _known_trait(known, value, country)
        if made is None or (made.role, made.name) in {(item.role, item.name) for item in values.values()}:
            unfit[label] = value
        else:
            values[label] = made
    return list(values.values()), unfit


def _own_trait(label: str, value: Any, role: Role = "attribute", before: str = "") -> Value | None:
    name = (before + own_name(label))[:_LONGEST_NAME]
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    made = _plain(name, value)
    return None if made is None or not own_name(label) else Value(role, name, *made)


@lru_cache(maxsize=1)
def _company_fields() -> dict[str, Field]:
    """What Lohko knows of companies, by the headers that mean it in a list of them."""
    known = [item for item in fields_of("accounts").values() if item.role == "account"]
    return {each: item for item in reversed(known) for each in item.keys} | {key(item.name): item for item in known}


def account_values(number: str, traits: dict[str, Any], country: str) -> tuple[Value, ...]:
    """What a company of that number is like; what cannot be used of it is left out."""
    found = {"account_id": Value("account", "account_id", "text", number)}
    for label, value in traits.items():
        known = _company_fields().get(key(label))
        if value is None or value == "":
            continue
        if known is None:
            made = _own_trait(label, value, "account", "account_" if key(label) in _fields() else "")
        else:
            fitting = _as(known.type, known.name, known.codes, value, country)
            made = None if fitting is None else Value("account", known.name, known.type, fitting)
        if made is not None:
            found.setdefault(made.name, made)
    return tuple(found.values())


def _known_trait(known: Field, value: Any, country: str) -> Value | None:
    if known.role in ("consent", "optout"):
        given = _boolean(value)
        given = given if known.role == "consent" or given is None else False if given else None
        return None if given is None else Value("consent", known.name.removeprefix("consent_").removeprefix("optout_"), "boolean", given)
    made = _as(known.type, known.name, known.codes, value, country)
    return None if made is None else Value("attribute", known.name, known.type, made)


def _as(type_: Type, name: str, codes: str | None, value: Any, country: str) -> Any:
    """A value as an attribute of that type has it; None where it is none."""
    match type_:
        case "text":
            return _text(name, codes, value, country)
        case "text_set":
            items = value if isinstance(value, list) else [value]
            return "; ".join(str(item) for item in items if isinstance(item, str | int | float)) or None
        case "boolean":
            return _boolean(value)
        case _:
            return fit(type_, value)


def _text(name: str, codes: str | None, value: Any, country: str) -> str | None:
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    text = str(value).replace("\x00", "").strip()
    if name in contacts.CHECKED or name in contacts.OF_COMPANIES:
        return contacts.read(name, [text], country)[text]
    if name in contacts.NAMES:
        return " ".join(forms.INVISIBLE.sub("", text).split()) or None
    if name == "postcode":
        return forms.postcode(text, country) or None
    if codes is not None:
        return code_of(codes, text) or text or None
    return text or None


def fit(type_: Type, value: Any) -> Any:
    """A value of JSON as one of a type that a column has already; None where it is none of it.

    >>> fit("date", "1980-05-17T00:00:00Z"), fit("integer", 7.0), fit("integer", "7 kpl"), fit("money", "12.50"), fit("money", 1e15)
    (datetime.date(1980, 5, 17), '7', None, '12.5', None)
    """
    if type_ in ("date", "time"):
        try:
            found = dt.datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
        except ValueError:
            return None
        if found is None or type_ == "date":
            return None if found is None else found.date()
        try:
            return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC).replace(tzinfo=None)
        except OverflowError:  # at the ends of the calendar, where UTC has no such year
            return None
    if type_ == "boolean":
        return _boolean(value)
    number = None if isinstance(value, bool) else decimal(value.strip() if isinstance(value, str) else value)
    if number is None or (type_ == "integer" and "." in number):
        return None
    return None if type_ == "money" and abs(Decimal(number).quantize(_MONEY_PLACES, ROUND_HALF_UP)) >= _MOST_MONEY else number


def _boolean(value: Any) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(value.strip().casefold())
    return bool(value) if isinstance(value, bool) or value in (0, 1) else None
