"""Table 6 of Lu et al. 2021, the energy of the whole array, and what our readings of its other
tables give."""

from collections.abc import Callable

from neuroloom.flows.cells.nodes import NODES
from neuroloom.flows.reports.figures import Derived, Figures, Printed, estimate, measured
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.cim_macro.pricing import LIBRARY, SCALED
from neuroloom.flows.reproduce.cim_macro.printed import (
    AFTER_LAYOUT,
    ANALOG_ENERGY,
    ARRAY,
    BEFORE_LAYOUT,
    COLUMNS_PER_ADC,
    EFFICIENCY_AFTER,
    EFFICIENCY_BEFORE,
    ENERGY,
    GROUP,
    LAYOUT_FACTOR,
    WEIGHT_SPARSITY,
    PrintedPair,
)
from neuroloom.flows.reproduce.cim_macro.scaling import ABOVE, node_40, scale
from neuroloom.flows.reproduce.cim_macro.tables import whole
from neuroloom.flows.reproduce.parts import Parts

GROUPS = -(-ARRAY // GROUP)
READS = Derived(
    GROUPS * COLUMNS_PER_ADC, f"ceil({ARRAY:g} / {GROUP:g}) × {COLUMNS_PER_ADC:g} columns"
)
Reading = Callable[[Printed, Printed], Derived]
"""Energy of the whole array by that of its analog and of its digital modules."""
NOTHING: Figures = (None, None)


def _each_read() -> tuple[Derived, Derived]:
    """Tables 3 and 5 are both of a read."""

    def of(analog: Printed, digital: Printed) -> Derived:
        return Derived(
            READS * (analog + digital), f"{READS:g} reads × ({analog:g} + {digital:g}) pJ"
        )

    return _of_both(of)


def _each_group() -> tuple[Derived, Derived]:
    """Table 3 is of a group of rows with all its columns, Table 5 of a cycle."""

    def of(analog: Printed, digital: Printed) -> Derived:
        return Derived(
            GROUPS * (analog + COLUMNS_PER_ADC * digital),
            f"{GROUPS:g} groups × ({analog:g} + {COLUMNS_PER_ADC:g} × {digital:g}) pJ",
        )

    return _of_both(of)


def _of_both(of: Reading) -> tuple[Derived, Derived]:
    return (
        of(whole(ANALOG_ENERGY.neurosim), whole(ENERGY.neurosim)),
        of(whole(ANALOG_ENERGY.chip), whole(ENERGY.chip)),
    )


def _over(reading: tuple[Derived, Derived], printed: PrintedPair) -> str:
    ratios = (one / whole(two) for one, two in zip(reading, printed, strict=True))
    return " and ".join(f"{ratio:.3g}" for ratio in ratios)


def readings() -> str:
    """How far both readings of Tables 3 and 5 are from Table 6, in words."""
    reads, groups = (_over(each(), BEFORE_LAYOUT) for each in (_each_read, _each_group))
    return (
        f"{reads} times NeuroSim's and the chip's where both are of a read, {groups} times where "
        "Table 3 is of a group of rows with its eight columns and Table 5 of a cycle"
    )


def array_energy(parts: Parts, reads: float) -> PublishedTable:
    """Table 6, and what Tables 3 and 5 say of it; ``reads`` of a vector are measured."""
    factor = scale(NODES[ABOVE], node_40()).energy
    cycles = parts.cycles / parts.operations
    digital = cycles * sum(part.cycle_pj for part in parts.parts.values())
    predicted = whole(BEFORE_LAYOUT.neurosim)
    after = Derived(LAYOUT_FACTOR * predicted, f"{predicted:,} pJ × {LAYOUT_FACTOR:g}")
    theirs = (
        ("whole array before layout", "pJ", BEFORE_LAYOUT),
        ("the same, Tables 3 and 5 in each read", "pJ", _each_read()),
        ("the same, Table 3 in each group, Table 5 in each read", "pJ", _each_group()),
        ("whole array after layout", "pJ", (after, AFTER_LAYOUT)),
        ("energy efficiency before layout", "TOPS/W", (None, EFFICIENCY_BEFORE)),
        ("energy efficiency after layout", "TOPS/W", (None, EFFICIENCY_AFTER)),
    )
    return PublishedTable(
        title="Energy of the whole array",
        source="Table 6",
        published=("NeuroSim", "chip"),
        ours=(LIBRARY, SCALED),
        rows=(
            PublishedRow(
                name="array reads of a vector of ones",
                published=(None, READS),
                ours=(*measured(reads), None),
            ),
            PublishedRow(
                name="digital modules, a vector",
                unit="pJ",
                published=(None, None),
                ours=(*measured(digital), *estimate(factor * digital)),
            ),
            *(
                PublishedRow(name=name, unit=unit, published=published, ours=NOTHING)
                for name, unit, published in theirs
            ),
        ),
        note="The article's is the energy to compute the entire array, 128 × 128 × 2 operations, "
        f"with no input zero and {WEIGHT_SPARSITY:g} % of the cells zero. Our readings of Tables 3 "
        f"and 5 do not give it: {readings()}. Array, converters and drivers are analog and have no "
        "figure of ours.",
    )
