"""What the pages about the data and about one customer say of things that the code names: states, reasons, settings, what sources are.

Like `words.py`: English here, Finnish in `locale/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lohko.web.builder_words import BASES as GROUNDS
from lohko.web.language import N_, language_of, texts
from lohko.web.note_words import NOTES
from lohko.web.source_words import ANSWERED, SAID, SETTINGS

if TYPE_CHECKING:
    from babel.support import NullTranslations
    from starlette.requests import Request
    from starlette.responses import HTMLResponse

    from lohko.web.render import Pages

STATES = {"new": N_("not asked yet"), "ok": N_("in order"), "failing": N_("failing"), "late": N_("stopped")}

SCHEDULES = {
    "": N_("only by hand"),
    "*/15 * * * *": N_("every 15 minutes"),
    "0 * * * *": N_("every hour"),
    "0 3 * * *": N_("every night at 3"),
    "0 3 * * 1": N_("every Monday at 3"),
}

REVIEW = {
    "names differ": N_("the names are different"),
    "two birthdays": N_("two birthdays"),
    "two customer numbers of one source": N_("two customer numbers of one source"),
    "too many records": N_("more records than one person may have"),
    "kept apart": N_("kept apart by somebody"),
    "the full names are not the same": N_("the full names are not the same"),
    "alike": N_("scored as alike"),
}
"""Why a pair was not joined by itself."""

CATEGORIES = {
    "health": N_("health"),
    "belief": N_("religion or conviction"),
    "politics": N_("political opinion"),
    "union": N_("membership of a trade union"),
    "sex life": N_("sex life or orientation"),
    "ethnicity": N_("ethnic origin"),
    "biometric": N_("biometrics that identify"),
    "crime": N_("convictions and offences"),
}
"""The special categories of data (GDPR 9 and 10)."""

HOW = {
    "email": N_("E-mail address"),
    "phone": N_("Phone number"),
    "customer_number": N_("Customer number"),
    "loyalty_card": N_("Loyalty card"),
    "hashed_email": N_("Hashed e-mail address"),
    "anonymous_id": N_("Anonymous id"),
    "crm_id": N_("Number in the CRM"),
    "device": N_("Device"),
    "name_birthday_postcode": N_("Name, birthday and postcode"),
    "review": N_("by review"),
    "undo": N_("a merge was undone"),
    "split": N_("taken apart by hand"),
    "scored": N_("scored as one person"),
}
"""What linked records, or by what they were parted."""

CAUSES = {
    "first": N_("at the first refresh"),
    "data": N_("new data"),
    "time": N_("time passed"),
    "rule": N_("the rule changed"),
    "merge": N_("records were merged"),
    "unmerge": N_("a merge was undone"),
    "others": N_("others moved"),
}
"""Why somebody entered or left a segment."""

FLAGS = {
    "no_marketing": N_("Marketing is prohibited"),
    "no_profiling": N_("Objects to profiling"),
    "restricted": N_("Processing is restricted"),
}
FLAGS_HELP = {
    "no_marketing": N_("In no audience, no scores, in no segment that profiles."),
    "no_profiling": N_("No scores, in no segment that profiles."),
    "restricted": N_("Stored, and used for nothing else: this customer is in no count, list or segment."),
}

BASES = {
    "consent": N_("consent"),
    "existing_customer": N_("existing customer"),
    "b2b_role": N_("role in a company"),
    "none": N_("none"),
}

CAPACITIES = {
    "person": N_("the whole person"),
    "consumer": N_("consumer"),
    "contact": N_("contact of a company"),
}

SURVIVORS = {
    "most recent": N_("the latest value counts"),
    "source priority": N_("one source comes before another"),
    "most complete": N_("the fullest record counts"),
}

TOPICS = {
    "orders": N_("Orders"),
    "bookings": N_("Bookings"),
    "visits": N_("Visits"),
    "messages": N_("Messages"),
    "answers": N_("Answers"),
    "support": N_("Support"),
    "deals": N_("Deals"),
    "others": N_("Other events"),
    "consents": N_("Consents"),
    "segments": N_("Segments"),
    "data": N_("Merges and corrections"),
}

RULES = {
    "type": N_("can be read as its type"),
    "required": N_("is there"),
    "range": N_("lies within its range"),
    "allowed": N_("is one of the allowed values"),
    "unique": N_("is nobody else's"),
    "references": N_("is known to the source"),
}
"""What a contract asks of a field."""

TYPES = {
    "text": N_("text"),
    "text_set": N_("several texts"),
    "integer": N_("whole number"),
    "decimal": N_("number"),
    "money": N_("amount of money"),
    "boolean": N_("yes or no"),
    "date": N_("date"),
    "time": N_("time"),
}


@dataclass(frozen=True)
class DataWords:
    """The tables above in one language."""

    texts: NullTranslations

    def say(self, table: dict[str, str], name: str) -> str:
        """A name of a table; one that is not in it as it is."""
        return self.texts.gettext(table[name]) if name in table else name.replace("_", " ")

    def note(self, item: dict[str, str]) -> str:
        """What a person should know of how a file was read; as the report says it where there are no words for it."""
        said = NOTES.get(item["code"])
        return item["message"] if said is None else self.texts.gettext(said).replace("%(column)s", item.get("column", ""))

    def source(self, text: str) -> str:
        """What a kind of source says of itself."""
        return self.texts.gettext(text) if text in SAID else text

    def answered(self, text: str) -> str:
        """What a source that was tried answered: in English as it said it, else by what kind of answer it is."""
        for pattern, english in ANSWERED:
            said = self.texts.gettext(english)
            if said != english and (found := pattern.fullmatch(text)):
                # Numbers are there as English writes them; of `at least 512` the number is what counts.
                given = {
                    name: value.rpartition(" ")[2].replace(",", "\xa0") if name == "n" else value
                    for name, value in found.groupdict().items()
                }
                return said % given
        return text

    def sentence(self, text: str) -> str:
        """The same as a sentence of its own."""
        said = self.source(text).rstrip(".")
        return f"{said[:1].upper()}{said[1:]}."

    def setting(self, name: str) -> str:
        """A setting of a source."""
        return self.say(SETTINGS, name)

    def source_state(self, name: str) -> str:
        """How a source is."""
        return self.say(STATES, name)

    def schedule(self, cron: str) -> str:
        """When a source is asked."""
        return self.say(SCHEDULES, cron) if cron in SCHEDULES else cron

    def review(self, reason: str) -> str:
        """Why a pair was not joined."""
        return self.say(REVIEW, reason)

    def how(self, name: str) -> str:
        """What linked records."""
        return self.say(HOW, name)

    def cause(self, name: str) -> str:
        """Why somebody entered or left a segment."""
        return self.say(CAUSES, name)

    def flag(self, name: str) -> str:
        """A flag of a person."""
        return self.say(FLAGS, name)

    def flag_help(self, name: str) -> str:
        """What a flag means."""
        return self.say(FLAGS_HELP, name)

    def basis(self, name: str) -> str:
        """On what a consent rests."""
        return self.say(BASES, name)

    def capacity(self, name: str | None) -> str:
        """As what somebody says something; a company's name means its contact."""
        return self.say(CAPACITIES, name) if name in CAPACITIES else name or self.texts.gettext(N_("not known"))

    def survivor(self, name: str) -> str:
        """Which value counts."""
        return self.say(SURVIVORS, name)

    def category(self, name: str) -> str:
        """A special category of data."""
        return self.say(CATEGORIES, name)

    def ground(self, name: str) -> str:
        """On what a segment may use data of a special category."""
        return self.say(GROUNDS, name)

    def topic(self, name: str) -> str:
        """A part of a time line."""
        return self.say(TOPICS, name)

    def rule(self, name: str) -> str:
        """What a contract asks."""
        return self.say(RULES, name)

    def type(self, name: str) -> str:
        """The type of a field."""
        return self.say(TYPES, name)

    def lag(self, seconds: float | None) -> str:
        """How long ago everything that a source had was in."""
        if seconds is None:
            return "–"
        for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
            if seconds >= length:
                return self.texts.gettext(_LAGS[unit]) % {"n": round(seconds / length)}
        return self.texts.gettext(_LAGS["now"])


_LAGS = {"d": N_("%(n)s d"), "h": N_("%(n)s h"), "min": N_("%(n)s min"), "now": N_("under a minute")}


def show(pages: Pages, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page whose template has these words as `told`."""
    return pages.answer(request, template, status, told=DataWords(texts(language_of(request))), **values)
