"""The guide: four phases, what is done of each, and the one next step, from an empty workspace to the first audience."""

from __future__ import annotations

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lohko.steps.guide import PHASES, guide, guide_mark
from lohko.steps.work import Work, silent
from lohko.web.language import N_
from lohko.web.render import Pages

PHASE_NAMES = {
    "analytics": (N_("1. Analytics"), N_("Bring the data in and see that it can be trusted.")),
    "personas": (N_("2. Personas and target groups"), N_("Get to know who the customers are.")),
    "segments": (N_("3. Segments"), N_("Say who belongs together, and choose the few that are worth the work.")),
    "launch": (N_("4. Launch"), N_("Reach each segment, and see what it brought.")),
}
STEPS = {
    "customers": (N_("Bring customers or orders in"), N_("A file from your shop, till or CRM. Every row is accounted for."), "/import"),
    "orders": (N_("Bring orders in"), N_("Who bought what, when and for how much: most of what a segment says."), "/import"),
    "second_source": (
        N_("Add another system"),
        N_("The newsletter tool, the CRM, bookings or surveys: the same people, seen from elsewhere."),
        "/import",
    ),
    "quality": (N_("Look at the quality"), N_("What is missing, late or doubtful, and what to mend first."), "/quality"),
    "identity": (
        N_("See who is one person"),
        N_("Records of several systems are joined into people; look at those that are doubtful, or tick this off when there are none."),
        "/quality",
    ),
    "rfm": (N_("See how customers buy"), N_("How lately, how often and how much: the RFM groups on the overview."), "/"),
    "explore": (
        N_("Explore what is known"),
        N_("How towns, ages and habits lie among customers; who comes back; what people do after what."),
        "/explore",
    ),
    "saved": (N_("Save the first segments"), N_("Take the ready-made ones, or build your own."), "/segments"),
    "refreshed": (N_("Refresh them"), N_("A refresh records who is in, and from then on who enters and leaves."), "/segments"),
    "goal": (N_("Give one segment a goal"), N_("What it shall reach, by when."), "/segments"),
    "shared": (N_("Share a report"), N_("As a file, by e-mail every Monday, or as a link that shows no person."), "/reports"),
    "consent": (
        N_("Bring consents in"),
        N_("An audience holds only those who have allowed it: import who has consented to what."),
        "/import",
    ),
    "audience": (N_("Make the first audience"), N_("A file for an advertising platform, from the page of a segment."), "/segments"),
    "measured": (
        N_("See what it brought"),
        N_("A week later: the segment's size, its flow and its goal; what worked is done again."),
        "/segments",
    ),
}
"""Each step: its name, why, and the page where it is done."""


def router(work: Work, pages: Pages) -> APIRouter:
    """The page, and ticking off by hand."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/guide")
    def page(request: Request) -> Response:
        return pages.answer(request, "guide.html", data=guide(work, silent), phases=PHASES, phase_names=PHASE_NAMES, names=STEPS)

    @routes.post("/guide/{step}")
    def mark(step: str, done: str = Form("yes")) -> Response:
        guide_mark(work, silent, step=step, done=done == "yes")
        return RedirectResponse(f"/guide#{step}", 303)

    return routes
