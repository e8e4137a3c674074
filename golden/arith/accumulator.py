"""What the accumulator that starts afresh by itself consists of."""

from neuroloom.golden.formats import IntegerFormat, Overflow
from neuroloom.golden.inventory import Inventory, adder, register, saturation


def accumulator(addend_bits: int, fmt: IntegerFormat, addends: int) -> Inventory:
    """Sums of ``addends`` unsigned addends in ``fmt``; a single addend needs no sum."""
    clip = fmt.overflow is Overflow.SATURATE
    value_bits = max(addend_bits, fmt.bits) + 1
    if addends == 1:
        too_wide = clip and addend_bits > fmt.bits
        return saturation(addend_bits, fmt.bits, ends=1) if too_wide else Inventory()
    addition = adder(fmt.bits, addend_bits, value_bits if clip else fmt.bits)
    clipping = saturation(value_bits, fmt.bits, ends=1) if clip else Inventory()
    return addition.then(clipping) + register(fmt.bits)
