"""What shift-and-add consists of."""

from typing import TYPE_CHECKING

from neuroloom.golden.cim.slices import Encoding, SliceOrder
from neuroloom.golden.inventory import (
    Inventory,
    adder,
    counter,
    index_bits,
    register,
    stream_output,
)

if TYPE_CHECKING:
    from neuroloom.golden.cim.shift_add import ShiftAddSpec


def shift_add_inventory(spec: "ShiftAddSpec") -> Inventory:
    """The adder with its register, and what counts and ends sums."""
    control = stream_output(0)
    if not spec.reconfigurable:
        control += counter(spec.tokens)
    else:
        control += register(1)
        if spec.order is SliceOrder.LSB_FIRST and spec.tokens > 1:
            align = Inventory(multiplexers=spec.sum_format.bits * index_bits(spec.tokens))
            control += counter(spec.tokens) + align
    return unit_inventory(spec) + control


def unit_inventory(spec: "ShiftAddSpec") -> Inventory:
    """The adder and its register."""
    bits, tokens = spec.sum_format.bits, spec.tokens
    tree, term_bits, carry = _term(spec)
    held = register(bits)
    if tokens == 1:
        return tree.then(_increment(min(bits, term_bits)) if carry else Inventory()) + held
    msb_first = spec.order is SliceOrder.MSB_FIRST
    low = _increment(spec.shift) if msb_first and carry else Inventory()
    high = bits - spec.shift * (1 if msb_first else tokens - 1)
    overlap = term_bits - spec.shift if msb_first else term_bits
    # msb first, a term that only the top slice makes negative meets no sum
    full = high if msb_first and spec.signed_terms else min(high, overlap)
    main = Inventory(full_adders=full, half_adders=high - full, adder_depth=high)
    gating = Inventory(gates=bits - spec.shift)
    return tree.then(low).then(main) + gating + held


def _term(spec: "ShiftAddSpec") -> tuple[Inventory, int, bool]:
    """What makes a token's term, its bits, and whether it is negated with a carry-in."""
    bits = spec.partial_bits
    negated = spec.encoding in (Encoding.TWOS_COMPLEMENT, Encoding.SIGN_MAGNITUDE)
    if spec.lanes == 1 and negated:
        return Inventory(xors=bits), bits + 1, True
    per_lane = Inventory()
    if negated:
        per_lane = Inventory(xors=bits).then(_increment(bits))
    term = per_lane * (1 if spec.encoding is Encoding.TWOS_COMPLEMENT else spec.lanes)
    if spec.encoding is Encoding.OFFSET_BINARY:
        term = adder(bits, spec.ones_bits, bits) + Inventory(gates=spec.ones_bits)
    width = bits + int(spec.encoding is not Encoding.UNSIGNED)
    for lane in range(1, spec.lanes):
        term = term.then(adder(max(1, width - spec.step), width, width))
        width += spec.step if lane else 0
    return term, width, False


def _increment(bits: int) -> Inventory:
    """The one of a negation: bit 0 needs no adder, its carry is a gate."""
    return Inventory(gates=1, half_adders=max(0, bits - 1), adder_depth=bits)
