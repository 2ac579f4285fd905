"""`studio user` and `studio token`: who may come in."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli import app, show

if TYPE_CHECKING:
    from studio.schema import Role

user = typer.Typer(
    help="Users: list, new, role, password, sign-out.", no_args_is_help=True, rich_markup_mode=None
)
token = typer.Typer(
    help="Tokens for programs: new, list, revoke.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(user, name="user")
app.add_typer(token, name="token")
Name = Annotated[str, typer.Argument(help="A user's name.")]
RoleName = Annotated[str, typer.Argument(help="viewer, merchant, reviewer or admin.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON line for programs.")]


@user.command("list")
def users(context: typer.Context, json: Json = False) -> None:
    """Everybody who may sign in."""
    found = show.studio_of(context).users(show.me())
    if json:
        show.as_json([one.model_dump(mode="json", include=_SHOWN) for one in found])
        return
    rows = [(one.name, one.role, f"{one.created:%Y-%m-%d}") for one in found]
    show.table("users", ("name", "role", "since"), rows)


_SHOWN = {"name", "role", "created"}


@user.command("new")
def new_user(context: typer.Context, name: Name, role: RoleName) -> None:
    """Add a user; the password is asked for, or read from stdin."""
    made = show.studio_of(context).add_user(name, _role(role), _password(name), show.me())
    show.say(f"{made.name} is a {made.role}.", f"已添加 {made.name}（{made.role}）。")


@user.command()
def role(context: typer.Context, name: Name, role: RoleName) -> None:
    """Give a user another role; their sessions end at once."""
    made = show.studio_of(context).set_role(name, _role(role), show.me())
    show.say(f"{made.name} is a {made.role} now.", f"{made.name} 的角色已改为 {made.role}。")


@user.command()
def password(context: typer.Context, name: Name) -> None:
    """Give a user another password; their sessions end at once."""
    show.studio_of(context).set_password(name, _password(name), show.me())
    show.say(f"{name} has a new password.", f"{name} 的密码已更新。")


@user.command("sign-out")
def sign_out(context: typer.Context, name: Name) -> None:
    """End all sessions of a user."""
    show.studio_of(context).sign_out_everywhere(name, show.me())
    show.say(f"{name} is signed out everywhere.", f"{name} 已在所有设备上退出登录。")


@token.command("new")
def new_token(
    context: typer.Context,
    name: Name,
    scope: Annotated[str, typer.Option(help="viewer, merchant, reviewer or admin.")] = "viewer",
    days: Annotated[int, typer.Option(help="How long it lives, 1 to 366.")] = 90,
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
    json: Json = False,
) -> None:
    """Make a token that acts for a user. It is shown once and can not be looked up again."""
    made = show.studio_of(context).new_token(name, _role(scope), show.me(), label=label, days=days)
    if json:
        show.as_json(made.model_dump(mode="json"))
        return
    until = f"{made.token.expires:%Y-%m-%d}"
    print(made.text)
    print(
        f"{made.token.id}: {scope}, until {until}. Send it as Authorization: Bearer …",
        file=sys.stderr,
    )


@token.command("list")
def tokens(context: typer.Context, json: Json = False) -> None:
    """All tokens, without their texts."""
    found = show.studio_of(context).tokens(show.me())
    if json:
        show.as_json([one.model_dump(mode="json") for one in found])
        return
    rows = [(t.id, t.user, t.role, t.label, f"{t.expires:%Y-%m-%d}") for t in found]
    show.table("tokens", ("id", "user", "scope", "label", "until"), rows)


@token.command()
def revoke(
    context: typer.Context, id: Annotated[str, typer.Argument(help="From `studio token list`.")]
) -> None:
    """End a token at once."""
    show.studio_of(context).revoke_token(id, show.me())
    show.say(f"{id} is revoked.", f"令牌 {id} 已撤销。")


def _role(name: str) -> Role:
    from studio.errors import NotFoundError
    from studio.schema import Role

    if name not in list(Role):
        raise NotFoundError.of("role", name, list(Role))
    return Role(name)


def _password(name: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"new password for {name}: ")
    return sys.stdin.readline().rstrip("\n")
