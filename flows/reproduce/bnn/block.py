"""The in-memory block: one kilobit of differential memory, written, verified and read in RTL."""

from collections.abc import Callable

import numpy as np

from neuroloom.flows.reports.figures import formula, measured
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.bnn import printed
from neuroloom.flows.reproduce.bnn.rtl import run_rtl
from neuroloom.flows.synthesis.synthesize import synthesize_macro
from neuroloom.flows.synthesis.targets import target as target_of
from neuroloom.golden.bnn.rram_program import RramProgramSpec
from neuroloom.golden.bnn.rram_tile import ProgrammedTile, SensedTile
from neuroloom.golden.bnn.xnor_sense import XnorSenseSpec
from neuroloom.golden.devices.differential import ResistiveDevice, differential_error_rate
from neuroloom.golden.devices.differential_array import DifferentialArray
from neuroloom.golden.ports import Tokens, concatenate

ARRAYS = 16
"""Arrays that are drawn for each device; each of their rows is read once."""
CELLS = "predictive-45"
MULTIPLEXER = "mux2"
TAKEN = ResistiveDevice()
DEVICES = {
    "no spread": TAKEN.spread(0),
    "taken": TAKEN,
    "σ 1.5 times": TAKEN.spread(1.5),
    "σ twice": TAKEN.spread(2),
    "σ three times": TAKEN.spread(3),
    "σ twice, high state at 20 kΩ": TAKEN.spread(2).model_copy(update={"hrs": 2e4}),
    "σ twice, high state at 500 kΩ": TAKEN.spread(2).model_copy(update={"hrs": 5e5}),
    "σ even, 1.1": TAKEN.model_copy(update={"lrs_sigma": 1.1, "hrs_sigma": 1.1}),
}
"""What is taken, and each choice moved alone."""
WRITTEN = {
    "every pulse works": {},
    "one pulse in ten fails": {"set_failure": 0.1, "reset_failure": 0.1, "form_failure": 0.1},
    "one pulse in three fails": {"set_failure": 0.3, "reset_failure": 0.3, "form_failure": 0.3},
}
"""Fields of the devices that a kilobit is written into."""


def block_table() -> PublishedTable:
    """Size, pace and cells of the block, and what the XNOR costs behind the amplifiers."""
    spec = XnorSenseSpec()
    target = target_of(CELLS)
    assert target.cells is not None
    found = synthesize_macro(spec, [target]).targets[0]
    assert found.area is not None
    library = target.cells(()).library.cells
    multiplexer = min(cell.area for name, cell in library.items() if MULTIPLEXER in name)
    rows = [
        PublishedRow(
            name="bits in the block",
            unit="Kibit",
            published=(printed.BLOCK_KILOBITS,),
            ours=formula(
                spec.rows * spec.columns / 1024, circular="the default size is the paper's"
            ),
        ),
        PublishedRow(name="cycles a word", published=(None,), ours=formula(spec.contract.interval)),
        PublishedRow(
            name=f"digital side, {CELLS}",
            unit="µm²",
            published=(None,),
            ours=measured(found.area.total_um2),
        ),
        PublishedRow(
            name=f"XNOR behind the amplifiers, {spec.columns} multiplexers of its cells",
            unit="µm²",
            published=(None,),
            ours=formula(spec.columns * multiplexer),
        ),
    ]
    return PublishedTable(
        title="XNOR in the sense amplifier",
        source="Section II, Fig. 1",
        published=("paper",),
        ours=("ours",),
        rows=tuple(rows),
        note="The paper says that the amplifiers do the XNOR themselves, without overhead; how is "
        "in a picture, which we read so that the activation chooses which of both bit lines "
        "discharges which output. Ours stands behind the amplifiers: a multiplexer a column takes "
        "the outputs straight or crossed. The bits are the same; the area is what the paper saves. "
        "The chip's block of 130 nm is circuits of transistors, which RTL does not describe; ours "
        "is the logic around them, of 45 nm.",
    )


def spread_table(progress: Callable[[str], None]) -> PublishedTable:
    """Every row of drawn arrays read with random activations through the RTL, for each device.

    VerificationFailed when a word is not the golden model's for the same outputs.
    """
    spec = XnorSenseSpec()
    row = np.arange(spec.rows)
    rows = []
    for seed, (name, device) in enumerate(DEVICES.items()):
        progress(f"{ARRAYS} arrays of {spec.rows} × {spec.columns} bits, {name}")
        rng = np.random.default_rng(seed)
        parts, expected = [], []
        for index in range(ARRAYS):
            weights = rng.integers(0, 2, (spec.rows, spec.columns))
            activations = rng.integers(0, 2, (spec.rows, spec.columns))
            array = DifferentialArray(spec.rows, spec.columns, device, seed=100 * seed + index)
            array.program(weights)
            requests: Tokens = {"row": row, "activations": activations}
            parts.append(SensedTile(spec, array).traffic(requests))
            expected.append(weights == activations)
        bits = run_rtl(spec, concatenate(parts)).outputs["word"]["bits"]
        wrong = bits != np.concatenate(expected)
        rows.append(
            PublishedRow(
                name=name,
                ours=(
                    *formula(device.lrs_sigma, device.hrs_sigma, device.hrs / device.lrs),
                    *measured(100 * float(wrong.mean())),
                    *formula(100 * differential_error_rate(device)),
                ),
            )
        )
    return PublishedTable(
        title="Spread of the devices",
        source="no spread is printed; all values are choices of ours",
        ours=("σ low", "σ high", "high / low", "wrong products in RTL [%]", "closed form [%]"),
        rows=tuple(rows),
        note=f"{ARRAYS * spec.rows * spec.columns:,} products of a cell each, read through the "
        "RTL and a model of the devices: both outputs precharged, one falls. σ is of ln R. What "
        "is taken has 5 kΩ and 100 kΩ and σ of 0.2 and 0.8.",
    )


def written_table(progress: Callable[[str], None]) -> PublishedTable:
    """A kilobit formed, written and verified by the RTL, then read by that of the amplifiers.

    VerificationFailed when RTL and golden model differ, or a status is not what the array holds.
    """
    spec, sense = RramProgramSpec(), XnorSenseSpec()
    row = np.arange(spec.rows)
    rows = []
    for seed, (name, fields) in enumerate(WRITTEN.items()):
        progress(f"a kilobit is written, {name}")
        bits = np.random.default_rng(seed).integers(0, 2, (spec.rows, spec.columns))
        device = TAKEN.model_copy(update=fields)
        array = DifferentialArray(spec.rows, spec.columns, device, formed=False, seed=seed)
        ones = np.ones(spec.rows, np.int64)
        commands: Tokens = {"row": row, "bits": bits, "write": ones, "form": ones}
        done = run_rtl(spec, ProgrammedTile(spec, array).traffic(commands))
        requests: Tokens = {"row": row, "activations": np.ones_like(bits)}
        read = run_rtl(sense, SensedTile(sense, array).traffic(requests)).outputs["word"]["bits"]
        status = done.outputs["status"]
        rows.append(
            PublishedRow(
                name=name,
                ours=measured(
                    done.report.cycles,
                    len(done.outputs["pulses"]["kind"]),
                    float(status["attempts"].mean()),
                    int(status["failed"].sum()),
                    int((read != bits).sum()),
                    int((array.bits != bits).sum()),
                ),
            )
        )
    return PublishedTable(
        title="A kilobit written and verified",
        source="Section II: two devices a bit, programmed in a complementary fashion",
        ours=(
            "cycles",
            "pulses",
            "attempts a word",
            "cells reported",
            "bits read wrong",
            "cells not complementary",
        ),
        rows=tuple(rows),
        note=f"{spec.rows * spec.columns:,} cells of fresh devices, formed, SET and RESET one "
        f"after the other; a word is verified after each of at most {spec.attempts} attempts, "
        "which pulse those cells again that read wrong. Then all rows are read by the RTL of the "
        "amplifiers. A cell of two low devices, or one not formed, often reads right, and "
        "verification sees no more than that: the last column counts such cells, too. Reads have "
        "no noise here, so that a second read repeats the first.",
    )
