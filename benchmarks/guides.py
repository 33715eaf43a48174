"""``./sandyq tour docs/apps --apps``: the apps' guides' pictures, of a large school and of the sample Academy."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser
from sqlalchemy import select
from sqlalchemy.orm import Session

from attendance_world import add_attendance, open_database
from large_school import PASSWORD, answer_survey, running_large_school
from rehearsal import Demo, Visitor, hear_kernel, running_demo, visit, wait_for
from sandyq.i18n import LANGUAGES
from sandyq.school.centre.tables import (
    BudgetLine,
    Chest,
    Club,
    Enrolment,
    PassportEntry,
    Rota,
    Spending,
    Survey,
)
from sandyq.school.database import today
from sandyq.school.people import sort_people
from sandyq.school.tables import ClassGroup, Person
from sandyq_apps.survey_bank import bank_questions
from tour import find_barriers

COLOURS: Final = 256
"""Of a picture: a page is mostly paper and ink."""
LARGEST: Final = 150_000
"""Bytes."""


def draw_guides(folder: Path, browser: Browser) -> None:
    """Save ``<app>.<language>.png`` for each app; what axe finds is an error."""
    _draw_centre(folder, browser)
    _draw_academy(folder, browser)


def _draw_centre(folder: Path, browser: Browser) -> None:
    with running_large_school() as demo:
        add_attendance(demo, date(2026, 9, 16), today())
        _fill(demo)
        for number, language in enumerate(
            LANGUAGES, 1
        ):  # a person's own server speaks what they did at its start
            with visit(browser, demo, language=language) as visitor:
                visitor.sign_in({"login": f"leader{number}", "password": PASSWORD, "class": ""})
                visitor.choose_language(language)
                visitor.page.set_viewport_size({"width": 1024, "height": 1000})
                for name, show in SHOWN.items():
                    _draw(visitor, name, show, language, folder)
                _make_app(visitor)
                _save(visitor.page.screenshot(), folder / f"own.{language}.png")


def _draw_academy(folder: Path, browser: Browser) -> None:
    """The apps of the Academy, as the people of the sample district use them."""
    with running_demo() as demo:
        for role, apps in ACADEMY.items():
            for language in LANGUAGES:
                with visit(browser, demo, language=language) as visitor:
                    visitor.sign_in(demo.account(role))
                    visitor.page.set_viewport_size({"width": 1024, "height": 1000})
                    for name, show in apps.items():
                        _draw(visitor, name, show, language, folder)


def _draw(visitor: Visitor, name: str, show: Callable[[Visitor], None], language: str, folder: Path) -> None:
    visitor.go(f"/services/rooms/app/{name}")
    visitor.page.locator("body[data-link=live] .sandyq-app .sa-languages").wait_for(timeout=60_000)
    _press(visitor, f".sa-languages button[data-language={language}]")
    visitor.page.locator(f".sandyq-app[lang={language}]").wait_for()
    show(visitor)
    if barriers := find_barriers(visitor.page):
        raise RuntimeError(f"{name} in {language}: {barriers}")
    _save(visitor.page.screenshot(), folder / f"{name}.{language}.png")


def _save(picture: bytes, path: Path) -> None:
    small = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        raise RuntimeError(
            f"{path} has {path.stat().st_size} bytes; {LARGEST} are enough. Show less of the page."
        )


def _fill(demo: Demo) -> None:
    """Add a plan with its payments, a child's pages, a rota of a class and a survey that was answered."""
    database = open_database(demo)
    with database.session() as session:
        club, leader = session.scalars(select(Club).order_by(Club.id)).first(), _find(session, "leader1")
        assert club and leader
        own = {"school_id": club.school_id}
        plan = (
            ("pay", club.id, "Үйірме жетекшісінің ақысы", 160_256, 136_000),
            ("things", club.id, "Робот жинақтары", 4_500_000, 6_000),
            ("things_child", club.id, "Батарейка", 120_000, 2_000),
            ("pay", None, "Орталық жетекшісінің ақысы", 12_000_000, 12_000),
            ("other", None, "Интернет", 1_500_000, 9_000),
            ("grant", None, "Ауданның қаражаты", 250_000_000, 1_000),
        )
        for number, (kind, of, name, unit, quantity) in enumerate(plan):
            line = BudgetLine(
                **own, kind=kind, club_id=of, name=name, unit_tiyn=unit, quantity_milli=quantity, year=2026
            )
            session.add(line)
            session.flush()
            for month in (9, 10):
                session.add(
                    Spending(**own, line_id=line.id, on=date(2026, month, 20 + number), amount_tiyn=unit)
                )
        enrolled = select(Person).join(Enrolment, Enrolment.person_id == Person.id)
        child = sort_people(set(session.scalars(enrolled)))[0]
        pages = (
            (
                "work",
                date(2026, 10, 8),
                "Қақпаны өзі ашатын робот",
                "Датчик мал келгенде қақпаны ашады. Екі апта жасады.",
            ),
            ("evidence", date(2026, 10, 22), "", "Қатесін өзі іздеп тапты, кіші балаларға түсіндірді."),
            ("words", date(2026, 11, 5), "", "Енді су құятын робот жасағым келеді."),
        )
        for kind, on, title, text in pages:
            session.add(
                PassportEntry(
                    **own,
                    person_id=child.id,
                    chest_id=club.chest_id,
                    club_id=club.id,
                    kind=kind,
                    on=on,
                    title=title,
                    text=text,
                    by=leader.id,
                )
            )
        group = session.scalars(select(ClassGroup).where(ClassGroup.name == "5А")).one()
        about = {
            "mode": "class",
            "class": group.id,
            "computers": 4,
            "start": "10:00",
            "minutes": 45,
            "edges": 10,
            "pairs": True,
        }
        session.add(Rota(**own, name="5А", about=about))
        chests = {chest.position: chest.id for chest in session.scalars(select(Chest))}
        questions = [question.keep() for question in bank_questions(chests, ready=True)]
        survey = Survey(**own, name="2026", questions=questions, state="open")
        session.add(survey)
        session.flush()
        answer_survey(session, survey.id)
    database.close()


def _find(session: Session, login: str) -> Person | None:
    return session.scalar(select(Person).where(Person.login == login))


def _press(visitor: Visitor, place: str, number: int = 0) -> None:
    visitor.page.locator(f".sandyq-app {place}").nth(number).click()


def _wait(visitor: Visitor, place: str) -> None:
    visitor.page.locator(f".sandyq-app {place}").first.wait_for(timeout=60_000)


def _make_app(visitor: Visitor) -> None:
    """Open the notebook in which one makes an app and run it."""
    page = visitor.page
    answered = hear_kernel(page)
    visitor.go("/hub/user-redirect/sandyq/new-app")
    wait_for(answered, "the kernel to answer")
    page.locator(".jp-CodeCell .cm-content").first.click()
    for _ in range(page.locator(".jp-Cell").count()):
        page.keyboard.press("Shift+Enter")
    page.locator(".jp-OutputArea table").first.wait_for(timeout=60_000)
    page.locator(".sandyq-tool").scroll_into_view_if_needed()


def _show_chests(visitor: Visitor) -> None:
    _press(visitor, ".sa-card button")
    _wait(visitor, "form")


def _show_plan(visitor: Visitor) -> None:
    """The first to look makes the plan, which began two weeks ago."""
    app = visitor.page.locator(".sandyq-app")
    app.locator(".sa-figures, form").first.wait_for()
    if not app.locator(".sa-figures").count():
        app.locator("input[type=date]").fill((today() - timedelta(days=14)).isoformat())
        app.locator("form button[type=submit]").first.click()
    _wait(visitor, ".sa-figures")


def _show_places(visitor: Visitor) -> None:
    _press(visitor, ".sa-tabs button", 3)
    _press(visitor, "form button[type=submit]")
    _wait(visitor, ".sa-figures")


def _show_result(visitor: Visitor) -> None:
    _press(visitor, ".sa-card button.primary")
    _press(visitor, ".sa-tabs button", 4)
    _wait(visitor, ".sa-figures")


def _show_month(visitor: Visitor) -> None:
    _press(visitor, ".sa-tabs button", 1)
    visitor.page.locator(".sandyq-attendance table").wait_for(timeout=60_000)


def _show_timetable(visitor: Visitor) -> None:
    _press(visitor, ".sa-tabs button", 2)
    _press(visitor, "form button[type=submit]")
    _wait(visitor, ".sa-grid")


def _show_rota(visitor: Visitor) -> None:
    _press(visitor, "section button")
    _wait(visitor, ".sa-paper")


def _show(visitor: Visitor) -> None:
    _wait(visitor, ".sa-figures")


def _show_card(visitor: Visitor) -> None:
    _wait(visitor, ".sa-card")


def _show_first_row(visitor: Visitor) -> None:
    _press(visitor, "tbody .sa-link")
    _wait(visitor, ".sa-card")


SHOWN: Final[dict[str, Callable[[Visitor], None]]] = {
    "chests": _show_chests,
    "survey": _show_result,
    "launch": _show_plan,
    "clubs": _show_places,
    "attendance": _show_month,
    "timetable": _show_timetable,
    "budget": _show,
    "coverage": _show,
    "passport": _show_first_row,
    "rota": _show_rota,
}

ACADEMY: Final[dict[str, dict[str, Callable[[Visitor], None]]]] = {
    "teacher": {"training": _show, "support": _show, "library": _show_first_row},
    "coach": {"peers": _show_card, "experts": _show_card},
    "district": {"programme": _show},
}
