"""Signing in by an OpenID provider that runs here: who comes in, as whom, and what is refused, kindly and with nothing left behind."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

pytest.importorskip("joserfc")

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from access.openid_provider import CLIENT, SECRET, Provider, providing
from access.people_who_use import PAGE, PASSWORD
from commanding import command
from lohko.base.clock import now
from lohko.base.errors import InputError
from lohko.state import users_openid as openid
from lohko.state.audit import entries
from lohko.state.user_tables import app_user, invitation, openid_link, session
from lohko.steps.openid import enter, openid_remove, openid_set, openid_show, openid_test, openid_unlink, provider_of
from lohko.steps.openid_provider import Identity
from lohko.steps.users import user_add, user_disable, user_list, user_role
from lohko.steps.work import Work, silent
from lohko.web.app import create_app
from lohko.web.error_words import ERRORS
from web.small_shop import ADDRESS, new_workspace, opened

ANU = {"sub": "anu-1", "email": "Anu@Shop.fi", "email_verified": True, "name": "Anu Aalto", "groups": ["crm", "all"]}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providing() as found:
        yield found


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    with opened(new_workspace(tmp_path_factory.mktemp("openid") / "shop")) as found:
        yield found


@pytest.fixture(scope="module")
def app(shop: Work) -> Any:
    return create_app(shop)


@pytest.fixture
def work(shop: Work, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Work:
    """With one admin and nobody else; the provider as it is at first."""
    monkeypatch.setenv("LOHKO_INTERNAL_HOSTS", urlsplit(provider.address).netloc)
    monkeypatch.setenv("LOHKO_OPENID_SECRET", SECRET)
    provider.reset(ANU)
    with shop.state.begin() as connection:
        for table in (openid_link, session, invitation, app_user):
            connection.execute(table.delete())
        openid.keep(connection, None)
    user_add(shop, silent, email="boss@shop.fi", role="admin", password=PASSWORD)
    return shop


@pytest.fixture
def browser(app: Any) -> Callable[[], TestClient]:
    """A browser on a machine of its own, so that its tries are its own too."""
    return lambda: TestClient(app, base_url=ADDRESS, client=(f"10.0.{next(_MACHINE)}.1", 50000), raise_server_exceptions=False)


_MACHINE = count()


Browser = Callable[[], TestClient]


def set_up(work: Work, provider: Provider, **more: Any) -> None:
    given = {
        "issuer": provider.address,
        "client_id": CLIENT,
        "secret": "env:LOHKO_OPENID_SECRET",
        "domains": ["shop.fi"],
        "name": f"Door {next(_MACHINE)}",
    } | more
    openid_set(work, silent, **given)


def go(client: TestClient, address: str, **more: Any) -> Any:
    return client.get(address, headers=PAGE, follow_redirects=False, **more)


def begin(client: TestClient, back: str = "/") -> dict[str, str]:
    """What the provider is asked for, when a browser follows the button."""
    answer = go(client, f"/sign-in/openid?next={back}")
    assert answer.status_code == 303, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def come(client: TestClient, provider: Provider, **other: str) -> Any:
    """Where one ends who signs in at the provider and comes back."""
    asked = begin(client)
    return go(client, "/sign-in/openid/back", params={"code": provider.code_for(asked), "state": asked["state"]} | other)


def why(answer: Any) -> str:
    """Why somebody was not let in, as the page where they end says it; they are not signed in."""
    assert answer.status_code == 303 and "lohko_session" not in str(answer.headers)
    to = urlsplit(answer.headers["location"])
    assert to.path == "/sign-in"
    return parse_qs(to.query)["why"][0]


def refusals(work: Work) -> int:
    with work.state.connect() as connection:
        return sum(item.action == "sign_in_refused" for item in entries(connection))


def last_note(work: Work, action: str) -> dict[str, Any]:
    with work.state.connect() as connection:
        return next(item.detail for item in reversed(entries(connection)) if item.action == action)


def test_the_way_there_is_a_code_with_pkce_state_and_nonce(work: Work, browser: Browser, provider: Provider) -> None:
    """Each of them new every time and of 256 bits or more; what comes back goes to this app's own address; the secret goes nowhere near a browser."""
    set_up(work, provider, name="Shop's own")
    client = browser()
    page = client.get("/sign-in", headers=PAGE)
    assert "Sign in with Shop&#39;s own" in page.text
    assert "Kirjaudu: Shop&#39;s own" in client.get("/sign-in?lang=fi", headers=PAGE).text
    first, second = begin(client), begin(client)
    answer = go(client, "/sign-in/openid")
    assert answer.headers["location"].startswith(f"{provider.address}/authorize?of=lohko&")
    assert first["response_type"] == "code" and first["client_id"] == CLIENT and first["code_challenge_method"] == "S256"
    assert set(first["scope"].split()) == {"openid", "email", "profile"}
    assert first["redirect_uri"] == "http://127.0.0.1:8000/sign-in/openid/back"
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name] and len(first[name]) >= 43
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/sign-in" in cookie
    assert SECRET not in answer.text + str(answer.headers) and "secret" not in page.text


def test_somebody_invited_comes_in_and_goes(work: Work, browser: Browser, provider: Provider) -> None:
    """As the user of their verified address; a session like that of a password; signing out offers to sign out there too."""
    set_up(work, provider)
    invitation = user_add(work, silent, email="anu@shop.fi", role="analyst")["invitation"]
    client = browser()
    asked = begin(client, "/segments")
    answer = go(client, "/sign-in/openid/back", params={"code": provider.code_for(asked), "state": asked["state"]})
    assert answer.status_code == 303 and answer.headers["location"] == "/segments"
    assert "HttpOnly" in answer.headers["set-cookie"] and "lohko_session=" in answer.headers["set-cookie"]
    account = client.get("/account", headers=PAGE).text
    assert "anu@shop.fi" in account and "Analyst" in account and 'action="/account/password"' not in account
    assert go(client, "/sign-in/openid").headers["location"] == "/"
    # no password of one's own making: who is shut out by the provider would still come in by it
    form = {"password": "kolme kuusta lahti", "again": "kolme kuusta lahti"}
    assert client.post("/account/password", data=form, headers=PAGE).status_code == 400
    assert client.get(f"/invitation/{invitation}", headers=PAGE).status_code == 400
    out = client.post("/sign-out", headers=PAGE, follow_redirects=False)
    assert out.headers["location"] == "/sign-in?out=1" and go(client, "/account").status_code == 303
    assert 'href="/sign-out/openid"' in client.get("/sign-in?out=1", headers=PAGE).text
    goodbye = go(client, "/sign-out/openid").headers["location"]
    assert goodbye.startswith(f"{provider.address}/logout?client_id={CLIENT}&post_logout_redirect_uri=http")
    assert last_note(work, "signed_in")["by"] == "openid"
    assert "anu" not in str([last_note(work, name) for name in ("signed_in", "openid_linked")])


def test_known_by_the_providers_id_whatever_the_address_is_by_now(work: Work, browser: Browser, provider: Provider) -> None:
    """And who has got somebody's old address does not get what was theirs."""
    set_up(work, provider, new_people="viewer")
    client = browser()
    assert come(client, provider).headers["location"] == "/"
    first = last_note(work, "signed_in")["user"]
    provider.person |= {"email": "anu.uusi@elsewhere.fi", "email_verified": False}
    client = browser()
    assert come(client, provider).headers["location"] == "/"
    assert last_note(work, "signed_in")["user"] == first
    set_up(work, provider, domains=["elsewhere.fi"])
    assert why(come(browser(), provider)) == "openid_other_domain"  # a domain that is let in no more
    set_up(work, provider, new_people="viewer")
    provider.person = dict(ANU, sub="another-anu")
    client = browser()
    assert why(come(client, provider)) == "openid_other_person"
    openid_unlink(work, silent, user="anu@shop.fi")
    assert come(client, provider).headers["location"] == "/"
    with pytest.raises(InputError, match="does not sign in"):
        openid_unlink(work, silent, user="boss@shop.fi")


@pytest.mark.parametrize("other", ["https://a.example", "https://z.example"])
def test_whoever_two_providers_know_is_nobody_elses_at_either(work: Work, provider: Provider, other: str) -> None:
    """Whichever of them was linked last, and whichever comes first by its name."""
    set_up(work, provider)
    user = user_add(work, silent, email="anu@shop.fi", role="analyst")["user"]["id"]
    settings = provider_of(work)
    assert settings is not None
    with work.state.begin() as connection:
        openid.link(connection, provider.address, "anu-1", user)
        openid.link(connection, other, "anu-2", user)
    assert {item["issuer"] for item in openid_show(work, silent)["users"]} == {provider.address, other}
    for issuer in (provider.address, other):
        with pytest.raises(InputError) as error:
            enter(work, settings, Identity(issuer, "another-anu", "anu@shop.fi", True, "Anu", ()))
        assert error.value.code == "openid_other_person"


def test_a_user_with_a_password_is_linked_by_a_verified_address(work: Work, browser: Browser, provider: Provider) -> None:
    """And keeps the password."""
    set_up(work, provider)
    provider.person |= {"sub": "boss", "email": "BOSS@shop.fi"}
    client = browser()
    assert come(client, provider).headers["location"] == "/"
    assert "Another password" in client.get("/account", headers=PAGE).text
    assert [item["email"] for item in openid_show(work, silent)["users"]] == ["boss@shop.fi"]
    client = browser()
    data = {"email": "boss@shop.fi", "password": PASSWORD}
    assert client.post("/sign-in", data=data, headers=PAGE, follow_redirects=False).status_code == 303


REFUSED = [
    ({"email_verified": False}, "openid_unverified"),
    ({"email_verified": None}, "openid_unverified"),
    ({"email_verified": "false"}, "openid_unverified"),
    ({"email": "anu@shop.fi.evil.example"}, "openid_other_domain"),
    ({"email": "anu@sub.shop.fi"}, "openid_other_domain"),
    ({"email": "evil@evil.example@shop.fi"}, "openid_no_email"),
    ({"email": ["anu@shop.fi"]}, "openid_no_email"),
    ({"email": ""}, "openid_no_email"),
    ({}, "openid_not_invited"),
]


@pytest.mark.parametrize(("person", "code"), REFUSED, ids=[f"{n}-{code}" for n, (_, code) in enumerate(REFUSED)])
def test_who_is_not_let_in_is_told_why(work: Work, browser: Browser, provider: Provider, person: dict[str, Any], code: str) -> None:
    """In a sentence, in both languages, without a user having been made or an address written down."""
    set_up(work, provider)
    provider.person |= person
    client = browser()
    answer = come(client, provider)
    assert why(answer) == code
    page = client.get(answer.headers["location"], headers=PAGE)
    assert page.status_code == 200 and ERRORS[code].replace("'", "&#39;") in page.text
    finnish = client.get(answer.headers["location"] + "&lang=fi", headers=PAGE).text
    assert ERRORS[code] not in finnish and 'role="alert"' in finnish
    assert len(user_list(work, silent)["users"]) == 1
    assert "anu" not in str(last_note(work, "sign_in_refused")).casefold()


def test_who_is_shut_out_stays_out_and_an_empty_workspace_lets_nobody_in(
    work: Work, browser: Browser, provider: Provider, tmp_path: Path
) -> None:
    """Linked or not yet; and a provider cannot make the first user."""
    set_up(work, provider, new_people="viewer")
    user_add(work, silent, email="anu@shop.fi", role="analyst")
    client = browser()
    user_disable(work, silent, user="anu@shop.fi")
    assert why(come(client, provider)) == "openid_disabled"
    user_disable(work, silent, user="anu@shop.fi", disabled=False)
    assert come(client, provider).headers["location"] == "/"
    assert go(client, "/account").status_code == 200
    user_disable(work, silent, user="anu@shop.fi")
    assert go(client, "/account").status_code == 303
    assert why(come(client, provider)) == "openid_disabled"
    with opened(new_workspace(tmp_path / "nobody")) as empty:
        set_up(empty, provider, new_people="admin")
        settings = provider_of(empty)
        assert settings is not None
        with pytest.raises(InputError) as error:
            enter(empty, settings, Identity(provider.address, "anu-1", "anu@shop.fi", True, "Anu", ()))
        assert error.value.code == "openid_no_users"


def test_groups_say_the_role_at_every_sign_in(work: Work, browser: Browser, provider: Provider) -> None:
    """The first that fits; who is in none stays out; the only admin stays one."""
    set_up(work, provider, roles_from="groups", roles={"admins": "admin", "crm": "marketer", "all": "viewer"})

    def role() -> str:
        return next(item["role"] for item in user_list(work, silent)["users"] if item["email"] == "anu@shop.fi")

    for groups, expected in ((["crm", "all"], "marketer"), ("all", "viewer"), (["x", "admins"], "admin")):
        provider.person["groups"] = groups
        client = browser()
        assert come(client, provider).headers["location"] == "/"
        assert role() == expected
    provider.person["groups"] = ["x"]
    client = browser()
    assert why(come(client, provider)) == "openid_no_group"
    user_role(work, silent, user="boss@shop.fi", role="viewer")
    with pytest.raises(InputError) as error:
        openid_remove(work, silent)
    assert error.value.code == "last_admin"
    provider.person["groups"] = ["all"]
    client = browser()
    assert come(client, provider).headers["location"] == "/"
    assert role() == "admin"


def set_claim(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda claims: claims.__setitem__(name, value)


SPOILT: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "another nonce": (set_claim("nonce", "x" * 43), "wrong_nonce"),
    "no nonce": (lambda claims: claims.pop("nonce"), "claim_missing"),
    "a nonce that is no text": (set_claim("nonce", ["x"]), "wrong_nonce"),
    "for another client": (set_claim("aud", "another-client"), "wrong_aud"),
    "for nobody": (lambda claims: claims.pop("aud"), "claim_missing"),
    "for two, given to the other": (lambda claims: claims.update(aud=[CLIENT, "other"], azp="other"), "wrong_azp"),
    "for two, given to nobody": (set_claim("aud", [CLIENT, "other"]), "wrong_azp"),
    "of another issuer": (set_claim("iss", "https://evil.example"), "wrong_iss"),
    "over": (set_claim("exp", int(now().timestamp()) - 120), "expired"),
    "without an end": (lambda claims: claims.pop("exp"), "claim_missing"),
    "an end that is no time": (set_claim("exp", "tomorrow"), "wrong_exp"),
    "from the future": (set_claim("iat", int(now().timestamp()) + 10**8), "wrong_iat"),
    "not yet": (set_claim("nbf", int(now().timestamp()) + 10**8), "wrong_nbf"),
    "of nobody": (lambda claims: claims.pop("sub"), "claim_missing"),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_an_id_token_that_does_not_hold_lets_nobody_in(work: Work, browser: Browser, provider: Provider, spoilt: str) -> None:
    """Though its signature does; the audit says what was wrong with it, and the page only to begin again."""
    set_up(work, provider, new_people="viewer")
    provider.spoil, expected = SPOILT[spoilt]
    client = browser()
    assert why(come(client, provider)) == "openid_untrue"
    assert last_note(work, "sign_in_refused") == {"by": "openid", "why": expected}
    assert len(user_list(work, silent)["users"]) == 1


def unsigned(claims: dict[str, Any], alg: str = "none") -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': alg, 'typ': 'JWT'})}.{part(claims)}."


def by_a_strangers_key(claims: dict[str, Any], **header: Any) -> str:
    return jwt.encode({"alg": "RS256", **header}, claims, RSAKey.generate_key(2048))


@pytest.mark.parametrize("way", ["none", "None", "secret", "public", "stranger", "pretends", "own", "cut", "nothing"])
def test_a_signature_that_is_not_the_providers_lets_nobody_in(work: Work, browser: Browser, provider: Provider, way: str) -> None:
    """None at all, one by the client's secret or by the public key as a secret, a stranger's, also under the provider's own key id, and one that the token itself brings."""
    set_up(work, provider, new_people="viewer")
    public = provider.keys[0].as_pem(private=False)
    stranger = RSAKey.generate_key(2048)
    provider.sign = {
        "none": unsigned,
        "None": lambda claims: unsigned(claims, "None"),
        "secret": lambda claims: jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET)),
        "public": lambda claims: jwt.encode({"alg": "HS256", "kid": provider.keys[0].kid}, claims, OctKey.import_key(public[27:-25])),
        "stranger": lambda claims: by_a_strangers_key(claims, kid="another"),
        "pretends": lambda claims: by_a_strangers_key(claims, kid=provider.keys[0].kid),
        "own": lambda claims: jwt.encode({"alg": "RS256", "jwk": stranger.as_dict(private=False)}, claims, stranger),
        "cut": lambda claims: provider.signed(claims)[:-20],
        "nothing": lambda claims: "",
    }[way]
    client = browser()
    assert why(come(client, provider)) == "openid_untrue"
    assert last_note(work, "sign_in_refused")["why"] in ("bad_signature", "unknown_signer", "no_id_token")
    assert len(user_list(work, silent)["users"]) == 1


def test_keys_may_change_and_are_not_asked_for_all_the_time(work: Work, browser: Browser, provider: Provider) -> None:
    """A new key is fetched when it first signs, also of another kind; an unknown one makes us ask once a minute at most."""
    set_up(work, provider, new_people="viewer")
    client = browser()
    for kind in ("RSA", "EC"):
        client.cookies.clear()
        assert come(client, provider).headers["location"] == "/"
        provider.rotate(kind)
        if kind == "RSA":
            provider.asked.clear()
    client.cookies.clear()
    assert provider.asked.count("/keys") == 1
    for _ in range(3):
        assert why(come(client, provider)) == "openid_untrue"
    assert provider.asked.count("/keys") == 1  # within the minute
    assert provider.asked.count("/.well-known/openid-configuration") == 0
    provider.rotate()


def test_a_sign_in_is_used_once_by_the_browser_that_began_it(work: Work, browser: Browser, provider: Provider) -> None:
    """A state that is sent again, made up, begun elsewhere or left out is over; nothing is asked of the provider for it."""
    set_up(work, provider, new_people="viewer")
    client = browser()
    asked = begin(client)
    params = {"code": provider.code_for(asked), "state": asked["state"]}
    assert go(client, "/sign-in/openid/back", params=params).headers["location"] == "/"
    client.cookies.clear()
    provider.asked.clear()
    assert why(go(client, "/sign-in/openid/back", params=params)) == "openid_over"
    for wrong in ({"state": "made-up"}, {}, {"state": ""}):
        assert why(go(client, "/sign-in/openid/back", params={"code": "x"} | wrong)) == "openid_over"
    client = browser()
    mine = begin(client)
    client.cookies.clear()  # another browser, made to open the address of somebody who would like to be them
    assert why(go(client, "/sign-in/openid/back", params={"code": "x", "state": mine["state"]})) == "openid_over"
    assert provider.asked == []
    given_up = begin(client)
    answer = go(client, "/sign-in/openid/back", params={"error": "access_denied", "state": given_up["state"]})
    assert why(answer) == "openid_given_up"
    assert why(come(client, provider, iss="https://evil.example")) == "openid_untrue"
    assert why(come(client, provider, code="made-up")) == "openid_untrue"


def test_tries_are_counted_with_those_of_passwords(work: Work, browser: Browser, provider: Provider) -> None:
    """Forty in a quarter of an hour from one machine, by whichever door."""
    set_up(work, provider)
    client = browser()
    before = refusals(work)
    told = [go(client, "/sign-in/openid/back?state=x").headers["location"] for _ in range(42)]
    assert "why=openid_over" in told[39] and "why=too_often" in told[40]
    assert refusals(work) == before + 40, "what is not tried any more is not written down either"
    data = {"email": "boss@shop.fi", "password": PASSWORD}
    assert client.post("/sign-in", data=data, headers=PAGE, follow_redirects=False).status_code == 429


def test_where_no_provider_is_set_a_stranger_writes_nothing(work: Work, browser: Browser) -> None:
    before = refusals(work)
    assert why(go(browser(), "/sign-in/openid/back?state=x")) == "openid_over"
    assert refusals(work) == before


def test_what_the_token_leaves_out_is_asked_for(work: Work, browser: Browser, provider: Provider) -> None:
    """Of the same person only."""
    set_up(work, provider, new_people="viewer", roles_from="groups", roles={"crm": "marketer"})
    provider.in_userinfo = ("email", "email_verified", "groups", "name")
    client = browser()
    assert come(client, provider).headers["location"] == "/"
    assert "Marketer" in client.get("/account", headers=PAGE).text
    client.cookies.clear()
    provider.userinfo_of = "somebody-else"
    assert why(come(client, provider)) == "openid_untrue"


def test_a_secret_in_the_form_and_another_word_for_verified(work: Work, browser: Browser, provider: Provider, tmp_path: Path) -> None:
    """For providers that take no header, and for those that say it by another claim; the secret may be in a file that only its owner reads."""
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    file.chmod(0o644)
    set_up(work, provider, new_people="viewer", secret=f"file:{file}", verified_by="xms_edov")
    provider.extra = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    provider.person |= {"email_verified": False, "xms_edov": "1"}
    with pytest.raises(InputError) as error:
        openid_test(work, silent)
    assert error.value.code == "open_secret"
    file.chmod(0o600)
    assert openid_test(work, silent) == {"issuer": provider.address, "keys": 1, "signs_out": True}
    client = browser()
    assert come(client, provider).headers["location"] == "/"


def test_a_provider_of_ones_own_network_is_asked_only_when_it_was_named(
    work: Work, browser: Browser, provider: Provider, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """By whoever runs Lohko, also for an address that only its discovery document holds; one that fails or lies is no reason for a traceback."""
    set_up(work, provider)
    provider.extra = {"token_endpoint": "http://10.0.0.1/token"}
    client = browser()
    assert why(go(client, "/sign-in/openid")) == "openid_unreachable"
    for wrong in ({"issuer": "https://evil.example"}, {"jwks_uri": None}, {"authorization_endpoint": 7}):
        provider.extra = wrong
        with pytest.raises(InputError if "issuer" in wrong else Exception, match="provider"):
            openid_test(work, silent)
    provider.extra = {}
    monkeypatch.setenv("LOHKO_INTERNAL_HOSTS", "")
    with pytest.raises(InputError) as error:
        set_up(work, provider)
    assert error.value.code == "address_refused"
    client = browser()
    with caplog.at_level(logging.INFO):
        assert why(go(client, "/sign-in/openid")) == "openid_unreachable"
        data = {"email": "boss@shop.fi", "password": PASSWORD}
        assert client.post("/sign-in", data=data, headers=PAGE, follow_redirects=False).status_code == 303
    assert "openid: address_refused" in caplog.text


def test_nothing_secret_is_kept_or_told(work: Work, browser: Browser, provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    """Not the client's secret, not a code, a token or an address: in no log, page or audit, and not in the workspace."""
    set_up(work, provider, new_people="viewer")
    client = browser()
    with caplog.at_level(logging.DEBUG):
        asked = begin(client)
        code = provider.code_for(asked)
        go(client, "/sign-in/openid/back", params={"code": code, "state": asked["state"]})
        client.cookies.clear()
        provider.spoil = set_claim("aud", "x")
        come(client, provider)
    with work.state.connect() as connection:
        told = str(entries(connection)) + caplog.text + str(openid_show(work, silent)["provider"])
        rows = connection.execute(openid_link.select()).all()
    kept_bytes = b"".join(file.read_bytes() for file in work.folder.path.glob("state.sqlite*"))
    for secret in (SECRET, code, asked["nonce"], asked["state"], "an-access-token"):
        assert secret not in told and secret.encode() not in kept_bytes
    assert "anu@" not in told.casefold() and [row.subject for row in rows] == ["anu-1"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"secret": "hunter2"}, "secret_in_clear"),
        ({"domains": []}, "no_domain"),
        ({"domains": ["*"]}, "bad_domain"),
        ({"new_people": "king"}, "unknown_role"),
        ({"roles": {"crm": "marketer"}}, "no_claim"),
        ({"issuer": "http://accounts.example.fi"}, "address_refused"),
        ({"issuer": "https://accounts.example.fi?x=1"}, "bad_issuer"),
        ({"client_id": " "}, "no_client_id"),
    ],
)
def test_what_cannot_be_set_is_refused_with_its_reason(
    work: Work, browser: Browser, provider: Provider, more: dict[str, Any], code: str
) -> None:
    with pytest.raises(InputError) as error:
        set_up(work, provider, **more)
    assert error.value.code == code and "hunter2" not in str(error.value)


def test_the_commands_set_show_and_remove_it(work: Work, browser: Browser, provider: Provider, tmp_path: Path) -> None:
    """In words and as JSON."""
    folder = str(new_workspace(tmp_path / "closed"))
    given = [provider.address, "--client-id", "x", "--domain", "shop.fi"]
    done = command("openid", "set", *given, "--roles-from", "groups", "--role", "a=b=marketer", "--json", "-w", folder)
    assert json.loads(done.stdout)["provider"]["roles"] == [["a=b", "marketer"]]
    done = command("openid", "show", "-w", folder)
    assert done.status == 0 and provider.address in done.stdout and "a=b (groups) is marketer" in done.stdout
    assert command("openid", "set", *given, "--role", "crm", "-w", folder).status == 2
    assert "answers, with 1 keys" in command("openid", "test", "-w", folder).stdout
    assert "passwords" in command("openid", "remove", "-w", folder).stdout
    assert command("openid", "test", "-w", folder).status == 2


def test_without_a_provider_there_is_no_door(work: Work, browser: Browser) -> None:
    client = browser()
    assert "/sign-in/openid" not in client.get("/sign-in", headers=PAGE).text
    assert go(client, "/sign-in/openid").status_code == 404
