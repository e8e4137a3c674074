"""Converters from the analog sums of columns to codes.

Inputs are in units of the array's weight level, of any shape; every model works element by
element. ``step`` levels make one code. What differs from part to part is drawn when a converter is
made, what differs from conversion to conversion when it converts, both from its seed.
"""

from typing import ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Parameter

from neuroloom.golden.devices.array import Analog
from neuroloom.golden.ports import Integers


class Flash(BaseModel):
    """A converter of comparators side by side: comparator k fires from ``(k + 1/2) · step`` on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    comparators: int = Parameter(default=7, ge=1, le=1023, description="codes 0 … comparators")
    step: float = Parameter(default=1.0, gt=0, description="weight levels a code")
    offset: float = Parameter(
        default=0.0, ge=0, description="standard deviation of a comparator's threshold [code]"
    )
    noise: float = Parameter(
        default=0.0, ge=0, description="standard deviation of a comparator's decision [code]"
    )


class FlashAdc:
    """Thermometer words, and the codes that counting their ones gives.

    Thresholds that are off their place, or noisy, make words with bubbles: a zero below a one.
    """

    def __init__(self, flash: Flash | None = None, seed: int = 0) -> None:
        self.flash = flash or Flash()
        self._rng = np.random.default_rng(seed)
        even = np.arange(self.flash.comparators) + 0.5
        offsets = self.flash.offset * self._rng.standard_normal(self.flash.comparators)
        self.thresholds: Analog = even + offsets
        """Thresholds of the comparators, the lowest first [code]."""

    def thermometer(self, analog: Analog) -> Integers:
        """Decisions of the comparators, the lowest first: bits (…, comparators)."""
        value = np.asarray(analog, np.float64)[..., np.newaxis] / self.flash.step
        shape = (*value.shape[:-1], self.flash.comparators)
        noise = self.flash.noise * self._rng.standard_normal(shape)
        return np.asarray(value + noise >= self.thresholds, np.int64)

    def convert(self, analog: Analog) -> Integers:
        """Codes 0 … comparators; beyond either end the nearest code."""
        return np.asarray(self.thermometer(analog).sum(axis=-1), np.int64)


class Sar(BaseModel):
    """A converter that finds its code bit by bit against a switched-capacitor converter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    MAX_BITS: ClassVar[int] = 16

    bits: int = Parameter(default=5, ge=1, le=MAX_BITS, description="codes 0 … 2**bits - 1")
    step: float = Parameter(default=1.0, gt=0, description="weight levels a code")
    gain: float = Parameter(default=1.0, gt=0, description="of the input, ideally 1")
    offset: float = Parameter(default=0.0, description="added to the input [code]")
    mismatch: float = Parameter(
        default=0.0, ge=0, le=1, description="standard deviation of a unit capacitor / its value"
    )
    noise: float = Parameter(
        default=0.0, ge=0, description="standard deviation of a comparison [code]"
    )


class SarAdc:
    """Binary search: a bit stays set where the input reaches the capacitors switched so far.

    The capacitor of bit k is 2**k units side by side, each off by ``mismatch``, so that its sum is
    off by ``sqrt(2**k) · mismatch``.
    """

    def __init__(self, sar: Sar | None = None, seed: int = 0) -> None:
        self.sar = sar or Sar()
        self._rng = np.random.default_rng(seed)
        units = 2.0 ** np.arange(self.sar.bits)
        draws = self._rng.standard_normal(self.sar.bits)
        self.capacitors: Analog = units + np.sqrt(units) * self.sar.mismatch * draws
        """Capacitor of each bit, the lowest first [unit]."""

    def convert(self, analog: Analog) -> Integers:
        """Codes 0 … 2**bits - 1; beyond either end the nearest code."""
        sar = self.sar
        value = np.asarray(analog, np.float64) / sar.step * sar.gain + sar.offset + 0.5
        reached = np.zeros(value.shape)
        code = np.zeros(value.shape, np.int64)
        for bit in reversed(range(sar.bits)):
            trial = reached + self.capacitors[bit]
            noise = sar.noise * self._rng.standard_normal(value.shape)
            set_bit = value + noise >= trial
            reached = np.where(set_bit, trial, reached)
            code |= set_bit.astype(np.int64) << bit
        return code
