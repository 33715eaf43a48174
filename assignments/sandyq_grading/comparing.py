"""Whether a class of a pupil's compares honestly: what it says is one side put beside the other, and nothing else.

Only plain forms count as honest. Whatever else a method does could say anything, so a teacher looks at it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

MEANT: Final[dict[str, type[ast.cmpop]]] = {
    "__eq__": ast.Eq,
    "__ne__": ast.NotEq,
    "__lt__": ast.Lt,
    "__le__": ast.LtE,
    "__gt__": ast.Gt,
    "__ge__": ast.GtE,
    "__contains__": ast.In,
}
TURNED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
"""By ``not``."""
MIRRORED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.Eq,
    ast.NotEq: ast.NotEq,
    ast.Lt: ast.Gt,
    ast.Gt: ast.Lt,
    ast.LtE: ast.GtE,
    ast.GtE: ast.LtE,
}
SUBTRACTING: Final = frozenset({"__sub__", "__rsub__"})
PLAIN: Final = frozenset({*MEANT, *SUBTRACTING})
"""Methods that are honest in these forms only, unless the assignment asks for them."""
ASKING: Final = frozenset({"isinstance", "type", "hasattr", "len"})


@dataclass
class Sides:
    """Names within a method by whose value they hold."""

    mine: set[str]
    others: set[str]
    asking: frozenset[str] = ASKING
    """What may be asked about the other side: builtins that the notebook has not given another meaning."""

    def is_mine(self, node: ast.expr) -> bool:
        """Made without the other side, which a value of one's own therefore cannot know."""
        return not any(
            isinstance(each, ast.NamedExpr | ast.Lambda | ast.Await | ast.Yield | ast.YieldFrom)
            or (isinstance(each, ast.Name) and each.id in self.others)
            for each in ast.walk(node)
        )

    def is_others(self, node: ast.expr) -> bool:
        """The other side or a part of it, handed to nobody."""
        match node:
            case ast.Name(id=name):
                return name in self.others
            case ast.Attribute(value=inner) | ast.Subscript(value=inner, slice=ast.Constant()):
                return self.is_others(inner)
            case ast.Call(func=ast.Attribute(value=inner), args=[], keywords=[]):
                return self.is_others(inner)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return bool(parts) and all(map(self.is_others, parts))
        return False

    def put_beside(self, left: ast.expr, right: ast.expr) -> int:
        """1: one's own side, then the other; −1: the other way round; 0: neither."""
        if self.is_mine(left) and self.is_others(right):
            return 1
        return -1 if self.is_others(left) and self.is_mine(right) else 0

    def hands_over(self, node: ast.AST) -> bool:
        """Whether something gets hold of the other side that could keep it."""
        calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
        odd = ast.BinOp | ast.NamedExpr | ast.Lambda | ast.comprehension | ast.JoinedStr | ast.Starred
        return any(
            not (isinstance(each.func, ast.Name) and each.func.id in self.asking)
            and any(not self.is_mine(given) for given in (*each.args, *(k.value for k in each.keywords)))
            for each in calls
        ) or any(
            isinstance(each, odd) or (isinstance(each, ast.Subscript) and not self.is_mine(each.slice))
            for each in ast.walk(node)
        )


def is_honest(
    name: str, arguments: ast.arguments, body: Sequence[ast.stmt], bound: Collection[str] = ()
) -> bool:
    """Judge a method of the names in ``PLAIN``; ``bound``: names that the notebook gives a meaning of its own."""
    named = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    if len(named) != 2 or arguments.vararg or arguments.kwonlyargs or arguments.kwarg or arguments.defaults:
        return False
    if name == "__ne__" and not isinstance(body[-1], ast.Return):  # nothing is not unequal
        return False
    return _is_fine(body, name, Sides({named[0]}, {named[1]}, ASKING.difference(bound)))


def _is_fine(body: Sequence[ast.stmt], name: str, sides: Sides) -> bool:
    for statement in body:
        match statement:
            case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.Raise():
                fine = True
            case ast.Return(value=ast.Constant(value=True)):
                fine = name == "__ne__"
            case ast.Return(value=value):
                fine = name != "__ne__" if value is None else _says(name, value, sides)
            case ast.If(test=test, body=[ast.Return(value=ast.Constant(value=True))], orelse=[]) if _is_same(
                test, sides
            ):
                fine = True
            case ast.If(test=test, body=inner, orelse=other):
                fine = not sides.hands_over(test) and all(
                    _is_fine(each, name, sides) for each in (inner, other)
                )
            case ast.Assign(targets=[ast.Name(id=word)], value=value):
                fine = _take(word, value, sides)
            case _:
                fine = False
        if not fine:
            return False
    return True


def _is_same(test: ast.expr, sides: Sides) -> bool:
    """``other is self``, ``other is None``: true of nothing that a test could expect."""
    match test:
        case ast.Compare(left=ast.Name(id=one), ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            return one in sides.others
        case ast.Compare(left=ast.Name(id=one), ops=[ast.Is()], comparators=[ast.Name(id=two)]):
            return len({one, two} & sides.mine) == 1 == len({one, two} & sides.others)
    return False


def _take(word: str, value: ast.expr, sides: Sides) -> bool:
    if sides.is_others(value):
        sides.others.add(word)
        return word not in sides.mine
    sides.mine.add(word)
    return sides.is_mine(value) and word not in sides.others


def _says(name: str, value: ast.expr, sides: Sides) -> bool:
    match value:
        case ast.Name(id="NotImplemented"):
            return True
    if name in SUBTRACTING:
        return _subtracts(value, sides)
    return _compares(MEANT[name], name == "__ne__", value, sides)


def _compares(meant: type[ast.cmpop], harmless: bool, value: ast.expr, sides: Sides) -> bool:
    """``harmless``: the word that makes nothing equal; ``not`` turns both."""
    match value:
        case ast.Constant(value=word):
            return word is harmless
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return _compares(TURNED[meant], not harmless, inner, sides)
        case ast.BoolOp(op=op, values=parts):
            told = [_compares(meant, harmless, part, sides) for part in parts]
            narrows = isinstance(op, ast.Or if harmless else ast.And)
            rest = [part for part, says in zip(parts, told, strict=True) if not says]
            return any(told) and (narrows or not rest) and not any(map(sides.hands_over, rest))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            order = sides.put_beside(left, right)
            return any(_puts_beside(each, type(op), order) for each in (meant, *_narrower(meant, harmless)))
        case ast.Call(func=ast.Attribute(value=whose, attr=word), args=[given], keywords=[]):
            return MEANT.get(word) is meant and sides.is_mine(whose) and sides.is_others(given)
    return False


def _narrower(meant: type[ast.cmpop], negated: bool) -> tuple[type[ast.cmpop], ...]:
    """``self < other or self == other`` is ``<=``, too."""
    strict = {ast.LtE: (ast.Lt, ast.Eq), ast.GtE: (ast.Gt, ast.Eq)}
    return () if negated else strict.get(meant, ())


def _puts_beside(meant: type[ast.cmpop], op: type[ast.cmpop], order: int) -> bool:
    if meant in (ast.In, ast.NotIn):
        return order == -1 and op is meant
    return op is meant if order == 1 else order == -1 and MIRRORED.get(op) is meant


def _subtracts(value: ast.expr, sides: Sides) -> bool:
    match value:
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return sides.put_beside(left, right) != 0
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return bool(parts) and all(_subtracts(part, sides) for part in parts)
        case ast.Call(func=made, args=parts, keywords=[]):
            own = isinstance(made, ast.Name) or ast.unparse(made) in ("type(self)", "self.__class__")
            return own and bool(parts) and all(_subtracts(part, sides) for part in parts)
    return False
