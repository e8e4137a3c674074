"""The queue of events, cycle by cycle against a deque, and how deep it is."""

import shutil
from collections import deque
from random import Random

import numpy as np
import pytest

from neuroloom.flows.designs import yosys
from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.simulation.bulk.run import Pace
from neuroloom.flows.simulation.bulk.simulate import simulate as simulate_in_bulk
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.events.event_fifo import EventFifoSpec, Storage, WhenFull
from neuroloom.hdl.events.event_fifo import EventFifo
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.simulator import Simulator, simulate

DEPTHS = [1, 2, 3, 4, 5, 9]


@pytest.mark.parametrize("storage", Storage)
@pytest.mark.parametrize("depth", DEPTHS)
def test_every_cycle_is_that_of_a_deque(depth: int, storage: Storage) -> None:
    spec = EventFifoSpec(bits=7, depth=depth, storage=storage)
    random = Random(depth)
    queue: deque[int] = deque()
    levels: set[int] = set()

    async def against_a_deque(sim: Simulator) -> None:
        sim.set("rst", 1)
        await sim.tick()
        sim.set("rst", 0)
        for cycle in range(600):
            offers, accepts = random.choice([(0.9, 0.2), (0.2, 0.9), (0.9, 0.9)])
            event, valid = random.getrandbits(7), random.random() < offers
            ready = random.random() < accepts
            sim.set("write_event", event)
            sim.set("write_valid", valid)
            sim.set("read_ready", ready)
            await sim.settle()
            leaves = bool(queue) and ready
            room = len(queue) < depth or (depth == 1 and leaves)
            assert sim.get("write_ready") == room, (cycle, queue)
            assert sim.get("read_valid") == bool(queue), (cycle, queue)
            if queue:
                assert sim.get("read_event") == queue[0], (cycle, queue)
            levels.add(len(queue))
            if leaves:
                queue.popleft()
            if valid and room:
                queue.append(event)
            await sim.tick()

    simulate(FlatPorts(EventFifo(spec)), against_a_deque)
    assert levels == set(range(depth + 1))


@pytest.mark.parametrize("storage", Storage)
@pytest.mark.parametrize(("depth", "lost_bits"), [(1, 1), (2, 3), (3, 2), (5, 8)])
def test_an_event_too_many_is_dropped_and_told(
    depth: int, lost_bits: int, storage: Storage
) -> None:
    spec = EventFifoSpec(
        bits=7, depth=depth, storage=storage, when_full=WhenFull.DROP, lost_bits=lost_bits
    )
    random = Random(depth)
    queue: deque[tuple[int, int]] = deque()
    told: set[int] = set()

    async def against_a_deque(sim: Simulator) -> None:
        lost = 0
        for cycle in range(900):
            accepts = 0.1 if cycle // 60 % 2 else 0.9
            event, valid = random.getrandbits(7), random.random() < 0.7
            ready = random.random() < accepts
            sim.set("write_event", event)
            sim.set("write_valid", valid)
            sim.set("read_ready", ready)
            await sim.settle()
            assert sim.get("write_ready") == 1
            assert sim.get("read_valid") == bool(queue), (cycle, queue)
            if queue:
                assert (sim.get("read_event"), sim.get("read_lost")) == queue[0], (cycle, queue)
                told.add(queue[0][1])
            full = len(queue) == depth and not (depth == 1 and ready)
            if queue and ready:
                queue.popleft()
            if valid and full:
                lost = min(lost + 1, 2**lost_bits - 1)
            elif valid:
                queue.append((event, lost))
                lost = 0
            await sim.tick()

    simulate(FlatPorts(EventFifo(spec)), against_a_deque)
    assert {0, 1, min(2**lost_bits - 1, 5)} <= told


@pytest.mark.regression
def test_an_event_too_many_waits_in_the_deepest_queue() -> None:
    if shutil.which("g++") is None:
        pytest.skip("there is no C++ compiler")
    spec = EventFifoSpec(bits=17, depth=65536)
    sent = {"write": {"event": np.arange(140_000) % (1 << 17)}}
    pace = Pace(offer=1, accept=0.1, seed=1)
    done = simulate_in_bulk(spec, sent, chunk=140_000, pace=pace).report
    assert done.golden_match and not done.problems
    assert done.stalls["write"] > 0
    assert simulate_in_bulk(spec, sent, chunk=140_000).report.cycles == 140_001


def test_registers_have_a_limit() -> None:
    with pytest.raises(UsageError, match="up to 256 events, not 257: choose storage=memory"):
        validate(macros()["event_fifo"], {"depth": 257, "storage": "registers"})
    validate(macros()["event_fifo"], {"depth": 256, "storage": "registers"})
    validate(macros()["event_fifo"], {"depth": 257, "storage": "memory"})


@pytest.mark.flow
@pytest.mark.parametrize("storage", Storage)
@pytest.mark.parametrize("depth", DEPTHS)
def test_the_inventory_counts_flip_flops_and_memory(depth: int, storage: Storage) -> None:
    for when_full in WhenFull:
        spec = EventFifoSpec(bits=3, depth=depth, storage=storage, when_full=when_full, lost_bits=2)
        emitted = emit(spec)
        target = TARGETS["gates"]
        cells = yosys.synthesize(emitted.verilog, emitted.name, target.script).cells
        found = target.count(cells)
        inventory = spec.inventory
        assert (found["FF"], found["memory bits"]) == (inventory.flip_flops, inventory.memory_bits)


@pytest.mark.flow
def test_a_deep_queue_is_one_block_ram_without_registers_beside_it() -> None:
    spec = EventFifoSpec(bits=16, depth=257)
    emitted = emit(spec)
    target = TARGETS["ice40-hx8k"]
    cells = yosys.synthesize(emitted.verilog, emitted.name, target.script).cells
    found = target.count(cells)
    assert found["BRAM"] == 1
    assert found["FF"] == spec.inventory.flip_flops == 16 + 1 + 1 + 8 + 8 + 1
