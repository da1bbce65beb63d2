"""Numbers, money, shares and dates as people read them, in English and Finnish.

English dates are written with the month's name, so that nobody has to guess
which number is the day. Spaces inside a number do not break across lines, as
the locale has it. What is not known is a dash.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from babel import Locale

_LOCALES = {"en": "en_GB", "fi": "fi"}
UNKNOWN = "–"
_KEPT = 1 << 14
"""So many texts of numbers are kept: a page says hundreds, most of them on each of its pictures and tables."""

Number = Decimal | int | float


@lru_cache(maxsize=_KEPT, typed=True)
def number(value: Number | None, language: str, places: int = 0) -> str:
    """A number with at most so many places, without idle zeros.

    >>> number(1234567, "en"), number(Decimal("1234.50"), "fi", places=2), number(None, "fi")
    ('1,234,567', '1\\xa0234,5', '–')
    """
    from babel.numbers import format_decimal

    if value is None:
        return UNKNOWN
    pattern = "#,##0." + "#" * places if places else "#,##0"
    return format_decimal(_half_up(value, places), format=pattern, locale=_locale(language))


@lru_cache(maxsize=_KEPT, typed=True)
def money(value: Number | None, currency: str, language: str, *, whole: bool = False) -> str:
    """A sum with its currency; `whole` leaves out the cents, for charts and totals.

    >>> money(Decimal("1234.505"), "EUR", "en"), money(Decimal("1234.505"), "EUR", "fi"), money(99.5, "EUR", "en", whole=True)
    ('€1,234.51', '1\\xa0234,51\\xa0€', '€100')
    """
    from babel.numbers import format_currency

    from lohko.base.money import shown

    if value is None:
        return UNKNOWN
    locale = _locale(language)
    if not whole:
        return format_currency(shown(value, currency), currency, locale=locale)
    pattern = locale.currency_formats["standard"].pattern.replace(".00", "")
    return format_currency(_half_up(value, 0), currency, format=pattern, locale=locale, currency_digits=False)


def money_pattern(currency: str, language: str) -> tuple[str, int]:
    """Where the currency's mark stands beside a number, for a sheet that writes the number itself, and how many decimals the currency has.

    >>> money_pattern("EUR", "en"), money_pattern("EUR", "fi"), money_pattern("JPY", "en")
    (('"€"{}', 2), ('{}\\xa0"€"', 2), ('"JP¥"{}', 0))
    """
    from babel.numbers import get_currency_precision, get_currency_symbol

    locale = _locale(language)
    mark = get_currency_symbol(currency, locale=locale)
    return locale.currency_formats["standard"].pattern.replace("#,##0.00", "{}").replace("¤", f'"{mark}"'), get_currency_precision(currency)


@lru_cache(maxsize=_KEPT, typed=True)
def percent(share: Number | None, language: str, places: int = 1) -> str:
    """A share of one as per cent.

    >>> percent(0.1234, "en"), percent(Decimal("0.1234"), "fi"), percent(1, "fi", places=0)
    ('12.3%', '12,3\\xa0%', '100\\xa0%')
    """
    from babel.numbers import format_percent

    if share is None:
        return UNKNOWN
    locale = _locale(language)
    pattern = locale.percent_formats[None].pattern
    if places:
        pattern = pattern.replace("#,##0", "#,##0." + "0" * places)
    return format_percent(_half_up(share, places + 2), format=pattern, locale=locale)


def signed(value: Number, language: str) -> str:
    """A whole number with its sign, a real minus included.

    >>> signed(12, "en"), signed(-1200, "fi"), signed(0, "en")
    ('+12', '−1\\xa0200', '±0')
    """
    return _sign(value) + number(-value if value < 0 else value, language)


def signed_percent(share: Number, language: str) -> str:
    """A change as per cent with its sign.

    >>> signed_percent(0.123, "en"), signed_percent(-0.5, "fi")
    ('+12.3%', '−50,0\\xa0%')
    """
    return _sign(share) + percent(-share if share < 0 else share, language)


def _sign(value: Number) -> str:
    return "+" if value > 0 else "−" if value < 0 else "±"


def date(day: dt.date | None, language: str) -> str:
    """A calendar day.

    >>> date(dt.date(2026, 11, 1), "en"), date(dt.date(2026, 11, 1), "fi")
    ('1 Nov 2026', '1.11.2026')
    """
    from babel.dates import format_date

    return UNKNOWN if day is None else format_date(day, format="medium", locale=_locale(language))


def month(day: dt.date | None, language: str) -> str:
    """The month of a day.

    >>> month(dt.date(2026, 11, 1), "en"), month(dt.date(2026, 11, 1), "fi")
    ('November 2026', 'marraskuu 2026')
    """
    from babel.dates import format_date

    return UNKNOWN if day is None else format_date(day, format="LLLL y", locale=_locale(language))


def short_date(day: dt.date, language: str) -> str:
    """A day without its year, for the axis of a chart.

    >>> short_date(dt.date(2026, 11, 1), "en"), short_date(dt.date(2026, 11, 1), "fi")
    ('1 Nov', '1.11.')
    """
    from babel.dates import format_date

    return format_date(day, format="d.M." if language == "fi" else "d MMM", locale=_locale(language))


def short_month(day: dt.date, language: str, *, year: bool = False) -> str:
    """The month of a day in few letters, for the axis of a chart; January with its year, others when asked for.

    >>> short_month(dt.date(2026, 11, 1), "en"), short_month(dt.date(2026, 1, 1), "en"), short_month(dt.date(2026, 11, 1), "fi")
    ('Nov', 'Jan 26', 'marras')
    """
    from babel.dates import format_date

    return format_date(day, format="LLL yy" if year or day.month == 1 else "LLL", locale=_locale(language))


def weekdays(language: str) -> tuple[str, ...]:
    """The days of the week in short, Monday first.

    >>> weekdays("en")[0], weekdays("fi")[6]
    ('Mon', 'su')
    """
    from babel.dates import get_day_names

    names = get_day_names("abbreviated", context="stand-alone", locale=_locale(language))
    return tuple(names[day] for day in range(7))


def datetime_local(instant: dt.datetime | None, zone: ZoneInfo, language: str) -> str:
    """An instant as the clock on the wall says it in a zone, to the minute.

    >>> moment = dt.datetime(2026, 11, 1, 11, 5, tzinfo=dt.UTC)
    >>> datetime_local(moment, ZoneInfo("Europe/Helsinki"), "en"), datetime_local(moment, ZoneInfo("Europe/Helsinki"), "fi")
    ('1 Nov 2026, 13:05', '1.11.2026 klo 13.05')
    """
    from babel.dates import format_datetime

    if instant is None:
        return UNKNOWN
    if instant.tzinfo is None:
        raise ValueError("an instant without a zone cannot be shown in one")
    pattern = "d.M.y 'klo' H.mm" if language == "fi" else "d MMM y, HH:mm"
    return format_datetime(instant.astimezone(zone).replace(tzinfo=None), format=pattern, locale=_locale(language))


@lru_cache(maxsize=4)
def _locale(language: str) -> Locale:
    from babel import Locale

    return Locale.parse(_LOCALES.get(language, language))


def _half_up(value: Number, places: int) -> Decimal:
    from lohko.base.money import rounded

    return rounded(Decimal(str(value)), places) + 0  # no -0, which would be the same number and another text
