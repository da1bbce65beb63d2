"""Rules in Finnish: said as a marketer would, and read back to the same tree."""

from __future__ import annotations

import datetime as dt
import re
import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import any_trees
from lohko.base.errors import InputError
from lohko.model import english_forms, finnish
from lohko.model.catalogue import Catalogue
from lohko.model.condition import (
    Against,
    And,
    AttributeIs,
    Condition,
    Consent,
    EdgeEvent,
    EventsAre,
    EventsFigure,
    Followed,
    InSegment,
    MomentIs,
    Not,
    OfAccount,
    Or,
    Periods,
    PropertyIs,
    Step,
    Tied,
)
from lohko.model.finnish_forms import EVENTS
from lohko.model.finnish_misread import spoken
from lohko.model.finnish_read import patterns, read
from lohko.model.finnish_terms import tables
from lohko.model.labels import labelled
from lohko.model.normal import normalise
from lohko.model.operand import Day, Number, Operand, Span, Test, Text, YesNo
from lohko.model.operators import OPERATORS
from lohko.model.parse import parse
from lohko.model.schema import RFM_TRAITS, Attribute, EventType, Property, Schema, Type
from lohko.model.window import AgoBetween, Between, InLast, Latest, Since


def n(value: int | str) -> Number:
    return Number(Decimal(value))


def is_(op: str, *operands: Operand) -> Test:
    return Test(op, operands)


def last(number: int, unit: str = "day") -> InLast:
    return InLast(Span(number, unit))  # type: ignore[arg-type]


DONE = is_("at_least", n(1))


def did(event: str, test: Test = DONE, where: Condition | None = None, window: object = None) -> EventsAre:
    return EventsAre(event, "count", test, None, where, window)  # type: ignore[arg-type]


# The tree of each sentence, its Finnish and its English; data that is not translated by a list of codes is the same in both.
TEN: tuple[tuple[Condition, str, str], ...] = (
    (
        And(
            (
                EventsAre("order", "sum", is_("over", n(500)), "total", window=last(730)),
                Not(did("order", window=last(180))),
                AttributeIs("country", is_("is", Text("Suomi"))),
            )
        ),
        "on tilannut yli 500 euron arvosta viimeisten 730 päivän aikana eikä ole tilannut viimeisten 180 päivän aikana ja asiakkaan maa on Suomi",
        "ordered for more than 500 € in the last 730 days and did not order in the last 180 days and country is Finland",
    ),
    (
        And(
            (
                did("order", is_("is", n(1))),
                EventsAre("order", "first", is_("ago_between", Span(30, "day"), Span(60, "day"))),
                Not(InSegment("Reklamaatio kesken")),
            )
        ),
        'on tilannut tasan kerran ja ensimmäisestä tilauksesta on kulunut 30–60 päivää eikä asiakas kuulu segmenttiin "Reklamaatio kesken"',
        'ordered exactly once and 30-60 days have passed since the first order and is not in segment "Reklamaatio kesken"',
    ),
    (
        And(
            (
                Followed("add_to_cart", (Step("order", within=Span(24, "hour"), did=False),), window=last(3)),
                Consent("email"),
            )
        ),
        "on lisännyt tuotteen ostoskoriin viimeisten 3 päivän aikana eikä ole tilannut 24 tunnin kuluessa siitä "
        "ja asiakkaalle saa lähettää markkinointia sähköpostilla",
        "added to cart in the last 3 days and did not order within 24 hours of that and may be sent e-mail marketing",
    ),
    (
        And(
            (
                did("product_view", is_("at_least", n(3)), PropertyIs("category", is_("is", Text("Takit"))), last(14)),
                Not(did("order_line", where=PropertyIs("category", is_("is", Text("Takit"))), window=last(365))),
            )
        ),
        'on katsellut tuotteita, joiden tuoteryhmä on "Takit", vähintään 3 kertaa viimeisten 14 päivän aikana '
        'eikä ole tilannut tuotteita, joiden tuoteryhmä on "Takit", viimeisten 365 päivän aikana',
        'viewed products whose category is "Takit" at least 3 times in the last 14 days '
        'and did not order products whose category is "Takit" in the last 365 days',
    ),
    (
        EventsAre("order", "share", is_("at_least", n(70)), window=last(12, "month"), has=PropertyIs("coupon", is_("known"))),
        "vähintään 70 % viimeisten 12 kuukauden tilauksista on tehty alennuskoodilla",
        "at least 70 % of orders in the last 12 months used a discount code",
    ),
    (
        Against(EventsFigure("order", "last"), "over", EventsFigure("order", "gap"), Decimal(2)),
        "viimeisestä tilauksesta on kulunut yli 2 kertaa niin kauan kuin asiakkaan tilausten välillä yleensä",
        "time since last order is more than 2 times the usual time between orders",
    ),
    (
        And(
            (
                did("email_received", is_("at_least", n(10)), window=last(60)),
                Tied("email_received", "email_clicked", is_("is", n(0)), window=last(60)),
            )
        ),
        "on saanut vähintään 10 uutiskirjettä viimeisten 60 päivän aikana eikä ole klikannut niistä yhtäkään",
        "received at least 10 newsletters in the last 60 days and clicked none of them",
    ),
    (
        And(
            (
                OfAccount("at_least", did("page_view", where=PropertyIs("page", is_("is", Text("Hinnasto"))), window=last(14)), 2),
                Not(OfAccount("any", AttributeIs("open_deal", is_("is", YesNo(True))))),
                OfAccount("any", AttributeIs("employees", is_("between", n(50), n(249)))),
            )
        ),
        'vähintään 2 yrityksen yhteyshenkilöä on käynyt sivulla "Hinnasto" viimeisten 14 päivän aikana '
        "ja yrityksellä ei ole avointa kauppaa ja yrityksessä on 50–249 työntekijää",
        'at least 2 contacts of the account visited page "Hinnasto" in the last 14 days '
        "and the account has no open deal and the account has 50-249 employees",
    ),
    (
        And(
            (
                AttributeIs("rfm_group", is_("is", Text("Mestarit")), at=Span(90, "day")),
                AttributeIs("rfm_group", is_("one_of", Text("Kaipaavat huomiota"), Text("Vaarassa"))),
            )
        ),
        'RFM-ryhmä oli 90 päivää sitten "Mestarit" ja RFM-ryhmä on jokin näistä: "Kaipaavat huomiota", "Vaarassa"',
        'RFM group was "Champions" 90 days ago and RFM group is one of "Need Attention", "At Risk"',
    ),
    (
        And(
            (
                Periods("order", 3, "year", is_("at_least", n(2)), MomentIs("month", is_("is", Text("joulukuu")))),
                Not(did("order", window=Since(dt.date(2026, 11, 1)))),
            )
        ),
        "on tilannut joulukuussa vähintään 2 vuonna viimeisistä 3 vuodesta eikä ole tilannut 1.11.2026 alkaen",
        "ordered in December in at least 2 of the last 3 years and did not order since 1 November 2026",
    ),
)


def _schema() -> Schema:
    attributes: dict[str, tuple[Type, str | None]] = {
        "company": ("text", None), "country": ("text", "country"), "language": ("text", "language"), "region": ("text", "region"),
        "employees": ("integer", None), "open_deal": ("boolean", None), "birthday": ("date", None), "plan": ("text", None),
    }  # fmt: skip
    events: dict[str, dict[str, Type]] = {
        "order": {"order_id": "text", "total": "money", "coupon": "text"},
        "order_line": {"order_id": "text", "category": "text"},
        "product_view": {"category": "text"},
        "add_to_cart": {},
        "page_view": {"page": "text"},
        "email_received": {"message_id": "text"},
        "email_clicked": {"message_id": "text"},
    }
    return Schema(
        {name: Attribute(name, kind, name, codes) for name, (kind, codes) in attributes.items()} | {t.name: t for t in RFM_TRAITS},  # type: ignore[arg-type]
        {name: EventType(name, name, {key: Property(key, kind, key) for key, kind in found.items()}) for name, found in events.items()},
    )


SCHEMA = _schema()
CATALOGUE = Catalogue(SCHEMA, {"Reklamaatio kesken": did("order")})


@pytest.mark.parametrize(("tree", "text", "english"), TEN, ids=range(1, 11))
def test_the_ten_sentences_are_said_and_read_in_finnish(tree, text, english):
    """Each of the ten sentences is printed exactly so, and reads back to its tree."""
    assert text == finnish.sentence(tree)
    assert tree == read(text).condition


@pytest.mark.parametrize(("tree", "text", "english"), TEN, ids=range(1, 11))
def test_the_ten_sentences_mean_the_same_in_both_languages(tree, text, english):
    """With codes for labels, the English and the Finnish are one tree; and that tree is said in Finnish as before."""
    resolved = CATALOGUE.resolve(read(text).condition)

    assert resolved == CATALOGUE.resolve(parse(english).condition)
    assert text == finnish.sentence(labelled(resolved, SCHEMA, "fi"))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (AttributeIs("country", is_("is_not", Text("SE"))), "asiakkaan maa ei ole Ruotsi (tai tieto puuttuu)"),
        (AttributeIs("country", is_("one_of", Text("FI"), Text("ZA"))), 'asiakkaan maa on jokin näistä: "Suomi", "Etelä-Afrikka"'),
        (AttributeIs("language", is_("is", Text("sv"))), 'kieli on "ruotsi"'),
        (AttributeIs("region", is_("is", Text("FI-18"))), 'asuu maakunnassa "Uusimaa"'),
        (AttributeIs("rfm_group", is_("is_not", Text("at_risk"))), 'RFM-ryhmä ei ole "Vaarassa" (tai tieto puuttuu)'),
        (did("order", where=MomentIs("weekday", is_("is", Text("saturday")))), "on tilannut lauantaina"),
        (
            did("order", where=MomentIs("month", is_("is_not", Text("may")))),
            'on tilannut, kun kuukausi ei ole "toukokuu" (tai tieto puuttuu)',
        ),
        (AttributeIs("birthday", is_("is", Text("may")), part="month"), 'syntymäpäivän kuukausi on "toukokuu"'),
    ],
)
def test_codes_are_said_by_their_finnish_labels(rule, text):
    """A code has a label in each language, and what is read from the label is the code again."""
    resolved = CATALOGUE.resolve(rule)

    assert text == finnish.sentence(labelled(resolved, SCHEMA, "fi"))
    assert resolved == CATALOGUE.resolve(read(text).condition)


# --- reading back ---------------------------------------------------------------------


@given(any_trees.conditions)
def test_a_rule_said_in_finnish_reads_back_as_the_same_tree(rule):
    """Tree, Finnish, tree is the identity, and the Finnish is its own canonical form."""
    text = finnish.sentence(rule)
    again = read(text).condition

    assert rule == again
    assert text == finnish.sentence(again)


@given(any_trees.conditions)
def test_english_to_tree_to_finnish_to_tree_is_the_identity(rule):
    """A rule written in English is the same rule when it is read from its Finnish."""
    from lohko.model import english

    tree = parse(english.sentence(rule)).condition

    assert tree == parse(finnish.sentence(tree)).condition


@pytest.mark.parametrize("kind", any_trees.leaves)
def test_every_kind_of_leaf_is_said_in_finnish(kind):
    """Each node of the language, alone and denied, is read back from its Finnish."""

    @given(any_trees.leaves[kind].map(normalise), st.booleans())
    def holds(leaf, denied):
        rule = Not(leaf) if denied else leaf
        assert rule == read(finnish.sentence(rule)).condition

    holds()


@pytest.mark.parametrize("key", OPERATORS)
def test_every_operator_is_said_in_finnish(key):
    """Each comparison, of an attribute now, at a moment and ever, of a property and of a number, is read back from its Finnish."""

    @settings(max_examples=max(10, settings.default.max_examples // 6))  # seven rules in each
    @given(any_trees.tests((key,)), any_trees.parts, any_trees.moments)
    def holds(test, part, at):
        about = PropertyIs("x", test, part)
        for rule in (
            AttributeIs("x", test, part, at),
            Not(AttributeIs("kieli", test, None, at)),
            did("order", where=about),
            did("quiz", where=And((about, about, Not(about)))),
            EventsAre("order", "count", test),
            EventsAre("order", "share", test, has=about),
            EventsAre("order", "last", test, where=about),
        ):
            rule = normalise(rule)
            assert rule == read(finnish.sentence(rule)).condition

    holds()


@given(any_trees.windows)
def test_every_window_is_said_in_finnish(window):
    """Each window, of what someone did and of the events themselves, is read back from its Finnish."""
    for rule in (
        did("order", window=window),
        Not(did("quiz", is_("at_most", n(2)), window=window)),
        EventsAre("order", "sum", DONE, "quantity", window=window),
        EventsAre("order", "share", DONE, window=window, has=PropertyIs("coupon", is_("known"))),
        EventsAre("order", "first", is_("long_ago", Span(3, "day")), window=window),
    ):
        assert rule == read(finnish.sentence(rule)).condition


# --- good Finnish ---------------------------------------------------------------------

SAID: tuple[tuple[str, Condition], ...] = (
    # The customer is the unspoken subject; none is never.
    ("on tilannut", did("order")),
    ("ei ole koskaan tilannut", Not(did("order"))),
    ("on tilannut vähintään 3 kertaa", did("order", is_("at_least", n(3)))),
    ("on tilannut tasan kerran", did("order", is_("is", n(1)))),
    ("on tilannut 3–5 kertaa", did("order", is_("between", n(3), n(5)))),
    ("on tilannut vähintään 3 eri päivänä", EventsAre("order", "days", is_("at_least", n(3)))),
    # One of a unit has no number.
    ("on tilannut viimeisen vuoden aikana", did("order", window=last(1, "year"))),
    ("liittymispäivä on seuraavan viikon aikana", AttributeIs("joined", is_("in_next", Span(1, "week")))),
    ("viimeisestä tilauksesta on kulunut yli 1 kuukausi", EventsAre("order", "last", is_("long_ago", Span(1, "month")))),
    # Negation turns the object partitive.
    ("on avannut uutiskirjeen viimeisten 7 päivän aikana", did("email_opened", window=last(7))),
    ("ei ole koskaan avannut uutiskirjettä", Not(did("email_opened"))),
    ("asiakkaalla on avoin kauppa", AttributeIs("open_deal", is_("is", YesNo(True)))),
    ("asiakkaalla ei ole avointa kauppaa", Not(AttributeIs("open_deal", is_("is", YesNo(True))))),
    # Data is never inflected: a class word takes the case.
    ('asuu kunnassa "Tampere"', AttributeIs("city", is_("is", Text("Tampere")))),
    ('ei asu maakunnassa "Uusimaa" (tai tieto puuttuu)', AttributeIs("region", is_("is_not", Text("Uusimaa")))),
    ('ei kuulu segmenttiin "vip"', Not(InSegment("vip"))),
    ('kuului segmenttiin "vip" päivän 1.11.2026 alussa', InSegment("vip", Day(dt.date(2026, 11, 1)))),
    # Money, numbers, dates.
    ("on tilannut yli 1 234,50 euron arvosta", EventsAre("order", "sum", is_("over", n("1234.5")), "total")),
    ('plan on jokin näistä: 1,5, "1,5", 12 000', AttributeIs("plan", is_("one_of", n("1.5"), Text("1,5"), n(12000)))),
    ("syntymäpäivä on 1.11.2026–24.12.2026", AttributeIs("birthday", is_("between", Day(dt.date(2026, 11, 1)), Day(dt.date(2026, 12, 24))))),
    ("on tilannut päivänä 24.12.2026", did("order", window=Between(dt.date(2026, 12, 24), dt.date(2026, 12, 24)))),
    ("on tilannut 30–60 päivää sitten", did("order", window=AgoBetween(Span(30, "day"), Span(60, "day")))),
    ("ostojen arvo on 50–1 000,50 euroa", AttributeIs("monetary", is_("between", n(50), n("1000.5")))),
    ("tilausten summa keskimäärin on alle 1 euro", EventsAre("order", "average", is_("under", n(1)), "total")),
    ("viimeinen tilaus on tehty viimeisten 30 päivän aikana", EventsAre("order", "last", is_("in_last", Span(30, "day")))),
    ('ensimmäinen tapahtuma "quiz_done" on kirjattu 1.11.2026', EventsAre("quiz_done", "first", is_("is", Day(dt.date(2026, 11, 1))))),
    # Empties are said aloud.
    ('kieli ei ole "ruotsi" (tai tieto puuttuu)', AttributeIs("language", is_("is_not", Text("ruotsi")))),
    ("puhelinnumero on tiedossa", AttributeIs("phone", is_("known"))),
    ("puhelinnumero puuttuu", AttributeIs("phone", is_("unknown"))),
    (
        "ei ole tilannut viimeisten 180 päivän aikana (mukana myös ne, jotka eivät ole koskaan tilanneet)",
        Not(did("order", window=last(180))),
    ),
    ("on tilannut enintään kerran (mukana myös ne, jotka eivät ole koskaan tilanneet)", did("order", is_("at_most", n(1)))),
    # An event without forms.
    ('tapahtuma "quiz_done" on kirjattu vähintään 2 kertaa', did("quiz_done", is_("at_least", n(2)))),
    ('tapahtumaa "quiz_done" ei ole koskaan kirjattu', Not(did("quiz_done"))),
    (
        'tapahtuma "quiz_done", jonka score on yli 5, on kirjattu tänään',
        did("quiz_done", where=PropertyIs("score", is_("over", n(5))), window=parse("did x today").condition.window),
    ),
    # `ja ei` is eikä, and a customer who is not the subject before is named.
    ('kieli on "suomi" eikä asiakas ole koskaan tilannut', And((AttributeIs("language", is_("is", Text("suomi"))), Not(did("order"))))),
    ('kieli on "suomi" tai asiakas on tilannut', Or((AttributeIs("language", is_("is", Text("suomi"))), did("order")))),
    ('on tilannut ja (kuuluu segmenttiin "a" tai kuuluu segmenttiin "b")', And((did("order"), Or((InSegment("a"), InSegment("b")))))),
    ("ei ole niin, että (on tilannut ja on avannut uutiskirjeen)", Not(And((did("order"), did("email_opened"))))),
    # What events are like.
    ("on tilannut joulukuussa", did("order", where=MomentIs("month", is_("is", Text("joulukuu"))))),
    (
        'on tehnyt tilauksen, jonka kanava on "verkko" ja jonka summa on yli 50 euroa, vähintään 2 kertaa',
        did("order", is_("at_least", n(2)), And((PropertyIs("channel", is_("is", Text("verkko"))), PropertyIs("total", is_("over", n(50)))))),
    ),
    (
        'ei ole koskaan tehnyt tilausta, jonka kanava on "verkko"',
        Not(did("order", where=PropertyIs("channel", is_("is", Text("verkko"))))),
    ),
    ("viimeisten 12 kuukauden tilausten summa yhteensä on jokin näistä: 1 euro, 2 euroa", EventsAre("order", "sum", is_("one_of", n(1), n(2)), "total", window=last(12, "month"))),
    ("1.11.2026 alkaen tehtyjen tilausten määrä on -1–2", EventsAre("order", "count", is_("between", n(-1), n(2)), window=Since(dt.date(2026, 11, 1)))),
    ("viimeisten 5 tilauksen summa yhteensä on yli 100 euroa", EventsAre("order", "sum", is_("over", n(100)), "total", window=Latest(5))),
    (
        "vähintään 40 % viimeisistä 5 tilauksesta on tehty alennuskoodilla",
        EventsAre("order", "share", is_("at_least", n(40)), window=Latest(5), has=PropertyIs("coupon", is_("known"))),
    ),
    ("tilausten eri tuoteryhmä-arvojen määrä on vähintään 3", EventsAre("order", "distinct", is_("at_least", n(3)), "category")),
    ("ensimmäisen tilauksen tunti on alle 9", EdgeEvent("first", "order", MomentIs("hour", is_("under", n(9))))),
    (
        'on tehnyt tilauksen, jonka merkki on "Karhu" ja jonka viikonpäivä on "lauantai"',
        did("order", where=And((PropertyIs("brand", is_("is", Text("Karhu"))), MomentIs("weekday", is_("is", Text("lauantai")))))),
    ),
    # Was, has been, has never been.
    ('plan oli 3 kuukautta sitten yli 5', AttributeIs("plan", is_("over", n(5)), at=Span(3, "month"))),
    ('plan ei ollut päivän 1.11.2026 alussa "a" (tai tieto puuttui)', AttributeIs("plan", is_("is_not", Text("a")), at=Day(dt.date(2026, 11, 1)))),
)  # fmt: skip


@pytest.mark.parametrize(("text", "rule"), SAID, ids=[text for text, _ in SAID])
def test_a_rule_is_said_in_good_finnish(text, rule):
    """Each rule of good Finnish by an example, which also reads back."""
    assert text == finnish.sentence(rule)
    assert rule == read(text).condition


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("on tilannut ja ei ole avannut uutiskirjettä", "on tilannut eikä ole koskaan avannut uutiskirjettä"),
        ("on tilannut mutta ei ole avannut uutiskirjettä", "on tilannut eikä ole koskaan avannut uutiskirjettä"),
        ("On tilannut  kerran", "on tilannut tasan kerran"),
        ("asiakas on tilannut", "on tilannut"),
        ('asiakkaan maa on "Suomi"', "asiakkaan maa on Suomi"),
        ("ei ole tilannut viimeisen 30 päivän aikana", "ei ole tilannut viimeisten 30 päivän aikana (mukana myös ne, jotka eivät ole koskaan tilanneet)"),
        ("on tilannut viimeisten 30 päivän aikana vähintään 2 kertaa", "on tilannut vähintään 2 kertaa viimeisten 30 päivän aikana"),
        ('kieli ei ole "ruotsi"', 'kieli ei ole "ruotsi" (tai tieto puuttuu)'),
        ("on tilannut 1.11.2026 - 2.11.2026", "on tilannut 1.11.2026–2.11.2026"),
        ("summa_x on yli 500 euroa", "summa_x on yli 500"),
        ("on avannut uutiskirjettä # avaus", "on avannut uutiskirjeen"),
        ('eikö on tiedossa', "eikö on tiedossa"),
        ("on saanut uutiskirjeen vähintään 10 kertaa", "on saanut vähintään 10 uutiskirjettä"),
        ("asiakkaalle saa lähettää tekstiviestejä", "asiakkaalle saa lähettää markkinointia tekstiviestillä"),
        ("saa lähettää tekstiviestimarkkinointia", "asiakkaalle saa lähettää markkinointia tekstiviestillä"),
        ("on antanut suostumuksen tekstiviestimarkkinointiin", "asiakkaalle saa lähettää markkinointia tekstiviestillä"),
        ("asiakkaalle ei saa lähettää uutiskirjettä", "asiakkaalle ei saa lähettää markkinointia sähköpostilla"),
        ("on tilannut eikä saa lähettää sähköpostia", "on tilannut ja asiakkaalle ei saa lähettää markkinointia sähköpostilla"),
        ("on tilannut eikä ole antanut lupaa puhelinmarkkinointiin", "on tilannut ja asiakkaalle ei saa soittaa markkinointipuheluita"),
        ("asiakkaalle saa soittaa", "asiakkaalle saa soittaa markkinointipuheluita"),
        ("asiakkaalle saa lähettää kirjeitä", "asiakkaalle saa lähettää markkinointia kirjeellä"),
        ('eri_kieli on "a" eikä tapahtumaa "x" ole kirjattu', 'eri_kieli on "a" ja tapahtumaa "x" ei ole koskaan kirjattu'),
    ],
)  # fmt: skip
def test_a_rule_may_be_written_in_several_ways(text, same_as):
    """What a marketer is likely to type means the same as the canonical text."""
    found = read(text).condition
    assert same_as == finnish.sentence(found)
    assert found == read(same_as).condition


def test_the_comma_of_a_list_and_the_comma_that_closes_a_clause_are_told_apart():
    """What follows a comma decides: another value, or the rest of the sentence."""
    brand = PropertyIs("brand", is_("one_of", Text("A"), n(2), n("2.5"), YesNo(False)))
    for rule in (
        did("order", is_("between", n(3), n(5)), brand),
        did("order", where=brand, window=AgoBetween(Span(30, "day"), Span(60, "day"))),
        did("order", where=brand, window=Since(dt.date(2026, 11, 1))),
        Followed("order", (Step("order", where=brand, within=Span(1500, "minute")),), where=brand),
        EventsAre("order", "sum", is_("between", n(500), n(1000)), "total", where=brand),
        Periods("order", 3, "month", is_("does_not_start_with", Text("1")), brand),
        EventsAre("order", "sum", is_("is_not", n(1)), "quantity", where=brand),
        *(
            EdgeEvent("last", "order", MomentIs(part, is_("over", n(5))), where=PropertyIs("x", is_("over", n(1))))
            for part in ("day", "month", "hour")
        ),  # type: ignore[arg-type]
    ):
        assert rule == read(finnish.sentence(rule)).condition


def test_names_that_are_words_of_the_language_stand_in_backticks():
    """A name that is a Finnish word of the surface, of other signs or with a capital is never read as anything else."""
    for name in ("ei", "päivä", "Suomi", "kaksi sanaa", "a`b", "tilaus"):
        rule = AttributeIs(name, is_("is", Text(name)))
        assert rule == read(finnish.sentence(rule)).condition
    assert finnish.sentence(AttributeIs("ei", is_("known"))) == "`ei` on tiedossa"
    for name in ("plan", "a", "u", "i", "b2", "tun"):
        assert finnish.sentence(AttributeIs(name, is_("known"))) == f"{name} on tiedossa"


def test_a_rule_over_several_lines_is_headed_and_has_a_condition_a_line():
    """For reading: what all or some of have to hold is said once, above them."""
    parts = (did("order", window=last(30)), AttributeIs("phone", is_("unknown")), Or((InSegment("a"), InSegment("b"))))
    assert finnish.lines(And(parts)).split("\n") == [
        "Asiakkaat, jotka täyttävät kaikki ehdot:",
        "  on tilannut viimeisten 30 päivän aikana",
        "  puhelinnumero puuttuu",
        "  vähintään yksi näistä:",
        '    kuuluu segmenttiin "a"',
        '    kuuluu segmenttiin "b"',
    ]
    assert finnish.lines(Or(parts)).startswith("Asiakkaat, jotka täyttävät vähintään yhden ehdon:\n")
    assert finnish.lines(Not(Or(parts))).startswith("Asiakkaat, jotka eivät täytä yhtäkään ehtoa:\n")
    assert finnish.lines(did("order")) == "on tilannut"


def test_money_is_said_in_the_currency_of_the_workspace():
    """The tree holds no currency: the workspace has one."""
    rule = EventsAre("order", "sum", is_("over", n(500)), "total")
    assert finnish.sentence(rule, "GBP") == "on tilannut yli 500 punnan arvosta"
    assert rule == read(finnish.sentence(rule, "GBP")).condition
    assert rule == read(finnish.sentence(rule, "CHF")).condition


# --- tables of forms ------------------------------------------------------------------


def test_every_event_that_is_known_in_english_has_its_finnish_forms():
    """The two tables of forms name the same events."""
    assert set(english_forms.EVENTS) <= set(EVENTS)


def test_a_form_stands_for_one_thing():
    """No two events, attributes or properties share a form that would be read as either."""
    verbs = [form for row in EVENTS.values() for form in row.verbs]
    assert len(verbs) == len(set(verbs)) == len(tables()["EVENT_VERB"])
    for case in ("nominative", "genitive", "partitive", "elative", "genitive_plural", "elative_plural"):
        nouns = [getattr(row.noun, case) for row in EVENTS.values()]
        assert len(nouns) == len(set(nouns))
    assert all(form == form.lower() for form in tables()["EVENT_VERB"])


# --- errors ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("on", "Sääntö loppuu kesken"),
        ("on tilanut", "tarkoititko tilannut"),
        ("on tilannut 3 kertaa", "vähintään 3 kertaa"),
        ("on tilannut vähintään 1,5 kertaa", "ei ole kokonaisluku"),
        ('asiakkaan maa = "Suomi"', "kirjoita sanoin"),
        ("kieli on ”ruotsi”", "suoriin lainausmerkkeihin"),
        ('kieli on "ruotsi', "ei lopu"),
        ("`kieli on tiedossa", "` puuttuu"),
        ('kieli on "a" or kieli on "b"', "suomenkielisenä"),
        ("päivä on yli 5", "kielen oma sana"),
        ("plan on yli 1.5", "pilkulla"),
        ("plan on jokin näistä: 1,2,3", "välilyönti"),
        ("plan ei ole yli 5", "on enintään"),
        ("on tilannut (mukana myös ne, jotka eivät ole koskaan tilanneet)", "ei pidä paikkaansa"),
        ('kieli on "a" (tai tieto puuttuu)', "Odotettiin"),
        ("on tilannut 31.2.2026 alkaen", "kalenterin päivä"),
        ("on tilannut 24 tunnin kuluessa siitä", "edellisestä tapahtumasta"),
        ("kuuluu segmenttiin \"a\" eikä ole tilannut sen jälkeen", "edellä"),
        ("on avannut niistä vähintään 3", "edellisestä tapahtumasta"),
        ("kieli on \"a\" ja on avannut niistä vähintään 3", "niistä"),
        ("on tilannut viimeisten 3 päivän aikana tänään", "kahdesti sama asia (aika)"),
        ("on tilannut vähintään 2 kuukautena viimeisistä 3 vuodesta", "samoja"),
        ("(" * 40 + "on tilannut" + ")" * 40, "sisäkkäin"),
        ("on tilannut viimeisten 0 päivän aikana", "Ajan pituus"),
        ("plan on 12345678901234567890", "18 numeroa"),
        ("asiakkaalle saa lähettää tekstivistejä", "`asiakkaalle saa lähettää markkinointia tekstiviestillä`"),
        ("on tilannut ja asiakkaalla on markkinointilupa", "`asiakkaalle saa lähettää markkinointia sähköpostilla`"),
        ("on antanut luvan viesteihin", "`asiakkaalle saa soittaa markkinointipuheluita`"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_answered_in_finnish_with_what_and_where(text, says):
    """No Finnish rule, however wrong, ends otherwise than in a sentence that helps."""
    with pytest.raises(InputError) as caught:
        read(text)
    assert caught.value.code == "bad_rule"
    assert says in str(caught.value)


def test_every_word_of_the_grammar_has_a_name_for_errors():
    """No pattern of the lexer is ever shown to a user."""
    names = {spoken(terminal, patterns()) for terminal in patterns() if terminal != "WS" and not terminal.startswith("__IGNORE")}
    assert not [name for name in names if re.search(r"[\\\[\]?*+|^$]", name)]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "ei ole niin, että (" * 10_000,
        'kieli on "' + "\\" * 150_001,
        "`" * 150_001,
        "plan on " + "1" * 150_000,
        "on tilannut " + "1" * 150_000 + " kertaa",
        "plan on jokin näistä: " + "1, " * 50_000 + "ja",
        "on tilannut ja " * 10_000,
        "on tilannut tänään " * 5_000,
        "a " * 90_000,
        "," * 150_000,
    ],
    ids=lambda text: text[:12],
)
def test_a_hostile_rule_is_refused_soon(text):
    """However long, deep or unclosed a Finnish rule is, it ends as an error that can be read, in a moment."""
    start = time.process_time()
    with pytest.raises(InputError) as caught:
        read(text)
    assert len(str(caught.value)) < 2000
    assert time.process_time() - start < 10


def test_the_place_of_an_error_is_under_a_caret():
    """The line, the column, and the place itself."""
    with pytest.raises(InputError) as caught:
        read("on tilannut\nja kieli onx")
    assert caught.value.place == "line 2, column 10:\n    ja kieli onx\n             ^"


@given(
    st.lists(
        st.sampled_from(
            sorted(
                {word for table in tables().values() for form in table for word in form.split()}
                | set('on ei ja tai eikä ole ( ) , : 5 “ " ` 1.1.2026 – %'.split())
            )
        ),
        max_size=12,
    )
)
def test_no_heap_of_finnish_words_ends_in_anything_but_a_tree_or_an_error(words):
    """Whatever is written, it is read or it is an InputError; what is read is said and read back."""
    try:
        found = normalise(read(" ".join(words)).condition)
    except InputError:
        return
    assert found == read(finnish.sentence(found)).condition
