"""Assignments for teachers: giving them out, watching the class, more time, results back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import PurePath
from typing import Annotated

from fastapi import Form, Query, Request, UploadFile
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from sandyq.school import assignments
from sandyq.school.database import ZONE, now
from sandyq.school.errors import Conflict, Invalid, NotAllowed, NotFound, SchoolError
from sandyq.school.grading import cancel_job, queue_grading
from sandyq.school.groups import groups_of_class
from sandyq.school.marking import return_work, take_back
from sandyq.school.people import class_pupils, ensure_colleagues, find_person, list_teachers
from sandyq.school.tables import ClassGroup, GradingJob, Person, Release
from sandyq.settings import Settings
from sandyq_portal.access import CurrentVisitor, RuledRouter, require_role
from sandyq_portal.cards import draw_code
from sandyq_portal.coursework import ReleaseView, find_release, releases_of_teacher, view_release
from sandyq_portal.feedback import show_draft
from sandyq_portal.handing_in import MOST_BYTES, open_submission
from sandyq_portal.identity import Visitor
from sandyq_portal.looking import note_look
from sandyq_portal.menu import PREFIX
from sandyq_portal.own_packets import Wish, add_own, find_own, own_packets, read_own
from sandyq_portal.packets import Packet, find_packet, keep_packet, list_packets, pack
from sandyq_portal.reading import classes_taught
from sandyq_portal.reports import make_reports
from sandyq_portal.words import SUBJECTS

YEARS = (2020, 2100)
"""In which times of assignments may lie."""
LATER = (1, 2, 7)
"""Days more that a pupil may be given at once."""
OUR_COLLEAGUES = 0
"""In a form, instead of a class: all who teach at the school."""
router = RuledRouter(require_role("teacher"), prefix="/assignments")
Text = Annotated[str, Form(max_length=100)]


@router.get("")
def list_releases(request: Request, visitor: CurrentVisitor) -> Response:
    with request.app.state.database.reading() as session:
        courses = [
            (course, [view_release(session, release) for release in releases])
            for course, releases in releases_of_teacher(session, visitor)
        ]
        page: Response = request.app.state.pages.render(request, "assignments.html", courses=courses)
    return page


@router.get("/new")
def choose(request: Request, visitor: CurrentVisitor, packet: str = "") -> Response:
    """Show what can be given out; with ``packet``, the form to give that one."""
    return _offer(request, visitor, packet)


def _offer(  # noqa: PLR0913 # what is shown again after a refusal
    request: Request,
    visitor: Visitor,
    packet: str = "",
    *,
    problem: str = "",
    typed: Giving | None = None,
    other_language: ClassGroup | None = None,
) -> Response:
    """``typed``: what was refused; ``other_language``: a class that has another language than the packet."""
    settings = request.app.state.settings
    with request.app.state.database.reading() as session:
        chosen = _find_packet(session, settings, visitor, packet) if packet else None
        own = [(each, read_own(settings, each)) for each in own_packets(session, visitor.id)]
        groups = list_groups(session, visitor)
        pupils = {group.id: class_pupils(session, group.id) for group in groups} if chosen else {}
        divided = {group.id: groups_of_class(session, group.id) for group in groups} if chosen else {}
        colleagues = [each for each in list_teachers(session, visitor.school_id) if each.id != visitor.id]
        subjects = sorted({course.subject for course, _ in releases_of_teacher(session, visitor)})
    page: Response = request.app.state.pages.render(
        request,
        "assignment_new.html",
        packets=list_packets(settings),
        own=own,
        chosen=chosen,
        groups=groups,
        wanted=typed.class_id if typed else chosen and find_fitting(groups, chosen),
        pupils=pupils,
        divided=divided,
        colleagues=colleagues,
        typed=typed,
        other_language=other_language,
        twin=other_language and chosen and _find_twin(settings, chosen, other_language.language),
        subjects=subjects,
        words=SUBJECTS,
        problem=problem,
        status=422 if problem or other_language else 200,
    )
    return page


def _find_twin(settings: Settings, packet: Packet, language: str) -> Packet | None:
    """Return the same assignment in another language."""
    return find_packet(settings, f"{packet.about['course']}/{packet.about['name']}/{language}")


def _find_packet(session: Session, settings: Settings, visitor: Visitor, key: str) -> Packet:
    """Return one of Sandyq's packets or of the teacher's own; 404 for any other."""
    found = find_packet(settings, key) or find_own(session, settings, visitor.id, key)
    if found is None:
        raise NotFound("There is no assignment '{name}'.", name=key)
    return found


class Sending(Wish):
    """The form by which a teacher sends notebooks of their own."""

    files: list[UploadFile]


@router.post("/own")
def send_own(
    request: Request,
    visitor: CurrentVisitor,
    form: Annotated[Sending, Form(media_type="multipart/form-data")],
) -> Response:
    """Take a teacher's own nbgrader notebooks; the grader tries them before they can be given out."""
    settings = request.app.state.settings
    try:
        sent = {PurePath(file.filename or "").name: file.file.read(MOST_BYTES + 1) for file in form.files}
        content, wish = open_submission(pack(sent)), form.settle(visitor.language)
    except SchoolError as problem:
        return _offer(request, visitor, problem=problem.in_language(visitor.language))
    with request.app.state.database.session() as session:
        add_own(session, settings, visitor.id, wish, content)
    return RedirectResponse(f"{PREFIX}/assignments/new#own", status_code=303)


def list_groups(session: Session, visitor: Visitor) -> list[ClassGroup]:
    """Return a teacher's classes, and those in which they teach a course only."""
    own = {group.id: group for group in classes_taught(session, visitor)}
    courses = assignments.courses_of_teacher(session, visitor.id)
    taught = {course.class_id: course.class_group for course in courses}
    return [group for group in (own | taught).values() if not group.is_colleagues]


def find_group(session: Session, visitor: Visitor, class_id: int) -> ClassGroup:
    if class_id == OUR_COLLEAGUES:
        return ensure_colleagues(session, visitor.school_id)
    found = next((group for group in list_groups(session, visitor) if group.id == class_id), None)
    if found is None:
        raise NotFound("Class {class_id} is none of yours.", class_id=class_id)
    return found


def find_fitting(groups: list[ClassGroup], packet: Packet) -> int | None:
    """Return the first class of the packet's language and one of its grades; for teachers' course work colleagues."""
    if packet.about.get("track") == "teachers":
        return OUR_COLLEAGUES
    grades, language = set(packet.about["grades"]), packet.about["language"]
    fits = (each.id for each in groups if each.language == language and grades & set(each.grades))
    return next(fits, None)


class Giving(BaseModel):
    """The form by which an assignment is given out."""

    packet: str = Field(max_length=200)
    class_id: int
    subject: str = Field(max_length=100)
    mode: str = Field("free", max_length=10)
    opens: str = Field("", max_length=20)
    due: str = Field("", max_length=20)
    pupil: list[int] = Field(default=[], max_length=500)
    group: list[int] = Field(default=[], max_length=100)
    anyway: bool = False
    """Give it to a class that learns in another language."""


@router.post("")
def give(request: Request, visitor: CurrentVisitor, form: Annotated[Giving, Form()]) -> Response:
    """Take a packet into the class's course and give it out; its files are on the disk before anybody is told."""
    settings = request.app.state.settings
    try:
        with request.app.state.database.session() as session:
            chosen = _find_packet(session, settings, visitor, form.packet)
            group = find_group(session, visitor, form.class_id)
            differs = not group.is_colleagues and group.language != chosen.about["language"]
            if differs and not form.anyway:
                return _offer(request, visitor, form.packet, typed=form, other_language=group)
            course = assignments.find_course(session, group.id, form.subject, visitor.id)
            assignment = assignments.add_assignment(session, course, chosen.about, visitor.id)
            keep_packet(settings, assignment, chosen)
            release = assignments.release_assignment(
                session,
                assignment,
                visitor.id,
                mode=form.mode,
                opens_at=read_moment(form.opens),
                due_at=read_moment(form.due),
                people=form.pupil,
                groups=form.group,
            )
            number = release.id
    except SchoolError as problem:
        told = problem.in_language(visitor.language)
        return _offer(request, visitor, form.packet, problem=told, typed=form)
    return _to(number)


def read_moment(text: str) -> datetime | None:
    """Return the moment that a form's date and time field holds, as clocks in Kazakhstan show it; Invalid for none."""
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=ZONE) if text else None
    except ValueError:
        moment = datetime.max
    if moment is not None and not YEARS[0] <= moment.year <= YEARS[1]:
        raise Invalid("The time is “{text}”. Choose one in the calendar.", text=text)
    return moment


def _read_day(text: str) -> date | None:
    moment = read_moment(text)
    return moment.date() if moment else None


def _to(release_id: int, place: str = "") -> Response:
    return RedirectResponse(f"{PREFIX}/assignments/{release_id}{place}", status_code=303)


@router.get("/{release_id}")
def show_release(request: Request, visitor: CurrentVisitor, release_id: int) -> Response:
    return _render(request, visitor, release_id, "assignment.html")


@router.get("/{release_id}/live")
def show_live(
    request: Request,
    visitor: CurrentVisitor,
    release_id: int,
    seen: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Return the page's moving part; 204 when it is as the browser has seen it: whoever tabs through it stays there."""
    page = _render(request, visitor, release_id, "assignment_live.html")
    return Response(status_code=204) if page.headers["etag"] == f'"{seen}"' else page


@router.get("/{release_id}/sheet")
def show_sheet(request: Request, visitor: CurrentVisitor, release_id: int) -> Response:
    """Show what leads to the assignment, to print: no pupils and no groups, for it hangs on a wall."""
    with request.app.state.database.reading() as session:
        release = find_release(session, visitor, release_id)
        address = _address(request, release)
        page: Response = request.app.state.pages.render(
            request, "assignment_sheet.html", release=release, address=address, qr=draw_code(address)
        )
    return page


def _address(request: Request, release: Release) -> str:
    return f"{str(request.base_url).rstrip('/')}{PREFIX}/a/{release.code}"


def _render(request: Request, visitor: CurrentVisitor, release_id: int, template: str) -> Response:
    with request.app.state.database.reading() as session:
        release = find_release(session, visitor, release_id)
        view = view_release(session, release)
        address = _address(request, release)
        version = _fingerprint(view)
        course_id = release.assignment.course_id
        teachers = assignments.teachers_of_course(session, course_id)
        taught = {person.id for person, until in teachers if until is None}
        page: Response = request.app.state.pages.render(
            request,
            template,
            view=view,
            release=release,
            address=address,
            qr=draw_code(address),
            teachers=teachers,
            changeable=assignments.teaches_for_good(session, course_id, visitor.id),
            others=[each for each in list_teachers(session, visitor.school_id) if each.id not in taught],
            version=version,
        )
    note_look(request.app.state.database, visitor, [row.person.id for row in view.rows], "work")
    page.headers["ETag"] = f'"{version}"'
    return page


def _fingerprint(view: ReleaseView) -> str:
    """Of all that the moving part shows."""
    shown = [
        (
            row.person.id,
            row.state,
            row.points,
            row.is_regraded,
            row.stuck,
            row.is_here,
            row.due,
            row.submission and (row.submission.id, row.submission.result is None),
            row.job and (row.job.id, row.job.done, row.job.of),
        )
        for row in view.rows
    ]
    return sha256(repr(shown).encode()).hexdigest()[:16]


def find_pupil(session: Session, release: Release, pupil: int) -> Person:
    """Return one of those who have a release; 404 for anybody else."""
    found = next((each for each in assignments.pupils_of_release(session, release) if each.id == pupil), None)
    if found is None:
        raise NotFound("This person does not have the assignment.")
    return found


@router.get("/{release_id}/extend")
def choose_time(request: Request, visitor: CurrentVisitor, release_id: int, pupil: int) -> Response:
    """Offer later times: the second of two clicks."""
    with request.app.state.database.reading() as session:
        release = find_release(session, visitor, release_id)
        person = find_pupil(session, release, pupil)
        begin = max(assignments.find_due(release, pupil), now()).astimezone(ZONE)
        page: Response = request.app.state.pages.render(
            request,
            "assignment_extend.html",
            release=release,
            person=person,
            choices=[begin + timedelta(days=days) for days in LATER],
        )
    return page


@router.get("/{release_id}/draft")
def show_unfinished(request: Request, visitor: CurrentVisitor, release_id: int, pupil: int) -> Response:
    """Show what a pupil has so far, to read only."""
    with request.app.state.database.reading() as session:
        release = find_release(session, visitor, release_id)
        person = find_pupil(session, release, pupil)
        notebooks = show_draft(request.app.state.settings, release, pupil)
        page: Response = request.app.state.pages.render(
            request, "draft.html", release=release, person=person, notebooks=notebooks
        )
    note_look(request.app.state.database, visitor, [pupil], "work")
    return page


@router.post("/{release_id}/extend")
def extend(
    request: Request,
    visitor: CurrentVisitor,
    release_id: int,
    pupil: Annotated[int, Form()],
    due: Annotated[str, Form(max_length=20)],
) -> Response:
    """Give one pupil more time."""
    moment = read_moment(due)
    with request.app.state.database.session() as session:
        release = find_release(session, visitor, release_id)
        person = find_pupil(session, release, pupil)
        if moment is None:
            raise Invalid("No time was given. Choose one.")
        assignments.extend(session, release, person.id, moment, visitor.id)
    return _to(release_id)


@router.post("/{release_id}/return")
def give_back(
    request: Request,
    visitor: CurrentVisitor,
    release_id: int,
    pupil: Annotated[list[int], Form(max_length=500)] = [],  # noqa: B006 # FastAPI copies it
) -> Response:
    """Confirm the marks of those chosen, or of all that are marked, and let the pupils see them."""
    with request.app.state.database.session() as session:
        release = find_release(session, visitor, release_id)
        ready = [row.person.id for row in view_release(session, release).rows if row.state == "marked"]
        return_work(session, release, [each for each in ready if not pupil or each in pupil], visitor.id)
    return _to(release_id)


@router.get("/{release_id}/reports")
def show_reports(request: Request, visitor: CurrentVisitor, release_id: int) -> Response:
    """Show a sheet a pupil for their parents, of all whose work was returned."""
    with request.app.state.database.reading() as session:
        release = find_release(session, visitor, release_id)
        reports = make_reports(session, release)
        page: Response = request.app.state.pages.render(
            request,
            "reports.html",
            reports=reports,
            release=release,
            back_to=f"{PREFIX}/assignments/{release_id}",
        )
    note_look(request.app.state.database, visitor, [each.person.id for each in reports], "work")
    return page


@router.post("/{release_id}/take-back")
def undo_return(
    request: Request, visitor: CurrentVisitor, release_id: int, pupil: Annotated[int, Form()]
) -> Response:
    """Hide a pupil's marks again; they can then hand in once more."""
    with request.app.state.database.session() as session:
        take_back(session, find_release(session, visitor, release_id).id, pupil)
    return _to(release_id)


@router.post("/{release_id}/regrade")
def regrade(
    request: Request,
    visitor: CurrentVisitor,
    release_id: int,
    pupil: Annotated[int, Form()] = 0,
) -> Response:
    """Grade everybody's newest hand-in again, or one pupil's; what a teacher gave stays."""
    with request.app.state.database.session() as session:
        release = find_release(session, visitor, release_id)
        for submission in assignments.latest_submissions(session, [release.id]):
            if not pupil or submission.person_id == pupil:
                queue_grading(session, submission)
    return _to(release_id)


@router.post("/{release_id}/cancel")
def cancel(request: Request, visitor: CurrentVisitor, release_id: int) -> Response:
    """Stop the grading of this release."""
    with request.app.state.database.session() as session:
        view = view_release(session, find_release(session, visitor, release_id))
        for row in view.rows:
            if row.job is not None:
                cancel_job(session, session.get_one(GradingJob, row.job.id))
    return _to(release_id)


@router.post("/{release_id}/withdraw")
def withdraw(request: Request, visitor: CurrentVisitor, release_id: int) -> Response:
    """Take a release back while nobody has handed in; 409 afterwards: receipts and marks stand."""
    with request.app.state.database.session() as session:
        release = find_release(session, visitor, release_id)
        if assignments.latest_submissions(session, [release.id]):
            raise Conflict(
                "Pupils have handed this in already, so it stays. Give no more time, and it closes by itself."
            )
        release.withdrawn_at = now()
    return RedirectResponse(f"{PREFIX}/assignments", status_code=303)


@router.post("/{release_id}/teachers/remove")
def remove_teacher(
    request: Request, visitor: CurrentVisitor, release_id: int, person: Annotated[int, Form()]
) -> Response:
    """End a colleague's teaching of the course today."""
    with request.app.state.database.session() as session:
        course = find_release(session, visitor, release_id).assignment.course
        if not assignments.teaches_for_good(session, course.id, visitor.id):
            raise NotAllowed(
                "You stand in for a colleague. Who teaches this course for good changes its teachers."
            )
        assignments.remove_teacher(session, course, person)
    return (
        RedirectResponse(f"{PREFIX}/assignments", status_code=303)
        if person == visitor.id
        else _to(release_id)
    )


@router.post("/{release_id}/teachers")
def add_teacher(
    request: Request,
    visitor: CurrentVisitor,
    release_id: int,
    login: Text,
    until: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Let a colleague teach the course, too; to a last day when they only stand in. A substitute adds nobody."""
    with request.app.state.database.session() as session:
        release = find_release(session, visitor, release_id)
        person = find_person(session, login)
        if person is None or person.school_id != visitor.school_id or "teacher" not in person.role_names:
            raise NotFound("No teacher of this school has the login '{login}'.", login=login)
        if not assignments.teaches_for_good(session, release.assignment.course_id, visitor.id):
            raise NotAllowed(
                "You stand in for a colleague. Who teaches this course for good changes its teachers."
            )
        assignments.add_teacher(session, release.assignment.course, person.id, _read_day(until))
    return _to(release_id)
