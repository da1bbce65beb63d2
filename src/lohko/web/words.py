"""Names that come from data or code, as people read them: fields, kinds, reasons, events, purposes, errors.

English is the text here; the Finnish is in `locale/`. What is not in a table is
a shop's own name and is shown as it is written.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from lohko.base import formats
from lohko.base.errors import LohkoError
from lohko.model.rfm_map import BY_ID, group_id
from lohko.web.language import N_

if TYPE_CHECKING:
    from babel.support import NullTranslations

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC")
_DECIMAL = re.compile(r"-?\d+\.\d+")

KINDS = {
    "order-lines": (N_("Order lines"), N_("One row for each product on an order.")),
    "orders": (N_("Orders"), N_("One row for each order, with its total.")),
    "customers": (N_("Customers"), N_("One row for each customer: contact details, town, consents.")),
    "events": (N_("Events"), N_("One row for each thing done: product views, opened e-mails, sign-ups.")),
    "survey": (N_("Survey answers"), N_("One row for each respondent or answer.")),
    "bookings": (N_("Bookings"), N_("One row for each booking: arrival, nights, guests.")),
    "tickets": (N_("Support tickets"), N_("One row for each request for help.")),
    "notes": (N_("Notes of interviews and tests"), N_("One row for each note of what a customer said or did.")),
    "leads": (N_("Leads"), N_("One row for each form that somebody filled in.")),
    "products": (N_("Products"), N_("One row for each product: its name, group, cost and VAT rate.")),
    "ad-spend": (N_("Advertising costs"), N_("One row for each day and campaign.")),
    "accounts": (N_("Companies"), N_("One row for each company or organisation.")),
    "deals": (N_("Deals"), N_("One row for each deal of a sales pipeline.")),
}

FIELDS = {
    "customer_id": N_("Customer number"),
    "email": N_("E-mail address"),
    "order_id": N_("Order number"),
    "ordered_at": N_("Order time"),
    "total": N_("Order total"),
    "quantity": N_("Quantity"),
    "unit_price": N_("Unit price"),
    "line_total": N_("Line total"),
    "discount": N_("Discount"),
    "tax": N_("VAT amount"),
    "currency": N_("Currency"),
    "refunded": N_("Refunded amount"),
    "order_subtotal": N_("Order subtotal"),
    "order_discount": N_("Discount of the whole order"),
    "order_shipping": N_("Shipping of the whole order"),
    "order_tax": N_("VAT of the whole order"),
    "order_total": N_("Total of the whole order"),
    "status": N_("Order status"),
    "cancelled_at": N_("Cancelled at"),
    "product_id": N_("Product number"),
    "product_name": N_("Product name"),
    "category": N_("Product category"),
    "brand": N_("Brand"),
    "channel": N_("Channel"),
    "coupon": N_("Discount code"),
    "payment_method": N_("Payment method"),
    "event": N_("Name of the event"),
    "occurred_at": N_("Time of the event"),
    "message_id": N_("Event number"),
    "updated_at": N_("Updated at"),
    "phone": N_("Phone number"),
    "first_name": N_("First name"),
    "last_name": N_("Last name"),
    "name": N_("Full name"),
    "address": N_("Street address"),
    "postcode": N_("Postcode"),
    "city": N_("Town"),
    "municipality": N_("Municipality"),
    "region": N_("Region"),
    "country": N_("Country"),
    "latitude": N_("Latitude"),
    "longitude": N_("Longitude"),
    "language": N_("Language"),
    "gender": N_("Gender"),
    "birthday": N_("Birthday"),
    "age": N_("Age"),
    "company": N_("Company"),
    "account": N_("Account"),
    "employees": N_("Number of employees"),
    "industry": N_("Industry"),
    "job_title": N_("Job title"),
    "open_deal": N_("Open deal"),
    "joined": N_("Customer since"),
    "tags": N_("Tags"),
    "lists": N_("Lists"),
    "groups": N_("Groups"),
    "interests": N_("Interests"),
    "values": N_("Values"),
    "consent_email": N_("Consent: e-mail"),
    "consent_sms": N_("Consent: text messages"),
    "consent_ads": N_("Consent: advertising"),
    "consent_personalisation": N_("Consent: personalisation"),
    "consent_profiling": N_("Consent: profiling"),
    "optout_email": N_("Refuses e-mail"),
    "optout_sms": N_("Refuses text messages"),
    "lines": N_("Order lines"),
    "account_city": N_("Town of the company"),
    "account_country": N_("Country of the company"),
    "account_id": N_("Company number"),
    "account_labels": N_("Labels of the company"),
    "account_owner": N_("Who looks after the company"),
    "account_phone": N_("Phone of the company"),
    "account_postcode": N_("Postcode of the company"),
    "account_revenue": N_("Revenue of the company"),
    "ad": N_("Advertisement"),
    "ad_group": N_("Ad group"),
    "adults": N_("Adults"),
    "anonymous_id": N_("Anonymous id"),
    "answer": N_("Answer"),
    "answered_at": N_("Time of answering"),
    "arrival": N_("Arrival"),
    "author": N_("Written by"),
    "booked_at": N_("Time of booking"),
    "booking_id": N_("Booking number"),
    "business_id": N_("Business ID"),
    "campaign": N_("Campaign"),
    "campaign_id": N_("Campaign number"),
    "ces": N_("Effort score (CES)"),
    "children": N_("Children"),
    "clicks": N_("Clicks"),
    "closed": N_("Closed"),
    "conversion_value": N_("Value of conversions"),
    "conversions": N_("Conversions"),
    "cost": N_("Cost of the product"),
    "created": N_("Created"),
    "created_at": N_("Time of creation"),
    "csat": N_("Satisfaction (CSAT)"),
    "day": N_("Day"),
    "deal_id": N_("Deal number"),
    "departure": N_("Departure"),
    "domain": N_("Internet domain"),
    "form": N_("Form"),
    "guests": N_("Guests"),
    "impressions": N_("Impressions"),
    "lead_id": N_("Lead number"),
    "leads": N_("Number of leads"),
    "lost_reason": N_("Why it was lost"),
    "nights": N_("Nights"),
    "no_show": N_("Did not arrive"),
    "note": N_("Note"),
    "note_id": N_("Note number"),
    "noted_at": N_("Time of the note"),
    "nps": N_("Would recommend (NPS)"),
    "nps_class": N_("NPS class"),
    "owner": N_("Owner"),
    "parent_account": N_("Parent company"),
    "platform": N_("Advertising platform"),
    "price": N_("Price"),
    "priority": N_("Priority"),
    "product": N_("Product"),
    "purpose": N_("Purpose"),
    "question": N_("Question"),
    "response_id": N_("Response number"),
    "room": N_("Room"),
    "satisfaction": N_("Satisfaction"),
    "sku": N_("Product number"),
    "solved_at": N_("Time of solving"),
    "spend": N_("Money spent"),
    "stage": N_("Stage"),
    "subject": N_("Subject"),
    "submitted_at": N_("Time of sending"),
    "supplier": N_("Supplier"),
    "survey": N_("Survey"),
    "ticket_id": N_("Ticket number"),
    "title": N_("Title"),
    "topic": N_("Topic"),
    "unit": N_("Unit"),
    "unit_cost": N_("Cost of one"),
    "valid_from": N_("Valid from"),
    "value": N_("Value"),
    "vat_number": N_("VAT number"),
    "vat_rate": N_("VAT rate"),
}

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
    "further_line": N_("The row only continues an order"),
    "changed_order": N_("The order is in already with other contents; correct it with “the file corrects earlier rows”"),
    "changed_message": N_("The event is in already with other contents"),
}

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
}

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

ERRORS = {
    "wrong_sign_in": N_("The address or the password is wrong."),
    "sign_in": N_("Nobody is signed in."),
    "no_right": N_("Your role may not do that."),
    "too_often": N_("That was tried too often. Wait a while."),
    "invitation_over": N_("This link does not hold any more. An admin can send a new one."),
    "not_the_same": N_("The two passwords are not the same."),
    "wrong_password": N_("The password of now is wrong."),
    "password_short": N_("The password is too short."),
    "password_long": N_("The password is too long."),
    "password_common": N_("This is one of the passwords that are tried first."),
    "password_own": N_("The password is little more than your address."),
    "no_account": N_("There are no users yet, so there is no account."),
    "bad_email": N_("That is no e-mail address."),
    "user_exists": N_("There is a user with that address already."),
    "unknown_user": N_("There is no such user."),
    "first_is_admin": N_("The first user is an admin: nobody else could let others in."),
    "last_admin": N_("This is the only admin. Make somebody else an admin first."),
    "no_scope": N_("A key needs at least one scope."),
    "bad_name": N_("A name has 1 to 100 characters."),
    "bad_days": N_("How many days a key holds is a number from 1 to 3650."),
    "other_site": N_("The request does not say that it comes from one of these pages."),
    "only_api": N_("Keys are for the addresses under /api/."),
    "unknown_key": N_("This key does not hold."),
    "bad_path": N_("This is no path to stand under."),
    "unknown_customer": N_("There is no such customer."),
    "unknown_segment": N_("There is no such segment."),
    "unknown_job": N_("This import is over, or was never begun."),
    "ambiguous_customer": N_("Several customers are meant."),
    "unknown_import": N_("There is no such import."),
    "no_imports": N_("Nothing has been imported yet."),
    "no_segments": N_("There are no segments yet."),
    "before_last_refresh": N_("The segments have been refreshed as of a later day already."),
    "in_the_future": N_("Nothing is recorded about a day that is still to come."),
    "empty_file": N_("The file is empty."),
    "no_rows": N_("The file has a header but no rows."),
    "not_a_table": N_("This is not a table."),
    "old_excel": N_("This is an old Excel file (.xls) or an encrypted one. Save it as .xlsx or CSV."),
    "bad_xlsx": N_("The Excel file cannot be read. Open it and save it again as .xlsx or CSV."),
    "bad_parquet": N_("The Parquet file is damaged or of a kind that cannot be read."),
    "bad_json": N_("The JSON cannot be read."),
    "bad_gzip": N_("The compressed file is damaged or cut short."),
    "too_large_unpacked": N_("The compressed file unpacks to far more than it should."),
    "file_too_large": N_("The file is too large."),
    "too_large": N_("The file needs more memory than may be used. Cut it into smaller files."),
    "too_many_columns": N_("The file has too many columns."),
    "unreadable_file": N_("The file could not be read. Open it and save it again as CSV or XLSX."),
    "too_slow": N_("The file takes longer to read than it may. Cut it into smaller files."),
    "one_column": N_("The file has only one column. Look at what separates its columns."),
    "zip_archive": N_("This is a zip archive. Unpack it and choose the file itself."),
    "no_room": N_("The file could not be kept. Look at the disk of the workspace."),
    "too_many_names": N_("There would be too many attributes, events or properties. Look at which column was taken for the name."),
    "no_file": N_("Choose a file first."),
    "unknown_kind": N_("Choose what the rows of the file are."),
    "missing_field": N_("A column that is needed has not been chosen."),
    "field_twice": N_("Two columns have been given the same meaning."),
    "unknown_field": N_("There is no such meaning for a column."),
    "unknown_column": N_("The file has no such column."),
    "unknown_timezone": N_("There is no such time zone."),
    "bad_date_order": N_("The order of day, month and year is not one of those that can be chosen."),
    "ambiguous_dates": N_("The dates can be read in two ways. Choose the order of day and month."),
    "bad_as_of": N_("The day asked about is not a date."),
    "in_use": N_("Another Lohko is using this workspace."),
    "busy": N_("Another import or refresh is running. Wait until it is done."),
    "bad_form": N_("The form did not arrive whole. Go back and send it again."),
    "bad_input": N_("A value in the address or the form is wrong."),
    "bad_request": N_("The request cannot be understood."),
    "not_allowed": N_("This address is not for that."),
    "not_found": N_("There is no such page."),
    "log_damaged": N_("A file of the archive has changed or cannot be read. Restore it from a backup."),
    "failed": N_("Lohko itself failed. Nothing half-done was kept."),
    "refused_format": N_("This file has no people in it, so it cannot be used."),
    "unknown_format": N_("There is no such format of files."),
    "kind_of_format": N_("Such a file is not read as these rows."),
    "several_formats": N_("The headers fit several kinds of files."),
    "not_recognised": N_("The headers do not tell what this file is."),
    "bad_batch": N_("The events that were sent cannot be read."),
    "bad_source_name": N_("A source's name has small letters a to z, digits, - and _."),
    "source_exists": N_("There is a source of that name already."),
    "unknown_source": N_("There is no such source."),
    "unknown_source_kind": N_("There is no such kind of source."),
    "missing_setting": N_("A setting that is needed is missing."),
    "bad_schedule": N_("This is no time of asking. Five fields of cron: minute, hour, day, month, weekday."),
    "secret_in_form": N_("Here goes the name of an environment variable, not the secret itself."),
    "of_the_machine": N_("What lies on Lohko's own machine is added by an admin."),
    "other_number": N_("What was typed is not this customer's number. Nothing was erased."),
    "bad_value": N_("This cannot be a value of that field."),
    "computed": N_("It is computed and cannot be set."),
    "bad_basis": N_("That purpose needs the person's own consent."),
    "never_merged": N_("This customer was not merged."),
    "nothing_left": N_("Mark some of the records, and not all of them."),
    "no_contract": N_("There is no such contract."),
    "bad_contract": N_("The contract cannot be read."),
    "other_contract": N_("The text has to be the contract of this source and kind, and of no other."),
    "no_original": N_("The file itself is not kept any more, so its rejected rows cannot be read again."),
    "retry_of_correction": N_("Rows of a file that corrected others cannot be read again one by one. Mend the file and import it again."),
    "no_secret": N_("The environment variable of a secret is not set where Lohko runs."),
    "source_failed": N_("The source could not be read."),
    "no_xlsxwriter": N_("Excel files cannot be written on this machine: an extra part is missing."),
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
        return self._say(FIELDS[name]) if name in FIELDS else name.replace("_", " ")

    def mend(self, code: str) -> str:
        """What is wrong with the data."""
        return self._say(MEND[code]) if code in MEND else code

    def reason(self, code: str) -> str:
        """Why rows were rejected."""
        if code.startswith("contract:"):
            field, _, rule = code.removeprefix("contract:").rpartition(":")
            return f"{self.field(field)}: {self._say(CONTRACT[rule]) if rule in CONTRACT else rule}"
        return self._say(REASONS[code]) if code in REASONS else code

    def event(self, name: str) -> str:
        """What an event is called."""
        return self._say(EVENTS[name]) if name in EVENTS else name.replace("_", " ")

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

    def detected(self, name: str) -> str:
        """A thing that was found out about a file."""
        return self._say(DETECTED[name]) if name in DETECTED else name

    def detected_value(self, value: object) -> str:
        """How it is."""
        return self._say(_VALUES[str(value)]) if str(value) in _VALUES else str(value)

    def error(self, error: LohkoError) -> str:
        """The sentence of an error: in the page's language where there is one, else as the error says it."""
        if self.language == "en":
            return error.message
        return self._say(ERRORS[error.code]) if error.code in ERRORS else error.message

    def error_in_english(self, error: LohkoError) -> bool:
        """Whether the details of an error are in another language than the page."""
        return self.language != "en"
