"""Stimulus for ``adc_post``."""

import numpy as np

from neuroloom.golden.checks import WITHOUT_CHANCE
from neuroloom.golden.cim.adc_post import AdcPostSpec
from neuroloom.golden.cim.converters import Bubbles, Converter
from neuroloom.golden.ports import Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick, random_tokens


class AdcPostStimulus(Stimulus[AdcPostSpec]):
    """Clean and broken codes, every table and every coefficient random."""

    operations = 40
    loads_in_flight = True

    def setup(self, rng: Rng) -> Traffic | None:
        spec = self.spec
        if not spec.has_memory:
            return None
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
        return {"codes": tokens}

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
            weights = tuple(int(each) for each in rng.integers(1, 6, int(rng.integers(0, 4))))
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


def _field(traffic: Traffic) -> np.ndarray:
    (values,) = traffic["codes"].values()
    return values
