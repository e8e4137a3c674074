"""A mapped network as hardware: its Verilog, and random images through it against numpy."""

import numpy as np

from neuroloom.flows.mapping.imc.assemble import CoreSystem
from neuroloom.flows.mapping.imc.hardware import hardware
from neuroloom.flows.mapping.imc.simulate import simulate
from neuroloom.flows.mapping.imc.study import CheckFigures, HardwareFigures
from neuroloom.flows.networks.inference import scores
from neuroloom.flows.verilog.emit import Emitted
from neuroloom.flows.verilog.naming import identifier


def built(
    system: CoreSystem, verilog: bool = True, images: int | None = None
) -> tuple[HardwareFigures, Emitted | None]:
    """The figures of the hardware, and its Verilog where that is wanted.

    ``images`` random ones go through the hardware, as :func:`check` has it.
    """
    emitted = hardware(system.spec, identifier(system.network.network.name)) if verilog else None
    figures = HardwareFigures(
        module=emitted.name if emitted is not None else None,
        cycles=system.style.timestep,
        order=system.style.order,
        check=check(system, images) if images is not None else None,
    )
    return figures, emitted


def check(system: CoreSystem, images: int, seed: int = 1) -> CheckFigures:
    """Every score of random images, compared with integer numpy, and the cycles they take.

    ToolMissing without a C++ compiler; ToolFailed when the network stops.
    """
    shape = system.network.network.wired[0].given
    shown = np.random.default_rng(seed).integers(0, 256, (images, *shape), np.uint8)
    found = simulate(system, shown)
    differs = np.flatnonzero((found.scores != scores(system.network, shown)).any(axis=1))
    finished = found.finished.tolist()
    return CheckFigures(
        images=images,
        seed=seed,
        scores=found.scores.shape[1],
        differing=int(differs[0]) if differs.size else None,
        latency=found.latency,
        latency_cycles=finished[0] + 1,
        interval_cycles=finished[-1] - finished[-2] if images > 1 else None,
        waiting_cycles=found.stalls,
    )
