"""Stimulus for ``adc_post``."""

from collections.abc import Callable, Collection
from itertools import count

import numpy as np

from neuroloom.golden.checks import WITHOUT_CHANCE
from neuroloom.golden.cim.adc_post import AdcPostSpec
from neuroloom.golden.cim.converters import Bubbles, Converter
from neuroloom.golden.ports import Integers, Tokens, Traffic
from neuroloom.verif.landmarks import Landmark, places, told
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick, random_tokens

MOST_CODES = 16
"""Codes that are sent one after the other to all columns."""


class AdcPostStimulus(Stimulus[AdcPostSpec]):
    """Clean and broken codes, every table and every coefficient random; then gains for which codes
    are at landmarks of the rounding, with a table that changes nothing.
    """

    operations = 40
    loads_in_flight = True

    def __init__(self, spec: AdcPostSpec) -> None:
        super().__init__(spec)
        self._loads = count()

    def setup(self, rng: Rng) -> Traffic | None:
        spec = self.spec
        if not spec.has_memory:
            return None
        if next(self._loads) == 1:
            return {"codes": self._tokens(rng, 0), **self._aiming}
        depths = {"table": 1 << spec.code_bits, "coefficients": spec.columns}
        loads = {
            stream.name: random_tokens(stream, rng, depths[stream.name])
            for stream in spec.input_streams[1:]
        }
        return {"codes": self._tokens(rng, 0), **loads}

    def corners(self) -> Traffic:
        tokens = self._tokens(np.random.default_rng(0), 2)
        (name,) = tokens
        half = len(tokens[name]) // 2
        highest = (1 << self.spec.input_streams[0].fields[0].bits) - 1
        tokens[name][:half], tokens[name][half:] = 0, highest
        if not self.spec.gain_shift:
            return {"codes": tokens}
        aimed = self._encoded(np.repeat(self._codes, self.spec.columns))
        return {"codes": {name: np.concatenate([tokens[name], aimed])}}

    def random(self, rng: Rng, operations: int) -> Traffic:
        return {"codes": self._tokens(rng, operations)}

    def _tokens(self, rng: Rng, frames: int) -> dict[str, np.ndarray]:
        stream = self.spec.input_streams[0]
        count = frames * self.spec.contract.consumes["codes"]
        tokens = random_tokens(stream, rng, count)
        if self.spec.converter is Converter.FLASH:
            lanes = (1 << self.spec.code_bits) - 1
            clean = np.arange(lanes) < rng.integers(0, lanes + 1, (count, 1))
            bubbles = rng.random((count, lanes)) < rng.choice([0, 0.1, 0.5], (count, 1))
            tokens["levels"] = (clean ^ bubbles).astype(np.int64)
        return tokens

    def landmarks(self) -> Collection[Landmark]:
        return told(self.spec.model(), {**self.corners(), **self._aiming})

    @property
    def _codes(self) -> Integers:
        """The least codes and the greatest ones."""
        most = self.spec.greatest_code
        if most < MOST_CODES:
            return np.arange(most + 1)
        half = MOST_CODES // 2
        return np.append(np.arange(half), np.arange(most - half, most) + 1)

    @property
    def _aiming(self) -> dict[str, Tokens]:
        """A table that changes nothing, gains at the places of what is dropped, and offsets that
        make some of the codes negative, or none: a column has one of each.
        """
        spec = self.spec
        fields = {field.name: field for stream in spec.input_streams for field in stream.fields}
        loads: dict[str, Tokens] = {}
        if spec.table_bits is not None:
            codes = np.arange(1 << spec.code_bits)
            loads["table"] = {"value": np.minimum(codes, fields["value"].maximum)}
        column = np.arange(spec.columns)
        coefficients = {}
        if "offset" in fields:
            least = fields["offset"].minimum
            coefficients["offset"] = np.array([max(least, -4), least, 0])[column % 3]
        if "gain" in fields:
            order = sorted(set(places(spec.gain_shift).values()), key=_from_half(spec.gain_shift))
            gains = [gain for gain in order if 0 < gain <= fields["gain"].maximum]
            gains = gains or [fields["gain"].maximum]
            position = column // 3 if "offset" in fields else column
            coefficients["gain"] = np.array(gains)[position % len(gains)]
        if coefficients:
            loads["coefficients"] = coefficients
        return loads

    def _encoded(self, codes: Integers) -> Integers:
        """Tokens of codes."""
        match self.spec.converter:
            case Converter.BINARY:
                return codes
            case Converter.FLASH:
                lanes = np.arange((1 << self.spec.code_bits) - 1)
                return np.asarray(lanes < codes[:, np.newaxis], np.int64)
            case Converter.SAR:
                left = codes.copy()
                decisions = []
                for weight in self.spec.weights:
                    decisions.append(left >= weight)
                    left = left - weight * decisions[-1]
                return np.stack(decisions, axis=1).reshape(-1).astype(np.int64)

    def coverage(self) -> list[Cover]:
        points = [
            Cover("least input", lambda sent, _: _field(sent).min() == 0),
            Cover("greatest input", lambda sent, _: _field(sent).max() == self._greatest),
        ]
        if not self.spec.has_memory:
            low, high = self.spec.result_format.fit(np.array(self.spec.range))
            points += [
                Cover("least result", lambda _, got: got["results"]["value"].min() == low),
                Cover("greatest result", lambda _, got: got["results"]["value"].max() == high),
            ]
        return points

    @property
    def _greatest(self) -> int:
        return int(self.spec.input_streams[0].fields[0].maximum)

    @classmethod
    def random_spec(cls, rng: Rng) -> AdcPostSpec:
        converter = pick(rng, Converter)
        code_bits = int(rng.integers(1, 5))
        weights = None
        if converter is Converter.SAR and rng.integers(2):
            weights = tuple(int(weight) for weight in rng.integers(1, 6, int(rng.integers(0, 4))))
            weights = (*weights, 1)
            code_bits = sum(weights).bit_length()
        gain_bits = int(rng.integers(1, 7)) if rng.integers(2) else None
        spec = AdcPostSpec(
            converter=converter,
            code_bits=code_bits,
            bubbles=pick(rng, Bubbles) if converter is Converter.FLASH else Bubbles.NONE,
            sar_weights=weights,
            columns=int(rng.integers(1, 6)),
            table_bits=int(rng.integers(1, 7)) if rng.integers(2) else None,
            offset_bits=int(rng.integers(2, 6)) if rng.integers(2) else None,
            gain_bits=gain_bits,
            gain_shift=int(rng.integers(0, gain_bits)) if gain_bits else 0,
            rounding=pick(rng, WITHOUT_CHANCE),
        )
        low, high = spec.range
        fitted = {
            "zero_point": int(rng.integers(low, high + 1)) if rng.integers(2) else 0,
            "output_bits": int(rng.integers(1, 7)) if rng.integers(2) else None,
        }
        return AdcPostSpec.model_validate({**spec.model_dump(), **fitted})


def _from_half(shift: int) -> Callable[[int], int]:
    """Ties first, then what is beside them."""
    half = 1 << shift >> 1
    return lambda place: abs(place - half)


def _field(traffic: Traffic) -> np.ndarray:
    (values,) = traffic["codes"].values()
    return values
