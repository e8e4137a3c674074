"""Dot products by loops, as in the simulations of all cores, against those that are generated."""

from collections.abc import Callable, Mapping

import numpy as np

from neuroloom.flows.mapping.imc.hardware import behaviour
from neuroloom.flows.mapping.imc.simulate import SystemRun
from neuroloom.flows.reports.figures import measured
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.simulation.bulk.build import build
from neuroloom.flows.simulation.bulk.run import BulkRun, RunPhase, run
from neuroloom.flows.tools.errors import ToolFailed
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.imc.crossbar import CrossbarSpec
from neuroloom.golden.ports import Traffic

LAYERS = ("1", "2", "13", "23")
"""One of each size of a dot product."""
PATCHES = 200
SEED = 3


def dot_product_table(
    runs: Mapping[str, SystemRun], progress: Callable[[str], None]
) -> PublishedTable:
    """A sample of patches through crossbars of the layers, by loops and by generated hardware."""
    rows = []
    system = next(iter(runs.values())).system
    for layer in LAYERS:
        spec = system.spec.by_name[system.nodes[layer][-1]].crossbar
        assert spec is not None
        progress(f"dot products of layer {layer} as generated")
        patches = equal(spec)
        rows.append(
            PublishedRow(
                name=f"layer {layer}: {spec.rows} rows, {spec.columns} columns",
                ours=measured(patches, patches * spec.columns),
            )
        )
    return PublishedTable(
        title="Generated dot products against those of the simulations",
        source="RTL simulation",
        ours=("patches, same cycles", "sums, equal"),
        rows=tuple(rows),
        note="Crossbars of the layers' sizes, random weights, random patches and those of the "
        f"greatest and least inputs (seed {SEED}): sums and the cycles in which they come are "
        "those of the module of loops, and the golden model's.",
    )


def equal(spec: CrossbarSpec, patches: int = PATCHES) -> int:
    """Patches whose sums are the same, in the same cycles, by both; ToolFailed where one is not."""
    rng = np.random.default_rng(SEED)
    weight, value = (stream.fields[0] for stream in reversed(spec.input_streams))
    loads = rng.integers(weight.minimum, weight.maximum + 1, weight.shape(spec.folds))
    inputs = rng.integers(value.minimum, value.maximum + 1, value.shape(patches))
    inputs[0], inputs[1] = value.maximum, value.minimum
    counted = {"windows": np.full(patches, spec.windows)} if spec.counted else {}
    none = {name: tokens[:0] for name, tokens in {"values": inputs, **counted}.items()}
    setup: Traffic = {"weights": {"values": loads}, "patches": none}
    work: Traffic = {"patches": {"values": inputs, **counted}}
    model = spec.model()
    phases = [RunPhase(sent, model.run(sent)) for sent in (setup, work)]
    generated = emit(spec).verilog
    loops = emit(spec, behavioural=True).verilog + "\n" + behaviour()
    done = [_simulated(spec, text, *phases) for text in (generated, loops)]
    wanted = phases[1].expected["sums"]["values"]
    for each in done:
        if not np.array_equal(each.outputs["work"]["sums"]["values"], wanted):
            raise ToolFailed(f"dot products of {spec.rows} rows are not those of the model")
    first, second = (each.handovers["sums"] for each in done)
    if not np.array_equal(first, second):
        raise ToolFailed(f"dot products of {spec.rows} rows come in other cycles")
    return patches


def _simulated(spec: CrossbarSpec, verilog: str, setup: RunPhase, work: RunPhase) -> BulkRun:
    return run(build(spec, verilog=verilog), work, setup, record=True)
