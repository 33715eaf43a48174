"""The catalogue of lessons, the teacher's view of one, and what all of them cover."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from portal_school import PREFIX, School, form_token, write_notebook

from sandyq.i18n import load_translations
from sandyq.school.people import find_person
from sandyq.search import fold, holds_words
from sandyq_portal import words

CELLS = [
    {"cell_type": "markdown", "metadata": {"tags": []}, "source": "Pupils read this."},
    {
        "cell_type": "markdown",
        "metadata": {"tags": ["teachers"]},
        "source": ["## Plan\n", "\n", "Say **why**. ![x](attachment:a.png) [next](lambs)"],
        "attachments": {"a.png": {"image/png": "AAAA"}},
    },
    {
        "cell_type": "markdown",
        "metadata": {"tags": ["teachers"]},
        "source": '<section class="sandyq-sheet" style="break-before: page">\n\n## Sheet\n\n'
        "<table style=\"width: 100%\"><tr><td style='height: 3em'></td></tr></table>\n\n</section>",
    },
    {"cell_type": "code", "metadata": {"tags": ["teachers"]}, "source": "secret = 1", "outputs": []},
]
QUESTIONS = [
    {
        "id": "a",
        "kind": "number",
        "points": 2,
        "text": "How many?",
        "stem": "How **many** <b>?",
        "answer": "12 ± 1 kWh",
        "hint": "Count.",
        "reason": "Ten and two.",
    },
    {"id": "b", "kind": "open", "points": 0, "text": "Why?", "rubric": "A reason."},
]
LESSONS: dict[str, dict[str, object]] = {
    "qoy": {
        "title": "Қой санағы",
        "summary": "Қойды сана",
        "grades": [3, 4],
        "minutes": 15,
        "subject": "maths",
    },
    "lambs": {"title": "Lambs", "grades": [7, 8], "minutes": 25, "competences": ["DigComp 4.1", "Other 1"]},
    "plan": {"title": "Plan a lesson", "track": "teachers", "competences": ["DigCompEdu 4.2"], "minutes": 30},
    "rota": {"title": "A rota", "track": "leaders", "minutes": 30},
}
RUSSIAN = {"qoy": {"title": "Счёт овец", "summary": "Считай", "competences": ["PISA maths.employ"]}}


def write_lessons(folder: Path) -> None:
    for slug, data in LESSONS.items():
        common = {
            "slug": slug,
            "track": "pupils",
            "grades": [],
            "subject": "digital-skills",
            "questions": QUESTIONS,
        }
        sources = [{"what": "Text", "where": "made here", "licence": "BSD-3-Clause"}]
        for language in ("kk", "ru") if slug in RUSSIAN else ("kk",):
            own = {
                **common,
                **data,
                "competences": data.get("competences", ["PISA maths.employ"]),
                "sources": sources,
            }
            own |= RUSSIAN.get(slug, {}) if language == "ru" else {}
            write_notebook(folder / language / f"{slug}.ipynb", {**own, "language": language}, CELLS)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> School:
    school = School(tmp_path_factory.mktemp("school"))
    write_lessons(school.settings.notebooks)
    return school


def found(school: School, role: str, query: str = "") -> list[str]:
    """Return the slugs on the page, in order."""
    page = school.sign_in(school.login(role)).get(f"{PREFIX}/lessons{query}")
    assert page.status_code == 200
    slugs = re.findall(r'<h2><a href="[^"]+/(\w+)">', page.text)
    assert f": {len(slugs)}</strong>" in page.text
    return slugs


def test_pupils_find_lessons_for_pupils_only_their_own_grade_first(school: School) -> None:
    login = next(
        account.login for account in school.accounts if account.class_name == "3А" and account.role == "pupil"
    )
    page = school.sign_in(login).get(f"{PREFIX}/lessons").text
    assert re.findall(r"<h2><a href=\"[^\"]+/(\w+)\">", page) == ["passphrase", "qoy", "lambs"]
    assert 'href="/services/rooms/lesson/kk/lambs"' in page
    assert f"{PREFIX}/lessons/lambs" not in page
    assert f"{PREFIX}/coverage" not in page
    assert 'name="track"' not in page


@pytest.mark.parametrize("role", ["teacher", "leader", "administrator"])
def test_staff_find_lessons_of_all_tracks(school: School, role: str) -> None:
    assert sorted(found(school, role)) == ["lambs", "passphrase", "plan", "qoy", "rota"]


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("?track=leaders", ["rota"]),
        ("?track=leaders&grade=3", []),
        ("?subject=maths", ["qoy"]),
        ("?grade=8", ["lambs"]),
        ("?language=ru", ["passphrase", "qoy"]),
        ("?competence=DigCompEdu+4.2", ["plan"]),
        ("?minutes=20", ["passphrase", "qoy"]),
        ("?minutes=many&grade=&q=", ["lambs", "passphrase", "plan", "qoy", "rota"]),
        ("?q=кой", ["qoy"]),
        ("?q=Қoй+cана", ["qoy"]),
        ("?q=овец", ["qoy"]),
        ("?q=овец+lambs", []),
        ("?q=математическая", ["qoy"]),
        ("?q=DigComp+4.1", ["lambs"]),
        ("?q=анализ+свидетельств", []),
        ("?q=дәлелдерін", ["plan"]),
        ("?q=(қой)", ["qoy"]),
    ],
)
def test_the_form_narrows_what_is_found(school: School, query: str, slugs: list[str]) -> None:
    assert sorted(found(school, "teacher", query)) == slugs


def test_the_form_keeps_what_was_asked_and_shows_a_lesson_in_the_language_asked_for(school: School) -> None:
    browser = school.sign_in(school.login("teacher"))
    page = browser.get(f"{PREFIX}/lessons?q=%22%3Cb%3E&language=ru&grade=3").text
    assert 'value="&#34;&lt;b&gt;"' in page
    assert '<option value="3" selected>' in page
    assert "Счёт овец" in browser.get(f"{PREFIX}/lessons?language=ru").text
    assert "Қой санағы" in browser.get(f"{PREFIX}/lessons").text


def test_an_empty_result_says_what_to_do(school: School) -> None:
    browser = school.sign_in(school.login("teacher"))
    page = browser.get(f"{PREFIX}/lessons?q=zzz").text
    assert "Мұның бәріне сай сабақ табылмады. Сөзді азайтыңыз" in page
    assert f'href="{PREFIX}/lessons">' in page


def test_words_are_folded_whichever_keyboard_typed_them() -> None:
    pairs = [
        ("қ", "к"),
        ("ә", "а"),
        ("і", "и"),
        ("ө", "о"),
        ("ұ", "у"),
        ("ү", "у"),
        ("ғ", "г"),
        ("ң", "н"),
        ("һ", "х"),
    ]
    for kazakh, russian in pairs:
        assert fold(kazakh) == fold(kazakh.upper()) == fold(russian)
    assert fold("aceopxyik") == fold("асеорхуік")
    assert fold("мəтiн ɵлең") == fold("МƏТІН ӨЛЕҢ") == fold("мәтін өлең")
    assert fold("Ёлка") == fold("елка")
    assert fold("й") != fold("и")
    assert holds_words("КУПИЯ  cөз", fold("Менің құпиясөзім"))
    assert holds_words("«…құпия» -сөз 4.1", fold("Менің құпиясөзім DigComp 4.1"))
    assert not holds_words("құпия түйе", fold("Менің құпиясөзім"))


def test_teachers_see_answers_hints_reasons_rubrics_and_sources(school: School) -> None:
    page = school.sign_in(school.login("teacher")).get(f"{PREFIX}/lessons/qoy").text
    for said in ("12 ± 1\u00a0kWh", "Count.", "Ten and two.", "A reason.", "made here", "BSD-3-Clause"):
        assert said in page
    assert "How <strong>many</strong> &lt;b&gt;?" in page


def test_teachers_see_the_cells_for_them_and_the_sheet_last(school: School) -> None:
    page = school.sign_in(school.login("leader")).get(f"{PREFIX}/lessons/qoy").text
    assert "Say <strong>why</strong>." in page
    assert 'src="data:image/png;base64,AAAA"' in page
    assert 'href="lambs"' in page
    assert "Pupils read this." not in page
    assert "secret = 1" not in page
    assert page.index("<h2>Plan") < page.index("made here") < page.index("<h2>Sheet")


def test_styles_of_a_sheet_come_as_one_that_the_policy_lets_in(school: School) -> None:
    page = school.sign_in(school.login("teacher")).get(f"{PREFIX}/lessons/qoy")
    nonce = re.search(r'<style nonce="([\w-]+)">([^<]+)</style>', page.text)
    assert nonce
    assert f"style-src 'self' 'nonce-{nonce[1]}'" in page.headers["content-security-policy"]
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert " style=" not in page.text
    assert ".guide .own-1 { break-before: page }" in nonce[2]
    assert '<section class="own-1 sandyq-sheet">' in page.text
    assert '<td class="own-3">' in page.text
    assert ".own-3 { height: 3em }" in nonce[2]


def test_a_lessons_texts_can_be_read_in_each_language_in_which_it_exists(school: School) -> None:
    browser = school.sign_in(school.login("teacher"))
    page = browser.get(f"{PREFIX}/lessons/qoy?text=ru").text
    assert '<h1 lang="ru">Счёт овец</h1>' in page
    for language in ("kk", "ru"):
        assert f'href="/services/rooms/lesson/{language}/qoy"' in page
    assert "/services/rooms/lesson/en/qoy" not in page


def test_a_lesson_is_assigned_to_an_own_class_from_its_page(school: School) -> None:
    login = school.login("teacher")
    group = school.class_of(login)
    browser = school.sign_in(login)
    page = browser.get(f"{PREFIX}/lessons/qoy").text
    address = re.search(r'<form class="row" method="post" action="([^"]+)"', page)
    assert address
    data = {"lesson": "qoy", "due": "2027-01-15", "token": form_token(page)}
    assert browser.post(address[1], data=data).status_code == 303
    assert "Тағайындалған" in browser.get(f"{PREFIX}/lessons/qoy").text
    assert f"{PREFIX}/classes/{school.foreign_class(login).id}/lessons" not in page
    assert group.name in page


@pytest.mark.parametrize(("role", "slug"), [("leader", "qoy"), ("administrator", "qoy"), ("teacher", "plan")])
def test_nothing_can_be_assigned_without_a_class_or_that_is_not_for_pupils(
    school: School, role: str, slug: str
) -> None:
    page = school.sign_in(school.login(role)).get(f"{PREFIX}/lessons/{slug}").text
    assert 'name="lesson"' not in page


def test_a_teacher_copies_a_lesson_from_its_page_in_the_language_shown(school: School) -> None:
    copying = "/hub/user-redirect/sandyq/new-lesson?copy=qoy&amp;language=ru"
    assert copying in school.sign_in(school.login("teacher")).get(f"{PREFIX}/lessons/qoy?text=ru").text
    assert "?copy=" not in school.sign_in(school.login("leader")).get(f"{PREFIX}/lessons/qoy").text


def test_an_unknown_lesson_is_not_found(school: School) -> None:
    assert school.sign_in(school.login("teacher")).get(f"{PREFIX}/lessons/goats").status_code == 404


def test_a_published_lesson_has_its_page_for_its_author_alone(school: School) -> None:
    author = school.login("teacher")
    with school.database.reading() as session:
        person = find_person(session, author)
        assert person
    slug = f"t{person.id}-sheep"
    own = {
        "slug": slug,
        "language": "kk",
        "title": "Менің қойым",
        "author": person.id,
        "questions": QUESTIONS,
    }
    write_notebook(school.settings.published / "kk" / f"{slug}.ipynb", own, CELLS)
    page = school.sign_in(author).get(f"{PREFIX}/lessons/{slug}")
    assert page.status_code == 200
    assert "12 ± 1\u00a0kWh" in page.text
    assert "Say <strong>why" in page.text
    assert "?copy=" not in page.text  # its notebook is in its author's folder
    assert school.sign_in(school.login("leader")).get(f"{PREFIX}/lessons/{slug}").status_code == 404
    assert slug not in school.sign_in(author).get(f"{PREFIX}/lessons").text


def test_coverage_shows_what_is_covered_and_what_is_not(school: School) -> None:
    browser = school.sign_in(school.login("leader"))
    rows = re.findall(r"<tr.*?</tr>", browser.get(f"{PREFIX}/coverage").text, re.DOTALL)
    row = {match[1]: each for each in rows if (match := re.search(r'<th scope="row">([^<]+)</th>', each))}
    assert len(row) == 21 + 18
    assert "қамтылған" in row["4.1 · Құрылғыларды қорғау"]
    assert f'href="{PREFIX}/lessons/lambs"' in row["4.1 · Құрылғыларды қорғау"]
    assert "әзірге сабақ жоқ" in row["4.2 · Дербес деректерді және жеке өмірді қорғау"]
    page = browser.get(f"{PREFIX}/coverage").text
    assert "21 ішінен 1" in page
    assert "1 / 4" in page
    assert "10.2760/115376" in page


def test_every_word_by_which_a_lesson_is_named_is_translated() -> None:
    named = (words.TRACKS, words.SUBJECTS, words.KINDS, words.TRANSLATIONS, words.WAYS)
    said = {text for texts in named for text in texts.values()}
    for language in ("kk", "ru"):
        assert {text for text in said if load_translations(language).gettext(text) == text} == set()


def test_the_catalogue_names_everything_that_the_builder_allows() -> None:
    from sandyq_curriculum.front import ALLOWED
    from sandyq_widgets.kinds import KINDS

    assert set(words.TRACKS) == set(ALLOWED["track"])
    assert set(words.SUBJECTS) == {*ALLOWED["subject"], "informatics"}, "assignments have one subject more"
    assert set(words.TRANSLATIONS) == set(ALLOWED["translation"])
    assert set(words.WAYS) == set(ALLOWED["opens_in"])
    assert set(words.KINDS) == set(KINDS)
