"""Code without its words: what of a cell must be the same in all languages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import zip_longest

from IPython.core.inputtransformer2 import TransformerManager


class _Blank(ast.NodeTransformer):
    """Strings become empty; comments are not in the tree anyway."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("") if isinstance(node.value, str) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        parts = [self.visit(part.value) for part in node.values if isinstance(part, ast.FormattedValue)]
        return ast.Tuple([ast.Constant(""), *sorted(parts, key=ast.dump)])


def outline_code(source: str) -> str:
    """Return the code's syntax tree as text, without its strings; the source itself when it is no Python."""
    try:
        return ast.dump(_read_tree(source))
    except SyntaxError:
        return source


def find_difference(one: str, two: str) -> tuple[int, int] | None:
    """Return the lines, from 0, in which two codes begin to differ by more than strings and comments."""
    if outline_code(one) == outline_code(two):
        return None
    last, other_last = one.count("\n"), two.count("\n")
    try:
        parts = zip_longest(*(_walk(_read_tree(source), 0) for source in (one, two)))
        differ = ((ours or (last,), theirs or (other_last,)) for ours, theirs in parts)
        return next((ours[0], theirs[0]) for ours, theirs in differ if ours[1:] != theirs[1:])
    except SyntaxError as error:
        place = (error.lineno or 1) - 1
        return min(place, last), min(place, other_last)


def _read_tree(source: str) -> ast.AST:
    tree: ast.AST = _Blank().visit(ast.parse(TransformerManager().transform_cell(source)))
    return tree


def _walk(node: ast.AST, line: int) -> Iterator[tuple[int, str]]:
    """Yield (line, what stands there) of a node and of what is in it; where a list ends counts, too."""
    line = getattr(node, "lineno", line + 1) - 1
    fields = list(ast.iter_fields(node))
    yield (
        line,
        f"{type(node).__name__} {[each for each in fields if not isinstance(each[1], ast.AST | list)]}",
    )
    for name, value in fields:
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST):
                yield from _walk(each, line)
                line = (getattr(each, "end_lineno", None) or line + 1) - 1
            elif isinstance(value, list):
                yield line, repr(each)
        yield line, f"end of {name}"
