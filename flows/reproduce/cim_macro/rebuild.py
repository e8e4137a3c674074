"""The digital periphery of the 40-nm RRAM macro of Lu et al. 2021: Tables 4, 5 and 6.

The macro is ``cim_macro`` at its defaults. What the article prices are flip-flops, adder bits and
everything else as inverters; here they are counted in our netlist, priced by the same cells and by
a standard-cell library, and switch as they do in a simulation of the article's workload.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from neuroloom.flows.designs import yosys
from neuroloom.flows.reports.published import PublishedRow, PublishedTable, Reproduction
from neuroloom.flows.reproduce.cim_macro.network import network_table
from neuroloom.flows.reproduce.cim_macro.printed import ACCUMULATOR, CONTROL, SHIFT_ADD
from neuroloom.flows.reproduce.cim_macro.system import SYSTEM
from neuroloom.flows.reproduce.cim_macro.tables import (
    LIBRARY,
    alone,
    areas,
    array_energy,
    energies,
    registers_and_adders,
)
from neuroloom.flows.reproduce.counts import count_parts
from neuroloom.flows.reproduce.parts import measure_parts
from neuroloom.flows.simulation.bulk.simulate import simulate
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import VerificationFailed
from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.cim.closed_loop import ClosedLoop
from neuroloom.golden.devices.array import IdealArray
from neuroloom.golden.ports import Traffic

CHIP = CimMacroSpec()
PARTS = {"shift_add": SHIFT_ADD, "accumulator": ACCUMULATOR}
"""Our modules by instance; all others are control."""
SPARSITIES = (0.0, 0.5, 0.9)
VECTORS = 32
"""Vectors of each run."""
SEED = 1


def part_of(path: tuple[str, ...]) -> str:
    """The article's module that an instance belongs to."""
    return PARTS.get(path[0], CONTROL) if path else CONTROL


def reproduce(progress: Callable[[str], None], mnist: Path | None = None) -> Reproduction:
    """Count, price, map and simulate the macro, and put the article's tables beside it.

    ``mnist`` is not looked at: no network here is shown digits of it.
    """
    spec = CHIP
    progress("netlists of every precision")
    counts = {bits: count_parts(alone(spec, bits), part_of) for bits in spec.weight_bits}
    whole = count_parts(spec, part_of)
    progress("array reads at several sparsities")
    rates = _sparsity_table(spec)
    network = network_table(progress)
    progress(f"gate-level simulation on {LIBRARY}")
    cells = TARGETS[LIBRARY].cells
    assert cells is not None
    working = cells(())
    parts = measure_parts(spec, working, part_of, workload(spec, 0.0))
    return Reproduction(
        system=SYSTEM.name,
        title=SYSTEM.title,
        paper=SYSTEM.paper,
        tables=(
            registers_and_adders(spec, counts, whole),
            areas(spec, whole, parts),
            energies(spec, whole, parts),
            array_energy(parts),
            rates,
            network,
        ),
        methods=(
            f"Netlists: {yosys.version()}, target gates, modules apart. Adder bits are full and "
            "half adders of the register-transfer structure.",
            f"Cells: {LIBRARY}, mapped for area, modules apart, {working.library.corner}, before "
            f"layout. Activity: toggles of all nets in {parts.cycles} cycles of gate-level "
            f"simulation of {parts.operations} vectors of ones, weights of "
            f"{spec.weight_bits[-1]} random bits (seed {SEED}), one array read a cycle.",
            "NeuroSim cells at 40 nm as in the article: flip-flop of 4 transmission gates and 8 "
            "inverters, adder bit of 9 NAND2; every other two-input gate is a NAND2 and an "
            "inverter here.",
        ),
    )


def workload(spec: CimMacroSpec, sparsity: float, vectors: int = VECTORS) -> Traffic:
    """Random vectors with that share of zeros for random weights of the widest kind.

    The codes are those of an ideal array with ideal converters.
    """
    rng = np.random.default_rng(SEED)
    zeros = round(sparsity * spec.rows)
    ones = np.tile(np.arange(spec.rows) >= zeros, (vectors, 1)).astype(np.int64)
    tokens = {"values": rng.permuted(ones, axis=1)}
    widest = len(spec.weight_bits) - 1
    if spec.precision_bits:
        tokens["precision"] = np.full(vectors, widest)
    cells = rng.integers(0, 2, (spec.rows, spec.columns))
    return ClosedLoop(spec, IdealArray(cells)).traffic(tokens)


def _sparsity_table(spec: CimMacroSpec) -> PublishedTable:
    rows, every = [], -(-spec.rows // spec.group) * max(spec.column_map.steps)
    for sparsity in SPARSITIES:
        traffic = workload(spec, sparsity)
        report = simulate(spec, traffic).report
        if not report.passed:
            raise VerificationFailed(f"cim_macro: {report.message}")
        reads = report.tokens["reads"] / report.operations
        cycles = report.cycles_per_operation
        rows.append(
            PublishedRow(
                name=f"{sparsity:.0%} of the inputs zero",
                published=(),
                measured=(
                    reads / max(spec.column_map.steps),
                    reads,
                    cycles,
                    every / cycles,
                    spec.rows * max(spec.column_map.steps) / cycles,
                ),
            )
        )
    return PublishedTable(
        title="Zeros that are skipped",
        source="simulated RTL",
        published=(),
        measured=("row groups", "array reads", "cycles a vector", "× all groups", "× row by row"),
        rows=tuple(rows),
        note=f"The article reads ceil(ones / {spec.group}) groups of rows; all of {spec.rows} rows "
        f"make {-(-spec.rows // spec.group)}. Speed-ups over reading all groups, and over one row "
        "at a time.",
    )
