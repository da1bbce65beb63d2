"""Finnish personal identity codes: found by their check character and masked before anything is kept."""

from __future__ import annotations

import re

# Dashes also as typography and PDFs write them.
SHAPE = r"[0-9]{6}[-+\x{2010}-\x{2015}\x{2212}A-FU-Ya-fu-y][0-9]{3}[0-9A-FHJ-NPR-Ya-fhj-npr-y]"
"""What looks like one, as DuckDB's regular expressions are written: a cheap first sieve."""
PATTERN = re.compile(
    r"(?<![0-9A-Za-z])([0-9]{6})([-+\u2010-\u2015\u2212A-FU-Ya-fu-y])([0-9]{3})([0-9A-FHJ-NPR-Ya-fhj-npr-y])(?![0-9A-Za-z])"
)
_CHECK = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def is_personal_code(birth: str, number: str, check: str) -> bool:
    """Whether day, month and the check character (remainder by 31) make it a personal identity code."""
    day, month = int(birth[:2]), int(birth[2:4])
    return 1 <= day <= 31 and 1 <= month <= 12 and _CHECK[int(birth + number) % 31] == check.upper()


def mask(text: str) -> tuple[str, int]:
    """The text with every personal identity code masked, and how many there were.

    >>> mask("hetu 131052-308T ok")
    ('hetu 131052***** ok', 1)
    """
    count = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal count
        birth, _sign, number, check = match.groups()
        if not is_personal_code(birth, number, check):
            return match.group()
        count += 1
        return birth + "*****"

    return PATTERN.sub(replace, text), count
