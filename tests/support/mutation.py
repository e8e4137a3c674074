"""Mutants put to benches that are chosen for the part that they change."""

from collections.abc import Sequence
from types import CodeType

from neuroloom.flows.mutation import source
from neuroloom.flows.mutation.forks import Hang, time_limit
from neuroloom.flows.mutation.source import Mutant, substituted
from neuroloom.flows.mutation.trial import run
from neuroloom.golden.spec import Spec

SECONDS = 10
"""A mutant whose run takes longer hangs: a loop of gates that never settles."""
EXPLAINED = ("operator", "operand", "choice", "bit")
"""Operators of which every mutant is noticed here, or has a reason why none can notice it."""


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
