"""Templates of rooms on a real fork server: made once, kept while they are used, remade when their file changes."""

import asyncio
import os

import nbformat
import pytest
from tests.prefork.test_kernel import printed, run

from rehearsal import wait_for
from sandyq.prefork import client
from sandyq.prefork.client import SOCKET, LaunchFailed, ServerAway
from sandyq.prefork.notebook import NO_NOTEBOOK
from sandyq_hub.rooms.templates import ENDED, IDLE, REMEMBERED, STILLBORN, Key, RoomBroken, Templates


class Clock:
    """A time that goes on when it is told to."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def templates(as_client, tmp_path, clock):
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    kept = Templates(lambda _key: environment, clock=clock)
    yield kept
    kept.close()


@pytest.fixture
def ask(templates, clock):
    """Ask for the templates of some notebooks at once; a second goes by."""

    def get(*keys):
        async def scenario():
            return await asyncio.gather(*(templates.get(key) for key in keys))

        clock.now += 1
        return asyncio.run(scenario())

    return get


@pytest.fixture
def write(tmp_path):
    def make(name, code):
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), path)
        return Key(path, "kk", for_teachers=False)

    return make


def is_ended(forks, template):
    wait_for(lambda: template.grown.name not in forks.status()["templates"], "the template to end")
    return True


def test_what_was_used_least_lately_goes_when_memory_is_short(templates, ask, write, as_client):
    a, b, c = (write(name, "x = 1") for name in "abc")
    [first] = ask(a)
    templates.memory_cap = int(2.5 * templates.memory)
    [second] = ask(b)
    assert ask(a) == [first]
    ask(c)
    assert is_ended(as_client, second)
    assert ask(a) == [first], "it was used later than the second"
    assert templates.memory <= templates.memory_cap
    assert ask(b) != [second], "made anew"


def test_one_template_is_kept_even_if_it_is_larger_than_all_may_be(templates, ask, write):
    templates.memory_cap = 1
    key = write("large", "x = 1")
    assert ask(key) == ask(key)


def test_what_goes_to_make_room_stays_until_its_visitors_have_their_kernels(
    templates, ask, write, visit, as_client
):
    first, second = write("first", "x = 'first'"), write("second", "x = 'second'")
    [template] = ask(first)
    templates.memory_cap = int(1.5 * templates.memory)
    with template.hold(), template.hold():
        ask(second)
        assert len(templates) == 1
        assert printed(run(visit(template.grown), "print(x)")[1]) == "first\n"
    assert is_ended(as_client, template)


def test_what_goes_to_make_room_before_its_visitor_has_it_is_made_again(templates, write):
    key = write("lesson", "x = 1")

    async def scenario():
        visit = asyncio.create_task(templates.get(key))
        await asyncio.sleep(0)  # it has asked
        [making] = templates._making.values()
        making.add_done_callback(lambda _: templates.close())
        return await visit

    assert asyncio.run(scenario()).grown.lives


def test_what_nobody_visits_for_long_goes(templates, ask, write, clock, as_client):
    old, young = write("old", "x = 1"), write("young", "x = 1")
    [idle] = ask(old)
    clock.now += IDLE / 2
    [used] = ask(young)
    clock.now += IDLE / 2
    templates.drop_idle()
    assert is_ended(as_client, idle)
    assert ask(young) == [used]


def test_a_template_that_was_just_made_is_not_idle_before_its_visitor_has_it(templates, write, clock):
    """On a machine that has run for a while: somebody else's visit, or a look at what is idle, comes between."""
    clock.now = 2 * IDLE
    first, other = write("first", "x = 1"), write("other", "x = 1")

    async def scenario():
        visit = asyncio.create_task(templates.get(first))
        await asyncio.sleep(0)  # it has asked
        [making] = templates._making.values()
        visit.cancel()  # went away, and the template is made all the same
        await making
        return await templates.get(other)

    asyncio.run(scenario())
    assert len(templates) == 2


def test_a_changed_file_is_executed_anew_and_earlier_visitors_stay(ask, write, visit, as_client):
    key = write("lesson", "x = 'before'")
    [old] = ask(key)
    early = visit(old.grown)
    write("lesson", "x = 'after the change'")
    [new] = ask(key)
    assert is_ended(as_client, old)
    assert printed(run(visit(new.grown), "print(x)")[1]) == "after the change\n"
    assert printed(run(early, "print(x)")[1]) == "before\n"


def test_two_who_ask_at_once_get_one_template(ask, write, tmp_path):
    key = write("lesson", "open('executions', 'a').write('x')")
    one, other = ask(key, key)
    assert one is other
    assert (tmp_path / "executions").read_text() == "x"


def test_all_who_ask_while_the_server_is_away_wait_together_and_hear_the_same(
    ask, write, templates, monkeypatch
):
    """One after the other, each for the whole time, the thirtieth of a class would wait for a quarter of an hour."""
    monkeypatch.setenv(SOCKET, "/nowhere")
    templates.patience = 1
    tried, connect = [], client.connect
    monkeypatch.setattr(client, "connect", lambda address: tried.append(address) or connect(address))
    key = write("lesson", "x = 1")

    async def scenario():
        return await asyncio.gather(*(templates.get(key) for _ in range(30)), return_exceptions=True)

    heard = asyncio.run(scenario())
    assert {type(each) for each in heard} == {ServerAway}
    assert len(tried) <= 3


def test_a_template_that_dies_while_it_is_made_is_begun_once_more(ask, write):
    """As one that Linux ended when memory ran out."""
    dies_once = (
        "import os\nif not os.path.exists('dead'):\n    open('dead', 'w')\n    os.kill(os.getpid(), 9)"
    )
    key = write("lesson", dies_once)
    assert ask(key)[0].grown.lives


def test_a_cell_that_ends_its_program_each_time_is_told_as_one_that_fails(ask, write, tmp_path):
    code = "import os\nopen('executions', 'a').write('x')\nos._exit(3)"
    key = write("lesson", code)
    for _ in range(2):
        with pytest.raises(RoomBroken) as broken:
            ask(key)
        assert broken.value.report == {"cell": 1, "source": code, "error": ENDED}
    assert (tmp_path / "executions").read_text() == "xx"


def test_a_template_whose_kernels_end_as_they_start_is_told_as_broken(templates, ask, write, visit):
    """The second in a row: for one alone Linux may be to blame."""
    key = write("lesson", "import os\nos.urandom = None")
    [template] = ask(key)
    for problem in LaunchFailed, RoomBroken:
        with pytest.raises(problem), templates.forking(key, template):
            visit(template.grown)
    with pytest.raises(RoomBroken) as broken:
        ask(key)
    assert broken.value.report == {"cell": "–", "source": "", "error": STILLBORN}
    write("lesson", "x = 'mended'")
    assert ask(key)[0].grown.lives


def test_two_languages_and_two_audiences_have_templates_of_their_own(ask, write):
    key = write("lesson", "x = 1")
    keys = key, Key(key.path, "ru", False), Key(key.path, "kk", True)
    assert len({template.grown.name for template in ask(*keys)}) == 3


def test_a_template_that_died_is_made_again(ask, write, as_client, visit):
    key = write("lesson", "x = __import__('os').getpid()")
    [template] = ask(key)
    os.kill(int(printed(run(visit(template.grown), "print(x)")[1])), 9)
    assert is_ended(as_client, template)
    [again] = ask(key)
    assert printed(run(visit(again.grown), "print(x)")[1])


def test_a_notebook_that_fails_is_not_tried_again_before_it_changes(ask, write, tmp_path):
    failing = "open('executions', 'a').write('x')\nraise ValueError('no')"
    key = write("lesson", failing)
    for _ in range(2):
        with pytest.raises(RoomBroken) as broken:
            ask(key)
        assert broken.value.report["error"] == "ValueError: no"
    assert (tmp_path / "executions").read_text() == "x"
    write("lesson", "x = 'mended'")
    assert ask(key)[0].grown.lives


@pytest.mark.parametrize("text", ["", "{ half of it", "[]", "{}"])
def test_a_file_that_is_no_notebook_is_told_as_such(ask, write, text):
    key = write("lesson", "x = 1")
    key.path.write_text(text)
    with pytest.raises(RoomBroken) as broken:
        ask(key)
    assert broken.value.report == {"cell": "–", "source": "", "error": NO_NOTEBOOK}
    write("lesson", "x = 'mended'")
    assert ask(key)[0].grown.lives


def test_a_notebook_that_failed_is_tried_again_after_a_while(ask, write, clock, tmp_path):
    """What it lacked may be there then, as a file of data that somebody forgot."""
    key = write("lesson", "open('data.csv').read()")
    with pytest.raises(RoomBroken):
        ask(key)
    (tmp_path / "data.csv").write_text("x")
    clock.now += REMEMBERED
    assert ask(key)[0].grown.lives


@pytest.mark.parametrize(
    "code",
    [
        "import mmap\nshared = mmap.mmap(-1, 4096)",
        "import multiprocessing\ncount = multiprocessing.Value('i', 0)",
        "import subprocess\nchild = subprocess.Popen(['sleep', '600'])",
        "import os\nos.system('sleep 600 &')",
        "import asyncio\nasync def tick():\n    await asyncio.sleep(600)\ntask = asyncio.create_task(tick())",
        "table = open('table.csv', 'w+')\ntable.write('later')",
        "import sqlite3\nbase = sqlite3.connect('base')\nbase.execute('create table t (x)')",
    ],
)
def test_a_notebook_whose_visitors_would_share_or_lack_something_is_executed_for_each(ask, write, code):
    assert ask(write("lesson", code)) == [None]


def test_a_file_that_was_read_to_its_end_and_a_task_that_is_done_keep_no_notebook_from_being_a_template(
    ask, write, tmp_path
):
    (tmp_path / "data.csv").write_text("x")
    code = "import asyncio\nasync def soon():\n    pass\ntask = asyncio.create_task(soon())\n"
    code += "file = open('data.csv')\nfile.read()\n"
    code += "import matplotlib.pyplot as plt\nplt.title('Fonts stay open')\nplt.show()"
    assert ask(write("lesson", code))[0].grown.lives


def test_a_notebook_that_leaves_threads_is_executed_for_each_until_it_changes(ask, write):
    key = write("lesson", "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()")
    assert ask(key) == [None]
    assert ask(key) == [None]
    write("lesson", "x = 1")
    assert ask(key)[0].grown.lives
