"""Finnish business ids (Y-tunnus) and VAT numbers in the one form that can be compared.

The check digits and the rules of each country are python-stdnum's.
"""

from __future__ import annotations

import re

_WRITTEN = re.compile(r"(?:FI[- ]?)?(\d{6,7})[- ]?(\d)", re.IGNORECASE)


def business_id(text: str) -> str | None:
    """A Finnish business id as the register writes it, from it or its VAT number; None when it is none or its check digit is wrong.

    Ids of six digits are from before 1979 and get their zero back.

    >>> business_id("2077474-0"), business_id("FI20774740"), business_id("429715-5"), business_id("2077474-1"), business_id("1234567-8")
    ('2077474-0', '2077474-0', '0429715-5', None, None)
    """
    from stdnum.fi import ytunnus

    found = _WRITTEN.fullmatch(" ".join(text.split()))
    if found is None:
        return None
    number = found[1].zfill(7) + found[2]
    return f"{number[:7]}-{number[7]}" if ytunnus.is_valid(number) else None


def vat_number(text: str, country: str) -> str | None:
    """A VAT number of the European Union with its country before it; None when it is none. A Finnish business id is one too.

    `country` is whose number it is where it does not begin with one.

    >>> vat_number("2077474-0", "FI"), vat_number("SE 556188-8404 01", "FI"), vat_number("FI20774741", "FI"), vat_number("x", "FI")
    ('FI20774740', 'SE556188840401', None, None)
    """
    from stdnum.eu import vat
    from stdnum.exceptions import ValidationError

    own = business_id(text) if country == "FI" else None
    written = re.sub(r"[\s.\-]", "", text).upper()
    for number in (written, f"{country}{written}") if own is None else (f"FI{own.replace('-', '')}",):
        try:
            return str(vat.validate(number))
        except ValidationError:
            continue
    return None
