"""What the courses' app prints: the list of participants, the attendance sheet, the certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App
from sandyq_apps.kit.desk import Row
from sandyq_apps.kit.papers import render
from sandyq_apps.kit.parts import Part
from sandyq_apps.training_days import add_minutes

if TYPE_CHECKING:
    from sandyq_apps.training import Courses

PAGE = "/services/portal/certificate"
"""Where anybody may look a certificate over."""
SIGNS = {"present": "+", "online": "o", "absent": "–"}


def people_paper(app: Courses, group: Row) -> Part:
    """A numbered list with schools and a place to sign."""
    html = render(
        "training/people.html",
        _=app._,
        course=app.speech.name(app.book.training(group).names),
        group=group.name,
        days=f"{app.speech.date(group.starts_on)} – {app.speech.date(group.ends_on)}",
        guide=app.book.name(group.facilitator_id),
        people=[
            (app.book.name(each.person_id), app.book.school(each.person_id))
            for each in app.book.present_people(group.id)
        ],
    )
    return parts.paper(app._("List of participants"), html)


def attendance_paper(app: Courses, group: Row) -> Part:
    """A column for each session; what is marked stands there, the rest is for a pen."""
    sessions = app.book.sessions[group.id]
    lines = []
    for each in app.book.present_people(group.id):
        marks = [app.book.presence.get((session.id, each.person_id)) for session in sessions]
        lines.append((app.book.name(each.person_id), [SIGNS[mark.state] if mark else "" for mark in marks]))
    names = {each["key"]: app.speech.name(each["names"]) for each in app.book.training(group).modules}
    html = render(
        "training/attendance.html",
        _=app._,
        course=app.speech.name(app.book.training(group).names),
        group=group.name,
        guide=app.book.name(group.facilitator_id),
        sessions=[
            (
                app.speech.short_date(each.on),
                f"{each.starts}–{add_minutes(each.starts, each.minutes)}",
                names.get(each.module, each.module),
            )
            for each in sessions
        ],
        people=lines,
    )
    return parts.paper(app._("Attendance sheet"), html, landscape=True)


def certificate_paper(app: App, certificate: Row) -> Part:
    """What people read, and the code that holds the same, signed."""
    import segno

    words, _, signature = certificate.signed.rpartition("\n~")
    _head, number, name, course, size, issuer = words.split("\n")
    html = render(
        "training/certificate.html",
        _=app._,
        number=number,
        name=name,
        course=course,
        kind=certificate.kind,
        size=size.partition(" ")[0],
        day=app.speech.date(certificate.on),
        issuer=issuer,
        key=signature.partition(" ")[0],
        page=PAGE,
        code=segno.make(certificate.signed, error="m").svg_inline(border=2, omitsize=True, lineclass=None),
    )
    return parts.paper(app._("Certificate"), html)
