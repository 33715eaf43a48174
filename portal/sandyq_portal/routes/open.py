"""What strangers may reach: health, static files, the end of sign-in, the language switch."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Form, HTTPException, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from sandyq.i18n import LANGUAGES
from sandyq.school.tables import Person
from sandyq_portal.access import Everyone, RuledRouter
from sandyq_portal.identity import Visitor, find_login, find_visitor, finish_sign_in
from sandyq_portal.library import check_words, collect_entries
from sandyq_portal.menu import PREFIX
from sandyq_portal.pages import remember_language
from sandyq_portal.protection import check_request_is_ours

router = RuledRouter(Everyone())
YEAR = 365 * 86400


@router.get("/health")
def tell_health(request: Request) -> JSONResponse:
    """Say that we are well, which we are not with lessons that our pages cannot show."""
    check_words(collect_entries(request.app.state.catalogue))
    return JSONResponse({"status": "ok"})


@router.get("/static/{name:path}")
def send_static(request: Request, name: str) -> Response:
    """Send a file; an address with its version may be kept for a year."""
    asset = request.app.state.assets.find(name)
    if asset is None:
        raise HTTPException(404)
    current = request.query_params.get("v") == asset.version
    headers = {
        "ETag": f'"{asset.version}"',
        "Vary": "Accept-Encoding",
        "Cache-Control": f"public, max-age={YEAR}, immutable" if current else "no-cache",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            asset.compressed, media_type=asset.media_type, headers={**headers, "Content-Encoding": "gzip"}
        )
    return Response(asset.body, media_type=asset.media_type, headers=headers)


@router.get("/sign-out")
def leave(request: Request, login: Annotated[str | None, Depends(find_login)]) -> Response:
    """Take all that this browser has of a person: our cookies here, stored data by the page's script, then the hub's.

    ``Clear-Site-Data`` does the same where browsers heed it: over TLS and on the server's own screen.
    """
    page: Response = request.app.state.pages.render(request, "goodbye.html")
    for name in {*filter(OUR_COOKIE.fullmatch, request.cookies), *ROOMS_COOKIES} - KEPT_COOKIES:
        for path in ("/", PREFIX, f"{PREFIX}/", *OTHER_PATHS):
            page.delete_cookie(name, path=path)
    page.delete_cookie(f"jupyterhub-user-{login}", path=f"/user/{login}/")
    page.headers["Clear-Site-Data"] = '"cache", "storage"'
    return page


OUR_COOKIE = re.compile(r"(?:service-|sandyq-|jupyterhub-|_xsrf)[\w.-]*", re.ASCII)
"""All servers of one machine share a browser's cookies, and not every name that a browser sends can be sent back."""
OTHER_PATHS = ("/services/", "/services/rooms/", "/services/rooms")
"""Where our cookies live besides the portal's own path; rooms' are sent to rooms alone, so they are named here."""
KEPT_COOKIES = {"sandyq-lang", "jupyterhub-session-id", "jupyterhub-hub-login"}
"""The language is nobody's own; the hub ends its session itself, and needs its cookies for that."""
ROOMS_COOKIES = ("service-rooms", "sandyq-reader", "_xsrf")


@router.get("/oauth_callback")
async def finish_oauth(request: Request) -> Response:
    return await finish_sign_in(request)


async def changes_own_language(
    request: Request, visitor: Annotated[Visitor | None, Depends(find_visitor)]
) -> Visitor | None:
    """Strangers change only their cookie; a person's own language needs the form token."""
    if visitor:
        await check_request_is_ours(request, visitor.login)
    return visitor


@router.post("/language")
def switch_language(
    request: Request,
    visitor: Annotated[Visitor | None, Depends(changes_own_language)],
    lang: Annotated[str, Form(max_length=2)],
    back: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Switch the language of the cookie and of the person, and go back to the page."""
    if lang not in LANGUAGES:
        raise HTTPException(404)
    if visitor:
        with request.app.state.database.session() as session:
            session.get_one(Person, visitor.id).language = lang
    response = RedirectResponse(_own_page(back), status_code=303)
    remember_language(response, lang)
    return response


def _own_page(address: str) -> str:
    """Return the address when it is one of our own pages, else the home page."""
    parts = urlsplit(address)
    own = not parts.netloc and parts.path.startswith(f"{PREFIX}/") and "\\" not in address
    return address if own else f"{PREFIX}/"
