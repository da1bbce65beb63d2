"""Stripe, told by its webhooks alone: payments that succeeded, and what was given back of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lohko.base.errors import InputError
from lohko.sources.hooks import PAYMENTS, SECRET
from lohko.sources.kind import Arrived, Kind, Page, Reach


def _pull(reach: Reach) -> Iterator[Page | Arrived]:
    yield from ()


def _check(reach: Reach) -> str:
    if not reach.secret("hook_secret"):
        raise InputError("no_secret", "The signing secret is not set.")
    return "waits for webhooks"


KIND = Kind(
    key="stripe",
    title="Stripe, by its webhooks",
    settings=(replace(SECRET, meaning="the endpoint's signing secret (whsec_...)", required=True),),
    streams=(PAYMENTS,),
    scopes="No key: an endpoint for the events charge.succeeded, charge.captured, charge.updated and charge.refunded.",
    pull=_pull,
    check=_check,
)
