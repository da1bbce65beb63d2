"""Money: exact to the ten-thousandth as it is kept, rounded only where it is shown.

Price lists have thousandths, so sums keep four places (DECIMAL(18,4)). What a
person sees has the digits of the currency, halves away from zero, as shops and
spreadsheets round: 0.125 € is 0.13 €.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

PLACES = 4


def kept(value: Decimal | int | str) -> Decimal:
    """An amount as it is kept, with four places.

    >>> kept("2.5"), kept(Decimal("0.00005"))
    (Decimal('2.5000'), Decimal('0.0001'))
    """
    return rounded(Decimal(value), PLACES)


def shown(value: Decimal | int | float, currency: str) -> Decimal:
    """An amount with the digits of its currency.

    >>> shown(Decimal("0.125"), "EUR"), shown(Decimal("-0.125"), "EUR"), shown(Decimal("1234.5"), "JPY")
    (Decimal('0.13'), Decimal('-0.13'), Decimal('1235'))
    """
    from babel.numbers import get_currency_precision

    # A float is read by its shortest text: 0.1 means 0.1, not what the machine keeps of it.
    return rounded(Decimal(str(value)), get_currency_precision(currency))


def currency_code(text: str) -> str | None:
    """The ISO 4217 code of a currency that is in use or was, from its code in any case; None if it is none.

    >>> currency_code(" eur "), currency_code("fim"), currency_code("euro")
    ('EUR', 'FIM', None)
    """
    from babel.numbers import is_currency

    code = text.strip().upper()
    return code if is_currency(code) else None


def rounded(value: Decimal, places: int) -> Decimal:
    """A number with so many places, halves away from zero."""
    with localcontext() as context:
        context.prec = 60  # the default 28 digits would refuse to quantize the largest sums
        return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
