"""Login cards: one page to print, ten cards a sheet of A4, with lines to cut along."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import urlencode

import segno

from sandyq.i18n import kazakh_key, translator
from sandyq.school.roster.classes import parse_class

CARDS_A_SHEET: Final = 10


@dataclass(frozen=True)
class Card:
    name: str
    class_name: str
    login: str
    kind: str
    """``pin`` or ``password``."""
    secret: str
    language: str


STYLE: Final = """
@page { size: A4 portrait; margin: 10mm }
* { box-sizing: border-box }
body { margin: 0; font: 11pt system-ui, sans-serif; color: #1f2a2e; background: #fff }
.sheet { display: grid; grid-template: repeat(5, 55mm) / 95mm 95mm; width: 190mm; margin: 0 auto; break-after: page }
.sheet:last-child { break-after: auto }
.card { border: 1px dashed #888; padding: 4mm; display: grid; grid-template-columns: 1fr 27mm; gap: 0 3mm;
  align-content: space-between; overflow: hidden; break-inside: avoid }
.card > header, .card > footer { grid-column: 1 / -1; font-size: 8.5pt; color: #445 }
.card h2 { margin: 0; font-size: 13pt; line-height: 1.2; overflow-wrap: anywhere }
.card dl { margin: 1mm 0 0 }
.card dt { font-size: 8pt; color: #445 }
.card dd { margin: 0; font: bold 12pt ui-monospace, monospace; overflow-wrap: anywhere }
.card .long { font-size: 10pt }
.card .qr { width: 27mm; height: 27mm; align-self: center }
@media screen { body { background: #fbfaf6; padding: 1rem 0 } .sheet { background: #fff; margin-bottom: 1rem } }
"""


def render_cards(school: str, address: str, cards: Iterable[Card]) -> str:
    """Return a whole page in HTML that needs nothing else; ``address`` is where people open the server.

    The QR code opens the sign-in page with the login filled in; the secret is in no link.
    """
    in_order = sorted(cards, key=_place)
    sheets = "".join(_render_sheet(school, address, sheet) for sheet in _sheets(in_order))
    title = escape(school)
    return (
        '<!doctype html>\n<html lang="kk"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{STYLE}</style></head><body>{sheets}</body></html>\n"
    )


def _place(card: Card) -> tuple[object, ...]:
    return place_of_card(card.class_name, card.name)


def place_of_card(class_name: str, name: str) -> tuple[object, ...]:
    """Sort key: adults first, then by grade, class and name."""
    group = parse_class(class_name)
    return group.grades if group else (0,), kazakh_key(class_name), kazakh_key(name)


def _sheets(cards: list[Card]) -> list[list[Card]]:
    return [cards[start : start + CARDS_A_SHEET] for start in range(0, len(cards), CARDS_A_SHEET)]


def _render_sheet(school: str, address: str, cards: list[Card]) -> str:
    return (
        f'<section class="sheet">{"".join(_render_card(school, address, card) for card in cards)}</section>'
    )


def _render_card(school: str, address: str, card: Card) -> str:
    _ = translator(card.language)
    secret = _("PIN") if card.kind == "pin" else _("Password")
    long = ' class="long"' if len(card.secret) > 18 else ""
    return (
        f'<article class="card" lang="{escape(card.language)}"><header>{escape(school)}</header>'
        f"<div><h2>{escape(card.name)}</h2>{_class_line(card, _('Class'))}<dl>"
        f"<dt>{escape(_('Login'))}</dt><dd>{escape(card.login)}</dd>"
        f"<dt>{escape(secret)}</dt><dd{long}>{escape(card.secret)}</dd></dl></div>"
        f"{draw_code(sign_in_address(address, card.login))}"
        f"<footer>{escape(address)} · {escape(_('Keep this card to yourself.'))}</footer></article>"
    )


def _class_line(card: Card, label: str) -> str:
    return f"<div>{escape(label)}: {escape(card.class_name)}</div>" if card.class_name else ""


def sign_in_address(address: str, login: str) -> str:
    return f"{address.rstrip('/')}/hub/login?{urlencode({'username': login})}"


def draw_code(text: str) -> str:
    """Return a QR code as inline SVG; the words beside it say the same, so screen readers skip it."""
    code: str = segno.make(text, error="m").svg_inline(border=1, omitsize=True, svgclass="qr", lineclass=None)
    return code.replace("<svg ", '<svg aria-hidden="true" ', 1)
