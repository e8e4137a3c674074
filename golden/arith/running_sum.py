"""What the accumulator that starts afresh by itself consists of."""

from neuroloom.golden.formats import IntegerFormat, Overflow
from neuroloom.golden.inventory import Inventory, adder, register, saturation


def running_sum(addend_bits: int, fmt: IntegerFormat, addends: int) -> Inventory:
    """Sums of ``addends`` addends, signed as ``fmt`` is; a single addend needs no sum."""
    clip = fmt.overflow is Overflow.SATURATE
    ends = 2 if fmt.signed else 1
    value_bits = max(addend_bits, fmt.bits) + 1
    if addends == 1:
        too_wide = clip and addend_bits > fmt.bits
        return saturation(addend_bits, fmt.bits, ends) if too_wide else Inventory()
    # a signed addend is extended by its sign
    operand_bits = max(addend_bits, fmt.bits) if fmt.signed else addend_bits
    addition = adder(fmt.bits, operand_bits, value_bits if clip else fmt.bits)
    clipping = saturation(value_bits, fmt.bits, ends) if clip else Inventory()
    return addition.then(clipping) + register(fmt.bits)
