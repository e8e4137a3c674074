"""Verilog of memory macros: black boxes, and models that simulate."""

from neuroloom.flows.cells.frame import COUNTED, counters
from neuroloom.flows.cells.memories.macro import MacroPort, SramMacro
from neuroloom.flows.cells.sources import MemoryTexts


def texts(macro: SramMacro) -> MemoryTexts:
    """What simulators, yosys and OpenSTA are given of a macro."""
    # a word that is given at the falling edge makes the least period no matter of one slack
    late = any(arc.falling for pin in macro.cell.outputs for arc in pin.arcs)
    liberty = "" if late else macro.liberty
    return MemoryTexts(
        macro.name, black_box(macro), model(macro), model(macro, counted=True), liberty
    )


def black_box(macro: SramMacro) -> str:
    """Ports alone."""
    return f"(* blackbox *)\n{_head(macro, [])}\nendmodule\n"


def model(macro: SramMacro, counted: bool = False) -> str:
    """A module that reads and writes as the macro does, without delays.

    What the macro does not promise is unknown: an output while nothing is read, where the macro
    does not hold it, and the bits of a word that are written while they are read.
    """
    further = counters(macro.cell) if counted else []
    lines = [_head(macro, further), f"  reg [{macro.width - 1}:0] words [0:{macro.words - 1}];"]
    for port in macro.ports:
        lines += _signals(macro, port)
    for port in macro.ports:
        lines += _behaviour(macro, port)
    for number, net in enumerate(further):
        port, what = macro.ports[number // len(COUNTED)], COUNTED[number % len(COUNTED)]
        lines += [
            f"  initial {net} = 1'b0;",
            f"  always @(posedge {port.pins['clock']})",
            f"    if (port_{port.name}_{what}) {net} <= ~{net};",
        ]
    body = "\n".join([*lines, "endmodule"])
    # ports of one memory write the same words
    return f"/* verilator lint_off MULTIDRIVEN */\n{body}\n/* verilator lint_on MULTIDRIVEN */\n"


def _head(macro: SramMacro, further: list[str]) -> str:
    ports = [
        f"  {direction} {f'[{macro.widths[pin] - 1}:0] ' if pin in macro.widths else ''}{pin}"
        for pin, direction in macro.directions.items()
    ]
    ports += [f"  output reg {name}" for name in further]
    return f"module {macro.name} (\n" + ",\n".join(ports) + "\n);"


def _signals(macro: SramMacro, port: MacroPort) -> list[str]:
    """Enables of a port as they act at 1."""
    sign = "~" if macro.family.active_low else ""

    def level(role: str, default: str) -> str:
        return f"{sign}{port.pins[role]}" if role in port.pins else default

    name = f"port_{port.name}"
    select = level("select", "1'b1")
    write = level("write", "1'b0") if port.writes else "1'b0"
    read = level("read", f"~({write})") if port.reads else "1'b0"
    lines = [
        f"  wire {name}_writes = {select} & {write};",
        f"  wire {name}_reads = {select} & {read};",
    ]
    if port.writes:
        bits = macro.mask_bits
        mask = f"{{{macro.width}{{1'b1}}}}"
        if "mask" in port.pins:
            pin = port.pins["mask"]
            parts = macro.width // bits
            mask = ", ".join(f"{{{bits}{{{sign}{pin}[{at}]}}}}" for at in reversed(range(parts)))
            mask = f"{{{mask}}}"
        lines.append(f"  wire [{macro.width - 1}:0] {name}_mask = {mask};")
    if port.reads:
        lines += [
            f"  reg [{macro.width - 1}:0] {name}_output;",
            f"  assign {port.pins['output']} = {name}_output;",
        ]
    return lines


def _behaviour(macro: SramMacro, port: MacroPort) -> list[str]:
    name, address = f"port_{port.name}", port.pins["address"]
    unknown = f"{{{macro.width}{{1'bx}}}}"
    lines = [f"  always @(posedge {port.pins['clock']}) begin"]
    if port.writes:
        word = f"words[{address}]"
        data = port.pins["data"]
        lines += [
            f"    if ({name}_writes)",
            f"      {word} <= ({word} & ~{name}_mask) | ({data} & {name}_mask);",
        ]
    if port.reads:
        value = f"words[{address}]"
        for other in macro.ports:
            itself = other is port
            if not other.writes or (macro.family.read_first and not itself):
                continue
            meets = f"port_{other.name}_writes"
            meets += "" if itself else f" & {other.pins['address']} == {address}"
            bits = f"(port_{other.name}_mask & {{{macro.width}{{{meets}}}}})"
            value = f"({value} & ~{bits}) | ({unknown} & {bits})"
        lines += [f"    if ({name}_reads)", f"      {name}_output <= {value};"]
        if not macro.family.holds:
            lines += ["    else", f"      {name}_output <= {unknown};"]
    lines.append("  end")
    return lines
