"""What a memory of parameters consists of."""

from neuroloom.golden.inventory import Inventory, counter, memory, register


def parameter_memory(bits: int, depth: int, loadable: bool) -> Inventory:
    """Rows of parameters; a loadable one has a write port, its position and a flag."""
    if not loadable:
        return memory(bits, depth, write_ports=0)
    return memory(bits, depth) + counter(depth) + register(1) + Inventory(gates=2)
