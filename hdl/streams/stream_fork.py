"""A stream for several takers."""

from typing import Any

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class StreamFork(wiring.Component):
    """Each of the outputs hands a token over when its taker is ready; the input's token leaves
    with the last of them, so that none waits for another one but for the token behind.
    """

    def __init__(self, bits: int, takers: int) -> None:
        self.takers = takers
        outputs = {f"output_{number}": Out(stream.Signature(bits)) for number in range(takers)}
        super().__init__({"input": In(stream.Signature(bits)), **outputs})

    def output(self, number: int) -> Any:
        return getattr(self, f"output_{number}")

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        outputs = [self.output(number) for number in range(self.takers)]
        taken = Signal(self.takers)
        done = Signal(self.takers)
        m.d.comb += [
            done.eq(taken | Cat(each.ready for each in outputs)),
            self.input.ready.eq(done.all()),
        ]
        with m.If(self.input.valid):
            m.d.sync += taken.eq(0)
            with m.If(~self.input.ready):
                m.d.sync += taken.eq(done)
        for number, each in enumerate(outputs):
            m.d.comb += each.valid.eq(self.input.valid & ~taken[number])
            m.d.comb += each.payload.eq(self.input.payload)
        return m
