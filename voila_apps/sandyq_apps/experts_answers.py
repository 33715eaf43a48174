"""Answers that come back from an expert as a file: read with suspicion, matched to their questions, each once.

A file is ``answers.json`` of the page in the bundle, the same in a zip, or the bundle's Word form filled in. Whatever
is wrong with it, nothing is kept and ``BadFile`` says what, in words for people.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from xml.etree import ElementTree
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from sandyq.search import fold
from sandyq_apps.experts_data import Meeting, Question

FORMAT: Final = "sandyq-expert-answers"
QUESTIONS: Final = "sandyq-expert-questions"
LARGEST: Final = 4 * 1024 * 1024
"""Bytes of a file, and of what is packed in one."""
MOST_FILES: Final = 200
"""In a zip: Word and mail programmes put a few dozen into one."""
MOST_ANSWERS: Final = 500
LONGEST: Final = 4000
"""Characters of an answer."""
DEEPEST: Final = 8
"""Brackets within brackets: ours have three."""
CODE: Final = re.compile(r"[0-9a-f]{16}")
CODE_IN_FORM: Final = re.compile(r"sandyq-([0-9a-f]{16})((?: \d{1,9})*)")
"""And the questions that had an answer when the form went out."""
MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z)?")
"""As browsers tell a time; empty where nobody knows it."""
WORD: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

DAMAGED: Final = (
    "The file is damaged or was changed on its way. Nothing was kept. "
    "Ask the expert to save the answers once more."
)
FOREIGN: Final = "These answers belong to a session of another server. Nothing was kept."
UNKNOWN: Final = (
    "This is no file with an expert's answers. Nothing was kept. "
    "Choose answers.json, or the Word form filled in."
)
BLANK: Final = (
    "This is the file with the questions. Nothing was kept. Choose the one that the expert sent back."
)
TOO_LARGE: Final = "The file is larger than answers can be. Nothing was kept."


class BadFile(Exception):
    """A file that cannot be taken; its text is one of the sentences above."""


@dataclass(frozen=True)
class Given:
    """What an expert has written to a question."""

    question: int
    text: str
    """Empty: what was written before is taken back."""
    written: str = ""
    asked: str = ""
    """The question as the expert saw it."""

    @property
    def key(self) -> str:
        """The same edition of an answer has the same key in every file in which it comes."""
        return hashlib.sha256(f"{self.written}\n{self.text}".encode(errors="replace")).hexdigest()[:16]


@dataclass(frozen=True)
class AnswersFile:
    code: str
    """Of the session."""
    answers: tuple[Given, ...]
    expert: str = ""
    """As the session had the name when the questions went out; empty: as it is now."""


# reading


def read_file(content: bytes) -> AnswersFile:
    """Return the answers in a file; BadFile when it is none that can be trusted to be whole."""
    if len(content) > LARGEST:
        raise BadFile(TOO_LARGE)
    if content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _read_zip(content)
    return _read_json(content)


def _read_zip(content: bytes) -> AnswersFile:
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if len(names) > MOST_FILES:
                raise BadFile(TOO_LARGE)
            if "word/document.xml" in names:
                return _read_form(_read_member(archive, "word/document.xml"))
            found = [name for name in names if _is_json(name) and "questions" not in name]
            if len(found) == 1:
                return _read_json(_read_member(archive, found[0]))
            raise BadFile(BLANK if any("questions" in name for name in names) else UNKNOWN)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        raise BadFile(DAMAGED) from None


def _is_json(name: str) -> bool:
    return name.lower().endswith(".json") and not name.startswith("__MACOSX")


def _read_member(archive: ZipFile, name: str) -> bytes:
    """No more than what answers can be, whatever the archive says of its size."""
    if archive.getinfo(name).compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BadFile(UNKNOWN)  # others swell before one can stop them
    with archive.open(name) as member:
        content = member.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise BadFile(TOO_LARGE)
    return content


def _read_json(content: bytes) -> AnswersFile:
    if not content.removeprefix(BOM_UTF8).lstrip().startswith(b"{"):
        raise BadFile(UNKNOWN)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadFile(DAMAGED) from None
    if _measure_depth(text) > DEEPEST:
        raise BadFile(UNKNOWN)
    try:
        told = json.loads(text, parse_constant=_refuse)
    except ValueError:
        raise BadFile(DAMAGED) from None
    if told.get("format") == QUESTIONS:
        raise BadFile(BLANK)
    if told.get("format") != FORMAT:
        raise BadFile(UNKNOWN)
    return _read_told(told)


def _refuse(word: str) -> None:
    raise ValueError(word)


def _measure_depth(text: str) -> int:
    """How deep the brackets go, without those in texts; counted before anything is read, and in one pass."""
    depth = deepest = 0
    is_text = is_escaped = False
    for sign in text:
        if is_text:
            is_text = is_escaped or sign != '"'
            is_escaped = sign == "\\" and not is_escaped
        elif sign == '"':
            is_text = True
        elif sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest


def _read_told(told: Mapping[str, Any]) -> AnswersFile:
    answers = told.get("answers")
    is_whole = (
        set(told) == {"format", "code", "expert", "saved", "answers", "check"}
        and _is_text(told["code"], 16)
        and bool(CODE.fullmatch(told["code"]))
        and _is_text(told["expert"], 200)
        and _is_text(told["saved"], 40)
        and isinstance(answers, list)
        and len(answers) <= MOST_ANSWERS
        and all(map(_is_given, answers))
    )
    if not is_whole or told["check"] != compute_check(told):
        raise BadFile(DAMAGED)
    given = (
        Given(each["question"], each["text"].strip(), each["written"], each["asked"])
        for each in told["answers"]
    )
    return AnswersFile(told["code"], tuple(given), told["expert"].strip())


def _is_text(value: Any, longest: int) -> bool:
    """A text of whole characters."""
    return isinstance(value, str) and len(value) <= longest and not re.search(r"[\ud800-\udfff\x00]", value)


def _is_given(each: Any) -> bool:
    return (
        isinstance(each, dict)
        and set(each) == {"question", "asked", "written", "text"}
        and type(each["question"]) is int
        and 0 < each["question"] < 2**31
        and _is_text(each["asked"], 1000)
        and _is_text(each["written"], 40)
        and bool(MOMENT.fullmatch(each["written"]))
        and _is_text(each["text"], LONGEST)
    )


def compute_check(told: Mapping[str, Any]) -> str:
    """Return the CRC-32 of what a file says, as the expert's page computes it: damage shows, whatever the layout."""
    answers = [[each["question"], each["asked"], each["written"], each["text"]] for each in told["answers"]]
    whole = [told["code"], told["expert"], told["saved"], answers]
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    return f"{zlib.crc32(text.encode()):08x}"


def _read_form(document: bytes) -> AnswersFile:
    """The Word form: a table whose rows begin with the question's number and end with its answer."""
    if b"<!DOCTYPE" in document or b"<!ENTITY" in document or b"\0" in document:  # UTF-16 could hide them
        raise BadFile(UNKNOWN)
    try:
        root = ElementTree.fromstring(document)  # noqa: S314 # without a document type nothing can be expanded
    except ElementTree.ParseError:
        raise BadFile(DAMAGED) from None
    code = CODE_IN_FORM.search("".join(root.itertext()))
    if code is None:
        raise BadFile(UNKNOWN)
    return AnswersFile(code[1], tuple(_read_rows(root, frozenset(code[2].split()))))


def _read_rows(root: ElementTree.Element, answered: frozenset[str]) -> Iterator[Given]:
    """Return the answers; an empty cell is one only where the form went out with an answer in it."""
    rows = [list(row.iter(f"{WORD}tc")) for row in root.iter(f"{WORD}tr")]
    for row in [cells for cells in rows if len(cells) >= 3][:MOST_ANSWERS]:
        number, asked, text = (_read_cell(row[place]) for place in (0, 1, -1))
        if re.fullmatch(r"[1-9]\d{0,8}", number) and (text or number in answered):
            if len(text) > LONGEST:
                raise BadFile(TOO_LARGE)
            yield Given(int(number), text, asked=asked[:1000])


def _read_cell(cell: ElementTree.Element) -> str:
    lines = []
    for paragraph in cell.iter(f"{WORD}p"):
        pieces = (
            "\n" if piece.tag == f"{WORD}br" else piece.text or ""
            for piece in paragraph.iter()
            if piece.tag in (f"{WORD}t", f"{WORD}br")
        )
        lines.append("".join(pieces))
    return "\n".join(lines).strip()


# matching


@dataclass(frozen=True)
class Arrival:
    """What a file brings to a session."""

    new: tuple[Given, ...] = ()
    """To questions that this expert had not answered."""
    changed: tuple[Given, ...] = ()
    """Newer editions."""
    cleared: tuple[Given, ...] = ()
    """Without words: the expert has taken the answer back."""
    known: tuple[Given, ...] = ()
    missing: tuple[Given, ...] = ()
    """To questions that are not in this session (any more)."""

    @property
    def count(self) -> int:
        return len(self.kept) + len(self.known) + len(self.missing)

    @property
    def kept(self) -> tuple[Given, ...]:
        return (*self.new, *self.changed, *self.cleared)


def find_meeting(file: AnswersFile, meetings: Iterable[Meeting]) -> Meeting:
    """Return the session that a file belongs to; BadFile when it is none of this server's."""
    found = next((each for each in meetings if each.code == file.code), None)
    if found is None:
        raise BadFile(FOREIGN)
    return found


def sort_out(file: AnswersFile, meeting: Meeting) -> Arrival:
    """Match each answer to its question, once, however often it comes.

    An edition is known by its time and words; by its words alone where nobody knows the time, as in the Word form.
    A question is known by its number and its words: one that has other words now must be alike to what was answered.
    What takes nothing back is not told.
    """
    sorted_out: dict[str, list[Given]] = {
        name: [] for name in ("new", "changed", "cleared", "known", "missing")
    }
    seen: dict[int, list[Given]] = {}
    expert = file.expert or meeting.expert
    for each in file.answers:
        question = _find_question(each, meeting.questions)
        if question is None:
            sorted_out["missing"].extend([each] if each.text else [])
            continue
        before = seen.setdefault(question.id, [])
        given = each if each.text else _take_back(each, question, before, expert)
        if given is None:
            continue
        kind = _judge(given, question, before, expert)
        if kind != "known":
            before.append(given)
        sorted_out[kind].append(_for_question(given, question))
    return Arrival(**{name: tuple(some) for name, some in sorted_out.items()})


def _take_back(each: Given, question: Question, before: Sequence[Given], expert: str) -> Given | None:
    """Return what takes the expert's last word back, the next after it where nobody knows the time; else None."""
    said = [*(answer.written for answer in question.answers if answer.expert == expert)]
    said += [given.written for given in before]
    if not said:
        return None
    return replace(each, written=each.written or said[-1])


def _find_question(each: Given, questions: Sequence[Question]) -> Question | None:
    by_number = next((question for question in questions if question.id == each.question), None)
    if by_number is not None and (not each.asked or _are_alike(each.asked, by_number.text)):
        return by_number
    return next((question for question in questions if each.asked and _same(each.asked, question.text)), None)


def _same(one: str, other: str) -> bool:
    return fold(one).split() == fold(other).split()


def _are_alike(one: str, other: str) -> bool:
    """Whether a question that was mended is still the same one: half of the words stayed."""
    words, others = set(fold(one).split()), set(fold(other).split())
    return 2 * len(words & others) >= min(len(words), len(others))


def _judge(each: Given, question: Question, before: Sequence[Given], expert: str) -> str:
    editions = [answer for answer in (*question.withdrawn, *question.answers) if answer.expert == expert]
    keys = {answer.key for answer in editions} | {given.key for given in before}
    texts = {answer.text for answer in editions} | {given.text for given in before}
    if each.key in keys or (not each.written and each.text in texts):
        return "known"
    if not each.text:
        return "cleared"
    return "changed" if editions or before else "new"


def _for_question(each: Given, question: Question) -> Given:
    """The number that the question has here; its words only if they are others now."""
    asked = "" if not each.asked or _same(each.asked, question.text) else each.asked
    return Given(question.id, each.text, each.written, asked)
