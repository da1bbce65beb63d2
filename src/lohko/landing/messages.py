"""The one decoder of event messages: bodies of the HTTP API that Segment made common, as its libraries and our own browser script send them.

A body is one message or a batch of them. What can be used becomes a `Message` with
its time corrected by the sender's clock; what cannot is kept with its reason.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lohko.base.errors import InputError
from lohko.base.text import NOTHING

MOST_OF_BATCH, MOST_OF_MESSAGE = 500 << 10, 32 << 10
TYPES = ("identify", "track", "page", "screen", "group", "alias")
_NAMED = {"page": "Page Viewed", "screen": "Screen Viewed"}
_LONGEST_ID = 255
_IDS = ("userId", "anonymousId", "groupId", "previousId")
_UNUSABLE, _LONG_NUMBER = "lohkoUnusable", "long_number"
"""Beside what a message says: it holds a number with more digits than are read, which stand there as a text."""
_EARLIEST, _LATEST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC), dt.datetime(2200, 1, 1, tzinfo=dt.UTC)
_EPOCH, _FIRST_SECONDS = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), 100_000_000
_as_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_IN_ORDER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
_OF_THE_WAY = ("sentAt", "receivedAt", "writeKey", "integrations", "_metadata", "lohkoKey")
"""What says how a message came, and not what it says: the same message may be sent again."""


class Message(NamedTuple):
    """One message that can be used.

    at          when it happened by our clock
    name        the event's name, for pages and screens their own
    body        as it came
    digest      what is equal when the same message is sent again
    place       its number in the body, from 0
    """

    type: str
    user_id: str | None
    anonymous_id: str | None
    message_id: str | None
    at: dt.datetime
    name: str | None
    properties: dict[str, Any]
    context: dict[str, Any]
    body: dict[str, Any]
    digest: str
    place: int = 0

    @property
    def raw(self) -> str:
        """As it came, as text."""
        return _as_text(self.body)


@dataclass(frozen=True)
class Refused:
    """One message that cannot be used: why, and as it came."""

    reason: str
    raw: str
    place: int = 0


@dataclass
class Decoded:
    """What a body held, in its order, and the key that it named."""

    write_key: str | None = None
    messages: list[Message] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def decode(body: bytes, received_at: dt.datetime, kind: str | None = None) -> Decoded:
    """The messages of a body that arrived at `received_at`; `kind` is the message's type where its address says it.

    InputError for a body that is too large or no JSON object. A message happened at
    its `timestamp`, moved by how far the sender's clock was from ours when it sent:
    received - (sent - timestamp), as the API's own makers define it.
    """
    return messages_of(opened(body), received_at, kind)


def opened(body: bytes) -> dict[str, Any]:
    """A body as JSON; InputError for one that is too large or no JSON object, or whose batch is no list."""
    if len(body) > MOST_OF_BATCH:
        raise InputError("too_large", f"A batch may hold {MOST_OF_BATCH >> 10} kB.", hint="send fewer messages at a time.")
    try:
        given = _read(body)
    except (ValueError, RecursionError) as error:
        raise InputError("bad_json", "The body is not valid JSON.") from error
    if not isinstance(given, dict):
        raise InputError("bad_json", "The body is no JSON object.", hint='a message, or {"batch": [messages]}.')
    if given.get("batch") is not None and not isinstance(given["batch"], list):
        raise InputError("bad_batch", "`batch` is no list of messages.")
    return given


def _read(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_no_number)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError:  # a number of thousands of digits, which Python does not read: only its own message is no use
        given = json.loads(body, parse_constant=_no_number, parse_int=_whole)
    for item in items_of(given) if isinstance(given, dict) and isinstance(given.get("batch"), list | None) else []:
        if isinstance(item, dict) and _holds_long(item):
            item[_UNUSABLE] = _LONG_NUMBER
    return given


class _Long(str):
    """The digits of a number that is too long to be read as one."""


def _whole(digits: str) -> int | _Long:
    try:
        return int(digits)
    except ValueError:
        return _Long(digits)


def _holds_long(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_long, value.values()))
    return any(map(_holds_long, value)) if isinstance(value, list) else isinstance(value, _Long)


def _no_number(_text: str) -> None:
    """What some libraries write for a number that is none: nothing, as the rest of their batch is worth keeping."""


def items_of(given: dict[str, Any]) -> list[Any]:
    """The messages of an opened body, whatever they are: those of its batch, or itself."""
    batch = given.get("batch")
    return [given] if batch is None else list(batch)


def messages_of(given: dict[str, Any], received_at: dt.datetime, kind: str | None = None, size: int | None = None) -> Decoded:
    """The messages of an opened body, as `decode` tells of them. `size` is how many bytes the body has, where its texts are written as they are kept."""
    found = Decoded(write_key=_text(given.get("writeKey")))
    alone = given.get("batch") is None
    shared = _part(given.get("context"))
    may_be_large = size is None or size > MOST_OF_MESSAGE
    for place, item in enumerate(items_of(given)):
        if may_be_large and isinstance(item, dict) and len(_as_text(item).encode("utf-8", "replace")) > MOST_OF_MESSAGE:
            made: Message | str = "too_large"
        else:
            made = _message(item, kind if alone else None, given.get("sentAt"), shared, received_at, place)
        if isinstance(made, Message):
            found.messages.append(made)
        else:
            found.refused.append(Refused(made, _as_text(item), place))
    return found


def _message(item: Any, kind: str | None, sent: Any, shared: dict[str, Any], received_at: dt.datetime, place: int) -> Message | str:
    """The message, or why it cannot be used."""
    if not isinstance(item, dict):
        return "no_message"
    type_ = kind or item.get("type")
    if type_ not in TYPES:
        return "unknown_type"
    if item.get(_UNUSABLE) == _LONG_NUMBER:
        return "long_number"
    ids = {name: identifier(value) for name in _IDS if (value := item.get(name))}
    if None in ids.values() and any(found is None and not _says_nothing(item[name]) for name, found in ids.items()):
        return "bad_id"
    user, anonymous = ids.get("userId"), ids.get("anonymousId")
    if user is None and anonymous is None:
        return "no_customer"
    name = _text(item.get("event" if type_ == "track" else "name")) or _NAMED.get(type_)
    if type_ == "track" and name is None:
        return "no_event"
    at = _happened(item, item.get("sentAt") or sent, received_at)
    if at is None:
        return "bad_time"
    said = item.get("traits" if type_ in ("identify", "group") else "properties")
    context = {**shared, **_part(item.get("context"))}
    properties = {**_part(said), **{name: ids[name] for name in ("groupId", "previousId") if ids.get(name) is not None}}
    number = _number(own_number(item))
    return Message(type_, user, anonymous, number, at, name, properties, context, item, _digest(item, type_, context), place)


def _digest(item: dict[str, Any], type_: str, context: dict[str, Any]) -> str:
    """Of what a message says; its type may stand in its address, and a part of its context beside it in the batch."""
    said = {key: value for key, value in item.items() if key not in _OF_THE_WAY and value not in (None, "")}
    said |= {"type": type_, "context": context}
    if "messageId" in said:
        said["messageId"] = own_number(item)
    text = _IN_ORDER(said)
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _happened(item: dict[str, Any], sent: Any, received_at: dt.datetime) -> dt.datetime | None:
    given = item.get("originalTimestamp") or item.get("timestamp")
    if given is None or given == "":
        return received_at
    at, sent_at = _instant(given), _instant(sent)
    if at is None:
        return None
    try:
        found = received_at - (sent_at - at) if sent_at is not None else at
    except OverflowError:
        return None
    return found if _EARLIEST <= found < _LATEST else None


def _instant(value: Any) -> dt.datetime | None:
    """An ISO 8601 instant; one without a zone is UTC, as the API says. A number is what programs keep of one: see `_of_number`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _of_number(value)
    if not isinstance(value, str):
        return None
    try:
        found = dt.datetime.fromisoformat(value.strip().upper())
        return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def _of_number(value: float) -> dt.datetime | None:
    """Seconds, or milliseconds, since 1970: which of them is plain from 1973 on; a number below that, such as 0 or 20261129, is no instant."""
    if not _FIRST_SECONDS <= value < _FIRST_SECONDS * 1_000_000:
        return None
    return _EPOCH + (dt.timedelta(seconds=value) if value < _FIRST_SECONDS * 1_000 else dt.timedelta(milliseconds=value))


def _part(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def identifier(value: Any) -> str | None:
    """A customer's number as a text, whether it was sent as one or as a number; None when it is none, and for words such as `undefined`, which would make all that lack one the same."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)
    return text if text is not None and len(text) <= _LONGEST_ID and text.lower() not in NOTHING else None


def _says_nothing(value: Any) -> bool:
    """Whether what stands where an id should says that there is none."""
    return isinstance(value, str) and (not value.strip() or value.strip().lower() in NOTHING)


def own_number(item: dict[str, Any]) -> Any:
    """The number that its sender gave a message: it is a text, so a whole number is the text of its digits; anything else as it came."""
    given = item.get("messageId")
    return str(given) if isinstance(given, int) and not isinstance(given, bool) else given


def _number(value: Any) -> str | None:
    """What a repeat is known by; of one that is longer than it need be, a short one that only the same text has."""
    text = _text(value)
    if text is None or len(text) <= _LONGEST_ID:
        return text
    return f"long-{hashlib.blake2b(text.encode('utf-8', 'replace'), digest_size=16).hexdigest()}"


def paths(message: Message) -> list[tuple[str, Any]]:
    """What a message says beside whose it is and when: plain values, what is nested named by its path."""
    found: list[tuple[str, Any]] = []
    for prefix, part in (("", message.properties), ("page_", message.context.get("page")), ("utm_", message.context.get("campaign"))):
        if isinstance(part, dict):
            _flatten(part, prefix, found)
    return found


def _flatten(part: dict[str, Any], prefix: str, found: list[tuple[str, Any]], depth: int = 0) -> None:
    for name, value in part.items():
        if isinstance(value, dict):
            if depth < 3:
                _flatten(value, f"{prefix}{name}_", found, depth + 1)
                continue
            value = json.dumps(value, ensure_ascii=False)
        elif isinstance(value, list):
            value = json.dumps(value, ensure_ascii=False)
        if value is not None:
            found.append((f"{prefix}{name}", value))
