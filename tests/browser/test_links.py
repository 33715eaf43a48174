"""A page and its kernel when things break: the network, the kernel, the server, the session. Nothing typed is lost."""

import json
import signal
from collections import Counter
from contextlib import contextmanager
from itertools import pairwise

import httpx
import pytest

from cutting import between
from rehearsal import visit, wait_for
from sandyq.settings import Settings, read_secret
from soak import read_answers

LESSON = "/services/rooms/lesson/ru/passphrase"
CHOICE, NUMBER, OPEN = 2, 4, 17
"""Cells of the lesson with a question of each kind."""
BUSY = "Школьный сервер занят."
SILENT = "Страница уже долго занята одним делом"
TYPED = "Четыре случайных слова, и никому ни слова"
REMEMBER_STATES = """
addEventListener("DOMContentLoaded", () => {
    window.states = [];
    const note = () => states.push(document.body.dataset.link);
    new MutationObserver(note).observe(document.body, { attributeFilter: ["data-link"] });
});
"""
REMEMBER_TRIES = """
window.tries = [];
window.WebSocket = class extends WebSocket {
    constructor(...given) { super(...given); tries.push(performance.now()); }
};
"""
IN_HASTE = """
const wait = setTimeout;
window.setTimeout = (work, time, ...more) => wait(work, time === 60_000 ? 500 : time, ...more);
"""
"""A page that does not wait for a minute until it counts as drawn."""
IMPATIENT = """
const wait = setTimeout;
window.setTimeout = (work, time, ...more) => wait(work, time === 12_000 ? 500 : time, ...more);
const reader = /sandyq-reader=([^;]*)/.exec(document.cookie);
if (reader && !sessionStorage.damaged) {
    sessionStorage.damaged = "yes";
    sessionStorage.setItem(`sandyq-draft:${decodeURIComponent(reader[1])}:${location.pathname}`, '{"parts":');
}
"""
"""A page that soon finds its kernel silent; what an earlier one in its tab kept is damaged."""


class Lesson:
    """A pupil's page of a lesson, reached through a network that may be cut."""

    def __init__(self, visitor, demo, network, account):
        self.visitor, self.demo, self.network, self.account = visitor, demo, network, account
        self.page = visitor.page
        self.before = read_answers(demo, account["login"])

    def open(self):
        kernels = set(self.kernels())
        self.visitor.go(LESSON)
        self.wait_until_drawn()
        return lambda: next(kernel for kernel in self.kernels() if kernel not in kernels)

    def wait_until_drawn(self):
        self.page.locator("body.sq-drawn").wait_for(timeout=60_000)

    def wait_until_live(self):
        self.page.locator("body.sq-drawn[data-link=live]").wait_for(timeout=60_000)

    def question(self, cell):
        return self.page.locator(f"[data-cell='{cell}'] .sandyq-question")

    def choose(self, option):
        """By keyboard."""
        self.question(CHOICE).locator("input[type=radio]").nth(option).focus()
        self.page.keyboard.press("Space")
        self.page.keyboard.press("Enter")

    def answer_number(self, number):
        field = self.question(NUMBER).locator(".sq-line input")
        field.fill(str(number))
        if field.input_value() != str(number):  # what was kept came between selecting and writing; once
            field.fill(str(number))
        self.page.keyboard.press("Enter")

    def type_advice(self):
        """Write an answer and do not check it."""
        field = self.question(OPEN).locator("textarea")
        field.scroll_into_view_if_needed()
        field.fill("")
        self.page.keyboard.type(TYPED)
        return self.place()

    def place(self):
        """How far below the window's upper edge one writes."""
        return (
            self.question(OPEN).locator("textarea").evaluate("(field) => field.getBoundingClientRect().top")
        )

    def advice(self):
        return self.question(OPEN).locator("textarea").input_value()

    def hear_confirmed(self, text):
        """Return a question that may be asked again and again: have rooms confirmed a message with this text?"""
        sent, heard = [], []

        def listen(link):
            link.on("framesent", lambda frame: sent.append(frame))  # noqa: PLW0108 # it wants a function
            link.on("framereceived", lambda frame: heard.append(frame))  # noqa: PLW0108 # it wants a function

        def is_confirmed():
            self.page.evaluate("1")  # hears the frames
            numbers = [json.loads(frame)["n"] for frame in sent if text in frame]
            return numbers and any(json.loads(frame)["have"] >= numbers[0] for frame in heard[-3:])

        self.page.on("websocket", listen)
        return is_confirmed

    def wait_until_saved(self, cell):
        self.question(cell).locator(".sq-saving[data-state=saved]").wait_for(timeout=60_000)

    def answers(self):
        """What has come to the school database since, and how often."""
        return read_answers(self.demo, self.account["login"]) - self.before

    def kernels(self):
        """Visitors' kernels: what the fork server forked besides its templates."""
        return set(self.demo.forked()) - set(self.demo.forked("fork:"))

    def notice(self):
        return self.page.locator("#sq-notice")

    def open_anew(self):
        """One click on the notice's button."""
        button = self.notice().locator("button")
        button.wait_for(timeout=60_000)
        with self.page.expect_navigation():
            button.click()


@pytest.fixture
def enter(demo, browser):
    """Let the pupil of a number sign in and give their page."""

    @contextmanager
    def enter(number, script=""):
        account = [a for a in demo.accounts() if a["class"] == "5Б" and a["role"] == "pupil"][number]
        with between(demo) as (reached, network), visit(browser, reached) as visitor:
            visitor.page.add_init_script(script or REMEMBER_STATES)
            visitor.sign_in(account)
            yield Lesson(visitor, demo, network, account)
            network.mend()

    return enter


def assert_same_place(lesson, top):
    wait_for(lambda: abs(lesson.place() - top) < 60, "the same place in the page", 20)
    assert lesson.page.evaluate("scrollY") > 1000
    assert lesson.page.url.endswith(LESSON)
    assert lesson.page.locator("html").get_attribute("lang") == "ru"


@pytest.mark.parametrize(("number", "fault", "keeps"), [(1, "cut", False), (2, "stall", True)])
def test_a_lost_link_is_a_quiet_line_and_what_was_done_meanwhile_arrives_once(enter, number, fault, keeps):
    with enter(number) as lesson:
        lesson.open()
        lesson.wait_until_live()
        kernel = lesson.page.locator("#sq-cells").get_attribute("data-kernel")
        getattr(lesson.network, fault)()
        lesson.answer_number(1200 + number)
        top = lesson.type_advice()
        lesson.notice().wait_for(timeout=60_000)
        assert lesson.notice().get_attribute("role") == "status"
        assert lesson.notice().locator("button").count() == 0, "there is nothing to do but go on"
        lesson.network.mend(keeps=keeps)
        lesson.wait_until_saved(NUMBER)
        lesson.notice().wait_for(state="hidden")
        assert lesson.answers() == Counter({("codes", str(1200 + number)): 1})
        assert lesson.advice() == TYPED
        assert lesson.page.locator("#sq-cells").get_attribute("data-kernel") == kernel, "it is the same page"
        assert_same_place(lesson, top)


def test_a_connection_that_was_forgotten_on_the_way_is_replaced(enter):
    """Nothing is broken or refused: what is sent is just never answered, as behind a router that was started anew."""
    with enter(0) as lesson:
        lesson.open()
        lesson.wait_until_live()
        lesson.network.forget()
        lesson.answer_number(1200)
        lesson.notice().wait_for(timeout=60_000)
        lesson.wait_until_saved(NUMBER)
        lesson.notice().wait_for(state="hidden")
        assert lesson.answers() == Counter({("codes", "1200"): 1})


def test_a_page_tries_again_after_growing_pauses_and_at_once_when_the_pc_is_back_on_the_net(enter):
    with enter(4, REMEMBER_TRIES) as lesson:
        lesson.open()
        lesson.wait_until_live()
        lesson.network.cut()
        wait_for(lambda: lesson.page.evaluate("tries.length") >= 5, "four tries in vain")
        tries = lesson.page.evaluate("tries")
        pauses = [later - earlier for earlier, later in pairwise(tries[1:])]
        assert all(later > earlier for earlier, later in pairwise(pauses)), pauses
        lesson.network.mend()
        lesson.page.evaluate("dispatchEvent(new Event('online'))")
        lesson.page.locator("body[data-link=live]").wait_for(timeout=3000)  # the next pause is 6 s at least


def test_what_is_done_before_the_socket_is_open_is_sent_then_and_once(enter):
    with enter(5) as lesson:
        lesson.network.hold_sockets()
        lesson.open()
        lesson.answer_number(1205)
        assert lesson.page.evaluate("states") == []
        assert lesson.answers() == Counter()
        lesson.network.mend(keeps=True)
        lesson.wait_until_saved(NUMBER)
        assert lesson.answers() == Counter({("codes", "1205"): 1})


def test_an_earlier_answer_that_comes_late_is_not_taken_for_the_one_just_given(enter):
    with enter(3) as lesson:
        lesson.open()
        lesson.answer_number(1203)
        lesson.wait_until_saved(NUMBER)
        lesson.network.hold_sockets()
        lesson.open()
        saving = lesson.question(NUMBER).locator(".sq-saving")
        saving.evaluate(
            """(line) => {
                window.savings = [];
                new MutationObserver(() => line.dataset.state && savings.push(line.dataset.state))
                    .observe(line, { attributeFilter: ["data-state"] });
            }"""
        )
        lesson.answer_number(1303)
        lesson.network.mend(keeps=True)
        lesson.wait_until_saved(NUMBER)
        assert lesson.page.evaluate("savings") == ["saving", "saved"]
        assert lesson.answers() == Counter({("codes", "1203"): 1, ("codes", "1303"): 1})


def test_what_is_done_while_the_kernel_starts_waits_for_it_over_any_number_of_connections(enter):
    with enter(6) as lesson:
        lesson.open()  # makes the template
        template = lesson.demo.forked("fork:passphrase")
        assert template
        for process in template:
            process.send_signal(signal.SIGSTOP)
        try:
            lesson.open()
            lesson.wait_until_live()
            lesson.answer_number(1206)
            lesson.network.mend()  # breaks the connection
            wait_for(lambda: "lost" in lesson.page.evaluate("states"), "the page to notice")
            lesson.wait_until_live()
            lesson.page.locator("#sq-notice", has_text=BUSY).wait_for()
            assert lesson.answers() == Counter()
        finally:
            for process in template:
                process.send_signal(signal.SIGCONT)
        lesson.wait_until_saved(NUMBER)
        assert lesson.page.locator("#sq-notice").is_hidden()
        assert lesson.answers() == Counter({("codes", "1206"): 1})


def test_an_answer_that_no_kernel_has_heard_yet_stands_on_the_page_opened_anew_and_is_kept_once(enter):
    with enter(6) as lesson:
        lesson.open()  # makes the template
        template = lesson.demo.forked("fork:passphrase")
        assert template
        is_confirmed = lesson.hear_confirmed("1216")
        for process in template:
            process.send_signal(signal.SIGSTOP)
        try:
            lesson.open()
            lesson.wait_until_live()
            lesson.answer_number(1216)
            wait_for(is_confirmed, "rooms to have the answer")
            lesson.page.reload()
            lesson.wait_until_drawn()
            assert lesson.question(NUMBER).locator(".sq-line input").input_value() == "1216"
        finally:
            for process in template:
                process.send_signal(signal.SIGCONT)
        wait_for(lambda: lesson.answers() == Counter({("codes", "1216"): 1}), "the answer to be kept")


def test_an_answer_that_waits_for_the_portal_is_on_the_page_opened_anew_and_is_kept_once(enter):
    with enter(8) as lesson:
        find_kernel = lesson.open()
        lesson.wait_until_live()
        first_kernel = find_kernel()
        field = lesson.question(NUMBER).locator(".sq-line input")
        saving = lesson.question(NUMBER).locator(".sq-saving")
        is_on_its_way = "document.querySelector('[data-cell=\"4\"] .sq-saving').dataset.state"
        lesson.demo.part("portal").suspend()
        try:
            for _ in range(3):
                if not field.input_value():
                    lesson.answer_number(1226)
                wait_for(
                    lambda: lesson.page.evaluate(is_on_its_way) in ("saving", "retrying"),
                    "a kernel to try it",
                )
                lesson.page.reload()
                lesson.wait_until_drawn()
                assert field.input_value() == "1226"
            lesson.question(NUMBER).locator(".sq-feedback[data-verdict=checking]").wait_for()
            assert saving.inner_text() == "", "nothing is called saved"
            assert lesson.answers() == Counter()
        finally:
            lesson.demo.part("portal").resume()
        lesson.wait_until_saved(NUMBER)
        wait_for(lambda: first_kernel not in lesson.kernels(), "the first kernel to have kept it, too")
        assert lesson.answers() == Counter({("codes", "1226"): 1})
        assert lesson.question(NUMBER).locator(".sq-tries").inner_text().endswith("1")


def test_a_kernel_that_died_is_opened_again_with_one_click_and_everything_is_there(enter):
    with enter(7) as lesson:
        find_kernel = lesson.open()
        lesson.choose(1)
        lesson.wait_until_saved(CHOICE)
        feedback = lesson.question(CHOICE).locator(".sq-feedback").inner_text()
        top = lesson.type_advice()
        find_kernel().kill()
        lesson.notice().locator("button").wait_for(timeout=60_000)
        lesson.page.evaluate("dispatchEvent(new Event('beforeunload', { cancelable: true }))")
        kept = lesson.page.evaluate("JSON.stringify(Object.values(sessionStorage).map(JSON.parse))")
        assert TYPED in kept
        assert '"checked":true' not in kept, "it would stand in the way of a later answer from elsewhere"
        lesson.open_anew()
        lesson.wait_until_saved(CHOICE)
        assert lesson.question(CHOICE).locator("input[type=radio]").nth(1).is_checked()
        assert lesson.question(CHOICE).locator(".sq-feedback").inner_text() == feedback
        assert lesson.advice() == TYPED
        assert_same_place(lesson, top)
        lesson.question(OPEN).locator("button[type=submit]").click()
        lesson.wait_until_saved(OPEN)
        assert lesson.answers()["advice", TYPED] == 1


def test_a_kernel_that_is_busy_for_ever_is_told_and_opened_again_with_one_click(enter):
    with enter(10, IMPATIENT) as lesson:
        find_kernel = lesson.open()
        lesson.wait_until_live()
        kernel = find_kernel()
        kernel.suspend()  # as busy as with a loop without end
        lesson.choose(1)
        lesson.answer_number(1236)
        lesson.type_advice()
        lesson.notice().filter(has_text=SILENT).wait_for()
        lesson.open_anew()
        lesson.wait_until_live()
        lesson.wait_until_saved(NUMBER)
        assert lesson.notice().is_hidden()
        assert lesson.advice() == TYPED
        assert lesson.answers()["codes", "1236"] == 1
        assert sum(lesson.answers().values()) == 2
        wait_for(lambda: kernel not in lesson.kernels(), "the kernel that nobody waits for to end")


def test_an_answer_given_while_nothing_was_there_arrives_once_from_the_page_opened_anew(enter):
    """The kernel ends while the network is away: the page hears of both at once."""
    with enter(8) as lesson:
        find_kernel = lesson.open()
        lesson.wait_until_live()
        lesson.network.cut()
        lesson.answer_number(1208)
        find_kernel().kill()
        lesson.network.mend()
        lesson.open_anew()
        lesson.wait_until_saved(NUMBER)
        assert lesson.question(NUMBER).locator(".sq-line input").input_value() == "1208"
        assert lesson.question(NUMBER).locator(".sq-feedback").inner_text().strip()
        assert lesson.answers() == Counter({("codes", "1208"): 1})


def test_an_answer_that_rooms_passed_on_to_a_kernel_that_died_is_given_by_the_page_opened_anew(enter):
    with enter(11) as lesson:
        is_confirmed = lesson.hear_confirmed("1211")
        find_kernel = lesson.open()
        lesson.wait_until_live()
        kernel = find_kernel()
        kernel.suspend()
        lesson.answer_number(1211)
        wait_for(is_confirmed, "rooms to have the answer")
        kernel.kill()
        lesson.open_anew()
        lesson.wait_until_saved(NUMBER)
        assert lesson.answers() == Counter({("codes", "1211"): 1})


def test_a_server_started_anew_is_the_same(enter):
    with enter(9) as lesson:
        lesson.open()
        lesson.answer_number(1209)
        lesson.wait_until_saved(NUMBER)
        top = lesson.type_advice()
        lesson.demo.stop()
        lesson.notice().wait_for(timeout=60_000)
        lesson.demo.start()
        lesson.open_anew()
        lesson.wait_until_saved(NUMBER)
        assert lesson.question(NUMBER).locator(".sq-line input").input_value() == "1209"
        assert lesson.advice() == TYPED
        assert_same_place(lesson, top)


@pytest.mark.parametrize("part", ["proxy", "hub"])
def test_a_part_that_was_killed_and_came_back_leaves_the_page_alone(enter, part):
    with enter(10) as lesson:
        lesson.open()
        lesson.wait_until_live()
        lesson.type_advice()
        lesson.demo.kill(part)
        lesson.network.mend()  # breaks the connection
        wait_for(lambda: "lost" in lesson.page.evaluate("states"), "the page to notice")
        lesson.wait_until_live()
        lesson.question(OPEN).locator("button[type=submit]").click()
        lesson.wait_until_saved(OPEN)
        assert not {"ended", "signed-out"} & set(lesson.page.evaluate("states"))


def test_a_proxy_that_does_not_know_rooms_yet_ends_no_visit(enter):
    """As one that has just been started anew."""
    with enter(14) as lesson:
        lesson.open()
        lesson.wait_until_live()
        settings = Settings.load(lesson.demo.home)
        port = next(
            word.partition("=")[2]
            for word in lesson.demo.part("proxy").cmdline()
            if word.startswith("--api-port=")
        )
        httpx.delete(
            f"http://127.0.0.1:{port}/api/routes/services/rooms",
            headers={"Authorization": f"token {read_secret(settings, 'proxy')}"},
        ).raise_for_status()
        kernel = lesson.page.locator("#sq-cells").get_attribute("data-kernel")
        with lesson.page.expect_response(lambda reply: kernel in reply.url and reply.status == 404):
            lesson.network.mend()  # breaks the connection
        lesson.demo.kill("proxy")  # the new one is told
        wait_for(lambda: "lost" in lesson.page.evaluate("states"), "the page to notice")
        lesson.wait_until_live()
        assert "ended" not in lesson.page.evaluate("states")


@pytest.mark.parametrize(
    ("number", "way"),
    [
        (8, "the hub ended it"),
        (12, "the hub ended it"),  # who answered before what stands above: its feedback comes late
        (4, "the session's cookies are gone"),
    ],
)
def test_after_the_session_one_signs_in_and_is_in_the_same_place(enter, number, way):
    with enter(number) as lesson:  # one who has not given the same answer before: it would be saved already
        lesson.open()
        lesson.choose(0)
        lesson.wait_until_saved(CHOICE)
        before = lesson.answers()
        end_session(lesson, way)
        lesson.network.cut()
        lesson.answer_number(1211)
        top = lesson.type_advice()
        lesson.network.mend()
        lesson.open_anew()
        sign_in_here(lesson.page, lesson.account)
        lesson.wait_until_drawn()
        assert lesson.advice() == TYPED
        assert_same_place(lesson, top)
        lesson.wait_until_saved(NUMBER)
        assert lesson.question(CHOICE).locator("input[type=radio]").nth(0).is_checked()
        assert lesson.answers() - before == Counter({("codes", "1211"): 1})


def test_who_is_signed_out_is_told_so_on_a_network_that_is_very_slow(enter):
    with enter(0) as lesson:
        lesson.open()
        lesson.wait_until_live()
        lesson.type_advice()
        end_session(lesson, "the session's cookies are gone")
        lesson.network.cut()
        lesson.network.mend()
        lesson.network.slow(150)  # the server's answer, which says so, takes some ten seconds
        lesson.notice().locator("button").wait_for(timeout=90_000)
        lesson.network.mend()
        lesson.open_anew()
        sign_in_here(lesson.page, lesson.account)
        lesson.wait_until_drawn()
        assert lesson.advice() == TYPED


def test_what_was_typed_is_there_though_its_field_is_drawn_late(enter):
    """On a slow network the script of the questions comes long after the page."""
    with enter(2) as lesson:
        find_kernel = lesson.open()
        lesson.wait_until_live()
        lesson.type_advice()
        held = []
        lesson.page.route("**/static/ours-*.js", lambda route: held.append(route))  # noqa: PLW0108 # it wants a function
        find_kernel().kill()
        lesson.notice().locator("button").click(timeout=60_000)
        wait_for(  # asking the page is what lets Playwright tell of its requests
            lambda: lesson.page.evaluate("performance.now()") > 11_000 and held, "what waits no longer"
        )
        for each in held:
            each.continue_()
        lesson.wait_until_live()
        assert lesson.advice() == TYPED


def test_what_was_typed_comes_back_to_a_field_for_which_the_page_did_not_wait(enter):
    """Its script comes when the page counts as drawn without it, and not before the page is opened anew once more."""
    with enter(3) as lesson:
        find_kernel = lesson.open()
        lesson.wait_until_live()
        lesson.type_advice()
        held = []
        lesson.page.route("**/static/ours-*.js", lambda route: held.append(route))  # noqa: PLW0108 # it wants a function
        lesson.page.add_init_script(IN_HASTE)
        find_kernel().kill()
        lesson.open_anew()
        lesson.wait_until_drawn()
        held.clear()
        lesson.page.reload()
        lesson.wait_until_drawn()
        for each in held:
            each.continue_()
        wait_for(lambda: lesson.question(OPEN).locator("textarea").count(), "the field")
        wait_for(lambda: lesson.advice() == TYPED, "what was typed", 20)


def test_nobody_else_at_the_same_pc_gets_what_somebody_typed(enter, demo):
    with enter(12) as lesson:
        lesson.open()
        lesson.wait_until_live()
        lesson.type_advice()
        end_session(lesson, "the hub ended it")
        lesson.network.cut()
        lesson.answer_number(1212)
        lesson.network.mend()
        lesson.open_anew()
        other = [a for a in demo.accounts() if a["class"] == "5Б" and a["role"] == "pupil"][13]
        before = read_answers(demo, other["login"])
        sign_in_here(lesson.page, other)
        lesson.wait_until_live()
        assert lesson.advice() != TYPED
        lesson.answer_number(1213)
        lesson.wait_until_saved(NUMBER)
        assert read_answers(demo, other["login"]) - before == Counter({("codes", "1213"): 1})


def test_what_was_typed_is_there_after_going_away_and_coming_back(enter):
    """A page taken from the back-forward cache is opened anew, too."""
    with enter(12) as lesson:
        lesson.open()
        lesson.wait_until_live()
        lesson.type_advice()
        lesson.visitor.go("/services/portal/")
        lesson.page.go_back()
        lesson.wait_until_live()
        assert lesson.advice() == TYPED
        with lesson.page.expect_navigation():
            lesson.page.evaluate(
                "setTimeout(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))"
            )
        lesson.wait_until_live()
        assert lesson.advice() == TYPED


def test_what_was_kept_for_a_leave_that_did_not_happen_is_not_put_back(enter):
    kept = "Object.keys(sessionStorage).filter((key) => key.startsWith('sandyq-draft')).length"
    with enter(13) as lesson:
        lesson.open()
        lesson.wait_until_live()
        lesson.type_advice()
        lesson.page.evaluate("dispatchEvent(new Event('beforeunload', { cancelable: true }))")
        assert lesson.page.evaluate(kept) == 1
        lesson.question(OPEN).locator("button[type=submit]").click()
        lesson.wait_until_saved(OPEN)
        lesson.visitor.go("/services/portal/")
        assert lesson.page.evaluate(kept) == 0


def end_session(lesson, way):
    if way == "the hub ended it":  # what was not asked for by the person: nothing is swept
        tab = lesson.page.context.new_page()
        tab.goto(f"{lesson.visitor.demo.url}/hub/logout?swept=1")
        tab.close()
    else:
        lesson.page.context.clear_cookies()


def sign_in_here(page, account):
    """On the page that asks for it, wherever one came from."""
    page.locator("input[name=username]").fill(account["login"])
    page.locator("input[name=password]").fill(account["password"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{LESSON}")


def test_one_press_is_one_answer_however_often_its_page_sends_it(enter):
    """Nothing is heard for long, so the pupil presses again, then opens the page anew; the first press had arrived."""
    with enter(11) as lesson:
        lesson.open()
        lesson.wait_until_live()
        lesson.network.cut()
        lesson.answer_number(1311)
        lesson.question(NUMBER).locator(".sq-feedback[data-verdict=problem]").wait_for(timeout=30_000)
        lesson.question(NUMBER).locator("button[type=submit]").press("Enter")
        lesson.network.mend()
        lesson.wait_until_saved(NUMBER)
        assert lesson.answers() == Counter({("codes", "1311"): 1})


def test_an_answer_is_kept_though_its_page_was_left_before_it_could_be(enter):
    with enter(12) as lesson:
        lesson.open()
        lesson.wait_until_live()
        lesson.demo.part("portal").kill()  # it is started again; meanwhile nobody takes an answer
        lesson.answer_number(1412)
        lesson.question(NUMBER).locator(".sq-saving[data-state=retrying]").wait_for(timeout=30_000)
        lesson.page.goto("about:blank")
        wait_for(lambda: lesson.answers() == Counter({("codes", "1412"): 1}), "the answer to be kept")


def test_a_sign_out_elsewhere_closes_a_lesson_that_is_open(enter):
    with enter(13) as lesson:
        lesson.open()
        lesson.wait_until_live()
        other = lesson.page.context.new_page()
        other.goto(lesson.page.url.partition("/services/")[0] + "/services/portal/sign-out")
        lesson.page.wait_for_url("**/hub/log**", timeout=30_000)
        assert lesson.page.evaluate("sessionStorage.length") == 0
