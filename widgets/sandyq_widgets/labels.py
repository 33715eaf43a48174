"""The words on a question's frame, in the visitor's language or else the lesson's."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from sandyq.i18n import choose_language, translator
from sandyq_widgets.errors import N_

_lesson_language = "kk"
_is_young = False


def set_lesson(language: str, *, is_young: bool = False) -> None:
    """Say which language the notebook is written in, and whether small children read it."""
    global _lesson_language, _is_young  # one notebook, one kernel, one language
    _lesson_language, _is_young = choose_language(language), is_young


def current_language() -> str:
    return choose_language(os.environ.get("SANDYQ_LANGUAGE"), _lesson_language)


def lesson_language() -> str:
    """The language that the notebook is written in, which the visitor's own may differ from."""
    return _lesson_language


def current_gettext() -> Callable[[str], str]:
    return translator(current_language())


def make_labels(kind: str) -> dict[str, str]:
    """Every word the browser needs for one kind of question."""
    gettext = current_gettext()
    return {
        "kind": kind,
        "language": current_language(),
        "size": "young" if _is_young else "",
        "question": gettext("Question"),
        "points": gettext("Points: {n}"),
        "tries": gettext("Tries: {n}"),
        "answer": gettext("Your answer"),
        "inputHint": gettext("Write a number in digits, for example 12.5"),
        "digits": gettext("Digits"),
        "erase": gettext("Erase the last character"),
        "minWords": gettext("At least {n} words. Now: {now}"),
        "check": gettext("Hand in my answer") if kind in {"open", "poll"} else gettext("Check"),
        "checking": gettext("Checking…"),
        "silent": gettext("No answer from the server. Your answer is still on the page: check it once more."),
        "right": gettext("Right!"),
        "wrong": gettext("Not yet. Try again."),
        "kept": gettext("Your answer is taken."),
        "saving": gettext("Saving…"),
        "saved": gettext("Saved"),
        "retrying": gettext("Not saved yet – will retry"),
        "refused": gettext(
            "This answer could not be saved. Reload the page; if this stays, tell your teacher."
        ),
        "preview": gettext("Preview: answers are not saved"),
        "partly": gettext("Partly right. Try again."),
        "over": gettext("That was the last try."),
        "review": gettext("Look at your answer again"),
        "resume": gettext("Go on here"),
        "left": gettext("Tries left: {n}"),
        "solution": gettext("The right answer"),
        "key": gettext("For the teacher: the answer"),
        "partRight": gettext("right"),
        "partWrong": gettext("not right"),
        **{name: gettext(word) for name, word in _OWN.get(kind, {}).items()},
    }


_LETTERS: Final = {"letters": N_("Kazakh letters and digits")}
_CARDS: Final = {
    "cards": N_("Cards"),
    "howCards": N_("Take a card, then choose its place. With a mouse you can drag it, too."),
    "put": N_("Put here: {card}"),
    "taken": N_("{card}: taken. Choose its place."),
    "placed": N_("{card}: put to {box}."),
    "back": N_("{card}: back among the cards."),
}
_OWN: Final[dict[str, dict[str, str]]] = {
    "choices": {"several": N_("There may be several right answers.")},
    "highlight": {"several": N_("Choose the sentences in the text.")},
    "order": {
        "howOrder": N_("Move with the arrows, or drag."),
        "up": N_("Move up: {item}"),
        "down": N_("Move down: {item}"),
        "moved": N_("{item}: place {n} of {all}"),
    },
    "match": _CARDS,
    "sort": _CARDS,
    "inbox": _CARDS | {"cards": N_("Messages")},
    "gaps": {**_LETTERS, "gap": N_("Gap {n}"), "pick": N_("choose…")},
    "short": _LETTERS,
    "open": _LETTERS,
    "poll": {
        "kept": N_("Thank you!"),
        "spread": N_("What your class says"),
        "few": N_("When more classmates have answered, you see here what they say."),
        "noRight": N_("There is no right answer: say what you think."),
    },
    "typing": {
        **_LETTERS,
        "goal": N_("Type this"),
        "field": N_("Type here"),
        "next": N_("Next key: {key}"),
        "space": N_("Space"),
        "enter": N_("Enter"),
        "again": N_("Begin again"),
        "done": N_("Everything is typed. Check it!"),
        "keyboard": N_("Picture of the keyboard"),
    },
    "robot": {
        "grid": N_("Map of the steppe"),
        "forward": N_("Ahead"),
        "leftTurn": N_("Turn left"),
        "rightTurn": N_("Turn right"),
        "repeat": N_("Repeat"),
        "times": N_("times"),
        "end": N_("End of repeat"),
        "undo": N_("Take back"),
        "clear": N_("Empty the program"),
        "step": N_("One step"),
        "run": N_("Run"),
        "program": N_("Program"),
        "empty": N_("no command yet"),
        "count": N_("Commands: {n}"),
        "countOf": N_("Commands: {n}; {all} are enough"),
        "grass": N_("grass"),
        "stone": N_("stone"),
        "sheep": N_("sheep"),
        "fold": N_("fold"),
        "at": N_("Robot: row {row}, column {column}, {facing}"),
        "north": N_("facing up"),
        "east": N_("facing right"),
        "south": N_("facing down"),
        "west": N_("facing left"),
        "bump": N_("It has run into something."),
        "home": N_("It is in the fold."),
    },
    "decide": {
        "check": N_("See what follows"),
        "right": N_("All limits are kept."),
        "partly": N_("Some limits are broken. Change your decision."),
        "wrong": N_("Some limits are broken. Change your decision."),
        "choose": N_("choose…"),
        "range": N_("from {least} to {most}"),
        "steps": N_("from {least} to {most} in steps of {step}"),
        "follows": N_("What follows"),
        "limit": N_("Limit"),
        "before": N_("Before"),
        "now": N_("Now"),
        "isKept": N_("limit kept"),
        "isBroken": N_("limit broken"),
        "decision": N_("Decision"),
        "you": N_("You"),
        "group": N_("The group"),
        "experts": N_("How two experts decided"),
        "expertsLater": N_("After another try you see here how two experts decided."),
        "few": N_("When five people have decided, you see here what the others chose."),
        "paper": N_("Take the paper along (Word)"),
    },
    "board": {
        "choose": N_("nobody yet"),
        "fill": N_("Who takes {lesson}?"),
        "who": N_("Who"),
        "can": N_("Can take"),
        "busy": N_("Busy in"),
        "any": N_("anything"),
    },
    "author": {
        "heading": N_("Your lesson"),
        "how": N_("Change the cells below, run each with Shift+Enter, then look it over and publish it."),
        "group": N_("Class"),
        "minutes": N_("Minutes"),
        "most": N_("Minutes (at most {n})"),
        "due": N_("Due date, if there is one"),
        "look": N_("Look it over"),
        "publish": N_("Publish to my class"),
        "cell": N_("Cell {n}:"),
        "found": N_("Title: {title}. Questions: {n}, points: {points}."),
        "troubles": N_("Mend this first:"),
        "good": N_("All is well: it can be published."),
        "published": N_("Published to class {class}."),
        "open": N_("Open the lesson as the pupils see it"),
    },
    "app_author": {
        "heading": N_("Your app"),
        "how": N_(
            "Change the cells below, run each with Shift+Enter, then look at it as others will and publish it."
        ),
        "roles": N_("Who may open it"),
        "pupil": N_("the pupils"),
        "teacher": N_("the teachers"),
        "leader": N_("the centre leaders"),
        "administrator": N_("the administration"),
        "rights": N_(
            "Whoever opens the app sees all that it shows, with your rights: think of children's personal data."
        ),
        "look": N_("Preview"),
        "publish": N_("Publish in the gallery"),
        "cell": N_("Cell {n}:"),
        "found": N_("Title: {title}"),
        "troubles": N_("Mend this first:"),
        "good": N_("The preview is ready. Only you can open it."),
        "published": N_("Published. Who can open it: {roles}."),
        "open": N_("Open the app"),
    },
    "explore": {
        "table": N_("Table"),
        "chart": N_("Chart"),
        "bars": N_("Bars"),
        "line": N_("Line"),
        "dots": N_("Dots"),
        "across": N_("Across"),
        "upward": N_("Upward"),
        "only": N_("Only rows with"),
        "all": N_("all"),
        "rows": N_("Rows: {n}"),
        "sortBy": N_("Sort by {column}"),
        "tool": N_("Data"),
    },
    "meter": {
        "tool": N_("Try it out"),
        "field": N_("A password to try, not your real one"),
        "show": N_("Show what is typed"),
        "private": N_("It stays in this browser: nothing is sent or kept."),
        "strength0": N_("Found at once"),
        "strength1": N_("Weak"),
        "strength2": N_("So-so"),
        "strength3": N_("Strong"),
        "strength4": N_("Very strong"),
        "common": N_("This is among the first that are tried."),
        "digits": N_("Only digits: there are few of them."),
        "year": N_("A year is easy to guess."),
        "row": N_("Letters or digits in their order are easy to guess."),
        "again": N_("The same again and again adds little."),
        "short": N_("Longer is stronger: add another word."),
        "words": N_("Several words: long, and easy to remember."),
    },
}
"""Words that only one kind needs."""
