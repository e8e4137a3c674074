"""Choices of the simulated cores that the paper leaves open, and what others would give."""

from collections.abc import Mapping

from neuroloom.flows.mapping.imc.assemble import Style, divisor
from neuroloom.flows.mapping.imc.cores import Chip
from neuroloom.flows.mapping.imc.simulate import SystemRun
from neuroloom.flows.reports.published import OpenChoice
from neuroloom.flows.reproduce.imc_dataflow import printed
from neuroloom.flows.reproduce.imc_dataflow.lags import latencies, path

WIDTHS = {"2 and 4": (2, 4), "all at once": (1024, 1024)}
"""Columns and channels a cycle of the other choices that are worked out."""


def one_by_one(run: SystemRun) -> bool:
    """Whether every layer computes one pixel a timestep."""
    crossbars = [node.crossbar for node in path(run) if node.crossbar is not None]
    return all(crossbar.windows == 1 for crossbar in crossbars)


def worked_out(run: SystemRun, columns: int, channels: int) -> tuple[float, int]:
    """Latency [timestep] with so many columns and channels a cycle, and the most cycles for which
    one of the cores is busy with the pixels of a timestep.

    Exact where every layer computes one pixel a timestep. Of several, sums and channels overlap.
    """
    cycles, busiest = int(run.finished[0]) + 1, 0
    for node in path(run):
        windows = 1 if node.crossbar is None else node.crossbar.windows
        if node.crossbar is not None:
            array = node.crossbar
            taken = array.columns // divisor(array.columns, columns)
            cycles += taken - array.folds
            busiest = max(busiest, taken)
        work = node.core.processor if node.core is not None else node.pool
        if work is not None:
            taken = windows * (work.channels // divisor(work.channels, channels))
            cycles += taken - windows * (work.channels // work.units)
            busiest = max(busiest, taken)
    return cycles / run.system.style.timestep, busiest


def open_choices(runs: Mapping[str, SystemRun]) -> tuple[OpenChoice, ...]:
    """How wide cores are and when sums are there, with what others give."""
    style = Style()

    single = [run for run in runs.values() if one_by_one(run)]

    def of_widths(columns: int, channels: int) -> str:
        found = [worked_out(run, columns, channels) for run in single]
        each = " and ".join(f"{latency:,.1f}" for latency, _ in found)
        most = max(busy for _, busy in found)
        step = next(iter(runs.values())).system.style.timestep
        return each if most <= step else f"{most} cycles of a timestep's {step}: too slow"

    told = latencies(runs)
    shown = " and ".join(f"{latency:,.1f}" for latency in told.found.values())
    later = " and ".join(f"{latency:,.1f}" for latency in told.whole.values())
    others = "; ".join(f"{name}: {of_widths(*widths)}" for name, widths in WIDTHS.items())
    return (
        OpenChoice(
            name="columns of a crossbar and channels of a digital processor that are computed in a "
            "cycle",
            taken=f"{style.columns_a_cycle} of each kernel and {style.channels_a_cycle}: latencies "
            f"of {shown} timesteps",
            otherwise=f"worked out of one pixel a timestep: {others}; 1 and 1: {of_widths(1, 1)}",
        ),
        OpenChoice(
            name="when a crossbar's sums are there",
            taken="an operation starts every 50 cycles; its sums are there after "
            f"{told.answers[0]} to {told.answers[1]} of them",
            otherwise=f"at the end of a whole timestep of 100 ns, worked out: {later} timesteps",
        ),
    )


def link_choices(runs: Mapping[str, SystemRun]) -> tuple[OpenChoice, ...]:
    """How large crossbars are, how wide partial sums, and how the input memory is reached."""
    chip = Chip()
    nodes = [node for run in runs.values() for node in run.system.spec.nodes]
    crossbars = [node.crossbar for node in nodes if node.crossbar is not None]
    most = max(each.rows + (each.windows - 1) * each.step for each in crossbars)
    adding = {node.partial for node in nodes} - {""}
    sums = [node.crossbar for node in nodes if node.name in adding and node.crossbar is not None]
    bits = max(crossbar.sum_bits for crossbar in sums)
    columns = max(crossbar.columns for crossbar in sums)
    rate = bits * columns / chip.timestep / 1e9
    single = next(iter(runs.values())).system.spec.nodes
    cycles = max(
        int(node.flow.memory.reads.max() + node.flow.memory.writes.max())
        for node in single
        if node.flow is not None
    )
    step = latencies(runs).timestep
    return (
        OpenChoice(
            name="rows of a crossbar in RTL at 4/2/1",
            taken=f"as many as the replicas of a layer need, {most} at most, with 43 cores as at "
            "one pixel a timestep",
            otherwise=f"{printed.CROSSBAR:g}, as the paper has: more cores and partial sums, "
            "which the table of latencies has by Method 1 and by Methods 1 and 2",
        ),
        OpenChoice(
            name="width of partial sums on the links of layers 23 to 31",
            taken=f"all bits that a sum may have, {bits}: {columns} sums a timestep are "
            f"{rate:.2f} Gbit/s; Eq. 7 and the table of links count activations alone",
            otherwise=f"{chip.bits} bits, as wide as activations: "
            f"{chip.bits * columns / chip.timestep / 1e9:.2f} Gbit/s; sums would be rounded",
        ),
        OpenChoice(
            name="ports of the input memory",
            taken="one to read and one to write, in the same cycle",
            otherwise="one for both: reading a row and writing a pixel take turns, up to "
            f"{cycles} of a timestep's {step} cycles at one pixel a timestep",
        ),
    )
