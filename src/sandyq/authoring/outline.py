"""Code without its words: what of a cell must be the same in all languages."""

from __future__ import annotations

import ast

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
        tree = ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError:
        return source
    return ast.dump(_Blank().visit(tree))
