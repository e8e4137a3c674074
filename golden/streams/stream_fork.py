"""What a stream for several takers, and one of constant tokens, consist of."""

from neuroloom.golden.inventory import Inventory, index_bits, memory, register


def stream_fork(takers: int) -> Inventory:
    """A bit a taker that says whether it has the token already."""
    return register(takers) + Inventory(gates=5 * takers)


def constant_stream(bits: int, tokens: int) -> Inventory:
    """A read-only memory, the position in it and whether its output is valid."""
    place = index_bits(tokens + 1)
    counting = register(place) + Inventory(half_adders=place, gates=max(0, place - 1))
    return memory(bits, tokens, write_ports=0) + counting + register(1) + Inventory(gates=3)
