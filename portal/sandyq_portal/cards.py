"""New login cards: a new secret for each pupil, and a code that opens the sign-in page with their login."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

import segno
from fastapi import HTTPException
from markupsafe import Markup
from sqlalchemy.orm import Session

from sandyq.layout import write_commands
from sandyq.school.cards import sign_in_address
from sandyq.school.credentials import reset_secret
from sandyq.school.tables import ClassGroup, Person


@dataclass(frozen=True)
class LoginCard:
    name: str
    class_name: str
    """Empty: of somebody who is in no class."""
    login: str
    kind: str
    """``pin`` or ``password``."""
    secret: str
    code: Markup
    """A QR code of the sign-in page, without the secret: a lost card's picture opens nothing."""


def draw_card_code(site: str, login: str) -> Markup:
    """Return a QR code of the sign-in page with the login filled in, without the secret."""
    return draw_code(sign_in_address(site, login))


def issue_cards(session: Session, group: ClassGroup, pupils: list[Person], site: str) -> list[LoginCard]:
    """Give every pupil a new secret; 403 when one holds another role too: that secret is not a teacher's to make."""
    for pupil in pupils:
        if pupil.role_names != {"pupil"}:
            raise HTTPException(
                403,
                f"Login '{pupil.login}' holds other roles. "
                + write_commands(f"The operator resets it: ./sandyq people reset {pupil.login}"),
            )
    return [_issue_card(session, group, pupil, site) for pupil in pupils]


def _issue_card(session: Session, group: ClassGroup, pupil: Person, site: str) -> LoginCard:
    secret = reset_secret(session, pupil)
    address = f"{site}/hub/login?{urlencode({'class': group.id, 'login': pupil.login})}"
    return LoginCard(pupil.full_name, group.name, pupil.login, secret.kind, secret.text, draw_code(address))


def draw_code(text: str) -> Markup:
    """Return a QR code as inline SVG; the words beside it say the same."""
    svg = segno.make(text, error="m").svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None)
    return Markup(svg.replace("<svg ", '<svg aria-hidden="true" ', 1))  # noqa: S704 # drawn by segno, holds no text
