"""One acknowledged request as it lies in the inbox: how it came, and its body without what must not be kept.

Used by the process that takes deliveries, so it imports nothing of the engine.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any

from lohko.landing.messages import items_of, own_number
from lohko.landing.personal_code import mask, mask_within

_as_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True)
class Delivery:
    """How a request came, and what it said.

    count   how many messages it held, as whoever acknowledged it counted them
    kind    the type of its one message, where its address said it
    body    JSON, in which every message has a number of its own and no personal identity code
    """

    key: str
    received_at: dt.datetime
    count: int
    kind: str | None
    body: bytes

    def pack(self) -> bytes:
        """As bytes: one line of how it came, then the body."""
        head = {"key": self.key, "at": self.received_at.isoformat(), "count": self.count, "kind": self.kind}
        return json.dumps(head).encode() + b"\n" + self.body

    @staticmethod
    def unpack(data: bytes) -> Delivery:
        """The delivery that `pack` wrote."""
        line, _, body = data.partition(b"\n")
        head = json.loads(line)
        return Delivery(head["key"], dt.datetime.fromisoformat(head["at"]), head["count"], head["kind"], body)

    @staticmethod
    def came_at(beginning: bytes) -> dt.datetime | None:
        """When the delivery came that begins so; None when that is not all of its first line."""
        line, end, _ = beginning.partition(b"\n")
        return dt.datetime.fromisoformat(json.loads(line)["at"]) if end else None


def delivery_of(given: dict[str, Any], key: str, received_at: dt.datetime, kind: str | None) -> Delivery:
    """An opened request as it is kept: without its key, personal identity codes masked, and messages without a number given one.

    A message that is sent again with the number that the sender gave it is known again;
    the number given here only keeps it from being counted twice on its way in.
    """
    items = items_of(given)
    for item in items:
        if isinstance(item, dict):
            item.pop("writeKey", None)
            if not own_number(item):
                item["messageId"] = f"lohko-{uuid.uuid4().hex}"
    given.pop("writeKey", None)
    text = _as_text(given)
    if mask(text)[1]:  # few have any, so most are not walked through
        text = _as_text(mask_within(given))
    return Delivery(key, received_at, len(items), kind, text.encode("utf-8", "replace"))
