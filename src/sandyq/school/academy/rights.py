"""Who of the Academy may see and write what: a person, their coach, their school's administration, the district."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, false, inspect, not_, or_, select, true
from sqlalchemy.orm import Session

from sandyq.school.academy import reviewing
from sandyq.school.academy import tables as t
from sandyq.school.errors import NotAllowed
from sandyq.school.kept import Kept
from sandyq.school.tables import ADULTS, Person, PersonRole

LEARNERS: Final = frozenset({"teacher", "leader", "administrator"})
GUIDES: Final = frozenset({"coach", "district"})
HELPERS: Final = GUIDES | {"administrator", "operator"}
"""Who answers tickets."""
NOTIFIERS: Final = GUIDES | {"administrator"}
"""Who writes notices."""
Narrow = Callable[[Session, Person], ColumnElement[bool]]


def is_guide(person: Person) -> bool:
    """Whether a person has the role; of whom, their groups say."""
    return bool(GUIDES & person.role_names)


def led_groups(person: Person) -> Select[Any]:
    """Return the ids of the groups that a person facilitates or coaches; none for who is no guide any more."""
    return select(t.TrainingGroup.id).where(
        true() if is_guide(person) else false(),
        or_(t.TrainingGroup.facilitator_id == person.id, t.TrainingGroup.coach_id == person.id),
        t.TrainingGroup.gone.is_(False),
    )


def guided(person: Person) -> Select[Any]:
    """Return the ids of oneself and, for coaches, of the people of their groups; for the district everybody's."""
    if "district" in person.role_names:
        return select(Person.id)
    may = [Person.id == person.id]
    if "coach" in person.role_names:
        led = select(t.Participant.person_id).where(
            t.Participant.group_id.in_(led_groups(person)), t.Participant.gone.is_(False)
        )
        may.append(Person.id.in_(led))
    return select(Person.id).where(or_(*may))


def circle(person: Person) -> Select[Any]:
    """Return the ids of those whose record a person may see: guided ones, for administrators also their school's."""
    if "administrator" not in person.role_names:
        return guided(person)
    return select(Person.id).where(or_(Person.id.in_(guided(person)), Person.school_id == person.school_id))


def own_groups(person: Person) -> Select[Any]:
    """Return the ids of the groups that a person is in, leads, or has people of their circle in."""
    of_circle = select(t.Participant.group_id).where(
        t.Participant.person_id.in_(circle(person)), t.Participant.gone.is_(False)
    )
    if "district" in person.role_names:
        return select(t.TrainingGroup.id)
    return select(t.TrainingGroup.id).where(
        or_(t.TrainingGroup.id.in_(of_circle), t.TrainingGroup.id.in_(led_groups(person)))
    )


def about(*columns: str) -> Callable[[type[Kept]], Narrow]:
    """Rows in which one of these columns names somebody of the reader's circle."""

    def narrow(table: type[Kept]) -> Narrow:
        return lambda _session, person: or_(*(getattr(table, name).in_(circle(person)) for name in columns))

    return narrow


def in_groups(column: str) -> Callable[[type[Kept]], Narrow]:
    """Rows of the groups that a reader has to do with."""

    def narrow(table: type[Kept]) -> Narrow:
        return lambda _session, person: getattr(table, column).in_(own_groups(person))

    return narrow


def narrow_replies(session: Session, person: Person) -> ColumnElement[bool]:
    """One's own, and those to rows that one may see; reviews of the library as ``reviewing`` says."""
    seen = [
        and_(t.Reply.sheet == name, t.Reply.row_id.in_(select(table.id).where(narrow(session, person))))
        for name, (table, narrow) in REPLIED.items()
        if _reads(person, name)
    ]
    return and_(or_(t.Reply.by == person.id, *seen), reviewing.narrow_reviews(person))


def _reads(person: Person, sheet: str) -> bool:
    """Pupils and operators have to do with tickets alone."""
    return sheet == "ticket" or bool(ADULTS & person.role_names)


def everybody(_session: Session, _person: Person) -> ColumnElement[bool]:
    return true()


def narrow_tickets(_session: Session, person: Person) -> ColumnElement[bool]:
    """One's own; those of one's school for its administration; those handed on for coach and district."""
    roles = person.role_names
    may = [t.Ticket.by == person.id]
    if roles & {"administrator", "operator"}:
        may.append(t.Ticket.school_id == person.school_id)
    if "coach" in roles:
        may.append(and_(t.Ticket.level == "coach", t.Ticket.by.in_(circle(person))))
    if "district" in roles:
        may.append(t.Ticket.level != "school")
    return or_(*may)


def narrow_notices(session: Session, person: Person) -> ColumnElement[bool]:
    """Those for a person, and one's own; all of one's school for its administration, all for the district."""
    if "district" in person.role_names:
        return true()
    may = [own_notices(person), address_notices(session, person)]
    if "administrator" in person.role_names:
        may.append(t.Notice.school_id == person.school_id)
    return or_(*may)


def own_notices(person: Person) -> ColumnElement[bool]:
    """Those that a person may change: written by them, or by somebody whose office is theirs now.

    Who has left, works at another school or has given up the office leaves a notice to who has it: the district's to
    the district, others to the same role of the school that they were written in.
    """
    offices = NOTIFIERS & person.role_names
    if not offices:
        return false()
    near = t.Notice.school_id == person.school_id
    in_reach = true() if "district" in offices else near
    is_gone = or_(Person.left_at.is_not(None), Person.school_id != t.Notice.school_id)
    is_by_gone = select(Person.id).where(Person.id == t.Notice.by, is_gone).correlate(t.Notice).exists()
    return or_(
        and_(t.Notice.by == person.id, true() if is_guide(person) else near),
        and_(in_reach, _is_by_one_of(offices), is_by_gone),
        and_(in_reach, not_(_is_by_one_of(NOTIFIERS))),
    )


def _is_by_one_of(roles: Collection[str]) -> ColumnElement[bool]:
    return t.Notice.by.in_(select(PersonRole.person_id).where(PersonRole.role.in_(sorted(roles))))


def inherits_notice(session: Session, person: Person, row: Kept) -> bool:
    """Whether a notice of somebody else's is this person's to change now."""
    query = select(t.Notice.id).where(t.Notice.id == row.id, own_notices(person))
    return session.scalar(query) is not None


def address_notices(session: Session, person: Person) -> ColumnElement[bool]:
    """Those that reach a person and are for their roles; JSON is not searched, the few that reach are read."""
    reach = or_(
        t.Notice.everywhere.is_(True),
        t.Notice.school_id == person.school_id,
        t.Notice.by.in_(guides_of(person)),
    )
    found = session.execute(select(t.Notice.id, t.Notice.roles).where(reach))
    return t.Notice.id.in_([number for number, roles in found if is_addressed(roles, person)])


def is_addressed(roles: Collection[str], person: Person) -> bool:
    """Whether something for these roles is for a person; for none is for all adults."""
    return bool((frozenset(roles) or ADULTS) & person.role_names)


def guides_of(person: Person) -> Select[Any]:
    """Return the ids of those who coach or facilitate the groups that a person is in."""
    groups = (
        select(t.TrainingGroup.coach_id.label("coach"), t.TrainingGroup.facilitator_id.label("facilitator"))
        .join(t.Participant, t.Participant.group_id == t.TrainingGroup.id)
        .where(t.Participant.person_id == person.id, t.Participant.gone.is_(False))
        .where(t.TrainingGroup.gone.is_(False))
        .cte("groups")
    )
    return select(groups.c.coach).union(select(groups.c.facilitator))  # type: ignore[return-value] # as good as one


narrow_resources = reviewing.narrow_resources


def narrow_studies(session: Session, person: Person) -> ColumnElement[bool]:
    """Those of one's circle, and those that one is a member of; JSON is not searched, the few studies are read."""
    found = session.execute(select(t.LessonStudy.id, t.LessonStudy.members))
    own = [number for number, members in found if person.id in members]
    return or_(t.LessonStudy.by.in_(circle(person)), t.LessonStudy.id.in_(own))


# Who may write a row as it is


def leads_group(session: Session, person: Person, row: Any) -> bool:
    """A coach or facilitator of the row's group; the district for all."""
    if "district" in person.role_names:
        return True
    group = session.get(t.TrainingGroup, row.group_id)
    return is_guide(person) and group is not None and person.id in (group.facilitator_id, group.coach_id)


def guides(session: Session, person: Person, whom: int) -> bool:
    """Whether a person is coach or facilitator of another, or of the district."""
    if "district" in person.role_names:
        return True
    led = select(t.Participant.id).where(
        t.Participant.person_id == whom,
        t.Participant.gone.is_(False),
        t.Participant.group_id.in_(led_groups(person)),
    )
    return session.scalar(led.limit(1)) is not None


def guides_person(session: Session, person: Person, row: Any) -> bool:
    return guides(session, person, row.person_id)


def is_own_school(_session: Session, person: Person, row: Any) -> bool:
    return "district" in person.role_names or bool(row.school_id == person.school_id)


def may_observe(session: Session, person: Person, row: Any) -> bool:
    """A colleague of one's school or team, the other of one's pair, or somebody whom one guides."""
    if session.get_one(Person, row.person_id).school_id == person.school_id:
        return True
    both = (person.id, row.person_id)
    pair = select(t.Pairing.id).where(
        t.Pairing.gone.is_(False), t.Pairing.mentor_id.in_(both), t.Pairing.learner_id.in_(both)
    )
    if session.scalar(pair.limit(1)) is not None or guides(session, person, row.person_id):
        return True
    teams = session.scalars(select(t.LessonStudy.members).where(t.LessonStudy.gone.is_(False)))
    return any(set(both) <= set(members) for members in teams)


def leads_participant(session: Session, person: Person, row: Any) -> bool:
    """Whether a person leads the group in which the row's participant is."""
    participant = session.get(t.Participant, row.participant_id)
    return participant is not None and leads_group(session, person, participant)


def leads_session(session: Session, person: Person, row: Any) -> bool:
    meeting = session.get(t.TrainingSession, row.session_id)
    return meeting is not None and leads_group(session, person, meeting)


def is_participant(session: Session, person: Person, row: Any) -> bool:
    participant = session.get(t.Participant, row.participant_id)
    return participant is not None and participant.person_id == person.id and participant.takes_part


def is_of_guides(_session: Session, person: Person, _row: Any) -> bool:
    return is_guide(person)


def is_own_group(_session: Session, person: Person, row: Any) -> bool:
    """A coach makes groups of their own; the district any."""
    return "district" in person.role_names or person.id in (row.facilitator_id, row.coach_id)


def is_member(_session: Session, person: Person, row: Any) -> bool:
    return person.id == row.by or person.id in row.members


def may_notify(_session: Session, person: Person, row: Any) -> bool:
    """The district speaks to all schools; others to their own, and coaches to those whom they guide."""
    if row.everywhere:
        return "district" in person.role_names
    return is_guide(person) or bool(row.school_id == person.school_id)


def may_reply(session: Session, person: Person, row: Any) -> bool:
    """The row is one that the person sees, and the kind one that they may say of it."""
    known = REPLIED.get(row.sheet)
    if known is None or not _reads(person, row.sheet):
        return False
    table, narrow = known
    target = session.scalar(
        select(table).where(table.id == row.row_id, table.gone.is_(False), narrow(session, person))
    )
    if target is not None and (row.sheet, row.kind) == ("resource", "review"):
        return reviewing.may_say_review(session, person, target, row)
    rule = KINDS.get((row.sheet, row.kind))
    return target is not None and rule is not None and rule(session, person, target)


def _guides(session: Session, person: Person, target: Any) -> bool:
    """Nobody reviews themselves."""
    return target.by != person.id and guides(session, person, target.by)


def _is_party(_session: Session, person: Person, target: Any) -> bool:
    return person.id in (target.mentor_id, target.learner_id)


def _is_observed(_session: Session, person: Person, target: Any) -> bool:
    return bool(person.id == target.person_id)


def _is_other(_session: Session, person: Person, target: Any) -> bool:
    return bool(person.id != target.by)


def _may_answer_expertly(_session: Session, person: Person, _target: Any) -> bool:
    return bool({"expert", *GUIDES} & person.role_names)


def may_help(_session: Session, person: Person, row: Any) -> bool:
    """Whoever asks, and those who answer; a new ticket is one's own. A pupil asks the school first."""
    if isinstance(row, t.Ticket) and row.level != "school":
        is_sent_on = inspect(row).attrs.level.history.has_changes()
        if is_sent_on and person.role_names <= {"pupil"}:
            raise NotAllowed("Your school answers first. It hands the question on if it does not know.")
    if row.id is None or person.id == row.by:
        return bool(person.id == row.by)
    return bool(HELPERS & person.role_names)


REPLIED: Final[Mapping[str, tuple[type[Any], Narrow]]] = {
    "evidence": (t.Evidence, about("by")(t.Evidence)),
    "pairing": (t.Pairing, about("mentor_id", "learner_id")(t.Pairing)),
    "observation": (t.Observation, about("by", "person_id")(t.Observation)),
    "expert_question": (t.ExpertQuestion, everybody),
    "resource": (t.Resource, narrow_resources),
    "ticket": (t.Ticket, narrow_tickets),
}
KINDS: Final[Mapping[tuple[str, str], Callable[[Session, Person, Any], bool]]] = {
    ("evidence", "review"): _guides,
    ("pairing", "agree"): _is_party,
    ("pairing", "log"): _is_party,
    ("pairing", "end"): _is_party,
    ("observation", "agree"): _is_observed,
    ("expert_question", "vote"): _is_other,
    ("expert_question", "answer"): _may_answer_expertly,
    ("resource", "review"): reviewing.may_review,
    ("resource", "use"): reviewing.may_use,
    ("resource", "give"): reviewing.gives_back,
    ("ticket", "answer"): may_help,
}
"""What may be said of a row, and by whom."""
