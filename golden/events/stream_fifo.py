"""What the queue between two streams consists of."""

from neuroloom.golden.inventory import Inventory, counter, memory, register, stream_output


def stream_fifo(bits: int, depth: int) -> Inventory:
    """``depth`` words in a memory and one more in an output register that bypasses it."""
    bypass = Inventory(multiplexers=bits) + register(1)
    pointers = 2 * counter(depth)
    level = counter(depth + 1)
    control = Inventory(gates=6)
    return memory(bits, depth) + stream_output(bits) + bypass + pointers + level + control
