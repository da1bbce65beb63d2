"""A workspace: one folder that holds everything Lohko knows of one company.

state.sqlite     definitions, schema, keys of people, which batches and runs count   (true)
landing/         accepted and rejected rows of every import, as they came            (true)
ledger/          who entered and left which segment, when, why                       (true)
inbox/           events that were acknowledged and are not in landing/ yet           (true)
engine.duckdb    what `lohko rebuild` makes from the three                           (derived)
uploads/         files that were uploaded and wait for being imported, a folder each
answers/         figures of pages, kept until the data is another                    (derived)
served/          who is in which segment, for the process that answers look-ups       (derived)
privacy.key      the secret by which those who were erased are known again, and nobody else
engine.lock      held by the one process that uses engine.duckdb
run/lohko.sock   where that process answers the others
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, insert, select

from lohko.base.errors import InputError, StoreError
from lohko.base.times import zone as find_zone
from lohko.state.audit import append
from lohko.state.database import open_database
from lohko.state.tables import setting

LAYOUT = 1
_UNFINISHED = "state.sqlite.new"
_LEFT_BY_A_CRASH = {"landing", "ledger", "run", *(f"{_UNFINISHED}{tail}" for tail in ("", "-wal", "-shm", "-journal"))}
"""What a folder holds whose making was cut short: such a one may be made again."""


@dataclass(frozen=True)
class Folder:
    """Where the parts of a workspace are."""

    path: Path

    @property
    def state(self) -> Path:
        """The database of definitions, keys and registers."""
        return self.path / "state.sqlite"

    @property
    def landing(self) -> Path:
        """The archive of what arrived."""
        return self.path / "landing"

    @property
    def ledger(self) -> Path:
        """The membership ledger."""
        return self.path / "ledger"

    @property
    def inbox(self) -> Path:
        """Events that were acknowledged and are not in the archive yet."""
        return self.path / "inbox"

    @property
    def store(self) -> Path:
        """The analytical store, which can be made again."""
        return self.path / "engine.duckdb"

    @property
    def lock(self) -> Path:
        """The file whose lock says who may use the store."""
        return self.path / "engine.lock"

    @property
    def socket(self) -> Path:
        """Where the holder of the lock answers other processes."""
        return self.path / "run" / "lohko.sock"

    @property
    def answers(self) -> Path:
        """Figures that pages were made of, by what they depend on; made again when they are needed."""
        return self.path / "answers"

    @property
    def served(self) -> Path:
        """What look-ups are answered from; made again when it is needed."""
        return self.path / "served"

    @property
    def uploads(self) -> Path:
        """Files that were uploaded and are not imported yet."""
        return self.path / "uploads"

    @property
    def moment(self) -> Path:
        """The instant that pages are of."""
        return self.path / "run" / "moment"

    @property
    def scratch(self) -> Path:
        """Unfinished work; swept whenever the store is opened."""
        return self.path / "landing" / "unfinished"

    @property
    def key(self) -> Path:
        """The workspace's own secret: what keeps erased people from coming back can be read with it alone."""
        return self.path / "privacy.key"

    @property
    def broken(self) -> Path:
        """Stores that would not open, moved aside."""
        return self.path / "broken"


@dataclass(frozen=True)
class Settings:
    """What a workspace is set to when it is made."""

    timezone: str
    currency: str
    country: str

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which days begin and end."""
        return find_zone(self.timezone)


def create(path: Path, settings: Settings) -> Folder:
    """A new, empty workspace at `path`; InputError when the folder already holds something."""
    folder = Folder(path)
    if folder.state.exists():
        raise InputError("workspace_exists", "There is a workspace here already.", place=str(path))
    if path.is_dir() and not all(item.name in _LEFT_BY_A_CRASH for item in path.iterdir()):
        raise InputError(
            "folder_not_empty",
            "The folder is not empty.",
            place=str(path),
            hint="name a new folder, or an empty one.",
        )
    _check(settings)
    try:
        for part in (path, folder.landing, folder.ledger, folder.socket.parent):
            part.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError("cannot_write", f"The folder cannot be made: {error.strerror}.", place=str(path)) from error
    unfinished = path / _UNFINISHED
    for item in path.glob(f"{_UNFINISHED}*"):
        item.unlink()
    _first_state(unfinished, settings)
    unfinished.rename(folder.state)
    return folder


def _first_state(path: Path, settings: Settings) -> None:
    """The state of a workspace in which nothing has happened yet."""
    database = open_database(path, create=True)
    with database.begin() as connection:
        for name, value in {
            "layout": LAYOUT,
            "timezone": settings.timezone,
            "currency": settings.currency,
            "country": settings.country,
        }.items():
            connection.execute(insert(setting).values(name=name, value=value))
        note(connection, "workspace_created", {"layout": LAYOUT})
    database.dispose()


def _check(settings: Settings) -> None:
    find_zone(settings.timezone)
    for name, value, length in (("currency", settings.currency, 3), ("country", settings.country, 2)):
        if not (len(value) == length and value.isascii() and value.isalpha() and value.isupper()):
            raise InputError(
                f"bad_{name}",
                f"{value!r} is not a {name} code of {length} capital letters.",
                hint="for example EUR or GBP." if name == "currency" else "for example FI or GB.",
            )


def open_workspace(path: Path) -> tuple[Folder, Engine, Settings]:
    """The workspace at `path`: its places, its state and its settings."""
    folder = Folder(path)
    if not folder.state.is_file():
        raise StoreError(
            "no_workspace",
            "There is no workspace here.",
            place=str(path),
            hint="make one with `lohko init DIR`, or name one with --workspace DIR or LOHKO_WORKSPACE.",
        )
    database = open_database(folder.state)
    with database.connect() as connection:
        found = {row.name: row.value for row in connection.execute(select(setting))}
    if found.get("layout") != LAYOUT:
        raise StoreError(
            "other_layout",
            f"The workspace has layout {found.get('layout')}; this Lohko reads {LAYOUT}.",
            place=str(path),
            hint="use the version of Lohko that made it.",
        )
    return folder, database, Settings(found["timezone"], found["currency"], found["country"])


def note(connection: Connection, action: str, detail: dict[str, object], people: Sequence[str] = ()) -> int:
    """Write one entry to the audit: what was done, with counts and names of definitions only, and about whom by public id; its number."""
    return append(connection, action, detail, people)


def last_written(path: Path) -> tuple[tuple[int, int], ...]:
    """Something that is another one whenever anything was written to the state of the workspace at a path."""
    state = Folder(path).state
    files = [item.stat() for item in (state, state.with_name(f"{state.name}-wal")) if item.exists()]
    return tuple((item.st_mtime_ns, item.st_size) for item in files)
