"""What a rota of the computer room must be like: one that its page cannot show would close that page to everybody."""

from __future__ import annotations

from sqlalchemy.orm import Session

from sandyq.rotas import is_rota
from sandyq.school.centre.tables import Rota
from sandyq.school.errors import BadField


def check_rota(_session: Session, rota: Rota) -> None:
    """BadField for a rota without a name, and for one that is neither of a class nor of a week."""
    if not rota.name.strip():
        raise BadField("name", "Give the rota a name.")
    if not is_rota(rota.about):
        raise BadField("about", "These turns at the computers cannot be kept. Make the rota anew.")
