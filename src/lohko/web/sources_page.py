"""The sources that a workspace is fed from: what each is, where it is, and what can be done with it.

Asking a source is a job: its page shows how far it is. Secrets are not typed here.
They stay where Lohko runs, and only their place is said: an environment variable
whose name begins with `LOHKO_SOURCE_`, so that nobody can point a source at
another secret of the machine. What is read from the machine's own disk is for
those who answer for the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lohko.base.errors import InputError, LohkoError
from lohko.sources.kind import Kind
from lohko.steps.sources import kind_of, source_add, source_kinds, source_list, source_remove, source_schedule, source_sync, source_test
from lohko.steps.work import Work, silent
from lohko.web.data_words import show
from lohko.web.jobs import Job, Jobs
from lohko.web.posted import Posted, text
from lohko.web.render import Pages
from lohko.web.waiting import soon
from lohko.web.who import asking

BEGINS = "LOHKO_SOURCE_"
"""How the names of environment variables begin that hold secrets of sources added here."""
SCHEDULES = ("", "*/15 * * * *", "0 * * * *", "0 3 * * *", "0 3 * * 1")
"""The schedules that are offered; any other is written by hand."""
_OF_THE_MACHINE = frozenset({"folder", "sqlite"})
"""The kinds that read the machine's own disk."""


def router(work: Work, pages: Pages, jobs: Jobs) -> APIRouter:
    """The pages of sources."""
    routes = APIRouter(include_in_schema=False)
    latest: dict[str, Job] = {}

    async def begin(name: str, phase: str, task: Callable[[Callable[[float, str], None]], dict[str, Any]]) -> Response:
        found = await run_in_threadpool(source_list, work, silent)
        if name not in (row["name"] for row in found["sources"]):
            raise InputError("unknown_source", "There is no such source.")
        if name not in latest or latest[name].state != "running":
            latest[name] = jobs.new("import")
            jobs.start(latest[name], phase, task)
            await soon(latest[name])
        return RedirectResponse(f"/sources/{name}", 303)

    @routes.get("/sources")
    def every(request: Request) -> Response:
        kinds = source_kinds(work, silent)["kinds"]
        titles = {item["kind"]: item["title"] for item in kinds}
        return show(pages, request, "sources.html", data=source_list(work, silent), kinds=kinds, titles=titles)

    @routes.get("/source-kinds/{kind}")
    def blank(request: Request, kind: str) -> Response:
        return _form(request, pages, kind_of(kind), {}, None)

    @routes.post("/source-kinds/{kind}")
    def add(request: Request, kind: str, form: Posted) -> Response:
        found = kind_of(kind)
        said = {name: text(form, name) for name in ("name", "schedule", "own_schedule")} | {
            item.name: text(form, f"set-{item.name}") for item in found.settings
        }
        try:
            _check_machine(request, found)
            settings = _settings(found, said)
            source_add(work, silent, name=said["name"], kind=kind, settings=settings, schedule=said["own_schedule"] or said["schedule"])
        except InputError as error:
            return _form(request, pages, found, said, error)
        return RedirectResponse(f"/sources/{said['name']}", 303)

    @routes.get("/sources/{name}")
    def one(request: Request, name: str) -> Response:
        return _one(request, work, pages, name, latest.get(name), None)

    @routes.post("/sources/{name}/test")
    async def test(name: str) -> Response:
        return await begin(name, "testing", lambda _progress: source_test(work, silent, name=name))

    @routes.post("/sources/{name}/sync")
    async def sync(request: Request, name: str) -> Response:
        again = text(await request.form(), "again") == "yes"
        return await begin(name, "syncing", lambda progress: source_sync(work, progress, name=name, again=again))

    @routes.post("/sources/{name}/stop")
    def stop(name: str) -> Response:
        if name in latest:
            jobs.stop(latest[name])
        return RedirectResponse(f"/sources/{name}", 303)

    @routes.post("/sources/{name}/schedule")
    def schedule(request: Request, name: str, form: Posted) -> Response:
        try:
            source_schedule(work, silent, name=name, schedule=text(form, "own_schedule") or text(form, "schedule"))
        except InputError as error:
            if error.code != "bad_schedule":
                raise
            return _one(request, work, pages, name, latest.get(name), error)
        return RedirectResponse(f"/sources/{name}", 303)

    @routes.post("/sources/{name}/remove")
    def remove(name: str) -> Response:
        source_remove(work, silent, name=name)
        latest.pop(name, None)
        return RedirectResponse("/sources", 303)

    return routes


def _form(request: Request, pages: Pages, kind: Kind, said: dict[str, str], error: LohkoError | None) -> Response:
    return show(
        pages,
        request,
        "source_add.html",
        200 if error is None else 400,
        kind=kind,
        said=said,
        error=error,
        schedules=SCHEDULES,
        secret=BEGINS,
    )


def _one(request: Request, work: Work, pages: Pages, name: str, job: Job | None, error: LohkoError | None) -> Response:
    found = next((row for row in source_list(work, silent)["sources"] if row["name"] == name), None)
    if found is None:
        raise InputError("unknown_source", "There is no such source.")
    kind = kind_of(found["kind"])
    # Where a secret is kept is nobody's business on a page; that there is one is.
    settings = [(item, "" if item.secret else found["settings"][item.name]) for item in kind.settings if item.name in found["settings"]]
    return show(
        pages,
        request,
        "source.html",
        200 if error is None else 400,
        data=found,
        kind=kind,
        settings=settings,
        job=job,
        error=error,
        schedules=SCHEDULES,
    )


def _check_machine(request: Request, kind: Kind) -> None:
    if kind.key in _OF_THE_MACHINE and not asking(request).may("users"):
        raise InputError("of_the_machine", "What lies on Lohko's own machine is added by an admin.")


def _settings(kind: Kind, said: dict[str, str]) -> dict[str, str]:
    """The settings as the step takes them; InputError when a secret was typed in itself."""
    found = {}
    for item in kind.settings:
        given = said[item.name]
        if item.secret and given:
            if not given.startswith(BEGINS):
                raise InputError(
                    "secret_in_form",
                    "Here goes the name of an environment variable, not the secret itself.",
                    place=item.name,
                    hint=f"a name that begins with {BEGINS}, set where Lohko runs.",
                )
            given = f"env:{given}"
        if given:
            found[item.name] = given
    return found
