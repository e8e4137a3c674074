"""Stochastic encoder: numbers become bit streams whose density of ones they are."""

from typing import ClassVar, Self

import numpy as np
from pydantic import Field as Parameter
from pydantic import model_validator

from neuroloom.golden.arith.lfsr import TAPS, LfsrModel
from neuroloom.golden.checks import check_divides
from neuroloom.golden.contract import Contract
from neuroloom.golden.inventory import Inventory, comparator, counter, register, stream_output
from neuroloom.golden.ports import Field, Stream, Traffic
from neuroloom.golden.spec import Model, Spec

DEGREE = 32
"""Bits of the shift registers: each runs through 2**32 - 1 states."""


class StochasticEncoderSpec(Spec):
    """Parameters of ``stochastic_encoder``."""

    macro: ClassVar[str] = "stochastic_encoder"
    summary: ClassVar[str] = "numbers to stochastic bit streams, for binary first layers"
    """numbers to stochastic bit streams, for first layers that stay binary"""
    source: ClassVar[str] = (
        "first layer fed by stochastic bit streams, Querlioz et al. 2019; stochastic computing, "
        "Gaines 1969"
    )

    value_bits: int = Parameter(default=8, ge=1, le=16, description="width of a number [bit]")
    length: int = Parameter(default=64, ge=1, le=1024, description="bits of a stream [bit]")
    lanes: int = Parameter(default=8, ge=1, le=64, description="bits of a stream at once [bit]")
    seed: int = Parameter(
        default=1, ge=1, le=(1 << 31) - 1, description="what the random numbers start from"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_divides("lanes", self.lanes, self.length, "bits of a stream")
        return self

    @property
    def folds(self) -> int:
        """Tokens of a stream."""
        return self.length // self.lanes

    @property
    def lane_seeds(self) -> tuple[int, ...]:
        """Seed of each lane's shift register: apart from each other, never zero."""
        # both steps are one-to-one and leave only zero at zero, which no lane begins with
        begins = (self.seed + (lane << 20) for lane in range(self.lanes))
        spread = (begin * 0x9E37_79B1 % (1 << 32) for begin in begins)
        return tuple((mixed ^ mixed >> 15) * 0x85EB_CA6B % (1 << 32) for mixed in spread)

    @property
    def streams(self) -> tuple[Stream, ...]:
        value = Field("value", self.value_bits, "the number x")
        bits = Field("bits", 1, "1 with a chance of x / 2**value_bits each", lanes=self.lanes)
        return (
            Stream("values", "in", (value,), "one a stream"),
            Stream("encoded", "out", (bits,), "length/lanes tokens for each number"),
        )

    @property
    def contract(self) -> Contract:
        # a number is taken with the last of its tokens
        return Contract(
            "number",
            {"values": 1},
            {"encoded": self.folds},
            latency=1,
            interval=self.folds,
            room={"values": int(self.folds == 1)},
        )

    @property
    def inventory(self) -> Inventory:
        feedback = Inventory(xors=self.value_bits * (TAPS[DEGREE].bit_count() - 1))
        lane = register(DEGREE) + feedback + comparator(self.value_bits)
        return self.lanes * lane + counter(self.folds) + stream_output(self.lanes)

    def model(self) -> "StochasticEncoderModel":
        return StochasticEncoderModel(self)


class StochasticEncoderModel(Model[StochasticEncoderSpec]):
    """``bit = random < x``, a random number of ``value_bits`` for every bit, each lane's from a
    shift register of its own.
    """

    def __init__(self, spec: StochasticEncoderSpec) -> None:
        super().__init__(spec)
        self._random = [LfsrModel(DEGREE, seed) for seed in spec.lane_seeds]

    def reset(self) -> None:
        for register_ in self._random:
            register_.reset()

    def run(self, traffic: Traffic) -> Traffic:
        spec = self.spec
        values = np.repeat(np.asarray(traffic["values"]["value"]), spec.folds)
        numbers = [generator.words(len(values), spec.value_bits) for generator in self._random]
        ones = np.stack(numbers, axis=1) < values[:, np.newaxis]
        return {"encoded": {"bits": ones.astype(np.int64)}}
