"""Keeps Gradio's own files as they were packed for the first browser that asked: some sixty of them
make a first visit, and packing them anew takes a third of a second of the processor."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BELOW = ("/assets/", "/static/")  # named by their content, or part of the package
MOST = 64_000_000  # bytes; all of Gradio's files packed are less than half
PLAIN = ("range", "if-none-match", "if-modified-since")
PACKED = frozenset(["br", "gzip", "*"])  # what makes an answer another one
Answer = list["Message"]
Key = tuple[str, frozenset[str]]  # path, packings


class Assets:
    """An ASGI wrapper: whole answers to plain questions for a file are kept."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.kept: dict[Key, Answer] = {}
        self.size = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(BELOW):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        encodings = headers.get("accept-encoding", "").lower()
        # "br;q=0" says no: whoever weighs is answered anew.
        other = scope["method"] != "GET" or ";" in encodings
        if other or any(name in headers for name in PLAIN):
            await self.app(scope, receive, send)
            return
        key = scope["path"], frozenset(PACKED.intersection(re.split(r"[,\s]+", encodings)))
        if key not in self.kept:
            await self.app(scope, receive, self._heard(key, send))
            return
        for message in self.kept[key]:
            await send(dict(message))

    def _heard(self, key: Key, send: Send) -> Send:
        """Sends an answer on, and keeps it before its last piece is out."""
        answer: Answer = []

        async def out(message: Message) -> None:
            answer.append(dict(message))
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                self._keep(key, answer)
            await send(message)

        return out

    def _keep(self, key: Key, answer: Answer) -> None:
        size = sum(len(message.get("body", b"")) for message in answer)
        new = answer[0].get("status") == 200 and key not in self.kept
        if new and self.size + size <= MOST:
            self.kept[key] = answer
            self.size += size
