"""Stimulus for ``lif``."""

from collections.abc import Collection, Iterator

import numpy as np

from neuroloom.golden.checks import WITHOUT_CHANCE
from neuroloom.golden.formats import Overflow
from neuroloom.golden.neurons.decay import Leak, multipliers
from neuroloom.golden.neurons.lif import LifSpec
from neuroloom.golden.neurons.lif_options import Fire, LifOptions, Noise, Reset, UpdateStep
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.landmarks import Landmark, told, values_at
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, joined, pick, random_values

CORNERS = 256
MOST_TICKS = 8
"""Ticks that pass at most before an update that is aimed at a landmark."""


class LifStimulus(Stimulus[LifSpec]):
    """Ends of every format in all mixtures; membranes beside their thresholds; whatever decays at
    landmarks of the rounding.
    """

    def corners(self) -> Traffic:
        ends: Traffic = {"update": corner_updates(self.spec)}
        return joined(ends, *({"update": update} for update in aimed_updates(self.spec)))

    def landmarks(self) -> Collection[Landmark]:
        return told(self.spec.model(), self.corners())

    def random(self, rng: Rng, operations: int) -> Traffic:
        return {"update": random_updates(self.spec, rng, operations)}

    def coverage(self) -> list[Cover]:
        return update_coverage(self.spec)

    @classmethod
    def random_spec(cls, rng: Rng) -> LifSpec:
        while True:
            try:
                return LifSpec.model_validate(
                    {**random_options(rng), "pipeline": int(rng.integers(3))}
                )
            except ValueError:
                continue  # options that contradict each other


def random_options(rng: Rng) -> dict[str, object]:
    """Fields of small neurons; some contradict each other."""
    bits = int(rng.integers(2, 10))
    width = int(rng.integers(2, bits + 2))
    current = pick(rng, [0, int(rng.integers(width, bits + 2))])
    adaptation = pick(rng, [0, int(rng.integers(2, 7))])
    noise = pick(rng, [0, int(rng.integers(1, 5))])
    reset = pick(rng, Reset)
    if reset is Reset.WRAP:
        return {
            "membrane_bits": bits,
            "input_bits": width,
            "step": pick(rng, UpdateStep),
            "leak": pick(rng, Leak),
            "leak_bits": int(rng.integers(1, bits)),
            "reset": reset,
            "current_bits": current,
            "current_shift": int(rng.integers(1, max(2, current))),
            "time_bits": int(rng.integers(1, 5)),
            "multiplier_bits": int(rng.integers(1, 12)),
        }
    return {
        "membrane_bits": bits,
        "membrane_signed": bool(rng.integers(2)),
        "input_bits": width,
        "overflow": pick(rng, [Overflow.SATURATE, Overflow.WRAP]),
        "step": pick(rng, UpdateStep),
        "leak": pick(rng, Leak),
        "leak_bits": int(rng.integers(1, bits)),
        "rounding": pick(rng, WITHOUT_CHANCE),
        "current_bits": current,
        "current_shift": int(rng.integers(1, max(2, current))),
        "fire": pick(rng, Fire),
        "reset": reset,
        "reset_value": 0 if reset is not Reset.TO_VALUE else int(rng.integers(-2, 4)),
        "adaptation_bits": adaptation,
        "adaptation_jump": int(rng.integers(1, max(2, 1 << adaptation))),
        "adaptation_shift": int(rng.integers(1, max(2, adaptation))),
        "refractory": pick(rng, [0, int(rng.integers(1, 9))]),
        "refractory_input": bool(rng.integers(2)),
        "noise_bits": noise,
        "noise": pick(rng, Noise) if noise else Noise.PORT,
        "seed": int(rng.integers(1, 1 << 32)),
        "time_bits": int(rng.integers(1, 5)),
        "multiplier_bits": int(rng.integers(1, 12)),
    }


def random_updates(options: LifOptions, rng: Rng, count: int) -> dict[str, Integers]:
    """Uniform updates, every second one with the membrane near its threshold."""
    fields = (*options.state, *options.parameters, *options.drive)
    values = {field.name: random_values(field, rng, count) for field in fields}
    fmt = options.membrane_format
    threshold = values.get("threshold", np.full(count, fmt.maximum))
    near = np.clip(threshold + rng.integers(-2, 3, count), fmt.minimum, fmt.maximum)
    values["membrane"] = np.where(rng.random(count) < 0.5, near, values["membrane"])
    if "now" in values:
        soon = rng.random(count) < 0.3
        values["now"] = np.where(soon, values["stamp"], values["now"])
    if "refractory" in values:
        values["refractory"] = np.minimum(values["refractory"], options.refractory)
        values["refractory"][rng.random(count) < 0.5] = 0
    return values


def corner_updates(options: LifOptions) -> dict[str, Integers]:
    """Ends of all fields, and 0 and 1, in mixtures drawn once and for all."""
    rng = np.random.default_rng(1)
    values = {}
    for field in (*options.state, *options.parameters, *options.drive):
        ends = {field.minimum, field.minimum + 1, 0, 1, field.maximum - 1, field.maximum}
        inside = sorted(end for end in ends if field.minimum <= end <= field.maximum)
        values[field.name] = rng.choice(inside, CORNERS)
    return values


def aimed_updates(options: LifOptions) -> Iterator[dict[str, Integers]]:
    """Ticks that find a membrane, a current or an adaptation at a landmark, far from firing."""
    fields = {field.name: field for field in (*options.state, *options.parameters, *options.drive)}

    def updates(aimed: str, values: list[int], **others: int) -> dict[str, Integers]:
        filled: dict[str, Integers] = {name: np.zeros(len(values), np.int64) for name in fields}
        others = {
            "threshold": fields["threshold"].maximum if "threshold" in fields else 0,
            "tick": 1,
            **others,
        }
        for name in filled.keys() & others.keys():
            filled[name] += others[name]
        filled[aimed] += np.array(values, np.int64)
        return filled

    def at(aimed: str, shift: int, multiplier: int = 1) -> list[int]:
        return values_at(shift, fields[aimed].minimum, fields[aimed].maximum, multiplier)

    if options.leak is Leak.MULTIPLICATIVE:
        bits = options.leak_bits
        for factor in {1, 1 << bits - 1, (1 << bits) - 1}:
            yield updates("membrane", at("membrane", bits, factor), leak=factor)
    shifts = {"current": options.current_shift, "adaptation": options.adaptation_shift}
    if options.leak is Leak.SHIFT:
        shifts["membrane"] = options.leak_bits
    for aimed, shift in shifts.items():
        if aimed not in fields:
            continue
        if options.step is not UpdateStep.TIME_STAMPED:
            yield updates(aimed, at(aimed, shift))
            continue
        bits, ticks = options.multiplier_bits, min(MOST_TICKS, 1 << options.time_bits)
        for passed, factor in enumerate(multipliers(shift, ticks, bits)):
            yield updates(aimed, at(aimed, bits, factor), now=passed)


def update_coverage(options: LifOptions) -> list[Cover]:
    points = [
        Cover("does not fire", lambda _, got: not got["updated"]["spike"].all()),
        Cover("least membrane", lambda sent, _: _has(sent, options.membrane_format.minimum)),
        Cover("greatest membrane", lambda sent, _: _has(sent, options.membrane_format.maximum)),
    ]
    always_leaks = options.step is UpdateStep.CLOCKED and options.leak is not Leak.NONE
    if options.reset is not Reset.WRAP or not always_leaks:  # else small inputs never overflow V
        points.append(Cover("fires", lambda _, got: got["updated"]["spike"].any()))
    if options.owes:
        points.append(Cover("a threshold is taken off", lambda sent, _: _taken_off(options, sent)))
    if options.refractory:
        points.append(
            Cover("the period goes on", lambda _, got: (got["updated"]["refractory"] > 0).any())
        )
    if options.by_ticks:
        points += [
            Cover("a tick", lambda sent, _: sent["update"]["tick"].any()),
            Cover("an input", lambda sent, _: not sent["update"]["tick"].all()),
        ]
    return points


def _taken_off(options: LifOptions, sent: Traffic) -> bool:
    update = sent["update"]
    passed = update["tick"] if options.by_ticks else np.ones_like(update["fired"])
    return bool((update["fired"] & passed & (update["threshold"] > 0)).any())


def _has(sent: Traffic, value: int) -> bool:
    return bool((sent["update"]["membrane"] == value).any())
