"""Peer to peer, the whole way: a coach puts teachers of two schools together, they agree, meet, see a lesson, go on."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.apps_world import open_app, read_rows, wait_for_row

WORDS = {
    "kk": {
        "find": "Жұптарды табу",
        "proven": "Бұдан жақсы жұптар болмайтыны дәлелденді.",
        "propose": "Осы жұптарды ұсыну",
        "yes": "Иә",
        "agree": "Келісемін",
        "open": "Жұпты ашу",
        "runs": "Жалғасуда",
        "did": "Не істедік",
        "next": "Келесі кездесуге дейін",
        "write": "Жазып қою",
        "observation": "Сабақ бақылау",
        "watch": "Әріптестің сабағын бақылау",
        "person": "Сабақ берген",
        "lesson": "Сыныбы, пәні, тақырыбы",
        "focus": "Мұғалім неге назар аударуды сұрады",
        "counts": "Нені санайсыз",
        "save": "Сақтау",
        "minute": "Сабақтың минуты",
        "seen": "Не көрдіңіз, не естідіңіз",
        "judges": "баға беретін сөз",
        "agree_step": "Осы қадамға келісемін",
        "sheet": "Басып шығаратын парақ",
        "agreed": "екеуі де келісті",
        "empty": "Қағазға арналған бос бланк",
        "judgement": "Жақсы сұрақ қойды",
        "study": "Зерттеу бастау",
    },
    "ru": {
        "find": "Найти пары",
        "proven": "Доказано: лучше пар не подобрать.",
        "propose": "Предложить эти пары",
        "yes": "Да",
        "agree": "Согласиться",
        "open": "Открыть пару",
        "runs": "Продолжается",
        "did": "Что сделали",
        "next": "К следующей встрече",
        "write": "Записать",
        "observation": "Наблюдение урока",
        "watch": "Наблюдать урок коллеги",
        "person": "Чей урок",
        "lesson": "Класс, предмет, тема",
        "focus": "На что учитель попросил смотреть",
        "counts": "Что считать",
        "save": "Сохранить",
        "minute": "Минута урока",
        "seen": "Что вы увидели или услышали",
        "judges": "это оценка",
        "agree_step": "Согласиться с этим шагом",
        "sheet": "Лист для печати",
        "agreed": "оба согласны",
        "empty": "Пустой бланк для бумаги",
        "judgement": "Хороший вопрос",
        "study": "Начать исследование",
    },
}
STEP = "Сұрақтан соң үш секунд күту"


def look(app, name):
    """Keep a picture where ``SANDYQ_PICTURES`` says, for whoever looks at the page."""
    if folder := os.environ.get("SANDYQ_PICTURES"):
        app.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def go_to(app, tab):
    app.app.locator(".sa-tabs").get_by_role("button", name=tab, exact=True).click()


def find_pair_of_two_schools(demo, before):
    """Return of a pair that is new the row and the two's accounts, mentor first."""
    chief = demo.account("district")["login"]
    schools = {row["by"]: place_of(demo, row["by"]) for row in read_rows(demo, "academy_profile", chief)}
    new = [row for row in read_rows(demo, "pairing", chief) if row["id"] not in before]
    pair = next(row for row in new if schools[row["mentor_id"]] != schools[row["learner_id"]])
    return pair, [account_of(demo, pair[name]) for name in ("mentor_id", "learner_id")]


def place_of(demo, person_id):
    return _find(demo, person_id)[1]


def account_of(demo, person_id):
    login = _find(demo, person_id)[0]
    return next(each for each in demo.accounts() if each["login"] == login)


def _find(demo, person_id):
    from sandyq.school.database import Database
    from sandyq.school.tables import Person
    from sandyq.settings import Settings

    database = Database(Settings(home=demo.home).database_url)
    with database.reading() as session:
        person = session.get_one(Person, person_id)
        found = person.login, person.school_id
    database.close()
    return found


def keep_print(app, name):
    content = app.print()
    assert content.startswith(b"%PDF")
    if folder := os.environ.get("SANDYQ_PICTURES"):
        (Path(folder) / f"{name}.pdf").write_bytes(content)
    return content


def put_together(app, say, language):
    """The coach: find pairs, look at them, propose them."""
    look(app, f"{language}-1-start")
    assert app.barriers() == []
    app.press(say["find"])
    expect(app.app.get_by_text(say["proven"])).to_be_visible(timeout=60_000)
    look(app, f"{language}-2-proposal")
    assert app.barriers() == []
    app.press(say["propose"])
    app.app.locator(".sa-ask").get_by_role("button", name=say["yes"]).click()
    app.wait_saved()
    look(app, f"{language}-3-pairs")
    assert app.barriers() == []
    assert app.visitor.outside == []


def agree(app, say, pair, other):
    card = app.app.locator(f"[data-key=pair-{pair['id']}]")
    expect(card).to_contain_text(other["name"])
    card.get_by_role("button", name=say["agree"], exact=True).click()
    app.wait_saved()
    return card


def write_log(app, say, language):
    expect(app.app.locator(".sa-notice.good")).to_contain_text(say["runs"])
    app.fill(say["did"], "Бірге сабақ жоспарладық")
    app.fill(say["next"], "4-сыныпта байқаймыз")
    app.press(say["write"])
    app.wait_saved()
    expect(app.app.get_by_text("4-сыныпта байқаймыз")).to_be_visible()
    look(app, f"{language}-6-pair")
    assert app.barriers() == []


def begin_observation(app, say, whom, lesson):
    go_to(app, say["observation"])
    app.press(say["watch"])
    expect(app.app.get_by_label(say["person"])).to_be_focused()
    app.app.get_by_label(say["person"]).select_option(str(whom))
    app.fill(say["lesson"], lesson)
    app.fill(say["focus"], "Кім сөйлейді?")
    app.fill(say["counts"], "Оқушы сұрады\nБір сөзбен жауап")
    assert app.barriers() == []
    app.press(say["save"])
    app.wait_saved()


def watch_lesson(app, say, language):
    """Count by keyboard, write down what judges and is asked about, lose the kernel, choose a step."""
    count = app.app.locator("[data-key='count-Оқушы сұрады']")
    count.focus()
    for _ in range(3):
        app.page.keyboard.press("Space")
    expect(count).to_have_text("Оқушы сұрады: 3", timeout=30_000)
    expect(count).to_be_focused()
    app.fill(say["minute"], "7")
    app.fill(say["seen"], say["judgement"])
    app.press(say["write"])
    expect(app.app.get_by_text(say["judges"])).to_be_visible(timeout=30_000)
    app.wait_saved()
    app.kill_kernel()
    expect(app.app.get_by_text(say["judgement"]).first).to_be_visible()
    app.app.locator("[name=step]").fill(STEP)
    app.app.locator("[data-key=step]").get_by_role("button", name=say["save"], exact=True).click()
    app.wait_saved()
    look(app, f"{language}-7-observation")
    assert app.barriers() == []


def agree_to_step(app, say, language, lesson):
    go_to(app, say["observation"])
    app.app.get_by_role("button", name=lesson, exact=True).click()
    app.press(say["agree_step"])
    app.wait_saved()
    expect(app.app.get_by_text(say["agreed"])).to_be_visible()
    look(app, f"{language}-8-agreed")
    assert app.barriers() == []
    app.press(say["sheet"])
    expect(app.app.locator(".sa-paper")).to_contain_text(STEP)
    assert app.barriers() == []
    keep_print(app, f"{language}-9-sheet")
    go_to(app, say["observation"])
    app.press(say["empty"])
    expect(app.app.locator(".sa-paper")).to_be_visible()
    assert (
        len(re.findall(rb"/Type /Page\b", keep_print(app, f"{language}-10-empty"))) == 1
    )  # for one sheet of paper


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_two_teachers_are_matched_meet_and_see_a_lesson(demo, browser, language):
    say, chief = WORDS[language], demo.account("district")["login"]
    before = {row["id"] for row in read_rows(demo, "pairing", chief)}
    lesson = f"5А, {language}"
    with open_app(browser, demo, "peers", language, demo.account("coach", language)) as app:
        put_together(app, say, language)
    pair, (mentor, learner) = find_pair_of_two_schools(demo, before)
    with open_app(browser, demo, "peers", language, mentor) as app:
        look(app, f"{language}-4-own-pairs")
        agree(app, say, pair, learner)
        said = wait_for_row(demo, "reply", chief, row_id=pair["id"], kind="agree")
        assert said["by"] == pair["mentor_id"]
    with open_app(browser, demo, "peers", language, learner) as app:
        agree(app, say, pair, mentor).get_by_role("button", name=say["open"]).click()
        write_log(app, say, language)
        begin_observation(app, say, pair["mentor_id"], lesson)
        watch_lesson(app, say, language)
    seen = wait_for_row(demo, "observation", chief, lesson=lesson)
    assert seen["tally"] == {"Оқушы сұрады": 3, "Бір сөзбен жауап": 0}
    assert seen["step"] == STEP
    with open_app(browser, demo, "peers", language, mentor) as app:
        agree_to_step(app, say, language, lesson)
    busy = (mentor["login"], learner["login"])
    third = next(each for each in demo.accounts() if each["role"] == "teacher" and each["login"] not in busy)
    with open_app(browser, demo, "peers", language, third) as app:
        go_to(app, say["observation"])
        expect(app.app.locator(".sa-tabs [aria-current=page]")).to_have_text(say["observation"])
        assert app.app.get_by_text(lesson).count() == 0
    assert pair["id"] not in {row["id"] for row in read_rows(demo, "pairing", third["login"])}


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_other_pages_can_be_used_by_everybody_and_printed(demo, browser, language):
    teacher = demo.account("teacher", language)
    for role, account in (("teacher", teacher), ("district", demo.account("district"))):
        with open_app(browser, demo, "peers", language, account) as app:
            tabs = app.app.locator(".sa-tabs button")
            for number in range(tabs.count()):
                tabs.nth(number).click()
                expect(tabs.nth(number)).to_have_attribute("aria-current", "page")
                app.wait_idle()
                look(app, f"{language}-{role}-{number}")
                assert app.barriers() == [], number
    with open_app(browser, demo, "peers", language, teacher) as app:
        app.app.locator(".sa-tabs button").first.click()
        app.app.locator("[data-key=change-about]").click()
        expect(app.app.locator("[name=day0]").first).to_be_visible()
        look(app, f"{language}-13-hours")
        assert app.barriers() == []
        study = write_study(app, language)
        look(app, f"{language}-11-study")
        assert app.barriers() == []
        app.press(WORDS[language]["sheet"])
        expect(app.app.locator(".sa-paper")).to_contain_text(study)
        keep_print(app, f"{language}-12-study")


def test_two_who_plan_the_same_lesson_at_once_lose_nothing_that_they_typed(demo, browser):
    """Who is second has their words still, open before them, and is told who was first; the next press means it."""
    teachers = [demo.account("teacher", language) for language in ("kk", "ru")]
    with (
        open_app(browser, demo, "peers", "kk", teachers[0]) as first,
        open_app(browser, demo, "peers", "ru", teachers[1]) as second,
    ):
        go_to(first, "Lesson Study")
        first.press(WORDS["kk"]["study"])
        question = "Екі браузерде"
        first.app.locator("[name=question]").fill(question)
        first.app.get_by_label(teachers[1]["name"]).check()
        for letter in "ABC":
            first.app.locator(f"[name=pupil{letter}]").fill("баяу оқиды")
        save(first, "form-study-new")
        go_to(second, "Lesson Study")
        second.app.locator(".sa-card", has_text=question).get_by_role("button").click()
        plan_lesson(first, "Жұппен оқу")
        mine = plan_lesson(second, "Читать хором")
        mine.locator("[name=plan]").focus()
        first.app.locator("form[data-key^=form-before] button[type=submit]").click()
        first.wait_saved()
        expect(second.app.get_by_text("Жұппен оқу")).to_be_visible(timeout=15_000)
        expect(second.app.locator(".sa-lost")).to_have_count(0)
        expect(mine.locator("[name=plan]")).to_be_visible()
        expect(mine.locator("[name=plan]")).to_have_value("Читать хором")
        expect(mine.locator("[name=plan]")).to_be_focused()
        assert second.barriers() == []
        second.page.reload()
        second.wait()
        expect(mine.locator("[name=plan]")).to_have_value("Читать хором")
        mine.locator("button[type=submit]").click()
        expect(second.app.locator(".sa-alarm")).to_contain_text("изменил(а)")
        mine.locator("button[type=submit]").click()
        second.wait_saved()
        expect(first.app.get_by_text("Читать хором")).to_be_visible(timeout=15_000)


def plan_lesson(app, plan):
    form = app.app.locator("form[data-key^=form-before]")
    form.locator("[name=teacher]").select_option(index=1)
    form.locator("[name=plan]").fill(plan)
    for letter in "ABC":
        form.locator(f"[name=expected{letter}]").fill("Көршісінен сұрайды")
    return form


def write_study(app, language):
    """A question, a colleague, three pupils, a round from its plan to what was learned; by the fields' names."""
    question = f"Неге үндемейді? {language}"
    go_to(app, "Lesson Study")
    app.press(WORDS[language]["study"])
    app.app.locator("[name=question]").fill(question)
    app.app.locator("[name=members]").first.check()
    for letter in "ABC":
        app.app.locator(f"[name=pupil{letter}]").fill(f"{letter}: баяу оқиды")
    save(app, "form-study-new")
    expect(app.app.get_by_role("heading", name=question)).to_be_visible()
    plan_lesson(app, "Жұппен оқу").locator("button[type=submit]").click()
    app.wait_saved()
    form = app.app.locator("form[data-key^=form-after]")
    for letter in "ABC":
        form.locator(f"[name=seen{letter}]").fill("Екі рет сұрады")
    form.locator("[name=learned]").fill("Үлгі сұрақ керек")
    form.locator("button[type=submit]").click()
    app.wait_saved()
    expect(app.app.locator("form[data-key^=form-before]").last).to_be_visible()
    return question


def save(app, key):
    app.app.locator(f"form[data-key={key}] button[type=submit]").click()
    app.wait_saved()
