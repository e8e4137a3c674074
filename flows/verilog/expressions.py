"""Print signals and operators as Verilog expressions in which every width is explicit.

Verilog lets the width of the context reach into an expression; as every operand already has the
width of its result, the context cannot change a value. The exceptions (carries, products, signed
shifts and quotients) are printed only as the whole right-hand side of an assignment.
"""

from __future__ import annotations

from itertools import groupby

from neuroloom.flows.verilog.netlist import Op
from neuroloom.flows.verilog.rtlil import Const, Sig, Slice, constant, cut, fit, join, size, width

Text = tuple[str, int]  # an expression and how tightly it binds
_PRIMARY, _UNARY, _ADD, _COMPARE, _CONDITION = 20, 15, 11, 8, 1
_BINDING = {
    "*": 12,
    "/": 12,
    "%": 12,
    "+": _ADD,
    "-": _ADD,
    "<<": 10,
    ">>": 10,
    ">>>": 10,
    "<": _COMPARE,
    "<=": _COMPARE,
    ">": _COMPARE,
    ">=": _COMPARE,
    "==": _COMPARE,
    "!=": _COMPARE,
    "&": 7,
    "^": 6,
    "|": 5,
}
WHOLE_ONLY = frozenset((">>>", "s/", "s%"))  # signed: correct only as a whole right-hand side


def literal(bits: str) -> str:
    count = len(bits)
    if "x" in bits or count == 1:
        return f"{count}'b{bits}"
    value = int(bits, 2)
    if value < 10 or count <= 10:
        return f"{count}'d{value}"
    return f"{count}'h{value:0{-(-count // 4)}x}"


def is_whole_only(op: Op) -> bool:
    if op.kind in ("*", "s*"):
        return op.kind == "s*" or max(width(arg) for arg in op.args) < op.width
    return op.kind in WHOLE_ONLY


class Printer:
    """Prints for one module: what its wires are called and which are printed in place."""

    def __init__(self, ranges: dict[str, tuple[int, int]]) -> None:
        self.ranges = ranges  # live bits of each wire
        self.names: dict[str, str] = {}
        self.parts: dict[Slice, str] = {}  # names for parts of unnamed wires
        self.inlined: dict[str, Op] = {}

    def inner(self, sig: Sig) -> Op | None:
        """The operator that is printed in place of a signal."""
        chunk = sig[0] if len(sig) == 1 else None
        return self.inlined.get(chunk.wire) if isinstance(chunk, Slice) else None

    def net(self, chunk: Slice) -> str:
        if chunk in self.parts:
            return self.parts[chunk]
        name = self.names[chunk.wire]
        low, high = self.ranges[chunk.wire]
        first, last = chunk.offset, chunk.offset + chunk.width
        if (first, last) == (low, high) or (low, high) == (0, 1):
            return name
        return f"{name}[{first}]" if chunk.width == 1 else f"{name}[{last - 1}:{first}]"

    def chunk(self, chunk: Const | Slice) -> Text:
        if isinstance(chunk, Const):
            return literal(chunk.bits), _PRIMARY
        if chunk.wire in self.inlined:
            return self.op(self.inlined[chunk.wire])
        return self.net(chunk), _PRIMARY

    def sig(self, sig: Sig) -> Text:
        if len(sig) == 1:
            return self.chunk(sig[0])
        if not sig:
            return "1'b0", _PRIMARY
        parts = []
        for chunk, same in groupby(sig):
            count, text = len(list(same)), self.chunk(chunk)[0]
            parts.append(text if count == 1 else f"{{{count}{{{text}}}}}")
        return parts[0] if len(parts) == 1 else "{" + ", ".join(parts) + "}", _PRIMARY

    def text(self, sig: Sig) -> str:
        """An expression where its width does not matter: an index, a port, an operand in {}."""
        return self.sig(sig)[0]

    def whole(self, sig: Sig) -> str:
        """The right-hand side of an assignment to as many bits."""
        op = self.inner(sig)
        return self.op(op, whole=True)[0] if op else self.text(sig)

    def atom(self, sig: Sig) -> str:
        text, binding = self.sig(sig)
        return text if binding == _PRIMARY else f"({text})"

    def condition(self, sig: Sig, wanted: bool = True) -> str:
        op = self.inner(sig)
        if op and op.kind == "~":
            return self.condition(op.args[0], not wanted)
        if wanted:
            return self.text(sig)
        if op and op.kind in ("==", "!="):
            return self.op(Op("!=" if op.kind == "==" else "==", op.args, 1))[0]
        return "!" + self.atom(sig)

    def matches(self, sig: Sig, pattern: str) -> str:
        """A test for a pattern of 0, 1 and - (any)."""
        kept = [at for at, digit in enumerate(pattern) if digit != "-"]
        if len(kept) == len(pattern) == 1:
            return self.condition(sig, pattern == "1")
        total, tested = len(pattern), tuple[Const | Slice, ...]()
        for at in kept:
            tested += cut(sig, total - 1 - at, total - at)
        digits = "".join(pattern[at] for at in kept)
        if len(kept) == 1:
            return self.condition(tested, digits == "1")
        return self.op(Op("==", (join(tested), (Const(digits),)), 1))[0]

    def op(self, op: Op, whole: bool = False) -> Text:
        kind, args = op.kind, op.args
        if kind == "buf":
            return self.sig(args[0])
        if kind == "[]":
            base, index = self.text(args[0]), self.text(args[1])
            return f"{base}[{index}{f' +: {op.width}' if op.width > 1 else ''}]", _PRIMARY
        if kind == "?:":
            return self.conditional(op)
        if len(args) == 1:
            symbol = {"neg": "-", "~": "~"}.get(kind, kind[1:])
            return symbol + self.atom(args[0]), _UNARY if kind == "~" else _UNARY - 1
        if kind[0] == "s" or kind == ">>>":
            return self.signed(op)
        if kind in ("+", "-"):
            args = self.carried(op, whole)
        binding = _BINDING[kind]
        left, right = self.operand(args[0], kind, True), self.operand(args[1], kind, False)
        return f"{left} {kind} {right}", binding

    def signed(self, op: Op) -> Text:
        kind = op.kind.removeprefix("s")
        args = op.args
        if kind == "*":  # Verilator wants a constant as wide as the product
            args = tuple(a if constant(a) is None else fit(a, op.width, True) for a in args)
        sides = [
            self.signed_literal(arg) if constant(arg) is not None else f"$signed({self.text(arg)})"
            for arg in args
        ]
        if kind == ">>>":
            sides[1] = self.operand(op.args[1], kind, False)
        return f"{sides[0]} {kind} {sides[1]}", _BINDING[kind]

    def signed_literal(self, sig: Sig) -> str:
        value, bits = constant(sig) or 0, width(sig)
        if value >> (bits - 1):
            value -= 1 << bits
            if value == -(1 << (bits - 1)):
                return f"$signed({literal(f'{1 << (bits - 1):b}')})"
        return f"{'-' if value < 0 else ''}{bits}'sd{abs(value)}"

    def conditional(self, op: Op) -> Text:
        select, yes, no = op.args
        inner = self.inner(select)
        if inner and inner.kind == "~":
            select, yes, no = inner.args[0], no, yes
            inner = self.inner(select)
        test = self.condition(select)
        if inner and inner.kind not in ("~", "[]"):
            test = f"({test})"
        first, binding = self.sig(yes)
        first = f"({first})" if binding == _CONDITION else first
        return f"{test} ? {first} : {self.text(no)}", _CONDITION

    def operand(self, sig: Sig, kind: str, is_left: bool) -> str:
        wider = self.widened(sig) if kind == "+" else None
        text, binding = self.op(wider) if wider else self.sig(sig)
        op = self.inner(sig)
        inner = op.kind if op else ("+" if binding == _ADD else "")
        own = _BINDING[kind]
        bare = (
            binding == _PRIMARY
            or inner == "~"
            or (inner == kind and kind in "+&|^")
            or (is_left and own == binding == _ADD)
            or (own in (_ADD, _COMPARE) and _ADD <= binding <= 12 and binding > own)
        )
        return text if bare else f"({text})"

    def widened(self, sig: Sig) -> Op | None:
        """A zero-extended sum that cannot overflow as the sum of its extended operands."""
        if len(sig) != 2 or not isinstance(sig[0], Const) or "1" in sig[0].bits:
            return None
        op, bits = self.inner(sig[1:]), width(sig)
        if op is None or op.kind != "+" or any(self.leading_zeros(arg) < 1 for arg in op.args):
            return None
        return Op("+", (fit(op.args[0], bits), fit(op.args[1], bits)), bits)

    @staticmethod
    def leading_zeros(sig: Sig) -> int:
        if not sig or not isinstance(sig[0], Const):
            return 0
        return size(sig[0]) - len(sig[0].bits.lstrip("0"))

    def carried(self, op: Op, whole: bool) -> tuple[Sig, ...]:
        """Leave one bit of zero extension to Verilog where the width of the sum stays explicit."""
        shorter: list[Sig | None] = []
        for arg in op.args:
            rest = cut(arg, 0, op.width - 1)
            plain = self.leading_zeros(arg) == 1 and not isinstance(rest[:1], Const)
            if plain and constant(arg) is None and rest and self.inner(rest) is None:
                shorter.append(rest)
            else:
                shorter.append(None)
        if whole or None in shorter:
            return tuple(short or arg for short, arg in zip(shorter, op.args, strict=True))
        return op.args


def wrap(line: str, indent: int, limit: int = 100) -> list[str]:
    """Break a long line after operators and commas, outside of as many brackets as possible."""
    pad = " " * indent
    lines: list[str] = []
    room = limit - indent
    while len(line) > room:
        depth, best, place = 0, (999, 0), 0
        for at, char in enumerate(line[: room + 1]):
            if char in "([{":
                depth += 1
            elif char in ")]}":
                depth -= 1
            elif char == " " and at > 8 and line[at - 1] in ",=?:&|^+-*/<>%" and depth <= best[0]:
                best, place = (depth, at), at
        if not place:
            break
        lines.append(pad + line[:place])
        line = line[place + 1 :]
        if len(lines) == 1:
            pad, room = pad + "    ", room - 4
    return [*lines, pad + line]
