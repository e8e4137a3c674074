"""What the phenomenological neuron does with each behaviour's standard stimulus, as a picture."""

import re

import numpy as np
from matplotlib.axes import Axes

from neuroloom.flows.reports.plots import INK, SERIES, SOFT, figures, standalone
from neuroloom.golden.neurons.izhikevich import IzhikevichSpec
from neuroloom.golden.neurons.izhikevich_behaviours import Behaviour
from neuroloom.golden.neurons.izhikevich_presets import PRESETS, Preset, answer

COLUMNS = 4
SPIKE, CURRENT = SERIES[1], SERIES[0]
HIGH, LOW = 118, -112
"""Drawn range of the membrane, the same in every field; a spike reaches near its top."""
BASE, STRONGEST = -90.0, 24.0
"""The line of zero current, and the height of a field's strongest current."""


def izhikevich_svg() -> str:
    """Small multiples: membrane, threshold and spikes of every behaviour, its current below."""
    rows = -(-len(Behaviour) // COLUMNS)
    width, height = 2.55 * COLUMNS, 1.5 * rows + 0.3
    with figures(len(Behaviour), width, height, rows, sharex=True, sharey=True) as (
        drawing,
        fields,
    ):
        for letter, behaviour, field in zip("ABCDEFGHIJKLMNOPQRST", Behaviour, fields, strict=True):
            field.set_title(f"{letter}  {behaviour.value.replace('-', ' ')}", pad=3)
            _draw(field, PRESETS[behaviour])
        handles, labels = field.get_legend_handles_labels()
        drawing.legend(
            handles,
            labels,
            loc="outside lower center",
            ncols=len(labels),
            handlelength=1.6,
            columnspacing=2.0,
        )
        drawing.supylabel("membrane and threshold [step of V] over time [tick]", fontsize=8.5)
        text = standalone(drawing)
    return re.sub(r"(\d\.\d\d)\d+", r"\1", text)


def _draw(field: Axes, preset: Preset) -> None:
    found = answer(IzhikevichSpec(), preset)
    ticks = np.arange(len(preset.current))
    current = np.array(preset.current) * STRONGEST / np.abs(preset.current).max()
    fired = np.flatnonzero(found.spikes)
    field.vlines(fired, 0, HIGH - 6, SPIKE, linewidth=1.1, label="spike")
    field.step(ticks, found.membrane, INK, where="mid", linewidth=1.0, label="membrane")
    field.step(
        ticks,
        found.threshold,
        SOFT,
        where="mid",
        linewidth=0.8,
        linestyle=(0, (2, 1.5)),
        label="threshold",
    )
    field.fill_between(
        ticks,
        BASE,
        BASE + current,
        color=CURRENT,
        step="mid",
        linewidth=0.6,
        alpha=0.85,
        label="current, to a scale of its own",
    )
    field.axhline(BASE, color=SOFT, linewidth=0.4)
    field.set(ylim=(LOW, HIGH), xlim=(-1, len(ticks)))
    field.set_axis_off()
