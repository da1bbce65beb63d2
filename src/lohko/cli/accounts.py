"""The command about companies."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lohko.cli.app import AsOf, JsonOption, WorkspaceOption, app, call, print_table, show

_FIGURES = (
    ("Contacts", "contacts"), ("Open", "open_deals"), ("Open value", "open_deal_value"), ("Won", "won_deals"), ("Won value", "won_value"),
    ("Lost", "lost_deals"), ("Lost value", "lost_value"), ("Last deal", "last_deal"), ("Orders", "orders"), ("Revenue", "revenue"),
)  # fmt: skip


@app.command()
def accounts(
    account: Annotated[
        str | None, typer.Argument(metavar="[ACCOUNT]", help="One account by its name or id, with everything; all when left out.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Sums by an attribute of accounts, such as industry.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many accounts.")] = 100,
    as_of: AsOf = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The companies: their deals, their people and what these bought, parents and subsidiaries."""
    found = call(workspace, "accounts", account=account, by=by, as_of=as_of, limit=limit)
    show(found, as_json, _show_one if account is not None else _show_groups if by is not None else _show_all)


def _show_all(found: dict[str, Any]) -> None:
    typer.echo(f"{found['accounts']:,} accounts; values in {found['currency']}")
    if found["rows"]:
        _table("Account", [(row["name"], row) for row in found["rows"]], parent=True)


def _show_groups(found: dict[str, Any]) -> None:
    _table(found["by"], [(f"{row['value'] or '(none)'} ({row['accounts']})", row) for row in found["groups"]])


def _table(first: str, rows: list[tuple[str, dict[str, Any]]], *, parent: bool = False) -> None:
    titles = [(first, False), *((title, True) for title, _name in _FIGURES), *([("Parent", False)] if parent else [])]
    print_table(
        titles,
        [[name, *(_number(row[item]) for _title, item in _FIGURES), *([row["parent"] or ""] if parent else [])] for name, row in rows],
    )


def _number(value: Any) -> str:
    if value is None:
        return "not told"
    if value is None:
        return ""
    if isinstance(value, str) and "T" in value:
        return value[:10]
    return f"{value:,}" if isinstance(value, int) else f"{float(value):,.2f}"


def _show_one(found: dict[str, Any]) -> None:
    one = found["account"]
    typer.echo(one["name"] + (f", a part of {one['parent']}" if one["parent"] else ""))
    for name, value in one["attributes"].items():
        typer.echo(f"  {name}: {value}")
    for kind, values in one["known_by"].items():
        typer.echo(f"  known by {kind.replace('_', ' ')}: {', '.join(values)}")
    rows = [("alone", one), *((child["name"], child) for child in one["subsidiaries"])]
    _table("", [*rows, ("together", one["with_subsidiaries"])] if one["subsidiaries"] else rows)
    if one["deals"]:
        titles = (("Deal", False), ("Status", False), ("Stage", False), ("Value", True), ("Product", False), ("Since", False))
        print_table(titles, [[deal[name] or "" for name in ("deal", "status", "stage", "value", "product", "at")] for deal in one["deals"]])
    if one["people"]:
        typer.echo("Contacts: " + ", ".join(item["customer"] for item in one["people"]))
