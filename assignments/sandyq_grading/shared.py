"""Names that a test shares with the notebook it judges: a pupil's code could change or read them while it runs."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
LATER = (*FUNCTIONS, ast.GeneratorExp)
"""What runs when somebody else wants it."""
INNER = (*LATER, ast.ListComp, ast.SetComp, ast.DictComp, ast.ClassDef)
"""What has names of its own."""
BUILTINS = frozenset(vars(builtins))


@dataclass(frozen=True)
class Teachers:
    """What a teacher's cells do with the names of the notebook."""

    counted: frozenset[str]
    """Those that a test gives a meaning: its counter, what it expects."""
    relied: frozenset[str]
    """Those that locked cells give a meaning and a test then uses: helpers, modules, data."""
    known: frozenset[str]
    """Those that have a meaning before any test."""
    made: frozenset[str]
    """Functions and classes of locked cells."""
    imports: frozenset[tuple[str, str]]

    @classmethod
    def read(cls, tests: Sequence[ast.AST], given: Sequence[ast.AST], others: Sequence[ast.AST]) -> Teachers:
        """``given``: locked cells; ``others``: cells that a pupil may change, with their solutions."""
        brought = {name for each in tests for name, _ in find_imports(each)}
        counted = {name for each in tests for name in find_bound(each)} - brought
        wanted = {name for each in tests for name in find_used(each) - find_bound(each)}
        before = {name for each in given for name in find_bound(each)}
        theirs = {name for each in others for name in find_bound(each)}
        imports = {each for tree in (*given, *others, *tests) for each in find_imports(tree)}
        return cls(
            frozenset(counted),
            frozenset(wanted & (before | counted) - theirs),
            frozenset(before | theirs),
            frozenset(
                node.name
                for node in _walk(given)
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            ),
            frozenset(imports),
        )


def find_exchanged(tree: ast.AST | None, teachers: Teachers) -> set[str]:
    """Names that a pupil's cell gives another meaning than the teacher's that a test relies on."""
    if tree is None:
        return set()
    same = {name for name, what in find_imports(tree) if (name, what) in teachers.imports}
    by_functions = {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    found = by_functions & (teachers.counted | teachers.relied)
    found |= {name for node in ast.walk(tree) for name in _list_changed(node)} & teachers.made
    return found | ((find_bound(tree) - same) & teachers.relied)


def _list_changed(node: ast.AST) -> set[str]:
    """Names of things of which a part is exchanged: ``Cow.weigh = …``."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
            return {name}
        case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[ast.Name(id=name), *_]):
            return {name}
    return set()


def _walk(trees: Iterable[ast.AST]) -> Iterator[ast.AST]:
    for tree in trees:
        yield from ast.walk(tree)


def find_peeked(trees: Iterable[ast.AST | None], teachers: Teachers) -> Iterator[tuple[int, set[str], bool]]:
    """Yield (which tree, names, whether the notebook has them, too): a function reads what a test gives a meaning."""
    listed = list(trees)
    bound = {name for tree in listed if tree for name in find_bound(tree)}
    watched = teachers.counted - BUILTINS - teachers.known
    for number, tree in enumerate(listed):
        for kinds, names, own in ((LATER, watched - bound, False), (FUNCTIONS, watched & bound, True)):
            later = [node for node in ast.walk(tree) if isinstance(node, kinds)] if tree else []
            if read := {name for node in later for name in find_used(node) - _find_stored(node)} & names:
                yield number, read, own


def find_used(tree: ast.AST) -> set[str]:
    return {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def find_bound(tree: ast.AST) -> set[str]:
    """Names that a cell gives a meaning for all cells; not those within its functions and classes."""
    return {name for node in _walk_here(tree) for name in _list_given(node)}


def find_imports(tree: ast.AST) -> set[tuple[str, str]]:
    """Names that a cell's imports give, each with what it then is."""
    found = set()
    for node in _walk_here(tree):
        if isinstance(node, ast.Import):
            found |= {
                (alias.asname or alias.name.split(".")[0], alias.name if alias.asname else "")
                for alias in node.names
            }
        elif isinstance(node, ast.ImportFrom):
            found |= {(alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names}
    return found


def _walk_here(tree: ast.AST) -> Iterator[ast.AST]:
    yield tree
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, INNER):
            yield ast.Name(getattr(node, "name", ""), ast.Store())
        else:
            yield from _walk_here(node)


def _list_given(node: ast.AST) -> set[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if name:
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {alias.asname or alias.name.split(".")[0] for alias in names}
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return {name}
    return set()


def _find_stored(tree: ast.AST) -> set[str]:
    """Names that a function or what stands in it has of its own."""
    found = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return found.union(
        *(
            _list_given(node) | ({node.name} if isinstance(node, (*FUNCTIONS[:2], ast.ClassDef)) else set())
            for node in ast.walk(tree)
        )
    )
