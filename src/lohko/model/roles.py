"""Who may do what: one table of actions and roles, and what the scopes of a key let a program do.

Everything that a page, a form, the API or a download does is one of these actions;
which route is which action stands in `web/access.py`. What is not allowed here is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lohko.base.errors import InputError, did_you_mean

ROLES = ("viewer", "marketer", "analyst", "steward", "admin")
"""From the least to the most, except that a marketer sees names and an analyst does not: neither is above the other."""

WHAT_ROLES_ARE = {
    "viewer": "looks at segments, figures and reports; sees no names",
    "marketer": "builds segments, sees and calls customers, takes audiences out",
    "analyst": "builds and explores segments; sees people, but not who they are",
    "steward": "brings data in and mends it, answers customers' requests about their data",
    "admin": "does everything, and says who may use Lohko",
}

_ALL = frozenset(ROLES)
_ASKING = frozenset({"marketer", "analyst", "steward", "admin"})
_NAMES = frozenset({"marketer", "steward", "admin"})
_DATA = frozenset({"steward", "admin"})
_ADMIN = frozenset({"admin"})


@dataclass(frozen=True)
class Action:
    """Something that is done with a workspace, and the roles that may do it."""

    roles: frozenset[str]
    what: str


OPEN = "open"
"""The action of routes that need nobody signed in: signing in itself, and what carries its own proof."""

ACTIONS: dict[str, Action] = {
    "own": Action(_ALL, "one's own account: password, language, notices, what one follows"),
    "look": Action(_ALL, "segments, figures, pictures and reports; no person"),
    "comment": Action(_ALL, "comments on segments"),
    "ask": Action(_ASKING, "counts and previews of rules that are not saved; exploring"),
    "people": Action(_ASKING, "members of segments and pages of customers, masked for those who may not see names"),
    "management": Action(_ALL, "the page of management: the business in figures; no person"),
    "sales": Action(_ASKING, "the page of sales: whom to call and why, masked for those who may not see names; companies by owner"),
    "service": Action(_NAMES, "the page of service: finding a customer by whatever they say, and who waits for an answer"),
    "calls": Action(_NAMES, "noting calls to customers and companies"),
    "names": Action(_NAMES, "names, e-mails, phones and customer numbers, and finding a customer by them"),
    "segments": Action(_ASKING, "making, changing, refreshing and archiving segments"),
    "export": Action(_NAMES, "files that hold people: members, audiences"),
    "reports": Action(_ASKING, "making, sending and scheduling reports, which hold no person"),
    "quality": Action(_ASKING, "quality of the data, its sources and its books"),
    "data": Action(_DATA, "imports, rejected rows, sources, contracts"),
    "identity": Action(_DATA, "which records are one person: review, merging, taking apart"),
    "rights": Action(_DATA, "customers' requests: copies of their data, corrections, objections, consents, erasure"),
    "record": Action(_DATA, "the audit and the record of processing"),
    "users": Action(_ADMIN, "users, their roles, and keys of programs"),
    "lookup": Action(
        _NAMES, "asking which segments somebody is in by their e-mail, phone, customer number or browser's id, as the shop's server does"
    ),
}
"""Every action. A customer's data with names is for those who speak with customers or answer for the data; no role needs more by default."""

SCOPES: dict[str, frozenset[str]] = {
    "read": frozenset({"look", "ask", "people", "management", "sales", "quality", "reports"}),
    "people": frozenset({"names", "service", "export", "data"}),
    "write": frozenset({"segments", "comment", "calls"}),
    "rights": frozenset({"rights"}),
    "lookup": frozenset({"lookup"}),
}
"""What a key of a scope may do, besides what its owner may: `read` never shows a name, `people` adds names and raw rows, `write` changes segments and notes calls,
`rights` carries out the requests of customers, erasure among them; `lookup` is for the shop's server alone, which asks at the events' port."""

WHAT_SCOPES_ARE = {
    "read": "segments, counts and figures; people only masked",
    "people": "names, e-mails and phones, members and rejected rows",
    "write": "segments: making, changing, refreshing; notes of calls",
    "rights": "requests of customers: copies of their data, corrections, objections, consents, erasure",
    "lookup": "which segments somebody is in, by an identifier: for the shop's server; nothing else",
}


def may(role: str, action: str) -> bool:
    """Whether a role may do something; nobody may do what is no action.

    >>> may("analyst", "segments"), may("analyst", "names"), may("admin", "nonsense")
    (True, False, False)
    """
    return action == OPEN or (action in ACTIONS and role in ACTIONS[action].roles)


def key_may(role: str, scopes: Iterable[str], action: str) -> bool:
    """Whether a key may do something: one of its scopes has to hold it, and whoever it belongs to has to be allowed it.

    >>> key_may("admin", ["read"], "names"), key_may("viewer", ["people"], "names"), key_may("admin", ["read", "people"], "names")
    (False, False, True)
    """
    return action == OPEN or (may(role, action) and any(action in SCOPES.get(scope, ()) for scope in scopes))


def check_role(role: str) -> str:
    """The role; InputError when there is none of that name."""
    if role not in ROLES:
        raise InputError("unknown_role", f"There is no role {role!r}.", hint=did_you_mean(role, ROLES))
    return role


def check_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """The scopes, each once and in their order; InputError when there are none, or one is unknown."""
    given = set(scopes)
    for scope in sorted(given):
        if scope not in SCOPES:
            raise InputError("unknown_scope", f"There is no scope {scope!r}.", hint=did_you_mean(scope, SCOPES))
    if not given:
        raise InputError("no_scope", "A key needs at least one scope.", hint=", ".join(SCOPES) + ".")
    return tuple(scope for scope in SCOPES if scope in given)
