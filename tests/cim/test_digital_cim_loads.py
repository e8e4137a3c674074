"""Loads among vectors of the all-digital macro: when they are taken, and what reset forgets."""

import numpy as np
import pytest
from support.digital_traffic import cim, numbers, shown, traffic, xnor

from neuroloom.golden.cim.digital_cim import DigitalCimSpec
from neuroloom.hdl.cim.digital_cim import DigitalCim
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.bench import Bench
from neuroloom.verif.simulator import Simulator, simulate


def test_loads_wait_for_the_vectors_that_take_them() -> None:
    spec = cim(1, 1, 4, 4)
    model = spec.model()

    def run(values: list[int], swap: list[int], loads: list[int]) -> list[int]:
        weights = np.array(loads, int).reshape(-1, 1, 1)
        sent = traffic(np.array(values, int).reshape(-1, 1), np.array(swap, int), weights)
        return list(model.run(sent)["sums"]["values"].ravel())

    assert run([], [], [2, 3]) == []
    assert run([1, 1, 1], [0, 0, 1], []) == [2, 2, 3]  # the first vector swaps in any case
    assert run([1], [0], [5]) == [3]
    assert run([1, 2], [1, 0], []) == [5, 10]
    with pytest.raises(ValueError, match=r"vector 1 computes with load 1 of 1: send 1 tokens"):
        run([1, 1], [0, 1], [])
    model.reset()
    with pytest.raises(ValueError, match=r"vector 0 computes with load 0 of 0"):
        run([1], [1], [])


def test_a_part_of_a_load_is_refused() -> None:
    spec = cim(3, 1, 4, 4)
    sent = traffic(np.zeros((0, 3), int), np.zeros(0, int), np.zeros((1, 4, 1), int))
    with pytest.raises(ValueError, match="takes 3 tokens for each load; 4 leave a part of one"):
        spec.model().run(sent)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "spec",
    [cim(3, 2, 3, 3), cim(9, 2, 2, 1, pipeline=2), cim(2, 1, 2, 5, pipeline=1), xnor(5, 2)],
    ids=shown,
)
def test_loads_among_vectors_under_gaps(spec: DigitalCimSpec, seed: int) -> None:
    rng = np.random.default_rng(seed)
    everywhere = numbers(spec, rng, loads=8, vectors=8)

    async def bench(sim: Simulator) -> None:
        bench = Bench(spec, sim, seed)
        await bench.reset()
        for sent in (everywhere, *(numbers(spec, rng, 5, 30) for _ in range(4))):
            await bench.send(sent)

    simulate(FlatPorts(DigitalCim(spec)), bench)


@pytest.mark.parametrize("pipeline", [0, 2])
def test_a_load_that_fits_between_two_swaps_costs_no_cycle(pipeline: int) -> None:
    spec = cim(11, 2, 3, 4, pipeline=pipeline)
    rng = np.random.default_rng(pipeline)
    sent = dict(numbers(spec, rng, loads=4, vectors=13))
    # 11 rows are written in the 12 cycles of three vectors, from the cycle after the swap on
    swap = np.zeros(13, np.int64)
    swap[[3, 6, 9, 12]] = 1
    sent["vectors"] = {**sent["vectors"], "swap": swap}

    async def bench(sim: Simulator) -> None:
        bench = Bench(spec, sim, 1)
        await bench.reset()
        await bench.send(numbers(spec, rng, loads=1, vectors=1))
        await bench.replay(sent)  # the contract, exactly
        assert (bench.report.latency, bench.report.interval) == (5 + pipeline, 4.0)

    simulate(FlatPorts(DigitalCim(spec)), bench)


def test_a_swap_waits_for_its_load_and_a_load_for_the_swap_before() -> None:
    spec = cim(3, 1, 4, 2)
    taken: dict[str, list[int]] = {"vectors": [], "weights": []}
    sums: list[int] = []

    async def offer(sim: Simulator) -> None:
        """Vectors of ones, each with a swap; row r of load k is 1 + k; from cycle 10 on."""
        sim.set("sums_ready", 1)
        sim.set("vectors_swap", 1)
        sim.set("vectors_values", 0b010101)
        sim.set("vectors_valid", 1)
        for cycle in range(40):
            sim.set("weights_valid", cycle >= 10 and len(taken["weights"]) < 9)
            sim.set("weights_row", 1 + len(taken["weights"]) // 3)
            await sim.settle()
            if sim.get("sums_valid"):
                sums.append(sim.get("sums_values") or 0)
            for name, cycles in taken.items():
                if sim.get(f"{name}_valid") and sim.get(f"{name}_ready"):
                    cycles.append(cycle)
            await sim.tick()

    simulate(FlatPorts(DigitalCim(spec)), offer)
    assert taken["weights"] == [10, 11, 12, 14, 15, 16, 18, 19, 20]
    assert taken["vectors"] == [13, 17, 21]  # and the fourth waits for a load that never comes
    assert sums == [3, 6, 9]


def test_reset_forgets_a_load_half_done() -> None:
    spec = cim(4, 1, 3, 2)
    rng = np.random.default_rng(1)

    async def bench(sim: Simulator) -> None:
        bench = Bench(spec, sim, 1)
        for tokens in range(1, 9):  # up to a load that is computed with and one that is complete
            await bench.reset()
            sim.set("sums_ready", 1)
            sim.set("vectors_valid", 1)
            sim.set("weights_valid", 1)
            for _ in range(tokens):
                await sim.settle()
                await sim.tick()
            sim.set("vectors_valid", 0)
            sim.set("weights_valid", 0)
            await bench.reset()
            await bench.send(numbers(spec, rng, loads=2, vectors=4))

    simulate(FlatPorts(DigitalCim(spec)), bench)
