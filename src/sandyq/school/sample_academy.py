"""The sample Academy: a neighbouring school, the district's office, courses under way, communities; all invented."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from sandyq.school.academy import tables as t
from sandyq.school.academy.words import criteria
from sandyq.school.database import Base
from sandyq.school.sample_centre import EXAMPLE
from sandyq.school.tables import Person, School

Row = TypeVar("Row", bound=Base)

OFFICE: Final = "Аудандық әдістемелік кабинет"
NEIGHBOUR: Final = "Жаңажол ауылының мектебі"
PEOPLE: Final = (
    (OFFICE, "coach", "kk", "Мұсабекова Сәуле Қанатқызы"),
    (OFFICE, "coach", "ru", "Ковалёв Андрей Петрович"),
    (OFFICE, "expert", "ru", "Лебедева Наталья Игоревна"),
    (OFFICE, "district", "kk", "Сейдахметов Болат Ғабитұлы"),
    (NEIGHBOUR, "teacher", "kk", "Әлімжанова Роза Маратқызы"),
    (NEIGHBOUR, "teacher", "ru", "Ким Светлана Борисовна"),
    (NEIGHBOUR, "administrator", "kk", "Досанов Ербол Тілегенұлы"),
)
COMMUNITIES: Final = (
    {"kk": "Бастауыш сынып", "ru": "Начальные классы", "en": "Primary classes"},
    {"kk": "Математика және сандар", "ru": "Математика и числа", "en": "Maths and numbers"},
    {"kk": "Оқу мен жазу", "ru": "Чтение и письмо", "en": "Reading and writing"},
    {"kk": "Жаратылыстану", "ru": "Естествознание", "en": "Science"},
    {"kk": "Қоғам және тарих", "ru": "Общество и история", "en": "Society and history"},
    {"kk": "Цифрлық дағдылар", "ru": "Цифровые навыки", "en": "Digital skills"},
    {"kk": "Шағын жинақты мектеп", "ru": "Малокомплектная школа", "en": "The small school"},
)
"""Seven; the official names are not published."""
PLACES: Final = ((51.10, 71.40), (51.22, 71.63), (51.15, 71.45))
"""Degrees, of the school, its neighbour and the office: somewhere in the steppe."""
BEFORE: Final = {
    "kk": "Модульдің басындағы тапсырманы орындап келіңіз: он минут.",
    "ru": "Выполните задание в начале модуля: десять минут.",
    "en": "Do the task at the beginning of the module: ten minutes.",
}
PRACTICE: Final = {
    "kk": "Модульдің соңындағы тапсырманы сыныбыңызда орындап, дәлелін осында қойыңыз.",
    "ru": "Выполните задание из конца модуля в своём классе и покажите здесь, что вышло.",
    "en": "Do the task at the end of the module in your class, and show here what came of it.",
}
LITERACY: Final = (
    (
        "pisa-item",
        "PISA үлгісіндегі тапсырма жазамыз",
        "Пишем задание по образцу PISA",
        "Writing a PISA-like item",
    ),
    ("item-analysis", "Тест сұрақтарын талдау", "Разбор заданий теста", "Item analysis"),
    (
        "term-assessment",
        "Тоқсандық жұмыс құрастырамыз",
        "Составляем работу за четверть",
        "Term assessment design",
    ),
    ("combined-class", "Екі сынып, бір бөлме", "Два класса в одной комнате", "The combined class"),
    ("lesson-study", "Lesson Study: оқуды бақылаймыз", "Lesson Study: наблюдаем учение", "Lesson Study"),
    ("digital-self-check", "Цифрлық өзін-өзі тексеру", "Цифровая самопроверка", "Digital self-check"),
)
MANAGEMENT: Final = (
    ("ill-teacher", "Мұғалім ауырып қалды", "Учитель заболел", "The teacher is ill"),
    ("workload", "Жиырма бес сағат кімге?", "Кому двадцать пять часов?", "Whose are the twenty-five hours?"),
    ("falling-enrolment", "Сексен бірінші оқушы", "Восемьдесят первый ученик", "The eighty-first pupil"),
    (
        "marks-disagree",
        "Журналда 88, жұмыста 47",
        "В журнале 88, в работе 47",
        "88 in the journal, 47 in the paper",
    ),
    (
        "four-pcs",
        "Бес сыныпқа төрт компьютер",
        "Четыре компьютера на пять классов",
        "Four computers, five classes",
    ),
    ("snowstorm", "Боран. Таңғы алты", "Буран. Шесть утра", "Snowstorm. Six in the morning"),
    ("data-incident", "Файл басқа чатқа кетті", "Файл ушёл не в тот чат", "The file went to the wrong chat"),
    (
        "club-audit",
        "Журнал, есік және он сағат",
        "Журнал, дверь и десять часов",
        "A register, a door and ten hours",
    ),
)
"""Lesson and its short name in Kazakh, Russian and English."""
COURSES: Final = {
    "literacy": {
        "kk": "Функционалдық сауаттылық",
        "ru": "Функциональная грамотность",
        "en": "Functional literacy",
    },
    "management": {"kk": "Мектепті басқару", "ru": "Управление школой", "en": "Running a school"},
}
PEERS: Final = (
    (0, "", ("reading", "families"), ("computers",), ("0-15", "2-15", "3-15", "4-15")),
    (3, "science", ("computers", "code"), ("questions", "combined"), ("0-15", "3-15", "3-16", "4-15")),
    (2, "reading", ("questions",), ("analysis", "spreadsheets"), ("0-15", "1-15", "3-15", "4-15")),
    (6, "", ("combined", "differentiation"), ("safety",), ("2-15", "3-15", "3-16", "4-15")),
    (5, "informatics", ("spreadsheets", "safety"), ("behaviour",), ("1-15", "2-15", "3-15", "4-15")),
    (1, "maths", ("analysis", "numbers"), ("reading",), ("2-15", "3-15", "4-15", "4-16")),
    (0, "", ("behaviour",), ("combined", "numbers"), ("0-15", "2-15", "3-15", "4-15")),
    (3, "science", ("marking", "science"), ("families",), ("1-15", "2-15", "3-15", "4-15")),
)
"""Of each teacher: community, subject, topics offered and needed, free hours (weekday from Monday, hour)."""
QUESTIONS: Final = (
    "Біріктірілген сыныпта екінші топ бос отырмас үшін не істейсіз?",
    "Как задавать вопросы к тексту, чтобы отвечали и те, кто читает медленно?",
)
ANSWERED: Final = (
    f"{EXAMPLE}: Оқу сауаттылығы / Читательская грамотность",
    "Бала мәтінді оқиды, бірақ сұрақтың жауабын таба алмайды. Неден бастайын?",
    "Начните с одного абзаца: сначала вопрос, потом текст; пусть ребёнок подчеркнёт место, где стоит ответ. "
    "Через неделю – два абзаца.",
)
"""Of a session that is over: what it was about, a question, the expert's answer."""
NOTICE: Final = {
    "kk": (
        "Академияның кездесуі",
        "Топтардың келесі кездесуі күнтізбеде тұр. Сарапшыға сұрағыңызды алдын ала жазып қойыңыз.",
    ),
    "ru": (
        "Встреча Академии",
        "Ближайшее занятие групп – в календаре. Вопросы эксперту можно записать заранее.",
    ),
    "en": (
        "The Academy meets",
        "The groups' next session is in the calendar. Write your questions to the expert before.",
    ),
}


def add_academy(
    session: Session, schools: Sequence[School], people: Mapping[str, Sequence[Person]], today: date
) -> None:
    """``schools``: ours, the neighbour, the office; ``people`` by role, ours before the neighbour's."""
    makers = (_make_places(schools), _make_peers(schools, people), _make_meeting(schools[2], people, today))
    for rows in makers:
        for row in rows:
            _add(session, row)
    _add_library(session, people, today)
    kk_coach, ru_coach = people["coach"]
    first, second = people["teacher"][:4], people["teacher"][4:]
    literacy = _add_course(session, schools[2], "literacy", LITERACY)
    management = _add_course(session, schools[2], "management", MANAGEMENT)
    _add_group(session, literacy, kk_coach, "1", first, today - timedelta(weeks=24), today)
    _add_group(session, literacy, ru_coach, "2", second, today - timedelta(weeks=4), today)
    _add_group(session, management, kk_coach, "3", people["administrator"], today - timedelta(weeks=4), today)


def _add(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row


def _make_places(schools: Sequence[School]) -> Iterator[Base]:
    for school, (latitude, longitude) in zip(schools, PLACES, strict=True):
        yield t.SchoolPlace(school_id=school.id, latitude=latitude, longitude=longitude)


def _make_peers(schools: Sequence[School], people: Mapping[str, Sequence[Person]]) -> Iterator[Base]:
    communities = [t.Community(school_id=schools[2].id, names=names, example=True) for names in COMMUNITIES]
    yield from communities  # each has its id when the next one is asked for
    for person, (place, subject, offers, needs, slots) in zip(people["teacher"], PEERS, strict=True):
        own = {"school_id": person.school_id, "by": person.id}
        yield t.AcademyProfile(
            **own,
            community_id=communities[place].id,
            subject=subject,
            languages=["kk", "ru"] if person.language == "kk" else ["ru"],
            slots=list(slots),
        )
        for kind, topics in (("offer", offers), ("need", needs)):
            for topic in topics:
                yield t.PeerNeed(**own, kind=kind, topic=topic)


def _make_meeting(office: School, people: Mapping[str, Sequence[Person]], today: date) -> Iterator[Base]:
    """An expert to come, with two questions; a notice of it."""
    (expert,), (chief,) = people["expert"], people["district"]
    title = f"{EXAMPLE}: Екі сынып, бір мұғалім / Два класса, один учитель"
    common = {"school_id": office.id, "expert": expert.full_name, "languages": ["kk", "ru"]}
    meeting = t.ExpertSession(**common, title=title, on=today + timedelta(days=12))
    yield meeting
    for person, text in zip(people["teacher"][1:3], QUESTIONS, strict=True):
        yield t.ExpertQuestion(school_id=person.school_id, session_id=meeting.id, by=person.id, text=text)
    title, text, answer = ANSWERED
    past = t.ExpertSession(**common, title=title, on=today - timedelta(days=40), state="closed")
    yield past
    asker = people["teacher"][0]
    question = t.ExpertQuestion(school_id=asker.school_id, session_id=past.id, by=asker.id, text=text)
    yield question
    yield t.Reply(
        school_id=office.id, by=expert.id, sheet="expert_question", row_id=question.id, kind="answer", text=answer,
        on=past.on,
    )  # fmt: skip
    yield t.Notice(
        school_id=office.id,
        by=chief.id,
        titles={language: f"{EXAMPLE}: {title}" for language, (title, _text) in NOTICE.items()},
        texts={language: text for language, (_title, text) in NOTICE.items()},
        everywhere=True,
        since=today,
        until=today + timedelta(days=14),
        on=today + timedelta(days=12),
    )


def _add_course(
    session: Session, office: School, programme: str, modules: Sequence[tuple[str, ...]]
) -> t.Training:
    return _add(
        session,
        t.Training(
            school_id=office.id,
            programme=programme,
            names=COURSES[programme],
            modules=[
                {
                    "key": lesson,
                    "names": {"kk": kk, "ru": ru, "en": en},
                    "lesson": lesson,
                    "before": BEFORE,
                    "practice": PRACTICE,
                    "hours": 4,
                }
                for lesson, kk, ru, en in modules
            ],
            example=True,
        ),
    )


def _add_group(  # noqa: PLR0913, PLR0917 # what a group has
    session: Session,
    course: t.Training,
    coach: Person,
    name: str,
    people: Sequence[Person],
    starts: date,
    today: date,
) -> None:
    """A group that meets each week for a module; who missed what follows from the numbers."""
    weeks = len(course.modules) + 2
    group = _add(
        session,
        t.TrainingGroup(
            school_id=coach.school_id, training_id=course.id, name=f"{EXAMPLE} {name}", facilitator_id=coach.id,
            coach_id=coach.id, starts_on=starts, ends_on=starts + timedelta(weeks=weeks),
        ),
    )  # fmt: skip
    members = [
        _add(session, t.Participant(school_id=person.school_id, group_id=group.id, person_id=person.id))
        for person in people
    ]
    for number, module in enumerate(course.modules):
        on = starts + timedelta(days=7 * number + 2)
        meeting = _add(
            session,
            t.TrainingSession(
                school_id=coach.school_id, group_id=group.id, module=module["key"], on=on, starts="15:00", minutes=90,
                place=OFFICE,
            ),
        )  # fmt: skip
        if on < today:
            for place, person in enumerate(people):
                state = (
                    "absent" if (number + place * 2) % 7 == 6 else "online" if place % 3 == 2 else "present"
                )
                _add(
                    session,
                    t.TrainingPresence(
                        school_id=person.school_id, session_id=meeting.id, person_id=person.id, state=state
                    ),
                )
    if group.ends_on < today:
        _support(session, group, members, people, coach)


def _support(
    session: Session,
    group: t.TrainingGroup,
    members: Sequence[t.Participant],
    people: Sequence[Person],
    coach: Person,
) -> None:
    """Exams passed, months of support with evidence; the last of the group has been silent since."""
    for place, (member, person) in enumerate(zip(members, people, strict=True)):
        own = {"school_id": person.school_id, "participant_id": member.id}
        exam = t.TrainingExam(**own, person_id=person.id, on=group.ends_on, points=18 - 3 * place, of=20)
        _add(session, exam)
        for month in range(1, 4 - place):
            on = group.ends_on + timedelta(days=30 * month - 9)
            kind, text = MONTHS[month - 1]
            data = {"pupils": 14, "before": 6, "after": 10} if kind == "results" else {}
            _add(
                session,
                t.Evidence(
                    **own, by=person.id, task=f"month:{month}", on=on, kind=kind, text=text, data=data
                ),
            )
    _add(
        session,
        t.CoachVisit(
            school_id=people[0].school_id,
            by=coach.id,
            person_id=people[0].id,
            on=group.ends_on + timedelta(days=40),
            kind="visit",
            saw=f"{EXAMPLE}: оқушылар дерек кестесін өздері оқыды.",
            advice="Келесі сабақта сұрақты баланың өзіне құрастыртыңыз.",
        ),
    )


MONTHS: Final = (
    ("lesson", f"{EXAMPLE}: 5-сыныпта автобус кестесімен сабақ өткіздім."),
    ("results", f"{EXAMPLE}: кесте бойынша он сұрақ, сабаққа дейін және одан кейін."),
    ("reflection", f"{EXAMPLE}: келесі жолы топты кішірейтемін."),
)
LIBRARY: Final = (
    (
        "item",
        "kk",
        "Автобус кестесі: қайсысы ертерек?",
        "%%choice id=item points=1\n7:30-да мектепте болу үшін қай автобусқа отыру керек? Жолға 20 минут кетеді.\n\n"
        "| № | ауылдан шығады |\n|---|---|\n| 3 | 7:15 |\n| 5 | 7:05 |\n| 9 | 6:20 |\n\n"
        "- [ ] 3 | 7:15-ке 20 минут қосып көр.\n- [x] 5\n- [ ] 9 | Үлгереді, бірақ мектепте ұзақ күтеді.\n"
        "hint: Әр уақытқа 20 минут қос.\nreason: 7:05 + 20 минут = 7:25.",
        (5, 6),
        ("PISA reading.locate",),
        ("yes", "yes"),
    ),
    (
        "item",
        "ru",
        "Сколько мешков увезёт прицеп",
        '%%number id=item points=1 answer=16 unit="мешков"\nПрицеп везёт не больше 800 кг, мешок пшеницы весит 50 кг. '
        "Сколько мешков можно погрузить?\nhint: Сколько раз по 50 в 800?\nreason: 800 : 50 = 16",
        (4, 5),
        ("PISA maths.employ",),
        ("yes",),
    ),
    (
        "plan",
        "kk",
        "Екі сынып, бір бөлме: 40 минуттың жоспары",
        "**Мақсаты:** 2-сынып өз бетімен оқығанда, 4-сынып жаңа тақырыпты меңгереді.\n\n- 0–5 минут: бәрі бірге, "
        "тақтадағы сұрақ\n- 5–20 минут: 4-сынып мұғаліммен, 2-сынып карточкамен\n- 20–35 минут: орын ауысады\n"
        "- 35–40 минут: әр сынып екіншісіне бір сұрақ қояды\n\n**Керегі:** карточка, құм сағат. "
        "**Жауабы:** карточканың артқы бетінде.",
        (2, 4),
        ("PISA reading.understand",),
        (),
    ),
)
"""Of each work: kind, language, title, text, grades, competences, what the first reviewers say."""


def _add_library(session: Session, people: Mapping[str, Sequence[Person]], today: date) -> None:
    """Works of the neighbouring school's teachers, one of them accepted, and a use of it."""
    authors = {person.language: person for person in people["teacher"][-2:]}
    reviewers = people["coach"]
    for number, (kind, language, title, body, grades, competences, verdicts) in enumerate(LIBRARY):
        author = authors[language]
        work = _add(
            session,
            t.Resource(
                school_id=author.school_id, by=author.id, kind=kind, language=language, title=f"{EXAMPLE}: {title}",
                body=body, licence="CC BY 4.0", grades=list(grades), competences=list(competences), state="offered",
            ),
        )  # fmt: skip
        for reviewer, verdict in zip(reviewers, verdicts, strict=False):
            data = {"edition": 1, "criteria": dict.fromkeys(criteria(), verdict), "verdict": verdict}
            _say(session, reviewer, work, "review", data, today - timedelta(days=9 - number))
        if len(verdicts) > 1:
            data = {"grade": grades[0], "pupils": 14, "edition": 1}
            _say(session, people["teacher"][0], work, "use", data, today - timedelta(days=3))


def _say(  # noqa: PLR0913, PLR0917 # what a reply has
    session: Session, person: Person, work: t.Resource, kind: str, data: dict[str, object], on: date
) -> None:
    own = {"school_id": person.school_id, "by": person.id, "on": on, "data": data}
    _add(session, t.Reply(sheet="resource", row_id=work.id, kind=kind, **own))
