"""Rows that break what is known of a source are counted or rejected; what was rejected comes in when it can, and only once."""

from __future__ import annotations

import io

import duckdb
import pytest

from lohko.base.errors import InputError
from lohko.engine.store import fingerprint
from lohko.model.contract import Contract, FieldRules, contract_from_json, contract_to_json, read_contracts, write_contract
from lohko.steps.books import books
from lohko.steps.contracts import apply_contracts, contracts, edit_contract, learn_contract
from lohko.steps.ingest import ingest
from lohko.steps.read import count, status
from lohko.steps.rejected import rejected
from lohko.steps.retry import retry
from lohko.steps.work import silent
from lohko.wiring import open_work
from quality.bringing import bring, plain_orders

AS_OF = "2026-03-01"


def buyers(work):
    return count(work, silent, condition="did order", as_of=AS_OF)["count"]


def mixed_channels(first, last):
    return plain_orders(first, (first + last) // 2) + plain_orders((first + last) // 2, last, "store")


def test_a_contract_is_learned_from_the_first_file_and_warns(work):
    """What all of many rows have in common is learned; a row that is otherwise comes in and is counted."""
    bring(work, mixed_channels(0, 60))
    [contract] = read_contracts(contracts(work, silent)["contracts"][0]["yaml"], "shown")
    assert (contract.source, contract.kind, contract.breach, contract.learned_from) == ("shop", "orders", "warn", 1)
    assert contract.fields["channel"].allowed == ("store", "web") and contract.fields["total"].required
    assert (contract.fields["total"].low, contract.fields["total"].high) == (0, 300)
    found = bring(work, "c99,o99,2026-02-01,5000,kiosk,EUR\n")
    assert (found["accepted"], found["rejected"]) == (1, 0)
    assert found["contract"] == {"total:range": 1, "channel:allowed": 1}
    assert contracts(work, silent)["contracts"][0]["broken"]["channel:allowed"] == {"warned": 1, "rejected": 0}


def test_few_rows_teach_nothing_but_types(work):
    """A file of three rows is no reason to expect anything of the next."""
    bring(work, plain_orders(0, 3))
    [contract] = read_contracts(contracts(work, silent)["contracts"][0]["yaml"], "shown")
    assert all(not list(rules.rules()) or list(rules.rules()) == ["type"] for rules in contract.fields.values())


CONTRACT = """
source: shop
kind: orders
breach: reject
fields:
  total: {range: [1, 1000]}
  channel: {required: true, allowed: [Web, store]}
  note: {type: integer}
  delivery: {type: date, range: [2020-01-01, today], warn: [range]}
  slip: {unique: true}
"""
HEADER = "customer_id,order_id,ordered_at,total,channel,note,delivery,slip"


BREACHES = {
    "c1,o1,2026-01-05,0.50,web,1,2026-01-06,s1": "contract:total:range",
    "c2,o2,2026-01-05,1000.01,web,1,2026-01-06,s2": "contract:total:range",
    "c3,o3,2026-01-05,10,,1,2026-01-06,s3": "contract:channel:required",
    "c4,o4,2026-01-05,10,phone,1,2026-01-06,s4": "contract:channel:allowed",
    "c5,o5,2026-01-05,10,web,a few,2026-01-06,s5": "contract:note:type",
    "c6,o6,2026-01-05,10,web,1,soon,s6": "contract:delivery:type",
    "c7,o7,2026-01-05,10,web,1,2026-01-06,s9": "contract:slip:unique",
}


def test_each_rule_that_rejects(work):
    """A row that breaks a rule is kept with the rule as its reason, and its neighbours come in."""
    apply_contracts(work, silent, files={"c.yaml": CONTRACT})
    good = ["c8,o8,2026-01-05,1,WEB,4,2026-01-06,s8", "c9,o9,2026-01-05,1000,store,,2026-01-07,s9"]
    found = bring(work, "\n".join([*good, *BREACHES]) + "\n", header=HEADER)
    assert (found["accepted"], found["rejected"]) == (2, len(BREACHES))
    kept = rejected(work, silent)["rows"]
    assert [(row["record"], row["reason"]) for row in kept] == [(place, reason) for place, reason in enumerate(BREACHES.values(), start=3)]
    assert all(row["field"] == row["reason"].split(":")[1] for row in kept)
    assert [row["value"] for row in kept] == ["0.5000", "1000.0100", None, "phone", "a few", "soon", "s9"]
    assert [row["raw"]["order_id"] for row in kept] == [line.split(",")[1] for line in BREACHES]


def test_what_only_warns_and_what_a_file_lacks(work):
    """A rule of a field may warn where the others reject; a file without a column that is required breaks that in every row."""
    apply_contracts(work, silent, files={"c.yaml": CONTRACT})
    found = bring(work, "c1,o1,2026-01-05,10,web,1,2199-01-06,s1\n", header=HEADER)
    assert (found["rejected"], found["contract"]) == (0, {"delivery:range": 1})
    found = bring(work, "c2,o2,2026-01-05,10\n", header="customer_id,order_id,ordered_at,total")
    assert found["rejected_by_reason"] == {"contract:channel:required": 1}


def test_references_and_values_of_their_own_know_earlier_files(work):
    """An order of a customer who is in no list, and an address that another customer has."""
    bring(work, "c1,one@x.fi,Turku\nc2,two@x.fi,Oulu\n", "customers")
    text = """
- {source: shop, kind: orders, breach: reject, fields: {customer_id: {references: customers}}}
- {source: shop, kind: customers, breach: reject, fields: {email: {unique: true}}}
"""
    apply_contracts(work, silent, files={"c.yaml": text})
    found = bring(work, "c1,o1,2026-01-05,10,web,EUR\nc7,o2,2026-01-05,10,web,EUR\n")
    assert (found["accepted"], found["rejected_by_reason"]) == (1, {"contract:customer_id:references": 1})
    found = bring(work, "c1,one@x.fi,Turku now\nc3,TWO@x.fi,Oulu\nc4,new@x.fi,Oulu\nc5,new@x.fi,Oulu\n", "customers", name="b.csv")
    assert (found["accepted"], found["rejected_by_reason"]) == (2, {"contract:email:unique": 2})
    assert buyers(work) == 1


def test_retry_brings_in_what_another_contract_allows(place):
    """A rule taken back lets its rows in by a batch that says what it retries; a rebuild makes the same of it."""
    with open_work(place, silent) as work:
        bring(work, mixed_channels(0, 60))
        edit_contract(work, silent, source="shop", kind="orders", rules={"channel:allowed": "reject", "total:range": "reject"})
        found = bring(
            work,
            "c70,o70,2026-02-01,5,kiosk,EUR\nc71,o71,2026-02-01,99999,web,EUR\nc72,o72,2026-02-31,9,web,EUR\nc73,o73,2026-02-02,9,web,EUR\n",
        )
        assert found["rejected"] == 3
        again = retry(work, silent)
        assert (again["batch"], again["accepted"], again["rejected"], work.data_version()) == (None, 0, 3, 2)
        edit_contract(work, silent, source="shop", kind="orders", rules={"channel:allowed": "off"})
        again = retry(work, silent)
        assert (again["retries"], again["batch"], again["tried"], again["accepted"], again["rejected"]) == (2, 3, 3, 1, 2)
        assert retry(work, silent)["batch"] is None
        assert [row["record"] for row in rejected(work, silent)["rows"]] == [2, 3]
        assert buyers(work) == 62
        book = books(work, silent, recount=True)
        assert book["total"] == {"received": 64, "accepted": 62, "duplicate": 0, "rejected": 2, "suppressed": 0, "balanced": True}
        assert book["imports"][1]["found"] == {"accepted": 2, "rejected": 2, "loaded": 2, "erased": 0, "retired": 0, "records": 4}
        assert [item["rejected"] for item in status(work, silent)["imports"]] == [0, 2]
        before = fingerprint(work.store)
    with open_work(place, silent, again=True) as work:
        assert fingerprint(work.store) == before


def test_retry_with_another_mapping_or_date_order(work):
    """What could not be understood comes in when it is said what it means."""
    rows = "".join(f"c{n},o{n},{n}/13/2026 10:00,5,7\n" for n in range(1, 5)) + "c9,o9,5/6/2026 10:00,x,8\n"
    found = ingest(
        work,
        silent,
        stream=io.BytesIO(f"customer_id,order_id,ordered_at,total,sum\n{rows}".encode()),
        name="a.csv",
        kind="orders",
        date_order="dmy",
    )
    assert (found["accepted"], found["rejected_by_reason"]) == (0, {"bad_time": 4, "bad_number": 1})
    assert retry(work, silent, date_order="mdy")["accepted"] == 4
    again = retry(work, silent, date_order="mdy", columns={"total": "sum"})
    assert (again["accepted"], again["rejected"]) == (1, 0)
    assert count(work, silent, condition="did order where total is 8", as_of="2027-01-01")["count"] == 1
    assert retry(work, silent)["tried"] == 0


def test_equal_lines_of_one_file_are_counted_as_in_the_file(work):
    """A rejected line that becomes equal to one that came in is another line of the order, not the same one."""
    header = "customer_id,order_id,ordered_at,quantity,unit_price,real_price,product_id"
    rows = "c1,o1,2026-01-05,1,oops,5,p\nc1,o1,2026-01-05,1,5,5,p\nc1,o1,2026-01-05,1,oops,5,p\n"
    found = bring(work, rows, "order-lines", header=header)
    assert (found["accepted"], found["rejected"]) == (1, 2)
    assert retry(work, silent, columns={"unit_price": "real_price"})["accepted"] == 2
    assert count(work, silent, condition="sum of total of order is 15", as_of=AS_OF)["count"] == 1
    again = bring(work, rows.replace("oops", "5"), "order-lines", header=header, name="mended.csv")
    assert (again["accepted"], again["duplicate"]) == (0, 3)


def test_a_retried_customer_is_as_old_as_the_file(work):
    """A row of January that comes in late does not undo what February said."""
    header = "customer_id,email,city,updated_at"
    bring(work, "c1,a@x.fi,Turku,2026-13-01\nc2,b@x.fi,Oulu,2026-01-01\n", "customers", header=header, name="january.csv")
    bring(work, "c1,a@x.fi,Oulu\n", "customers", name="february.csv")
    assert retry(work, silent, batch=1, columns={"updated_at": ""})["accepted"] == 1
    assert count(work, silent, condition='city is "Oulu"')["count"] == 2


def test_what_cannot_be_retried_says_why(work):
    """A correction is corrected by another correction; without the original there is nothing to read again."""
    bring(work, plain_orders(0, 2) + "c9,o9,never,5,web,EUR\n")
    bring(work, plain_orders(0, 1) + "c8,o8,never,5,web,EUR\n", replace=True, name="b.csv")
    with pytest.raises(InputError, match="--replace") as refused:
        retry(work, silent)
    assert refused.value.code == "retry_of_correction"
    (work.folder.landing / "batch-000001" / "original").unlink()
    with pytest.raises(InputError) as refused:
        retry(work, silent, batch=1)
    assert refused.value.code == "no_original"
    with pytest.raises(InputError):
        retry(work, silent, batch=77)


def test_books_that_do_not_balance_say_so(work):
    """Rows that are gone from the archive, or were never loaded, are noticed."""
    bring(work, plain_orders(0, 5))
    assert books(work, silent)["total"]["balanced"]
    work.store.execute("DELETE FROM header_row WHERE record = 2")
    found = books(work, silent)
    assert not found["total"]["balanced"] and found["imports"][0]["found"]["loaded"] == 4
    path = work.folder.landing / "batch-000001" / "accepted.parquet"
    duckdb.connect().execute("SELECT * FROM read_parquet(?) WHERE record > 2", [str(path)]).fetchall()
    assert found["imports"][0]["found"]["accepted"] == 5


def test_contracts_read_back_equal_and_refuse_what_is_wrong():
    """YAML and what is stored say the same contract; a mistake is named with its line."""
    [contract] = read_contracts(CONTRACT, "c.yaml")
    assert read_contracts(write_contract(contract), "again") == [contract] == [contract_from_json(contract_to_json(contract))]
    assert contract.rejects("total", "range") and not contract.rejects("delivery", "range")
    assert not contract.with_breach("warn").rejects("total", "range")
    assert Contract("s", "orders", fields={"a": FieldRules(required=True)}).fields["a"].required
    for wrong, code in (
        ("a: 1", "unknown_key"),
        ("source: s", "bad_contract"),
        ("source: s\nkind: orders\nfields: {a: {type: colour}}", "bad_contract"),
        ("source: s\nkind: orders\nfields: {a: {range: [5, 1]}}", "bad_contract"),
        ("source: s\nkind: orders\nfields: {a: {range: [1, today]}}", "bad_contract"),
        ("source: s\nkind: orders\nfields: {a: {range: [.nan, 1]}}", "bad_contract"),
        ("source: s\nkind: orders\nfields: {a: {allowed: []}}", "bad_contract"),
        ("source: s\nkind: orders\nfields: {a: {warn: [size]}}", "bad_contract"),
        ("source: s\nkind: orders\nbreach: shout", "bad_contract"),
        ("source: [", "bad_yaml"),
    ):
        with pytest.raises(InputError) as refused:
            read_contracts(wrong, "c.yaml")
        assert refused.value.code == code and "c.yaml" in str(refused.value.place)


def test_contracts_are_versions(work):
    """The same again is no new version; what names a kind of file that is none is refused."""
    apply_contracts(work, silent, files={"c.yaml": CONTRACT})
    assert apply_contracts(work, silent, files={"c.yaml": CONTRACT})["plan"][0]["change"] == "same"
    assert apply_contracts(work, silent, files={"c.yaml": CONTRACT.replace("1000", "50")}, dry_run=True)["plan"][0]["change"] == "changed"
    assert contracts(work, silent)["contracts"][0]["version"] == 1
    assert edit_contract(work, silent, source="shop", kind="orders", breach="warn")["version"] == 2
    with pytest.raises(InputError) as refused:
        apply_contracts(work, silent, files={"c.yaml": CONTRACT.replace("kind: orders", "kind: order")})
    assert refused.value.code == "unknown_kind"
    with pytest.raises(InputError) as refused:
        edit_contract(work, silent, source="shop", kind="orders", rules={"total:rage": "warn"})
    assert refused.value.code == "unknown_rule" and "total:range" in refused.value.hint
    with pytest.raises(InputError) as refused:
        learn_contract(work, silent, source="shop", kind="orders")
    assert refused.value.code == "nothing_to_learn_from"
