"""Looks for attempts to raise a mark: in the text before anything runs, and in the kernel around each graded cell.

Nothing that shares an interpreter with a pupil's code can be certain. What this catches and what it does not stands in
docs/assignments.md. A flag tells the teacher; a score is taken away only where the machinery itself was seen to lie.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import ast
import json
import marshal
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from IPython.core.inputtransformer2 import TransformerManager

from sandyq_grading.kernel import Kernel, KernelGone
from sandyq_grading.notebooks import JSON, Cell, Source

RUNNERS = "get_ipython IPython ipykernel run_code run_cell displayhook user_ns ast_node_interactivity"
INSIDES = "builtins __builtins__ gc ctypes inspect monitoring settrace setprofile _getframe currentframe"
FRAMES = "f_back f_trace f_globals f_locals f_builtins tb_frame gi_frame cr_frame __code__"
CALLERS = """linecache extract_stack format_stack print_stack walk_stack stack_info findCaller _current_frames
faulthandler"""
REACHING: Final = frozenset(f"{RUNNERS} {INSIDES} {FRAMES} {CALLERS}".split())
"""Names that a pupil's answer has little reason to hold."""
HISTORY: Final = re.compile(r"In|_ih|_i{1,3}|_i\d+")
"""What IPython calls the cells that ran before. Tests are not among them; who asks is told of all the same."""
FINDERS = "__dict__ __getattribute__ __globals__ __import__ __self__ __subclasses__ attrgetter importlib"
BY_NAME: Final = frozenset(f"{FINDERS} methodcaller resolve_name runpy".split())
"""What finds or runs things by names that need not stand in the text."""
AS_IT_RUNS: Final = frozenset({"compile", "eval", "exec", "globals", "locals", "vars"})
"""Builtins that do so; others may have attributes of these names (``re.compile``)."""
ATTRIBUTES: Final = frozenset({"getattr", "setattr", "delattr"})
"""Builtins that do so unless they are told a name that stands there."""
COMPILED: Final = frozenset({".pyc", ".so"})
"""Files that can be imported and that nobody can read."""
RUNNER: Final = frozenset(
    (
        "IPython",
        "ast",
        "codeop",
        "hashlib",
        "ipykernel",
        "json",
        "jupyter_client",
        "sandyq",
        "shell",
        "kernel",
        "session",
        "displayhook",
        "display_pub",
    )
)
"""What nothing honest is added to: a function put in front of another is new."""
CHANGING: Final = frozenset({"IPython", "ipykernel", "sys", "__future__"})
"""Modules that change by themselves, or are looked at more closely."""
CANARY: Final = "assert {a} == {b}, {c}\n{source}"
"""Must fail. It holds the whole graded cell, which never runs: who looks for the cell's words finds them here, too."""
LOOK: Final = marshal.dumps(compile((Path(__file__).parent / "look.py").read_text(), "look", "exec"))
"""Compiled once, for the same Python: compiling takes as long as looking."""
CALL: Final = (
    "(lambda space: (exec(__import__('marshal').loads({source!r}), space), "
    "space['look']({nonce!r}, {modules!r}, {whole!r}))[1])({{}})"
)
NEVER_QUIET: Final = "setattr(get_ipython().displayhook, 'quiet', lambda: False)"
"""IPython looks for a semicolon in its list of inputs, which a cell may change; we look at the cell (``kernel``)."""
KIND: Final = "type(__import__('IPython').get_ipython().last_execution_result.result).__module__"
"""Where the class of the last result was made."""


def make_flag(notebook: str, cell: str | None, code: str, detail: str) -> JSON:
    return {"notebook": notebook, "cell": cell, "code": code, "detail": detail[:500]}


def parse(text: str) -> ast.Module | None:
    """Return the syntax of a cell, magics included; None when it has none."""
    try:
        return ast.parse(TransformerManager().transform_cell(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def list_modules(source: Source) -> list[str]:
    """Installed modules that the teacher's own cells import: what they bring is watched."""
    found: set[str] = set()
    for cell in source.cells.values():
        tree = parse(cell.source) if cell.cell_type == "code" else None
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
    return sorted(found)


def look_over(notebook: str, cells: Sequence[Cell], source: Source) -> Iterator[JSON]:
    """Flags for what stands in a pupil's own cells, before they run."""
    for cell in cells:
        known = cell.metadata.get("nbgrader") or {}
        name = known.get("grade_id")
        if cell.cell_type != "code" or (name in source.cells and not known.get("solution")):
            continue
        theirs = source.cells[str(name)].source if known else ""
        yield from _judge(notebook, name, cell.source, theirs)
        tree = parse(cell.source)
        if equal := sorted(_find_equal_to_all(tree)):
            yield make_flag(
                notebook,
                name,
                "equal-to-everything",
                f"These say they equal whatever comes: {', '.join(equal)}.",
            )


def look_over_files(notebook: str, folder: Path, names: Iterable[str]) -> Iterator[JSON]:
    """Flags for files of the pupil's that a cell could import."""
    for name in names:
        if Path(name).suffix in COMPILED:
            yield make_flag(notebook, None, "made-as-it-runs", f"Nobody can read what is compiled: {name}.")
        elif Path(name).suffix == ".py":
            text = (folder / name).read_bytes().decode(errors="replace")
            yield from _judge(notebook, None, text, file=name)


def _judge(notebook: str, cell: str | None, text: str, given: str = "", file: str = "") -> Iterator[JSON]:
    """Flags for code of a pupil's; what stands in the code that was ``given`` is the teacher's."""
    place = f"{file}: " if file else ""
    tree, theirs = parse(text), parse(given)
    reached = _find_reaching(tree, get_ipython_too=_writes_get_ipython(text)) - _find_reaching(theirs)
    if reached:
        detail = f"The code reaches into what runs and judges it: {place}{', '.join(sorted(reached))}."
        yield make_flag(notebook, cell, "reaches-into-runner", detail)
    if made := _find_made(tree) - _find_made(theirs):
        detail = f"The code finds names or makes code as it runs: {place}{', '.join(sorted(made))}."
        yield make_flag(notebook, cell, "made-as-it-runs", detail)


def _writes_get_ipython(text: str) -> bool:
    """Magics are turned into calls of it, too, so the text itself decides."""
    return "get_ipython" in text


def _find_reaching(tree: ast.Module | None, get_ipython_too: bool = True) -> set[str]:
    found: set[str] = set()
    past: set[str] = set()
    own: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        match node:
            case ast.Name(id=word, ctx=ast.Load()) if HISTORY.fullmatch(word):
                past.add(word)
            case ast.Name(id=word) if HISTORY.fullmatch(word):
                own.add(word)
            case ast.Name(id=word) | ast.Attribute(attr=word):
                found.add(word)
            case ast.Import(names=names):
                found |= {part for each in names for part in each.name.split(".")}
            case ast.ImportFrom(module="IPython.display", names=names):  # what shows things is for all
                found |= {each.name for each in names}
            case ast.ImportFrom(module=module, names=names):
                found |= {*(module or "").split("."), *(each.name for each in names)}
            case ast.Constant(value=str(word)):
                found |= {word, *word.split("."), *_find_reaching(_read_code(word))}
            case ast.keyword(arg=str(word)):
                found.add(word)
    return (past - own) | (found & REACHING) - (set() if get_ipython_too else {"get_ipython"})


def _read_code(text: str) -> ast.Module | None:
    """Return the syntax of a text that a program holds, if it could be run: whoever writes a module writes a text."""
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.parse(text) if "(" in text or "import" in text else None
    return None


def _find_made(tree: ast.Module | None) -> set[str]:
    """What finds or runs things by names that need not stand in the text."""
    found: set[str] = set()
    plain: set[int] = set()
    for node in ast.walk(tree) if tree else ():
        match node:
            case ast.Call(func=ast.Name(id=word) as named, args=[_, ast.Constant(), *_]) if (
                word in ATTRIBUTES
            ):
                plain.add(id(named))
            case ast.Name(id=word, ctx=ast.Load()) if word in AS_IT_RUNS:
                found.add(word)
            case ast.Name(id=word, ctx=ast.Load()) if word in ATTRIBUTES and id(node) not in plain:
                found.add(word)  # a call is walked before its name
            case ast.Attribute(value=ast.Name(id="sys"), attr="modules"):
                found.add("sys.modules")
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.Constant(value=str(word)):
                found |= {word} & BY_NAME
                found |= _find_made(_read_code(word)) if isinstance(node, ast.Constant) else set()
            case ast.Import(names=names):
                found |= BY_NAME & {part for each in names for part in each.name.split(".")}
            case ast.ImportFrom(module=module, names=names):
                found |= BY_NAME & {*(module or "").split("."), *(each.name for each in names)}
                if module == "sys" and any(each.name in ("modules", "*") for each in names):
                    found.add("sys.modules")
    return found


def _find_equal_to_all(tree: ast.Module | None) -> set[str]:
    """Classes whose comparison does not look at what they are compared with."""
    found = set()
    kinds = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)] if tree else []
    for kind in kinds:
        for method in kind.body:
            if not isinstance(method, ast.FunctionDef) or method.name not in ("__eq__", "__ne__"):
                continue
            others = {argument.arg for argument in method.args.args[1:]}
            used = {node.id for node in ast.walk(method) if isinstance(node, ast.Name)}
            if not others & used:
                found.add(kind.name)
    return found


def find_shadowing_files(names: Iterable[str], given: Iterable[str], source: Source) -> list[str]:
    """A pupil's files that would be imported instead of a module of the teacher's cells."""
    wanted = {name.split(".")[0] for name in list_modules(source)}
    ours = set(given)
    return sorted(
        name for name in names if name not in ours and Path(name).parts[0].removesuffix(".py") in wanted
    )


def read_look(text: str) -> JSON:
    """Return what a look told; KernelGone when it told nothing."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise KernelGone("The kernel no longer says what it is made of.")
    return told


class Watch:
    """Watches one kernel: what its runner is made of before any of the pupil's code, and ever after."""

    def __init__(self, kernel: Kernel, source: Source) -> None:
        self.kernel = kernel
        self.modules = [name for name in list_modules(source) if name.split(".")[0] not in CHANGING]
        self.nonce = ""
        self.before = read_look(kernel.evaluate(f"({NEVER_QUIET}, {self._call(whole=True)})[1]"))
        self.told: set[str] = set()
        """What was already flagged: each once."""

    def _call(self, whole: bool) -> str:
        return CALL.format(source=LOOK, nonce=self.nonce, modules=self.modules, whole=whole)

    def make_look(self) -> str:
        """Return an expression whose value ``compare`` takes: a look at the kernel that answers this time alone."""
        self.nonce = secrets.token_hex(16)
        return self._call(whole=False)

    def compare(self, cell: Cell, seen: str = "") -> tuple[list[str], list[str]]:
        """Return what of the runner was replaced since the start, and which names the cell uses are the pupil's own.

        ``seen``: what the last ``make_look`` gave, right before; empty: nothing, so we look now.
        """
        told = read_look(seen or self.kernel.evaluate(self.make_look()))
        expected = sha256((self.nonce + self.before["digest"]).encode()).hexdigest()
        changed: list[str] = []
        if told.get("proof") != expected:
            now, then = read_look(self.kernel.evaluate(self._call(whole=True))), self.before["things"]
            things = now["things"] if isinstance(now.get("things"), dict) else {}
            changed = [name for name, value in then.items() if things.get(name) != value]
            changed += [name for name in things if name not in then and name.split(".")[0] in RUNNER]
            if not changed:  # modules have brought something new
                self.before = now
        used = {
            node.id
            for node in ast.walk(parse(cell.source) or ast.Module([], []))
            if isinstance(node, ast.Name)
        }
        own = told.get("own")
        return changed, sorted(used & set(own if isinstance(own, list) else ()))

    def fails_as_it_must(self, cell: Cell) -> bool:
        """Run a cell that must fail by an assertion and looks like the graded one; False when it did not."""
        a, b = secrets.randbelow(10**6), 10**6 + secrets.randbelow(10**6)
        mixes = not cell.source.lstrip().startswith("%%") and "__future__" not in cell.source
        code = CANARY.format(a=a, b=b, c=repr(secrets.token_hex(4)), source=cell.source if mixes else "")
        reply = self.kernel.ask(code, {"kind": KIND}, remembered=False)
        return reply.content.get("status") == "error" and reply.content.get("ename") == "AssertionError"

    def news(self, names: Iterable[str]) -> list[str]:
        """Those of the names that were not told before."""
        fresh = [name for name in names if name not in self.told]
        self.told |= set(fresh)
        return fresh
