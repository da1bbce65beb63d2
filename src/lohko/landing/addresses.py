"""One e-mail address in the form that is kept. Used by the process that answers look-ups, so it imports nothing of the engine."""

from __future__ import annotations

import unicodedata

from lohko.base.contacts import plain_email


def address(text: str) -> str | None:
    """The address in a text, folded; None when there is none. What the mailbox is called is nobody's to change: plus-tags and dots stay.

    >>> address(" Maija.M+shop@Example.FI"), address("Maija <maija@hyvä.fi>"), address("n/a")
    ('maija.m+shop@example.fi', 'maija@hyvä.fi', None)
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(plain_email(text), check_deliverability=False)
    except EmailNotValidError:
        return None
    return unicodedata.normalize("NFC", f"{found.local_part.lower()}@{found.domain}")
