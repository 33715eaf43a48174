"""The routes of the portal, a module a noun; each router carries its rule."""

from __future__ import annotations

from sandyq_portal.routes import (
    answers,
    apps,
    assigning,
    assignments,
    authoring,
    centre,
    classes,
    clubs,
    grading,
    home,
    lessons,
    marking,
    marks,
    my_work,
    open,
    pair,
    progress,
    school,
    wishes,
    work,
)

ROUTERS = [
    open.router,
    home.router,
    classes.router,
    assigning.router,
    progress.router,
    lessons.router,
    lessons.staff_router,
    marking.router,
    marks.router,
    assignments.router,
    my_work.router,
    my_work.code_router,
    apps.router,
    pair.router,
    wishes.router,
    school.router,
    school.health_router,
    answers.router,
    authoring.router,
    authoring.teachers_router,
    clubs.router,
    centre.router,
    work.router,
    grading.router,
    home.last_router,  # the last: it takes every address that is left
]
