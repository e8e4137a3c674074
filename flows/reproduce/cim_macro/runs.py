"""The macro of Lu et al. 2021 at work: zeros that are skipped, widths of weights, clock."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from neuroloom.flows.cells import opensta
from neuroloom.flows.cells.mapping import TIGHT_PS, Aim, map_design
from neuroloom.flows.cells.nodes import NODES, calibration
from neuroloom.flows.cells.sources import WorkingLibrary
from neuroloom.flows.reports.figures import Derived, estimate, formula, measured
from neuroloom.flows.reports.published import UNEXPLAINED, PublishedRow, PublishedTable
from neuroloom.flows.reproduce.cim_macro import printed
from neuroloom.flows.reproduce.cim_macro.pricing import LIBRARY, SCALED
from neuroloom.flows.reproduce.cim_macro.reasons import OUTSIDE
from neuroloom.flows.reproduce.cim_macro.scaling import ABOVE, BELOW, node_40, scale
from neuroloom.flows.reproduce.parts import MappedParts, PartInCells, Parts
from neuroloom.flows.simulation.bulk.simulate import BulkResult, simulate
from neuroloom.flows.tools.errors import VerificationFailed
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.cim.activation_functions import bits_for
from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.cim.closed_loop import ClosedLoop
from neuroloom.golden.devices.array import IdealArray
from neuroloom.golden.formats import IntegerFormat
from neuroloom.golden.ports import Integers, Traffic

SPARSITIES = (0.0, 0.5, 0.9)
VECTORS = 32
"""Vectors of each run."""
SEED = 1
Progress = Callable[[str], None]


def workload(
    spec: CimMacroSpec, sparsity: float, vectors: int = VECTORS, precision: int | None = None
) -> Traffic:
    """Random vectors with that share of zeros for random weights, by default of the widest kind.

    The codes are those of an ideal array with ideal converters.
    """
    return _loaded(spec, sparsity, vectors, precision)[0]


def _loaded(
    spec: CimMacroSpec, sparsity: float, vectors: int, precision: int | None
) -> tuple[Traffic, Integers]:
    """Traffic, and the sums (vectors, outputs) that integers give for it."""
    rng = np.random.default_rng(SEED)
    zeros = round(sparsity * spec.rows)
    ones = np.tile(np.arange(spec.rows) >= zeros, (vectors, 1)).astype(np.int64)
    values = rng.permuted(ones, axis=1)
    chosen = len(spec.weight_bits) - 1 if precision is None else precision
    held = _weights(spec, chosen)
    outputs = spec.column_map.outputs[chosen]
    weights = rng.integers(held.minimum, held.maximum + 1, (spec.rows, outputs))
    return _programmed(spec, values, weights, chosen)


def _weights(spec: CimMacroSpec, chosen: int) -> IntegerFormat:
    return IntegerFormat(bits=spec.weight_bits[chosen], signed=spec.weight_signed)


def _programmed(
    spec: CimMacroSpec, values: Integers, weights: Integers, chosen: int
) -> tuple[Traffic, Integers]:
    tokens = {"values": values}
    if spec.precision_bits:
        tokens["precision"] = np.full(len(values), chosen)
    cells = spec.column_map.cells(weights, chosen)
    return ClosedLoop(spec, IdealArray(cells)).traffic(tokens), values @ weights


def at_an_end(spec: CimMacroSpec, chosen: int, greatest: bool) -> tuple[Traffic, Integers]:
    """A vector of ones for weights that are all the least or all the greatest of their width, and
    the sums of integers: the ends of what an accumulator holds."""
    held = _weights(spec, chosen)
    shape = spec.rows, spec.column_map.outputs[chosen]
    weights = np.full(shape, held.maximum if greatest else held.minimum)
    return _programmed(spec, np.ones((1, spec.rows), np.int64), weights, chosen)


def simulated(spec: CimMacroSpec, traffic: Traffic) -> BulkResult:
    """What the RTL did; VerificationFailed when it is not what the model says."""
    result = simulate(spec, traffic)
    if not result.report.passed:
        raise VerificationFailed(f"cim_macro: {result.report.message}")
    return result


def reads_of(spec: CimMacroSpec, sparsity: float) -> float:
    """Array reads of a vector, measured."""
    report = simulated(spec, workload(spec, sparsity)).report
    return report.tokens["reads"] / report.operations


def zeros_table(spec: CimMacroSpec, mapped: MappedParts, progress: Progress) -> PublishedTable:
    """Reads, cycles and energy of a vector over the share of zeros in it."""
    rows, every = [], -(-spec.rows // spec.group) * max(spec.column_map.steps)
    factor = scale(NODES[ABOVE], node_40()).energy
    for sparsity in SPARSITIES:
        progress(f"{sparsity:.0%} zeros")
        traffic = workload(spec, sparsity)
        report = simulated(spec, traffic).report
        reads, cycles = report.tokens["reads"] / report.operations, report.cycles_per_operation
        digital = vector_energy(mapped.measure(traffic))
        rows.append(
            PublishedRow(
                name=f"{sparsity:.0%} of the inputs zero",
                ours=(
                    *measured(reads / max(spec.column_map.steps), reads, cycles, every / cycles),
                    *measured(digital),
                    *estimate(factor * digital),
                ),
            )
        )
    return PublishedTable(
        title="Zeros that are skipped",
        source="Section on CIM macro configurations; simulated RTL and cells",
        ours=(
            "row groups",
            "array reads",
            "cycles a vector",
            f"speed-up over reading all {every // max(spec.column_map.steps)} groups",
            f"{LIBRARY}, pJ a vector",
            f"{SCALED}, pJ a vector",
        ),
        rows=tuple(rows),
        note=f"The article says that zeros are skipped and prints no figure of it. ceil(ones / "
        f"{spec.group}) groups of rows are read; all of {spec.rows} rows make "
        f"{-(-spec.rows // spec.group)}. A speed-up just below 1 is the few cycles in which the "
        "first read of a run comes to its sum. Energy is that of the digital modules alone; "
        f"{VECTORS} vectors, seed {SEED}.",
    )


def vector_energy(parts: Parts) -> float:
    """Energy of all modules for one vector [pJ]."""
    cycles = parts.cycles / parts.operations
    return cycles * sum(part.cycle_pj for part in parts.parts.values())


def _exact(
    spec: CimMacroSpec, at: int, traffic: Traffic, expected: Integers
) -> tuple[BulkResult, Integers]:
    """A run whose sums are those of integers, and them; VerificationFailed where they are not."""
    result = simulated(spec, traffic)
    shape = len(expected), spec.column_map.words[at], spec.adcs
    sums = spec.column_map.in_order(result.outputs["sums"]["values"].reshape(shape), at)
    if not np.array_equal(sums, expected):
        bits = spec.weight_bits[at]
        raise VerificationFailed(f"cim_macro: sums of {bits}-bit weights are not the integers'")
    return result, sums


def precision_table(spec: CimMacroSpec, mapped: MappedParts, progress: Progress) -> PublishedTable:
    """The macro at each width of weights; VerificationFailed where a sum is not the integers'."""
    rows = []
    for at, bits in enumerate(spec.weight_bits):
        progress(f"weights of {bits} bits")
        traffic, expected = _loaded(spec, 0.5, VECTORS, at)
        report = _exact(spec, at, traffic, expected)[0].report
        ends = [_exact(spec, at, *at_an_end(spec, at, greatest))[1] for greatest in (False, True)]
        parts = mapped.measure(traffic)
        rows.append(
            PublishedRow(
                name=f"{bits}-bit weights",
                ours=(
                    *measured(
                        expected.shape[1],
                        expected.size + sum(each.size for each in ends),
                        bits_for(int(np.min(ends)), int(np.max(ends))),
                    ),
                    *formula(spec.accumulators.widths[at]),
                    *measured(
                        report.tokens["reads"] / report.operations,
                        report.cycles_per_operation,
                        vector_energy(parts),
                        *(100 * part.register_activity for part in _datapath(parts)),
                    ),
                ),
            )
        )
    return PublishedTable(
        title="Widths of weights",
        source="Table 2; simulated RTL and cells",
        ours=(
            "outputs",
            "sums equal to integers",
            "bits of the widest sum",
            "bits of its word",
            "array reads",
            "cycles a vector",
            f"{LIBRARY}, pJ a vector",
            "shift-add flip-flops that change [%]",
            "accumulator flip-flops that change [%]",
        ),
        rows=tuple(rows),
        note=f"{VECTORS} vectors of random bits, half of them zero, random weights, ideal array "
        f"and converters (seed {SEED}), and of each width two vectors of ones, for weights that "
        "are all the least and all the greatest: these give the widest sums. The article prints "
        "no figure of a width.",
    )


def _datapath(parts: Parts) -> Sequence[PartInCells]:
    return [parts.parts[name] for name in (printed.SHIFT_ADD, printed.ACCUMULATOR)]


def clock_table(spec: CimMacroSpec, working: WorkingLibrary, progress: Progress) -> PublishedTable:
    """Clock and latency of the digital modules."""
    progress(f"fastest clock in cells of {LIBRARY}")
    emitted = emit(spec)
    points = (("delay", TIGHT_PS), ("remap", TIGHT_PS))
    mapped = map_design(emitted.verilog, emitted.name, working, points).best(Aim.SPEED)
    if opensta.available():
        megahertz = 1000 / opensta.analyse(mapped.framed, working).period
    else:
        megahertz = mapped.megahertz
    progress("latency")
    one = simulated(spec, workload(spec, 0.0, vectors=1))
    every = -(-spec.rows // spec.group) * max(spec.column_map.steps)
    factor = 1 / scale(NODES[ABOVE], node_40()).delay
    return PublishedTable(
        title="Clock and latency of the digital modules",
        source="Table 5; section on analog modules, Latency",
        published=("chip",),
        ours=(LIBRARY, SCALED),
        against=(SCALED,),
        rows=(
            PublishedRow(
                name="clock of the digital modules alone",
                unit="MHz",
                published=(printed.DIGITAL_MHZ,),
                ours=(*measured(megahertz), *estimate(factor * megahertz)),
                why=UNEXPLAINED,
            ),
            *(
                PublishedRow(
                    name=f"clock with array and converters, {when} layout",
                    unit="MHz",
                    published=(clock,),
                    ours=(None, None),
                )
                for when, clock in (
                    ("before", printed.CLOCK_BEFORE_LAYOUT_MHZ),
                    ("after", printed.CLOCK_MHZ),
                )
            ),
            PublishedRow(
                name="from the last read to the last sum",
                unit="cycle",
                published=(
                    Derived(2 * printed.CYCLES, "a cycle of shift-add and one of accumulation"),
                ),
                ours=(*measured(one.report.cycles - every), None),
                no_ratio="ours has the cycle in which the code of a read comes, too; the article "
                "counts operations of digital modules",
            ),
        ),
        note="The article says that the chip “could operate around 200 MHz with the digital blocks "
        "only”, and not whether faster. Our clock is that of a netlist mapped for speed; areas and "
        f"energies are of one mapped for area. {_of_delay(megahertz)} {every} reads of a vector of "
        "ones, one a cycle: a cycle to the code, one for shift-add, one for the accumulation, as "
        "its contract promises and its bench measures.",
    )


def _of_delay(megahertz: float) -> str:
    """What a clock at 40 nm rests on, in words."""
    above, below = NODES[ABOVE], NODES[BELOW]
    share = (printed.NODE - BELOW) / (ABOVE - BELOW)
    between = below.supply + share * (above.supply - below.supply)
    at = {
        supply: megahertz / scale(above, replace(node_40(), supply=supply)).delay
        for supply in (between, above.supply)
    }
    supplies = " and ".join(
        f"{clock:.0f} MHz ({clock / printed.DIGITAL_MHZ:.2f}) at {supply:.2f} V"
        for supply, clock in at.items()
    )
    _, raw, _, after = OUTSIDE
    return (
        f"At 40 nm the rule gives {supplies}, with the same currents. Delays of the library are "
        f"multiplied by {calibration(ABOVE).delay:.3f}, interpolated between factors of two real "
        "libraries; against a real one of 130 nm that nothing was fitted to, this macro's clock is "
        f"{raw} % too fast without such a factor, {-after} % too slow with that of 130 nm."
    )
