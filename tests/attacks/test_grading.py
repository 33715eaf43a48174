"""What a hand-in's code can do: to the machine, to other hand-ins, to its own marks. Real kernels under real limits."""

import asyncio
import io
import json
import os
import secrets
import stat
import threading
import zipfile
from pathlib import Path

import nbformat
import pytest
from tests.hub.grading_world import (
    BASE,
    answer,
    codes,
    grading_world,
    make_cell,
    make_notebook,
    make_source,
    release,
    scores,
    write,
)

from rehearsal import wait_for
from sandyq.prefork.client import ask_status
from sandyq_grading.packing import BadPack, unpack
from sandyq_hub.isolation import COUNT, VISITORS

RIGHT = "def double(n):\n    return n + n"
HONEST = {"double-tests": 3.0, "part": 2.0, "why": None, "project": None}


@pytest.fixture(scope="module")
def world():
    with grading_world() as opened:
        yield opened


@pytest.fixture
def try_out(world):
    """Run code as a pupil's answer; return what it prints, as JSON."""

    def run(code):
        notebook = make_notebook(make_cell("answer", "a", "pass"))
        cells = world.grade(notebook, answer(release(notebook), a=code))["notebooks"][0]["ipynb"].cells
        return json.loads(cells[0].outputs[0].text)

    return run


def is_honest_work_graded(world):
    return (
        scores(world.grade(make_source(), answer(release(make_source()), double=RIGHT, why="so"))) == HONEST
    )


def count_children(world):
    return asyncio.run(ask_status(world.forks.address))["children"]


# The sandbox

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="giving uids away needs root")
LOOK_AROUND = """
import json, os, socket
def attempt(deed, *what):
    try:
        deed(*what)
        return "worked"
    except OSError:
        return "refused"
def connect(family, address):
    with socket.socket(family) as line:
        line.settimeout(5)
        line.connect(address)
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines() if ":" in line)
print(json.dumps({
    "uid": os.getuid(), "groups": os.getgroups(), "capabilities": status["CapEff"].strip(),
    "environment": dict(os.environ),
    "interfaces": [line.split(":")[0].strip() for line in open("/proc/net/dev").readlines()[2:]],
    "loopback": attempt(connect, socket.AF_INET, ("127.0.0.1", PORT)),
    "home": attempt(open, os.path.expanduser("~/own"), "w"),
    "work": attempt(os.listdir, WORK), "homes": attempt(os.listdir, os.path.dirname(os.path.expanduser("~"))),
    "parent": attempt(os.kill, os.getppid(), 0), "shadow": attempt(open, "/etc/shadow"),
    "outside": attempt(open, WORK + "/made", "w"), "files": sorted(os.listdir(".")),
}))
"""


@root_only
def test_a_kernel_has_a_number_of_its_own_no_network_no_token_and_no_way_to_others(
    world, try_out, monkeypatch
):
    import socket

    secret = secrets.token_hex(16)
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", secret)
    monkeypatch.setenv("SANDYQ_HOME", secret)
    with socket.create_server(("127.0.0.1", 0)) as port:
        code = LOOK_AROUND.replace("PORT", str(port.getsockname()[1])).replace(
            "WORK", repr(str(world.sandbox.folder))
        )
        told = try_out(code)
    assert told["uid"] in range(BASE + VISITORS, BASE + VISITORS + COUNT)
    assert (told["groups"], told["capabilities"]) == ([], "0" * 16)
    assert secret not in json.dumps(told["environment"])
    assert not [name for name in told["environment"] if name.startswith(("SANDYQ", "JUPYTERHUB"))]
    assert set(told["interfaces"]) <= {"lo"}
    refused = {name for name, outcome in told.items() if outcome == "refused"}
    assert refused == {"loopback", "work", "homes", "parent", "shadow", "outside"}
    assert told["home"] == "worked"
    assert told["files"] == []


@root_only
def test_the_fork_server_hangs_up_on_a_hand_in(world, try_out):
    code = f"""
import json, socket
line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
try:
    line.connect({world.forks.address!r})
    line.send(b'{{"do": "status"}}')
    told = line.recv(100)
except OSError:
    told = b""
print(json.dumps(len(told)))
"""
    assert try_out(code) == 0


@root_only
def test_two_at_once_cannot_read_each_others_files_nor_signal_each_other(world, tmp_path):
    """One waits while the other looks through all processes, and all folders that it can list."""
    wait = "import time\nopen('diary', 'w').write('x')\nend = time.time() + 9\nwhile time.time() < end: time.sleep(1)"
    seek = """
import json, os
reached = []
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        other = os.stat("/proc/" + pid).st_uid
        if other == os.getuid():
            continue
        for deed in (lambda: os.kill(int(pid), 0), lambda: os.listdir(f"/proc/{pid}/cwd/"),
                     lambda: open(f"/proc/{pid}/mem", "rb")):
            try:
                deed(); reached.append(pid)
            except OSError:
                pass
    except OSError:
        pass
print(json.dumps(reached))
"""
    notebook = make_notebook(make_cell("answer", "a", "pass"))
    victim = threading.Thread(target=world.grade, args=(notebook, answer(release(notebook), a=wait)))
    victim.start()
    wait_for(lambda: count_children(world) == 1, "the victim's kernel")
    cells = world.grade(notebook, answer(release(notebook), a=seek))["notebooks"][0]["ipynb"].cells
    assert victim.is_alive(), "it was there all the time"
    assert json.loads(cells[0].outputs[0].text) == []
    victim.join()


BOMBS = {
    "memory": "block = []\nwhile True:\n    block.append(bytearray(2**24))",
    "forks": "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
    "threads": "import threading\nwhile True:\n    threading.Thread(target=threading.Event().wait).start()",
    "output": "while True:\n    print('x' * 10**6)",
    "one line": "print('x' * 10**8)",
    "displays": "from IPython.display import display\nwhile True:\n    display('y' * 10**5)",
    "loop": "while True:\n    pass",
    "deaf loop": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "end": "import os\nos._exit(0)",
    "kill": "import os\nos.kill(0, 9)",
    "quit": "quit()",
    "crash": "import ctypes\nctypes.string_at(0)",
    "closed": "import os\nos.closerange(3, 200)",
    "file": "with open('big', 'wb') as file:\n    while True:\n        file.write(b'x' * 2**20)",
    "deep": "def f(n):\n    return f(n + 1)\nimport sys\nsys.setrecursionlimit(10**6)\nf(0)",
    "nested output": "from IPython.display import display\nx = []\nfor _ in range(10**4): x = [x]\n"
                     "display({'application/json': x}, raw=True)",
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_itself_and_nothing_else(world, monkeypatch, name):
    """Honest work beside it and after it is graded as ever; nothing of it is left."""
    monkeypatch.setattr("sandyq_grading.kernel.CELL_SECONDS", 5.0)
    monkeypatch.setattr("sandyq_grading.kernel.NOTEBOOK_SECONDS", 30.0)
    if os.geteuid() != 0 and name == "forks":
        pytest.skip("nobody counts an ordinary user's processes")
    bomb = answer(release(make_source()), double=BOMBS[name])
    results = []
    beside = threading.Thread(target=lambda: results.append(world.grade(make_source(), bomb)))
    beside.start()
    assert is_honest_work_graded(world)
    beside.join()
    assert scores(results[0])["double-tests"] == 0.0
    assert len(json.dumps(results[0])) < 6 * 2**20
    assert is_honest_work_graded(world)
    wait_for(lambda: count_children(world) == 0, "all kernels to end")
    if os.geteuid() == 0:
        wait_for(lambda: not list((world.forks.folder / "homes").iterdir()), "all homes to go")
    assert list(world.sandbox.folder.iterdir()) == []


# The zip


def pack(*files, links=()):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files:
            zipped.writestr(name, content)
        for name, target in links:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16
            zipped.writestr(entry, target)
    return io.BytesIO(archive.getvalue())


def lie_about_size():
    """A zip whose directory says that a file of 200 MB has ten bytes."""
    archive = pack(("submitted/a", b"0" * 200 * 2**20)).getvalue()
    return io.BytesIO(archive.replace((200 * 2**20).to_bytes(4, "little"), (10).to_bytes(4, "little")))


@pytest.mark.parametrize(
    "archive",
    [
        pack(("submitted/../../evil", "x")),
        pack(("/etc/evil", "x")),
        pack(("submitted/a\\..\\b", "x")),
        pack(("submitted/a\nb", "x")),
        pack(("submitted/" + "a" * 300, "x")),
        pack(links=[("submitted/link", "/etc/passwd")]),
        pack(("submitted/a", "x"), ("submitted/a/b", "x")),
        pack(*((f"submitted/{number}", "x") for number in range(10_000))),
        pack(("submitted/bomb", b"0" * 200 * 2**20)),
        lie_about_size(),
        io.BytesIO(b"junk" * 1000),
        io.BytesIO(b""),
    ],
)
def test_a_bad_zip_is_refused_and_writes_nothing_outside(tmp_path, archive):
    folder = tmp_path / "inside"
    folder.mkdir()
    with pytest.raises(BadPack):
        unpack(archive, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]
    assert not Path("/etc/evil").exists()
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 6 * 2**20


# The marks


SWALLOW = """
shell = get_ipython()
honest = type(shell).run_code
async def run_code(self, code, result=None, *, async_=False):
    await honest(self, code, result, async_=async_)
    if result is not None:
        result.error_in_exec = None
    return False
type(shell).run_code = run_code
type(shell).showtraceback = lambda *_, **__: None
"""
FORGE = """
def double(n):
    kernel = get_ipython().kernel
    parent, ident = kernel.get_parent('shell'), kernel._parent_ident['shell']
    content = {'status': 'ok', 'execution_count': 3, 'user_expressions': {}, 'payload': []}
    kernel.session.send(kernel.shell_stream.socket, 'execute_reply', content, parent, ident=ident)
    kernel.session.send(kernel.iopub_socket, 'status', {'execution_state': 'idle'}, parent, ident=b'status')
"""
SHELL = "globals()['get_' + 'ipython']()"
LOOK_UP = """
import re, traceback
def double(n):
    return int(re.search(rf"double\\({{n}}\\) == (\\d+)", {asked})[1])
"""
"""Doubles nothing: looks up what the tests want."""
CHEATS = {
    "run_code": (SWALLOW, {"canary-passed", "runner-replaced", "reaches-into-runner"}),
    "run_code of the instance": (
        "import types\n"
        + SWALLOW.replace(
            "type(shell).run_code = run_code", "shell.run_code = types.MethodType(run_code, shell)"
        ),
        {"canary-passed", "runner-replaced", "reaches-into-runner"},
    ),
    "run_code by another name": (
        SWALLOW.replace("get_ipython()", "globals()['get_' + 'ipython']()"),
        {"canary-passed", "runner-replaced"},
    ),
    "its code": (
        "shell = get_ipython()\nasync def run_code(self, code, result=None, *, async_=False):\n    return False\n"
        "type(shell).run_code.__code__ = run_code.__code__",
        {"canary-passed", "runner-replaced"},
    ),
    "transformer": (
        "import ast\nclass Drop(ast.NodeTransformer):\n    def visit_Assert(self, node):\n        return ast.Pass()\n"
        "get_ipython().ast_transformers.append(Drop())",
        {"canary-passed", "reaches-into-runner"},
    ),
    "text transformer": (
        "get_ipython().input_transformers_post.append(lambda lines: [x.replace('assert', 'None and') for x in lines])",
        {"canary-passed", "reaches-into-runner"},
    ),
    "custom handler": (
        "get_ipython().set_custom_exc((AssertionError,), lambda *a, **k: None)",
        {"runner-replaced"},
    ),
    "which results": (
        "get_ipython().ast_node_interactivity = 'none'\ndef double(n):\n    return 0",
        {"runner-replaced"},
    ),
    "trace": (
        "import sys\nsys.settrace(lambda *_: None)\n",
        {"runner-replaced", "reaches-into-runner"},
    ),
    "builtins": (
        "import builtins\nbuiltins.sum = lambda _: 4\ndef double(n):\n    return 0",
        {"runner-replaced", "reaches-into-runner"},
    ),
    "names": ("def sum(_):\n    return 4\ndef double(n):\n    return 0", {"name-shadowed"}),
    "equal": (
        "class All:\n    def __eq__(self, other):\n        return True\ndef double(n):\n    return All()",
        {"equal-to-everything"},
    ),
    "forged result": (
        "def double(n):\n    get_ipython().displayhook(3)\n    return 0",
        {"result-forged"},
    ),
    "forged reply": (FORGE + "    raise SystemExit", {"reaches-into-runner", "result-forged"}),
    "forged reply, then the end": (
        FORGE + "    import os, time\n    time.sleep(1)\n    os._exit(0)",
        {"reaches-into-runner", "kernel-ended"},
    ),
    "strange result": (
        "def sum(_):\n    return float('nan')\ndef double(n):\n    return 0",
        {"name-shadowed", "result-strange"},
    ),
    "end": ("import os\ndef double(n):\n    os._exit(0)", set()),
    "a semicolon before": ("def double(n):\n    return 0\n0;", set()),
    "a semicolon meanwhile": (
        "def double(n):\n    globals()['I' + 'n'].append('0;')\n    return 0",
        set(),
    ),
    "how numbers look": (
        f"{SHELL}.display_formatter.formatters['text/plain'].for_type(float, lambda *a: a[1].text('2'))",
        {"runner-replaced"},
    ),
    "who shows numbers": (
        f"{SHELL}.display_formatter.ipython_display_formatter.for_type(float, lambda _: None)",
        {"runner-replaced"},
    ),
    "who describes numbers": (
        f"{SHELL}.display_formatter.mimebundle_formatter.for_type(float, lambda *_, **__: {{'text/plain': '2'}})",
        {"runner-replaced"},
    ),
    "a number of one's own": (
        "class Two(float):\n    def __repr__(self):\n        return '2'\n"
        "class Even(int):\n    def __eq__(self, other):\n        return Sum(other)\n"
        "class Sum(float):\n    def __radd__(self, other):\n        return self\n    def __add__(self, other):\n"
        "        return self\n    def __truediv__(self, other):\n        return Two(other)\n"
        "def double(n):\n    return Even(0)",
        {"result-strange"},
    ),
    "what is asked": (LOOK_UP.format(asked="In[-1]"), {"reaches-into-runner"}),
    "what was asked before": (LOOK_UP.format(asked="_i + _i3"), {"reaches-into-runner"}),
    "what is asked, by another name": (LOOK_UP.format(asked="''.join(globals()['I' + 'n'])"), set()),
    "what its module calls": (
        "import sys\ndef tame(code, *spaces):\n    try:\n        exec(code, *spaces)\n    except AssertionError:\n"
        "        if 1 in code.co_consts:\n            raise\n"
        "sys.modules['IPy' + 'thon.core.interactiveshell'].exec = tame",
        {"runner-replaced", "made-as-it-runs"},
    ),
    "who compiles": (
        "import ast, codeop\nhonest = codeop.Compile.__call__\ndef compile_some(self, tree, *more, **how):\n"
        "    if isinstance(tree, ast.Module):\n"
        "        tree.body = [n for n in tree.body if not isinstance(n, ast.Assert) or n.msg]\n"
        "    return honest(self, tree, *more, **how)\ncodeop.Compile.__call__ = compile_some",
        {"runner-replaced"},
    ),
    "transformer from nowhere": (
        "import ast\nclass Drop(ast.NodeTransformer):\n    __module__ = 'IPython.core'\n"
        "    def visit_Assert(self, node):\n        return node if node.msg else ast.Pass()\n"
        f"{SHELL}.ast_transformers.append(Drop())",
        {"runner-replaced", "made-as-it-runs"},
    ),
    "called around cells, wrapped": (
        f"import functools\n{SHELL}.events.register('pre_run_cell', functools.partial(lambda cell: None))",
        {"runner-replaced", "made-as-it-runs"},
    ),
    "a default": (
        f"{SHELL}.__class__.run_ast_nodes.__kwdefaults__ = {{}}",
        {"runner-replaced", "made-as-it-runs"},
    ),
    "frames by other names": (
        "import sys\ndef double(n):\n    return getattr(sys, '_get' + 'frame')(1) and 0",
        {"made-as-it-runs"},
    ),
    "a module of one's own, with the code in it": (
        "%%writefile helper.py\nimport IPython\nIPython.get_ipython().ast_node_interactivity = 'none'",
        {"reaches-into-runner"},
    ),
    "a text with the code in it": (
        "exec('import builtins\\nbuiltins.sum = lambda _: 4')",
        {"runner-replaced", "reaches-into-runner", "made-as-it-runs"},
    ),
    "who asks": (
        LOOK_UP.format(asked="traceback.extract_stack()[-2].line"),
        {"reaches-into-runner"},
    ),
    "who asks, by a warning": (
        "import re, warnings\ndef double(n):\n    with warnings.catch_warnings(record=True) as told:\n"
        "        warnings.simplefilter('always')\n        warnings.warn('x', UserWarning, 2)\n"
        "    seen = told[0]\n"
        "    line = warnings.formatwarning(seen.message, seen.category, seen.filename, seen.lineno)\n"
        "    return int(re.search(rf'double\\({n}\\) == (\\d+)', line)[1])",
        {"reaches-into-runner"},
    ),
    "who asks, by where memory went": (
        "import re, tracemalloc\ntracemalloc.start(25)\ndef double(n):\n"
        "    lines = ' '.join(tracemalloc.get_object_traceback(object()).format())\n"
        "    return int(re.search(rf'double\\({n}\\) == (\\d+)', lines)[1])",
        {"reaches-into-runner"},
    ),
    "equal by a lambda": (
        "class All:\n    __eq__ = lambda self, other: True\ndef double(n):\n    return All()",
        {"equal-to-everything"},
    ),
    "equal afterwards": (
        "class All:\n    pass\nAll.__eq__ = lambda self, other: True\ndef double(n):\n    return All()",
        {"equal-to-everything"},
    ),
    "equal by a dictionary": (
        "All = type('All', (), {'__eq__': lambda self, other: True})\ndef double(n):\n    return All()",
        {"equal-to-everything"},
    ),
    "equal after a look": (
        "class All:\n    def __eq__(self, other):\n        other\n        return True\n"
        "def double(n):\n    return All()",
        {"equal-to-everything"},
    ),
    "equal, as the other side is to itself": (
        "class All:\n    def __eq__(self, other):\n        return other == other\n"
        "def double(n):\n    return All()",
        {"equal-to-everything"},
    ),
    "equal, or else": (
        "class All(int):\n    def __eq__(self, other):\n        return self.real == 0 or other is not self\n"
        "def double(n):\n    return All()",
        {"equal-to-everything"},
    ),
    "equal, deeper in the class": (
        "class All:\n    if True:\n        def __eq__(self, other):\n            return True\n"
        "def double(n):\n    return All()",
        {"equal-to-everything"},
    ),
    "equal, later": (
        "class All:\n    async def __eq__(self, other):\n        return self == other\n"
        "def double(n):\n    return All()",
        {"equal-to-everything"},
    ),
    "equal by a function": (
        "def same(self, other):\n    return other\nclass All:\n    __eq__ = same\n"
        "def double(n):\n    return All()",
        {"equal-to-everything"},
    ),
    "equal, ready made": (
        "from unittest.mock import ANY\ndef double(n):\n    return ANY",
        {"equal-to-everything"},
    ),
    "equal, told to be": (
        "from unittest.mock import MagicMock\nall_ = MagicMock()\nall_.__eq__.return_value = True\n"
        "def double(n):\n    return all_",
        {"equal-to-everything"},
    ),
    "nearly equal": (
        "import pytest\ndef double(n):\n    return pytest.approx(0, abs=float('inf'))",
        {"equal-to-everything"},
    ),
    **{
        f"equal, {how}": (
            f"seen = []\n{made}\ndef double(n):\n    return All(0)",
            {told},
        )
        for how, made, told in (
            (
                "whatever comes of it",
                "class All(int):\n    def __eq__(self, other):\n        return self.real == other or True",
                "equal-to-everything",
            ),
            (
                "nearly enough",
                "class All(int):\n    def __eq__(self, other):\n        return abs(self.real - other) < 1e9",
                "equal-to-everything",
            ),
            (
                "as it has just become",
                "class All(int):\n    def __eq__(self, other):\n        self.x = other\n"
                "        return self.x == other",
                "equal-to-everything",
            ),
            (
                "as it was told to become",
                "class All(int):\n    def keep(self, other):\n        self.x = other\n"
                "    def __eq__(self, other):\n        if self.keep(other):\n            return False\n"
                "        return self.x == other",
                "equal-to-everything",
            ),
            (
                "as what asks for its kind has kept",
                "class Keep(type):\n    def __instancecheck__(cls, thing):\n        seen.append(thing)\n"
                "class Kept(metaclass=Keep):\n    pass\nclass All(int):\n    @property\n    def x(self):\n"
                "        return seen[-1]\n    def __eq__(self, other):\n        if isinstance(other, Kept):\n"
                "            return False\n        return self.x == other",
                "equal-to-everything",
            ),
            (
                "as what a builtin's name stands for has kept",
                "def len(thing):\n    seen.append(thing)\nclass All(int):\n    @property\n    def x(self):\n"
                "        return seen[-1]\n    def __eq__(self, other):\n        if len(other):\n"
                "            return False\n        return self.x == other",
                "equal-to-everything",
            ),
            (
                "as a part of its parent's does",
                "from collections import UserList\nclass All(UserList):\n    def __init__(self, n):\n"
                "        self.data = n\n    def _UserList__cast(self, other):\n        return self.data",
                "equal-to-everything",
            ),
            (
                "which is decorated",
                "def always(_):\n    return lambda *both: True\nclass All(int):\n    @always\n"
                "    def __eq__(self, other):\n        return self.real == other",
                "equal-to-everything",
            ),
            (
                "one of two names",
                "class All(int):\n    __eq__, x = (lambda *both: True), 1",
                "equal-to-everything",
            ),
            (
                "by a name that is put together",
                "All = type('All', (int,), {'__e' + 'q__': lambda *both: True})",
                "made-as-it-runs",
            ),
            (
                "by a class of classes",
                "class Rename(type):\n    def __new__(kind, name, bases, body):\n"
                "        body = {key.replace('same', '__e' + 'q__'): value for key, value in body.items()}\n"
                "        return type.__new__(kind, name, bases, body)\n"
                "class All(int, metaclass=Rename):\n    def same(self, other):\n        return True",
                "made-as-it-runs",
            ),
        )
    },
    "names, for a moment": (
        "def double(n):\n    global sum\n    def fake(_):\n        global sum\n        del sum\n"
        "        return 4\n    sum = fake\n    return 4 if n == 2 else 10",
        {"name-shadowed"},
    ),
}


def is_raised(result):
    """A mark that this answer, which doubles nothing, should not have got."""
    return [name for name in ("double-tests", "part") if (scores(result)[name] or 0) > 1.0]


@pytest.mark.parametrize("name", CHEATS)
def test_no_cheat_raises_a_mark_unnoticed(world, name):
    code, expected = CHEATS[name]
    cheat = code if "def double" in code else f"{code}\ndef double(n):\n    return 0"
    result = world.grade(make_source(), answer(release(make_source()), double=cheat))
    assert expected <= {code for _, code in codes(result)}, result["flags"]
    assert result["flags"] or not is_raised(result)
    if "canary-passed" in expected:
        assert not is_raised(result), "what cannot fail is worth nothing"


COUNTED = """import math
score = 0
for n, expected in [(1, 2), (3, 6)]:
    if double(n) == expected:
        score += 1
if near(Cow().weigh(double(5)), 10):
    score += 1
if double(pd.read_csv("numbers.csv")["a"].sum()) == 6:
    score += 1
score"""
GIVEN = (
    "import pandas as pd\ndef near(a, b, most=0.01):\n    return abs(a - b) < most\n"
    "class Cow:\n    def weigh(self, n):\n        return n"
)
BRINGS = {
    "a method, by a file": "import patch\ndef double(n):\n    return 6",
    "its counter, by a file that is run": "%run -i patch.py",
    "its counter, by an extension": "%load_ext patch",
    "a helper, by all of a file": "from patch import *",
}
SHARED = {
    "its counter": ("def double(n):\n    global score\n    score = 4", "name-shadowed"),
    "its counter, from outside": (
        "import __main__ as here\ndef double(n):\n    here.score = 4",
        "made-as-it-runs",
    ),
    "what it expects": ("def double(n):\n    return expected", "reaches-into-runner"),
    "what it expects, which was there before": (
        "expected = 0\ndef double(n):\n    return expected",
        "name-shadowed",
    ),
    "what it expects, late": (
        "class Late(int):\n    @property\n    def real(self):\n        return expected\n"
        "    def __eq__(self, other):\n        return self.real == other\n"
        "def double(n):\n    return Late()",
        "reaches-into-runner",
    ),
    "a helper": ("def near(a, b):\n    return True\ndef double(n):\n    return 0", "name-shadowed"),
    "a helper, while it runs": (
        "def double(n):\n    global near\n    near = lambda *both: True\n    return 0",
        "name-shadowed",
    ),
    "a module": (
        "import types\npd = types.SimpleNamespace(read_csv=lambda _: pandas({'a': [3]}))\n"
        "from pandas import DataFrame as pandas\ndef double(n):\n    return 6",
        "name-shadowed",
    ),
    "a file": (
        "open('numbers.csv', 'w').write('a\\n3\\n')\ndef double(n):\n    return 6",
        "runner-replaced",
    ),
    "a helper's default": (
        "near.__defaults__ = (1e9,)\ndef double(n):\n    return 0",
        "reaches-into-runner",
    ),
    "a method of the teacher's": (
        "setattr(Cow, 'weigh', lambda self, n: 10)\ndef double(n):\n    return 0",
        "name-shadowed",
    ),
    "a helper, timed": ("%time near = lambda *both: True\ndef double(n):\n    return 0", "name-shadowed"),
    "its counter, by what ends the notebook": (
        "def double(n):\n    exit._ip.push({'score': 4})",
        "reaches-into-runner",
    ),
    "its counter, by a file that is run": (
        "%%writefile patch.py\ndef double(n):\n    global score\n    score = 4",
        "made-as-it-runs",
    ),
    "its counter, by an extension": (
        "%%writefile patch.py\ndef load_ipython_extension(shell):\n    def double(n):\n"
        "        shell.push({'score': 4})\n    shell.push({'double': double})",
        "made-as-it-runs",
    ),
    "a helper, by all of a file": (
        "%%writefile patch.py\ndef double(n):\n    return 0\ndef near(*both):\n    return True",
        "made-as-it-runs",
    ),
    "a method, by a file": (
        "%%writefile patch.py\nimport pandas\ndef three(*_):\n    return 3\npandas.DataFrame.sum = three",
        "runner-replaced",
    ),
    "a method of a class's parent": (
        "table = pd.DataFrame\ntable.sum = lambda *_: 3\ndef double(n):\n    return 6",
        "runner-replaced",
    ),
}


@pytest.mark.parametrize("name", SHARED)
def test_what_a_test_shares_with_the_notebook_is_watched(world, tmp_path, name):
    cheat, expected = SHARED[name]
    source = make_notebook(
        make_cell("given", "start", GIVEN),
        make_cell(
            "answer",
            "double",
            "def double(n):\n    ### BEGIN SOLUTION\n    return 2 * n\n    ### END SOLUTION",
        ),
        make_cell("tests", "counted", COUNTED, 4),
    )
    folder = write(tmp_path / "source", work=source, numbers_csv="a\n1\n2\n")
    cheated = answer(release(source), double=cheat)
    if name in BRINGS:
        cheated.cells.insert(2, nbformat.v4.new_code_cell(BRINGS[name]))
    result = world.grade(folder, write(tmp_path / "submitted", work=cheated))
    assert expected in {code for _, code in codes(result)}, result["flags"]
    work = (
        "import math\nimport pandas as pd\nfor n in range(3):\n    score = n\ncalls = 0\n"
        "def double(n):\n    global calls\n    calls += 1\n    expected = n + math.floor(n)\n    return expected"
    )
    submitted = write(tmp_path / "honest", work=answer(release(source), double=work))
    honest = world.grade(folder, submitted)
    assert (honest["flags"], scores(honest)) == ([], {"counted": 4.0})


def test_methods_that_an_assignment_asks_for_are_written_in_any_way(world):
    source = make_notebook(
        make_cell(
            "answer",
            "double",
            "### BEGIN SOLUTION\nclass Pair:\n    def __eq__(self, other):\n        return self.x == other.x\n"
            "### END SOLUTION",
        ),
        make_cell("tests", "pair", "assert Pair(1) == Pair(1)", 1),
    )
    work = (
        "class Pair:\n    def __init__(self, x):\n        self.x = x\n"
        "    def __eq__(self, other):\n        return all(a == b for a, b in [(self.x, other.x)])"
    )
    result = world.grade(source, answer(release(source), double=work))
    assert (result["flags"], scores(result)) == ([], {"pair": 1.0})


NEAR = {
    "a module": ("import math", "math.isclose", "math.isclose = lambda *_: True"),
    "a module in a module": (
        "import numpy as np",
        "np.testing.assert_allclose",
        "vars(np.testing)['assert_' + 'allclose'] = lambda *_: True",
    ),
    "a module in a module, by another name": (
        "import numpy as np",
        "np.testing.assert_allclose",
        "utils = np.testing._private.utils\nutils.assert_array_compare = lambda *_, **__: None",
    ),
    "for a moment": (
        "import math",
        "math.isclose",
        "honest = math.isclose\ndef fake(*_):\n    setattr(math, 'isclose', honest)\n    return True",
    ),
}


@pytest.mark.parametrize("name", NEAR)
def test_what_the_tests_call_is_watched_wherever_it_was_imported(world, name):
    """A cell that nbgrader does not know imports it; the answer exchanges it."""
    given, compare, exchange = NEAR[name]
    source = make_notebook(
        nbformat.v4.new_code_cell(given),
        make_cell(
            "answer",
            "double",
            "def double(n):\n    ### BEGIN SOLUTION\n    return 2 * n\n    ### END SOLUTION",
        ),
        make_cell("tests", "near", f"{compare}(double(2), 4)", 3),
    )
    answers = (
        "def double(n):\n    math.isclose = fake\n    return 0"
        if name == "for a moment"
        else "def double(n):\n    return 0"
    )
    result = world.grade(source, answer(release(source), double=f"{exchange}\n{answers}"))
    assert "runner-replaced" in {code for _, code in codes(result)}, result["flags"]
    honest = world.grade(source, answer(release(source), double=RIGHT))
    assert (honest["flags"], scores(honest)) == ([], {"near": 3.0})


def test_who_judges_answers_to_questions_is_watched(world):
    """Our own assignments ask the lessons' kinds."""
    judged = (
        "from sandyq_widgets.parsing import parse_question\n"
        "asked = parse_question('number', 'id=a points=1 answer=5', 'How many?')"
    )
    source = make_notebook(
        make_cell("answer", "first", "answer = None\n### BEGIN SOLUTION\nanswer = 5\n### END SOLUTION"),
        make_cell("tests", "one", f"{judged}\nfloat(asked.judge(str(answer)).share)", 1),
        make_cell("answer", "second", "pass"),
        make_cell("tests", "two", f"{judged}\nfloat(asked.judge(str(answer)).share)", 1),
    )
    right = world.grade(source, answer(release(source), first="answer = 5"))
    assert (right["flags"], scores(right)) == ([], {"one": 1.0, "two": 1.0})
    patch = "kind = type(asked)\nhonest = kind.judge\nkind.judge = lambda self, told: honest(self, '5')"
    result = world.grade(source, answer(release(source), first="answer = 7", second=patch))
    assert ("two", "runner-replaced") in codes(result)
    patch = "from sandyq_widgets.kinds.number import NumberSpec as kind\n" + patch.replace(
        "kind = type(asked)\n", ""
    )
    result = world.grade(source, answer(release(source), first=f"{patch}\nanswer = 7"))
    assert {("first", "reaches-into-runner"), ("one", "runner-replaced")} <= codes(result)


def test_a_semicolon_of_the_teachers_silences_as_with_nbgrader(world):
    """A result that is not shown is none, and a test without one that does not fail gives all its points."""
    tests = make_cell("tests", "quiet", "0.5;", 2)
    source = make_notebook(tests, make_cell("tests", "told", "print('a;')\n0.5", 2))
    assert scores(world.grade(source, release(source))) == {"quiet": 2.0, "told": 0.5}


def test_nothing_that_a_kernel_remembers_holds_a_hidden_test(world):
    submitted = answer(release(make_source()), double=RIGHT)
    submitted.cells.append(nbformat.v4.new_code_cell("%history\nprint(In, _ih, _i, _ii)"))
    (notebook,) = world.grade(make_source(), submitted)["notebooks"]
    printed = "".join(output.text for output in notebook["ipynb"].cells[-1].outputs)
    assert "return n + n" in printed
    assert "double(5)" not in printed


SEEN = f"""
def keep(cell):
    seen.append((cell.raw_cell[:6], sorted(shell.kernel.get_parent('shell')['content']['user_expressions'])))
seen, shell = [], {SHELL}
shell.events.register('pre_run_cell', keep)
seen.append(sorted(shell.kernel.get_parent('shell')['content']['user_expressions']))
{RIGHT}
"""


def test_a_cell_cannot_change_how_it_is_looked_at_nor_tell_by_it_what_must_fail(world):
    """What is asked along with a cell lies open to it. So nothing is, and the same with tests and their likes."""
    submitted = answer(release(make_source()), double=SEEN)
    submitted.cells.append(nbformat.v4.new_code_cell("import json\nprint(json.dumps(seen))"))
    (notebook,) = world.grade(make_source(), submitted)["notebooks"]
    first, *others = json.loads(notebook["ipynb"].cells[-1].outputs[0].text)
    assert first == []
    assert ["assert", ["kind"]] in others
    assert {tuple(asked) for text, asked in others if text == "assert"} == {("kind",)}
    assert [text for text, _ in others].count("assert") >= 2, "the test and what must fail"


def test_files_beside_a_notebook_are_read_as_its_cells_are(world, tmp_path):
    submitted = write(tmp_path / "submitted", work=answer(release(make_source()), double=RIGHT))
    (submitted / "helper.py").write_text("import gc\nexec('1')")
    (submitted / "old.pyc").write_bytes(b"\0")
    (submitted / "fine.py").write_text("def treble(n):\n    return 3 * n")
    source = write(tmp_path / "source", work=make_source(), given_py="import gc")
    (submitted / "given.py").write_text("import gc")
    (submitted / "same.py").write_text(
        "class Same:\n    def __eq__(self, other):\n        return other == other"
    )
    flags = world.grade(source, submitted)["flags"]
    told = [(flag["code"], flag["detail"].partition(": ")[2]) for flag in flags]
    assert told == [
        ("reaches-into-runner", "helper.py: gc."),
        ("made-as-it-runs", "helper.py: exec."),
        ("made-as-it-runs", "old.pyc."),
        ("equal-to-everything", "same.py: Same."),
    ]


def test_a_module_of_ones_own_in_the_place_of_the_tests_is_told(world, tmp_path):
    source = make_notebook(
        make_cell("answer", "f", "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"),
        make_cell("tests", "t", "from checks_of_the_school import check\ncheck(f())", 1),
    )
    submitted = write(tmp_path / "submitted", work=release(source))
    (submitted / "checks_of_the_school.py").write_text("def check(_):\n    pass")
    result = world.grade(write(tmp_path / "source", work=source), submitted)
    assert codes(result) == {(None, "module-shadowed")}


@pytest.mark.parametrize(
    "code",
    [
        "class Point:\n    x = 1\n    def __eq__(self, other):\n        return self.x == other.x",
        "class Money:\n    tenge = 1\n    def __eq__(self, other):\n        if not isinstance(other, Money):\n"
        "            return NotImplemented\n        theirs = other.tenge\n        return self.tenge == theirs\n"
        "    def __ne__(self, other):\n        return not self == other\n"
        "    def __sub__(self, other):\n        return self.tenge - other.tenge",
        "class Name(str):\n    def __eq__(self, other):\n        return super().__eq__(other)\n"
        "    def __hash__(self):\n        return 1",
        "class Point:\n    x = y = 1\n    def __eq__(self, other):\n"
        "        if other is self:\n            return True\n"
        "        return isinstance(other, Point) and (self.x, self.y) == (other.x, other.y)\n"
        "    def __lt__(self, other):\n        return self.x < other.x\n"
        "    def __le__(self, other):\n        return self < other or self == other\n"
        "    def __contains__(self, item):\n        return item in (self.x, self.y)\n"
        "    def __sub__(self, other):\n        return Point(self.x - other.x, self.y - other.y)",
        "from abc import ABCMeta\nclass Animal(metaclass=ABCMeta):\n    pass\nprint(type('x'))",
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])",
        "import warnings\nwarnings.simplefilter('ignore')",
        "from math import *",
        "import pandas as pd\npd.options.display.max_rows = 5\npd.DataFrame({'a': [1]})",
        "!echo hello",
        "import logging, random, sys\nlogging.basicConfig()\nsys.setrecursionlimit(5000)\nrandom.seed(1)",
        "import ipywidgets\nipywidgets.IntSlider()",
        "try:\n    1 / 0\nexcept ZeroDivisionError as problem:\n    print(problem)",
        "for _i in range(3):\n    print(_i)\nprint('In', {'In': 1})",
        "import re\nwords = re.compile(r'\\w+')\nprint(getattr(words, 'pattern'), 'eval(x) and import gc')",
        "import matplotlib.pyplot as plt\nimport numpy as np, pandas as pd, json, hashlib, ast, asyncio\n"
        "plt.plot(np.arange(3))\nplt.show()\npd.DataFrame({'a': [1]}).eval('a + 1').plot()",
        "%time 1 + 1\nfrom functools import partial, lru_cache\n@lru_cache\ndef f():\n    pass\nf()",
        "import asyncio\nawait asyncio.sleep(0)",
        "class Sum:\n    def __add__(self, other):\n        return other\n    def __lt__(self, other):\n"
        "        if other is None:\n            return True\n        return False\nglobal_sum = 0",
        "import sys, io\nimport matplotlib.pyplot as plt\nplt.title = 'Prices'\nsys.stdin = io.StringIO('5')",
        "import warnings, pandas as pd\nwarnings.warn('x', UserWarning)\n"
        "pd.options.display.float_format = '{:.1f}'.format",
        "from IPython.display import HTML, Markdown, display\ndisplay(Markdown('*x*'), HTML('<b>x</b>'))",
    ],
)
def test_honest_code_is_not_accused(world, code):
    texts = {"double": f"{code}\n{RIGHT}", "why": "so"}
    result = world.grade(make_source(), answer(release(make_source()), **texts))
    assert result["flags"] == []
    assert scores(result) == HONEST
