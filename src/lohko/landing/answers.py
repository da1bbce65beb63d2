"""Surveys: what their questions ask for is found out, and their answers are said in one way.

Scores lose the words that stand beside them (`I love it!+5` is 5), scales in words get
a score beside the words, NPS its class, and several choices become a set. A file with a
row per answer gets a column per question, so that both layouts answer the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from lohko.engine.sql import column, render
from lohko.formats.fields import fields_of, own_name
from lohko.formats.plain import means
from lohko.formats.shapes import Answers, ByQuestion
from lohko.landing.questions import NPS_CLASSES, Question, question
from lohko.landing.raw import Changed, Raw, Told
from lohko.landing.words import put

MOST_QUESTIONS = 150
_MOST_DIFFERENT = 5000
_COUNTED = """
SELECT trim(__c) AS text, count(*) FROM raw WHERE NOT NULLIF(trim(__c), '') IS NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?
"""
_CHOSEN = """
CASE WHEN NOT NULLIF(trim(__c), '') IS NULL THEN
    CAST(to_json(list_filter(list_transform(string_split(__c, __sign), lambda item: trim(item)), lambda item: item <> '')) AS VARCHAR) END
"""
_NAMED = ("nps", "csat", "ces")


def answers(raw: Raw, shape: Answers) -> Changed:
    """Every column that is a question, by what it asks for."""
    changed: Changed = {}
    skipped = {raw.label_of(header) for header in shape.beside}
    for label, cell in raw.cells.items():
        if own_name(label) == "nps" and raw.is_known(label):  # a column called just NPS has its class too
            _class_of_scores(raw, label, cell, changed)
        if label in skipped or raw.is_known(label):
            continue
        rows = raw.connection.execute(render(_COUNTED, {"__c": cell}), [_MOST_DIFFERENT + 1]).fetchall()
        if len(rows) <= _MOST_DIFFERENT:
            _say(raw, label, cell, question(label, dict(rows)), changed)
    return changed


def _class_of_scores(raw: Raw, label: str, cell: str, changed: Changed) -> None:
    rows = raw.connection.execute(render(_COUNTED, {"__c": cell}), [_MOST_DIFFERENT + 1]).fetchall()
    asked = question(label, dict(rows))
    if asked.sort == "nps" and not any(means(fields_of("survey")["nps_class"], item) for item in raw.cells):
        _add(raw, label, "nps_class", _looked_up(cell, {text: nps_class(score) for text, score in asked.scores.items()}), changed)


def _say(raw: Raw, label: str, cell: str, asked: Question, changed: Changed) -> None:
    """What a question adds, or changes in its own column."""
    if asked.sort == "choices":
        changed[label] = put(_CHOSEN, c=column(cell), sign=exp.Literal.string(asked.sign))
        raw.told[label] = Told(type="text_set")
        return
    scores = {text: str(score) for text, score in asked.scores.items()}
    if asked.sort == "numbers":
        changed[label] = _looked_up(cell, scores)
        raw.told[label] = Told(type="integer")
    elif asked.sort == "nps_class":
        _add(raw, label, "nps_class", _looked_up(cell, {text: list(NPS_CLASSES)[place] for text, place in asked.scores.items()}), changed)
    elif asked.sort in _NAMED:
        if _add(raw, label, asked.sort, _looked_up(cell, scores), changed, Told(type="integer")) and asked.sort == "nps":
            _add(raw, label, "nps_class", _looked_up(cell, {text: nps_class(int(score)) for text, score in scores.items()}), changed)
    elif asked.sort == "words":
        _add(raw, label, f"{label} score", _looked_up(cell, scores), changed, Told(type="integer"))


def nps_class(score: int) -> str:
    """Promoter (9, 10), passive (7, 8) or detractor (0 to 6), as field.md section 8 counts NPS.

    >>> [nps_class(score) for score in (10, 9, 8, 7, 6, 0)]
    ['promoter', 'promoter', 'passive', 'passive', 'detractor', 'detractor']
    """
    return "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"


def _add(raw: Raw, label: str, name: str, value: exp.Expr, changed: Changed, told: Told | None = None) -> bool:
    """Give the name to a new column, or to the question's own when that is what it is called; False when another question has it."""
    if own_name(label) == name:
        changed[label] = value
        name = label
    elif name in changed or any(own_name(item) == name for item in raw.cells):
        return False
    else:
        changed[name] = value
        if name in _NAMED or (name == "nps_class" and "nps" not in changed):
            raw.notes.append(("question_understood", f"Column {label!r} was understood as {name}.", label))
    if told is not None:
        raw.told[name] = told
    return True


def _looked_up(cell: str, given: Mapping[str, str]) -> exp.Expr:
    case = exp.Case()
    for text, value in given.items():
        case = case.when(put("trim(__c) = __t", c=column(cell), t=exp.Literal.string(text)), exp.Literal.string(value))
    return case


def by_question(raw: Raw, shape: ByQuestion) -> Changed:
    """A column per question, in each row that of its own question."""
    asked, answered = raw.cell(shape.question), raw.cell(shape.answer)
    if asked is None or answered is None:
        return {}
    rows = raw.connection.execute(render(_COUNTED, {"__c": asked}), [MOST_QUESTIONS + 1]).fetchall()
    if len(rows) > MOST_QUESTIONS:
        note = f"There are more than {MOST_QUESTIONS} questions: the rarer ones are only in `question` and `answer`."
        raw.notes.append(("questions_left_out", note, raw.label_of(shape.question)))
    changed: Changed = {}
    for text, _times in rows[:MOST_QUESTIONS]:
        label = raw.free(text, "question", changed)
        when = put("trim(__q) = __t", q=column(asked), t=exp.Literal.string(text))
        changed[label] = exp.Case().when(when, column(answered))
    return changed
