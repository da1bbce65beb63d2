"""A small shop as files, and what the tests of the web app need to ask it."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from lohko.state.workspace import Settings, create
from lohko.steps.ingest import ingest
from lohko.steps.refresh import refresh
from lohko.steps.segments import apply
from lohko.steps.work import Work, silent
from lohko.web.app import create_app
from lohko.wiring import open_work

AS_OF = "2024-11-01"
ADDRESS = "http://127.0.0.1:8000"

CUSTOMERS = "customer_id,email,first_name,last_name,city,country,consent_ads\n" + "".join(
    f"c{n},c{n}@example.fi,Etu{n},Mäkinen{n},{('Tampere', 'Turku', 'Oulu')[n % 3]},FI,{'yes' if n % 2 else 'no'}\n" for n in range(1, 41)
)
"""Forty people in three towns; c36 to c40 never order."""
ORDERS = "customer_id,order_id,ordered_at,total\n" + "".join(
    f"c{n},{n}-{k},{2023 + (n + k) % 2}-{1 + (n * 3 + k * 5) % 10:02}-{1 + (n + 7 * k) % 28:02},{20 + n * k}.50\n"
    for n in range(1, 36)
    for k in range(1 + n % 4)
)
BROKEN = "c1,bad-time,the day before,10\nc2,bad-total,2024-03-01,plenty\n"
LINES = (
    "customer_id,order_id,ordered_at,product_name,category,quantity,unit_price\n"
    "l1,L-1,2024-09-01,<script>alert(1)</script>,Coats,1,100\n"
    "l1,L-1,2024-09-01,Hat,Hats,2,15.5\n"
    "l1,L-2,2024-09-20,Hat,Hats,-1,15.5\n"
)
RULES = {
    "twice": "did order at least 2 times",
    "tampere": 'city is "Tampere"',
    "never": "did not order",
    "nobody": 'city is "Nowhere"',
    "best": 'rfm_group is "Champions"',
}


def new_workspace(folder: Path) -> Path:
    create(folder, Settings("Europe/Helsinki", "EUR", "FI"))
    return folder


def bring_in(work: Work, text: str, kind: str, name: str) -> dict:
    return ingest(work, silent, stream=io.BytesIO(text.encode()), name=name, kind=kind)


def fill(work: Work) -> None:
    bring_in(work, CUSTOMERS, "customers", "customers.csv")
    bring_in(work, ORDERS + BROKEN, "orders", "orders.csv")
    bring_in(work, LINES, "order-lines", "lines.csv")
    apply(work, silent, files={f"{name}.yaml": f"id: {name}\nwhere: '{rule}'\n" for name, rule in RULES.items()})
    refresh(work, silent)


@contextlib.contextmanager
def browsing(work: Work, address: str = ADDRESS) -> Iterator[TestClient]:
    """A client of a running app; its jobs are over when it ends."""
    with TestClient(create_app(work), base_url=address, raise_server_exceptions=False) as client:
        yield client


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Work]:
    with open_work(folder, silent) as work:
        yield work


@contextlib.contextmanager
def serving(work: Work, app: FastAPI | None = None) -> Iterator[str]:
    """The address of the app, served on a free port of loopback."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app or create_app(work), log_level="warning", access_log=False, server_header=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()
