"""What the text of a module reads, and so which operators are printed in place.

An operator becomes part of the expression that reads it where nothing is lost by that: it has no
name of its own that somebody may look for, is read once (an inversion of a wire: as often as it
is), and its reader may be an expression at all. Verilog selects bits of names only, and widths of
some operators come from what stands around them; whatever would change there is ``fixed`` to a
name or ``nested``, which keeps operators that stand only as a whole right-hand side.
"""

from __future__ import annotations

from collections.abc import Iterator

from neuroloom.flows.verilog.expressions import Printer, is_whole_only
from neuroloom.flows.verilog.naming import Namespace
from neuroloom.flows.verilog.netlist import Netlist
from neuroloom.flows.verilog.rtlil import Assign, Sig, Slice, width
from neuroloom.flows.verilog.statements import Block, If, Select, signals, statements, tidy

_LARGEST = 24  # operators in one expression


class Usage:
    """A module's netlist with what is read of it: first its blocks, then counts, then choices."""

    def __init__(
        self, net: Netlist, live: dict[str, tuple[int, int]], modules: dict[str, str], is_top: bool
    ) -> None:
        self.net, self.live, self.modules, self.is_top = net, live, modules, is_top
        self.lines: list[str] = []
        self.printer = Printer(live)
        self.blocks: dict[str, Block] = {}  # combinational and clocked, by their target
        self.merged: set[str] = set()  # processes that are printed with their register
        self.read: dict[str, int] = {}  # bits of a wire that the text reads
        self.uses: dict[str, int] = {}
        self.fixed: set[str] = set()  # wires that must have a name
        self.nested: set[str] = set()  # wires that are read inside of an expression
        self.space = Namespace()
        self.used_parts: set[Slice] = set()
        self.outputs = [
            w.name
            for w in net.module.wires.values()
            if w.direction == "output" and w.width and (is_top or w.name in live)
        ]

    def whole(self, name: str) -> Slice:
        low, high = self.live[name]
        return Slice(name, low, high - low)

    def make_blocks(self) -> None:
        net = self.net
        for name, body in net.processes.items():
            self.blocks[name] = statements(body)
        # a process that feeds one register and nothing else is printed under the register's clock:
        # it must be read once, as a whole, and have no name that a reader of waves knows
        mentioned: dict[str, int] = {}
        for sig, _ in self.signals():
            for chunk in sig:
                if isinstance(chunk, Slice):
                    mentioned[chunk.wire] = mentioned.get(chunk.wire, 0) + 1
        for name, register in net.registers.items():
            target, data = self.whole(name), register.data
            source = data[0] if len(data) == 1 else None
            if (
                isinstance(source, Slice)
                and source.wire[0] == "$"
                and source.wire in net.processes
                and mentioned[source.wire] == 1
                and source == self.whole(source.wire)
                and source.offset == target.offset
            ):
                self.merged.add(source.wire)
                block = _retarget(self.blocks.pop(source.wire), name)
            else:
                block = (Assign(target, data),)
            if register.reset:
                self.blocks[name] = block
            self.blocks[name] = tidy(block, target, held=True)
        for name in net.processes:
            if name not in self.merged:
                self.blocks[name] = tidy(self.blocks[name], self.whole(name), held=False)

    def signals(self) -> Iterator[tuple[Sig, bool]]:
        """Everything that the module reads, and whether it is a whole right-hand side."""
        net = self.net
        for op in net.ops.values():
            whole_only = op.kind in ("*", "buf")
            for arg in op.args:
                yield arg, whole_only
                # a product is as wide as its context in Verilog: narrower factors need names
                if op.kind == "*" and width(arg) != op.width:
                    self.fix(arg)
            if op.kind == "[]":  # an index stands behind a name only
                self.fix(op.args[0])
        for block in self.blocks.values():
            yield from signals(block)
        for name, register in net.registers.items():
            self.fix(register.clock + register.reset)
            yield register.clock, False
            yield register.reset, False
            if name not in self.blocks:
                yield register.data, True
        for read in net.reads.values():
            self.fix(read.clock)
            writes = net.stores[read.memory].writes if read.transparent else []
            for sig in (read.clock, read.address, read.enable):
                yield sig, False
            for index, write in enumerate(writes):
                if read.transparent >> index & 1:
                    self.fix(read.address)
                    for enable, _, data in write.lanes:
                        self.fix(write.address + enable + data)
        for store in net.stores.values():
            for write in store.writes:
                self.fix(write.clock)
                yield write.clock, False
                for enable, _, data in write.lanes:
                    yield write.address, False
                    yield enable, False
                    yield data, True
        for instance in net.instances:
            for sig in instance.inputs.values():
                yield sig, True
        for name in self.outputs:
            if name in net.alias and self.printer.names.get(name) != self.owner(name):
                yield net.alias[name], True

    def owner(self, port: str) -> str | None:
        """The name of the one wire that an output port is an alias of."""
        alias = self.net.alias[port]
        chunk = alias[0] if len(alias) == 1 else None
        if isinstance(chunk, Slice) and chunk == self.whole(chunk.wire):
            return self.printer.names.get(chunk.wire)
        return None

    def fix(self, sig: Sig) -> None:
        self.fixed.update(chunk.wire for chunk in sig if isinstance(chunk, Slice))

    def count(self, sig: Sig, whole: bool) -> None:
        for chunk in sig:
            if not isinstance(chunk, Slice):
                continue
            wire = chunk.wire
            if chunk in self.printer.parts:
                self.used_parts.add(chunk)
            mask = ((1 << chunk.width) - 1) << chunk.offset
            self.read[wire] = self.read.get(wire, 0) | mask
            self.uses[wire] = self.uses.get(wire, 0) + 1
            if not whole or len(sig) > 1:
                self.nested.add(wire)
            if chunk != self.whole(wire):
                self.fixed.add(wire)

    def order(self) -> list[str]:
        """The operators, each after those that it reads."""
        ops, result = self.net.ops, []
        done: set[str] = set()
        for start in ops:
            stack = [(start, False)]
            while stack:
                name, finished = stack.pop()
                if finished:
                    result.append(name)
                elif name not in done:
                    done.add(name)
                    stack.append((name, True))
                    for arg in reversed(ops[name].args):
                        for chunk in arg:
                            if isinstance(chunk, Slice) and chunk.wire in ops:
                                stack.append((chunk.wire, False))
        return result

    def choose_inlined(self, public: set[str]) -> None:
        """Inline operators from those that read nothing upward, no expression above the largest.

        Where one grows too large its heaviest operand gets a name again: so long sums break at
        their largest terms and not at the last one.
        """
        weights: dict[str, int] = {}
        self.sorted = self.order()
        for name in self.sorted:
            op = self.net.ops[name]
            used = [c.wire for arg in op.args for c in arg if isinstance(c, Slice)]
            weight = 1 + sum(weights.get(wire, 0) for wire in used)
            if weight > _LARGEST:
                heavy = max(used, key=lambda wire: weights.get(wire, 0))
                while weight > _LARGEST and weights.get(heavy, 0):
                    del self.printer.inlined[heavy]
                    weight -= weights.pop(heavy)
                    heavy = max(used, key=lambda wire: weights.get(wire, 0))
            small = op.kind == "~" and not weights.get(used[0] if used else "", 0)
            if (
                name not in public
                and name not in self.fixed
                and (self.uses.get(name, 0) == 1 or small)
                and not (name in self.nested and is_whole_only(op))
            ):
                weights[name] = weight
                self.printer.inlined[name] = op

    def clocked_reads(self) -> list[str]:
        return [name for name, read in self.net.reads.items() if read.clock]

    def unread(self, name: str) -> list[Slice]:
        """The parts of a wire that nothing reads."""
        low, high = self.live[name]
        read, result = self.read.get(name, 0), []
        at = low
        while at < high:
            end = at
            while end < high and not read >> end & 1:
                end += 1
            if end > at:
                result.append(Slice(name, at, end - at))
            at = end + 1
        return result


def _retarget(block: Block, name: str) -> Block:
    result: list[Assign | If | Select] = []
    for item in block:
        if isinstance(item, Assign):
            target = Slice(name, item.target.offset, item.target.width)
            result.append(Assign(target, item.value))
        elif isinstance(item, If):
            then, otherwise = _retarget(item.then, name), _retarget(item.otherwise, name)
            result.append(If(item.tests, then, otherwise))
        else:
            items = tuple((patterns, _retarget(inner, name)) for patterns, inner in item.items)
            default = None if item.default is None else _retarget(item.default, name)
            result.append(Select(item.selector, items, default, item.complete))
    return tuple(result)
