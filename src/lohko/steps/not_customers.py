"""The list of people and domains that are no customers: staff, test orders, resellers. Whoever is on it counts nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lohko.base.errors import InputError, did_you_mean
from lohko.base.text import fold
from lohko.engine.not_customers import listed, match, set_aside
from lohko.steps.decide import keep_decision
from lohko.steps.work import Progress, Work

REASONS = ("staff", "test", "reseller", "other")
KIND = "not-customers"
_FREE_MAIL = frozenset(
    """gmail.com googlemail.com hotmail.com outlook.com live.com live.fi hotmail.fi yahoo.com icloud.com me.com msn.com aol.com proton.me
    protonmail.com gmx.com gmx.de suomi24.fi luukku.com kolumbus.fi elisanet.fi netti.fi pp.inet.fi welho.com saunalahti.fi""".split()
)


def not_customers(work: Work, progress: Progress) -> dict[str, Any]:
    """The list, with how many people each of its entries sets aside, and how many are set aside in all."""
    cursor, version, schema = work.snapshot()
    match(cursor, schema)
    by_reason = set_aside(cursor)
    return {"entries": listed(cursor), "people": sum(by_reason.values()), "by_reason": by_reason, "data_version": version}


def exclude_customers(
    work: Work, progress: Progress, *, entries: Sequence[str], reason: str = "staff", source: str | None = None
) -> dict[str, Any]:
    """Put customer numbers, e-mail addresses (`a@b.fi`) and domains (`@b.fi`) on the list, of every source or of one.

    They count for nobody from now on, nor does anybody who comes later and fits; their data stays, and comes back with them.
    """
    if reason not in REASONS:
        raise InputError("unknown_reason", f"{reason!r} is no reason.", hint=did_you_mean(reason, REASONS))
    return _decide(work, entries, reason, source, adds=True)


def include_customers(work: Work, progress: Progress, *, entries: Sequence[str], source: str | None = None) -> dict[str, Any]:
    """Take entries off the list: whom nothing else on it fits counts again."""
    with work.guard:
        known = {(item["kind"], item["value"], item["source"]) for item in not_customers(work, progress)["entries"]}
        for entry in entries:
            if (*_read(entry), source) not in known:
                near = did_you_mean(_read(entry)[1], [value for _, value, _ in known])
                raise InputError("not_on_the_list", f"{entry!r} is not on the list.", hint=near or "`lohko not-customers list` shows it.")
        return _decide(work, entries, "", source, adds=False)


def _decide(work: Work, entries: Sequence[str], reason: str, source: str | None, *, adds: bool) -> dict[str, Any]:
    read = list(dict.fromkeys(_read(entry) for entry in entries))
    if not read:
        raise InputError(
            "nothing_named", "Nobody is named.", hint="a customer number, an address such as a@b.fi, or a domain such as @b.fi."
        )
    with work.guard:
        before = sum(set_aside(work.store.cursor()).values())
        columns: dict[str, np.ndarray[Any, Any]] = {
            "node": np.full(len(read), -1, dtype=np.int32),  # an entry is about whoever fits it
            "place": np.arange(len(read), dtype=np.int32),
            "adds": np.full(len(read), adds),
            "kind": np.array([kind for kind, _ in read], dtype=object),
            "value": np.array([value for _, value in read], dtype=object),
            "source": np.array([source or ""] * len(read), dtype=object),
            "reason": np.array([reason] * len(read), dtype=object),
        }
        number = keep_decision(work, KIND, columns, detail={"entries": len(read), "adds": adds, "reason": reason})
        by_reason = set_aside(work.store.cursor())
    people = sum(by_reason.values())
    return {
        "batch": number,
        "entries": len(read),
        "moved": people - before,
        "people": people,
        "by_reason": by_reason,
        "data_version": number,
    }


def _read(entry: str) -> tuple[str, str]:
    """What an entry names: a customer number, an e-mail address or a domain."""
    text = entry.strip()
    if text.startswith(("@", "*@")):
        domain = fold(text.lstrip("*").removeprefix("@")).rstrip(".")
        if "." not in domain or any(mark in domain for mark in " @/"):
            raise InputError("bad_domain", f"{entry!r} is no domain.", hint="for example @example.fi.")
        if domain in _FREE_MAIL:
            raise InputError(
                "shared_domain",
                f"Anybody can have an address at {domain}.",
                hint="name the addresses themselves, or their customer numbers.",
            )
        return "domain", domain
    if "@" in text:
        return "email", fold(text)
    if not text:
        raise InputError(
            "nothing_named", "An entry is empty.", hint="a customer number, an address such as a@b.fi, or a domain such as @b.fi."
        )
    return "customer", text
