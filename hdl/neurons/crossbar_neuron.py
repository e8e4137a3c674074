"""What a crossbar core computes for a synapse and for a neuron: combinational parts."""

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value, signed

from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from neuroloom.hdl.parts import register


def by_chance(m: Module, weight: Value, random: Value, level: Value) -> Signal:
    """``weight``, or if ``random`` a step of its sign where it reaches ``level``, or nothing."""
    negative = weight[-1]
    magnitude = Signal(len(weight))
    acts = Signal()
    m.d.comb += magnitude.eq(Mux(negative, -weight, weight))
    m.d.comb += acts.eq((magnitude >= level) & weight.any())
    effective = Signal(signed(len(weight)))
    m.d.comb += effective.eq(Mux(random, Cat(acts, negative & acts).as_signed(), weight))
    return effective


def leaked(m: Module, base: Value, addend: Value, reversal: Value) -> Signal:
    """``base + addend``, and with ``reversal`` ``base + sign(base) * addend``."""
    subtract = Signal()
    operand = Signal.like(base)
    m.d.comb += subtract.eq(reversal & base[-1])
    with m.If(~reversal | base.any()):
        m.d.comb += operand.eq(addend)
    return added(m, base, operand, subtract)


def added(m: Module, left: Value, right: Value, subtract: Value) -> Signal:
    """``left + right`` or ``left - right`` in the width of ``left``, by one adder."""
    bits = len(left)
    total = Signal(bits + 1)
    m.d.comb += total.eq(Cat(C(1, 1), left) + Cat(subtract, right ^ subtract.replicate(bits)))
    result = Signal(signed(bits))
    m.d.comb += result.eq(total[1:])
    return result


def crossed(
    m: Module,
    spec: CrossbarCoreSpec,
    membrane: Value,
    thresholds: dict[str, Value],
    resets: dict[str, Value],
    noise: Value,
    enable: Value,
) -> tuple[Value, Value]:
    """Whether the neuron fires, and its membrane afterwards, behind registers with ``enable``.

    A membrane that is not negative can only reach the positive threshold and a negative one only
    pass the negative: one adder compares with either, and its result is the one of mode subtract.
    """
    bits = spec.membrane_bits
    negative = membrane[-1]
    floored = Signal()
    limit = Signal(spec.distance_bits)
    m.d.comb += floored.eq(negative & resets["floor"])
    bound = Mux(negative, thresholds["negative"], thresholds["positive"])
    if spec.noise_bits:
        masked = Signal(spec.noise_bits)
        m.d.comb += masked.eq(Mux(floored, 0, noise & thresholds["noise"]))
        m.d.comb += limit.eq(bound + masked)
    else:
        m.d.comb += limit.eq(bound)
    wide = Signal(signed(spec.distance_bits))
    m.d.comb += wide.eq(membrane)
    over = added(m, wide, limit, ~negative)
    origin = Signal(signed(bits))
    m.d.comb += origin.eq(Mux(floored, thresholds["negative"], resets["value"]))

    turned = (origin ^ negative.replicate(bits)) + negative
    before = register(m, membrane, enable, "before", signed(bits))
    distance = register(m, over, enable, "distance")
    value = register(m, turned, enable, "value", signed(bits))
    to_value = register(m, floored | (resets["mode"] == 0), enable, "to_value")
    to_distance = register(m, resets["mode"] == 1, enable, "to_distance")
    crosses = Signal()
    after = Signal(signed(bits))
    m.d.comb += crosses.eq(distance[-1] == before[-1])
    m.d.comb += after.eq(before)
    with m.If(crosses):
        with m.If(to_value):
            m.d.comb += after.eq(value)
        with m.Elif(to_distance):
            m.d.comb += after.eq(distance)
    return crosses & ~before[-1], after
