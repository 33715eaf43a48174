"""An executed notebook is a template: every visitor gets all of it, and nothing of another visitor's."""

import asyncio
import json
import os
import select

import nbformat
import psutil
import pytest
import zmq.asyncio
from jupyter_client.session import Session
from tests.prefork.test_kernel import printed, run

from rehearsal import wait_for
from sandyq.prefork.client import GrownTemplate, LaunchFailed
from sandyq.prefork.hearing import Channel
from sandyq.prefork.wishes import Grow, Limits
from sandyq.settings import PROJECT

LESSON = """
import random, numpy, ipywidgets
dice, stream, legacy = random.Random(7), numpy.random.default_rng(7), numpy.random.RandomState(7)
unseeded, seed, legacy_seed = numpy.random.default_rng(), numpy.random.SeedSequence(7), numpy.random.MT19937(7)
words = ["shared"]
slider = ipywidgets.IntSlider(value=3)
label = ipywidgets.HTML("not yet")
slider.observe(lambda change: setattr(label, "value", f"moved to {change.new}"), "value")
print("executed in", __import__("os").getpid())
slider
"""
GLOBE = """
import ipywidgets, traitlets

class Globe(ipywidgets.DOMWidget):
    _model_module = traitlets.Unicode("jupyter-globe").tag(sync=True)
"""
DRAW = """
print(dice.random(), stream.random(), legacy.random(), random.random(), numpy.random.random())
print(stream.spawn(1)[0].random(), unseeded.spawn(1)[0].random(), legacy_seed.seed_seq.generate_state(1)[0])
print(seed.spawn(1)[0].generate_state(1)[0], seed.generate_state(1)[0])
"""
NO_LIMITS = Limits()


@pytest.fixture
def grow(as_client, tmp_path):
    """Write a notebook and make a template of it."""
    grown = []

    def make(*cells, without="", name="lesson", limits=NO_LIMITS, **options_of_client):
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [nbformat.v4.new_code_cell(code, metadata={"tags": tags}) for code, tags in cells]
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        options = {"folder": str(tmp_path), "without": without, "environment": json.dumps(environment)}
        wish = Grow(
            f"{tmp_path.name}-{name}-{len(grown)}",
            "kernel",
            "sandyq.prefork.notebook",
            options,
            limits=limits,
            attached="notebook",
        )
        text = nbformat.writes(notebook)
        grown.append(asyncio.run(GrownTemplate.grow(as_client.address, wish, text, **options_of_client)))
        return grown[-1]

    yield make
    for template in grown:
        template.close()


def test_outputs_are_what_an_execution_gives(grow):
    template = grow(
        (LESSON, []), ("print('own')", ["per-visitor"]), ("print('hidden')", ["teachers"]), without="teachers"
    )
    cells = nbformat.reads(template.report["notebook"], as_version=4).cells
    assert len(cells) == 2
    assert cells[0].outputs[0].text.startswith("executed in")
    assert "application/vnd.jupyter.widget-view+json" in cells[0].outputs[1].data
    assert cells[1].outputs == []


def test_the_libraries_of_widgets_that_were_not_made_yet_are_reported(grow):
    def find_libraries(*cells):
        notebook = nbformat.reads(grow(*cells).report["notebook"], as_version=4)
        return set(notebook.metadata.widget_libraries)

    own = find_libraries((LESSON, []))
    assert "@jupyter-widgets/controls" in own
    assert find_libraries((GLOBE, [])) - own == {"jupyter-globe"}


def test_a_visitors_widgets_live(grow, visit):
    client = visit(grow((LESSON, [])))
    message = client.session.msg("comm_info_request", {})
    client.shell_channel.send(message)
    comms = client.get_shell_msg(timeout=30)["content"]["comms"]
    assert len(comms) >= 3
    _, shown = run(client, "print(slider.comm.comm_id, label.comm.comm_id)")
    slider, label = printed(shown).split()
    update = {"method": "update", "state": {"value": 8}, "buffer_paths": []}
    client.shell_channel.send(client.session.msg("comm_msg", {"comm_id": slider, "data": update}))
    while True:
        news = client.get_iopub_msg(timeout=30)
        if news["msg_type"] == "comm_msg" and news["content"]["comm_id"] == label:
            break
    assert news["content"]["data"]["state"]["value"] == "moved to 8"


def test_visitors_share_nothing_that_changes_whether_they_came_before_or_after(grow, visit):
    template = grow((LESSON, []))
    first, second = visit(template, WHO="first"), visit(template, WHO="second")
    run(first, "words.append('of the first'); slider.value = 99; import os; os.environ['SECRET'] = 'x'")
    for other, who in ((second, "second"), (visit(template, WHO="third"), "third")):
        _, shown = run(
            other, "import os; print(words, slider.value, os.environ.get('SECRET'), os.environ['WHO'])"
        )
        assert printed(shown) == f"['shared'] 3 None {who}\n"


def test_no_two_visitors_draw_the_same_numbers_from_any_generator(grow, visit):
    template = grow((LESSON, []))
    drawn = [printed(run(visit(template), DRAW)[1]).split() for _ in range(2)]
    assert all(one != other for one, other in zip(*drawn, strict=True)), drawn


OWN_GENERATORS = """
import numpy, random

class Die(random.Random):
    def __init__(self, sides):
        super().__init__(sides)

    def seed(self, sides):
        if sides > 100:
            raise ValueError("There is no such die.")
        super().seed(sides)

class Steps(numpy.random.PCG64):
    def __init__(self):
        super().__init__(3)

class Seed(numpy.random.SeedSequence):
    def __init__(self):
        super().__init__(3)

die, steps, seed = Die(6), numpy.random.Generator(Steps()), Seed()
"""


def test_generators_of_an_authors_own_kinds_keep_no_visitor_away(grow, visit):
    """What they are seeded or made with is the author's to say; a number that they refuse ended the kernel."""
    template = grow((OWN_GENERATORS, []))
    draw = "print(die.random(), steps.random(), seed.generate_state(1)[0])"
    drawn = [printed(run(visit(template), draw)[1]).split() for _ in range(2)]
    assert all(one != other for one, other in zip(*drawn, strict=True)), drawn


REPLACED = """
import random, secrets
die = random.Random(7)
random.seed = random.Random.seed = lambda *_: None
secrets.randbits = lambda count: 4
secrets.token_bytes = lambda count: b"4" * count
"""


def test_functions_that_cells_replaced_seed_no_two_visitors_alike(grow, visit):
    template = grow((REPLACED, []))
    draw = "print(die.random(), random.random())"
    drawn = [printed(run(visit(template), draw)[1]).split() for _ in range(2)]
    assert all(one != other for one, other in zip(*drawn, strict=True)), drawn


CHANGES = """
import multiprocessing, os, signal
os.environ["LESSON"] = "5"
alarms = []
signal.signal(signal.SIGALRM, lambda *_: alarms.append("rang"))
"""
SEES = """
import time
signal.setitimer(signal.ITIMER_REAL, 0.05)
time.sleep(0.2)
print(os.environ["LESSON"], alarms, multiprocessing.current_process().authkey.hex())
"""


def test_no_two_visitors_draw_the_same_numbers_from_a_database_in_memory(grow, visit):
    draw = "print(database.execute('select random()').fetchone())"
    cell = f"import sqlite3; database = sqlite3.connect(':memory:'); {draw}"
    template = grow((cell, []))
    assert len({printed(run(visit(template), draw)[1]) for _ in range(2)}) == 2


def test_what_cells_change_besides_variables_has_changed_for_visitors_but_their_keys_are_their_own(
    grow, visit
):
    template = grow((CHANGES, []))
    one, other = (printed(run(visit(template), SEES)[1]).rpartition(" ") for _ in range(2))
    assert one[0] == other[0] == "5 ['rang']"
    assert one[2] != other[2]


LEAVES = """
import logging, os, pprint, time
import numpy
os.makedirs("data", exist_ok=True)
os.chdir("data")
os.environ["TZ"] = "America/New_York"
time.tzset()
os.environ.pop("PATH")
numpy.set_printoptions(precision=2)
logging.basicConfig(format="%(message)s")
printer = pprint.PrettyPrinter()
"""
FINDS = """
print(os.path.basename(os.getcwd()), time.strftime("%H", time.localtime(0)), os.environ.get("PATH"))
print(numpy.array([1.23456]))
logging.warning("logged")
printer.pprint("printed")
"""


def test_where_the_cells_went_their_time_zone_numpys_options_and_kept_streams_are_visitors_too(grow, visit):
    """NumPy keeps its options in a context variable; logging and printers the stream that there was."""
    shown = printed(run(visit(grow((LEAVES, []))), FINDS)[1])
    assert sorted(shown.splitlines()) == ["'printed'", "[1.23]", "data 19 None", "logged"]


def test_a_template_sees_no_visitors_environment_and_a_visitor_sees_only_their_own(grow, visit):
    template = grow(("import os; seen = dict(os.environ)", []))
    _, shown = run(visit(template, TOKEN="mine"), "print('TOKEN' in seen, os.environ['TOKEN'])")
    assert printed(shown) == "False mine\n"


def test_a_cell_that_fails_is_reported_with_its_source(grow):
    with pytest.raises(LaunchFailed) as failure:
        grow(("x = 1", []), ("x / 0", []))
    assert failure.value.report == {
        "cell": 2,
        "source": "x / 0",
        "error": "ZeroDivisionError: division by zero",
    }


def test_a_cell_after_which_nothing_can_go_on_is_reported(grow):
    cell = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60))"
    with pytest.raises(LaunchFailed) as failure:
        grow((cell, []), ("x = 1", []))
    report = {"cell": 1, "source": cell, "error": "OSError: [Errno 24] Too many open files"}
    assert failure.value.report == report


def test_figures_are_as_the_lessons_folder_says_until_a_cell_says_otherwise(grow, visit, tmp_path):
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 7.5\nlines.markersize: 7.5")
    cell = (
        "import matplotlib; matplotlib.rcParams['lines.markersize'] = 9; where = matplotlib.get_configdir()"
    )
    look = "print(matplotlib.rcParams['lines.linewidth'], matplotlib.rcParams['lines.markersize'], end=' ')"
    look += "; print(matplotlib.get_configdir() != where)"
    assert printed(run(visit(grow((cell, []))), look)[1]) == "7.5 9.0 True\n"


ENDLESS = {
    "busy": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "idle": "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))\ntime.sleep(100_000)",
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_cell_that_does_not_end_is_reported_and_ended(grow, as_client, kind):
    with pytest.raises(LaunchFailed) as failure:
        grow(("x = 1", []), (ENDLESS[kind], []), name=kind, patience=5)
    report = {"cell": 2, "source": ENDLESS[kind], "error": "It did not end within 5 s."}
    assert failure.value.report == report
    family = psutil.Process(as_client.process.pid)
    wait_for(
        lambda: "fork:test_a_cell"[:15] not in {p.name() for p in family.children(recursive=True)}, "its end"
    )
    assert as_client.is_ready()


def test_a_cell_that_asks_gets_no_answer(grow):
    with pytest.raises(LaunchFailed) as failure:
        grow(("input('name?')", []))
    assert failure.value.report["error"].startswith("StdinNotImplementedError")


@pytest.mark.parametrize(
    "code",
    [
        "import tempfile; folder = tempfile.mkdtemp()",
        "import tempfile; file = tempfile.NamedTemporaryFile(delete=False)",
        "from pathlib import Path; (Path.home() / 'diary.txt').write_text('mine')",
    ],
)
def test_a_notebook_that_leaves_files_where_visitors_have_their_own_cannot_be_a_template(grow, code):
    with pytest.raises(LaunchFailed) as failure:
        grow((code, []))
    assert failure.value.report["threads"].startswith("These files are left")


@pytest.mark.parametrize(
    ("code", "left"),
    [
        ("import socket; pair = socket.socketpair()", "socket"),
        ("import os; ends = os.pipe()", "pipe"),
        ("import os; memory = os.memfd_create('notes')", "/memfd:notes"),
        ("import asyncio; own = asyncio.new_event_loop()", "event loop"),
        ("import asyncio; loop = asyncio.get_running_loop()", "loop"),
        (
            "import asyncio\nclass Clock: loop = None\nc = Clock(); c.loop = asyncio.get_running_loop()",
            "Clock",
        ),
        ("import asyncio; answer = asyncio.Future()", "Future"),
        ("import asyncio; asyncio.get_running_loop().call_later(600, print)", "TimerHandle"),
        ("import signal; signal.setitimer(signal.ITIMER_VIRTUAL, 600)", "ITIMER_VIRTUAL"),
        ("%cd ~", "home"),
        ("import os; os.mkdir('short'); os.chdir('short'); os.rmdir('../short')", "the folder is gone"),
    ],
)
def test_a_notebook_that_leaves_what_a_fork_has_not_cannot_be_a_template(grow, code, left):
    with pytest.raises(LaunchFailed) as failure:
        grow((code, []))
    assert left in failure.value.report["threads"].partition(": ")[2]


ENDED = """
import asyncio, socket

def leave_a_cycle():
    found = [*socket.socketpair()]
    found.append(found)

leave_a_cycle()
lock, queue, answer = asyncio.Lock(), asyncio.Queue(), asyncio.Future()

async def take():
    async with lock:
        await asyncio.sleep(0)
    return await queue.get()

async def put_and_take():
    first, second = asyncio.create_task(take()), asyncio.create_task(take())
    for _ in range(9):
        await asyncio.sleep(0)  # until both wait
    for each in "ab":
        queue.put_nowait(each)
    return await asyncio.wait_for(asyncio.gather(first, second), 30)

answer.set_result(await put_and_take())
"""


def test_what_a_notebook_awaited_to_its_end_works_for_visitors_again(grow, visit):
    client = visit(grow((ENDED, [])))
    assert printed(run(client, "print(await put_and_take(), await answer)")[1]) == "['a', 'b'] ['a', 'b']\n"


NOTEBOOKS = [
    *(PROJECT / "curriculum" / "notebooks" / "kk").glob("*.ipynb"),
    *(PROJECT / "voila_apps").glob("*.ipynb"),
]


@pytest.mark.parametrize("path", sorted(NOTEBOOKS), ids=lambda path: path.stem)
def test_our_lessons_and_apps_are_templates(grow, path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    grow(*((cell.source, cell.metadata.get("tags", [])) for cell in cells), without="teachers")


LIBRARIES = """
import sqlite3, ipywidgets, matplotlib.pyplot as plt, pandas
base = sqlite3.connect(":memory:")
pandas.DataFrame({"bread": [180]}).to_sql("prices", base)
plt.plot([1, 2])
plt.show()
ipywidgets.Output()
"""


def test_figures_tables_and_a_database_in_memory_are_no_matter(grow, visit):
    client = visit(grow((LIBRARIES, [])))
    shown = run(client, "print(*base.execute('select bread from prices'))\nplt.plot([3])\nplt.show()")[1]
    assert printed(shown) == "(180,)\n"
    assert any("image/png" in content.get("data", {}) for content in shown)


def test_files_that_a_notebook_itself_removes_are_no_matter(grow, visit):
    code = "import tempfile\nwith tempfile.TemporaryFile() as file: file.write(b'x')"
    client = visit(grow((code, [])))
    assert printed(run(client, "import tempfile; print(tempfile.mkdtemp() > '')")[1]) == "True\n"


def test_a_notebook_that_leaves_threads_cannot_be_a_template(grow):
    thread = "import threading, time; threading.Thread(target=time.sleep, args=(600,), daemon=True).start()"
    with pytest.raises(LaunchFailed) as failure:
        grow((thread, []))
    assert "threads" in failure.value.report


FIGURE = "from IPython.display import Image, display\ndisplay(Image(b'x' * 300_000, format='png'))"
"""What is larger than 64 KB, pyzmq sends with the help of a thread."""


def test_a_large_figure_does_not_keep_a_notebook_from_being_a_template(grow, visit):
    client = visit(grow((FIGURE, [])))
    _, shown = run(client, FIGURE)
    assert [len(content["data"]["image/png"]) > 300_000 for content in shown if "data" in content] == [True]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("print('x' * 11_000_000)", "This cell shows more than 10 MB."),
        (
            "from IPython.display import HTML; HTML('<p>x</p>' * 1_500_000)",
            "This cell shows more than 10 MB.",
        ),
        ("import ipywidgets; ipywidgets.HTML('x' * 11_000_000)", "The widgets hold more than 10 MB."),
        ("x = bytearray(3 * 2**30)", "MemoryError"),
    ],
)
def test_what_would_be_too_much_for_readers_or_the_server_is_reported(grow, code, words):
    with pytest.raises(LaunchFailed) as failure:
        grow((code, []), limits=Limits(memory=2**30))
    assert failure.value.report["error"].startswith(words)


def test_a_template_that_is_let_go_leaves_its_visitors_at_work(grow, visit, as_client):
    template = grow((LESSON, []))
    client = visit(template)
    template.close()
    while template.name in as_client.status()["templates"]:
        pass
    assert printed(run(client, "print(words)")[1]) == "['shared']\n"


def test_a_reply_that_comes_while_something_is_sent_is_heard(tmp_path):
    """A widget's state that nbclient sent at that moment took the signal, and a lesson was not made ready."""

    async def scenario():
        session = Session()
        with zmq.asyncio.Context() as context, zmq.Context() as other:
            socket, kernel = context.socket(zmq.DEALER), other.socket(zmq.ROUTER)
            with socket, kernel:
                socket.identity = b"client"
                kernel.bind(f"ipc://{tmp_path}/kernel")
                socket.connect(f"ipc://{tmp_path}/kernel")
                channel = Channel(socket, session, asyncio.get_running_loop())
                session.send(socket, "execute_request", {})
                await asyncio.to_thread(session.recv, kernel, mode=0)
                hearing = asyncio.create_task(channel.get_msg())
                await asyncio.sleep(0)
                session.send(kernel, "execute_reply", {}, ident=b"client")
                select.select([socket.getsockopt(zmq.FD)], [], [])  # it has come, and nobody was told
                session.send(socket, "comm_msg", {})
                return (await asyncio.wait_for(hearing, 30))["msg_type"]

    assert asyncio.run(scenario()) == "execute_reply"
