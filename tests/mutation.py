"""Small changes to the source of a component, and the bench run that should notice each."""

import ast
import copy
import importlib
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_loader
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

from neuroloom.flows.catalogue import macro_of
from neuroloom.flows.simulation.job import Job
from neuroloom.flows.simulation.simulators import run_amaranth
from neuroloom.golden.spec import Spec

HARDWARE = "neuroloom.hdl"
SECONDS = 10
"""A mutant whose run takes longer hangs: a loop of gates that never settles."""

OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
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


@dataclass(frozen=True)
class Mutant:
    """One change of one expression: ``before`` became ``after`` in the line ``text``."""

    module: str
    line: int
    text: str
    before: str
    after: str
    code: CodeType

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Names the change in a way that outlives edits elsewhere in the file."""
        return self.module, self.text, self.before, self.after


def source_of(module: str) -> Path:
    found = find_spec(f"{HARDWARE}.{module}")
    assert found is not None and found.origin is not None
    return Path(found.origin)


def mutants(module: str) -> list[Mutant]:
    """Every mutant of a module below ``neuroloom.hdl``."""
    file = source_of(module)
    source = file.read_text()
    lines = source.splitlines()
    found = []
    for index, (node, in_eq) in enumerate(_expressions(ast.parse(source))):
        for change in range(len(_changed(node, in_eq))):
            tree = ast.parse(source)
            target, _ = _expressions(tree)[index]
            after = _changed(target, in_eq)[change]
            tree = ast.fix_missing_locations(_Replace(target, after).visit(tree))
            found.append(Mutant(
                module, node.lineno, lines[node.lineno - 1].strip(), ast.unparse(node),
                ast.unparse(after), compile(tree, str(file), "exec"),
            ))  # fmt: skip
    return found


def _expressions(tree: ast.AST) -> list[tuple[ast.expr, bool]]:
    """All expressions except type annotations, and whether each stands directly in ``.eq()``."""
    found: list[tuple[ast.expr, bool]] = []

    def visit(node: ast.AST, in_eq: bool) -> None:
        if isinstance(node, ast.expr):
            found.append((node, in_eq))
        assigns = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "eq"
        )
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    visit(child, assigns and name == "args")

    visit(tree, False)
    return found


def _changed(node: ast.expr, in_eq: bool) -> list[ast.expr]:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            other: Any = copy.copy(node)
            other.op = OPERATORS[type(op)]()
            return [other, left, right] if isinstance(op, ast.BitAnd) else [other]
        case ast.Compare(ops=[op]) if type(op) in OPERATORS:
            other = copy.copy(node)
            other.ops = [OPERATORS[type(op)]()]
            return [other]
        case ast.UnaryOp(op=ast.Invert(), operand=operand):
            return [operand]
        case ast.Call(func=ast.Name(id="Mux"), args=[condition, first, second]):
            other = copy.copy(node)
            other.args = [condition, second, first]
            return [other]
        case ast.Constant(value=0 | 1 as bit) if in_eq and type(bit) is int:
            return [ast.Constant(1 - bit)]
    return []


class _Replace(ast.NodeTransformer):
    def __init__(self, target: ast.AST, after: ast.AST) -> None:
        self.target = target
        self.after = after

    def visit(self, node: ast.AST) -> Any:
        return self.after if node is self.target else super().visit(node)


class _Substitute(Loader, MetaPathFinder):
    """Imports one module from compiled code instead of its file."""

    def __init__(self, mutant: Mutant) -> None:
        self.name = f"{HARDWARE}.{mutant.module}"
        self.code = mutant.code

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        return spec_from_loader(fullname, self) if fullname == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, vars(module))


@contextmanager
def substituted(mutant: Mutant) -> Iterator[None]:
    """Inside, the hardware packages are imported afresh with the mutant in its place."""
    finder = _Substitute(mutant)
    parent = sys.modules[HARDWARE.rpartition(".")[0]]
    genuine = {name: sys.modules[name] for name in sys.modules if name.startswith(HARDWARE)}
    for name in genuine:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name.startswith(HARDWARE)]:
            del sys.modules[name]
        sys.modules.update(genuine)
        setattr(parent, HARDWARE.rpartition(".")[2], genuine[HARDWARE])


class Hang(Exception):
    """The run went on for too long."""


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise Hang

    previous = signal.signal(signal.SIGPROF, stop)
    # of the processor, however busy the machine is
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


def killed(mutant: Mutant, specs: Sequence[Spec]) -> bool:
    """Whether the bench fails, elaboration raises or the run hangs for any of ``specs``."""
    for spec in specs:
        macro = macro_of(spec)
        fields = spec.model_dump(mode="json", exclude_none=True)
        job = Job(macro=spec.macro, spec=fields, seed=1)
        try:
            with time_limit(SECONDS), substituted(mutant):
                face = importlib.import_module(f"{HARDWARE}.{macro.path}")
                component = getattr(face, macro.stem)(spec)
                outcome = run_amaranth(job, component=component)
        except Exception:
            return True
        if outcome.status != "passed":
            return True
    return False
