"""What the demo shop's customers have agreed to, as the register writes it: yes, no, a date, or nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random

from lohko.demo.behaviour import Habits
from lohko.demo.people import Person
from lohko.demo.season import Calendar

YES, NO, UNSAID = "kyllä", "ei", ""


@dataclass(frozen=True)
class Consents:
    """The register's text for each purpose; `mail_from` is the day from which e-mail may be sent, None for never."""

    email: str
    sms: str
    ads: str
    profiling: str
    mail_from: dt.date | None


def consents(random: Random, person: Person, habits: Habits, calendar: Calendar) -> Consents:
    """Draw what a person has agreed to; who wants no e-mail has mostly said so, and seldom wants anything else."""
    eager = 1.0 if habits.wants_mail else 0.35
    email, mail_from = _email(random, person, habits, calendar)
    return Consents(
        email=email,
        sms=_answer(random, 0.3 * eager if person.phone else 0.0, 0.55, habits.joined),
        ads=_answer(random, 0.6 * eager, 0.35, habits.joined),
        profiling=_answer(random, 0.65 * eager, 0.25, habits.joined),
        mail_from=mail_from,
    )


def _email(random: Random, person: Person, habits: Habits, calendar: Calendar) -> tuple[str, dt.date | None]:
    if not person.email or not habits.wants_mail:
        return (NO if random.random() < 0.7 else UNSAID), None
    if random.random() < 0.35:  # from the time before dates were kept
        return YES, habits.joined
    later = 0 if random.random() < 0.7 else int(random.expovariate(1 / 60))
    day = habits.joined + dt.timedelta(days=later)
    day = day if day < calendar.until else habits.joined
    return written(day), day


def _answer(random: Random, yes: float, no: float, joined: dt.date) -> str:
    draw = random.random()
    if draw < yes:
        return written(joined) if random.random() < 0.5 else YES
    return NO if draw < yes + (1 - yes) * no / 0.7 else UNSAID


def written(day: dt.date) -> str:
    """A day as Finns write it.

    >>> written(dt.date(2026, 3, 1))
    '1.3.2026'
    """
    return f"{day.day}.{day.month}.{day.year}"
