"""Values that change on a day: `{value: 75, effective: 2026-07-27, before: 200}`.

`before` may itself be dated. Each such value is kept in `Channel.options["changes"]` as its path
and its steps, [[since, value], …] with since "" for what held at first, so that a channel can be
had as it is on any other day (a forecast) without its file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from studio.channels.lines import Lines, Loc
from studio.schema import Channel

_KEYS = {"value", "effective", "before"}
_WANTS = "a value with a day is {value: …, effective: YYYY-MM-DD, before: …}"


@dataclass
class Settling:
    """One walk through a spec for one day; notes changes and mistakes on the way."""

    on: date
    places: Lines
    mistakes: list[tuple[int, str]]
    changes: list[dict[str, Any]] = field(default_factory=list)

    def settle(self, value: Any, loc: Loc = ()) -> Any:
        """The value with every dated part as it is on the day."""
        if isinstance(value, list):
            return [self.settle(item, (*loc, i)) for i, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if "effective" not in value:
            return {key: self.settle(item, (*loc, key)) for key, item in value.items()}
        steps = _steps(value)
        if not steps:
            path = ".".join(map(str, loc))
            self.mistakes.append((self.places.of(loc), f"{path}: {_WANTS}"))
            return None
        self.changes.append({"path": list(loc), "steps": steps})
        return _step(steps, self.on)


def _steps(value: Any) -> list[list[Any]]:
    """The steps, oldest first; none when the value is written wrongly or the days do not rise."""
    if not isinstance(value, dict):
        return [["", value]]
    if set(value) != _KEYS or not isinstance(value["effective"], date):
        return []
    earlier, since = _steps(value["before"]), value["effective"].isoformat()
    if not earlier or earlier[-1][0] >= since or isinstance(value["value"], dict):
        return []
    return [*earlier, [since, value["value"]]]


def _step(steps: list[list[Any]], on: date) -> Any:
    return [value for since, value in steps if since <= on.isoformat()][-1]


def on_day(channel: Channel, on: date) -> Channel:
    """The channel as it is on another day than the one that it was loaded for."""
    data = channel.model_dump()
    options = data["options"]
    tree = {"fields": data["fields"], "slots": data["slots"], "rules": options.get("rules")}
    tree["options"] = options
    for change in options.get("changes", ()):
        *way, last = change["path"]
        place: Any = tree
        for step in way:
            place = place[step]
        # What a limit or a slot has no room for (a note, a source) is not in the channel.
        if isinstance(place, list) or last in place:
            place[last] = _step(change["steps"], on)
    return Channel.model_validate(data)
