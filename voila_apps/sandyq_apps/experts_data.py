"""Sessions with experts as plain data: questions by votes, answers with their editions, what is alike or found."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sandyq.search import fold, holds_words

SHEET: Final = "expert_question"
STEM: Final = 4
"""Letters by which two words count as the same: endings of Kazakh and Russian come after them."""
SHORTEST: Final = 4
"""Letters of a word that says what a question is about."""
ALIKE: Final = 0.34
"""Share of the words of what is written that a question must hold to be shown as like it."""
MOST_ALIKE: Final = 3
_COMMON: Final = """
    қалай қандай қашан неге неліктен керек болады үшін туралы және немесе егер мүмкін қалайша қайда кімге
    какой какая какие можно нужно если чтобы когда почему зачем который которые делать сделать лучше быть
    should could would what when where which about with from that this have
    """
_EMPTY: Final = frozenset(fold(word)[:STEM] for word in _COMMON.split())
"""Words that many questions have, whatever they are about."""
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True)
class Answer:
    """One edition of an answer."""

    id: int
    text: str
    by: int
    """Who wrote it down or brought it."""
    on: str
    """The day on which it came (ISO)."""
    expert: str = ""
    """Whose it is, when somebody else has brought it; empty: ``by``'s own."""
    key: str = ""
    written: str = ""
    """When the expert wrote it, by the clock of the expert's PC."""
    asked: str = ""
    """The words that the expert has answered, when the question's are others now."""

    @property
    def author(self) -> str:
        return self.expert or f"#{self.by}"


@dataclass(frozen=True)
class Question:
    id: int
    text: str
    session: int = 0
    votes: int = 0
    voted: bool = False
    """By whoever looks."""
    own: bool = False
    answers: tuple[Answer, ...] = ()
    """All editions of all experts, the oldest first."""
    withdrawn: tuple[Answer, ...] = ()
    """What an expert has taken back: shown to nobody, known when it comes once more."""

    def newest(self) -> list[tuple[Answer, tuple[Answer, ...]]]:
        """Return each expert's last word, and what it was before (the newest first)."""
        authors: dict[str, list[Answer]] = defaultdict(list)
        for each in self.answers:
            authors[each.author].append(each)
        return [(editions[-1], tuple(reversed(editions[:-1]))) for editions in authors.values()]


@dataclass(frozen=True)
class Meeting:
    """A session with an expert."""

    id: int
    title: str
    expert: str
    code: str
    on: str = ""
    """ISO; empty: the day is not known yet."""
    materials: str = ""
    languages: tuple[str, ...] = ()
    is_open: bool = True
    version: int = 1
    questions: tuple[Question, ...] = field(default=())
    """By votes."""

    @property
    def answered(self) -> int:
        return sum(bool(each.answers) for each in self.questions)


Rows = Iterable[Mapping[str, Any]]


def read_meetings(
    sessions: Rows, questions: Rows, replies: Rows, me: int, own: Iterable[int]
) -> list[Meeting]:
    """Return all sessions with their questions: those to come first, the nearest on top, then those that are over.

    ``own``: ids of the questions that ``me`` has asked.
    """
    mine, said = set(own), _sort_replies(replies)
    asked: dict[int, list[Question]] = defaultdict(list)
    for row in questions:
        asked[row["session_id"]].append(_read_question(row, said[row["id"]], me, row["id"] in mine))
    meetings = [_read_meeting(row, sort_by_votes(asked[row["id"]])) for row in sessions]
    coming = sorted((each for each in meetings if each.is_open), key=lambda each: (each.on or "9", each.id))
    over = sorted((each for each in meetings if not each.is_open), key=lambda each: (each.on, each.id))
    return [*coming, *reversed(over)]


def _sort_replies(replies: Rows) -> dict[int, list[Mapping[str, Any]]]:
    said: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in replies:
        if row["sheet"] == SHEET:
            said[row["row_id"]].append(row)
    return said


def _read_question(row: Mapping[str, Any], said: Sequence[Mapping[str, Any]], me: int, own: bool) -> Question:
    votes = {reply["by"] for reply in said if reply["kind"] == "vote"}
    answers, withdrawn = sort_editions(read_answer(reply) for reply in said if reply["kind"] == "answer")
    return Question(
        row["id"],
        row["text"],
        row["session_id"],
        votes=len(votes),
        voted=me in votes,
        own=own,
        answers=answers,
        withdrawn=withdrawn,
    )


def sort_editions(answers: Iterable[Answer]) -> tuple[tuple[Answer, ...], tuple[Answer, ...]]:
    """Return answers, the oldest first, and what was withdrawn: an author's up to the last one without words."""
    shown: list[Answer] = []
    withdrawn: list[Answer] = []
    for each in sorted(answers, key=lambda each: (each.written[:10] or each.on, each.written, each.id)):
        if each.text:
            shown.append(each)
            continue
        withdrawn += [one for one in shown if one.author == each.author] + [each]
        shown = [one for one in shown if one.author != each.author]
    return tuple(shown), tuple(withdrawn)


def read_answer(reply: Mapping[str, Any]) -> Answer:
    names = ("expert", "key", "written", "asked")
    told = {name: str(reply["data"].get(name, "")) for name in names}
    return Answer(reply["id"], reply["text"], reply["by"], reply["on"], **told)


def _read_meeting(row: Mapping[str, Any], questions: Sequence[Question]) -> Meeting:
    return Meeting(
        row["id"],
        row["title"],
        row["expert"],
        row["code"],
        on=row["on"] or "",
        materials=row["materials"],
        languages=tuple(row["languages"]),
        is_open=row["state"] == "gathering",
        version=row["version"],
        questions=tuple(questions),
    )


def sort_by_votes(questions: Iterable[Question]) -> list[Question]:
    """Most votes first; who asked earlier stands before who asked later."""
    return sorted(questions, key=lambda each: (-each.votes, each.id))


# what is alike


def find_alike(text: str, questions: Iterable[Question]) -> list[Question]:
    """Return the questions that are about the same as what somebody writes, the most alike first.

    Words are compared by their first letters, folded; a question is alike when it holds a third of them.
    """
    words = _find_stems(text)
    if not words:
        return []
    shares = ((len(words & _find_stems(each.text)) / len(words), each) for each in questions)
    alike = [(share, each) for share, each in shares if share >= ALIKE]
    alike.sort(key=lambda pair: (-pair[0], -pair[1].votes, pair[1].id))
    return [each for _share, each in alike[:MOST_ALIKE]]


def _find_stems(text: str) -> set[str]:
    words = _WORD.findall(fold(text))
    return {word[:STEM] for word in words if len(word) >= SHORTEST} - _EMPTY


# what is found


@dataclass(frozen=True)
class Found:
    meeting: Meeting
    question: Question


def find_answers(query: str, meetings: Iterable[Meeting]) -> list[Found]:
    """Return answered questions that hold all words of a query, in the question, its answers, or the session.

    Letters are folded: whichever keyboard typed them. Newest sessions first; without a query all.
    """
    found = [
        Found(meeting, question)
        for meeting in meetings
        for question in meeting.questions
        if question.answers and holds_words(query, _gather_words(meeting, question))
    ]
    return sorted(found, key=lambda each: each.meeting.on or "9", reverse=True)


def _gather_words(meeting: Meeting, question: Question) -> str:
    answers = (f"{each.text} {each.expert}" for each in question.answers)
    return fold(" ".join((question.text, *answers, meeting.title, meeting.expert)))
