"""Stimulus for ``activation``."""

from collections.abc import Collection
from itertools import count

import numpy as np

from neuroloom.golden.checks import WITHOUT_CHANCE
from neuroloom.golden.cim.activation import ActivationSpec
from neuroloom.golden.cim.activation_functions import Function
from neuroloom.golden.ports import Integers, Tokens, Traffic
from neuroloom.verif.landmarks import Landmark, told, values_at
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick, random_values

AIMED = 96
"""Values that are aimed at landmarks, of all channels together; at least as many frames as"""
FRAMES = 12
LEAST_SHIFT = 3
"""Least shift with which all landmarks are apart."""


class ActivationStimulus(Stimulus[ActivationSpec]):
    """Values of every size, and those at landmarks of the roundings; the first load gives the first
    channel the widest range of products, the second one multiplies by one.
    """

    loads_in_flight = True

    def __init__(self, spec: ActivationSpec) -> None:
        super().__init__(spec)
        self._loads = count()

    def setup(self, rng: Rng) -> Traffic | None:
        spec = self.spec
        if spec.fixed or not spec.row_bits:
            return None
        tokens: dict[str, Integers] = {}
        number = next(self._loads)
        for field in spec.coefficient_fields:
            wide = random_values(field, rng, spec.channels)
            tokens[field.name] = wide >> rng.integers(0, field.bits, spec.channels)
            if number == 0:
                tokens[field.name][0] = self._widest[field.name]
            if number == 1:
                tokens[field.name] = self._aiming[field.name]
        none: Integers = np.zeros(0, np.int64)
        return {"values": {"data": none}, "coefficients": tokens}

    def corners(self) -> Traffic:
        low, high = self._ends
        near = {low, low + 1, -2, -1, 0, 1, 2, high - 1, high}
        inside = np.array(sorted(value for value in near if low <= value <= high), np.int64)
        values = np.concatenate([np.repeat(inside, self.spec.channels), self._aimed.reshape(-1)])
        return {"values": {"data": values}}

    def random(self, rng: Rng, operations: int) -> Traffic:
        spec = self.spec
        count = operations * spec.channels
        wide = random_values(spec.input_streams[0].fields[0], rng, count)
        # a random number of leading bits removed: every scale meets values that suit it
        return {"values": {"data": wide >> rng.integers(0, spec.input_bits, count)}}

    def landmarks(self) -> Collection[Landmark]:
        names = {field.name for field in self.spec.coefficient_fields}
        loaded = (
            {}
            if self.spec.fixed or not names
            else {"coefficients": {name: self._aiming[name] for name in names}}
        )
        return told(self.spec.model(), {**self.corners(), **loaded})

    @property
    def _aiming(self) -> Tokens:
        """Coefficients that values are aimed for: no bias, times one or minus one, every shift."""
        spec = self.spec
        if spec.fixed:
            return spec.coefficients
        fields = {field.name: field for field in spec.coefficient_fields}
        one = np.int64(1 if "multiplier" not in fields or fields["multiplier"].maximum else -1)
        most = (1 << spec.shift_bits) - 1
        own = min(most, max(0, LEAST_SHIFT - spec.shift)) - np.arange(spec.channels)
        return {
            "bias": np.zeros(spec.channels, np.int64),
            "multiplier": np.broadcast_to(one, spec.channels),
            "shift": own & most,
        }

    @property
    def _aimed(self) -> Integers:
        """Values at landmarks by frames and channels; channels of one kind share them."""
        spec = self.spec
        coefficients = self._aiming
        absent = {"bias": 0, "multiplier": 1, "shift": 0}
        frames = max(FRAMES, -(-AIMED // spec.channels))
        columns = []
        for channel in range(spec.channels):
            bias, multiplier, shift = (
                int(coefficients[name][channel]) if name in coefficients else value
                for name, value in absent.items()
            )
            aimed = self._aimed_at(multiplier, bias * multiplier, spec.shift + shift)
            columns.append(np.resize(np.roll(aimed, -channel * frames), frames))
        return np.stack(columns, axis=1)

    def _aimed_at(self, multiplier: int, offset: int, shift: int) -> list[int]:
        """Values whose product is at a landmark, or whose scaled value is at one of a slope's."""
        spec = self.spec
        low, high = self._ends
        aimed = values_at(shift, low, high, multiplier, offset)
        least, most = spec.scaled_range
        scaled: list[int] = []
        if spec.function is Function.LEAKY_RELU:
            scaled = values_at(spec.slope_shift, least, min(most, -1))
        if spec.function is Function.PIECEWISE:
            activation = spec.activation
            for line in set(zip(activation.slopes, activation.offsets, strict=True)):
                scaled += values_at(spec.slope_shift, least, most, *line)
        if multiplier:
            aimed += [((target << shift) - offset) // multiplier for target in scaled]
        return [value for value in aimed if low <= value <= high] or [0]

    def coverage(self) -> list[Cover]:
        low, high = self._ends
        points = [
            Cover("least value", lambda sent, _: sent["values"]["data"].min() == low),
            Cover("greatest value", lambda sent, _: sent["values"]["data"].max() == high),
        ]
        if self.spec.fixed:
            return points
        least, most = self._seen
        return [
            *points,
            Cover("as small a result", lambda _, got: got["results"]["data"].min() <= least),
            Cover("as great a result", lambda _, got: got["results"]["data"].max() >= most),
        ]

    @property
    def _ends(self) -> tuple[int, int]:
        field = self.spec.input_streams[0].fields[0]
        return field.minimum, field.maximum

    @property
    def _widest(self) -> dict[str, int]:
        """Coefficients of the first channel."""
        greatest = {field.name: field.maximum for field in self.spec.coefficient_fields}
        return {"bias": 0, "multiplier": greatest.get("multiplier", 1), "shift": 0}

    @property
    def _seen(self) -> tuple[int, int]:
        """Least and greatest result of the corners in the first channel."""
        spec = self.spec
        loads = {name: np.full(spec.channels, value) for name, value in self._widest.items()}
        names = {field.name for field in spec.coefficient_fields}
        model = spec.model()
        traffic = {**self.corners()}
        if names:
            traffic["coefficients"] = {name: loads[name] for name in names}
        results = model.run(traffic)["results"]["data"]
        return int(results.min()), int(results.max())

    @classmethod
    def aspects(cls, spec: ActivationSpec) -> tuple[str, ...]:
        """Roundings of shifts by four bits and more: below, what is shifted out has no middle."""
        return (f"far shifts, rounding={spec.rounding}",) if spec.shift_bits >= 3 else ()

    @classmethod
    def random_spec(cls, rng: Rng) -> ActivationSpec:
        def maybe(high: int) -> int:
            return int(rng.integers(1, high)) if rng.integers(3) else 0

        bias, factor, own = maybe(8), maybe(7), maybe(4)
        channels = int(rng.integers(1, 6)) if bias or factor or own else 1
        factor_signed = bool(rng.integers(2)) and factor > 1
        fields: dict[str, object] = {
            "input_bits": int(rng.integers(6, 12)),
            "input_signed": bool(rng.integers(2)),
            "channels": channels,
            "bias_bits": bias,
            "multiplier_bits": factor,
            "multiplier_signed": factor_signed,
            "shift": int(rng.integers(0, 3)),
            "shift_bits": own,
            "scaled_bits": int(rng.integers(3, 10)) if rng.integers(3) else None,
            "rounding": pick(rng, WITHOUT_CHANCE),
            "output_bits": int(rng.integers(3, 10)),
            "output_signed": bool(rng.integers(2)),
        }
        spec = ActivationSpec.model_validate({**fields, "function": Function.NONE})
        if not rng.integers(3):
            fields |= _fixed(spec, rng)
            spec = ActivationSpec.model_validate({**fields, "function": Function.NONE})
        fields |= _function(spec, rng)
        fields["zero_point"] = int(random_values(spec.output_streams[0].fields[0], rng, 1)[0])
        return ActivationSpec.model_validate(fields)


def _fixed(spec: ActivationSpec, rng: Rng) -> dict[str, tuple[int, ...]]:
    names = {"bias": "biases", "multiplier": "multipliers", "shift": "shifts"}
    constants = {}
    for field in spec.coefficient_fields:
        channels = int(rng.choice([1, spec.channels]))
        values = random_values(field, rng, channels)
        if field.name == "multiplier":
            values[values == 0] = field.maximum
        constants[names[field.name]] = tuple(values.tolist())
    return constants


def _function(spec: ActivationSpec, rng: Rng) -> dict[str, object]:
    function = pick(rng, Function)
    fields: dict[str, object] = {"function": function}
    match function:
        case Function.CLIPPED_RELU:
            fields["ceiling"] = int(rng.integers(1, 40))
        case Function.LEAKY_RELU:
            fields["slope_shift"] = int(rng.integers(1, 5))
        case Function.PIECEWISE:
            # near zero, where most scaled values lie
            low, high = spec.scaled_range
            places = range(max(low, -8) + 1, min(high, 8) + 1)
            number = int(rng.integers(0, min(4, len(places)) + 1))
            starts = sorted(rng.choice(list(places), number, replace=False).tolist())
            fields |= {
                "slope_shift": int(rng.integers(0, 4)),
                "breakpoints": tuple(starts),
                "slopes": tuple(rng.integers(-5, 6, number + 1).tolist()),
                "offsets": tuple(rng.integers(-20, 20, number + 1).tolist()),
            }
    return fields
