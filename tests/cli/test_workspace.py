"""The road of the data through the commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commanding import command


def lohko(*arguments: str, workspace: Path | None = None, status: int = 0) -> str:
    where = ["--workspace", str(workspace)] if workspace else []
    done = command(*arguments, *where)
    assert done.status == status, done.stderr
    return done.stdout if status == 0 else done.stderr


@pytest.fixture
def shop(tmp_path) -> Path:
    folder = tmp_path / "shop"
    lohko("init", str(folder))
    return folder


def load(shop: Path, text: str, kind: str = "order-lines", *more: str) -> dict:
    file = shop.parent / "file.csv"
    file.write_text(text, encoding="utf-8")
    return json.loads(lohko("import", str(file), "--as", kind, "--json", *more, workspace=shop))


def counted(shop: Path, rule: str, as_of: str = "2026-01-01") -> int:
    return json.loads(lohko("count", rule, "--as-of", as_of, "--json", workspace=shop))["count"]


HEAD = "customer_id,order_id,ordered_at,product_id,quantity,unit_price,country\n"
JANUARY = HEAD + "ann,1,2025-01-05,P1,1,10,FI\nann,1,2025-01-05,P1,1,10,FI\nbo,2,2025-01-06,P2,2,5,SE\n"
JUNE = JANUARY + "ann,3,2025-06-05,P3,1,30,Suomi\nbo,4,2025-06-06,P2,-1,5,SE\n,5,2025-06-06,P2,1,5,SE\n"


def test_overlapping_exports_add_nothing_twice_and_equal_lines_in_one_file_stay(shop):
    """January, then January to June, then January to June in another order: the books balance each time."""
    first = load(shop, JANUARY)
    assert (first["accepted"], first["duplicate"], first["new_customers"]) == (3, 0, 2)
    second = load(shop, JUNE)
    assert (second["accepted"], second["duplicate"], second["anonymous"], second["refunds"]) == (3, 3, 1, 1)
    turned = JUNE.splitlines()
    third = load(shop, "\n".join([turned[0], *reversed(turned[1:])]) + "\n")
    assert (third["accepted"], third["duplicate"]) == (0, 6)
    again = load(shop, JUNE)
    assert again["already_imported"] and again["received"] == again["duplicate"] == 6
    assert counted(shop, "sum of total of order is 50") == 1
    assert counted(shop, "did refund") == 1


def test_a_corrected_export_replaces_the_rows_of_its_orders(shop):
    """With --replace the earlier rows of the file's orders go."""
    load(shop, JANUARY)
    load(shop, HEAD + "ann,1,2025-01-05,P1,1,7,FI\n", "order-lines", "--replace")
    assert counted(shop, "sum of total of order is 7") == 1


def test_countries_are_one_value_in_every_language_and_have_a_past(shop):
    """FI, Suomi and Finland are the same, and were not yet known before the first order."""
    load(shop, JUNE)
    assert counted(shop, "country is Finland") == counted(shop, "country is FI") == 1
    assert counted(shop, "country is Finland", "2025-01-05") == 0
    assert counted(shop, "country is not Finland") == 1


def test_a_list_of_customers_holds_for_all_time_until_it_changes(shop):
    """The first value of a source without times is assumed for earlier instants too; a blank later ends it."""
    load(shop, "Asiakasnumero;Kaupunki;Sähköpostilupa\n1;Turku;kyllä\n2;Oulu;ei\n", "customers")
    assert counted(shop, "city is Turku", "2020-01-01") == 1
    load(shop, "Asiakasnumero;Kaupunki;Sähköpostilupa\n1;;kyllä\n2;Oulu;ei\n", "customers")
    assert counted(shop, "city is Turku", "2020-01-01") == 1
    assert counted(shop, "city is known", "2099-01-01") == 1


def test_events_have_properties_and_repeat_by_their_message_id(shop):
    """The same message again is a repeat; the same id with another body is kept aside and counted."""
    head = "customer_id,event,at,message_id,brand\n"
    first = load(shop, head + "1,product_view,2025-01-01 10:00,m1,Nokia\n2,email_opened,2025-01-01 10:00,m2,\n", "events")
    assert first["accepted"] == 2
    second = load(shop, head + "1,product_view,2025-01-01 10:00,m1,Nokia\n1,product_view,2025-01-02 10:00,m2,Nokia\n", "events")
    assert (second["duplicate"], second["rejected_by_reason"]) == (1, {"changed_message": 1})
    assert counted(shop, "did product_views where brand is nokia") == 1


def test_a_rebuild_makes_the_same_store(shop):
    """People, keys and hashes come back from the archive and the state."""
    load(shop, JANUARY)
    load(shop, JUNE)
    load(shop, "customer_id,city\nann,Turku\n", "customers")
    assert json.loads(lohko("rebuild", "--json", workspace=shop))["changed"] == []


def test_a_store_that_will_not_open_is_moved_aside_and_made_again(shop):
    """Nothing in the store is the only copy."""
    load(shop, JUNE)
    (shop / "engine.duckdb").write_bytes(b"not a database" * 1000)
    assert counted(shop, "did order") == 2
    assert len(list((shop / "broken").iterdir())) == 1
    (shop / "engine.duckdb").unlink()
    assert counted(shop, "did order") == 2


def test_a_damaged_archive_is_said_and_not_loaded(shop):
    """A changed file of the log stops a rebuild with status 3."""
    load(shop, JANUARY)
    file = shop / "landing" / "batch-000001" / "accepted.parquet"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert "has changed" in lohko("rebuild", workspace=shop, status=3)


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("count", "did ordr"), 2, "No event is called"),
        (("count", "did ("), 2, "Expected a name"),
        (("import", "missing.csv", "--as", "orders"), 2, "no such file"),
        (("rfm", "--refunds", "maybe"), 2, "net takes them off"),
        (("count", "did order", "--as-of", "tomorrow"), 2, "not a date"),
        (("nonsense",), 2, "No such command"),
    ],
)
def test_what_is_wrong_is_said_with_exit_status_2(shop, arguments, status, says):
    """A sentence that says what, where and what to do; never a traceback."""
    assert says in lohko(*arguments, workspace=shop if arguments[0] != "nonsense" else None, status=status)


def test_no_workspace_is_exit_status_3(tmp_path):
    """A folder that is no workspace is said, with what to do."""
    assert "lohko init" in lohko("status", workspace=tmp_path, status=3)


def test_the_public_shop_data_agrees_with_published_figures(tmp_path, online_retail):
    """RFM of Online Retail at 2011-12-10: sums, means and single customers as published; the CSV adds nothing."""
    shop = tmp_path / "retail"
    lohko("init", str(shop), "--currency", "GBP", "--timezone", "Europe/London", "--country", "GB")
    named = "customer_id=CustomerID,order_id=InvoiceNo,ordered_at=InvoiceDate,product_id=StockCode,product_name=Description,quantity=Quantity,unit_price=UnitPrice,country=Country"
    found = json.loads(
        lohko("import", str(online_retail / "online_retail.parquet"), "--as", "order-lines", "--map", named, "--json", workspace=shop)
    )
    assert (found["received"], found["rejected"], found["customers"]) == (541_909, 0, 4372)
    assert found["used"] + found["refunds"] + found["anonymous"] == 541_909
    again = json.loads(
        lohko("import", str(online_retail / "online_retail.csv.gz"), "--as", "order-lines", "--map", named, "--json", workspace=shop)
    )
    assert (again["accepted"], again["duplicate"]) == (0, 541_909)
    body = json.loads(lohko("rfm", "--as-of", "2011-12-10", "--refunds", "ignore", "--json", workspace=shop))
    by_id = {row["customer"]: row for row in body["customers"]}
    assert [by_id["12347"][key] for key in ("recency_days", "frequency", "monetary")] == [2, 7, 4310.0]
    assert [by_id["12346"][key] for key in ("recency_days", "frequency", "monetary")] == [325, 1, 77183.6]
    buyers = [row for row in body["customers"] if row["frequency"]]
    assert len(buyers) == body["buyers"] == 4338
    means = [sum(row[key] for row in buyers) / len(buyers) for key in ("recency_days", "frequency", "monetary")]
    assert [round(mean, 3) for mean in means] == [92.059, 4.272, 2054.266]


def test_saved_segments_are_applied_sized_listed_and_given_back(shop):
    """Apply, sizes, members, export, apply again: the same definitions, and the second time nothing changes."""
    load(shop, JUNE)
    file = shop.parent / "segments.yaml"
    file.write_text(
        "- id: buyers\n  title: {en: Buyers, fi: Ostajat}\n  where: did order\n- id: finns\n  where: in segment buyers and country is Suomi\n"
    )
    plan = json.loads(lohko("apply", str(file), "--json", workspace=shop))["plan"]
    assert [item["change"] for item in plan] == ["new", "new"]
    sizes = json.loads(lohko("segments", "--as-of", "2026-01-01", "--json", workspace=shop))["segments"]
    assert {item["id"]: item["size"] for item in sizes} == {"buyers": 2, "finns": 1}
    assert lohko("members", "finns", "--as-of", "2026-01-01", workspace=shop).splitlines()[1].startswith("ann,")
    assert counted(shop, "is not in segment finns") == 1
    lohko("export", str(shop.parent / "out"), workspace=shop)
    again = json.loads(lohko("apply", str(shop.parent / "out"), "--json", workspace=shop))["plan"]
    assert {item["change"] for item in again} == {"same"}
    file.write_text("id: bad\nwhere: did ordr\n")
    assert "did you mean order" in lohko("apply", str(file), workspace=shop, status=2)
    assert "new" in lohko("apply", "--starter", workspace=shop)


def test_an_audience_file_holds_only_people_who_consented(shop):
    """The funnel counts those left out; a withdrawal is not undone by a later grant without a date; mode 0600."""
    head = "Asiakasnumero;Sähköposti;Puhelin;Etunimi;Sukunimi;Postinumero;Maa;Mainontalupa\n"
    people = "1;a@example.fi;040 123 4567;Maija;Mäkinen;00100;FI;kyllä\n2;b@example.fi;;;;;FI;ei\n3;;;;;;FI;kyllä\n4;d@example.fi;;;;;FI;1.9.2025\n"
    load(shop, head + people, "customers")
    load(shop, head + people.replace("FI;ei", "FI;kyllä"), "customers")
    rules = shop.parent / "s.yaml"
    rules.write_text("id: all\nwhere: country is Finland\n")
    lohko("apply", str(rules), workspace=shop)
    target = shop.parent / "audience.csv"
    found = json.loads(lohko("audience", "all", "--to", "google-ads", "-o", str(target), "--json", workspace=shop))
    assert [found[key] for key in ("members", "with_identifiers", "consented", "written", "enough")] == [4, 3, 2, 2, False]
    lines = target.read_text().splitlines()
    assert lines[0] == "Email,Phone,First Name,Last Name,Country,Zip"
    assert len(lines) == 3 and any("d41d2f7475d7d4953ac320c5556699d055035af91aa09844f48f925ec450d744" in line for line in lines)
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_personal_identity_code_in_a_files_name_is_masked_too(shop):
    """Nothing that is kept holds it: not the register, not the archive."""
    file = shop.parent / "tilaukset 131052-308T.csv"
    file.write_text(JANUARY, encoding="utf-8")
    found = json.loads(lohko("import", str(file), "--as", "order-lines", "--json", workspace=shop))
    assert found["file"] == "tilaukset 131052*****.csv"
    assert not [item for item in shop.rglob("*") if item.is_file() and b"131052-308T" in item.read_bytes()]


def test_rfm_has_one_row_per_customer_in_every_format(shop):
    """Table, CSV and JSON say the same of each customer; without a format only the groups are shown."""
    load(shop, JUNE)
    asked = ("rfm", "--as-of", "2026-01-01")
    csv_lines = lohko(*asked, "--format", "csv", workspace=shop).splitlines()
    assert csv_lines[0] == "customer,recency_days,frequency,monetary,r,f,m,group"
    assert csv_lines[1:] == ["ann,210,2,50.00,3,3,3,Potential Loyalist", "bo,360,1,5.00,1,1,1,Lost"]
    table = lohko(*asked, "--format", "table", workspace=shop).splitlines()
    assert [line.strip().split(None, 7) for line in table] == [line.split(",") for line in csv_lines]
    body = json.loads(lohko(*asked, "--format", "json", workspace=shop))
    assert [(row["customer"], row["monetary"]) for row in body["customers"]] == [("ann", 50.0), ("bo", 5.0)]
    assert "Mestarit" in lohko(*asked, workspace=shop)


def test_a_day_on_the_command_line_is_one_of_the_workspaces_clock(tmp_path):
    """Half past midnight in Helsinki is still the day before in UTC."""
    assert command("init", str(tmp_path / "ws")).status == 0
    people = tmp_path / "people.csv"
    people.write_text("customer_id,city,updated_at\n1,Oulu,2026-02-01 00:30\n")
    assert command("import", str(people), "--as", "customers", "--workspace", str(tmp_path / "ws")).status == 0
    assert "Oulu   2026-02-01" in command("person", "show", "1", "--workspace", str(tmp_path / "ws")).stdout


def test_what_data_says_between_colons_is_no_picture(shop, tmp_path):
    """`:email:` is a sign to who draws tables, and part of a reason here."""
    lohko("import", str(_written(tmp_path, "customer_id,email,city\n1,a@x.fi,:key:\n")), "--as", "customers", workspace=shop)
    contract = tmp_path / "contract.yaml"
    contract.write_text("source: shop\nkind: customers\nbreach: reject\nfields:\n  email: {required: true}\n")
    lohko("contract", "apply", str(contract), workspace=shop)
    lohko("import", str(_written(tmp_path, "customer_id,email,city\n2,,:key:\n")), "--as", "customers", workspace=shop)
    assert "contract:email:required" in lohko("rejected", workspace=shop)
    assert ":key:" in lohko("person", "show", "1", workspace=shop)


def test_a_column_of_its_own_is_told_by_the_name_that_rules_ask_for(shop, tmp_path):
    """Beside its header, where that is another: the name of an RFM figure is taken, capitals and spaces are no part of a name, and an empty column is none."""
    file = _written(tmp_path, "customer_id,frequency,Lisä tieto,size,blank\n1,7,hei,XL,\n")
    for _again in range(2):
        said = lohko("import", str(file), "--as", "customers", workspace=shop)
        assert "Kept under their own names: frequency_given = frequency, lisä_tieto = Lisä tieto, size, blank (empty)" in said
    for name, value in {"frequency_given": "7", "lisä_tieto": "hei", "size": "XL"}.items():
        assert counted(shop, f"{name} is {value}", "2027-01-01") == 1


def _written(folder: Path, text: str) -> Path:
    (folder / "rows.csv").write_text(text, encoding="utf-8")
    return folder / "rows.csv"


def test_an_audience_says_who_was_left_out_and_why(shop, tmp_path):
    load(
        shop,
        "customer_id,email,birthday,consent_ads\n1,a@x.fi,1980-01-01,yes\n2,b@x.fi,2024-01-01,yes\n3,c@x.fi,1980-01-01,yes\n",
        "customers",
    )
    rule = tmp_path / "all.yaml"
    rule.write_text("id: all\nwhere: birthday is known\n", encoding="utf-8")
    lohko("apply", str(rule), workspace=shop)
    lohko("person", "object", "3", workspace=shop)

    said = lohko("audience", "all", "--to", "meta", "-o", str(tmp_path / "a.csv"), workspace=shop)

    assert "1  left out: marketing is prohibited to them" in said
    assert "1  left out: too young" in said


def test_what_did_not_fit_its_column_is_said_when_a_file_comes_in(shop, tmp_path):
    """A Y-tunnus with a wrong check digit: the company comes in without it, and whoever imports is told."""
    file = tmp_path / "companies.csv"
    file.write_text("Company name,Business ID\nKahvila Oy,0737546-2\nPaha Oy,1234567-9\n", encoding="utf-8")

    assert "1  came in without Business ID: what stood there does not fit" in lohko("import", str(file), "--as", "accounts", workspace=shop)
