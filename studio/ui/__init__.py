"""The pages: Gradio for forms and events, HTML of our own for tables, inside the parent app.

Who may do what is decided by the service, for each call; hiding a button is comfort only.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from fastapi import FastAPI, Request
from fastapi.responses import Response

if TYPE_CHECKING:
    from studio.service import Studio

QUIET = {"GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000", "GRADIO_ANALYTICS_MAX_EVENTS": "100"}


def mount(app: FastAPI, studio: Studio, language_of: Callable[[Request], str]) -> None:
    """Put the pages at "/". The edge in front has let in only who has a session."""
    import gradio as gr

    # After each event Gradio would sum up the last 10,000 with pandas, for a page that is closed.
    os.environ |= QUIET

    from studio.ui import brush, pages, quick, words
    from studio.ui.assets import Assets
    from studio.ui.desk import Desk
    from studio.ui.head import STAMP, Head

    @app.get("/ui/{name}", include_in_schema=False)
    def file(
        name: Literal["studio.css", "desk.js", "forms.js", "notices.js", "review.js"], v: str = ""
    ) -> Response:
        return _file(name, kept=v == STAMP)

    desk = Desk(studio, language_of)
    quick.routes(app, desk)
    brush.routes(app, studio, language_of)

    def name_of(request: Request) -> str | None:
        actor = request.scope.get("state", {}).get("actor")
        return actor.name if actor else None

    demo = pages.build(desk)
    demo.state_session_capacity = 300  # each page load keeps some 200 kB
    demo.queue(default_concurrency_limit=8, max_size=200, api_open=False)
    gr.mount_gradio_app(
        app,
        demo,
        path="/",
        auth_dependency=name_of,
        show_error=False,
        max_file_size="200mb",
        run_history=False,
        enable_monitoring=False,
        footer_links=[],
        i18n=gr.I18n(**words.catalogue()),
        theme=gr.themes.Base(primary_hue="teal", font=["system-ui", "sans-serif"]),
        ssr_mode=False,
        allowed_paths=[],
        blocked_paths=[str(studio.settings.home)],
    )

    def missing(request: Request) -> str:
        return pages.missing(desk.of(request, {}))

    app.add_middleware(Assets)
    app.add_middleware(Head, opening=desk.opening, missing=missing)


def _file(name: str, kept: bool) -> Response:
    """A file of ours; a browser keeps what it asked for by its stamp."""
    content = files("studio.ui").joinpath(name).read_bytes()
    mime = "text/css" if name.endswith(".css") else "text/javascript"
    control = "private, max-age=31536000, immutable" if kept else "no-cache"
    return Response(content, media_type=mime, headers={"cache-control": control})
