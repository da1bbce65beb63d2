"""Segments: the list with sizes over time, one segment against everyone, and asking for a refresh."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lohko.base.errors import InputError
from lohko.base.text import fold
from lohko.base.times import local_day
from lohko.model.goal import METRICS
from lohko.starter import usable
from lohko.state import about
from lohko.state import segments as kept
from lohko.state.runs import last_refreshes
from lohko.steps import figures
from lohko.steps.ahead import make_ahead
from lohko.steps.goals import goal_set, goals
from lohko.steps.history import history, reconstruct, sizes
from lohko.steps.question import ask, moment
from lohko.steps.refresh import refresh
from lohko.steps.segment_about import segment_about, segment_comment, segment_describe
from lohko.steps.segment_page import segment_uses
from lohko.steps.segments import apply, segments
from lohko.steps.work import Work, silent
from lohko.web.downloads import SVG, download
from lohko.web.explore_charts import alone
from lohko.web.explore_words import View
from lohko.web.jobs import Job, Jobs
from lohko.web.language import language_of, texts
from lohko.web.management_page import VERDICTS
from lohko.web.posted import Posted, text
from lohko.web.render import Pages
from lohko.web.segment_views import WILSON, SegmentViews
from lohko.web.who import apart, asking
from lohko.web.words import Words

DAYS_BACK = 90
VIEWS = {"": "", "people": "_figures", "movement": "_figures", "overlap": "_figures", "about": "_about"}
"""The views of a segment's page and the end of their template's name."""
FILTERS = ("q", "tag", "status", "owner")


def router(work: Work, pages: Pages, jobs: Jobs) -> APIRouter:
    """The pages of segments."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/segments")
    def every(request: Request, as_of: str | None = None) -> Response:
        found = catalogue(work, as_of or None)
        chosen = {name: request.query_params.get(name, "") for name in FILTERS}
        return pages.answer(
            request,
            "segments.html",
            segments=chosen_of(found, chosen),
            all_segments=found,
            chosen=chosen,
            known_tags=sorted({tag for item in found for tag in item["tags"]}),
            known_owners=sorted({item["owner"] for item in found if item["owner"]}),
            offered=len(offered(work)) if not found else 0,
        )

    @routes.get("/segments/{segment}")
    def one(request: Request, segment: str, as_of: str | None = None, view: str = "") -> Response:
        if view not in VIEWS:
            raise InputError("not_found", "There is no such page.")
        if view == "about":
            return _about(request, segment)
        said = segment_about(work, silent, segment=segment)
        return pages.answer(request, f"segment{VIEWS[view]}.html", view=view, about=said, **_shown(request, segment, as_of or None, view))

    def _shown(request: Request, segment: str, as_of: str | None, view: str) -> dict[str, Any]:
        """What one view of a segment needs besides its head: each asks only for its own figures."""
        made = SegmentViews(work, segment, as_of, language_of(request))
        if view == "":
            days = history(work, silent, segment=segment)["days"]
            with work.state.connect() as connection:
                last = last_refreshes(connection).get(segment)
            sample = asking(request).may("people")
            found = figures.segment(work, silent, segment=segment, as_of=as_of, language=language_of(request), sample=sample)
            found = apart(asking(request), found, "sample")
            return {"data": found, "days": days, "refreshed": last.recorded_at if last else None}
        head: dict[str, Any] = {"data": _head(work, segment, as_of)}
        match view:
            case "people":
                return head | {"figures": made.people(), "note": made.say(WILSON)}
            case "movement":
                months = _months(request)
                return head | {"figures": made.movement(months), "months": months}
            case "overlap":
                others = request.query_params.getlist("with") or None
                found, told = made.overlap(others)
                with work.state.connect() as connection:
                    names = kept.current(connection)
                return head | {"figures": found, "others": [item["id"] for item in told["names"]], "known": names}
        return head | {
            "uses": segment_uses(work, silent, segment=segment, as_of=as_of),
            "metrics": METRICS,
            "verdicts": VERDICTS,
            "given": {},
            "error": None,
        }

    def _about(request: Request, segment: str, status: int = 200, **more: Any) -> Response:
        said = segment_about(work, silent, segment=segment)
        reached = next((row for row in goals(work, silent)["goals"] if row["segment"] == segment), None) if said["goal"] else None
        shown = _shown(request, segment, None, "about") | {"view": "about", "about": said, "reached": reached}
        return pages.answer(request, "segment_about.html", status, **(shown | more))

    @routes.get("/segments/{segment}/figures/{name}.csv")
    def numbers(request: Request, segment: str, name: str, as_of: str | None = None) -> Response:
        found = _figure(request, segment, name, as_of or None)
        return found.file(f"{segment}-{name}.csv")

    @routes.get("/segments/{segment}/figures/{name}.svg")
    def picture(request: Request, segment: str, name: str, as_of: str | None = None) -> Response:
        found = _figure(request, segment, name, as_of or None)
        if not found.pictures:
            raise InputError("not_found", "There is no such picture.")
        return download(alone(found.pictures[0].wide), f"{segment}-{name}.svg", SVG)

    def _figure(request: Request, segment: str, name: str, as_of: str | None) -> View:
        others = request.query_params.getlist("with") or None
        found = SegmentViews(work, segment, as_of, language_of(request)).named(name, others, _months(request))
        if found is None:
            raise InputError("not_found", "There is no such figure.")
        return found

    @routes.post("/segments/{segment}/about")
    def describe(
        request: Request,
        segment: str,
        status: Annotated[str, Form()],
        owner: Annotated[str, Form()] = "",
        tags: Annotated[str, Form()] = "",
        notes: Annotated[str, Form()] = "",
        in_shop: Annotated[bool, Form()] = False,
    ) -> Response:
        language = language_of(request)
        words = Words(texts(language), language, work.settings.zone)
        given = [words.tag_of(tag) for tag in tags.split(",")]
        segment_describe(work, silent, segment=segment, status=status, owner=owner, tags=given, notes=notes, in_shop=in_shop)
        return RedirectResponse(f"/segments/{quote(segment, safe='')}?view=about", 303)

    @routes.post("/segments/{segment}/goal")
    def goal(request: Request, segment: str, form: Posted) -> Response:
        given = {name: text(form, name) for name in ("metric", "baseline", "target", "by", "over")}
        if not (given["metric"] in METRICS and METRICS[given["metric"]].bought):
            given["over"] = ""
        try:
            goal_set(work, silent, segment=segment, **(given | {name: _number(given[name]) for name in ("baseline", "target")}))
        except InputError as error:
            return _about(request, segment, 400, given=given, error=error)
        return RedirectResponse(f"/segments/{quote(segment, safe='')}?view=about", 303)

    @routes.post("/segments/{segment}/comments")
    def comment(segment: str, text: Annotated[str, Form()] = "") -> Response:
        segment_comment(work, silent, segment=segment, text=text)
        return RedirectResponse(f"/segments/{quote(segment, safe='')}?view=about", 303)

    @routes.post("/segments/refresh")
    def refresh_all() -> Response:
        job = jobs.new("refresh")
        refresh_again(work, jobs, job)
        return RedirectResponse(f"/jobs/{job.id}", 303)

    @routes.post("/segments/{segment}/refresh")
    def refresh_one(segment: str) -> Response:
        refresh(work, silent, segments=[segment])
        return RedirectResponse(f"/segments/{segment}", 303)

    @routes.post("/segments/starter")
    def starter() -> Response:
        apply(work, silent, files=dict(offered(work)))
        return refresh_all()

    @routes.get("/jobs/{name}")
    def job(request: Request, name: str) -> Response:
        found = jobs.get(name)
        if found.state == "done":
            return RedirectResponse("/segments", 303)
        if found.error is not None:
            raise found.error
        return pages.answer(request, "job.html", job=found, watch=f"/jobs/{name}/state")

    @routes.get("/jobs/{name}/state")
    def state(name: str) -> dict[str, Any]:
        return jobs.get(name).as_json()

    return routes


def _number(said: str) -> str:
    """A number as people type it: 27,5 or 1 200 € or 30 %."""
    return "".join(said.split()).strip("€%").replace(",", ".")


def refresh_again(work: Work, jobs: Jobs, job: Job) -> None:
    """Refresh in the background."""
    jobs.start(job, "refresh", lambda progress: refresh_with_past(work, progress))


def _head(work: Work, segment: str, as_of: str | None) -> dict[str, Any]:
    """What the head of every view says of a segment."""
    question = ask(work, as_of)
    found = question.segment(segment)
    return {"id": found.id, "title": dict(found.title), "description": dict(found.description), **question.stamp()}


def _months(request: Request) -> int:
    given = request.query_params.get("months", "3")
    return int(given) if given.isdecimal() and len(given) < 4 else 0


def catalogue(work: Work, as_of: str | None) -> list[dict[str, Any]]:
    """Every segment with its size, days, status, owner and tags."""
    with work.state.connect() as connection:
        said, definitions = about.about(connection), kept.current(connection)
    return [
        item
        | {
            "status": said[item["id"]]["status"] if item["id"] in said else about.USUAL,
            "owner": definitions[item["id"]].owner,
            "tags": list(definitions[item["id"]].tags),
        }
        for item in rows(work, as_of)
    ]


def chosen_of(found: list[dict[str, Any]], chosen: dict[str, str]) -> list[dict[str, Any]]:
    """The segments that were looked for: by a word of title, id or tags, by tag, status and owner. The archived only when they are asked for."""

    def fits(item: dict[str, Any]) -> bool:
        text = fold(" ".join([item["id"], *item["title"].values(), *item["tags"]]))
        return (
            all(word in text for word in fold(chosen["q"]).split())
            and chosen["tag"] in ("", *item["tags"])
            and chosen["owner"] in ("", item["owner"])
            and (item["status"] == chosen["status"] or (not chosen["status"] and item["status"] != "archived"))
        )

    return [item for item in found if fits(item)]


def offered(work: Work) -> list[tuple[str, str]]:
    """The ready-made segments that the workspace's events can answer."""
    return usable(work.schema().events)


def refresh_with_past(work: Work, progress: Callable[[float, str], None]) -> dict[str, Any]:
    """Refresh every segment; where one has no past yet, fill it in, so that its chart does not begin today. What pages show of many people is counted ahead."""
    found = refresh(work, lambda done, _what: progress(done * 0.5, "refreshing"))
    young = [name for name, days in sizes(work).items() if not any(day["kind"] == "reconstructed" for day in days)]
    if young:
        reconstruct(work, lambda done, _what: progress(0.5 + done * 0.3, "filling in the past"), days=DAYS_BACK, segments=young)
    make_ahead(work, lambda done, what: progress(0.8 + done * 0.2, what))
    return found


def rows(work: Work, as_of: str | None) -> list[dict[str, Any]]:
    """Every segment as a list shows it: its size as last recorded, or at the day asked about, and its days."""
    known, until = sizes(work), local_day(moment(work, as_of), work.settings.zone).isoformat()
    with work.state.connect() as connection:
        last = last_refreshes(connection)
    found = []
    for item in segments(work, silent, as_of=as_of)["segments"]:
        days = [day for day in known.get(item["id"], []) if day["day"] <= until][-DAYS_BACK:]
        found.append(
            {
                **item,
                "days": days,
                "change": days[-1]["size"] - days[0]["size"] if len(days) > 1 else None,
                "refreshed": last[item["id"]].recorded_at if item["id"] in last else None,
            }
        )
    return sorted(found, key=lambda item: (item["size"] is None, -(item["size"] or 0), item["id"]))
