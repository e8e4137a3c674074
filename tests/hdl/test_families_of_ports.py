"""A family of ports is a file on each side, found by its name and driven by the usual bench."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import neuroloom.hdl.ports
import neuroloom.verif.ports
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.events.aer_link import AerLinkSpec, LinkEnd
from neuroloom.golden.spec import Spec
from neuroloom.hdl.bnn.layer import BnnLayer
from neuroloom.hdl.ports import families, family
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.bnn.layer import BnnLayerStimulus
from neuroloom.verif.partners import BenchError
from neuroloom.verif.ports import drivers
from neuroloom.verif.regimen import Regimen
from neuroloom.verif.simulator import Simulator, simulate

SPEC = BnnLayerSpec(inputs=6, neurons=3, pe=2, simd=3)

HARDWARE = '''
from amaranth.hdl import Signal, Value

from neuroloom.hdl.port_family import Ports


class OneVectorPorts(Ports):
    """All fields of a token in one vector ``<stream>_data``."""

    def expose(self, stream, interface):
        inward = stream.direction == "in"
        width = sum(field.port_bits for field in stream.fields)
        self.add(f"{stream.name}_data", Signal(width, name=f"{stream.name}_data"), inward)
        self.add(f"{stream.name}_valid", interface.valid, inward)
        self.add(f"{stream.name}_ready", interface.ready, not inward)

    def connect(self, m, stream, interface):
        outer, inner = self.ports[f"{stream.name}_data"], Value.cast(interface.payload)
        m.d.comb += inner.eq(outer) if stream.direction == "in" else outer.eq(inner)
'''

DRIVERS = '''
from neuroloom.golden.ports import port_name
from neuroloom.verif.ports import flat
from neuroloom.verif.simulator import Simulator


class Fields(Simulator):
    """The fields of a stream, each by its flat name, in its vector."""

    def __init__(self, sim, stream):
        self.sim, self.vector, self.word, self.places = sim, f"{stream.name}_data", 0, {}
        low = 0
        for field in stream.fields:
            mask = (1 << field.port_bits) - 1
            self.places[port_name(stream, field.name)] = low, mask
            low += field.port_bits

    def set(self, port, value):
        if port not in self.places:
            return self.sim.set(port, value)
        low, mask = self.places[port]
        self.word = self.word & ~(mask << low) | (value & mask) << low
        self.sim.set(self.vector, self.word)

    def get(self, port):
        if port not in self.places:
            return self.sim.get(port)
        low, mask = self.places[port]
        return self.sim.get(self.vector) >> low & mask

    async def settle(self):
        await self.sim.settle()

    async def tick(self):
        await self.sim.tick()


def producer_of(sim, stream, random):
    return flat.producer_of(Fields(sim, stream), stream, random)


def consumer_of(sim, stream, random):
    return flat.consumer_of(Fields(sim, stream), stream, random)
'''


@pytest.fixture
def one_vector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a family whose two files lie in a folder of their own."""
    for package, text in ((neuroloom.hdl.ports, HARDWARE), (neuroloom.verif.ports, DRIVERS)):
        folder = tmp_path / package.__name__
        folder.mkdir()
        (folder / "one_vector.py").write_text(text)
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    yield "one_vector"


def run(ports: str, driven: str) -> None:
    """The whole regimen with hardware and drivers of these families."""

    async def bench(sim: Simulator) -> None:
        await Regimen(SPEC, sim, 1, driven).regress(BnnLayerStimulus(SPEC), 60)

    simulate(family(ports)(BnnLayer(SPEC)), bench)


def test_a_family_in_two_files_is_found_emitted_and_driven(one_vector: str) -> None:
    assert families() == ["flat", one_vector]
    assert ports_of(SPEC, one_vector)[2:5] == [
        "input activations_data",
        "input activations_valid",
        "output activations_ready",
    ]
    run(one_vector, one_vector)


def test_drivers_of_another_family_do_not_fit(one_vector: str) -> None:
    with pytest.raises((BenchError, KeyError)):
        run(one_vector, "flat")


def test_a_family_that_is_not_there_is_told_with_those_that_are() -> None:
    sentence = "there are no ports named 'axi'; there are: flat"
    with pytest.raises(UsageError, match=f"^{sentence}$"):
        emit(SPEC, ports="axi")
    for find in (family, drivers):
        with pytest.raises(ValueError, match=f"^{sentence}$"):
            find("axi")
    assert family("flat") is FlatPorts


def ports_of(spec: Spec, family: str = "flat") -> list[str]:
    """Direction and name of each port of the emitted module, in order."""
    text = emit(spec, "top", ports=family).verilog
    head = text[text.index("module top (") :].partition(");")[0]
    ports = re.findall(r"(input|output) \w+ (?:\[\d+:0\] )?(\w+)", head)
    return [f"{way} {name}" for way, name in ports]


def test_the_ports_of_a_stream_stand_together() -> None:
    assert ports_of(SPEC) == [
        "input clk",
        "input rst",
        "input activations_valid",
        "output activations_ready",
        "input activations_bits",
        "input weights_valid",
        "output weights_ready",
        "input weights_bits",
        "input thresholds_valid",
        "output thresholds_ready",
        "input thresholds_values",
        "output result_valid",
        "input result_ready",
        "output result_bits",
    ]
    link = ports_of(AerLinkSpec(end=LinkEnd.TRANSMITTER))
    assert [port for port in link if " link_" in port] == [
        "output link_req",
        "input link_ack",
        "output link_address",
    ]
