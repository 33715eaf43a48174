"""The logic of clubs and enrolment on the desk's rows: the task, breaches by hand, numbers, spreadsheets."""

import pytest

from sandyq_apps.allocation import Time
from sandyq_apps.clubs_import import PROBLEMS, read_pasted
from sandyq_apps.clubs_school import LISTS, SHEETS, Lookup, Terms, find_breaches, find_club, make_task
from sandyq_apps.clubs_things import _clock
from sandyq_apps.kit.desk import Desk, Row


def row(number, **values):
    return {"id": number, "version": 1, **values}


ROWS = {
    "class": [row(1, name="5А", grades=[5], language="kk"), row(2, name="5Б", grades=[5], language="ru")],
    "pupil": [
        row(11, name="Әбенов Данияр Асқарұлы", **{"class": "5А"}, class_id=1, grade=5, language="en"),
        row(12, name="Ким Алина Тимурқызы", **{"class": "5Б"}, class_id=2, grade=5, language="ru"),
        row(13, name="Ким Алина Маратқызы", **{"class": "5Б"}, class_id=2, grade=5, language="ru"),
    ],
    "chest": [row(1, position=1, names={"en": "One"})],
    "club": [
        row(1, name="Шахмат", chest_id=1, grade_from=1, grade_to=9, language="", capacity=1, least=0, meetings=1),
        row(2, name="Сурет", chest_id=1, grade_from=7, grade_to=9, language="kk", capacity=9, least=0, meetings=1),
    ],
    "slot": [row(1, weekday=0, starts="14:30", ends="15:45", shift=1), row(2, weekday=0, starts="15:00", ends="16:00", shift=0)],  # noqa: E501
    "meeting": [row(1, club_id=1, slot_id=1, room_id=1), row(2, club_id=2, slot_id=2, room_id=1)],
    "route": [row(5, name="Ауыл 1", leaves={"0": "15:00"})],
    "child": [row(1, person_id=11, sex="m", village="", shift=1, route_id=5, priority="")],
    "wish": [row(1, person_id=12, club_id=2, rank=3), row(2, person_id=12, club_id=1, rank=2)],
    "enrolment": [row(1, club_id=1, person_id=13, since="2026-09-01", until=None, why="")],
    "waiting": [], "intake": [], "room": [row(1, name="1", seats=9, kind="")], "staff": [],
}  # fmt: skip


@pytest.fixture
def desk():
    """A desk as it is after loading."""
    desk = Desk(None, (*SHEETS, *LISTS))
    desk._rows = {name: {each["id"]: Row(each) for each in rows} for name, rows in ROWS.items()}
    desk.today = "2026-11-24"
    return desk


def test_the_task_is_what_the_rows_say(desk):
    task = make_task(desk, Terms(most=2, seed="x"), keep=True)
    bus, wisher, member = task.children
    assert (bus.leaves, bus.language) == ({0: "15:00"}, "kk")  # of the class, not of the screen
    assert wisher.wishes == (1, 2)
    assert (member.keeps, member.leaves) == ((1,), None)
    assert task.clubs[0].id in (1, 2)
    assert task.club(1).times == (Time(0, "14:30", "15:45", 1),)
    assert sorted(child.lot for child in task.children) == [1, 2, 3]
    assert make_task(desk, Terms(), keep=False).children[2].keeps == ()


def test_a_change_by_hand_breaks_what_it_breaks(desk):
    task = make_task(desk, Terms(most=1, seed="x"), keep=True)
    kinds = lambda *about: {breach.kind for breach in find_breaches(task, *about)}  # noqa: E731
    assert kinds(11, 1) == {"bus", "full"}
    assert kinds(11, 2) == {"grade", "bus"}
    assert kinds(13, 1) == {"already"}
    assert kinds(13, 2) == {"grade", "language", "clash", "limit"}
    assert kinds(13, 2, 1) == {"grade", "language"}


def test_a_club_is_found_by_number_name_or_beginning(desk):
    clubs = desk.rows("club")
    assert [find_club(clubs, typed) and find_club(clubs, typed).id for typed in ("1", " 2. ", "шах", "СУРЕТ", "ш ", "x", "", "7")] == [1, 2, 1, 2, 1, None, None, None]  # fmt: skip # noqa: E501


@pytest.mark.parametrize(
    ("typed", "clock"), [("14.30", "14:30"), ("9:00", "09:00"), ("1430", "14:30"), ("soon", "soon"), ("", "")]
)
def test_a_time_is_understood_as_people_type_it(typed, clock):
    assert _clock(typed) == clock


TABLE = (
    "№\tФИО\tКласс\tПол\tСело\tАвтобус\tСмена\n"
    "1\tданияр ӘБЕНОВ\t5 «а»\tм\tАқбұлақ\tауыл 1\t2\n"
    "2\tКим Алина Тимурқызы\t5Б\tқыз\t\tнет\t1\n"
    "3\tКим Алина\t5Б\tж\t\t\t\n"
    "4\tБөтен Бала\t5Б\tж\t\t\t\n"
    "5\tКИМ Алина Маратқызы\t5Б\t?\t\tАуыл 9\t3\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "kz1048"])
def test_a_pasted_table_is_matched_by_name_and_class_and_compared(desk, encoding):
    reading = read_pasted(TABLE.encode(encoding), Lookup(desk))
    assert reading.changes == {11: {"village": "Ақбұлақ", "shift": 2}, 12: {"sex": "f"}}
    wrong = {(each.row, each.what) for each in reading.problems}
    assert wrong == {
        (4, PROBLEMS["two"]), (5, PROBLEMS["unknown"]), (6, PROBLEMS["sex"]), (6, PROBLEMS["route_id"]), (6, PROBLEMS["shift"]),  # noqa: E501
    }  # fmt: skip


def test_a_patronymic_that_the_school_does_not_keep_does_not_hinder(desk):
    table = "ФИО;Класс;Село\nСерікова Аружан Ерланқызы;5А;Тасты\n"
    desk._rows["pupil"][14] = Row(
        row(14, name="Серікова Аружан", **{"class": "5А"}, class_id=1, grade=5, language="kk")
    )
    assert read_pasted(table.encode(), Lookup(desk)).changes == {14: {"village": "Тасты"}}


def test_a_table_without_names_and_classes_is_none(desk):
    assert read_pasted(b"a;b\n1;2\n", Lookup(desk)) is None
