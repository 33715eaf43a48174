"""Questions by keyboard, and in another language than the one in which they were answered."""

from __future__ import annotations

from tests.browser.keyboard import STATE, Keyboard
from tests.browser.test_lessons import wait_saved

from rehearsal import SCREEN, visit, wait_for
from sandyq.settings import PROJECT
from sandyq_curriculum.lesson import read_lesson
from sandyq_widgets.assets import read_module, read_style
from sandyq_widgets.parsing import read_question
from sandyq_widgets.question import Question
from sandyq_widgets.tools import Explorer, Meter


def read_questions(slug, language):
    lesson = read_lesson(PROJECT / f"curriculum/lessons/{slug}/lesson.{language}.md")
    return {spec.id: spec for spec in lesson.questions}


def open_in(visitor, slug, language):
    visitor.go(f"/services/rooms/lesson/{language}/{slug}")
    visitor.page.locator(".sandyq-question[data-name]").first.wait_for(timeout=60_000)
    return Keyboard(visitor.page)


def verdict(page, name):
    return page.locator(f'[data-name="{name}"] .sq-feedback').get_attribute("data-verdict")


def pupil(demo, number):
    return [a for a in demo.accounts() if a["role"] == "pupil" and a["language"] == "kk"][number]


def test_an_untouched_order_asks_to_move_a_step_and_costs_no_try(demo, browser):
    spec = read_questions("steppe-robot", "kk")["plan"]
    with visit(browser, demo) as visitor:
        visitor.sign_in(pupil(demo, 8))
        keyboard, page = open_in(visitor, "steppe-robot", "kk"), visitor.page
        question = page.locator('[data-name="plan"]')
        keyboard.hand_in("plan")
        wait_for(lambda: verdict(page, "plan") == "problem", "the question to ask for a step")
        assert "жылжыту" in question.locator(".sq-feedback").inner_text()
        assert question.locator(".sq-tries").inner_text() == ""
        assert question.locator(".sq-saving").inner_text() == ""
        keyboard.go("plan", ".sq-moves button:last-child", 0)
        keyboard.press("Enter")  # one step down: another order, right or not, is an answer
        assert page.evaluate(STATE, "plan").startswith("2)\n1)")
        keyboard.answer(spec, spec.solve())
        wait_saved(page, "plan")
        assert verdict(page, "plan") == "right"


def test_answers_come_back_in_another_language(demo, browser):
    with visit(browser, demo) as visitor:
        visitor.sign_in(pupil(demo, 9))
        page = visitor.page
        for slug, name in (("steppe-robot", "mend"), ("scam-message", "code")):
            kazakh, russian = (read_questions(slug, language)[name] for language in ("kk", "ru"))
            open_in(visitor, slug, "kk").answer(kazakh, kazakh.solve())
            wait_saved(page, name)
            open_in(visitor, slug, "ru")
            wait_for(lambda name=name: verdict(page, name) == "right", f"{name} to be right in Russian, too")
            fields = page.locator(f'[data-name="{name}"]').locator("select, input[type=text]")
            shown = [field.input_value() for field in fields.all()]
            words = [gap[0] for gap in russian.gaps] if name == "mend" else [kazakh.solve()]
            assert shown == words


def test_on_paper_stands_what_one_needs_to_answer_with_a_pen(demo, browser):
    with visit(browser, demo) as visitor:
        visitor.sign_in(pupil(demo, 10))
        open_in(visitor, "steppe-robot", "kk")
        page, questions = visitor.page, read_questions("steppe-robot", "kk")
        words = page.locator('[data-name="mend"] .sq-paper')
        commands = page.locator(
            f'[data-name="{next(n for n, q in questions.items() if q.kind == "robot" and q.loops)}"]'
        )
        page.locator(".sq-grid").first.wait_for()
        assert not words.is_visible() and not commands.locator(".sq-lines").is_visible()
        page.emulate_media(media="print")
        assert all(word in words.inner_text() for word in questions["mend"].bank)
        said = commands.locator(".sq-paper").inner_text()
        assert all(word in said for word in ("Алға", "Солға бұрылу", "Оңға бұрылу", "Қайталау … рет"))
        assert commands.locator(".sq-lines").bounding_box()["height"] > 60
        assert not commands.locator(".sq-program").is_visible()


def test_a_loop_that_was_left_open_is_judged_and_what_is_said_of_it_is_shown(demo, browser):
    spec = read_questions("steppe-robot", "kk")["long"]
    with visit(browser, demo) as visitor:
        visitor.sign_in(pupil(demo, 10))
        keyboard, page = open_in(visitor, "steppe-robot", "kk"), visitor.page
        keyboard.answer(spec, "9(F")
        wait_saved(page, "long")
        assert verdict(page, "long") == "right"
        page.reload()
        wait_for(lambda: verdict(page, "long") == "right", "the answer to come back")


def test_on_paper_a_heading_in_a_cell_of_its_own_goes_along_with_the_next_cell(browser):
    cell = '<div class="jp-Cell"><div class="jp-RenderedMarkdown">{}</div></div>'
    heading = cell.format('<h2><a href="https://heading.invalid/">What is dear?</a></h2>')
    question = cell.format('<div style="height: 200px">A question</div>')
    on_first_sheet = []
    for height in (600, 800):  # below the second one there is room for the heading alone
        page = browser.new_page()
        page.set_content(f'<div style="height: {height}px"></div>{heading}{question}')
        page.add_style_tag(path=PROJECT / "hub_config/sandyq_hub/rooms/front/room.css")
        on_first_sheet.append(b"heading.invalid" in page.pdf(format="A4", page_ranges="1"))
        page.close()
    assert on_first_sheet == [True, False]


SHOW = """async ([module, state]) => {
  const { default: widget } = await import(URL.createObjectURL(new Blob([module], { type: "text/javascript" })));
  const model = { get: (name) => state[name], on() {}, off() {} };
  widget.render({ model, el: document.body });
}"""


def test_a_kazakh_table_is_sorted_in_the_kazakh_order(browser, monkeypatch):
    """Browsers have no such order of their own."""
    monkeypatch.setenv("SANDYQ_LANGUAGE", "kk")
    words = ["шай", "үй", "яблоко", "ірімшік", "ұста", "Қант", "кітап", "һәм", "хат", "әке", "аға"]
    table = Explorer(["Сөз", "Саны"], [[word, "1"] for word in words])
    page = browser.new_page()
    page.evaluate(SHOW, [read_module("explore"), {"labels": table.labels, "data": table.data}])
    head = page.locator(".sq-head").first
    right = ["аға", "әке", "кітап", "Қант", "ұста", "үй", "хат", "һәм", "шай", "ірімшік", "яблоко"]
    for wanted in (right, right[::-1]):
        head.click()
        assert page.locator("tbody th").all_inner_texts() == wanted
    page.close()


def test_the_names_of_many_columns_stay_whole_at_200_per_cent(browser):
    """The table is scrolled within its region instead."""
    names = ["Оқушы", *map(str, range(1, 11)), "Ұпай", "Топ"]
    table = Explorer(names, [["1"] * len(names)])
    page = browser.new_page(viewport={"width": SCREEN["width"] // 2, "height": SCREEN["height"] // 2})
    page.evaluate(SHOW, [read_module("explore"), {"labels": table.labels, "data": table.data}])
    page.add_style_tag(content=read_style("explore"))
    heights = page.locator(".sq-head").evaluate_all("heads => heads.map((head) => head.clientHeight)")
    assert len(heights) == len(names)
    assert max(heights) < 60  # one line
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


PLUMBING = {"layout", "tooltip", "tabbable", "comm"}


def show(page, kind, widget):
    """Show a widget on a page of its own, without a kernel behind it."""
    state = {name: getattr(widget, name) for name in {"labels", *widget.trait_names(sync=True)} - PLUMBING}
    page.evaluate(SHOW, [read_module(kind), state])
    page.add_style_tag(content=read_style(kind))


def test_a_word_said_again_makes_no_password_strong(browser):
    page = browser.new_page()
    meter = Meter()
    show(page, "meter", meter)

    def measure(text):
        page.locator("input").first.fill(text)
        return page.locator("strong").inner_text()

    for weak in (
        "password password password",
        "parol parol",
        "алма алма алма",
        "qwertyqwertyqwerty",
        "бөрі" * 25,
    ):
        assert measure(weak) in {meter.labels["strength0"], meter.labels["strength1"]}, weak
    assert meter.labels["again"] in page.locator("li").all_inner_texts()
    for strong in ("бота терезе қымыз жаңбыр", "мен бота мен терезе мен"):
        assert measure(strong) == meter.labels["strength4"], strong
    page.close()


def test_a_card_is_dragged_by_a_quick_hand_and_let_go_of_where_nothing_takes_it(browser):
    page = browser.new_page(viewport=SCREEN)
    spec = read_question("%%sort id=herd\nСұрыпта.\n\n# мал\n- қой\n- ат\n\n# ас\n- нан")
    show(page, "sort", Question(spec))
    card = page.locator(".sq-card", has_text="қой")

    def drag(x, y):
        box = card.bounding_box()
        page.mouse.move(box["x"] + 5, box["y"] + 5)
        page.mouse.down()
        page.mouse.move(x, y)  # at once: no move is seen on the card itself
        page.mouse.up()
        page.evaluate("new Promise((after) => setTimeout(() => setTimeout(after)))")
        return card.get_attribute("aria-pressed"), page.locator(".sq-box[data-box='1'] .sq-card").count()

    box = page.locator(".sq-box[data-box='1']").bounding_box()
    assert drag(box["x"] + 5, box["y"] + 5) == ("false", 1)
    assert drag(1000, 700) == ("false", 1)
    box = card.bounding_box()
    assert drag(box["x"] + 5, box["y"] + 5) == ("true", 1)  # a click takes it
    page.close()


def test_an_emoji_is_rubbed_out_whole(browser, monkeypatch):
    monkeypatch.setenv("SANDYQ_LANGUAGE", "kk")
    page = browser.new_page()
    show(page, "open", Question(read_question("%%open id=letter\nХат жаз.")))
    page.locator("textarea").fill("қой 🐑")
    for left in ("қой ", "қой"):
        page.locator(".sq-key").last.click()
        assert page.locator("textarea").input_value() == left
    page.close()
