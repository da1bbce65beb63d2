"""Who was erased is kept out until they ask to come back; whatever is restored in between, it ends as the ledger of rights says."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import StaticPool, create_engine
from tests.commanding import command
from tests.privacy.conftest import CUSTOMERS, take

from lohko.base.errors import InputError
from lohko.state.erasures import RightUsed, erased, rights_used
from lohko.state.suppression import suppressed
from lohko.state.tables import metadata
from lohko.steps.accountability import audit_list
from lohko.steps.backup import backup
from lohko.steps.person_erase import person_erase
from lohko.steps.person_rights import person_show
from lohko.steps.restore import restore, use_erasure
from lohko.steps.suppression import suppression_lift, suppression_list
from lohko.steps.work import Work, silent
from lohko.wiring import open_work

WHY = "asked to be a customer again, ticket 12"


def people(work: Work) -> set[str]:
    """Who is there after everybody's rows have come in once more."""
    take(work, CUSTOMERS, "customers", name="again.csv")
    found = set()
    for number in "1234":
        try:
            found.add(str(person_show(work, silent, customer=number)["customer"]))
        except InputError:
            continue
    return found


def test_what_is_kept_out_is_counted_and_never_named(work: Work) -> None:
    assert suppression_list(work, silent)["identifiers"] == 0
    person_erase(work, silent, customers=["2", "3"])
    told = suppression_list(work, silent)

    assert (told["people"], told["identifiers"]) == (2, 4), "a number and an address of each"
    assert sum(row["identifiers"] for row in told["days"]) == len(told["rows"]) == 4
    assert all(len(row["id"]) == 12 for row in told["rows"])
    assert "eino" not in json.dumps(told)


def test_who_asks_to_come_back_comes_with_the_next_import_and_nobody_else(work: Work) -> None:
    """Naming one identifier lifts all of that person's: the next file has their number as well as their address."""
    person_erase(work, silent, customers=["2", "3"])
    assert people(work) == {"1", "4"}
    told = suppression_lift(work, silent, identifier=" Eino@Example.FI ", reason=WHY)

    assert (told["lifted"], told["still_kept_out"]) == (2, 0)
    assert people(work) == {"1", "2", "4"}
    (entry,) = (item for item in audit_list(work, silent)["entries"] if item["action"] == "suppression_lifted")
    assert entry["detail"]["reason"] == WHY
    assert "eino" not in json.dumps(audit_list(work, silent))
    with pytest.raises(InputError, match="Nobody is kept out"):
        suppression_lift(work, silent, identifier="eino@example.fi", reason=WHY)


def test_what_two_who_were_erased_shared_keeps_out_until_it_is_named(work: Work) -> None:
    take(work, "customer_id,phone\n2,+358401234567\n3,040 123 4567\n", "customers", name="phones.csv")
    person_erase(work, silent, customers=["2", "3"])
    told = suppression_lift(work, silent, identifier="2", reason=WHY)
    phone = "customer_id,phone\n2,+358401234567\n"

    assert told["still_kept_out"] == 1
    assert take(work, phone, "customers", name="x.csv")["suppressed"] == 1
    assert suppression_lift(work, silent, identifier="040 1234567", reason=WHY)["lifted"] == 1
    assert take(work, phone, "customers", name="y.csv")["suppressed"] == 0
    assert people(work) == {"1", "2", "4"}, "the other's number and address keep them out"


def test_a_customer_number_is_one_of_its_source(work: Work) -> None:
    take(work, "customer_id,email\n2,other@example.fi\n", "customers", name="crm.csv", source="crm")
    person_erase(work, silent, customers=["eino@example.fi", "other@example.fi"])

    with pytest.raises(InputError, match="More than one source"):
        suppression_lift(work, silent, identifier="2", reason=WHY)
    with pytest.raises(InputError, match="Nothing came from"):
        suppression_lift(work, silent, identifier="2", reason=WHY, source="crn")
    suppression_lift(work, silent, identifier="2", reason=WHY, source="crm")
    assert people(work) == {"1", "3", "4"}, "in the shop that number is somebody else's"
    assert take(work, "customer_id,email\n2,other@example.fi\n", "customers", name="crm2.csv", source="crm")["suppressed"] == 0


def test_a_reason_has_to_be_given_and_must_not_name_them(place: Path) -> None:
    where = ("-w", str(place))
    assert command("person", "erase", "2", "--yes", *where).status == 0
    assert command("suppression", "lift", "eino@example.fi", "--reason", " ", *where).status == 2
    refused = command("suppression", "lift", "eino@example.fi", "--reason", "Eino@example.fi wrote", *where)
    assert refused.status == 2 and "names the person" in refused.stderr
    assert "kept out no more" in command("suppression", "lift", "eino@example.fi", "--reason", WHY, *where).stdout
    assert "0 identifiers" in command("suppression", "list", *where).stdout


# --- any order ---------------------------------------------------------------------------------

_MOVES = st.lists(st.tuples(st.sampled_from(("erase", "lift", "backup", "restore")), st.sampled_from("abcd")), max_size=14)


@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(moves=_MOVES)
def test_any_order_of_erasing_lifting_backup_and_restore_ends_as_the_ledger_says(moves) -> None:
    """A backup is a copy of the state; a restore goes on from the oldest one, by the ledger that all of them wrote."""
    ledger: list[RightUsed] = []
    state = _State()
    oldest = (0, state.copy())
    for at, (move, who) in enumerate(moves, 1):
        if move == "backup":
            oldest = (at, state.copy())
        elif move == "restore":
            state = oldest[1].copy()
            for item in ledger:
                if int(item.at) >= oldest[0]:
                    use_erasure(state, item, [])
        else:
            ledger.append(RightUsed(f"{at:03}", "erase", move == "erase", [who]))
            use_erasure(state, ledger[-1], [])
        with state.state.connect() as connection:
            assert suppressed(connection) == set().union(*erased(ledger)), "what is kept out is what the ledger says"
            assert set().union(*erased(rights_used(connection))) == suppressed(connection)


class _State:
    """The state of a workspace without people."""

    def __init__(self, body: bytes | None = None) -> None:
        self._body = sqlite3.connect(":memory:", check_same_thread=False)
        if body is not None:
            self._body.deserialize(body)
        self.state = create_engine("sqlite://", creator=lambda: self._body, poolclass=StaticPool)
        if body is None:
            metadata.create_all(self.state)

    def copy(self) -> _State:
        return _State(self._body.serialize())


def test_a_person_who_came_back_is_there_after_a_restore_and_one_who_did_not_is_not(work: Work, tmp_path: Path) -> None:
    """The backup is older than everything; one who came back has nothing of before."""
    made = Path(backup(work, silent, folder=str(tmp_path / "backups"))["backup"])
    person_erase(work, silent, customers=["2", "3"])
    suppression_lift(work, silent, identifier="2", reason=WHY)
    told = restore(open_work, silent, made=made, target=tmp_path / "new")

    assert (told["people"], told["rights_used_again"]["erase"]) == (2, 2)
    with open_work(tmp_path / "new", silent) as new:
        assert people(new) == {"1", "2", "4"}


# --- a restore that fails ------------------------------------------------------------------------


def test_a_restore_that_fails_leaves_nothing_and_one_that_was_cut_short_is_cleared_by_the_next(work: Work, tmp_path, monkeypatch) -> None:
    made, target = Path(backup(work, silent, folder=str(tmp_path / "backups"))["backup"]), tmp_path / "new"
    person_erase(work, silent, customers=["2"])
    (item,) = made.glob("landing/*1/accepted.parquet")
    whole = item.read_bytes()

    item.unlink()
    item.write_bytes(whole[:-1])
    with pytest.raises(Exception, match="missing or has changed"):
        restore(open_work, silent, made=made, target=target)
    assert not list(tmp_path.glob("new*"))
    item.write_bytes(whole)
    left = tmp_path / "new.restoring"
    shutil.copytree(made, left / "workspace")
    with pytest.raises(InputError, match="not empty"):
        restore(open_work, silent, made=made, target=target)  # nobody knows whose it is
    (left / "being-restored").touch()
    assert restore(open_work, silent, made=made, target=target)["people"] == 3
    assert not left.exists() and (target / "state.sqlite").exists()


def test_two_restores_of_one_workspace_do_not_meet(work: Work, tmp_path: Path) -> None:
    made, target = Path(backup(work, silent, folder=str(tmp_path / "backups"))["backup"]), tmp_path / "new"

    def open_slowly(path, progress):
        with pytest.raises(InputError, match="Another restore"):
            restore(open_work, silent, made=made, target=target)
        return open_work(path, progress)

    assert restore(open_slowly, silent, made=made, target=target)["people"] == 4


def test_a_source_counts_the_rows_of_who_was_erased(place: Path, tmp_path: Path) -> None:
    """In the books of each sync, and in what is added up of the source: received = accepted + known + rejected + of erased people."""
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    rows = incoming / "people.csv"
    rows.write_text("customer_id,email,born\n2,eino@example.fi,1980-01-01\n5,new@example.fi,1980-01-01\n", encoding="utf-8")
    where = ("--workspace", str(place))
    assert command("person", "erase", "2", "--yes", *where).status == 0
    settings = [f"--set={text}" for text in (f"path={incoming}", "as=customers", "quiet_seconds=0")]
    assert command("source", "add", "drop", "--kind", "folder", *settings, *where).status == 0
    assert (
        "2 rows received = 1 accepted + 0 known already + 0 rejected + 1 of people who were erased"
        in command("source", "sync", *where).stdout
    )
    rows.write_text("customer_id,email\n2,eino@example.fi\n6,six@example.fi\n2,other@example.fi\n", encoding="utf-8")
    (found,) = json.loads(command("source", "sync", "--json", *where).stdout)["synced"]
    assert [found[name] for name in ("received", "accepted", "duplicate", "rejected", "suppressed")] == [3, 2, 0, 0, 1], (
        "2 of another system is somebody else"
    )
    (kept,) = json.loads(command("source", "list", "--json", *where).stdout)["sources"]
    assert [kept[name] for name in ("received", "accepted", "duplicate", "rejected", "suppressed")] == [5, 3, 0, 0, 2]
    assert "2 rows of people who were erased were kept out" in command("source", "list", *where).stdout
    for _ in range(2):  # whoever takes its name begins at nothing
        assert command("source", "remove", "drop", *where).status == 0
        assert command("source", "add", "drop", "--kind", "folder", *settings, *where).status == 0
    assert json.loads(command("source", "list", "--json", *where).stdout)["sources"][0]["suppressed"] == 0


def test_a_retry_says_which_rows_are_of_who_was_erased(place: Path, tmp_path: Path) -> None:
    """Whose they are was not known while the column with the numbers was not: the book balances all the same."""
    path, where = tmp_path / "people.csv", ("--workspace", str(place))
    assert command("person", "erase", "2", "--yes", *where).status == 0
    path.write_text("written by,email,city\n2,,Oulu\n9,,Kemi\n,,Kemi\n", encoding="utf-8")
    assert command("import", str(path), "--as", "customers", *where).status == 0
    done = command("retry", "--map", "customer_id=written by", *where)
    assert "3 rejected rows read again = 1 accepted + 0 known already + 1 rejected still + 1 of people who were erased" in done.stdout, done
    assert command("books", *where).status == 0 and command("person", "show", "2", *where).status == 2
