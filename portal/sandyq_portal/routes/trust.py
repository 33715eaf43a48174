"""How a device comes to trust the server's certificate: a page over plain HTTP, the certificate, a sheet for the wall.

The proxy shows these under the short address ``/trust``; over plain HTTP without cookies.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import HTTPException, Request
from starlette.responses import Response

from sandyq.i18n import LANGUAGES, translator
from sandyq.tls.serving import read_shown
from sandyq_portal.access import Everyone, RuledRouter
from sandyq_portal.trust import find_trust

router = RuledRouter(Everyone(), prefix="/trust")
FORMS = {
    "sandyq-ca.crt": (Encoding.DER, "application/x-x509-ca-cert"),
    "sandyq-ca.pem": (Encoding.PEM, "application/x-pem-file"),
}
"""Firefox asks at once whether to trust what comes as the first; Linux wants the second."""


@router.get("")
def explain_trust(request: Request, lang: str = "") -> Response:
    """Explain it, in the language of the link: there is no cookie to remember one."""
    settings = request.app.state.settings
    if not settings.tls_name:
        raise HTTPException(404)
    if lang in LANGUAGES:
        request.state.language = lang
    page: Response = request.app.state.pages.render(
        request, "trust.html", trust=find_trust(settings), address=settings.address
    )
    return page


@router.get("/poster")
def show_poster(request: Request) -> Response:
    """Show the sheet for the computer room's wall, in all languages; never over plain HTTP, for others believe it."""
    trust = find_trust(request.app.state.settings)
    if trust is None:
        raise HTTPException(404)
    tongues = [(code, translator(code)) for code in LANGUAGES]
    page: Response = request.app.state.pages.render(
        request, "trust_poster.html", trust=trust, tongues=tongues
    )
    return page


@router.get("/{name}")
def send_certificate(request: Request, name: str) -> Response:
    """Send what devices have to trust."""
    settings = request.app.state.settings
    shown = read_shown(settings) if settings.tls_name else None
    if name not in FORMS or shown is None or shown.root is None:
        raise HTTPException(404)
    form, kind = FORMS[name]
    return Response(shown.root.public_bytes(form), media_type=kind)
