"""What the packets of a chip depend on, and neurons that make them depend on more."""

from typing import Any

import numpy as np

from neuroloom.golden.neurons.crossbar_contents import CoreContents, Floor, ResetMode
from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from neuroloom.golden.ports import Tokens, Traffic
from neuroloom.golden.systems.crossbar_chip import CrossbarChipSpec
from neuroloom.verif.stimulus import Rng

LISTENING: dict[str, Any] = {
    "leak": 0,
    "positive_threshold": 1,
    "negative_threshold": 0,
    "reset_value": 0,
    "reset_mode": ResetMode.VALUE,
    "floor": Floor.SATURATE,
    "random_leak": 0,
    "leak_reversal": 0,
    "noise_mask": 0,
}
"""Contents of a neuron that fires in the tick in which an axon of it has an event, and else not."""


def listening(contents: CoreContents, core: CrossbarCoreSpec, rng: Rng) -> CoreContents:
    """The contents, where every other neuron hears a few axons, each of which is enough for a
    packet; those of the first one leave to the east, and it hears every other axon.
    """
    fields = contents.model_dump()
    listens = np.arange(core.neurons) % 2 == rng.integers(2) * (core.neurons > 1)
    changes = {**LISTENING, "weights": (1,) * core.types, "random_weights": (0,) * core.types}
    for name, value in changes.items():
        if fields[name] is not None:
            fields[name] = tuple(
                value if yes else old for yes, old in zip(listens, fields[name], strict=True)
            )
    first = int(np.flatnonzero(listens)[0])
    far = list(fields["dx"])
    far[first] = (1 << (core.dx_bits - 1)) - 1
    fields["dx"] = tuple(far)
    heard = rng.integers(1, 1 << core.axons, core.neurons).tolist()
    heard[first] = sum(1 << axon for axon in range(0, core.axons, 2))
    rows = zip(listens, heard, fields["crossbar"], strict=True)
    fields["crossbar"] = tuple(f"{row:x}" if yes else old for yes, row, old in rows)
    return CoreContents.model_validate(fields)


def unheard(spec: CrossbarChipSpec, traffic: Traffic) -> list[str]:
    """What hardware could take for something else in all events and packets without any packet
    that leaves being another one, in words.

    What a chip of one core, one axon or one slot has not got is left out.
    """
    events, core = traffic["events"], spec.core
    places = (events["y"] * spec.columns + events["x"] + 1) % len(spec.places)
    moved = {"x": places % spec.columns, "y": places // spec.columns}
    wrong: dict[str, tuple[CrossbarChipSpec, Tokens]] = {}
    if len(spec.places) > 1:
        wrong["the core of events"] = (spec, {**events, **moved})
    for name, number in (("axon", core.axons), ("delay", core.slots)):
        if number > 1:
            other = {**events, name: (events[name] + 1) % number}
            wrong[f"the {name} of events"] = (spec, other)
            if _inside(spec):
                wrong[f"the {name} of packets"] = (_readdressed(spec, name, number), events)
    right = spec.model().run(traffic)["packets"]
    return [
        words
        for words, (chip, sent) in wrong.items()
        if _same(right, chip.model().run({"events": sent})["packets"])
    ]


def _inside(spec: CrossbarChipSpec) -> bool:
    """Whether a packet of any neuron goes to a core of the chip."""
    return any(
        0 <= x + dx < spec.columns and 0 <= y + dy < spec.rows
        for (x, y), contents in zip(spec.places, spec.contents, strict=True)
        for dx, dy in zip(contents.dx, contents.dy, strict=True)
    )


def _readdressed(spec: CrossbarChipSpec, name: str, number: int) -> CrossbarChipSpec:
    """The chip whose packets to cores of its own have the next axon or delay."""
    every = []
    for (x, y), contents in zip(spec.places, spec.contents, strict=True):
        inside = [
            0 <= x + dx < spec.columns and 0 <= y + dy < spec.rows
            for dx, dy in zip(contents.dx, contents.dy, strict=True)
        ]
        column = zip(getattr(contents, name), inside, strict=True)
        changed = tuple((value + 1) % number if yes else value for value, yes in column)
        every.append(contents.model_copy(update={name: changed}))
    return spec.model_copy(update={"contents": tuple(every)})


def _same(first: Tokens, second: Tokens) -> bool:
    return all(np.array_equal(first[field], second[field]) for field in first)
