"""The policies of an arbiter in hardware; each gives one-hot grants, combinational.

``advance`` says that the grant counts: the state goes on to what follows it.
"""

from collections.abc import Sequence
from itertools import accumulate

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value

from neuroloom.golden.streams.arbitration_tree import Tree
from neuroloom.hdl.arith.one_hot import lowest_preferred


def round_robin(m: Module, requests: Value, advance: Value) -> tuple[Value, Value]:
    """The grant, and the mask of those behind the last one, who go first."""
    size = len(requests)
    behind = Signal(size - 1)
    preferred = Signal(size)
    m.d.comb += preferred.eq(requests & Cat(C(0, 1), behind))
    grant, above = lowest_preferred(m, requests, preferred)
    with m.If(advance):
        m.d.sync += behind.eq(above[1:])
    return grant, behind


def least_recently_granted(m: Module, requests: Value, advance: Value) -> Value:
    """A flip-flop a pair, low where the lower number goes first; row and column of the winner
    are written so that all others go before it.
    """
    size = len(requests)
    later: dict[tuple[int, int], Value] = {}
    for high in range(size):
        for low in range(high):
            later[low, high] = Signal(name=f"later_{low}_{high}")
            later[high, low] = ~later[low, high]
    grant = Signal(size)
    for each in range(size):
        before = [requests[other] & ~later[other, each] for other in range(size) if other != each]
        m.d.comb += grant[each].eq(requests[each] & ~Cat(before).any())
    with m.If(advance):
        for high in range(size):
            for low in range(high):
                with m.If(grant[low]):
                    m.d.sync += later[low, high].eq(1)
                with m.If(grant[high]):
                    m.d.sync += later[low, high].eq(0)
    return grant


def round_robin_tree(m: Module, requests: Value, advance: Value, tree: Tree) -> Value:
    """Round robin within the lowest nodes, and of these by the same again."""
    if tree.leaves == len(tree.children):
        return round_robin(m, requests, advance)[0]
    upper, sizes = tree.cut
    groups = [
        requests[end - size : end] for size, end in zip(sizes, accumulate(sizes), strict=True)
    ]
    asking = Signal(len(groups))
    chosen = Signal(len(groups))
    m.d.comb += asking.eq(Cat(group.any() for group in groups))
    m.d.comb += chosen.eq(round_robin_tree(m, asking, advance, upper))
    granted = [
        round_robin(m, group, advance & enable)[0]
        for group, enable in zip(groups, chosen, strict=True)
    ]
    return Cat(
        grant & enable.replicate(len(grant)) for grant, enable in zip(granted, chosen, strict=True)
    )


def weighted_round_robin(
    m: Module, requests: Value, advance: Value, weights: Sequence[int]
) -> Value:
    """Round robin that grants the last one again while it has credits.

    The last one stands where the mask of those behind it begins; where nobody is behind, it is
    the highest. After reset there are no credits, so that it does not matter.
    """
    credits_left = Signal(range(max(weights)))
    preset = Signal(range(max(weights)))
    again = Signal(len(requests))
    goes_on = Signal()
    turn, behind = round_robin(m, requests, advance & ~goes_on)
    owner = Cat(behind, C(1, 1)) & ~Cat(C(0, 1), behind)
    m.d.comb += again.eq(requests & owner)
    m.d.comb += goes_on.eq(again.any() & credits_left.any())
    m.d.comb += preset.eq(
        Cat(
            Cat(
                each for each, weight in zip(turn, weights, strict=True) if weight - 1 >> bit & 1
            ).any()
            for bit in range(len(preset))
        )
    )
    with m.If(advance):
        m.d.sync += credits_left.eq(Mux(goes_on, credits_left - 1, preset))
    return Mux(goes_on, again, turn)
