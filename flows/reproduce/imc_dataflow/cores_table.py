"""All cores of ResNet-32 in RTL: latency, where it comes from, and throughput."""

from collections.abc import Callable, Mapping

import numpy as np

from neuroloom.flows.mapping.imc.cores import Chip
from neuroloom.flows.mapping.imc.simulate import SystemRun
from neuroloom.flows.reports.figures import Figures, Printed, estimate, formula, measured, model
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.imc_dataflow import printed
from neuroloom.flows.reproduce.imc_dataflow.comparison import activations_of
from neuroloom.flows.reproduce.imc_dataflow.lags import latencies, left_over, on_the_way
from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec

LATENCY_WHY = (
    "all timesteps but the last one of the event model without transfers, the cycles that the "
    "cores on the way take between the last pixel they need and their result, and the cycles in "
    "which the first pixels of the image are taken; partial sums come with the sums they are added "
    "to, and delay nothing"
)
PATH_WHY = (
    "sum over the layers on the way, residual branches left out: words written and read, a row to "
    "its patch, the crossbar's columns, the digital processor's channels; layer by layer below"
)
FULL_WHY = (
    "worked out: our crossbars give sums as soon as they have them; as much later as each of them "
    "on the way has of its timestep left"
)
EQUAL_WHY = (
    "of every layer, by a digest of each pixel that an error in one channel cannot leave as it is"
)
LEFT_WHY = "of the first image: unexplained"


def cores_table(runs: Mapping[str, SystemRun], unhindered: Mapping[str, int]) -> PublishedTable:
    """Latency, where it comes from, and throughput. ``runs`` at one pixel a timestep and at 4/2/1;
    ``unhindered`` has the latencies of the event model without transfers."""
    told = latencies(runs)

    def row(
        name: str,
        unit: str,
        value: Callable[[str, SystemRun], float],
        why: str = "",
        published: tuple[Printed | None, Printed | None] = (None, None),
        made: Callable[..., Figures] = measured,
    ) -> PublishedRow:
        ours = made(*(value(column, run) for column, run in runs.items()))
        return PublishedRow(name=name, unit=unit, published=published, ours=ours, why=why)

    rows = (
        row(
            "cores",
            "",
            lambda _, run: sum(node.crossbar is not None for node in run.system.spec.nodes),
            published=(printed.CORES, None),
        ),
        row("images", "", lambda _, run: len(run.scores)),
        row("images whose scores equal integer numpy's", "", lambda _, run: len(run.scores)),
        row(
            "activations that equal integer numpy's",
            "",
            lambda _, run: len(run.scores) * activations_of(run.system),
            EQUAL_WHY,
        ),
        row(
            "latency",
            "timestep",
            lambda _, run: run.latency,
            LATENCY_WHY,
            (printed.LATENCY, printed.LATENCY_REPLICATED),
        ),
        row(
            "of it, without transfers",
            "timestep",
            lambda name, _: unhindered[name],
            "event model of Algorithm 1",
            made=model,
        ),
        row(
            "of it, cycles of the cores on the way",
            "timestep",
            lambda _, run: on_the_way(run) / run.system.style.timestep,
            PATH_WHY,
        ),
        row(
            "of it, cycles in which the image's first pixels are taken",
            "timestep",
            lambda _, run: run.system.burst / run.system.style.timestep,
            "pixels that come together are offered in as many cycles",
            made=formula,
        ),
        row(
            "cycles not accounted for",
            "cycle",
            lambda name, run: left_over(run, unhindered[name]),
            LEFT_WHY if any(left_over(run, unhindered[name]) for name, run in runs.items()) else "",
        ),
        row(
            "latency, if a crossbar's sums took a whole timestep",
            "timestep",
            lambda name, _: told.whole[name],
            FULL_WHY,
            made=formula,
        ),
        PublishedRow(
            name="speed-up by 4/2/1",
            unit="×",
            published=(None, printed.SPEED_UP),
            ours=_speed_up(told.found, measured),
        ),
        PublishedRow(
            name="speed-up, if a crossbar's sums took a whole timestep",
            unit="×",
            published=(None, None),
            ours=_speed_up(told.whole, formula),
        ),
        row("from image to image", "timestep", interval),
        row(
            "cycles in which a pixel of the image had to wait",
            "cycle",
            lambda _, run: run.stalls,
            _waiting(next(iter(runs.values()))),
        ),
        row(
            f"throughput of {printed.BATCH:g} images",
            "image/s",
            throughput,
            "the batch is printed for 4/2/1 alone; extrapolated, from the end of the images that "
            "are simulated and the interval for each of the others",
            (printed.THROUGHPUT, printed.THROUGHPUT_REPLICATED),
            estimate,
        ),
    )
    return PublishedTable(
        title="All cores in RTL",
        source="Sections 3.1.3 and 3.1.4",
        rows=rows,
        published=tuple(runs),
        ours=tuple(runs),
    )


def _speed_up(latency: Mapping[str, float], made: Callable[..., Figures]) -> Figures:
    single, fast = latency.values()
    return made(None, single / fast)


def straddling(flow: DataflowControllerSpec) -> int:
    """Pixels of an image that stand in more than one word of the input memory where others do
    not."""
    writes = flow.memory.writes
    late = writes > writes.min()
    return sum(int(late[:, column % flow.kernel].sum()) for column in range(flow.width))


def _waiting(run: SystemRun) -> str:
    flow = run.system.spec.nodes[0].flow
    assert flow is not None
    late = straddling(flow)
    if not late:
        return ""
    return (
        f"{late} pixels of an image straddle two words of layer 1's memory and are taken a cycle "
        "later, within their timestep; from image to image nothing is lost"
    )


def interval(_: str, run: SystemRun) -> float:
    """Time from the end of an image to that of the next, the longest [timestep]."""
    return float(np.diff(run.finished).max()) / run.system.style.timestep


def throughput(name: str, run: SystemRun) -> float:
    """Throughput of the batch, at 100 ns a timestep [image/s]."""
    missing = int(printed.BATCH) - len(run.scores)
    end = (run.finished[-1] + 1) / run.system.style.timestep + missing * interval(name, run)
    return float(printed.BATCH / (end * Chip().timestep))
