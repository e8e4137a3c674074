"""Stimulus for ``crossbar_chip``."""

from collections.abc import Sequence

import numpy as np

from neuroloom.golden.neurons.crossbar_contents import CoreContents
from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.golden.systems.crossbar_chip import CrossbarChipSpec
from neuroloom.verif.neurons.crossbar_core import CrossbarCoreStimulus, random_words
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick
from neuroloom.verif.systems.heard_events import listening

SHAPES = ((1, 1), (2, 1), (1, 2), (3, 1), (1, 3), (2, 2))
"""Columns and rows of small grids."""


class CrossbarChipStimulus(Stimulus[CrossbarChipSpec]):
    """Ticks with no event, with few, and with many for one core; a network runs on by itself."""

    operations = 15

    def corners(self) -> Traffic:
        """A burst for every core, due at once, and a tick without events."""
        spec = self.spec
        axons = np.arange(spec.core.axons)
        ticks = [(np.full(len(axons), number), axons) for number in range(len(spec.places))]
        return self._traffic([EMPTY, *ticks, EMPTY], None)

    def random(self, rng: Rng, operations: int) -> Traffic:
        spec = self.spec
        ticks = []
        for _ in range(operations):
            events = int(rng.choice([0, 1, 3, 12]))
            core = rng.integers(0, len(spec.places), events)
            ticks.append((core, rng.integers(0, spec.core.axons, events)))
        return self._traffic(ticks, rng)

    def uncontended(self, rng: Rng, operations: int) -> Traffic:
        """Nothing: neurons that fire by themselves always contend."""
        return self.random(rng, 0)

    def _traffic(self, ticks: Sequence[tuple[Integers, Integers]], rng: Rng | None) -> Traffic:
        spec = self.spec
        core = np.concatenate([np.append(cores, 0) for cores, _ in [*ticks, EMPTY]])[:-1]
        axon = np.concatenate([np.append(axons, 0) for _, axons in [*ticks, EMPTY]])[:-1]
        ends = np.cumsum([len(cores) + 1 for cores, _ in ticks]) - 1
        tick = np.zeros(len(core), np.int64)
        tick[ends.astype(np.int64)] = 1
        delay = np.full(len(core), 1 % spec.core.slots)
        if rng is not None:
            delay = rng.integers(0, spec.core.slots, len(core))
        x, y = core % spec.columns, core // spec.columns
        return {"events": {"tick": tick, "x": x, "y": y, "axon": axon, "delay": delay}}

    def coverage(self) -> list[Cover]:
        return [Cover("an event for every core", self._every_core)]

    def _every_core(self, sent: Traffic, _: Traffic) -> bool:
        events = sent["events"]
        places = np.column_stack([events["x"], events["y"]])[events["tick"] == 0]
        return len(np.unique(places, axis=0)) == len(self.spec.places)

    @classmethod
    def random_spec(cls, rng: Rng) -> CrossbarChipSpec:
        return _chip(rng, pick(rng, SHAPES), eager=bool(rng.integers(2)))

    @classmethod
    def random_variant(cls, rng: Rng) -> CrossbarChipSpec:
        """One in four fires so much that packets fill the mesh and cores wait for it."""
        if rng.integers(4):
            return cls.random_spec(rng)
        if rng.integers(2):
            return _chip(rng, (2, 2), eager=True, neurons=int(rng.integers(16, 25)))
        return _chip(rng, (2, 1), eager=True, neurons=int(rng.integers(48, 65)))


def _chip(
    rng: Rng, shape: tuple[int, int], eager: bool, neurons: int | None = None
) -> CrossbarChipSpec:
    """Five in six have neurons that listen, so that packets depend on all that events say."""
    any_core = CrossbarCoreStimulus.random_spec(rng)
    changes = {
        "contents": None,
        "dx_bits": 4,
        "dy_bits": 4,
        "axons": 7 if neurons else min(any_core.axons, 7),
        "neurons": neurons or min(any_core.neurons, 4),
    }
    core = any_core.model_copy(update=changes)
    return random_chip(*shape, core, rng, eager, listens=bool(rng.integers(6)))


EMPTY = (np.zeros(0, np.int64), np.zeros(0, np.int64))


def random_chip(
    columns: int,
    rows: int,
    core: CrossbarCoreSpec,
    rng: Rng,
    eager: bool = False,
    listens: bool = False,
) -> CrossbarChipSpec:
    """A grid with random networks in its cores, most of whose packets stay inside; if ``eager``,
    of neurons that fire by themselves; if ``listens``, every other neuron fires when one of its
    axons has an event, and else not. Most packets of either leave.
    """
    every = []
    for place in range(columns * rows):
        fields = CoreContents.from_words(core, random_words(core, rng, eager)).model_dump()
        x, y = place % columns, place // columns
        inside = rng.random(core.neurons) < (0.3 if eager or listens else 0.7)
        for name, size, at in (("dx", columns, x), ("dy", rows, y)):
            near = rng.integers(0, size, core.neurons) - at
            fields[name] = tuple(np.where(inside, near, fields[name]).tolist())
        contents = CoreContents.model_validate(fields)
        every.append(listening(contents, core, rng) if listens else contents)
    return CrossbarChipSpec(columns=columns, rows=rows, core=core, contents=tuple(every))
