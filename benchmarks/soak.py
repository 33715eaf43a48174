"""``./sandyq bench soak``: one lesson open for 45 minutes, 5,000 updates, the network cut 20 times.

Does each message arrive once and in order, each answer once, and does the browser's memory stay? An Output is emptied
and filled with widgets all the while: do page and kernel hold the same ones at the end?

Memory is flat when, after a warm-up, no update leaves anything: what each thousand adds to the page's own objects, DOM
nodes and listeners (the median of the slopes between any two measurements) is at most one in a hundred of them. Of the
objects that is less than an empty one for each update. What the engine makes of the page's code is not the page's;
it is told beside, and counts in the whole heap.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any

import nbformat
from playwright.sync_api import Page
from sqlalchemy import select

from cutting import Network, between
from figures import Figure, main, make_figure
from rehearsal import Demo, open_browser, open_folder, running_demo, visit, wait_for
from sandyq.prefork.processes import read_private_memory
from sandyq.school.database import Database
from sandyq.school.people import find_person
from sandyq.school.tables import LearningEvent
from sandyq.settings import PROJECT, Settings

LESSON = "passphrase"
SEED = 2026
MB = 2**20
MEASURED = (0.05, 0.25, 0.4, 0.55, 0.7, 0.85)
"""Parts of the time after which memory is measured, and at the end."""
MOST_GROWTH = 1
"""Per cent that 1,000 updates may add."""
NAMES = {
    "heap": "heap",
    "code": "compiled code, in the heap",
    "objects": "own objects, in the heap",
    "nodes": "DOM nodes",
    "listeners": "listeners",
}
WARM = 1
"""Which of them is the first after the warm-up: a quarter of the updates, and all that a page does has been done."""
OWN = (
    "object",
    "closure",
    "array",
    "string",
    "concatenated string",
    "sliced string",
    "regexp",
    "number",
    "symbol",
    "bigint",
)
"""What a heap snapshot calls that which scripts make. The rest is V8's (code, shapes of objects), or the DOM's."""
COUNT_MODULES = """
window.modules = 0;
const makeAddress = URL.createObjectURL;
URL.createObjectURL = (from) => { modules += from.type === "text/javascript"; return makeAddress.call(URL, from); };
"""
FIELDS = {"codes": ".sq-line input", "advice": "textarea"}
"""Questions that take any number of different answers, and where one types."""
COUNTER = """
import asyncio, anywidget, ipywidgets

class Counter(anywidget.AnyWidget):
    _esm = '''export default { render({ model }) {
        const soak = window.soak = { updates: 0, echoes: 0, said: 0, faults: 0, heard: null };
        soak.say = () => model.send({ said: ++soak.said });
        soak.ask = () => model.send({});
        soak.count = async () => {
            const models = await Promise.all(Object.values(model.widget_manager._models));
            return Object.fromEntries(models.map((each) => [each.model_id, Object.keys(each.views || {}).length]));
        };
        model.on("msg:custom", (message) => {
            for (const what of ["updates", "echoes"]) {
                if (what in message && message[what] !== ++soak[what]) soak.faults++;
            }
            if (message.heard) soak.heard = message;
        });
    } };'''

counter, bar = Counter(), ipywidgets.IntProgress(max=%(updates)d)
words, printed, filled = ipywidgets.HTML(), ipywidgets.Output(), ipywidgets.Output()
kept, inner = ipywidgets.IntSlider(_view_count=0), ipywidgets.Output()
kept.add_class("the-kept")
inner.append_display_data(kept)
both = ipywidgets.VBox([kept, inner])
ipywidgets.VBox([counter, bar, words, printed, filled])
"""
BEGIN = """
heard, fresh = [], []
from ipywidgets.widgets.widget import _instances
earlier = set(_instances)

class Dot(anywidget.AnyWidget):
    _esm = "export default { render({ el }) { el.textContent = 'ә'; } }"

def refill():
    filled.outputs = ()
    for each in fresh:
        for model in (each, each.layout, getattr(each, "style", None)):
            if model:
                model.close()
    parts = [Dot(), ipywidgets.FloatSlider(), ipywidgets.Dropdown(options="abc"), ipywidgets.Output()]
    fresh[:] = [ipywidgets.HBox(parts), *parts]
    filled.append_display_data(both)
    filled.append_display_data(fresh[0])

def hear(_widget, content, _buffers):
    if "said" in content:
        heard.append(content["said"])
        counter.send({"echoes": content["said"]})
    else:
        models = {"earlier": list(earlier), "now": list(_instances), "kept": kept.model_id, "views": kept._view_count}
        counter.send({"heard": heard, **models})

async def count():
    for number in range(1, %(updates)d + 1):
        await asyncio.sleep(%(pause)f)
        bar.value, words.value = number, f"<b>{number}</b> " + "ә" * 200
        if number %% 10 == 0:
            refill()
            printed.outputs = ({"output_type": "stream", "name": "stdout", "text": f"{number}\\n" * 20},)
        counter.send({"updates": number})

counter.on_msg(hear)
counting = asyncio.get_running_loop().create_task(count())
"""


@dataclass(frozen=True)
class Plan:
    seconds: float
    updates: int
    cuts: int
    longest_cut: float
    answers: int
    """Besides one during each cut."""

    @property
    def cells(self) -> dict[str, int]:
        """Where the questions stand."""
        sources = [cell.source for cell in self.notebook.cells]
        return {
            name: next(at for at, source in enumerate(sources) if f"id={name} " in source) for name in FIELDS
        }

    @property
    def notebook(self) -> nbformat.NotebookNode:
        """A real lesson, and a counter that the kernel moves."""
        notebook = nbformat.read(
            PROJECT / "curriculum" / "notebooks" / "kk" / f"{LESSON}.ipynb", as_version=4
        )
        about = {"updates": self.updates, "pause": self.seconds / self.updates}
        notebook.cells.insert(1, nbformat.v4.new_code_cell(COUNTER % about))
        notebook.cells.append(nbformat.v4.new_code_cell(BEGIN % about, metadata={"tags": ["per-visitor"]}))
        return notebook


FULL = Plan(45 * 60, 5000, 20, 40, 100)
QUICK = Plan(30, 300, 4, 4, 12)


@dataclass
class Sizes:
    """The page's memory after so many updates, in MB, all that is garbage collected."""

    updates: int
    heap: float
    objects: float
    """The part of the heap that is what scripts made."""
    code: float
    """The part that V8 has compiled, and what it noted in order to compile better."""
    nodes: int
    listeners: int
    views: int


class Soak:
    """One pupil's page and what is done to it."""

    def __init__(self, page: Page, network: Network, plan: Plan) -> None:
        self.page, self.network, self.plan = page, network, plan
        self.devtools = page.context.new_cdp_session(page)
        self.devtools.send("Performance.enable")
        page.locator("form").count()  # brings Playwright's helper, half a megabyte, before it is measured
        self.given: list[tuple[str, str]] = []
        """Question and response, in order."""
        self.sizes: list[Sizes] = []
        self.failures: list[object] = []
        page.on("pageerror", lambda failure: self.failures.append(failure))  # noqa: PLW0108 # it wants a function

    @property
    def faults(self) -> int:
        return self.read("faults") + abs(self.plan.updates - self.read("updates"))

    def run(self) -> None:
        for moment, act in self._plan():
            self.page.wait_for_timeout(max(0.0, 1000 * (moment - time.monotonic())))
            act()

    def _plan(self) -> list[tuple[float, Callable[[], None]]]:
        chance, plan, began = random.Random(SEED), self.plan, time.monotonic()  # noqa: S311
        acts: list[tuple[float, Callable[[], None]]] = []
        for number in range(plan.cuts):
            slot = plan.seconds / plan.cuts
            length = chance.uniform(0.3, min(plan.longest_cut, slot / 2))
            at = slot * number + chance.uniform(0, slot - length)
            breaks, mends = chance.choice(
                [
                    (self.network.cut, self.network.mend),
                    (self.network.stall, self.network.mend),
                    (self.network.stall, lambda: self.network.mend(keeps=True)),
                ]
            )
            acts += [(at, breaks), (at + chance.uniform(0, length), self.answer), (at + length, mends)]
        acts += [(chance.uniform(0, plan.seconds), self.answer) for _ in range(plan.answers)]
        acts += [(chance.uniform(0, plan.seconds), self.say) for _ in range(plan.updates // 2)]
        acts += [(plan.seconds * part, self.measure) for part in MEASURED]
        return sorted(((began + at, act) for at, act in acts), key=lambda each: each[0])

    def say(self) -> None:
        self.page.evaluate("soak.say()")

    def answer(self) -> None:
        """Answer the next question, whether there is a network or not; do not wait for anything."""
        name = list(FIELDS)[len(self.given) % len(FIELDS)]
        response = str(1000 + len(self.given))
        question = self.page.locator(f"[data-cell='{self.plan.cells[name]}'] form")
        question.locator(FIELDS[name]).fill(response)
        question.locator("button[type=submit]").click()
        self.given.append((name, response))

    def measure(self) -> None:
        """What the page keeps in memory."""
        views = sum(self.count_views().values())
        for _ in range(2):
            self.devtools.send("HeapProfiler.collectGarbage")
        metrics = {
            each["name"]: each["value"] for each in self.devtools.send("Performance.getMetrics")["metrics"]
        }
        counted, kinds = self.devtools.send("Memory.getDOMCounters"), self.measure_kinds()
        self.sizes.append(
            Sizes(
                updates=self.read("updates"),
                heap=metrics["JSHeapUsedSize"] / MB,
                objects=sum(kinds[kind] for kind in OWN) / MB,
                code=kinds["code"] / MB,
                nodes=counted["nodes"],
                listeners=counted["jsEventListeners"],
                views=views,
            )
        )

    def measure_kinds(self) -> Counter[str]:
        """How many bytes a heap snapshot has of each kind."""
        pieces: list[str] = []
        take = lambda event: pieces.append(event["chunk"])  # noqa: E731 # the same one is taken off again
        self.devtools.on("HeapProfiler.addHeapSnapshotChunk", take)
        self.devtools.send("HeapProfiler.takeHeapSnapshot")
        self.devtools.remove_listener("HeapProfiler.addHeapSnapshotChunk", take)
        snapshot = json.loads("".join(pieces))
        about = snapshot["snapshot"]["meta"]
        fields, kinds = about["node_fields"], about["node_types"][0]
        sizes: Counter[str] = Counter()
        for kind, size in zip(
            snapshot["nodes"][fields.index("type") :: len(fields)],
            snapshot["nodes"][fields.index("self_size") :: len(fields)],
            strict=True,
        ):
            sizes[kinds[kind]] += size
        return sizes

    def count_views(self) -> dict[str, int]:
        """The page's views, by their models' ids."""
        return dict(self.page.evaluate("soak.count()"))

    def read(self, name: str) -> int:
        return int(self.page.evaluate(f"soak.{name}"))


@contextmanager
def content(plan: Plan) -> Iterator[Path]:
    """A folder with this lesson and the apps."""
    with open_folder() as folder:
        lessons = folder / "curriculum" / "notebooks" / "kk"
        lessons.mkdir(parents=True)
        shutil.copytree(PROJECT / "voila_apps", folder / "voila_apps")
        nbformat.write(plan.notebook, lessons / f"{LESSON}.ipynb")
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        yield folder


def read_answers(demo: Demo, login: str) -> Counter[tuple[str, str]]:
    """How often the school database holds each answer."""
    database = Database(Settings.load(demo.home).database_url)
    try:
        with database.reading() as session:  # a part that is stopped may have been writing
            person = find_person(session, login).id
            answers = select(LearningEvent.question, LearningEvent.response).where(
                LearningEvent.person_id == person, LearningEvent.verb == "answered"
            )
            return Counter((question, response) for question, response in session.execute(answers))
    finally:
        database.close()


def run(quick: bool) -> list[Figure]:
    plan = QUICK if quick else FULL
    with (
        content(plan) as folder,
        running_demo(SANDYQ_CONTENT=str(folder)) as demo,
        open_browser() as browser,
        between(demo) as (reached, network),
        visit(browser, reached) as visitor,
    ):
        account = [a for a in demo.accounts() if a["role"] == "pupil" and a["language"] == "kk"][-1]
        login, page = account["login"], visitor.page
        visitor.sign_in(account)
        page.add_init_script(COUNT_MODULES)
        visitor.go(f"/services/rooms/lesson/kk/{LESSON}")
        wait_for(lambda: page.evaluate("window.soak?.updates"), "the first update")
        before, rooms = read_answers(demo, login), [read_private_memory(demo.part("rooms").pid) / MB]
        soak = Soak(page, network, plan)
        soak.run()
        wait_for(lambda: soak.read("updates") >= plan.updates, "the last update")
        wait_for(lambda: soak.read("echoes") >= soak.read("said"), "the kernel's last reply")
        wait_for(lambda: not set(soak.given) - set(read_answers(demo, login)), "the last answer to be kept")
        wait_for(lambda: page.locator(".the-kept").count() == 2, "the Output to be filled")
        page.evaluate("soak.ask()")
        heard = wait_for(lambda: page.evaluate("soak.heard"), "what the kernel has heard")
        soak.measure()
        rooms.append(read_private_memory(demo.part("rooms").pid) / MB)
        kept = read_answers(demo, login) - before
        return [*make_figures(soak, kept, heard["heard"], rooms), *compare_sides(soak.count_views(), heard)]


def make_figures(
    soak: Soak, kept: Counter[tuple[str, str]], heard: list[int], rooms: list[float]
) -> list[Figure]:
    updates, said, given = soak.read("updates"), soak.read("said"), Counter(soak.given)
    modules = int(soak.page.evaluate("modules"))
    start, warm, *_, end = soak.sizes
    is_full = soak.plan.updates == FULL.updates  # a page that has just been opened still warms up
    wrong = sum(((kept - given) + (given - kept)).values())
    misheard = sum(at != number for at, number in enumerate(heard, 1)) + abs(said - len(heard))
    return [
        make_figure("the network cut or held up", "times", soak.plan.cuts, n=1),
        make_figure("connections broken by it", "1", soak.network.broken, n=1),
        make_figure("from the kernel: lost, doubled or out of order", "1", soak.faults, n=updates, target=0),
        make_figure("from the page: lost, doubled or out of order", "1", misheard, n=said, target=0),
        make_figure("answers: lost or doubled in the school database", "1", wrong, n=len(given), target=0),
        make_figure("the page's script: errors", "1", len(soak.failures), target=0),
        *(
            make_figure(f"the page's {what} {when}", unit, round(getattr(at, name), 2), n=at.updates)
            for name, what in NAMES.items()
            for unit in ["1" if name in ("nodes", "listeners") else "MB"]
            for when, at in (("at the start", start), ("after the warm-up", warm), ("at the end", end))
        ),
        make_figure(
            "the page's heap grew after the warm-up",
            "%",
            round(100 * (end.heap / warm.heap - 1), 1),
            target=10 if is_full else None,
        ),
        *(
            make_figure(
                f"each 1,000 updates after the warm-up add to the page's {NAMES[name]}",
                "%",
                growth,
                target=MOST_GROWTH if is_full else None,
            )
            for name, growth in find_growths(soak.sizes[WARM:]).items()
        ),
        make_figure("modules of two widgets, one made anew all the time", "1", modules, target=2),
        make_figure("the page's views at the start", "1", start.views),
        make_figure("the page's views at the end", "1", end.views),
        make_figure("rooms' own memory at the start", "MB", round(rooms[0], 1)),
        make_figure("rooms' own memory at the end", "MB", round(rooms[1], 1)),
    ]


def find_growths(sizes: list[Sizes]) -> dict[str, float]:
    """Return what 1,000 updates add to a page, in per cent of what it had: a single measurement counts little."""
    pairs = [pair for pair in combinations(sizes, 2) if pair[0].updates < pair[1].updates]
    return {
        name: round(
            100_000
            * median((getattr(b, name) - getattr(a, name)) / (b.updates - a.updates) for a, b in pairs)
            / getattr(sizes[0], name),
            2,
        )
        for name in ("objects", "nodes", "listeners")
    }


def compare_sides(views: dict[str, int], kernel: dict[str, Any]) -> list[Figure]:
    """What of widgets only one side holds; a forked kernel has some from before that no page knows."""
    page, now = set(views), set(kernel["now"])
    models = len(page - now) + len(now - set(kernel["earlier"]) - page)
    counted = abs(views[kernel["kept"]] - kernel["views"])
    return [
        make_figure("widgets: on one side only", "1", models, n=len(page), target=0),
        make_figure("views of one that is shown twice: on one side only", "1", counted, target=0),
    ]


if __name__ == "__main__":
    sys.exit(main("soak", __doc__, run))
