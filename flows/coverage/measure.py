"""Code coverage of a specification and its companions, by the bench in Verilator."""

from collections.abc import Sequence

from neuroloom.flows.coverage.code_coverage import CodeCoverage, code_coverage
from neuroloom.flows.simulation.names import TIME_LIMIT, SimulatorName
from neuroloom.flows.tools.errors import VerificationFailed
from neuroloom.flows.verify import Verification, verify, verify_companions
from neuroloom.golden.spec import Spec
from neuroloom.verif.companions import Companion


def measure(
    spec: Spec,
    companions: Sequence[Companion] = (),
    seed: int = 1,
    operations: int | None = None,
    seconds: float = TIME_LIMIT,
    workers: int = 2,
) -> CodeCoverage:
    """What the bench reaches of ``spec`` and ``companions`` together.

    Parameters as those of :func:`~neuroloom.flows.verify.verify`. VerificationFailed when a run
    does not pass: what it reached would say nothing.
    """
    simulator = SimulatorName.VERILATOR
    results = [
        verify(spec, (seed,), operations, simulator, seconds=seconds, code_coverage=True),
        *verify_companions(
            companions,
            seed,
            operations,
            simulator,
            seconds=seconds,
            workers=workers,
            code_coverage=True,
        ),
    ]
    for result in results:
        for outcome in result.outcomes:
            if outcome.status != "passed":
                raise VerificationFailed(f"{spec.macro} {outcome.status}: {outcome.message}")
    return of_results(results)


def of_results(results: Sequence[Verification]) -> CodeCoverage:
    """The coverage of verifications that counted it, the first of which names the macro."""
    return code_coverage(results[0].spec.macro, [result.reached for result in results])
