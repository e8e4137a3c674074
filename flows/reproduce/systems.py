"""The published systems by name."""

from collections.abc import Callable
from pathlib import Path

from neuroloom.flows.reports.published import Reproduction
from neuroloom.flows.reproduce.bnn import system as bnn
from neuroloom.flows.reproduce.cim_macro import system as cim_macro
from neuroloom.flows.reproduce.imc_dataflow import system as imc_dataflow
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.wording import nearest, quoted

Progress = Callable[[str], None]
SYSTEMS: dict[str, Callable[[Progress], Reproduction]] = {"cim-macro": cim_macro.reproduce}
ON_IMAGES: dict[str, Callable[[Progress, Path | None], Reproduction]] = {
    "bnn": bnn.reproduce,
    "imc-dataflow": imc_dataflow.reproduce,
}
"""Those that are shown handwritten digits."""


def reproduce(
    system: str, progress: Progress = lambda _: None, mnist: Path | None = None
) -> Reproduction:
    """Rebuild and measure a published system; UsageError when there is none of that name.

    ``progress`` is called with a few words before each step. ``mnist`` is a folder of MNIST's IDX
    files; without it scikit-learn's digits are used. UsageError for a system that takes none.
    """
    if system in ON_IMAGES:
        return ON_IMAGES[system](progress, mnist)
    if system not in SYSTEMS:
        hint = nearest(system, [*SYSTEMS, *ON_IMAGES])
        raise UsageError(f"there is no published system {quoted(system)}; {hint}")
    if mnist is not None:
        raise UsageError(f"{system} is not shown MNIST's digits: leave --mnist out")
    return SYSTEMS[system](progress)
