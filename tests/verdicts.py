"""What a regression in amaranth.sim says of a macro's hardware, broken on purpose or not."""

from neuroloom.flows.catalogue import macro_of
from neuroloom.golden.spec import Spec
from neuroloom.hdl.component import FlatPorts
from neuroloom.verif.regimen import Regimen
from neuroloom.verif.simulator import Simulator, simulate
from neuroloom.verif.streams import BenchError


def verdict(spec: Spec) -> str:
    """What a regression says, empty when it passes."""
    entry = macro_of(spec)
    stimulus = entry.stimulus(spec)

    async def bench(sim: Simulator) -> None:
        await Regimen(spec, sim, 1).regress(stimulus, stimulus.operations)

    try:
        simulate(FlatPorts(entry.component(spec)), bench)
    except BenchError as error:
        return str(error)
    return ""
