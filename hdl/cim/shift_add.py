"""Shift-and-add: one adder, whose register is the result."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from neuroloom.golden.cim.shift_add import ShiftAddSpec
from neuroloom.golden.cim.slices import Encoding, SliceOrder
from neuroloom.hdl.component import Component
from neuroloom.hdl.parts import counter, following, handed_over, output_free


class ShiftAdd(Component[ShiftAddSpec]):
    """Adds a token's slices to the sum so far; the sum stands after its last token.

    The sum so far is the register of the result, so that the first token of a sum waits until
    the sum before it is taken.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        accept = handed_over(self.partials)
        first, last, position = self._place(m, accept)
        m.submodules.unit = unit = ShiftAddUnit(spec)
        payload = self.partials.payload
        m.d.comb += [unit.enable.eq(accept), unit.first.eq(first), unit.last.eq(last)]
        m.d.comb += unit.codes.eq(payload.codes)
        if spec.encoding is Encoding.SIGN_MAGNITUDE:
            m.d.comb += unit.negative.eq(payload.negative)
        if spec.counted:
            m.d.comb += unit.ones.eq(payload.ones)

        m.d.comb += self.sums.payload.value.eq(self._aligned(m, unit.running, position))
        m.d.comb += self.partials.ready.eq(output_free(self.sums))
        with m.If(self.partials.ready):
            m.d.sync += self.sums.valid.eq(self.partials.valid & (spec.reconfigurable | last))
        return m

    def _place(self, m: Module, accept: Value) -> tuple[Value, Value, Value]:
        """Whether the token is its sum's first, and its last; the place of the one before it."""
        spec = self.spec
        position = Signal(range(spec.tokens))
        if not spec.reconfigurable:
            last = position == spec.tokens - 1
            counter(m, position, accept, last)
            return position == 0, last, position
        complete = Signal(init=1)
        m.d.comb += self.sums.payload.complete.eq(complete)
        with m.If(accept):
            m.d.sync += complete.eq(self.partials.payload.last)
            m.d.sync += position.eq(following(position, complete))
        return complete, self.partials.payload.last, position

    def _aligned(self, m: Module, running: Signal, position: Value) -> Value:
        """The sum of all slices so far; lsb first, slices that did not come leave room below."""
        spec = self.spec
        if spec.order is SliceOrder.MSB_FIRST or not spec.reconfigurable:
            return running
        # before its last slice a sum may use the bit of the sign
        negative = running[-1] & (spec.signed_terms | self.sums.payload.complete)
        extended = Signal(signed(len(running) + 1))
        m.d.comb += extended.eq(Cat(running, negative if spec.sum_format.signed else 0))
        aligned = Signal(len(running))
        with m.Switch(position):
            for place in range(spec.tokens):
                with m.Case(place):
                    m.d.comb += aligned.eq(extended >> (spec.shift * (spec.tokens - 1 - place)))
        return aligned


class ShiftAddUnit(wiring.Component):
    """The adder and its register alone, for any number of units under one control.

    Interface: in a cycle with ``enable`` the slices ``codes`` join the sum so far, shifted; with
    ``first`` they begin a new one. ``last`` marks the last of a sum. ``running`` is the register.
    ``negative`` and ``ones`` go with the encodings that need them. A negative slice is inverted
    and counted with the carry-in.
    """

    def __init__(self, spec: ShiftAddSpec) -> None:
        self.spec = spec
        super().__init__(
            {
                "enable": In(1),
                "first": In(1),
                "last": In(1),
                "running": Out(spec.sum_format.bits),
                "codes": In(spec.lanes * spec.partial_bits),
                "negative": In(spec.lanes),
                "ones": In(spec.ones_bits),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec, running = self.spec, self.running
        bits = len(running)
        term, carry = self._term(m, self.first if spec.order is SliceOrder.MSB_FIRST else self.last)
        total = Signal(bits)
        if spec.tokens == 1:
            m.d.comb += total.eq(_added(m, C(0, bits), term, carry, bits))
        elif spec.order is SliceOrder.MSB_FIRST:
            m.d.comb += total.eq(self._shifted_up(m, self.first, running, term, carry))
        else:
            m.d.comb += total.eq(self._shifted_down(m, self.first, running, term, carry))
        with m.If(self.enable):
            m.d.sync += running.eq(total)
        return m

    def _term(self, m: Module, top: Value) -> tuple[Value, Value]:
        """What the token adds, in units of its lane 0, and a carry to add with it."""
        spec = self.spec
        slices: list[Value] = [
            self.codes.word_select(lane, spec.partial_bits) for lane in range(spec.lanes)
        ]
        if spec.partial_signed:
            slices = [each.as_signed() for each in slices]
        negative: dict[int, Value] = {}
        match spec.encoding:
            case Encoding.TWOS_COMPLEMENT:
                negative = {spec.lanes - 1: top}
            case Encoding.SIGN_MAGNITUDE:
                negative = {lane: self.negative[lane] for lane in range(spec.lanes)}
            case Encoding.OFFSET_BINARY:
                ones: Value = self.ones if spec.counted else C(spec.fixed_ones or 0)
                slices[-1] = _named(m, slices[-1] - (Mux(top, ones, 0) << (spec.step - 1)))
        if spec.lanes == 1 and negative:
            return _inverted(m, slices[0], negative[0]), negative[0]
        for lane, sign in negative.items():
            slices[lane] = _named(m, _inverted(m, slices[lane], sign) + sign)
        return _combined(m, slices, spec.step), C(0)

    def _shifted_up(
        self, m: Module, first: Value, running: Signal, term: Value, carry: Value
    ) -> Value:
        shift = self.spec.shift
        kept = Signal(self.spec.sum_format.bits - shift)
        m.d.comb += kept.eq(Mux(first, 0, running))
        # the low bits meet no sum: only the carry goes through them
        below = Signal(shift + 1)
        m.d.comb += below.eq(term[:shift] + carry)
        above = _added(m, kept, term >> shift, below[shift], len(kept))
        return Cat(below[:shift], above)

    def _shifted_down(
        self, m: Module, first: Value, running: Signal, term: Value, carry: Value
    ) -> Value:
        spec = self.spec
        kept = Signal(signed(len(running)) if spec.signed_terms else unsigned(len(running)))
        m.d.comb += kept.eq(Mux(first, 0, running))
        shifted = Signal(len(running))
        m.d.comb += shifted.eq(kept >> spec.shift)
        passed = spec.shift * (spec.tokens - 1)
        above = _added(m, shifted[passed:], term, carry, len(running) - passed)
        return Cat(shifted[:passed], above)


def _named(m: Module, value: Value) -> Signal:
    signal = Signal(value.shape(), name="slice")
    m.d.comb += signal.eq(value)
    return signal


def _inverted(m: Module, value: Value, sign: Value) -> Signal:
    """``value`` or its complement, which is one less than its negative."""
    inverted = Signal(signed(len(value) + 1))
    m.d.comb += inverted.eq(value ^ sign.as_signed())
    return inverted


def _added(m: Module, left: Value, right: Value, carry: Value, bits: int) -> Value:
    """``left + right + carry`` modulo ``2**bits``, the carry as carry-in of one adder."""
    operand = Signal(bits)
    m.d.comb += operand.eq(right)
    total = Signal(bits + 1)
    m.d.comb += total.eq(Cat(C(1, 1), left) + Cat(carry[0], operand))
    return total[1:]


def _combined(m: Module, slices: list[Value], step: int) -> Value:
    """``sum of slices[k] · 2**(step·k)``, exact, by pairs."""
    while len(slices) > 1:
        pairs: list[Value] = []
        for low, high in zip(slices[::2], slices[1::2], strict=False):
            pairs.append(_joined(m, low, high, step))
        slices = pairs + slices[len(pairs) * 2 :]
        step *= 2
    return slices[0]


def _joined(m: Module, low: Value, high: Value, shift: int) -> Value:
    """``low + high · 2**shift``: the low bits pass beside the adder."""
    exact = (low >> shift) + high
    above = _named(m, exact)
    joined = Cat(low[:shift], above)
    return _named(m, joined.as_signed() if above.shape().signed else joined)
