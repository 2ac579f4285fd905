"""Jobs and their items: what is to be done, by whom, and how it ended. Any machine may ask.

An item is claimed under a lease by an owner; when the owner is gone or the lease is over, the item
is pending again. The result of an item is stored by its own digest, so doing it twice does no harm.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from studio.errors import NotFoundError, StateError
from studio.schema import Actor, Draft, now
from studio.store.base import append
from studio.store.drafts import Drafts, listing_id
from studio.store.names import names_of, plain
from studio.store.nouns import Job, JobItem, JobState, Page
from studio.store.tables import job, job_item

LEASE = 600.0  # seconds
CHUNK = 5_000  # items of a new job that are written together

# A job's state may become: what a person asks for, and how it ends.
_NEXT: Mapping[str, tuple[str, ...]] = {
    "waiting": ("running", "paused", "cancelled"),
    "running": ("paused", "cancelled", "done", "failed", "waiting"),
    "paused": ("waiting", "running", "cancelled"),
    "failed": ("waiting", "running"),
    "done": ("waiting", "running"),
    "cancelled": ("waiting", "running"),
}


class Jobs(Drafts):
    """Batches of work."""

    def create_job(
        self,
        kind: str,
        args: Mapping[str, Any],
        items: Iterable[tuple[str, str]],
        actor: Actor,
        *,
        id: str = "",
    ) -> Job:
        """A new job with its items as (key, digest). An `id` that exists returns that job as it
        is, so that asking twice starts nothing twice."""
        name = plain(id or secrets.token_hex(6), "a job's id")
        with self._write() as connection:
            if connection.execute(sa.select(job.c.id).where(job.c.id == name)).first():
                return _job(connection, name)
            at = now()
            values = {"id": name, "kind": kind, "actor": names_of(connection).id(actor.name),
                      "args": dict(args)}  # fmt: skip
            connection.execute(
                job.insert().values(**values, state="waiting", created=at, updated=at)
            )
            wanted = dict(items)
            rest = enumerate(wanted.items())
            while chunk := list(islice(rest, CHUNK)):
                rows = [
                    {"job": name, "key": plain(key, "an item's key", 400), "digest": digest,
                     "place": place, "state": "pending"}
                    for place, (key, digest) in chunk
                ]  # fmt: skip
                connection.execute(job_item.insert(), rows)
            told = {"job": name, "kind": kind, "items": len(wanted)}
            append(connection, actor, "job created", detail=told)
            return _job(connection, name)

    def claim_items(
        self, id: str, owner: str, *, limit: int = 1, lease: float = LEASE
    ) -> tuple[JobItem, ...]:
        """Takes up to `limit` pending items that may begin now; empty when the job is paused,
        cancelled or has none. `lease` in seconds: after it the items are anybody's again."""
        with self._write(alone=False) as connection:
            state = connection.execute(sa.select(job.c.state).where(job.c.id == id)).scalar()
            if state not in ("waiting", "running"):
                return ()
            at = now()
            due = sa.or_(job_item.c.until.is_(None), job_item.c.until <= at)
            query = (
                sa.select(job_item.c.key)
                .where(job_item.c.job == id, job_item.c.state == "pending", due)
                .order_by(job_item.c.place)
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
            keys = list(connection.execute(query).scalars())
            mine = sa.and_(job_item.c.job == id, job_item.c.key.in_(keys))
            values = {"state": "running", "owner": owner, "until": at + timedelta(seconds=lease)}
            tries = job_item.c.tries + 1
            connection.execute(job_item.update().where(mine).values(**values, tries=tries))
            rows = sa.select(job_item).where(mine).order_by(job_item.c.place)
            return tuple(map(_item, connection.execute(rows)))

    def due_in(self, id: str) -> float | None:
        """Seconds until the next pending item may begin, at least 0; None when none is pending."""
        query = sa.select(job_item.c.until).where(
            job_item.c.job == id, job_item.c.state == "pending"
        )
        with self._read() as connection:
            # Those that may begin at once are claimed first, so what is left is a few that wait.
            times = connection.execute(query.order_by(job_item.c.place).limit(1000)).scalars().all()
        waits = [(time - now()).total_seconds() if time else 0.0 for time in times]
        return max(0.0, min(waits)) if waits else None

    def at_work(self, id: str) -> bool:
        """Whether somebody has items of a job in hand (a process of this machine that lives, or one
        of another machine within its lease), or what is left waits for its next try."""
        held = sa.select(job_item.c.owner).where(
            job_item.c.job == id, job_item.c.state == "running", job_item.c.until > now()
        )
        waits = sa.select(job_item.c.key).where(
            job_item.c.job == id, job_item.c.state == "pending", job_item.c.until > now()
        )
        with self._read() as connection:
            owners = connection.execute(held.distinct()).scalars().all()
            if any(not owner_gone(owner) for owner in owners):
                return True
            return connection.execute(waits.limit(1)).first() is not None

    def paces(self, channel: str) -> tuple[float, ...]:
        """Seconds of the newest items that jobs have made for a channel, up to a thousand."""
        found: list[float] = []
        with self._read() as connection:
            newest = sa.select(job.c.id, job.c.args).order_by(job.c.created.desc()).limit(50)
            for row in connection.execute(newest).all():
                if row.args.get("channel") != channel or len(found) >= 1000:
                    continue
                made = sa.select(job_item.c.seconds).where(
                    job_item.c.job == row.id, job_item.c.state == "done", job_item.c.seconds > 0
                )
                found += connection.execute(made.limit(1000)).scalars()
        return tuple(found[:1000])

    def renew_items(self, id: str, owner: str, *, lease: float = LEASE) -> int:
        """A longer lease for all that the owner has in hand; returns how many."""
        mine = sa.and_(
            job_item.c.job == id, job_item.c.owner == owner, job_item.c.state == "running"
        )
        until = now() + timedelta(seconds=lease)
        with self._write(alone=False) as connection:
            return connection.execute(job_item.update().where(mine).values(until=until)).rowcount

    def save_item(self, id: str, draft: Draft, actor: Actor, *, seconds: float = 0.0) -> None:
        """Stores a draft as `save_draft` does and ticks its item off, in one transaction: after a
        kill it is both or neither."""
        self._put_blobs(draft)
        with self._write() as connection:
            self._save_draft(connection, draft, actor, None)
            values = {"state": "done", "reason": "", "digest": draft.digest, "seconds": seconds}
            _set_item(connection, id, listing_id(draft), values)

    def finish_item(self, id: str, key: str, *, skipped: str = "") -> None:
        """Done, or `skipped` for that reason. Finishing twice is the same as once."""
        with self._write(alone=False) as connection:
            state = "skipped" if skipped else "done"
            _set_item(connection, id, key, {"state": state, "reason": skipped})

    def fail_item(
        self,
        id: str,
        key: str,
        reason: str,
        *,
        seconds: float = 0.0,
        again_in: float | None = None,
    ) -> None:
        """Failed for that reason; with `again_in` (seconds) it is tried again after that."""
        until = None if again_in is None else now() + timedelta(seconds=again_in)
        values = {"state": "failed" if until is None else "pending", "until": until}
        with self._write(alone=False) as connection:
            _set_item(connection, id, key, {**values, "reason": reason, "seconds": seconds})

    def release_items(self, id: str, *, gone: Callable[[str], bool] | None = None) -> int:
        """Makes running items pending whose lease is over or whose owner is `gone` (by default:
        a process of this machine that has ended). Returns how many. What was cut off is no try;
        it is a death, so that an item that kills its worker does not come back for ever, but where
        the owner is told of as `gone`: it gave its items back."""
        ended = gone or owner_gone
        running = sa.and_(job_item.c.job == id, job_item.c.state == "running")
        with self._write(alone=False) as connection:
            owners = connection.execute(sa.select(job_item.c.owner).where(running).distinct())
            lost = [owner for owner in owners.scalars() if ended(owner)]
            over = sa.or_(job_item.c.owner.in_(lost), job_item.c.until < now())
            values = {"state": "pending", "owner": "", "until": None}
            counts = {"tries": job_item.c.tries - 1,
                      "deaths": job_item.c.deaths + (0 if gone else 1)}  # fmt: skip
            change = job_item.update().where(running, over).values(**values, **counts)
            return connection.execute(change).rowcount

    def retry_items(self, id: str) -> int:
        """Makes failed items pending again, as if never tried; returns how many."""
        failed = sa.and_(job_item.c.job == id, job_item.c.state == "failed")
        values = {"state": "pending", "tries": 0, "deaths": 0, "until": None}
        with self._write(alone=False) as connection:
            return connection.execute(job_item.update().where(failed).values(**values)).rowcount

    def set_job_state(self, id: str, state: JobState, actor: Actor) -> Job:
        """Pauses, goes on, cancels or ends a job. Raises StateError for what can not follow."""
        with self._write() as connection:
            old = _job(connection, id)
            if state != old.state:
                if state not in _NEXT[old.state]:
                    raise StateError(
                        f"job {id} is {old.state} and can not become {state}",
                        hint=f"it can become {', '.join(_NEXT[old.state])}",
                    )
                change = job.update().where(job.c.id == id).values(state=state, updated=now())
                connection.execute(change)
                append(connection, actor, f"job {state}", detail={"job": id})
            return _job(connection, id)

    def job_state(self, id: str) -> JobState:
        """How a job stands, without its counts. Raises NotFoundError."""
        with self._read() as connection:
            found = connection.execute(sa.select(job.c.state).where(job.c.id == id)).scalar()
            state: JobState = found or _job(connection, id).state
            return state

    def job(self, id: str) -> Job:
        """One job with its counts. Raises NotFoundError."""
        with self._read() as connection:
            return _job(connection, id)

    def jobs(self, *, limit: int = 50) -> tuple[Job, ...]:
        """The newest jobs first."""
        query = sa.select(job.c.id).order_by(job.c.created.desc(), job.c.id).limit(limit)
        with self._read() as connection:
            return tuple(_job(connection, id) for id in connection.execute(query).scalars().all())

    def job_items(
        self, id: str, *, state: str = "", after: int = -1, limit: int = 50
    ) -> Page[JobItem, int]:
        """A page of a job's items in their order; `after` is the place of the last one."""
        query = sa.select(job_item).where(job_item.c.job == id, job_item.c.place > after)
        if state:
            query = query.where(job_item.c.state == state)
        with self._read() as connection:
            rows = connection.execute(query.order_by(job_item.c.place).limit(limit)).all()
        return Page(tuple(map(_item, rows)), rows[-1].place if len(rows) == limit else None)


def _set_item(connection: sa.Connection, id: str, key: str, values: dict[str, Any]) -> None:
    """Nobody has it in hand any more. What is done stays done."""
    one = {"of": id, "one": key}
    told = {**one, "owner": "", "until": None, **values}
    if connection.execute(_OPEN_ITEM, told).rowcount:
        return
    if not connection.execute(_ITEM, one).first():
        raise NotFoundError(f"job {id} has no item {key!r}", hint="studio job status")


_ONE = (job_item.c.job == sa.bindparam("of"), job_item.c.key == sa.bindparam("one"))
_ITEM = sa.select(job_item.c.key).where(*_ONE)
_OPEN_ITEM = job_item.update().where(*_ONE, job_item.c.state != "done")


def _job(connection: sa.Connection, id: str) -> Job:
    row = connection.execute(sa.select(job).where(job.c.id == id)).first()
    if row is None:
        known = connection.execute(sa.select(job.c.id).order_by(job.c.created.desc()).limit(50))
        raise NotFoundError.of("job", id, known.scalars())
    counting = (
        sa.select(job_item.c.state, sa.func.count())
        .where(job_item.c.job == id)
        .group_by(job_item.c.state)
    )
    counts = {row[0]: row[1] for row in connection.execute(counting)}
    told = {**row._mapping, "actor": names_of(connection).name(row.actor)}
    return Job(**told, counts=counts)


def _item(row: sa.Row[Any]) -> JobItem:
    names = JobItem.model_fields
    return JobItem(**{name: value for name, value in row._mapping.items() if name in names})


# --- who holds an item ---------------------------------------------------------------------------


def owner_name(pid: int = 0) -> str:
    """Names a process, or this one: host, number and, where the system tells it, its beginning."""
    number = pid or os.getpid()
    return f"{socket.gethostname()}:{number}:{_began(number)}"


def owner_gone(owner: str) -> bool:
    """Whether the owner was a process of this machine and has ended; others are not judged."""
    host, _, rest = owner.rpartition(":")[0].rpartition(":")
    began = owner.rpartition(":")[2]
    if host != socket.gethostname() or not rest.isdigit():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return _began(int(rest)) != began


def _began(pid: int) -> str:
    """Clock ticks from the machine's start to the process's, for a number may be used again; "" for
    one that has ended and that its parent has not asked for yet, as in many containers."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    told = text.rpartition(")")[2].split()
    return "" if told[0] in ("Z", "X") else told[19]
