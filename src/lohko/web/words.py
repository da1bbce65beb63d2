"""Names that come from data or code, as people read them: fields, kinds, reasons, events, purposes, errors.

English is the text here; the Finnish is in `locale/`. What is not in a table is
a shop's own name and is shown as it is written.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from lohko.base import formats
from lohko.base.errors import LohkoError
from lohko.model.rfm_map import BY_ID, group_id
from lohko.web.error_words import ERRORS, HINTS, RULE_ERRORS
from lohko.web.field_words import FIELDS, KINDS, TRAITS
from lohko.web.format_words import FORMATS
from lohko.web.language import N_

if TYPE_CHECKING:
    from babel.support import NullTranslations

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC")
_LINE = re.compile(r"\Aline (?P<line>\d+)(?:, column (?P<column>\d+))?")
_SENTENCES = RULE_ERRORS | ERRORS
_CANDIDATES = re.compile(r"did you mean (?P<close>.+)\?|there are (?P<all>.+)\.")
"""The hints that `did_you_mean` makes."""
_DECIMAL = re.compile(r"-?\d+\.\d+")

REASONS = {
    "no_customer": N_("No customer number or e-mail address"),
    "no_time": N_("The time is missing"),
    "bad_time": N_("The time cannot be read as a date"),
    "no_event": N_("The name of the event is missing"),
    "no_product": N_("The product's number is missing"),
    "no_account": N_("The company's number and name are missing"),
    "no_deal": N_("The deal's number is missing"),
    "bad_number": N_("A price or quantity is not a number"),
    "no_quantity": N_("The quantity is missing"),
    "no_amount": N_("The price or total is missing"),
    "no_rate": N_("The currency is another one than the workspace's"),
    "broken_record": N_("The row is broken: a stray quote or a wrong number of columns"),
    "too_long": N_("The row is far too long"),
    "nul_byte": N_("The row holds characters that do not belong in text"),
    "empty_row": N_("The row is empty"),
    "totals_row": N_("The row adds up the others"),
    "remark_row": N_("The row is a remark on the others, and no customer"),
    "other_table": N_("The row belongs to another table, or repeats the headers"),
    "further_line": N_("The row only continues an order"),
    "changed_order": N_("The order is in already with other contents; correct it with “the file corrects earlier rows”"),
    "changed_message": N_("The event is in already with other contents"),
}

OF_EVENTS = {
    "no_message": N_("It is no event"),
    "too_large": N_("It is far too large"),
    "unknown_type": N_("Its kind is not known"),
    "unknown_event": N_("An event that a page may not bring"),
    "reserved_event": N_("Orders and refunds come from files and sources"),
    "bad_name": N_("The name of the event is not one"),
    "too_many_names": N_("There are too many kinds of events"),
    "no_previous": N_("The earlier id is missing"),
    "no_group": N_("The company's id is missing"),
    "no_anonymous_id": N_("The browser's id is missing"),
    "bad_id": N_("An id is no text or whole number of at most 255 characters"),
    "long_number": N_("It holds a number of thousands of digits"),
    "failed": N_("Lohko could not read it; it is kept"),
}
"""Why an event that came over HTTP is rejected, where no row of a file can be for it."""

MEND = {
    "missing": N_("Missing"),
    "invalid": N_("Cannot be one"),
    "shared": N_("Shared with somebody"),
    "disagreeing": N_("Sources disagree"),
    "old": N_("Not confirmed for two years"),
    "stale_source": N_("The source is silent"),
    "rejected_rows": N_("Rows are rejected"),
    "shifted": N_("Spread otherwise than before"),
    "outliers": N_("Values are far from all others"),
}
"""What is wrong with data, by the codes of the report."""

CONTRACT = {
    "type": N_("cannot be read as its type"),
    "required": N_("is missing"),
    "range": N_("lies outside its range"),
    "allowed": N_("is none of the allowed values"),
    "unique": N_("is another's already"),
    "references": N_("is not known to the source"),
}
"""What a row does against the contract of its source, by rule."""

EVENTS = {
    "order": N_("Order"),
    "order_line": N_("Order line"),
    "refund": N_("Refund"),
    "cancelled_order": N_("Cancelled order"),
    "product_view": N_("Viewed a product"),
    "cart_add": N_("Added to cart"),
    "add_to_cart": N_("Added to cart"),
    "email_sent": N_("E-mail sent"),
    "email_received": N_("Got an e-mail"),
    "email_opened": N_("Opened an e-mail"),
    "email_clicked": N_("Clicked in an e-mail"),
    "page_view": N_("Viewed a page"),
    "deal": N_("Deal"),
    "ticket": N_("Support ticket"),
    "booking": N_("Booking"),
    "survey_answered": N_("Survey answer"),
    "note": N_("Note"),
    "lead": N_("Lead"),
}

TAGS = {
    "starter": N_("ready-made"),
    "lifecycle": N_("customer's life"),
    "value": N_("worth"),
    "win-back": N_("winning back"),
    "rfm": N_("RFM"),
    "loyalty": N_("loyalty"),
    "exclude": N_("left out"),
    "email": N_("e-mail"),
    "browsing": N_("browsing"),
    "service": N_("service"),
    "behaviour": N_("behaviour"),
    "base": N_("everyone's base"),
}
"""The tags of ready-made segments, which stand in their files in English; other tags are the shop's own words."""
DEVICES = {"mobile": N_("phone"), "desktop": N_("computer"), "tablet": N_("tablet")}
"""The kinds of devices that analytics tools name."""

PURPOSES = {
    "email": N_("E-mail"),
    "sms": N_("Text messages"),
    "phone": N_("Phone calls"),
    "post": N_("Letters"),
    "ads": N_("Advertising"),
    "personalisation": N_("Personalisation"),
    "profiling": N_("Profiling"),
}

MEASURES = {
    "buyers_share": N_("Have bought"),
    "revenue_per_customer": N_("Revenue per customer"),
    "orders_per_buyer": N_("Orders per buyer"),
    "average_order": N_("Average order"),
    "recency_days": N_("Days since last order (median)"),
}

GROUPS = {
    "champions": N_("Bought lately, often and for the most money."),
    "loyal": N_("Buy often and spend well, most of them lately."),
    "potential_loyalist": N_("Bought rather lately and more than once; could become loyal."),
    "new_customers": N_("Bought lately, for the first time or nearly."),
    "promising": N_("Bought lately and not often, some of them for a lot."),
    "need_attention": N_("Middling in time and number, above it in money; remind them."),
    "about_to_sleep": N_("Below the middle in time, number and money."),
    "at_risk": N_("Used to buy often or for a lot, long ago."),
    "cannot_lose_them": N_("Spent a great deal and have not been back for long."),
    "hibernating": N_("Last bought long ago, not often and not for much."),
    "lost": N_("Lowest in time, number and money."),
    "prospects": N_("Known, but have not bought yet."),
}

PROGRESS = {
    "": N_("Starting"),
    "receiving": N_("Receiving the file"),
    "reading": N_("Reading the file"),
    "understanding": N_("Understanding the columns"),
    "writing": N_("Checking every row"),
    "comparing with what is known": N_("Comparing with what is known"),
    "writing the archive": N_("Writing the archive"),
    "joining records into people": N_("Joining records into people"),
    "loading": N_("Loading"),
    "refreshing": N_("Refreshing the segments"),
    "filling in the past": N_("Filling in the days before"),
    "counting what pages show": N_("Counting what pages show"),
    "done": N_("Done"),
}

DETECTED = {
    "separator": N_("Separator"),
    "encoding": N_("Encoding"),
    "decimal": N_("Decimal sign"),
    "date_order": N_("Order of dates"),
    "sheet": N_("Sheet"),
    "sheets": N_("Sheets in the file"),
}
_VALUES = {
    ",": N_("comma ,"),
    ";": N_("semicolon ;"),
    ".": N_("point ."),
    "\t": N_("tab"),
    "|": N_("bar |"),
    "both": N_("both , and ."),
    "dmy": N_("day, month, year"),
    "mdy": N_("month, day, year"),
    "ymd": N_("year, month, day"),
    "utf-8": "UTF-8",
    "cp1252": "Windows-1252",
    "utf-16": "UTF-16",
}


@dataclass(frozen=True)
class Words:
    """The tables above in one language."""

    texts: NullTranslations
    language: str
    zone: ZoneInfo

    def _say(self, text: str) -> str:
        return self.texts.gettext(text) if text else ""

    def kind(self, name: str) -> str:
        """The title of a kind of file."""
        return self._say(KINDS[name][0]) if name in KINDS else name

    def kind_help(self, name: str) -> str:
        """What the rows of such a file are."""
        return self._say(KINDS[name][1])

    def field(self, name: str) -> str:
        """The title of a known field; a shop's own name without its underscores."""
        said = FIELDS.get(name) or TRAITS.get(name)
        return self._say(said) if said else name.replace("_", " ")

    def mend(self, code: str) -> str:
        """What is wrong with the data."""
        return self._say(MEND[code]) if code in MEND else code

    def mended(self, code: str, about: str) -> str:
        """What it is that is to be mended: a field, the total of orders, or a kind of rows of a source."""
        source, _, kind = about.rpartition(" ")
        if code in ("stale_source", "rejected_rows") and source:
            return f"{source} · {self.kind(kind)}"
        return self.field("total" if about == "total of order" else about)

    def reason(self, code: str) -> str:
        """Why rows were rejected."""
        if code.startswith("contract:"):
            field, _, rule = code.removeprefix("contract:").rpartition(":")
            return f"{self.field(field)}: {self._say(CONTRACT[rule]) if rule in CONTRACT else rule}"
        said = REASONS.get(code) or OF_EVENTS.get(code)
        return code if said is None else self._say(said)

    def event(self, name: str) -> str:
        """What an event is called."""
        return self._say(EVENTS[name]) if name in EVENTS else name.replace("_", " ")

    def device(self, name: str) -> str:
        """What somebody used."""
        return self._say(DEVICES[name]) if name in DEVICES else name

    def tag(self, name: str) -> str:
        """A tag as people read it."""
        return self._say(TAGS[name]) if name in TAGS else name

    def tag_of(self, said: str) -> str:
        """The tag that somebody wrote as they read it."""
        return next((name for name in TAGS if self.tag(name) == said.strip().lower()), said)

    def purpose(self, name: str) -> str:
        """What a consent is for."""
        return self._say(PURPOSES[name]) if name in PURPOSES else name

    def measure(self, name: str) -> str:
        """A measure of the comparison."""
        return self._say(MEASURES[name])

    def group(self, name: str | None) -> str:
        """The title of an RFM group."""
        if name is None or name not in BY_ID:
            return name or "–"
        return BY_ID[name].fi if self.language == "fi" else BY_ID[name].en

    def group_help(self, name: str) -> str:
        """What the people of an RFM group have in common."""
        return self._say(GROUPS[name]) if name in GROUPS else ""

    def progress(self, what: str) -> str:
        """What is being done."""
        return self._say(PROGRESS[what]) if what in PROGRESS else what

    def told(self, condition: str, value: object) -> str:
        """The value that decided a condition: groups by their title, decimals and instants as the language writes them, all else as it is kept."""
        text = str(value)
        if _INSTANT.fullmatch(text):
            return formats.datetime_local(dt.datetime.fromisoformat(f"{text.removesuffix(' UTC')}+00:00"), self.zone, self.language)
        if condition.startswith("RFM group") and (group := group_id(text)) is not None:
            return self.group(group)
        # Whole numbers stay as they are: a postcode or a customer number is text that looks like one.
        return formats.number(Decimal(text), self.language, places=4) if _DECIMAL.fullmatch(text) else text

    def every_progress(self) -> dict[str, str]:
        """All that can be being done, for a page that watches."""
        return {what: self._say(said) for what, said in PROGRESS.items()}

    def format(self, title: str) -> str:
        """What the export of another system is called."""
        return self._say(title) if title in FORMATS else title

    def detected(self, name: str) -> str:
        """A thing that was found out about a file."""
        return self._say(DETECTED[name]) if name in DETECTED else name

    def detected_value(self, value: object) -> str:
        """How it is."""
        return self._say(_VALUES[str(value)]) if str(value) in _VALUES else str(value)

    def error(self, error: LohkoError) -> str:
        """The sentence of an error: in the page's language where there is one, else as the error says it."""
        said = _SENTENCES.get(error.code)
        return error.message if self.language == "en" or said is None else self._say(said)

    def hint(self, error: LohkoError) -> str | None:
        """What to do about an error, in the language of its sentence; other hints are for those who read the error itself, on the command line."""
        if self.language == "en":
            return error.hint
        if error.code in HINTS:
            return self._say(HINTS[error.code])
        near = _CANDIDATES.fullmatch(error.hint or "")
        if near is None:
            return error.hint if self.error_in_english(error) else None
        said = N_("did you mean %(names)s?") if near["close"] else N_("there are %(names)s.")
        return self._say(said) % {"names": (near["close"] or near["all"]).replace(" or ", f" {self._say(N_('or'))} ")}

    def place(self, error: LohkoError) -> str:
        """Where an error is: which line, and which column of it, in the page's language."""

        def said(found: re.Match[str]) -> str:
            told = N_("line %(line)s, column %(column)s") if found["column"] else N_("line %(line)s")
            return self._say(told) % found.groupdict()

        return _LINE.sub(said, error.place or "", count=1)

    def error_in_english(self, error: LohkoError) -> bool:
        """Whether an error has no sentence in the page's language, so that it is told as it is."""
        return self.language != "en" and error.code not in _SENTENCES

    def kept_error(self, found: Mapping[str, Any] | str) -> LohkoError:
        """An error that was kept, as what answers hold of it or as its code alone."""
        kept = {"code": found} if isinstance(found, str) else found
        said = kept.get("message") or self._say(_SENTENCES.get(kept["code"], N_("Lohko itself failed. Nothing half-done was kept.")))
        return LohkoError(kept["code"], said, hint=kept.get("hint"))
