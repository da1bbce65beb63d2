"""The fields that Lohko knows, and the headers that mean them in any file, in English and Finnish.

What only one system's export means by a header stands in that format's own module.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from types import MappingProxyType
from typing import Literal

from lohko.model.schema import Codes, Type

Kind = Literal[
    "order-lines",
    "orders",
    "customers",
    "events",
    "survey",
    "bookings",
    "tickets",
    "notes",
    "leads",
    "products",
    "ad-spend",
    "accounts",
    "deals",
]
KINDS: tuple[Kind, ...] = (
    "order-lines", "orders", "customers", "events", "survey", "bookings", "tickets", "notes", "leads", "products", "ad-spend", "accounts",
    "deals",
)  # fmt: skip
EVENT_OF: dict[Kind, str] = {"survey": "survey_answered", "bookings": "booking", "tickets": "ticket", "notes": "note", "leads": "lead"}
"""The kinds whose rows are events of one name."""
NO_PERSON: frozenset[Kind] = frozenset({"products", "ad-spend", "accounts"})
"""The kinds whose rows are about no person."""
NUMBERED: dict[Kind, str] = {
    "bookings": "booking_id", "tickets": "ticket_id", "notes": "note_id", "leads": "lead_id", "survey": "response_id", "products": "sku",
    "accounts": "account_id", "deals": "deal_id",
}  # fmt: skip
"""The field by which rows of a kind are known again."""
Role = Literal["key", "attribute", "property", "consent", "optout", "account", "deal", "ignored"]
"""What a column is: `account` is an attribute of a company, `deal` what ties a deal to its company and its days."""


@dataclass(frozen=True)
class Field:
    """One known field: its name, type, what it is in each kind of file, and its aliases."""

    name: str
    type: Type
    aliases: tuple[str, ...]
    kinds: frozenset[Kind]
    role: Role = "attribute"
    codes: Codes | None = None

    @cached_property
    def keys(self) -> frozenset[str]:
        """The headers that alone mean this field, as `key` has them."""
        return frozenset(self._ranks)

    @cached_property
    def _ranks(self) -> dict[str, int]:
        names = (key(name) for name in (self.name, *self.aliases))
        return {name: rank for rank, name in reversed(list(enumerate(names)))}

    def rank(self, label: str) -> int | None:
        """How far down the field's headers this one is, the nearest 0; None where it does not mean the field.

        Behind all others are headers with a remark, such as their unit, and those that say whose it is: the guest's e-mail.
        """
        for behind, way in enumerate(ways(label)):
            if way in self._ranks and (behind < _WHOSE or self._is_personal):
                return self._ranks[way] + behind * _BEHIND
        return None

    @cached_property
    def _is_personal(self) -> bool:
        return self.name in _PERSONAL and "customers" in self.kinds


_ORDERS: frozenset[Kind] = frozenset({"order-lines", "orders"})
_LINES: frozenset[Kind] = frozenset({"order-lines"})
_HEADS: frozenset[Kind] = frozenset({"orders"})
_EVENTS: frozenset[Kind] = frozenset({"events"})
_ALL: frozenset[Kind] = frozenset(kind for kind in KINDS if kind not in NO_PERSON)
_PEOPLE: frozenset[Kind] = frozenset({"order-lines", "orders", "customers", *EVENT_OF})
_LIST: frozenset[Kind] = frozenset({"customers"})
_SURVEY: frozenset[Kind] = frozenset({"survey"})
_BOOKINGS: frozenset[Kind] = frozenset({"bookings"})
_TICKETS: frozenset[Kind] = frozenset({"tickets"})
_NOTES: frozenset[Kind] = frozenset({"notes"})
_LEADS: frozenset[Kind] = frozenset({"leads"})
_PRODUCTS: frozenset[Kind] = frozenset({"products"})
_SPEND: frozenset[Kind] = frozenset({"ad-spend"})
_ACCOUNTS: frozenset[Kind] = frozenset({"accounts"})
_DEALS: frozenset[Kind] = frozenset({"deals"})


def _row(name: str, kind: Type, aliases: str, kinds: frozenset[Kind], role: Role = "attribute", codes: Codes | None = None) -> Field:
    return Field(name, kind, tuple(part.strip() for part in aliases.split(",")), kinds, role, codes)


FIELDS: tuple[Field, ...] = (
    _row("customer_id", "text", "customer id, customer number, customer code, client id, user id, userid, buyer id, contact id, person id, member id, member number, membership number, customer no, customer reference, loyalty card number, loyalty number, asiakasnumero, asiakastunnus, asiakaskoodi, asiakas id, asiakasnro, asiakkaan numero, asiakkaan tunnus, jäsennumero, kanta-asiakasnumero, kanta-asiakaskortti, kanta-asiakaskortin numero, customer, client, asiakas", _ALL, "key"),
    _row("email", "text", "email, e-mail, email address, e-mail address, customer email, billing email, customer email address, contact email, mail, s-postiosoite, asiakkaan sähköposti, asiakkaan sähköpostiosoite, tilaajan sähköposti, laskutussähköposti, e-mail 1 value, person email work, person email home, person email other, sähköposti, sähköpostiosoite, s-posti, sposti", _ALL),
    _row("order_id", "text", "order id, order number, order no, order, order name, invoice no, invoice number, invoice, invoice id, receipt, receipt number, name of order, transaction id, tilausnumero, tilaus id, tilausnro, tilaus, tilauksen numero, laskunumero, laskun numero, kuitti, kuittinumero, order reference, order nr, sale id, sale number, purchase id, payment id, transaction number, receipt no, receipt id, merchant reference, myyntinumero, kuitin numero, tapahtumanumero", _ORDERS, "property"),
    _row("ordered_at", "time", "ordered at, order date, order time, date, datetime, timestamp, invoice date, purchase date, created at, created, created utc, created date utc, order created, order placed, paid at, transaction date, date created, tilausaika, tilauspäivä, tilauspvm, päivämäärä, pvm, päiväys, ostopäivä, laskun päivä, aika, sale date, sales date, sold at, purchased at, purchased on, order created at, transaction time, payment date, myyntipäivä, myyntiaika, tilattu, maksupäivä, laskupäivä, laskutuspäivä", _ORDERS, "key"),
    _row("total", "money", "total, order total, total amount, grand total, amount, revenue, sum, total price, order value, total incl vat, gross total, yhteensä, summa, loppusumma, tilauksen summa, kokonaissumma, verollinen summa, summa sis alv, yhteensä sis alv, summa veroton, veroton summa, yhteensä veroton, summa alv 0, yhteensä alv 0, total excl vat, total ex vat, total excluding vat, total excl tax, order total amount, order amount, invoice total, total paid, amount paid, gross amount, gross sales, total with vat, hinta sis alv, verollinen hinta, verollinen, laskun summa, laskun loppusumma, yhteissumma, myynti sis alv, veroton, hinta ilman alv, myynti alv 0", _HEADS, "key"),
    _row("quantity", "decimal", "quantity, qty, units, lineitem quantity, items, item quantity, count, pieces, määrä, kpl, lukumäärä, kappalemäärä", _ORDERS, "key"),
    _row("unit_price", "money", "unit price, price, item price, lineitem price, price each, price per unit, hinta, à-hinta, a-hinta, yksikköhinta, kappalehinta, á-hinta, kpl-hinta, yks hinta, yksikköhinta veroton, veroton yksikköhinta", _LINES, "property"),
    _row("line_total", "money", "line total, total, amount, line amount, row total, sum, revenue, sales, total incl vat, rivisumma, yhteensä, summa, rivihinta, verollinen rivisumma, rivisumma verollinen, rivisumma sis alv, total price, line price, item total, lineitem total, gross sales, net sales, rivin summa, rivi yht, rivi yhteensä, rivit yhteensä, rivin hinta, veroton rivisumma, rivisumma veroton, hinta sis alv, hinta yhteensä, verollinen hinta, hinta ilman alv", _LINES, "key"),
    _row("unit_cost", "money", "unit cost, cost, cost per item, cost price, item cost, lineitem cost, purchase price, ostohinta, hankintahinta", _LINES, "property"),
    _row("discount", "money", "discount, discount amount, lineitem discount, alennus, alennuksen määrä", _ORDERS, "property"),
    _row("tax", "money", "tax, vat, taxes, tax amount, vat amount, total tax, tax total, vat rate, tax rate, vat percent, alv, vero, alv määrä, alv euroa, alv kanta, alv prosentti, alv %, veron määrä, vat total, vat sum, sales tax, order tax, verot, verot yhteensä, vero yhteensä, alv yhteensä, alv summa, veron osuus, tilauksen verot, tilauksen vero, tilauksen verot yhteensä, tilauksen vero yhteensä, moms, order total tax amount, order tax amount, total tax amount", _ORDERS, "key"),
    _row("currency", "text", "currency, currency code, valuutta, valuuttakoodi, order currency", _ORDERS | _BOOKINGS | _SPEND, "key"),
    _row("shipping", "money", "shipping, toimituskulut, toimitusmaksu, postikulut, rahti", _HEADS, "property"),
    _row("refunded", "money", "refunded, total refunded, refunded total, refunded amount, refund amount, amount refunded, palautettu, hyvitys, hyvitetty, palautettu summa, order refund amount, refund total", _ORDERS, "key"),
    _row("order_subtotal", "money", "order subtotal", _LINES, "key"),
    _row("order_discount", "money", "order discount", _LINES, "key"),
    _row("order_shipping", "money", "order shipping", _LINES, "key"),
    _row("order_tax", "money", "order tax, order vat", _LINES, "key"),
    _row("order_total", "money", "order total, tilauksen loppusumma", _LINES, "key"),
    _row("status", "text", "status, order status, financial status, payment status, tila, tilauksen tila", _ORDERS, "property"),
    _row("cancelled_at", "text", "cancelled at, canceled at, cancelled, canceled, peruttu, peruutettu", _ORDERS, "key"),
    _row("product_id", "text", "product id, sku, stock code, product code, item id, lineitem sku, variant sku, article number, tuotenumero, tuotekoodi, tuote id, tuotetunnus", _LINES | _EVENTS, "property"),
    _row("product_name", "text", "product name, product, description, item, item name, lineitem name, product title, title, tuote, tuotenimi, tuotteen nimi, nimike, kuvaus, tuotenimike, tuotteen nimike", _LINES | _EVENTS, "property"),
    _row("category", "text", "category, product category, product type, product group, department, tuoteryhmä, kategoria, tuotekategoria", _LINES | _EVENTS, "property"),
    _row("brand", "text", "brand, vendor, manufacturer, merkki, brändi, tuotemerkki, valmistaja", _LINES | _EVENTS, "property"),
    _row("channel", "text", "channel, sales channel, source, order source, kanava, myyntikanava", _ORDERS | _EVENTS, "property"),
    _row("coupon", "text", "coupon, coupon code, discount code, promo code, voucher, alennuskoodi, kuponki, tarjouskoodi", _ORDERS, "property"),
    _row("payment_method", "text", "payment method, payment, maksutapa, payment method title", _ORDERS, "property"),
    _row("event", "text", "event, event name, event type, eventname, action, tapahtuma, tapahtuman nimi, metric name, metric", _EVENTS, "key"),
    _row("occurred_at", "time", "occurred at, at, time, timestamp, date, datetime, event time, event timestamp, event date, created at, sent at, aika, ajankohta, päivämäärä, pvm, tapahtuma-aika", _EVENTS, "key"),
    _row("message_id", "text", "message id, event id, messageid, uuid, viestitunnus, tapahtuman tunnus", _EVENTS, "key"),
    _row("anonymous_id", "text", "anonymous id, anonymousid, user pseudo id, visitor id, cookie id, device id, kävijätunnus, laitetunnus", _EVENTS),
    _row("updated_at", "time", "updated at, modified at, last changed, last modified, last modified date, modified time, update time, person update time, last updated, muokattu, päivitetty", _LIST, "key"),
    _row("phone", "text", "phone, phone number, asiakkaan puhelin, asiakkaan puhelinnumero, telephone, mobile, mobile phone, mobile number, billing phone, default address phone, person phone mobile, person phone work, person phone home, person phone other, tel, sms, puhelin, puhelinnumero, matkapuhelin, puh, gsm", _PEOPLE),
    _row("first_name", "text", "first name, firstname, given name, forename, fname, billing first name, person first name, etunimi, etunimet", _PEOPLE),
    _row("last_name", "text", "last name, lastname, surname, family name, lname, billing last name, person last name, sukunimi", _PEOPLE),
    _row("name", "text", "name, full name, customer name, billing name, person name, nimi, asiakkaan nimi, koko nimi, vieras, varaaja", _PEOPLE),
    _row("address", "text", "address, street, street address, address 1, address1, address line 1, billing address1, billing address 1, default address address1, billing street, osoite, katuosoite, lähiosoite, mailing street, street 1, street address line 1", _PEOPLE),
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
    _row("age", "integer", "age, ikä", _LIST | _SURVEY),
    _row("company", "text", "company, company name, billing company, default address company, organisation, organization, person organization, organization name, associated company, account name, yritys, yrityksen nimi", _PEOPLE),
    _row("account", "text", "account, account id, account name, account number, associated company id, associated company ids, primary associated company id, organization id, company id, asiakasyritys, asiakasyrityksen tunnus, yrityksen tunnus", _PEOPLE),
    _row("employees", "integer", "employees, number of employees, employee count, no of employees, headcount, company size, organization employee count, organization number of employees, henkilöstömäärä, henkilöstön määrä, työntekijöitä, työntekijämäärä, työntekijöiden määrä", _LIST),
    _row("industry", "text", "industry, sector, line of business, company industry, organization industry, toimiala, päätoimiala, toimialaluokka, tol, tol 2008, tol code, tol koodi, toimialakoodi", _LIST),
    _row("job_title", "text", "job title, jobtitle, job role, person title, person job title, occupation, titteli, ammattinimike, tehtävänimike, ammatti", _LIST),
    _row("open_deal", "boolean", "open deal, has open deal, open deals, number of open deals, person open deals, organization open deals, open opportunity, has open opportunity, avoin kauppa, avoimia kauppoja, avoimet kaupat, avoin myyntimahdollisuus", _LIST),
    _row("joined", "time", "joined, joined at, signed up, sign up, registered, registered at, created at, customer since, date created, date added, created, added time, create date, person created, member since, optin time, signup date, liittynyt, liittymispäivä, rekisteröitynyt, asiakas alkaen, created date, customer created, subscribed at, subscribe date, date subscribed, join date, lisätty, luotu, luomispäivä, asiakkuus alkoi, liittyi", _LIST),
    _row("tags", "text_set", "tags, tag, tag list, customer tags, contact tags, person label, person labels, tunnisteet, tagit", _PEOPLE - _TICKETS - _NOTES),
    _row("lists", "text_set", "lists, mailing lists, email lists, list membership, list memberships, listat, postituslistat, sähköpostilistat", _LIST),
    _row("groups", "text_set", "groups, customer groups, customer group, member groups, ryhmät, asiakasryhmät, asiakasryhmä", _LIST),
    _row("interests", "text_set", "interests, areas of interest, topics of interest, interest groups, kiinnostukset, kiinnostuksen kohteet, mielenkiinnon kohteet", _LIST),
    _row("values", "text_set", "values, personal values, arvot, arvomaailma", _LIST),
    _row("consent_email", "text", "consent email, email consent, accepts marketing, accepts email marketing, email marketing consent, marketing consent, newsletter, email subscription status, person marketing status, suostumus sähköposti, sähköpostilupa, sähköpostimarkkinointilupa, markkinointilupa sähköposti, markkinointilupa, uutiskirjelupa, uutiskirje, confirm time, sähköpostimarkkinointi sallittu, sähköpostimarkkinointi, sähköpostisuostumus, suostumus sähköpostimarkkinointiin, suoramarkkinointilupa, suoramarkkinointi, suoramarkkinointi sallittu, markkinointisuostumus, uutiskirjeen tilaus, uutiskirje tilattu, haluaa uutiskirjeen, subscribed to newsletter, newsletter subscription, newsletter consent, newsletter opt in, email opt in, accepted marketing emails, invitee accepted marketing emails, email marketing allowed, marketing opt in, opt in email", _PEOPLE, "consent"),
    _row("consent_sms", "text", "consent sms, sms consent, accepts sms marketing, sms marketing consent, suostumus sms, tekstiviestilupa, sms-lupa, markkinointilupa tekstiviesti, tekstiviestimarkkinointi sallittu, tekstiviestimarkkinointi, tekstiviestisuostumus, sms opt in, sms marketing allowed", _PEOPLE, "consent"),
    _row("consent_phone", "text", "consent phone, phone consent, phone marketing consent, phone marketing allowed, may be called, suostumus puhelin, puhelinlupa, puhelinmarkkinointilupa, puhelinmarkkinointi sallittu, puhelinmarkkinointi, markkinointilupa puhelin, saa soittaa", _PEOPLE, "consent"),
    _row("consent_post", "text", "consent post, post consent, postal consent, direct mail consent, postal marketing consent, direct mail allowed, suostumus posti, postimarkkinointilupa, postimarkkinointi sallittu, postimarkkinointi, markkinointilupa posti", _PEOPLE, "consent"),
    _row("consent_ads", "text", "consent ads, ads consent, ad consent, advertising consent, accepts ads, ad user data, suostumus mainonta, mainontalupa, mainoslupa, kohdennetun mainonnan lupa, markkinointilupa mainonta", _PEOPLE, "consent"),
    _row("consent_personalisation", "text", "consent personalisation, consent personalization, personalisation consent, personalization consent, suostumus personointi, personointilupa, kohdennuslupa", _PEOPLE, "consent"),
    _row("consent_profiling", "text", "consent profiling, profiling consent, suostumus profilointi, profilointilupa", _PEOPLE, "consent"),
    _row("optout_email", "text", "optout email, email blacklisted, unsubscribed, unsubscribed at, unsubscribe date, unsub time, email opt out, opted out, do not email, email suppressed, markkinointikielto, suoramarkkinointikielto, sähköpostikielto, has opted out of email, opted out of email, email optout, unsubscribed from email, unsubscribed from all email, unsubscribed from emails, perunut uutiskirjeen, kieltäytynyt kaikista sähköposteista, kieltäytynyt sähköposteista, peruuttanut kaikkien sähköpostien tilauksen, peruuttanut sähköpostien tilauksen, sähköpostimarkkinointikielto, ei sähköpostimarkkinointia, ei suoramarkkinointia", _PEOPLE, "optout"),
    _row("optout_sms", "text", "optout sms, sms blacklisted, sms opt out, has opted out of sms, ei tekstiviestejä, tekstiviestikielto", _PEOPLE, "optout"),
    _row("optout_phone", "text", "optout phone, do not call, phone opt out, no calls, puhelinkielto, puhelinmarkkinointikielto, ei puhelinmarkkinointia, ei saa soittaa", _PEOPLE, "optout"),
    _row("optout_post", "text", "optout post, do not mail, postal opt out, no post, postimarkkinointikielto, osoitekielto, ei postimarkkinointia", _PEOPLE, "optout"),
    _row("answered_at", "time", "answered at, submitted at, response date, responded at, completed at, answer date, survey date, submit date, completion time, end date, date submitted, submitted, date, timestamp, vastattu, vastausaika, vastauspäivä, vastaamisaika, vastauspvm, päivämäärä, pvm, aika, aikaleima", _SURVEY, "key"),
    _row("response_id", "text", "response id, respondent id, submission id, survey response id, vastauksen tunnus, vastaajan tunniste, vastaajan numero, vastaustunnus", _SURVEY, "property"),
    _row("survey", "text", "survey, survey name, survey title, questionnaire, form name, kysely, kyselyn nimi, lomake", _SURVEY, "property"),
    _row("question", "text", "question, question text, question title, survey question, kysymys, kysymyksen teksti", _SURVEY, "property"),
    _row("answer", "text", "answer, answer text, answer value, response, vastaus, vastauksen teksti", _SURVEY, "property"),
    _row("nps", "integer", "nps, nps score, net promoter score, suositteluindeksi", _SURVEY, "property"),
    _row("nps_class", "text", "nps class, nps category, nps group, nps luokka", _SURVEY, "property"),
    _row("csat", "integer", "csat, csat score, satisfaction score", _SURVEY, "property"),
    _row("ces", "integer", "ces, ces score, customer effort score, effort score", _SURVEY, "property"),
    _row("booked_at", "time", "booked at, booked on, booking date, reservation date, booking time, created at, created, date created, varattu, varauspäivä, varausaika, varaus tehty, varauspvm, luotu, booked date, created date, date booked", _BOOKINGS, "key"),
    _row("booking_id", "text", "booking id, booking number, book number, booking reference, reservation id, reservation number, reservation, confirmation number, varausnumero, varaustunnus, varaus, booking ref", _BOOKINGS, "property"),
    _row("arrival", "date", "arrival, arrival date, check in, check in date, checkin, from, saapuminen, saapumispäivä, saapumispvm, tulopäivä, alkaa, ajankohta, varattu aika, appointment, appointment date, appointment time, appointment start, product start date", _BOOKINGS, "property"),
    _row("departure", "date", "departure, departure date, check out, check out date, checkout, until, lähtö, lähtöpäivä, lähtöpvm, päättyy", _BOOKINGS, "property"),
    _row("nights", "integer", "nights, number of nights, duration nights, length of stay, yöt, öitä, yöpymiset, yömäärä", _BOOKINGS, "property"),
    _row("guests", "integer", "guests, number of guests, persons, people, pax, occupancy, henkilöt, henkilömäärä, henkilöitä, vieraita, vieraat, participants, osallistujia", _BOOKINGS, "property"),
    _row("adults", "integer", "adults, aikuiset, aikuisia", _BOOKINGS, "property"),
    _row("children", "integer", "children, kids, lapset, lapsia", _BOOKINGS, "property"),
    _row("room", "text", "room, room type, unit, unit type, accommodation, property, huone, huonetyyppi, mökki, kohde, majoitus", _BOOKINGS, "property"),
    _row("channel", "text", "channel, source, booking channel, booking source, via, ticket channel, kanava, varauskanava", _BOOKINGS | _TICKETS, "property"),
    _row("total", "money", "total, total price, grand total, total amount, booking total, price, amount, revenue, sum, kokonaishinta, hinta yhteensä, loppusumma, kokonaissumma, yhteensä, summa, hinta", _BOOKINGS, "property"),
    _row("status", "text", "status, booking status, reservation status, ticket status, state, tila, varauksen tila", _BOOKINGS | _TICKETS, "property"),
    _row("cancelled_at", "text", "cancelled at, canceled at, cancelled, canceled, cancellation date, cancelled on, canceled on, cancelled on date, peruttu, peruutettu, peruutuspäivä, perumispäivä", _BOOKINGS, "key"),
    _row("no_show", "boolean", "no show, noshow, ei saapunut", _BOOKINGS, "property"),
    _row("purpose", "text", "purpose, travel purpose, matkan tarkoitus", _BOOKINGS, "property"),
    _row("created_at", "time", "created at, created, created time, ticket created, opened at, date opened, opened, date, luotu, avattu, saapunut, päivämäärä, pvm", _TICKETS, "key"),
    _row("ticket_id", "text", "ticket id, ticket number, ticket no, ticket, case number, case id, tikettinumero, tiketin numero, tiketti, palvelupyyntö, tukipyyntö", _TICKETS, "property"),
    _row("subject", "text", "subject, title, ticket subject, aihe, otsikko", _TICKETS, "property"),
    _row("priority", "text", "priority, urgency, ticket priority, prioriteetti, kiireellisyys", _TICKETS, "property"),
    _row("topic", "text", "topic, category, type, ticket type, issue type, reason, luokka, aihealue, tyyppi, syy", _TICKETS | _NOTES, "property"),
    _row("solved_at", "time", "solved at, resolved at, solved, resolved, resolved time, closed at, closed time, closed, ticket solved, ratkaistu, suljettu", _TICKETS, "property"),
    _row("satisfaction", "text", "satisfaction, satisfaction rating, satisfaction score, csat, tyytyväisyys, survey results", _TICKETS, "property"),
    _row("noted_at", "time", "noted at, interview date, interviewed at, test date, session date, date of interview, date, created at, haastattelupäivä, haastattelu pvm, haastattelun päivä, testipäivä, testauspäivä, päivämäärä, pvm", _NOTES, "key"),
    _row("note", "text", "note, notes, observation, observations, quote, transcript, text, summary, muistiinpanot, muistiinpano, havainto, havainnot, sitaatti, teksti", _NOTES, "property"),
    _row("note_id", "text", "note id, observation id, muistiinpanon tunnus", _NOTES, "property"),
    _row("author", "text", "author, interviewer, moderator, researcher, haastattelija, moderaattori, tutkija", _NOTES, "property"),
    _row("tags", "text_set", "tags, tag, labels, themes, codes, ticket tags, tunnisteet, tagit, teemat, avainsanat", _TICKETS | _NOTES, "property"),
    _row("submitted_at", "time", "submitted at, created time, created at, lead date, submitted, date, lähetetty, luotu, päivämäärä", _LEADS, "key"),
    _row("lead_id", "text", "lead id, liidin tunnus", _LEADS, "property"),
    _row("form", "text", "form, form name, lomake, lomakkeen nimi", _LEADS, "property"),
    _row("sku", "text", "sku, product id, product code, product number, item number, article number, variant sku, tuotenumero, tuotekoodi, tuotetunnus", _PRODUCTS, "key"),
    _row("name", "text", "name, product name, product title, title, product, tuotenimi, tuotteen nimi, tuote, nimi, nimike", _PRODUCTS, "property"),
    _row("category", "text", "category, product category, product type, type, product group, kategoria, tuoteryhmä, ryhmä", _PRODUCTS, "property"),
    _row("brand", "text", "brand, vendor, manufacturer, merkki, tuotemerkki, brändi, valmistaja", _PRODUCTS, "property"),
    _row("supplier", "text", "supplier, toimittaja, tavarantoimittaja", _PRODUCTS, "property"),
    _row("unit", "text", "unit, unit of measure, yksikkö", _PRODUCTS, "property"),
    _row("cost", "money", "cost, cost per item, unit cost, cost price, purchase price, ostohinta, hankintahinta, sisäänostohinta, ostohinta alv 0, hankintahinta alv 0, ostohinta veroton", _PRODUCTS, "property"),
    _row("price", "money", "price, unit price, variant price, sales price, retail price, list price, hinta, myyntihinta", _PRODUCTS, "property"),
    _row("vat_rate", "decimal", "vat rate, vat, vat %, tax rate, alv, alv kanta, alv %, verokanta", _PRODUCTS, "property"),
    _row("valid_from", "time", "valid from, price from, effective from, updated at, voimassa alkaen, alkaen", _PRODUCTS, "key"),
    _row("day", "time", "day, date, by day, reporting starts, start date, päivä, päivämäärä, pvm", _SPEND, "key"),
    _row("spend", "money", "spend, ad spend, cost, amount spent, total spent, media cost, kulutus, mainoskulut, mediakulut, kustannus, kustannukset, käytetty summa", _SPEND, "key"),
    _row("platform", "text", "platform, ad platform, network, channel, alusta, kanava", _SPEND | _LEADS, "property"),
    _row("account", "text", "account, account name, ad account, tili, tilin nimi", _SPEND, "property"),
    _row("campaign_id", "text", "campaign id, kampanjan tunnus", _SPEND | _LEADS, "property"),
    _row("campaign", "text", "campaign, campaign name, kampanja, kampanjan nimi", _SPEND | _LEADS, "property"),
    _row("ad_group", "text", "ad group, ad set, ad set name, adset name, ad group name, mainosryhmä, mainosjoukko", _SPEND | _LEADS, "property"),
    _row("ad", "text", "ad, ad name, creative, mainos, mainoksen nimi", _SPEND | _LEADS, "property"),
    _row("impressions", "integer", "impressions, impr, views, näyttökerrat, impressiot, näytöt", _SPEND, "property"),
    _row("clicks", "integer", "clicks, link clicks, clicks all, klikkaukset, klikit, linkin klikkaukset", _SPEND, "property"),
    _row("leads", "decimal", "leads, lead forms, liidit", _SPEND, "property"),
    _row("conversions", "decimal", "conversions, purchases, results, konversiot, ostot", _SPEND, "property"),
    _row("conversion_value", "money", "conversion value, conv value, purchases conversion value, konversioarvo", _SPEND, "property"),
)  # fmt: skip

FIELDS += (
    _row("account_id", "text", "account id, account number, company id, organization id, organisation id, record id, id, yrityksen tunnus, asiakasnumero, tunnus", _ACCOUNTS, "account"),
    _row("company", "text", "company, company name, account, account name, organization, organisation, organization name, organisation name, name, yritys, yrityksen nimi, toiminimi, nimi", _ACCOUNTS, "account"),
    _row("business_id", "text", "business id, company registration number, registration number, business identity code, vat id, organization number, y tunnus, ytunnus, yritystunnus, yritys ja yhteisötunnus", _ACCOUNTS, "account"),
    _row("vat_number", "text", "vat number, vat no, eu vat number, alv numero, alv tunniste, arvonlisäverotunniste", _ACCOUNTS, "account"),
    _row("domain", "text", "domain, company domain name, company domain, website, website url, web site, url, homepage, verkkotunnus, kotisivu, kotisivut, verkkosivu, www", _ACCOUNTS, "account"),
    _row("industry", "text", "industry, sector, line of business, company industry, organization industry, toimiala, päätoimiala, toimialaluokka, tol, tol 2008, tol code, tol koodi, toimialakoodi", _ACCOUNTS, "account"),
    _row("employees", "integer", "employees, number of employees, employee count, no of employees, headcount, company size, organization employee count, organization number of employees, henkilöstömäärä, henkilöstön määrä, työntekijöitä, työntekijämäärä, työntekijöiden määrä", _ACCOUNTS, "account"),
    _row("account_revenue", "money", "account revenue, revenue, annual revenue, turnover, yearly revenue, liikevaihto", _ACCOUNTS, "account"),
    _row("parent_account", "text", "parent account, parent company, parent company name, parent, subsidiary of, owned by company, emoyhtiö, emoyritys, konserni", _ACCOUNTS, "account"),
    _row("account_owner", "text", "account owner, owner, company owner, organization owner, sales rep, account manager, vastuuhenkilö, myyjä, asiakasvastaava", _ACCOUNTS, "account"),
    _row("account_city", "text", "account city, city, town, billing city, organization city, organization address city town village locality, kaupunki, postitoimipaikka, kunta", _ACCOUNTS, "account"),
    _row("account_postcode", "text", "account postcode, postal code, postcode, zip, zip code, billing zip, organization address zip postal code, postinumero", _ACCOUNTS, "account"),
    _row("account_country", "text", "account country, country, country region, office location, billing country, organization address country, maa", _ACCOUNTS, "account", "country"),
    _row("account_phone", "text", "account phone, phone, phone number, organization phone, puhelin, puhelinnumero", _ACCOUNTS, "account"),
    _row("account_labels", "text", "account labels, labels, label, organization label, organization labels, tags", _ACCOUNTS, "account"),
    _row("updated_at", "time", "updated at, modified at, last modified, last modified date, update time, organization update time, muokattu, päivitetty", _ACCOUNTS | _DEALS, "key"),
    _row("deal_id", "text", "deal id, opportunity id, deal number, opportunity number, record id, id, kaupan tunnus, tarjousnumero", _DEALS, "key"),
    _row("title", "text", "title, deal title, deal name, opportunity, opportunity name, dealname, name, kaupan nimi, otsikko, kauppa", _DEALS, "property"),
    _row("stage", "text", "stage, deal stage, dealstage, opportunity stage, pipeline stage, sales stage, vaihe, kaupan vaihe, myyntivaihe", _DEALS, "property"),
    _row("status", "text", "status, deal status, opportunity status, state, tila, kaupan tila", _DEALS, "property"),
    _row("value", "money", "value, deal value, amount, deal amount, close value, opportunity amount, total, arvo, kaupan arvo, summa", _DEALS, "property"),
    _row("currency", "text", "currency, currency code, deal currency, currency of value, deal currency of value, valuutta", _DEALS, "key"),
    _row("owner", "text", "owner, deal owner, sales agent, sales rep, opportunity owner, salesperson, omistaja, myyjä, vastuuhenkilö", _DEALS, "property"),
    _row("product", "text", "product, product name, deal product name, item, tuote, tuotteen nimi", _DEALS, "property"),
    _row("lost_reason", "text", "lost reason, deal lost reason, closed lost reason, loss reason, häviön syy, hylkäyssyy", _DEALS, "property"),
    _row("created", "time", "created, created at, create date, deal created, date created, engage date, opened, opened at, add time, luotu, avattu", _DEALS, "deal"),
    _row("closed", "time", "closed, closed at, close date, closing date, deal closed on, won time, closed date, päättynyt, suljettu, päätetty", _DEALS, "deal"),
    _row("company", "text", "company, company name, account, account name, organization, organisation, organization name, deal organization, associated company, yritys, yrityksen nimi", _DEALS, "deal"),
    _row("account_id", "text", "account id, company id, organization id, associated company id, associated company ids, primary associated company id, yrityksen tunnus", _DEALS, "deal"),
)  # fmt: skip

REQUIRED: dict[Kind, tuple[tuple[str, ...], ...]] = {
    "order-lines": (("customer_id", "email"), ("ordered_at",), ("unit_price", "line_total")),
    "orders": (("customer_id", "email"), ("ordered_at",), ("total",)),
    "customers": (("customer_id", "email", "phone"),),
    "events": (("customer_id", "email", "anonymous_id"), ("occurred_at",)),
    "survey": (("customer_id", "email"),),
    "bookings": (("customer_id", "email", "phone"), ("booked_at",)),
    "tickets": (("customer_id", "email"), ("created_at",)),
    "notes": (("customer_id", "email"), ("noted_at",), ("note",)),
    "leads": (("email", "phone", "customer_id"), ("submitted_at",)),
    "products": (("sku",),),
    "ad-spend": (("day",), ("spend",)),
    "accounts": (("account_id", "company"),),
    "deals": (("deal_id",), ("stage", "status")),
}
"""Per kind, the fields a file must have; of those in one group, one is enough."""


@cache
def fields_of(kind: Kind) -> Mapping[str, Field]:
    """The known fields of a kind of file, by name."""
    return MappingProxyType({field.name: field for field in FIELDS if kind in field.kinds})


def is_known_header(label: str) -> bool:
    """Whether a header alone means who a customer is, so that a file may have no other column."""
    return any(key(label) in field.keys for field in FIELDS if field.name in ("customer_id", "email"))


_NUMBER, _DAY = re.compile("nro$"), re.compile("(pvm|päivämäärä|päiväys)$")


@lru_cache(maxsize=1 << 14)
def key(label: str) -> str:
    """A header without case, spaces and signs, for comparison; å, ä and ö are kept.

    Finnish endings that are written short and long are one: a `nro` is a `numero`, a `pvm` and a `päivämäärä` a `päivä`.

    >>> key("Order ID"), key("Lineitem_sku"), key("À-hinta"), key("Laskunro"), key("Eräpvm.")
    ('orderid', 'lineitemsku', 'àhinta', 'laskunumero', 'eräpäivä')
    """
    plain = re.sub(r"[\W_]+", "", unicodedata.normalize("NFC", label).casefold())
    return _DAY.sub("päivä", _NUMBER.sub("numero", plain))


_REMARK = re.compile(
    r"""[ \u00a0]*(?:
        [(\[] \s* (?: (?:in\s)?(?:utc|gmt|e?est|eest|eet|cest|cet|local|[a-z]{3}|€|\$|£|euroa?) | kpl | pcs | base | purchased | x | k/e | y/n | kyllä/ei | yes/no
            | (?:sis|incl|excl|ex|exkl|inkl)\b[^)\]]* | alv\W*0[^)\]]* | vat\W*0[^)\]]* | veroton | verollinen | netto | brutto | net | gross
            | pp\.kk\.v+ | dd[./-]mm[./-]y+ | mm[./-]dd[./-]y+ | y{4}-mm-dd ) \s* [)\]]
        | [ ,]*(?:€|\$|£|\beur\b|\beuroa\b)
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
"""What stands behind a header and says in which unit or zone its cells are."""
_OF_WHOM = (
    "billing", "billto", "invoice", "customer", "buyer", "client", "contact", "guest", "booker", "invitee", "attendee", "participant", "requester",
    "subscriber", "member", "payer", "purchaser", "respondent", "lead", "mailing", "reviewuser", "consumer", "reviewer", "from",
    "asiakkaan", "laskutusosoitteen", "laskutusosoite", "laskutus", "ostajan", "tilaajan", "maksajan", "vastaajan", "osallistujan", "varaajan",
    "vieraan", "jäsenen", "yhteyshenkilön",
)  # fmt: skip
"""Words before a header that say whose it is: somebody who buys, and nobody of the firm, nor where goods are sent."""
_PERSONAL = frozenset(
    (
        "email",
        "phone",
        "first_name",
        "last_name",
        "name",
        "address",
        "postcode",
        "city",
        "region",
        "country",
        "company",
        "language",
        "gender",
        "birthday",
    )
)
_BEHIND, _WHOSE = 100, 2
"""How much further down a header with a remark is; from which of the ways on it is told whose something is."""
_BRACKETED = re.compile(r"(.*?)[ -]*[(\[]\s*(billing|invoice|laskutus|laskutusosoite)\s*[)\]]\s*$", re.IGNORECASE)


@lru_cache(maxsize=1 << 14)
def ways(label: str) -> tuple[str, ...]:
    """The headers that one may stand for, as `key` has them: itself, without its remark, and what it says of somebody.

    >>> ways("Summa (€)"), ways("Guest Email"), ways("Phone (Billing)"), ways("Total")
    (('summa', 'summa', ''), ('guestemail', 'guestemail', 'email'), ('phonebilling', 'phonebilling', 'phone'), ('total', 'total', ''))
    """
    plain = label.removeprefix("properties.").removeprefix("traits.")
    bare = key(_REMARK.sub("", plain)) or key(plain)
    bracketed = _BRACKETED.fullmatch(plain)
    whose = key(bracketed[1]) if bracketed else next((bare.removeprefix(word) for word in _OF_WHOM if bare.startswith(word)), "")
    return key(plain), bare, whose


def own_name(label: str) -> str:
    """The name under which a column that is no known field is kept.

    >>> own_name("Marital Status"), own_name("properties.plan"), own_name("¿?")
    ('marital_status', 'plan', '¿?')
    """
    short = label.removeprefix("properties.").removeprefix("traits.")
    return re.sub(r"[\W_]+", "_", unicodedata.normalize("NFC", short)).strip("_").casefold() or short.strip()
