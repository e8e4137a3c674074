"""Read the RTLIL text that Amaranth writes into small immutable records.

A signal (`Sig`) is a tuple of chunks, most significant first as in a Verilog concatenation; a
chunk is a run of constant bits or a slice of one wire.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Const:
    bits: str  # '0', '1' and 'x', most significant first


@dataclass(frozen=True, slots=True)
class Slice:
    wire: str
    offset: int
    width: int


Sig = tuple[Const | Slice, ...]
Value = int | float | str | Const


@dataclass(frozen=True, slots=True)
class RtlilWire:
    name: str
    width: int
    direction: str  # "input", "output", "inout" or ""
    attributes: dict[str, Value]


@dataclass(frozen=True, slots=True)
class RtlilCell:
    kind: str
    name: str
    attributes: dict[str, Value]
    parameters: dict[str, Value]
    ports: dict[str, Sig]

    def number(self, parameter: str) -> int:
        value = self.parameters[parameter]
        if isinstance(value, Const):
            return int(value.bits or "0", 2)
        if not isinstance(value, int):
            raise ValueError(f"{self.kind}: parameter {parameter} is not a number")
        return value


@dataclass(frozen=True, slots=True)
class RtlilMemory:
    name: str
    width: int
    depth: int
    attributes: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Assign:
    target: Slice
    value: Sig


@dataclass(frozen=True, slots=True)
class Case:
    patterns: tuple[str, ...]  # none for the default
    body: Body


@dataclass(frozen=True, slots=True)
class Switch:
    selector: Sig
    cases: tuple[Case, ...]


Body = tuple[Assign | Switch, ...]


@dataclass(frozen=True, slots=True)
class Module:
    name: str
    attributes: dict[str, Value]
    wires: dict[str, RtlilWire] = field(default_factory=dict)
    cells: list[RtlilCell] = field(default_factory=list)
    memories: dict[str, RtlilMemory] = field(default_factory=dict)
    processes: list[Body] = field(default_factory=list)
    connections: list[tuple[Sig, Sig]] = field(default_factory=list)


def size(chunk: Const | Slice) -> int:
    return len(chunk.bits) if isinstance(chunk, Const) else chunk.width


def width(sig: Sig) -> int:
    return sum(size(chunk) for chunk in sig)


def join(*parts: Sig) -> Sig:
    """Concatenate, the first part the most significant, and merge what is contiguous."""
    result: list[Const | Slice] = []
    for part in parts:
        for chunk in part:
            last = result[-1] if result else None
            if isinstance(chunk, Const):
                if not chunk.bits:
                    continue
                if isinstance(last, Const):
                    result[-1] = Const(last.bits + chunk.bits)
                    continue
            elif not chunk.width:
                continue
            elif (
                isinstance(last, Slice)
                and last.wire == chunk.wire
                and last.offset == chunk.offset + chunk.width
            ):
                result[-1] = Slice(chunk.wire, chunk.offset, last.width + chunk.width)
                continue
            result.append(chunk)
    return tuple(result)


def cut(sig: Sig, low: int, high: int) -> Sig:
    """The bits low .. high-1."""
    result: list[Const | Slice] = []
    top = width(sig)
    if low <= 0 and high >= top:
        return sig
    for chunk in sig:
        if top <= low:
            break
        base = top - size(chunk)
        first, last = max(low, base) - base, min(high, top) - base
        if first < last:
            if isinstance(chunk, Const):
                end = len(chunk.bits)
                result.append(Const(chunk.bits[end - last : end - first]))
            else:
                result.append(Slice(chunk.wire, chunk.offset + first, last - first))
        top = base
    return tuple(result)


def fit(sig: Sig, bits: int, signed: bool = False) -> Sig:
    """Truncate or extend to a number of bits."""
    have = width(sig)
    if have >= bits:
        return cut(sig, 0, bits)
    top = cut(sig, have - 1, have) if signed and have else (Const("0"),)
    return join(*[top] * (bits - have), sig)


def constant(sig: Sig) -> int | None:
    """The value of an all-constant signal without x."""
    if not sig:
        return 0
    first = sig[0]
    if len(sig) == 1 and isinstance(first, Const) and "x" not in first.bits:
        return int(first.bits, 2)
    return None


def number(value: int, bits: int) -> Sig:
    return (Const(f"{value & ((1 << bits) - 1):0{bits}b}"),) if bits else ()


class _RtlilReader:
    def __init__(self, text: str) -> None:
        self.lines: Iterator[str] = iter(text.splitlines())
        self.modules: dict[str, Module] = {}
        self.cache: dict[str, Sig] = {}
        self.attributes: dict[str, Value] = {}
        self.widths: dict[str, int] = {}

    def sig(self, text: str) -> Sig:
        found = self.cache.get(text)
        if found is None:
            found = self.cache[text] = self.parse_sig(text)
        return found

    def parse_sig(self, text: str) -> Sig:
        result: list[Const | Slice] = []
        for token in text.split():
            if token in "{}":
                continue
            if token[0] == "[":
                last = result.pop()
                assert isinstance(last, Slice)
                high, _, low = token[1:-1].partition(":")
                offset = int(low or high)
                result.append(Slice(last.wire, offset, int(high) - offset + 1))
            elif token[0] in "\\$":
                result.append(Slice(token, 0, self.widths[token]))
            elif "'" in token:
                bits, digits = token.split("'")
                result.append(Const(digits[-int(bits) :] if int(bits) else ""))
            else:
                raise ValueError(f"RTLIL signal not understood: {text}")
        return join(tuple(result))

    def take_attributes(self) -> dict[str, Value]:
        taken, self.attributes = self.attributes, {}
        return taken

    def value(self, text: str) -> Value:
        if text[0] == '"':
            escapes = {"n": "\n", "t": "\t", "r": "\r"}
            return re.sub(r"\\(.)", lambda m: escapes.get(m[1], m[1]), text[1:-1])
        if "'" in text:
            bits, digits = text.split("'")
            return Const(digits if int(bits) else "")
        return int(text)

    def read(self) -> dict[str, Module]:
        module = Module("", {})
        for line in self.lines:
            word, _, rest = line.strip().partition(" ")
            if word == "attribute":
                name, _, text = rest.partition(" ")
                self.attributes[name[1:]] = self.value(text)
            elif word == "module":
                module = Module(rest[1:], self.take_attributes())
                self.modules[module.name] = module
                self.widths, self.cache = {}, {}
            elif word == "wire":
                parts = rest.split()
                self.widths[parts[-1]] = int(parts[1])
                direction = parts[2] if parts[2] in ("input", "output", "inout") else ""
                module.wires[parts[-1]] = RtlilWire(
                    parts[-1], int(parts[1]), direction, self.take_attributes()
                )
            elif word == "memory":
                parts = rest.split()
                module.memories[parts[-1]] = RtlilMemory(
                    parts[-1], int(parts[1]), int(parts[3]), self.take_attributes()
                )
            elif word == "cell":
                module.cells.append(self.cell(*rest.split(" ", 1)))
            elif word == "process":
                self.take_attributes()
                module.processes.append(self.body())
            elif word == "connect":
                module.connections.append(self.connect(rest))
            elif word not in ("", "end"):
                raise ValueError(f"RTLIL line not understood: {line}")
        return self.modules

    def connect(self, rest: str) -> tuple[Sig, Sig]:
        left, _, right = rest.partition(" ")
        if left == "{":
            left, _, right = rest.partition(" } ")
        elif right[:1] == "[":
            index, _, right = right.partition(" ")
            left += " " + index
        return self.sig(left), self.sig(right)

    def cell(self, kind: str, name: str) -> RtlilCell:
        cell = RtlilCell(kind, name, self.take_attributes(), {}, {})
        for line in self.lines:
            word, _, rest = line.strip().partition(" ")
            if word == "end":
                return cell
            key, _, value = rest.partition(" ")
            if word == "connect":
                cell.ports[key[1:]] = self.sig(value)
            elif key == "real":
                key, _, value = value.partition(" ")
                cell.parameters[key[1:]] = float(value.strip('"'))
            elif key == "signed":
                key, _, value = value.partition(" ")
                bits = self.value(value)
                assert isinstance(bits, Const)
                sign = int(bits.bits[0]) << len(bits.bits)
                cell.parameters[key[1:]] = int(bits.bits, 2) - sign
            else:
                cell.parameters[key[1:]] = self.value(value)
        raise ValueError("RTLIL ends inside a cell")

    def body(self) -> Body:
        """The statements up to the end of a process or the end of a case."""
        statements, _ = self.statements()
        return statements

    def statements(self) -> tuple[Body, str]:
        result: list[Assign | Switch] = []
        for line in self.lines:
            word, _, rest = line.strip().partition(" ")
            if word == "assign":
                (target,), value = self.connect(rest)
                assert isinstance(target, Slice)
                result.append(Assign(target, value))
            elif word == "switch":
                result.append(self.switch(rest))
            elif word in ("case", "end"):
                return tuple(result), word + rest
            elif word != "attribute":
                raise ValueError(f"RTLIL line not understood: {line}")
        raise ValueError("RTLIL ends inside a process")

    def switch(self, selector: str) -> Switch:
        cases: list[Case] = []
        _, stop = self.statements()
        while stop != "end":
            patterns = tuple(part.partition("'")[2] for part in stop[4:].split(", ") if part)
            body, stop = self.statements()
            cases.append(Case(patterns, body))
        return Switch(self.sig(selector), tuple(cases))


def parse(text: str) -> dict[str, Module]:
    """All modules of an RTLIL text by name, in its order."""
    return _RtlilReader(text).read()


def runs(bits: Sig) -> list[tuple[Sig, int, int]]:
    """Groups of equal neighbouring bits as (bit, low, width), least significant first."""
    result, low = [], 0
    for bit, group in groupby(_bits(bits)):
        count = len(list(group))
        result.append((bit, low, count))
        low += count
    return result


def _bits(sig: Sig) -> Iterator[Sig]:
    """One after the other, least significant first."""
    for chunk in reversed(sig):
        if isinstance(chunk, Const):
            yield from ((Const(bit),) for bit in reversed(chunk.bits))
        else:
            yield from ((Slice(chunk.wire, chunk.offset + at, 1),) for at in range(chunk.width))
