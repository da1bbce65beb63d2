"""What a question of a survey asks for, told by its header and by all the answers to it.

A question is one of: an NPS question (0 to 10), satisfaction (CSAT, 1 to 5), effort
(CES, 1 to 7), a scale with numbers, a scale in words, a multiple choice, or anything
else, which stays as it came. One odd answer is enough for "anything else": a column
is read as a scale only when every answer to it is on the scale, or says that there is none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from lohko.base.text import fold

Sort = Literal["nps", "nps_class", "csat", "ces", "numbers", "words", "choices", "other"]


@dataclass(frozen=True)
class Question:
    """What a column of answers is.

    sort     nps, csat, ces: scores of the question of that name; nps_class: promoter, passive, detractor;
             numbers: a scale of numbers, some with words to them; words: a scale in words; choices: several of a list
    scores   answer to score, of the answers that have one
    sign     what sets choices apart
    """

    sort: Sort
    scores: Mapping[str, int]
    sign: str = ""


OTHER = Question("other", {})
NPS_CLASSES: dict[str, tuple[str, ...]] = {
    "promoter": ("promoter", "promoters", "suosittelija", "suosittelijat"),
    "passive": ("passive", "passives", "neutral", "passiivinen", "passiiviset", "neutraali", "neutraalit"),
    "detractor": ("detractor", "detractors", "arvostelija", "arvostelijat", "kriitikko"),
}
"""The three classes of NPS, and the words that exports use for them."""
_NO_ANSWER = frozenset(
    fold(text)
    for text in (
        "don't know", "dont know", "i don't know", "not sure", "no opinion", "n/a", "na", "not applicable", "prefer not to say", "-",
        "en osaa sanoa", "eos", "en tiedä", "en halua vastata", "ei koske minua", "ei kokemusta",
    )
)  # fmt: skip

# From the least to the most; one step may be said in several ways. Where two scales hold every answer the shorter one is meant.
_SCALES: tuple[tuple[str, ...], ...] = (
    (
        "strongly disagree|completely disagree|totally disagree",
        "disagree|somewhat disagree|partly disagree|slightly disagree|tend to disagree",
        "neither agree nor disagree|neutral|neither|undecided",
        "agree|somewhat agree|partly agree|slightly agree|tend to agree",
        "strongly agree|completely agree|totally agree",
    ),
    (
        "strongly disagree|completely disagree|totally disagree",
        "disagree",
        "somewhat disagree|partly disagree|slightly disagree",
        "neither agree nor disagree|neutral|neither|undecided",
        "somewhat agree|partly agree|slightly agree",
        "agree",
        "strongly agree|completely agree|totally agree",
    ),
    (
        "täysin eri mieltä|vahvasti eri mieltä",
        "eri mieltä|jokseenkin eri mieltä|osittain eri mieltä|melko eri mieltä|jonkin verran eri mieltä",
        "ei samaa eikä eri mieltä|en samaa enkä eri mieltä|neutraali|en osaa sanoa",
        "samaa mieltä|jokseenkin samaa mieltä|osittain samaa mieltä|melko samaa mieltä|jonkin verran samaa mieltä",
        "täysin samaa mieltä|vahvasti samaa mieltä",
    ),
    (
        "täysin eri mieltä|vahvasti eri mieltä",
        "eri mieltä",
        "jokseenkin eri mieltä|osittain eri mieltä|melko eri mieltä",
        "ei samaa eikä eri mieltä|en samaa enkä eri mieltä|neutraali",
        "jokseenkin samaa mieltä|osittain samaa mieltä|melko samaa mieltä",
        "samaa mieltä",
        "täysin samaa mieltä|vahvasti samaa mieltä",
    ),
    (
        "very dissatisfied|extremely dissatisfied",
        "dissatisfied|somewhat dissatisfied",
        "neither satisfied nor dissatisfied|neutral",
        "satisfied|somewhat satisfied",
        "very satisfied|extremely satisfied",
    ),
    (
        "erittäin tyytymätön|hyvin tyytymätön",
        "tyytymätön|melko tyytymätön|jokseenkin tyytymätön",
        "ei tyytyväinen eikä tyytymätön|neutraali",
        "tyytyväinen|melko tyytyväinen|jokseenkin tyytyväinen",
        "erittäin tyytyväinen|hyvin tyytyväinen",
    ),
    (
        "very unlikely|extremely unlikely|not at all likely",
        "unlikely|somewhat unlikely|not so likely",
        "neither likely nor unlikely|neutral|somewhat likely",
        "likely|very likely",
        "extremely likely",
    ),
    ("very unlikely", "unlikely|somewhat unlikely", "neither likely nor unlikely|neutral", "likely|somewhat likely", "very likely"),
    ("erittäin epätodennäköisesti", "epätodennäköisesti|melko epätodennäköisesti", "neutraali|ehkä", "todennäköisesti|melko todennäköisesti", "erittäin todennäköisesti"),
    ("never", "rarely|seldom", "sometimes|occasionally", "often|usually", "always|very often"),
    ("en koskaan|ei koskaan", "harvoin", "joskus|silloin tällöin", "usein", "aina|hyvin usein"),
    ("very poor|terrible", "poor|bad", "fair|average|ok|okay", "good", "very good|excellent"),
    ("very poor|terrible|poor", "fair|average", "good", "very good", "excellent"),
    ("erittäin huono", "huono|melko huono", "kohtalainen|keskinkertainen|tyydyttävä", "hyvä|melko hyvä", "erittäin hyvä|erinomainen"),
    ("not at all important|unimportant", "slightly important|not so important", "moderately important|somewhat important", "important|very important", "extremely important"),
    ("ei lainkaan tärkeä|ei lainkaan tärkeää", "vain vähän tärkeä|melko vähän tärkeä", "jonkin verran tärkeä|melko tärkeä", "tärkeä|tärkeää", "erittäin tärkeä|erittäin tärkeää"),
    ("very difficult", "difficult|somewhat difficult", "neither easy nor difficult|neutral", "easy|somewhat easy", "very easy"),
    ("erittäin vaikea|erittäin vaikeaa", "vaikea|vaikeaa|melko vaikeaa", "ei helppoa eikä vaikeaa|neutraali", "helppo|helppoa|melko helppoa", "erittäin helppo|erittäin helppoa"),
)  # fmt: skip

_NPS = re.compile(r"\bnps\b|net promoter|recommend|suosittel", re.IGNORECASE)
_CSAT = re.compile(r"\bcsat\b|satisf|tyytyväi", re.IGNORECASE)
_CES = re.compile(r"\bces\b|\beffort\b|how easy|\beasy\b|\bhelpp?o|vaivatto", re.IGNORECASE)
_BARE = re.compile(r"[-+]?\d{1,3}")
_LABELLED = (
    re.compile(r"([-+]?\d{1,2})\s*[-–—=:.)(]\s*\D*"),  # 10 - Extremely likely; 3 (neutral)
    re.compile(r"\D*[^\d\s+-]\s*([-+]\d{1,2})"),  # I love it!+5
    re.compile(r"\D+[-–—=:(]\s*(\d{1,2})\)?"),  # Extremely likely (10)
    re.compile(r"(\d{1,2})\s*(?:/|out of)\s*(?:5|7|10)"),  # 4/5
)
_MOST_STEPS = 21
_MOST_CHOICES = 40
_LONGEST_CHOICE = 60


def question(label: str, answers: Mapping[str, int]) -> Question:
    """What a column with this header asks for, when these are the different answers in it and how often each was given.

    >>> question("How likely are you to recommend us?", {"10": 4, "9": 1, "0": 2}).sort
    'nps'
    >>> question("Like", {"I love it!+5": 1, "+3": 2, "0": 1, "I hate it!-5": 1}).scores["I love it!+5"]
    5
    >>> question("Hinta on sopiva", {"Täysin samaa mieltä": 1, "En osaa sanoa": 1, "Eri mieltä": 3}).scores
    {'Täysin samaa mieltä': 5, 'En osaa sanoa': 3, 'Eri mieltä': 2}
    >>> question("Age", {"31": 1, "60": 2}).sort, question("Which?", {"a;b": 3, "b;c": 2, "c": 4}).sort
    ('other', 'choices')
    """
    if not answers:
        return OTHER
    said = {text: fold(text) for text in answers}
    if classes := _classes(said):
        return Question("nps_class", classes)
    numbers = {text: score for text in answers if said[text] not in _NO_ANSWER for score in [_score(text)] if score is not None}
    complete = bool(numbers) and all(text in numbers or said[text] in _NO_ANSWER for text in answers)
    if complete and (named := _named(label, numbers.values())):
        return Question(named, numbers)
    if complete and _is_scale(numbers):
        return Question("numbers", numbers)
    words = _in_words(said)
    if words:
        return Question("csat" if _CSAT.search(label) and max(words.values()) <= 5 else "words", words)
    sign = _sign_of_choices(answers)
    return Question("choices", {}, sign) if sign else OTHER


def _classes(said: Mapping[str, str]) -> dict[str, int]:
    """Answers that are classes of NPS, with the place of the class; nothing when one is not, or only a word that means anything."""
    places = {fold(word): place for place, words in enumerate(NPS_CLASSES.values()) for word in words}
    found = {text: places[folded] for text, folded in said.items() if folded in places}
    return found if len(found) == len(said) and any(place != 1 for place in found.values()) else {}


def _score(text: str) -> int | None:
    if _BARE.fullmatch(text):
        return int(text)
    return next((int(match[1]) for shape in _LABELLED if (match := shape.fullmatch(text))), None)


def _named(label: str, scores: object) -> Sort | None:
    found = set(scores)  # type: ignore[call-overload]
    if _NPS.search(label) and found <= set(range(11)):
        return "nps"
    if _CSAT.search(label) and found <= set(range(1, 6)):
        return "csat"
    if _CES.search(label) and found <= set(range(1, 8)):
        return "ces"
    return None


def _is_scale(numbers: Mapping[str, int]) -> bool:
    """Whether some steps of a scale of numbers have words to them, so that the numbers must be taken out of the texts."""
    bare = sum(_BARE.fullmatch(text) is not None for text in numbers)
    return bare < len(numbers) <= _MOST_STEPS and len(set(numbers.values())) == len(numbers)


@cache
def _scales() -> tuple[dict[str, int], ...]:
    found = ({fold(word): step for step, words in enumerate(scale, start=1) for word in words.split("|")} for scale in _SCALES)
    return tuple(sorted(found, key=lambda scale: max(scale.values())))


def _in_words(said: Mapping[str, str]) -> dict[str, int]:
    """The scores of answers that are all steps of one scale in words, at least two different ones.

    A scale on which two of the answers would be one step is taken only when no longer one sets them apart.
    """
    fitting: list[dict[str, int]] = []
    for scale in _scales():
        found = {text: scale[folded] for text, folded in said.items() if folded in scale}
        rest = [folded for text, folded in said.items() if text not in found]
        if len(set(found.values())) >= 2 and all(folded in _NO_ANSWER for folded in rest):
            fitting.append(found)
    apart = [found for found in fitting if len(set(found.values())) == len({said[text] for text in found})]
    return next(iter([*apart, *fitting]), {})


def _sign_of_choices(answers: Mapping[str, int]) -> str:
    """What sets the choices of a cell apart, when different cells hold several of one short list; nothing when they are sentences."""
    for sign in (";", "|", ","):
        several = sum(times for text, times in answers.items() if len(choices(text, sign)) > 1)
        if several < 2:
            continue
        within = Counter(item for text in answers for item in {fold(part) for part in choices(text, sign)})
        short = len(within) <= _MOST_CHOICES and all(len(item) <= _LONGEST_CHOICE for item in within)
        if short and sum(texts > 1 for texts in within.values()) * 2 >= len(within):
            return sign
    return ""


def choices(cell: str, sign: str) -> Sequence[str]:
    """The choices of one cell.

    >>> choices("E-mail; Text message ;", ";")
    ['E-mail', 'Text message']
    """
    return [item.strip() for item in cell.split(sign) if item.strip()]
