"""Who a visitor is, signed by the shop's own server: a JSON Web Token (HS256), which any library of these makes.

It says `sub`, the user's id, and `exp`, until when it holds, perhaps `nbf`, since when; `traits` may hold what is
to be known of them. Signed with the secret of the public key that the page uses.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
import json
from typing import Any

_CLOCKS_DIFFER = 60
"""So many seconds the clock of the server that signed may be ahead of ours."""


def read_token(token: Any, secret: bytes, at: dt.datetime) -> dict[str, Any] | None:
    """What a token says, when it is signed with the secret and holds at that instant; else None."""
    parts = token.split(".") if isinstance(token, str) else []
    if len(parts) != 3:
        return None
    try:
        head, body = (json.loads(_bytes(part)) for part in parts[:2])
        given = _bytes(parts[2])
    except (ValueError, RecursionError, binascii.Error):
        return None
    if not isinstance(head, dict) or head.get("alg") != "HS256" or not isinstance(body, dict):
        return None
    signed = hmac.digest(secret, f"{parts[0]}.{parts[1]}".encode(), "sha256")
    until, since, now = body.get("exp"), body.get("nbf", 0), at.timestamp()
    holds = isinstance(until, int | float) and until > now and isinstance(since, int | float) and since <= now + _CLOCKS_DIFFER
    return body if holds and hmac.compare_digest(signed, given) else None


def _bytes(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
