"""Who is kept out because they were erased, and letting somebody in again who asks to be a customer once more.

Nobody can be named here: what is kept of them are keyed hashes. So it is told how
many there are and since when; and only who says an identifier finds out that it is kept out.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from lohko.base.clock import now
from lohko.base.errors import InputError, did_you_mean
from lohko.base.text import fold
from lohko.engine.erasure import SHORTEST
from lohko.state.batches import batches
from lohko.state.erasures import ERASE, RightUsed, erased, rights_used, use_right
from lohko.state.suppression import Digests, kept_out_since, read_key, release
from lohko.state.workspace import note
from lohko.steps.question import iso
from lohko.steps.rights_ledger import write_rights
from lohko.steps.work import Progress, Work

SHORT = 12
"""So many signs of a digest are its short id."""


def suppression_list(work: Work, _progress: Progress, *, limit: int = 100) -> dict[str, Any]:
    """How many identifiers are kept out, by the day since when, and the short ids of the latest; never what they are of."""
    with work.state.connect() as connection:
        rows, people = kept_out_since(connection), len(erased(rights_used(connection)))
    days = Counter(at[:10] for _, at in rows)
    return {
        "identifiers": len(rows),
        "people": people,
        "days": [{"day": day, "identifiers": n} for day, n in sorted(days.items(), reverse=True)],
        "rows": [{"id": digest[:SHORT], "since": at} for digest, at in rows[:limit]],
    }


def suppression_lift(work: Work, _progress: Progress, *, identifier: str, reason: str, source: str | None = None) -> dict[str, Any]:
    """Let whoever was erased with this identifier come in again with later imports; what was erased is not brought back.

    It lifts every identifier of that erasure but those that somebody else who was erased had too:
    such a one is only lifted by naming it. A customer number is one of a source, so `source`
    has to be said where several know it. The reason is kept in the audit.
    """
    said, why = identifier.strip(), reason.strip()
    if not why:
        raise InputError("no_reason", "Why somebody may come back has to be said.", hint="such as 'asked to be a customer again on 3 May'.")
    if len(said) >= SHORTEST and fold(said) in fold(why):
        raise InputError("reason_names", "The reason names the person, and is kept.", hint="say it without the identifier.")
    with work.guard:
        digests, left = _digests(work, said, source)
        with work.state.begin() as connection:
            release(connection, digests)
            use_right(connection, RightUsed(iso(now()), ERASE, False, sorted(digests)))
            note(connection, "suppression_lifted", {"identifiers": len(digests), "still_kept_out": left, "reason": why})
        missed = write_rights(work)
    return {"lifted": len(digests), "still_kept_out": left, "ledger_missing_in": missed, "data_version": work.data_version()}


def _digests(work: Work, said: str, source: str | None) -> tuple[set[str], int]:
    """What is lifted, and how many identifiers of the same person still keep them out; InputError when nobody or several are meant."""
    with work.state.connect() as connection:
        known = {row["source"] for row in batches(connection)}
        out = {digest for digest, _ in kept_out_since(connection)}
        people = erased(rights_used(connection))
    if source is not None and source not in known:
        raise InputError("unknown_source", f"Nothing came from a source {source!r}.", hint=did_you_mean(source, known))
    made = Digests(read_key(work.folder.key, make=True), work.settings.country)
    by_source = {name: found for name in sorted(known if source is None else {source}) if (found := made.of_text(said, [name]) & out)}
    anywhere = made.of_text(said, ()) & out
    if len(by_source) > 1 and not anywhere:
        raise InputError(
            "several_sources", "More than one source had that number.", hint=f"say which with --source: {', '.join(by_source)}."
        )
    meant = anywhere.union(*by_source.values())
    if not meant:
        raise InputError(
            "not_kept_out",
            "Nobody is kept out by that identifier.",
            hint="name an e-mail address, a phone number or a customer number that they had when they were erased.",
        )
    theirs = [digests for digests in people if digests & meant]
    if len(theirs) != 1:
        return meant, 0
    others = set().union(*(digests for digests in people if digests is not theirs[0]))
    return meant | (theirs[0] - others), len((theirs[0] & others) - meant)
