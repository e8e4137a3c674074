"""Linear-feedback shift register, equal to :class:`neuroloom.golden.arith.lfsr.LfsrModel`."""

from typing import Any

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.arith.lfsr import TAPS


class Lfsr(wiring.Component):
    """A Galois register that gives ``bits`` fresh bits every time it is taken from.

    Parameters: ``degree`` of the polynomial, ``seed`` after reset (not zero), ``bits`` a word.

    Interface: ``word`` holds the next bits; ``take`` moves on to the ones after them.
    """

    def __init__(self, degree: int, seed: int, bits: int) -> None:
        self.degree = degree
        self.seed = seed
        super().__init__({"word": Out(bits), "take": In(1)})

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        state = Signal(self.degree, init=self.seed)
        m.d.comb += self.word.eq(state)

        bits = list(state)
        taps = TAPS[self.degree]
        for _ in range(len(self.word)):  # unrolled: all shifts of a word in one cycle
            leaving, kept = bits[0], [*bits[1:], None]
            bits = [
                _feedback(bit, leaving) if taps >> index & 1 else bit
                for index, bit in enumerate(kept)
            ]
        with m.If(self.take):
            m.d.sync += state.eq(Cat(bits))
        return m


def _feedback(bit: Any, leaving: Any) -> Any:
    return leaving if bit is None else bit ^ leaving
