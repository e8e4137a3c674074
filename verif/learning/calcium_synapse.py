"""Stimulus for ``calcium_synapse``."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from neuroloom.golden.learning.calcium_synapse import CalciumSynapseSpec, SynapseEvent
from neuroloom.golden.ports import Field, Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, random_tokens, random_values

CORNERS = 30
"""Tokens of each kind of event with everything else at its ends or near a threshold."""


class CalciumSynapseStimulus(Stimulus[CalciumSynapseSpec]):
    """Membrane and calcium at each threshold and just beside it, weights at ends and middle."""

    operations = 200

    def corners(self) -> Traffic:
        return {"event": self._near(np.random.default_rng(1), 4 * CORNERS)}

    def random(self, rng: Rng, operations: int) -> Traffic:
        near = self._near(rng, operations)
        anything = random_tokens(self.spec.streams[0], rng, operations)
        chosen = rng.random(operations) < 0.5
        return {"event": {name: np.where(chosen, near[name], anything[name]) for name in near}}

    def _near(self, rng: Rng, tokens: int) -> dict[str, Integers]:
        spec = self.spec
        fields = {field.name: field for field in spec.streams[0].fields}
        columns = {name: random_values(field, rng, tokens) for name, field in fields.items()}
        names = ("calcium_from", "calcium_down", "calcium_up")
        if spec.calcium_thresholds is None:
            columns |= dict(
                zip(names, np.sort([columns[name] for name in names], axis=0), strict=True)
            )
        fixed = {name: np.full(tokens, level) for name, level in spec.thresholds.items()}
        levels = {**fixed, **columns}
        places = [levels[name] for name in names]
        at = np.choose(rng.integers(0, 4, tokens), [*places, np.asarray(fields["calcium"].maximum)])
        columns["kind"] = np.resize(np.arange(4), tokens)
        columns["membrane"] = beside(fields["membrane"], rng, levels["membrane_threshold"], tokens)
        columns["calcium"] = beside(fields["calcium"], rng, at, tokens)
        middle = 1 << (spec.weight_bits - 1)
        weights = rng.choice([0, middle, spec.weight_format.maximum], tokens)
        columns["weight"] = beside(fields["weight"], rng, weights, tokens)
        return columns

    def coverage(self) -> list[Cover]:
        spec = self.spec
        points = [
            Cover("a synapse at its maximum drifts", self._drifts_at(spec.weight_format.maximum)),
            Cover("a synapse at zero drifts", self._drifts_at(0)),
            Cover("calcium at its maximum", self._full),
            Cover("calcium at zero at a tick", self._empty),
            Cover("a presynaptic spike changes nothing", lambda s, g: self._jumps(s, g, 0)),
        ]
        if spec.calcium_thresholds is None and spec.membrane_threshold is None:
            if spec.jump_up:
                points.append(Cover("a jump up", lambda s, g: self._jumps(s, g, 1)))
            if spec.jump_down:
                points.append(Cover("a jump down", lambda s, g: self._jumps(s, g, -1)))
        return points

    def _drifts_at(self, weight: int) -> Callable[[Traffic, Traffic], bool]:
        def drifts(sent: Traffic, _: Traffic) -> bool:
            event = sent["event"]
            return bool(((event["weight"] == weight) & is_tick(sent)).any())

        return drifts

    def _full(self, sent: Traffic, got: Traffic) -> bool:
        return bool((got["update"]["calcium"] == self.spec.calcium_format.maximum).any())

    def _empty(self, sent: Traffic, got: Traffic) -> bool:
        return bool(((got["update"]["calcium"] == 0) & is_tick(sent)).any())

    def _jumps(self, sent: Traffic, got: Traffic, sign: int) -> bool:
        moved = np.sign(got["update"]["weight"] - sent["event"]["weight"])
        return bool(((moved == sign) & (sent["event"]["kind"] == SynapseEvent.PRE)).any())

    @classmethod
    def random_spec(cls, rng: Rng) -> CalciumSynapseSpec:
        weight_bits, calcium_bits = int(rng.integers(1, 10)), int(rng.integers(1, 6))
        membrane_bits, signed = int(rng.integers(1, 10)), bool(rng.integers(2))
        low = -(1 << (membrane_bits - 1)) if signed else 0
        level = int(rng.integers(low, low + (1 << membrane_bits)))
        calcium = sorted(rng.integers(0, 1 << calcium_bits, 3).tolist())
        sizes = rng.integers(0, 1 << weight_bits, 4) >> rng.integers(0, weight_bits, 4)
        up, down, drift_up, drift_down = sizes.tolist()
        return CalciumSynapseSpec(
            weight_bits=weight_bits,
            membrane_bits=membrane_bits,
            membrane_signed=signed,
            calcium_bits=calcium_bits,
            jump_up=up,
            jump_down=down,
            drift_up=drift_up,
            drift_down=drift_down,
            calcium_jump=int(rng.integers(0, 6)),
            calcium_leak=int(rng.integers(0, 6)),
            membrane_threshold=level if rng.integers(2) else None,
            calcium_thresholds=tuple(calcium) if rng.integers(2) else None,
        )


def beside(field: Field, rng: Rng, places: Integers, tokens: int) -> Integers:
    """Numbers at the places, one below or one above, inside the field."""
    near = places + rng.integers(-1, 2, tokens)
    return np.asarray(np.clip(near, field.minimum, field.maximum))


def is_tick(sent: Traffic) -> NDArray[np.bool_]:
    return np.asarray(sent["event"]["kind"] >= SynapseEvent.TICK)
