"""Small changes of one expression of Amaranth, as hardware is got wrong."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.RShift: ast.LShift,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
CONDITIONS = ("If", "Elif")
SHAPES = ("range", "signed", "unsigned")
"""Whose argument is a width, or a limit that one follows from."""
RESET_LESS = "reset_less"


@dataclass(frozen=True)
class SyntaxPlace:
    """An expression of a module, and what it stands in."""

    node: ast.expr
    statement: ast.stmt
    scope: str
    """Names of the classes and functions around, joined by points."""
    in_function: bool
    """Elsewhere it is evaluated when the module is imported."""
    roles: frozenset[str] = frozenset()
    """``value`` directly in ``.eq()``, ``condition`` of a branch, ``width`` of a signal."""

    @property
    def lines(self) -> tuple[int, int]:
        """First and last line of its statement, without what is indented below it."""
        body = getattr(self.statement, "body", None)
        last = body[0].lineno - 1 if body else self.statement.end_lineno
        return self.statement.lineno, max(self.statement.lineno, last or 0)


@dataclass(frozen=True)
class SourceChange:
    """What an expression becomes."""

    operator: str
    after: ast.expr


def places(tree: ast.Module) -> list[SyntaxPlace]:
    """All expressions of a module but annotations of types, always in the same order."""
    return list(_Walk().module(tree))


@dataclass
class _Walk:
    statement: ast.stmt = field(default_factory=ast.Pass)
    scope: tuple[str, ...] = ()
    """Names of the classes and functions around."""
    depth: int = 0
    """Number of functions around."""

    def module(self, tree: ast.Module) -> Iterator[SyntaxPlace]:
        for statement in tree.body:
            yield from self.visit(statement, frozenset())

    def visit(self, node: ast.AST, roles: frozenset[str]) -> Iterator[SyntaxPlace]:
        outside = self.statement
        if isinstance(node, ast.stmt):
            self.statement = node
        if isinstance(node, ast.expr):
            yield SyntaxPlace(node, self.statement, ".".join(self.scope), self.depth > 0, roles)
        inside = isinstance(node, ast.FunctionDef | ast.Lambda)
        self.depth += inside
        around = self.scope
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            self.scope = (*around, node.name)
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns"):
                continue
            for position, child in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(child, ast.AST):
                    yield from self.visit(child, _roles(node, name, position))
        self.depth -= inside
        self.scope = around
        self.statement = outside


def _roles(node: ast.AST, name: str, position: int) -> frozenset[str]:
    """Roles of a child of ``node``, the one at ``position`` in its field ``name``."""
    if not isinstance(node, ast.Call) or name != "args":
        return frozenset()
    match node.func:
        case ast.Attribute(attr="eq"):
            return frozenset({"value"})
        case ast.Attribute(attr=called) if called in CONDITIONS:
            return frozenset({"condition"})
        case ast.Name(id="Signal" | "Const" as called) if position == (called == "Const"):
            return frozenset({"width"})
        case ast.Name(id=called) if called in SHAPES and len(node.args) == 1:
            return frozenset({"width"})
    return frozenset()


def changes(place: SyntaxPlace, registers: frozenset[str]) -> list[SourceChange]:
    """What the expression may become; ``registers`` are names of what a clock writes."""
    return [
        *_operators(place.node),
        *_constants(place),
        *_widths(place),
        *_conditions(place),
        *_assignments(place.node),
        *_resets(place, registers),
    ]


def _operators(node: ast.expr) -> Iterator[SourceChange]:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in SWAPPED:
            yield SourceChange("operator", _with(node, op=SWAPPED[type(op)]()))
            if isinstance(op, ast.BitAnd):
                yield SourceChange("operand", left)
                yield SourceChange("operand", right)
        case ast.Compare(ops=[op]) if type(op) in SWAPPED:
            yield SourceChange("operator", _with(node, ops=[SWAPPED[type(op)]()]))
        case ast.UnaryOp(op=ast.Invert(), operand=operand):
            yield SourceChange("operator", operand)
        case ast.Call(func=ast.Name(id="Mux"), args=[condition, first, second]):
            yield SourceChange("choice", _with(node, args=[condition, second, first]))


def _constants(place: SyntaxPlace) -> Iterator[SourceChange]:
    match place.node:
        case ast.Constant(value=0 | 1 as bit) if type(bit) is int and "value" in place.roles:
            yield SourceChange("bit", ast.Constant(1 - bit))
        case ast.Constant(value=number) if type(number) is int:
            yield SourceChange("constant", ast.Constant(number + 1))
            if number > 0:
                yield SourceChange("constant", ast.Constant(number - 1))


def _widths(place: SyntaxPlace) -> Iterator[SourceChange]:
    """One less; constants in it are changed as such, and shapes have widths inside."""
    node = place.node
    if "width" not in place.roles or isinstance(node, ast.Constant):
        return
    match node:
        case ast.Call(func=ast.Name(id=called)) if called != "len":
            return
        case ast.Call(func=ast.Attribute(attr=called)) if called != "bit_length":
            return
        case ast.BinOp(op=ast.Add() | ast.Sub(), right=ast.Constant()):
            return
    yield SourceChange("width", ast.BinOp(node, ast.Sub(), ast.Constant(1)))


def _conditions(place: SyntaxPlace) -> Iterator[SourceChange]:
    if "condition" not in place.roles:
        return
    match place.node:
        case ast.Compare(ops=[ast.Eq() | ast.NotEq()]) | ast.UnaryOp(op=ast.Invert()):
            return  # inverted by its operator
    inverted = ast.Compare(place.node, [ast.Eq()], [ast.Constant(0)])
    yield SourceChange("condition", inverted)


def _assignments(node: ast.expr) -> Iterator[SourceChange]:
    match node:
        case ast.Call(func=ast.Attribute(attr="eq"), args=[_]):
            yield SourceChange("assignment", ast.List([], ast.Load()))


def _resets(place: SyntaxPlace, registers: frozenset[str]) -> Iterator[SourceChange]:
    match place.node, place.statement:
        case ast.Call(func=ast.Name(id="Signal")) as node, ast.Assign(targets=targets):
            names = {name for target in targets for name in _names(target)}
            if names & registers and RESET_LESS not in {word.arg for word in node.keywords}:
                never = ast.keyword(RESET_LESS, ast.Constant(True))
                yield SourceChange("reset", _with(node, keywords=[*node.keywords, never]))


def registers_of(tree: ast.Module) -> frozenset[str]:
    """Names of what statements of the clock domain ``sync`` assign to."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.AugAssign(target=ast.Attribute(attr="sync"), value=value):
                for call in ast.walk(value):
                    match call:
                        case ast.Call(func=ast.Attribute(value=assigned, attr="eq")):
                            names |= set(_names(assigned))
    return frozenset(names)


def _names(target: ast.expr) -> Iterator[str]:
    """``places`` for ``places[3]``; ``self`` and ``filled`` for ``self.filled``."""
    match target:
        case ast.Name(id=name):
            yield name
        case ast.Attribute(value=value, attr=name):
            yield name
            yield from _names(value)
        case ast.Subscript(value=value):
            yield from _names(value)
        case ast.Tuple(elts=parts):
            for part in parts:
                yield from _names(part)


def _with(node: ast.expr, **fields: Any) -> ast.expr:
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other
