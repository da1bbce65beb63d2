"""What a step works on: an open workspace. Built by `wiring.py`, handed to every step."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from lohko.base.errors import LohkoError, StoreError
from lohko.base.failures import disk_full
from lohko.engine.bitmaps import living
from lohko.engine.kept_people import KeptOrders
from lohko.engine.kept_rows import KeptRows
from lohko.engine.kept_tables import KeptTables
from lohko.engine.leaf_cache import LeafCache
from lohko.engine.membership import Members
from lohko.engine.store import is_damage, snapshot, stored_version
from lohko.state.schema import read_schema
from lohko.state.workspace import Folder, Settings
from lohko.steps.answers import Answers
from lohko.steps.counted import counted_on

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pyroaring import BitMap
    from sqlalchemy import Engine

    from lohko.engine.compiled import Compiled
    from lohko.engine.message_ids import Seen
    from lohko.engine.served import Served
    from lohko.engine.tracking import Tracked
    from lohko.model.catalogue import Catalogue
    from lohko.model.schema import Schema
    from lohko.steps.common_moment import Common

Progress = Callable[[float, str], None]


@dataclass
class Work:
    """An open workspace: its places, its settings, its state, and the store that this process alone uses."""

    folder: Folder
    settings: Settings
    state: Engine
    store: DuckDBPyConnection
    guard: threading.RLock = field(default_factory=threading.RLock)
    memory: str | None = None
    """How much memory the store may take for itself."""
    damaged: bool = False
    """A part of the store could not be read: it is moved aside when the workspace is closed, and made again when it is opened."""
    leaves: LeafCache = field(default_factory=LeafCache)
    """What leaves were answered lately, for questions that share them."""
    tracked: dict[tuple[int, str], Tracked] = field(default_factory=dict)
    """Per data version and event, how much of it joins a known customer."""
    seen_messages: dict[str, Seen] = field(default_factory=dict)
    """Per source, which messages may be known."""
    sittings: dict[str, Any] = field(default_factory=dict)
    """Per draft that is being built, the data that it is counted on (`steps/sitting.py`)."""
    answers: Answers = field(default_factory=Answers)
    """What pages ask for again and again."""
    kept_tables: KeptTables = field(default_factory=KeptTables)
    """Scores and texts of the instants that pages are of, made once for all of them."""
    orders: KeptOrders = field(default_factory=KeptOrders)
    """Everyone in the orders that lists of members are read in."""
    common: Common | None = None
    """The instant that pages are of (`steps/common_moment.py`), and the data that it is of."""
    at_common: threading.Lock = field(default_factory=threading.Lock)
    copying: threading.Lock = field(default_factory=threading.Lock)
    """Held while a copy for a cluster is made: one at a time, for minutes, during which events come in and segments are refreshed."""
    served: Served | None = None
    """What look-ups are answered from, as it was published last (`steps/publish.py`)."""
    after_erasing: list[Callable[[], None]] = field(default_factory=list)
    """What is called when people were taken out of log and store: by it, whoever holds something of them in memory lets it go."""
    members: Members = field(default_factory=Members)
    """Who is in which segment, for those who refresh few people at a time."""
    rows: KeptRows = field(default_factory=KeptRows)
    """Rows of long tables in the order of their records, for those who refresh few people at a time."""
    catalogue: Catalogue | None = None
    """Of the last question, with what was worked out of it."""
    taking_fails: str | None = None
    """Why events that wait could not be taken the last time, as a code or the kind of the error."""
    refreshing_fails: dict[str, Any] = field(default_factory=dict)
    """How the last rounds of refreshing failed, also where the disk is too full to write it down."""
    _schemas: dict[int, Schema] = field(default_factory=dict)
    _living: tuple[int, BitMap] | None = None
    _compiled: Compiled | None = None

    def __post_init__(self) -> None:
        self.answers = Answers(self.folder.answers)

    def snapshot(self) -> tuple[DuckDBPyConnection, int, Schema]:
        """A cursor on the store as it is now and stays for that cursor, its data version, and what can be asked of it.

        A batch that is just being loaded is in `state` already; whoever asks meanwhile
        is answered from the store as it was before.
        """
        cursor = snapshot(self.store)
        counted_on(cursor)
        version = stored_version(cursor)
        if version not in self._schemas:
            self.expect(version)
        return cursor, version, self._schemas[version]

    def close_store(self) -> bool:
        """Close the store: what is being counted at drafts is stopped. False while some other question is being answered, for which DuckDB refuses."""
        for item in list(self.sittings.values()):
            item.interrupt()
            item.close()
        self.sittings.clear()
        try:
            self.store.close()
        except duckdb.Error:
            return False
        return True

    def living(self, cursor: DuckDBPyConnection, version: int) -> BitMap:
        """The living people of a snapshot: read once per data version, since nothing else changes who lives."""
        known = self._living  # another thread may put that of another version here meanwhile
        if known is None or known[0] != version:
            known = self._living = version, living(cursor)
        return known[1]

    def compiled(self, schema: Schema) -> Compiled:
        """Leaves as SQL, kept as long as the schema is the same."""
        from lohko.engine.compiled import Compiled  # the language, which most commands do without and which takes a while to load

        known = self._compiled
        if known is None or known.schema != schema:
            known = self._compiled = Compiled(schema, self.settings.zone)
        return known

    def blame(self, error: BaseException) -> StoreError | None:
        """What to say when an error means that the disk is full, that the store was replaced meanwhile, or that its file is damaged, which is
        remembered; None for any other error."""
        if isinstance(error, duckdb.ConnectionException):
            return StoreError("store_replaced", "The store was made anew while this was asked.", hint="try it again.")
        if (full := disk_full(error)) is not None or not is_damage(error):
            return full
        self.damaged = True
        return StoreError(
            "store_damaged",
            "A part of the analytical store cannot be read. It is moved aside; nothing in it is the only copy.",
            place=str(self.folder.store),
            hint="run the same command again, or end and start the server: the store is made again from the archive. "
            "If this comes back, look at the disk.",
        )

    def code_of(self, error: BaseException) -> str:
        """What the log and whoever looks whether all is well may be told of an error: its code, else its kind."""
        known = error if isinstance(error, LohkoError) else self.blame(error)
        return type(error).__name__ if known is None else known.code

    def expect(self, version: int) -> Schema:
        """The schema that the store will have with that batch; called when the batch counts, before it is loaded."""
        with self.state.connect() as connection:
            schema = read_schema(connection)
        before = next(reversed(self._schemas.values()), None)
        self._schemas[version] = before if before == schema and before is not None else schema  # so that it is seen at once to be the same
        return self._schemas[version]

    def schema(self) -> Schema:
        """What can be asked of the store as it is now."""
        return self.snapshot()[2]

    def data_version(self) -> int:
        """The number of the last batch that the store holds."""
        return stored_version(self.store.cursor())


def silent(_done: float, _what: str) -> None:
    """No progress is shown."""
