"""Those who use the shop in the tests: how each asks, by a session or a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.testclient import TestClient

from lohko.model.roles import ROLES
from lohko.state import keys, users
from lohko.steps.work import Work
from web.small_shop import ADDRESS

PASSWORD = "tuulinen viikate neljä lammasta"
NAMES = {"viewer": "Vilma", "marketer": "Marko", "analyst": "Anu", "steward": "Taina", "admin": "Aatu"}
PAGE = {"accept": "text/html", "origin": ADDRESS, "sec-fetch-site": "same-origin"}
"""What a browser says that sends from one of the app's pages."""


@dataclass(frozen=True)
class Doors:
    """The app as everyone comes to it."""

    client: TestClient
    sessions: dict[str, str]
    keys: dict[str, str]

    def by(self, role: str, method: str, path: str, **more: Any) -> Any:
        """The answer to somebody of a role."""
        self.client.cookies.clear()
        headers = PAGE | {"cookie": f"lohko_session={self.sessions[role]}"} | more.pop("headers", {})
        return self.client.request(method, path, headers=headers, follow_redirects=False, **more)

    def by_key(self, scopes: str, method: str, path: str, **more: Any) -> Any:
        """The answer to a program whose key has these scopes (`read`, `read people` ...) and belongs to the admin."""
        self.client.cookies.clear()
        headers = {"authorization": f"Bearer {self.keys[scopes]}"} | more.pop("headers", {})
        return self.client.request(method, path, headers=headers, follow_redirects=False, **more)

    def by_nobody(self, method: str, path: str, **more: Any) -> Any:
        """The answer to somebody who is not signed in."""
        self.client.cookies.clear()
        return self.client.request(method, path, headers=more.pop("headers", PAGE), follow_redirects=False, **more)


def add_one_of_each(work: Work, kept: str | None = None) -> None:
    """Add a user of every role, the admin first, with a password as it is kept."""
    with work.state.begin() as connection:
        for role in ("admin", *(role for role in ROLES if role != "admin")):
            users.add(connection, f"{role}@shop.fi", NAMES[role], role, kept)


def open_doors(work: Work, client: TestClient) -> Doors:
    sessions, made = {}, {}
    with work.state.begin() as connection:
        for role in ROLES:
            found = users.by_email(connection, f"{role}@shop.fi")
            assert found is not None
            sessions[role] = users.sign_in(connection, found.id)
        admin = users.find(connection, "admin@shop.fi").id
        for scopes in ("read", "read people", "read write", "rights"):
            made[scopes], _ = keys.add(connection, scopes, scopes.split(), admin, None)
    return Doors(client, sessions, made)
