"""For those who sell: companies by owner with their deals and what comes next, and whom to call today and why.

The order of calls is one rule, told as it is: by the money at stake. That is the value of deals that have gone quiet
(one that does not say is worth what won deals are on the average), what one of the best customers who is slipping away spent in
a year, or one order of somebody who is later than usual or has just come into a segment with the tag `hot`. Several
deals of one customer count together, of other reasons the largest; of equals whoever has more of them comes first.

Left out are those without a phone number, those who refused calls, those to whom marketing is prohibited, those who
object to profiling, and those who rest after a call that was noted. Where a person may not be called before they agree, only those who agreed are shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pyroaring import BitMap

from lohko.base.errors import InputError, did_you_mean
from lohko.base.text import fold
from lohko.base.times import back, local_day, naive
from lohko.engine import calls, figures
from lohko.engine.account_figures import Figures
from lohko.engine.consents import consented
from lohko.engine.profiles import agreed_to
from lohko.engine.rights import too_young, unmarketed
from lohko.model.condition import Reachable
from lohko.model.consent import OF_AGE
from lohko.state import about
from lohko.state import calls as noted
from lohko.state.segments import current
from lohko.state.workspace import note as audit_note
from lohko.steps.call_notes import told_call
from lohko.steps.contactable import asked
from lohko.steps.figures import full_name, utc
from lohko.steps.question import Question, ask
from lohko.steps.shown import amount
from lohko.steps.work import Progress, Work

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

UNLESS_REFUSED = frozenset({"FI"})
"""Countries where a person may be called as long as they have not forbidden it (Finland: Laki sähköisen viestinnän palveluista 202 §)."""
QUIET_DAYS, COLD_DAYS = 30, 365
"""A deal is quiet when nothing of it has changed for so long; after the longer time it is only counted: a call hardly helps it."""
HOT = frozenset({"hot", "kuuma"})
"""Tags of segments of which whoever comes in is called."""
HOT_DAYS = 7
MOST_ROWS = 200
_FIRST_OF_EACH = 1000
"""So many of each reason are put in order together; there is no calling more in a day."""


@dataclass
class Row:
    """Whom to call: a person, or a company of whom no contact can be called, with every reason."""

    person: int | None
    account: int | None
    reasons: list[dict[str, Any]] = field(default_factory=list)

    @property
    def stake(self) -> float:
        """The money at stake: of all deals together, or of the largest other reason."""
        deals = sum(float(reason["stake"] or 0) for reason in self.reasons if reason["why"] == "deal")
        return max((deals, *(float(reason["stake"] or 0) for reason in self.reasons if reason["why"] != "deal")))


def sales(
    work: Work, progress: Progress, *, owner: str | None = None, agreed: bool | None = None, limit: int = 30, as_of: str | None = None
) -> dict[str, Any]:
    """Whom to call today, with every reason, and companies by owner; of one `owner` of deals, or of all.

    `agreed` shows only those who agreed to calls; without it the law of the workspace's country says.
    """
    if not 1 <= limit <= MOST_ROWS:
        raise InputError("bad_limit", f"{limit} is no number of calls.", hint=f"from 1 to {MOST_ROWS}.")
    question = ask(work, as_of)
    cursor, schema, instant = question.engine.cursor, question.schema, naive(question.as_of)
    only_agreed = work.settings.country not in UNLESS_REFUSED if agreed is None else agreed
    firms = Figures(cursor, schema, question.as_of, work.settings.zone)
    every = calls.deals(cursor, schema, instant)
    open_deals = [deal for deal in every if deal.status == "open"]
    owners = _owners(firms, every)
    chosen = None if owner is None else _named(owner, owners)
    notes, resting = _notes(work, cursor, local_day(question.as_of, work.settings.zone))
    whom = _may_call(question, work, only_agreed)
    progress(0.4, "looking for reasons")
    counts: dict[str, int] = {}
    rows = _of_deals(question, firms, every, chosen, whom, resting, counts)
    if chosen is None:  # a shop's customers are nobody's: whoever looks at one owner sees that one's deals
        _of_people(work, question, whom.people - resting.people, rows, counts)
    ordered = sorted(rows.values(), key=lambda row: (-row.stake, -len(row.reasons), row.person or 0, row.account or 0))
    shown = ordered[:limit]
    with work.state.begin() as connection:
        known = [item.person_id for item in figures.people_of(cursor, [row.person for row in shown if row.person]).values()]
        audit_note(connection, "calls_shown", {"people": len(known)}, sorted(known))
    return {
        **question.stamp(),
        "currency": work.settings.currency,
        "country": work.settings.country,
        "owner": chosen,
        "owners": owners,
        "agreed": only_agreed,
        "hot_segments": _hot(work),
        "accounts": _accounts(question, firms, open_deals, notes, chosen),
        "calls": _shown(question, firms, shown, whom, notes),
        "more": len(ordered) - len(shown),
        "counts": counts | {"callable": len(whom.people), "resting": resting.n, "refused": whom.refused, "without_yes": whom.without_yes},
        "quiet_days": QUIET_DAYS,
        "hot_days": HOT_DAYS,
    }


# --- who may be called ----------------------------------------------------------------------


@dataclass(frozen=True)
class MayCall:
    """Who may be called, who of them agreed to it, and how many refused or did not agree."""

    people: BitMap
    agreed: BitMap
    forbidden: BitMap
    refused: int
    without_yes: int


def _may_call(question: Question, work: Work, only_agreed: bool) -> MayCall:
    cursor, instant = question.engine.cursor, naive(question.as_of)
    agreed = BitMap(consented(cursor, "phone", question.as_of))
    said_no = (calls.said_of(cursor, "phone", instant) - agreed) | unmarketed(cursor)
    young = BitMap(too_young(cursor, question.schema, question.as_of, work.settings.zone, OF_AGE))
    reached = asked(question, Reachable("phone"))
    fine = (reached & question.engine.profiled()) - said_no - young
    return MayCall(
        fine & agreed if only_agreed else fine, agreed, said_no | young, len(reached & said_no), len(fine - agreed) if only_agreed else 0
    )


@dataclass(frozen=True)
class _Resting:
    people: BitMap
    accounts: frozenset[str]
    n: int


def _notes(work: Work, cursor: DuckDBPyConnection, today: dt.date) -> tuple[dict[int | str, list[noted.Call]], _Resting]:
    """The notes by person (its key) or company (its name's fold), the latest first; and who rests until a day that has not come."""
    with work.state.connect() as connection:
        every = noted.calls(connection)
    whose = calls.people_of_nodes(cursor, sorted({item.node for item in every if item.node is not None}))
    found: dict[int | str, list[noted.Call]] = {}
    for item in every:
        key = fold(item.account) if item.account is not None else whose.get(item.node or 0)
        if key is not None:
            found.setdefault(key, []).append(item)
    rest = [key for key, items in found.items() if dt.date.fromisoformat(items[0].until) > today]
    people = BitMap([key for key in rest if isinstance(key, int)])
    return found, _Resting(people, frozenset(key for key in rest if isinstance(key, str)), len(rest))


# --- reasons ---------------------------------------------------------------------------------


def _of_deals(
    question: Question,
    firms: Figures,
    every: Sequence[calls.Deal],
    chosen: str | None,
    whom: MayCall,
    resting: _Resting,
    counts: dict[str, int],
) -> dict[tuple[str, int], Row]:
    """A row for each contact of a quiet deal who may be called, else for its company."""
    rows: dict[tuple[str, int], Row] = {}
    contacts = _contacts(question.engine.cursor, whom.people)
    usual = _usual_value(every)
    for deal in every:
        if deal.status != "open" or chosen not in (None, deal.owner):
            continue
        days = (naive(question.as_of) - deal.at).total_seconds() / 86400
        if days < QUIET_DAYS:
            continue
        if days >= COLD_DAYS:
            counts["cold"] = counts.get("cold", 0) + 1
            continue
        name = firms.names.get(deal.account or 0)
        if (deal.person is not None and deal.person in resting.people) or (name is not None and fold(name) in resting.accounts):
            continue
        person = deal.person if deal.person is not None and deal.person in whom.people else None
        if person is None and deal.account is not None:
            person = next((one for one in contacts.get(deal.account, ()) if one not in resting.people), None)
        if person is None and deal.account is None:
            continue  # whose deal it is has no number, or must not be called
        counts["deal"] = counts.get("deal", 0) + 1
        key = ("person", person) if person is not None else ("account", deal.account or 0)
        row = rows.setdefault(key, Row(person, deal.account))
        told = {"deal": deal.number, "title": deal.title, "stage": deal.stage, "owner": deal.owner}
        stake, known = amount(deal.value or usual), bool(deal.value)
        row.reasons.append({"why": "deal", "stake": stake, "days": int(days), "value_known": known, **told})
    return rows


def _usual_value(deals: Iterable[calls.Deal]) -> Decimal | None:
    """What deals that were won were worth on the average: what is at stake where a deal does not say."""
    won = [deal.value for deal in deals if deal.status == "won" and deal.value]
    return sum(won, Decimal(0)) / len(won) if won else None


def _contacts(cursor: DuckDBPyConnection, people: BitMap) -> dict[int, list[int]]:
    """Of each company those contacts who may be called, in the order in which they became known."""
    found: dict[int, list[int]] = {}
    for account, person in cursor.execute("SELECT account, person FROM belonging ORDER BY account, person").fetchall():
        if person in people:
            found.setdefault(account, []).append(person)
    return found


def _of_people(work: Work, question: Question, people: BitMap, rows: dict[tuple[str, int], Row], counts: dict[str, int]) -> None:
    """Add the reasons that customers give by how they buy, and by the segments they came into."""
    cursor, instant = question.engine.cursor, naive(question.as_of)
    question.engine.need_traits()
    figures.take_members(cursor, people)
    calls.take_buying(cursor, question.schema, instant, naive(back(question.as_of, 12, "month", work.settings.zone)))
    found: list[tuple[str, dict[str, Any], tuple[list[calls.Reason], int]]] = [
        ("late", {}, calls.late(cursor, _FIRST_OF_EACH)),
        ("slipping", {}, calls.slipping(cursor, _FIRST_OF_EACH)),
    ]
    since = naive(back(question.as_of, HOT_DAYS, "day", work.settings.zone))
    for name in _hot(work):
        title = dict(question.segments[name].title)
        found.append(("hot", {"segment": name, "segment_title": title}, calls.came(cursor, name, since, instant, _FIRST_OF_EACH)))
    for why, more, (reasons, total) in found:
        counts[why] = counts.get(why, 0) + total
        for reason in reasons:
            row = rows.setdefault(("person", reason.person), Row(reason.person, None))
            told = {"days": int(reason.days), "orders": reason.orders, **more}
            told |= {"usual_days": round(reason.other)} if why == "late" else {"spent": reason.other} if why == "slipping" else {}
            row.reasons.append({"why": why, "stake": reason.stake, **told})


def _hot(work: Work) -> list[str]:
    """The live segments with the tag `hot`."""
    with work.state.connect() as connection:
        said, known = about.about(connection), current(connection)
    live = {name for name in known if said.get(name, {"status": about.USUAL})["status"] == "live"}
    return [name for name, item in sorted(known.items()) if name in live and HOT & {fold(tag) for tag in item.tags}]


# --- what is shown ---------------------------------------------------------------------------


def _shown(
    question: Question, firms: Figures, rows: Sequence[Row], whom: MayCall, notes: Mapping[int | str, list[noted.Call]]
) -> list[dict[str, Any]]:
    cursor, instant = question.engine.cursor, naive(question.as_of)
    keys = [row.person for row in rows if row.person is not None]
    people = figures.people_of(cursor, keys)
    texts: dict[int, dict[str, str]] = {key: {} for key in keys}
    for name in ("first_name", "last_name", "name", "phone", "company"):
        item = question.schema.attributes.get(name)
        if item is not None and not item.trait:
            for key, value in figures.values_of(cursor, item, keys, instant).items():
                texts[key][name] = value.text
    # Who agreed on another record of theirs, in the shop and not at work, is called at the number told there.
    agreed = [key for key in keys if key in whom.agreed]
    agreed_there = agreed_to(cursor, question.schema, ["phone"], agreed, "phone", question.as_of, question.as_of)
    firm_phones = firms.held("account_phone")
    found = []
    for row in rows:
        firm = firms.names.get(row.account or 0)
        whose: int | str = fold(firm or "") if row.person is None else row.person
        latest = next(iter(notes.get(whose, [])), None)
        person, own = people.get(row.person or 0), texts.get(row.person or 0, {}) | agreed_there.get(row.person or 0, {})
        found.append(
            {
                "person_id": person.person_id if person else None,
                "customer": person.label if person else None,
                "name": full_name(own),
                "phone": (own.get("phone") or None) if person else firm_phones.get(row.account or 0),
                "account": firm,
                "company": own.get("company"),
                "agreed": row.person is not None and row.person in whom.agreed,
                "stake": row.stake,
                "reasons": sorted(row.reasons, key=lambda reason: -float(reason["stake"] or 0)),
                "last_call": None if latest is None else told_call(latest),
            }
        )
    return found


def _owners(firms: Figures, deals: Iterable[calls.Deal]) -> list[str]:
    """Everyone who owns a deal or a company."""
    return sorted({deal.owner for deal in deals if deal.owner} | {str(owner) for owner in firms.held("account_owner").values()})


def _named(owner: str, owners: Sequence[str]) -> str:
    found = next((name for name in owners if fold(name) == fold(owner)), None)
    if found is None:
        raise InputError("unknown_owner", f"Nobody called {owner!r} owns a deal or a company.", hint=did_you_mean(owner, owners))
    return found


def _accounts(
    question: Question, firms: Figures, deals: Sequence[calls.Deal], notes: Mapping[int | str, list[noted.Call]], owner: str | None
) -> list[dict[str, Any]]:
    """A row for each company and owner of open deals there (or of the company, where it has none): deals, value, the last touch, what comes next."""
    if not firms.names:
        return []
    cursor, instant = question.engine.cursor, naive(question.as_of)
    own, touched = firms.held("account_owner"), calls.touched(cursor, question.schema, instant)
    of_both: dict[tuple[int, str | None], list[calls.Deal]] = {}
    for deal in deals:
        if deal.account in firms.names:
            of_both.setdefault((deal.account or 0, deal.owner or own.get(deal.account or 0)), []).append(deal)
    having = {account for account, _ in of_both}
    for account in firms.names:
        if account not in having:
            of_both[account, own.get(account)] = []
    rows = []
    for (account, whose), theirs in of_both.items():
        if owner is not None and whose != owner:
            continue
        firm = firms.names[account]
        largest = max(theirs, key=lambda deal: deal.value or Decimal(0), default=None)
        latest = next(iter(notes.get(fold(firm), [])), None)
        moments = [moment for moment in (touched.get(account), max((deal.at for deal in theirs), default=None)) if moment is not None]
        if latest is not None:
            moments.append(naive(dt.datetime.fromisoformat(latest.at)))
        last = max(moments, default=None)
        rows.append(
            {
                "account": firm,
                "owner": whose,
                "open_deals": len(theirs),
                "open_value": amount(sum((deal.value for deal in theirs if deal.value), Decimal(0))),
                "without_value": sum(not deal.value for deal in theirs),
                "quiet": sum(instant - deal.at >= dt.timedelta(days=QUIET_DAYS) for deal in theirs),
                "last_touch": utc(last),
                "next": _next(largest, latest),
            }
        )
    return sorted(rows, key=lambda row: (-(row["open_value"] or 0), row["account"], row["owner"] or ""))


def _next(largest: calls.Deal | None, latest: noted.Call | None) -> dict[str, Any] | None:
    """What comes next: what was agreed in the last call, else the stage of the largest open deal."""
    if latest is not None and (latest.note or latest.outcome == "later"):
        return {"what": "call", "until": latest.until, "note": latest.note}
    return None if largest is None else {"what": "deal", "deal": largest.number, "title": largest.title, "stage": largest.stage}
