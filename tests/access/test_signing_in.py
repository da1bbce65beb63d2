"""Signing in and out, sessions, links to choose a password, and who may not any more."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from access.people_who_use import PAGE, PASSWORD
from lohko.base.errors import InputError
from lohko.state import users as kept
from lohko.state.audit import entries
from lohko.state.user_tables import api_key, app_user, invitation, session
from lohko.steps.keys import key_add, key_revoke
from lohko.steps.passwords import check_password
from lohko.steps.users import user_add, user_disable, user_list, user_password, user_role
from lohko.steps.work import Work, silent
from web.small_shop import browsing, new_workspace, opened


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Work]:
    with opened(new_workspace(tmp_path / "shop")) as work:
        yield work


@pytest.fixture
def owned(shop: Work) -> Work:
    user_add(shop, silent, email="Boss@Shop.fi", role="admin", name="Boss", password=PASSWORD)
    return shop


def sign_in(client: TestClient, email: str = "boss@shop.fi", password: str = PASSWORD, **more: str) -> object:
    return client.post("/sign-in", data={"email": email, "password": password, **more}, headers=PAGE, follow_redirects=False)


def test_nobody_signs_in_until_there_is_a_user_and_then_everybody_does(shop: Work) -> None:
    """The first walk has no login; the first user ends that at once, on this machine too, without a restart."""
    with browsing(shop) as client:
        assert client.get("/").status_code == 200 and "Sign out" not in client.get("/").text
        user_add(shop, silent, email="boss@shop.fi", role="admin", password=PASSWORD)
        assert client.get("/api/v1/status").status_code == 401
        assert client.get("/", headers=PAGE, follow_redirects=False).headers["location"] == "/sign-in"
        assert sign_in(client).status_code == 303
        assert "Sign out" in client.get("/", headers=PAGE).text


def test_an_app_that_others_can_reach_lets_nobody_in_without_a_user(shop: Work) -> None:
    """Also when the check of the command line was gone round."""
    from lohko.web.app import create_app

    with TestClient(create_app(shop, at_home=False), base_url="http://127.0.0.1:8000") as client:
        assert client.get("/api/v1/status").status_code == 401


def test_a_session_is_a_cookie_out_of_reach_and_only_its_digest_is_kept(owned: Work) -> None:
    """HttpOnly, SameSite=Lax, and over TLS Secure with the __Host- prefix; the secret stands nowhere in the workspace."""
    with browsing(owned) as client:
        given = sign_in(client).headers["set-cookie"]
        assert given.startswith("lohko_session=") and "HttpOnly" in given and "SameSite=lax" in given and "Secure" not in given
        secret = given.split("=", 1)[1].split(";")[0]
    with browsing(owned, "https://127.0.0.1:8000") as client:
        origin = {"origin": "https://127.0.0.1:8000"}
        given = client.post(
            "/sign-in", data={"email": "boss@shop.fi", "password": PASSWORD}, headers=origin, follow_redirects=False
        ).headers["set-cookie"]
        assert given.startswith("__Host-lohko_session=") and "Secure" in given and "Path=/;" in given and "omain" not in given
    assert len(secret) >= 43
    with owned.state.connect() as connection:
        rows = connection.execute(select(session)).all()
    assert len(rows) == 2 and secret not in str(rows)
    assert secret.encode() not in owned.folder.state.read_bytes() and PASSWORD.encode() not in owned.folder.state.read_bytes()


def test_a_wrong_password_and_an_unknown_address_are_told_alike(owned: Work) -> None:
    """So nobody learns who has an account; and the password is not in the answer."""
    with browsing(owned) as client:
        wrong, unknown = (
            sign_in(client, password="not that one at all"),
            sign_in(client, email="boss@shop.com", password="not that one at all"),
        )
        assert wrong.status_code == unknown.status_code == 401
        assert wrong.text.replace("boss@shop.fi", "") == unknown.text.replace("boss@shop.com", "")
        assert "not that one" not in wrong.text and "set-cookie" not in wrong.headers


def test_guessing_ends_after_ten(owned: Work) -> None:
    """For an account whoever tries, the right password too; then for a machine, whichever account it tries."""
    with browsing(owned) as client:
        told = [sign_in(client, email="nobody@shop.fi", password=f"a guess that is wrong {n}").status_code for n in range(12)]
        assert told == [401] * 10 + [429] * 2
        assert sign_in(client).status_code == 303  # another account


def test_posts_of_a_session_say_where_they_come_from(owned: Work) -> None:
    """A browser always does; a session's cookie alone, from wherever, does nothing."""
    with browsing(owned) as client:
        sign_in(client)
        assert client.post("/account/sign-out", headers={}, follow_redirects=False).status_code == 403
        for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
            assert client.post("/account/sign-out", headers=headers, follow_redirects=False).status_code == 403
        assert client.get("/account", headers=PAGE).status_code == 200
        assert client.post("/account/sign-out", headers=PAGE, follow_redirects=False).status_code == 303
        assert client.get("/account", headers=PAGE, follow_redirects=False).status_code == 303


def test_a_new_session_begins_with_every_sign_in_and_one_can_end_all(owned: Work) -> None:
    """A session that somebody else put into the browser gains nothing."""
    with browsing(owned) as first, browsing(owned) as second:
        first.cookies.set("lohko_session", "put-there-by-somebody-else-put-there-by-somebody")
        given = sign_in(first).headers["set-cookie"]
        assert "put-there" not in given
        sign_in(second)
        assert second.get("/account", headers=PAGE).status_code == 200
        first.post("/account/sign-out", headers=PAGE)
        assert second.get("/account", headers=PAGE, follow_redirects=False).status_code == 303


def test_a_session_ends_when_it_is_old_or_was_not_used(owned: Work) -> None:
    """Twelve hours without a request, or seven days in any case."""
    with browsing(owned) as client:
        sign_in(client)
        for column, age in (("used_at", kept.IDLE), ("created_at", kept.LONGEST)):
            with owned.state.begin() as connection:
                row = connection.execute(select(session)).one()
                before = dict(row._mapping)
                young = dt.datetime.fromisoformat(before[column]) - age + dt.timedelta(minutes=2)
                connection.execute(update(session).values({column: young.isoformat()}))
            assert client.get("/account", headers=PAGE, follow_redirects=False).status_code == 200
            with owned.state.begin() as connection:
                connection.execute(update(session).values({column: (young - dt.timedelta(minutes=5)).isoformat()}))
            assert client.get("/account", headers=PAGE, follow_redirects=False).status_code == 303
            with owned.state.begin() as connection:
                connection.execute(update(session).values(created_at=before["created_at"], used_at=before["used_at"]))


def test_who_is_shut_out_or_given_another_role_feels_it_at_the_next_request(owned: Work) -> None:
    """Sessions and keys alike."""
    user_add(owned, silent, email="anu@shop.fi", role="admin", password=PASSWORD)
    key = key_add(owned, silent, name="crm", scopes=["read"], user="anu@shop.fi")["key"]
    bearer = {"authorization": f"Bearer {key}"}
    with browsing(owned) as client, browsing(owned) as program:
        sign_in(client, "anu@shop.fi")
        assert client.get("/users", headers=PAGE).status_code == 200
        assert program.get("/api/v1/books", headers=bearer).status_code == 200
        user_role(owned, silent, user="anu@shop.fi", role="viewer")
        assert client.get("/users", headers=PAGE).status_code == 403
        assert program.get("/api/v1/books", headers=bearer).status_code == 403
        user_disable(owned, silent, user="anu@shop.fi")
        assert client.get("/", headers=PAGE, follow_redirects=False).status_code == 303
        assert program.get("/api/v1/status", headers=bearer).status_code == 401
        assert sign_in(client, "anu@shop.fi").status_code == 401
        user_disable(owned, silent, user="anu@shop.fi", disabled=False)
        assert program.get("/api/v1/status", headers=bearer).status_code == 200


def test_a_key_is_shown_once_kept_as_a_digest_and_revoked_at_once(owned: Work) -> None:
    """And one that is over, wrong, or of another scheme is nobody's; guesses end with 429."""
    made = key_add(owned, silent, name="crm", scopes=["read"], days=1)
    with owned.state.connect() as connection:
        row = connection.execute(select(api_key)).one()
    assert made["key"] not in str(row) and made["begins"].rstrip("…") in made["key"]
    with browsing(owned) as client:
        right = {"authorization": f"Bearer {made['key']}"}
        assert client.get("/api/v1/status", headers=right).status_code == 200
        for wrong in (made["key"] + "x", made["key"][:-1], "lohko__", "lohko_", "x", ""):
            assert client.get("/api/v1/status", headers={"authorization": f"Bearer {wrong}"}).status_code == 401
        assert client.get("/api/v1/status", headers={"authorization": f"Basic {made['key']}"}).status_code == 401
        with owned.state.begin() as connection:
            assert connection.execute(select(api_key.c.last_used)).scalar_one() is not None
            connection.execute(update(api_key).values(expires_at="2020-01-01T00:00:00+00:00"))
        assert client.get("/api/v1/status", headers=right).status_code == 401
        with owned.state.begin() as connection:
            connection.execute(update(api_key).values(expires_at=None))
        assert client.get("/api/v1/status", headers=right).status_code == 200
        key_revoke(owned, silent, key=made["begins"])
        assert client.get("/api/v1/status", headers=right).status_code == 401
        told = {client.get("/api/v1/status", headers={"authorization": "Bearer lohko_guess_1"}).status_code for _ in range(40)}
        assert told == {401, 429}


def test_a_link_lets_one_choose_a_password_once(owned: Work) -> None:
    """The admin never knows it; a used, an older and an overdue link hold no more; an easy password is refused with its reason."""
    made = user_add(owned, silent, email="anu@shop.fi", role="analyst")
    with browsing(owned) as client:
        sign_in(client)
        answer = client.post("/users/anu@shop.fi/invite", headers=PAGE)
        link = re.search(r"/invitation/([\w-]+)", answer.text)
        assert link is not None
    with browsing(owned) as client:
        assert client.get(f"/invitation/{made['invitation']}", headers=PAGE).status_code == 400  # a newer one was made
        page = client.get(link[0], headers=PAGE)
        assert page.status_code == 200 and "anu@shop.fi" in page.text
        easy = client.post(link[0], data={"password": "salasana12345", "again": "salasana12345"}, headers=PAGE)
        assert easy.status_code == 400 and "tried first" in easy.text
        unlike = client.post(link[0], data={"password": "kolme kuusta lahti", "again": "kolme kuusta lahtea"}, headers=PAGE)
        assert unlike.status_code == 400
        done = client.post(
            link[0], data={"password": "kolme kuusta lahti", "again": "kolme kuusta lahti"}, headers=PAGE, follow_redirects=False
        )
        assert done.status_code == 303 and client.get("/account", headers=PAGE).status_code == 200
        again = client.post(link[0], data={"password": "neljä kuusta lahti", "again": "neljä kuusta lahti"}, headers=PAGE)
        assert again.status_code == 400
    late = user_password(owned, silent, user="anu@shop.fi")["invitation"]
    with owned.state.begin() as connection:
        connection.execute(update(invitation).values(expires_at="2020-01-01T00:00:00+00:00"))
    with pytest.raises(InputError, match="does not hold"), owned.state.connect() as connection:
        kept.invited(connection, late)


def test_one_admin_always_stays(owned: Work) -> None:
    """And the first user is one."""
    for wrong in (
        lambda: user_role(owned, silent, user="boss@shop.fi", role="viewer"),
        lambda: user_disable(owned, silent, user="boss@shop.fi"),
    ):
        with pytest.raises(InputError) as error:
            wrong()
        assert error.value.code == "last_admin"
    with pytest.raises(InputError) as error:
        user_add(owned, silent, email="BOSS@shop.fi", role="viewer", password=PASSWORD)
    assert error.value.code == "user_exists"
    assert [item["email"] for item in user_list(owned, silent)["users"]] == ["boss@shop.fi"]


def test_the_first_user_is_an_admin(shop: Work) -> None:
    """Else nobody could let anybody in."""
    with pytest.raises(InputError) as error:
        user_add(shop, silent, email="anu@shop.fi", role="viewer", password=PASSWORD)
    assert error.value.code == "first_is_admin"


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "password1234",
        "Salasana2026!",
        "aaaaaaaaaaaa",
        "123456789012",
        "9876543210987",
        "P@ssw0rd2024!!",
        "qwertyuiop12",
        "anna.makinen1",
        "x" * 129,
    ],
)
def test_easy_passwords_are_refused_without_being_repeated(password: str) -> None:
    """Too short, too long, one of the commonest in a thin disguise, a run, or one's own address."""
    with pytest.raises(InputError) as error:
        check_password(password, email="anna.makinen@shop.fi")
    assert password not in str(error.value)


@pytest.mark.parametrize("password", ["kolme hevosta juoksee", "Xk9#mQ2vLp8r", "ääkkösiä öisin laulan", "x7 😀 kirja sadetta"])
def test_long_and_odd_passwords_are_taken(password: str) -> None:
    """No letter is demanded, and any script will do."""
    check_password(password, email="anna.makinen@shop.fi")


def test_the_audit_says_which_user_and_which_key(owned: Work) -> None:
    """By id, also for what a job in another thread does; without a user it is the machine's own."""
    admin = user_list(owned, silent)["users"][0]["id"]
    with browsing(owned) as client:
        sign_in(client)
        client.post("/keys", data={"name": "crm", "scope": "read"}, headers=PAGE)
        client.post("/segments/starter", headers=PAGE)
        for job in client.app.state.jobs._jobs.values():  # type: ignore[attr-defined]
            job.thread.join(30)
    with owned.state.connect() as connection:
        found = [(item.action, item.by) for item in entries(connection)]
    assert ("key_added", f"user {admin}") in found
    assert any(action == "user_added" and not by.startswith(("user ", "key ")) for action, by in found)
    assert "boss@shop.fi" not in str(found)


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/sign-in"])
def test_signing_in_leads_back_into_the_app_only(owned: Work, back: str) -> None:
    """Whatever stood in the address."""
    with browsing(owned) as client:
        assert sign_in(client, next=back).headers["location"] == "/"
        assert sign_in(client, next="/segments?as_of=2024-01-01").headers["location"] == "/segments?as_of=2024-01-01"


def test_a_workspace_from_before_there_were_users_opens(tmp_path: Path) -> None:
    """Its tables are made when it is opened."""
    folder = new_workspace(tmp_path / "old")
    with opened(folder) as work, work.state.begin() as connection:
        for table in ("notice", "follow", "api_key", "invitation", "session", "app_user"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
    with opened(folder) as work:
        assert user_list(work, silent)["users"] == []
        user_add(work, silent, email="boss@shop.fi", role="admin", password=PASSWORD)
        with work.state.connect() as connection:
            assert connection.execute(select(app_user.c.password)).scalar_one().startswith("$argon2id$")
