"""What is said, in Finnish, about a Finnish rule that cannot be read: what was found, where, and what could stand there."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from lohko.base.errors import InputError, candidates
from lohko.model.finnish_terms import tables
from lohko.model.finnish_words import CHANNELS, CONSENTS
from lohko.model.misread import Misread, excerpt

_KINDS = {
    "STRING": "teksti lainausmerkeissä",
    "NUMBER": "luku",
    "ZEROS": "numerosarja",
    "DAY": "päivämäärä kuten 1.11.2026",
    "NAME": "nimi",
    "BACKTICKED": "nimi",
    "EVENT_VERB": "mitä asiakas on tehnyt, kuten `tilannut`",
    "NOUN": "tapahtuma, kuten `tilaus`",
    "NOUN_GENITIVE": "tapahtuma, kuten `tilauksen`",
    "NOUN_PARTITIVE": "tapahtuma, kuten `tilausta`",
    "NOUN_ELATIVE": "tapahtuma, kuten `tilauksesta`",
    "NOUN_GENITIVE_PLURAL": "tapahtumat, kuten `tilausten`",
    "NOUN_ELATIVE_PLURAL": "tapahtumat, kuten `tilauksista`",
    "ATTRIBUTE_LABEL": "asiakkaan tieto, kuten `kieli`",
    "ATTRIBUTE_GENITIVE": "asiakkaan tieto, kuten `syntymäpäivän`",
    "PROPERTY_LABEL": "tapahtuman tieto, kuten `summa`",
    "UNIT_GEN": "päivän, viikon, kuukauden ...",
    "UNIT_PAR": "päivää, viikkoa, kuukautta ...",
    "UNIT_ESS": "päivänä, viikkona, kuukautena ...",
    "UNIT_ELA": "päivästä, viikosta, kuukaudesta ...",
    "UNIT_GENPL": "päivien, viikkojen, kuukausien ...",
    "PERIOD": "tänään, viime viikolla, tässä kuussa ...",
    "PERIOD_GEN": "tämän viikon, viime kuun ...",
    "MOMENT_ADVERB": "joulukuussa, maanantaina ...",
    "CONSENT": "mitä asiakkaalle saa tehdä",
    "CONSENT_NOT": "mitä asiakkaalle ei saa tehdä",
    "CONSENT_DENIED": "ole antanut suostumusta",
    "LPAR": "(",
    "RPAR": ")",
    "SEMICOLON": ";",
    "_LIST_COMMA": ",",
    "_CLOSE": ",",
    "_DASH": "–",
    "_PERCENT": "%",
    "_PERCENT_N": "%:n",
    "_PAIVAN": "päivän 1.11.2026 alussa",
    "_PAIVANA": "päivänä 1.11.2026",
    "_WHOSE": ", jonka",
    "_AND_WHOSE": "ja jonka",
    "_OR_WHOSE": "tai jonka",
    "_KUN": ", kun",
    "_PATEE": ", jolle pätee",
    "_MISSING": "(tai tieto puuttuu)",
    "_NOTE": "(mukana myös ne, ...)",
    "$END": "säännön loppu",
}
_FEW = 4
_SEEN = 200
"""How much of the text on either side of a mistake hints are made from: a longer one would take the time of its square."""
_ENGLISH = frozenset("and or not did is are in of where with has have count sum ordered bought the".split())
_QUOTED = re.compile(r'"[^"\\]*(\\.[^"\\]*)*"', re.DOTALL)


_PERMISSION = re.compile(r"\b(saa|\w*lupa|luvan|lupaa|suostumu\w*|suostunut|tavoittaa)\b", re.I)
_CLAUSE = re.compile(r"\b(?:ja|tai|eikä)\b|[()]", re.I)


def of_permission(text: str, at: int) -> str | None:
    """A hint where what a customer may be done to is said in another way than it can be."""
    if not _PERMISSION.search(_CLAUSE.split(text[at : at + _SEEN])[0]):
        return None
    ways = ", ".join(f"`{' '.join(CONSENTS[channel])}`" for channel in CHANNELS)
    return f"suostumus kirjoitetaan {ways}; se, että osoite tai numero on, `on tavoitettavissa {CHANNELS['sms']}`."


def explained(text: str, error: UnexpectedInput, patterns: Mapping[str, str]) -> InputError:
    """The error in plain words, with the place under a caret and a hint; `patterns` are those of the grammar's terminals."""
    if isinstance(error, UnexpectedCharacters):
        at, expected = error.pos_in_stream or 0, set(error.allowed or ())
        place = excerpt(text, error.line, error.column)
    elif isinstance(error, UnexpectedToken) and error.token.type != "$END":
        at, expected = error.token.start_pos or 0, set(error.accepts or error.expected)
        place = excerpt(text, error.token.line or 1, error.token.column or 1)
    else:
        at, expected = len(text), set(getattr(error, "expected", ()))
        lines = text.rstrip().split("\n")
        place = excerpt(text, len(lines), len(lines[-1]) + 1)
    found = _found(text, at)
    words = _words(expected, patterns)
    return InputError("bad_rule", _message(text, at, found, words), place=place, hint=_hint(text, at, found, expected, words, patterns))


def _found(text: str, at: int) -> str:
    match = _QUOTED.match(text, at) or re.compile(r"[\w.,'-]+|\S").match(text, at)
    return (match[0] if len(match[0]) <= 40 else match[0][:40] + "...") if match else ""


def _message(text: str, at: int, found: str, words: list[str]) -> str:
    if _open(text, at):
        return "Lainausmerkeissä oleva teksti ei lopu." if found[:1] == '"' else "Nimi ei lopu: toinen ` puuttuu."
    wanted = f"Odotettiin: {' tai '.join(words)}" if len(words) <= _FEW else ""
    if not found:
        return f"Sääntö loppuu kesken. {wanted}.".replace(" .", "").strip()
    return f"{wanted}, ei {found!r}." if wanted else f"{found!r} ei voi olla tässä."


def _open(text: str, at: int) -> bool:
    """Whether a quote or a backtick is opened and not closed."""
    first = text[at : at + 1]
    return (first == '"' and _QUOTED.match(text, at) is None) or (first == "`" and "`" not in text[at + 1 :])


def _hint(text: str, at: int, found: str, expected: set[str], words: list[str], patterns: Mapping[str, str]) -> str | None:
    special = of_permission(text, at) or _special(text[max(0, at - _SEEN) : at], text[at : at + _SEEN], found)
    if special or _open(text, at):
        return special
    if found.isalpha() and len(found) > 2:
        close = candidates(found.lower(), sorted({form for item in expected for form in _forms(item, patterns) if form.isalpha()}))
        if close:
            return f"tarkoititko {' tai '.join(close)}?"
    return f"tässä voi olla: {', '.join(words[:14])}{' ...' if len(words) > 14 else ''}." if len(words) > _FEW else None


def _special(before: str, after: str, found: str) -> str | None:
    """Help for what people are known to write."""
    first, before = after[:1], before.rstrip()
    if first and first in "'\u2018\u2019\u201c\u201d\u201e\u00b4":
        return 'laita teksti suoriin lainausmerkkeihin: "Takit".'
    if first and first in "=<>!":
        return "kirjoita sanoin: `on`, `ei ole`, `on yli`, `on vähintään`, `on alle`, `on enintään`."
    if found.lower() in ("kertaa", "kerran") and (number := re.search(r"\d+\Z", before)):
        return f"kirjoita `vähintään {number[0]} kertaa`, `enintään {number[0]} kertaa` tai `tasan {number[0]} kertaa`."
    if re.match(r"\d+\.\d+(?!\.)", after):
        return "kirjoita desimaalit pilkulla: 1234,50."
    if re.match(r"\d+(,\d+){2}", after):
        return "kirjoita luettelon pilkkujen jälkeen välilyönti: 1, 2, 3."
    if found.lower() in _ENGLISH:
        return "tämä luetaan suomenkielisenä sääntönä: `ja`, `tai`, `eikä`, `on tilannut`, `on`."
    return None


def _words(expected: set[str], patterns: Mapping[str, str]) -> list[str]:
    """What could stand there: kinds first, then words, then signs."""
    found = {spoken(item, patterns) for item in expected if item not in ("BACKTICKED", "ZEROS", "_MADE")}
    return sorted(found, key=lambda word: (" " not in word, not word[:1].isalpha(), word))


def spoken(terminal: str, patterns: Mapping[str, str]) -> str:
    """What a terminal of the grammar is called in an error."""
    if terminal in _KINDS:
        return _KINDS[terminal]
    forms = _forms(terminal, patterns)
    return forms[0] if len(forms) == 1 or terminal not in tables() else " / ".join(forms[:3])


def _forms(terminal: str, patterns: Mapping[str, str]) -> list[str]:
    """The words that a terminal stands for."""
    if terminal in tables():
        return list(tables()[terminal])
    plain = re.sub(r"\\s[+*]", " ", patterns.get(terminal, "")).replace(r"\b", "")
    if re.search(r"[\\\[\]?^]", plain):
        return []
    choice = re.fullmatch(r"([^()]*)\(([^()]*)\)([^()]*)", plain)
    return [choice[1] + word + choice[3] for word in choice[2].split("|")] if choice else [plain]


_TWICE: dict[str | None, str] = {
    "time window": "aika",
    "comparison": "vertailu",
    "`where`": "mitä tapahtumilta vaaditaan",
    "condition on the events": "mitä tapahtumilta vaaditaan",
    "number of times": "määrä",
}

# --- what was said in English while the rule was put together

_SAID: tuple[tuple[str, str, str | None], ...] = (
    (r"The rule is nested more than (\d+) deep\.", "Säännössä on yli {0} tasoa sisäkkäin.", "tee sisemmästä osasta oma segmentti."),
    (r"The rule has more than (\d+) conditions\.", "Säännössä on yli {0} ehtoa.", "arvojen luettelo on yksi ehto: `on jokin näistä: ...`."),
    (r"A list holds at most ([\d,]+) values\.", "Luettelossa on enintään {0} arvoa.", None),
    (r"This says something of an event .*", "Tämä kertoo edellisestä tapahtumasta, eikä sellaista ole.", "kirjoita esimerkiksi `on lisännyt tuotteen ostoskoriin eikä ole tilannut 24 tunnin kuluessa siitä`."),
    (r"What comes `after that` .*", "Tämä kertoo, mitä tapahtui tehdyn tapahtuman jälkeen, eikä sellaista ole edellä.", "kirjoita esimerkiksi `on lisännyt tuotteen ostoskoriin eikä ole tilannut 24 tunnin kuluessa siitä`."),
    (r"`of them` needs events .*", "`niistä` tarvitsee edelleen tapahtumat, joista puhutaan.", "kirjoita esimerkiksi `on saanut vähintään 10 uutiskirjettä eikä ole klikannut niistä yhtäkään`."),
    (r"There is more than one (.*?)(?: for ('.*'))?(?:: the time .*)?\.", "Tässä on kahdesti sama asia ({0}).", "kirjoita kaksi ehtoa, tai yhdistä vertailut: `..., jonka A ja jonka B`."),
    (r"Of ('.*') it is not known which property is the money\.", "Tapahtumasta {0} ei tiedetä, mikä tieto on rahasumma.", "kirjoita esimerkiksi `tapahtumien \"X\" summa yhteensä on yli 500`."),
    (r"(.*) is not a whole number\.", "{0} ei ole kokonaisluku.", None),
    (r"A length of time is a whole number from 1 to ([\d,]+)\.", "Ajan pituus on kokonaisluku 1–{0}.", None),
    (r"A calendar period is .*", "Kalenterijakso on päivä, viikko, kuukausi, vuosineljännes tai vuosi.", None),
    (r"A number of a person is compared with another .*", "Lukua verrataan toiseen sellaisina kuin molemmat ovat nyt.", None),
    (r"A number has at most .*", "Luvussa on enintään 18 numeroa ennen pilkkua ja 10 sen jälkeen.", None),
    (r"(.*) is not a day of the calendar\.", "{0} ei ole kalenterin päivä.", "kirjoita 1.11.2026."),
    (r"(.*) is not a day of the years (\d+) to (\d+)\.", "{0} ei ole vuosien {1}–{2} päivä.", None),
    (r"(.*) cannot stand here: it is a word of the language\.", "{0} ei voi olla tässä: se on kielen oma sana.", None),
    (r"A name is empty\.", "Nimi on tyhjä.", None),
    (r"This text holds a character that does not exist\.", "Tekstissä on merkki, jota ei ole olemassa.", None),
)  # fmt: skip


def said(error: Misread) -> tuple[str, str | None]:
    """The message and the hint in Finnish; as they are when they have no Finnish, or are Finnish already."""
    for pattern, message, hint in _SAID:
        match = re.fullmatch(pattern, error.message, re.DOTALL)
        if match:
            return message.format(*(_TWICE.get(word, word) for word in match.groups())), hint or (
                error.hint if error.hint and error.hint.startswith("nimi") else None
            )
    return error.message, error.hint
