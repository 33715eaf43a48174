"""Looks for attempts to raise a mark: in the text before anything runs, and in the kernel around each graded cell.

Nothing that shares an interpreter with a pupil's code can be certain. What this catches and what it does not stands in
docs/assignments.md. A flag tells the teacher; a score is taken away only where the machinery itself was seen to lie.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import ast
import builtins
import json
import marshal
import pkgutil
import re
import secrets
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from IPython.core.inputtransformer2 import TransformerManager
from nbgrader.utils import is_grade, is_solution

from sandyq_grading.comparing import PLAIN, SUBTRACTING, is_honest
from sandyq_grading.kernel import Kernel, KernelGone
from sandyq_grading.notebooks import JSON, Cell, Source
from sandyq_grading.shared import Teachers, find_bound, find_exchanged, find_peeked

RUNNERS = "get_ipython IPython ipykernel run_code run_cell displayhook user_ns ast_node_interactivity"
INSIDES = "builtins __builtins__ gc ctypes inspect monitoring settrace setprofile _getframe currentframe"
FRAMES = "f_back f_trace f_globals f_locals f_builtins tb_frame gi_frame cr_frame"
PARTS = "__code__ __defaults__ __kwdefaults__ _ip history_manager"
"""Of functions; and of what knows the shell."""
CALLERS = """linecache extract_stack format_stack print_stack walk_stack stack_info findCaller _current_frames
faulthandler stacklevel skip_file_prefixes formatwarning tracemalloc get_object_traceback"""
DEBUGGERS = "bdb pdb cProfile f_lineno"
JUDGES = "sandyq_widgets"
"""Which judges answers to questions."""
REACHING: Final = frozenset(f"{RUNNERS} {INSIDES} {FRAMES} {PARTS} {CALLERS} {DEBUGGERS} {JUDGES}".split())
"""Names that a pupil's answer has little reason to hold."""
HISTORY: Final = re.compile(r"In|_ih|_i{1,3}|_i\d+")
"""What IPython calls the cells that ran before. Tests are not among them; who asks is told of all the same."""
FINDERS = "__dict__ __getattribute__ __globals__ __import__ __self__ __subclasses__ attrgetter importlib"
MAKERS = "__setattr__ make_dataclass new_class update_wrapper CodeType FunctionType read_pickle get_field"
BY_NAME: Final = frozenset(f"{FINDERS} {MAKERS} methodcaller resolve_name runpy".split())
"""What finds or runs things by names that need not stand in the text."""
LOADERS: Final = frozenset({"__main__", "cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve"})
"""Modules that hand out the notebook's own names, or make what they read."""
TIMING: Final = frozenset({"capture", "prun", "time", "timeit"})
"""Magics whose text is a part of the cell."""
RUNNING: Final = frozenset(
    {"alias_magic", "edit", "load_ext", "macro", "recall", "reload_ext", "rep", "rerun", "run", "store"}
)
"""Magics that run what does not stand in the cell."""
AS_IT_RUNS: Final = frozenset({"compile", "eval", "exec", "globals", "locals", "vars"})
"""Builtins that do so; others may have attributes of these names (``re.compile``)."""
ATTRIBUTES: Final = frozenset({"getattr", "setattr", "delattr"})
"""Builtins that do so unless they are told a name that stands there."""
PAIRS = "add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod contains"
COMPARING: Final = frozenset(f"__{name}__" for name in f"eq ne lt le gt ge {PAIRS}".split())
"""Methods that look at what a value is compared or reckoned with, if they are honest."""
EQUAL: Final = frozenset({"__eq__", "__ne__"})
TWO_SIDED: Final = EQUAL | {"__sub__", "__rsub__"}
"""Of these, what honestly puts one side beside the other; a test for equality calls one of them."""
HOOKS: Final = frozenset(
    {
        "__array_function__",
        "__array_ufunc__",
        "__instancecheck__",
        "__subclasscheck__",
        "_UserList__cast",
        "_arith_method",
        "_cmp",
        "_cmp_method",
        "_richcmp",
        "make_comparable",
    }
)
"""Methods through which others' comparisons go."""
REDUCERS = "abs round trunc pos neg pow mul rmul truediv floordiv mod"
REDUCING: Final = frozenset(f"__{name}__" for name in REDUCERS.split())
"""What can make any difference a small one."""
NO_COMPARISON: Final = frozenset({"isinstance", "print", "type"})
PRETENDERS: Final = frozenset({"mock", "pytest"})
"""Modules with things that are equal to whatever one likes."""
STREAMS: Final = frozenset({"stdin", "stdout", "stderr", "options", "rcParams"})
"""Of modules, what is anybody's to change."""
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
    "space['look']({nonce!r}, {modules!r}, {files!r}, {folder!r}, {whole!r}))[1])({{}})"
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
        tree = ast.parse(TransformerManager().transform_cell(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for node in list(ast.walk(tree)):
        if (called := _read_magic(node)) and called[0] in TIMING:
            timed = parse(called[1])
            tree.body += timed.body if timed else []
    return tree


def _read_magic(node: ast.AST) -> tuple[str, str] | None:
    """Return a magic's name and text, of the call that IPython makes of it."""
    match node:
        case ast.Call(
            func=ast.Attribute(attr="run_line_magic" | "run_cell_magic"),
            args=[ast.Constant(value=str(name)), *_, ast.Constant(value=str(text))],
        ):
            return name, text
    return None


@dataclass(frozen=True)
class Taught:
    """What a teacher's notebook says to whoever judges a pupil's; the same for all that hand it in."""

    trees: Mapping[str, ast.Module | None]
    """Texts of the teacher's → their syntax."""
    modules: Sequence[str]
    """Installed modules that the teacher's code imports, or reaches through those: what they bring is watched."""
    imported: frozenset[str]
    """Names that its imports give."""
    methods: frozenset[str]
    teachers: Teachers
    asked: frozenset[str]
    """Names of builtins' functions that its tests use."""

    def parse(self, text: str) -> ast.Module | None:
        return self.trees[text] if text in self.trees else parse(text)


@lru_cache(maxsize=32)
def study(source: Source) -> Taught:
    """Read a teacher's notebook, once for a class: that takes longer than to read what a pupil wrote into it."""
    ours = [cell for cell in source.cells.values() if cell.cell_type == "code"]
    trees = {text: parse(text) for text in (*source.code, *(cell.source for cell in ours))}
    theirs = [cell for cell in ours if not is_solution(cell)]
    tests, given = (
        [tree for cell in theirs if is_grade(cell) == graded and (tree := trees[cell.source])]
        for graded in (True, False)
    )
    others = set(source.code) - {cell.source for cell in theirs}
    code = [tree for text in source.code if (tree := trees[text])]
    return Taught(
        trees,
        _list_imported_modules(code),
        frozenset(_find_imported(code)),
        frozenset(_find_methods(code)),
        Teachers.read(tests, given, [tree for text in others if (tree := trees[text])]),
        frozenset(
            node.id
            for node in _walk(tests)
            if isinstance(node, ast.Name) and callable(getattr(builtins, node.id, None))
        ),
    )


def list_modules(source: Source) -> list[str]:
    """Installed modules that the teacher's code imports, or reaches through those."""
    return list(study(source).modules)


def _list_imported_modules(trees: Sequence[ast.AST]) -> list[str]:
    found: set[str] = set()
    bound: dict[str, str] = {}
    for node in _walk(trees):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
            bound |= {each.asname or each.name.split(".")[0]: each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    for node in _walk(trees):
        chain = _read_chain(node.value) if isinstance(node, ast.Attribute) else []
        module = bound.get(chain[0], "") if len(chain) > 1 else ""
        if module and module.split(".")[0] not in sys.stdlib_module_names:
            found.add(".".join([module, *chain[1:]]))
    return sorted(found)


def _walk(trees: Iterable[ast.AST]) -> Iterator[ast.AST]:
    for tree in trees:
        yield from ast.walk(tree)


def _read_chain(node: ast.AST) -> list[str]:
    """Return the names of ``a.b.c``; empty for anything else."""
    if isinstance(node, ast.Name):
        return [node.id]
    inner = _read_chain(node.value) if isinstance(node, ast.Attribute) else []
    return [*inner, node.attr] if inner and isinstance(node, ast.Attribute) else []


def _list_judges() -> list[str]:
    """Modules of the questions, which are programs of ours and judge what a test asks them."""
    from sandyq_widgets import kinds

    return [
        kinds.__name__,
        *(f"{kinds.__name__}.{each.name}" for each in pkgutil.iter_modules(kinds.__path__)),
    ]


def look_over(notebook: str, cells: Sequence[Cell], source: Source) -> Iterator[JSON]:
    """Flags for what stands in a pupil's own cells, before they run."""
    own = [cell for cell in cells if cell.cell_type == "code" and not _is_given(cell, source)]
    taught = study(source)
    teachers = taught.teachers
    trees = {id(cell): taught.parse(cell.source) for cell in own}
    imported = _find_imported(trees.values()) | taught.imported
    imported |= _find_other_names(trees.values(), imported)
    comparing = Comparing.read(trees.values(), taught)
    for cell in own:
        known = cell.metadata.get("nbgrader") or {}
        name, tree = known.get("grade_id"), trees[id(cell)]
        given = taught.parse(source.cells[str(name)].source) if known else None
        yield from _judge(notebook, name, (cell.source, tree), given)
        if equal := sorted(_find_equal_to_all(tree, comparing)):
            detail = f"These say they equal whatever comes: {', '.join(equal)}."
            yield make_flag(notebook, name, "equal-to-everything", detail)
        if patched := sorted(_find_patched(tree, imported)):
            detail = f"The code exchanges parts of modules: {', '.join(patched)}."
            yield make_flag(notebook, name, "runner-replaced", detail)
        if shadowed := sorted(_find_shadowed(tree) & taught.asked | find_exchanged(tree, teachers)):
            detail = f"The code gives names that the tests use another meaning: {', '.join(shadowed)}."
            yield make_flag(notebook, name, "name-shadowed", detail)
    for number, peeked, own_too in find_peeked(trees.values(), teachers):
        name = (own[number].metadata.get("nbgrader") or {}).get("grade_id")
        detail = f"A function reads what the tests give a meaning: {', '.join(sorted(peeked))}."
        yield make_flag(notebook, name, "name-shadowed" if own_too else "reaches-into-runner", detail)


def _is_given(cell: Cell, source: Source) -> bool:
    """Whether a cell's text is the teacher's."""
    known = cell.metadata.get("nbgrader") or {}
    return known.get("grade_id") in source.cells and not known.get("solution")


def _find_imported(trees: Iterable[ast.AST | None]) -> set[str]:
    """Names that imports give."""
    return {
        alias.asname or alias.name.split(".")[0]
        for node in _walk(tree for tree in trees if tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


def _find_other_names(trees: Iterable[ast.AST | None], imported: Set[str]) -> set[str]:
    """Names for a part of what was imported, or for all of it: ``utils = numpy.testing._private.utils``."""
    found: set[str] = set()
    for node in _walk(tree for tree in trees if tree):
        match node:
            case ast.Assign(value=value, targets=targets):
                given = targets
            case (
                ast.AnnAssign(value=ast.expr() as value, target=target)
                | ast.NamedExpr(value=value, target=target)
            ):
                given = [target]
            case _:
                continue
        parts = value.elts if isinstance(value, ast.Tuple | ast.List) else [value]
        if any(chain[0] in imported | found for part in parts if (chain := _read_chain(part))):
            found |= _list_names(given)
    return found


def _find_patched(tree: ast.AST | None, imported: Set[str]) -> set[str]:
    """Parts of what was imported that are given another value than a plain one, in whatever statement.

    ``imported``: names for what the notebook's other cells imported.
    """
    found: set[str] = set()
    imported = imported | _find_imported([tree])
    imported |= _find_other_names([tree], imported)
    plain: set[int] = set()
    for node in _walk([tree] if tree else []):
        match node:
            case ast.Assign(targets=targets, value=ast.Constant() | ast.JoinedStr()):
                plain |= {id(target) for target in targets}  # a statement is walked before its parts
                continue
            case ast.Attribute(ctx=ast.Store() | ast.Del()) if id(node) not in plain:
                chain = _read_chain(node)
            case ast.Call(func=ast.Name(id="setattr"), args=[thing, ast.Constant(value=str(name)), _]):
                chain = [*_read_chain(thing), name]
            case ast.Constant(value=str(text)) if inner := _read_code(text):
                found |= _find_patched(inner, imported)
                continue
            case _:
                continue
        if chain[:1] and chain[0] in imported and not STREAMS & {*chain}:
            found.add(".".join(chain))
    return found


def _find_shadowed(tree: ast.AST | None) -> set[str]:
    """Names that a function gives to the whole notebook, after anybody could have looked."""
    return {
        name for node in _walk([tree] if tree else []) if isinstance(node, ast.Global) for name in node.names
    }


def look_over_files(notebook: str, folder: Path, names: Iterable[str], source: Source) -> Iterator[JSON]:
    """Flags for files of the pupil's that a cell could import."""
    for name in names:
        if Path(name).suffix in COMPILED:
            yield make_flag(notebook, None, "made-as-it-runs", f"Nobody can read what is compiled: {name}.")
        elif Path(name).suffix == ".py":
            text = (folder / name).read_bytes().decode(errors="replace")
            yield from _judge(notebook, None, (text, tree := parse(text)), file=name)
            comparing = Comparing.read([tree], study(source))
            if equal := sorted(_find_equal_to_all(tree, comparing)):
                detail = f"These say they equal whatever comes: {name}: {', '.join(equal)}."
                yield make_flag(notebook, None, "equal-to-everything", detail)
            if patched := sorted(_find_patched(tree, set())):
                detail = f"The code exchanges parts of modules: {name}: {', '.join(patched)}."
                yield make_flag(notebook, None, "runner-replaced", detail)


def _judge(
    notebook: str,
    cell: str | None,
    code: tuple[str, ast.Module | None],
    given: ast.Module | None = None,
    file: str = "",
) -> Iterator[JSON]:
    """Flags for code of a pupil's, its text and syntax; what stands in what was ``given`` is the teacher's."""
    place, (text, tree) = f"{file}: " if file else "", code
    reached = _find_reaching(tree, get_ipython_too=_writes_get_ipython(text)) - _find_reaching(given)
    if reached:
        detail = f"The code reaches into what runs and judges it: {place}{', '.join(sorted(reached))}."
        yield make_flag(notebook, cell, "reaches-into-runner", detail)
    if made := _find_made(tree) - _find_made(given):
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
        match node:
            case ast.Call(func=ast.Name(id="warn") | ast.Attribute(attr="warn"), args=[_, _, _, *_]):
                found.add("stacklevel")
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
        found |= _list_unseen(node)
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
                found |= (BY_NAME | LOADERS) & {part for each in names for part in each.name.split(".")}
            case ast.ImportFrom(module=module, names=names):
                found |= (BY_NAME | LOADERS) & {*(module or "").split("."), *(each.name for each in names)}
                if module == "sys" and any(each.name in ("modules", "*") for each in names):
                    found.add("sys.modules")
    return found


def _list_unseen(node: ast.AST) -> set[str]:
    """Whatever brings methods or names that need not stand in the text."""
    match node:
        case ast.Call(func=ast.Name(id="type"), args=[_, _, _]):
            return {"type"}
        case ast.Call() if (called := _read_magic(node)) and called[0] in RUNNING:
            return {f"%{called[0]}"}
        case ast.ClassDef(name=name) if _is_of_classes(node):
            return {name}
        case ast.ImportFrom(names=[ast.alias(name="*")]) if not _is_installed(node.module or "", node.level):
            return {"import *"}
    return set()


def _is_installed(module: str, level: int) -> bool:
    top = module.partition(".")[0]
    return not level and (top in sys.stdlib_module_names or find_spec(top) is not None)


def _is_of_classes(node: ast.ClassDef) -> bool:
    """Whether it makes classes, or has others make it: their methods need not stand in the text."""
    makers = [each.value for each in node.keywords if each.arg in (None, "metaclass")]
    return any(isinstance(base, ast.Name) and base.id == "type" for base in node.bases) or any(
        ast.unparse(maker).split(".")[-1] not in ("ABCMeta", "EnumMeta") for maker in makers
    )


@dataclass(frozen=True)
class Comparing:
    """What a notebook's classes are to be judged by."""

    taught: frozenset[str]
    """Methods that the teacher's own code has: the assignment asks for such, and they may be written in any way."""
    bound: frozenset[str]
    subtracts: bool
    """Whether a class of the pupil's has a difference of its own."""

    @classmethod
    def read(cls, own: Iterable[ast.AST | None], taught: Taught) -> Comparing:
        trees = [tree for tree in own if tree]
        bound = {name for tree in trees for name in find_bound(tree)}
        return cls(taught.methods, frozenset(bound), bool(SUBTRACTING & _find_methods(trees)))


def _find_methods(trees: Iterable[ast.AST]) -> set[str]:
    return {node.name for node in _walk(trees) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def _find_equal_to_all(tree: ast.Module | None, comparing: Comparing) -> set[str]:
    """Classes whose comparison does not put the two sides beside each other, or does not look at the other one."""
    found: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        match node:
            case ast.ClassDef(name=name, body=body) if any(
                _is_blind(each, comparing) for each in _walk(body)
            ):
                found.add(name)
            case ast.Assign(targets=targets, value=value):
                chains = [_read_chain(target) for target in targets if isinstance(target, ast.Attribute)]
                found |= {
                    ".".join(each)
                    for each in chains
                    if each and (_is_blind_value(each[-1], value) or EQUAL & {*each[1:-1]})
                }
            case (
                ast.Name(id=word, ctx=ast.Store())
                | ast.Attribute(attr=word, ctx=ast.Store())
                | ast.keyword(arg=str(word))
                | ast.alias(asname=str(word))
            ) if word in PLAIN | HOOKS:
                found.add(word)
            case ast.Constant(value=str(word)):
                found |= ({word} & COMPARING) | _find_equal_to_all(_read_code(word), comparing)
            case ast.Import(names=names):
                found |= PRETENDERS & {part for each in names for part in each.name.split(".")}
            case ast.ImportFrom(module=str(module)):
                found |= PRETENDERS & {*module.split("."), *(each.name for each in node.names)}
            case ast.Attribute(value=ast.Name(id="unittest"), attr="mock"):
                found.add("mock")
    return found


def _is_blind(node: ast.AST, comparing: Comparing) -> bool:
    match node:
        case ast.FunctionDef(name=name) if name in HOOKS or (comparing.subtracts and name in REDUCING):
            return name not in comparing.taught
        case ast.FunctionDef(name=name, args=arguments, body=body) if name in PLAIN - comparing.taught:
            return bool(node.decorator_list) or not is_honest(name, arguments, body, comparing.bound)
        case ast.FunctionDef(name=name) if name in COMPARING:
            return _sees_nothing(node)
        case ast.AsyncFunctionDef(name=name):  # what it gives is always true
            return name in COMPARING
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return _is_blind_value(name, value)
    return False


def _sees_nothing(method: ast.FunctionDef) -> bool:
    told = [inner.value for inner in _walk(method.body) if isinstance(inner, ast.Return)]
    always = all(isinstance(each, ast.Constant) and each.value is True for each in told)
    yields = any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in _walk(method.body))
    return bool(told and always) or yields or not _is_honest(method.name, method.args, method.body)


def _is_blind_value(name: str, value: ast.expr) -> bool:
    """Whether what is given to a comparing method does not look; what stands elsewhere is not looked up."""
    if isinstance(value, ast.Lambda):
        return name in COMPARING and not _is_honest(name, value.args, [value.body])
    return name in EQUAL


def _is_honest(name: str, arguments: ast.arguments, body: Sequence[ast.AST]) -> bool:
    looks = _looks_at_both if name in TWO_SIDED else _looks_at_others
    return looks(arguments, body)


def _looks_at_others(arguments: ast.arguments, body: Sequence[ast.AST]) -> bool:
    others = {argument.arg for argument in arguments.args[1:]}
    return bool(others & _list_names(body))


def _looks_at_both(arguments: ast.arguments, body: Sequence[ast.AST]) -> bool:
    """Whether anywhere something of one's own is put beside something of the other side's."""
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    mine, others = {"super", *names[:1]}, {*names[1:]}
    for node in _walk(body):
        if isinstance(node, ast.Assign):
            given = {name.id for name in _walk(node.targets) if isinstance(name, ast.Name)}
            used = _list_names([node.value])
            mine |= given if mine & used else set()
            others |= given if others & used else set()
    beside = (_list_names([node]) for node in _walk(body) if _puts_beside(node))
    return any(mine & each and others & each for each in beside)


def _puts_beside(node: ast.AST) -> bool:
    match node:
        case ast.Compare(left=ast.Name(), ops=[ast.Is() | ast.IsNot()], comparators=[ast.Name()]):
            return False
        case ast.Call(func=ast.Name(id=name)):
            return name not in NO_COMPARISON
    return isinstance(node, ast.Compare | ast.BinOp | ast.Call)


def _list_names(nodes: Iterable[ast.AST]) -> set[str]:
    return {node.id for node in _walk(nodes) if isinstance(node, ast.Name)}


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

    def __init__(self, kernel: Kernel, source: Source, files: Sequence[str] = ()) -> None:
        """``files``: the teacher's, which a test may read again."""
        self.kernel, self.files, self.taught = kernel, list(files), study(source)
        modules = list_modules(source)
        modules += _list_judges() if any(name.split(".")[0] == JUDGES for name in modules) else []
        self.modules = [name for name in modules if name.split(".")[0] not in CHANGING]
        self.nonce = self.folder = ""
        self.before = read_look(kernel.evaluate(f"({NEVER_QUIET}, {self._call(whole=True)})[1]"))
        self.folder = str(self.before.get("folder", ""))
        self.told: set[str] = set()
        """What was already flagged: each once."""

    def _call(self, whole: bool) -> str:
        return CALL.format(
            source=LOOK,
            nonce=self.nonce,
            modules=self.modules,
            files=self.files,
            folder=self.folder,
            whole=whole,
        )

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
            fresh = [(name, value) for name, value in things.items() if name not in then]
            changed += [name for name, value in fresh if value is True or name.split(".")[0] in RUNNER]
            if not changed:  # modules have brought something new
                self.before = now
        used = {
            node.id
            for node in ast.walk(self.taught.parse(cell.source) or ast.Module([], []))
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
