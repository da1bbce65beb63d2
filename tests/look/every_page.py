"""Every page of the app by a name of its own: its route, and an address behind which there is something to see.

A new page gets a row here, and a picture with a sentence in docs/guide/pages.md; tests
fail until it has both. `{...}` in an address is what `shown_shop.reached` made.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page as somebody comes to it."""

    route: str
    address: str
    status: int = 200
    signed_in: bool = True
    empty: bool = False
    """Looked at in a workspace in which there is nothing yet."""


PAGES: dict[str, Page] = {
    "welcome": Page("/", "/", empty=True),
    "guide-begin": Page("/guide", "/guide", empty=True),
    "overview": Page("/", "/"),
    "guide": Page("/guide", "/guide"),
    "management": Page("/management", "/management"),
    "sales": Page("/sales", "/sales"),
    "service": Page("/service", "/service"),
    "segments": Page("/segments", "/segments"),
    "segment": Page("/segments/{segment}", "/segments/frequent"),
    "segment-people": Page("/segments/{segment}", "/segments/frequent?view=people"),
    "segment-movement": Page("/segments/{segment}", "/segments/frequent?view=movement"),
    "segment-overlap": Page("/segments/{segment}", "/segments/frequent?view=overlap&with=active&with=email-engaged"),
    "segment-members": Page("/segments/{segment}/members", "/segments/frequent/members"),
    "segment-audience": Page("/segments/{segment}/audience", "/segments/frequent/audience"),
    "segment-about": Page("/segments/{segment}", "/segments/frequent?view=about"),
    "builder": Page("/builder", "/builder"),
    "builder-draft": Page("/builder/{draft}", "/builder/{draft}"),
    "builder-field": Page("/builder/{draft}/field", "/builder/{draft}/field?revision=0&name=city&card=parts.1.parts.0"),
    "builder-versions": Page("/builder/versions/{segment}", "/builder/versions/frequent"),
    "customers": Page("/customers", "/customers?q=Virtanen"),
    "customer": Page("/customers/{person_id}", "/customers/{person}"),
    "customer-erase": Page("/customers/{person_id}/erase", "/customers/{person}/erase"),
    "customer-erased": Page("/erasures/{name}", "/erasures/{erasure}"),
    "explore": Page("/explore", "/explore"),
    "explore-distribution": Page("/explore/{way}", "/explore/distribution?attribute=city"),
    "explore-cross": Page("/explore/{way}", "/explore/cross"),
    "explore-cohorts": Page("/explore/{way}", "/explore/cohorts"),
    "explore-ways": Page("/explore/{way}", "/explore/paths"),
    "explore-trends": Page("/explore/{way}", "/explore/trend"),
    "reports": Page("/reports", "/reports"),
    "report-shared": Page("/shared/{secret}", "/shared/{shared}", signed_in=False),
    "live": Page("/live", "/live"),
    "sources": Page("/sources", "/sources"),
    "source": Page("/sources/{name}", "/sources/kassa"),
    "source-add": Page("/source-kinds/{kind}", "/source-kinds/woocommerce"),
    "import": Page("/import", "/import"),
    "import-columns": Page("/import/{name}", "/import/{columns}"),
    "import-done": Page("/import/{name}", "/import/{imported}"),
    "import-archive": Page("/import/{name}", "/import/{archive}"),
    "import-archive-done": Page("/import/{name}", "/import/{archive_imported}"),
    "rejected": Page("/imports/{batch}/rejected", "/imports/{rejected}/rejected"),
    "quality": Page("/quality", "/quality"),
    "quality-field": Page("/quality", "/quality?source=shop&attribute=birthday"),
    "contracts": Page("/contracts", "/contracts"),
    "contract": Page("/contracts/{source}/{kind}", "/contracts/shop/customers"),
    "review": Page("/review", "/review"),
    "survivorship": Page("/survivorship", "/survivorship"),
    "special-categories": Page("/special-categories", "/special-categories"),
    "waiting": Page("/jobs/{name}", "/jobs/{job}"),
    "users": Page("/users", "/users"),
    "account": Page("/account", "/account"),
    "changes": Page("/changes", "/changes"),
    "sign-in": Page("/sign-in", "/sign-in", signed_in=False),
    "invitation": Page("/invitation/{link}", "/invitation/{link}", signed_in=False),
    "components": Page("/components", "/components"),
    "not-found": Page("", "/nothing-here", status=404),
}

NO_PAGES = {
    "/health", "/lohko.js", "/sign-in/openid", "/sign-in/openid/back", "/sign-out/openid", "/overview/{name}.csv", "/overview/{name}.svg", "/management/{name}.csv", "/management/months.svg", "/sales/accounts.csv", "/sales/calls.csv", "/segments/{segment}/figures/{name}.csv", "/segments/{segment}/figures/{name}.svg",
    "/segments/{segment}/members.csv", "/segments/{segment}/members.xlsx", "/jobs/{name}/state", "/counting/{name}/state", "/import/{name}/state",
    "/builder/{draft}/panel/{name}", "/builder/{draft}/complete", "/explore/{way}/table.csv", "/explore/{way}/picture/{number}", "/reports/file", "/live/hours.csv", "/live/hours.svg", "/builder/{draft}/growth.csv", "/builder/{draft}/growth.svg",
}  # fmt: skip
"""What answers with a file, with JSON or with a part of a page; all under /api/ is JSON too."""
