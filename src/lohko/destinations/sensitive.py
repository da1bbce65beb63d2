"""Names of audiences that suggest health or money troubles.

Since September 2025 Meta blocks audiences so named (operation status 471), and a
name that says what people suffer from has no place on another's server anyway.
A warning, never a refusal: words are not proof.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lohko.base.text import fold

# Beginnings of words in English and Finnish; `laihdut` finds laihduttajat.
_HEALTH = """
    addict allergi allergy anxiety arthriti asthma astma cancer depress diabet diagnos diet disab disease fertil
    health hedelmättöm hiv illness insulin laihdut lääk masennu medic mental mielenterv obes overweight patient potila
    pregnan raskaan raskau reuma riippuvu sairaa sairas sairau surgery symptom syöpä terveyd terveys therap ahdistu
    vammai ylipaino
"""
_MONEY = """
    asuntolain bankrupt credit debt income insolven konkurss laina lainan lainoj loan low-income luoton luotto
    maksuhäir mortgage overdraft palkka palkan pienituloi pikavip salary suurituloi toimeentulo tuloluok
    ulosot unemploy työttöm varallisuu varakka velall velan velka wealth welfare
"""


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, words.split()))})")


_SUBJECTS = {"health": _pattern(_HEALTH), "money": _pattern(_MONEY)}
_SPOKEN = {"health": "health", "money": "income, debt or wealth"}


def title_warnings(titles: Iterable[str]) -> list[dict[str, str]]:
    """One warning per subject that any of an audience's names (title, id) suggests.

    >>> [item["code"] for item in title_warnings(["Diabetics", "Velalliset"])], title_warnings(["Lapsed VIPs"])
    (['title_suggests_health', 'title_suggests_money'], [])
    """
    folded = [fold(title) for title in titles]
    return [
        {
            "code": f"title_suggests_{subject}",
            "message": f"The name suggests {_SPOKEN[subject]}: Meta blocks audiences so named. Give the audience another name there.",
        }
        for subject, pattern in _SUBJECTS.items()
        if any(pattern.search(title) for title in folded)
    ]
