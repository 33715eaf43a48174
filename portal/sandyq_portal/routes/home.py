"""The first page: what a person does next, by role; the roles of one person stand below each other."""

from __future__ import annotations

from fastapi import HTTPException, Request
from starlette.responses import Response

from sandyq.school.academy.notices import WRITERS, list_shown
from sandyq.school.academy.support import list_silent
from sandyq.school.calendar.events import Known
from sandyq.school.centre.wishes import are_open
from sandyq.school.database import today
from sandyq.school.tables import Person
from sandyq_portal.access import ANYONE_SIGNED_IN, CurrentVisitor, RuledRouter
from sandyq_portal.agenda import Speaker, list_soon
from sandyq_portal.catalogue import Catalogue
from sandyq_portal.classwork import describe_classes
from sandyq_portal.library import tell_competence
from sandyq_portal.notice_words import make_card
from sandyq_portal.own_apps import list_own_apps
from sandyq_portal.pupil import build_pupil_home
from sandyq_portal.routes.my_work import list_items
from sandyq_portal.routes.pair import find_partner
from sandyq_portal.routes.survey import list_surveys
from sandyq_portal.waits import list_waits

router = RuledRouter(ANYONE_SIGNED_IN)
last_router = RuledRouter(ANYONE_SIGNED_IN)
MOST_SILENT = 5


@router.get("/")
def show_home(request: Request, visitor: CurrentVisitor) -> Response:
    catalogue: Catalogue = request.app.state.catalogue
    with request.app.state.database.reading() as session:
        pupil = build_pupil_home(session, visitor, catalogue) if "pupil" in visitor.roles else None
        classes = describe_classes(session, visitor, catalogue) if "teacher" in visitor.roles else []
        partner = find_partner(request, session, visitor) if pupil else None
        wishes_open = pupil is not None and are_open(session, visitor.school_id)
        surveys = list_surveys(session, visitor) if pupil else []
        made = list_own_apps(request.app.state.settings, session, visitor) if pupil else []
        given = list_items(session, visitor) if {"pupil", "teacher"} & visitor.roles else []
        person, on = session.get_one(Person, visitor.id), today()
        told = list_shown(session, person, on)
        known = Known([item.release for item in given], [each for each in told if each.is_put_away])
        speaker = Speaker(visitor.language, catalogue, visitor.roles)
        finished = {each.lesson.slug for each, _due in pupil.assigned if each.finished} if pupil else ()
        soon, more = list_soon(session, speaker, person, on, known, finished)
        silent = list_silent(session, person, on) if "coach" in visitor.roles else []
        waiting = list_waits(session, person, on, visitor.language, catalogue)
    own = catalogue.lessons_of(visitor.id) if "teacher" in visitor.roles else []
    apps = catalogue.apps(visitor.roles) if "leader" in visitor.roles else []
    host = request.headers.get("host", "")
    page: Response = request.app.state.pages.render(
        request,
        "home.html",
        pupil=pupil,
        disk=request.app.state.disk_shares.find(visitor.login),
        partner=partner,
        wishes_open=wishes_open,
        surveys=surveys,
        work=[item for item in given if item.is_to_do or (item.returned and not pupil)],
        classes=classes,
        own=own,
        apps=apps,
        made=[found.app for found in made],
        notices=[make_card(each, visitor.language, catalogue, host) for each in told if not each.is_put_away],
        may_notify=bool(WRITERS & visitor.roles),
        soon=soon,
        more=more,
        waiting=waiting,
        silent=silent[:MOST_SILENT],
        more_silent=len(silent[MOST_SILENT:]),
        tell_competence=tell_competence,
    )
    return page


@last_router.get("/{path:path}")
def miss_page() -> Response:
    """Say «no such page» in the person's language; strangers are asked to sign in first."""
    raise HTTPException(404)
