"""The fields that Lohko knows, and the headers that mean them in any file, in English and Finnish.

What only one system's export means by a header stands in that format's own module.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from lohko.model.schema import Codes, Type

Kind = Literal["order-lines", "orders", "customers", "events"]
KINDS: tuple[Kind, ...] = ("order-lines", "orders", "customers", "events")
Role = Literal["key", "attribute", "property", "consent", "optout", "ignored"]


@dataclass(frozen=True)
class Field:
    """One known field: its name, type, what it is in each kind of file, and its aliases."""

    name: str
    type: Type
    aliases: tuple[str, ...]
    kinds: frozenset[Kind]
    role: Role = "attribute"
    codes: Codes | None = None


_ORDERS: frozenset[Kind] = frozenset({"order-lines", "orders"})
_LINES: frozenset[Kind] = frozenset({"order-lines"})
_HEADS: frozenset[Kind] = frozenset({"orders"})
_EVENTS: frozenset[Kind] = frozenset({"events"})
_ALL: frozenset[Kind] = frozenset(KINDS)
_PEOPLE: frozenset[Kind] = frozenset({"order-lines", "orders", "customers"})
_LIST: frozenset[Kind] = frozenset({"customers"})


def _row(name: str, kind: Type, aliases: str, kinds: frozenset[Kind], role: Role = "attribute", codes: Codes | None = None) -> Field:
    return Field(name, kind, tuple(part.strip() for part in aliases.split(",")), kinds, role, codes)


FIELDS: tuple[Field, ...] = (
    _row("customer_id", "text", "customer id, customer, customer number, client id, user id, userid, buyer id, contact id, person id, member id, customer no, client, asiakasnumero, asiakastunnus, asiakas id, asiakas, asiakasnro, jäsennumero", _ALL, "key"),
    _row("email", "text", "email, e-mail, email address, e-mail address, customer email, billing email, customer email address, contact email, mail, e-mail 1 value, person email work, person email home, person email other, sähköposti, sähköpostiosoite, s-posti, sposti", _ALL),
    _row("order_id", "text", "order id, order number, order no, order, order name, invoice no, invoice number, invoice, invoice id, receipt, receipt number, name of order, transaction id, tilausnumero, tilaus id, tilausnro, tilaus, tilauksen numero, laskunumero, laskun numero, kuitti, kuittinumero", _ORDERS, "property"),
    _row("ordered_at", "time", "ordered at, order date, order time, date, datetime, timestamp, invoice date, purchase date, created at, created, created utc, created date utc, order created, order placed, paid at, transaction date, date created, tilausaika, tilauspäivä, tilauspvm, päivämäärä, pvm, päiväys, ostopäivä, laskun päivä, aika", _ORDERS, "key"),
    _row("total", "money", "total, order total, total amount, grand total, amount, revenue, sum, total price, order value, yhteensä, summa, loppusumma, tilauksen summa, kokonaissumma", _HEADS, "key"),
    _row("quantity", "decimal", "quantity, qty, units, lineitem quantity, items, item quantity, count, pieces, määrä, kpl, lukumäärä, kappalemäärä", _ORDERS, "key"),
    _row("unit_price", "money", "unit price, price, item price, lineitem price, price each, price per unit, hinta, à-hinta, a-hinta, yksikköhinta, kappalehinta", _LINES, "property"),
    _row("line_total", "money", "line total, total, amount, line amount, row total, sum, revenue, sales, rivisumma, yhteensä, summa, rivihinta", _LINES, "key"),
    _row("discount", "money", "discount, discount amount, lineitem discount, alennus, alennuksen määrä", _ORDERS, "property"),
    _row("tax", "money", "tax, vat, taxes, tax amount, vat amount, total tax, tax total, vat rate, tax rate, vat percent, alv, vero, alv määrä, alv euroa, alv kanta, alv prosentti, alv %, veron määrä", _ORDERS, "key"),
    _row("currency", "text", "currency, currency code, valuutta", _ORDERS, "key"),
    _row("refunded", "money", "refunded, refunded amount, refund amount, amount refunded, palautettu, hyvitys, hyvitetty, palautettu summa", _ORDERS, "key"),
    _row("order_subtotal", "money", "order subtotal", _LINES, "key"),
    _row("order_discount", "money", "order discount", _LINES, "key"),
    _row("order_shipping", "money", "order shipping", _LINES, "key"),
    _row("order_tax", "money", "order tax, order vat", _LINES, "key"),
    _row("order_total", "money", "order total, tilauksen loppusumma", _LINES, "key"),
    _row("status", "text", "status, order status, financial status, payment status, tila, tilauksen tila", _ORDERS, "property"),
    _row("cancelled_at", "text", "cancelled at, canceled at, cancelled, canceled, peruttu, peruutettu", _ORDERS, "key"),
    _row("product_id", "text", "product id, sku, stock code, product code, item id, lineitem sku, variant sku, article number, tuotenumero, tuotekoodi, tuote id, tuotetunnus", _LINES | _EVENTS, "property"),
    _row("product_name", "text", "product name, product, description, item, item name, lineitem name, product title, title, tuote, tuotenimi, tuotteen nimi, nimike, kuvaus", _LINES | _EVENTS, "property"),
    _row("category", "text", "category, product category, product type, product group, department, tuoteryhmä, kategoria, tuotekategoria", _LINES | _EVENTS, "property"),
    _row("brand", "text", "brand, vendor, manufacturer, merkki, brändi, tuotemerkki, valmistaja", _LINES | _EVENTS, "property"),
    _row("channel", "text", "channel, sales channel, source, order source, kanava, myyntikanava", _ORDERS | _EVENTS, "property"),
    _row("coupon", "text", "coupon, coupon code, discount code, promo code, voucher, alennuskoodi, kuponki, tarjouskoodi", _ORDERS, "property"),
    _row("payment_method", "text", "payment method, payment, maksutapa", _ORDERS, "property"),
    _row("event", "text", "event, event name, event type, eventname, action, tapahtuma, tapahtuman nimi", _EVENTS, "key"),
    _row("occurred_at", "time", "occurred at, at, time, timestamp, date, datetime, event time, event timestamp, event date, created at, sent at, aika, ajankohta, päivämäärä, pvm, tapahtuma-aika", _EVENTS, "key"),
    _row("message_id", "text", "message id, event id, messageid, uuid, viestitunnus, tapahtuman tunnus", _EVENTS, "key"),
    _row("updated_at", "time", "updated at, modified at, last changed, last modified, last modified date, modified time, update time, person update time, last updated, muokattu, päivitetty", _LIST, "key"),
    _row("phone", "text", "phone, phone number, telephone, mobile, mobile phone, mobile number, billing phone, default address phone, person phone mobile, person phone work, person phone home, person phone other, tel, sms, puhelin, puhelinnumero, matkapuhelin, puh, gsm", _PEOPLE),
    _row("first_name", "text", "first name, firstname, given name, forename, fname, billing first name, person first name, etunimi, etunimet", _PEOPLE),
    _row("last_name", "text", "last name, lastname, surname, family name, lname, billing last name, person last name, sukunimi", _PEOPLE),
    _row("name", "text", "name, full name, customer name, billing name, person name, nimi, asiakkaan nimi, koko nimi", _PEOPLE),
    _row("address", "text", "address, street, street address, address 1, address1, address line 1, billing address1, billing address 1, default address address1, billing street, osoite, katuosoite, lähiosoite", _PEOPLE),
    _row("postcode", "text", "postcode, postal code, zip, zip code, zipcode, billing zip, default address zip, billing postcode, postal, postinumero, postinro", _PEOPLE),
    _row("city", "text", "city, town, billing city, default address city, municipality, kaupunki, postitoimipaikka, kunta, paikkakunta, kotikunta", _PEOPLE),
    _row("municipality", "text", "municipality, kunta, kotikunta, asuinkunta, kunnan nimi", _PEOPLE),
    _row("region", "text", "region, state province, province, county, billing province, default address province code, state, maakunta, alue", _PEOPLE, codes="region"),
    _row("country", "text", "country, country code, billing country, default address country code, country region, maa, maakoodi", _PEOPLE, codes="country"),
    _row("latitude", "decimal", "latitude, lat, geo latitude, leveysaste, leveyspiiri", _LIST),
    _row("longitude", "decimal", "longitude, lng, lon, long, geo longitude, pituusaste, pituuspiiri", _LIST),
    _row("language", "text", "language, locale, language code, preferred language, kieli, asiointikieli", _PEOPLE, codes="language"),
    _row("gender", "text", "gender, sex, sukupuoli", _PEOPLE),
    _row("birthday", "date", "birthday, birth date, date of birth, dob, syntymäaika, syntymäpäivä", _PEOPLE),
    _row("age", "integer", "age, ikä", _LIST),
    _row("company", "text", "company, company name, billing company, default address company, organisation, organization, person organization, organization name, associated company, account name, yritys, yrityksen nimi", _PEOPLE),
    _row("account", "text", "account, account id, account name, account number, associated company id, associated company ids, primary associated company id, organization id, company id, asiakasyritys, asiakasyrityksen tunnus, yrityksen tunnus", _PEOPLE),
    _row("employees", "integer", "employees, number of employees, employee count, no of employees, headcount, company size, organization employee count, organization number of employees, henkilöstömäärä, henkilöstön määrä, työntekijöitä, työntekijämäärä, työntekijöiden määrä", _LIST),
    _row("industry", "text", "industry, sector, line of business, company industry, organization industry, toimiala, päätoimiala, toimialaluokka, tol, tol 2008, tol code, tol koodi, toimialakoodi", _LIST),
    _row("job_title", "text", "job title, jobtitle, job role, person title, person job title, occupation, titteli, ammattinimike, tehtävänimike, ammatti", _LIST),
    _row("open_deal", "boolean", "open deal, has open deal, open deals, number of open deals, person open deals, organization open deals, open opportunity, has open opportunity, avoin kauppa, avoimia kauppoja, avoimet kaupat, avoin myyntimahdollisuus", _LIST),
    _row("joined", "time", "joined, joined at, signed up, sign up, registered, registered at, created at, customer since, date created, date added, created, added time, create date, person created, member since, optin time, signup date, liittynyt, liittymispäivä, rekisteröitynyt, asiakas alkaen", _LIST),
    _row("tags", "text_set", "tags, tag, tag list, customer tags, contact tags, person label, person labels, tunnisteet, tagit", _PEOPLE),
    _row("lists", "text_set", "lists, mailing lists, email lists, list membership, list memberships, listat, postituslistat, sähköpostilistat", _LIST),
    _row("groups", "text_set", "groups, customer groups, customer group, member groups, ryhmät, asiakasryhmät, asiakasryhmä", _LIST),
    _row("interests", "text_set", "interests, areas of interest, topics of interest, interest groups, kiinnostukset, kiinnostuksen kohteet, mielenkiinnon kohteet", _LIST),
    _row("values", "text_set", "values, personal values, arvot, arvomaailma", _LIST),
    _row("consent_email", "text", "consent email, email consent, accepts marketing, accepts email marketing, email marketing consent, marketing consent, newsletter, email subscription status, person marketing status, suostumus sähköposti, sähköpostilupa, sähköpostimarkkinointilupa, markkinointilupa sähköposti, markkinointilupa, uutiskirjelupa, uutiskirje, confirm time", _PEOPLE, "consent"),
    _row("consent_sms", "text", "consent sms, sms consent, accepts sms marketing, sms marketing consent, suostumus sms, tekstiviestilupa, sms-lupa, markkinointilupa tekstiviesti", _PEOPLE, "consent"),
    _row("consent_ads", "text", "consent ads, ads consent, ad consent, advertising consent, accepts ads, ad user data, suostumus mainonta, mainontalupa, mainoslupa, kohdennetun mainonnan lupa, markkinointilupa mainonta", _PEOPLE, "consent"),
    _row("consent_personalisation", "text", "consent personalisation, consent personalization, personalisation consent, personalization consent, suostumus personointi, personointilupa, kohdennuslupa", _PEOPLE, "consent"),
    _row("consent_profiling", "text", "consent profiling, profiling consent, suostumus profilointi, profilointilupa", _PEOPLE, "consent"),
    _row("optout_email", "text", "optout email, email blacklisted, unsubscribed, unsubscribed at, unsubscribe date, unsub time, email opt out, opted out, do not email, email suppressed, markkinointikielto, suoramarkkinointikielto, sähköpostikielto", _PEOPLE, "optout"),
    _row("optout_sms", "text", "optout sms, sms blacklisted, sms opt out, do not call, tekstiviestikielto", _PEOPLE, "optout"),
)  # fmt: skip

REQUIRED: dict[Kind, tuple[tuple[str, ...], ...]] = {
    "order-lines": (("customer_id", "email"), ("ordered_at",), ("unit_price", "line_total")),
    "orders": (("customer_id", "email"), ("ordered_at",), ("total",)),
    "customers": (("customer_id", "email"),),
    "events": (("customer_id", "email"), ("occurred_at",)),
}
"""Per kind, the fields a file must have; of those in one group, one is enough."""


def fields_of(kind: Kind) -> dict[str, Field]:
    """The known fields of a kind of file, by name."""
    return {field.name: field for field in FIELDS if kind in field.kinds}


def is_known_header(label: str) -> bool:
    """Whether a header alone means who a customer is, so that a file may have no other column."""
    names = {key(alias) for field in FIELDS if field.name in ("customer_id", "email") for alias in (field.name, *field.aliases)}
    return key(label) in names


def key(label: str) -> str:
    """A header without case, spaces and signs, for comparison; å, ä and ö are kept.

    >>> key("Order ID"), key("Lineitem_sku"), key("À-hinta")
    ('orderid', 'lineitemsku', 'àhinta')
    """
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFC", label).casefold())


def own_name(label: str) -> str:
    """The name under which a column that is no known field is kept.

    >>> own_name("Marital Status"), own_name("properties.plan"), own_name("¿?")
    ('marital_status', 'plan', '¿?')
    """
    short = label.removeprefix("properties.").removeprefix("traits.")
    return re.sub(r"[\W_]+", "_", unicodedata.normalize("NFC", short)).strip("_").casefold() or short.strip()
