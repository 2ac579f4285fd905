"""Answers for the pages' scripts, without Gradio's queue in between: the review desk's next items
and decisions, findings while somebody types, earlier words. The edge in front asks who it is."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from studio.ui import product, reviews
from studio.ui.desk import Ask, Deed, Desk


def routes(app: FastAPI, desk: Desk) -> None:
    """What each answers is escaped HTML, or JSON with such HTML in it."""

    def ask_of(request: Request) -> Ask:
        return desk.of(request, dict(request.query_params))

    @app.get("/desk/item", include_in_schema=False)
    def item(request: Request, listing: str) -> HTMLResponse:
        return HTMLResponse(reviews.item(ask_of(request), listing))

    @app.post("/desk/do", include_in_schema=False)
    def do(request: Request, deed: Deed) -> dict[str, Any]:
        return reviews.decided(ask_of(request), deed)

    @app.post("/desk/check", include_in_schema=False)
    def check(request: Request, deed: Deed) -> dict[str, Any]:
        return product.rechecked(ask_of(request), deed)

    @app.get("/desk/versions", include_in_schema=False)
    def versions(request: Request, listing: str, field: str = "", number: int = 0) -> HTMLResponse:
        return HTMLResponse(product.versions(ask_of(request), listing, field, number))
