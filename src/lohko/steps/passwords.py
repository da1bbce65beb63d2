"""Passwords: which are good enough, how they are kept (argon2id), and how long one may go on guessing.

The rules are those of today (NIST SP 800-63B-4, OWASP ASVS 5.0 V6.2): long rather than
strange, not one of the commonest, not made of one's own address; no letter is demanded, and
nobody has to change a password because time has passed.
"""

from __future__ import annotations

import re
import threading
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from lohko.base.errors import InputError
from lohko.base.text import fold

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 128
_COMMON = frozenset(
    (
        "password passwort passw0rd salasana salasanani kissa koira kissakoira perkele suomi finland helsinki juhannus kesaloma tervetuloa "
        "welcome letmein iloveyou minarakastansinua qwerty qwertyuiop qwertyuiopa asdfghjkl asdfghjklo zxcvbnm qwerty1234 qazwsxedc "
        "qazwsxedcrfv 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 zaq12wsx admin admin123 "
        "administrator changeme changethis default secret guest master superman batman football baseball dragon monkey sunshine princess "
        "shadow michael jordan charlie trustno1 starwars whatever freedom hello hellohello computer internet google samsung lohko customer "
        "marketing segment abc abcabc abcd abcdef abcdefgh abcdefghijkl abc123 a1b2c3 a1b2c3d4 a1b2c3d4e5f6 test testtest testing "
        "passwordpassword salasanasalasana correcthorsebatterystaple correct horse battery staple"
    ).split()
)
"""The commonest by themselves; with digits and signs after them, before them or between them they are no better."""
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_LEET = str.maketrans("0134578@$!", "oieastbasi")
_HASHING = threading.Semaphore(2)
"""How many hashes are made at once: each takes 64 MiB, and a crowd that guesses must not take all."""


def check_password(password: str, *, email: str) -> None:
    """InputError when a password is too easy to guess; says why, and never the password."""
    if len(password) < SHORTEST:
        raise InputError(
            "password_short", f"A password has at least {SHORTEST} characters.", hint="three or four words that do not belong together."
        )
    if len(password) > LONGEST:
        raise InputError("password_long", f"A password has at most {LONGEST} characters.")
    if _is_common(fold(password)):
        raise InputError(
            "password_common", "This is one of the passwords that are tried first.", hint="take words that do not belong together."
        )
    own = [part for part in re.split(r"[@._+-]", fold(email)) if len(part) >= 4]
    rest = fold(password)
    for part in own:
        rest = rest.replace(part, "")
    if own and len(rest) < SHORTEST // 2:
        raise InputError("password_own", "The password is little more than your address.", hint="take words that do not belong together.")


def _is_common(folded: str) -> bool:
    """Whether a password is a common one, one repeated, a run of keys or numbers, or letters that hardly differ."""
    if len(set(folded)) < 5:
        return True
    steps = {ord(after) - ord(before) for before, after in pairwise(folded)}
    if steps <= {1, -9} or steps <= {-1, 9}:
        return True
    plain = re.sub(r"[\W_]", "", folded)
    bare = _AROUND.sub("", folded)
    for text in (plain, bare, bare.translate(_LEET), plain.translate(_LEET), re.sub(r"\d", "", plain)):
        whole = text[: next((n for n in range(1, len(text) + 1) if text == (text[:n] * len(text))[: len(text)]), len(text))]
        if text in _COMMON or whole in _COMMON or len(set(whole)) < 4:
            return True
    return False


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobodys() -> str:
    """A hash that no password has, so that it takes as long to say that there is no such user."""
    return _hasher().hash("nobody has this one, and it is not kept anywhere")


def hashed(password: str) -> str:
    """What is kept of a password."""
    with _HASHING:
        return _hasher().hash(password)


def fits(kept: str | None, password: str) -> bool:
    """Whether a password is the one that was kept; as slow when none was."""
    from argon2.exceptions import InvalidHashError, VerificationError

    with _HASHING:
        try:
            return _hasher().verify(kept or _nobodys(), password[: LONGEST + 1]) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(kept: str) -> bool:
    """Whether a hash was made with weaker settings than those of now."""
    return _hasher().check_needs_rehash(kept)
