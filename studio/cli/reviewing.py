"""`studio review`: the queue, and what a reviewer decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli import app, show

if TYPE_CHECKING:
    from studio.schema import Listing

review = typer.Typer(
    help="The review queue, and in it: show, submit, approve, reject, waive, fix, again.",
    rich_markup_mode=None,
)
app.add_typer(review, name="review", invoke_without_command=True)

Ids = Annotated[list[str], typer.Argument(help="Listings, as `studio review` names them.")]
Reason = Annotated[str, typer.Option(help="Why; kept in the record.")]


@review.callback()
def queue(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="draft, submitted, approved, rejected, exported")] = "",
    channel: Annotated[str, typer.Option(help="Only this channel.")] = "",
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Without a command: the listings, riskiest first."""
    if context.invoked_subcommand:
        return
    from studio.errors import NotFoundError
    from studio.schema import State

    if state and state not in list(State):
        raise NotFoundError.of("state", state, list(State))
    show.for_programs(json)
    found = show.studio_of(context).listings(
        show.me(), state=State(state) if state else None, channel=channel, limit=200
    )
    if json:
        for listing in found:
            show.as_json(_plain(listing))
        return
    rows = [
        (one.id, one.state, one.revision, sum(f.blocks for f in one.findings), one.text.title)
        for one in found
    ]
    show.table("listings", ("listing", "state", "revision", "blocking", "title"), rows)


def _plain(listing: Listing) -> dict[str, object]:
    return listing.model_dump(mode="json", exclude={"brief"})


@review.command("show")
def show_(context: typer.Context, id: Annotated[str, typer.Argument(help="A listing.")]) -> None:
    """A listing's texts, claims and findings."""
    listing = show.studio_of(context).listing(id, show.me())
    rows = [(f, listing.text.origin.get(f, ""), t) for f, t in listing.text.parts()]
    show.table(
        f"{listing.id}  r{listing.revision}  {listing.state}", ("field", "from", "text"), rows
    )
    claims = [(c.status, c.text, c.carrier, c.carrier_text) for c in listing.claims]
    show.table("claims", ("status", "claim", "carried by", "its words"), claims)
    for finding in (f for f in listing.findings if not f.cleared):
        print(f"{finding.key}  {show.finding_line(finding)}")


def _each(context: typer.Context, ids: list[str], action: str, **more: str) -> None:
    """Apply an action to the newest revision of each listing."""
    studio = show.studio_of(context)
    for id in ids:
        listing = studio.listing(id, show.me())
        moved = getattr(studio, action)(id, revision=listing.revision, actor=show.me(), **more)
        print(f"{moved.id}  {moved.state}")


@review.command()
def submit(context: typer.Context, ids: Ids) -> None:
    """Hand listings to review."""
    _each(context, ids, "submit")


@review.command()
def approve(context: typer.Context, ids: Ids) -> None:
    """Approve listings for export."""
    _each(context, ids, "approve")


@review.command()
def reject(context: typer.Context, ids: Ids, reason: Reason) -> None:
    """Send listings back, with the reason."""
    _each(context, ids, "reject", reason=reason)


@review.command()
def fix(context: typer.Context, ids: Ids) -> None:
    """Apply the safe suggestions of the findings, and show what changed."""
    studio = show.studio_of(context)
    for id in ids:
        before = studio.listing(id, show.me())
        after = studio.fix_all(id, revision=before.revision, actor=show.me())
        print(f"{id}  {after.state}")
        for field, words in after.text.parts():
            if words != (old := before.text.text(field)):
                print(f"  {field}\n  - {old}\n  + {words}")


@review.command()
def again(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="A listing.")],
    field: Annotated[str, typer.Argument(help="title, bullets.0, description ...")],
    hint: Annotated[
        str, typer.Option(help='A wish: "shorter", "mention the lid", 「短一点」.')
    ] = "",
    save: Annotated[bool, typer.Option("--save", help="Store it.")] = False,
) -> None:
    """Write one field anew, by a wish; shown first, stored with --save."""
    studio = show.studio_of(context)
    listing = studio.listing(id, show.me())
    change = studio.again(id, field, hint, show.me())
    print(f"{field}\n  - {change.before}\n  + {change.after}")
    if change.detail:
        print(f"  {change.detail}")
    if save and change.after != change.before:
        saved = studio.edit(id, {field: change.after}, revision=listing.revision, actor=show.me())
        print(f"{saved.id}  r{saved.revision}  {saved.state}")


@review.command()
def waive(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="A listing.")],
    finding: Annotated[str, typer.Argument(help="The finding's key, from `studio review show`.")],
    reason: Reason,
) -> None:
    """Take a finding on yourself."""
    listing = show.studio_of(context).waive(id, finding, reason, actor=show.me())
    print(f"{listing.id}  {sum(f.blocks for f in listing.findings)} blocking")
