"""The mesh: closed form against a walk, hops against the clock, and a soak with back-pressure."""

import re

import numpy as np
import pytest
from support.agreement import agree
from support.effort import effort
from support.machine import NEEDS_COMPILER

from neuroloom.flows.benchmarks.mesh import (
    bisection_bound,
    measure_mesh,
    mesh_markdown,
    mesh_svg,
    unloaded_latency,
)
from neuroloom.flows.simulation.bulk.build import build
from neuroloom.flows.simulation.bulk.compare import compare
from neuroloom.flows.simulation.bulk.run import Pace, golden, run
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.events.mesh import HOP_CYCLES, Edges, FlowControl, MeshSpec
from neuroloom.golden.ports import Traffic
from neuroloom.hdl.events.mesh import Mesh
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.events.mesh import MeshStimulus
from neuroloom.verif.simulator import Simulator, simulate

WIDEST = 16


def spec_of(seed: int) -> MeshSpec:
    rng = np.random.default_rng(seed)
    spec = MeshStimulus.random_spec(rng)
    if seed % 5 == 0:
        size = {"columns": int(rng.integers(1, 9)), "rows": int(rng.integers(1, 9))}
        wide = {"dx_bits": 5, "dy_bits": 5, "source_bits": 8}
        spec = MeshSpec.model_validate({**spec.model_dump(), **size, **wide})
    return spec


@pytest.mark.parametrize("seed", range(20))
def test_the_closed_form_is_what_a_walk_finds(seed: int) -> None:
    spec = spec_of(seed)
    stimulus = MeshStimulus(spec)
    agree(spec, {}, stimulus.corners(), stimulus.random(np.random.default_rng(seed), 60))


def test_a_broadcast_reaches_everybody_once_and_a_tick_too() -> None:
    spec = MeshSpec(columns=5, rows=3, multicast=True, tick=True, count_drops=True)
    sent = MeshStimulus(spec).uncontended(np.random.default_rng(1), 1)
    nothing = {name: {f: v[:0] for f, v in tokens.items()} for name, tokens in sent.items()}

    def packet(place: str, **fields: int) -> dict[str, int]:
        zeros = dict.fromkeys(("dx", "dy", "ex", "ey", "tick", "payload"), 0)
        one = {name: np.array([value]) for name, value in {**zeros, **fields}.items()}
        given = spec.model().run({**nothing, place: one})
        return {name: len(next(iter(tokens.values()))) for name, tokens in given.items()}

    everywhere = {**dict.fromkeys(spec.outputs, 1), "dropped": 0}
    assert packet("inject_0_0", ex=4, ey=2) == everywhere
    assert packet("inject_3_1", tick=1, dx=3, ey=3) == everywhere
    beyond = packet("inject_1_1", dx=-1, ex=3, ey=3)
    assert beyond["dropped"] == 2  # to the west, and to the north in column 0
    assert {name for name, number in beyond.items() if number} == {
        "deliver_0_1",
        "deliver_0_2",
        "dropped",
    }


@pytest.mark.regression
@pytest.mark.parametrize("flow_control", FlowControl)
@pytest.mark.parametrize("goal", [(0, 0), (3, 0), (0, 2), (3, 2), (1, 1)])
def test_a_hop_takes_two_cycles(goal: tuple[int, int], flow_control: FlowControl) -> None:
    spec = MeshSpec(columns=4, rows=3, flow_control=flow_control)

    async def send_one(sim: Simulator) -> None:
        for name in spec.outputs:
            sim.set(f"{name}_ready", 1)
        for x, y in spec.places:
            hops = 1 + abs(goal[0] - x) + abs(goal[1] - y)
            sim.set(f"inject_{x}_{y}_dx", goal[0] - x)
            sim.set(f"inject_{x}_{y}_dy", goal[1] - y)
            for cycle in range(HOP_CYCLES * hops + 1):
                sim.set(f"inject_{x}_{y}_valid", int(cycle == 0))
                await sim.settle()
                there = sim.get(f"deliver_{goal[0]}_{goal[1]}_valid")
                assert there == (cycle == HOP_CYCLES * hops), (x, y, cycle)
                await sim.tick()

    simulate(FlatPorts(Mesh(spec)), send_one)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"depth": 2}, "depth=2 is less than the 3 cycles a credit takes to come back: choose 3"),
        ({"columns": 9, "dx_bits": 4}, "dx_bits=4 does not reach across 9 × 4 routers .* choose 5"),
        ({"edges": "open", "dy_bits": 3}, "dy_bits=3 does not reach .* open edges: choose 4 or"),
        ({"edges": "open", "count_drops": True}, "count_drops goes with edges=closed"),
        ({"source_bits": 3}, "source_bits=3 cannot tell 16 inputs apart: choose 4 or more, or 0"),
    ],
)
def test_options_that_do_not_go_together(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MeshSpec.model_validate({"columns": 4, "rows": 4, **fields})


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (1, 5), (4, 2), (16, 16)])
@pytest.mark.parametrize("edges", Edges)
def test_the_streams_are_those_of_the_grid(columns: int, rows: int, edges: Edges) -> None:
    spec = MeshSpec(columns=columns, rows=rows, edges=edges)
    around = 2 * (columns + rows) if edges is Edges.OPEN else 0
    assert len(spec.input_streams) == len(spec.output_streams) == columns * rows + around
    assert spec.links == 2 * (2 * columns * rows - columns - rows)


def test_routers_with_the_same_neighbours_are_one_module() -> None:
    text = emit(MeshSpec(columns=6, rows=5, payload_bits=4)).verilog
    kinds = re.findall(
        r"^module (mesh_router_node(?:_\d+)?|mesh_router_\d_\d) ", text, re.MULTILINE
    )
    assert len(kinds) == 9
    instances = [re.findall(rf"^ *{name} router_\d+_\d+ ", text, re.MULTILINE) for name in kinds]
    assert sum(map(len, instances)) == 30


@NEEDS_COMPILER
@pytest.mark.regression
@pytest.mark.parametrize("flow_control", effort([FlowControl.CREDIT], list(FlowControl)))
def test_soak_with_back_pressure(flow_control: FlowControl) -> None:
    side = effort(4, 8)
    spec = MeshSpec(
        columns=side,
        rows=side,
        payload_bits=16,
        source_bits=6,
        multicast=True,
        tick=True,
        flow_control=flow_control,
        count_drops=True,
    )
    rounds = effort(300, 3000)
    drawn = MeshStimulus(spec).random(np.random.default_rng(8), rounds)
    traffic: Traffic = {
        name: {**tokens, "source": np.full(rounds, number), "payload": np.arange(rounds)}
        for number, (name, tokens) in enumerate(drawn.items())
    }
    _, work = golden(spec, traffic)
    harness = build(spec, quick=True)
    for accept in (0.3, 0.9):
        pace = Pace(0.8, accept, seed=3)
        done = run(harness, work, pace=pace, record=True)
        compare(spec, done, work, None, pace).raise_if_wrong(spec)
        assert sum(map(len, (done.handovers[name] for name in spec.inputs))) == side**2 * rounds
        assert sum(map(len, (done.handovers[name] for name in spec.outputs))) > side**2 * rounds


@pytest.mark.regression
@NEEDS_COMPILER
def test_the_measured_load_is_near_what_is_offered_and_below_the_bound() -> None:
    spec = MeshSpec(columns=2, rows=2, payload_bits=10, source_bits=2)
    light, heavy = measure_mesh(spec, loads=(0.1, 1.0), packets=400)
    assert abs(light.accepted - 0.1) < 0.01
    assert abs(light.latency - unloaded_latency(spec)) < 0.5
    assert light.accepted < heavy.accepted < 1 < bisection_bound(spec) == 2.0
    assert heavy.latency > light.latency
    assert bisection_bound(MeshSpec(columns=8, rows=8)) == 0.5
    assert unloaded_latency(MeshSpec(columns=8, rows=8)) == 12.5
    text = mesh_markdown([light, heavy], spec)
    assert f"| 0.10 | {light.accepted:.3f} | {light.latency:.1f} | {light.worst} |" in text
    assert mesh_svg([light, heavy], spec).startswith("<?xml")
