"""Failing runs on the smallest specification that still fails."""

from collections.abc import Callable

from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.regression.repeat import Asked
from neuroloom.flows.regression.result import RegressionRun
from neuroloom.flows.simulation.job import BenchOutcome
from neuroloom.flows.tools.errors import NeuroloomError
from neuroloom.flows.verify import verify
from neuroloom.golden.spec import Spec
from neuroloom.verif.shrink import shrink

TRIES = 60
"""Specifications at most that are tried for one that failed: each is built and simulated."""


def smallest(
    run: RegressionRun,
    asked: Asked,
    tried: Callable[[int], None] = lambda number: None,
    verilog: Callable[[Spec], str | None] = lambda _: None,
    tries: int = TRIES,
) -> Spec:
    """The smallest specification that is found to fail like ``run``, with its seed.

    ``tried`` is called with the number of each one that is tried. ``verilog`` gives a text to test
    instead of the generated one.
    """
    number = 0

    def fails(spec: Spec) -> bool:
        nonlocal number
        number += 1
        tried(number)
        try:
            (outcome,) = verify(
                spec,
                (run.seed,),
                asked.operations,
                asked.simulator,
                seconds=asked.seconds,
                verilog=verilog(spec),
                workers=1,
            ).outcomes
        except NeuroloomError:  # it cannot be built, which is another failure
            return False
        return _kind(outcome) == _kind(run.outcome)

    return shrink(validate(macro(run.macro), run.spec), fails, tries)


def _kind(outcome: BenchOutcome) -> tuple[str, bool]:
    """What is not to be taken for one another: a wrong token and a point that was not reached."""
    return outcome.status, outcome.message.startswith("coverage:")
