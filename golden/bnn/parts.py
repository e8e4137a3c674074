"""What the parts of a binarized layer consist of."""

from neuroloom.golden.inventory import Inventory, comparator, index_bits, memory, register

RING_BITS = 128
"""Vectors up to this size circulate in flip-flops; longer ones are kept in a memory."""


def fold_buffer(bits: int, folds: int, passes: int) -> Inventory:
    """Keeps the ``folds`` tokens of a vector for ``passes`` passes."""
    if passes == 1:
        return register(bits)
    if bits * folds <= RING_BITS:
        return register(bits * folds) + Inventory(multiplexers=bits)
    return memory(bits, folds) + register(bits + 1) + Inventory(multiplexers=bits, gates=1)


def running_argmax(lanes: int, groups: int, bits: int, positions: int) -> Inventory:
    """A tournament over the lanes, its winner against the best of the groups before.

    The index is as wide as ``positions`` scores need, which the last group may not fill.
    """
    duel = comparator(bits) + Inventory(multiplexers=bits)
    tournament = Inventory()
    entries = [0] * lanes  # bits of the lane number that each entry can differ in
    while len(entries) > 1:
        pairs = list(zip(entries[::2], entries[1::2], strict=False))
        beaten = Inventory()
        for pair in pairs:
            beaten += duel + Inventory(multiplexers=max(pair))
        tournament = tournament.then(beaten)
        entries = [1 + max(pair) for pair in pairs] + entries[2 * len(pairs) :]
    held = register(lanes * bits + 1 + index_bits(groups))
    if groups == 1:
        return held + tournament
    index = index_bits(positions)
    kept = register(bits + index) + Inventory(multiplexers=index)
    return held + kept + tournament.then(duel)
