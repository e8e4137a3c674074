"""What the queues between two streams consist of."""

from neuroloom.golden.inventory import (
    Inventory,
    counter,
    index_bits,
    memory,
    register,
    stream_output,
)


def stream_fifo(bits: int, depth: int) -> Inventory:
    """``depth`` words in a memory and one more in an output register that bypasses it."""
    bypass = Inventory(multiplexers=bits) + register(1)
    pointers = 2 * counter(depth)
    meeting = register(1) + Inventory(xors=index_bits(depth), gates=max(0, index_bits(depth) - 1))
    control = Inventory(gates=8)
    return memory(bits, depth) + stream_output(bits) + bypass + pointers + meeting + control


def register_fifo(bits: int, depth: int) -> Inventory:
    """``depth`` registers, each loaded from the one behind it or from the input."""
    place = register(bits + 1) + Inventory(gates=2, multiplexers=2)
    steering = Inventory(multiplexers=(depth - 1) * bits)
    return depth * place + steering + Inventory(gates=4)
