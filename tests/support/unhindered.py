"""Operations of a macro without gaps in amaranth.sim, held against its contract alone."""

import numpy as np

from neuroloom.flows.macros.catalogue import macro_of
from neuroloom.golden.spec import Spec
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.bench import Bench
from neuroloom.verif.simulator import Simulator, simulate


def run_unhindered(spec: Spec, seed: int, operations: int = 9) -> None:
    """A load and random operations; BenchError where a value or a cycle is not as promised."""
    macro, rng = macro_of(spec), np.random.default_rng(seed)
    stimulus = macro.stimulus(spec)
    load = stimulus.setup(rng)

    async def replayed(sim: Simulator) -> None:
        bench = Bench(spec, sim, seed)
        await bench.reset()
        if load is not None:
            await bench.send(load)
        await bench.replay(stimulus.random(rng, operations))

    simulate(FlatPorts(macro.component(spec)), replayed)
