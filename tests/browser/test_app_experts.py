"""An expert who is never online: questions, votes, a zip, a page opened from disk, answers home, found by a search."""

import json
import os
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import expect
from tests.browser.apps_world import open_app, read_rows, wait_for_row

from sandyq_apps.experts_answers import read_file
from tour import find_barriers

WORDS = {
    "kk": {
        "new": "Жаңа кездесу",
        "save": "Сақтау",
        "title": "Кездесу не туралы",
        "expert": "Сарапшы",
        "open": "Кездесуді ашу",
        "ask": "Сұрақты қою",
        "text": "Сарапшыға сұрағыңыз",
        "own": "Сіздің сұрағыңыз; мұны тек өзіңіз көресіз.",
        "vote": "Мұны мен де білгім келеді",
        "back": "Дауысымды қайтарып алу",
        "alike": "Осыны біреу сұрап қойған жоқ па?",
        "bundle": "Сарапшыға арналған сұрақтар (zip)",
        "bring": "Жауаптарды енгізу",
        "told": "Файлдағы жауап: 1. Жаңа: 1.",
        "again": "Жаңа: 0. Өзгерген: 0. Бұрыннан бар: 1.",
        "refused": "Ештеңе сақталған жоқ",
        "answers": "Барлық жауап",
        "search": "Сұрақ пен жауаптан іздеу",
        "by": "файлмен әкелген",
        "print": "Сұрақ пен жауапты басып шығару",
        "sheet": "Кездесуге арналған парақ",
        "file": "Жауаптарды файлға сақтау",
        "done": "2 ішінен 1",
        "nothing": "Алдымен жауап жазыңыз.",
        "question": "Мен бірінші топпен жұмыс істегенде, екінші топ бос отырмау үшін не берейін?",
        "like": "екінші топ бос отырса",
        "answer": 'Әр топқа үш деңгейлі карточка беріңіз: «жеңіл», «орта», "қиын" 😀\n<b>Ескерту</b>',
        "query": "денгейли карточка",
    },
    "ru": {
        "new": "Новая встреча",
        "save": "Сохранить",
        "title": "О чём встреча",
        "expert": "Эксперт",
        "open": "Открыть встречу",
        "ask": "Задать вопрос",
        "text": "Ваш вопрос эксперту",
        "own": "Ваш вопрос; это видите только вы.",
        "vote": "Мне это тоже важно",
        "back": "Отозвать свой голос",
        "alike": "Может быть, об этом уже спросили?",
        "bundle": "Вопросы для эксперта (zip)",
        "bring": "Внести ответы",
        "told": "Ответов в файле: 1. Новых: 1.",
        "again": "Новых: 0. Изменённых: 0. Уже есть: 1.",
        "refused": "Ничего не сохранено",
        "answers": "Все ответы",
        "search": "Найти в вопросах и ответах",
        "by": "файл загрузил(а)",
        "print": "Вопросы и ответы для печати",
        "sheet": "Лист для встречи",
        "file": "Сохранить ответы в файл",
        "done": "1 из 2",
        "nothing": "Сначала напишите ответ.",
        "question": "Как спрашивать по тексту тех, кто читает медленно?",
        "like": "спросить по тексту, если читает медленно",
        "answer": 'Дайте вопрос до чтения, а не после: «что ищем?», "где ищем?" 😀\n<b>Важно</b>',
        "query": "вопрос до чтения ищем",
    },
}
SLOW = 30_000
"""Milliseconds until a change is kept, on a machine that has other things to do."""
EVIL = "</script><img src=x onerror=document.title='evil'>"


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_questions_go_out_and_answers_come_home_by_file(demo, browser, tmp_path, language):
    say, title = WORDS[language], f"Екі сынып, бір мұғалім · {language}"
    coach = demo.account("coach", language)
    asker, voter = [each for each in demo.accounts() if each["role"] == "teacher"][:2]
    with open_app(browser, demo, "experts", language, coach) as app:
        plan(app, say, title)
        meeting = wait_for_row(demo, "expert_session", coach["login"], title=title)
        assert app.barriers() == []
    with open_app(browser, demo, "experts", language, asker) as app:
        question = ask(app, demo, say, title, asker)
    with open_app(browser, demo, "experts", language, voter) as app:
        vote(app, say, title, question)
        wait_for_row(demo, "reply", coach["login"], row_id=question["id"], kind="vote")
        app.wait_saved()
    with open_app(browser, demo, "experts", language, coach) as app:
        open_session(app, say, title)
        bundle = take_bundle(app, say, tmp_path)
        assert asker["name"].split()[0] not in unpack(bundle)
    answers = answer_offline(browser, say, bundle, tmp_path, meeting["code"])
    with open_app(browser, demo, "experts", language, coach) as app:
        bring_home(app, say, title, answers)
        app.wait_saved()
        reply = wait_for_row(demo, "reply", coach["login"], row_id=question["id"], kind="answer")
        assert (reply["text"], reply["data"]["expert"]) == (say["answer"], "Лебедева Н. И.")
        bring_again(app, say, answers)
        refuse_damaged(app, say, answers)
        kept = [row for row in read_rows(demo, "reply", coach["login"]) if row["row_id"] == question["id"]]
        assert [row["kind"] for row in kept].count("answer") == 1
        look(app, f"{language}-5-coach")
        assert app.barriers() == []
    with open_app(browser, demo, "experts", language, asker) as app:
        find_answer(app, say)
        print_papers(app, say, language)
        assert app.visitor.outside == []


def look(app, name):
    if folder := os.environ.get("SANDYQ_PICTURES"):
        app.page.screenshot(path=Path(folder) / f"experts-{name}.png", full_page=True)


def speaks(app):
    return app.app.get_attribute("lang")


def open_session(app, say, title):
    app.app.locator(".sa-card").filter(has=app.page.get_by_role("heading", name=title)).get_by_role(
        "button", name=say["open"], exact=True
    ).click()
    expect(app.app.locator("h2", has_text=title)).to_be_visible(timeout=SLOW)


def plan(app, say, title):
    """A session without its expert's name is refused at the field."""
    look(app, f"{speaks(app)}-0-start")
    app.press(say["new"])
    form = app.app.locator("form")
    form.locator("input[name=title]").fill(title)
    form.get_by_role("button", name=say["save"], exact=True).click()
    expect(form.locator("[aria-invalid=true]")).to_have_attribute("name", "expert")
    form.locator("input[name=expert]").fill("Лебедева Н. И.")
    form.locator("input[name=on]").fill("2026-12-08")
    form.locator("textarea[name=materials]").fill(f"**Алдын ала оқыңыз**\n\n- 1-бет\n- {EVIL}")
    form.get_by_role("button", name=say["save"], exact=True).click()
    app.wait_saved()


def ask(app, demo, say, title, asker):
    open_session(app, say, title)
    expect(app.app.locator(".sa-markup strong")).to_have_text("Алдын ала оқыңыз")
    expect(app.app.locator(".sa-markup")).to_contain_text(EVIL)
    look(app, f"{speaks(app)}-1-empty")
    assert app.barriers() == []
    for text in (say["question"], f"Басқа сұрақ {EVIL} {title[-2:]}"):
        app.app.locator("textarea[name=text]").fill(text)
        app.press(say["ask"])
        app.wait_saved()
        card = app.app.locator(".sa-card").filter(has=app.page.get_by_role("heading", name=text, exact=True))
        expect(card).to_contain_text(say["own"], timeout=SLOW)
        expect(card.get_by_role("button", name=say["vote"])).to_have_count(0)
    expect(app.app.locator("textarea[name=text]")).to_have_value("")
    app.kill_kernel()
    expect(app.app.get_by_text(say["own"]).first).to_be_visible()
    return wait_for_row(demo, "expert_question", asker["login"], text=say["question"])


def vote(app, say, title, question):
    """Who writes the same is shown it, and votes; the second press takes the vote back."""
    open_session(app, say, title)
    expect(app.app.get_by_text(say["own"])).to_have_count(0)
    app.app.locator("textarea[name=text]").press_sequentially(say["like"])
    expect(app.app.get_by_text(say["alike"])).to_be_visible(timeout=SLOW)
    look(app, f"{speaks(app)}-2-alike")
    assert app.barriers() == []
    alike = app.app.locator(f"[data-key=alike-{question['id']}]")
    for now in ("back", "vote", "back"):
        alike.press("Enter")
        expect(alike).to_have_text(say[now], timeout=SLOW)
        app.wait_saved()
    expect(app.app.locator("textarea[name=text]")).to_have_value(say["like"])
    first = app.app.locator("[data-key^=question-]").first
    expect(first).to_have_attribute("data-key", f"question-{question['id']}")


def take_bundle(app, say, folder):
    look(app, f"{speaks(app)}-3-coach")
    with app.page.expect_download() as download:
        app.press(say["bundle"])
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def unpack(bundle):
    """Return all words of a zip, those of the zips in it, too."""
    with ZipFile(bundle) as archive:
        names = archive.namelist()
        inner = [ZipFile(archive.open(name)) for name in names if name.endswith(".docx")]
        files = [archive.read(name) for name in names] + [
            each.read(name) for each in inner for name in each.namelist()
        ]
    return "".join(content.decode(errors="replace") for content in files)


def answer_offline(browser, say, bundle, folder, code):
    """The expert, on a PC without a network, with the keyboard alone; the page is closed and opened again meanwhile."""
    with ZipFile(bundle) as archive:
        archive.extract("answers.html", folder)
    context = browser.new_context(viewport={"width": 512, "height": 700}, accept_downloads=True)
    asked = []
    context.on("request", lambda request: asked.append(request.url))
    problems = []
    try:
        page = context.new_page()
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())  # it warns of what is in no file yet
        address = (folder / "answers.html").as_uri()
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")  # as at 200 % of 1024
        page.get_by_role("button", name=say["file"]).press("Enter")
        expect(page.get_by_role("status")).to_have_text(say["nothing"])
        expect(page.locator("textarea").first).to_be_focused()
        first, *rest = say["answer"].split("\n")
        page.keyboard.insert_text(first)
        for line in rest:
            page.keyboard.press("Enter")
            page.keyboard.insert_text(line)
        expect(page.locator("#count")).to_contain_text(say["done"])
        page.goto("about:blank")
        page.goto(address)
        expect(page.locator("textarea").first).to_have_value(say["answer"])
        for language in ("ru", "en", "kk", "ru" if say is WORDS["ru"] else "kk"):
            page.locator(f"[data-language={language}]").press("Enter")
            expect(page.locator("html")).to_have_attribute("lang", language)
            assert "undefined" not in page.locator("body").inner_text()
        if pictures := os.environ.get("SANDYQ_PICTURES"):
            page.screenshot(
                path=Path(pictures) / f"experts-page-{page.evaluate('document.documentElement.lang')}.png"
            )
        for name in ("answers.json", "again.json", "emptied.json"):  # as often as one likes
            if name == "emptied.json":
                page.locator("textarea").first.fill("")
            with page.expect_download() as download:
                page.get_by_role("button", name=say["file"]).press("Enter")
            assert download.value.suggested_filename == "answers.json"
            download.value.save_as(folder / name)
        assert page.title() != "evil"
        assert [url for url in asked if not url.startswith(("file:", "blob:", "about:"))] == []
        assert problems == []
        assert find_barriers(page) == []
    finally:
        context.close()
    told = json.loads((folder / "answers.json").read_text())
    assert (told["code"], [each["text"] for each in told["answers"]]) == (code, [say["answer"]])
    emptied = read_file((folder / "emptied.json").read_bytes())
    assert [each.text for each in emptied.answers] == [""], "it takes back what was sent before"
    return folder / "answers.json"


def choose(app, say, name, content):
    fold = app.app.locator("[data-key=import]")
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()
    fold.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/json", "buffer": content}
    )
    fold.get_by_role("button", name=say["bring"], exact=True).click()


def bring_home(app, say, title, answers):
    """From the list of sessions: the file itself says to which it belongs."""
    choose(app, say, "answers.json", answers.read_bytes())
    expect(app.app.get_by_text(say["told"])).to_be_visible(timeout=SLOW)
    expect(app.app.locator("h2", has_text=title)).to_be_visible(timeout=SLOW)
    expect(app.app.locator("[data-key^=question-]").first).to_contain_text(say["by"])
    assert app.page.title() != "evil"


def bring_again(app, say, answers):
    choose(app, say, "answers (1).json", answers.read_bytes())
    expect(app.app.get_by_text(say["again"])).to_be_visible(timeout=SLOW)


def refuse_damaged(app, say, answers):
    choose(app, say, "answers.json", answers.read_bytes()[:-30])
    wrong = app.app.locator("[data-key=import] .sa-wrong")
    expect(wrong).to_contain_text(say["refused"], timeout=SLOW)


def find_answer(app, say):
    app.app.locator(".sa-tabs button", has_text=say["answers"]).click()
    app.app.get_by_label(say["search"]).fill(say["query"])
    card = app.app.locator("[data-key^=found-]")
    expect(card).to_have_count(1, timeout=SLOW)
    expect(card).to_contain_text(say["answer"].split("\n")[0])
    expect(card).to_contain_text("Лебедева Н. И.")
    look(app, f"{speaks(app)}-6-found")
    assert app.barriers() == []
    card.get_by_role("button", name=say["open"], exact=True).click()


def print_papers(app, say, language):
    for name, number in (("print", 7), ("sheet", 8)):
        app.press(say[name])
        paper = app.app.locator(".sa-paper")
        expect(paper).to_contain_text(say["question"], timeout=SLOW)
        content = app.print()
        assert content.startswith(b"%PDF")
        if folder := os.environ.get("SANDYQ_PICTURES"):
            (Path(folder) / f"experts-{language}-{number}.pdf").write_bytes(content)
        assert app.barriers() == []
        app.app.get_by_role("button", name="←").first.click()
