"""What the pages of users say of roles, actions, scopes, and of why somebody is told of a change. English here, Finnish in `locale/`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from lohko.web.language import N_

if TYPE_CHECKING:
    from babel.support import NullTranslations

ROLES = {
    "viewer": (N_("Viewer"), N_("looks at segments, figures and reports; sees no names")),
    "marketer": (N_("Marketer"), N_("builds segments, sees and calls customers, takes audiences out")),
    "analyst": (N_("Analyst"), N_("builds and explores segments; sees people, but not who they are")),
    "steward": (N_("Data steward"), N_("brings data in and mends it, answers customers' requests about their data")),
    "admin": (N_("Admin"), N_("does everything, and says who may use Lohko")),
}

ACTIONS = {
    "own": N_("One's own account: password, language, what one is told"),
    "look": N_("Segments, figures, pictures and reports; no person"),
    "comment": N_("Comments on segments"),
    "ask": N_("Counts of rules that are not saved; exploring"),
    "people": N_("Members of segments and pages of customers, masked for those who may not see names"),
    "management": N_("The page of management: the business in figures; no person"),
    "sales": N_("The page of sales: whom to call and why, masked for those who may not see names"),
    "service": N_("The page of service: finding a customer, and who waits for an answer"),
    "calls": N_("Noting calls to customers and companies"),
    "names": N_("Names, e-mails, phones and customer numbers, and finding a customer by them"),
    "segments": N_("Making, changing, refreshing and archiving segments"),
    "export": N_("Files that hold people: members, audiences"),
    "reports": N_("Making, sending and scheduling reports, which hold no person"),
    "quality": N_("Quality of the data, its sources and its books"),
    "data": N_("Imports, rejected rows, sources, contracts"),
    "identity": N_("Which records are one person: review, merging, taking apart"),
    "rights": N_("Customers' requests: copies of their data, corrections, objections, consents, erasure"),
    "record": N_("The audit and the record of processing"),
    "users": N_("Users, their roles, and keys of programs"),
    "lookup": N_("Asking which segments somebody is in, as the shop's server does"),
}

SCOPES = {
    "read": N_("segments, counts and figures; people only masked"),
    "people": N_("names, e-mails and phones, members and rejected rows"),
    "write": N_("segments: making, changing, refreshing; notes of calls"),
    "rights": N_("customers' requests: copies of their data, corrections, consents, erasure"),
    "lookup": N_("which segments somebody is in, for the shop's server"),
}

PARTS = {
    "title": N_("title"),
    "description": N_("description"),
    "owner": N_("owner"),
    "tags": N_("tags"),
    "parent": N_("the segment that it lives inside"),
    "group": N_("group"),
    "priority": N_("priority"),
    "limit": N_("limit"),
    "needs": N_("needs"),
    "goal": N_("goal"),
    "in_shop": N_("whether it may be shown in the shop"),
}

WHY = {
    "own": N_("You own it."),
    "follow": N_("You follow it."),
    "behind": N_("It stands behind %(name)s, which you own or follow."),
    "sent": N_("It has been sent to %(name)s."),
}


class AccountWords:
    """The tables above in one language."""

    def __init__(self, texts: NullTranslations) -> None:
        self._say = texts.gettext

    def role(self, role: str) -> str:
        """The title of a role."""
        return self._say(ROLES[role][0]) if role in ROLES else role

    def what_role(self, role: str) -> str:
        """What those of a role do."""
        return self._say(ROLES[role][1]) if role in ROLES else ""

    def action(self, action: str) -> str:
        """What an action is."""
        return self._say(ACTIONS[action])

    def scope(self, scope: str) -> str:
        """What a key of a scope may."""
        return self._say(SCOPES[scope])

    def parts(self, parts: Iterable[str]) -> str:
        """The parts of a definition that changed, in a row."""
        return ", ".join(self._say(PARTS.get(part, part)) for part in parts)

    def why_told(self, reason: Mapping[str, str]) -> str:
        """Why somebody is told of a change."""
        text = self._say(WHY[reason["kind"]])
        return text % {"name": reason["of"]} if "%(name)s" in text else text
