"""Asynchronous links: every end in the bench, partners that know no clock, resets and losses."""

import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from amaranth.sim import Simulator as Engine
from support.machine import NEEDS_COMPILER

from neuroloom.flows.designs import yosys
from neuroloom.flows.generate import generate
from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.simulation.bulk.run import Pace
from neuroloom.flows.simulation.bulk.simulate import simulate as simulate_in_bulk
from neuroloom.flows.simulation.job import BenchJob
from neuroloom.flows.simulation.simulators import run_amaranth
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verify import verify
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.events.aer_link import AerLinkSpec, LinkEnd, LinkProtocol
from neuroloom.golden.ports import Traffic
from neuroloom.hdl.events.aer_link import AerLink
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.simulator import Simulator, simulate

PERIOD = 10e-9
ENDS = [
    {"protocol": protocol.value, "end": end.value} for protocol in LinkProtocol for end in LinkEnd
]


def link(**fields: Any) -> AerLinkSpec:
    return AerLinkSpec.model_validate({"bits": 6, **fields})


@pytest.mark.regression
@pytest.mark.parametrize("fields", ENDS, ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_every_end_in_the_bench(fields: dict[str, Any], seed: int) -> None:
    random = Random(seed)
    synchronizer = random.choice([2, 3, 4])
    pulse, gap = synchronizer + random.choice([1, 2, 5]), random.choice([1, 2, 7])
    setup = random.choice([0, 1, 2, 5])
    spec = link(**fields, synchronizer=synchronizer, pulse=pulse, gap=gap, setup=setup)
    job = BenchJob(macro=spec.macro, spec=spec.model_dump(mode="json"), seed=seed, operations=40)
    outcome = run_amaranth(job)
    assert outcome.status == "passed", f"seed {seed}: {spec.model_dump_json()}: {outcome.message}"


@pytest.mark.regression
@pytest.mark.parametrize("fields", ENDS, ids=str)
def test_every_end_as_verilog(fields: dict[str, Any]) -> None:
    assert verify(link(**fields), seeds=(1,)).passed


class Partner:
    """The other end of a link, at times that have nothing to do with the clock."""

    def __init__(self, spec: AerLinkSpec, seed: int) -> None:
        self.flat = FlatPorts(AerLink(spec))
        self.ports, self.random = self.flat.ports, Random(seed)
        self.sent: list[int] = []
        self.got: list[int] = []

    def run(self, *processes: Any) -> None:
        engine = Engine(self.flat)
        engine.add_clock(PERIOD)
        for index, process in enumerate(processes):
            engine.add_testbench(process, background=index > 0)
        engine.run()

    async def pause(self, context: Any, most: float = 3.0) -> None:
        await context.delay(self.random.uniform(0.01, most) * PERIOD)

    async def until(self, context: Any, port: str, value: int) -> None:
        for _ in range(3000):
            if context.get(self.ports[port]) == value:
                return
            await context.delay(0.037 * PERIOD)
        raise AssertionError(f"{port} never became {value}")

    async def clocked_consumer(self, context: Any) -> None:
        while True:
            ready = self.random.random() < 0.5
            context.set(self.ports["received_ready"], ready)
            _, _, valid, address = await context.tick().sample(
                self.ports["received_valid"], self.ports["received_address"]
            )
            if valid and ready:
                self.got.append(address)

    async def clocked_producer(self, context: Any) -> None:
        for address in self.sent:
            context.set(self.ports["events_address"], address)
            context.set(self.ports["events_valid"], 1)
            await context.tick().until(self.ports["events_ready"])
            context.set(self.ports["events_valid"], 0)
            while self.random.random() < 0.3:
                await context.tick()


@pytest.mark.regression
@pytest.mark.parametrize("seed", range(8))
def test_a_receiver_hears_a_sender_without_a_clock(seed: int) -> None:
    partner = Partner(link(end="receiver", synchronizer=2 + seed % 3), seed)
    ports, random = partner.ports, partner.random

    async def sender(context: Any) -> None:
        for _ in range(60):
            address = random.getrandbits(6)
            context.set(ports["link_address"], address)
            await partner.pause(context, 0.5)
            context.set(ports["link_req"], 1)
            partner.sent.append(address)
            await partner.until(context, "link_ack", 1)
            context.set(ports["link_address"], random.getrandbits(6))
            await partner.pause(context)
            context.set(ports["link_req"], 0)
            await partner.until(context, "link_ack", 0)
            await partner.pause(context)
        await context.delay(60 * PERIOD)

    partner.run(sender, partner.clocked_consumer)
    assert partner.got == partner.sent, f"seed {seed}"


@pytest.mark.parametrize("seed", range(8))
def test_a_transmitter_speaks_to_a_receiver_without_a_clock(seed: int) -> None:
    partner = Partner(link(end="transmitter", setup=seed % 4), seed)
    ports = partner.ports
    partner.sent = [partner.random.getrandbits(6) for _ in range(60)]

    async def receiver(context: Any) -> None:
        for _ in partner.sent:
            await partner.until(context, "link_req", 1)
            before = context.get(ports["link_address"])
            await partner.pause(context)
            address = context.get(ports["link_address"])
            assert (address, context.get(ports["link_req"])) == (before, 1)
            partner.got.append(address)
            context.set(ports["link_ack"], 1)
            await partner.until(context, "link_req", 0)
            await partner.pause(context)
            assert context.get(ports["link_req"]) == 0
            context.set(ports["link_ack"], 0)

    partner.run(receiver, partner.clocked_producer)
    assert partner.got == partner.sent, f"seed {seed}"


@pytest.mark.parametrize("seed", range(8))
def test_a_receiver_sees_the_shortest_strobes_at_any_phase(seed: int) -> None:
    spec = link(protocol="strobe", end="receiver", synchronizer=2 + seed % 3, pulse=5)
    partner = Partner(spec, seed)
    ports, random = partner.ports, partner.random

    async def sender(context: Any) -> None:
        context.set(ports["received_ready"], 1)
        for _ in range(80):
            address = random.getrandbits(6)
            context.set(ports["link_address"], address)
            context.set(ports["link_strobe"], 1)
            partner.sent.append(address)
            await context.delay((spec.synchronizer + 1 + random.choice([0.01, 0.4])) * PERIOD)
            context.set(ports["link_strobe"], 0)
            context.set(ports["link_address"], random.getrandbits(6))
            await context.delay((1 + random.choice([0.01, 0.3, 1.7])) * PERIOD)
        await context.delay(20 * PERIOD)

    async def consumer(context: Any) -> None:
        async for _, _, valid, address in context.tick().sample(
            ports["received_valid"], ports["received_address"]
        ):
            if valid:
                partner.got.append(address)

    async def settled(context: Any) -> None:
        await context.delay(6.3 * PERIOD)  # the wire is low for a while after reset
        await sender(context)

    partner.run(settled, consumer)
    assert partner.got == partner.sent, f"seed {seed}"


def cycles(spec: AerLinkSpec, wires: list[dict[str, int]]) -> list[dict[str, int | None]]:
    """Every output in each cycle, with the inputs given; the first ones stay until they change."""
    flat = FlatPorts(AerLink(spec))
    names = [name for name in flat.ports if not flat.is_input(name)]
    seen = []

    async def steps(sim: Simulator) -> None:
        for inputs in wires:
            for name, value in inputs.items():
                sim.set(name, value)
            await sim.settle()
            seen.append({name: sim.get(name) for name in names})
            await sim.tick()

    simulate(flat, steps)
    return seen


@pytest.mark.parametrize("seed", range(10))
def test_a_strobe_that_meets_a_held_event_is_lost_and_told(seed: int) -> None:
    random = Random(seed)
    spec = link(protocol="strobe", end="receiver", synchronizer=2 + seed % 3, pulse=5)
    wires = [{"rst": 0, "link_strobe": 0, "received_ready": 0}] * 8
    while len(wires) < 400:
        event = {"link_strobe": 1, "link_address": random.getrandbits(6)}
        for _ in range(random.randint(5, 8)):
            wires.append({**event, "received_ready": int(random.random() < 0.15)})
        for _ in range(random.randint(1, 3)):
            noise = {"link_strobe": 0, "link_address": random.getrandbits(6)}
            wires.append({**noise, "received_ready": int(random.random() < 0.15)})
    held: tuple[int, int] | None = None
    lost, losses = 0, 0
    outputs = cycles(spec, wires)
    for cycle in range(8, len(wires)):
        seen = outputs[cycle]
        assert seen["received_valid"] == int(held is not None), f"seed {seed}, cycle {cycle}"
        if held is not None:
            assert (seen["received_address"], seen["received_lost"]) == held, (seed, cycle)
            if wires[cycle]["received_ready"]:
                held = None
        edge = cycle - spec.synchronizer
        if wires[edge]["link_strobe"] > wires[edge - 1]["link_strobe"]:
            if held is None:
                held, lost = (wires[cycle]["link_address"], lost), 0
            else:
                lost, losses = 1, losses + 1
    assert losses > 2


def test_a_receiver_takes_one_event_before_anybody_wants_it() -> None:
    requests = [{"rst": 0, "received_ready": 0, "link_req": 1, "link_address": 5}]
    seen = cycles(link(end="receiver"), requests + [{}] * 5)
    assert [each["link_ack"] for each in seen] == [0, 0, 0, 1, 1, 1]
    assert [each["received_valid"] for each in seen] == [0, 0, 0, 1, 1, 1]


def test_a_receiver_that_is_reset_asks_for_no_patience() -> None:
    """The event in flight comes again; the next one comes once."""
    spec = link(end="receiver")
    held = {"link_req": 1, "link_address": 9, "received_ready": 1, "rst": 0}
    wires = [held] * 6 + [{"rst": 1}] * 2 + [held] * 6 + [{"link_req": 0}] * 6
    wires += [{**held, "link_address": 4}] * 6
    seen = cycles(spec, wires)
    came = [each["received_address"] for each in seen if each["received_valid"]]
    assert came == [9, 9, 4]
    assert [each["link_ack"] for each in seen[6:14]] == [1, 0, 0, 0, 0, 1, 1, 1]


def test_a_transmitter_that_is_reset_waits_for_the_receiver() -> None:
    spec = link(end="transmitter", setup=0)
    waiting = {"link_ack": 1, "events_valid": 1, "events_address": 9, "rst": 1}
    wires = [waiting] * 3 + [{"rst": 0}] * 6 + [{"link_ack": 0}] + [{}] * 6
    seen = cycles(spec, wires)
    assert not any(each["link_req"] or each["events_ready"] for each in seen[:11])
    assert [each["events_ready"] for each in seen[11:14]] == [1, 0, 0]
    assert [each["link_req"] for each in seen[11:14]] == [0, 1, 1]


def test_half_a_pulse_after_reset_is_no_event() -> None:
    spec = link(protocol="strobe", end="receiver")
    high = {"link_strobe": 1, "received_ready": 1, "rst": 1}
    wires = [high] * 3 + [{"rst": 0}] * 8 + [{"link_strobe": 0}] * 3 + [{"link_strobe": 1}] * 6
    valid = [each["received_valid"] for each in cycles(spec, wires)]
    assert valid == [0] * 17 + [1, 0, 0]


@pytest.mark.parametrize(("synchronizer", "pulse"), [(2, 2), (4, 1)])
def test_a_strobe_that_is_too_short_for_the_receiver(synchronizer: int, pulse: int) -> None:
    fields = {"protocol": "strobe", "synchronizer": synchronizer, "pulse": pulse}
    with pytest.raises(UsageError, match=f"pulse={pulse} ends before .* give {synchronizer + 1}"):
        validate(macros()["aer_link"], fields)
    validate(macros()["aer_link"], {**fields, "end": "transmitter"})
    validate(macros()["aer_link"], {**fields, "pulse": synchronizer + 1})


def addresses(spec: AerLinkSpec) -> Traffic:
    return {spec.streams[0].name: {"address": np.arange(50) * 29 % 64}}


@pytest.mark.regression
@NEEDS_COMPILER
@pytest.mark.parametrize("fields", ENDS, ids=str)
def test_every_end_in_bulk(fields: dict[str, Any]) -> None:
    spec = link(**fields)
    assert simulate_in_bulk(spec, addresses(spec)).report.passed
    accept = 1.0 if spec.contract.loss else 0.3
    pace = Pace(0.4, accept, seed=3)
    assert simulate_in_bulk(spec, addresses(spec), pace=pace).report.passed


@pytest.mark.regression
@NEEDS_COMPILER
@pytest.mark.parametrize("protocol", LinkProtocol)
def test_bulk_simulation_sees_a_link_that_changes(protocol: LinkProtocol) -> None:
    spec = link(protocol=protocol.value, end="transmitter")
    text, wire = emit(spec).verilog, "link_strobe" if spec.strobes else "link_req"
    right = "            link_address <= events_address;\n"
    assert text.count(right) == 1
    wrong = f"        else if ({wire})\n            link_address <= ~link_address;\n"
    changes = text.replace(right, right + wrong)
    report = simulate_in_bulk(spec, addresses(spec), verilog=changes).report
    assert not report.passed
    assert "'link'" in " ".join(report.problems)
    # a strobe is looked at when it rises, a request when it is acknowledged
    assert report.golden_match is spec.strobes


@pytest.mark.parametrize("fields", ENDS, ids=str)
def test_pins_and_files(fields: dict[str, Any], tmp_path: Path) -> None:
    spec = link(**fields)
    made = generate(spec, tmp_path / "out")
    whole = spec.end is LinkEnd.BOTH
    assert (tmp_path / "out" / "aer_link_tb.v").exists() == whole
    streams = {each["name"]: each for each in made.manifest["streams"]}
    if not whole:
        controls = ("strobe",) if spec.strobes else ("req", "ack")
        assert streams["link"]["handshake"] == fields["protocol"]
        assert [streams["link"][each] for each in controls] == [f"link_{c}" for c in controls]
    assert json.loads((tmp_path / "out" / "aer_link_manifest.json").read_text()) == made.manifest


@pytest.mark.flow
@pytest.mark.parametrize("fields", ENDS, ids=str)
def test_the_inventory_counts_the_flip_flops(fields: dict[str, Any]) -> None:
    for setup, pulse, gap, synchronizer in ((0, 3, 1, 2), (1, 5, 4, 3), (6, 5, 2, 4)):
        spec = link(**fields, setup=setup, pulse=pulse, gap=gap, synchronizer=synchronizer)
        emitted = emit(spec)
        target = TARGETS["gates"]
        cells = yosys.synthesize(emitted.verilog, emitted.name, target.script).cells
        assert target.count(cells)["FF"] == spec.inventory.flip_flops, spec
