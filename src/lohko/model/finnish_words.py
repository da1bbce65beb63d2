"""Finnish words that are no data: units, calendar periods, weekdays, months, verbs in their tenses.

Nothing here inflects: every form that a sentence needs is stored, so no morphology is computed.
"""

from __future__ import annotations

from dataclasses import dataclass

from lohko.model.operand import Period


@dataclass(frozen=True)
class UnitForms:
    """A unit of time in the cases that sentences use.

    `viikko`, `viimeisten 2 viikon aikana`, `2 viikkoa sitten`, `vähintään 2 viikkona`, `viimeisistä 4 viikosta`, `viikkojen määrä`
    """

    nominative: str
    genitive: str
    partitive: str
    essive: str
    elative: str
    genitive_plural: str


UNITS: dict[str, UnitForms] = {
    "minute": UnitForms("minuutti", "minuutin", "minuuttia", "minuuttina", "minuutista", "minuuttien"),
    "hour": UnitForms("tunti", "tunnin", "tuntia", "tuntina", "tunnista", "tuntien"),
    "day": UnitForms("päivä", "päivän", "päivää", "päivänä", "päivästä", "päivien"),
    "week": UnitForms("viikko", "viikon", "viikkoa", "viikkona", "viikosta", "viikkojen"),
    "month": UnitForms("kuukausi", "kuukauden", "kuukautta", "kuukautena", "kuukaudesta", "kuukausien"),
    "quarter": UnitForms(
        "vuosineljännes",
        "vuosineljänneksen",
        "vuosineljännestä",
        "vuosineljänneksenä",
        "vuosineljänneksestä",
        "vuosineljännesten",
    ),
    "year": UnitForms("vuosi", "vuoden", "vuotta", "vuonna", "vuodesta", "vuosien"),
}

PERIODS: dict[Period, tuple[str, str]] = {
    Period("this", "day"): ("tänään", "tämän päivän"),
    Period("previous", "day"): ("eilen", "eilisen päivän"),
    Period("next", "day"): ("huomenna", "huomisen päivän"),
    Period("this", "week"): ("tällä viikolla", "tämän viikon"),
    Period("previous", "week"): ("viime viikolla", "viime viikon"),
    Period("next", "week"): ("ensi viikolla", "ensi viikon"),
    Period("this", "month"): ("tässä kuussa", "tämän kuun"),
    Period("previous", "month"): ("viime kuussa", "viime kuun"),
    Period("next", "month"): ("ensi kuussa", "ensi kuun"),
    Period("this", "quarter"): ("tällä vuosineljänneksellä", "tämän vuosineljänneksen"),
    Period("previous", "quarter"): ("viime vuosineljänneksellä", "viime vuosineljänneksen"),
    Period("next", "quarter"): ("ensi vuosineljänneksellä", "ensi vuosineljänneksen"),
    Period("this", "year"): ("tänä vuonna", "tämän vuoden"),
    Period("previous", "year"): ("viime vuonna", "viime vuoden"),
    Period("next", "year"): ("ensi vuonna", "ensi vuoden"),
}
"""Calendar periods: when something happened, and whose something is (`viime kuun tilaukset`)."""

WEEKDAYS: dict[str, str] = {
    "maanantai": "maanantaina",
    "tiistai": "tiistaina",
    "keskiviikko": "keskiviikkona",
    "torstai": "torstaina",
    "perjantai": "perjantaina",
    "lauantai": "lauantaina",
    "sunnuntai": "sunnuntaina",
}
MONTHS: dict[str, str] = {
    name: f"{name}ssa"
    for name in (
        "tammikuu", "helmikuu", "maaliskuu", "huhtikuu", "toukokuu", "kesäkuu",
        "heinäkuu", "elokuu", "syyskuu", "lokakuu", "marraskuu", "joulukuu",
    )
}  # fmt: skip
"""Labels of weekdays and months, and when something happened on or in them."""

PARTS: dict[str, str] = {
    "weekday": "viikonpäivä",
    "month": "kuukausi",
    "day": "kuukauden päivä",
    "hour": "tunti",
    "items": "arvojen määrä",
}
"""What is compared instead of a value itself, after the genitive of what has it."""


@dataclass(frozen=True)
class Verb:
    """A verb of comparisons: what it is, what it was, and what it has been.

    >>> VERBS["ei ala"].past
    'ei alkanut'
    """

    past: str
    participle: str | None = None


VERBS: dict[str, Verb] = {
    "on": Verb("oli", "ollut"),
    "ei ole": Verb("ei ollut"),
    "oli": Verb("oli", "ollut"),
    "sisältää": Verb("sisälsi", "sisältänyt"),
    "ei sisällä": Verb("ei sisältänyt"),
    "alkaa": Verb("alkoi", "alkanut"),
    "ei ala": Verb("ei alkanut"),
    "päättyy": Verb("päättyi", "päättynyt"),
    "ei pääty": Verb("ei päättynyt"),
    "vastaa": Verb("vastasi", "vastannut"),
    "ei vastaa": Verb("ei vastannut"),
    "toistuu": Verb("toistui", "toistunut"),
    "puuttuu": Verb("puuttui"),
}
"""Verbs with which the Finnish of an operator begins. Negative ones need no participle: what never was is said by `ei ole koskaan`."""

CURRENCIES: dict[str, tuple[str, str, str]] = {
    "EUR": ("euron", "euroa", "euro"),
    "GBP": ("punnan", "puntaa", "punta"),
    "USD": ("dollarin", "dollaria", "dollari"),
    "SEK": ("Ruotsin kruunun", "Ruotsin kruunua", "Ruotsin kruunu"),
    "NOK": ("Norjan kruunun", "Norjan kruunua", "Norjan kruunu"),
    "DKK": ("Tanskan kruunun", "Tanskan kruunua", "Tanskan kruunu"),
}
"""Currencies in the genitive (`yli 500 euron arvosta`) the partitive (`yli 500 euroa`) and the nominative (`yli 1 euro`)."""


def currency_genitive(code: str) -> str:
    """A currency as in `500 euron arvosta`.

    >>> currency_genitive("EUR"), currency_genitive("CHF")
    ('euron', 'CHF:n')
    """
    return CURRENCIES[code][0] if code in CURRENCIES else f"{code}:n"


def currency_after(code: str, *, one: bool) -> str:
    """A currency after a number: `500 euroa`, `1 euro`, `20 CHF`."""
    return CURRENCIES[code][2 if one else 1] if code in CURRENCIES else code


CONSENTS: dict[str, tuple[str, str, str]] = {
    "email": ("asiakkaalle", "saa", "lähettää markkinointia sähköpostilla"),
    "sms": ("asiakkaalle", "saa", "lähettää markkinointia tekstiviestillä"),
    "phone": ("asiakkaalle", "saa", "soittaa markkinointipuheluita"),
    "post": ("asiakkaalle", "saa", "lähettää markkinointia kirjeellä"),
    "ads": ("asiakkaalle", "saa", "kohdentaa mainontaa"),
    "personalisation": ("asiakkaalle", "saa", "näyttää personoitua sisältöä"),
    "profiling": ("asiakasta", "saa", "profiloida"),
}
"""What a customer may be done to, per purpose; the negation stands before the second word."""

ALSO_MAY: dict[str, tuple[str, ...]] = {
    "email": (
        *("lähettää sähköpostimarkkinointia", "lähettää markkinointia sähköpostitse", "lähettää markkinointisähköpostia"),
        *("lähettää sähköpostia", "lähettää sähköposteja", "lähettää uutiskirjeitä", "lähettää uutiskirjeen", "lähettää uutiskirjettä"),
        *("markkinoida sähköpostilla", "markkinoida sähköpostitse"),
    ),
    "sms": (
        *("lähettää tekstiviestimarkkinointia", "lähettää markkinointitekstiviestejä", "lähettää tekstiviestejä"),
        *("lähettää tekstiviestin", "lähettää tekstiviestiä", "markkinoida tekstiviestillä", "markkinoida tekstiviestitse"),
    ),
    "phone": ("soittaa", "soittaa markkinointipuheluja", "markkinoida puhelimella", "markkinoida puhelimitse"),
    "post": (
        *("lähettää markkinointia postitse", "lähettää markkinointikirjeitä", "lähettää kirjeitä", "lähettää postia"),
        *("markkinoida kirjeellä", "markkinoida postitse"),
    ),
    "ads": ("kohdentaa mainoksia", "näyttää kohdennettua mainontaa", "näyttää kohdennettuja mainoksia"),
    "personalisation": ("näyttää personoituja sisältöjä",),
}
"""The same as it is also written; it is marketing in all of them."""

CONSENTED_TO: dict[str, str] = {
    "sähköpostimarkkinointiin": "email",
    "tekstiviestimarkkinointiin": "sms",
    "puhelinmarkkinointiin": "phone",
    "postimarkkinointiin": "post",
    "kohdennettuun mainontaan": "ads",
    "profilointiin": "profiling",
}
"""To what a customer has given consent or leave: `on antanut suostumuksen sähköpostimarkkinointiin`."""

CHANNELS: dict[str, str] = {"email": "sähköpostilla", "sms": "tekstiviestillä", "phone": "puhelimella", "post": "kirjeellä"}
"""By what a customer can be reached."""
