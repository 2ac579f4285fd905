"""The page on which a person mends a cut-out with a brush: /brush?listing=…&slot=…

A page of its own, without Gradio: a canvas, and one order that keeps the mask.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from studio.errors import DeniedError, InputError, NotFoundError, StateError, StudioError
from studio.imaging.brushed import LARGEST
from studio.ui import refusals, words

if TYPE_CHECKING:
    from studio.schema import Actor
    from studio.service import Studio
    from studio.service.brushing import Outline

STATUS: dict[type[StudioError], int] = {
    InputError: 400,
    DeniedError: 403,
    NotFoundError: 404,
    StateError: 409,
}


def routes(app: FastAPI, studio: Studio, language_of: Callable[[Request], str]) -> None:
    """The page, its script, the two pictures that it shows, and the order that keeps a mask. The
    edge in front tells who asks; the service decides who may."""

    @app.get("/brush.js", include_in_schema=False)
    def script() -> Response:
        code = files("studio.ui").joinpath("brush.js").read_bytes()
        return Response(code, media_type="text/javascript", headers={"cache-control": "no-cache"})

    @app.get("/brush", include_in_schema=False)
    def page(request: Request, listing: str, slot: str) -> HTMLResponse:
        language = language_of(request)
        try:
            outline = studio.outline(listing, slot, _actor(request))
        except StudioError as error:
            problem, status = refusals.told(language, error), STATUS.get(type(error), 500)
            return HTMLResponse(_page(language, listing, slot, problem=problem), status)
        return HTMLResponse(_page(language, listing, slot, outline))

    @app.get("/brush/{what}", include_in_schema=False)
    def picture(request: Request, what: str, listing: str, slot: str) -> Response:
        try:
            outline = studio.outline(listing, slot, _actor(request))
        except StudioError as error:
            return _problem(language_of(request), error)
        data, mime = (
            (outline.mask, "image/png") if what == "mask" else (outline.photo, "image/jpeg")
        )
        return Response(data, media_type=mime, headers={"cache-control": "no-store"})

    @app.post("/brush/redraw", include_in_schema=False)
    def again(
        request: Request, listing: str, revision: int, slot: str = "", another: bool = False
    ) -> Response:
        """Draw a picture anew, as another where that is wanted, or those whose words have changed,
        and go back to the product."""
        language = language_of(request)
        try:
            slots = (slot,) if slot else ()
            actor = _actor(request)
            studio.redraw(listing, slots, revision=revision, actor=actor, another=another)
        except StudioError as error:
            problem, status = refusals.told(language, error), STATUS.get(type(error), 500)
            return HTMLResponse(_page(language, listing, slot, problem=problem), status)
        return RedirectResponse(_back(listing), 303)

    @app.post("/brush", include_in_schema=False)
    async def keep(request: Request, listing: str, slot: str, revision: int) -> JSONResponse:
        from starlette.concurrency import run_in_threadpool

        def kept(mask: bytes) -> None:
            studio.brush(listing, slot, mask, revision=revision, actor=_actor(request))

        try:
            await run_in_threadpool(kept, await _body(request))
        except StudioError as error:
            return _problem(language_of(request), error)
        return JSONResponse({})


def _page(
    language: str, listing: str, slot: str, outline: Outline | None = None, problem: str = ""
) -> str:
    return words.part(
        "brush",
        language,
        outline=outline,
        listing=listing,
        slot=slot,
        problem=problem,
        back=_back(listing),
    )


def _back(listing: str) -> str:
    """The product's page with that listing."""
    return f"/product?{urlencode({'id': listing.rsplit('/', 2)[0], 'listing': listing})}"


async def _body(request: Request) -> bytes:
    """What was sent, of which no more is read than is let in. Raises InputError."""
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > LARGEST:
            raise InputError(
                f"the mask is larger than {LARGEST // 1_000_000} MB", hint="paint it on the page"
            )
    return bytes(data)


def _problem(language: str, error: StudioError) -> JSONResponse:
    told = refusals.told(language, error)
    return JSONResponse({"code": error.code, "message": told}, STATUS.get(type(error), 500))


def _actor(request: Request) -> Actor:
    actor: Actor = request.scope["state"]["actor"]
    return actor
