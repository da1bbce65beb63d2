"""How often one may try to sign in, or to say one's password: counted together, whichever door is tried."""

from __future__ import annotations

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from lohko.base.errors import InputError
from lohko.base.text import fold

PER_ACCOUNT = RateLimitItemPerMinute(10, 15)
"""How often an address may be signed in with: ten times in a quarter of an hour, right or wrong."""
PER_CLIENT = RateLimitItemPerMinute(40, 15)
"""How often one machine may try, whoever as."""


class Tries:
    """The tries of everyone; in memory, so they begin anew when Lohko is started."""

    def __init__(self) -> None:
        self._rates = MovingWindowRateLimiter(MemoryStorage())

    def count(self, request: Request, email: str = "") -> None:
        """One more try of a machine, and of an account where one is named; InputError when that is too many."""
        client = request.client.host if request.client else ""
        allowed = self._rates.hit(PER_CLIENT, "client", client)
        if allowed and email:  # who tries too much already does not use up what an account has
            allowed = self._rates.hit(PER_ACCOUNT, "account", fold(email)[:320])
        if not allowed:
            raise InputError("too_often", "That was tried too often.", hint="wait a quarter of an hour.")
