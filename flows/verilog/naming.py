"""Choose Verilog identifiers: ports first, then the shortest public name, then n12."""

from __future__ import annotations

import re
from collections.abc import Iterable

from neuroloom.flows.verilog.netlist import Netlist
from neuroloom.flows.verilog.rtlil import Sig, Slice

KEYWORDS = frozenset(
    """
    accept_on alias always always_comb always_ff always_latch and assert assign assume automatic
    before begin bind bins binsof bit break buf bufif0 bufif1 byte case casex casez cell chandle
    checker class clocking cmos config const constraint context continue cover covergroup
    coverpoint cross deassign default defparam design disable dist do edge else end endcase
    endchecker endclass endclocking endconfig endfunction endgenerate endgroup endinterface
    endmodule endpackage endprimitive endprogram endproperty endspecify endsequence endtable
    endtask enum event eventually expect export extends extern final first_match for force
    foreach forever fork forkjoin function generate genvar global highz0 highz1 if iff ifnone
    ignore_bins illegal_bins implements implies import incdir include initial inout input inside
    instance int integer interconnect interface intersect join join_any join_none large let
    liblist library local localparam logic longint macromodule matches medium modport module nand
    negedge nettype new nexttime nmos nor noshowcancelled not notif0 notif1 null or output package
    packed parameter pmos posedge primitive priority program property protected pull0 pull1
    pulldown pullup pulsestyle_ondetect pulsestyle_onevent pure rand randc randcase randsequence
    rcmos real realtime ref reg reject_on release repeat restrict return rnmos rpmos rtran
    rtranif0 rtranif1 s_always s_eventually s_nexttime s_until s_until_with scalared sequence
    shortint shortreal showcancelled signed small soft solve specify specparam static string
    strong strong0 strong1 struct super supply0 supply1 sync_accept_on sync_reject_on table tagged
    task this throughout time timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1 triand
    trior trireg type typedef union unique unique0 unsigned until until_with untyped use uwire var
    vectored virtual void wait wait_order wand weak weak0 weak1 while wildcard wire with within
    wor xnor xor
    """.split()  # noqa: SIM905
)


class Namespace:
    def __init__(self) -> None:
        self.taken: set[str] = set()

    def add(self, wanted: str) -> str:
        name = identifier(wanted)
        base, count = name, 2
        while name in self.taken:
            name, count = f"{base}_{count}", count + 1
        self.taken.add(name)
        return name


def identifier(text: str) -> str:
    name = re.sub(r"\W", "_", text, flags=re.ASCII)
    if name[:1].isdigit() or not name:
        name = "_" + name
    return name + "_" if name in KEYWORDS else name


def escaped(name: str) -> str:
    """A name as it is, in the form that Verilog gives names that are no identifiers."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_$]*", name)
    return name if plain and name not in KEYWORDS else f"\\{name} "


def is_field(name: str) -> bool:
    """Names like `payload.bits`, which only describe a part of another signal."""
    return "." in name or "[" in name


def whole_wire(sig: Sig, ranges: dict[str, tuple[int, int]]) -> str:
    """The wire that a signal is all live bits of, starting at bit 0."""
    chunk = sig[0] if len(sig) == 1 else None
    if isinstance(chunk, Slice) and ranges.get(chunk.wire) == (0, chunk.width):
        return chunk.wire if chunk.offset == 0 else ""
    return ""


def choose(
    net: Netlist, ranges: dict[str, tuple[int, int]], wires: Iterable[str], space: Namespace
) -> tuple[dict[str, str], dict[Slice, str], set[str]]:
    """Names of wires, names of parts of unnamed wires, and the wires that have a public name."""
    ports = {w.name for w in net.module.wires.values() if w.direction}
    names = {port: space.add(port[1:]) for port in ports if port in ranges or port in net.alias}
    candidates: dict[str, list[str]] = {}
    parts: dict[Slice, str] = {}
    for name, sig in net.alias.items():
        target = whole_wire(sig, ranges)
        if not target or target in ports:
            chunk = sig[0] if len(sig) == 1 else None
            private = isinstance(chunk, Slice) and chunk.wire[0] == "$"
            if private and name[0] == "\\" and name not in ports and not is_field(name):
                assert isinstance(chunk, Slice)
                parts.setdefault(chunk, name)
        elif name in ports and name in names:
            if target not in names:
                names[target] = names[name]
        elif name[0] == "\\":
            candidates.setdefault(target, []).append(name)
    connected: dict[str, str] = {}
    inside: dict[str, set[str]] = {}  # what submodules call it: less telling than a name here
    for inst in net.instances:
        sigs = [*inst.inputs.items(), *((p, (o,)) for p, o in inst.outputs.items())]
        for port, sig in sigs:
            target = whole_wire(sig, ranges)
            if target:
                connected.setdefault(target, f"{inst.cell.name[1:]}_{port}")
                inside.setdefault(target, set()).add(port)
    public: set[str] = set(names)
    for wire in wires:
        if wire in names:
            continue
        found = [name for name in [wire, *candidates.get(wire, ())] if name[0] == "\\"]
        if all("$" in name or is_field(name) for name in found) and wire in connected:
            names[wire] = space.add(connected[wire])
        elif found:
            foreign = inside.get(wire, set())
            ranks = {n: (is_field(n), "$" in n, n[1:] in foreign, len(n), n) for n in found}
            best = min(found, key=ranks.__getitem__)
            names[wire] = space.add(best[1:])
        if found:
            public.add(wire)
    for wire in wires:
        if wire not in names:
            names[wire] = space.add("n" + wire[1:])
    named_parts = {
        chunk: space.add(name[1:])
        for chunk, name in parts.items()
        if chunk.wire in ranges
        and chunk.wire not in public
        and ranges[chunk.wire][0] <= chunk.offset
        and chunk.offset + chunk.width <= ranges[chunk.wire][1]
    }
    return names, named_parts, public
