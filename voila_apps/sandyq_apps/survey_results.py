"""What came out: demand by chest, age, language, sex, village; clubs worth opening; to see, print and take away."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from sandyq.surveys import STEPS, Question
from sandyq_apps.chests import colour_of
from sandyq_apps.kit import parts
from sandyq_apps.kit.app import App, FieldProblem, File
from sandyq_apps.kit.charts import Bar, bars
from sandyq_apps.kit.papers import Workbook, render
from sandyq_apps.kit.parts import Part
from sandyq_apps.survey_counts import SMALLEST, Advice, Club, Group, advise, count_answers
from sandyq_apps.survey_hiding import ANSWERED, ASKED, WHOLE, Place, hide
from sandyq_apps.survey_state import State, look, order_groups, tell, tell_band, tell_chest, tell_group

DIMENSION_NAMES: Final = {
    "band": "By age",
    "language": "By language",
    "sex": "By sex",
    "village": "By village",
}
FORMULA: Final = (
    "Children without a place = those who want the chest, less the places of existing clubs of that chest and age. "
    "A club for grades of two ages counts for each by its share of grades. "
    "Groups = children without a place ÷ {size}; a rest of at least {least} children is one more group."
)
WANTING: Final = (
    "A child wants a chest who ticked one of its answers, put it first or second, gave 4 or 5 on its scale or "
    "said yes. Shares are of the children asked; one child can want several chests."
)


def view_results(app: App, state: State) -> list[Part]:
    _ = app._
    if not state.replies:
        return [
            parts.empty(
                _("No answers yet"), _("Open the survey. What the children answer is counted here at once.")
            )
        ]
    if app.place["print"]:
        return _view_print(app, state)
    return [
        _show_figures(app, state),
        *_show_doubts(app, state),
        parts.row(
            parts.button(_("Print for the school"), "open_print", {"print": "school"}),
            parts.button(_("Print for outside"), "open_print", {"print": "outside"}),
            parts.button(_("Spreadsheet (XLSX)"), "save_workbook"),
        ),
        parts.heading(_("Demand")),
        parts.text(_(WANTING), "quiet"),
        _show_chart(app, state),
        *(_show_dimension(app, state, name) for name in DIMENSION_NAMES),
        parts.heading(_("Clubs worth opening")),
        *_show_advice(app, state),
        *_show_questions(app, state),
    ]


def _show_figures(app: App, state: State) -> Part:
    _, number, whole = app._, app.speech.number, state.demand.whole
    paper = sum(row.source == "paper" for row in state.rows)
    share = app.speech.percent(whole.answered / whole.asked if whole.asked else 0)
    return parts.figures(
        parts.figure(_("Children asked"), number(whole.asked)),
        parts.figure(_("Have answered"), number(whole.answered), share, "good"),
        parts.figure(_("Have not answered"), number(whole.silent), "", "warn" if whole.silent else ""),
        parts.figure(_("Of them on paper"), number(paper)),
    )


def _show_doubts(app: App, state: State) -> list[Part]:
    _ = app._
    extra = max(sum(group.extra for group in groups.values()) for groups in state.demand.parts.values())
    left = len(state.rows) - len(state.replies)
    doubts = []
    if extra:
        doubts.append(
            _(
                "More answers than children in some group: {count} too many. A sheet without a name may belong to "
                "a child who has answered on a computer.",
                count=extra,
            )
        )
    if left:
        doubts.append(_("Not counted: {count} answers of children who are not asked any more.", count=left))
    return [parts.notice(words, "warn") for words in doubts]


def _tell_count(app: App, count: int, asked: int) -> str:
    """``34 (57 %)``: children and their share of those asked."""
    return f"{app.speech.number(count)} ({app.speech.percent(count / asked if asked else 0)})"


def _tell_cell(app: App, count: int, asked: int, place: Place, hidden: Collection[Place]) -> str:
    """A dash for what may not be shown; no share of a number that may not."""
    if place in hidden:
        return "–"
    return app.speech.number(count) if (*place[:2], ASKED) in hidden else _tell_count(app, count, asked)


def _chart(app: App, state: State, hidden: Collection[Place]) -> str:
    whole = state.demand.whole
    return bars(
        [
            Bar(
                tell_chest(app, chest),
                (0 if (*WHOLE, key) in hidden else whole.wants[key],),
                _tell_cell(app, whole.wants[key], whole.asked, (*WHOLE, key), hidden),
                colour_of(chest),
            )
            for key, chest in state.chests.items()
        ]
    )


def _show_chart(app: App, state: State) -> Part:
    _, whole = app._, state.demand.whole
    lines = [
        parts.line(
            key,
            chest=parts.cell(tell_chest(app, chest), colour=colour_of(chest)),
            count=whole.wants[key],
            share=parts.cell(app.speech.percent(whole.share(key)), sort=whole.share(key)),
        )
        for key, chest in state.chests.items()
    ]
    columns = [
        parts.column("chest", _("Chest")),
        parts.column("count", _("Children"), "number"),
        parts.column("share", _("Of those asked"), "number"),
    ]
    table = parts.table(_("Children who want a chest"), columns, lines, key="demand-whole")
    return parts.chart(_("Children who want a chest"), _chart(app, state, set()), table)


def _show_dimension(app: App, state: State, dimension: str) -> Part:
    _ = app._
    groups = state.demand.parts[dimension]
    lines = [
        parts.line(
            value,
            group=tell_group(app, dimension, value),
            asked=groups[value].asked,
            silent=groups[value].silent,
            **{
                f"chest{key}": parts.cell(
                    _tell_count(app, groups[value].wants[key], groups[value].asked),
                    sort=groups[value].share(key),
                )
                for key in state.chests
            },
        )
        for value in order_groups(dimension, list(groups))
    ]
    columns = [
        parts.column("group", _("Who")),
        parts.column("asked", _("Asked"), "number"),
        parts.column("silent", _("Not answered"), "number"),
        *(
            parts.column(f"chest{key}", tell_chest(app, chest), "number")
            for key, chest in state.chests.items()
        ),
    ]
    return parts.table(_(DIMENSION_NAMES[dimension]), columns, lines, key=f"demand-{dimension}")


# clubs worth opening


def advice_of(app: App, state: State) -> list[Advice]:
    clubs = [
        Club(club.chest_id, club.grade_from, club.grade_to, club.capacity) for club in app.desk.rows("club")
    ]
    return advise(
        state.questions, state.replies, clubs, list(state.chests), app.place["size"], app.place["least"]
    )


def _show_advice(app: App, state: State) -> list[Part]:
    _ = app._
    advice = advice_of(app, state)
    size, least = app.place["size"], app.place["least"]
    form = parts.form(
        "set_advice",
        [
            parts.field("size", _("Children in a group"), "number", size, least=1, most=50),
            parts.field("least", _("At least so many children"), "number", least, least=1, most=50),
        ],
        "",
        key="advice",
        live=True,
    )
    formula = parts.text(_(FORMULA, size=size, least=least), "quiet")
    if not advice:
        return [
            form,
            formula,
            parts.text(_("The existing clubs have places enough for all who want one."), "good"),
        ]
    lines = [
        parts.line(
            f"{each.chest}-{each.band}",
            what=parts.cell(_tell_advice(app, state, each), colour=colour_of(state.chests[each.chest])),
            unmet=each.unmet,
            groups=each.groups,
            why=_tell_why(app, each),
        )
        for each in advice
    ]
    columns = [
        parts.column("what", _("Chest and age"), wide=True),
        parts.column("unmet", _("Without a place"), "number"),
        parts.column("groups", _("Groups to open"), "number"),
        parts.column("why", _("Why")),
    ]
    table = parts.table(_("Clubs worth opening"), columns, lines, key="advice")
    return [form, formula, table, _chart_advice(app, state, advice)]


def _chart_advice(app: App, state: State, advice: list[Advice]) -> Part:
    _ = app._
    items = [
        Bar(
            _tell_advice(app, state, each),
            (each.unmet,),
            str(each.unmet),
            colour_of(state.chests[each.chest]),
        )
        for each in advice
    ]
    lines = [
        parts.line(number, what=_tell_advice(app, state, each), unmet=each.unmet)
        for number, each in enumerate(advice)
    ]
    columns = [
        parts.column("what", _("Chest and age")),
        parts.column("unmet", _("Without a place"), "number"),
    ]
    table = parts.table(_("Children without a place"), columns, lines, key="unmet")
    return parts.chart(_("Children without a place"), bars(items), table)


def _tell_advice(app: App, state: State, advice: Advice) -> str:
    return f"{tell_chest(app, state.chests[advice.chest])}, {tell_band(app, advice.band)}"


def _tell_why(app: App, advice: Advice) -> str:
    """Say a piece of advice in words: the sum, the languages, the shifts, what was named most."""
    _, number = app._, app.speech.number
    sentences = [
        _(
            "{wanting} want it, {places} places: {unmet} ÷ {size} → {groups}.",
            wanting=number(advice.wanting),
            places=number(advice.places),
            unmet=number(advice.unmet),
            size=advice.size,
            groups=advice.groups,
        )
    ]
    topics = ", ".join(f"{tell(app, dict(text))} ({number(count)})" for text, count in advice.topics)
    languages = ", ".join(
        f"{tell_group(app, 'language', key)} {number(count)}"
        for key, count in sorted(advice.languages.items())
    )
    shifts = ", ".join(
        f"{shift} – {number(count)}" for shift, count in sorted(advice.shifts.items()) if shift
    )
    if topics:
        sentences.append(_("Named most: {topics}.", topics=topics))
    sentences.append(_("Languages: {languages}.", languages=languages))
    if shifts:
        sentences.append(_("Shifts: {shifts}.", shifts=shifts))
    return " ".join(sentences)


# question by question


def _show_questions(app: App, state: State) -> list[Part]:
    _ = app._
    tables = [
        _show_texts(app, state, number, each)
        if each.kind == "text"
        else _show_counts(app, state, number, each)
        for number, each in enumerate(state.questions, 1)
    ]
    return [parts.fold(_("Answers to each question"), *tables, key="each-question")]


def tell_answers(app: App, question: Question) -> dict[Any, str]:
    """Return what can be answered, in words."""
    if question.has_options:
        return {number: tell(app, option.text) for number, option in enumerate(question.options, 1)}
    if question.kind == "yesno":
        return {True: app._("Yes"), False: app._("No")}
    ends = {1: tell(app, question.low), STEPS: tell(app, question.high)}
    return {step: f"{step} {ends.get(step, '')}".strip() for step in range(1, STEPS + 1)}


def _show_counts(app: App, state: State, number: int, question: Question) -> Part:
    counts = count_answers(question, state.replies)
    lines = [
        parts.line(str(key), answer=words, count=counts[key])
        for key, words in tell_answers(app, question).items()
    ]
    columns = [parts.column("answer", app._("Answer")), parts.column("count", app._("Children"), "number")]
    return parts.table(f"{number}. {tell(app, question.text)}", columns, lines, key=f"counts-{question.id}")


def _show_texts(app: App, state: State, number: int, question: Question) -> Part:
    lines = [
        parts.line(index, grade=reply.child.grade, text=reply.answers[question.id])
        for index, reply in enumerate(state.replies)
        if question.id in reply.answers
    ]
    columns = [
        parts.column("grade", app._("Grade"), "number"),
        parts.column("text", app._("In their own words"), wide=True),
    ]
    caption = f"{number}. {tell(app, question.text)}"
    return parts.table(
        caption,
        columns,
        lines,
        search=app._("Search a word"),
        nothing=app._("Nobody wrote anything."),
        key=f"texts-{question.id}",
    )


# print and spreadsheet


def _view_print(app: App, state: State) -> list[Part]:
    _ = app._
    back = parts.button(_("Back to the result"), "open_print", {"print": ""})
    html = print_result(app, state, outside=app.place["print"] == "outside")
    return [parts.paper(state.survey.name, html, back, landscape=True)]


def print_result(app: App, state: State, *, outside: bool) -> str:
    """Return the result as a sheet; for outside without villages, reasons and anything said of few children."""
    _, whole = app._, state.demand.whole
    dimensions = [name for name in DIMENSION_NAMES if not (outside and name == "village")]
    hidden = hide(state.demand, dimensions, state.chests) if outside else frozenset()
    tables = [(_(DIMENSION_NAMES[name]), _print_groups(app, state, name, hidden)) for name in dimensions]
    is_told = (*WHOLE, ASKED) not in hidden and (*WHOLE, ANSWERED) not in hidden
    advice = [
        (
            _tell_advice(app, state, each),
            each.wanting,
            each.places,
            each.unmet,
            each.groups,
            "" if outside else _tell_why(app, each),
        )
        for each in advice_of(app, state)
        if ("band", each.band, each.chest) not in hidden
    ]
    return render(
        "survey_result.html",
        title=state.survey.name,
        school=app.desk.school.get("name", ""),
        day=app.speech.date(app.desk.today),
        asked="–" if (*WHOLE, ASKED) in hidden else app.speech.number(whole.asked),
        answered=_tell_cell(app, whole.answered, whole.asked, (*WHOLE, ANSWERED), hidden),
        silent=app.speech.number(whole.silent) if is_told else "–",
        chests=[tell_chest(app, chest) for chest in state.chests.values()],
        chart=_chart(app, state, hidden),
        tables=tables,
        advice=advice,
        formula=_(FORMULA, size=app.place["size"], least=app.place["least"]),
        outside=outside,
        smallest=SMALLEST,
        _=app._,
    )


def _print_groups(app: App, state: State, dimension: str, hidden: Collection[Place]) -> list[list[str]]:
    """Return a line for each part: its name, how many were asked and answered, who wants each chest."""
    groups: Mapping[str, Group] = state.demand.parts[dimension]
    lines = []
    for value in order_groups(dimension, list(groups)):
        group, line = groups[value], (dimension, value)
        asked = "–" if (*line, ASKED) in hidden else str(group.asked)
        answered = _tell_cell(app, group.answered, group.asked, (*line, ANSWERED), hidden)
        cells = [_tell_cell(app, group.wants[key], group.asked, (*line, key), hidden) for key in state.chests]
        lines.append([tell_group(app, dimension, value), asked, answered, *cells])
    return lines


def save_workbook(app: App, _values: dict[str, Any]) -> File:
    state = look(app, app.row("survey", app.place["survey"]))
    _, book = app._, Workbook()
    titles = [
        state.survey.name,
        f"{app.desk.school.get('name', '')} · {app.speech.date(app.desk.today)}",
        _("For the school's own use: small groups are shown."),
    ]
    chests = [tell_chest(app, chest) for chest in state.chests.values()]
    head = ["", _("Who"), _("Asked"), _("Answered"), _("Not answered"), *chests]
    lines = [_write_group("", _("all"), state.demand.whole, list(state.chests))]
    for name, title in DIMENSION_NAMES.items():
        groups = state.demand.parts[name]
        lines += [
            _write_group(_(title), tell_group(app, name, value), groups[value], list(state.chests))
            for value in order_groups(name, list(groups))
        ]
    book.add_sheet(_("Demand"), titles, head, lines)
    book.add_sheet(
        _("Clubs worth opening"),
        [state.survey.name, _(FORMULA, size=app.place["size"], least=app.place["least"])],
        [_("Chest and age"), _("Want it"), _("Places"), _("Without a place"), _("Groups to open"), _("Why")],
        [
            [
                _tell_advice(app, state, each),
                each.wanting,
                each.places,
                each.unmet,
                each.groups,
                _tell_why(app, each),
            ]
            for each in advice_of(app, state)
        ],
    )
    book.add_sheet(
        _("Answers"),
        [state.survey.name],
        [_("Question"), _("Answer"), _("Children")],
        _write_answers(app, state),
    )
    return book.save(state.survey.name)


def _write_group(title: str, name: str, group: Group, chests: list[int]) -> list[Any]:
    return [title, name, group.asked, group.answered, group.silent, *(group.wants[key] for key in chests)]


def _write_answers(app: App, state: State) -> list[list[Any]]:
    lines: list[list[Any]] = []
    for question in state.questions:
        counts, text = count_answers(question, state.replies), tell(app, question.text)
        if question.kind == "text":
            lines += [[text, said, count] for said, count in counts.most_common()]
        else:
            lines += [[text, words, counts[key]] for key, words in tell_answers(app, question).items()]
    return lines


# acts


def set_advice(app: App, values: dict[str, Any]) -> None:
    if not values["size"] or not values["least"]:
        raise FieldProblem("size", app._("Write a number here."))
    app.place |= {"size": values["size"], "least": min(values["least"], values["size"])}


def open_print(app: App, values: dict[str, Any]) -> None:
    app.place["print"] = values["print"]
