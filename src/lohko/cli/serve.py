"""Commands that stay: the web app, and the demo shop with it."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lohko.base.errors import InputError
from lohko.cli.app import JsonOption, WorkspaceOption, app, progress, show, workspace_path
from lohko.cli.rfm import show_groups
from lohko.cli.segments import show_segments

if TYPE_CHECKING:
    from lohko.steps.work import Work

HostOption = Annotated[str, typer.Option(help="The address to answer at: only this machine's own, until there is a login.")]
PortOption = Annotated[int, typer.Option(envvar="PORT", help="The port to answer at.")]
NoBrowserOption = Annotated[bool, typer.Option("--no-browser", envvar="NO_BROWSER", help="Do not open a browser.")]


@app.command()
def serve(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    no_browser: NoBrowserOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Show the workspace in a browser. Other commands can be used meanwhile. Ctrl-C ends it."""
    from lohko.wiring import open_work

    listening = _listen(host, port)
    with listening, open_work(workspace_path(workspace), progress) as work:
        _serve(work, listening, no_browser)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The demo shop's workspace; used again when it is there.")] = Path(
        "demo-shop"
    ),
    customers: Annotated[int, typer.Option(help="How many customers the shop has.")] = 5000,
    seed: Annotated[int, typer.Option(help="The same seed and day make the same shop.")] = 20,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    no_browser: NoBrowserOption = False,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop after the tables.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a demo shop, bring it in like anybody's files, show its groups and segments, and serve it."""
    from lohko.demo.prepare import prepare
    from lohko.wiring import open_work

    listening = None if no_serve else _listen(host, port)
    try:
        prepare(folder, customers=customers, seed=seed, say=lambda text: typer.echo(text, err=as_json), progress=progress)
        with open_work(folder, progress) as work:
            show(_found(work), as_json, _show_demo)
            if listening is not None:
                _serve(work, listening, no_browser)
    finally:
        if listening is not None:
            listening.close()


def _found(work: Work) -> dict[str, Any]:
    from lohko.steps.read import rfm
    from lohko.steps.segments import segments

    groups = rfm(work, progress)
    return {"rfm": {"groups": groups["groups"], "buyers": groups["buyers"]}, **segments(work, progress)}


def _show_demo(found: dict[str, Any]) -> None:
    show_groups(found["rfm"])
    typer.echo()
    show_segments(found)


def _listen(host: str, port: int) -> socket.socket:
    """A socket that takes requests from this machine alone, taken before any long work begins."""
    _refuse_outside(host)
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise InputError(
            "port_taken",
            f"Port {port} cannot be used: {error.strerror}.",
            hint=f"name another, for example --port {port + 1} or PORT={port + 1}.",
        ) from None
    return listening


def _refuse_outside(host: str) -> None:
    try:
        inside = ipaddress.ip_address(host).is_loopback
    except ValueError:
        inside = host == "localhost"
    if not inside:
        raise InputError(
            "not_loopback",
            "Lohko answers only to this machine: there is no login yet, and whoever reached it would see every customer.",
            place=f"--host {host}",
            hint="leave --host out; to use it from elsewhere, tunnel to it, for example with ssh -L 8000:127.0.0.1:8000.",
        )


def _serve(work: Work, listening: socket.socket, no_browser: bool) -> None:
    import uvicorn

    from lohko.remote import answering
    from lohko.web.app import create_app

    host, port = listening.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    typer.echo(f"Lohko is at {address}  (Ctrl-C ends it)", err=False)
    if not no_browser:
        typer.launch(address)
    server = uvicorn.Server(uvicorn.Config(create_app(work), log_level="warning", access_log=False, server_header=False))
    with answering(work), suppress(KeyboardInterrupt):  # Ctrl-C is how it is ended, and uvicorn has done so in order
        server.run(sockets=[listening])
    typer.echo("Ended.")
