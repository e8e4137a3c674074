"""Stimulus for ``cim_macro``: the loop is closed through models of array and converters."""

from collections.abc import Callable

import numpy as np

from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.cim.closed_loop import ClosedLoop
from neuroloom.golden.cim.converters import Bubbles, Converter
from neuroloom.golden.cim.zero_skip import SelectStyle
from neuroloom.golden.devices.adc import Flash, FlashAdc
from neuroloom.golden.devices.rram import RramArray, RramCell
from neuroloom.golden.formats import Overflow
from neuroloom.golden.ports import Integers, Tokens, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick, random_tokens

NOISY = RramCell(deviation=0.2, read_noise=0.05, ir_drop=0.02)


class CimMacroStimulus(Stimulus[CimMacroSpec]):
    """Codes of a noisy array with noisy converters, whose thermometer words have bubbles; for some
    vectors any codes, or all of them the greatest, so that words leave their range.
    """

    operations = 25

    def corners(self) -> Traffic:
        """Vectors at every precision: all inputs high, with the greatest codes and with codes that
        are read; no input; one at either end, with any codes and with none.
        """
        spec = self.spec
        row = np.arange(spec.rows)
        every, none = row >= 0, row < 0
        patterns = np.array([every, every, none, row == 0, row == spec.rows - 1], np.int64)
        number = len(spec.weight_bits)
        planes = np.repeat(np.tile(patterns, (number, 1))[:, np.newaxis], spec.input_bits, axis=1)
        vectors = self._vectors(planes, np.repeat(np.arange(number), len(patterns)))
        kinds = np.tile([2, 0, 0, 1, 3], number)
        return self._answered(vectors, kinds, np.random.default_rng(0))

    def random(self, rng: Rng, operations: int) -> Traffic:
        spec = self.spec
        density = rng.choice([0.0, 0.1, 0.5, 0.9, 1.0], (operations, spec.input_bits, 1))
        planes = rng.random((operations, spec.input_bits, spec.rows)) < density
        precision = rng.integers(0, len(spec.weight_bits), operations)
        vectors = self._vectors(planes.astype(np.int64), precision)
        return self._answered(vectors, rng.choice(4, operations, p=[0.7, 0.15, 0.1, 0.05]), rng)

    def _vectors(self, planes: Integers, precision: Integers) -> Tokens:
        """Vectors of bit planes (vectors, planes, rows), the lowest plane first."""
        spec = self.spec
        weights = 1 << np.arange(spec.input_bits)
        if spec.input_signed:
            weights[-1] *= -1
        values = {"values": np.einsum("vpr,p->vr", planes, weights)}
        return {**values, "precision": precision} if spec.precision_bits else values

    def _answered(self, vectors: Tokens, kinds: Integers, rng: Rng) -> Traffic:
        """Vectors with codes, those of each vector of a kind: read, anything, greatest, none."""
        spec = self.spec
        cells = (rng.random((spec.rows, spec.columns)) < rng.choice([0.2, 0.5, 0.9])).astype(int)
        seed = int(rng.integers(1 << 32))
        converters = [
            FlashAdc(Flash(comparators=spec.levels, offset=0.3, noise=0.3), seed + adc)
            for adc in range(spec.adcs)
        ]
        loop = ClosedLoop(spec, RramArray(cells, NOISY, seed=seed), converters)
        traffic = loop.traffic(vectors)
        kind = np.repeat(kinds, spec.consumption(traffic)["codes"])[:, np.newaxis]
        ((name, codes),) = traffic["codes"].items()
        (field,) = spec.input_streams[1].fields
        anything = random_tokens(spec.input_streams[1], rng, len(codes))[name]
        greatest = np.full_like(codes, field.maximum)
        codes = np.choose(kind, [codes, anything, greatest, np.zeros_like(codes)])
        return {"vector": vectors, "codes": {name: codes}}

    def coverage(self) -> list[Cover]:
        spec = self.spec
        steps = max(spec.column_map.steps)
        points = [
            Cover("a plane without ones", lambda sent, _: (self._ones(sent) == 0).any()),
            Cover("every row raised", lambda _, got: got["reads"]["rows"].any(axis=0).all()),
            Cover("every column", lambda _, got: len(set(got["reads"]["column"])) == steps),
            Cover("every code high", lambda sent, _: self._high(sent).all(axis=1).any()),
            Cover("every code low", lambda sent, _: (~self._high(sent)).all(axis=1).any()),
        ]
        for precision, bits in enumerate(spec.weight_bits if spec.precision_bits else ()):
            points.append(Cover(f"weights of {bits} bits", self._chose(precision)))
        if spec.several_groups:
            points.append(
                Cover("several groups", lambda sent, _: (self._ones(sent) > spec.group).any())
            )
        return points

    def _chose(self, precision: int) -> Callable[[Traffic, Traffic], bool]:
        return lambda sent, _: bool((sent["vector"]["precision"] == precision).any())

    def _ones(self, sent: Traffic) -> Integers:
        return np.asarray(self.spec.row_controller.planes(sent).sum(axis=2))

    def _high(self, sent: Traffic) -> Integers:
        (codes,) = sent["codes"].values()
        return np.asarray(codes > 0)

    @classmethod
    def random_spec(cls, rng: Rng) -> CimMacroSpec:
        widths = np.arange(1, int(rng.integers(1, 5)) + 1)
        bits = np.sort(rng.choice(widths, int(rng.integers(1, min(3, len(widths)) + 1)), False))
        rows = int(rng.integers(1, 10))
        converter = pick(rng, [Converter.FLASH, Converter.FLASH, Converter.BINARY])
        style = pick(rng, SelectStyle)
        return CimMacroSpec(
            rows=rows,
            columns=int(rng.integers(bits[-1], 12)),
            group=int(rng.integers(-(-rows // 4), 9)),
            converter=converter,
            adc_bits=int(rng.integers(1, 4)),
            bubbles=pick(rng, Bubbles) if converter is Converter.FLASH else Bubbles.NONE,
            columns_per_adc=int(bits[-1] + rng.integers(0, 3)),
            input_bits=int(rng.choice([1, 1, 2, 3])),
            input_signed=bool(rng.integers(2)),
            weight_bits=tuple(int(bit) for bit in bits),
            weight_signed=bool(rng.integers(2)),
            guard_bits=int(rng.choice([0, 0, 1])),
            overflow=pick(rng, [Overflow.WRAP, Overflow.SATURATE]),
            style=style,
            pipeline=int(rng.integers(0, 3)) if style is SelectStyle.MARKED else 0,
            reads_in_flight=int(rng.integers(2, 5)),
        )
