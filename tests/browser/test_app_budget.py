"""The budget's story: a plan is written, money is paid, the year is looked at; every figure against plain sums."""

from fractions import Fraction

import pytest
from playwright.sync_api import expect
from tests.browser.apps_world import open_app, read_rows, wait_for_row

WORDS = {
    "kk": {
        "begin": "Жоспарды бастау",
        "what": "Не",
        "rate": "Толық мөлшерлеменің (ставканың) айлық ақысы",
        "hours": "Жылдық сағат саны",
        "add": "Жоспарға қосу",
        "each": "Әр балаға, теңге",
        "overview": "Жалпы көрініс",
        "paid": "Төленді және түсті",
        "plan": "Жоспар",
        "amount": "Сома, теңге",
        "write": "Жазып қою",
        "whatif": "Егер былай болса",
        "wrong": "теңгемен",
    },
    "ru": {
        "begin": "Начать план",
        "what": "Что",
        "rate": "Месячная оплата полной ставки",
        "hours": "Часов в год",
        "add": "Добавить в план",
        "each": "На каждого ребёнка, тенге",
        "overview": "Обзор",
        "paid": "Оплачено и получено",
        "plan": "План",
        "amount": "Сумма, тенге",
        "write": "Записать",
        "whatif": "Что, если",
        "wrong": "в тенге",
    },
}
CLUB = {"kk": "Робот құрастыру 1", "ru": "Домбыра 1"}


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_a_years_money_is_planned_paid_and_counted(large_school, browser, language):
    say = WORDS[language]
    club = next(row for row in read_rows(large_school, "club") if row["name"] == CLUB[language])
    with open_app(browser, large_school, "budget", language) as app:
        app.press(say["plan"])
        app.fill(say["what"], f"Мұғалім ақысы {language}")
        app.page.locator("select[name=club]").select_option(label=CLUB[language])
        app.fill(say["rate"], "150 000")
        app.fill(say["hours"], "136,5")
        app.press(say["add"])
        pay = wait_for_row(large_school, "budget_line", name=f"Мұғалім ақысы {language}")
        app.wait_saved()
        assert pay["unit_tiyn"] == round(Fraction(15_000_000 * 12, 52 * 18))
        assert pay["quantity_milli"] == 136_500
        app.page.locator("select[name=kind]").select_option(value='"income_child"')
        expect(app.app.get_by_label(say["each"])).to_be_visible()
        app.fill(say["what"], "Жан басына")
        app.page.locator("select[name=club]").select_option(label=CLUB[language])
        app.fill(say["each"], "он мың")
        app.press(say["add"])
        expect(app.app.locator(".sa-wrong")).to_contain_text(say["wrong"])
        app.fill(say["each"], "12 000,50")
        app.press(say["add"])
        wait_for_row(large_school, "budget_line", kind="income_child", club_id=club["id"])
        app.press(say["paid"])
        app.page.locator("select[name=line]").select_option(value=str(pay["id"]))
        app.fill(say["amount"], "50 000")
        app.press(say["write"])
        wait_for_row(large_school, "spending", line_id=pay["id"], amount_tiyn=5_000_000)
        app.wait_saved()
        app.kill_kernel()  # what was saved is there, and so is the place
        expect(app.app.locator(".sa-table td:visible", has_text="50 000").first).to_be_visible()
        app.press(say["overview"])
        inside = [
            row
            for row in read_rows(large_school, "enrolment")
            if row["club_id"] == club["id"] and not row["until"]
        ]
        cost = round(Fraction(pay["unit_tiyn"] * pay["quantity_milli"], 1000))
        row = app.app.locator("tbody tr", has_text=CLUB[language]).last
        expect(row).to_contain_text(tell(cost))
        expect(row).to_contain_text(tell(round(Fraction(cost, len(inside)))))
        expect(row).to_contain_text(tell(1_200_050 * len(inside)))
        assert app.barriers() == []
        assert app.visitor.outside == []
        assert app.print().startswith(b"%PDF")
        app.press(say["whatif"])
        app.page.locator("input[name=children]").fill("30")
        expect(app.app.locator(".sa-figures")).to_contain_text(tell(1_200_050 * 30 - cost))
        assert app.barriers() == []


def test_a_line_that_a_colleague_removes_while_one_changes_it_is_not_lost(large_school, browser):
    with (
        open_app(browser, large_school, "budget", "kk") as first,
        open_app(browser, large_school, "budget", "ru") as second,
    ):
        first.press(WORDS["kk"]["plan"])
        first.page.locator("select[name=kind]").select_option(value='"other"')
        first.app.locator("form[data-key=form-new-other]").wait_for()
        first.fill(WORDS["kk"]["what"], "Домбыра ішегі")
        first.page.locator("input[name=unit]").fill("1 500")
        first.press(WORDS["kk"]["add"])
        wait_for_row(large_school, "budget_line", name="Домбыра ішегі")
        first.wait_saved()
        line = first.app.locator("tr", has_text="Домбыра ішегі")
        line.get_by_role("button").first.click()
        form = first.app.locator("form[data-key^='form-line-']")
        form.locator("input[name=unit]").fill("1 750")
        second.press(WORDS["ru"]["plan"])
        second.app.locator("tr", has_text="Домбыра ішегі").get_by_role("button").last.click()
        second.page.get_by_role("alertdialog").get_by_role("button").first.click()
        second.wait_saved()
        expect(first.app.locator(".sa-notice.warn")).to_contain_text("алып тасталды")
        expect(form.locator("input[name=unit]")).to_have_value("1 750")
        first.kill_kernel()
        expect(first.app.locator(".sa-notice.warn")).to_contain_text("алып тасталды")
        expect(form.locator("input[name=unit]")).to_have_value("1 750")
        assert first.barriers() == []
        first.press(WORDS["kk"]["add"])
        again = wait_for_row(large_school, "budget_line", name="Домбыра ішегі")
        assert (again["kind"], again["unit_tiyn"]) == ("other", 175_000)
        expect(first.app.locator(".sa-notice.warn")).to_have_count(0)


def tell(tiyn: int) -> str:
    """As people write it in Kazakh and Russian, a narrow space between thousands."""
    whole, rest = divmod(abs(tiyn), 100)
    words = f"{whole:,}".replace(",", "\xa0") + (f",{rest:02}" if rest else "")
    return f"-{words}" if tiyn < 0 else words
