"""Finnish personal identity codes: found by their check character and masked before anything is kept."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Collection, Iterable
from typing import Any

_DASHES = r"-+\u2010-\u2015\u2212\ufe63\uff0b\uff0d"  # also as typography and PDFs write them
_UNSEEN = "[\u00ad\u200b-\u200f\u2060\ufeff]*"
_BLANK = "[ \u00a0]?"
_DIGIT = "[0-9\uff10-\uff19]"
_CENTURY = "[A-FU-Ya-fu-y\uff21-\uff26\uff35-\uff39\uff41-\uff46\uff55-\uff59]"
_LAST = "[0-9A-FHJ-NPR-Ya-fhj-npr-y\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]"
_SIGN = f"{_BLANK}[{_DASHES}]{_BLANK}|{_CENTURY}"
PATTERN = re.compile(
    # What may not stand before it is looked for after the first digit: a pattern that begins with a set of characters is found in half the time.
    rf"({_DIGIT}(?<![0-9]{_DIGIT}){_UNSEEN}(?:{_DIGIT}{_UNSEEN}){{5}})({_SIGN}){_UNSEEN}((?:{_DIGIT}{_UNSEEN}){{3}})({_LAST})(?![0-9])",
)
SHAPE = (
    r"[0-9]{6}([ \x{a0}]?[-+\x{2010}-\x{2015}\x{2212}][ \x{a0}]?|[A-FU-Ya-fu-y])[0-9]{3}[0-9A-FHJ-NPR-Ya-fhj-npr-y]"
    r"|[\x{ad}\x{200b}-\x{200f}\x{2060}\x{feff}\x{fe63}\x{ff0b}\x{ff0d}\x{ff10}-\x{ff19}\x{ff21}-\x{ff3a}\x{ff41}-\x{ff5a}]"
)
"""What looks like one, or could hide one, as DuckDB's regular expressions are written: a cheap first sieve."""
_LONGEST_WORD = 40
_FEWEST = 3
"""So many numbers of the same shape with a wrong check sign show that a column holds numbers of something else."""
_NUMBERS = frozenset(
    """order orderid ordername orderno ordernumber orderreference checkoutid cartid basketid transactionid paymentid refundid invoiceid invoiceno
    invoicenumber invoice receiptid receiptno receiptnumber receipt bookingid bookingno bookingnumber bookingreference reservationid ticketid
    productid variantid itemid sku stockcode lineitemsku tilaus tilausid tilausnro tilausnumero lasku laskunro laskunumero kuitti kuittinro
    kuittinumero varausnro varausnumero tuoteid tuotenro tuotenumero tuotekoodi""".split()
)
"""Names under which stands the number of an order or a thing, and of no person, without their signs."""
_CHECK = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def is_personal_code(birth: str, number: str, check: str) -> bool:
    """Whether the day, the number (from 002 on) and the check character (remainder by 31) make it a personal identity code."""
    return _could_be(birth, number) and _CHECK[int(birth + number) % 31] == check.upper()


def _could_be(birth: str, number: str) -> bool:
    """Whether there is such a day in some century, and such a number."""
    day, month, year = int(birth[:2]), int(birth[2:4]), int(birth[4:])
    return (
        1 <= month <= 12 and 1 <= day <= calendar.monthrange(2000 + year, month)[1] and int(number) >= 2
    )  # 1900 had no 29 February; 2000 had


def by_chance(texts: Iterable[str]) -> frozenset[str]:
    """Of a column's different texts those that are codes by chance alone, because the column numbers something else.

    One in thirty-one numbers of orders (of numbers in a row up to one in ten) such as `240126-1234` has a right check sign; masked, those of one day would become
    one order. A column is of such numbers when several of the shape are wrong, few are right, and all end in digits as numbers do.

    >>> sorted(by_chance(["240126-1238", "240126-1239", "240126-1240", "240126-1241"]))
    ['240126-1240']
    """
    right, wrong = set(), 0
    for text in texts:
        match = PATTERN.fullmatch(text.strip())
        if match is None:
            continue
        birth, _sign, number, check = (_plain(part) for part in match.groups())
        if not check.isdigit():  # two in three codes, also of those with a mistake, end in a letter
            return frozenset()
        if is_personal_code(birth, number, check):
            right.add(text)
        else:
            wrong += 1
    return frozenset(right) if wrong >= _FEWEST and len(right) <= 1 + wrong // 5 else frozenset()


def names_a_number(label: str) -> bool:
    """Whether a column or key of this name numbers orders or things; the last part of a path says it.

    >>> names_a_number("properties.order_id"), names_a_number("Tilausnro"), names_a_number("customer_id"), names_a_number("note")
    (True, True, False, False)
    """
    return re.sub(r"[\W_]+", "", label.rsplit(".", 1)[-1].casefold()) in _NUMBERS


def numbers_among(texts: Iterable[str]) -> frozenset[str]:
    """Of the different texts under a name that numbers orders or things those that are codes by chance alone, be they ever so few.

    A code put there by mistake ends in a letter two times in three; where one does, none is spared.

    >>> sorted(numbers_among(["240126-1240"])), sorted(numbers_among(["240126-1240", "131052-308T"]))
    (['240126-1240'], [])
    """
    found = {text: match for text in texts if (match := PATTERN.fullmatch(text.strip()))}
    if any(not _plain(match.group(4)).isdigit() for match in found.values()):
        return frozenset()
    return frozenset(text for text, match in found.items() if match.group(2) == "-")


def mask_within(value: Any, name: str = "") -> Any:
    """A JSON value with every personal identity code in its texts and keys masked, numbers of orders and things left as they are."""
    if isinstance(value, dict):
        return {mask(key)[0]: mask_within(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [mask_within(item, name) for item in value]
    if not isinstance(value, str):
        return value
    return mask(value, {text.strip() for text in numbers_among([value])} if names_a_number(name) else ())[0]


def mask(text: str, spared: Collection[str] = ()) -> tuple[str, int]:
    """The text with every personal identity code masked, and how many there were.

    Also one that stands against a word (`hetu131052-308T`), with blanks around its sign, in full-width signs, or with marks
    between that nobody sees. What stands against digits, or against letters and digits mixed, is a part of something longer.
    Those in `spared` are known to be numbers of something else.

    >>> mask("hetu 131052-308T ok")
    ('hetu 131052***** ok', 1)
    """
    count = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal count
        birth, _sign, number, check = (_plain(part) for part in match.groups())
        alone = _only_letters(text, match.start() - 1, -1) and _only_letters(text, match.end(), 1)
        if not alone or match.group() in spared or not is_personal_code(birth, number, check):
            return match.group()
        count += 1
        return birth + "*****"

    return PATTERN.sub(replace, text), count


def _plain(part: str) -> str:
    return unicodedata.normalize("NFKC", re.sub(_UNSEEN, "", part)).strip()


def _only_letters(text: str, place: int, step: int) -> bool:
    """Whether what stands against a code on one side is nothing or a word without digits."""
    for _ in range(_LONGEST_WORD):
        if not 0 <= place < len(text) or not text[place].isalnum():
            return True
        if not text[place].isalpha():
            return False
        place += step
    return False
