"""The router: its way of a packet against a plain walk, turns, edges and full throughput."""

from typing import Any

import pytest
from amaranth.sim import Simulator as AmaranthSimulator
from support.verdicts import broken, verdict

from neuroloom.golden.events.packets import LOCAL, Side, outputs_of
from neuroloom.golden.events.router import RouterSpec
from neuroloom.hdl.events import drop_counter, router
from neuroloom.hdl.events.drop_counter import DropCounter
from neuroloom.hdl.events.router import Router
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.events.router import RouterStimulus
from neuroloom.verif.simulator import Simulator, simulate


def test_packets_never_turn_back_nor_from_y_to_x() -> None:
    for side in Side:
        assert side not in outputs_of(side)
    for side in (Side.NORTH, Side.SOUTH):
        assert set(outputs_of(side)) == {side.opposite, LOCAL}
    assert set(outputs_of(Side.EAST)) == {Side.WEST, Side.NORTH, Side.SOUTH, LOCAL}
    assert set(outputs_of(LOCAL)) == {*Side, LOCAL}


def test_a_source_sends_at_one_input_only() -> None:
    spec = RouterSpec(source_bits=3)
    sent = RouterStimulus(spec).corners()
    spec.model().run(sent)
    sent["inject"]["source"][3] = sent["from_north"]["source"][0]
    with pytest.raises(ValueError, match="source 0 sends at from_north and at inject; a source"):
        spec.model().run(sent)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"source_bits": 2}, "source_bits=2 cannot tell 5 inputs apart: choose 3 or more, or 0"),
        ({"edges": ("north", "north")}, "edges name a side twice: north, north"),
        ({"count_drops": True}, "count_drops goes with edges"),
    ],
)
def test_options_that_do_not_go_together(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RouterSpec.model_validate(fields)


def test_without_edges_fewer_sources_do() -> None:
    assert RouterSpec(source_bits=2, edges=(Side.NORTH,)).source_bits == 2


async def send(
    sim: Simulator, spec: RouterSpec, closed: tuple[str, ...], cycles: int
) -> dict[str, list[int]]:
    """Every input always offers a packet whose payload is its number; who came out, and when."""
    came: dict[str, list[int]] = {stream.name: [] for stream in spec.outputs.values()}
    for number, stream in enumerate(spec.inputs.values()):
        sim.set(f"{stream.name}_valid", 1)
        sim.set(f"{stream.name}_payload", number)
    for name in came:
        sim.set(f"{name}_ready", int(name not in closed))
    for _ in range(cycles):
        await sim.settle()
        for name, payloads in came.items():
            if name not in closed and sim.get(f"{name}_valid"):
                payload = sim.get(f"{name}_payload")
                assert payload is not None
                payloads.append(payload)
        await sim.tick()
    return came


def test_five_inputs_share_an_output_evenly_and_leave_it_no_cycle() -> None:
    spec = RouterSpec()

    async def everybody_to_local(sim: Simulator) -> None:
        for stream in spec.inputs.values():
            for field in stream.fields:
                sim.set(f"{stream.name}_{field.name}", 0)
        came = (await send(sim, spec, (), 102))["deliver"]
        assert len(came) == 100
        assert all(sorted(came[at : at + 5]) == [0, 1, 2, 3, 4] for at in range(0, 100, 5))

    simulate(FlatPorts(Router(spec)), everybody_to_local)


def test_a_copy_does_not_wait_for_the_others() -> None:
    spec = RouterSpec(multicast=True)

    async def north_is_closed(sim: Simulator) -> None:
        for stream in spec.inputs.values():
            for field in stream.fields:
                sim.set(f"{stream.name}_{field.name}", 0)
        sim.set("from_west_ex", 1)
        sim.set("from_west_ey", 1)  # a copy on, one to the north, one for here
        came = await send(sim, spec, ("to_north",), 40)
        ours = list(spec.inputs).index(Side.WEST)
        # two packets have left the buffer behind a third one, all whose copies but one have gone
        assert came["to_east"].count(ours) == 2
        assert came["deliver"].count(ours) == 2
        assert len(came["deliver"]) > 30

    simulate(FlatPorts(Router(spec)), north_is_closed)


COUNTED = RouterSpec(dx_bits=3, edges=(Side.WEST,), count_drops=True, drop_bits=4)


def test_a_count_of_drops_that_stays_at_its_highest_value_passes() -> None:
    assert not verdict(COUNTED)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("Mux(following[-1], (1 << self.bits) - 1, following)", "following"),
        ("(1 << self.bits) - 1", "(1 << self.bits) - 2"),
        ("(1 << self.bits) - 1", "(1 << self.bits) + 1"),
    ],
)
def test_a_count_of_drops_that_wraps_is_seen(
    good: str, bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = broken(drop_counter, (good, bad))["DropCounter"]
    monkeypatch.setattr(router, "DropCounter", wrong)
    assert verdict(COUNTED)


def test_drops_are_counted_up_to_the_highest_value() -> None:
    counter = DropCounter(2, 4)
    seen = []

    async def drop_and_take(sim: Any) -> None:
        for lost, take in [(0, 1), (3, 0), (3, 1), (0, 0), *[(3, 0)] * 5, *[(0, 1)] * 16]:
            sim.set(counter.lost, lost)
            sim.set(counter.take, take)
            seen.append(sim.get(counter.waiting))
            await sim.tick()

    engine = AmaranthSimulator(counter)
    engine.add_clock(1e-6)
    engine.add_testbench(drop_and_take)
    engine.run()
    assert seen == [0, 0, *[1] * 7, *[1] * 15, 0]
