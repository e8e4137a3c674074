"""Stimulus for ``cim_macro``: the loop is closed through models of array and converters."""

import numpy as np

from neuroloom.golden.cim.adc_post import Bubbles, Converter
from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.cim.zero_skip import SelectStyle
from neuroloom.golden.formats import Overflow
from neuroloom.golden.ports import Integers, Tokens, Traffic, concatenate
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, joined, pick, random_tokens


class CimMacroStimulus(Stimulus[CimMacroSpec]):
    operations = 40

    def corners(self) -> Traffic:
        rng = np.random.default_rng(0)
        return self.random(rng, 3)

    def random(self, rng: Rng, operations: int) -> Traffic:
        spec = self.spec
        density = rng.choice([0.0, 0.1, 0.5, 0.9, 1.0], (operations, spec.input_bits, 1))
        planes = (rng.random((operations, spec.input_bits, spec.rows)) < density).astype(np.int64)
        weights = 1 << np.arange(spec.input_bits)
        if spec.input_signed:
            weights[-1] *= -1
        tokens = {"values": np.einsum("vpr,p->vr", planes, weights)}
        if spec.precision_bits:
            tokens["precision"] = rng.integers(0, len(spec.weight_bits), operations)
        reads = spec.model().reads(tokens)
        codes = random_tokens(spec.input_streams[1], rng, len(reads["column"]))
        return {"vector": tokens, "codes": codes}

    def coverage(self) -> list[Cover]:
        return []

    @classmethod
    def random_spec(cls, rng: Rng) -> CimMacroSpec:
        most = int(rng.integers(1, 6))
        columns_per_adc = most + int(rng.integers(0, 3))
        bits = np.sort(rng.choice(np.arange(1, most + 1), int(rng.integers(1, min(4, most + 1))), replace=False))
        converter = pick(rng, [Converter.FLASH, Converter.FLASH, Converter.BINARY])
        style = pick(rng, SelectStyle)
        return CimMacroSpec(
            rows=int(rng.integers(1, 14)),
            columns=int(rng.integers(bits[-1], 14)) if bits[-1] < 14 else 14,
            group=int(rng.integers(1, 8)),
            converter=converter,
            adc_bits=int(rng.integers(1, 4)),
            bubbles=pick(rng, Bubbles) if converter is Converter.FLASH else Bubbles.NONE,
            columns_per_adc=columns_per_adc,
            input_bits=int(rng.choice([1, 1, 2, 3])),
            input_signed=bool(rng.integers(2)),
            weight_bits=tuple(int(each) for each in bits),
            weight_signed=bool(rng.integers(2)),
            guard_bits=int(rng.choice([0, 0, 1])),
            overflow=pick(rng, [Overflow.WRAP, Overflow.SATURATE]),
            style=style,
            pipeline=int(rng.integers(0, 3)) if style is SelectStyle.MARKED else 0,
            reads_in_flight=int(rng.integers(2, 5)),
        )
