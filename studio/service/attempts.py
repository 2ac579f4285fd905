"""How often somebody may try a password: counted before it is tried, so that many at once are too.

Kept in memory: a studio is one process, and a restart of it is nothing that a guesser can cause.
"""

from __future__ import annotations

import time
from collections import deque
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock

WINDOW = 300.0  # seconds
PER_PLACE, PER_NAME = 10, 50  # tries within the window: from one address, for one name
MOST = 10_000  # places that are remembered; then the oldest go


class Attempts:
    """Tries of the last minutes, by address and by name."""

    def __init__(self) -> None:
        self._tries: dict[str, deque[float]] = {}
        self._lock = Lock()

    def begin(self, address: str, name: str) -> bool:
        """Counts a try; False when there were too many, and then it must not be made."""
        keys = {f"from {place(address)}": PER_PLACE, f"for {name.casefold()}": PER_NAME}
        with self._lock:
            recent = {key: self._recent(key) for key in keys}
            if any(len(recent[key]) >= most for key, most in keys.items()):
                return False
            for tries in recent.values():
                tries.append(time.monotonic())
        return True

    def succeeded(self, address: str, name: str) -> None:
        """Takes back the try that was right."""
        with self._lock:
            for key in (f"from {place(address)}", f"for {name.casefold()}"):
                if tries := self._tries.get(key):
                    tries.pop()

    def _recent(self, key: str) -> deque[float]:
        while len(self._tries) >= MOST and key not in self._tries:
            del self._tries[next(iter(self._tries))]
        tries = self._tries.setdefault(key, deque())
        while tries and tries[0] < time.monotonic() - WINDOW:
            tries.popleft()
        return tries


def place(address: str) -> str:
    """Who an address stands for: itself, or the /64 network that one household of IPv6 has."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 64), strict=False))
    return str(found)
