"""Somebody who answers questions with the keyboard alone, knowing the key or getting everything wrong."""

from __future__ import annotations

from urllib.parse import unquote

from rehearsal import wait_for
from sandyq_widgets.kinds.base import Spec, read_numbers
from sandyq_widgets.kinds.match import read_places

MOST_TABS = 400
FRONT = ".jp-NotebookPanel:not(.lm-mod-hidden)"
"""The notebook one looks at: Lab opens again beside it what its person left open."""
FIND = """([name, selector, index]) => {
  const host = [...document.querySelectorAll(".sandyq-question")].find((each) => each.dataset.name === name);
  const all = host ? [...host.querySelectorAll(selector)] : [];
  const now = document.activeElement;
  const wanted = index < 0 ? all.find((each) => each === now) || all[0] : all[index]; // -1: any of them
  if (!wanted) return "missing";
  if (now === wanted) return "there";
  return now.compareDocumentPosition(wanted) & Node.DOCUMENT_POSITION_PRECEDING ? "before" : "behind";
}"""


def wait_for_notebook(page, answered):
    """Wait until Lab has in front what its address names, not what was there the last time, and it can be run."""
    name = unquote(page.url.partition("?")[0].rpartition("/")[2])
    page.locator(".lm-TabBar-tab.lm-mod-current", has_text=name).wait_for(timeout=60_000)
    page.locator(f"{FRONT} .jp-CodeCell").first.wait_for(timeout=60_000)
    wait_for(answered, "the kernel to answer")


class Keyboard:
    """Presses keys on a page of questions; never touches the mouse."""

    def __init__(self, page) -> None:
        self.page = page

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)

    def go(self, name: str, selector: str, index: int = 0) -> None:
        """Press Tab (or Shift+Tab) until the wanted part of a question has the focus."""
        for _ in range(MOST_TABS):
            where = self.page.evaluate(FIND, [name, selector, index])
            if where == "there":
                return
            assert where != "missing", f"question {name} has no {selector} number {index}"
            if self.page.evaluate("document.activeElement.matches('.cm-content')"):
                self.press("Escape")  # in an editor Tab indents
            self.press("Shift+Tab" if where == "before" else "Tab")
        raise AssertionError(f"{MOST_TABS} tabs did not lead to {selector} number {index} of {name}")

    def hand_in(self, name: str) -> None:
        self.go(name, "button[type=submit]")
        self.press("Enter")

    def answer(self, spec: Spec, response: str) -> None:
        """Give a response in the form of ``Spec.solve``, and hand it in."""
        getattr(self, f"_{spec.kind}")(spec, response)
        self.hand_in(spec.id)

    def _choice(self, spec, response):
        (index,) = read_numbers(response, len(spec.options))
        self.go(spec.id, "input[type=radio]", -1)
        self.press("Space")  # Tab leads to whichever is chosen, or to an end of the group
        for _ in spec.options:
            if self.page.evaluate(CHECKED, spec.id) == index:
                return
            self.press("ArrowDown")

    _poll = _choice

    def _choices(self, spec, response):
        wanted = read_numbers(response, len(spec.options))
        for index in range(len(spec.options)):
            if self.page.evaluate(IS_ON, [spec.id, "input[type=checkbox]", index]) != (index in wanted):
                self.go(spec.id, "input[type=checkbox]", index)
                self.press("Space")

    def _highlight(self, spec, response):
        wanted = read_numbers(response, len(spec.pieces))
        for index in range(len(spec.pieces)):
            if self.page.evaluate(IS_ON, [spec.id, ".sq-piece", index]) != (index in wanted):
                self.go(spec.id, ".sq-piece", index)
                self.press("Space")

    def _order(self, spec, response):
        wanted = [f"{index + 1})" for index in read_numbers(response, len(spec.steps))]
        for place, item in enumerate(wanted):
            now = self.page.evaluate(STATE, spec.id).split("\n")
            steps = now.index(item) - place
            if steps:
                self.go(spec.id, ".sq-moves button:first-child", now.index(item))
                self.press("Enter", steps)

    def _match(self, spec, response):
        cards, boxes = len(spec.face()["cards"]), len(spec.face()["boxes"])
        for card, box in read_places(response, cards, boxes).items():
            self.go(spec.id, f'.sq-card[data-card="{card}"]')
            self.press(str(box + 1))

    _sort = _inbox = _match

    def _gaps(self, spec, response):
        for index, line in enumerate(response.split("\n")):
            word = line.partition(") ")[2]
            if spec.bank:
                self._choose(spec.id, ".sq-gaps select", index, 1 + spec.bank.index(word))
            else:
                self.go(spec.id, ".sq-gaps input", index)
                self._write(word)

    def _board(self, spec, response):
        for hole, person in read_places(response, len(spec.holes), len(spec.helpers)).items():
            self._choose(spec.id, f'select[data-hole="{hole}"]', 0, person + 1)

    def _decide(self, spec, response):
        choice = spec.read_choice(response)
        for field in spec.fields:
            if field.options:
                index = [option.key for option in field.options].index(choice[field.name])
                self._choose(spec.id, f"select[id$='-{field.name}']", 0, index + 1)
            else:
                self.go(spec.id, f"input[id$='-{field.name}']")
                self._write(str(choice[field.name]))

    def _choose(self, name, selector, index, option):
        self.go(name, selector, index)
        self.press("Home")
        self.press("ArrowDown", option)

    def _number(self, spec, response):
        self.go(spec.id, "input[type=text]")
        self._write(response)

    _short = _number

    def _open(self, spec, response):
        self.go(spec.id, "textarea")
        self._write(response)

    def _typing(self, spec, response):
        self.go(spec.id, "textarea")
        self.press("Control+a")
        self.press("Delete")
        for line, text in enumerate(response.partition("\n")[2].split("\n")):
            if line:
                self.press("Enter")
            self.page.keyboard.type(text)

    def _robot(self, spec, response):
        self.go(spec.id, ".sq-quiet", 1)
        self.press("Enter")
        for sign in response.replace(" ", ""):
            if sign.isdigit():
                self._choose(spec.id, ".sq-loop select", 0, int(sign) - 2)
            else:
                self.go(spec.id, f'[data-sign="{sign}"]')
                self.press("Enter")

    def _write(self, text):
        self.press("Control+a")
        self.page.keyboard.insert_text(text)


CHECKED = """(name) => {
  const host = [...document.querySelectorAll(".sandyq-question")].find((each) => each.dataset.name === name);
  return [...host.querySelectorAll("input[type=radio]")].findIndex((radio) => radio.checked);
}"""
IS_ON = """([name, selector, index]) => {
  const host = [...document.querySelectorAll(".sandyq-question")].find((each) => each.dataset.name === name);
  const part = host.querySelectorAll(selector)[index];
  return part.checked === true || part.getAttribute("aria-pressed") === "true";
}"""
STATE = """(name) => {
  const host = [...document.querySelectorAll(".sandyq-question")].find((each) => each.dataset.name === name);
  return host.querySelector("input[type=hidden]").value;
}"""


def spoil(spec: Spec) -> str:
    """A response of the same form as the key that earns less than all points."""
    return SPOIL[spec.kind](spec)


def _move_all(spec):
    put = read_places(spec.solve(), 99, 99)
    return "\n".join(f"{card + 1}→{1 + (box + 1) % len(spec.boxes)})" for card, box in put.items())


def _move_one(spec):
    (card, box), *_ = read_places(spec.solve(), 99, 99).items()
    return f"{card + 1}→{1 + (box + 1) % len(spec.lefts)})"


def _change_a_gap(spec):
    words = [line.partition(") ")[2] for line in spec.solve().split("\n")]
    other = spec.bank[(spec.bank.index(words[0]) + 1) % len(spec.bank)] if spec.bank else "0"
    return "\n".join(f"{n}) {word}" for n, word in enumerate([other, *words[1:]], start=1))


def _begin_with_the_second(spec):
    first, *others = spec.solve().split("\n")
    return "\n".join([*others, first])  # never as they are shown, where no two follow each other


def _send_who_cannot(spec):
    return f"1→{1 + next(n for n in range(len(spec.helpers)) if spec.find_clashes({0: n}))})"


def _break_a_limit(spec):
    """The first decision, of those that differ from an expert's in one field, that keeps fewer limits."""
    best = dict(spec.experts[0].choice)
    for field in spec.fields:
        values = [option.key for option in field.options] or [field.least, field.most]
        for value in values:
            if spec.share(best | {field.name: value}) < 1:
                return spec.write(best | {field.name: value})
    raise AssertionError(f"no single change of an expert's decision breaks a limit of {spec.id}")


SPOIL = {
    "choice": lambda spec: f"{1 + (spec.keys.index(True) + 1) % len(spec.options)})",
    "choices": lambda spec: f"{1 + spec.keys.index(False)})",
    "highlight": lambda spec: f"{1 + spec.keys.index(False)})",
    "order": _begin_with_the_second,
    "match": _move_one,
    "sort": _move_all,
    "inbox": _move_all,
    "gaps": _change_a_gap,
    "number": lambda spec: str(int(spec.answer) + int(spec.tolerance) + 987),
    "short": lambda _: "?!",
    "typing": lambda spec: "1\n" + "ъ" * len(spec.goal),
    "robot": lambda _: "L",
    "board": _send_who_cannot,
    "decide": _break_a_limit,
}
