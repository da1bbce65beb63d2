"""Commands about what is no person: products, and what advertising cost."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lohko.cli.app import AsOf, JsonOption, WorkspaceOption, app, call, print_table, show

_NUMBERS = ("days", "spend", "impressions", "clicks", "leads", "conversions", "conversion_value")


@app.command()
def products(as_of: AsOf = None, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The products that a file of products brought in, with cost and rate of VAT as they were."""
    show(call(workspace, "products", as_of=as_of), as_json, _show_products)


def _show_products(found: dict[str, Any]) -> None:
    titles = (("Source", False), ("Number", False), ("Name", False), ("Category", False), ("Brand", False), ("Cost", True), ("Price", True))
    rows = [
        [row["source"], row["sku"], *(row[name] or "" for name in ("name", "category", "brand")), _said(row["cost"]), _said(row["price"])]
        for row in found["products"]
    ]
    print_table((*titles, ("VAT %", True)), [[*row, _said(item["vat_rate"])] for row, item in zip(rows, found["products"], strict=True)])
    if (told := found["margin"]) is not None:
        typer.echo(
            f"Cost is known of {told['costed_lines']:,} of {told['lines']:,} order lines, and so of {told['costed_orders']:,} of {told['orders']:,} orders."
        )
        share = "" if told["margin_share"] is None else f" ({100 * told['margin_share']:.1f} %)"
        typer.echo(
            f"These orders left {told['margin']:,.2f}{share} of {told['costed_revenue']:,.2f} {found['currency']} net; all orders were {told['revenue']:,.2f}."
        )


@app.command("ad-spend")
def ad_spend(
    by: Annotated[str, typer.Option(help="Added up by platform, campaign, month or day.")] = "platform",
    since: Annotated[str | None, typer.Option(help="From this day, such as 2026-01-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this day, which is included.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What advertising cost and brought, from files of advertising costs."""
    show(call(workspace, "ad_spend", by=by, since=since, until=until), as_json, _show_spend)


def _show_spend(found: dict[str, Any]) -> None:
    titles = ((found["by"].capitalize(), False), *((name.replace("_", " ").capitalize(), True) for name in _NUMBERS))
    print_table(titles, [[row["group"], *(_said(row[name]) for name in _NUMBERS)] for row in found["rows"]])
    typer.echo(f"{found['spend']:,.2f} {found['currency']} in all")


def _said(value: float | None) -> str:
    return "" if value is None else f"{value:,.2f}".removesuffix(".00")
