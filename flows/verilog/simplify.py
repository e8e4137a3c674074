"""Fold constants and trivial operators of a netlist and resolve every alias."""

from __future__ import annotations

from neuroloom.flows.verilog.netlist import Netlist, Op, Register, attribute_is_set, resolve
from neuroloom.flows.verilog.rtlil import (
    Assign,
    Body,
    Case,
    Sig,
    Slice,
    Switch,
    constant,
    cut,
    fit,
    join,
    number,
    width,
)

_ORDER = {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1), "==": (0,), "!=": (-1, 1)}


def simplify(net: Netlist) -> None:
    next_values = {
        chunk.wire
        for register in net.registers.values()
        for chunk in register.data[:1]
        if isinstance(chunk, Slice) and chunk.wire[0] == "$"
    }
    for name, body in list(net.processes.items()):
        _simplify_process(net, name, body, name in next_values)
    _fold_operators(net)
    while _straighten_processes(net, next_values):
        _fold_operators(net)
    _resolve_rest(net)


def _straighten_processes(net: Netlist, next_values: set[str]) -> bool:
    """Turn processes that are left without a switch, those on constants taken out, into aliases:
    one that reads nothing would never run. Whether there were any.
    """
    straight = 0
    for name, body in list(net.processes.items()):
        resolved = _resolve_body(body, net.alias)
        if not any(isinstance(item, Switch) for item in resolved):
            _simplify_process(net, name, resolved, name in next_values)
            straight += name not in net.processes
    return straight > 0


def _fold_operators(net: Netlist) -> None:
    changed = True
    while changed:
        changed = False
        for name, op in list(net.ops.items()):
            args = tuple(resolve(arg, net.alias) for arg in op.args)
            if args != op.args:
                op = net.ops[name] = Op(op.kind, args, op.width)
            made = _fold(op)
            if made is None and op.kind in ("part", "spart"):
                made = _part(net, name, op)
            if isinstance(made, Op):
                net.ops[name] = made
                changed = True
            elif made is not None:
                del net.ops[name]
                net.alias[name] = made
                changed = True


def _resolve_rest(net: Netlist) -> None:
    alias = net.alias
    for name, sig in list(alias.items()):
        sig = alias[name] = resolve(sig, alias)
        wire = net.module.wires.get(name)
        if wire and attribute_is_set(wire.attributes, "keep") and not _is_kept(net, sig):
            del alias[name]
            net.ops[name] = Op("buf", (sig,), wire.width)
    for name, body in net.processes.items():
        net.processes[name] = _resolve_body(body, alias)
    for name, reg in net.registers.items():
        net.registers[name] = Register(
            resolve(reg.data, alias),
            resolve(reg.clock, alias),
            reg.positive,
            resolve(reg.reset, alias),
            reg.reset_value,
        )
    for name, read in net.reads.items():
        net.reads[name] = type(read)(
            read.memory,
            resolve(read.address, alias),
            resolve(read.enable, alias),
            resolve(read.clock, alias),
            read.positive,
            read.transparent,
        )
    for store in net.stores.values():
        store.writes[:] = [
            type(write)(
                resolve(write.address, alias),
                tuple((resolve(e, alias), low, resolve(d, alias)) for e, low, d in write.lanes),
                resolve(write.clock, alias),
                write.positive,
            )
            for write in store.writes
        ]
    for instance in net.instances:
        for port, sig in instance.inputs.items():
            instance.inputs[port] = resolve(sig, alias)


def _is_kept(net: Netlist, sig: Sig) -> bool:
    """Whether a signal is all of one wire that has the attribute itself."""
    chunk = sig[0]
    if len(sig) != 1 or not isinstance(chunk, Slice) or chunk.wire not in net.module.wires:
        return False
    wire = net.module.wires[chunk.wire]
    return chunk.width == wire.width and attribute_is_set(wire.attributes, "keep")


def _simplify_process(net: Netlist, name: str, body: Body, is_next: bool) -> None:
    """Turn a process without a switch into an alias, a plain if/else into a multiplexer."""
    bits = net.widths[name]
    sig: Sig = ()
    run: list[Assign] = []
    for index, item in enumerate(body):
        if isinstance(item, Switch):
            sig = _assigned(sig, run, bits)
            if index < len(body) - 1 or is_next or width(item.selector) != 1:
                return
            arms = {"0": sig, "1": sig}
            for case in item.cases:
                if len(case.body) != 1 or not isinstance(case.body[0], Assign):
                    return
                inner = case.body[0]
                if inner.target.width != bits:
                    return
                for digit in case.patterns or "01":
                    if digit == "-" or arms[digit] is not sig:
                        return
                    arms[digit] = inner.value
            net.ops[name] = Op("?:", (item.selector, arms["1"], arms["0"]), bits)
            del net.processes[name]
            return
        if run and item.target.offset != run[-1].target.offset + run[-1].target.width:
            sig, run = _assigned(sig, run, bits), []
        run.append(item)
    net.alias[name] = _assigned(sig, run, bits)
    del net.processes[name]


def _assigned(sig: Sig, run: list[Assign], bits: int) -> Sig:
    """The signal after assignments of which each begins where the one before ends: made at once,
    as bit by bit would cost all of the signal for every bit.
    """
    if not run:
        return sig
    low, high = run[0].target.offset, run[-1].target.offset + run[-1].target.width
    values = (item.value for item in reversed(run))
    return join(cut(sig, high, bits), *values, cut(sig, 0, low))


def _resolve_body(body: Body, alias: dict[str, Sig]) -> Body:
    """Replace aliases and take the switches on constants out."""
    result: list[Assign | Switch] = []
    for item in body:
        if isinstance(item, Assign):
            result.append(Assign(item.target, resolve(item.value, alias)))
            continue
        selector = resolve(item.selector, alias)
        value = constant(selector)
        cases = [Case(case.patterns, _resolve_body(case.body, alias)) for case in item.cases]
        if value is None:
            result.append(Switch(selector, tuple(cases)))
            continue
        digits = f"{value:0{width(selector)}b}" if selector else ""
        for case in cases:
            if not case.patterns or any(
                all(p in ("-", d) for p, d in zip(pattern, digits, strict=True))
                for pattern in case.patterns
            ):
                result.extend(case.body)
                break
    return tuple(result)


def _span(sig: Sig, signed: bool) -> tuple[int, int]:
    """The least and the greatest value that a signal can have, from its constant bits."""
    bits = width(sig)
    zeros = "".join(getattr(c, "bits", "v" * getattr(c, "width", 0)) for c in sig)
    low = int("0" + zeros.replace("v", "0").replace("x", "0"), 2)
    high = int("0" + zeros.replace("v", "1").replace("x", "1"), 2)
    if signed and zeros[0] != "0":
        half = 1 << (bits - 1)
        if zeros[0] == "1":
            return low - 2 * half, high - 2 * half
        return (low | half) - 2 * half, high & ~half
    return low, high


def _compare(kind: str, a: Sig, b: Sig, signed: bool) -> Op | Sig | None:
    if a == b:
        return number(0 in _ORDER[kind], 1)
    (a_low, a_high), (b_low, b_high) = _span(a, signed), _span(b, signed)
    possible = {-1: a_low < b_high, 0: a_low <= b_high and b_low <= a_high, 1: a_high > b_low}
    wanted = _ORDER[kind]
    if not any(possible[sign] for sign in wanted):
        return number(0, 1)
    if all(sign in wanted for sign, can in possible.items() if can):
        return number(1, 1)
    if constant(a) is not None and constant(b) is None:
        flipped = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(kind, kind)
        return Op(("s" if signed else "") + flipped, (b, a), 1)
    if width(a) == 1 and kind in ("==", "!=") and constant(b) is not None:
        return a if (constant(b) == 1) == (kind == "==") else Op("~", (a,), 1)
    # An operand that cannot be less (more) than the other leaves an equality to test.
    if kind in ("<=", ">=") and constant(b) is not None and not possible[-1 if kind == "<=" else 1]:
        return Op("==", (a, b), 1)
    if kind in ("<", ">") and constant(b) is not None and not possible[1 if kind == "<" else -1]:
        return Op("!=", (a, b), 1)
    return None


def _fold(op: Op) -> Op | Sig | None:
    kind, args, bits = op.kind, op.args, op.width
    if kind == "buf":
        return None
    values = [constant(arg) for arg in args]
    if kind.lstrip("s") in _ORDER:
        return _compare(kind.lstrip("s"), args[0], args[1], kind[0] == "s")
    if kind == "?:":
        if values[0] is not None or args[1] == args[2]:
            return args[1] if values[0] else args[2]
        if bits == 1 and {values[1], values[2]} == {0, 1}:
            return args[0] if values[1] else Op("~", (args[0],), 1)
        return None
    if kind[0] == "r" and width(args[0]) < 2:
        return args[0] or number(kind == "r&", 1)
    known = [value for value in values if value is not None]
    if len(known) == len(values):
        return _evaluate(kind, args, known, bits)
    if kind in ("<<", ">>", ">>>", "part", "spart") and values[0] == 0:
        return number(0, bits)
    if kind in ("<<", ">>", ">>>") and values[1] is not None:
        return _shift(kind, args[0], values[1], bits)
    if len(args) != 2 or not known:
        return None
    other = args[values.index(None)]
    first, value, ones = values[0] is not None, known[0], (1 << bits) - 1
    if (kind in ("|", "^", "+") and value == 0) or (kind == "&" and value == ones):
        return other
    if kind == "-" and value == 0:
        return Op("neg", (other,), bits) if first else other
    if (kind in ("&", "*", "s*") and value == 0) or (kind == "|" and value == ones):
        return number(value, bits)
    if kind == "^" and value == ones:
        return Op("~", (other,), bits)
    if kind in ("*", "s*") and value & (value - 1) == 0:
        digit = value.bit_length() - 1
        if kind == "*" or digit < width(args[0] if first else args[1]) - 1:
            return fit(join(other, number(0, digit)), bits, kind == "s*")
    return None


def _shift(kind: str, sig: Sig, amount: int, bits: int) -> Sig:
    if kind == "<<":
        return fit(join(sig, number(0, min(amount, bits))), bits)
    amount = min(amount, bits - 1) if kind == ">>>" else amount
    return fit(cut(sig, amount, bits), bits, kind == ">>>")


def _evaluate(kind: str, args: tuple[Sig, ...], values: list[int], bits: int) -> Sig | None:
    a, b = values[0], values[-1]
    signed = [
        v - (1 << width(s)) if v >> max(width(s) - 1, 0) else v
        for v, s in zip(values, args, strict=True)
    ]
    plain = {
        "~": ~a,
        "neg": -a,
        "+": a + b,
        "-": a - b,
        "&": a & b,
        "|": a | b,
        "^": a ^ b,
        "*": a * b,
        "s*": signed[0] * signed[-1],
        "r|": a != 0,
        "r^": a.bit_count() & 1,
        "r&": a == (1 << width(args[0])) - 1,
        "<<": a << min(b, bits),
        ">>": a >> b,
        ">>>": signed[0] >> b,
        "part": a >> b,
        "spart": signed[0] >> b,
    }
    if kind in plain:
        return number(int(plain[kind]), bits)
    if not b:
        return number(0, bits)  # Amaranth selects zero when it divides by zero
    sign = -1 if kind[0] == "s" and (signed[0] < 0) != (signed[1] < 0) else 1
    if kind[0] == "s":
        a, b = abs(signed[0]), abs(signed[1])
    if kind[-1] == "/":
        return number(sign * (a // b), bits)
    return number((-1 if kind[0] == "s" and signed[0] < 0 else 1) * (a % b), bits)


def _greatest(net: Netlist, sig: Sig) -> int:
    chunk = sig[0] if len(sig) == 1 else None
    if isinstance(chunk, Slice) and not chunk.offset and chunk.wire in net.ops:
        op = net.ops[chunk.wire]
        if op.kind == "*":
            product = _span(op.args[0], False)[1] * _span(op.args[1], False)[1]
            return min(product, (1 << chunk.width) - 1)
    return _span(sig, False)[1]


def _part(net: Netlist, name: str, op: Op) -> Op | Sig:
    """An indexed part select where all of it exists, maybe on an extended copy; or a shift."""
    base, index = op.args
    signed, have, greatest = op.kind == "spart", width(base), _greatest(net, index)
    needed = greatest + op.width
    fixed = constant(index)
    if fixed is not None or not greatest:
        fixed = min(fixed or 0, have - signed)
        return fit(cut(base, fixed, min(have, fixed + op.width)), op.width, signed)
    if have > 1 and needed <= max(2 * have, have + op.width):
        whole = base[0] if len(base) == 1 else None
        if needed > have or not isinstance(whole, Slice) or net.widths[whole.wire] != have:
            base = net.helper(
                name, "_in", Op("buf", (fit(base, max(needed, have), signed),), max(needed, have))
            )
        return Op("[]", (base, fit(index, (width(base) - 1).bit_length())), op.width)
    wide = max(have, op.width)
    shifted = Op(">>>" if signed else ">>", (fit(base, wide, signed), index), wide)
    return shifted if wide == op.width else cut(net.helper(name, "_shifted", shifted), 0, op.width)
