"""Keys by which events come in: made, listed, allowed new names, revoked. With none of them anything can be read."""

from __future__ import annotations

from typing import Any

from lohko.state import write_keys as kept
from lohko.state.suppression import read_key
from lohko.state.workspace import note
from lohko.steps.work import Progress, Work


def event_key_add(work: Work, progress: Progress, *, source: str, kind: str, new_names: bool | None = None) -> dict[str, Any]:
    """A new write key for events of a source: its text, and for a public one the secret that signs its visitors.

    What comes by a *server* key takes effect. A *public* one stands in pages: what it says
    of people is only claimed, and unless `new_names` says so it brings no new kinds of event.
    """
    with work.guard, work.state.begin() as connection:
        text, made = kept.add(connection, source.strip(), kind, new_names=kind == "server" if new_names is None else new_names)
        note(connection, "write_key_added", {"key": made.id, "source": made.source, "kind": kind})
    return {"key": text, **_token(work, made), **_shown(made)}


def event_key_list(work: Work, progress: Progress) -> dict[str, Any]:
    """Every write key; the text of public ones, which is no secret."""
    with work.state.connect() as connection:
        return {"keys": [{**_shown(item), "key": item.text} for item in kept.write_keys(connection)]}


def event_key_token(work: Work, progress: Progress, *, key: str) -> dict[str, Any]:
    """The secret with which a shop's server signs who a visitor is, for pages with this public key."""
    with work.state.begin() as connection:
        found = kept.find(connection, key)
        note(connection, "visitor_secret_shown", {"key": found.id})
    return {**_shown(found), **_token(work, found)}


def event_key_allow(work: Work, progress: Progress, *, key: str, new_names: bool = True) -> dict[str, Any]:
    """Whether kinds of event and properties that nobody has told of yet may come by a key."""
    with work.guard, work.state.begin() as connection:
        found = kept.allow(connection, key, new_names=new_names)
        note(connection, "write_key_allowed", {"key": found.id, "new_names": new_names})
    return _shown(found)


def event_key_origins(work: Work, progress: Progress, *, key: str, sites: list[str] | None = None) -> dict[str, Any]:
    """The sites whose pages may ask with a public key which segments their visitor is in; with `sites` these and no others, from now on."""
    with work.guard, work.state.begin() as connection:
        found = kept.find(connection, key) if sites is None else kept.set_origins(connection, key, sites)
        if sites is not None:
            note(connection, "write_key_origins", {"key": found.id, "sites": len(sites)})
        return {**_shown(found), "sites": sorted(kept.origins(connection).get(found.id, ()))}


def event_key_revoke(work: Work, progress: Progress, *, key: str) -> dict[str, Any]:
    """A write key does not hold any more, within a second; what came by it stays."""
    with work.guard, work.state.begin() as connection:
        found = kept.revoke(connection, key)
        note(connection, "write_key_revoked", {"key": found.id})
    return _shown(found)


def _token(work: Work, key: kept.WriteKey) -> dict[str, Any]:
    if key.kind != "public":
        return {"visitor_secret": None}
    return {"visitor_secret": kept.token_secret(read_key(work.folder.key, make=True), key.id).decode()}


def _shown(key: kept.WriteKey) -> dict[str, Any]:
    names = ("id", "source", "kind", "new_names", "created_at", "last_used", "revoked_at")
    return {**{name: getattr(key, name) for name in names}, "begins": key.shown, "holds": key.holds}
