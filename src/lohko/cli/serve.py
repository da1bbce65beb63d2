"""Commands that stay: the web app, and the demo shop with it."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lohko.base.errors import InputError
from lohko.cli.app import JsonOption, WorkspaceOption, app, progress, show, workspace_path
from lohko.cli.rfm import show_groups
from lohko.cli.segments import show_segments

if TYPE_CHECKING:
    from types import FrameType

    import uvicorn

    from lohko.cli.outside import Place
    from lohko.steps.work import Work

_TURN_SECONDS = 0.0005
"""So long a thread goes on in Python while another wants to: a refresh hands over at each of its statements, and waited ten times as long for its next turn while events were read."""
HostOption = Annotated[str, typer.Option(help="The address to answer at: this machine's own; another one once there is an admin.")]
PortOption = Annotated[int, typer.Option(envvar="PORT", help="The port to answer at.")]
NoBrowserOption = Annotated[bool, typer.Option("--no-browser", envvar="NO_BROWSER", help="Do not open a browser.")]


@app.command()
def serve(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    no_browser: NoBrowserOption = False,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="A name that browsers reach it by, such as lohko.example.fi; may be given several times."),
    ] = None,
    proxy: Annotated[
        list[str] | None,
        typer.Option("--proxy", help="The address of a proxy that puts TLS before it; its X-Forwarded headers are believed."),
    ] = None,
    path: Annotated[str, typer.Option(help="The path under which the proxy has it, such as /lohko.")] = "",
    tls_certificate: Annotated[Path | None, typer.Option(help="A certificate (PEM), to speak TLS without a proxy.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its key (PEM).")] = None,
    events_port: Annotated[
        int | None, typer.Option(help="The port at which events are taken once there is a write key; the next one when left out.")
    ] = None,
    events_room: Annotated[
        int, typer.Option(min=1, metavar="MB", help="For how many megabytes of events there is room before senders are told to wait.")
    ] = 1024,
    workspace: WorkspaceOption = None,
) -> None:
    """Show the workspace in a browser. Other commands can be used meanwhile. Ctrl-C ends it.

    Until the first user is added it answers to this machine alone, and nobody signs in.
    Beyond it (--host, --name or --proxy) there has to be an admin, and TLS before it.
    """
    from lohko.cli.outside import Place
    from lohko.wiring import open_work

    place = Place(host, tuple(name or ()), tuple(proxy or ()), path, tls_certificate, tls_key)
    place.check(workspace_path(workspace))
    listening = _listen(host, port)
    with listening, open_work(workspace_path(workspace), progress) as work:
        _serve(work, listening, no_browser, place, events_port, events_room)


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
    from lohko.cli.outside import Place
    from lohko.demo.prepare import prepare
    from lohko.wiring import open_work

    place = Place(host)
    place.check(folder)
    listening = None if no_serve else _listen(host, port)
    try:
        prepare(folder, customers=customers, seed=seed, say=lambda text: typer.echo(text, err=as_json), progress=progress)
        with open_work(folder, progress) as work:
            show(_found(work), as_json, _show_demo)
            if listening is not None:
                _serve(work, listening, no_browser, place)
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
    """A socket that takes requests, taken before any long work begins."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # asyncio does this only for sockets that name their protocol; without it an answer waits 40 ms for the other side.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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


def _ending(before: Callable[[], None]) -> type[uvicorn.Server]:
    """A server that says so before it ends: it waits for every answer under way, and those that go on and on have to be told."""
    import uvicorn

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            before()
            super().handle_exit(sig, frame)

    return Server


def _serve(
    work: Work, listening: socket.socket, no_browser: bool, place: Place, events_port: int | None = None, events_room: int = 1024
) -> None:
    import uvicorn

    from lohko.base.garbage import settled
    from lohko.intake.beside import Beside
    from lohko.remote import answering
    from lohko.web.app import create_app
    from lohko.web.counting import PATIENCE

    host, port = listening.getsockname()[:2]
    address = place.address(host, port)
    typer.echo(f"Lohko is at {address}  (Ctrl-C ends it)", err=False)
    place.warn()
    if not no_browser and not place.outside:
        typer.launch(address)
    app = create_app(work, hosts=place.hosts, at_home=not place.outside, root=place.path, patience=PATIENCE, live=True)
    server = _ending(app.state.streams.close)(
        uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, **place.for_server())
    )
    wanted = events_port if events_port is not None else port + 1
    options = {**place.for_server(), "most_waiting": events_room << 20}
    intake = Beside(work.folder, work.state, place.host, wanted, options, lambda at: typer.echo(f"Events are taken at port {at}."))
    intake.start()
    sys.setswitchinterval(_TURN_SECONDS)
    with settled(), answering(work), suppress(KeyboardInterrupt):  # Ctrl-C is how it is ended, and uvicorn has done so in order
        try:
            server.run(sockets=[listening])
        finally:
            intake.close()
    typer.echo("Ended.")
