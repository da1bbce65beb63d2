"""Backup and restore: consistent, checked, and whoever was erased since stays erased."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lohko.base.errors import LohkoError
from lohko.cli.main import app
from lohko.engine.store import fingerprint
from lohko.state import keys, reports, users
from lohko.steps import backup as making
from lohko.steps.backup import backup
from lohko.steps.consents import consent_withdraw, person_flag
from lohko.steps.person_erase import person_erase
from lohko.steps.read import count, status
from lohko.steps.restore import replay_rights, restore, unpack
from lohko.steps.rights_ledger import read_rights
from lohko.steps.work import silent
from lohko.wiring import open_work


def test_what_was_erased_or_refused_since_stays_so_when_a_backup_is_restored(work, place, tmp_path):
    made = backup(work, silent, folder=str(tmp_path / "backups"))
    before = fingerprint(work.store)
    person_erase(work, silent, customers=["2"])
    person_flag(work, silent, customer="3", flag="restricted")
    consent_withdraw(work, silent, customer="1", purpose="email")
    ledger = tmp_path / "backups" / "rights.jsonl"

    assert "eino" not in ledger.read_text(), "the ledger holds keyed hashes only"
    unpack(tmp_path / "backups" / made["backup"].rsplit("/", 1)[1], tmp_path / "as-it-was")
    with open_work(tmp_path / "as-it-was", silent) as old:
        assert fingerprint(old.store) == before, "the backup is what was there"
        assert replay_rights(old, read_rights(ledger), made["made_at"]) == {"erase": 1, "restricted": 1, "email": 1}
        assert status(old, silent)["people"] == 2
        assert count(old, silent, condition="has consented to email")["count"] == 0
    done = CliRunner().invoke(app, ["restore", made["backup"], str(tmp_path / "new"), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout.splitlines()[-1])["people"] == 2


def test_nobody_is_let_in_by_what_may_have_been_taken_back_since(work, tmp_path):
    """The ways in of the day of the backup are closed in what is restored, and stay open in what it was made of."""
    with work.state.begin() as connection:
        irma = users.add(connection, "irma@example.fi", "Irma", "admin", None)
        session, invitation = users.sign_in(connection, irma.id), users.invite(connection, irma.id)
        key, _ = keys.add(connection, "till", ["people"], irma.id, None)
        link, _ = reports.add_link(connection, None, "en", 30, irma.id)
    made = backup(work, silent, folder=str(tmp_path / "backups"))
    told = restore(open_work, silent, made=Path(made["backup"]), target=tmp_path / "new")

    def let_in(connection):
        try:
            invited = users.invited(connection, invitation)
        except LohkoError:
            invited = None
        return [users.signed_in(connection, session), invited, keys.known(connection, key), reports.open_link(connection, link)]

    assert told["closed"] == {"sessions": 1, "invitations": 1, "keys": 1, "links": 1}
    with work.state.connect() as connection:
        assert all(let_in(connection))
    with open_work(tmp_path / "new", silent) as new, new.state.connect() as connection:
        assert let_in(connection) == [None] * 4
        assert [user.email for user in users.users(connection)] == ["irma@example.fi"]


def test_a_damaged_backup_is_not_restored(work, tmp_path):
    made = backup(work, silent, folder=str(tmp_path / "backups"))
    folder = tmp_path / "backups" / made["backup"].rsplit("/", 1)[1]
    for name in ("state.sqlite", *(str(item.relative_to(folder)) for item in folder.glob("landing/*/accepted.parquet"))):
        shutil.copytree(folder, tmp_path / "copy", copy_function=shutil.copy)
        item = tmp_path / "copy" / name
        data = bytearray(item.read_bytes())
        data[len(data) // 2] ^= 1
        item.write_bytes(bytes(data))

        with pytest.raises(LohkoError, match="missing or has changed"):
            unpack(tmp_path / "copy", tmp_path / "never")
        shutil.rmtree(tmp_path / "copy")
        shutil.rmtree(tmp_path / "never", ignore_errors=True)


def test_backups_beyond_their_age_are_removed_and_one_inside_the_workspace_is_refused(work, place, tmp_path, monkeypatch):
    old = backup(work, silent, folder=str(tmp_path / "backups"), keep_days=3)
    later = making.now() + dt.timedelta(days=4)
    monkeypatch.setattr(making, "now", lambda: later)
    new = backup(work, silent, folder=str(tmp_path / "backups"))

    assert new["removed"] == [old["backup"].rsplit("/", 1)[1]]
    with pytest.raises(LohkoError, match="inside the workspace"):
        backup(work, silent, folder=str(place / "here"))
