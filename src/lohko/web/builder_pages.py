"""The segment builder: a rule as cards and as text, and beside it how many, why, who and since when.

Every edit is one post of the whole form with one action; the same buttons work with the script
(`static/builder.js`, which puts the answer in place) and without it (the page comes again).
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from lohko.base.errors import InputError, LohkoError
from lohko.base.times import local_day
from lohko.model.blanks import Scope
from lohko.model.edit import closed
from lohko.model.labels import labelled
from lohko.model.masking import mask
from lohko.model.sentence import sentence
from lohko.state import segments as kept
from lohko.state.drafts import Draft
from lohko.steps.building import draft_problems, draft_warnings
from lohko.steps.drafts import draft_of, draft_seen
from lohko.steps.registry import STEPS
from lohko.steps.sitting import Superseded
from lohko.steps.work import Work, silent
from lohko.web.builder_cards import Cards, values_of
from lohko.web.builder_pictures import BuilderPictures
from lohko.web.builder_words import KINDS, OFFERS, BuilderWords
from lohko.web.downloads import SVG, csv_file, download
from lohko.web.explore_charts import alone
from lohko.web.language import language_of, texts
from lohko.web.render import Pages
from lohko.web.who import apart, asking

PANELS = {
    "count": "draft_count",
    "funnel": "draft_funnel",
    "figures": "draft_figures",
    "sample": "draft_sample",
    "overlap": "draft_overlap",
    "growth": "draft_growth",
}
"""What stands beside the rule, and the step that tells it; the first is asked first."""
_IN_WORDS = frozenset({"funnel", "sample"})
_BLANK = "b:"


def router(work: Work, pages: Pages) -> APIRouter:
    """The pages of the builder."""
    routes, desk = APIRouter(include_in_schema=False), _Desk(work, pages)

    @routes.get("/builder")
    def every(request: Request) -> Response:
        return desk.front(request)

    @routes.post("/builder")
    async def new(request: Request) -> Response:
        form = await request.form()
        return await desk.in_thread(desk.new, request, form)

    @routes.get("/builder/versions/{segment}")
    def versions(request: Request, segment: str) -> Response:
        found = STEPS["segment_versions"](work, silent, segment=segment, language=language_of(request))
        return pages.answer(request, "builder_versions.html", data=found, **desk.tools(request))

    @routes.post("/builder/versions/{segment}/{version}/restore")
    def restore(segment: str, version: int) -> Response:
        STEPS["segment_restore"](work, silent, segment=segment, version=version)
        return RedirectResponse(f"/builder/versions/{quote(segment)}", 303)

    @routes.get("/builder/{draft}")
    def one(request: Request, draft: str, show: str | None = None) -> Response:
        return desk.page(request, draft, show=show)

    @routes.post("/builder/{draft}")
    async def edit(request: Request, draft: str) -> Response:
        form = await request.form()
        return await desk.in_thread(desk.edit, request, draft, form)

    @routes.get("/builder/{draft}/panel/{name}")
    def panel(request: Request, draft: str, name: str, revision: int) -> Response:
        return desk.panel(request, draft, name, revision)

    @routes.get("/builder/{draft}/growth.csv")
    def growth_numbers(request: Request, draft: str) -> Response:
        said = texts(language_of(request))
        titles = said.gettext("Day"), said.gettext("People")
        return csv_file([titles, *((day["day"], day["size"]) for day in desk.growth(draft))], "growth.csv")

    @routes.get("/builder/{draft}/growth.svg")
    def growth_drawn(request: Request, draft: str) -> Response:
        title = texts(language_of(request)).gettext("How many the rule would have found")
        return download(alone(desk.pictures(request).growth(desk.growth(draft), title)), "growth.svg", SVG)

    @routes.get("/builder/{draft}/field")
    def field(request: Request, draft: str, revision: int, name: str, event: str | None = None, card: str = "") -> Response:
        return desk.field(request, draft, revision, event or None, name, card)

    @routes.get("/builder/{draft}/complete")
    def completed(request: Request, draft: str, text: str = "", at: int = 0) -> Response:
        draft_of(work, draft)
        found = STEPS["complete"](work, silent, text=text[:5000], at=at, language=language_of(request))
        words = desk.words(request)
        return JSONResponse({**found, "options": [{**item, "label": words.say(OFFERS[item["kind"]])} for item in found["options"]]})

    @routes.post("/builder/{draft}/save")
    async def save(request: Request, draft: str) -> Response:
        form = await request.form()
        return await desk.in_thread(desk.save, request, draft, form)

    @routes.post("/builder/{draft}/newer")
    def newer(draft: str) -> Response:
        STEPS["draft_newer"](work, silent, draft=draft)
        return RedirectResponse(f"/builder/{draft}", 303)

    @routes.post("/builder/{draft}/drop")
    def drop(draft: str) -> Response:
        STEPS["draft_drop"](work, silent, draft=draft)
        return RedirectResponse("/builder", 303)

    return routes


_TO_SAVE = ("segment", "title", "description", "basis", "remark")
"""What the form of saving asks for."""


class _Desk:
    """The pages of one workspace's drafts."""

    def __init__(self, work: Work, pages: Pages) -> None:
        self.work, self.pages = work, pages

    @staticmethod
    async def in_thread(answer: Any, *arguments: Any) -> Response:
        """A form is read as it comes in; what it asks for takes its time elsewhere."""
        found: Response = await run_in_threadpool(answer, *arguments)
        return found

    def words(self, request: Request) -> BuilderWords:
        """What things are called in the language of the request."""
        language = language_of(request)
        return BuilderWords(self.pages.environments[language].globals["words"], language)  # type: ignore[arg-type]

    def tools(self, request: Request) -> dict[str, Any]:
        """What the builder's templates say and draw with."""
        return {"builder": self.words(request), "drawn": self.pictures(request)}

    def pictures(self, request: Request) -> BuilderPictures:
        """Its charts in the language of the page."""
        language = language_of(request)
        return BuilderPictures(texts(language), language, self.work.settings.currency)

    def growth(self, draft: str) -> list[dict[str, Any]]:
        """How many the rule of a draft, as it is now, would have found at days of the past year."""
        found = draft_of(self.work, draft)
        days: list[dict[str, Any]] = STEPS[PANELS["growth"]](self.work, silent, draft=draft, revision=found.revision)["days"]
        return days

    # --- the list and the gallery

    def front(self, request: Request, problem: LohkoError | None = None, text: str = "") -> Response:
        """One's drafts, and what one can begin with."""
        language, schema = language_of(request), self.work.schema()
        drafts = STEPS["drafts_list"](self.work, silent)["drafts"]
        for item in drafts:
            rule = closed(item.pop("tree"))
            item["sentence"] = "" if rule is None else self._said(rule, language)
        goals = STEPS["gallery"](self.work, silent, language=language)["goals"]
        return self.pages.answer(
            request,
            "builder_list.html",
            drafts=drafts,
            goals=goals,
            events=len(schema.events),
            problem=problem,
            text=text,
            **self.tools(request),
        )

    def _said(self, rule: Any, language: str) -> str:
        with contextlib.suppress(InputError):
            rule = labelled(rule, self.work.schema(), language)
        return sentence(rule, language, self.work.settings.currency)

    def new(self, request: Request, form: FormData) -> Response:
        """A draft is begun."""
        given = {name: str(form[name]) for name in ("segment", "starter", "text") if form.get(name)}
        try:
            made = STEPS["draft_new"](self.work, silent, **given)
        except InputError as error:
            return self.front(request, error, given.get("text", ""))
        return RedirectResponse(f"/builder/{made['draft']}", 303)

    # --- one draft

    def page(self, request: Request, draft: str, *, show: str | None = None) -> Response:
        """The whole page."""
        found = draft_of(self.work, draft)
        shown = None
        if show in PANELS:
            shown = self._asked(request, found, str(show))
        return self.pages.answer(request, "builder.html", **self._frame(request, found), panels=list(PANELS), shown=shown, show=show)

    def _frame(self, request: Request, found: Draft, *, at: str | None = None, refused: Mapping[str, Any] | None = None) -> dict[str, Any]:
        problems = draft_problems(self.work, found.tree)
        by_card, warnings = ({}, []) if problems else self._warned(request, found)
        drawn = self._cards(request, found, problems, by_card)
        with self.work.state.connect() as connection:
            there = kept.current(connection)
        segment = there.get(found.segment) if found.segment else None
        problem = None if refused is None else LohkoError.from_json({**refused, "exit_status": 2})
        text_problem = None if found.problem is None else LohkoError.from_json({**found.problem, "exit_status": 2})
        return {
            "draft": found,
            "cards": drawn.whole(),
            "text": found.text if found.text is not None else drawn.text(),
            "text_problem": text_problem,
            "sentence": drawn.said(closed(found.tree)),
            "other": drawn.other(),
            "at": at,
            "refused": problem,
            "refused_at": None if refused is None else refused.get("at"),
            "about_all": warnings,
            "segment": segment,
            "typed": dict.fromkeys(_TO_SAVE, ""),
            "segments": sorted(there),
            "seen": draft_seen(self.work, found),
            **self.tools(request),
            "kinds": KINDS,
        }

    def _cards(
        self, request: Request, found: Draft, problems: dict[str, InputError] | None = None, warned: dict[str, list[str]] | None = None
    ) -> Cards:
        """The draft as cards, with what is to be said at each."""
        language, words = language_of(request), self.words(request)
        with self.work.state.connect() as connection:
            scope = Scope(self.work.schema(), sorted(kept.versions(connection)), local_day(found.as_of, self.work.settings.zone))
        return Cards(found.tree, scope, words, language, self.work.settings.currency, problems or {}, warned or {})

    def _warned(self, request: Request, found: Draft) -> tuple[dict[str, list[str]], list[str]]:
        """What is to be said by card, and about the rule as a whole; nothing when the draft has been changed by now."""
        words, by_card, whole = self.words(request), dict[str, list[str]](), list[str]()
        with contextlib.suppress(Superseded):
            for warning in draft_warnings(self.work, found):
                said = words.check(warning["code"], warning["message"])
                (whole if warning["at"] is None else by_card.setdefault(warning["at"], [])).append(said)
        return by_card, whole

    def edit(self, request: Request, draft: str, form: FormData) -> Response:
        """One post of the form: blanks that were filled in, and one action."""
        found = draft_of(self.work, draft)
        do, revision = str(form.get("do", "")), _number(form.get("revision"))
        given = {name: str(value) for name, value in form.multi_items() if isinstance(value, str)}
        menu = do.removeprefix("menu:") if do.startswith("menu:") else None
        if menu is not None:  # the choice of a menu beside an `add` button
            do = f"add:{menu}:{given.get('menu:' + menu, '')}"
        filled = {}
        if found.revision == revision:
            cards = self._cards(request, found)  # without warnings: those wait for the count that this edit is about to stop
            before = values_of(cards.whole())
            posted = {name.removeprefix(_BLANK): value for name, value in given.items() if name.startswith(_BLANK)}
            order = {name: n for n, name in enumerate(before)}
            filled = {
                name: value
                for name, value in sorted(posted.items(), key=lambda item: order.get(item[0], len(order)))
                if not _same(value, before.get(name, ""))
            }
            if do == "text" and found.problem is None and _same(given.get("text", ""), cards.text()):
                do = ""
        try:
            done = STEPS["draft_edit"](
                self.work, silent, draft=draft, revision=revision, do=do, filled=filled, text=given.get("text") if do == "text" else None
            )
        except InputError as error:
            if error.code != "changed_elsewhere":
                raise
            done = {"draft": found, "at": None, "refused": error.as_json() | {"at": None}}
        at = done["at"]
        if request.headers.get("x-fragment"):
            return self.pages.answer(request, "builder_editor.html", **self._frame(request, done["draft"], at=at, refused=done["refused"]))
        if done["refused"] is not None:
            frame = self._frame(request, done["draft"], at=at, refused=done["refused"])
            return self.pages.answer(request, "builder.html", **frame, panels=list(PANELS), shown=None, show=None)
        return RedirectResponse(f"/builder/{draft}" + (f"#i-{at}" if at else ""), 303)

    def panel(self, request: Request, draft: str, name: str, revision: int) -> Response:
        """One part of what stands beside the rule; nothing (204) where the rule has changed since: its page asks again by itself."""
        if name not in PANELS:
            raise InputError("not_found", "There is no such page.")
        found = draft_of(self.work, draft)
        if found.revision != revision:
            return Response(status_code=204)
        shown = self._asked(request, found, name)
        if shown["error"] is not None and shown["error"].code == "superseded":
            return Response(status_code=204)
        return self.pages.answer(request, "builder_panel.html", **shown)

    def _asked(self, request: Request, found: Draft, name: str) -> dict[str, Any]:
        options: dict[str, Any] = {"language": language_of(request)} if name in _IN_WORDS else {}
        if name == "overlap":
            options["beside"] = request.query_params.getlist("beside")[:20]
        data, error = None, None
        try:
            data = STEPS[PANELS[name]](self.work, silent, draft=found.id, revision=found.revision, **options)
        except InputError as refused:
            error = refused
        if name == "sample" and data is not None:
            data = apart(asking(request), data, "people")
        return {"name": name, "data": data, "error": error, "draft": found, **self.tools(request)}

    def field(self, request: Request, draft: str, revision: int, event: str | None, name: str, card: str) -> Response:
        """What a field holds, to choose from."""
        found, data, error = draft_of(self.work, draft), None, None
        try:
            data = STEPS["draft_field"](self.work, silent, draft=draft, revision=found.revision, event=event, name=name)
        except InputError as refused:
            error = refused
        alone = not request.headers.get("x-fragment")
        return self.pages.answer(
            request,
            "builder_field_page.html" if alone else "builder_field.html",
            data=data,
            error=error,
            draft=found,
            card=card,
            event=event,
            **self.tools(request),
            alone=alone,
        )

    def save(self, request: Request, draft: str, form: FormData) -> Response:
        """The draft becomes a segment, or its next version."""
        given = {name: str(form.get(name, "")).strip() for name in _TO_SAVE}
        try:
            done = self._saved(request, draft, _number(form.get("revision")), given)
        except InputError as error:
            frame = self._frame(request, draft_of(self.work, draft), refused=error.as_json() | {"at": "save"}) | {"typed": given}
            return self.pages.answer(request, "builder.html", 400, **frame, panels=list(PANELS), shown=None, show=None)
        return RedirectResponse(f"/builder/versions/{quote(done['segment'])}", 303)

    def _saved(self, request: Request, draft: str, revision: int, given: Mapping[str, str]) -> dict[str, Any]:
        """What saving answers. A basis for special categories is recorded when that alone is missing, by those who answer for the data."""
        told = {name: given[name] or None for name in ("title", "description")}
        save = partial(STEPS["draft_save"], self.work, silent, draft=draft, revision=revision, segment=given["segment"], **told)
        try:
            return dict(save(language=language_of(request)))
        except InputError as error:
            if error.code != "special_category" or not given["basis"] or not asking(request).may("rights"):
                raise
        STEPS["special_basis"](self.work, silent, segment=given["segment"], basis=given["basis"], remark=given["remark"])
        return dict(save(language=language_of(request)))


def _same(posted: str, shown: str) -> bool:
    """Whether somebody left a text as it was shown to them: as it is, or as those see it who may not see names."""
    plain = posted.replace("\r\n", "\n").strip()
    return plain in (shown.strip(), mask(shown).strip())


def _number(given: Any) -> int:
    return int(given) if isinstance(given, str) and given.isdecimal() and len(given) < 10 else -1
