"""Spikes of lines, against a walk over levels, and cycle by cycle where they meet one another."""

from random import Random
from typing import Any

import numpy as np
import pytest
from amaranth.sim import Simulator as Engine

from neuroloom.flows.verify import verify
from neuroloom.golden.events.aer_encoder import ServingOrder
from neuroloom.golden.events.spike_register import SpikeRegisterSpec
from neuroloom.hdl.events.spike_register import SpikeRegister
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.events.spike_register import SpikeRegisterStimulus

Outputs = list[tuple[int, ...] | None]


@pytest.mark.parametrize("seed", range(20))
def test_the_model_gives_every_edge(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = SpikeRegisterStimulus.random_spec(rng)
    stimulus, model = SpikeRegisterStimulus(spec), spec.model()
    noise = {"samples": {"lines": rng.integers(0, 2, (20, spec.lines))}}
    samples, got = [], []
    for part in (noise, stimulus.corners(), stimulus.random(rng, 30), noise):
        samples += part["samples"]["lines"].tolist()
        tokens = model.run(part)["spikes"]
        got += tokens["address"].tolist()
        assert not tokens["merged"].any()
    seen = samples[: len(samples) - spec.synchronizer]
    edges = [
        line
        for before, level in zip([[1] * spec.lines, *seen], seen, strict=False)
        for line in range(spec.lines)
        if level[line] and not before[line]
    ]
    assert got == edges, f"seed {seed}: {spec.model_dump_json()}"


class Lines:
    """The register as a clocked machine of sets: levels, lines held, lines that rose again."""

    def __init__(self, spec: SpikeRegisterSpec) -> None:
        self.spec = spec
        self.levels = [[1] * spec.lines for _ in range(spec.synchronizer + 1)]
        self.held: set[int] = set()
        self.again: set[int] = set()
        self.first = 0
        self.output: tuple[int, ...] | None = None

    def cycle(self, sample: list[int] | None, ready: bool) -> tuple[int, ...] | None:
        """What is shown in a cycle with this sample and this consumer."""
        shown = self.output
        if ready or shown is None:
            self.output = None
            turns = [*range(self.first, self.spec.lines), *range(self.first)]
            waiting = [line for line in turns if line in self.held]
            self.first = 0
            if waiting:
                line = waiting[0]
                self.output = (line, int(line in self.again))
                self.held.remove(line)
                self.again.discard(line)
                if self.spec.order is ServingOrder.ROUND_ROBIN:
                    self.first = line + 1
        if sample is not None:
            self.levels.append(sample)
            before, level = self.levels[:2]
            del self.levels[0]
            rising = {line for line in range(self.spec.lines) if level[line] > before[line]}
            self.again |= rising & self.held
            self.held |= rising
        return shown


@pytest.mark.parametrize("order", ServingOrder)
@pytest.mark.parametrize(("lines", "synchronizer"), [(1, 0), (2, 2), (5, 1), (9, 2)])
def test_every_cycle_with_lines_that_rise_again(
    lines: int, synchronizer: int, order: ServingOrder
) -> None:
    spec = SpikeRegisterSpec(lines=lines, synchronizer=synchronizer, order=order)
    flat, random, oracle = FlatPorts(SpikeRegister(spec)), Random(lines), Lines(spec)
    ports = flat.ports
    wanted: Outputs = []
    got: Outputs = []

    async def drive(context: Any) -> None:
        for cycle in range(1200):
            busy = random.random() < 0.8
            rate = (0.1, 0.6, 0.02)[cycle // 400]
            sample = [int(random.random() < rate) for _ in range(lines)]
            ready = random.random() < 0.5
            context.set(ports["samples_valid"], busy)
            context.set(ports["samples_lines"], sum(bit << at for at, bit in enumerate(sample)))
            context.set(ports["spikes_ready"], ready)
            wanted.append(oracle.cycle(sample if busy else None, ready))
            names = ("spikes_valid", "spikes_address", "spikes_merged", "samples_ready")
            *_, valid, address, merged, takes = await context.tick().sample(
                *(ports[name] for name in names)
            )
            got.append((address, merged) if valid else None)
            assert takes

    engine = Engine(flat)
    engine.add_clock(1e-8)
    engine.add_testbench(drive)
    engine.run()
    assert got == wanted
    spikes = [each for each in wanted if each is not None]
    assert {merged for _, merged in spikes} == {0, 1}
    assert {address for address, _ in spikes} == set(range(lines))


@pytest.mark.regression
@pytest.mark.parametrize("order", ServingOrder)
def test_many_lines(order: ServingOrder) -> None:
    spec = SpikeRegisterSpec(lines=200, synchronizer=4, order=order)
    assert verify(spec, seeds=(1,), operations=5).passed
