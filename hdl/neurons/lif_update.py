"""One update of an integrate-and-fire neuron, equal to :mod:`neuroloom.golden.neurons.lif_update`.

Both halves are combinational, and take and give named values, so that whoever uses them puts
registers in front, between and behind as needed.
"""

from collections.abc import Mapping

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value, signed, unsigned

from neuroloom.golden.neurons.decay import Leak, multipliers
from neuroloom.golden.neurons.lif_options import Fire, LifOptions, Reset, UpdateStep
from neuroloom.golden.ports import Field
from neuroloom.hdl import formats
from neuroloom.hdl.arith.carry_in import as_signed, sum_with_carry
from neuroloom.hdl.arith.selection import chosen

Values = Mapping[str, Value]


def signals(fields: tuple[Field, ...], prefix: str = "") -> dict[str, Signal]:
    """A signal for each field."""
    return {
        each.name: Signal(
            signed(each.bits) if each.signed else unsigned(each.bits), name=prefix + each.name
        )
        for each in fields
    }


def cut(word: Value, fields: tuple[Field, ...]) -> dict[str, Value]:
    """The fields that lie in a word, the first in its low bits."""
    values: dict[str, Value] = {}
    begin = 0
    for field in fields:
        bits = word[begin : begin + field.bits]
        values[field.name] = bits.as_signed() if field.signed else bits
        begin += field.bits
    return values


def integrate(m: Module, options: LifOptions, given: Values) -> dict[str, Signal]:
    """The first half: the fields of ``options.integrated``.

    ``given`` has those of ``options.state``, ``parameters`` and ``drive``, and ``noise`` where
    the threshold is stochastic.
    """
    return Integration(m, options, given).result


class Integration:
    """The first half, put together in ``result``."""

    def __init__(self, m: Module, options: LifOptions, given: Values) -> None:
        self.m = m
        self.options = options
        self.given = given
        self.passed = self._passed()
        self.result = signals(options.integrated, "integrated_")
        added = given["input"]
        if options.current_bits:
            added = self._current(added)
        elif options.by_ticks and not options.one_adder:
            added = Mux(self.passed, 0, added)
        if options.refractory:
            added = self._refractory(added)
        if options.owes:
            m.d.comb += self.result["fired"].eq(given["fired"])
            added = added - Mux(given["fired"] & self.passed, given["threshold"], 0)
        if options.step is UpdateStep.TIME_STAMPED:
            m.d.comb += self.result["stamp"].eq(given["now"])
        if options.fire is Fire.TICK:
            m.d.comb += self.result["checked"].eq(self.passed)
        self._threshold()
        self._membrane(added)

    def _passed(self) -> Value:
        """How many ticks go before the input."""
        match self.options.step:
            case UpdateStep.INPUT_OR_TICK:
                return self.given["tick"]
            case UpdateStep.CLOCKED:
                return C(1, 1)
            case UpdateStep.TIME_STAMPED:
                passed = Signal(self.options.time_bits, name="passed")
                self.m.d.comb += passed.eq(self.given["now"] - self.given["stamp"])
                return passed

    def _current(self, arriving: Value) -> Value:
        """What the membrane takes; the current goes on to ``result``."""
        options, current = self.options, self.given["current"]
        if options.by_ticks:
            arriving = Mux(self.passed, 0, arriving)
        decayed = self._decayed(current, options.current_shift)
        exact = Signal((decayed + arriving).shape(), name="exact_current")
        self.m.d.comb += exact.eq(decayed + arriving)
        after = formats.fit(self.m, exact, options.current_format)
        self.m.d.comb += self.result["current"].eq(after)
        return Mux(self.passed, current, 0) if options.by_ticks else after

    def _refractory(self, added: Value) -> Value:
        """What is added while the period may go on."""
        before, left = self.given["refractory"], self.result["refractory"]
        difference = Signal((before - self.passed).shape(), name="refractory_difference")
        self.m.d.comb += difference.eq(before - self.passed)
        self.m.d.comb += left.eq(Mux(difference < 0, 0, difference))
        return added if self.options.refractory_input else Mux(left.any(), 0, added)

    def _threshold(self) -> None:
        options = self.options
        reached: Value = C(0)
        if options.adaptation_bits:
            before, decayed = self.given["adaptation"], self.result["adaptation"]
            self.m.d.comb += decayed.eq(self._decayed(before, options.adaptation_shift))
            reached = decayed
        if options.reset is Reset.WRAP:
            return
        reached = self.given["threshold"] + reached
        if options.noise_bits:
            reached = reached + self.given["noise"]
        self.m.d.comb += self.result["reached"].eq(reached)

    def _membrane(self, added: Value) -> None:
        options, before = self.options, self.given["membrane"]
        zero: Value = C(0)
        if options.one_adder:
            passed = self.passed
            constant = options.leak is Leak.CONSTANT
            taken, carry = (
                self._amount(before, self.given["leak"])
                if constant
                else self._part(before, options.leak_bits)
            )
            exact: Value = sum_with_carry(self.m, before, Mux(passed, taken, added), passed & carry)
            if constant:
                zero = passed & self._crossed(before, exact)
        else:
            leaked = self._leaked(before)
            exact = Signal((leaked + added).shape(), name="exact")
            self.m.d.comb += exact.eq(leaked + added)
        if options.reset is Reset.WRAP:
            over = self.result["over"]
            self.m.d.comb += over.eq(~exact[-1] & exact[options.membrane_bits :].any())
            inside = Signal(signed(options.membrane_bits + 1), name="inside")
            self.m.d.comb += inside.eq(Cat(exact[: options.membrane_bits], exact[-1]))
            exact = inside
        fitted = formats.fit(self.m, exact, options.membrane_format)
        self.m.d.comb += self.result["membrane"].eq(Mux(zero, 0, fitted))

    def _part(self, value: Value, shift: int) -> tuple[Value, Value]:
        """What a leak by a shift adds, and the carry that completes the negative.

        The quotient is its floor and the bit that rounds: where that is one, there is no carry.
        """
        rounds = formats.rounds_up(value, shift, self.options.rounding)
        return ~as_signed(value >> shift), ~rounds

    def _amount(self, value: Value, amount: Value) -> tuple[Value, Value]:
        """What a constant leak adds, and the carry that completes the negative."""
        negative = value < 0
        return Mux(negative, as_signed(amount), ~as_signed(amount)), ~negative

    def _crossed(self, before: Value, after: Value) -> Value:
        """Whether a constant leak went past zero: the signs differ."""
        return after[-1] ^ (before < 0)

    def _leaked(self, value: Value) -> Value:
        """The membrane after the ticks that passed."""
        options = self.options
        match options.leak:
            case Leak.NONE:
                return value
            case Leak.SHIFT:
                return self._decayed(value, options.leak_bits)
            case Leak.CONSTANT:
                return self._nearer(value)
            case Leak.MULTIPLICATIVE:
                left = self._scaled(value, self.given["leak"], options.leak_bits)
                return Mux(self.passed, left, value) if options.by_ticks else left

    def _nearer(self, value: Value) -> Value:
        """A constant amount a tick nearer to zero."""
        amount = Signal.like(self.given["leak"] * self.passed, name="amount")
        self.m.d.comb += amount.eq(self.given["leak"] * self.passed)
        moved = sum_with_carry(self.m, value, *self._amount(value, amount))
        nearer = Signal.like(value, name="nearer")
        self.m.d.comb += nearer.eq(Mux(self._crossed(value, moved), 0, moved))
        return nearer

    def _decayed(self, value: Value, shift: int) -> Value:
        """Value after the ticks that passed: by the shift itself, or by the table of its powers."""
        options = self.options
        if options.step is UpdateStep.TIME_STAMPED:
            table = multipliers(shift, 1 << options.time_bits, options.multiplier_bits)
            factor = Signal(options.multiplier_bits + 1, name="factor")
            self.m.d.comb += factor.eq(
                chosen([C(each, len(factor)) for each in table], self.passed)
            )
            return self._scaled(value, factor, options.multiplier_bits)
        part, carry = self._part(value, shift)
        decayed = Signal.like(value, name="decayed")
        # without a tick -1 and the carry: nothing
        total = sum_with_carry(self.m, value, Mux(self.passed, part, -1), ~self.passed | carry)
        self.m.d.comb += decayed.eq(total)
        return decayed

    def _scaled(self, value: Value, factor: Value, bits: int) -> Value:
        product = Signal((value * factor).shape(), name="product")
        self.m.d.comb += product.eq(value * factor)
        scaled = Signal.like(value, name="scaled")
        rounded = formats.shift_right(self.m, product, bits, self.options.rounding)
        self.m.d.comb += scaled.eq(rounded)
        return scaled


def fire(m: Module, options: LifOptions, integrated: Values) -> dict[str, Signal]:
    """The second half: ``spike`` and the fields of ``options.state``."""
    state: dict[str, Value] = {field.name: integrated[field.name] for field in options.state}
    spike = Signal(name="spike")
    if options.reset is Reset.WRAP:
        m.d.comb += spike.eq(integrated["over"])
    else:
        _compare(m, options, integrated, state, spike)
    result = signals(options.state, "next_")
    m.d.comb += [result[name].eq(value) for name, value in state.items()]
    return {**result, "spike": spike}


def _compare(
    m: Module, options: LifOptions, integrated: Values, state: dict[str, Value], spike: Signal
) -> None:
    """Whether the threshold was reached; ``state`` becomes that after it."""
    membrane, reached = integrated["membrane"], integrated["reached"]
    after: Value = C(options.reset_value, membrane.shape())
    if options.reset is Reset.SUBTRACT:
        after = sum_with_carry(m, membrane, ~as_signed(reached), C(1, 1))
        fires = ~after[-1]
    else:
        fires = membrane >= reached
    if options.fire is Fire.TICK:
        fires = fires & integrated["checked"]
    if options.refractory:
        fires = fires & ~state["refractory"].any()
    m.d.comb += spike.eq(fires)
    if options.refractory:
        state["refractory"] = Mux(spike, options.refractory, state["refractory"])
    if options.adaptation_bits:
        jumped = Signal(options.adaptation_bits + 1, name="jumped")
        m.d.comb += jumped.eq(state["adaptation"] + options.adaptation_jump)
        raised = formats.fit(m, jumped, options.adaptation_format)
        state["adaptation"] = Mux(spike, raised, state["adaptation"])
    if options.owes:
        checked = integrated["checked"] if options.fire is Fire.TICK else C(1, 1)
        state["fired"] = Mux(checked, spike, state["fired"])
        return
    state["membrane"] = Mux(spike, after, membrane)
