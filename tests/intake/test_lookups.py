"""Asking over HTTP who is in which segment: what a server's key is told, what a page is told by its visitor's token, and what neither is."""

from __future__ import annotations

import base64
import hmac
import io
import json
import time

import pytest
from starlette.testclient import TestClient

from intake.posting import SETTINGS
from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.intake import looking
from lohko.intake.app import create_intake
from lohko.intake.committing import Committer
from lohko.intake.gate import Gate
from lohko.intake.looking import Looking, Rates
from lohko.landing.inbox import Writer
from lohko.state.workspace import create
from lohko.steps.ingest import ingest
from lohko.steps.keys import key_add, key_revoke
from lohko.steps.publish import publish
from lohko.steps.refresh import refresh
from lohko.steps.segments import apply
from lohko.steps.users import user_add, user_disable
from lohko.steps.work import silent
from lohko.steps.write_keys import event_key_add, event_key_origins, event_key_revoke, event_key_token
from lohko.web.app import create_app
from lohko.wiring import open_work

SHOP, OTHER = "https://shop.example.fi", "https://other.example.fi"
CUSTOMERS = "customer_id,email,city,updated_at\n1,aino@example.fi,Turku,2026-01-01\n2,eino@example.fi,Oulu,2026-01-01\na/b:c,c@example.fi,Oulu,2026-01-01\n"
SEGMENTS = """
- {id: turku, where: 'city is "Turku"', in_shop: true}
- {id: oulu, where: 'city is "Oulu"', in_shop: true}
- {id: everyone, where: 'email is known'}
"""


class Shop:
    """A workspace whose segments are published, and what answers look-ups for it."""

    def __init__(self, folder, rates=None):
        create(folder, SETTINGS)
        self.opened = open_work(folder, silent)
        self.work = work = self.opened.__enter__()
        ingest(work, silent, stream=io.BytesIO(CUSTOMERS.encode()), name="c.csv", kind="customers", source="web")
        apply(work, silent, files={"a.yaml": SEGMENTS})
        self.key = key_add(work, silent, name="shop", scopes=["lookup"])["key"]
        self.server = event_key_add(work, silent, source="web", kind="server")["key"]
        self.public = event_key_add(work, silent, source="web", kind="public")["key"]
        self.secret = event_key_token(work, silent, key=self.public)["visitor_secret"].encode()
        event_key_origins(work, silent, key=self.public, sites=[SHOP])
        refresh(work, silent)
        publish(work)
        self.looking = Looking(work.folder, work.state, "FI", rates)
        self.gate = Gate(work.folder, work.state)
        self.client = TestClient(create_intake(self.gate, Committer(Writer(work.folder.inbox)), self.looking))

    def look(self):
        self.gate.look()
        self.looking.look()

    def ask(self, identifier, key=None, **more):
        return self.client.get(
            f"/api/v1/people/{identifier}/segments",
            headers={"authorization": f"Bearer {key or self.key}", **more.pop("headers", {})},
            **more,
        )

    def visit(self, token, key=None, site=SHOP, **more):
        headers = {"authorization": f"Bearer {token}", **({"origin": site} if site else {})}
        return self.client.get("/api/v1/visitor/segments", params={"key": key or self.public, **more}, headers=headers)


def signed(secret, user="1", *, seconds=3600, head=None, **more):
    """A token as ten lines of any language make it."""

    def part(body):
        return base64.urlsafe_b64encode(body).rstrip(b"=").decode()

    said = {"sub": user, "exp": int(now().timestamp()) + seconds, **more}
    text = f"{part(json.dumps(head or {'alg': 'HS256', 'typ': 'JWT'}).encode())}.{part(json.dumps(said).encode())}"
    return f"{text}.{part(hmac.digest(secret, text.encode(), 'sha256'))}"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    made = Shop(tmp_path_factory.mktemp("lookups") / "shop")
    with made.client:
        yield made
    made.opened.__exit__(None, None, None)


def test_a_server_is_told_who_is_in_which_segment_and_how_old_that_is(shop):
    answer = shop.ask("email:aino@example.fi")
    found = answer.json()
    assert answer.status_code == 200
    assert found.pop("age_seconds") >= 0
    assert found.pop("as_of") == shop.looking._served.head.as_of
    assert found == {
        "known": True,
        "segments": ["everyone", "turku"],
        "in_shop": ["turku"],
        "run": 1,
        "data_version": shop.work.data_version(),
    }
    assert answer.headers["cache-control"] == "no-store"


def test_nobody_being_found_is_no_error_and_has_the_same_shape(shop):
    known, unknown = shop.ask("user_id:1").json(), shop.ask("user_id:99").json()
    assert unknown.keys() == known.keys()
    assert (unknown["known"], unknown["segments"], unknown["in_shop"]) == (False, [], [])


@pytest.mark.parametrize("identifier", ["user_id:a/b:c", "user_id:a%2Fb%3Ac", "user_id:a%2Fb:c?source=web"])
def test_a_number_may_hold_any_sign(shop, identifier):
    path, _, query = identifier.partition("?")
    assert shop.ask(path, params=dict([query.split("=")]) if query else {}).json()["segments"] == ["everyone", "oulu"]


def test_a_public_id_of_a_person_is_an_identifier_too(shop):
    ids = dict(shop.work.store.cursor().execute("SELECT label, person_id FROM person").fetchall())
    assert shop.ask(f"person_id:{ids['1']}").json()["segments"] == ["everyone", "turku"]


@pytest.mark.parametrize("identifier", ["aino@example.fi", "mail:x", "email:", "email:" + "a" * 400])
def test_an_identifier_says_what_it_is(shop, identifier):
    answer = shop.ask(identifier)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_identifier")


def test_no_other_key_reads_anything(shop):
    """Neither a write key, nor a program's key without the scope, nor none; nor the key itself once it is in a page."""
    reading = key_add(shop.work, silent, name="reads", scopes=["read", "people", "write", "rights"])["key"]
    shop.look()
    for key in (shop.server, shop.public, reading, "nonsense"):
        answer = shop.ask("user_id:1", key)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "bad_key")
    assert shop.client.get("/api/v1/people/user_id:1/segments").status_code == 401
    assert shop.ask("user_id:1", headers={"origin": SHOP}).status_code == 403


def test_a_key_that_is_revoked_or_whose_owner_may_not_any_more_is_refused(shop):
    user_add(shop.work, silent, email="boss@example.fi", name="Boss", role="admin")
    user_add(shop.work, silent, email="anna@example.fi", name="Anna", role="marketer")
    user_add(shop.work, silent, email="ville@example.fi", name="Ville", role="viewer")
    annas, villes, mine = (
        key_add(shop.work, silent, name="k", scopes=["lookup"], user=user)["key"] for user in ("anna@example.fi", "ville@example.fi", None)
    )
    shop.look()
    assert [shop.ask("user_id:1", key).status_code for key in (annas, villes, mine)] == [200, 401, 200]
    user_disable(shop.work, silent, user="anna@example.fi")
    key_revoke(shop.work, silent, key=mine)
    shop.look()
    assert [shop.ask("user_id:1", key).status_code for key in (annas, mine)] == [401, 401]


def test_a_page_is_told_only_what_may_be_shown_and_only_of_its_visitor(shop):
    answer = shop.visit(signed(shop.secret))
    assert answer.status_code == 200
    assert answer.json().keys() == {"segments", "as_of", "age_seconds", "run", "data_version"}
    assert answer.json()["segments"] == ["turku"]
    assert (answer.headers["access-control-allow-origin"], answer.headers["vary"]) == (SHOP, "origin")
    assert shop.visit(signed(shop.secret, "2")).json()["segments"] == ["oulu"]
    assert shop.visit(signed(shop.secret, "99")).json()["segments"] == []
    assert shop.visit(signed(shop.secret), site=None).status_code == 200


def test_a_token_names_its_person_and_no_other(shop):
    """Whoever changes a letter of it has none; and an address in it is no customer's number."""
    token = signed(shop.secret, "1")
    head, _, sign = token.split(".")
    other = signed(shop.secret, "2").split(".")[1]
    assert shop.visit(f"{head}.{other}.{sign}").status_code == 401
    assert shop.visit(token, sub="2", identifier="user_id:2").json()["segments"] == ["turku"]
    assert shop.visit(signed(shop.secret, "eino@example.fi")).json()["segments"] == []


def test_forged_expired_and_endless_tokens_are_refused(shop, tmp_path):
    with open_work(_another(tmp_path), silent) as other:
        public = event_key_add(other, silent, source="web", kind="public")["key"]
        theirs = event_key_token(other, silent, key=public)["visitor_secret"].encode()
    cases = {
        "forged": signed(b"guessed"),
        "of another workspace": signed(theirs),
        "expired": signed(shop.secret, seconds=-1),
        "endless": signed(shop.secret, seconds=3 * 86400),
        "unsigned": signed(shop.secret, head={"alg": "none"}).rpartition(".")[0] + ".",
        "without a person": signed(shop.secret, ""),
        "of a number": signed(shop.secret, 1),
        "no token": "x",
    }
    for what, token in cases.items():
        answer = shop.visit(token)
        assert (what, answer.status_code) == (what, 401)
        assert answer.headers["access-control-allow-origin"] == SHOP  # so that the page can read why
    assert shop.visit(signed(shop.secret), key=public).status_code == 401
    assert shop.visit(signed(shop.secret), key=shop.server, site=None).status_code == 401


def _another(tmp_path):
    create(tmp_path / "other", SETTINGS)
    return tmp_path / "other"


def test_only_pages_of_the_sites_allowed_may_ask(shop):
    answer = shop.visit(signed(shop.secret), site=OTHER)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "other_site")
    assert "access-control-allow-origin" not in answer.headers
    ways = {
        site: shop.client.options("/api/v1/visitor/segments", params={"key": shop.public}, headers={"origin": site})
        for site in (SHOP, OTHER)
    }
    assert ways[SHOP].headers["access-control-allow-headers"] == "authorization"
    assert "access-control-allow-headers" not in ways[OTHER].headers
    for site in ("http://shop.example.fi", "shop.example.fi", "https://shop.example.fi/path", "*"):
        with pytest.raises(InputError, match="no site"):
            event_key_origins(shop.work, silent, key=shop.public, sites=[site])
    with pytest.raises(InputError, match="secret"):
        event_key_origins(shop.work, silent, key=shop.server, sites=[SHOP])


def test_a_public_key_that_is_revoked_tells_nothing(shop):
    public = event_key_add(shop.work, silent, source="web", kind="public")["key"]
    secret = event_key_token(shop.work, silent, key=public)["visitor_secret"].encode()
    event_key_origins(shop.work, silent, key=public, sites=[SHOP])
    shop.look()
    assert shop.visit(signed(secret), key=public).status_code == 200
    assert shop.visit(signed(shop.secret), key=public).status_code == 401
    event_key_revoke(shop.work, silent, key=public)
    shop.look()
    assert shop.visit(signed(secret), key=public).status_code == 401


def test_who_asks_too_often_is_told_to_wait(tmp_path):
    made = Shop(tmp_path / "shop", Rates(of_key=3, of_visitor=2))
    with made.client:
        answers = [made.ask("user_id:1") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert (answers[-1].headers["retry-after"], answers[-1].json()["error"]["code"]) == ("5", "too_often")
        assert [made.visit(signed(made.secret)).status_code for _ in range(3)] == [200, 200, 429]
    made.opened.__exit__(None, None, None)


def test_before_anything_is_published_nobody_is_known(tmp_path):
    create(tmp_path / "shop", SETTINGS)
    with open_work(tmp_path / "shop", silent) as work:
        key_add(work, silent, name="shop", scopes=["lookup"])
        looking = Looking(work.folder, work.state, "FI")
        assert looking.answer("email", "a@example.fi").head is None
        publish(work)
        looking.look()
        found = looking.answer("email", "a@example.fi")
        assert (found.known, found.segments, found.head.as_of) == (False, [], None)
        looking.close()


def test_the_server_publishes_by_itself(tmp_path):
    """Whoever moves, by whatever command, is answered anew without anybody asking for it."""
    made = Shop(tmp_path / "shop")
    with made.client, TestClient(create_app(made.work), base_url="http://127.0.0.1"):
        text = "customer_id,city,updated_at\n2,Turku,2026-05-01\n"
        ingest(made.work, silent, stream=io.BytesIO(text.encode()), name="d.csv", kind="customers", source="web")
        refresh(made.work, silent)
        until = time.monotonic() + 60
        while made.ask("user_id:2").json()["in_shop"] != ["turku"]:
            assert time.monotonic() < until
            time.sleep(0.05)
    made.opened.__exit__(None, None, None)


def test_nothing_is_told_when_what_is_published_could_not_be_read_for_some_seconds(shop, monkeypatch):
    """Somebody may have been erased meanwhile."""
    assert shop.ask("user_id:1").status_code == 200
    monkeypatch.setattr(looking, "BLIND_SECONDS", -1.0)
    answer = shop.ask("user_id:1")
    assert (answer.status_code, answer.json()["error"]["code"], answer.headers["retry-after"]) == (503, "not_current", "5")
