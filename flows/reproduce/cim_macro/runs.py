"""The macro of Lu et al. 2021 at work: zeros that are skipped, widths of weights, clock."""

from collections.abc import Callable, Sequence

import numpy as np

from neuroloom.flows.cells import opensta
from neuroloom.flows.cells.mapping import TIGHT_PS, Aim, map_design
from neuroloom.flows.cells.nodes import NODES
from neuroloom.flows.cells.sources import WorkingLibrary
from neuroloom.flows.reports.figures import Derived, estimate, measured
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.cim_macro import printed
from neuroloom.flows.reproduce.cim_macro.pricing import LIBRARY, SCALED
from neuroloom.flows.reproduce.cim_macro.scaling import ABOVE, AREA_ERROR, BELOW, node_40, scale
from neuroloom.flows.reproduce.parts import MappedParts, PartInCells, Parts
from neuroloom.flows.simulation.bulk.simulate import BulkResult, simulate
from neuroloom.flows.tools.errors import VerificationFailed
from neuroloom.flows.verilog.emit import emit
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
    tokens = {"values": values}
    chosen = len(spec.weight_bits) - 1 if precision is None else precision
    if spec.precision_bits:
        tokens["precision"] = np.full(vectors, chosen)
    bits = spec.weight_bits[chosen]
    outputs = spec.column_map.outputs[chosen]
    held = IntegerFormat(bits=bits, signed=spec.weight_signed)
    weights = rng.integers(held.minimum, held.maximum + 1, (spec.rows, outputs))
    cells = spec.column_map.cells(weights, chosen)
    return ClosedLoop(spec, IdealArray(cells)).traffic(tokens), values @ weights


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
            "× all groups",
            f"{LIBRARY}, pJ a vector",
            f"{SCALED}, pJ a vector",
        ),
        rows=tuple(rows),
        note=f"The article says that zeros are skipped and prints no figure of it. ceil(ones / "
        f"{spec.group}) groups of rows are read; all of {spec.rows} rows make "
        f"{-(-spec.rows // spec.group)}. Energy is that of the digital modules alone; "
        f"{VECTORS} vectors, seed {SEED}.",
    )


def vector_energy(parts: Parts) -> float:
    """Energy of all modules for one vector [pJ]."""
    cycles = parts.cycles / parts.operations
    return cycles * sum(part.cycle_pj for part in parts.parts.values())


def precision_table(spec: CimMacroSpec, mapped: MappedParts, progress: Progress) -> PublishedTable:
    """The macro at each width of weights; VerificationFailed where a sum is not the integers'."""
    rows = []
    for at, bits in enumerate(spec.weight_bits):
        progress(f"weights of {bits} bits")
        traffic, expected = _loaded(spec, 0.5, VECTORS, at)
        result = simulated(spec, traffic)
        words = spec.column_map.words[at]
        given = result.outputs["sums"]["values"].reshape(VECTORS, words, spec.adcs)
        if not np.array_equal(spec.column_map.in_order(given, at), expected):
            raise VerificationFailed(f"cim_macro: sums of {bits}-bit weights are not the integers'")
        parts = mapped.measure(traffic)
        report = result.report
        rows.append(
            PublishedRow(
                name=f"{bits}-bit weights",
                ours=measured(
                    expected.shape[1],
                    expected.size,
                    report.tokens["reads"] / report.operations,
                    report.cycles_per_operation,
                    vector_energy(parts),
                    *(100 * part.register_activity for part in _datapath(parts)),
                ),
            )
        )
    return PublishedTable(
        title="Widths of weights",
        source="Table 2; simulated RTL and cells",
        ours=(
            "outputs",
            "sums equal to integers",
            "array reads",
            "cycles a vector",
            f"{LIBRARY}, pJ a vector",
            "shift-add flip-flops that switch [%]",
            "accumulator flip-flops that switch [%]",
        ),
        rows=tuple(rows),
        note=f"{VECTORS} vectors of random bits, half of them zero, random weights, ideal array "
        f"and converters (seed {SEED}). The article prints no figure of a width.",
    )


def _datapath(parts: Parts) -> Sequence[PartInCells]:
    return [parts.parts[name] for name in (printed.SHIFT_ADD, printed.ACCUMULATOR)]


def scaling_table(parts: Parts, below: Parts) -> PublishedTable:
    """The rule that tells figures of another node, tried where the macro can be mapped: ``parts``
    at the one node of the rule, ``below`` at the other."""
    factors = scale(NODES[ABOVE], NODES[BELOW])

    def row(
        name: str, unit: str, factor: float, value: Callable[[PartInCells], float]
    ) -> PublishedRow:
        first, second = (sum(map(value, each.parts.values())) for each in (parts, below))
        scaled = factor * first
        off = 100 * (scaled / second - 1)
        ours = (*measured(first), *estimate(scaled), *measured(second, off))
        return PublishedRow(name=name, unit=unit, ours=ours)

    return PublishedTable(
        title="The rule of scaling, tried",
        source=f"predictive-{ABOVE} and predictive-{BELOW}, simulated here",
        ours=(LIBRARY, f"told of {BELOW} nm", f"predictive-{BELOW}", "the rule is off by [%]"),
        rows=(
            row("flip-flops", "µm²", factors.area, lambda part: part.sequential_um2),
            row("gates", "µm²", factors.area, lambda part: part.combinational_um2),
            row(
                "flip-flops, a cycle",
                "pJ",
                factors.energy,
                lambda part: part.clock_pj + part.sequential_pj,
            ),
            row("gates, a cycle", "pJ", factors.energy, lambda part: part.combinational_pj),
        ),
        note=f"From {ABOVE} to {BELOW} nm, further than to the chip's {printed.NODE:g}. The "
        f"libraries themselves are predictive: at 130 nm their areas are {-AREA_ERROR[1]} to "
        f"{-AREA_ERROR[0]} % below those of a real library that nothing was fitted to.",
    )


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
    slower = (
        "unexplained: the models of the library have neither wires nor a clock tree, and the "
        "chip's clock was not sought as its fastest"
    )
    return PublishedTable(
        title="Clock and latency of the digital modules",
        source="Table 5; section on analog modules, Latency",
        published=("chip",),
        ours=(LIBRARY, SCALED),
        rows=(
            PublishedRow(
                name="clock of the digital modules alone",
                unit="MHz",
                published=(printed.DIGITAL_MHZ,),
                ours=(*measured(megahertz), *estimate(factor * megahertz)),
                why=slower,
            ),
            PublishedRow(
                name="clock with array and converters",
                unit="MHz",
                published=(printed.CLOCK_MHZ,),
                ours=(None, None),
            ),
            PublishedRow(
                name="from the last read to the last sum",
                unit="cycle",
                published=(
                    Derived(2 * printed.CYCLES, "a cycle of shift-add and one of accumulation"),
                ),
                ours=(*measured(one.report.cycles - every), None),
            ),
        ),
        note=f"{every} reads of a vector of ones, one a cycle: a cycle to the code, one for "
        "shift-add, one for the accumulation, as its contract promises and its bench "
        "measures.",
    )
