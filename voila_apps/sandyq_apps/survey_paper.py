"""The survey as a child sees it, and the paper form: one sheet of A4 for each age, large letters, numbered answers."""

from __future__ import annotations

from typing import Any, Final

from markupsafe import Markup

from sandyq.i18n import LANGUAGE_NAMES
from sandyq.icons import draw_icon
from sandyq.surveys import BANDS, PLACES, STEPS, Question, name_in
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App
from sandyq_apps.kit.papers import render
from sandyq_apps.kit.parts import Part
from sandyq_apps.kit.speech import Speech
from sandyq_apps.survey_state import State, tell_band

PREVIEW: Final = "/services/portal/survey-previews/{survey}?band={band}&language={language}"
ROOM: Final = 34
"""Lines of large letters that one sheet of A4 holds below its head."""
HEIGHTS: Final = {"several": 1.2, "rank": 2.5, "scale": 3.0, "yesno": 2.6, "text": 4.0}
"""Lines that a question takes besides its options."""


def view_paper(app: App, state: State) -> list[Part]:
    _ = app._
    band, tongue = app.place["band"], app.place["tongue"] or app.speech.language
    fields = [
        parts.field(
            "band", _("Age"), "radio", band, choices=[(each, tell_band(app, each)) for each in BANDS]
        ),
        parts.field("tongue", _("Language"), "radio", tongue, choices=LANGUAGE_NAMES.items()),
    ]
    form = parts.form("choose_paper", fields, "", key="paper", live=True)
    questions = [question for question in state.questions if band in question.bands]
    if not questions:
        return [form, parts.empty(_("Nothing to show"), _("There is no question for this age yet."))]
    address = PREVIEW.format(survey=state.survey.id, band=band, language=tongue)
    link = Markup('<p><a href="{}" target="_blank" rel="noopener">{}</a></p>').format(
        address, _("See it on the screen as a child does (opens a new page)")
    )
    long = _("This form needs more than one sheet. Take questions out, or print on both sides.")
    return [
        form,
        parts.markup(str(link)),
        *([parts.notice(long, "warn")] if count_lines(questions) > ROOM else []),
        parts.paper(f"{state.survey.name}-{band}-{tongue}", print_form(app, state, questions, tongue)),
    ]


def count_lines(questions: list[Question]) -> float:
    """Return about how many lines a form takes."""
    return sum(
        HEIGHTS[each.kind] + len(each.options) * (1.0 if len(each.options) < 7 else 0.75)
        for each in questions
    )


def print_form(app: App, state: State, questions: list[Question], language: str) -> str:
    """Return the form as HTML, in a child's language."""
    say = Speech(language)
    told = [
        {
            "text": name_in(each.text, language),
            "kind": each.kind,
            "options": [
                (name_in(option.text, language), draw_icon(option.icon) if option.icon else "")
                for option in each.options
            ],
            "low": name_in(each.low, language),
            "high": name_in(each.high, language),
        }
        for each in questions
    ]
    return render(
        "survey_form.html",
        title=state.survey.name,
        school=app.desk.school.get("name", ""),
        language=language,
        questions=told,
        places=PLACES,
        steps=STEPS,
        points=19 if count_lines(questions) < ROOM * 0.6 else 15,
        say=say,
    )


def choose_paper(app: App, values: dict[str, Any]) -> None:
    app.place |= {"band": values["band"], "tongue": values["tongue"]}
