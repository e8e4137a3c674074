"""Wrong wires in the hardware of every composed macro fail its regression."""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest
from support.compositions import halves, loaded
from support.core_networks import TINY, TINY_TILES
from support.effort import effort
from support.wiring_faults import WiringFault, wiring_faults

from neuroloom.flows.macros.catalogue import macro_of
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.bnn.rram_layer import RramLayerSpec
from neuroloom.golden.composition import Composition
from neuroloom.golden.events.mesh import Edges, FlowControl, MeshSpec
from neuroloom.golden.imc.digital_processor import DigitalProcessorSpec
from neuroloom.golden.imc.imc_core import ImcCoreSpec
from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from neuroloom.golden.systems.bnn_conv_network import BnnConvNetworkSpec
from neuroloom.golden.systems.bnn_network import BnnNetworkSpec
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.partners import BenchError
from neuroloom.verif.regimen import Regimen
from neuroloom.verif.simulator import Simulator, simulate
from neuroloom.verif.systems.crossbar_chip import random_chip

SQUARE = BnnLayerSpec(inputs=4, neurons=4, pe=2, simd=2)
LAST = BnnLayerSpec(inputs=4, neurons=4, pe=4, simd=4, output=LayerOutput.CLASS)
CORE = CrossbarCoreSpec(axons=3, neurons=3, types=2, slots=4, dx_bits=3, dy_bits=3)
CHIP = random_chip(2, 1, CORE, np.random.default_rng(11))
"""One in which it matters which axon an event is for: of most random ones it does not."""
COMPOSED: dict[str, Composition] = {
    "bnn_network": BnnNetworkSpec(layers=(SQUARE, SQUARE, LAST)),
    "bnn_conv_network": BnnConvNetworkSpec.model_validate(
        {"stages": [{"layer": SQUARE}, {"layer": SQUARE}, {"layer": LAST}]}
    ),
    "core_network": TINY,
    "core_network in tiles": TINY_TILES,
    "crossbar_chip": CHIP,
    "imc_core": ImcCoreSpec(processor=DigitalProcessorSpec(residual=True)),
    "mesh": MeshSpec(columns=2, rows=2, payload_bits=6, source_bits=3),
    "open mesh": MeshSpec(
        columns=2, rows=1, payload_bits=6, edges=Edges.OPEN, flow_control=FlowControl.READY
    ),
    "rram_layer": RramLayerSpec(inputs=5, neurons=4, pe=2, simd=2),
}
KINDS = {
    "core_network": {"exchanged", "moved", "constants", "forgotten"},
    "core_network in tiles": {"exchanged", "constants", "forgotten"},
    "rram_layer": set[str](),
}
"""Kinds of faults that there are; of macros that are not named those of exchanged ends."""


def faults(name: str) -> Iterator[WiringFault]:
    """Of each kind a few, or all of them in the longest runs."""
    found = list(wiring_faults(COMPOSED[name]))
    for kind in dict.fromkeys(fault.kind for fault in found):
        several = [fault for fault in found if fault.kind == kind]
        yield from islice(several, 0, None, effort(max(1, len(several) // 2), 1))


def regressed(spec: Composition, hardware: Composition) -> None:
    """BenchError where the hardware of one does not stand what the stimulus of the other asks."""
    macro = macro_of(spec)

    async def regress(sim: Simulator) -> None:
        await Regimen(spec, sim, 1).regress(macro.stimulus(spec), 15)

    simulate(FlatPorts(macro.component(hardware)), regress)


@pytest.mark.regression
@pytest.mark.parametrize(
    ("name", "fault"),
    [
        pytest.param(name, fault, id=f"{name}: {fault.told}")
        for name in COMPOSED
        for fault in faults(name)
    ],
)
def test_a_wrong_wire_fails_the_regression(name: str, fault: WiringFault) -> None:
    spec = COMPOSED[name]
    with pytest.raises(BenchError):
        regressed(spec, fault.of(spec))


@pytest.mark.regression
@pytest.mark.parametrize("name", COMPOSED)
def test_right_wires_pass(name: str) -> None:
    regressed(COMPOSED[name], COMPOSED[name])


@pytest.mark.parametrize("name", COMPOSED)
def test_every_kind_of_fault_is_tried(name: str) -> None:
    kinds = {fault.kind for fault in wiring_faults(COMPOSED[name])}
    assert kinds == KINDS.get(name, {"exchanged"})


def test_small_compositions_have_faults_of_all_kinds() -> None:
    weights = np.random.default_rng(4).integers(0, 2, (2, 3, 5))
    found = [*wiring_faults(loaded(weights)), *wiring_faults(halves())]
    assert {fault.kind for fault in found} == {"exchanged", "moved", "constants", "forgotten"}
