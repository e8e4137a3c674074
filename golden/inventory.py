"""What a macro's datapath consists of at register-transfer level, stated beside its contract.

An inventory is read off the structure, not off a synthesis tool, so the two can be compared.
It counts what the structure needs for any contents and any inputs:

- the enable and the synchronous reset of a flip-flop belong to the flip-flop;
- the read register of a memory belongs to the memory;
- state that can never change and outputs that nothing reads are not counted;
- a handshake counts with the few gates that make ``ready`` and the enables.
"""

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Memory:
    """``depth`` words of ``width`` bits; ports that can be used in the same cycle."""

    width: int
    depth: int
    read_ports: int
    write_ports: int

    @property
    def bits(self) -> int:
        return self.width * self.depth


@dataclass(frozen=True)
class Inventory:
    """Parts by kind. ``a + b`` has the parts of both, ``3 * a`` those of three copies.

    Parts that are added stand side by side: the longer ``adder_depth`` of the two remains.
    :meth:`then` is the same sum for parts on one path between registers.
    """

    full_adders: int = 0
    half_adders: int = 0
    flip_flops: int = 0
    multiplexers: int = 0
    """2:1, one bit each."""
    xors: int = 0
    """Two-input XOR and XNOR gates outside adders."""
    gates: int = 0
    """Two-input gates of the other kinds: AND, OR, NAND, NOR."""
    comparator_bits: int = 0
    """Bits of magnitude comparators between two variable operands."""
    memories: tuple[Memory, ...] = ()
    adder_depth: int = 0
    """Adders and comparator bits, one after the other, on the longest path between registers."""

    @property
    def memory_bits(self) -> int:
        return sum(memory.bits for memory in self.memories)

    def __add__(self, other: "Inventory") -> "Inventory":
        depth = max(self.adder_depth, other.adder_depth)
        return self._combined(other, depth)

    def then(self, following: "Inventory") -> "Inventory":
        """Both, ``following`` behind ``self`` on the same path between registers."""
        return self._combined(following, self.adder_depth + following.adder_depth)

    def __mul__(self, copies: int) -> "Inventory":
        """``copies`` of it side by side. ValueError for a negative number."""
        if copies < 0:
            raise ValueError(f"an inventory cannot be there {copies} times")
        counts = {name: copies * getattr(self, name) for name in COUNTS}
        depth = self.adder_depth if copies else 0
        return Inventory(**counts, memories=copies * self.memories, adder_depth=depth)

    __rmul__ = __mul__

    def memories_in_registers(self) -> "Inventory":
        """The same with every memory built of flip-flops and multiplexers.

        A written memory has a flip-flop a bit and two gates a word for its enable; each read
        port selects among the words and has its register. Of a memory that is never written only
        the reading remains, at most: contents let much of it fall away.
        """
        built = [
            Inventory(
                flip_flops=(held.bits if held.write_ports else 0) + held.read_ports * held.width,
                multiplexers=held.read_ports * held.width * (held.depth - 1),
                gates=2 * held.write_ports * held.depth,
            )
            for held in self.memories
        ]
        return sum(built, replace(self, memories=()))

    def _combined(self, other: "Inventory", adder_depth: int) -> "Inventory":
        counts = {name: getattr(self, name) + getattr(other, name) for name in COUNTS}
        memories = self.memories + other.memories
        return Inventory(**counts, memories=memories, adder_depth=adder_depth)


COUNTS = tuple(
    field.name for field in fields(Inventory) if field.name not in ("memories", "adder_depth")
)
"""The fields that count parts of one kind."""


def index_bits(values: int) -> int:
    """Bits of a register that holds 0 … ``values`` - 1; 0 where there is only one value."""
    return (values - 1).bit_length()


def register(bits: int) -> Inventory:
    return Inventory(flip_flops=bits)


def memory(width: int, depth: int, write_ports: int = 1) -> Inventory:
    """A memory with one read port; a single word is a register, read through another."""
    if depth == 1:
        return register(width * (2 if write_ports else 1))
    return Inventory(memories=(Memory(width, depth, 1, write_ports),))


def comparator(bits: int) -> Inventory:
    """Comparator of two numbers of ``bits``: which is greater."""
    return Inventory(comparator_bits=bits, adder_depth=bits)


def equality(bits: int) -> Inventory:
    """Whether a number of ``bits`` is a constant: one AND less than bits."""
    return Inventory(gates=max(0, bits - 1))


def adder(left_bits: int, right_bits: int, result_bits: int) -> Inventory:
    """Ripple adder without carry-in: a half adder at bit 0 and wherever one operand has ended.

    Bits of the result above the longer operand are the carry; those below count in full.
    """
    positions = min(result_bits, max(left_bits, right_bits))
    both = min(left_bits, right_bits, positions)
    full = max(0, both - 1)
    return Inventory(full_adders=full, half_adders=positions - full, adder_depth=positions)


def multiplier(left_bits: int, right_bits: int) -> Inventory:
    """Array multiplier: a row of AND gates a bit of one operand, rows added one by one."""
    rows = Inventory(gates=left_bits * right_bits)
    for _ in range(right_bits - 1):
        rows = rows.then(adder(left_bits, left_bits, left_bits))
    return rows


def counter(values: int) -> Inventory:
    """Counts 0 … ``values`` - 1 and starts again: register, incrementer, detection of the last."""
    bits = index_bits(values)
    incrementer = Inventory(half_adders=bits, adder_depth=bits)
    return register(bits) + incrementer + equality(bits)


def saturation(value_bits: int, result_bits: int, ends: int) -> Inventory:
    """Clip to one or both ends of a range whose ends are all ones and zeros below the sign.

    An end costs the detection that a bit above the result is set, and one gate a result bit.
    """
    detection = max(1, value_bits - result_bits)
    return Inventory(gates=ends * (detection + result_bits))


def stream_output(bits: int) -> Inventory:
    """A token held until it is taken: payload, ``valid``, and the two gates of ``ready``."""
    return Inventory(flip_flops=bits + 1, gates=2)
