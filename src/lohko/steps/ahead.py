"""Figures made before anybody asks: after a refresh the overview and what the pages of segments show lies ready."""

from __future__ import annotations

from lohko.base.errors import LohkoError
from lohko.state.segments import versions
from lohko.steps.common_moment import looking
from lohko.steps.figures import overview, segment
from lohko.steps.look_customers import customers
from lohko.steps.segment_page import segment_profile, segment_rfm
from lohko.steps.work import Progress, Work, silent

FROM = 100_000
"""With fewer people a page counts what it shows while one waits for it."""


def make_ahead(work: Work, progress: Progress) -> int:
    """Make the figures of pages of the moment that these are of; how many segments they are about. Nothing is told by it."""
    cursor = work.store.cursor()
    people = cursor.execute("SELECT count(*) FROM person WHERE living").fetchall()[0][0]
    cursor.close()
    if people < FROM:
        return 0
    with work.state.connect() as connection:
        names = sorted(versions(connection))
    with looking():
        overview(work, silent)
        customers(work, silent)
        for place, name in enumerate(names):
            progress(place / len(names), "counting what pages show")
            try:
                segment(work, silent, segment=name, sample=False)
                segment_profile(work, silent, segment=name)
                segment_rfm(work, silent, segment=name)
            except LohkoError:
                continue  # its page says why it cannot be told
    return len(names)
