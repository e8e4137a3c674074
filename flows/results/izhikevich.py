"""What the phenomenological neuron does with each behaviour's standard stimulus, as a picture."""

import io
import re
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.style import context

from neuroloom.golden.neurons.izhikevich import IzhikevichSpec
from neuroloom.golden.neurons.izhikevich_behaviours import Behaviour
from neuroloom.golden.neurons.izhikevich_presets import PRESETS, Preset, answer

COLUMNS = 4
INK, SOFT, PAPER = "#1c2430", "#8a94a3", "#ffffff"
SPIKE, CURRENT = "#c2410c", "#3b6ea5"
STYLE: dict[str, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "neuroloom", "font.size": 8.5,
    "font.family": "sans-serif", "text.color": INK, "axes.titlesize": 9, "axes.titlepad": 3,
    "axes.titlelocation": "left", "axes.titlecolor": INK, "lines.solid_joinstyle": "miter",
}  # fmt: skip
LAYOUT = ConstrainedLayoutEngine(h_pad=0.05, w_pad=0.06)
HIGH, LOW = 118, -112
"""Drawn range of the membrane, the same in every field; a spike reaches near its top."""
BASE, STRONGEST = -90.0, 24.0
"""The line of zero current, and the height of a field's strongest current."""


def izhikevich_svg() -> str:
    """Small multiples: membrane, threshold and spikes of every behaviour, its current below."""
    rows = -(-len(Behaviour) // COLUMNS)
    with context(STYLE):
        made = Figure(figsize=(2.55 * COLUMNS, 1.5 * rows + 0.3), layout=LAYOUT)
        made.patch.set_facecolor(PAPER)
        axes = made.subplots(rows, COLUMNS, sharex=True, sharey=True).flat
        for letter, behaviour, field in zip("ABCDEFGHIJKLMNOPQRST", Behaviour, axes, strict=True):
            field.set_title(f"{letter}  {behaviour.value.replace('-', ' ')}")
            _draw(field, PRESETS[behaviour])
        handles, labels = field.get_legend_handles_labels()
        made.legend(
            handles, labels, loc="outside lower center", ncols=len(labels), frameon=False,
            handlelength=1.6, columnspacing=2.0,
        )  # fmt: skip
        buffer = io.StringIO()
        nothing = {"Creator": None, "Date": None, "Format": None, "Type": None}
        made.savefig(buffer, format="svg", metadata=nothing)
    short = re.sub(r"(\d\.\d\d)\d+", r"\1", buffer.getvalue())
    return "\n".join(line.rstrip() for line in short.splitlines()) + "\n"


def _draw(field: Axes, preset: Preset) -> None:
    found = answer(IzhikevichSpec(), preset)
    ticks = np.arange(len(preset.current))
    current = np.array(preset.current) * STRONGEST / np.abs(preset.current).max()
    fired = np.flatnonzero(found.spikes)
    field.vlines(fired, 0, HIGH - 6, SPIKE, linewidth=1.1, label="spike")
    field.step(ticks, found.membrane, INK, where="mid", linewidth=1.0, label="membrane")
    field.step(ticks, found.threshold, SOFT, where="mid", linewidth=0.8,
               linestyle=(0, (2, 1.5)), label="threshold")  # fmt: skip
    field.fill_between(ticks, BASE, BASE + current, color=CURRENT, step="mid", linewidth=0.6,
                       alpha=0.85, label="current, to a scale of its own")  # fmt: skip
    field.axhline(BASE, color=SOFT, linewidth=0.4)
    field.set(ylim=(LOW, HIGH), xlim=(-1, len(ticks)))
    field.set_axis_off()
