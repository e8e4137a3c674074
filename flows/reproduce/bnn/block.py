"""The in-memory block: XNOR in the sense amplifiers of one kilobit of differential memory."""

from collections.abc import Callable

import numpy as np

from neuroloom.flows.reports.figures import formula, measured
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.bnn import printed
from neuroloom.flows.synthesis.synthesize import synthesize_macro
from neuroloom.flows.synthesis.targets import target as target_of
from neuroloom.flows.tools.errors import VerificationFailed
from neuroloom.flows.verify import replay
from neuroloom.golden.bnn.rram_tile import SensedTile
from neuroloom.golden.bnn.xnor_sense import XnorSenseSpec
from neuroloom.golden.devices.differential import ResistiveDevice
from neuroloom.golden.devices.differential_array import DifferentialArray
from neuroloom.golden.ports import Integers

READS = 4
"""Reads of every row, each with other activations."""
SEED = 1
CELLS = "predictive-45"
DEVICES = {
    "no spread": ResistiveDevice(lrs_sigma=0, hrs_sigma=0),
    "spread as measured devices have": ResistiveDevice(),
    "twice that spread": ResistiveDevice().spread(2),
}


def block_table(progress: Callable[[str], None]) -> PublishedTable:
    """Every row read with random activations through the RTL, in devices that spread more and more.

    VerificationFailed when a word is not the golden model's for the same outputs.
    """
    spec = XnorSenseSpec()
    rng = np.random.default_rng(SEED)
    weights = rng.integers(0, 2, (spec.rows, spec.columns))
    row = np.tile(np.arange(spec.rows), READS)
    activations = rng.integers(0, 2, (len(row), spec.columns))
    expected: Integers = (weights[row] == activations).astype(np.int64)
    rows: list[PublishedRow] = []
    for name, device in DEVICES.items():
        progress(f"{spec.rows} × {spec.columns} bits, {name}")
        array = DifferentialArray(spec.rows, spec.columns, device, seed=SEED)
        array.program(weights)
        tile = SensedTile(spec, array)
        traffic = tile.traffic({"row": row, "activations": activations})
        outcome = replay(spec, traffic).outcomes[0]
        if outcome.status != "passed":
            raise VerificationFailed(f"{spec.macro}: {outcome.message}")
        # RTL and model agree on every word
        bits = spec.model().run(traffic)["word"]["bits"]
        rows.append(
            PublishedRow(
                name=f"{name}, wrong products",
                unit="%",
                published=(None,),
                ours=measured(100 * float((bits != expected).mean())),
            )
        )
        interval = outcome.report["interval"]
    area = synthesize_macro(spec, [target_of(CELLS)]).targets[0].area
    assert area is not None
    rows += [
        PublishedRow(
            name="bits in the block",
            unit="Kibit",
            published=(printed.BLOCK_KILOBITS,),
            ours=formula(spec.rows * spec.columns / 1024),
        ),
        PublishedRow(name="cycles a word", published=(None,), ours=measured(interval)),
        PublishedRow(
            name=f"digital side, {CELLS}",
            unit="µm²",
            published=(None,),
            ours=measured(area.total_um2),
        ),
    ]
    return PublishedTable(
        title="XNOR in the sense amplifier",
        source="Section II, Fig. 1",
        published=("chip",),
        ours=("ours",),
        rows=tuple(rows),
        note=f"{len(row)} words of {spec.columns} products read through RTL and a model of the "
        "devices: both outputs precharged, one falls, the activation straightens or crosses them. "
        "The chip's 130 nm block is analog; ours is what stands around it, of 45 nm.",
    )
