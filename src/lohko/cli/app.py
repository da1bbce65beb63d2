"""What every command shares: the options, the call of a step, progress, errors, and the two ways to show a result.

Exit status: 0 done, 2 the input or definition is wrong, 3 the workspace or store
cannot be used, 4 part of it failed. `--json` prints one document on standard output;
messages and progress go to standard error.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, BinaryIO
from zoneinfo import ZoneInfo

import typer

from lohko.base.errors import InputError, LohkoError
from lohko.base.failures import disk_full

app = typer.Typer(
    name="lohko",
    help="Customer segments that are true, current and explained, on your own machine.",
    epilog="Exit status: 0 done, 2 the input or definition is wrong, 3 the workspace or store cannot be used, 4 part of it failed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

WorkspaceOption = Annotated[Path | None, typer.Option("--workspace", "-w", help="The workspace's folder; else LOHKO_WORKSPACE, else here.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="The day or time asked about, such as 2026-11-01; now when left out.")]
SegmentArgument = Annotated[str, typer.Argument(metavar="SEGMENT", help="The segment's id.")]


def run_app() -> None:
    """Run a command; every error a user can meet ends as a sentence and an exit status."""
    try:
        status = app(standalone_mode=False)
    except LohkoError as error:
        _say_error(error)
        sys.exit(error.exit_status)
    except typer.Exit as stop:
        sys.exit(stop.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("Stopped. What was not finished left nothing behind.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - the reader is gone
        sys.exit(0)
    except Exception as error:
        _say_failure(error)
    sys.exit(status if isinstance(status, int) else 0)


def _say_error(error: LohkoError) -> None:
    if "--json" in sys.argv:
        typer.echo(json.dumps({"error": error.as_json()}, ensure_ascii=False))
    typer.echo(f"Error: {error}", err=True)


def _say_failure(error: Exception) -> None:
    """Usage errors of the command line itself, files that cannot be used, and what is a mistake of Lohko's own."""
    if hasattr(error, "format_message"):
        _say_error(InputError("usage", error.format_message(), hint="`lohko COMMAND --help` shows what it takes."))
        sys.exit(2)
    if (full := disk_full(error)) is not None:
        _say_error(full)
        sys.exit(full.exit_status)
    if isinstance(error, OSError) and error.filename is not None and not os.environ.get("LOHKO_DEBUG"):
        _say_error(InputError("cannot_use_file", f"{error.strerror}.", place=str(error.filename)))
        sys.exit(2)
    if os.environ.get("LOHKO_DEBUG"):
        raise error
    typer.echo(f"Error: Lohko itself failed ({type(error).__name__}); nothing half-done was kept.", err=True)
    typer.echo("  Hint: run it again with LOHKO_DEBUG=1 and report what it prints.", err=True)
    sys.exit(3)


def progress(done: float, what: str) -> None:
    """A bar on a terminal; elsewhere only what must be said."""
    if sys.stderr.isatty():
        filled = round(done * 24)
        sys.stderr.write(f"\r\x1b[K[{'█' * filled}{'·' * (24 - filled)}] {done:4.0%} {what}")
        if done >= 1:
            sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
    elif "made again" in what:
        sys.stderr.write(f"Note: {what}\n")


def workspace_path(given: Path | None) -> Path:
    """The workspace that a command is about."""
    return given or Path(os.environ.get("LOHKO_WORKSPACE") or ".")


def call(workspace: Path | None, step: str, stream: BinaryIO | None = None, **arguments: Any) -> dict[str, Any]:
    """The result of a step of the registry, here or by the process that has the workspace open."""
    from lohko.remote import call as ask

    return ask(workspace_path(workspace), step, arguments, progress, stream)


def call_with_file(workspace: Path | None, step: str, file: Path, **arguments: Any) -> dict[str, Any]:
    """The result of a step that takes a file: its bytes as a stream, and its name."""
    if not file.is_file():
        raise InputError("no_file", "There is no such file.", place=str(file))
    with file.open("rb") as stream:
        return call(workspace, step, stream, name=file.name, **arguments)


def text_of(file: Path | None) -> str | None:
    """The text of a file, where one is given; InputError when there is none or it is not UTF-8."""
    if file is None:
        return None
    if not file.is_file():
        raise InputError("no_file", "There is no such file.", place=str(file))
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError("not_utf8", "The file is not UTF-8 text.", place=str(file), hint="save it again as UTF-8.") from error


def write_private(path: Path, body: bytes) -> None:
    """Write a file that only its owner can read, also where there was one that others could."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        os.fchmod(descriptor, 0o600)
        stream.write(body)


def show(found: dict[str, Any], as_json: bool, otherwise: Callable[[dict[str, Any]], None]) -> None:
    """One JSON document, or what people read."""
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        otherwise(found)


def say_warnings(warnings: Iterable[dict[str, Any]]) -> None:
    """Notes on standard error."""
    for warning in warnings:
        about = f"{warning['segment']}: " if "segment" in warning else ""
        typer.echo(f"Note: {about}{warning['message']}", err=True)
        if warning.get("place"):
            typer.echo(f"  {warning['place']}", err=True)
        if warning.get("hint"):
            typer.echo(f"  Hint: {warning['hint']}", err=True)


def write_csv(columns: Sequence[str], rows: Iterable[dict[str, Any]], *, header: bool = True) -> None:
    """Rows as CSV on standard output, below the names of the columns."""
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n", extrasaction="ignore")
    if header:
        writer.writeheader()
    writer.writerows(rows)


def print_table(columns: Sequence[tuple[str, bool]], rows: Iterable[Sequence[str]]) -> None:
    """A table for people; a column is its title and whether it holds numbers."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title, numeric in columns:
        table.add_column(title, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    # Where output is not a terminal nothing is cut to its width.
    Console(width=None if sys.stdout.isatty() else 200, highlight=False, markup=False, emoji=False).print(table)


def check_format(given: str, known: Sequence[str]) -> None:
    """InputError when a format is none of those there are."""
    if given not in known:
        raise InputError("bad_format", f"There is no format {given!r}.", hint=", ".join(known) + ".")


def of_erased(n: int) -> str:
    """The end of a sum of rows: those that are kept out because their people were erased, where there are any."""
    return f" + {n:,} of people who were erased" if n else ""


def percent(share: float | None) -> str:
    """A share as people read it; nothing when there is none."""
    return "" if share is None else f"{share:.1%}"


def many(number: int | None) -> str:
    """A number of people; those that are not told are said to be so."""
    return "not told" if number is None else f"{number:,}"


def local(instant: str | None, timezone: str) -> str:
    """An instant as the clock on the workspace's wall says it."""
    if instant is None:
        return "never"
    return dt.datetime.fromisoformat(instant).astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M")
