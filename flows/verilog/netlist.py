"""The netlist of one module between RTLIL cells and Verilog text: operators on exact widths."""

from __future__ import annotations

from dataclasses import dataclass, field

from neuroloom.flows.verilog.rtlil import (
    Assign,
    Body,
    Const,
    Module,
    RtlilCell,
    RtlilMemory,
    Sig,
    Slice,
    Value,
    cut,
    fit,
    join,
    runs,
    width,
)


@dataclass(frozen=True, slots=True)
class Op:
    """A Verilog operator; operands have the width of the result unless the operator says so.

    `s*`, `s/`, `s<` ... are the signed forms, `r|` ... the reductions, `[]` the
    part select, `part` and `spart` a part select that may reach past the end.
    """

    kind: str
    args: tuple[Sig, ...]
    width: int


@dataclass(frozen=True, slots=True)
class Register:
    data: Sig
    clock: Sig
    positive: bool
    reset: Sig  # asynchronous, empty if none
    reset_value: Sig


@dataclass(frozen=True, slots=True)
class Read:
    memory: str
    address: Sig
    enable: Sig
    clock: Sig  # empty if asynchronous
    positive: bool
    transparent: int  # mask over the write ports


@dataclass(frozen=True, slots=True)
class Write:
    address: Sig
    lanes: tuple[tuple[Sig, int, Sig], ...]  # enable, lowest bit, data
    clock: Sig
    positive: bool


@dataclass(frozen=True, slots=True)
class MemoryStore:
    memory: RtlilMemory
    rows: list[str]  # initial values as binary digits
    writes: list[Write]


@dataclass(slots=True)
class Instance:
    cell: RtlilCell
    inputs: dict[str, Sig]
    outputs: dict[str, Slice]


@dataclass(slots=True)
class Netlist:
    module: Module
    widths: dict[str, int]
    ops: dict[str, Op] = field(default_factory=dict)
    alias: dict[str, Sig] = field(default_factory=dict)
    processes: dict[str, Body] = field(default_factory=dict)
    registers: dict[str, Register] = field(default_factory=dict)
    stores: dict[str, MemoryStore] = field(default_factory=dict)
    reads: dict[str, Read] = field(default_factory=dict)
    instances: list[Instance] = field(default_factory=list)

    def helper(self, base: str, suffix: str, op: Op) -> Sig:
        """A new unnamed wire for a part of what drives `base`."""
        name = base if base[0] == "$" else "$" + base[1:]
        name += suffix
        self.widths[name] = op.width
        self.ops[name] = op
        return (Slice(name, 0, op.width),)


_BINARY = {
    "$add": "+",
    "$sub": "-",
    "$and": "&",
    "$or": "|",
    "$xor": "^",
    "$eq": "==",
    "$ne": "!=",
    "$lt": "<",
    "$le": "<=",
    "$gt": ">",
    "$ge": ">=",
}
_REDUCE = {"$reduce_bool": "r|", "$reduce_or": "r|", "$reduce_and": "r&", "$reduce_xor": "r^"}
_DROPPED = ("$check", "$print")


def build(module: Module, modules: dict[str, Module]) -> Netlist:
    net = Netlist(module, {name: wire.width for name, wire in module.wires.items()})
    for memory in module.memories.values():
        net.stores[memory.name] = MemoryStore(memory, [], [])
    for left, right in module.connections:
        (target,) = left or (None,)
        if isinstance(target, Slice):
            net.alias[target.wire] = right
    for body in module.processes:
        first = body[0]
        assert isinstance(first, Assign)
        net.processes[first.target.wire] = body
    black_boxes = []
    for cell in module.cells:
        if cell.kind[0] == "\\":
            if cell.kind[1:] in modules:
                _submodule(net, cell, modules[cell.kind[1:]])
            else:
                black_boxes.append(cell)
        elif cell.kind not in _DROPPED:
            _lower(net, cell)
    for cell in black_boxes:
        _black_box(net, cell)
    return net


def _submodule(net: Netlist, cell: RtlilCell, child: Module) -> None:
    instance = Instance(cell, {}, {})
    for port, sig in cell.ports.items():
        if child.wires["\\" + port].direction == "input":
            instance.inputs[port] = sig
        elif sig:
            (target,) = sig
            assert isinstance(target, Slice)
            instance.outputs[port] = target
    net.instances.append(instance)


def _black_box(net: Netlist, cell: RtlilCell) -> None:
    """Outputs are the whole wires that nothing else drives."""
    driven = {*net.ops, *net.alias, *net.processes, *net.registers, *net.reads}
    driven.update(out.wire for inst in net.instances for out in inst.outputs.values())
    driven.update(w.name for w in net.module.wires.values() if w.direction == "input")
    instance = Instance(cell, {}, {})
    for port, sig in cell.ports.items():
        first = sig[0] if len(sig) == 1 else None
        if isinstance(first, Slice) and first.wire not in driven:
            instance.outputs[port] = first
        else:
            instance.inputs[port] = sig
    net.instances.append(instance)


def _lower(net: Netlist, cell: RtlilCell) -> None:
    ports = cell.ports
    if cell.kind in ("$dff", "$adff"):
        asynchronous = cell.kind == "$adff"
        reset, value = (), ()  # type: tuple[Sig, Sig]
        if asynchronous:
            reset = ports["ARST"]
            parameter = cell.parameters["ARST_VALUE"]
            assert isinstance(parameter, Const)
            value = (parameter,)
            if not cell.number("ARST_POLARITY"):
                raise ValueError("$adff with a low-active reset cannot be written")
        positive = bool(cell.number("CLK_POLARITY"))
        (target,) = ports["Q"] or (None,)
        if isinstance(target, Slice):
            net.registers[target.wire] = Register(ports["D"], ports["CLK"], positive, reset, value)
    elif cell.kind in ("$meminit_v2", "$memwr_v2", "$memrd_v2"):
        _memory(net, cell)
    else:
        result = ports.get("Y", ())
        if not result:
            return
        (target,) = result
        assert isinstance(target, Slice)
        made = _operator(net, cell, target.wire, target.width)
        if isinstance(made, Op) and made.width == target.width:
            net.ops[target.wire] = made
        else:
            sig = net.helper(target.wire, "_full", made) if isinstance(made, Op) else made
            net.alias[target.wire] = fit(sig, target.width)


def _memory(net: Netlist, cell: RtlilCell) -> None:
    memory = cell.parameters["MEMID"]
    assert isinstance(memory, str)
    store, ports = net.stores[memory], cell.ports
    bits = store.memory.width
    if cell.kind == "$meminit_v2":
        data = "".join(chunk.bits for chunk in ports["DATA"] if isinstance(chunk, Const))
        rows = [data[at : at + bits] for at in range(0, len(data), bits or 1)]
        store.rows.extend(reversed(rows))
    elif cell.kind == "$memwr_v2":
        lanes = tuple(
            (enable, low, cut(ports["DATA"], low, low + count))
            for enable, low, count in runs(ports["EN"])
            if enable != (Const("0"),)
        )
        positive = bool(cell.number("CLK_POLARITY"))
        store.writes.append(Write(ports["ADDR"], lanes, ports["CLK"], positive))
    elif ports["DATA"]:
        (target,) = ports["DATA"]
        assert isinstance(target, Slice)
        clocked = cell.number("CLK_ENABLE")
        net.reads[target.wire] = Read(
            memory,
            ports["ADDR"],
            ports["EN"],
            ports["CLK"] if clocked else (),
            bool(cell.number("CLK_POLARITY")),
            cell.number("TRANSPARENCY_MASK") if clocked else 0,
        )


def _operator(net: Netlist, cell: RtlilCell, name: str, bits: int) -> Op | Sig:
    kind, a, b = cell.kind, cell.ports["A"], cell.ports.get("B", ())
    if kind == "$mux":
        return Op("?:", (cell.ports["S"], b, a), bits)
    signed = bool(cell.number("A_SIGNED"))
    if kind == "$not":
        return Op("~", (fit(a, bits, signed),), bits)
    if kind == "$neg":
        return Op("neg", (fit(a, bits, signed),), bits)
    if kind in _REDUCE:
        return Op(_REDUCE[kind], (a,), 1)
    wide = max(bits, width(a))
    if kind == "$shl":
        return Op("<<", (fit(a, bits, signed), b), bits)
    if kind in ("$shift", "$shiftx"):
        if cell.number("B_SIGNED"):
            raise ValueError(f"{kind} by a signed amount cannot be written")
        return Op("spart" if signed else "part", (a, b), bits)
    if kind in ("$shr", "$sshr"):
        arithmetic = signed and kind == "$sshr"
        return Op(">>>" if arithmetic else ">>", (fit(a, wide, signed), b), wide)
    signed = signed and bool(cell.number("B_SIGNED"))
    if kind in _BINARY:
        if _BINARY[kind][0] in "=!<>":
            wide = max(width(a), width(b))
            sign = "s" if signed and _BINARY[kind][0] in "<>" else ""
            return Op(sign + _BINARY[kind], (fit(a, wide, signed), fit(b, wide, signed)), 1)
        return Op(_BINARY[kind], (fit(a, bits, signed), fit(b, bits, signed)), bits)
    if kind == "$mul":
        return Op("s*" if signed else "*", (cut(a, 0, bits), cut(b, 0, bits)), bits)
    if kind in ("$divfloor", "$modfloor"):
        return _division(net, kind, name, a, b, bits, signed)
    raise ValueError(f"RTLIL cell {kind} cannot be written as Verilog")


def _division(
    net: Netlist, kind: str, name: str, a: Sig, b: Sig, bits: int, signed: bool
) -> Op | Sig:
    """Verilog divides towards zero: correct a signed result by one divisor where it must be."""
    symbol = "/" if kind == "$divfloor" else "%"
    if not signed:
        wide = max(width(a), width(b))
        result = Op(symbol, (fit(a, wide), fit(b, wide)), wide)
        if wide == bits:
            return result
        return cut(net.helper(name, "_div", result), 0, width(a) if symbol == "/" else width(b))
    wide = max(bits, width(a), width(b))
    a, b = fit(a, wide, True), fit(b, wide, True)
    quotient = net.helper(name, "_quo", Op("s" + symbol, (a, b), wide))
    rest = net.helper(name, "_rem", Op("s%", (a, b), wide)) if symbol == "/" else quotient
    signs = (cut(a, wide - 1, wide), cut(b, wide - 1, wide))
    differ = net.helper(name, "_signs", Op("^", signs, 1))
    inexact = net.helper(name, "_inexact", Op("r|", (rest,), 1))
    step = net.helper(name, "_step", Op("&", (inexact, differ), 1))
    if symbol == "/":
        return cut(net.helper(name, "_floor", Op("-", (quotient, fit(step, wide)), wide)), 0, bits)
    added = net.helper(name, "_sum", Op("+", (rest, b), wide))
    return cut(net.helper(name, "_floor", Op("?:", (step, added, rest), wide)), 0, bits)


def attribute_is_set(attributes: dict[str, Value], name: str) -> bool:
    value = attributes.get(name, 0)
    return value.bits.strip("0") != "" if isinstance(value, Const) else bool(value)


def resolve(sig: Sig, alias: dict[str, Sig]) -> Sig:
    """Replace the wires that only stand for other wires, as deep as it goes."""
    for chunk in sig:
        if isinstance(chunk, Slice) and chunk.wire in alias:
            break
    else:
        return sig
    parts: list[Sig] = []
    for chunk in sig:
        if isinstance(chunk, Slice) and chunk.wire in alias:
            whole = alias[chunk.wire] = resolve(alias[chunk.wire], alias)
            parts.append(cut(whole, chunk.offset, chunk.offset + chunk.width))
        else:
            parts.append((chunk,))
    return join(*parts)
