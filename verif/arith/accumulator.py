"""Stimulus for ``accumulator``."""

import numpy as np

from neuroloom.golden.arith.accumulator import AccumulatorSpec, AccumulatorStyle
from neuroloom.golden.formats import Overflow
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, pick


class AccumulatorStimulus(Stimulus[AccumulatorSpec]):
    """Sums at both ends of the range, with both signs, and, where a flag ends them, of all lengths
    from one value on.
    """

    def corners(self) -> Traffic:
        spec = self.spec
        field = spec.input_streams[0].fields[0]
        low, high, length = field.minimum, field.maximum, spec.length
        zeros = np.zeros(length, np.int64)
        rising, falling = zeros + high, zeros + low
        half = np.where(np.arange(length) < (length + 1) // 2, high, low)
        impulse = zeros.copy()
        impulse[-1] = high
        rows = [zeros, rising, falling, half, half[::-1], impulse, rising, zeros, falling]
        if spec.last_flag:
            lengths = np.unique(np.linspace(1, length, 6).astype(int))
            rows += [rising[:short] for short in lengths] + [falling[:short] for short in lengths]
        return self._tokens(rows)

    def random(self, rng: Rng, operations: int) -> Traffic:
        field = self.spec.input_streams[0].fields[0]
        shape = (operations, self.spec.length)
        wide = rng.integers(field.minimum, field.maximum, shape, np.int64, endpoint=True)
        # a random number of leading bits removed: sums inside the range are reached too
        return self._tokens(list(wide >> rng.integers(0, field.bits, (operations, 1))))

    def _tokens(self, rows: list[Integers]) -> Traffic:
        values = {"data": np.concatenate(rows)}
        if self.spec.last_flag:
            ends = np.cumsum([len(row) for row in rows]) - 1
            values["last"] = np.isin(np.arange(len(values["data"])), ends).astype(np.int64)
        return {"values": values}

    def coverage(self) -> list[Cover]:
        spec = self.spec
        fmt, field = spec.sum_format, spec.input_streams[0].fields[0]
        points = [
            Cover("least value", lambda sent, _: (sent["values"]["data"] == field.minimum).any()),
            Cover(
                "greatest value", lambda sent, _: (sent["values"]["data"] == field.maximum).any()
            ),
            Cover("a sum of zero", lambda _, got: (got["total"]["sum"] == 0).any()),
        ]
        if fmt.overflow is Overflow.SATURATE and fmt.bits < spec.exact_bits:
            points += [
                Cover("clipped above", lambda _, got: (got["total"]["sum"] == fmt.maximum).any()),
                Cover("clipped below", lambda _, got: (got["total"]["sum"] == fmt.minimum).any()),
            ]
        if spec.last_flag:
            points.append(Cover("a sum of one value", _has_single))
        return points

    @classmethod
    def random_spec(cls, rng: Rng) -> AccumulatorSpec:
        signed, style = bool(rng.integers(2)), pick(rng, AccumulatorStyle)
        binary = style is AccumulatorStyle.BINARY
        fields = {
            "input_bits": int(rng.integers(1, 13)),
            "signed": signed,
            "length": int(rng.integers(1 if binary else 2, 10)),
            "last_flag": bool(rng.integers(2)),
            "style": style,
            "segment": int(rng.integers(1, 9)),
        }
        exact = AccumulatorSpec.model_validate(fields).exact_bits
        if rng.integers(2):
            rules = [Overflow.WRAP, *([Overflow.SATURATE] if binary and exact > 1 else [])]
            rule = pick(rng, rules)
            # where sums always fit, nothing is seen of saturation
            most = exact - 1 if rule is Overflow.SATURATE else exact + 2
            fields["accumulator_bits"] = int(rng.integers(1, most, endpoint=True))
            fields["overflow"] = rule
        return AccumulatorSpec.model_validate(fields)


def _has_single(sent: Traffic, _: Traffic) -> bool:
    last = sent["values"]["last"].astype(bool)
    return bool((last[1:] & last[:-1]).any())
