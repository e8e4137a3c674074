"""Find the bits that reach an output across all modules and cut the netlists down to them.

What is live of a wire is one range of bits (low, high): holes in it are rare, and a range is
still a Verilog declaration.
"""

from __future__ import annotations

from collections import OrderedDict

from neuroloom.flows.verilog.netlist import Instance, Netlist, Op, Register, attribute_is_set
from neuroloom.flows.verilog.rtlil import Assign, Body, Case, Sig, Slice, Switch, cut, join

Range = tuple[int, int]
_POSITIONAL = frozenset(("~", "&", "|", "^", "?:", "buf"))
_ANCHORED = frozenset(("+", "-", "*", "s*", "neg", "<<"))


class Liveness:
    def __init__(self, nets: dict[str, Netlist], top: str) -> None:
        self.nets = nets
        self.live: dict[str, dict[str, Range]] = {name: {} for name in nets}
        # first in, first out, and each wire once: it is looked at when most of its bits are wanted
        self.work: OrderedDict[tuple[str, str], None] = OrderedDict()
        self.drivers: dict[tuple[str, str], tuple[Instance, str]] = {}
        self.users: dict[str, list[tuple[str, Instance]]] = {name: [] for name in nets}
        self.memories: set[tuple[str, str]] = set()
        for name, net in nets.items():
            for instance in net.instances:
                child = instance.cell.kind[1:]
                if child in nets:
                    self.users[child].append((name, instance))
                for port, out in instance.outputs.items():
                    self.drivers[name, out.wire] = instance, port
        for name, net in nets.items():
            self.roots(name, net, name == top)
        while self.work or self.unread_outputs():
            wire, _ = self.work.popitem(last=False)
            self.visit(*wire)
        for name, net in nets.items():
            self.shrink(net, self.live[name])

    def roots(self, name: str, net: Netlist, is_top: bool) -> None:
        for wire in net.module.wires.values():
            if is_top and wire.direction == "output":
                self.port(name, wire.name, wire.width)
            elif attribute_is_set(wire.attributes, "keep") and wire.name not in net.alias:
                self.want(name, wire.name, 0, wire.width)
        for instance in net.instances:
            if instance.cell.kind[1:] not in self.nets:
                for sig in instance.inputs.values():
                    self.demand(name, sig)
                for out in instance.outputs.values():
                    self.want(name, out.wire, 0, out.width)

    def unread_outputs(self) -> bool:
        """Outputs that a module reads itself and its parent does not: they get a wire all the
        same. Whether there was one.
        """
        for name, net in self.nets.items():
            for instance in net.instances if self.live[name] else ():
                alive = self.live.get(instance.cell.kind[1:], {})
                for port, out in instance.outputs.items():
                    if "\\" + port in alive and out.wire not in self.live[name]:
                        self.want(name, out.wire, 0, out.width)
        return bool(self.work)

    def port(self, module: str, wire: str, bits: int) -> None:
        """An output port, which may be an alias inside of its module."""
        alias = self.nets[module].alias.get(wire)
        if alias is None:
            self.want(module, wire, 0, bits)
        elif wire not in self.live[module]:
            self.live[module][wire] = (0, bits)
            self.demand(module, alias)

    def demand(self, module: str, sig: Sig) -> None:
        for chunk in sig:
            if isinstance(chunk, Slice):
                self.want(module, chunk.wire, chunk.offset, chunk.offset + chunk.width)

    def want(self, module: str, wire: str, low: int, high: int) -> None:
        if low >= high:
            return
        net = self.nets[module]
        op = net.ops.get(wire)
        if op and op.kind in _ANCHORED:
            low = 0
        elif (
            (op and op.kind not in _POSITIONAL)
            or wire in net.reads
            or (module, wire) in self.drivers
            or (net.module.wires.get(wire) and (net.module.wires[wire].direction == "input"))
        ):
            low, high = 0, net.widths[wire]
        live = self.live[module]
        before = live.get(wire)
        after = (min(low, before[0]), max(high, before[1])) if before else (low, high)
        if after != before:
            live[wire] = after
            self.work[module, wire] = None

    def visit(self, module: str, wire: str) -> None:
        net = self.nets[module]
        low, high = self.live[module][wire]
        if wire in net.ops:
            for arg in _shrink_op(net.ops[wire], low, high).args:
                self.demand(module, arg)
        elif wire in net.processes:
            self.body(module, _clip(net.processes[wire], low, high))
        elif wire in net.registers:
            register = net.registers[wire]
            for sig in (cut(register.data, low, high), register.clock, register.reset):
                self.demand(module, sig)
        elif wire in net.reads:
            read = net.reads[wire]
            for sig in (read.address, read.enable, read.clock):
                self.demand(module, sig)
            if (module, read.memory) not in self.memories:
                self.memories.add((module, read.memory))
                for write in net.stores[read.memory].writes:
                    self.demand(module, write.address + write.clock)
                    for enable, _, data in write.lanes:
                        self.demand(module, enable + data)
        elif (module, wire) in self.drivers:
            instance, port = self.drivers[module, wire]
            child = instance.cell.kind[1:]
            if child in self.nets:
                self.port(child, "\\" + port, net.widths[wire])
                for parent, other in self.users[child]:
                    if port in other.outputs:
                        self.want(parent, other.outputs[port].wire, 0, net.widths[wire])
        elif wire in net.module.wires:
            for parent, instance in self.users[module]:
                self.demand(parent, instance.inputs.get(wire[1:], ()))

    def body(self, module: str, body: Body) -> None:
        for item in body:
            if isinstance(item, Assign):
                self.demand(module, item.value)
                continue
            self.demand(module, item.selector)
            for case in item.cases:
                self.body(module, case.body)

    def shrink(self, net: Netlist, live: dict[str, Range]) -> None:
        net.ops = {n: _shrink_op(op, *live[n]) for n, op in net.ops.items() if n in live}
        net.processes = {n: _clip(b, *live[n]) for n, b in net.processes.items() if n in live}
        net.registers = {
            n: Register(
                cut(r.data, *live[n]), r.clock, r.positive, r.reset, cut(r.reset_value, *live[n])
            )
            for n, r in net.registers.items()
            if n in live
        }
        net.reads = {n: read for n, read in net.reads.items() if n in live}
        used = {read.memory for read in net.reads.values()}
        net.stores = {n: store for n, store in net.stores.items() if n in used}
        kept = []
        for inst in net.instances:
            child = inst.cell.kind[1:]
            if child in self.nets:
                alive = self.live[child]
                inst.inputs = {p: s for p, s in inst.inputs.items() if "\\" + p in alive}
                inst.outputs = {p: s for p, s in inst.outputs.items() if "\\" + p in alive}
                if not alive:
                    continue
            kept.append(inst)
        net.instances = kept


def _shrink_op(op: Op, low: int, high: int) -> Op:
    """The operator for the bits low .. high-1 of its result."""
    if high - low == op.width:
        return op
    if op.kind == "?:":
        args: tuple[Sig, ...] = (op.args[0], cut(op.args[1], low, high), cut(op.args[2], low, high))
    elif op.kind == "<<":
        args = (cut(op.args[0], 0, high), op.args[1])
    else:
        args = tuple(cut(arg, low, high) for arg in op.args)
    return Op(op.kind, args, high - low)


def _clip(body: Body, low: int, high: int) -> Body:
    """The process without assignments to other bits, without what then has no effect."""
    result: list[Assign | Switch] = []
    for item in body:
        if isinstance(item, Assign):
            target = item.target
            first = max(low, target.offset)
            last = min(high, target.offset + target.width)
            if first < last:
                value = cut(item.value, first - target.offset, last - target.offset)
                result.append(Assign(Slice(target.wire, first, last - first), value))
            continue
        cases = [Case(case.patterns, _clip(case.body, low, high)) for case in item.cases]
        if any(case.body for case in cases):
            result.append(_narrow(item.selector, cases))
    return tuple(result)


def _narrow(selector: Sig, cases: list[Case]) -> Switch:
    """Take the selector bits out that no pattern tests."""
    patterns = [pattern for case in cases for pattern in case.patterns]
    bits = len(patterns[0]) if patterns else 0
    tested = [at for at in range(bits) if any(pattern[at] != "-" for pattern in patterns)]
    if len(tested) == bits and patterns:
        return Switch(selector, tuple(cases))
    kept: Sig = ()
    for at in tested:
        kept += cut(selector, bits - 1 - at, bits - at)
    return Switch(
        join(kept),
        tuple(
            Case(tuple("".join(p[at] for at in tested) for p in case.patterns), case.body)
            for case in cases
        ),
    )
