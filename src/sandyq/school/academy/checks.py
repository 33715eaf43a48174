"""What a row of the Academy must be like beyond the kinds of its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from sandyq.i18n import LANGUAGES
from sandyq.school.academy import tables as t
from sandyq.school.academy.case_pupils import check_unnamed
from sandyq.school.academy.experts import check_unanswered
from sandyq.school.academy.library_checks import check_library_reply, check_resource
from sandyq.school.academy.pairs import PEERS, going_on
from sandyq.school.academy.peer_checks import (
    check_community,
    check_languages,
    check_names,
    check_near,
    check_need,
    check_topic,
    is_changed,
)
from sandyq.school.academy.rights import GUIDES, LEARNERS
from sandyq.school.database import today
from sandyq.school.errors import BadField, Conflict
from sandyq.school.shapes import has_shape, misfit
from sandyq.school.tables import ADULTS, ROLES, LessonAssignment, Person

TASK: Final = re.compile(r"(?:before|practice):[a-z0-9-]{1,40}|month:[1-9]")
KEY: Final = re.compile(r"[a-z0-9-]{1,40}")
SLOT: Final = re.compile(r"[0-6]-(?:\d|1\d|2[0-3])")
CODE: Final = re.compile(r"[0-9a-f]{16}")
CLOCK: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
MOST_TITLE, MOST_TEXT = 120, 2000
"""Characters of a notice in a language."""
MOST_COURSE: Final = 200
"""Characters of a course's name in a language."""
MOST_MINUTES: Final = 24 * 60
"""Of a session."""
MINUTES: Final = range(MOST_MINUTES + 1)
"""Of a lesson that is observed."""
LONGEST_NOTICE: Final = timedelta(days=366)
ALLOWED: Final = {
    ("training", "programme"): ("management", "literacy"),
    ("training_presence", "state"): ("present", "online", "absent"),
    ("evidence", "kind"): ("lesson", "items", "results", "photo", "reflection"),
    ("coach_visit", "kind"): ("visit", "call", "letter"),
    ("peer_need", "kind"): ("offer", "need"),
    ("lesson_study", "state"): ("open", "closed"),
    ("expert_session", "state"): ("gathering", "closed"),
    ("resource", "kind"): ("lesson", "plan", "sheet", "item"),
    ("resource", "state"): ("draft", "offered"),
    ("ticket", "level"): ("school", "coach", "district"),
    ("ticket", "state"): ("open", "closed"),
}


def check_words(_session: Session, row: Any) -> None:
    for (table, field), allowed in ALLOWED.items():
        if table == row.__tablename__ and getattr(row, field) not in allowed:
            value = getattr(row, field)
            raise BadField(field, "'{value}' is none of {known}.", value=value, known=", ".join(allowed))


def _check_day(row: Any, field: str = "on", begins: date | None = None) -> None:
    """A day on which something happened has come, and is none before the group's."""
    check_near(row, field)
    day = getattr(row, field)
    if day is not None and is_changed(row, field):
        _check_past(field, day, begins)


def _check_past(field: str, day: date, begins: date | None = None) -> None:
    if day > today():
        raise BadField(field, "This day is still to come.")
    if begins is not None and day < begins:
        raise BadField(field, "The group begins later: {day}.", day=begins.isoformat())


def check_training(session: Session, row: t.Training) -> None:
    """A course has a name and modules, each once; those of sessions that are planned stay."""
    check_names(row.names, MOST_COURSE)
    keys = [str(module.get("key", "")) for module in row.modules]
    if not keys or len(set(keys)) != len(keys) or not all(map(KEY.fullmatch, keys)):
        raise BadField("modules", "Choose modules for the course, each once.")
    if not 0 < row.pass_share <= 1:
        raise BadField("pass_share", "Write a share from 1 to 100 percent.")
    planned = (
        select(t.TrainingSession.module)
        .join(t.TrainingGroup, t.TrainingGroup.id == t.TrainingSession.group_id)
        .where(t.TrainingGroup.training_id == row.id, t.TrainingSession.gone.is_(False))
    )
    for module in session.scalars(planned):
        if module not in keys:
            raise BadField(
                "modules", "Sessions of '{value}' are planned: it stays in the course.", value=module
            )
    for each in row.modules:
        if not _is_module(each):
            raise misfit("modules", each)


def _is_module(module: Mapping[str, Any]) -> bool:
    """Whether what the course's pages read is there: a strange module would close them to everybody."""
    texts = (module.get("names"), module.get("before", {}), module.get("practice", {}))
    return (
        all(has_shape(each, dict[str, str]) for each in texts)
        and isinstance(module.get("lesson"), str)
        and type(module.get("hours") or 0) is int
    )


def check_group(session: Session, row: t.TrainingGroup) -> None:
    if row.ends_on < row.starts_on:
        raise BadField("ends_on", "The end comes before the beginning.")
    check_near(row, "starts_on", "ends_on")
    for field in ("facilitator_id", "coach_id"):
        if not GUIDES & session.get_one(Person, getattr(row, field)).role_names:
            raise BadField(field, "Choose a coach or somebody of the district.")


def check_session(session: Session, row: t.TrainingSession) -> None:
    group = session.get_one(t.TrainingGroup, row.group_id)
    modules = session.get_one(t.Training, group.training_id).modules
    if row.module not in [module["key"] for module in modules]:
        raise BadField("module", "'{value}' is no module of this course.", value=row.module)
    if not CLOCK.fullmatch(row.starts):
        raise BadField("starts", "'{value}' is no time. Write it like 15:00.", value=row.starts)
    if not 1 <= row.minutes <= MOST_MINUTES:
        raise BadField("minutes", "Write a number from {least} to {most}.", least=1, most=MOST_MINUTES)
    check_near(row, "on")
    if row.on < group.starts_on and is_changed(row, "on"):
        raise BadField("on", "The group begins later: {day}.", day=group.starts_on.isoformat())


def check_participant(session: Session, row: t.Participant) -> None:
    """Adults who teach or lead, nobody in a group twice; nobody leaves it on a day to come."""
    check_near(row, "joined_on")
    _check_day(row, "left_on")
    if not LEARNERS & session.get_one(Person, row.person_id).role_names:
        raise BadField("person_id", "Courses are for teachers and administrators.")
    twin = select(t.Participant.id).where(
        t.Participant.group_id == row.group_id,
        t.Participant.person_id == row.person_id,
        t.Participant.gone.is_(False),
    )
    if any(number != row.id for number in session.scalars(twin)):
        raise Conflict("This person is in the group already.")


def check_presence(session: Session, row: t.TrainingPresence) -> None:
    """Of somebody in the session's group, once, and not before its day."""
    meeting = session.get_one(t.TrainingSession, row.session_id)
    if meeting.on > today():
        raise BadField("state", "This day is still to come.")
    member = select(t.Participant.id).where(
        t.Participant.group_id == meeting.group_id,
        t.Participant.person_id == row.person_id,
        t.Participant.gone.is_(False),
    )
    if session.scalar(member.limit(1)) is None:
        raise BadField("person_id", "This person is not in the group.")
    twin = select(t.TrainingPresence.id).where(
        t.TrainingPresence.session_id == row.session_id,
        t.TrainingPresence.person_id == row.person_id,
        t.TrainingPresence.gone.is_(False),
    )
    if any(number != row.id for number in session.scalars(twin)):
        raise Conflict("Somebody has marked this person already. Look at it again.")


def check_evidence(session: Session, row: t.Evidence) -> None:
    participant = session.get_one(t.Participant, row.participant_id)
    group = session.get_one(t.TrainingGroup, participant.group_id)
    modules = [module["key"] for module in session.get_one(t.Training, group.training_id).modules]
    when, _, module = row.task.partition(":")
    if not TASK.fullmatch(row.task) or (when != "month" and module not in modules):
        raise BadField("task", "'{value}' is no task.", value=row.task)
    if not (row.text.strip() or row.photo or row.data):
        raise BadField("text", "Write what you show.")
    _check_stays(session, row)
    _check_when(row, when, group)
    _check_given(session, row)
    _check_items(session, row)
    _check_results(row.data)


def _check_when(row: t.Evidence, when: str, group: t.TrainingGroup) -> None:
    """Only what is done before a session may be done before the course."""
    _check_day(row, begins=None if when == "before" else group.starts_on)
    if "date" not in row.data or not is_changed(row, "data"):
        return
    given = row.data["date"]
    if not isinstance(given, str) or not _is_day(given):
        raise BadField("date", "'{value}' is no date.", value=given)
    _check_past("date", date.fromisoformat(given), group.starts_on)


def _check_stays(session: Session, row: t.Evidence) -> None:
    """An evidence belongs to its task; what was accepted stays as the guide has read it: certificates rest on that."""
    if row.id is None:
        return
    for field in ("task", "participant_id"):
        if inspect(row).attrs[field].history.deleted:
            raise misfit(field, getattr(row, field))
    reviews = select(t.Reply).where(
        t.Reply.sheet == "evidence",
        t.Reply.row_id == row.id,
        t.Reply.kind == "review",
        t.Reply.gone.is_(False),
    )
    last = session.scalar(reviews.order_by(t.Reply.id.desc()).limit(1))
    if last and last.data.get("accepted") is True and last.data.get("version") in (None, row.version):
        raise Conflict("This was accepted and stays as it is. Show something new beside it.")


def _check_given(session: Session, row: t.Evidence) -> None:
    """A lesson that the server has counted is one's own, and shown once."""
    given = row.data.get("given")
    if given is None:
        return
    lesson = session.get(LessonAssignment, given) if isinstance(given, int) else None
    if lesson is None or lesson.assigned_by != row.by:
        raise BadField("data", "This is no lesson that you gave.")
    if any(each.data.get("given") == given for each in _find_others(session, row)):
        raise Conflict("You have shown this lesson already.")


def _check_items(session: Session, row: t.Evidence) -> None:
    """Items of the library are one's own, and shown once."""
    items = row.data.get("items", [])
    own = select(t.Resource.id).where(t.Resource.by == row.by, t.Resource.kind == "item")
    is_list = isinstance(items, list) and all(isinstance(each, int) for each in items)
    if not is_list or not set(items) <= set(session.scalars(own)):
        raise BadField("data", "This is no item that you wrote.")
    if any(set(items) & set(each.data.get("items", ())) for each in _find_others(session, row)):
        raise Conflict("You have shown this item already.")


def _find_others(session: Session, row: t.Evidence) -> list[t.Evidence]:
    """Return what else the same person shows."""
    query = select(t.Evidence).where(t.Evidence.by == row.by, t.Evidence.gone.is_(False))
    return [each for each in session.scalars(query) if each.id != row.id]


def _check_results(data: dict[str, Any]) -> None:
    numbers = [data[name] for name in ("pupils", "before", "after") if name in data]
    if any(type(number) is not int or number < 0 for number in numbers):
        raise BadField("data", "Write whole numbers.")
    if "pupils" in data and max(numbers) > data["pupils"]:
        raise BadField("data", "More pupils managed it than there were.")


def check_visit(_session: Session, row: t.CoachVisit) -> None:
    _check_day(row)
    if not (row.saw.strip() or row.advice.strip()):
        raise BadField("saw", "Write what you saw or advised.")
    check_near(row, "next_on")
    if row.next_on is not None and row.next_on <= row.on:
        raise BadField("next_on", "The next day comes after this one.")


def check_exam(session: Session, row: t.TrainingExam) -> None:
    participant = session.get_one(t.Participant, row.participant_id)
    if participant.person_id != row.person_id:
        raise BadField("person_id", "This person is not in the group.")
    _check_day(row, begins=session.get_one(t.TrainingGroup, participant.group_id).starts_on)
    if not 0 <= row.points <= row.of or row.of < 1:
        raise BadField("points", "Write points from 0 to {most}.", most=row.of)


def check_place(session: Session, row: t.SchoolPlace) -> None:
    """A school stands in one place on earth."""
    for name, most in (("latitude", 90), ("longitude", 180)):
        if not -most <= getattr(row, name) <= most:
            raise BadField(name, "Write degrees from {least} to {most}.", least=-most, most=most)
    twin = select(t.SchoolPlace.id).where(
        t.SchoolPlace.school_id == row.school_id, t.SchoolPlace.gone.is_(False)
    )
    if any(number != row.id for number in session.scalars(twin)):
        raise Conflict("It is known already where this school stands. Change it.")


def check_profile(session: Session, row: t.AcademyProfile) -> None:
    """One profile a person."""
    twin = select(t.AcademyProfile.id).where(t.AcademyProfile.by == row.by, t.AcademyProfile.gone.is_(False))
    if any(number != row.id for number in session.scalars(twin)):
        raise Conflict("You have a profile already. Change it.")
    check_languages(row.languages)
    for slot in row.slots:
        if not SLOT.fullmatch(str(slot)):
            raise BadField("slots", "'{value}' is no hour of the week.", value=slot)


def check_pairing(session: Session, row: t.Pairing) -> None:
    """Two coaches do not put the same two together; who has ended a pair may begin it again."""
    if row.mentor_id == row.learner_id:
        raise BadField("learner_id", "Nobody is a mentor of themselves.")
    if row.slot and not SLOT.fullmatch(row.slot):
        raise BadField("slot", "'{value}' is no hour of the week.", value=row.slot)
    check_topic(row)
    check_near(row, "until")
    _check_agreed(session, row)
    _check_day(row, "since")
    if row.until is not None:
        if row.until < row.since:
            raise BadField("until", "The end comes before the beginning.")
        return
    for field in ("mentor_id", "learner_id"):
        if not PEERS & session.get_one(Person, getattr(row, field)).role_names:
            raise misfit(field, getattr(row, field))
    twin = going_on(today()).where(
        t.Pairing.mentor_id == row.mentor_id,
        t.Pairing.learner_id == row.learner_id,
        t.Pairing.topic == row.topic,
    )
    if any(pair.id != row.id for pair in session.scalars(twin)):
        raise Conflict("These two are a pair already.")


def _check_agreed(session: Session, row: t.Pairing) -> None:
    """A yes is said to one person about one topic: nobody else puts others in their place."""
    said = select(t.Reply.id).where(
        t.Reply.sheet == "pairing", t.Reply.row_id == row.id, t.Reply.gone.is_(False)
    )
    others = row.id is not None and is_changed(row, "mentor_id", "learner_id", "topic")
    if others and session.scalar(said.limit(1)) is not None:
        raise Conflict("One of the two has answered already: end this pair and make another one.")


def check_observation(_session: Session, row: t.Observation) -> None:
    """What both people's pages read must be there, as in a study; a lesson to come is agreed on and not seen yet."""
    is_seen = bool(row.seen) or any(row.tally.values())  # what is to be counted may be agreed on before
    if is_seen and row.on > today() and is_changed(row, "on", "seen", "tally"):
        raise BadField("on", "This day is still to come.")
    if row.step.strip() and not is_seen and is_changed(row, "step", "seen", "tally"):
        raise BadField("step", "Evidence first: write down what you saw or heard.")
    check_near(row, "on")
    if row.by == row.person_id:
        raise BadField("person_id", "Somebody else's lesson is observed.")
    for each in row.seen:
        if (
            not _has_texts(each, "text")
            or type(each.get("minute")) is not int
            or each["minute"] not in MINUTES
        ):
            raise misfit("seen", each)
    for many in row.tally.values():
        if type(many) is not int or many < 0:
            raise misfit("tally", many)


def check_study(session: Session, row: t.LessonStudy) -> None:
    """What the team's pages and calendars read must be there: a strange row would close them to its members."""
    for number in row.members:
        member = session.get(Person, number) if type(number) is int else None
        if member is None or not ADULTS & member.role_names:
            raise misfit("members", number)
    for each in row.rounds:
        if not _has_texts(each, "on", "plan", "learned") or not _is_day(each["on"]):
            raise misfit("rounds", each)
        if type(each.get("teacher")) is not int:  # perhaps of nobody who is still in the team
            raise misfit("rounds", each)
    for pupil in row.pupils:
        rounds = pupil.get("rounds") if _has_texts(pupil, "letter", "about") else None
        if not isinstance(rounds, list) or not all(_is_said(each) for each in rounds):
            raise misfit("pupils", pupil)
    check_unnamed(session, row)


def _has_texts(value: Any, *names: str) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in names)


def _is_said(each: Any) -> bool:
    """What a team expected of a case pupil and saw."""
    return isinstance(each, dict) and all(isinstance(text, str) for text in each.values())


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def check_meeting(session: Session, row: t.ExpertSession) -> None:
    """An expert's session says what it is about and who comes; its code is no other's."""
    for field, words in (
        ("title", "Write what the session is about."),
        ("expert", "Write who the expert is."),
    ):
        if not getattr(row, field).strip():
            raise BadField(field, words)
    check_languages(row.languages)
    check_near(row, "on")
    twin = select(t.ExpertSession.id).where(t.ExpertSession.code == row.code)
    if not CODE.fullmatch(row.code) or any(number != row.id for number in session.scalars(twin)):
        raise BadField("code", "'{value}' is no code of a session.", value=row.code)


def check_question(session: Session, row: t.ExpertQuestion) -> None:
    if not row.text.strip():
        raise BadField("text", "Write your question.")
    _check_is_gathering(session, row)
    if row.id is not None and is_changed(row, "text", "session_id"):
        check_unanswered(session, row.id)


def _check_is_gathering(session: Session, question: t.ExpertQuestion) -> None:
    if session.get_one(t.ExpertSession, question.session_id).state != "gathering":
        raise Conflict("The questions of this session are closed.")


def _check_answer(session: Session, row: t.Reply) -> None:
    """Words, and of a file's answer each edition once, however often and by whomever the file is brought.

    A file's without words takes back what the expert wrote before.
    """
    if not row.text.strip() and "key" not in row.data:
        raise BadField("text", "Write the answer.")
    known = {"expert": 200, "key": 16, "written": 40, "asked": 1000}
    if any(not isinstance(value, str) or len(value) > known.get(name, 0) for name, value in row.data.items()):
        raise BadField("data", "This does not belong to an answer.")
    if "key" not in row.data:
        return
    others = select(t.Reply).where(
        t.Reply.sheet == row.sheet,
        t.Reply.row_id == row.row_id,
        t.Reply.kind == "answer",
        t.Reply.gone.is_(False),
    )
    if any(each.id != row.id and each.data.get("key") == row.data["key"] for each in session.scalars(others)):
        raise Conflict("Somebody has brought these answers just now. Choose the file again.")


def check_reply(session: Session, row: t.Reply) -> None:
    """One vote, one agreement, one end a person, on no day to come; of the library's resources what they ask for."""
    _check_day(row)
    if row.sheet == "expert_question":
        if row.kind == "answer":
            _check_answer(session, row)
        else:
            question = session.get(t.ExpertQuestion, row.row_id)
            if question is not None:  # whether it is there is asked by the rights
                _check_is_gathering(session, question)
    if row.sheet == "ticket" and not row.text.strip():
        raise BadField("text", "Write an answer first.")
    if (row.sheet, row.kind) == ("pairing", "log") and not row.text.strip():
        raise BadField("text", "Write what you did.")
    check_library_reply(session, row)
    if row.kind not in ("vote", "agree", "end"):
        return
    twin = select(t.Reply.id).where(
        t.Reply.sheet == row.sheet,
        t.Reply.row_id == row.row_id,
        t.Reply.kind == row.kind,
        t.Reply.by == row.by,
        t.Reply.gone.is_(False),
    )
    if any(number != row.id for number in session.scalars(twin)):
        raise Conflict("You have said so already.")


def check_ticket(_session: Session, row: t.Ticket) -> None:
    """Whoever helps closes a question or hands it on; who asked, what and where stays theirs."""
    if not row.text.strip():
        raise BadField("text", "Write what you need help with.")
    asked = ("by", "text", "page", "lesson", "error")
    if row.id is not None and is_changed(row, *asked):
        raise Conflict("What was asked stays as it is. Write more beside it.")


def check_notice(_session: Session, row: t.Notice) -> None:
    """In Kazakh or Russian at least, for known roles, for a year at most."""
    for field, longest in (("titles", MOST_TITLE), ("texts", MOST_TEXT)):
        words = getattr(row, field)
        if not set(words) <= set(LANGUAGES):
            raise BadField(field, "Write the notice in Kazakh or in Russian.")
        if any(len(each) > longest for each in words.values()):
            raise BadField(field, "Use {most} characters at most.", most=longest)
    if not any(row.titles.get(language, "").strip() for language in ("kk", "ru")):
        raise BadField("titles", "Write the notice in Kazakh or in Russian.")
    if not set(row.roles) <= set(ROLES):
        raise BadField("roles", "Choose for whom the notice is.")
    check_near(row, "since", "until", "on")
    if row.until < row.since:
        raise BadField("until", "The last day comes before the first.")
    if row.until - row.since > LONGEST_NOTICE:
        raise BadField("until", "A notice is shown for a year at most.")


Check = Callable[[Session, Any], None]
_OWN: Final[dict[str, Check]] = {
    "community": check_community,
    "peer_need": check_need,
    "training": check_training,
    "training_group": check_group,
    "training_session": check_session,
    "participant": check_participant,
    "evidence": check_evidence,
    "coach_visit": check_visit,
    "training_presence": check_presence,
    "training_exam": check_exam,
    "school_place": check_place,
    "academy_profile": check_profile,
    "pairing": check_pairing,
    "observation": check_observation,
    "lesson_study": check_study,
    "expert_session": check_meeting,
    "expert_question": check_question,
    "resource": check_resource,
    "ticket": check_ticket,
    "notice": check_notice,
    "reply": check_reply,
}
CHECKS: Final[dict[str, tuple[Check, ...]]] = {
    **{table: (check_words,) for table, _field in ALLOWED},
    **{
        table: (*((check_words,) if any(name == table for name, _ in ALLOWED) else ()), check)
        for table, check in _OWN.items()
    },
}
