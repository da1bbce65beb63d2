"""A survey that asks for the address as one of its questions: `What's your email?` is no header that means a field, but what is under it tells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from duckdb import DuckDBPyConnection

from lohko.engine.sql import render
from lohko.landing.fields import Guess

_WHO = ("customer_id", "email")
_NEARLY_ALL = 0.9
_ADDRESS_WORD = re.compile(r"\be-?mail|sähköposti|s-posti|\bmeili", re.IGNORECASE)
_SOMEBODY_ELSE = re.compile(
    r"\b(?:invit|refer|friend|colleague|co-?worker|owner|assign|agent|manager|boss|supervisor|compan|employer|organi[sz]ation|billing|invoic"
    r"|partner|spouse|wife|husband|parent|mother|father|child|guardian|sales|support|recipient|sender|created by|another|other|who(?:m|se)?\b"
    r"|kutsu|suositt|ystävä|kaveri|kollega|työkaveri|omistaja|vastuu|esimie|esihenkilö|yrity|työnantaja|laskutus|puoliso|vanhem|huoltaj|lapse"
    r"|myyj|asiakaspalvel|vastaanottaj|lähettäj|toinen|toise|jonkun|kenen)",
    re.IGNORECASE,
)
_SHARE = r"""
SELECT count(*) FILTER (WHERE trim(__c) <> ''), count(*) FILTER (WHERE regexp_full_match(trim(__c), '[^@\s]+@[^@\s]+[.][^@\s]+'))
FROM raw
"""


def asked_address(
    connection: DuckDBPyConnection, labels: Sequence[str], found: Mapping[str, Guess], given: Mapping[str, str]
) -> dict[str, Guess]:
    """The guesses of a survey's columns with the question that asks for the answerer's own address, where no header says who answered.

    Only where one column alone holds addresses: which of two is the answerer's has to be said by
    somebody. Its header has to name an address, and nobody else whose it could be.
    """
    if found.keys() & set(_WHO) or given.get("email") == "":
        return dict(found)
    taken = {item.label for item in found.values()}
    of_addresses = [label for place, label in enumerate(labels) if _holds_addresses(connection, f"c{place}")]
    if len(of_addresses) != 1 or of_addresses[0] in taken or not asks_for_own(of_addresses[0]):
        return dict(found)
    return {**found, "email": Guess("email", of_addresses[0], 0.5, "its answers are addresses")}


def asks_for_own(label: str) -> bool:
    """Whether a question asks for the address of whoever answers it.

    >>> asks_for_own("What's your email?"), asks_for_own("Mikä on sähköpostiosoitteesi?")
    (True, True)
    >>> asks_for_own("Your friend's e-mail"), asks_for_own("Owner email"), asks_for_own("invited_by"), asks_for_own("Yrityksen sähköposti")
    (False, False, False, False)
    """
    plain = label.replace("_", " ")
    return bool(_ADDRESS_WORD.search(plain)) and not _SOMEBODY_ELSE.search(plain)


def _holds_addresses(connection: DuckDBPyConnection, cell: str) -> bool:
    filled, addresses = connection.execute(render(_SHARE, {"__c": cell})).fetchall()[0]
    return bool(filled) and addresses >= _NEARLY_ALL * filled
