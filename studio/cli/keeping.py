"""backup, restore, anchor, purge; `studio key` and `studio secret`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from studio.cli import app, show

key = typer.Typer(
    help="The keys: rotate, forget, and make one for backups.", no_args_is_help=True,
    rich_markup_mode=None,
)  # fmt: skip
secret = typer.Typer(
    help="Secrets that are kept sealed: set, list.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(key, name="key")
app.add_typer(secret, name="secret")
Json = Annotated[bool, typer.Option("--json", help="One JSON line for programs.")]


@app.command()
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to write; it must not be there.")],
    to: Annotated[list[str], typer.Option(help="age1…, who can open it; may be repeated.")],
    json: Json = False,
) -> None:
    """Write everything into one encrypted file, read it back and prove it."""
    show.for_programs(json)
    done = show.studio_of(context).backup(file, to, show.me())
    rows = sum(done.rows.values())
    show.say(
        f"{file}: {rows} rows, {done.pictures} pictures, {done.bytes / 1e6:.1f} MB; read back and "
        f"proved up to event {done.number}. Signed by {done.fingerprint}",
        f"{file}：{rows} 行数据、{done.pictures} 张图片，{done.bytes / 1e6:.1f} MB；"
        f"已重新读取并验证至第 {done.number} 条记录。签名密钥：{done.fingerprint}",
    )
    for problem in done.problems:
        print(problem, file=sys.stderr)
    if json:
        show.as_json(done.model_dump(mode="json"))
    if done.problems:
        raise typer.Exit(1)


@app.command()
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file of `studio backup`.")],
    identity: Annotated[Path, typer.Option(help="File with the private key (age) for it.")],
    json: Json = False,
) -> None:
    """Put a backup into a studio that is empty, after all of it was proved."""
    show.for_programs(json)
    done = show.studio_of(context).restore(file, _text(identity), show.me())
    rows = sum(done.rows.values())
    show.say(
        f"restored {rows} rows and {done.pictures} pictures, up to event {done.number}. It was "
        f"signed by {done.fingerprint}: compare that with a printed report",
        f"已恢复 {rows} 行数据和 {done.pictures} 张图片，直至第 {done.number} 条记录。"
        f"签名密钥为 {done.fingerprint}，请与打印的报告核对",
    )
    if json:
        show.as_json(done.model_dump(mode="json"))


@app.command()
def anchor(context: typer.Context, json: Json = False) -> None:
    """Sign the newest line of the record, and print what is to be kept elsewhere."""
    show.for_programs(json)
    made = show.studio_of(context).anchor(show.me())
    show.say(
        f"At {made.at} the newest line of the record was\n\n  {made.number}:{made.hash}\n\n"
        f"signed by the key  {made.fingerprint}\n\nKeep this on paper or with somebody else. Later:"
        f'\n  studio verify --anchor {made.number}:{made.hash} --key "{made.fingerprint}"',
        f"{made.at} 时最新的一条记录是\n\n  {made.number}:{made.hash}\n\n"
        f"签名密钥  {made.fingerprint}\n\n请打印留存，或交给他人保管。日后验证："
        f'\n  studio verify --anchor {made.number}:{made.hash} --key "{made.fingerprint}"',
    )
    if json:
        show.as_json(made.model_dump())


@app.command()
def purge(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A person, as the record names them.")],
) -> None:
    """Take away a person's account and name for good; the record stays whole."""
    done = show.studio_of(context).purge(name, show.me())
    show.say(
        f"{name} is gone; the record says {done.id} instead. Backups that were made before still "
        "hold the name: delete them when their time is over.",
        f"{name} 的账号和姓名已删除，记录中改为 {done.id}。"
        "此前的备份中仍有该姓名，到期后请一并删除。",
    )
    for path in done.still_in:
        show.say(f"the name still stands in {path}", f"{path} 中仍有该姓名")


@key.command()
def rotate(
    context: typer.Context,
    signing: Annotated[bool, typer.Option(help="A new key for signatures too.")] = False,
) -> None:
    """Make a new key and seal everything anew with it."""
    count = show.studio_of(context).rotate_key(show.me(), signing=signing)
    show.say(f"{count} values are sealed with a new key.", f"已用新密钥重新加密 {count} 项。")


@key.command()
def forget(context: typer.Context) -> None:
    """After the key file was lost: go on with a new one, without names, passwords and secrets."""
    count = show.studio_of(context).forget_key(show.me())
    show.say(
        f"A new key file was made. {count} names, all passwords, tokens and secrets are gone; the "
        "next `studio serve` makes a new admin.",
        f"已生成新的密钥文件。{count} 个姓名以及全部密码、令牌和密钥已无法恢复；"
        "下次运行 studio serve 时会创建新的管理员。",
    )


@key.command("backup")
def backup_key(
    file: Annotated[Path, typer.Argument(help="The file to write; keep it off this machine.")],
) -> None:
    """Make a pair of keys for backups: the private one into a file, the public one is printed."""
    from studio.errors import InputError
    from studio.store.archive import new_identity

    private, public = new_identity()
    try:
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise InputError(f"{file} is there already", hint="choose another name") from None
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(f"# public key: {public}\n{private}\n")
    print(public)


@secret.command("set")
def set_(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="openai_key, or the name that a connector asks for.")],
) -> None:
    """Keep a secret; it is read from the terminal or from stdin, never from the command line."""
    import getpass

    text = getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.read().strip()
    show.studio_of(context).set_secret(name, text, show.me())
    show.say(f"{name} is kept sealed.", f"{name} 已加密保存。")


@secret.command("list")
def list_(context: typer.Context) -> None:
    """The names of the secrets that are kept."""
    for name in show.studio_of(context).secrets(show.me()):
        print(name)


def _text(path: Path) -> str:
    from studio.errors import InputError

    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} can not be read: {error}") from error
