"""Whatever file comes in: read, or refused with a sentence in three languages; nothing is half done, nothing breaks.

Files begin as good ones and are then cut, turned over and filled with what no program would write.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from assignment_school import give, notebook, write_packet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from portal_school import PREFIX, School
from sqlalchemy import func, select

from sandyq.i18n import LANGUAGES
from sandyq.school.academy.certificates import NoCertificate, check
from sandyq.school.commands import import_people
from sandyq.school.errors import Invalid, SchoolError
from sandyq.school.roster.load import load_roster
from sandyq.school.tables import Person, Submission
from sandyq_apps.clubs_import import read_pasted
from sandyq_apps.clubs_school import Lookup
from sandyq_apps.launch_import import read_steps
from sandyq_grading.packing import BadPack, unpack
from sandyq_portal.handing_in import open_submission, read_kept

few = settings(
    max_examples=int(os.environ.get("SANDYQ_FUZZ", "16")),
    suppress_health_check=list(HealthCheck),
    derandomize="SANDYQ_FUZZ" not in os.environ,
)
"""``SANDYQ_FUZZ=5000 ./sandyq test tests/unit/test_fuzz_importers.py``: the long form, of other files each time."""
ROWS = [
    ["ФИО", "Класс", "Логин", "Пол", "Дата рождения"],
    ["Әбен Қуаныш Өмірұлы", "7 «Ә»", "kuanysh", "м", "12.03.2014"],
    ["Үсен Ұлту", "2–4", "", "ж", "45000"],
]
STEPS = [
    ["№", "Шаг", "Дней", "Срок", "Документы"],
    ["1", "Приказ", "3", "01.09.2026", "приказ"],
    ["2", "Смета", "x", "", "1"],
]
NASTY = [
    "=1+1",
    "\x00",
    "’;DROP",
    "9" * 400,
    "2026-02-31",
    "\ud7ff",
    "ﷺ" * 50,
    "-1",
    "1e999",
    "nan",
    "\r\n",
    '"',
    "",
]


class EmptyDesk:
    """A centre that has nobody yet."""

    def rows(self, sheet):  # noqa: ARG002 # of whatever kind
        return []


cells = st.one_of(st.sampled_from(NASTY), st.text(st.characters(codec="utf-8"), max_size=20))


def pack(files, how=zipfile.ZIP_STORED):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def write_csv(rows):
    return "\r\n".join(";".join(row) for row in rows).encode()


def write_xlsx(rows):
    book, made = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append([None if "\x00" in cell else cell for cell in row])
    book.save(made)
    return made.getvalue()


def write_oneroster(rows):
    made = io.BytesIO()
    users = "sourcedId,status,enabledUser,role,givenName,familyName,username\n" + "\n".join(
        f"u{number},active,true,student,{','.join(row[:3])}" for number, row in enumerate(rows)
    )
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.csv", "propertyName,value\noneroster.version,1.1\nfile.users,bulk\n")
        archive.writestr("users.csv", users)
    return made.getvalue()


GOOD = [write_csv(ROWS), write_csv(STEPS), write_xlsx(ROWS), write_xlsx(STEPS), write_oneroster(ROWS)]


@st.composite
def spoiled(draw, good):
    """A good file in which some bytes are others, or doubled, or missing."""
    content = bytearray(draw(st.sampled_from(good)))
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, max(0, len(content) - 1)))
        how = draw(st.sampled_from(["other", "cut", "double", "insert"]))
        if how == "other" and content:
            content[place] = draw(st.integers(0, 255))
        elif how == "cut":
            del content[place : place + draw(st.integers(1, 200))]
        elif how == "double":
            content[place:place] = content[place : place + 100]
        else:
            content[place:place] = draw(st.binary(max_size=30))
    return bytes(content)


@st.composite
def tables(draw):
    """A file of good form with cells that no list has."""
    rows = [list(row) for row in draw(st.sampled_from([ROWS, STEPS]))]
    for _ in range(draw(st.integers(1, 8))):
        row = draw(st.integers(0, len(rows) - 1))
        rows[row][draw(st.integers(0, len(rows[row]) - 1))] = draw(cells)
    return draw(st.sampled_from([write_csv, write_xlsx, write_oneroster]))(
        [[cell for cell in row if not set(cell) & set(map(chr, range(32)))] + [""] * 5 for row in rows]
    )


def read_or_refuse(read, content):
    """Whatever is no sentence for people fails the test."""
    try:
        read(content)
    except SchoolError as refusal:
        assert all(refusal.in_language(language) for language in LANGUAGES)


@few
@given(st.one_of(spoiled(GOOD), tables()))
def test_a_roster_is_read_or_refused(content):
    with TemporaryDirectory() as folder:
        file = Path(folder) / "roster"
        file.write_bytes(content)
        read_or_refuse(load_roster, file)


@few
@given(st.one_of(spoiled(GOOD), tables()))
def test_a_launch_plan_and_a_clubs_list_are_read_or_refused(content):
    read_or_refuse(lambda data: read_steps(data, date(2026, 9, 1)), content)
    read_or_refuse(lambda data: read_pasted(data, Lookup(EmptyDesk())), content)


FILES = {"prices.ipynb": json.dumps(notebook("total = 6")), "data/a.csv": "1,2\n" * 50}
HANDED = [pack(FILES), pack(FILES, zipfile.ZIP_DEFLATED), pack(FILES, zipfile.ZIP_LZMA)]


@few
@given(spoiled(HANDED))
def test_a_packed_folder_is_opened_or_refused(content):
    try:
        assert any(name.endswith(".ipynb") for name in open_submission(content))
    except Invalid as refusal:
        assert all(refusal.in_language(language) for language in LANGUAGES)
    with TemporaryDirectory() as folder:
        inside = Path(folder) / "inside"
        inside.mkdir()
        try:
            unpack(io.BytesIO(content), inside)
        except BadPack as refusal:
            assert str(refusal)
        assert [path.name for path in Path(folder).iterdir()] == ["inside"]


@few
@given(st.text(max_size=200))
def test_a_certificates_text_is_checked_or_refused(text):
    with pytest.raises(NoCertificate) as refused:
        check(text, [])
    assert str(refused.value)


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    school = School(tmp_path_factory.mktemp("school"))
    write_packet(school.settings)
    return school


def test_whatever_is_handed_in_is_kept_whole_or_refused(school):
    teacher, group = school.sign_in(school.login("teacher")), school.class_of(school.login("teacher"))
    release = int(give(teacher, group).headers["location"].rpartition("/")[2])
    server = school.notebook(school.pupils(group)[0].login)

    @few
    @given(spoiled(HANDED))
    def hand_in(content):
        before = count(school, Submission)
        reply = server.post(f"{PREFIX}/api/work/{release}/submissions", content=content)
        assert reply.status_code in (201, 422), reply.text
        assert count(school, Submission) == before + (reply.status_code == 201)
        if reply.status_code == 201:
            with school.database.reading() as session:
                assert read_kept(school.settings, session.get_one(Submission, reply.json()["number"]))
        assert not list(school.settings.submissions.rglob("*draft*"))

    hand_in()


def test_an_import_is_whole_or_not_at_all(school, tmp_path):
    """A file that is refused leaves nobody behind; one that is taken leaves each new person with a card."""

    @settings(parent=few, max_examples=few.max_examples // 4)
    @given(st.one_of(spoiled(GOOD[:1]), tables()))
    def bring(content):
        (tmp_path / "roster").write_bytes(content)
        before, said = count(school, Person), io.StringIO()
        code = import_people(school.settings, tmp_path / "roster", apply=True, skip_bad_rows=False, out=said)
        assert said.getvalue().strip()
        if code:
            assert count(school, Person) == before

    bring()


def count(school, table):
    with school.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table))
