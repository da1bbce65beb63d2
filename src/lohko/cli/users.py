"""Commands about who may use a workspace: users, their roles and passwords, and keys of programs."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from lohko.base.errors import InputError
from lohko.cli.app import JsonOption, WorkspaceOption, app, call, print_table, show
from lohko.model.roles import WHAT_SCOPES_ARE

user = typer.Typer(help="Who may sign in, and what their role is.", no_args_is_help=True)
key = typer.Typer(help="Keys by which programs use the API.", no_args_is_help=True)
app.add_typer(user, name="user")
app.add_typer(key, name="key")

UserArgument = Annotated[str, typer.Argument(metavar="USER", help="The user's e-mail address or id.")]
InviteOption = Annotated[bool, typer.Option("--invite", help="Ask for no password: print a link by which the user chooses one.")]
AddressOption = Annotated[str, typer.Option("--address", help="Where users reach Lohko, for the link, such as https://lohko.example.fi.")]
_HERE = "http://127.0.0.1:8000"
_SCOPES = "What it may; may be given several times. " + ". ".join(f"{name}: {what}" for name, what in WHAT_SCOPES_ARE.items()) + "."


@user.command("add")
def add(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address that they sign in with.")],
    role: Annotated[str, typer.Option(help="viewer, marketer, analyst, steward or admin; the first user is an admin.")],
    name: Annotated[str, typer.Option(help="What colleagues call them.")] = "",
    invite: InviteOption = False,
    address: AddressOption = _HERE,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a user. A password is asked for on the terminal, or read as one line from standard input; with --invite they choose it.

    From the first user on, everybody signs in, also on this machine.
    """
    password = None if invite else _password()
    found = call(workspace, "user_add", email=email, role=role, name=name, password=password)
    show(_linked(found, address), as_json, lambda made: _say_link(made, f"Added {made['user']['email']} as {role}."))


def _password() -> str:
    """A password from the terminal, typed twice and not shown; else the first line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise InputError("no_password", "There is no password on standard input.", hint="or --invite, and the user chooses one by a link.")
    return line


def _linked(found: dict[str, Any], address: str) -> dict[str, Any]:
    """With the whole link instead of its secret."""
    secret = found.pop("invitation")
    return {**found, "link": None if secret is None else f"{address.rstrip('/')}/invitation/{secret}"}


def _say_link(found: dict[str, Any], said: str) -> None:
    typer.echo(said)
    if found["link"] is not None:
        typer.echo(f"  Send this link to them; it holds for three days, once:\n  {found['link']}")


@user.command("list")
def list_(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Everyone who may sign in, with their role and when they last did; ids are what the audit shows."""
    show(call(workspace, "user_list"), as_json, _show_users)


def _show_users(found: dict[str, Any]) -> None:
    if not found["users"]:
        typer.echo("There are no users: nobody signs in, and Lohko answers to this machine alone.")
        return
    rows = [
        [
            item["email"],
            item["name"],
            item["role"] + (" (may not sign in)" if item["disabled"] else ""),
            item["id"],
            (item["last_sign_in"] or "never")[:16],
        ]
        for item in found["users"]
    ]
    print_table((("User", False), ("Name", False), ("Role", False), ("Id", False), ("Signed in (UTC)", False)), rows)


@user.command("role")
def role_(
    someone: UserArgument,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="viewer, marketer, analyst, steward or admin.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a user another role, from their next request on."""
    found = call(workspace, "user_role", user=someone, role=role)
    show(found, as_json, lambda made: typer.echo(f"{made['user']['email']} is {made['user']['role']} now."))


@user.command("password")
def password(
    someone: UserArgument,
    invite: InviteOption = False,
    address: AddressOption = _HERE,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set a user's password anew, or print a link by which they do; they are signed out everywhere."""
    found = call(workspace, "user_password", user=someone, password=None if invite else _password())
    show(_linked(found, address), as_json, lambda made: _say_link(made, f"{made['user']['email']} has been signed out everywhere."))


@user.command("disable")
def disable(
    someone: UserArgument,
    undo: Annotated[bool, typer.Option("--undo", help="Let them in again.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Shut a user out: they are signed out everywhere at once, and their keys do not hold."""
    found = call(workspace, "user_disable", user=someone, disabled=not undo)
    show(found, as_json, lambda made: typer.echo(f"{made['user']['email']} may {'sign in again' if undo else 'not sign in any more'}."))


@key.command("add")
def key_add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which program it is for.")],
    scope: Annotated[list[str], typer.Option(metavar="SCOPE", help=_SCOPES)],
    owner: Annotated[str | None, typer.Option("--for", help="The user (address or id) whose rights it has at most.")] = None,
    days: Annotated[int | None, typer.Option(help="How many days it holds; no end when left out.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key. It is printed this once, and only its digest is kept."""
    found = call(workspace, "key_add", name=name, scopes=scope, user=owner, days=days)
    show(found, as_json, lambda made: typer.echo(made["key"]))


@key.command("list")
def key_list(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Every key with what it may, whose it is, and when it was last used."""
    show(call(workspace, "key_list"), as_json, _show_keys)


def _show_keys(found: dict[str, Any]) -> None:
    if not found["keys"]:
        typer.echo("There are no keys. `lohko key add NAME --scope read` makes one.")
        return
    rows = [
        [
            item["begins"],
            item["name"],
            ", ".join(item["scopes"]),
            item["user"] or "",
            "holds" if item["holds"] else "revoked" if item["revoked_at"] else "over",
            (item["last_used"] or "never")[:16],
        ]
        for item in found["keys"]
    ]
    print_table((("Key", False), ("Program", False), ("Scopes", False), ("Whose", False), ("State", False), ("Used (UTC)", False)), rows)


@key.command("revoke")
def key_revoke(
    name: Annotated[str, typer.Argument(metavar="KEY", help="The key's beginning as `lohko key list` shows it, or its id.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """A key does not hold any more, from the next request on."""
    found = call(workspace, "key_revoke", key=name)
    show(found, as_json, lambda made: typer.echo(f"The key of {made['name']} does not hold any more."))
