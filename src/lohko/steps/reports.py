"""Reports: a segment or the whole overview as a file, by e-mail when its time has come, and as a link. None holds a person's data."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Sequence
from typing import Any, cast

from email_validator import EmailNotValidError, validate_email

from lohko.base.clock import now
from lohko.base.errors import InputError, LohkoError, did_you_mean
from lohko.base.text import Language
from lohko.base.times import local_day
from lohko.destinations.mail import Attachment, send, server_of
from lohko.reports.content import Report, overview_report, segment_report
from lohko.reports.making import form_of
from lohko.reports.words import say
from lohko.state import reports as kept
from lohko.state.acting import acting_user
from lohko.state.segments import current
from lohko.state.workspace import note
from lohko.steps import figures
from lohko.steps.history import history
from lohko.steps.saying import check_language
from lohko.steps.schedule import check_schedule, is_due
from lohko.steps.segments import segments
from lohko.steps.work import Progress, Work, silent

_DAYS_BACK = 365
MOST_LINK_DAYS = 366
MOST_RECEIVERS = 50


def report_of(work: Work, *, segment: str | None = None, language: str = "en", as_of: str | None = None) -> Report:
    """What the report of a segment, or of everything, says."""
    check_language(language)
    spoken, zone = cast(Language, language), work.settings.zone
    if segment is None:
        found = figures.overview(work, silent, as_of=as_of)
        listed = [item for item in segments(work, silent, as_of=as_of)["segments"] if item["size"] is not None]
        listed.sort(key=lambda item: (-item["size"], item["id"]))
        return overview_report(found, listed, work.folder.path.resolve().name, zone, spoken)
    found = figures.segment(work, silent, segment=segment, as_of=as_of, language=language)
    until = local_day(dt.datetime.fromisoformat(found["as_of"]), zone).isoformat()
    days = [day for day in history(work, silent, segment=segment)["days"] if day["day"] <= until][-_DAYS_BACK:]
    return segment_report(found, days, zone, spoken)


def report(
    work: Work, progress: Progress, *, segment: str | None = None, form: str = "pdf", language: str = "en", as_of: str | None = None
) -> dict[str, Any]:
    """The report as a file: its name, what it is, and its bytes in base64."""
    chosen = form_of(form)
    made = report_of(work, segment=segment, language=language, as_of=as_of)
    day = local_day(now(), work.settings.zone).isoformat()
    return {
        "name": f"lohko-{segment or 'overview'}-{day}.{chosen.ending}",
        "media_type": chosen.media_type,
        "content": base64.b64encode(chosen.write(made)).decode(),
        "data_version": work.data_version(),
    }


# --- links --------------------------------------------------------------------------------


def report_link_add(work: Work, progress: Progress, *, segment: str | None = None, language: str = "en", days: int = 30) -> dict[str, Any]:
    """A link by which the report can be read without signing in, always as it is then, until so many days have passed. What opens it is told once."""
    check_language(language)
    if not 1 <= days <= MOST_LINK_DAYS:
        raise InputError("bad_days", f"{days} is no number of days for a link.", hint=f"from 1 to {MOST_LINK_DAYS}.")
    _known(work, segment)
    with work.state.begin() as connection:
        secret, row = kept.add_link(connection, segment, language, days, acting_user())
        note(connection, "report_link_added", {"link": row["id"], "segment": segment, "days": days})
    return row | {"path": f"/shared/{secret}"}


def report_links(work: Work, progress: Progress) -> dict[str, Any]:
    """Every link: of what, by whom, until when, and whether it still opens; it `rests` while whoever made it may not make reports."""
    with work.state.connect() as connection:
        rows = kept.links(connection)
    resting = {row["id"] for row in rows if row["rests"] and kept.opens(row | {"rests": False})}
    return {"links": [row | {"open": kept.opens(row), "rests": row["id"] in resting} for row in rows]}


def report_link_revoke(work: Work, progress: Progress, *, link: str) -> dict[str, Any]:
    """A link opens nothing any more."""
    with work.state.begin() as connection:
        kept.revoke_link(connection, link)
        note(connection, "report_link_revoked", {"link": link})
    return {"link": link}


def report_take_over(work: Work, progress: Progress, *, item: str) -> dict[str, Any]:
    """A link or a schedule is of whoever asks from now on: it goes on when who made it may not make reports any more."""
    with work.state.begin() as connection:
        kept.take_over(connection, item, acting_user())
        note(connection, "report_taken_over", {"item": item})
    return {"item": item}


# --- by e-mail ----------------------------------------------------------------------------


def report_mail_add(
    work: Work,
    progress: Progress,
    *,
    receivers: Sequence[str],
    schedule: str,
    segment: str | None = None,
    form: str = "pdf",
    language: str = "en",
) -> dict[str, Any]:
    """Send a report to these addresses whenever its time comes (five fields of cron, on the workspace's clock)."""
    form_of(form)
    check_language(language)
    if not schedule:
        raise InputError("bad_schedule", "A report that is sent needs a schedule.", hint="such as 0 7 * * 1: Mondays at 7.")
    check_schedule(schedule)
    _known(work, segment)
    addresses = [_address(item) for item in receivers]
    if not 1 <= len(addresses) <= MOST_RECEIVERS:
        raise InputError("bad_receivers", "A report is sent to at least one address.", hint=f"from 1 to {MOST_RECEIVERS}.")
    with work.state.begin() as connection:
        made = kept.add_schedule(connection, segment, form, language, addresses, schedule, acting_user())
        note(connection, "report_mail_added", {"schedule": made, "segment": segment, "form": form, "receivers": len(addresses)})
    return {"id": made, "segment": segment, "form": form, "language": language, "receivers": addresses, "schedule": schedule}


def report_mail_list(work: Work, progress: Progress) -> dict[str, Any]:
    """Every schedule, by whom it was made, when it was sent last, and what went wrong then; it `rests` while who made it may not make reports."""
    with work.state.connect() as connection:
        return {"schedules": kept.schedules(connection)}


def report_mail_remove(work: Work, progress: Progress, *, schedule: str) -> dict[str, Any]:
    """Send a report no more."""
    with work.state.begin() as connection:
        kept.remove_schedule(connection, schedule)
        note(connection, "report_mail_removed", {"schedule": schedule})
    return {"schedule": schedule}


def report_send(work: Work, progress: Progress, *, schedule: str | None = None, due: bool = False) -> dict[str, Any]:
    """Send the reports of one schedule, of all whose time has come (`due`), or of all. One that fails does not keep the others back."""
    with work.state.connect() as connection:
        rows = kept.schedules(connection)
    if schedule is not None and schedule not in {row["id"] for row in rows}:
        raise InputError("unknown_schedule", "There is no such schedule.", hint="`lohko report-mail list` shows them.")
    chosen = [
        row for row in rows if schedule in (None, row["id"]) and (not due or (not row["rests"] and is_due(row, work.settings.zone, now())))
    ]
    sent = []
    for place, row in enumerate(chosen):
        progress(place / len(chosen), "sending")
        error = _send(work, row)
        with work.state.begin() as connection:
            kept.attempted(connection, row["id"], None if error is None else error.code)
            note(
                connection,
                "report_sent",
                {
                    "schedule": row["id"],
                    "segment": row["segment"],
                    "receivers": len(row["receivers"]),
                    "error": error.code if error else None,
                },
            )
        sent.append({"id": row["id"], "segment": row["segment"], "error": None if error is None else error.as_json()})
    return {"sent": sent}


def _send(work: Work, row: dict[str, Any]) -> LohkoError | None:
    """Make and send one report; what went wrong, if anything."""
    language = cast(Language, row["language"])
    if row["rests"]:
        return InputError("maker_gone", "Whoever made this schedule may not make reports any more.", hint="an admin can take it over.")
    try:
        server = server_of()
        made = report(work, silent, segment=row["segment"], form=row["form"], language=language)
        file = Attachment(made["name"], made["media_type"], base64.b64decode(made["content"]))
        title = report_title(work, row["segment"], language)
        send(
            server,
            row["receivers"],
            f"{say('Lohko: a report', language)}: {title}",
            say("The report is attached. It holds no data of single customers.", language),
            [file],
        )
    except LohkoError as error:
        return error
    except Exception as error:  # whatever it was: the reports after this one are sent all the same
        return InputError("report_failed", f"The report could not be made or sent ({type(error).__name__}).")
    return None


def report_title(work: Work, segment: str | None, language: str) -> str:
    """What a report is called: the segment's title, or the workspace's name."""
    if segment is None:
        return work.folder.path.resolve().name
    with work.state.connect() as connection:
        found = current(connection).get(segment)
    title = {} if found is None else dict(found.title)
    return title.get(language) or next(iter(title.values()), segment)


def _known(work: Work, segment: str | None) -> None:
    if segment is not None:
        with work.state.connect() as connection:
            found = current(connection)
        if segment not in found:
            raise InputError("unknown_segment", f"No segment is called {segment!r}.", hint=did_you_mean(segment, found))


def _address(text: str) -> str:
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise InputError("bad_receiver", "That is no e-mail address.", hint="such as name@company.fi.") from error
