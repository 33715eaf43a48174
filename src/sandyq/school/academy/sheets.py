"""Which tables the Academy's apps may change, and who may."""

from __future__ import annotations

from typing import Any, Final

from sandyq.school.academy import reviewing, rights, tables
from sandyq.school.academy.checks import CHECKS
from sandyq.school.academy.rights import GUIDES, LEARNERS, about, everybody, in_groups
from sandyq.school.kept import Kept
from sandyq.school.sheets import Sheet
from sandyq.school.tables import ADULTS, ROLES

EVERYONE: Final = frozenset(ROLES)
DISTRICT: Final = frozenset({"district"})


def _sheet(table: type[Kept], narrow: rights.Narrow, **settings: Any) -> Sheet:
    name = table.__tablename__
    defaults: dict[str, Any] = {
        "readers": ADULTS,
        "writers": GUIDES,
        "checks": CHECKS.get(name, ()),
        "everywhere": True,
        "removers": DISTRICT,
        "narrow": narrow,
    }
    return Sheet(name, table, **(defaults | settings))


def _signed(table: type[Kept], narrow: rights.Narrow, **settings: Any) -> Sheet:
    """Somebody's own word."""
    return _sheet(table, narrow, **({"signed": True, "writers": ADULTS} | settings))


ACADEMY: Final = (
    _sheet(tables.Community, everybody, writers=DISTRICT),
    _sheet(tables.SchoolPlace, everybody, writers=DISTRICT | {"administrator"}, guard=rights.is_own_school),
    _signed(tables.AcademyProfile, everybody),
    _sheet(tables.Training, everybody, guard=rights.is_of_guides),
    _sheet(tables.TrainingGroup, in_groups("id")(tables.TrainingGroup), guard=rights.is_own_group),
    _sheet(tables.TrainingSession, in_groups("group_id")(tables.TrainingSession), guard=rights.leads_group),
    _sheet(
        tables.Participant,
        in_groups("group_id")(tables.Participant),
        guard=rights.leads_group,
        about="person_id",
    ),
    _sheet(
        tables.TrainingPresence,
        about("person_id")(tables.TrainingPresence),
        guard=rights.leads_session,
        about="person_id",
    ),
    _sheet(
        tables.TrainingExam,
        about("person_id")(tables.TrainingExam),
        guard=rights.leads_participant,
        about="person_id",
    ),
    _sheet(tables.Certificate, about("person_id")(tables.Certificate), writers=frozenset()),
    _signed(tables.Evidence, about("by")(tables.Evidence), writers=LEARNERS, guard=rights.is_participant),
    _signed(
        tables.CoachVisit,
        about("person_id")(tables.CoachVisit),
        writers=GUIDES,
        guard=rights.guides_person,
        about="person_id",
    ),
    _signed(tables.PeerNeed, everybody, writers=LEARNERS),
    _sheet(tables.Pairing, about("mentor_id", "learner_id")(tables.Pairing), about="learner_id"),
    _signed(
        tables.Observation,
        about("by", "person_id")(tables.Observation),
        writers=LEARNERS | GUIDES,
        guard=rights.may_observe,
        about="person_id",
    ),
    _sheet(tables.LessonStudy, rights.narrow_studies, writers=LEARNERS, guard=rights.is_member, about="by"),
    _sheet(tables.ExpertSession, everybody, guard=rights.is_of_guides),
    _signed(tables.ExpertQuestion, everybody, secret=frozenset({"by"})),
    _signed(tables.Resource, rights.narrow_resources, versions=reviewing.shows_version),
    _sheet(
        tables.Ticket,
        rights.narrow_tickets,
        readers=EVERYONE,
        writers=EVERYONE,
        guard=rights.may_help,
        about="by",
    ),
    _signed(
        tables.Notice,
        rights.narrow_notices,
        writers=rights.NOTIFIERS,
        guard=rights.may_notify,
        inherits=rights.inherits_notice,
    ),
    _signed(tables.Reply, rights.narrow_replies, readers=EVERYONE, writers=EVERYONE, guard=rights.may_reply),
)
