"""What goes to an expert who is seldom online: a zip with a page to answer in, a Word form and data.

The same session makes the same bytes. Nobody's name but the expert's is in it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sandyq.i18n import LANGUAGE_NAMES
from sandyq_apps.experts_answers import QUESTIONS
from sandyq_apps.experts_data import Meeting, Question
from sandyq_apps.kit.app import File
from sandyq_apps.kit.papers import name_file, render
from sandyq_apps.kit.speech import Speech
from sandyq_widgets.markdown import render_block

STATIC: Final = Path(__file__).parent / "static"
PAGE, FORM, DATA = "answers.html", "answers.docx", "questions.json"
EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The oldest time that a zip can tell: its files have none of their own."""
WORDS: Final = {
    "how": "Write your answers under the questions. They stay in this page on this computer while you write. Then save "
    "them into a file and send it to whoever sent you this one. You may come back later, write more and save again.",
    "materials": "Materials of the session",
    "votes": "Votes",
    "answer": "Your answer to the question",
    "save": "Save the answers into a file",
    "print": "Print",
    "open": "Go on with answers.json that you saved earlier",
    "done": "Answered: {done} of {all}",
    "kept": "Kept in this page. Do not forget to save into a file.",
    "not_kept": "This browser does not keep what you write: save into a file before you close the page.",
    "saved": "Saved as answers.json among your downloads. Send this file back.",
    "nothing": "Write an answer first.",
    "opened": "Your earlier answers are here again.",
    "foreign": "This file does not belong to these questions.",
    "no_questions": "There are no questions yet.",
}


def build_bundle(meeting: Meeting, language: str) -> File:
    """Return the zip; ``language``: of the Word form, and of the page when it opens."""
    files = {
        PAGE: build_page(meeting, language).encode(),
        FORM: build_form(meeting, language),
        DATA: describe_questions(meeting).encode(),
    }
    return File(name_file(meeting.title, "zip"), pack(files))


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return a zip that tells neither when nor where it was made."""
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = ZipInfo(name, EPOCH)
            entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(entry, files[name])
    return content.getvalue()


def describe_questions(meeting: Meeting) -> str:
    """Return the questions as JSON, with a CRC-32 of all that stands before it."""
    told = {
        "format": QUESTIONS,
        "code": meeting.code,
        "session": {
            "title": meeting.title,
            "expert": meeting.expert,
            "on": meeting.on,
            "languages": list(meeting.languages),
            "materials": meeting.materials,
        },
        "questions": [_describe(each, meeting.expert) for each in meeting.questions],
    }
    check = zlib.crc32(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode())
    return json.dumps(told | {"check": f"{check:08x}"}, ensure_ascii=False, indent=1)


def _describe(question: Question, expert: str) -> dict[str, Any]:
    given = [each.text for each in question.answers if each.expert == expert]
    return {
        "id": question.id,
        "text": question.text,
        "votes": question.votes,
        "answer": given[-1] if given else "",
    }


# the page


def build_page(meeting: Meeting, language: str) -> str:
    """Return the page: one file that asks no network for anything and runs no script but its own."""
    speech = Speech(language)
    data = {
        "code": meeting.code,
        "expert": meeting.expert,
        "language": language,
        "questions": [_describe(each, meeting.expert) for each in meeting.questions],
        "words": {each: {key: Speech(each)(text) for key, text in WORDS.items()} for each in LANGUAGE_NAMES},
    }
    script, style = ((STATIC / f"experts_page.{kind}").read_text("utf-8") for kind in ("js", "css"))
    return render(
        "experts/page.html",
        language=language,
        title=meeting.title,
        expert=meeting.expert,
        academy=speech("Rural Pedagogical Academy"),
        day=speech.date(meeting.on) if meeting.on else "",
        materials=render_block(meeting.materials) if meeting.materials else "",
        questions=meeting.questions,
        languages=LANGUAGE_NAMES.items(),
        data=_for_script(data),
        script=script,
        style=style,
        script_hash=_hash(script),
        style_hash=_hash(style),
    )


def _for_script(data: Mapping[str, Any]) -> str:
    """JSON in which nothing can end the element that it stands in."""
    signs = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
    return json.dumps(data, ensure_ascii=False).translate(signs)


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# the Word form


def build_form(meeting: Meeting, language: str) -> bytes:
    """Return a Word file with a row a question: number, question, place for the answer."""
    from docx import Document

    speech, document = Speech(language), Document()
    document.core_properties.title = _clean(meeting.title)
    document.core_properties.author = speech("Rural Pedagogical Academy")
    document.core_properties.language = language
    document.add_heading(_clean(meeting.title), 1)
    day = speech.date(meeting.on) if meeting.on else ""
    document.add_paragraph(_clean(" · ".join(filter(None, (meeting.expert, day)))))
    how = "Write your answers into the right column, save the file and send it back. Leave the numbers as they are."
    document.add_paragraph(speech(how))
    heads = (speech("No."), speech("Question"), speech("Your answer to the question"))
    table = document.add_table(1, 3, style="Table Grid")
    for cell, head in zip(table.rows[0].cells, heads, strict=True):
        cell.text = head
        cell.paragraphs[0].runs[0].bold = True
    for each in meeting.questions:
        told = _describe(each, meeting.expert)
        values = (str(each.id), _clean(each.text), _clean(told["answer"]))
        for cell, value in zip(table.add_row().cells, values, strict=True):
            cell.text = value
    _set_widths(table)
    answered = [str(each.id) for each in meeting.questions if _describe(each, meeting.expert)["answer"]]
    document.add_paragraph(" ".join((f"sandyq-{meeting.code}", *answered)))
    content = io.BytesIO()
    document.save(content)
    with ZipFile(content) as archive:
        return pack({name: archive.read(name) for name in archive.namelist()})


def _set_widths(table: Any) -> None:
    from docx.shared import Mm

    table.autofit = False
    for row in table.rows:
        for cell, width in zip(row.cells, (14, 60, 90), strict=True):
            cell.width = Mm(width)


def _clean(text: str) -> str:
    """Without the signs that XML cannot hold."""
    return "".join(sign for sign in text if (sign >= " " or sign in "\n\t") and sign not in "\ufffe\uffff")
