"""The texts of reports in Finnish; in English they are themselves."""

from __future__ import annotations

from lohko.base.text import Language

_ENGLISH = {
    "buyers_share": "Have bought",
    "revenue_per_customer": "Revenue per customer",
    "orders_per_buyer": "Orders per buyer",
    "average_order": "Average order",
    "recency_days": "Days since the last order (median)",
}

FINNISH = {
    "buyers_share": "Ostaneita",
    "revenue_per_customer": "Myynti asiakasta kohti",
    "orders_per_buyer": "Tilauksia ostajaa kohti",
    "average_order": "Keskiostos",
    "recency_days": "Päiviä viime tilauksesta (mediaani)",
    "Customers": "Asiakkaita",
    "Revenue, 12 months": "Myynti, 12 kk",
    "Orders, 12 months": "Tilauksia, 12 kk",
    "Average order": "Keskiostos",
    "Bought again": "Ostanut uudelleen",
    "of those who have bought": "ostaneista",
    "Overview": "Yleiskuva",
    "Revenue": "Myynti",
    "Month": "Kuukausi",
    "Orders": "Tilauksia",
    "Revenue by month": "Myynti kuukausittain",
    "The last month is not over.": "Viimeinen kuukausi on kesken.",
    "Segment": "Segmentti",
    "Members": "Jäseniä",
    "Share of all": "Osuus kaikista",
    "Segments": "Segmentit",
    "A dash: a number of fewer than five people, or one by which theirs could be found.": "Viiva: alle viiden ihmisen luku tai sellainen, jolla se saataisiin selville.",
    "All customers": "Kaikki asiakkaat",
    "The rule asks about names or addresses and is not shown here.": "Sääntö kysyy nimiä tai osoitteita, eikä sitä näytetä tässä.",
    "The segment": "Segmentti",
    "Day": "Päivä",
    "Size over time": "Koko ajan mittaan",
    "Measure": "Mittari",
    "Everyone": "Kaikki",
    "Index": "Indeksi",
    "Compared with everyone": "Verrattuna kaikkiin",
    "Index: the segment divided by everyone, times 100.": "Indeksi: segmentti jaettuna kaikilla, kertaa 100.",
    "Towns": "Paikkakunnat",
    "Countries": "Maat",
    "Share": "Osuus",
    "The segment is too small to be compared.": "Segmentti on liian pieni verrattavaksi.",
    "Group": "Ryhmä",
    "RFM groups": "RFM-ryhmät",
    "As of %s": "Tilanne %s",
    "from the year before": "edellisvuodesta",
    "the year before %s": "edellisvuonna %s",
    "Page %s": "Sivu %s",
    "not over": "kesken",
    "Lohko: a report": "Lohko: raportti",
    "The report is attached. It holds no data of single customers.": "Raportti on liitteenä. Siinä ei ole yksittäisten asiakkaiden tietoja.",
}


def say(text: str, language: Language) -> str:
    """A text of reports in the language; KeyError when it is not there in Finnish."""
    return FINNISH[text] if language == "fi" else _ENGLISH.get(text, text)
