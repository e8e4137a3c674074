"""The digital periphery of the 40-nm RRAM macro of Lu et al. 2021: Tables 2 to 6.

The macro is ``cim_macro`` at its defaults. What the article prices are flip-flops, adder bits and
everything else as inverters; here they are counted in our netlist, mapped to a standard-cell
library where they switch as in a simulation of the article's workload, and priced by the article's
cells.
"""

from collections.abc import Callable
from pathlib import Path

from neuroloom.flows.cells import opensta
from neuroloom.flows.cells.nodes import calibration
from neuroloom.flows.designs import yosys
from neuroloom.flows.reports.published import Reproduction
from neuroloom.flows.reproduce.cim_macro.activity import activities, flip_flop_table
from neuroloom.flows.reproduce.cim_macro.network import network_tables
from neuroloom.flows.reproduce.cim_macro.pricing import LIBRARY, areas, before_factors, energies
from neuroloom.flows.reproduce.cim_macro.printed import ACCUMULATOR, CONTROL, SHIFT_ADD
from neuroloom.flows.reproduce.cim_macro.runs import (
    SEED,
    clock_table,
    precision_table,
    reads_of,
    workload,
    zeros_table,
)
from neuroloom.flows.reproduce.cim_macro.scaling import ABOVE, RULE
from neuroloom.flows.reproduce.cim_macro.statements import choices, claims, left_out, verdict
from neuroloom.flows.reproduce.cim_macro.system import SYSTEM
from neuroloom.flows.reproduce.cim_macro.tables import (
    alone,
    by_width_table,
    control_table,
    registers_and_adders,
)
from neuroloom.flows.reproduce.cim_macro.whole_array import array_energy
from neuroloom.flows.reproduce.counts import count_parts
from neuroloom.flows.reproduce.parts import map_parts
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.golden.cim.cim_macro import CimMacroSpec

CHIP = CimMacroSpec()
PARTS = {"shift_add": SHIFT_ADD, "accumulator": ACCUMULATOR}
"""Our modules by instance; all others are control."""
WIDER: dict[str, dict[str, int]] = {
    "inputs of 8 bits": {"input_bits": 8},
    "256 rows": {"rows": 256},
    "256 rows, inputs of 8 bits": {"rows": 256, "input_bits": 8},
}
"""What a control may hold more than ours."""


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
    progress("control of wider macros")
    wider = {
        name: count_parts(spec.model_copy(update=more), part_of)[CONTROL].flip_flops
        for name, more in WIDER.items()
    }
    cells = TARGETS[LIBRARY].cells
    assert cells is not None
    working = cells(())
    progress(f"cells of {LIBRARY}")
    mapped = map_parts(spec, working, part_of)
    progress("gate-level simulation")
    vectors = workload(spec, 0.0)
    parts = mapped.measure(vectors)
    factors = calibration(ABOVE)
    return Reproduction(
        system=SYSTEM.name,
        title=SYSTEM.title,
        paper=SYSTEM.paper,
        made=SYSTEM.made(mnist),
        verdict=verdict(parts),
        claims=claims(spec, whole, parts),
        tables=(
            registers_and_adders(spec, whole),
            by_width_table(spec, counts),
            control_table(whole, wider),
            areas(spec, parts),
            energies(spec, parts),
            flip_flop_table(parts),
            activities(parts),
            before_factors(spec),
            clock_table(spec, working, progress),
            array_energy(parts, reads_of(spec, 0.0)),
            zeros_table(spec, mapped, progress),
            precision_table(spec, mapped, progress),
            *network_tables(progress),
        ),
        choices=choices(spec, parts),
        left_out=left_out(),
        methods=(
            f"Netlists: {yosys.version()}, target gates, modules apart, memories built of "
            "flip-flops. Adder bits are full and half adders of the register-transfer structure.",
            f"Cells: {LIBRARY}, mapped for area, modules apart, {working.library.corner}, before "
            f"layout. Activity: toggles of all nets in {parts.cycles} cycles of gate-level "
            f"simulation of {parts.operations} vectors of ones, weights of "
            f"{spec.weight_bits[-1]} random bits (seed {SEED}), one array read a cycle. Clock: "
            f"{opensta.version() if opensta.available() else 'our own timing'}, the macro mapped "
            "as a whole for speed.",
            f"{LIBRARY}: predictive; cells as wide and high, and transistors as wide, as Table 1 "
            "of this article has them, other constants of the Predictive Technology Model; area "
            f"× {factors.area:.3f} and delay × {factors.delay:.3f}, interpolated between factors "
            "of sky130 and ASAP7: an assumption.",
            f"Told of 40 nm and 0.9 V: {RULE}.",
            "NeuroSim cells at 40 nm as in the article: flip-flop of 4 transmission gates and 8 "
            "inverters, adder bit of 9 NAND2; half adders of 4 NAND2 and an inverter, XOR of 4 "
            "NAND2, multiplexers of 2 transmission gates and an inverter, other two-input gates of "
            "a NAND2 and an inverter.",
        ),
    )
