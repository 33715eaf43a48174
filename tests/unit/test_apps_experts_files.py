"""Questions go out and answers come home as files: whole, once, whoever sends them, and nothing hostile gets in."""

import io
import json
import re
import zlib
from contextlib import suppress
from dataclasses import replace
from html.parser import HTMLParser

import docx
import pytest
from experts_world import CODE, unpack, write_answers, zip_up
from hypothesis import given
from hypothesis import strategies as st

from sandyq.i18n import load_translations
from sandyq_apps import experts_answers as answers
from sandyq_apps.experts_answers import (
    BadFile,
    compute_check,
    find_meeting,
    read_file,
    sort_out,
)
from sandyq_apps.experts_bundle import FORM, PAGE, WORDS, build_bundle, describe_questions
from sandyq_apps.experts_data import Answer, Meeting, Question, find_answers, sort_editions

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
ASKED = ("Біріктірілген сыныпта екінші топ бос отырмас үшін не істейсіз?", f"Как быть с {EVIL}?")
MEETING = Meeting(
    7,
    "Екі сынып, бір мұғалім",
    "Лебедева Н. И.",
    CODE,
    on="2026-12-08",
    materials=f"**Оқыңыз** {EVIL}",
    languages=("kk", "ru"),
    questions=(Question(12, ASKED[0], votes=3), Question(15, ASKED[1], votes=1)),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=60)
TEXTS = TEXTS.filter(lambda text: text.strip())
TIMES = st.integers(0, 4).map(lambda second: f"2026-12-08T09:00:0{second}.000Z")


def bring(meeting, content):
    """Keep what a file brings, as the app does."""
    file = read_file(content)
    arrival = sort_out(file, find_meeting(file, [meeting]))
    questions = {each.id: each for each in meeting.questions}
    for number, each in enumerate(arrival.kept):
        old = questions[each.question]
        answer = Answer(
            100 + len(old.answers) + len(old.withdrawn) + number, each.text, 1, "2026-12-09",
            file.expert or meeting.expert, each.key, each.written, each.asked,
        )  # fmt: skip
        shown, withdrawn = sort_editions((*old.answers, *old.withdrawn, answer))
        questions[old.id] = replace(old, answers=shown, withdrawn=withdrawn)
    return replace(meeting, questions=tuple(questions.values())), arrival


def counts(arrival):
    return tuple(len(each) for each in (arrival.new, arrival.changed, arrival.known, arrival.missing))


def test_the_same_session_makes_the_same_bytes():
    bundle = build_bundle(MEETING, "kk")
    assert bundle.name == "Екі сынып, бір мұғалім.zip"
    assert build_bundle(MEETING, "kk").content == bundle.content
    assert list(unpack(bundle.content)) == ["answers.docx", "answers.html", "questions.json"]


@given(st.lists(st.tuples(st.sampled_from([12, 15]), TIMES, TEXTS), max_size=6))
def test_what_an_expert_writes_comes_home_once_however_often_the_file_comes(written):
    file = write_answers([(number, ASKED[number == 15], time, text) for number, time, text in written])
    meeting, first = bring(MEETING, file)
    again, second = bring(meeting, file)
    assert first.count == second.count == len(written)
    assert second.kept == second.missing == first.missing == ()
    assert again == meeting
    told = {(number, text.strip()) for number, _time, text in written}
    assert {(each.id, one.text) for each in meeting.questions for one in each.answers} == told


@given(
    st.lists(st.lists(st.tuples(st.sampled_from([12, 15]), TIMES, TEXTS), max_size=3), max_size=4), st.data()
)
def test_files_of_an_expert_bring_no_more_when_they_come_again_in_any_order(files, data):
    made = [write_answers([(n, ASKED[n == 15], time, text) for n, time, text in each]) for each in files]
    meeting = MEETING
    for each in made:
        meeting, _ = bring(meeting, each)
    for each in data.draw(st.permutations(made)):
        after, arrival = bring(meeting, each)
        if not arrival.kept:
            assert after == meeting
    texts = {(each.id, one.text) for each in meeting.questions for one in each.answers}
    assert texts <= {(n, text.strip()) for each in files for n, _time, text in each}


def test_a_newer_answer_is_a_new_edition_and_the_old_one_is_kept():
    meeting, first = bring(
        MEETING, write_answers([(12, ASKED[0], "2026-12-08T09:00:00Z", "Топқа карточка беріңіз")])
    )
    assert counts(first) == (1, 0, 0, 0)
    file = [
        (12, ASKED[0], "2026-12-08T10:00:00Z", "Топқа үш деңгейлі карточка беріңіз"),
        (15, ASKED[1], "2026-12-08T10:05:00Z", "По-разному"),
        (99, "Мұндай сұрақ жоқ па?", "2026-12-08T10:06:00Z", "Жоқ"),
    ]
    meeting, second = bring(meeting, write_answers(file))
    assert counts(second) == (1, 1, 0, 1)
    ((last, before),) = meeting.questions[0].newest()
    assert last.text == "Топқа үш деңгейлі карточка беріңіз"
    assert [each.text for each in before] == ["Топқа карточка беріңіз"]
    assert counts(bring(meeting, write_answers(file))[1]) == (0, 0, 2, 1)


def test_an_older_file_that_comes_late_does_not_stand_above_the_newer():
    meeting, _ = bring(MEETING, write_answers([(12, ASKED[0], "2026-12-08T10:00:00Z", "соңғысы")]))
    meeting, late = bring(meeting, write_answers([(12, ASKED[0], "2026-12-07T10:00:00Z", "алғашқысы")]))
    assert counts(late) == (0, 1, 0, 0)
    assert meeting.questions[0].newest()[0][0].text == "соңғысы"


def test_an_answer_that_the_expert_has_emptied_is_shown_no_more_and_stays_so():
    first = write_answers([(12, ASKED[0], "2026-12-08T09:00:00Z", "Топқа карточка беріңіз")])
    emptied = write_answers([(12, ASKED[0], "2026-12-09T09:00:00Z", " "), (15, ASKED[1], "", "")])
    meeting, _ = bring(MEETING, first)
    meeting, arrival = bring(meeting, emptied)
    assert [each.question for each in arrival.cleared] == [12] and counts(arrival) == (0, 0, 0, 0)
    assert (
        meeting.answered == 0
        and meeting.questions[0].newest() == []
        and not find_answers("карточка", [meeting])
    )
    assert '"answer": ""' in describe_questions(meeting) and "карточка" not in describe_questions(meeting)
    for again in (first, emptied):
        meeting, arrival = bring(meeting, again)
        assert not arrival.kept and meeting.answered == 0
    late = write_answers([(12, ASKED[0], "2026-12-08T10:00:00Z", "Ескі екінші")])
    assert bring(meeting, late)[0].answered == 0, "what was written before it was taken back stays away"
    anew = write_answers([(12, ASKED[0], "2026-12-10T10:00:00Z", "Жаңа жауап")])
    meeting, arrival = bring(meeting, anew)
    assert counts(arrival) == (0, 1, 0, 0)
    assert [answer.text for answer, _before in meeting.questions[0].newest()] == ["Жаңа жауап"]


def test_an_answer_of_another_expert_is_not_taken_back_along():
    other = Answer(3, "Менікі", 9, "2026-12-01", "Басқа сарапшы")
    meeting = replace(
        MEETING, questions=(replace(MEETING.questions[0], answers=(other,)), MEETING.questions[1])
    )
    meeting, arrival = bring(meeting, write_answers([(12, ASKED[0], "2026-12-09T09:00:00Z", "")]))
    assert not arrival.kept and meeting.questions[0].answers == (other,)


def test_a_question_that_was_mended_keeps_the_words_that_were_answered():
    asked = "Біріктірілген сыныпта екінші топ бос отырмас үшін не істейміз?"
    meeting, arrival = bring(MEETING, write_answers([(12, asked, "", "Былай")]))
    assert counts(arrival) == (1, 0, 0, 0)
    assert meeting.questions[0].answers[0].asked == asked


def test_a_number_that_is_another_question_now_is_found_by_its_words_or_not_at_all():
    other = write_answers([(15, ASKED[0], "", "Былай"), (12, "Мүлде бөлек сөздер жазылған еді", "", "Жоқ")])
    arrival = bring(MEETING, other)[1]
    assert [(each.question, each.text) for each in arrival.new] == [(12, "Былай")]
    assert [each.text for each in arrival.missing] == ["Жоқ"]


# the Word form


def fill_form(language="ru", **answers_by_number):
    form = docx.Document(io.BytesIO(unpack(build_bundle(MEETING, language).content)[FORM]))
    for row in form.tables[0].rows[1:]:
        row.cells[2].text = answers_by_number.get(f"q{row.cells[0].text}", "")
    content = io.BytesIO()
    form.save(content)
    return content.getvalue()


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_the_word_form_filled_in_brings_the_answers_home(language):
    form = fill_form(language, q12="Бірінші жол\nЕкінші жол")
    meeting, arrival = bring(MEETING, form)
    assert counts(arrival) == (1, 0, 0, 0)
    assert meeting.questions[0].answers[0].text == "Бірінші жол\nЕкінші жол"
    assert counts(bring(meeting, form)[1]) == (0, 0, 1, 0)


def test_the_form_shows_an_answer_that_was_given_before_and_brings_nothing_twice():
    meeting, _ = bring(MEETING, write_answers([(12, ASKED[0], "2026-12-08T10:00:00Z", "Былай")]))
    unchanged = unpack(build_bundle(meeting, "kk").content)[FORM]
    assert counts(bring(meeting, unchanged)[1]) == (0, 0, 1, 0)


def test_a_cell_of_the_form_that_was_emptied_takes_the_answer_back_and_one_that_never_had_one_does_not():
    blank = fill_form()  # went out before anybody had answered
    meeting, _ = bring(MEETING, write_answers([(12, ASKED[0], "2026-12-09T09:00:00Z", "Топқа карточка")]))
    assert not bring(meeting, blank)[1].kept
    for day in (9, 10):
        form = docx.Document(io.BytesIO(unpack(build_bundle(meeting, "kk").content)[FORM]))
        form.tables[0].rows[1].cells[2].text = ""
        content = io.BytesIO()
        form.save(content)
        meeting, arrival = bring(meeting, content.getvalue())
        assert [each.question for each in arrival.cleared] == [12] and meeting.answered == 0
        again = [(12, ASKED[0], f"2026-12-{day + 1}T09:00:00Z", f"Қайтадан {day}")]
        meeting, _ = bring(meeting, write_answers(again))
        assert meeting.answered == 1


def test_a_form_of_another_server_is_told_from_a_damaged_one():
    foreign = replace(MEETING, code="f" * 16)
    file = unpack(build_bundle(foreign, "kk").content)[FORM]
    with pytest.raises(BadFile, match="another server"):
        find_meeting(read_file(file), [MEETING])
    with pytest.raises(BadFile, match="damaged"):
        read_file(file[: len(file) // 2])


# hostile, damaged, foreign

GOOD = write_answers([(12, ASKED[0], "2026-12-08T10:00:00Z", 'Топқа карточка беріңіз: «Қ», 😀 "\\')])
TOLD = json.loads(GOOD)


def changed(**fields):
    """A file with other contents whose check is right."""
    told = TOLD | fields
    try:
        told["check"] = compute_check(told)
    except (KeyError, TypeError, UnicodeEncodeError):
        told["check"] = "00000000"
    return json.dumps(told).encode()


def one(**fields):
    return changed(answers=[TOLD["answers"][0] | fields])


def test_a_file_that_is_whole_is_read_whatever_its_layout():
    assert (
        read_file(GOOD) == read_file(json.dumps(TOLD, indent=7).encode("utf-8-sig")) == read_file(changed())
    )
    assert read_file(zip_up(**{"answers.json": GOOD})) == read_file(GOOD)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no file with"),
        (b"\xff\xd8\xff\xe0 a photo", "no file with"),
        (b"<html></html>", "no file with"),
        (b"[" * 100_000, "no file with"),
        (b'{"a":' * 1000 + b"1" + b"}" * 1000, "no file with"),
        (b'{"format": "something"}', "no file with"),
        (GOOD[:-40], "damaged"),
        (GOOD.replace("карточка".encode(), "картошка".encode()), "damaged"),
        (json.dumps(TOLD | {"check": "00000000"}).encode(), "damaged"),
        (json.dumps({key: TOLD[key] for key in TOLD if key != "check"}).encode(), "damaged"),
        (changed(extra="x"), "damaged"),
        (changed(code=["x"]), "damaged"),
        (changed(code="../../../../etc/"), "damaged"),
        (changed(expert={"a": 1}), "damaged"),
        (changed(answers={"0": TOLD["answers"][0]}), "damaged"),
        (changed(answers=TOLD["answers"] * 501), "damaged"),
        (one(question=True), "damaged"),
        (one(question=-1), "damaged"),
        (one(question=2**40), "damaged"),
        (one(question="12"), "damaged"),
        (one(text=["x"]), "damaged"),
        (one(text="x" * 4001), "damaged"),
        (one(text="\ud800"), "damaged"),
        (one(text="a\x00b"), "damaged"),
        (one(asked=None), "damaged"),
        (one(written="zzzz"), "damaged"),
        (GOOD.replace(b'"question": 12', b'"question": NaN'), "damaged"),
        (GOOD.replace(b'"question": 12', b'"question": 1' + b"0" * 5000), "damaged"),
        (describe_questions(MEETING).encode(), "with the questions"),
        (build_bundle(MEETING, "kk").content, "with the questions"),
        (b" " * (answers.LARGEST + 1), "larger"),
        (zip_up(**{"a.txt": b"x"}), "no file with"),
        (zip_up(**{f"{number}.json": GOOD for number in range(3)}), "no file with"),
        (zip_up(**{f"{number}.txt": b"" for number in range(300)}), "larger"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (zip_up(**{"word__document.xml": b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><x>&a;</x>"}), "no file with"),
        (
            zip_up(**{"word__document.xml": "<!DOCTYPE x [<!ENTITY a 'a'>]><x>&a;</x>".encode("utf-16")}),
            "no file with",
        ),
        (zip_up(**{"word__document.xml": b"<x>"}), "damaged"),
        (zip_up(**{"word__document.xml": b"<x>a letter</x>"}), "no file with"),
    ],
)
def test_what_is_no_whole_file_with_answers_is_refused_with_its_reason(content, why):
    with pytest.raises(BadFile, match=why):
        read_file(content)


def test_a_zip_that_swells_is_not_unpacked():
    from zipfile import ZIP_DEFLATED, ZipFile

    for name in ("answers.json", "word/document.xml"):
        bomb = io.BytesIO()
        with ZipFile(bomb, "w", ZIP_DEFLATED) as archive:
            archive.writestr(name, b"\x20" * (answers.LARGEST * 4))
        assert len(bomb.getvalue()) < answers.LARGEST
        with pytest.raises(BadFile, match="larger"):
            read_file(bomb.getvalue())


def test_a_zip_packed_in_a_way_that_cannot_be_stopped_is_not_unpacked():
    from zipfile import ZIP_BZIP2, ZIP_LZMA, ZipFile

    for way in (ZIP_BZIP2, ZIP_LZMA):
        packed = io.BytesIO()
        with ZipFile(packed, "w", way) as archive:
            archive.writestr("answers.json", GOOD)
        with pytest.raises(BadFile, match="no file with"):
            read_file(packed.getvalue())


@given(st.binary(max_size=300))
def test_no_bytes_at_all_break_the_reading(content):
    for each in (content, b"PK\x03\x04" + content, b"{" + content):
        with pytest.raises(BadFile):
            read_file(each)


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_byte_that_was_changed_on_the_way_is_noticed_or_changes_nothing(place, difference):
    damaged = bytearray(GOOD)
    damaged[place] ^= difference
    with suppress(BadFile):
        assert read_file(bytes(damaged)) == read_file(GOOD)


@given(st.text(max_size=80))
def test_the_check_is_a_crc_32_of_json_as_browsers_write_it(text):
    if re.search(r"[\ud800-\udfff]", text):
        return
    told = {"code": CODE, "expert": "", "saved": "", "answers": [dict(TOLD["answers"][0], text=text)]}
    row = json.dumps([12, ASKED[0], "2026-12-08T10:00:00Z", text], ensure_ascii=False, separators=(",", ":"))
    assert int(compute_check(told), 16) == zlib.crc32(f'["{CODE}","","",[{row}]]'.encode())


# the page


class Elements(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_the_page_needs_nothing_from_outside_and_runs_nobody_elses_script(language):
    page = unpack(build_bundle(MEETING, language).content)[PAGE].decode()
    elements = Elements(page).found
    assert not re.search(r"https?://|//[a-z]+\.[a-z]", page)
    assert not [each for each in elements if {"src", "href", "action"} & set(each[1])]
    assert not [name for _tag, attributes in elements for name in attributes if name.startswith("on")]
    assert [tag for tag, _ in elements].count("script") == 2
    assert "img" not in {tag for tag, _ in elements}
    policy = next(each["content"] for tag, each in elements if each.get("http-equiv"))
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_page_form_and_refusals_speak_each_language(language):
    say = load_translations(language).gettext
    refusals = [answers.DAMAGED, answers.FOREIGN, answers.UNKNOWN, answers.BLANK, answers.TOO_LARGE]
    assert [text for text in (*WORDS.values(), *refusals) if say(text) == text] == []


def test_nobody_but_the_expert_is_named_in_the_data():
    told = json.loads(describe_questions(MEETING))
    assert set(told) == {"format", "code", "session", "questions", "check"}
    assert set(told["questions"][0]) == {"id", "text", "votes", "answer"}


def test_signs_that_xml_cannot_hold_stop_no_bundle():
    """A vertical tab comes along when one copies from Word; anybody may put anything into a question."""
    strange = replace(
        MEETING, title="Екі\x0bсынып\ufffe", expert="Л.\x01", questions=(Question(12, "Неге\uffff?\x07"),)
    )
    form = unpack(build_bundle(strange, "kk").content)[FORM]
    document = docx.Document(io.BytesIO(form))
    assert document.core_properties.title == "Екісынып"
    assert document.tables[0].rows[1].cells[1].text == "Неге?"
