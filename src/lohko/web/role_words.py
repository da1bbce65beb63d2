"""What the pages of sales and service say: why somebody is called, how a call went, what comes next, how a customer was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lohko.base import formats
from lohko.web.explore_words import Saying
from lohko.web.language import N_

OUTCOMES = {
    "called": N_("Talked to them"),
    "no_answer": N_("No answer"),
    "later": N_("Call again later"),
    "not_now": N_("Not interested now"),
}
HOW = {
    "number": N_("by the number"),
    "email": N_("by the e-mail address"),
    "phone": N_("by the phone number"),
    "order_id": N_("by an order's number"),
    "booking_id": N_("by a booking's number"),
    "ticket_id": N_("by a ticket's number"),
    "lead_id": N_("by a lead's number"),
    "deal_id": N_("by a deal's number"),
    "response_id": N_("by an answer's number"),
    "words": N_("by a part of a name or address"),
    "alike": N_("by a name that is alike"),
}


class Told(Saying):
    """Sentences in one language and currency."""

    def why(self, reason: Mapping[str, Any]) -> str:
        """One reason to call, as a plain sentence."""
        days = formats.number(reason["days"], self.language)
        match reason["why"]:
            case "deal":
                return self._deal(reason, days)
            case "late":
                usual = formats.number(reason["usual_days"], self.language)
                return self.say(
                    N_("Usually orders every %(usual)s days; the last order was %(days)s days ago, of %(orders)s in all."),
                    usual=usual,
                    days=days,
                    orders=formats.number(reason["orders"], self.language),
                )
            case "slipping":
                return self.say(
                    N_("Has spent %(spent)s, among the best fifth of buyers, and last ordered %(days)s days ago."),
                    spent=self.money(reason["spent"]),
                    days=days,
                )
        title = reason["segment_title"]
        name = title.get(self.language) or next(iter(title.values()), reason["segment"])
        if reason["days"] < 1:
            return self.say(N_("Came into the segment “%(segment)s” today."), segment=name)
        if days == "1":
            return self.say(N_("Came into the segment “%(segment)s” yesterday."), segment=name)
        return self.say(N_("Came into the segment “%(segment)s” %(days)s days ago."), segment=name, days=days)

    def _deal(self, reason: Mapping[str, Any], days: str) -> str:
        deal = reason["title"] or reason["deal"]
        found = self.say(N_("Nothing has changed in the deal “%(deal)s” for %(days)s days."), deal=deal, days=days)
        if reason["stage"]:
            found += " " + self.say(N_("It is at the stage %(stage)s."), stage=reason["stage"])
        if not reason["value_known"] and reason["stake"]:
            found += " " + self.say(N_("It has no value; won deals are worth %(money)s on the average."), money=self.money(reason["stake"]))
        return found

    def money(self, value: float | None) -> str:
        """A whole sum."""
        return formats.money(value, self.currency, self.language, whole=True)

    def outcome(self, name: str) -> str:
        """How a call went."""
        return self.say(OUTCOMES.get(name, name))

    def next(self, step: Mapping[str, Any] | None) -> str:
        """What comes next with a company."""
        if step is None:
            return ""
        if step["what"] == "call":
            day = self.period(step["until"], "day")
            return (
                f"{self.say(N_('Call again on %(day)s'), day=day)}: {step['note']}"
                if step["note"]
                else self.say(N_("Call again on %(day)s"), day=day)
            )
        deal = step["title"] or step["deal"]
        return f"{deal}: {step['stage']}" if step["stage"] else deal

    def how(self, name: str) -> str:
        """By what a customer was found."""
        return self.say(HOW[name])
