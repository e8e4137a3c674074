"""Mutants put to benches that are chosen for the part that they change."""

import ast
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import CodeType

import numpy as np
from mutated_specs import SPECS

import neuroloom.hdl
from neuroloom.flows.macros.catalogue import Macro, macros
from neuroloom.flows.mutation import source
from neuroloom.flows.mutation.forks import Hang, time_limit
from neuroloom.flows.mutation.source import Mutant, is_plumbing, module_of, substituted
from neuroloom.flows.mutation.trial import run
from neuroloom.golden.spec import Spec
from neuroloom.verif.companions import SEED, passed_lines
from neuroloom.verif.small_companions import state_bits

TIMES = 3
"""How many random specifications pass each line of a part of several macros, at least."""
HARDWARE = Path(neuroloom.hdl.__file__).parent

SECONDS = 10
"""A mutant whose run takes longer hangs: a loop of gates that never settles."""
EXPLAINED = ("operator", "operand", "choice", "bit")
"""Operators of which every mutant is noticed here, or has a reason why none can notice it."""


def modules() -> list[str]:
    """All below ``neuroloom.hdl`` that are part of macros."""
    files = sorted(file for file in HARDWARE.rglob("*.py") if file.name != "__init__.py")
    return [name for name in map(module_of, map(str, files)) if not is_plumbing(name)]


@cache
def specs_of(module: str) -> tuple[Spec, ...]:
    """Small specifications that use all of a module: those chosen by hand, where there are some,
    else random ones of its macro's stimulus, or of the macros that it is a part of.
    """
    if module in SPECS:
        return SPECS[module]
    users = [macro for macro in macros().values() if module in parts(macro.path)]
    own = [macro for macro in users if macro.path == module]
    if own:
        return drawn(own[0])
    passed = {
        spec: {line for file, line in passed_lines(spec, macro.component) if is_of(file, module)}
        for macro in users
        for spec in drawn(macro)
    }
    chosen: list[Spec] = []
    for _ in range(TIMES):
        left = set[int]().union(*passed.values())
        while left:
            best = max(passed, key=lambda spec: (len(passed[spec] & left), -state_bits(spec)))
            chosen.append(best)
            left -= passed.pop(best)
    return tuple(chosen)


def drawn(macro: Macro) -> tuple[Spec, ...]:
    """Random specifications that together have every choice and every line of the hardware."""
    first = macro.stimulus_type.random_spec(np.random.default_rng(SEED))
    return (first, *(each.spec for each in macro.companions(first, fixed=False)))


@cache
def parts(module: str) -> frozenset[str]:
    """The modules that it imports, those that these import, and itself."""
    tree = ast.parse(HARDWARE.joinpath(*module.split(".")).with_suffix(".py").read_text())
    prefix = "neuroloom.hdl."
    direct = {
        node.module.removeprefix(prefix)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(prefix)
    }
    return frozenset({module}).union(*map(parts, direct))


def is_of(file: str, module: str) -> bool:
    return module_of(file) == module


def mutants(module: str) -> list[Mutant]:
    """Those of a module, of the operators whose mutants are all noticed or explained."""
    return [mutant for mutant in source.mutants(module) if mutant.operator in EXPLAINED]


def killed(mutant: Mutant, specs: Sequence[Spec]) -> bool:
    """Whether the bench fails, elaboration raises or the run hangs for any of ``specs``."""
    return broken(mutant.module, mutant.compiled(), specs)


def broken(module: str, code: CodeType, specs: Sequence[Spec]) -> bool:
    """The same of ``code`` in the place of the module's own."""
    with substituted(module, code):
        for spec in specs:
            try:
                with time_limit(SECONDS):
                    outcome = run(spec)
            except (Exception, Hang):
                return True
            if outcome.status != "passed":
                return True
    return False
