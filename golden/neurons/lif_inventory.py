"""What the unit that updates an integrate-and-fire neuron consists of."""

from neuroloom.golden.arith.lfsr import TAPS
from neuroloom.golden.formats import Overflow
from neuroloom.golden.inventory import (
    Inventory,
    adder,
    comparator,
    equality,
    multiplier,
    register,
    saturation,
)
from neuroloom.golden.neurons.decay import Leak
from neuroloom.golden.neurons.lif_options import (
    LFSR_DEGREE,
    Fire,
    LifOptions,
    Noise,
    Reset,
    UpdateStep,
)


def integration(options: LifOptions) -> Inventory:
    """The first half: leak, current, sum and threshold."""
    bits = options.membrane_bits
    total = _signed_adder(bits + 1 if options.membrane_signed else bits + 2)
    clip = Inventory()
    if options.overflow is Overflow.SATURATE:
        clip = saturation(bits + 1, bits, 1 if options.reset is Reset.WRAP else 2)
    path = _leak(options).then(total).then(clip)
    beside = Inventory()
    if options.current_bits:
        narrow = options.current_bits
        current = _decay(options, narrow, signed=True).then(_signed_adder(narrow + 1))
        if options.overflow is Overflow.SATURATE:
            current = current.then(saturation(narrow + 1, narrow, 2))
        if options.step is UpdateStep.CLOCKED:
            path = current.then(path)
        else:
            beside += current + Inventory(gates=narrow)
    if options.adaptation_bits:
        beside += _decay(options, options.adaptation_bits, signed=False).then(
            adder(options.threshold_bits, options.adaptation_bits, options.reached_bits)
        )
    if options.owes:
        path = Inventory(gates=options.threshold_bits).then(_signed_adder(bits + 1)).then(path)
    if options.noise_bits:
        beside += adder(options.reached_bits, options.noise_bits, options.reached_bits)
    if options.refractory:
        beside += _refractory(options)
    return path + beside


def firing(options: LifOptions) -> Inventory:
    """The second half: comparison and reset."""
    if options.reset is Reset.WRAP:
        return Inventory()
    bits, reached = options.membrane_bits, options.reached_bits
    width = max(bits, reached)
    if options.reset is Reset.SUBTRACT:
        decision = Inventory(full_adders=width, adder_depth=width)
    else:
        decision = comparator(width)
    after = Inventory(multiplexers=0 if options.owes else bits)
    after += Inventory(gates=int(options.fire is Fire.TICK), multiplexers=int(options.owes))
    if options.refractory:
        period = options.refractory.bit_length()
        after += Inventory(multiplexers=period) + equality(period)
    if options.adaptation_bits:
        theta = options.adaptation_bits
        jump = Inventory(half_adders=theta, adder_depth=theta).then(saturation(theta + 1, theta, 1))
        after += jump + Inventory(multiplexers=theta)
    return decision.then(after)


def noise_source(options: LifOptions) -> Inventory:
    """The LFSR, shifted ``noise_bits`` times at once."""
    if options.noise is not Noise.LFSR:
        return Inventory()
    feedback = options.noise_bits * (TAPS[LFSR_DEGREE].bit_count() - 1)
    return register(LFSR_DEGREE) + Inventory(xors=feedback)


def _signed_adder(bits: int) -> Inventory:
    return Inventory(full_adders=bits - 1, half_adders=1, adder_depth=bits)


def _leak(options: LifOptions) -> Inventory:
    """What goes before the sum; one adder serves inputs and leaks where they are apart."""
    bits = options.membrane_bits
    if options.one_adder:
        constant = options.leak is Leak.CONSTANT
        sign = Inventory(xors=options.leak_bits if constant and options.membrane_signed else 0)
        return sign + Inventory(multiplexers=bits, gates=bits if constant else 0)
    gating = Inventory(gates=options.addend_bits if options.by_ticks else 0)
    return gating + _own_leak(options)


def _own_leak(options: LifOptions) -> Inventory:
    bits = options.membrane_bits
    match options.leak:
        case Leak.NONE:
            return Inventory()
        case Leak.SHIFT:
            return _decay(options, bits, options.membrane_signed)
        case Leak.CONSTANT:
            amount = options.leak_bits
            if options.step is UpdateStep.TIME_STAMPED:
                amount += options.time_bits
                product = multiplier(options.leak_bits, options.time_bits)
                return product.then(_signed_adder(max(bits, amount) + 1)) + Inventory(gates=bits)
            sign = Inventory(xors=amount if options.membrane_signed else 0)
            return sign.then(_signed_adder(max(bits, amount) + 1)) + Inventory(gates=bits)
        case Leak.MULTIPLICATIVE:
            product = multiplier(bits, options.leak_bits)
            return product + Inventory(multiplexers=bits if options.by_ticks else 0)


def _decay(options: LifOptions, bits: int, signed: bool) -> Inventory:
    """Decay by a shift: a subtraction, of which the sum takes the part that it shares; by the table
    of several ticks a product.
    """
    if options.step is UpdateStep.TIME_STAMPED:
        factor = options.multiplier_bits + 1
        rows = 1 << options.time_bits
        clock = _signed_adder(options.time_bits)
        return clock + Inventory(gates=factor * rows // 2) + multiplier(bits, factor)
    gates = Inventory(gates=bits if options.by_ticks else 0)
    return gates.then(Inventory(full_adders=bits, adder_depth=bits + signed))


def _refractory(options: LifOptions) -> Inventory:
    bits = options.refractory.bit_length()
    lowered = Inventory(half_adders=bits, gates=2 * bits, adder_depth=bits)
    ignored = 0 if options.refractory_input else options.addend_bits
    return lowered + equality(bits) + Inventory(gates=ignored)
