"""Traffic through a macro's RTL, refused unless it does what the golden model says."""

from neuroloom.flows.simulation.bulk.simulate import BulkResult, simulate
from neuroloom.flows.tools.errors import VerificationFailed
from neuroloom.golden.ports import Traffic
from neuroloom.golden.spec import Spec


def run_rtl(spec: Spec, traffic: Traffic) -> BulkResult:
    """The traffic in one run through the compiled RTL. VerificationFailed when an output is not
    the golden model's, or a promised cycle count not the one that was taken."""
    operations = max(len(next(iter(tokens.values()))) for tokens in traffic.values())
    result = simulate(spec, traffic, chunk=max(1, operations), workers=1)
    if not result.report.passed:
        raise VerificationFailed(f"{spec.macro}: {result.report.message}")
    return result
