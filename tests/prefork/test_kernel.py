"""A forked kernel does what any kernel does: jupyter_client's own expectations of a provisioner, on a real one."""

import asyncio
import json
import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path
from select import select
from threading import Event

import psutil
import pytest
import zmq
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager
from jupyter_client.session import Session
from tests.prefork.debugging import DebugSession

from rehearsal import wait_for
from sandyq.prefork.child import DEBUGGER
from sandyq.prefork.client import SOCKET
from sandyq.prefork.kernelapp import PrivateIOPubThread
from sandyq.prefork.provisioner import ForkProvisioner
from sandyq.settings import PROJECT
from sandyq_hub.rooms.environment import RoomKernelSpecs

SPEC = PROJECT / "hub_config/sandyq_hub/jupyter/kernels/python3/kernel.json"
DRAW = """
import random, numpy, uuid, os
print(random.random(), numpy.random.random(), uuid.uuid4(), os.getpid())
"""
FAREWELL = """
import atexit, pathlib
atexit.register(lambda: pathlib.Path("farewell").write_text("x"))
"""


FIGURES = """
import matplotlib, matplotlib.style, site
print(matplotlib.get_configdir(), matplotlib.rcParams["lines.linewidth"], end=" ")
matplotlib.style.use("mine")
print(matplotlib.rcParams["lines.linewidth"], end=" ")
matplotlib.rc_file_defaults()
print(matplotlib.rcParams["lines.linewidth"], "inline" in matplotlib.get_backend(), site.getuserbase())
"""
READ_CATALOGUES = """
from sandyq.i18n import LANGUAGES, load_translations
before = load_translations.cache_info().misses
texts = [load_translations(language).gettext("Try again") for language in LANGUAGES]
print(len(set(texts)), load_translations.cache_info().misses - before)
"""


BURST = """
from IPython.display import display
for number in range(5000):
    display(number)
"""


class Specs(KernelSpecManager):
    """One kernelspec: ours."""

    def get_kernel_spec(self, _name):
        return KernelSpec(resource_dir="", **json.loads(SPEC.read_text()))


@contextmanager
def running_kernel(folder, cwd, specs=Specs, **options):
    """Start a kernel, yield its client, end it."""
    manager = KernelManager(kernel_spec_manager=specs(), transport="ipc")
    manager.connection_file = str(folder / "one.json")
    manager.start_kernel(cwd=str(cwd), **options)
    try:
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        yield client
        client.stop_channels()
        manager.shutdown_kernel()
    finally:
        manager.shutdown_kernel(now=True)


@pytest.fixture(params=["ipc", "tcp"])
def manager(as_client, tmp_path, request):
    manager = KernelManager(kernel_spec_manager=Specs(), transport=request.param)
    manager.connection_file = str(as_client.folder / f"k-{request.param}.json")
    environment = {
        k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"
    }  # ipykernel looks for it
    manager.start_kernel(cwd=str(tmp_path), env=environment)
    yield manager
    manager.shutdown_kernel(now=True)


@pytest.fixture
def client(manager):
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield client
    client.stop_channels()


def run(client, code, **options):
    """Execute; return the reply's content and what was printed and displayed."""
    shown = []
    reply = client.execute_interactive(
        code, timeout=60, output_hook=lambda message: shown.append(message["content"]), **options
    )
    return reply["content"], shown


def printed(shown):
    return "".join(content.get("text", "") for content in shown)


def test_it_is_a_fork_and_runs_pandas(manager, client):
    assert isinstance(manager.provisioner, ForkProvisioner)
    assert manager.provisioner.child is not None
    reply, shown = run(client, "import pandas; print(pandas.Series([1, 2]).sum())")
    assert reply["status"] == "ok"
    assert printed(shown) == "3\n"


def test_a_rooms_kernel_loses_nothing_of_a_loop_that_is_faster_than_its_reader(as_client, tmp_path):
    with running_kernel(as_client.folder, tmp_path, RoomKernelSpecs) as client:
        cell = client.execute(BURST)
        client.get_shell_msg(timeout=60)  # the loop is done, and nobody has read yet
        shown, state = [], ""
        while state != "idle":
            message = client.get_iopub_msg(timeout=20)
            if message["parent_header"].get("msg_id") == cell:
                state = message["content"].get("execution_state", state)
                shown += [message["content"]["data"]["text/plain"]] if "data" in message["content"] else []
    assert shown == [str(number) for number in range(5000)]


def test_a_reader_who_comes_while_something_is_sent_is_welcomed(tmp_path):
    with zmq.Context() as context, context.socket(zmq.XPUB) as outputs, context.socket(zmq.SUB) as reader:
        outputs.bind(f"ipc://{tmp_path}/outputs")
        woken = outputs.FD
        thread = PrivateIOPubThread(outputs, session=Session(key=b"key"))
        thread.start()
        reader.connect(f"ipc://{tmp_path}/outputs")
        reader.subscribe("first")
        assert reader.poll(20_000)
        sent = time.monotonic()
        is_held, go_on = Event(), Event()
        thread.schedule(lambda: is_held.set() or (go_on.wait(20) and thread._really_send([b"something"])))
        assert is_held.wait(20)
        reader.subscribe("second")
        assert select([woken], [], [], 20)[0]  # it has come, and nobody has looked
        wait_for(
            lambda: time.monotonic() > sent + 0.02, "ZeroMQ to look again, as it does once a millisecond"
        )
        go_on.set()
        wait_for(lambda: reader.poll(0) and reader.recv_multipart()[0] == b"second", "the welcome", 5)
        thread.stop()


def test_a_second_reader_is_welcomed_as_the_first(manager, client):
    other = manager.client()
    other.start_channels(shell=False, stdin=False, hb=False, control=False)
    assert other.get_iopub_msg(timeout=20)["msg_type"] == "iopub_welcome"
    other.stop_channels()


def test_its_names_and_counts_are_fresh(client):
    reply, shown = run(client, "print([n for n in dir() if not n.startswith('_')], len(In))")
    assert reply["execution_count"] == 1
    assert "table" not in printed(shown), "a name of the warm-up"


@pytest.mark.parametrize("way", ["spawn", "forkserver"])
def test_multiprocessing_starts_programs_of_its_own(client, way):
    code = f"import math, multiprocessing\nwith multiprocessing.get_context('{way}').Pool(1) as pool:\n"
    _, shown = run(client, code + "    print(pool.map(math.sqrt, [4, 9]))")
    assert printed(shown) == "[2.0, 3.0]\n"


def test_its_programs_see_what_the_stock_kernels_do(client):
    _, shown = run(client, "import os\nprint(os.environ['PAGER'], os.environ['TERM'])\n!echo $GIT_PAGER")
    assert printed(shown).split() == ["cat", "xterm-color", "cat"]


def test_the_extension_that_ipython_loads_by_itself_is_there(client):
    assert "Stored variables" in printed(run(client, "%store")[1])


def test_a_program_sets_its_logging_up_itself(client):
    set_up = "import logging; logging.basicConfig(level=logging.INFO, format='%(levelname)s: %(message)s')"
    _, messages = run(client, f"{set_up}; logging.info('measured')")
    assert printed(messages) == "INFO: measured\n"


def test_pictures_appear_in_the_notebook(client):
    _, shown = run(client, "%matplotlib inline\nimport matplotlib.pyplot as p\np.plot([1, 2]); p.show()")
    assert any("image/png" in content.get("data", {}) for content in shown)


def test_programs_run_and_what_they_print_is_seen(client):
    client.execute("import subprocess\n!echo from-a-shell\nsubprocess.run(['echo', 'from-a-program'])")
    text = ""
    while not ("from-a-shell" in text and "from-a-program" in text):
        text += client.get_iopub_msg(timeout=30)["content"].get("text", "")


def test_what_its_forks_print_is_seen(manager, client):
    code = "import os\nif os.fork() == 0:\n    print('from-a-fork', flush=True)\n    os._exit(0)\nos.wait()"
    client.execute(code)
    while "from-a-fork" not in client.get_iopub_msg(timeout=30)["content"].get("text", ""):
        pass
    listening = psutil.Process(manager.provisioner.pid).net_connections("inet")
    assert manager.transport == "tcp" or listening == []


def test_it_asks_for_input(client):
    client.execute("print('hello ' + input('name? '))", allow_stdin=True)
    asked = client.get_stdin_msg(timeout=30)
    assert asked["content"]["prompt"] == "name? "
    client.input("Aidos")
    text = ""
    while "hello Aidos" not in text:
        text += client.get_iopub_msg(timeout=30)["content"].get("text", "")


def test_an_endless_cell_is_interrupted_and_the_kernel_lives_on(manager, client):
    run(client, "kept = 5")
    message = client.execute("import time\nprint('started', flush=True)\nwhile True: time.sleep(0.01)")
    while "started" not in client.get_iopub_msg(timeout=30)["content"].get("text", ""):
        pass
    manager.interrupt_kernel()
    reply = client.get_shell_msg(timeout=30)
    while reply["parent_header"]["msg_id"] != message:
        reply = client.get_shell_msg(timeout=30)
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    reply, _ = run(
        client, "kept"
    )  # Jupyter drops what waited behind the interrupted cell: this may be too early
    reply, shown = run(client, "print(kept)")
    assert (reply["status"], printed(shown)) == ("ok", "5\n")


def test_an_interrupt_has_arrived_when_the_next_cell_is_sent(manager, as_client):
    """It would end that one, whose reply never comes."""
    family = psutil.Process(as_client.process.pid).children()
    nursery = next(process for process in family if process.name() == "fork:kernel")

    async def interrupt():
        nursery.suspend()
        try:
            sending = asyncio.create_task(manager.provisioner.send_signal(signal.SIGINT))
            for _ in range(5):  # the loop turns
                await asyncio.sleep(0)
            assert not sending.done()
        finally:
            nursery.resume()
        await sending

    asyncio.run(interrupt())


def test_a_restart_gives_a_new_process_at_the_same_address(manager, client):
    before = manager.provisioner.pid
    run(client, "gone = 1")
    manager.restart_kernel()
    client.wait_for_ready(timeout=60)
    assert manager.provisioner.pid != before
    assert printed(run(client, "print('gone' in dir())")[1]) == "False\n"


def test_a_polite_shutdown_does_what_was_registered_for_the_end(manager, client):
    run(client, FAREWELL)
    manager.shutdown_kernel()
    assert not manager.is_alive()
    assert (Path(manager.provisioner.cwd) / "farewell").exists()


def test_told_to_shut_down_it_ends_at_once_every_time(as_client, tmp_path):
    for _ in range(10):
        with running_kernel(as_client.folder, tmp_path) as client:
            client.shutdown()
            wait_for(lambda: not client.parent.is_alive(), "its end; what it flushes may take 10 s", 5)


def test_a_shutdown_ends_what_the_kernel_started(manager, client):
    _, shown = run(client, "import subprocess; p = subprocess.Popen(['sleep', '600']); print(p.pid)")
    sleeper = psutil.Process(int(printed(shown)))
    manager.shutdown_kernel()
    assert not manager.is_alive()
    wait_for(lambda: not sleeper.is_running() or sleeper.status() == "zombie", "its program to end")


def test_a_kernel_that_dies_is_noticed(manager, client):
    manager.signal_kernel(signal.SIGKILL)
    wait_for(lambda: not manager.is_alive(), "the death to be noticed")


def test_a_debugger_stops_steps_and_looks_and_can_be_begun_again(client):
    session = DebugSession(client)
    assert session.tell("debugInfo")["isStarted"] is False
    session.ask("disconnect")
    for city in ("Қордай", "Шу"):
        session.start()
        session.stop_at(
            f"def greet(city):\n    text = 'Сәлем, ' + city\n    return text\nx = greet('{city}')", 2
        )
        thread, (frame, *callers) = session.wait_for_stop()
        assert (frame["name"], frame["line"]) == ("greet", 2)
        assert [caller["name"] for caller in callers] == ["<module>"]  # the cell: nothing of the machinery
        assert session.read_variables(frame)["city"] == repr(city)
        session.tell("next", threadId=thread)
        _, (frame, *_) = session.wait_for_stop()
        assert frame["line"] == 3
        assert session.read_variables(frame)["text"] == f"'Сәлем, {city}'"
        rich = session.tell("richInspectVariables", variableName="text", frameId=frame["id"])
        assert city in rich["data"]["text/plain"]
        session.tell("evaluate", expression="text.upper()", frameId=frame["id"], context="repl")
        session.tell("continue", threadId=thread)
        assert client.get_shell_msg(timeout=30)["content"]["status"] == "ok"
        session.tell("disconnect", restart=False, terminateDebuggee=False)
        assert session.tell("debugInfo")["isStarted"] is False
        assert printed(run(client, "print(x)")[1]) == f"Сәлем, {city}\n"


def test_where_it_is_off_there_is_no_debugger(as_client, tmp_path):
    with running_kernel(as_client.folder, tmp_path, env=os.environ | {DEBUGGER: "off"}) as client:
        assert DebugSession(client).ask("initialize", adapterID="")["success"] is False


def test_a_debugger_lets_the_kernels_own_forks_run(client):
    session = DebugSession(client)
    session.start()
    code = """
import multiprocessing
def double(number):
    return 2 * number
with multiprocessing.get_context("fork").Pool(1) as pool:
    print(pool.map(double, [1, 2]))
"""
    session.stop_at(code, 4)
    assert client.get_shell_msg(timeout=30)["content"]["status"] == "ok"


def test_completion_and_inspection_answer(client):
    assert "DataFrame" in str(
        client.complete("import pandas; pandas.DataF", reply=True, timeout=30)["content"]
    )
    run(client, "import json")
    assert client.inspect("json.dumps", 4, reply=True, timeout=30)["content"]["found"]


def test_two_kernels_draw_different_numbers(as_client, tmp_path):
    drawn = []
    for name in "ab":
        manager = KernelManager(kernel_spec_manager=Specs(), transport="ipc")
        manager.connection_file = str(as_client.folder / f"r-{name}.json")
        manager.start_kernel(cwd=str(tmp_path))
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        drawn.append(printed(run(client, DRAW)[1]).split())
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert all(one != other for one, other in zip(*drawn, strict=True))


def test_what_a_used_kernel_imports_was_imported_before_the_fork(client):
    """Else every kernel pays for it, in time and in memory of its own."""
    code = "import sys; before = set(sys.modules)"
    run(client, code)
    client.complete("before.", reply=True, timeout=30)
    run(
        client,
        "import pandas, ipywidgets, numpy; pandas.DataFrame({'a': [1]}).describe(); ipywidgets.IntSlider()",
    )
    _, shown = run(client, "print(sorted(set(sys.modules) - before))")
    assert printed(shown) == "[]\n"


WATCH_MODULES = """
import sys, types
class Asked(types.ModuleType):
    def __getattr__(self, name):
        seen.append(name)
        raise AttributeError(name)
seen = []
sys.modules["asked"] = Asked("asked")
def divide(divisor):
    return 1 / divisor
"""


def test_an_error_is_shown_with_its_lines_and_no_module_is_asked_whether_it_is_the_cells(client):
    """There are a thousand modules, and to ask one copies the memory that kernels share."""
    run(client, WATCH_MODULES)
    reply, _ = run(client, "divide(0)")
    assert " / divisor" in "".join(reply["traceback"])
    _, shown = run(client, "print(seen)")
    assert printed(shown) == "[]\n"


def test_history_outlives_a_kernel(as_client, tmp_path):
    kept = {"extra_arguments": ["--HistoryManager.enabled=True"]}  # our own kernelspec keeps none
    with running_kernel(as_client.folder, tmp_path, **kept) as client:
        run(client, "birds = 'қарлығаш'")
        run(client, "print(birds)")
    with running_kernel(as_client.folder, tmp_path, **kept) as client:
        found = client.history(hist_access_type="search", pattern="*birds*", n=9, reply=True, timeout=30)
        assert [(line, source) for _, line, source in found["content"]["history"]] == [
            (1, "birds = 'қарлығаш'"),
            (2, "print(birds)"),
        ]
        listed = printed(run(client, "%history -g")[1])
    assert "groupby" not in listed, "the warm-up's"


def test_the_persons_settings_hold(as_client, tmp_path):
    profile = tmp_path / "ipython/profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_kernel_config.py").write_text("c.InteractiveShell.ast_node_interactivity = 'all'")
    arguments = ["--HistoryManager.hist_file=:memory:", "--IPCompleter.use_jedi=False"]
    with running_kernel(as_client.folder, tmp_path, extra_arguments=arguments) as client:
        _, shown = run(client, "1\n2")
        assert [content["data"]["text/plain"] for content in shown if "data" in content] == ["1", "2"]
        _, shown = run(
            client, "ip = get_ipython(); print(ip.history_manager.hist_file, ip.Completer.use_jedi)"
        )
        assert printed(shown) == ":memory: False\n"
        assert run(client, "%config IPKernelApp.log_level")[0]["status"] == "ok", "it goes by its stock name"


def test_its_places_are_the_persons_and_not_the_servers(as_client, tmp_path):
    home = tmp_path / "home"
    plots = home / ".config/matplotlib"
    (plots / "stylelib").mkdir(parents=True)
    (plots / "matplotlibrc").write_text("lines.linewidth: 7.5\nbackend: svg\n")
    (plots / "stylelib/mine.mplstyle").write_text("lines.linewidth: 8.5")
    environment = {k: v for k, v in os.environ.items() if k not in {"MPLCONFIGDIR", "XDG_CONFIG_HOME"}}
    with running_kernel(as_client.folder, tmp_path, env=environment | {"HOME": str(home)}) as client:
        _, shown = run(
            client,
            "import json, sys; print(_dh[0], get_ipython().profile_dir.location, json.dumps(sys.path))",
        )
        began, profile, path = printed(shown).split(" ", 2)
        assert (began, profile) == (str(tmp_path), str(tmp_path / "ipython/profile_default"))
        assert str(Path.cwd()) not in json.loads(path), "the fork server's folder"
        assert printed(run(client, FIGURES)[1]) == f"{plots} 7.5 8.5 7.5 True {home}/.local\n"
        assert printed(run(client, "%cd -q\nprint(_dh[-1])")[1]) == f"{home}\n"


def test_without_a_server_a_kernel_starts_the_stock_way_and_says_so(monkeypatch, tmp_path, caplog):
    monkeypatch.delenv(SOCKET, raising=False)
    manager = KernelManager(kernel_spec_manager=Specs(), transport="ipc")
    manager.connection_file = str(tmp_path / "k.json")
    with caplog.at_level("WARNING"):
        manager.start_kernel()
    try:
        assert manager.provisioner.child is None
        assert "stock way" in caplog.text
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        assert printed(run(client, "print(1 + 1)")[1]) == "2\n"
        DebugSession(client).start()
        assert psutil.Process(manager.provisioner.pid).net_connections() == []
        client.stop_channels()
    finally:
        manager.shutdown_kernel(now=True)


def test_the_catalogues_were_read_before_the_fork(client):
    """Thousands of lines a language: an app's first page would wait for them."""
    _, shown = run(client, READ_CATALOGUES)
    assert printed(shown) == "3 0\n"
