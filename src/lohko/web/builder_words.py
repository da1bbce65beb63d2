"""What the builder's cards call their blanks and choices, and how its warnings are said.

Comparisons have their words in `model/operators.py`, where each language has them already.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lohko.base import codes
from lohko.base.errors import LohkoError
from lohko.model.labels import label
from lohko.model.operators import OPERATORS
from lohko.web.error_words import RULE_ERRORS
from lohko.web.language import N_

if TYPE_CHECKING:
    from lohko.model.blanks import Blank
    from lohko.web.words import Words

KINDS = {
    "attribute": (N_("About the customer"), N_("An attribute or a score: town, age, language, RFM group.")),
    "events": (N_("What they did"), N_("How often, how much, when: orders, views, opened e-mails.")),
    "edge_event": (N_("Their first or last"), N_("What the first or the last of their events was like.")),
    "followed": (N_("One thing after another"), N_("An event, and what came after it within a time, or did not.")),
    "tied": (N_("Events that belong together"), N_("Such as e-mails that were opened, carts that became orders.")),
    "periods": (N_("In how many months"), N_("In how many of the last days, weeks or months they did it.")),
    "against": (N_("Two numbers compared"), N_("Such as this month against the month before.")),
    "ranked": (N_("Among the best"), N_("Where they stand among everyone: the top ten percent, above average.")),
    "segment": (N_("In a segment"), N_("Who is in another segment, now or at a time before.")),
    "moved": (N_("Entered or left a segment"), N_("Who came into another segment, or left it, in a time.")),
    "consent": (N_("Consent"), N_("Who has consented to a use of their data.")),
    "reachable": (N_("Can be reached"), N_("Who has what a channel needs: an e-mail address, a phone number.")),
    "random": (N_("A random share"), N_("The same people each time: for tests and control groups.")),
    "near": (N_("Near a place"), N_("Who lives within a distance of a point.")),
    "account": (N_("Contacts of their company"), N_("What holds of any, all or some contacts of the same company.")),
    "property": (N_("What the event has"), ""),
    "moment": (N_("When it happened"), ""),
    "and": (N_("All of these"), ""),
    "or": (N_("Any of these"), ""),
}
"""Every kind of condition: its title, and what it is for. A test fails when one is missing."""

GROUPS = {
    "all": (N_("All of these hold"), N_("and")),
    "any": (N_("At least one of these holds"), N_("or")),
    "none": (N_("None of these holds"), N_("nor")),
    "not_all": (N_("Not all of these hold"), N_("and")),
}

LABELS = {
    "name": N_("Field"),
    "part": N_("Part of it"),
    "op": N_("Comparison"),
    "value": N_("Value"),
    "yes_no": N_("Value"),
    "n": N_("Number"),
    "unit": N_("Unit"),
    "which": N_("Which"),
    "at": N_("As it was"),
    "event": N_("Events"),
    "measure": N_("Measure"),
    "property": N_("Of"),
    "window": N_("Time"),
    "first": N_("From"),
    "last": N_("To"),
    "day": N_("Day"),
    "newest": N_("From"),
    "oldest": N_("To"),
    "period": N_("Period"),
    "span": N_("Length"),
    "edge": N_("Which"),
    "then": N_("Steps"),
    "within": N_("Within"),
    "did": N_("Whether it came"),
    "other": N_("Other events"),
    "by": N_("Tied by"),
    "linked": N_("Counted are"),
    "left": N_("Number"),
    "right": N_("Number"),
    "figure": N_("Number"),
    "times": N_("Times"),
    "place": N_("Place"),
    "among": N_("Among"),
    "segment": N_("Segment"),
    "way": N_("Way"),
    "purpose": N_("Purpose"),
    "channel": N_("Channel"),
    "percent": N_("Percent of everyone"),
    "seed": N_("Word that makes another share"),
    "latitude": N_("Latitude"),
    "longitude": N_("Longitude"),
    "km": N_("Kilometres"),
    "quantifier": N_("How many contacts"),
    "where": N_("Only those events where"),
    "has": N_("Which"),
    "other_where": N_("Only those other events where"),
}
"""What a blank is. A test fails when one is missing."""

CHOICES = {
    "measure": {
        "count": N_("how many times"),
        "sum": N_("the sum of"),
        "average": N_("the average of"),
        "min": N_("the smallest"),
        "max": N_("the largest"),
        "distinct": N_("how many different"),
        "days": N_("on how many days"),
        "first": N_("when first"),
        "last": N_("when last"),
        "gap": N_("the usual days between"),
        "most_frequent": N_("the most frequent"),
        "share": N_("what percent of them"),
    },
    "part": {
        "": N_("the value itself"),
        "weekday": N_("weekday"),
        "month": N_("month"),
        "day": N_("day of the month"),
        "hour": N_("hour"),
        "items": N_("how many there are"),
    },
    "at": {"": N_("now"), "span": N_("a time ago"), "day": N_("on a day"), "ever": N_("ever")},
    "window": {
        "": N_("at any time"),
        "in_last": N_("in the last"),
        "between": N_("between two days"),
        "before": N_("before a day"),
        "after": N_("after a day"),
        "since": N_("since a day"),
        "until": N_("until a day"),
        "long_ago": N_("more than ... ago"),
        "ago_between": N_("between ... and ... ago"),
        "during": N_("in a calendar period"),
        "latest": N_("among their latest"),
    },
    "unit": {
        "minute": N_("minutes"),
        "hour": N_("hours"),
        "day": N_("days"),
        "week": N_("weeks"),
        "month": N_("months"),
        "quarter": N_("quarters"),
        "year": N_("years"),
    },
    "which": {"this": N_("this"), "previous": N_("the last whole"), "next": N_("the next")},
    "edge": {"first": N_("the first"), "last": N_("the last")},
    "within": {"": N_("at any time later"), "span": N_("within")},
    "did": {"yes": N_("came after it"), "no": N_("did not come after it")},
    "linked": {"yes": N_("those with such an event"), "no": N_("those without one")},
    "left": {"events_figure": N_("a number of events"), "attribute_figure": N_("an attribute or score")},
    "right": {"events_figure": N_("a number of events"), "attribute_figure": N_("an attribute or score")},
    "figure": {"events_figure": N_("a number of events"), "attribute_figure": N_("an attribute or score")},
    "op": {"over": N_("more than"), "at_least": N_("at least"), "under": N_("less than"), "at_most": N_("at most")},
    "place": {
        "top": N_("the top, by number of people"),
        "bottom": N_("the bottom, by number of people"),
        "top_percent": N_("the top percent"),
        "bottom_percent": N_("the bottom percent"),
        "quintile": N_("the fifth (5 is the best)"),
        "decile": N_("the tenth (10 is the best)"),
        "above_average": N_("above average"),
        "below_average": N_("below average"),
        "above_median": N_("above the median"),
        "below_median": N_("below the median"),
    },
    "way": {"entered": N_("entered"), "left": N_("left")},
    "channel": {"email": N_("by e-mail"), "sms": N_("by text message"), "phone": N_("by phone"), "post": N_("by post")},
    "quantifier": {"any": N_("any of them"), "all": N_("all of them"), "at_least": N_("at least so many")},
    "yes_no": {"yes": N_("yes"), "no": N_("no")},
    "among": {"": N_("everyone")},
    "by": {"": N_("what both have first")},
}
"""How the words of a closed list are said. A test fails when one is missing."""

SECTIONS = {"left": N_("This number"), "right": N_("Compared with"), "figure": N_("By this number"), "then": N_("Then")}
"""The heading of blanks that belong to one part of a card."""

BASES = {
    "explicit_consent": N_("every member has consented to this use explicitly (GDPR 9(2)(a))"),
    "employment": N_("obligations of employment and social law (GDPR 9(2)(b))"),
    "members": N_("members of a body with a political, philosophical, religious or trade union aim (GDPR 9(2)(d))"),
    "made_public": N_("they have manifestly made it public themselves (GDPR 9(2)(e))"),
    "health_care": N_("health or social care under professional secrecy (GDPR 9(2)(h))"),
    "statistics": N_("research or statistics with safeguards (GDPR 9(2)(j))"),
}
CHECKS = {
    "contradiction": N_("Nobody can be in: what stands here excludes itself."),
    "always_true": N_("This always holds, so it asks nothing."),
    "true_without_data": N_(
        "This also holds of people of whom nothing is known. Add what they have, such as an order, when they are not meant."
    ),
    "backwards": N_("The range ends before it begins, so nothing lies in it."),
    "empty_window": N_("The time ends where it begins: no event lies in it."),
    "nothing_counted": N_("What the events must pass excludes itself: none is ever counted."),
    "window_not_begun": N_("The time has not begun yet."),
    "before_the_data": N_("The time ends before there is any data."),
    "window_longer_than_data": N_("The time is longer than the data."),
    "not_all_tracked": N_("A part of these events is not known to be anybody's: for the others this asks what was not tracked."),
    "mixed_and_or": N_("“And” and “or” stand side by side, and “and” binds first: put parentheses where you mean them."),
    "cannot_fit_parent": N_("Nobody can be in: the segment that it stands in holds nobody who fits."),
    "taken_by_group": N_("Nobody can be in: segments before it in its group take everyone who fits."),
}
"""Warnings of the language by their code. A test fails when one is missing."""


OFFERS = {
    "attribute": N_("field"),
    "event": N_("events"),
    "property": N_("of the event"),
    "segment": N_("segment"),
    "word": "",
}
"""What a completion of a rule's text is."""

STEPS = {
    "everyone": N_("Everyone"),
    "parent": N_("In the segment that it stands in"),
    "group": N_("Not in an earlier segment of its group"),
    "limit": N_("Among the best, as many as it may hold"),
}


@dataclass(frozen=True)
class BuilderWords:
    """The tables above in one language."""

    words: Words
    language: str

    def say(self, text: str) -> str:
        """A text in the page's language."""
        return self.words.texts.gettext(text) if text else ""

    def kind(self, name: str) -> str:
        """The title of a kind of condition."""
        return self.say(KINDS[name][0])

    def kind_help(self, name: str) -> str:
        """What it is for."""
        return self.say(KINDS[name][1])

    def group(self, kind: str) -> str:
        """What a group says of its parts."""
        return self.say(GROUPS[kind][0])

    def joint(self, kind: str) -> str:
        """The word between the parts of a group."""
        return self.say(GROUPS[kind][1])

    def label(self, of: str) -> str:
        """What a blank is."""
        return self.say(LABELS[of])

    def section(self, name: str) -> str:
        """The heading of a part of a card."""
        return self.say(SECTIONS[name])

    def check(self, code: str, message: str) -> str:
        """A warning."""
        return self.say(CHECKS[code]) if code in CHECKS else message

    def step(self, kind: str, text: str) -> str:
        """A step of the funnel."""
        return self.say(STEPS[kind]) if kind in STEPS else text

    def channel(self, name: str) -> str:
        """By what somebody is reached."""
        return self.say(CHOICES["channel"][name])

    def choice(self, blank: Blank, value: str) -> str:
        """How a choice of a blank is said."""
        if blank.form == "operator":
            return self.operator(value)
        if blank.form == "steps":
            return value
        if value in CHOICES.get(blank.of, {}):
            return self.say(CHOICES[blank.of][value])
        names: dict[str, Callable[[str], str]] = {
            "name": self.words.field,
            "property": self.words.field,
            "by": self.words.field,
            "event": self.words.event,
            "other": self.words.event,
            "purpose": self.words.purpose,
        }
        return names[blank.of](value) if blank.of in names else value

    def operator(self, key: str) -> str:
        """A comparison with dots for what it is compared with."""
        row = OPERATORS[key]
        return re.sub(r"\{\w+\}", "…", row.finnish if self.language == "fi" else row.english)

    def coded(self, value: str, kind: str | None) -> str:
        """A code as people read it."""
        return label(value, kind, self.language) if kind in codes.LISTS or kind == "rfm_group" else value  # type: ignore[arg-type]

    def bases(self) -> dict[str, str]:
        """On what a segment may use data of a special category."""
        return {name: self.say(said) for name, said in BASES.items()}

    def error(self, error: LohkoError) -> str:
        """What is wrong: in English as the error says it, which tells more."""
        known = self.language != "en" and error.code in RULE_ERRORS
        return self.say(RULE_ERRORS[error.code]) if known else self.words.error(error)
