"""A rota after its classes' year, on a door's card with unequal groups, and one that nobody could show."""

import pytest
from tests.unit.app_parts import find
from tests.unit.test_apps_survey_years import open_app, pass_a_year, school

from sandyq.school.centre import tables as kept
from sandyq.school.leaving import leave_school
from sandyq.school.people import class_pupils
from sandyq_apps.kit.desk import Change, add
from sandyq_apps.kit.portal import Refused
from sandyq_apps.rota import ComputerRota

__all__ = ["school"]
CLASS = {"mode": "class", "computers": 4, "start": "08:30", "minutes": 45, "edges": 10, "pairs": True}
WEEK = {"mode": "week", "computers": 4, "free": [[0, 1], [4, 7]], "a_day": 1}


def make(app, about):
    app.desk.send(Change("…", [add("rota", name="Кезек", about=about)]))
    app.place["rota"] = app.desk.rows("rota")[-1].id
    return app


def about_of(app, mode):
    classes = [group.id for group in app.desk.rows("class")]
    if mode == "class":
        return CLASS | {"class": classes[1]}
    return WEEK | {"classes": [{"class": each, "cannot": []} for each in classes[:2]]}


@pytest.mark.parametrize("mode", ["class", "week"])
def test_a_rota_whose_classes_ended_says_so_and_prints_no_card(school, mode):
    app = open_app(school, ComputerRota, "rota")
    rota = make(app, about_of(app, mode)).place["rota"]
    assert find(app.view(), "paper")
    assert not find(app.view(), "notice")
    pass_a_year(school)
    app = open_app(school, ComputerRota, "rota")
    (text,) = [each["text"] for each in find(app.view(), "text")]
    assert "бұрынғы оқу жылының сыныбы" in text
    app.place["rota"] = rota
    assert not find(app.view(), "paper")
    assert find(app.view(), "notice")
    assert find(app.view(), "form")


def test_a_week_is_shared_by_the_classes_that_are_still_there(school):
    app = open_app(school, ComputerRota, "rota")
    about = about_of(app, "week")
    there = about["classes"][0]["class"]
    about["classes"].append({"class": 999_999, "cannot": []})
    app = make(app, about)
    (table,), (paper,) = find(app.view(), "table"), find(app.view(), "paper")
    assert {line["key"] for line in table["lines"]} == {each["class"] for each in about["classes"][:2]}
    assert app._class_name(there) in paper["html"]
    assert "?" not in paper["html"]
    assert find(app.view(), "notice")


def test_a_card_tells_when_to_change_the_keyboard_though_the_first_group_does_not(school):
    app = open_app(school, ComputerRota, "rota")
    group = about_of(app, "class")["class"]
    with school.database.session() as session:
        for pupil in class_pupils(session, group)[5:]:
            leave_school(session, pupil)
    app = open_app(school, ComputerRota, "rota")
    assert len(app._children(group)) == 5
    app = make(app, CLASS | {"class": group, "computers": 1, "minutes": 30})
    app.place["lesson"] = 1  # the third group, of one child, begins
    (paper,) = find(app.view(), "paper")
    assert paper["html"].count("<th scope") == 3


@pytest.mark.parametrize(
    ("mode", "change"),
    [
        ("class", {"mode": "month"}),
        ("class", {"mode": ["week"]}),
        ("class", {"computers": 0}),
        ("class", {"computers": "4"}),
        ("class", {"start": "25:00"}),
        ("class", {"edges": 40}),
        ("class", {"class": None}),
        ("week", {"free": []}),
        ("week", {"free": [[5, 1]]}),
        ("week", {"free": [1]}),
        ("week", {"a_day": True}),
        ("week", {"classes": []}),
        ("week", {"classes": [{"class": 1}]}),
        ("week", {"classes": {"class": 1}}),
    ],
)
def test_a_rota_that_no_page_could_show_is_refused_in_words(school, mode, change):
    app = open_app(school, ComputerRota, "rota")
    with pytest.raises(Refused, match="сақтау мүмкін емес"):
        make(app, about_of(app, mode) | change)
    assert not app.desk.rows("rota")


@pytest.mark.parametrize("about", [{}, [], WEEK | {"classes": [1]}, CLASS | {"start": "8"}])
def test_a_row_kept_before_rotas_were_checked_is_named_and_mended_in_its_form(school, about):
    app = open_app(school, ComputerRota, "rota")
    good = about_of(app, "class")
    bad = make(app, good).place["rota"]
    make(app, good)
    with school.database.session() as session:
        session.get_one(kept.Rota, bad).about = about
    app = open_app(school, ComputerRota, "rota")
    words = "көрсету мүмкін емес"
    (first, second) = find(app.view(), "card")
    assert words in find(first["parts"], "text")[0]["text"]
    assert words not in find(second["parts"], "text")[0]["text"]
    app.place["rota"] = bad
    assert words in find(app.view(), "notice")[0]["text"]
    (form,) = find(app.view(), "form")
    values = form["values"] | {name: good.get(name) for name in ("class", *CLASS)}
    week = {f"day{day}": [1] for day in range(5)} | {"name": "Апта", "a_day": 1, "classes": [good["class"]]}
    save = app.save_week if form["act"] == "save_week" else app.save_class
    app.desk.send(save(values | week))
    assert find(app.view(), "paper")
