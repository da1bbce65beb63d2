"""Templates with the words and numbers of a language, and the one way a page is answered."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from collections.abc import Mapping
from functools import lru_cache, partial
from importlib.resources import files
from threading import Event
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import duckdb
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from lohko import __version__
from lohko.base import codes, formats
from lohko.base.clock import now
from lohko.base.errors import LohkoError
from lohko.base.text import LANGUAGES, Language
from lohko.base.times import local_day, midnight
from lohko.model.masking import mask
from lohko.state.notices import unseen
from lohko.steps.question import ask
from lohko.steps.work import Work
from lohko.web import charts, pictures, words
from lohko.web.language import COOKIE, language_of, texts
from lohko.web.proxied import root_of, under
from lohko.web.theme import COOKIE as THEME_COOKIE
from lohko.web.theme import THEMES, theme_of
from lohko.web.who import Who, asking

_YEAR = 365 * 24 * 3600
_FIRST = ("base.html", "account_menu.html", "parts.html", "counting.html", "overview.html", "error.html")
_STAMPED = ("tokens.css", "app.css", "pieces.css", "app.js", "charts.js")


class Pages:
    """Renders templates for one workspace, in the language of each request."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.environments = {language: _environment(language, work.settings.timezone, work.settings.currency) for language in LANGUAGES}

    def get_ready(self) -> None:
        """Read the definitions and the templates that a first click needs."""
        with contextlib.suppress(LohkoError, duckdb.Error):  # the page that needs it says what is wrong
            ask(self.work).engine.cursor.close()
        for environment in self.environments.values():
            for name in _FIRST:
                environment.get_template(name)

    def read_ahead(self, over: Event) -> None:
        """Read all the other templates, so that nobody waits for one: it takes a second or two, beside clicks; until the server ends."""
        for name in self.environments["en"].list_templates():
            if over.is_set():
                return
            for environment in self.environments.values():
                environment.get_template(name)

    def answer(self, request: Request, template: str, status: int = 200, *, of_users: bool = False, **values: Any) -> HTMLResponse:
        """A page; a language asked for in the address is remembered.

        Whoever may not see names gets them masked; `of_users` is for pages that show users and no customers.
        """
        language, who = language_of(request), asking(request)
        shown = values if of_users or who.sees_names else mask(values)
        body = self.environments[language].get_template(template).render(self._frame(request, language) | shown)
        body = under(root_of(request.scope), body)
        response = HTMLResponse(body, status, {"content-language": language, "vary": "accept-language, cookie"})
        if request.query_params.get("lang") in LANGUAGES:
            response.set_cookie(COOKIE, language, max_age=_YEAR, path=root_of(request.scope) or "/", httponly=True, samesite="lax")
        if request.query_params.get("theme") in THEMES:
            response.set_cookie(
                THEME_COOKIE, theme_of(request), max_age=_YEAR, path=root_of(request.scope) or "/", httponly=True, samesite="lax"
            )
        return response

    def _frame(self, request: Request, language: Language) -> dict[str, Any]:
        """What the page around the content needs."""
        query = {key: value for key, value in request.query_params.items() if key not in ("lang", "theme")}
        as_of, who = query.get("as_of") or None, asking(request)
        return {
            "who": who,
            "may": who.may,
            "unseen": self._unseen(who),
            "lang": language,
            "theme": theme_of(request),
            "path": request.url.path,
            "as_of_given": as_of,
            "url": partial(_url, as_of),
            "in_language": lambda other: f"{request.url.path}?{urlencode({**query, 'lang': other})}",
            "in_theme": lambda other: f"{request.url.path}?{urlencode({**query, 'theme': other})}",
            "workspace": self.work.folder.path.resolve().name,
            "data_version": self.work.data_version(),
            "today": now().astimezone(self.work.settings.zone).date(),
        }

    def _unseen(self, who: Who) -> int:
        """How many changes of definitions a user has not looked at."""
        if who.kind != "user":
            return 0
        with self.work.state.connect() as connection:
            return unseen(connection, who.id)


def _url(as_of: str | None, path: str, **query: Any) -> str:
    """An address within the app that keeps the day asked about."""
    given = {key: value for key, value in query.items() if value is not None}
    if as_of:
        given["as_of"] = as_of
    return f"{path}?{urlencode(given)}" if given else path


def _listed(path: str, as_of: str | None, given: Mapping[str, Any], **query: Any) -> str:
    """An address with what was given before and what is new; a list gives a value for each, None leaves it out."""
    joined = {key: value for key, value in {**given, **query}.items() if value not in (None, [])}
    if as_of:
        joined["as_of"] = as_of
    return f"{path}?{urlencode(joined, doseq=True)}" if joined else path


@lru_cache(maxsize=16)
def _environment(language: Language, timezone: str, currency: str) -> Environment:
    """Its templates take seconds to compile: apps of one process that differ in nothing of this share them."""
    environment = Environment(
        loader=PackageLoader("lohko.web"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    translations = texts(language)
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    zone = ZoneInfo(timezone)
    environment.filters |= {
        "number": partial(formats.number, language=language),
        "money": partial(formats.money, currency=currency, language=language),
        "percent": partial(formats.percent, language=language),
        "day": partial(_day, language, zone),
        "month": lambda value: formats.month(_date(value, zone), language),
        "moment": partial(_moment, language, zone),
        "clock": lambda value: _clock(value, zone, language),
        "country": lambda code: codes.country_label(code, language),
        "coded": partial(_coded, language),
        "own": lambda titles, default: _own(titles, language, default),
        "signed": partial(formats.signed, language=language),
        "signed_percent": partial(formats.signed_percent, language=language),
    }
    environment.globals |= {
        "charts": charts,
        "listed": _listed,
        "words": words.Words(translations, language, zone),
        "pictures": pictures.Pictures(translations, language, currency),
        "version": __version__,
        "stamp": _stamp(),
        "timezone": timezone,
        "currency": currency,
    }
    return environment


def _own(titles: Mapping[str, str], language: Language, default: str) -> str:
    """A text by language: the page's own, else any, else the default."""
    return titles.get(language) or next(iter(titles.values()), default)


def _instant(value: str | dt.datetime | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(value) if isinstance(value, str) else value


def _date(value: str | dt.date | None, zone: ZoneInfo) -> dt.date | None:
    """The day of a date or an instant, as text or not, in the workspace's zone."""
    if isinstance(value, str):
        value = dt.date.fromisoformat(value) if len(value) == 10 else dt.datetime.fromisoformat(value)
    return value.astimezone(zone).date() if isinstance(value, dt.datetime) else value


def _day(language: Language, zone: ZoneInfo, value: str | dt.date | None) -> str:
    return formats.date(_date(value, zone), language)


def _moment(language: Language, zone: ZoneInfo, value: str | dt.datetime | None) -> str:
    """An instant to the minute; the first of a day is that day, which is how dates without a time are kept."""
    instant = _instant(value)
    if instant is not None and instant == midnight(local_day(instant, zone), zone):
        return formats.date(local_day(instant, zone), language)
    return formats.datetime_local(instant, zone, language)


def _clock(value: str, zone: ZoneInfo, language: Language) -> str:
    """The time of day of an instant."""
    local = dt.datetime.fromisoformat(value).astimezone(zone)
    return f"{local.hour}.{local.minute:02}" if language == "fi" else f"{local:%H:%M}"


def _coded(language: Language, value: str, kind: str | None) -> str:
    """The label of a code in the page's language."""
    return codes.label_of(kind, value, language) if kind in codes.LISTS else value


@lru_cache(maxsize=1)
def _stamp() -> str:
    """A word that changes with the style sheet and the script, so that browsers do not keep old ones."""
    folder = files("lohko.web") / "static"
    joined = b"".join((folder / name).read_bytes() for name in _STAMPED)
    return hashlib.sha256(joined).hexdigest()[:10]
