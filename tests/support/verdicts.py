"""What a regression in amaranth.sim says of a macro's hardware, broken on purpose or not."""

import inspect
from types import ModuleType
from typing import Any

from neuroloom.flows.macros.catalogue import macro_of
from neuroloom.golden.spec import Spec
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.partners import BenchError
from neuroloom.verif.regimen import Regimen
from neuroloom.verif.simulator import Simulator, simulate


def verdict(spec: Spec, seed: int = 1) -> str:
    """What a regression says, empty when it passes."""
    entry = macro_of(spec)
    stimulus = entry.stimulus(spec)

    async def bench(sim: Simulator) -> None:
        await Regimen(spec, sim, seed).regress(stimulus, stimulus.operations)

    try:
        simulate(FlatPorts(entry.component(spec)), bench)
    except BenchError as error:
        return str(error)
    return ""


def broken(module: ModuleType, *faults: tuple[str, str]) -> dict[str, Any]:
    """The names of a module in whose source the second of each pair stands for the first."""
    source = inspect.getsource(module)
    for good, bad in faults:
        assert good in source
        source = source.replace(good, bad)
    names: dict[str, Any] = {"__name__": module.__name__}
    exec(compile(source, str(module.__file__), "exec"), names)
    return names
