"""The Finnish forms of known events, attributes and properties, one row each.

A row stores every form that a sentence needs; names without a row are written
as they are behind a class word that takes the case (`tapahtuma "quiz_done"`).
"""

from __future__ import annotations

from dataclasses import dataclass

from lohko.model.words import write_text


@dataclass(frozen=True)
class Noun:
    """One of the events: `tilaus`, `tilauksen summa`, `ei tilausta`, `tilauksesta on kulunut`, `tilausten määrä`, `70 % tilauksista`."""

    nominative: str
    genitive: str
    partitive: str
    elative: str
    genitive_plural: str
    elative_plural: str


@dataclass(frozen=True)
class Made:
    """The participle before the noun when a time stands before it: `1.11.2026 alkaen tehtyjen tilausten`; in the cases of Noun."""

    nominative: str = "tapahtunut"
    genitive: str = "tapahtuneen"
    elative: str = "tapahtuneesta"
    genitive_plural: str = "tapahtuneiden"
    elative_plural: str = "tapahtuneista"


_MADE = Made("tehty", "tehdyn", "tehdystä", "tehtyjen", "tehdyistä")
_GOT = Made("saatu", "saadun", "saadusta", "saatujen", "saaduista")


@dataclass(frozen=True)
class EventForms:
    """An event in Finnish.

    did, did_not     after `on` and `ei ole`: the negation turns the object partitive
    nobody           after `eivät ole koskaan`
    noun, made       for sentences about the events themselves
    one, not_one, many  the same with an object that a relative clause can follow; `jonka` or, when `plural`, `joiden`
    counted          a verb and its object after a number: `saanut` 10 `uutiskirjettä`
    of_those         the verb of `on klikannut niistä vähintään 2`
    worth            a property, and the verb of `tilannut yli 500 euron arvosta`, which is its sum
    place            a property, and the words before its value: `käynyt sivulla "Hinnasto"`
    used             a property, and what is said of an event that has it: `on tehty alennuskoodilla`
    """

    did: str
    did_not: str
    nobody: str
    noun: Noun
    made: Made = Made()
    one: str = ""
    not_one: str = ""
    many: str = ""
    plural: bool = False
    counted: tuple[str, str] | None = None
    of_those: str | None = None
    worth: tuple[str, str] | None = None
    place: tuple[str, str] | None = None
    used: tuple[str, str] | None = None

    @property
    def verbs(self) -> tuple[str, ...]:
        """Every way to say that someone did it, after `on` or `ei ole`."""
        found = (
            self.did,
            self.did_not,
            self.one,
            self.not_one,
            self.many,
            self.place[1] if self.place else "",
            self.worth[1] if self.worth else "",
        )
        return tuple(dict.fromkeys(form for form in found if form))


EVENTS: dict[str, EventForms] = {
    "order": EventForms(
        "tilannut",
        "tilannut",
        "tilanneet",
        Noun("tilaus", "tilauksen", "tilausta", "tilauksesta", "tilausten", "tilauksista"),
        _MADE,
        one="tehnyt tilauksen",
        not_one="tehnyt tilausta",
        many="tehnyt tilauksia",
        worth=("total", "tilannut"),
        used=("coupon", "tehty alennuskoodilla"),
    ),
    "order_line": EventForms(
        "tilannut tuotteita",
        "tilannut tuotteita",
        "tilanneet tuotteita",
        Noun("tilausrivi", "tilausrivin", "tilausriviä", "tilausrivistä", "tilausrivien", "tilausriveistä"),
        _MADE,
        plural=True,
        worth=("total", "tilannut tuotteita"),
    ),
    "refund": EventForms(
        "saanut hyvityksen",
        "saanut hyvitystä",
        "saaneet hyvitystä",
        Noun("hyvitys", "hyvityksen", "hyvitystä", "hyvityksestä", "hyvitysten", "hyvityksistä"),
        _GOT,
        many="saanut hyvityksiä",
        worth=("total", "saanut hyvityksiä"),
    ),
    "cancelled_order": EventForms(
        "perunut tilauksen",
        "perunut tilausta",
        "peruneet tilausta",
        Noun(
            "peruttu tilaus",
            "perutun tilauksen",
            "peruttua tilausta",
            "perutusta tilauksesta",
            "peruttujen tilausten",
            "perutuista tilauksista",
        ),
        many="perunut tilauksia",
        worth=("total", "perunut tilauksia"),
    ),
    "booking": EventForms(
        "tehnyt varauksen",
        "tehnyt varausta",
        "tehneet varausta",
        Noun("varaus", "varauksen", "varausta", "varauksesta", "varausten", "varauksista"),
        _MADE,
    ),
    "product_view": EventForms(
        "katsellut tuotteita",
        "katsellut tuotteita",
        "katselleet tuotteita",
        Noun("tuotekatselu", "tuotekatselun", "tuotekatselua", "tuotekatselusta", "tuotekatselujen", "tuotekatseluista"),
        plural=True,
    ),
    "add_to_cart": EventForms(
        "lisännyt tuotteen ostoskoriin",
        "lisännyt tuotetta ostoskoriin",
        "lisänneet tuotetta ostoskoriin",
        Noun("korilisäys", "korilisäyksen", "korilisäystä", "korilisäyksestä", "korilisäysten", "korilisäyksistä"),
        _MADE,
        one="lisännyt ostoskoriin tuotteen",
        not_one="lisännyt ostoskoriin tuotetta",
    ),
    "cart_add": EventForms(
        "laittanut tuotteen ostoskoriin",
        "laittanut tuotetta ostoskoriin",
        "laittaneet tuotetta ostoskoriin",
        Noun("koriin laitto", "koriin laiton", "koriin laittoa", "koriin laitosta", "koriin laittojen", "koriin laitoista"),
        one="laittanut ostoskoriin tuotteen",
        not_one="laittanut ostoskoriin tuotetta",
    ),
    "page_view": EventForms(
        "käynyt sivustolla",
        "käynyt sivustolla",
        "käyneet sivustolla",
        Noun("sivukäynti", "sivukäynnin", "sivukäyntiä", "sivukäynnistä", "sivukäyntien", "sivukäynneistä"),
        one="käynyt sivulla",
        place=("page", "käynyt sivulla"),
    ),
    "email_received": EventForms(
        "saanut uutiskirjeen",
        "saanut uutiskirjettä",
        "saaneet uutiskirjettä",
        Noun("uutiskirje", "uutiskirjeen", "uutiskirjettä", "uutiskirjeestä", "uutiskirjeiden", "uutiskirjeistä"),
        _GOT,
        counted=("saanut", "uutiskirjettä"),
    ),
    "email_sent": EventForms(
        "saanut sähköpostin",
        "saanut sähköpostia",
        "saaneet sähköpostia",
        Noun("lähetys", "lähetyksen", "lähetystä", "lähetyksestä", "lähetysten", "lähetyksistä"),
    ),
    "email_opened": EventForms(
        "avannut uutiskirjeen",
        "avannut uutiskirjettä",
        "avanneet uutiskirjettä",
        Noun(
            "uutiskirjeen avaus",
            "uutiskirjeen avauksen",
            "uutiskirjeen avausta",
            "uutiskirjeen avauksesta",
            "uutiskirjeen avausten",
            "uutiskirjeen avauksista",
        ),
        of_those="avannut",
    ),
    "email_clicked": EventForms(
        "klikannut uutiskirjettä",
        "klikannut uutiskirjettä",
        "klikanneet uutiskirjettä",
        Noun(
            "uutiskirjeen klikkaus",
            "uutiskirjeen klikkauksen",
            "uutiskirjeen klikkausta",
            "uutiskirjeen klikkauksesta",
            "uutiskirjeen klikkausten",
            "uutiskirjeen klikkauksista",
        ),
        of_those="klikannut",
    ),
}


def noun_of(event: str) -> Noun:
    """The noun of an event; without forms a class word takes the case and the name stays as it is.

    >>> noun_of("order").genitive, noun_of("quiz_done").genitive
    ('tilauksen', 'tapahtuman "quiz_done"')
    """
    row = EVENTS.get(event)
    if row is not None:
        return row.noun
    words = ("tapahtuma", "tapahtuman", "tapahtumaa", "tapahtumasta", "tapahtumien", "tapahtumista")
    return Noun(*(f"{word} {write_text(event)}" for word in words))


def made_of(event: str) -> Made:
    """The participle that an event's noun takes before it."""
    row = EVENTS.get(event)
    return row.made if row is not None else Made("kirjattu", "kirjatun", "kirjatusta", "kirjattujen", "kirjatuista")


ALL_MADE: tuple[Made, ...] = tuple(dict.fromkeys([*(row.made for row in EVENTS.values()), made_of("")]))


@dataclass(frozen=True)
class AttributeForms:
    """An attribute in Finnish.

    label      what stands before `on` and other verbs
    genitive   what stands before a part of it: `syntymäpäivän kuukausi`
    bare       whether one word as its value stands without quotes: `asiakkaan maa on Suomi`
    lives      the class word of `asuu kunnassa "Tampere"`
    has, lacks  of a yes or no: `asiakkaalla on avoin kauppa`, `ei ole avointa kauppaa`
    counted    of a number of the account: `yrityksessä on 50–249 työntekijää`
    """

    label: str
    genitive: str | None = None
    bare: bool = False
    lives: str | None = None
    has: str | None = None
    lacks: str | None = None
    counted: str | None = None


ATTRIBUTES: dict[str, AttributeForms] = {
    "email": AttributeForms("sähköpostiosoite"),
    "phone": AttributeForms("puhelinnumero"),
    "first_name": AttributeForms("etunimi"),
    "last_name": AttributeForms("sukunimi"),
    "name": AttributeForms("asiakkaan nimi"),
    "address": AttributeForms("katuosoite"),
    "postcode": AttributeForms("postinumero"),
    "city": AttributeForms("kunta", lives="kunnassa"),
    "region": AttributeForms("maakunta", lives="maakunnassa"),
    "country": AttributeForms("asiakkaan maa", bare=True),
    "language": AttributeForms("kieli"),
    "gender": AttributeForms("sukupuoli"),
    "birthday": AttributeForms("syntymäpäivä", "syntymäpäivän"),
    "age": AttributeForms("asiakkaan ikä"),
    "company": AttributeForms("yritys"),
    "joined": AttributeForms("liittymispäivä", "liittymispäivän"),
    "tags": AttributeForms("tunniste", "tunnisteen"),
    "employees": AttributeForms("työntekijämäärä", counted="työntekijää"),
    "open_deal": AttributeForms("avoimen kaupan tila", has="avoin kauppa", lacks="avointa kauppaa"),
    "open_deals": AttributeForms("avoimien kauppojen määrä"),
    "open_deal_value": AttributeForms("avoimien kauppojen arvo"),
    "won_deals": AttributeForms("voitettujen kauppojen määrä"),
    "won_value": AttributeForms("voitettujen kauppojen arvo"),
    "lost_deals": AttributeForms("hävittyjen kauppojen määrä"),
    "lost_value": AttributeForms("hävittyjen kauppojen arvo"),
    "last_deal": AttributeForms("viimeisin kauppatapahtuma", "viimeisimmän kauppatapahtuman"),
    "contact_count": AttributeForms("yhteyshenkilöiden määrä", counted="yhteyshenkilöä"),
    "contact_orders": AttributeForms("yhteyshenkilöiden tilausten määrä"),
    "contact_revenue": AttributeForms("yhteyshenkilöiden ostojen arvo"),
    "recency_days": AttributeForms("päiviä edellisestä ostosta"),
    "frequency": AttributeForms("ostojen määrä"),
    "monetary": AttributeForms("ostojen arvo"),
    "rfm_r": AttributeForms("RFM-tuoreus"),
    "rfm_f": AttributeForms("RFM-tiheys"),
    "rfm_m": AttributeForms("RFM-arvo"),
    "rfm_score": AttributeForms("RFM-pistemäärä"),
    "rfm_group": AttributeForms("RFM-ryhmä"),
}

PROPERTIES: dict[str, str] = {
    "total": "summa",
    "discount": "alennus",
    "quantity": "kappalemäärä",
    "lines": "rivimäärä",
    "unit_price": "yksikköhinta",
    "unit_cost": "ostohinta",
    "margin": "kate",
    "price": "hinta",
    "category": "tuoteryhmä",
    "brand": "merkki",
    "product_name": "tuotenimi",
    "product_id": "tuotenumero",
    "order_id": "tilausnumero",
    "coupon": "alennuskoodi",
    "channel": "kanava",
    "payment_method": "maksutapa",
    "shipping_method": "toimitustapa",
    "device": "laite",
    "store": "myymälä",
    "currency": "valuutta",
    "status": "tila",
    "page": "sivu",
    "url": "osoite",
    "campaign": "kampanja",
    "newsletter": "uutiskirje",
    "message_id": "viestitunnus",
}
"""Properties of events, as they stand before `on` and behind `jonka`."""
